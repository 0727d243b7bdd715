/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_retro.c - old machines: what each takes */
#include "tests/emulate-export/target_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/check.h"

#define KIB 1024ull
#define P(name) MUN_PLATFORM_##name

/*
 * One medium and one target.  Sizes are those that the drives had: an Amiga's
 * 11 sectors a track, a 1541's 683 sectors, and so on; formats are names of
 * image/drivers.c.
 */
static const struct one {
	const char *what;
	const char *target;
	struct mun_case_item item;
	/* NULL: refused, and @formats is in the reason. */
	const char *device;
	const char *slot;
	const char *formats;
	const char *suffix;
	const char *line; /* in the script, or a file of the kit */
} ones[] = {
#define FLOPPY(p, size, fmt) \
	.medium = MUN_MEDIUM_FLOPPY, .bytes = (size), .sector_bytes = 512, \
	.tracks = 1, .format = (fmt), .platform = P(p)
#define DISK(p, size, tab) \
	.medium = MUN_MEDIUM_DISK, .bytes = (size), .sector_bytes = 512, \
	.tracks = 1, .format = "raw", .table = (tab), .platform = P(p)
#define DISC(p, n) \
	.medium = MUN_MEDIUM_OPTICAL, .bytes = 5081088, .sector_bytes = 2048, \
	.tracks = (n), .format = "iso", .platform = P(p)
	{ "Amiga floppy",
	  "fs-uae",
	  { FLOPPY(AMIGA, 880 * KIB, "adf") },
	  "floppy",
	  "df0",
	  "adf",
	  "",
	  "amiga_model = A500\n" },
	{ "of a newer file system",
	  "fs-uae",
	  { FLOPPY(AMIGA, 880 * KIB, "adf"), .fs = "amiga-ffs-intl" },
	  "floppy",
	  "df0",
	  "adf",
	  "",
	  "amiga_model = A1200\n" },
	{ "of high density",
	  "fs-uae",
	  { FLOPPY(AMIGA, 1760 * KIB, "adf") },
	  "floppy",
	  "df0",
	  "adf",
	  "",
	  "amiga_model = A4000\n" },
	{ "IPF",
	  "fs-uae",
	  { FLOPPY(AMIGA, 1049612, "ipf") },
	  "floppy",
	  "df0",
	  "ipf",
	  "",
	  "floppy_drive_0 = $CONFIG/../media/floppy.ipf\n" },
	{ "no Amiga floppy",
	  "fs-uae",
	  { FLOPPY(AMIGA, 720 * KIB, "floppy") },
	  NULL,
	  "",
	  "901120 or 1802240",
	  "",
	  "" },
	{ "Amiga disk with an RDB",
	  "fs-uae",
	  { DISK(AMIGA, 21620736 + 512, "rdb") },
	  "disk",
	  "dh0",
	  "raw",
	  "hdf",
	  "hard_drive_0_read_only = 1\nhard_drive_0_type = rdb\n" },
	{ "Amiga partition",
	  "fs-uae",
	  { DISK(AMIGA, 32768 * 512, NULL) },
	  "disk",
	  "dh0",
	  "raw",
	  "hdf",
	  "hard_drive_0_read_only = 1\n" },
	{ "... that FS-UAE would cut",
	  "fs-uae",
	  { DISK(AMIGA, 32768 * 512 + 512, NULL) },
	  NULL,
	  "",
	  "16384",
	  "",
	  "" },
	{ "CD32",
	  "fs-uae",
	  { DISC(AMIGA, 1) },
	  "cdrom",
	  "cd0",
	  "iso cue",
	  "",
	  "amiga_model = CD32\n" },
	{ "CD with music",
	  "fs-uae",
	  { DISC(AMIGA, 9) },
	  "cdrom",
	  "cd0",
	  "cue",
	  "",
	  "cdrom_drive_0 = $CONFIG/../media/disc.cue\n" },
	{ "Atari floppy in an Amiga",
	  "fs-uae",
	  { FLOPPY(ATARI_ST, 880 * KIB, "floppy") },
	  NULL,
	  "",
	  "runs amiga",
	  "",
	  "" },

	{ "Atari ST floppy",
	  "hatari",
	  { FLOPPY(ATARI_ST, 720 * KIB, "floppy"), .geometry = { 80, 2, 9 } },
	  "floppy",
	  "a",
	  "raw",
	  "st",
	  "--machine st --window --confirm-quit off --harddrive none "
	  "--protect-hd on --protect-floppy on --disk-a media/floppy.st" },
	{ "MSA",
	  "hatari",
	  { FLOPPY(ATARI_ST, 360 * KIB, "msa") },
	  "floppy",
	  "a",
	  "raw",
	  "st",
	  "--disk-a media/floppy.st" },
	{ "DIM",
	  "hatari",
	  { FLOPPY(ATARI_ST, 360 * KIB, "dim-atari") },
	  "floppy",
	  "a",
	  "raw",
	  "st",
	  "--disk-a media/floppy.st" },
	{ "STX is more than its sectors",
	  "hatari",
	  { FLOPPY(ATARI_ST, 360 * KIB, "stx") },
	  "floppy",
	  "a",
	  "stx",
	  "",
	  "--disk-a media/floppy.stx" },
	{ "high density",
	  "hatari",
	  { FLOPPY(ATARI_ST, 1440 * KIB, "floppy"), .geometry = { 80, 2, 18 } },
	  "floppy",
	  "a",
	  "raw",
	  "st",
	  "--machine megaste" },
	{ "Atari hard disk",
	  "hatari",
	  { DISK(ATARI_ST, 20480 * KIB, "ahdi") },
	  "disk",
	  "acsi0",
	  "raw",
	  "img",
	  "for file in media/disk.img; do\n" },
	{ "part of a sector",
	  "hatari",
	  { DISK(ATARI_ST, 20480 * KIB + 1, "ahdi") },
	  NULL,
	  "",
	  "ends inside",
	  "",
	  "" },
	{ "disc on an Atari",
	  "hatari",
	  { DISC(ATARI_ST, 1) },
	  NULL,
	  "",
	  "takes floppy disk",
	  "",
	  "" },

	{ "D64",
	  "vice",
	  { FLOPPY(C64, 174848, "d64"), .boots = MUN_BOOTS_YES },
	  "floppy",
	  "8",
	  "d64",
	  "",
	  "exec \"$program\" -default +saveres -drive8type 1541 -attach8ro -8 "
	  "../media/floppy.d64 -flipname disks.vfl -autostart "
	  "../media/floppy.d64 \"$@\"\n" },
	{ "G64",
	  "vice",
	  { FLOPPY(C64, 278234, "g64") },
	  "floppy",
	  "8",
	  "g64",
	  "",
	  "-drive8type 1541 -attach8ro -8 ../media/floppy.g64" },
	{ "D71",
	  "vice",
	  { FLOPPY(C64, 349696, "d71") },
	  "floppy",
	  "8",
	  "d71 raw",
	  "d71",
	  "for name in x64sc; do\n" },
	{ "D81",
	  "vice",
	  { FLOPPY(C64, 819200, "d81") },
	  "floppy",
	  "8",
	  "d81 raw",
	  "d81",
	  "-drive8type 1581" },
	{ "D80",
	  "vice",
	  { FLOPPY(CBM_PET, 533248, "d80") },
	  "floppy",
	  "8",
	  "d80 raw",
	  "d80",
	  "for name in xpet; do\n" },
	{ "D82",
	  "vice",
	  { FLOPPY(CBM_PET, 1066496, "d82") },
	  "floppy",
	  "8",
	  "d82 raw",
	  "d82",
	  "-drive8type 8250" },
	{ "D64 of a PET",
	  "vice",
	  { FLOPPY(CBM_PET, 174848, "d64") },
	  "floppy",
	  "8",
	  "d64",
	  "",
	  "-drive8type 2031" },
	{ "of a C128",
	  "vice",
	  { FLOPPY(C64, 174848, "d64"), .fs = "cbm-1541", .mark = "cbm-boot" },
	  "floppy",
	  "8",
	  "d64",
	  "",
	  "for name in x128; do\n" },
	{ "of a VIC-20",
	  "vice",
	  { FLOPPY(C64, 174848, "d64"), .fs = "cbm-1541",
	    .mark = "vic20-basic" },
	  "floppy",
	  "8",
	  "d64",
	  "",
	  "for name in xvic; do\n" },
	{ "1541 in an E01",
	  "vice",
	  { FLOPPY(C64, 174848, "ewf"), .fs = "cbm-1541" },
	  "floppy",
	  "8",
	  "d64",
	  "",
	  "-8 ../media/floppy.d64" },
	{ "1581 in a PET",
	  "vice",
	  { FLOPPY(CBM_PET, 819200, "d81") },
	  NULL,
	  "",
	  "no drive",
	  "",
	  "" },
	{ "NIB is kept, and not for VICE",
	  "vice",
	  { FLOPPY(C64, 300000, "floppy") },
	  NULL,
	  "",
	  "300000",
	  "",
	  "" },

	{ "800K of a Mac",
	  "basilisk",
	  { FLOPPY(MAC_68K, 800 * KIB, "dc42") },
	  "floppy",
	  "disk",
	  "raw dc42",
	  "",
	  "disk *media/floppy.img\n" },
	{ "Mac disk",
	  "basilisk",
	  { DISK(MAC_68K, 40960 * KIB, "apm") },
	  "disk",
	  "disk",
	  "raw",
	  "",
	  "disk *media/disk.img\n" },
	{ "Mac disc",
	  "basilisk",
	  { DISC(MAC_68K, 1) },
	  "cdrom",
	  "cdrom",
	  "iso raw",
	  "iso",
	  "cdrom *media/disc.iso\n" },
	{ "Mac disc with music",
	  "basilisk",
	  { DISC(MAC_68K, 4) },
	  NULL,
	  "",
	  "one data track",
	  "",
	  "" },
	{ "no Mac floppy",
	  "basilisk",
	  { FLOPPY(MAC_68K, 140 * KIB, "raw") },
	  NULL,
	  "",
	  "400, 720, 800",
	  "",
	  "" },
	{ "a header would be seen",
	  "basilisk",
	  { DISK(MAC_68K, 40960 * KIB + 84, NULL) },
	  NULL,
	  "",
	  "ends inside",
	  "",
	  "" },
	{ "Power Macintosh",
	  "sheepshaver",
	  { DISK(MAC_PPC, 409600 * KIB, "apm") },
	  "disk",
	  "disk",
	  "raw",
	  "",
	  "extfs no-folder-of-this-computer\n" },
	{ "Mac in a PC",
	  "sheepshaver",
	  { DISK(PC_DOS, 409600 * KIB, "mbr") },
	  NULL,
	  "",
	  "runs mac-ppc",
	  "",
	  "" },
	{ "400K of a Mac",
	  "minivmac",
	  { FLOPPY(MAC_68K, 400 * KIB, "dc42") },
	  "floppy",
	  "drive1",
	  "raw dc42",
	  "",
	  "\"$program\" -r \"$MAC_ROM\" media/floppy.img \"$@\"\n" },
	{ "Mac volume",
	  "minivmac",
	  { DISK(MAC_68K, 20480 * KIB, NULL) },
	  "disk",
	  "drive1",
	  "raw",
	  "",
	  "for file in media/disk.img; do\n" },
	{ "... with a table",
	  "minivmac",
	  { DISK(MAC_68K, 20480 * KIB, "apm") },
	  NULL,
	  "",
	  "partition table",
	  "",
	  "" },

	{ "MSX floppy",
	  "openmsx",
	  { FLOPPY(MSX, 720 * KIB, "floppy") },
	  "floppy",
	  "a",
	  "raw",
	  "dsk",
	  "-machine \"$machine\" -diska media/floppy.dsk" },
	{ "too large for one",
	  "openmsx",
	  { FLOPPY(MSX, 1440 * KIB, "floppy") },
	  NULL,
	  "",
	  "737280",
	  "",
	  "" },

	{ "+3",
	  "fuse",
	  { FLOPPY(SPECTRUM, 194816, "edsk") },
	  "floppy",
	  "a",
	  "dsk edsk",
	  "dsk",
	  "--machine plus3 --plus3disk media/floppy.dsk" },
	{ "TR-DOS",
	  "fuse",
	  { FLOPPY(SPECTRUM, 655360, "trd") },
	  "floppy",
	  "a",
	  "trd raw",
	  "trd",
	  "--machine pentagon --betadisk media/floppy.trd" },
	{ "+D",
	  "fuse",
	  { FLOPPY(SPECTRUM, 800 * KIB, "mgt") },
	  "floppy",
	  "a",
	  "mgt raw",
	  "mgt",
	  "--machine 128 --plusddisk media/floppy.mgt" },
	{ "UDI",
	  "fuse",
	  { FLOPPY(SPECTRUM, 36343, "udi") },
	  "floppy",
	  "a",
	  "udi",
	  "udi",
	  "--betadisk media/floppy.udi" },
	{ "no interface for it",
	  "fuse",
	  { FLOPPY(SPECTRUM, 720 * KIB, "floppy") },
	  NULL,
	  "",
	  "has drives for",
	  "",
	  "" },

	{ "RK05",
	  "simh",
	  { DISK(DEC, 2494464, NULL) },
	  "floppy",
	  "rk0",
	  "raw",
	  "dsk",
	  "\nattach -r rk0 media/floppy.dsk\n" },
	{ "RL02",
	  "simh",
	  { DISK(DEC, 10485760, NULL) },
	  "disk",
	  "rl0",
	  "raw",
	  "dsk",
	  "\nset rl0 rl02\nattach -r rl0 media/disk.dsk\n" },
	{ "RX01 cannot be opened read-only",
	  "simh",
	  { FLOPPY(DEC, 256256, "floppy") },
	  "floppy",
	  "rx0",
	  "raw",
	  "dsk",
	  "\nattach rx0 media/floppy.dsk\nset rx0 locked\n" },
	{ "RX02 has the place of RX01",
	  "simh",
	  { FLOPPY(DEC, 512512, "floppy") },
	  "floppy",
	  "ry0",
	  "raw",
	  "dsk",
	  "\nset rx disabled\nset ry enabled\nattach ry0" },
	{ "any size",
	  "simh",
	  { DISK(DEC, 6000128, NULL) },
	  "disk",
	  "rq0",
	  "raw",
	  "dsk",
	  "\nset -l rq0 rauser=11719\nattach -r rq0" },
	{ "part of a sector",
	  "simh",
	  { DISK(DEC, 6000129, NULL) },
	  NULL,
	  "",
	  "6000129",
	  "",
	  "" },
#undef FLOPPY
#undef DISK
#undef DISC
};

