/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_ledger_verify.c - what is wrong with a ledger, by name */
#include "fixity/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "fixity/timestamp.h"
#include "tests/fixity/ledger_sample.h"
#include "tests/fixity/tsa.h"

#define SEGMENT MUN_LEDGER_SEGMENT
#define FIRST 1000
#define LAST (SEGMENT + 300)

static struct mun_str codes; /* "code@where\n" of each problem */

static void note(void *ctx, const struct mun_ledger_problem *p)
{
	(void)ctx;
	assert_true(strlen(p->text) > 0);
	mun_str_addf(&codes, "%s@%s\n", p->code, p->where);
}

static int64_t fixed_now;

static int64_t now(void)
{
	return fixed_now += 1000;
}

/* A closed segment, an open one, heads at FIRST, SEGMENT and LAST. */
static int set_up(void **state)
{
	struct ledger_sample *s;

	(void)ledger_sample_set_up(state);
	s = *state;
	/* 2026-01-01T00:00:00Z */
	fixed_now = INT64_C(1767225600000);
	mun_now_ms = now;
	ledger_sample_grow(s, FIRST, 500, true);
	ledger_sample_grow(s, SEGMENT, SEGMENT, true);
	ledger_sample_grow(s, LAST, SEGMENT, true);
	return 0;
}

static int tear_down(void **state)
{
	mun_str_free(&codes);
	mun_now_ms = mun_clock_real_ms;
	return ledger_sample_tear_down(state);
}

static struct mun_ledger_verdict judge_with(const struct ledger_sample *s,
					    const struct mun_ledger_check *how)
{
	struct mun_ledger_verdict v;
	struct mun_err e;

	mun_str_free(&codes);
	mun_str_add(&codes, "");
	assert_int_equal(mun_ledger_verify(s->path, how, note, NULL, &v, &e),
			 0);
	return v;
}

static struct mun_ledger_verdict judge(const struct ledger_sample *s,
				       const struct mun_ledger_head *from)
{
	const struct mun_ledger_check how = { .keys = &s->known,
					      .nkeys = 1,
					      .from = from };

	return judge_with(s, &how);
}

static struct mun_ledger_head newest(const struct ledger_sample *s)
{
	struct mun_ledger_head h;
	mun_auto(ledger) *l = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	assert_int_equal(mun_ledger_head(l, &h, &e), 0);
	return h;
}

/* A file of the ledger as lines; all of it is freed by put_lines(). */
struct lines {
	char *path;
	char *text;
	char *line[2 * SEGMENT];
	size_t n;
};

static struct lines *get_lines(const struct ledger_sample *s, const char *name)
{
	struct lines *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->path = mun_test_path(s->path, name);
	t->text = mun_test_read(t->path, NULL);
	assert_non_null(t->text);
	for (char *p = t->text; *p; p += strlen(p) + 1) {
		t->line[t->n++] = p;
		*strchr(p, '\n') = '\0';
	}
	return t;
}

static void put_lines(struct lines *t)
{
	struct mun_str all = { 0 };

	mun_str_add(&all, "");
	for (size_t i = 0; i < t->n; i++)
		mun_str_addf(&all, "%s\n", t->line[i]);
	mun_test_write(t->path, all.text, all.len);
	mun_str_free(&all);
	free(t->path);
	free(t->text);
	free(t);
}

static void a_good_ledger_has_no_problems(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_head h = newest(s);
	struct mun_ledger_verdict v = judge(s, NULL);

	assert_string_equal(codes.text, "");
	assert_int_equal(v.problems, 0);
	assert_int_equal(v.entries, LAST);
	assert_int_equal(v.segments, 2);
	assert_int_equal(v.heads, 3);
	assert_int_equal(v.tokens, 0);
	assert_int_equal(v.unsigned_entries, 0);
	assert_int_equal(v.newest_token_ms, 0);
	assert_memory_equal(&v.newest, &h, sizeof(h));
	ledger_sample_grow(s, LAST + 7, 10, false);
	v = judge(s, &h);
	assert_string_equal(codes.text, "");
	assert_int_equal(v.unsigned_entries, 7);
}

