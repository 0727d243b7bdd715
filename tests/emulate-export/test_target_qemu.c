/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_qemu.c - which device a medium becomes */
#include "emulate-export/target_qemu.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/support/support.h"

#define KIB 1024ull

/* To keep the table short. */
#define CHS(c, h, s) \
	{ \
		(c), (h), (s) \
	}
#define NO_CHS CHS(0, 0, 0)

/*
 * Sizes that QEMU's floppy drive knows: the table fd_formats[] of its
 * hw/block/fdc.c, version 7.2.  Sizes of other media: as they are sold.
 */
static const struct plan_case {
	const char *what;
	enum mun_medium medium;
	const char *media_type;
	uint64_t bytes;
	uint32_t sector_bytes;
	struct mun_geometry geometry;
	unsigned int tracks;
	const char *device; /* NULL: refused */
	const char *image;
	const char *overlay;
	uint64_t guest_bytes;
} cases[] = {
/* What is known of the medium, then what it becomes. */
#define FLOPPY(what, type, bytes, chs) \
	what, MUN_MEDIUM_FLOPPY, type, bytes, 512, chs, 1
#define UNKNOWN(what, type, bytes) \
	what, MUN_MEDIUM_UNKNOWN, type, bytes, 512, NO_CHS, 1
#define DISK(what, bytes, sector) \
	what, MUN_MEDIUM_DISK, "", bytes, sector, NO_CHS, 1
#define DISC(what, bytes, sector, tracks) \
	what, MUN_MEDIUM_OPTICAL, "", bytes, sector, NO_CHS, tracks
	{ FLOPPY("3.5-inch HD", "", 1440 * KIB, CHS(80, 2, 18)), "floppy",
	  "floppy.img", "", 1440 * KIB },
	{ FLOPPY("5.25-inch, one side", "", 160 * KIB, CHS(40, 1, 8)), "floppy",
	  "floppy.img", "", 160 * KIB },
	{ FLOPPY("3.5-inch ED", "", 2880 * KIB, CHS(80, 2, 36)), "floppy",
	  "floppy.img", "", 2880 * KIB },
	{ FLOPPY("DMF, 21 sectors", "", 1680 * KIB, CHS(80, 2, 21)), "floppy",
	  "floppy.img", "", 1680 * KIB },
	{ UNKNOWN("rescue floppy, cut off", "", 1296384), "floppy",
	  "floppy.img", "floppy.qcow2", 1440 * KIB },
	{ FLOPPY("HD, cut off", "", 700 * KIB, CHS(80, 2, 18)), "floppy",
	  "floppy.img", "floppy.qcow2", 1440 * KIB },
	{ FLOPPY("DD, a sector more", "", 720 * KIB + 512, CHS(80, 2, 9)),
	  "floppy", "floppy.img", "floppy.qcow2", 720 * KIB },
	{ FLOPPY("part of a sector", "", 360 * KIB - 100, NO_CHS), "floppy",
	  "floppy.img", "floppy.qcow2", 360 * KIB },
	{ UNKNOWN("one byte", "", 1), "floppy", "floppy.img", "floppy.qcow2",
	  160 * KIB },
	{ UNKNOWN("size of an ED floppy", "", 2880 * KIB), "floppy",
	  "floppy.img", "", 2880 * KIB },
	{ UNKNOWN("more than that", "", 2880 * KIB + 512), "disk", "disk.img",
	  "disk.qcow2", 2880 * KIB + 512 },
	{ UNKNOWN("too large for one", "Floppy (HD)", 3072 * KIB), "disk",
	  "disk.img", "disk.qcow2", 3072 * KIB },
	{ FLOPPY("Zip disk", "Zip disk", 100431872, NO_CHS), "disk", "disk.img",
	  "disk.qcow2", 100431872 },
	{ DISK("floppy with a partition table", 1296384, 512), "floppy",
	  "floppy.img", "floppy.qcow2", 1440 * KIB },
	{ DISK("small for a hard disk", 5 * 1024 * KIB, 512), "disk",
	  "disk.img", "disk.qcow2", 5 * 1024 * KIB },
	{ UNKNOWN("memory card", "CompactFlash card", 1440 * KIB), "disk",
	  "disk.img", "disk.qcow2", 1440 * KIB },
	{ UNKNOWN("by the operator", "hard disk", 720 * KIB), "disk",
	  "disk.img", "disk.qcow2", 720 * KIB },
	{ DISK("part of a sector", 4294967296ull + 1, 512), "disk", "disk.img",
	  "disk.qcow2", 4294967296ull + 512 },
	{ "ISO 9660 on a floppy", MUN_MEDIUM_OPTICAL, "3.5-inch floppy disk",
	  1296384, 2048, NO_CHS, 1, "floppy", "floppy.img", "floppy.qcow2",
	  1440 * KIB },
	{ "small CD", MUN_MEDIUM_OPTICAL, "", 1296384, 2048, NO_CHS, 1, "cdrom",
	  "disc.iso", "", 1296384 },
	{ DISC("CD-ROM", 5081088, 2048, 1), "cdrom", "disc.iso", "", 5081088 },
	{ DISC("part of a sector", 5081089, 2048, 1), "cdrom", "disc.iso",
	  "disc.qcow2", 5083136 },
	{ DISC("CD with audio tracks", 5081088, 2048, 3), NULL, "", "", 0 },
	{ DISC("raw CD sectors", 235200, 2352, 1), NULL, "", "", 0 },
	{ DISK("magneto-optical disk", 635600896, 2048), NULL, "", "", 0 },
	{ "PC-98 floppy", MUN_MEDIUM_FLOPPY, "", 1232 * KIB, 1024,
	  CHS(77, 2, 8), 1, NULL, "", "", 0 },
	{ UNKNOWN("nothing", "", 0), NULL, "", "", 0 },
	{ DISK("a size that overflows", UINT64_MAX, 512), NULL, "", "", 0 },
};

