/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_ledger.c - entries in, entries out, heads */
#include "fixity/ledger.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/fixity/ledger_sample.h"

#define SEGMENT MUN_LEDGER_SEGMENT

static char *file(const struct ledger_sample *s, const char *name)
{
	return mun_test_path(s->path, name);
}

static void a_new_ledger_is_empty(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	struct mun_err e;

	assert_int_equal(mun_ledger_init(s->path, &e), 0);
	ledger_sample_assert(s, 0);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_head(l, &h, &e), MUN_ENOENT);
	assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), MUN_ENOENT);
	assert_int_equal(mun_ledger_sync(l, &e), 0);
	assert_int_equal(mun_ledger_size(l), 0);
}

static void a_ledger_that_is_not_there_is_said(void **state)
{
	struct ledger_sample *s = *state;
	char *nowhere = mun_test_path(s->dir, "nowhere");
	struct mun_ledger *l = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(nowhere, true, &l, &e), MUN_ENOENT);
	assert_int_equal(mun_ledger_open(nowhere, false, &l, &e), MUN_ENOENT);
	mun_test_write(nowhere, "x", 1);
	assert_int_equal(mun_ledger_open(nowhere, false, &l, &e), MUN_ENOENT);
	assert_null(l);
	free(nowhere);
}

static void entries_come_back_as_they_went_in(void **state)
{
	static const struct {
		uint64_t size, batch;
	} cases[] = {
		{ 1, 1 },
		{ 2, 1 },
		{ SEGMENT - 1, 1000 },
		{ SEGMENT, SEGMENT },
		{ SEGMENT, 100 },
		{ SEGMENT + 1, SEGMENT + 1 },
		{ 2 * SEGMENT, 3 * SEGMENT },
		{ 3 * SEGMENT + 17, 1500 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		void *fresh;
		struct ledger_sample *s;

		(void)ledger_sample_set_up(&fresh);
		s = fresh;
		ledger_sample_grow(s, cases[i].size, cases[i].batch, false);
		ledger_sample_assert(s, cases[i].size);
		/* And it goes on. */
		ledger_sample_grow(s, cases[i].size + 5, 2, true);
		ledger_sample_assert(s, cases[i].size + 5);
		(void)ledger_sample_tear_down(&fresh);
	}
}

static void a_closed_segment_has_its_digests(void **state)
{
	struct ledger_sample *s = *state;
	char *lines = file(s, "00000000.jsonl");
	char *digests = file(s, "00000000.json");
	char *second = file(s, "00000001.jsonl");
	mun_autofree char *text = NULL;
	char hex[65];
	uint8_t root[MUN_MERKLE_HASH];
	struct stat st;

	ledger_sample_grow(s, SEGMENT - 1, 500, false);
	assert_int_equal(stat(digests, &st), -1);
	ledger_sample_grow(s, SEGMENT, 1, false);
	assert_int_equal(stat(digests, &st), 0);
	assert_int_equal(stat(second, &st), -1);
	ledger_sample_grow(s, SEGMENT + 1, 1, false);
	assert_int_equal(stat(second, &st), 0);

	text = mun_test_read(digests, NULL);
	assert_int_equal(strncmp(text,
				 "{\"count\":4096,\"first\":0,\"frontier\":[\"",
				 37),
			 0);
	ledger_sample_root(SEGMENT, root);
	mun_hex(root, sizeof(root), hex);
	assert_int_equal(strncmp(text + 37, hex, 64), 0);
	assert_non_null(strstr(text, "\"sha256\":\""));
	free(lines);
	free(digests);
	free(second);
}

static void bad_entries_are_refused_and_leave_nothing(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		{ "", 0 },
		{ "{", 1 },
		{ "x", 1 },
		{ "[1]", 3 },
		{ "{\n}", 3 },
		{ "{\0}", 3 },
		{ "{\"a\":1}\n", 8 },
		{ " {}", 3 },
	};
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	mun_autofree char *huge = calloc(1, MUN_LEDGER_ENTRY_MAX + 1);
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_int_equal(
			mun_ledger_append(l, bad[i].text, bad[i].len, &e),
			MUN_EINVAL);
	assert_non_null(huge);
	assert_int_equal(
		mun_ledger_append(l, huge, MUN_LEDGER_ENTRY_MAX + 1, &e),
		MUN_EINVAL);
	assert_int_equal(mun_ledger_sync(l, &e), 0);
	assert_int_equal(mun_ledger_size(l), 0);
	assert_int_equal(mun_test_count_entries(s->path), 1); /* the lock */
}

static int take_size(void *ctx, uint64_t seq, const char *entry, size_t len,
		     struct mun_err *e)
{
	(void)seq;
	(void)entry;
	(void)e;
	*(size_t *)ctx = len;
	return 0;
}

