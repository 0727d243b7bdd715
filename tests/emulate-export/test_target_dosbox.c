/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_dosbox.c - DOSBox, DOSBox-X, js-dos */
#include "emulate-export/target_dosbox.h"

#include "core/check.h"
#include "emulate-export/target_dosbox_x.h"
#include "emulate-export/target_jsdos.h"
#include "tests/emulate-export/target_case.h"

#define YES MUN_BOOTS_YES
#define NO MUN_BOOTS_NO

static const struct mun_case_item boot_floppy =
	MUN_CASE_FLOPPY(1440, 80, 2, 18, YES);
static const struct mun_case_item data_floppy =
	MUN_CASE_FLOPPY(360, 40, 2, 9, NO);
static const struct mun_case_item disc = MUN_CASE_DISC;
static const struct mun_case_item mixed = MUN_CASE_MIXED;
static const struct mun_case_item boot_disk = MUN_CASE_DISK(520, "fat16", YES);
static const struct mun_case_item data_disk = MUN_CASE_DISK(520, "fat16", NO);

/* The lines of [autoexec] behind "@echo off". */
static const char *autoexec(const struct mun_case *c, const char *path)
{
	static const char head[] = "[autoexec]\n@echo off\n";
	const char *at = strstr(mun_case_text(c, path), head);

	assert_non_null(at);
	return at + strlen(head);
}

struct expectation {
	const char *what;
	struct mun_case_item items[5];
	size_t n;
	const char *dosbox;
	const char *dosbox_x;
};

/* Drive letters: floppies A and B, disks from C, discs behind them, at least
 * D.  0.74 has no list of floppies but that of "boot" (src/dos/
 * dos_programs.cpp, "Using multiple files is only supported for cue/iso"). */