static bool kit_has(const struct mun_case *c, const char *text)
{
	for (size_t i = 0; i < c->kit.n; i++) {
		if (strstr(c->kit.files[i].text.text, text))
			return true;
	}
	return false;
}

static void check_one(const struct one *o)
{
	const struct mun_target *t = mun_target_find(o->target);
	struct mun_case *c = mun_case_new(&o->item, 1);
	const struct mun_plan_medium *m = &c->plan.media[0];
	int rc;

	assert_non_null(t);
	rc = mun_case_make(c, t);
	if (!o->device) {
		if (rc != MUN_EUNSUPPORTED ||
		    !strstr(c->err.lines[0].text, o->formats))
			fail_msg("%s: %d, %s", o->what, rc,
				 c->err.lines[0].text);
	} else if (rc) {
		fail_msg("%s: %s", o->what, c->err.lines[0].text);
	} else if (strcmp(m->device, o->device) || strcmp(m->slot, o->slot) ||
		   strcmp(m->formats, o->formats) ||
		   strcmp(m->suffix, o->suffix)) {
		fail_msg("%s: %s %s '%s' '%s'", o->what, m->device, m->slot,
			 m->formats, m->suffix);
	} else if (!kit_has(c, o->line)) {
		fail_msg("%s: no \"%s\" in\n%s", o->what, o->line,
			 c->kit.files[0].text.text);
	}
	mun_case_free(c);
}