static void an_entry_larger_than_any_buffer_comes_back(void **state)
{
	const size_t len = (size_t)5 << 20;
	struct ledger_sample *s = *state;
	mun_autofree char *large = malloc(len);
	mun_auto(ledger) *l = NULL;
	mun_auto(ledger) *again = NULL;
	uint8_t root[2][MUN_MERKLE_HASH];
	size_t got = 0;
	struct mun_err e;

	assert_non_null(large);
	memset(large, 'x', len);
	large[0] = '{';
	large[len - 1] = '}';
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_append(l, large, len, &e), 0);
	assert_int_equal(mun_ledger_append(l, "{}", 2, &e), 0);
	assert_int_equal(mun_ledger_sync(l, &e), 0);
	assert_int_equal(mun_ledger_open(s->path, false, &again, &e), 0);
	assert_int_equal(mun_ledger_size(again), 2);
	assert_int_equal(mun_ledger_read(again, 0, 1, take_size, &got, &e), 0);
	assert_int_equal(got, len);
	assert_int_equal(mun_ledger_root(l, root[0], &e), 0);
	assert_int_equal(mun_ledger_root(again, root[1], &e), 0);
	assert_memory_equal(root[0], root[1], MUN_MERKLE_HASH);
}

static int stop_at(void *ctx, uint64_t seq, const char *entry, size_t len,
		   struct mun_err *e)
{
	(void)entry;
	(void)len;
	return seq == *(uint64_t *)ctx ? mun_fail(e, MUN_EBUSY, "enough") : 0;
}

static int count(void *ctx, uint64_t seq, const char *entry, size_t len,
		 struct mun_err *e)
{
	char want[512];
	uint64_t *next = ctx;

	(void)e;
	assert_int_equal(seq, *next);
	assert_int_equal(len, ledger_sample_entry(seq, want));
	assert_memory_equal(entry, want, len);
	(*next)++;
	return 0;
}

static void any_range_can_be_read(void **state)
{
	static const uint64_t ranges[][2] = {
		{ 0, 0 },
		{ 5, 6 },
		{ SEGMENT - 1, SEGMENT + 1 },
		{ SEGMENT, SEGMENT },
		{ SEGMENT, 2 * SEGMENT },
		{ 100, 2 * SEGMENT + 10 },
		{ 2 * SEGMENT + 9, 2 * SEGMENT + 10 },
	};
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	uint64_t at = 3;
	struct mun_err e;

	ledger_sample_grow(s, 2 * SEGMENT + 10, SEGMENT, false);
	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(ranges); i++) {
		uint64_t next = ranges[i][0];

		assert_int_equal(mun_ledger_read(l, ranges[i][0], ranges[i][1],
						 count, &next, &e),
				 0);
		assert_int_equal(next, ranges[i][1]);
	}
	assert_int_equal(mun_ledger_read(l, 0, 9, stop_at, &at, &e), MUN_EBUSY);
	assert_int_equal(
		mun_ledger_read(l, 0, 2 * SEGMENT + 11, count, &at, &e),
		MUN_EINVAL);
	assert_int_equal(mun_ledger_read(l, 2, 1, count, &at, &e), MUN_EINVAL);
	mun_cancel();
	assert_int_equal(mun_ledger_read(l, 0, 9, stop_at, &at, &e),
			 MUN_ECANCELLED);
}

static void heads_are_signed_and_parse_back(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	mun_autofree char *line = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *body = NULL;
	char *path = file(s, "heads.jsonl");
	struct mun_ledger_head h;
	struct mun_ledger_head newest;
	struct mun_ledger_head parsed;
	char hex[65];
	struct mun_err e;

	ledger_sample_grow(s, 10, 3, false);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), 0);
	assert_int_equal(h.previous[0], 0);
	assert_int_equal(h.size, 10);
	assert_string_equal(h.key, s->known.id);
	assert_int_equal(mun_ledger_head(l, &newest, &e), 0);
	assert_memory_equal(&newest, &h, sizeof(h));
	assert_int_equal(mun_ledger_head_text(&h, &line, &e), 0);
	text = mun_test_read(path, NULL);
	assert_int_equal(strncmp(text, line, strlen(line)), 0);
	assert_string_equal(text + strlen(line), "\n");
	assert_int_equal(mun_ledger_head_parse(line, strlen(line), &parsed, &e),
			 0);
	assert_memory_equal(&parsed, &h, sizeof(h));
	assert_int_equal(mun_ledger_head_parse(text, strlen(text), &parsed, &e),
			 0);
	assert_memory_equal(&parsed, &h, sizeof(h));

	/* The signed bytes, as docs/ledger.md has them. */
	mun_hex(h.root, sizeof(h.root), hex);
	assert_int_equal(mun_fmt(&body, &e,
				 "{\"key\":\"%s\",\"previous\":\"%064d\","
				 "\"root\":\"%s\",\"size\":10,"
				 "\"time\":\"%s\"}",
				 h.key, 0, hex, h.time),
			 0);
	assert_int_equal(mun_signkey_verify(s->known.public_key, body,
					    strlen(body), h.signature, &e),
			 0);
	free(path);
}