static void each_set_is_mounted_or_booted(void **state)
{
	const struct expectation expectations[] = {
		{ "a floppy that starts",
		  { boot_floppy },
		  1,
		  "boot media/floppy.img -l a\n",
		  "imgmount a media/floppy.img -t floppy -ro\nboot a:\n" },
		{ "two of another size",
		  { data_floppy, data_floppy },
		  2,
		  "imgmount a media/floppy1.img -t floppy\n"
		  "imgmount b media/floppy2.img -t floppy\na:\n",
		  "imgmount a media/floppy1.img media/floppy2.img -t floppy -ro\na:\n" },
		{ "mixed sizes, the first starts",
		  { boot_floppy, data_floppy, boot_floppy },
		  3,
		  "boot media/floppy1.img media/floppy2.img media/floppy3.img -l a\n",
		  "imgmount a media/floppy1.img media/floppy2.img media/floppy3.img "
		  "-t floppy -ro\nboot a:\n" },
		{ "a disc",
		  { disc },
		  1,
		  "imgmount d media/disc.iso -t iso\nd:\n",
		  "imgmount d media/disc.iso -t iso\nd:\n" },
		{ "discs are one drive",
		  { disc, disc },
		  2,
		  "imgmount d media/disc1.iso media/disc2.iso -t iso\nd:\n",
		  "imgmount d media/disc1.iso media/disc2.iso -t iso\nd:\n" },
		{ "a disk that starts",
		  { boot_disk },
		  1,
		  "imgmount 2 media/disk.img -t hdd -fs none -size 512,63,16,520\n"
		  "boot -l c\n",
		  "imgmount 2 media/disk.img -t hdd -fs none -size 512,63,16,520\n"
		  "boot -l c\n" },
		{ "floppies beside a disk that starts",
		  { boot_disk, data_floppy, boot_floppy },
		  3,
		  "imgmount 2 media/disk.img -t hdd -fs none -size 512,63,16,520\n"
		  "boot media/floppy1.img media/floppy2.img -l c\n",
		  "imgmount 2 media/disk.img -t hdd -fs none -size 512,63,16,520\n"
		  "imgmount a media/floppy1.img media/floppy2.img -t floppy -ro\n"
		  "boot -l c\n" },
		{ "a disk, a disc and three floppies, nothing starts",
		  { data_disk, disc, data_floppy, data_floppy, data_floppy },
		  5,
		  "imgmount c media/disk.img -t hdd -fs fat -size 512,63,16,520\n"
		  "imgmount d media/disc.iso -t iso\n"
		  "imgmount a media/floppy1.img -t floppy\n"
		  "imgmount b media/floppy2.img -t floppy\n"
		  "imgmount e media/floppy3.img -t floppy\nc:\n",
		  "imgmount c media/disk.img -t hdd -fs fat -size 512,63,16,520\n"
		  "imgmount d media/disc.iso -t iso\n"
		  "imgmount a media/floppy1.img media/floppy2.img media/floppy3.img "
		  "-t floppy -ro\nc:\n" },
		{ "a disc with audio",
		  { mixed },
		  1,
		  "imgmount d media/disc.cue -t iso\nd:\n",
		  "imgmount d media/disc.cue -t iso\nd:\n" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(expectations); i++) {
		const struct expectation *x = &expectations[i];
		struct mun_case *c = mun_case_new(x->items, x->n);

		if (mun_case_make(c, &mun_target_dosbox) ||
		    strcmp(autoexec(c, "config/dosbox.conf"), x->dosbox) != 0)
			fail_msg("%s: %s", x->what,
				 autoexec(c, "config/dosbox.conf"));
		if (mun_case_make(c, &mun_target_jsdos) ||
		    strcmp(autoexec(c, "web/dosbox.conf"), x->dosbox) != 0)
			fail_msg("js-dos, %s", x->what);
		if (mun_case_make(c, &mun_target_dosbox_x) ||
		    strcmp(autoexec(c, "config/dosbox-x.conf"), x->dosbox_x) !=
			    0)
			fail_msg("X, %s: %s", x->what,
				 autoexec(c, "config/dosbox-x.conf"));
		mun_case_free(c);
	}
}

static struct mun_case_item without_table(void)
{
	struct mun_case_item i = data_disk;

	i.table = NULL;
	return i;
}

static struct mun_case_item with_fs(struct mun_case_item i, const char *fs)
{
	i.fs = fs;
	return i;
}

static struct mun_case_item of_bytes(struct mun_case_item i, uint64_t bytes,
				     uint32_t sector)
{
	i.bytes = bytes;
	i.sector_bytes = sector;
	i.geometry = (struct mun_geometry){ 0 };
	return i;
}

static void what_it_cannot_take_is_refused(void **state)
{
	const struct {
		struct mun_case_item item;
		const char *reason;
	} cases[] = {
		{ with_fs(data_floppy, NULL), "no file system" },
		{ with_fs(data_floppy, "minix"), "has minix" },
		{ with_fs(data_disk, "ntfs"), "has ntfs" },
		{ with_fs(data_disk, "fat32"), "has fat32" },
		{ with_fs(disc, "hfs"), "has hfs" },
		{ without_table(), "partition table" },
		{ of_bytes(data_disk, UINT64_C(3) << 30, 512), "bytes" },
		{ of_bytes(data_disk, 104857600, 2048), "sectors of 512" },
		{ of_bytes(data_floppy, 1261568, 1024), "sectors of 512" },
		{ MUN_CASE_FLOPPY(1640, 82, 2, 20, YES), "no drive for" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_case *c = mun_case_new(&cases[i].item, 1);
		int rc = mun_case_make(c, &mun_target_dosbox);

		if (rc != MUN_EUNSUPPORTED ||
		    !strstr(c->err.lines[0].text, cases[i].reason))
			fail_msg("%s: %d %s", cases[i].reason, rc,
				 rc ? c->err.lines[0].text : "");
		mun_case_free(c);
	}
}

static struct mun_case_item booting(struct mun_case_item i)
{
	i.boots = YES;
	i.platform = MUN_PLATFORM_PC_DOS;
	return i;
}

/* Only the first medium of a set is started, and no disc: that another one has
 * a system on it does not make DOSBox read it. */
static void what_would_start_and_does_not_has_to_be_readable(void **state)
{
	const struct mun_case_item unix_floppy = with_fs(boot_floppy, "minix");
	const struct mun_case_item own_system = with_fs(boot_floppy, NULL);
	const struct mun_case_item boot_disc = booting(disc);
	const struct {
		struct mun_case_item first;
		struct mun_case_item second;
		const char *reason; /* NULL: taken */
	} cases[] = {
		{ boot_floppy, unix_floppy, NULL },
		{ boot_disk, own_system, NULL },
		{ data_floppy, unix_floppy, "has minix and starts nothing" },
		{ data_disk, own_system, "starts nothing here" },
		{ disc, own_system, "starts nothing here" },
		{ boot_disc, own_system, "starts nothing here" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_case_item set[] = { cases[i].first,
						     cases[i].second };
		struct mun_case *c = mun_case_new(set, 2);
		int rc = mun_case_make(c, &mun_target_dosbox);
		const char *why = rc ? c->err.lines[0].text : "";

		if (rc != (cases[i].reason ? MUN_EUNSUPPORTED : 0) ||
		    !strstr(why, cases[i].reason ? cases[i].reason : ""))
			fail_msg("%zu: %d %s", i, rc, why);
		mun_case_free(c);
	}
}

/* A floppy that is cut off is filled up, as DOSBox goes by the size. */
static void a_cut_floppy_is_padded_and_told(void **state)
{
	const struct mun_case_item cut = MUN_CASE_FLOPPY(700, 80, 2, 18, YES);
	struct mun_case *c = mun_case_new(&cut, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_dosbox), 0);
	assert_true(c->plan.media[0].pad && !c->plan.media[0].overlay);
	assert_int_equal(c->plan.media[0].guest_bytes, 1474560);
	assert_non_null(strstr(c->plan.notes[0], "716800 bytes"));
	mun_case_free(c);
}

/* It is a DOS: what does not start by itself needs no other. */
static void data_of_dos_suits_well(void **state)
{
	struct mun_case *c = mun_case_new(&data_floppy, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_dosbox), 0);
	assert_int_equal(c->plan.suit, MUN_SUIT_GOOD);
	assert_false(c->plan.boots);
	mun_case_free(c);
	c = mun_case_new(&disc, 1);
	assert_int_equal(mun_case_make(c, &mun_target_dosbox), 0);
	assert_int_equal(c->plan.suit, MUN_SUIT_DATA);
	mun_case_free(c);
}

/* Its user data where that is all of it, and else whole sectors. */
static void one_data_track_may_be_whole_sectors(void **state)
{
	const struct {
		const struct mun_target *t;
		const char *formats;
	} cases[] = {
		{ &mun_target_dosbox, "iso cue" },
		{ &mun_target_dosbox_x, "iso cue chd" },
		{ &mun_target_jsdos, "iso cue" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_case *c = mun_case_new(&disc, 1);

		assert_int_equal(mun_case_make(c, cases[i].t), 0);
		assert_string_equal(c->plan.media[0].formats, cases[i].formats);
		assert_string_equal(c->plan.media[0].suffix, "");
		mun_case_free(c);
	}
}

/* DOSBox opens what it mounts for writing, and takes nothing else. */
static void images_that_are_written_are_copies(void **state)
{
	const struct mun_case_item set[] = { data_disk, data_floppy, disc };
	struct mun_case *c = mun_case_new(set, 3);
	const char *run;

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_dosbox), 0);
	run = mun_case_text(c, "run");
	assert_non_null(
		strstr(run, "for file in media/floppy.img media/disk.img; do"));
	assert_null(strstr(run, "\nexec "));
	assert_int_equal(mun_case_make(c, &mun_target_dosbox_x), 0);
	assert_non_null(strstr(mun_case_text(c, "run"),
			       "for file in media/disk.img; do"));
	mun_case_free(c);
}

