/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_record_contents.c - contents and platform in a record */
#include "catalog/record_contents.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "tests/support/support.h"

static struct mun_record *fresh(void)
{
	struct mun_record *r = NULL;
	struct mun_err e;

	assert_int_equal(mun_record_new(&r, &e), 0);
	return r;
}

static void add(struct mun_record *r, const char *name, const char *value)
{
	struct mun_rec_property *p = mun_record_add_property(r);

	assert_non_null(p);
	p->name = name;
	p->value = value;
}

static void put(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text);
}

static const char *value_of(const struct mun_record *r, const char *name)
{
	const char *value = mun_record_property(r, name);

	return value ? value : "";
}

/* ---- the verdict ---- */

static void same_verdict(const struct mun_verdict *a,
			 const struct mun_verdict *b)
{
	assert_int_equal(a->platform, b->platform);
	assert_int_equal(a->confidence, b->confidence);
	assert_int_equal(a->boots, b->boots);
	assert_int_equal(a->nothers, b->nothers);
	for (size_t i = 0; i < a->nothers; i++)
		assert_int_equal(a->others[i], b->others[i]);
	assert_int_equal(a->nreasons, b->nreasons);
	for (size_t i = 0; i < a->nreasons; i++)
		assert_string_equal(a->reasons[i], b->reasons[i]);
}

static void every_verdict_comes_back_as_it_was(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < MUN_PLATFORMS; n++) {
		struct mun_record *r = fresh();
		struct mun_verdict v = {
			.platform = (enum mun_platform)n,
			.confidence = (enum mun_confidence)(n % 4),
			.boots = (enum mun_boots)(n % 4),
			.nreasons = n % (MUN_VERDICT_REASONS + 1),
			.nothers = n % (MUN_VERDICT_OTHERS + 1),
		};
		struct mun_verdict got;
		struct mun_err e;

		for (size_t i = 0; i < v.nreasons; i++) {
			memset(v.reasons[i], 'a' + (int)i,
			       sizeof(v.reasons[i]) - 1);
			v.reasons[i][n] = '\0';
			if (!n)
				v.reasons[i][0] = 'x';
		}
		for (size_t i = 0; i < v.nothers; i++)
			v.others[i] = (enum mun_platform)(
				1 + (n + i) % (MUN_PLATFORMS - 1));
		assert_int_equal(mun_record_add_verdict(r, &v, &e), 0);
		assert_true(mun_record_verdict(r, &got));
		same_verdict(&v, &got);
		mun_record_free(r);
	}
}

/* As long as they can be, and with what parts them in the text. */
static void reasons_stay_apart(void **state)
{
	struct mun_record *r = fresh();
	struct mun_verdict v = { .platform = MUN_PLATFORM_PC,
				 .confidence = MUN_CONFIDENCE_LOW,
				 .nreasons = MUN_VERDICT_REASONS };
	struct mun_verdict got;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < v.nreasons; i++)
		memset(v.reasons[i], 'r', sizeof(v.reasons[i]) - 1);
	put(v.reasons[2], sizeof(v.reasons[2]), "one; two;three, four");
	assert_int_equal(mun_record_add_verdict(r, &v, &e), 0);
	put(v.reasons[2], sizeof(v.reasons[2]), "one, two,three, four");
	assert_true(mun_record_verdict(r, &got));
	same_verdict(&v, &got);
	mun_record_free(r);
}

static void a_record_of_a_version_before_has_no_verdict(void **state)
{
	struct mun_record *r = fresh();
	struct mun_verdict v;

	(void)state;
	memset(&v, 0xff, sizeof(v));
	assert_false(mun_record_verdict(r, &v));
	assert_int_equal(v.platform, MUN_PLATFORM_UNKNOWN);
	assert_int_equal(v.confidence, MUN_CONFIDENCE_NONE);
	assert_int_equal(v.nreasons + v.nothers, 0);
	assert_int_equal(mun_record_platform_said(r), MUN_PLATFORM_UNKNOWN);
	mun_record_free(r);
}

