/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_mame.c - which machine reads a medium */
#include "tests/emulate-export/target_case.h"

#include <stdio.h>

#include "core/check.h"

#define P(name) MUN_PLATFORM_##name

/*
 * Machines, drives and suffixes: what "mame MACHINE -listmedia" of 0.251 says.
 * Sizes: those of the drives.
 */
static const struct one {
	const char *what;
	struct mun_case_item item;
	const char *machine; /* with its slots; NULL: refused */
	const char *slot;
	const char *formats;
	const char *name; /* of the file, as the packager makes it */
} ones[] = {
#define FLOPPY(p, size, fmt) \
	.medium = MUN_MEDIUM_FLOPPY, .bytes = (size), .tracks = 1, \
	.format = (fmt), .platform = P(p)
#define SECTORS(c, h, s, n) .geometry = { (c), (h), (s) }, .sector_bytes = (n)
	{ "DOS order",
	  { FLOPPY(APPLE2, 143360, "apple2-do") },
	  "apple2ee",
	  "flop1",
	  "raw",
	  "floppy.do" },
	{ "ProDOS order",
	  { FLOPPY(APPLE2, 143360, "apple2-po") },
	  "apple2ee",
	  "flop1",
	  "raw",
	  "floppy.po" },
	{ "800K",
	  { FLOPPY(APPLE2, 819200, "apple2-po") },
	  "apple2gs",
	  "flop3",
	  "2mg",
	  "floppy.2mg" },
	{ "WOZ",
	  { FLOPPY(APPLE2, 233216, "woz") },
	  "apple2ee",
	  "flop1",
	  "woz",
	  "floppy.woz" },
	{ "13 sectors",
	  { FLOPPY(APPLE2, 116480, "apple2-d13") },
	  NULL,
	  "",
	  "",
	  "" },
	{ "Mac with tags",
	  { FLOPPY(MAC_68K, 819200, "dc42") },
	  "macplus",
	  "flop1",
	  "dc42",
	  "floppy.dc42" },
	{ "Mac",
	  { FLOPPY(MAC_68K, 409600, "floppy") },
	  "macplus",
	  "flop1",
	  "raw",
	  "floppy.img" },
	{ "Mac HD",
	  { FLOPPY(MAC_68K, 1474560, "floppy") },
	  "maciici",
	  "flop",
	  "raw",
	  "floppy.img" },
	{ "Amiga",
	  { FLOPPY(AMIGA, 901120, "adf") },
	  "a500",
	  "flop",
	  "adf",
	  "floppy.adf" },
	{ "Amiga HD", { FLOPPY(AMIGA, 1802240, "adf") }, NULL, "", "", "" },
	{ "Atari ST",
	  { FLOPPY(ATARI_ST, 737280, "floppy"), SECTORS(80, 2, 9, 512) },
	  "st",
	  "flop",
	  "raw",
	  "floppy.st" },
	{ "STX",
	  { FLOPPY(ATARI_ST, 368640, "stx") },
	  "st",
	  "flop",
	  "stx",
	  "floppy.stx" },
	{ "ATR",
	  { FLOPPY(ATARI_8BIT, 92160, "atr") },
	  "a800",
	  "flop1",
	  "atr",
	  "floppy.atr" },
	{ "D64",
	  { FLOPPY(C64, 174848, "d64") },
	  "c64",
	  "flop",
	  "d64",
	  "floppy.d64" },
	{ "D81",
	  { FLOPPY(C64, 819200, "d81") },
	  "c64 -iec8 c1581",
	  "flop",
	  "d81 raw",
	  "floppy.d81" },
	{ "D82",
	  { FLOPPY(CBM_PET, 1066496, "d82") },
	  "pet8032 -ieee8 c8250",
	  "flop1",
	  "d82 raw",
	  "floppy.d82" },
	{ "MSX",
	  { FLOPPY(MSX, 737280, "floppy") },
	  "nms8250",
	  "flop",
	  "raw",
	  "floppy.dsk" },
	{ "+3",
	  { FLOPPY(SPECTRUM, 184320, "edsk") },
	  "specpls3",
	  "flop",
	  "edsk",
	  "floppy.dsk" },
	{ "+D",
	  { FLOPPY(SPECTRUM, 819200, "mgt") },
	  "spec128 -exp plusd",
	  "flop1",
	  "mgt raw",
	  "floppy.mgt" },
	{ "CPC",
	  { FLOPPY(CPC, 184320, "dsk") },
	  "cpc6128",
	  "flop1",
	  "dsk edsk",
	  "floppy.dsk" },
	{ "Kaypro II",
	  { FLOPPY(CPM, 204800, "imd"), SECTORS(40, 1, 10, 512) },
	  "kayproii",
	  "flop1",
	  "imd",
	  "floppy.imd" },
	{ "Osborne 1",
	  { FLOPPY(CPM, 102400, "imd"), SECTORS(40, 1, 10, 256) },
	  "osborne1",
	  "flop1",
	  "imd",
	  "floppy.imd" },
	{ "some CP/M",
	  { FLOPPY(CPM, 256256, "imd"), SECTORS(77, 1, 26, 128) },
	  NULL,
	  "",
	  "",
	  "" },
	{ "DFS",
	  { FLOPPY(BBC, 204800, "dfs") },
	  "bbcb",
	  "flop1",
	  "raw",
	  "floppy.ssd" },
	{ "DFS, cut off",
	  { FLOPPY(BBC, 8960, "dfs") },
	  "bbcb",
	  "flop1",
	  "raw",
	  "floppy.ssd" },
	{ "Archimedes",
	  { FLOPPY(ARCHIMEDES, 819200, "floppy") },
	  "aa310",
	  "flop",
	  "raw",
	  "floppy.adf" },
	{ "PC-98",
	  { FLOPPY(PC98, 1261568, "floppy") },
	  "pc9801rs",
	  "flop1",
	  "raw",
	  "floppy.hdm" },
	{ "X68000",
	  { FLOPPY(X68000, 1261568, "floppy") },
	  "x68000",
	  "flop1",
	  "raw",
	  "floppy.xdf" },
	{ "PC", { FLOPPY(PC_DOS, 1474560, "floppy") }, NULL, "", "", "" },
	{ "Sun",
	  { .medium = MUN_MEDIUM_DISK,
	    .bytes = 104857600,
	    .tracks = 1,
	    .table = "sun",
	    .platform = MUN_PLATFORM_SUN },
	  "sun3_60",
	  "hard",
	  "chd",
	  "disk.chd" },
	{ "PlayStation",
	  { .medium = MUN_MEDIUM_OPTICAL,
	    .bytes = 5081088,
	    .tracks = 1,
	    .format = "cue",
	    .fs = "iso9660",
	    .mark = "playstation",
	    .platform = MUN_PLATFORM_CONSOLE },
	  "psu",
	  "cdrm",
	  "chd",
	  "disc.chd" },
	{ "another console",
	  { .medium = MUN_MEDIUM_OPTICAL,
	    .bytes = 5081088,
	    .tracks = 1,
	    .format = "cue",
	    .platform = MUN_PLATFORM_CONSOLE },
	  NULL,
	  "",
	  "",
	  "" },
#undef FLOPPY
#undef SECTORS
};

