/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_json.c - JSON that we write and JSON that others wrote */
#include "core/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/check.h"
#include "core/jsonw.h"
#include "tests/support/support.h"

/* What a writer made in memory. */
static char *finish(struct mun_jsonw *w)
{
	struct mun_err e;
	char *text;

	assert_int_equal(mun_jsonw_finish(w, &e), 0);
	assert_int_equal(mun_str_take(&w->out, &text, &e), 0);
	return text;
}

static void write_sample(struct mun_jsonw *w)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "text", "a \"b\"\\");
	mun_jsonw_text(w, "none", NULL);
	mun_jsonw_i64(w, "least", INT64_MIN);
	mun_jsonw_u64(w, "zero", 0);
	mun_jsonw_bool(w, "yes", true);
	mun_jsonw_array(w, "list");
	mun_jsonw_u64(w, NULL, 1);
	mun_jsonw_object(w, NULL);
	mun_jsonw_end_object(w);
	mun_jsonw_null(w, NULL);
	mun_jsonw_end_array(w);
	mun_jsonw_bool(w, "no", false);
	mun_jsonw_end_object(w);
}

static void json_is_written_dense_or_for_people(void **state)
{
	struct mun_jsonw w;
	char *text;

	(void)state;
	mun_jsonw_init(&w, NULL, false);
	write_sample(&w);
	text = finish(&w);
	assert_string_equal(text, "{\"text\":\"a \\\"b\\\"\\\\\",\"none\":null,"
				  "\"least\":-9223372036854775808,\"zero\":0,"
				  "\"yes\":true,\"list\":[1,{},null],"
				  "\"no\":false}\n");
	free(text);
	mun_jsonw_init(&w, NULL, true);
	write_sample(&w);
	text = finish(&w);
	assert_string_equal(text, "{\n"
				  "  \"text\": \"a \\\"b\\\"\\\\\",\n"
				  "  \"none\": null,\n"
				  "  \"least\": -9223372036854775808,\n"
				  "  \"zero\": 0,\n"
				  "  \"yes\": true,\n"
				  "  \"list\": [\n"
				  "    1,\n"
				  "    {},\n"
				  "    null\n"
				  "  ],\n"
				  "  \"no\": false\n"
				  "}\n");
	free(text);
}

/* One member "k" of @value, written and read again. */
static json_t *write_and_read(const char *value)
{
	struct mun_jsonw w;
	struct mun_err e;
	json_t *j;
	char *text;

	mun_jsonw_init(&w, NULL, false);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, value, value);
	mun_jsonw_end_object(&w);
	text = finish(&w);
	assert_true(mun_text_is_clean(text, "\n"));
	assert_int_equal(mun_json_parse(text, strlen(text), &j, &e), 0);
	free(text);
	return j;
}

/* @cp in UTF-8; returns its length. */
static size_t put_utf8(uint32_t cp, char *out)
{
	size_t n = 0;

	if (cp < 0x80) {
		out[n++] = (char)cp;
		return n;
	}
	if (cp < 0x800) {
		out[n++] = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		out[n++] = (char)(0xe0 | cp >> 12);
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
	} else {
		out[n++] = (char)(0xf0 | cp >> 18);
		out[n++] = (char)(0x80 | (cp >> 12 & 63));
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
	}
	out[n++] = (char)(0x80 | (cp & 63));
	return n;
}

static void all_text_is_read_back_as_it_was(void **state)
{
	static const uint32_t more[] = { 0x80,   0x9f,   0xa0,    0xe4,
					 0x7ff,  0x800,  0x2028,  0xfffd,
					 0xfffe, 0xffff, 0x10000, 0x10ffff };

	(void)state;
	/* All of ASCII, then characters of each length; in each place, as
	 * eight bytes are looked at together. */
	for (size_t i = 1; i < 128 + MUN_COUNT(more); i++) {
		uint32_t cp = i < 128 ? (uint32_t)i : more[i - 128];

		for (size_t at = 0; at < 9; at++) {
			char text[32] = "xxxxxxxxx";
			const char *key;
			json_t *value;
			json_t *j;

			memcpy(text + at + put_utf8(cp, text + at), "yyyyyyyyy",
			       10);
			j = write_and_read(text);
			json_object_foreach(j, key, value)
			{
				assert_string_equal(key, text);
				assert_string_equal(json_string_value(value),
						    text);
			}
			assert_int_equal(json_object_size(j), 1);
			json_decref(j);
		}
	}
}

static void text_that_is_not_utf8_is_escaped(void **state)
{
	json_t *j = write_and_read("\xff\n\\a");

	(void)state;
	assert_string_equal(json_object_iter_key(json_object_iter(j)),
			    "\\xff\\x0a\\\\a");
	json_decref(j);
}