static void each_medium_becomes_what_the_machine_had(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(ones); i++)
		check_one(&ones[i]);
}

/* ---- sets ---- */

static const struct mun_case_item adf = {
	.medium = MUN_MEDIUM_FLOPPY,
	.bytes = 901120,
	.sector_bytes = 512,
	.tracks = 1,
	.format = "adf",
	.platform = MUN_PLATFORM_AMIGA,
};

static struct mun_case *set_of(const struct mun_case_item *one, size_t n)
{
	struct mun_case_item items[MUN_CASE_ITEMS];

	assert_true(n <= MUN_CASE_ITEMS);
	for (size_t i = 0; i < n; i++)
		items[i] = *one;
	return mun_case_new(items, n);
}

static void the_swap_list_of_an_amiga_is_in_the_order_given(void **state)
{
	struct mun_case *c = set_of(&adf, 20);
	const char *config;

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("fs-uae")), 0);
	config = mun_case_text(c, "config/package.fs-uae");
	assert_non_null(strstr(
		config, "floppy_drive_0 = $CONFIG/../media/floppy1.adf\n"
			"floppy_drive_1 = $CONFIG/../media/floppy2.adf\n"
			"floppy_image_0 = $CONFIG/../media/floppy1.adf\n"
			"floppy_image_1 = $CONFIG/../media/floppy2.adf\n"
			"floppy_image_2 = $CONFIG/../media/floppy3.adf\n"));
	assert_non_null(strstr(
		config, "floppy_image_19 = $CONFIG/../media/floppy20.adf\n"));
	assert_null(strstr(config, "floppy_drive_2"));
	assert_non_null(strstr(config, "writable_floppy_images = 0\n"));
	assert_true(c->plan.nnotes > 0);
	mun_case_free(c);

	c = set_of(&adf, 21);
	assert_int_equal(mun_case_make(c, mun_target_find("fs-uae")),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
}