static void check_one(const struct one *o)
{
	struct mun_case *c = mun_case_new(&o->item, 1);
	const struct mun_plan_medium *m = &c->plan.media[0];
	int rc = mun_case_make(c, mun_target_find("mame"));
	char line[160];

	if (rc != (o->machine ? 0 : MUN_EUNSUPPORTED))
		fail_msg("%s: %d, %s", o->what, rc, c->err.lines[0].text);
	if (!rc) {
		(void)snprintf(line, sizeof(line), "\"$program\" %s -window ",
			       o->machine);
		if (!strstr(mun_case_text(c, "run"), line))
			fail_msg("%s: no %s in %s", o->what, line,
				 mun_case_text(c, "run"));
		(void)snprintf(line, sizeof(line), " -%s media/%s ", o->slot,
			       o->name);
		if (!strstr(mun_case_text(c, "run"), line) ||
		    strcmp(m->formats, o->formats))
			fail_msg("%s: '%s', no '%s'", o->what, m->formats,
				 line);
		assert_non_null(strstr(c->plan.needs, "-listroms"));
	}
	mun_case_free(c);
}

static void each_medium_gets_a_machine_that_has_the_drive(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(ones); i++)
		check_one(&ones[i]);
}

static void a_set_fills_the_drives_and_then_waits(void **state)
{
	struct mun_case_item items[3];
	struct mun_case *c;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(items); i++)
		items[i] = ones[0].item;
	c = mun_case_new(items, MUN_COUNT(items));
	assert_int_equal(mun_case_make(c, mun_target_find("mame")), 0);
	assert_string_equal(c->plan.media[0].slot, "flop1");
	assert_string_equal(c->plan.media[1].slot, "flop2");
	assert_string_equal(c->plan.media[2].slot, "");
	/* What waits is in the session, too. */
	assert_non_null(strstr(mun_case_text(c, "run"),
			       "for file in media/floppy1.do media/floppy2.do "
			       "media/floppy3.do; do\n"));
	mun_case_free(c);
}