static void windows_has_what_it_asks_for_in_x_alone(void **state)
{
	struct mun_case_item item = boot_disk;
	struct mun_case *c;
	const char *text;

	(void)state;
	item.platform = MUN_PLATFORM_PC_WIN9X;
	c = mun_case_new(&item, 1);
	assert_int_equal(mun_case_make(c, &mun_target_dosbox),
			 MUN_EUNSUPPORTED);
	assert_int_equal(mun_case_make(c, &mun_target_dosbox_x), 0);
	text = mun_case_text(c, "config/dosbox-x.conf");
	assert_non_null(strstr(text, "memsize=64\n"));
	assert_non_null(strstr(text, "cputype=pentium_mmx\n"));
	assert_non_null(strstr(text, "[ide, primary]\nint13fakeio=true\n"));
	assert_int_equal(c->plan.suit, MUN_SUIT_GOOD);
	mun_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set_is_mounted_or_booted),
		cmocka_unit_test(what_it_cannot_take_is_refused),
		cmocka_unit_test(
			what_would_start_and_does_not_has_to_be_readable),
		cmocka_unit_test(data_of_dos_suits_well),
		cmocka_unit_test(a_cut_floppy_is_padded_and_told),
		cmocka_unit_test(one_data_track_may_be_whole_sectors),
		cmocka_unit_test(images_that_are_written_are_copies),
		cmocka_unit_test(windows_has_what_it_asks_for_in_x_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