static void disks_of_several_drives_have_a_list_for_each(void **state)
{
	const struct mun_case_item items[] = {
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 174848,
		  .tracks = 1,
		  .format = "d64",
		  .platform = MUN_PLATFORM_C64 },
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 819200,
		  .tracks = 1,
		  .format = "d81",
		  .platform = MUN_PLATFORM_C64 },
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 174848,
		  .tracks = 1,
		  .format = "d64",
		  .platform = MUN_PLATFORM_C64 },
	};
	struct mun_case *c = mun_case_new(items, MUN_COUNT(items));

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("vice")), 0);
	assert_string_equal(mun_case_text(c, "config/disks.vfl"),
			    "# Vice fliplist file\n\n"
			    "UNIT 8\n"
			    "../media/floppy1.d64\n"
			    "../media/floppy3.d64\n"
			    "UNIT 9\n"
			    "../media/floppy2.d81\n");
	assert_string_equal(c->plan.media[0].slot, "8");
	assert_string_equal(c->plan.media[1].slot, "9");
	assert_string_equal(c->plan.media[2].slot, "");
	assert_non_null(strstr(mun_case_text(c, "run"),
			       "-drive8type 1541 -attach8ro -8 "
			       "../media/floppy1.d64 -drive9type 1581 "
			       "-attach9ro -9 ../media/floppy2.d81 "));
	mun_case_free(c);
}

