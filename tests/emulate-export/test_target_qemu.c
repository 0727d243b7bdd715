/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_qemu.c - which device a medium becomes */
#include "emulate-export/target_qemu.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "tests/emulate-export/target_case.h"

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

static struct mun_case *new_case(const struct plan_case *from)
{
	const struct mun_case_item item = {
		.medium = from->medium,
		.media_type = from->media_type,
		.bytes = from->bytes,
		.sector_bytes = from->sector_bytes,
		.geometry = from->geometry,
		.tracks = from->tracks,
		.platform = MUN_PLATFORM_PC_DOS,
	};

	return mun_case_new(&item, 1);
}

static void each_medium_becomes_the_device_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_case *c = new_case(&cases[i]);
		const struct mun_plan_medium *m = &c->plan.media[0];
		int rc = mun_case_make(c, &mun_target_qemu);
		uint64_t guest;

		if (rc != (cases[i].device ? 0 : MUN_EUNSUPPORTED))
			fail_msg("%s: %d", cases[i].what, rc);
		guest = m->guest_bytes ? m->guest_bytes : cases[i].bytes;
		if (!rc && (strcmp(m->device, cases[i].device) != 0 ||
			    strcmp(m->name, cases[i].image) != 0 ||
			    strcmp(m->overlay_name, cases[i].overlay) != 0 ||
			    guest != cases[i].guest_bytes || m->pad))
			fail_msg("%s: %s %s %s %llu", cases[i].what, m->device,
				 m->name, m->overlay_name,
				 (unsigned long long)guest);
		/* The researcher is told whenever the two sizes differ. */
		if (!rc)
			assert_int_equal(c->plan.nnotes != 0,
					 guest != cases[i].bytes);
		mun_case_free(c);
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

static const struct mun_case_item floppy_1440 =
	MUN_CASE_FLOPPY(1440, 80, 2, 18, MUN_BOOTS_YES);
static const struct mun_case_item floppy_360 =
	MUN_CASE_FLOPPY(360, 40, 2, 9, MUN_BOOTS_NO);
static const struct mun_case_item floppy_2880 =
	MUN_CASE_FLOPPY(2880, 80, 2, 36, MUN_BOOTS_NO);
static const struct mun_case_item disc = MUN_CASE_DISC;
static const struct mun_case_item disk =
	MUN_CASE_DISK(520, "fat16", MUN_BOOTS_YES);

static void a_set_has_drives_by_kind_and_a_list_of_the_others(void **state)
{
	const struct mun_case_item set[] = { floppy_1440, floppy_1440,
					     floppy_360,  floppy_360,
					     disc,        disc };
	static const char *const slots[] = { "a", "", "b", "", "cd0", "" };
	struct mun_case *c = mun_case_new(set, MUN_COUNT(set));
	const char *swap;

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	for (size_t i = 0; i < MUN_COUNT(set); i++)
		assert_string_equal(c->plan.media[i].slot, slots[i]);
	assert_true(c->plan.boots);
	swap = mun_case_text(c, "config/swap.txt");
	assert_non_null(strstr(swap, "\nchange floppy0 media/floppy2.img raw "
				     "read-only\n"));
	assert_non_null(strstr(swap, "\nchange floppy1 media/floppy4.img raw "
				     "read-only\n"));
	assert_non_null(strstr(swap, "\nchange cd0 media/disc2.iso raw "
				     "read-only\n"));
	mun_case_free(c);
}

