/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_premis_write.c - records to PREMIS and back, unchanged */
#include "catalog/premis.h"

#include "core/check.h"
#include "core/clock.h"
#include "tests/catalog/premis_sample.h"
#include "tests/support/support.h"

#include <stdio.h>

static char *write_ok(const struct mun_record *r)
{
	struct mun_str out = { 0 };
	struct mun_err e;
	char text[1024];

	if (mun_premis_write(r, &out, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return out.text;
}

static struct mun_record *read_ok(const char *xml)
{
	struct mun_record *r = NULL;
	struct mun_err e;
	char text[1024];

	if (mun_premis_read(xml, strlen(xml), &r, &e))
		fail_msg("%s in\n%s", mun_err_text(&e, text, sizeof(text), 1),
			 xml);
	return r;
}

/* Write, read, compare all; write again, compare every byte. */
static void assert_survives(const struct mun_record *r)
{
	char *first = write_ok(r);
	struct mun_record *back = read_ok(first);
	char *second = write_ok(back);

	premis_sample_assert_same(r, back);
	assert_string_equal(first, second);
	mun_record_free(back);
	free(first);
	free(second);
}

static void a_full_record_survives(void **state)
{
	struct mun_record *r = premis_sample_full();

	(void)state;
	assert_survives(r);
	mun_record_free(r);
}

static void a_minimal_record_survives(void **state)
{
	struct mun_record *r = premis_sample_minimal();

	(void)state;
	assert_survives(r);
	mun_record_free(r);
}

static void random_records_survive(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 500; seed++) {
		struct mun_record *r = premis_sample_random(seed);

		assert_survives(r);
		mun_record_free(r);
	}
}

static void writing_appends_and_is_deterministic(void **state)
{
	struct mun_record *r = premis_sample_full();
	struct mun_str out = { 0 };
	struct mun_err e;
	char *once = write_ok(r);

	(void)state;
	mun_str_add(&out, "before");
	assert_int_equal(mun_premis_write(r, &out, &e), 0);
	assert_memory_equal(out.text, "before", 6);
	assert_string_equal(out.text + 6, once);
	mun_str_free(&out);
	free(once);
	mun_record_free(r);
}

static void the_record_file_is_not_described(void **state)
{
	struct mun_record *r = premis_sample_full();
	char *xml = write_ok(r);

	(void)state;
	assert_null(strstr(xml, "metadata/premis.xml"));
	/* ... but an event links to it, and must find something. */
	assert_non_null(strstr(xml, "not described in this document"));
	free(xml);
	mun_record_free(r);
}

/* What must be in the document of a damaged floppy, and how often: section 3.5
 * of the PREMIS mapping. */
static void the_document_says_what_matters(void **state)
{
	static const struct {
		const char *text;
		int times;
	} want[] = {
		{ "xsi:type=\"premis:intellectualEntity\"", 2 },
		{ "xsi:type=\"premis:representation\"", 2 },
		{ "xsi:type=\"premis:file\"", 5 },
		{ "eventType/ima\">imaging<", 1 },
		{ ">2026-09-01T10:14:02Z/2026-09-01T10:15:30Z<", 1 },
		{ "eventOutcome/war\">warning<", 1 },
		{ "cryptographicHashFunctions/crc32\">CRC32<", 1 },
		{ "cryptographicHashFunctions/sha256\">SHA-256<", 5 },
		{ "DigestOriginator>Institute for Sound &amp; Vision<", 1 },
		{ "DigestOriginator>muniment, computed while reading<", 7 },
		{ "<premis:messageDigestAlgorithm>BLAKE2b-512<", 1 },
		{ "<byte_run offset=\"61440\" len=\"1536\"", 1 },
		{ "<sector_size>512</sector_size>", 1 },
		{ "relationshipSubType/iso\">is Source Of<", 1 },
		{ "eventRelatedAgentRole/imp\">implementer<", 1 },
		{ "environmentFunctionType/hap\">hardware peripheral<", 1 },
		{ "<premis:creatingApplicationName>muniment<", 2 },
		{ "second line&#13;\n<", 1 },
	};
	struct mun_record *r = premis_sample_full();
	char *xml = write_ok(r);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		int n = 0;

		for (const char *p = xml; (p = strstr(p, want[i].text)); p++)
			n++;
		if (n != want[i].times)
			fail_msg("%d times '%s'", n, want[i].text);
	}
	free(xml);
	mun_record_free(r);
}