static void hard_disks_that_cannot_be_protected_are_copied(void **state)
{
	const struct mun_case_item items[] = {
		{ .medium = MUN_MEDIUM_DISK,
		  .bytes = 20971520,
		  .sector_bytes = 512,
		  .tracks = 1,
		  .table = "ahdi",
		  .platform = MUN_PLATFORM_ATARI_ST },
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 737280,
		  .sector_bytes = 512,
		  .tracks = 1,
		  .format = "floppy",
		  .platform = MUN_PLATFORM_ATARI_ST },
	};
	struct mun_case *c = mun_case_new(items, MUN_COUNT(items));
	const char *run;

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("hatari")), 0);
	run = mun_case_text(c, "run");
	/* Both are in the session: the paths of both are relative to it. */
	assert_non_null(strstr(run, "media/disk.img"));
	assert_non_null(strstr(run, "for file in media/disk.img; do\n"));
	assert_non_null(strstr(run, "for file in media/floppy.st; do\n"));
	assert_null(strstr(run, "exec "));
	mun_case_free(c);
}

static void a_set_for_two_interfaces_is_refused(void **state)
{
	const struct mun_case_item items[] = {
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 655360,
		  .tracks = 1,
		  .format = "trd",
		  .platform = MUN_PLATFORM_SPECTRUM },
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 819200,
		  .tracks = 1,
		  .format = "mgt",
		  .platform = MUN_PLATFORM_SPECTRUM },
	};
	struct mun_case *c = mun_case_new(items, MUN_COUNT(items));

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("fuse")),
			 MUN_EUNSUPPORTED);
	assert_non_null(strstr(c->err.lines[0].text, "different interfaces"));
	mun_case_free(c);
}

