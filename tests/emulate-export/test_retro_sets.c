/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_retro_sets.c - old machines: sets and their scripts */
#include "tests/emulate-export/target_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/check.h"

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

/* SIMH 3.8-1: "set ry enabled" has to come with "set rx disabled", and then
 * "attach rx0" is "Non-existent device". */
static void both_sorts_of_8_inch_floppies_are_no_one_machine(void **state)
{
	struct mun_case_item items[] = {
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 256256,
		  .platform = MUN_PLATFORM_DEC },
		{ .medium = MUN_MEDIUM_FLOPPY,
		  .bytes = 512512,
		  .platform = MUN_PLATFORM_DEC },
	};

	(void)state;
	for (size_t first = 0; first < 2; first++) {
		struct mun_case_item set[] = { items[first], items[!first] };
		struct mun_case *c = mun_case_new(set, 2);

		assert_int_equal(mun_case_make(c, mun_target_find("simh")),
				 MUN_EUNSUPPORTED);
		assert_non_null(
			strstr(c->err.lines[0].text, "RX01 or one for RX02"));
		mun_case_free(c);
		c = set_of(&items[first], 2);
		assert_int_equal(mun_case_make(c, mun_target_find("simh")), 0);
		mun_case_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_swap_list_of_an_amiga_is_in_the_order_given),
		cmocka_unit_test(disks_of_several_drives_have_a_list_for_each),
		cmocka_unit_test(
			hard_disks_that_cannot_be_protected_are_copied),
		cmocka_unit_test(a_set_for_two_interfaces_is_refused),
		cmocka_unit_test(drives_of_one_sort_are_counted),
		cmocka_unit_test(
			both_sorts_of_8_inch_floppies_are_no_one_machine),
		cmocka_unit_test(the_script_passes_firmware_and_options_on),
		cmocka_unit_test(firmware_that_is_needed_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