/* A container may call a fact of its own "platform". */
static void what_others_call_a_platform_is_none_of_ours(void **state)
{
	static const struct {
		const char *platform;
		const char *confidence;
	} cases[] = {
		{ "Windows", NULL },      { "Windows", "high" },
		{ "pc-dos", NULL },       { "pc-dos", "certain" },
		{ "pc-dos", "operator" }, { "", "none" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_record *r = fresh();
		struct mun_verdict v;

		add(r, MUN_PROPERTY_PLATFORM, cases[i].platform);
		if (cases[i].confidence)
			add(r, MUN_PROPERTY_PLATFORM_CONFIDENCE,
			    cases[i].confidence);
		assert_false(mun_record_verdict(r, &v));
		assert_int_equal(v.platform, MUN_PLATFORM_UNKNOWN);
		assert_int_equal(v.confidence, MUN_CONFIDENCE_NONE);
		mun_record_free(r);
	}
}

static void
lists_that_are_none_of_ours_end_where_they_make_no_sense(void **state)
{
	struct mun_record *r = fresh();
	struct mun_verdict v;
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	add(r, MUN_PROPERTY_PLATFORM, "amiga");
	add(r, MUN_PROPERTY_PLATFORM_CONFIDENCE, "low");
	add(r, MUN_PROPERTY_PLATFORM_BOOTS, "perhaps");
	add(r, MUN_PROPERTY_PLATFORM_OTHERS,
	    "pc, nonsense, pc-dos, msx, cpm, c64, sun");
	add(r, MUN_PROPERTY_PLATFORM_REASONS, longer);
	assert_true(mun_record_verdict(r, &v));
	assert_int_equal(v.platform, MUN_PLATFORM_AMIGA);
	assert_int_equal(v.boots, MUN_BOOTS_NO);
	assert_int_equal(v.nothers, MUN_VERDICT_OTHERS);
	assert_int_equal(v.others[1], MUN_PLATFORM_PC_DOS);
	assert_int_equal(v.nreasons, 0);
	mun_record_free(r);
}

/* ---- the operator ---- */

static void what_the_operator_says_stands_beside_the_verdict(void **state)
{
	const struct mun_verdict seen = { .platform = MUN_PLATFORM_PC_DOS,
					  .confidence = MUN_CONFIDENCE_HIGH,
					  .boots = MUN_BOOTS_YES,
					  .nreasons = 1,
					  .reasons = { "IO.SYS" } };
	struct mun_record *r = fresh();
	struct mun_verdict v;
	struct mun_err e;

	(void)state;
	/* Also where nothing was seen. */
	assert_int_equal(mun_record_set_platform(r, MUN_PLATFORM_MSX, &e), 0);
	assert_true(mun_record_verdict(r, &v));
	assert_int_equal(v.platform, MUN_PLATFORM_MSX);
	assert_int_equal(v.confidence, MUN_CONFIDENCE_OPERATOR);
	assert_int_equal(v.nothers, 0);
	assert_int_equal(mun_record_add_verdict(r, &seen, &e), 0);
	assert_int_equal(mun_record_set_platform(r, MUN_PLATFORM_AMIGA, &e), 0);
	assert_int_equal(mun_record_platform_said(r), MUN_PLATFORM_AMIGA);
	assert_string_equal(value_of(r, MUN_PROPERTY_PLATFORM), "pc-dos");
	assert_string_equal(value_of(r, MUN_PROPERTY_PLATFORM_CONFIDENCE),
			    "high");
	assert_true(mun_record_verdict(r, &v));
	assert_int_equal(v.platform, MUN_PLATFORM_AMIGA);
	assert_int_equal(v.others[0], MUN_PLATFORM_PC_DOS);
	assert_string_equal(v.reasons[1], "IO.SYS");
	mun_record_free(r);
}

static void what_is_seen_anew_takes_the_place_of_what_was_seen(void **state)
{
	const struct mun_verdict seen = { .platform = MUN_PLATFORM_PC_DOS,
					  .confidence = MUN_CONFIDENCE_HIGH };
	struct mun_contents c = { .table = "mbr", .nparts = 1, .nvolumes = 1 };
	struct mun_record *r = fresh();
	struct mun_err e;

	(void)state;
	put(c.volumes[0].fs, sizeof(c.volumes[0].fs), "fat12");
	add(r, "creator", "a program");
	assert_int_equal(mun_record_add_contents(r, &c, &e), 0);
	assert_int_equal(mun_record_add_verdict(r, &seen, &e), 0);
	assert_int_equal(mun_record_set_platform(r, MUN_PLATFORM_PC, &e), 0);
	add(r, "partition table of another", "kept");
	mun_record_drop_contents(r);
	assert_int_equal(r->nproperties, 3);
	assert_string_equal(value_of(r, "creator"), "a program");
	assert_string_equal(value_of(r, MUN_PROPERTY_PLATFORM_OPERATOR), "pc");
	assert_string_equal(value_of(r, "partition table of another"), "kept");
	mun_record_free(r);
}

/* ---- contents ---- */

static void fill_volume(struct mun_contents_volume *v)
{
	put(v->fs, sizeof(v->fs), "fat16");
	put(v->title, sizeof(v->title), "FAT16");
	put(v->label, sizeof(v->label), "BOOT, \"1\"");
	put(v->serial, sizeof(v->serial), "1234-ABCD");
	put(v->oem, sizeof(v->oem), "MSDOS5.0");
	put(v->puid, sizeof(v->puid), "fmt/1087");
	v->part = 2;
	v->off = 32256;
	v->bytes = 33521664;
	v->boots = MUN_BOOTS_YES;
	put(v->boot_text, sizeof(v->boot_text), "code at 3Eh, IO.SYS");
	v->nmarks = 2;
	put(v->marks[0].word, sizeof(v->marks[0].word), "dos-system");
	put(v->marks[1].word, sizeof(v->marks[1].word), "windows");
}

static void contents_are_written_as_the_header_says(void **state)
{
	static const char *const wanted[][2] = {
		{ "partition table", "mbr, damaged" },
		{ "partition 1", "0x83, 512 bytes at byte 0" },
		{ "partition 5", "0x06, 33521664 bytes at byte 32256, active, "
				 "name BOOT" },
		{ "file system 1", "fat16, 33521664 bytes at byte 32256, in "
				   "partition 5; FAT16" },
		{ "file system 1, label", "BOOT, \"1\"" },
		{ "file system 1, serial", "1234-ABCD" },
		{ "file system 1, OEM id", "MSDOS5.0" },
		{ "file system 1, PRONOM id", "fmt/1087" },
		{ "file system 1, boots", "yes: code at 3Eh, IO.SYS" },
		{ "file system 1, marks", "dos-system, windows" },
		{ "file system 2", "xfs, at byte 0, damaged; XFS" },
		{ "boots", "code: of what is not known" },
		{ "marks", "mbr-code" },
	};
	struct mun_contents c = { .table = "mbr",
				  .table_damaged = true,
				  .nparts = 2,
				  .nvolumes = 2,
				  .nmarks = 1,
				  .boots = MUN_BOOTS_CODE };
	struct mun_record *r = fresh();
	struct mun_err e;

	(void)state;
	c.parts[0] = (struct mun_contents_part){ .number = 1, .bytes = 512 };
	put(c.parts[0].type, sizeof(c.parts[0].type), "0x83");
	c.parts[1] = (struct mun_contents_part){
		.number = 5, .off = 32256, .bytes = 33521664, .active = true
	};
	put(c.parts[1].type, sizeof(c.parts[1].type), "0x06");
	put(c.parts[1].name, sizeof(c.parts[1].name), "BOOT");
	fill_volume(&c.volumes[0]);
	put(c.volumes[1].fs, sizeof(c.volumes[1].fs), "xfs");
	put(c.volumes[1].title, sizeof(c.volumes[1].title), "XFS");
	c.volumes[1].damaged = true;
	put(c.boot_text, sizeof(c.boot_text), "of what is not known");
	put(c.marks[0].word, sizeof(c.marks[0].word), "mbr-code");
	assert_int_equal(mun_record_add_contents(r, &c, &e), 0);
	assert_int_equal(r->nproperties, MUN_COUNT(wanted));
	for (size_t i = 0; i < MUN_COUNT(wanted); i++) {
		assert_string_equal(r->properties[i].name, wanted[i][0]);
		assert_string_equal(r->properties[i].value, wanted[i][1]);
		assert_true(mun_record_is_contents(wanted[i][0]));
	}
	mun_record_free(r);
}

static void names_of_others_are_not_ours(void **state)
{
	static const char *const names[] = {
		"",          "partition",        "partition ",
		"platforms", "file system",      "file system x",
		"boots too", "medium: platform", "track 1",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		assert_false(mun_record_is_contents(names[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_comes_back_as_it_was),
		cmocka_unit_test(reasons_stay_apart),
		cmocka_unit_test(a_record_of_a_version_before_has_no_verdict),
		cmocka_unit_test(what_others_call_a_platform_is_none_of_ours),
		cmocka_unit_test(
			lists_that_are_none_of_ours_end_where_they_make_no_sense),
		cmocka_unit_test(
			what_the_operator_says_stands_beside_the_verdict),
		cmocka_unit_test(
			what_is_seen_anew_takes_the_place_of_what_was_seen),
		cmocka_unit_test(contents_are_written_as_the_header_says),
		cmocka_unit_test(names_of_others_are_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
