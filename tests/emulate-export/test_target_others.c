/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_others.c - browsers, archives, ScummVM */
#include "core/check.h"
#include "emulate-export/target_eaasi.h"
#include "emulate-export/target_emulatorjs.h"
#include "emulate-export/target_raw.h"
#include "emulate-export/target_scummvm.h"
#include "emulate-export/target_v86.h"
#include "image/image.h"
#include "tests/emulate-export/target_case.h"

#define YES MUN_BOOTS_YES
#define NO MUN_BOOTS_NO

static const struct mun_case_item floppy =
	MUN_CASE_FLOPPY(1440, 80, 2, 18, YES);
static const struct mun_case_item disc = MUN_CASE_DISC;
static const struct mun_case_item mixed = MUN_CASE_MIXED;
static const struct mun_case_item disk = MUN_CASE_DISK(520, "fat16", YES);

static void has(const struct mun_case *c, const char *path, const char *text)
{
	if (!strstr(mun_case_text(c, path), text))
		fail_msg("no '%s' in %s: %s", text, path,
			 mun_case_text(c, path));
}

static void refused(const struct mun_case_item *items, size_t n,
		    const struct mun_target *t, const char *reason)
{
	struct mun_case *c = mun_case_new(items, n);
	int rc = mun_case_make(c, t);

	if (rc != MUN_EUNSUPPORTED || !strstr(c->err.lines[0].text, reason))
		fail_msg("%s: %d %s", reason, rc,
			 rc ? c->err.lines[0].text : "");
	mun_case_free(c);
}

static void a_page_knows_its_media(void **state)
{
	const struct mun_case_item set[] = { disk, floppy, floppy, floppy,
					     disc };
	struct mun_case *c = mun_case_new(set, 5);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_v86), 0);
	has(c, "web/config.json", "\"memory\": 16777216");
	has(c, "web/config.json", "\"boot\": \"disk\"");
	has(c, "web/config.json", "\"url\": \"../media/floppy3.img\"");
	has(c, "web/config.json", "\"slot\": \"hd0\"");
	has(c, "web/config.json", "\"bytes\": 268369920");
	has(c, "web/index.html", "src=\"emulator/build/libv86.js\"");
	has(c, "run", "V86=node_modules/v86 ./run");
	has(c, "config/serve.py", "(\"127.0.0.1\", args.port)");
	mun_case_free(c);
	refused(&mixed, 1, &mun_target_v86, "one data track");
}

static void emulatorjs_has_a_core_by_platform(void **state)
{
	struct mun_case_item amiga = { .medium = MUN_MEDIUM_FLOPPY,
				       .bytes = 901120,
				       .sector_bytes = 512,
				       .format = "adf",
				       .fs = "amiga-ofs",
				       .platform = MUN_PLATFORM_AMIGA };
	struct mun_case *c = mun_case_new(&amiga, 1);
	const struct mun_case_item two[] = { floppy, floppy };

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_emulatorjs), 0);
	has(c, "web/index.html", "data-core=\"amiga\"");
	has(c, "run",
	    "npm install @emulatorjs/emulatorjs "
	    "@emulatorjs/core-puae\n");
	assert_string_equal(c->plan.media[0].formats, "adf");
	assert_non_null(strstr(c->plan.needs, "Kickstart"));
	mun_case_free(c);
	refused(two, 2, &mun_target_emulatorjs, "one medium");
	amiga.platform = MUN_PLATFORM_MSX;
	refused(&amiga, 1, &mun_target_emulatorjs, "msx");
	refused(&disk, 1, &mun_target_emulatorjs, "disk");
}

/* Numbers in Wikidata: CD-ROM Q495265, ISO image Q877050, floppy Q493576
 * (Drive.java and Binding.java of EaaS). */
static void eaasi_has_device_ids(void **state)
{
	const struct mun_case_item discs[] = { disc, disc };
	const struct mun_case_item both[] = { floppy, disc };
	struct mun_case *c = mun_case_new(discs, 2);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_eaasi), 0);
	has(c, "eaasi/import.json", "\"url\": \"disc2.iso\"");
	has(c, "eaasi/import.json", "\"deviceId\": \"Q495265\"");
	has(c, "eaasi/import.json", "\"fileFmt\": \"Q877050\"");
	has(c, "eaasi/mets.xml",
	    "<mdRef ID=\"Q495265\" LOCTYPE=\"URL\" "
	    "MDTYPE=\"OTHER\" "
	    "OTHERMDTYPE=\"DEVICETYPE\"");
	has(c, "eaasi/mets.xml", "OTHERMDTYPE=\"FILETYPE\"");
	has(c, "eaasi/mets.xml", "<fileGrp USE=\"DIGITAL OBJECTS\">");
	has(c, "eaasi/mets.xml", "xlink:href=\"../media/disc1.iso\"");
	mun_case_free(c);
	c = mun_case_new(&floppy, 1);
	assert_int_equal(mun_case_make(c, &mun_target_eaasi), 0);
	has(c, "eaasi/import.json", "\"deviceId\": \"Q493576\"");
	assert_null(strstr(mun_case_text(c, "eaasi/import.json"), "fileFmt"));
	mun_case_free(c);
	refused(both, 2, &mun_target_eaasi, "one kind");
	refused(&mixed, 1, &mun_target_eaasi, "3 tracks");
	refused(&disk, 1, &mun_target_eaasi, "disk");
}

