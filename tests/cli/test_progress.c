/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cli/test_progress.c - the line, the strip and the JSON of progress */
#include "cli/progress.h"

#include "core/json.h"
#include "tests/support/support.h"

#include <stdio.h>

static const struct mun_progress_medium floppy = {
	.pass = "scraping",
	.pos = 737280,
	.lba = 1440,
	.cylinder = 40,
	.head = 0,
	.rate = 20000,
	.doubtful = 512,
	.failed_reads = 3,
	.strip = "++++s.!-",
};
static const struct mun_progress imaging = {
	.phase = "imaging",
	.done = 740000,
	.total = 1474560,
	.bad = 1536,
	.medium = &floppy,
};

static char *line_of(const struct mun_progress *p, uint64_t rate,
		     unsigned int width)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *out = NULL;

	mun_progress_line(p, rate, width, &s);
	mun_str_add(&s, "");
	assert_int_equal(mun_str_take(&s, &out, &e), 0);
	return out;
}

static void is_line(const struct mun_progress *p, unsigned int width,
		    const char *want)
{
	char *line = line_of(p, 1000, width);

	assert_string_equal(line, want);
	free(line);
}

static void a_line_says_all_there_is_room_for(void **state)
{
	(void)state;
	is_line(&imaging, 200,
		"imaging: 50 %, 740 kB of 1.5 MB, 20.0 kB/s, 0:00:36 left, 1.5 "
		"kB bad, 512 B doubtful, cyl 40 head 0, scraping, 3 errors");
	is_line(&imaging, 79,
		"imaging: 50 %, 20.0 kB/s, 0:00:36 left, 1.5 kB bad, cyl 40 "
		"head 0, scraping");
	is_line(&imaging, 41, "imaging: 50 %, 1.5 kB bad, cyl 40 head 0");
	is_line(&imaging, 10, "imaging: 5");
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (unsigned int width = 1; width < 200; width++) {
		char *line = line_of(&imaging, 1, width);

		assert_in_range(strlen(line), 1, width);
		free(line);
	}
}

static void what_is_not_known_is_not_said(void **state)
{
	const struct mun_progress p = { .phase = "rebuilding", .done = 7 };
	struct mun_progress_medium m = floppy;
	struct mun_progress q = imaging;

	(void)state;
	is_line(&p, 100, "rebuilding: 7 B of ?, 1.0 kB/s");
	m.cylinder = -1;
	m.head = -1;
	m.doubtful = 0;
	m.failed_reads = 0;
	m.rate = 0;
	q.medium = &m;
	q.bad = 0;
	is_line(&q, 100,
		"imaging: 50 %, 740 kB of 1.5 MB, 1.0 kB/s, 0:12:14 left, LBA "
		"1440, scraping");
	q.medium = NULL;
	is_line(&q, 100,
		"imaging: 740 kB of 1.5 MB (50 %), 1.0 kB/s, 0:12:14 left");
}

static void tracks_are_not_bytes(void **state)
{
	struct mun_progress_medium m = floppy;
	const struct mun_progress p = { .phase = "reading flux",
					.done = 41,
					.total = 164,
					.medium = &m,
					.unit = "tracks" };

	(void)state;
	m.pass = "";
	m.rate = 0;
	m.doubtful = 0;
	m.failed_reads = 0;
	is_line(&p, 100,
		"reading flux: 25 %, 41 of 164 tracks, 0:00:00 left, cyl 40 "
		"head 0");
}

static void is_strip(const char *strip, unsigned int width, bool colour,
		     const char *want)
{
	struct mun_str s = { 0 };

	mun_progress_strip(strip, width, colour, &s);
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void each_column_is_the_worst_of_its_part(void **state)
{
	(void)state;
	is_strip("+++-", 6, false, "[+++-]");
	is_strip("+++-", 4, false, "[+-]");
	is_strip("+-++", 3, false, "[-]");
	is_strip("+s.!-", 3, false, "[-]");
	is_strip("+s.!", 3, false, "[!]");
	is_strip("+s.", 3, false, "[.]");
	is_strip("+s", 3, false, "[s]");
	is_strip("++-.....", 6, false, "[+-..]");
	/* A medium of a few sectors does not fill the line. */
	is_strip("+-", 80, false, "[++++----]");
	is_strip("", 80, false, "[]");
	is_strip("", 80, true, "[]");
}

/* No single bad character is lost, whatever the width. */
static void no_bad_cell_is_hidden_by_scaling(void **state)
{
	char strip[241];

	(void)state;
	for (size_t at = 0; at < 240; at += 7)
		for (unsigned int width = 3; width < 300; width += 11) {
			struct mun_str s = { 0 };

			memset(strip, '+', sizeof(strip) - 1);
			strip[240] = '\0';
			strip[at] = '-';
			mun_progress_strip(strip, width, false, &s);
			assert_non_null(strchr(s.text, '-'));
			assert_in_range(s.len, 3, width);
			mun_str_free(&s);
		}
}

static void colours_change_only_where_the_state_does(void **state)
{
	(void)state;
	is_strip("++-", 5, true, "[\033[32m++\033[1;31m-\033[0m]");
	is_strip("s!.", 5, true, "[\033[36ms\033[33m!\033[0m.\033[0m]");
}

static json_t *json_of(const struct mun_progress *p, uint64_t rate)
{
	struct mun_jsonw w;
	struct mun_err e;
	json_t *root = NULL;

	mun_jsonw_init(&w, NULL, false);
	mun_jsonw_object(&w, NULL);
	mun_progress_json(&w, p, rate);
	mun_jsonw_end_object(&w);
	assert_int_equal(mun_jsonw_finish(&w, &e), 0);
	/* One line. */
	assert_ptr_equal(strchr(w.out.text, '\n'), w.out.text + w.out.len - 1);
	root = json_loads(w.out.text, 0, NULL);
	assert_non_null(root);
	mun_str_free(&w.out);
	return root;
}

static void json_says_numbers_and_null_for_what_is_not_known(void **state)
{
	const struct mun_progress p = { .phase = "rebuilding", .done = 7 };
	json_t *root = json_of(&imaging, 1);
	json_t *m = json_object_get(root, "medium");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(root, "done")),
			 740000);
	assert_int_equal(json_integer_value(json_object_get(root, "rate")),
			 20000);
	assert_int_equal(
		json_integer_value(json_object_get(root, "seconds_left")), 36);
	assert_int_equal(json_integer_value(json_object_get(m, "cylinder")),
			 40);
	assert_string_equal(json_string_value(json_object_get(m, "strip")),
			    "++++s.!-");
	json_decref(root);
	root = json_of(&p, 0);
	assert_true(json_is_null(json_object_get(root, "total")));
	assert_true(json_is_null(json_object_get(root, "seconds_left")));
	assert_true(json_is_null(json_object_get(root, "medium")));
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_all_there_is_room_for),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(what_is_not_known_is_not_said),
		cmocka_unit_test(tracks_are_not_bytes),
		cmocka_unit_test(each_column_is_the_worst_of_its_part),
		cmocka_unit_test(no_bad_cell_is_hidden_by_scaling),
		cmocka_unit_test(colours_change_only_where_the_state_does),
		cmocka_unit_test(
			json_says_numbers_and_null_for_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