static void drives_of_one_sort_are_counted(void **state)
{
	const struct mun_case_item rx = { .medium = MUN_MEDIUM_FLOPPY,
					  .bytes = 256256,
					  .tracks = 1,
					  .platform = MUN_PLATFORM_DEC };
	const struct mun_case_item mac = { .medium = MUN_MEDIUM_FLOPPY,
					   .bytes = 819200,
					   .sector_bytes = 512,
					   .tracks = 1,
					   .platform = MUN_PLATFORM_MAC_68K };
	struct mun_case *c = set_of(&rx, 2);

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("simh")), 0);
	assert_string_equal(c->plan.media[1].slot, "rx1");
	mun_case_free(c);
	c = set_of(&rx, 3);
	assert_int_equal(mun_case_make(c, mun_target_find("simh")),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
	/* Mini vMac has six drives; a seventh disk can be put in later. */
	c = set_of(&mac, 7);
	assert_int_equal(mun_case_make(c, mun_target_find("minivmac")), 0);
	assert_string_equal(c->plan.media[5].slot, "drive6");
	assert_string_equal(c->plan.media[6].slot, "");
	assert_non_null(strstr(mun_case_text(c, "run"), "floppy6.img \"$@\""));
	mun_case_free(c);
}

/* ---- scripts ---- */