static void an_empty_ledger_has_no_problems(void **state)
{
	struct ledger_sample *s;
	struct mun_ledger_verdict v;
	void *fresh;

	(void)state;
	(void)ledger_sample_set_up(&fresh);
	s = fresh;
	v = judge(s, NULL);
	assert_int_equal(v.problems, 0);
	assert_int_equal(v.entries, 0);
	assert_int_equal(v.newest.size, 0);
	(void)ledger_sample_tear_down(&fresh);
}

static uint64_t seen_sum;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

static int see_leaf(void *ctx, uint64_t seq,
		    const uint8_t hash[static MUN_MERKLE_HASH],
		    struct mun_err *e)
{
	uint8_t want[MUN_MERKLE_HASH];
	char entry[512];
	size_t len = ledger_sample_entry(seq, entry);

	(void)ctx;
	if (mun_merkle_leaf(entry, len, want, e) ||
	    memcmp(want, hash, sizeof(want)) != 0)
		return mun_fail(e, MUN_EFIXITY, "leaf %" PRIu64, seq);
	(void)pthread_mutex_lock(&seen_lock);
	seen_sum += seq + 1;
	(void)pthread_mutex_unlock(&seen_lock);
	return 0;
}

static void every_leaf_is_shown_once_by_any_number_of_threads(void **state)
{
	struct ledger_sample *s = *state;

	for (unsigned int threads = 0; threads < 5; threads++) {
		const struct mun_ledger_check how = { .keys = &s->known,
						      .nkeys = 1,
						      .threads = threads,
						      .leaf = see_leaf };

		seen_sum = 0;
		(void)judge_with(s, &how);
		assert_string_equal(codes.text, "");
		assert_int_equal(seen_sum, (uint64_t)LAST * (LAST + 1) / 2);
	}
}

static int refuse_leaf(void *ctx, uint64_t seq,
		       const uint8_t hash[static MUN_MERKLE_HASH],
		       struct mun_err *e)
{
	(void)ctx;
	(void)hash;
	return seq == 77 ? mun_fail(e, MUN_EBUSY, "no") : 0;
}

static void what_the_caller_or_a_signal_stops_is_stopped(void **state)
{
	struct ledger_sample *s = *state;
	const struct mun_ledger_check how = { .leaf = refuse_leaf };
	struct mun_ledger_verdict v;
	struct mun_err e;

	assert_int_equal(mun_ledger_verify(s->path, &how, note, NULL, &v, &e),
			 MUN_EBUSY);
	mun_cancel();
	assert_int_equal(mun_ledger_verify(s->path, &how, note, NULL, &v, &e),
			 MUN_ECANCELLED);
}

enum change {
	CHANGE,
	REMOVE,
	REMOVE_LAST,
	INSERT,
	REPEAT,
	SWAP,
	REMOVE_FILE,
	EMPTY_FILE,
	ADD_FILE,
	NO_OBJECT,
};

static void change_file(const struct ledger_sample *s, const char *name,
			enum change change)
{
	static char other[] = "{\"seq\":5}";
	static char no_object[] = "broken";
	struct lines *t;
	char *path = mun_test_path(s->path, name);
	char *line;