static void plan_case(size_t i, struct mun_plan *p, int *rc, struct mun_err *e)
{
	struct mun_image_facts f = { 0 };
	struct mun_contents none = { 0 };
	struct mun_verdict v = { .platform = MUN_PLATFORM_PC_DOS };
	struct mun_target_item item = { .facts = &f,
					.contents = &none,
					.verdict = &v };
	const struct mun_target_set s = { MUN_PLATFORM_PC_DOS, 1, &item };
	mun_auto(record) *r = NULL;

	assert_int_equal(mun_record_new(&r, e), 0);
	r->media_type = cases[i].media_type;
	item.record = r;
	f.medium = cases[i].medium;
	f.bytes = cases[i].bytes;
	f.sector_bytes = cases[i].sector_bytes;
	f.geometry = cases[i].geometry;
	f.tracks = cases[i].tracks;
	item.medium = mun_target_medium_of(r, &f, &none);
	*rc = mun_target_qemu.plan(&s, p, e);
}

static void each_medium_becomes_the_device_it_is(void **state)
{
	static struct mun_plan p;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_plan_medium *m = &p.media[0];
		struct mun_err e;
		char name[64];
		int rc;

		plan_case(i, &p, &rc, &e);
		if (rc != (cases[i].device ? 0 : MUN_EUNSUPPORTED))
			fail_msg("%s: %d", cases[i].what, rc);
		if (rc)
			continue;
		(void)snprintf(name, sizeof(name), "%s.%s", m->stem, m->suffix);
		if (strcmp(m->device, cases[i].device) ||
		    strcmp(name, cases[i].image) ||
		    m->overlay != (*cases[i].overlay != '\0') ||
		    m->guest_bytes != cases[i].guest_bytes)
			fail_msg("%s: %s %s %d %llu", cases[i].what, m->device,
				 name, m->overlay,
				 (unsigned long long)m->guest_bytes);
		assert_string_equal(m->formats, "raw");
		/* The researcher is told whenever the two sizes differ. */
		assert_int_equal(p.nnotes != 0,
				 m->guest_bytes != cases[i].bytes);
	}
}