/* A program that prints its folder and arguments stands for the emulator. */
static void the_script_passes_firmware_and_options_on(void **state)
{
	static const char fake[] = "#!/bin/sh\nprintf '<%s>' \"$@\"\n";
	char *dir = mun_test_dir();
	char *bin = mun_test_path(dir, "bin");
	char *program = mun_test_path(dir, "bin/fs-uae");
	char *rom = mun_test_path(dir, "data/firmware/kick.rom");
	char *folder = mun_test_path(dir, "data/firmware");
	char *said = mun_test_path(dir, "said");
	struct mun_case *c = set_of(&adf, 1);
	char *text;

	(void)state;
	assert_int_equal(mun_case_make(c, mun_target_find("fs-uae")), 0);
	mun_case_write(c, dir);
	assert_int_equal(mkdir(bin, 0700), 0);
	mun_test_write(program, fake, sizeof(fake) - 1);
	assert_int_equal(chmod(program, 0755), 0);
	/* Not by $PATH: the emulator may well be installed here. */
	assert_int_equal(setenv("FSUAE", "/no/such/program", 1), 0);
	assert_int_equal(mun_case_run(dir, "/usr/bin:/bin", "a  b"), 127);
	assert_int_equal(setenv("FSUAE", program, 1), 0);
	text = mun_test_read(said, NULL);
	assert_non_null(strstr(text, "FS-UAE is not installed"));
	free(text);
	for (int with_rom = 0; with_rom < 2; with_rom++) {
		if (with_rom) {
			assert_int_equal(mkdir(folder, 0700), 0);
			mun_test_write(rom, "rom", 3);
		}
		assert_int_equal(mun_case_run(dir, "/usr/bin:/bin", "a  b"), 0);
		text = mun_test_read(said, NULL);
		assert_non_null(strstr(text, "/config/package.fs-uae>"));
		assert_non_null(strstr(text, "<a  b>"));
		assert_int_equal(strstr(text, "<--kickstart-file=") != NULL,
				 with_rom);
		assert_null(strstr(text, "<>"));
		free(text);
	}
	(void)unsetenv("FSUAE");
	mun_case_free(c);
	free(bin);
	free(program);
	free(rom);
	free(folder);
	free(said);
	mun_test_dir_remove(dir);
}

static void firmware_that_is_needed_is_asked_for(void **state)
{
	static const struct {
		const char *target;
		const char *variable;
		struct mun_case_item item;
	} cases[] = {
		{ "hatari",
		  "TOS",
		  { .medium = MUN_MEDIUM_FLOPPY,
		    .bytes = 737280,
		    .tracks = 1,
		    .platform = MUN_PLATFORM_ATARI_ST } },
		{ "minivmac",
		  "MAC_ROM",
		  { .medium = MUN_MEDIUM_FLOPPY,
		    .bytes = 819200,
		    .tracks = 1,
		    .platform = MUN_PLATFORM_MAC_68K } },
		{ "basilisk",
		  "MAC_ROM",
		  { .medium = MUN_MEDIUM_FLOPPY,
		    .bytes = 819200,
		    .tracks = 1,
		    .platform = MUN_PLATFORM_MAC_68K } },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_case *c = mun_case_new(&cases[i].item, 1);
		char *dir = mun_test_dir();
		char *said = mun_test_path(dir, "said");
		char *text;

		assert_int_equal(
			mun_case_make(c, mun_target_find(cases[i].target)), 0);
		assert_true(*c->plan.needs);
		mun_case_write(c, dir);
		/* "true" stands for the emulator. */
		assert_int_equal(setenv("HATARI", "/bin/true", 1), 0);
		assert_int_equal(setenv("MINIVMAC", "/bin/true", 1), 0);
		assert_int_equal(setenv("BASILISK", "/bin/true", 1), 0);
		assert_int_equal(mun_case_run(dir, "/usr/bin:/bin", "x"), 66);
		text = mun_test_read(said, NULL);
		assert_non_null(strstr(text, cases[i].variable));
		free(text);
		free(said);
		mun_test_dir_remove(dir);
		mun_case_free(c);
	}
	(void)unsetenv("HATARI");
	(void)unsetenv("MINIVMAC");
	(void)unsetenv("BASILISK");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_medium_becomes_what_the_machine_had),
		cmocka_unit_test(
			the_swap_list_of_an_amiga_is_in_the_order_given),
		cmocka_unit_test(disks_of_several_drives_have_a_list_for_each),
		cmocka_unit_test(
			hard_disks_that_cannot_be_protected_are_copied),
		cmocka_unit_test(a_set_for_two_interfaces_is_refused),
		cmocka_unit_test(drives_of_one_sort_are_counted),
		cmocka_unit_test(the_script_passes_firmware_and_options_on),
		cmocka_unit_test(firmware_that_is_needed_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