	if (change == REMOVE_FILE)
		assert_int_equal(unlink(path), 0);
	else if (change == EMPTY_FILE || change == ADD_FILE)
		mun_test_write(path, "", 0);
	free(path);
	if (change == REMOVE_FILE || change == EMPTY_FILE || change == ADD_FILE)
		return;
	t = get_lines(s, name);
	switch (change) {
	case CHANGE:
		t->line[1][strlen(t->line[1]) - 3] ^= 1;
		break;
	case REMOVE:
		t->n--;
		memmove(t->line + 1, t->line + 2,
			(t->n - 1) * sizeof(*t->line));
		break;
	case REMOVE_LAST:
		t->n--;
		break;
	case INSERT:
	case REPEAT:
		memmove(t->line + 2, t->line + 1,
			(t->n - 1) * sizeof(*t->line));
		t->n++;
		if (change == INSERT)
			t->line[1] = other;
		break;
	case SWAP:
		line = t->line[1];
		t->line[1] = t->line[2];
		t->line[2] = line;
		break;
	case NO_OBJECT:
		t->line[1] = no_object;
		break;
	case REMOVE_FILE:
	case EMPTY_FILE:
	case ADD_FILE:
		break;
	}
	put_lines(t);
}

static void each_change_is_named(void **state)
{
	static const struct {
		const char *file;
		enum change change;
		bool from; /* with the newest head, as an auditor has it */
		const char *want; /* one of the problems */
	} cases[] = {
		{ "00000000.jsonl", CHANGE, false,
		  "segment-root@00000000.jsonl" },
		{ "00000000.jsonl", SWAP, false,
		  "segment-root@00000000.jsonl" },
		{ "00000000.jsonl", REMOVE, false,
		  "segment-lines@00000000.jsonl" },
		{ "00000000.jsonl", REMOVE_LAST, false,
		  "segment-lines@00000000.jsonl" },
		{ "00000000.jsonl", INSERT, false,
		  "segment-lines@00000000.jsonl" },
		{ "00000000.jsonl", REPEAT, false,
		  "segment-lines@00000000.jsonl" },
		{ "00000000.jsonl", NO_OBJECT, false, "line@00000000.jsonl" },
		{ "00000000.jsonl", REMOVE_FILE, false,
		  "segment-missing@00000000.jsonl" },
		{ "00000000.jsonl", EMPTY_FILE, false,
		  "segment-lines@00000000.jsonl" },
		{ "00000000.json", REMOVE_FILE, false,
		  "digest-file@00000000.json" },
		{ "00000000.json", EMPTY_FILE, false,
		  "digest-file@00000000.json" },
		{ "00000001.jsonl", CHANGE, false,
		  "head-root@heads.jsonl line 3" },
		{ "00000001.jsonl", SWAP, false,
		  "head-root@heads.jsonl line 3" },
		{ "00000001.jsonl", INSERT, false,
		  "head-root@heads.jsonl line 3" },
		{ "00000001.jsonl", REMOVE, false,
		  "truncated@heads.jsonl line 3" },
		{ "00000001.jsonl", REMOVE_LAST, false,
		  "truncated@heads.jsonl line 3" },
		{ "00000001.jsonl", EMPTY_FILE, false,
		  "truncated@heads.jsonl line 3" },
		{ "00000001.jsonl", REMOVE_FILE, false,
		  "truncated@heads.jsonl line 3" },
		{ "00000002.jsonl", ADD_FILE, false,
		  "segment-lines@00000001.jsonl" },
		{ "00000001.json", ADD_FILE, false,
		  "digest-file@00000001.json" },
		{ "00000007.json", ADD_FILE, false,
		  "digest-file@00000007.json" },
		{ "99999999.jsonl", ADD_FILE, false,
		  "segment-lines@00000001.jsonl" },
		{ "heads.jsonl", CHANGE, false, "head@heads.jsonl line 2" },
		{ "heads.jsonl", SWAP, false, "head-order@heads.jsonl line 3" },
		{ "heads.jsonl", REPEAT, false,
		  "head-order@heads.jsonl line 3" },
		{ "heads.jsonl", INSERT, false, "head@heads.jsonl line 2" },
		{ "heads.jsonl", REMOVE, false,
		  "head-order@heads.jsonl line 2" },
		{ "heads.jsonl", REMOVE_LAST, true,
		  "head-missing@the head that was given" },
		{ "heads.jsonl", REMOVE_FILE, true,
		  "head-missing@the head that was given" },
		{ "00000001.jsonl", REMOVE_FILE, true,
		  "truncated@the head that was given" },
		{ "00000001.jsonl", CHANGE, true,
		  "forked@the head that was given" },
		{ "note.txt", ADD_FILE, false, "stray-file@note.txt" },
		{ "tokens", ADD_FILE, false, "stray-file@tokens" },
		{ "keys/0123456789abcdef.pem", ADD_FILE, false,
		  "key-file@keys/0123456789abcdef.pem" },
		{ "line\nend", ADD_FILE, false, "stray-file@line\\x0aend" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_ledger_head h;
		struct ledger_sample *s;
		void *fresh;

		(void)set_up(&fresh);
		s = fresh;
		h = newest(s);
		change_file(s, cases[i].file, cases[i].change);
		(void)judge(s, cases[i].from ? &h : NULL);
		if (!strstr(codes.text, cases[i].want))
			fail_msg("case %zu: '%s' is not in:\n%s", i,
				 cases[i].want, codes.text);
		(void)tear_down(&fresh);
	}
}

/* One damaged line is one problem, however much follows it. */
static void damage_does_not_spread(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_verdict v;

	ledger_sample_grow(s, 3 * SEGMENT, SEGMENT, true);
	change_file(s, "00000001.jsonl", CHANGE);
	v = judge(s, NULL);
	/* The segment, and the first head within it. */
	assert_string_equal(codes.text, "segment-root@00000001.jsonl\n"
					"head-root@heads.jsonl line 3\n");
	assert_int_equal(v.problems, 2);
	assert_int_equal(v.entries, 3 * SEGMENT);
	assert_int_equal(v.newest.size, 3 * SEGMENT);
}

/* One who changes an entry and all digests after it has no key. */
static void a_rewritten_history_shows_in_the_heads(void **state)
{
	struct ledger_sample *s = *state;
	char *heads = mun_test_path(s->path, "heads.jsonl");
	size_t len;
	char *text = mun_test_read(heads, &len);
	char *digests = mun_test_path(s->path, "00000000.json");
	mun_auto(ledger) *l = NULL;
	struct mun_err e;

	change_file(s, "00000000.jsonl", CHANGE);
	/* Opening writes the digests anew, as where they are missing. */
	change_file(s, "00000001.jsonl", REMOVE_FILE);
	assert_int_equal(unlink(digests), 0);
	assert_int_equal(unlink(heads), 0);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	for (uint64_t n = SEGMENT; n < LAST; n++) {
		char entry[512];

		assert_int_equal(
			mun_ledger_append(l, entry,
					  ledger_sample_entry(n, entry), &e),
			0);
	}
	assert_int_equal(mun_ledger_sync(l, &e), 0);
	mun_test_write(heads, text, len);
	(void)judge(s, NULL);
	assert_string_equal(codes.text, "head-root@heads.jsonl line 1\n");
	free(text);
	free(heads);
	free(digests);
}

static void two_heads_of_one_size_are_a_fork(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_head h = newest(s);
	struct mun_ledger_head other;
	struct mun_ledger_head shorter;
	mun_autofree char *line = NULL;
	mun_auto(ledger) *l = NULL;
	struct ledger_sample *t;
	struct lines *heads;
	struct mun_err e;
	void *fresh;

	/* The same key signs another ledger. */
	(void)ledger_sample_set_up(&fresh);
	t = fresh;
	assert_int_equal(mun_ledger_open(t->path, true, &l, &e), 0);
	for (size_t i = 0; i < LAST; i++) {
		assert_int_equal(mun_ledger_append(l, "{\"other\":1}", 11, &e),
				 0);
		if (i == 9)
			assert_int_equal(
				mun_ledger_sign(l, s->key, &shorter, &e), 0);
	}
	assert_int_equal(mun_ledger_sign(l, s->key, &other, &e), 0);
	assert_int_equal(other.size, h.size);
	(void)ledger_sample_tear_down(&fresh);
	mun_ledger_close(mun_steal(&l));

	(void)judge(s, &other);
	assert_non_null(strstr(codes.text, "forked@the head that was given\n"));
	(void)judge(s, &shorter);
	assert_non_null(strstr(codes.text, "forked@the head that was given\n"));
	assert_int_equal(mun_ledger_head_text(&other, &line, &e), 0);
	heads = get_lines(s, "heads.jsonl");
	heads->line[heads->n++] = line;
	put_lines(heads);
	(void)judge(s, NULL);
	assert_non_null(strstr(codes.text, "forked@heads.jsonl line 4\n"));
}

static void a_replaced_ledger_is_not_ours(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_head h = newest(s);
	struct ledger_sample *t;
	void *fresh;

	(void)ledger_sample_set_up(&fresh);
	t = fresh;
	ledger_sample_grow(t, LAST, 1000, true);
	t->known = s->known; /* what we know */
	(void)judge(t, &h);
	/* The entries are the same; whose they are is not. */
	assert_non_null(strstr(codes.text, "unknown-key@heads.jsonl line 1\n"));
	assert_non_null(strstr(codes.text, "unknown-key@keys/"));
	assert_non_null(
		strstr(codes.text, "head-missing@the head that was given\n"));
	(void)ledger_sample_tear_down(&fresh);
}

static void a_changed_signature_and_a_false_head_are_named(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_head h = newest(s);
	mun_autofree char *line = NULL;
	struct lines *heads;
	struct mun_err e;

	h.signature[7] ^= 1;
	assert_int_equal(mun_ledger_head_text(&h, &line, &e), 0);
	heads = get_lines(s, "heads.jsonl");
	heads->line[2] = line;
	put_lines(heads);
	(void)judge(s, NULL);
	assert_string_equal(codes.text, "head-signature@heads.jsonl line 3\n");
	(void)judge(s, &h);
	assert_non_null(
		strstr(codes.text, "head-signature@the head that was given"));
}

static void rotation_is_no_problem_where_both_keys_are_known(void **state)
{
	struct ledger_sample *s = *state;
	char *path = mun_test_path(s->dir, "second.key");
	mun_auto(signkey) *second = NULL;
	struct mun_ledger_key keys[2] = { s->known };
	struct mun_ledger_check how = { .keys = keys, .nkeys = 2 };
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	char *pem;
	struct mun_str name = { 0 };
	struct mun_err e;

	assert_int_equal(mun_signkey_create(path, &second, &e), 0);
	memcpy(keys[1].id, mun_signkey_id(second), sizeof(keys[1].id));
	memcpy(keys[1].public_key, mun_signkey_public(second),
	       sizeof(keys[1].public_key));
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_sign(l, second, &h, &e), 0);
	mun_ledger_close(mun_steal(&l));
	(void)judge_with(s, &how);
	assert_string_equal(codes.text, "");
	how.nkeys = 1;
	(void)judge_with(s, &how);
	assert_non_null(strstr(codes.text, "unknown-key@heads.jsonl line 4\n"));

	how.nkeys = 2;
	mun_str_addf(&name, "keys/%s.pem", keys[1].id);
	pem = mun_test_path(s->path, name.text);
	assert_int_equal(unlink(pem), 0);
	(void)judge_with(s, &how);
	assert_non_null(strstr(codes.text, "key-file@keys/"));
	mun_str_free(&name);
	free(pem);
	free(path);
}