static void the_table_finds_its_targets_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(mun_target_find("qemu"), &mun_target_qemu);
	assert_null(mun_target_find("QEMU"));
	assert_null(mun_target_find(""));
	for (size_t i = 0; mun_targets[i]; i++) {
		const struct mun_target *t = mun_targets[i];

		assert_ptr_equal(mun_target_find(t->name), t);
		assert_true(*t->title && *t->program && *t->missing);
		assert_true(*t->platforms && *t->media && *t->protection);
		assert_non_null(t->plan);
	}
}

/* Run data/run of a made-up package in @dir, with @path as $PATH; stdout and
 * stderr go to the file "said".  The exit status. */
static int run_script(const char *dir, const char *path)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char *said = mun_test_path(dir, "said");
		char *run = mun_test_path(dir, "a b/run");

		if (!freopen(said, "w", stdout) || dup2(1, 2) < 0 ||
		    setenv("PATH", path, 1) || unsetenv("QEMU") || chdir("/"))
			_exit(99);
		execl("/bin/sh", "sh", run, "-serial", "a  b", (char *)NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A package with spaces in its name, in @dir, and a folder "bin" that has what
 * the script needs and no QEMU. */
static void put_package(const char *dir)
{
	static struct mun_plan p;
	struct mun_kit k = { 0 };
	const struct mun_target_set none = { 0 };
	struct mun_err e;
	char *folder = mun_test_path(dir, "a b");
	char *bin = mun_test_path(dir, "bin");
	char *run = mun_test_path(dir, "a b/run");
	char *dirname = mun_test_path(dir, "bin/dirname");
	int rc;

	plan_case(0, &p, &rc, &e);
	assert_int_equal(rc, 0);
	(void)snprintf(p.media[0].name, sizeof(p.media[0].name), "floppy.img");
	assert_int_equal(mun_target_qemu.kit(&none, &p, &k, &e), 0);
	assert_string_equal(k.files[0].path, "run");
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(bin, 0700), 0);
	mun_test_write(run, k.files[0].text.text, k.files[0].text.len);
	assert_int_equal(symlink("/usr/bin/dirname", dirname), 0);
	mun_kit_clear(&k);
	free(folder);
	free(bin);
	free(run);
	free(dirname);
}

/* A program that prints its folder and arguments stands for QEMU. */
static void the_script_runs_from_anywhere_and_passes_options_on(void **state)
{
	static const char fake[] = "#!/bin/sh\n"
				   "printf '%s\\n' \"${PWD##*/}\" \"$@\"\n";
	char *dir = mun_test_dir();
	char *bin = mun_test_path(dir, "bin");
	char *qemu = mun_test_path(dir, "bin/qemu-system-x86_64");
	char *said = mun_test_path(dir, "said");

	(void)state;
	put_package(dir);
	mun_test_write(qemu, fake, sizeof(fake) - 1);
	assert_int_equal(chmod(qemu, 0755), 0);
	assert_int_equal(run_script(dir, bin), 0);
	assert_true(mun_test_has_text(
		said, "a b\n-m\n64\n-nic\nnone\n-boot\na\n-drive\n"
		      "if=floppy,index=0,snapshot=on,format=raw,"
		      "file=media/floppy.img\n-serial\na  b\n"));
	free(bin);
	free(qemu);
	free(said);
	mun_test_dir_remove(dir);
}

static void the_script_says_that_qemu_is_missing(void **state)
{
	char *dir = mun_test_dir();
	char *bin = mun_test_path(dir, "bin");
	char *said = mun_test_path(dir, "said");
	char *text;

	(void)state;
	put_package(dir);
	assert_int_equal(run_script(dir, bin), 127);
	text = mun_test_read(said, NULL);
	assert_non_null(strstr(text, "QEMU is not installed"));
	free(text);
	free(bin);
	free(said);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_medium_becomes_the_device_it_is),
		cmocka_unit_test(the_table_finds_its_targets_by_name),
		cmocka_unit_test(
			the_script_runs_from_anywhere_and_passes_options_on),
		cmocka_unit_test(the_script_says_that_qemu_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