static void what_does_not_start_needs_a_system(void **state)
{
	struct mun_case *c = mun_case_new(&floppy_360, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	assert_false(c->plan.boots);
	assert_int_equal(c->plan.suit, MUN_SUIT_FAIR);
	assert_non_null(strstr(c->plan.needs, "an operating system"));
	mun_case_free(c);
	c = mun_case_new(&floppy_1440, 1);
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	assert_true(c->plan.boots);
	assert_string_equal(c->plan.needs, "");
	mun_case_free(c);
}

static void two_floppies_of_one_kind_have_a_drive_each(void **state)
{
	const struct mun_case_item set[] = { floppy_1440, floppy_1440 };
	struct mun_case *c = mun_case_new(set, 2);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	assert_string_equal(c->plan.media[1].slot, "b");
	assert_int_equal(c->plan.nnotes, 0);
	mun_case_free(c);
}

static void what_has_no_place_is_refused_and_why(void **state)
{
	const struct mun_case_item kinds[] = { floppy_1440, floppy_360,
					       floppy_2880 };
	const struct mun_case_item disks[] = { disk, disk, disk, disk };
	struct mun_case *c = mun_case_new(kinds, 3);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu), MUN_EUNSUPPORTED);
	assert_non_null(strstr(c->err.lines[0].text, "floppies of three"));
	mun_case_free(c);
	c = mun_case_new(disks, 4);
	assert_int_equal(mun_case_make(c, &mun_target_qemu), MUN_EUNSUPPORTED);
	assert_non_null(strstr(c->err.lines[0].text, "3 disk drives"));
	mun_case_free(c);
}

static void every_drive_is_protected(void **state)
{
	const struct mun_case_item set[] = { disk, disk, disk, disc,
					     floppy_1440 };
	struct mun_case *c = mun_case_new(set, MUN_COUNT(set));
	const char *at;
	size_t drives = 0;

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	at = mun_case_text(c, "run");
	while ((at = strstr(at, "\t-drive ")) != NULL) {
		size_t line = strcspn(++at, "\n");
		const char *snapshot = strstr(at, "snapshot=on");
		const char *readonly = strstr(at, "readonly=on");

		assert_true((snapshot && snapshot < at + line) ||
			    (readonly && readonly < at + line));
		drives++;
	}
	assert_int_equal(drives, MUN_COUNT(set));
	mun_case_free(c);
}

/* A program that prints its folder and arguments stands for QEMU. */
static void the_script_passes_options_on(void **state)
{
	static const char fake[] = "#!/bin/sh\n"
				   "printf '%s\\n' \"${PWD##*/}\" \"$@\"\n";
	struct mun_case *c = mun_case_new(&floppy_1440, 1);
	char *dir = mun_test_dir();
	char *qemu = mun_test_path(dir, "qemu-system-x86_64");
	char *said = mun_test_path(dir, "said");

	(void)state;
	(void)unsetenv("QEMU");
	assert_int_equal(mun_case_make(c, &mun_target_qemu), 0);
	mun_case_write(c, dir);
	assert_int_equal(mun_case_run(dir, dir, "-S"), 127);
	mun_test_write(qemu, fake, sizeof(fake) - 1);
	assert_int_equal(chmod(qemu, 0755), 0);
	assert_int_equal(mun_case_run(dir, dir, "-name a  b"), 0);
	assert_true(mun_test_has_text(
		said, "data\n-m\n16\n-nic\nnone\n-boot\na\n-vga\ncirrus\n-rtc\n"
		      "base=localtime\n-cpu\n486\n-drive\n"
		      "if=floppy,index=0,id=floppy0,snapshot=on,format=raw,"
		      "file=media/floppy.img\n-name a  b\n"));
	mun_case_free(c);
	free(qemu);
	free(said);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_medium_becomes_the_device_it_is),
		cmocka_unit_test(the_table_finds_its_targets_by_name),
		cmocka_unit_test(
			a_set_has_drives_by_kind_and_a_list_of_the_others),
		cmocka_unit_test(what_does_not_start_needs_a_system),
		cmocka_unit_test(two_floppies_of_one_kind_have_a_drive_each),
		cmocka_unit_test(what_has_no_place_is_refused_and_why),
		cmocka_unit_test(every_drive_is_protected),
		cmocka_unit_test(the_script_passes_options_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