/* Each makes a record that could not be written and read without loss. */
static void bad_id(struct mun_record *r)
{
	r->id = "1";
}

static void bad_file_id(struct mun_record *r)
{
	r->files[0].id = "";
}

static void two_files_of_one_id(struct mun_record *r)
{
	r->files[0].id = r->files[1].id;
}

static void file_with_the_objects_id(struct mun_record *r)
{
	r->files[0].id = r->id;
}

static void two_agents_of_one_id(struct mun_record *r)
{
	r->agents[0].id = r->agents[1].id;
}

static void two_events_of_one_id(struct mun_record *r)
{
	r->events[0].id = r->events[1].id;
}

static void unknown_event_type(struct mun_record *r)
{
	r->events[0].type = "frobnicate";
}

static void event_type_in_capitals(struct mun_record *r)
{
	r->events[0].type = "Imaging";
}

static void no_event_type(struct mun_record *r)
{
	r->events[0].type = "";
}

static void unknown_outcome(struct mun_record *r)
{
	r->events[0].outcome = "pass";
}

static void unknown_agent_type(struct mun_record *r)
{
	r->agents[0].type = "robot";
}

static void unknown_agent_role(struct mun_record *r)
{
	r->events[0].agents[0].role = "bystander";
}

static void unknown_object_role(struct mun_record *r)
{
	r->events[0].objects[0].role = "victim";
}

static void link_to_no_agent(struct mun_record *r)
{
	r->events[0].agents[0].id = r->id;
}

static void link_to_no_id(struct mun_record *r)
{
	r->events[0].objects[1].id = "file 7";
}

static void no_time(struct mun_record *r)
{
	r->events[0].started = "";
}

static void bad_end(struct mun_record *r)
{
	r->events[0].ended = "last Tuesday";
}

static void bad_created(struct mun_record *r)
{
	r->created = "2026-09-01";
}

static void bad_source_kind(struct mun_record *r)
{
	r->source_kind = "tape";
}

static void bad_whole_outcome(struct mun_record *r)
{
	r->outcome = "good";
}

static void no_path(struct mun_record *r)
{
	r->files[0].path = "";
}

static void no_role(struct mun_record *r)
{
	r->files[0].role = "";
}

static void reserved_role(struct mun_record *r)
{
	r->files[0].role = "not described in this document";
}

static void size_beyond_long(struct mun_record *r)
{
	r->files[0].bytes = (uint64_t)INT64_MAX + 1;
}

static void cut_digest(struct mun_record *r)
{
	r->files[0].digests.of[MUN_SHA256].len = 31;
}

static void originator_without_a_name(struct mun_record *r)
{
	r->files[0].digest_originator[MUN_SHA256] = "";
}

static void originator_of_no_digest(struct mun_record *r)
{
	r->files[0].digest_originator[MUN_MD5] = "Ada";
}

static void originator_that_we_are(struct mun_record *r)
{
	r->files[0].digest_originator[MUN_SHA256] =
		"muniment, computed while reading";
}

static void tree_of_another_file(struct mun_record *r)
{
	r->files[0].tree.bytes++;
}

static void ranges_without_master(struct mun_record *r)
{
	r->files[1].role = MUN_ROLE_CAPTURE;
}

static void empty_identifier(struct mun_record *r)
{
	r->identifiers[0].value = "";
}

static void blank_identifier(struct mun_record *r)
{
	r->identifiers[0].type = " \n";
}

static void identifier_twice(struct mun_record *r)
{
	r->identifiers[1] = r->identifiers[0];
}

static void identifier_of_a_file(struct mun_record *r)
{
	r->identifiers[2].value = r->files[0].id;
}

static void identifier_of_the_carrier(struct mun_record *r)
{
	r->identifiers[0].type = "URI";
	r->identifiers[0].value =
		"urn:uuid:0192f0a0-0000-7000-8000-000000000001#carrier";
}

static void control_in_label(struct mun_record *r)
{
	r->label = "a\x01";
}

static void noncharacter_in_note(struct mun_record *r)
{
	r->note = "\xef\xbf\xbe";
}

static void not_utf8_in_note(struct mun_record *r)
{
	r->note = "caf\xe9";
}

static void surrogate_in_note(struct mun_record *r)
{
	r->note = "\xed\xa0\x80";
}

#define CASE(fn) \
	{ \
#fn, fn \
	}