/* By zeros behind its end, and only where it is cut off. */
static void a_disk_that_is_cut_off_is_made_whole(void **state)
{
	static const struct {
		uint64_t bytes;
		uint64_t padded;
	} cases[] = { { 8960, 102400 },
		      { 102400, 0 },
		      { 102656, 204800 },
		      { 204800, 0 } };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_case_item item = {
			.medium = MUN_MEDIUM_FLOPPY,
			.bytes = cases[i].bytes,
			.tracks = 1,
			.format = "dfs",
			.platform = MUN_PLATFORM_BBC,
		};
		struct mun_case *c = mun_case_new(&item, 1);

		assert_int_equal(mun_case_make(c, mun_target_find("mame")), 0);
		assert_int_equal(c->plan.media[0].guest_bytes, cases[i].padded);
		assert_int_equal(c->plan.media[0].pad, cases[i].padded != 0);
		mun_case_free(c);
	}
}

static void media_for_two_machines_are_refused(void **state)
{
	const struct mun_case_item items[] = { ones[0].item, ones[2].item };
	struct mun_case *c = mun_case_new(items, MUN_COUNT(items));

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("mame")),
			 MUN_EUNSUPPORTED);
	assert_non_null(strstr(c->err.lines[0].text, "different machines"));
	mun_case_free(c);
}

/* What MAME writes has its place in the session, never beside the images. */
static void nothing_is_written_outside_of_the_session(void **state)
{
	static const char *const options[] = {
		"-cfg_directory .", "-nvram_directory .", "-diff_directory .",
		"-state_directory .", "-snapshot_directory ."
	};
	struct mun_case *c = mun_case_new(&ones[0].item, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("mame")), 0);
	for (size_t i = 0; i < MUN_COUNT(options); i++)
		assert_non_null(strstr(mun_case_text(c, "run"), options[i]));
	assert_non_null(strstr(mun_case_text(c, "run"), "cd -- \"$session\""));
	mun_case_free(c);
}

/* What we write is compressed; what others made may not be. */
static void a_chd_of_others_is_a_copy(void **state)
{
	static const struct {
		const char *format;
		const char *loop; /* the one that its name is in */
	} cases[] = {
		{ "chd", "for file in media/disk.chd; do\n"
			 "\tif [ ! -e \"$session/$file\" ]; then\n"
			 "\t\tmkdir -p -- \"$session/${file%/*}\"\n"
			 "\t\tcp " },
		{ "raw", "for file in media/disk.chd; do\n"
			 "\tif [ ! -e \"$session/$file\" ]; then\n"
			 "\t\tmkdir -p -- \"$session/${file%/*}\"\n"
			 "\t\tln " },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_case_item item = {
			.medium = MUN_MEDIUM_DISK,
			.bytes = 20971520,
			.sector_bytes = 512,
			.tracks = 1,
			.format = cases[i].format,
			.table = "rdb",
			.platform = MUN_PLATFORM_AMIGA,
		};
		struct mun_case *c = mun_case_new(&item, 1);

		assert_int_equal(mun_case_make(c, mun_target_find("mame")), 0);
		assert_non_null(strstr(mun_case_text(c, "run"), cases[i].loop));
		mun_case_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_medium_gets_a_machine_that_has_the_drive),
		cmocka_unit_test(a_set_fills_the_drives_and_then_waits),
		cmocka_unit_test(a_disk_that_is_cut_off_is_made_whole),
		cmocka_unit_test(media_for_two_machines_are_refused),
		cmocka_unit_test(nothing_is_written_outside_of_the_session),
		cmocka_unit_test(a_chd_of_others_is_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