/* A clock that is set back makes no ledger that condemns itself. */
static void a_clock_set_back_does_not_turn_heads_round(void **state)
{
	struct ledger_sample *s = *state;
	struct mun_ledger_head before = newest(s);
	struct mun_ledger_head after;

	fixed_now -= INT64_C(365) * 86400 * 1000;
	ledger_sample_grow(s, LAST + 1, 1, true);
	after = newest(s);
	assert_int_equal(after.size, LAST + 1);
	assert_string_equal(after.time, before.time);
	(void)judge(s, &before);
	assert_string_equal(codes.text, "");
}

static void temporaries_of_killed_processes_are_no_problem(void **state)
{
	struct ledger_sample *s = *state;

	change_file(s, ".muniment-123-4.tmp", ADD_FILE);
	(void)judge(s, NULL);
	assert_string_equal(codes.text, "");
}

/* Tokens: */
static char *token_for(const char *tsa, const char *signer,
		       const struct mun_ledger_head *h, size_t *len)
{
	mun_autofree unsigned char *request = NULL;
	size_t request_len;
	struct mun_err e;

	assert_int_equal(
		mun_timestamp_request(h->digest, &request, &request_len, &e),
		0);
	return tsa_reply(tsa, signer, request, request_len, len);
}

static void tokens_are_kept_and_checked(void **state)
{
	struct ledger_sample *s = *state;
	char *tsa = mun_test_dir();
	char *ca = mun_test_path(tsa, "ca.pem");
	char *other_ca = mun_test_path(tsa, "other.pem");
	struct mun_ledger_check how = { .keys = &s->known,
					.nkeys = 1,
					.tsa_ca = ca };
	struct mun_ledger_head h = newest(s);
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_verdict v;
	char *first;
	char *second;
	char *tokens = mun_test_path(s->path, "tokens");
	char *path;
	size_t len;
	size_t second_len;
	struct mun_err e;

	tsa_make(tsa);
	first = token_for(tsa, "good", &h, &len);
	second = token_for(tsa, "good", &h, &second_len);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_keep_token(l, &h, first, len, &e), 0);
	assert_int_equal(mun_ledger_keep_token(l, &h, second, second_len, &e),
			 0);
	/* What is there is not kept again. */
	assert_int_equal(mun_ledger_keep_token(l, &h, first, len, &e), 0);
	assert_int_equal(mun_test_count_entries(tokens), 2);
	/* What proves nothing is not kept at all. */
	assert_int_equal(mun_ledger_keep_token(l, &h, "x", 1, &e),
			 MUN_ECORRUPT);
	h.digest[0] ^= 1;
	assert_int_equal(mun_ledger_keep_token(l, &h, first, len, &e),
			 MUN_EFIXITY);
	mun_ledger_close(mun_steal(&l));

	v = judge_with(s, &how);
	assert_string_equal(codes.text, "");
	assert_int_equal(v.tokens, 2);
	assert_true(llabs(v.newest_token_ms - mun_clock_real_ms()) < 60000);
	(void)judge(s, NULL); /* without roots */
	assert_string_equal(codes.text, "");
	how.tsa_ca = other_ca;
	v = judge_with(s, &how);
	assert_int_equal(v.problems, 2);
	assert_int_equal(v.newest_token_ms, 0);
	how.tsa_ca = ca;

	/* A token under the name of another head, and of none. */
	path = mun_test_path(s->path, "tokens/1000-1.tsr");
	mun_test_write(path, first, len);
	(void)judge_with(s, &how);
	assert_string_equal(codes.text, "token@tokens/1000-1.tsr\n");
	assert_int_equal(unlink(path), 0);
	free(path);
	path = mun_test_path(s->path, "tokens/999-1.tsr");
	mun_test_write(path, first, len);
	(void)judge_with(s, &how);
	assert_string_equal(codes.text, "token@tokens/999-1.tsr\n");
	mun_test_write(path, "x", 1);
	assert_int_equal(unlink(path), 0);
	free(path);
	path = mun_test_path(s->path, "tokens/note");
	mun_test_write(path, "x", 1);
	(void)judge_with(s, &how);
	assert_string_equal(codes.text, "stray-file@tokens/note\n");
	assert_int_equal(unlink(path), 0);
	free(path);

	/* Its head removed: the token shows that it was there. */
	change_file(s, "heads.jsonl", REMOVE_LAST);
	(void)judge_with(s, &how);
	assert_string_equal(codes.text, "token@tokens/4396-1.tsr\n"
					"token@tokens/4396-2.tsr\n");
	free(first);
	free(second);
	free(tokens);
	free(ca);
	free(other_ca);
	mun_test_dir_remove(tsa);
}