static void scummvm_takes_files_of_engines_alone(void **state)
{
	struct mun_case_item game = floppy;
	struct mun_case *c;

	(void)state;
	refused(&floppy, 1, &mun_target_scummvm, "no files of an engine");
	game.mark = "scumm";
	c = mun_case_new(&game, 1);
	assert_int_equal(mun_case_make(c, &mun_target_scummvm), 0);
	has(c, "run", "\"$SEVENZIP\" x -y -aos -ogame media/floppy.img ");
	has(c, "run", "\"$program\" --path=game --auto-detect \"$@\"\n");
	assert_string_equal(c->plan.media[0].device, "files");
	assert_int_equal(c->plan.suit, MUN_SUIT_GOOD);
	mun_case_free(c);
	game.fs = "amiga-ofs";
	refused(&game, 1, &mun_target_scummvm, "cannot be taken out");
}

static void raw_takes_whatever_there_is(void **state)
{
	const struct mun_case_item set[] = { floppy, disc, mixed, disk };
	static const char *const formats[] = { "raw imd edsk", "iso raw",
					       "cue toc", "raw" };
	struct mun_case *c = mun_case_new(set, 4);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_raw), 0);
	/* Last of all the form that it is kept in. */
	for (size_t i = 0; i < 4; i++) {
		const char *has = c->plan.media[i].formats;
		size_t len = strlen(formats[i]);

		assert_int_equal(strncmp(has, formats[i], len), 0);
		assert_int_equal(has[len], ' ');
		assert_string_equal(has + len + 1, c->items[i].facts->format);
	}
	assert_int_equal(c->kit.n, 0);
	mun_case_free(c);
}

/* Any driver may keep what it cannot decode. */
static void raw_takes_every_format_that_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_case_item item = {
			.medium = MUN_MEDIUM_UNKNOWN,
			.bytes = 4096,
			.format = mun_image_drivers[i]->name,
			.kept = true,
		};
		struct mun_case *c = mun_case_new(&item, 1);

		if (mun_case_make(c, &mun_target_raw) ||
		    strcmp(c->plan.media[0].formats, item.format) != 0)
			fail_msg("%s", item.format);
		mun_case_free(c);
	}
}

/* Wherever its last space is, and nothing behind it is touched. */
static void a_long_note_is_cut_at_a_word(void **state)
{
	struct mun_plan *p = calloc(1, sizeof(*p));
	char text[2 * sizeof(p->notes[0])];
	size_t size = sizeof(p->notes[0]);

	(void)state;
	assert_non_null(p);
	for (size_t space = 1; space <= size; space++) {
		size_t len;

		memset(text, 'x', sizeof(text));
		text[sizeof(text) - 1] = '\0';
		text[1] = ' ';
		text[space] = ' ';
		p->nnotes = 0;
		memset(p->notes, '!', sizeof(p->notes));
		mun_plan_note(p, "%s", text);
		assert_int_equal(p->nnotes, 1);
		assert_int_equal(p->notes[1][0], '!');
		len = strnlen(p->notes[0], size);
		assert_true(len < size);
		assert_string_equal(p->notes[0] + len - 4, " ...");
	}
	free(p);
}

/* Each is told of, and what is said of all of them is not lost to that. */
static void a_note_for_each_of_many_floppies_has_room(void **state)
{
	struct mun_case_item items[12];
	struct mun_case *c;
	bool swap = false;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(items); i++)
		items[i] = (struct mun_case_item)MUN_CASE_FLOPPY(700, 80, 2, 18,
								 MUN_BOOTS_YES);
	c = mun_case_new(items, MUN_COUNT(items));
	assert_int_equal(mun_case_make(c, mun_target_find("qemu")), 0);
	assert_int_equal(c->plan.nnotes, MUN_COUNT(items) + 1);
	for (size_t i = 0; i < c->plan.nnotes; i++)
		swap |= strstr(c->plan.notes[i], "config/swap.txt") != NULL;
	assert_true(swap);
	mun_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_note_is_cut_at_a_word),
		cmocka_unit_test(a_note_for_each_of_many_floppies_has_room),
		cmocka_unit_test(a_page_knows_its_media),
		cmocka_unit_test(emulatorjs_has_a_core_by_platform),
		cmocka_unit_test(eaasi_has_device_ids),
		cmocka_unit_test(scummvm_takes_files_of_engines_alone),
		cmocka_unit_test(raw_takes_whatever_there_is),
		cmocka_unit_test(raw_takes_every_format_that_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