static void what_would_not_survive_is_refused(void **state)
{
	static const struct {
		const char *name;
		void (*spoil)(struct mun_record *r);
	} cases[] = {
		CASE(bad_id),
		CASE(bad_file_id),
		CASE(two_files_of_one_id),
		CASE(file_with_the_objects_id),
		CASE(two_agents_of_one_id),
		CASE(two_events_of_one_id),
		CASE(unknown_event_type),
		CASE(event_type_in_capitals),
		CASE(no_event_type),
		CASE(unknown_outcome),
		CASE(unknown_agent_type),
		CASE(unknown_agent_role),
		CASE(unknown_object_role),
		CASE(link_to_no_agent),
		CASE(link_to_no_id),
		CASE(no_time),
		CASE(bad_end),
		CASE(bad_created),
		CASE(bad_source_kind),
		CASE(bad_whole_outcome),
		CASE(no_path),
		CASE(no_role),
		CASE(reserved_role),
		CASE(size_beyond_long),
		CASE(cut_digest),
		CASE(originator_without_a_name),
		CASE(originator_of_no_digest),
		CASE(originator_that_we_are),
		CASE(tree_of_another_file),
		CASE(ranges_without_master),
		CASE(empty_identifier),
		CASE(blank_identifier),
		CASE(identifier_twice),
		CASE(identifier_of_a_file),
		CASE(identifier_of_the_carrier),
		CASE(control_in_label),
		CASE(noncharacter_in_note),
		CASE(not_utf8_in_note),
		CASE(surrogate_in_note),
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_record *r = premis_sample_full();
		struct mun_str out = { 0 };
		struct mun_err e;

		cases[i].spoil(r);
		if (mun_premis_write(r, &out, &e) != MUN_EINVAL)
			fail_msg("%s was written", cases[i].name);
		mun_str_free(&out);
		mun_record_free(r);
	}
}

/* The digest before that text gets another first digit. */
static void another_digit(char *xml, const char *after)
{
	char *at = strstr(xml, after);

	assert_non_null(at);
	while (strncmp(at, "<premis:messageDigest>", 22) != 0)
		at--;
	at[22] = at[22] == '0' ? '1' : '0';
}

static void what_another_computed_has_to_be_the_same(void **state)
{
	struct mun_record *r = premis_sample_full();
	struct mun_record *back = NULL;
	char *xml = write_ok(r);
	struct mun_err e;

	(void)state;
	another_digit(xml, "Institute for Sound &amp; Vision");
	assert_int_equal(mun_premis_read(xml, strlen(xml), &back, &e),
			 MUN_ECORRUPT);
	free(xml);
	mun_record_free(r);
}

static void a_text_too_long_for_parsers_is_refused(void **state)
{
	struct mun_record *r = premis_sample_minimal();
	const size_t len = ((size_t)8 << 20) + 1;
	char *text = malloc(len + 1);
	struct mun_str out = { 0 };
	struct mun_err e;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', len);
	text[len] = '\0';
	r->note = text;
	assert_int_equal(mun_premis_write(r, &out, &e), MUN_EINVAL);
	mun_str_free(&out);
	text[len - 1] = '\0';
	assert_survives(r);
	free(text);
	mun_record_free(r);
}

/* 1,000 records must cost little beside the fsyncs of 1,000 objects. */
static void a_thousand_records_are_written_fast(void **state)
{
	struct mun_record *r = premis_sample_full();
	const int64_t start = mun_clock_monotonic_ms();
	struct mun_err e;
	int64_t spent;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct mun_str out = { 0 };

		assert_int_equal(mun_premis_write(r, &out, &e), 0);
		mun_str_free(&out);
	}
	spent = mun_clock_monotonic_ms() - start;
	print_message("1000 records in %lld ms\n", (long long)spent);
	/* A hundred times what it takes; a slow machine is no failure. */
	assert_true(spent < 20000);
	mun_record_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_record_survives),
		cmocka_unit_test(a_minimal_record_survives),
		cmocka_unit_test(random_records_survive),
		cmocka_unit_test(writing_appends_and_is_deterministic),
		cmocka_unit_test(the_record_file_is_not_described),
		cmocka_unit_test(the_document_says_what_matters),
		cmocka_unit_test(what_would_not_survive_is_refused),
		cmocka_unit_test(what_another_computed_has_to_be_the_same),
		cmocka_unit_test(a_text_too_long_for_parsers_is_refused),
		cmocka_unit_test(a_thousand_records_are_written_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