/* Entries, segments and heads, as fast as they can be made. */
static void *write_on(void *arg)
{
	const struct ledger_sample *s = arg;
	uint64_t size = LAST;

	while (size < 3 * SEGMENT) {
		mun_auto(ledger) *l = NULL;
		struct mun_ledger_head h;
		char entry[512];
		struct mun_err e;
		int rc = mun_ledger_open(s->path, true, &l, &e);

		for (int i = 0; !rc && i < 150; i++, size++)
			rc = mun_ledger_append(
				l, entry, ledger_sample_entry(size, entry), &e);
		if (!rc)
			rc = mun_ledger_sync(l, &e);
		if (!rc)
			rc = mun_ledger_sign(l, s->key, &h, &e);
		if (rc)
			return arg;
	}
	return NULL;
}

static void one_who_writes_meanwhile_has_done_nothing_wrong(void **state)
{
	struct ledger_sample *s = *state;
	uint64_t entries = 0;
	unsigned int n = 0;
	pthread_t writer;
	void *failed;

	assert_int_equal(pthread_create(&writer, NULL, write_on, s), 0);
	while (entries < 3 * SEGMENT) {
		struct mun_ledger_head h = newest(s);
		struct mun_ledger_verdict v = judge(s, &h);

		if (v.problems)
			fail_msg("round %u:\n%s", n, codes.text);
		assert_true(v.entries >= entries);
		assert_true(v.newest.size >= h.size);
		entries = v.entries;
		n++;
	}
	assert_int_equal(pthread_join(writer, &failed), 0);
	assert_null(failed);
	print_message("judged %u times while it grew\n", n);
}

