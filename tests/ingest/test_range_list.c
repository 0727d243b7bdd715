/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_range_list.c - ranges in order, as JSON, and as words */
#include "ingest/mended.h"

#include <stdlib.h>

#include "tests/support/support.h"

static void fill(struct mun_range_list *l, const uint64_t (*of)[2], size_t n)
{
	struct mun_err e;

	*l = (struct mun_range_list){ 0 };
	for (size_t i = 0; i < n; i++)
		assert_int_equal(mun_range_list_add(l, of[i][0], of[i][1], &e),
				 0);
}

static void neighbours_become_one_and_disorder_is_refused(void **state)
{
	static const uint64_t of[][2] = { { 0, 5 }, { 5, 5 }, { 20, 1 } };
	struct mun_range_list l;
	struct mun_err e;

	(void)state;
	fill(&l, of, 3);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.of[0].bytes, 10);
	assert_int_equal(mun_range_list_bytes(&l), 11);
	assert_int_equal(mun_range_list_add(&l, 20, 1, &e), MUN_EINVAL);
	assert_int_equal(mun_range_list_add(&l, 0, 1, &e), MUN_EINVAL);
	assert_int_equal(mun_range_list_add(&l, 30, 0, &e), MUN_EINVAL);
	assert_int_equal(mun_range_list_bytes(&l), 11);
	mun_range_list_clear(&l);
}

/* Against each byte by itself. */
static void what_is_in_it_is_known_with_where_that_ends(void **state)
{
	struct mun_range_list l = { 0 };
	bool in[400] = { false };
	struct mun_err e;

	(void)state;
	for (uint64_t at = 3; at < 380; at += 7 + at % 5) {
		uint64_t n = 1 + at % 6;

		assert_int_equal(mun_range_list_add(&l, at, n, &e), 0);
		for (uint64_t i = at; i < at + n; i++)
			in[i] = true;
	}
	for (uint64_t at = 0; at < 400; at++) {
		uint64_t stop = 390;
		uint64_t want = at + 1;

		assert_int_equal(mun_range_list_has(&l, at, &stop), in[at]);
		while (want < 390 && in[want] == in[at])
			want++;
		assert_int_equal(stop, at < 390 ? want : 390);
	}
	mun_range_list_clear(&l);
}

static void json_comes_back_as_it_was(void **state)
{
	static const uint64_t of[][2] = { { 0, 2048 }, { 40960, 4096 } };
	mun_autojson json_t *doc = NULL;
	struct mun_range_list l;
	struct mun_range_list back;
	struct mun_jsonw w;
	struct mun_err e;

	(void)state;
	fill(&l, of, 2);
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_range_list_json(&w, "x", &l);
	mun_jsonw_end_object(&w);
	assert_int_equal(mun_jsonw_finish(&w, &e), 0);
	assert_int_equal(mun_json_parse(w.out.text, w.out.len, &doc, &e), 0);
	assert_int_equal(mun_range_list_parse(json_object_get(doc, "x"), 45056,
					      &back, &e),
			 0);
	assert_int_equal(back.n, 2);
	assert_memory_equal(back.of, l.of, 2 * sizeof(*l.of));
	mun_range_list_clear(&back);
	/* One byte less, and the last one ends behind it. */
	assert_int_equal(mun_range_list_parse(json_object_get(doc, "x"), 45055,
					      &back, &e),
			 MUN_ECORRUPT);
	mun_range_list_clear(&back);
	mun_range_list_clear(&l);
	mun_str_free(&w.out);
}

static void what_is_no_list_of_ranges_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[1]",
		"[{}]",
		"[{\"offset\": -1, \"length\": 1}]",
		"[{\"offset\": 1, \"length\": 0}]",
		"[{\"offset\": 1.5, \"length\": 1}]",
		"[{\"offset\": 101, \"length\": 1}]",
		"[{\"offset\": 1, \"length\": 9223372036854775807}]",
		"[{\"offset\":9,\"length\":1},{\"offset\":8,\"length\":1}]",
	};
	struct mun_range_list l;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		mun_autojson json_t *j = NULL;

		assert_int_equal(
			mun_json_parse(texts[i], strlen(texts[i]), &j, &e), 0);
		assert_int_equal(mun_range_list_parse(j, 100, &l, &e),
				 MUN_ECORRUPT);
		mun_range_list_clear(&l);
	}
	assert_int_equal(mun_range_list_parse(NULL, 100, &l, &e), 0);
	assert_int_equal(l.n, 0);
}

static void mended_sectors_in_words_come_back(void **state)
{
	static const uint64_t of[][2] = { { 33 * 2048, 2048 },
					  { 40 * 2048, 4096 } };
	struct mun_range_list l;
	struct mun_range_list back;
	struct mun_str s = { 0 };
	struct mun_err e;

	(void)state;
	fill(&l, of, 2);
	mun_mended_text(&l, 2048, NULL, &s);
	assert_string_equal(s.text, "3 sectors, by their own parity, proved by "
				    "their EDC: LBA 33, 40-41");
	assert_int_equal(mun_mended_parse(s.text, 2048, 42 * 2048, &back, &e),
			 0);
	assert_int_equal(back.n, 2);
	assert_memory_equal(back.of, l.of, 2 * sizeof(*l.of));
	mun_range_list_clear(&back);
	assert_int_equal(mun_mended_parse(s.text, 2048, 41 * 2048, &back, &e),
			 MUN_ECORRUPT);
	mun_range_list_clear(&back);
	mun_range_list_clear(&l);
	mun_str_free(&s);
}

static void words_that_name_no_sectors_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"3 sectors",
		"LBA x",
		"LBA 1,",
		"LBA 1-",
		"LBA 2-1",
		"LBA 1 2",
		"LBA 5, 4",
		"LBA -1",
		"LBA 1,2",
		"LBA 99999999999999999999",
		"LBA 0-18446744073709551615",
	};
	struct mun_range_list l;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int rc = mun_mended_parse(texts[i], 2048, 100 * 2048, &l, &e);

		if (!rc)
			print_message("'%s' was taken\n", texts[i]);
		assert_int_not_equal(rc, 0);
		mun_range_list_clear(&l);
	}
	assert_int_equal(mun_mended_parse(NULL, 2048, 100, &l, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_become_one_and_disorder_is_refused),
		cmocka_unit_test(what_is_in_it_is_known_with_where_that_ends),
		cmocka_unit_test(json_comes_back_as_it_was),
		cmocka_unit_test(what_is_no_list_of_ranges_is_refused),
		cmocka_unit_test(mended_sectors_in_words_come_back),
		cmocka_unit_test(words_that_name_no_sectors_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