static void a_long_list_goes_through_a_stream(void **state)
{
	const uint64_t n = 100000;
	FILE *f = tmpfile();
	struct mun_jsonw w;
	struct mun_err e;
	char *text;
	json_t *j;
	long len;

	(void)state;
	assert_non_null(f);
	mun_jsonw_init(&w, f, false);
	mun_jsonw_array(&w, NULL);
	for (uint64_t i = 0; i < n; i++) {
		mun_jsonw_object(&w, NULL);
		mun_jsonw_u64(&w, "id", i * i);
		mun_jsonw_text(&w, "label", "Disk \xe2\x84\x96 1 \"final\"");
		mun_jsonw_end_object(&w);
		/* Memory stays bounded by what is flushed. */
		assert_true(w.out.room < 200000);
	}
	mun_jsonw_end_array(&w);
	assert_int_equal(mun_jsonw_finish(&w, &e), 0);
	len = ftell(f);
	rewind(f);
	text = malloc((size_t)len);
	assert_int_equal(fread(text, 1, (size_t)len, f), len);
	(void)fclose(f);
	assert_int_equal(mun_json_parse(text, (size_t)len, &j, &e), 0);
	free(text);
	assert_int_equal(json_array_size(j), n);
	for (size_t i = 0; i < n; i++) {
		json_t *row = json_array_get(j, i);

		assert_int_equal(json_integer_value(json_object_get(row, "id")),
				 i * i);
		assert_string_equal(
			json_string_value(json_object_get(row, "label")),
			"Disk \xe2\x84\x96 1 \"final\"");
	}
	json_decref(j);
}

static void a_full_disk_is_told_at_the_end(void **state)
{
	FILE *f = fopen("/dev/full", "wb");
	struct mun_jsonw w;
	struct mun_err e;

	(void)state;
	if (!f)
		skip();
	mun_jsonw_init(&w, f, false);
	mun_jsonw_array(&w, NULL);
	for (int i = 0; i < 100000; i++)
		mun_jsonw_i64(&w, NULL, -i);
	mun_jsonw_end_array(&w);
	assert_int_equal(mun_jsonw_finish(&w, &e), MUN_EIO);
	(void)fclose(f);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		const char *place;
	} table[] = {
		{ "", "line 1, column 0" },
		{ "{", "line 1, column" },
		{ "{\n \"a\": 1,\n}", "line 3, column 1" },
		{ "[1]\n[2]", "line 2, column 1" },
		{ "{\"a\":1,\n\"a\":2}", "line 2, column 3" },
		{ "[\"\xff\"]", "line 1, column" },
		{ "[\"\\ud800\"]", "line 1, column" },
		{ "[01]", "line 1, column 2" },
		{ "[nan]", "line 1, column 4" },
		{ "[99999999999999999999]", "line 1, column" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_err e;
		json_t *j = NULL;
		char text[512];

		assert_int_equal(mun_json_parse(table[i].text,
						strlen(table[i].text), &j, &e),
				 MUN_ECORRUPT);
		assert_null(j);
		if (strncmp(e.lines[0].text, table[i].place,
			    strlen(table[i].place)) != 0)
			fail_msg("case %zu: %s", i,
				 mun_err_text(&e, text, sizeof(text), 0));
	}
}

static void depth_is_bounded(void **state)
{
	char *text = malloc(20000);
	struct mun_err e;
	json_t *j;

	(void)state;
	memset(text, '[', 10000);
	memset(text + 10000, ']', 10000);
	assert_int_equal(mun_json_parse(text, 20000, &j, &e), MUN_ECORRUPT);
	assert_string_equal(e.lines[0].text,
			    "line 1, column 65: more than 64 levels");
	assert_int_equal(mun_json_parse(text + 10000 - 64, 128, &j, &e), 0);
	json_decref(j);
	assert_int_equal(mun_json_parse(text + 10000 - 65, 130, &j, &e),
			 MUN_ECORRUPT);
	free(text);
}

static void brackets_in_strings_are_not_levels(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	json_t *j;

	(void)state;
	mun_str_add(&s, "[\"\\\"");
	for (int i = 0; i < 100; i++)
		mun_str_add(&s, "[{\\\\");
	mun_str_add(&s, "\"]");
	assert_int_equal(mun_json_parse(s.text, s.len, &j, &e), 0);
	json_decref(j);
	mun_str_free(&s);
}

static void an_escaped_backslash_ends_no_string(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	json_t *j;

	(void)state;
	mun_str_add(&s, "[\"\\\\\",");
	for (int i = 0; i < MUN_JSON_DEPTH; i++)
		mun_str_add(&s, "[");
	for (int i = 0; i < MUN_JSON_DEPTH; i++)
		mun_str_add(&s, "]");
	mun_str_add(&s, "]");
	/* The string is over, so that these are levels, and one too many. */
	assert_int_equal(mun_json_parse(s.text, s.len, &j, &e), MUN_ECORRUPT);
	mun_str_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_written_dense_or_for_people),
		cmocka_unit_test(all_text_is_read_back_as_it_was),
		cmocka_unit_test(text_that_is_not_utf8_is_escaped),
		cmocka_unit_test(a_long_list_goes_through_a_stream),
		cmocka_unit_test(a_full_disk_is_told_at_the_end),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(brackets_in_strings_are_not_levels),
		cmocka_unit_test(an_escaped_backslash_ends_no_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