static void every_read_that_fails_is_said(void **state)
{
	struct ledger_sample *s = *state;
	const struct mun_ledger_check how = { .keys = &s->known, .nkeys = 1 };
	int n = 0;

	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
				  MUN_CALL_BIT(MUN_CALL_READ) |
				  MUN_CALL_BIT(MUN_CALL_PREAD) |
				  MUN_CALL_BIT(MUN_CALL_FSTAT),
			  EIO);
	for (;; n++) {
		struct mun_ledger_verdict v;
		struct mun_err e;
		int rc;

		mun_fault_arm(n);
		rc = mun_ledger_verify(s->path, &how, note, NULL, &v, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			assert_int_equal(v.problems, 0);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
	}
	mun_fault_restore();
	print_message("%d reads failed\n", n);
	assert_true(n > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_good_ledger_has_no_problems),
		TEST(an_empty_ledger_has_no_problems),
		TEST(every_leaf_is_shown_once_by_any_number_of_threads),
		TEST(what_the_caller_or_a_signal_stops_is_stopped),
		TEST(each_change_is_named),
		TEST(damage_does_not_spread),
		TEST(a_rewritten_history_shows_in_the_heads),
		TEST(two_heads_of_one_size_are_a_fork),
		TEST(a_replaced_ledger_is_not_ours),
		TEST(a_changed_signature_and_a_false_head_are_named),
		TEST(rotation_is_no_problem_where_both_keys_are_known),
		TEST(a_clock_set_back_does_not_turn_heads_round),
		TEST(temporaries_of_killed_processes_are_no_problem),
		TEST(tokens_are_kept_and_checked),
		TEST(one_who_writes_meanwhile_has_done_nothing_wrong),
		TEST(every_read_that_fails_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