static void a_head_is_not_repeated(void **state)
{
	struct ledger_sample *s = *state;
	char *other_path = mun_test_path(s->dir, "other.key");
	mun_auto(signkey) *other = NULL;
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head first;
	struct mun_ledger_head h;
	char *path = file(s, "heads.jsonl");
	char *before;
	char *after;
	char *keys = file(s, "keys");
	struct mun_err e;

	ledger_sample_grow(s, 10, 3, false);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_sign(l, s->key, &first, &e), 0);
	before = mun_test_read(path, NULL);
	assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), 0);
	assert_memory_equal(&h, &first, sizeof(h));
	after = mun_test_read(path, NULL);
	assert_string_equal(before, after);
	assert_int_equal(mun_test_count_entries(keys), 1);

	/* Another key signs the same tree, and one more entry is another. */
	assert_int_equal(mun_signkey_create(other_path, &other, &e), 0);
	assert_int_equal(mun_ledger_sign(l, other, &h, &e), 0);
	assert_string_equal(h.key, mun_signkey_id(other));
	assert_int_equal(mun_test_count_entries(keys), 2);
	assert_int_equal(mun_ledger_append(l, "{}", 2, &e), 0);
	/* What is pending is synced first. */
	assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), 0);
	assert_int_equal(h.size, 11);
	assert_int_equal(mun_ledger_size(l), 11);
	/* The second, by the other key, stands between. */
	assert_memory_not_equal(h.previous, first.digest, 32);
	free(before);
	free(after);
	free(keys);
	free(path);
	free(other_path);
}

static void only_the_one_form_of_a_head_is_accepted(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	mun_autofree char *line = NULL;
	struct mun_ledger_head h;
	struct mun_err e;
	size_t len;

	ledger_sample_grow(s, 10, 3, true);
	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	assert_int_equal(mun_ledger_head(l, &h, &e), 0);
	assert_int_equal(mun_ledger_head_text(&h, &line, &e), 0);
	len = strlen(line);
	for (size_t i = 0; i <= len; i++) {
		struct mun_ledger_head got;
		char was = line[i];

		if (i < len)
			assert_int_equal(
				mun_ledger_head_parse(line, i, &got, &e),
				MUN_ECORRUPT);
		if (i == len)
			break;
		/* Another byte: no head, or another one. */
		for (int bit = 0; bit < 8; bit++) {
			line[i] = (char)(was ^ 1 << bit);
			if (mun_ledger_head_parse(line, len, &got, &e))
				continue;
			got.digest[0] = h.digest[0];
			assert_memory_not_equal(&got, &h, sizeof(h));
		}
		line[i] = was;
	}
}

/* What the log said last. */
static char said[512];

static void keep_log(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	(void)snprintf(said, sizeof(said), "%s", text);
}

static void add_bytes(const char *path, const char *bytes)
{
	size_t len;
	char *text = mun_test_read(path, &len);
	size_t more = strlen(bytes);
	char *all = calloc(1, len + more + 1);

	assert_non_null(all);
	if (len)
		memcpy(all, text, len);
	memcpy(all + len, bytes, more);
	mun_test_write(path, all, len + more);
	free(all);
	free(text);
}

static void an_interrupted_line_is_dropped_under_the_lock_only(void **state)
{
	struct ledger_sample *s = *state;
	char *lines = file(s, "00000000.jsonl");
	char *heads = file(s, "heads.jsonl");
	mun_autofree char *lines_before = NULL;
	mun_autofree char *heads_before = NULL;

	ledger_sample_grow(s, 10, 3, true);
	lines_before = mun_test_read(lines, NULL);
	heads_before = mun_test_read(heads, NULL);
	add_bytes(lines, "{\"seq\":10,\"no");
	add_bytes(heads, "{\"key\":\"");
	ledger_sample_assert(s, 10); /* reading */
	assert_false(mun_test_has_text(lines, lines_before));

	mun_log_set_sink(keep_log, NULL);
	said[0] = '\0';
	ledger_sample_grow(s, 10, 1, false);
	mun_log_set_sink(NULL, NULL);
	assert_non_null(strstr(said, "interrupted"));
	assert_true(mun_test_has_text(lines, lines_before));
	assert_true(mun_test_has_text(heads, heads_before));
	ledger_sample_grow(s, 12, 1, true);
	ledger_sample_assert(s, 12);
	free(lines);
	free(heads);
}

static void a_segment_that_was_not_closed_is_closed_by_the_next(void **state)
{
	struct ledger_sample *s = *state;
	char *digests = file(s, "00000000.json");
	mun_autofree char *before = NULL;
	struct stat st;

	ledger_sample_grow(s, SEGMENT, SEGMENT, false);
	before = mun_test_read(digests, NULL);
	assert_int_equal(unlink(digests), 0);
	ledger_sample_assert(s, SEGMENT);
	assert_int_equal(stat(digests, &st), -1); /* it was only read */
	ledger_sample_grow(s, SEGMENT + 2, 1, true);
	assert_true(mun_test_has_text(digests, before));
	ledger_sample_assert(s, SEGMENT + 2);
	free(digests);
}

static void expect_refused(const struct ledger_sample *s, int code)
{
	struct mun_ledger *l = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), code);
	assert_null(l);
}

static void nobody_writes_where_signed_entries_are_gone(void **state)
{
	struct ledger_sample *s = *state;
	char *lines = file(s, "00000000.jsonl");
	size_t len;
	char *text;

	ledger_sample_grow(s, 10, 3, true);
	text = mun_test_read(lines, &len);
	mun_test_write(lines, text, len - 1); /* its newline */
	expect_refused(s, MUN_ECORRUPT);
	text[5] ^= 1;
	mun_test_write(lines, text, len);
	expect_refused(s, MUN_ECORRUPT);
	text[5] ^= 1;
	mun_test_write(lines, "", 0);
	expect_refused(s, MUN_ECORRUPT);
	mun_test_write(lines, text, len);
	ledger_sample_grow(s, 11, 1, true);
	free(text);
	free(lines);
}

static void broken_files_are_named(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{ "00000002.jsonl", "{}\n" },
		{ "00000003.json", "x" },
		{ "00000001.json", "{\"count\":4096}\n" },
		{ "00000001.jsonl", "no entry\n" },
		{ "heads.jsonl", "no head\n" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_ledger *l = NULL;
		struct ledger_sample *s;
		struct mun_err e;
		char text[2048];
		char name[9];
		void *fresh;
		char *path;

		(void)ledger_sample_set_up(&fresh);
		s = fresh;
		ledger_sample_grow(s, SEGMENT + 3, SEGMENT, false);
		path = file(s, cases[i].name);
		mun_test_write(path, cases[i].text, strlen(cases[i].text));
		assert_int_equal(mun_ledger_open(s->path, true, &l, &e),
				 MUN_ECORRUPT);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		/* "00000001", "heads.js" */
		(void)snprintf(name, sizeof(name), "%.8s", cases[i].name);
		assert_non_null(strstr(text, name));
		free(path);
		(void)ledger_sample_tear_down(&fresh);
	}
}

static void a_reader_cannot_write(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	struct mun_err e;

	ledger_sample_grow(s, 3, 3, false);
	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	assert_int_equal(mun_ledger_append(l, "{}", 2, &e), MUN_EINVAL);
	assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), MUN_EINVAL);
}

static void *write_forty(void *arg)
{
	const struct ledger_sample *s = arg;

	for (int i = 0; i < 40; i++) {
		mun_auto(ledger) *l = NULL;
		struct mun_err e;

		if (mun_ledger_open(s->path, true, &l, &e) ||
		    mun_ledger_append(l, "{\"a\":1}", 7, &e) ||
		    mun_ledger_sync(l, &e))
			return arg;
	}
	return NULL;
}

static void several_writers_wait_for_each_other(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	pthread_t threads[3];
	struct mun_err e;

	for (size_t i = 0; i < MUN_COUNT(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, write_forty, s), 0);
	for (size_t i = 0; i < MUN_COUNT(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	assert_int_equal(mun_ledger_size(l), 120);
}

static void waiting_for_the_lock_can_be_cancelled(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	struct mun_ledger *second = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	mun_cancel();
	assert_int_equal(mun_ledger_open(s->path, true, &second, &e),
			 MUN_ECANCELLED);
	assert_null(second);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ledger_sample_set_up, \
					ledger_sample_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_new_ledger_is_empty),
		TEST(a_ledger_that_is_not_there_is_said),
		TEST(entries_come_back_as_they_went_in),
		TEST(a_closed_segment_has_its_digests),
		TEST(bad_entries_are_refused_and_leave_nothing),
		TEST(an_entry_larger_than_any_buffer_comes_back),
		TEST(any_range_can_be_read),
		TEST(heads_are_signed_and_parse_back),
		TEST(a_head_is_not_repeated),
		TEST(only_the_one_form_of_a_head_is_accepted),
		TEST(an_interrupted_line_is_dropped_under_the_lock_only),
		TEST(a_segment_that_was_not_closed_is_closed_by_the_next),
		TEST(nobody_writes_where_signed_entries_are_gone),
		TEST(broken_files_are_named),
		TEST(a_reader_cannot_write),
		TEST(several_writers_wait_for_each_other),
		TEST(waiting_for_the_lock_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
