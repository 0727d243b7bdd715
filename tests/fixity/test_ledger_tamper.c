/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_ledger_tamper.c - thousands of changes, each of them found
 *
 * Files are changed at random: bits flipped, bytes cut off, lines swapped,
 * removed, repeated, files emptied, removed, or put back as they were earlier.
 * The verifier has a head from elsewhere, as an auditor has.  Nothing in these
 * files is free to change but a few bytes of a time stamp (its status, the way
 * it is encoded), and then what it proves is the same.  Outside of it stand the
 * lock file, and the removal of a time stamp, which nobody promised.
 */
#include "fixity/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "fixity/timestamp.h"
#include "tests/fixity/ledger_sample.h"
#include "tests/fixity/tsa.h"

#define SEGMENT MUN_LEDGER_SEGMENT
#define TRIALS 2500u /* in the short form a quarter */
#define FILES 7

/* A file, as it is, and as it was when the ledger was shorter. */
struct file {
	char name[48];
	char *path;
	char *data;
	size_t len;
	char *earlier; /* NULL: there was none, or it was the same */
	size_t earlier_len;
};

static struct ledger_sample *s;
static struct file files[FILES];
static struct mun_ledger_head newest;
static char *tsa;
static char *ca;

static void name_files(void)
{
	static const char *const names[] = {
		"00000000.jsonl", "00000000.json",     "00000001.jsonl",
		"heads.jsonl",    "tokens/1200-1.tsr", "tokens/4496-1.tsr"
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		(void)snprintf(files[i].name, sizeof(files[i].name), "%s",
			       names[i]);
	(void)snprintf(files[FILES - 1].name, sizeof(files[0].name),
		       "keys/%s.pem", s->known.id);
	for (size_t i = 0; i < FILES; i++)
		files[i].path = mun_test_path(s->path, files[i].name);
}

static void stamp(void)
{
	mun_autofree unsigned char *request = NULL;
	mun_auto(ledger) *l = NULL;
	char *token;
	size_t request_len;
	size_t len;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_head(l, &newest, &e), 0);
	assert_int_equal(mun_timestamp_request(newest.digest, &request,
					       &request_len, &e),
			 0);
	token = tsa_reply(tsa, "good", request, request_len, &len);
	assert_int_equal(mun_ledger_keep_token(l, &newest, token, len, &e), 0);
	free(token);
}

static int set_up(void **state)
{
	void *fresh;

	(void)state;
	(void)ledger_sample_set_up(&fresh);
	s = fresh;
	tsa = mun_test_dir();
	ca = mun_test_path(tsa, "ca.pem");
	tsa_make(tsa);
	name_files();
	ledger_sample_grow(s, 300, 100, true);
	ledger_sample_grow(s, 1200, 500, true);
	stamp();
	ledger_sample_grow(s, SEGMENT + 200, SEGMENT, true);
	for (size_t i = 0; i < FILES; i++)
		files[i].earlier =
			mun_test_read(files[i].path, &files[i].earlier_len);
	ledger_sample_grow(s, SEGMENT + 400, SEGMENT, true);
	stamp();
	for (size_t i = 0; i < FILES; i++) {
		struct file *f = &files[i];

		f->data = mun_test_read(f->path, &f->len);
		assert_non_null(f->data);
		if (f->earlier && f->earlier_len == f->len) {
			free(f->earlier);
			f->earlier = NULL;
		}
	}
	return 0;
}

static int tear_down(void **state)
{
	void *fresh = s;

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		free(files[i].path);
		free(files[i].data);
		free(files[i].earlier);
	}
	free(ca);
	mun_test_dir_remove(tsa);
	return ledger_sample_tear_down(&fresh);
}

static uint64_t state;

/* splitmix64: the same trials for ever. */
static uint64_t next(uint64_t below)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* Line @n of @f: where it begins, and its length with the newline. */
static size_t line_at(const struct file *f, size_t n, size_t *len)
{
	const char *p = f->data;

	for (; n; n--)
		p = strchr(p, '\n') + 1;
	*len = (size_t)(strchr(p, '\n') - p) + 1;
	return (size_t)(p - f->data);
}

static size_t count_lines(const struct file *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++)
		n += f->data[i] == '\n';
	return n;
}

static void change_lines(const struct file *f, struct mun_str *out)
{
	size_t n = count_lines(f);
	size_t a = (size_t)next(n);
	size_t b = (size_t)next(n);
	size_t how = (size_t)next(3);
	size_t a_len, b_len, a_at, b_at;

	if (a > b) {
		size_t t = a;

		a = b;
		b = t;
	}
	a_at = line_at(f, a, &a_len);
	b_at = line_at(f, b, &b_len);
	mun_str_add_bytes(out, f->data, a_at);
	if (how == 0 && a != b) { /* swapped */
		mun_str_add_bytes(out, f->data + b_at, b_len);
		mun_str_add_bytes(out, f->data + a_at + a_len,
				  b_at - a_at - a_len);
		mun_str_add_bytes(out, f->data + a_at, a_len);
		mun_str_add_bytes(out, f->data + b_at + b_len,
				  f->len - b_at - b_len);
		return;
	}
	if (how == 1) { /* repeated elsewhere */
		mun_str_add_bytes(out, f->data + b_at, b_len);
		mun_str_add_bytes(out, f->data + a_at, f->len - a_at);
		return;
	}
	mun_str_add_bytes(out, f->data + a_at + a_len, f->len - a_at - a_len);
}

enum change { FLIP, FLIP_MORE, CUT, LINES, EMPTY, REMOVE, REPLAY, EXTEND };

/* What is to stand in @f's place; false: nothing, it is removed. */
static bool change(const struct file *f, enum change how, struct mun_str *out)
{
	mun_str_add(out, "");
	switch (how) {
	case FLIP:
	case FLIP_MORE:
		mun_str_add_bytes(out, f->data, f->len);
		for (int i = how == FLIP ? 1 : 5; i; i--)
			out->text[next(f->len)] ^= (char)(1 << next(8));
		return true;
	case CUT:
		mun_str_add_bytes(out, f->data, (size_t)next(f->len));
		return true;
	case LINES:
		change_lines(f, out);
		return true;
	case REPLAY:
		mun_str_add_bytes(out, f->earlier, f->earlier_len);
		return true;
	case EXTEND:
		mun_str_add_bytes(out, f->data, f->len);
		mun_str_addf(out, "%c\n", (int)('a' + next(26)));
		return true;
	case EMPTY:
		return true;
	case REMOVE:
		break;
	}
	return false;
}

static bool is_token(const struct file *f)
{
	return !strncmp(f->name, "tokens/", 7);
}

/* Is this a change that @f can have? */
static bool can(const struct file *f, enum change how)
{
	size_t len = strlen(f->name);

	if (how == REPLAY)
		return f->earlier;
	if (how == REMOVE)
		return !is_token(f);
	if (how == LINES)
		return !strcmp(f->name + len - 6, ".jsonl");
	return true;
}

struct trial {
	char first[200];
	uint64_t problems;
	int64_t token_ms;
};

static void note(void *ctx, const struct mun_ledger_problem *p)
{
	struct trial *t = ctx;

	if (!t->first[0])
		(void)snprintf(t->first, sizeof(t->first), "%s %s %s", p->code,
			       p->where, p->text);
}

static void judge(struct trial *t)
{
	const struct mun_ledger_check how = {
		.keys = &s->known, .nkeys = 1, .from = &newest, .tsa_ca = ca
	};
	struct mun_ledger_verdict v;
	struct mun_err e;

	t->first[0] = '\0';
	assert_int_equal(mun_ledger_verify(s->path, &how, note, t, &v, &e), 0);
	t->problems = v.problems;
	t->token_ms = v.newest_token_ms;
}

static void every_change_is_found(void **unused)
{
	unsigned int found[EXTEND + 1] = { 0 };
	unsigned int same = 0;
	const unsigned int trials = TRIALS / (unsigned int)mun_test_step(4);
	unsigned int n = 0;
	struct trial good;

	(void)unused;
	judge(&good);
	assert_string_equal(good.first, "");
	state = 20261122;
	while (n < trials) {
		struct file *f = &files[next(FILES)];
		enum change how = (enum change)next(EXTEND + 1);
		struct mun_str now = { 0 };
		struct trial t;
		bool there;

		if (!can(f, how))
			continue;
		there = change(f, how, &now);
		if (there && now.len == f->len &&
		    !memcmp(now.text, f->data, f->len)) {
			mun_str_free(&now);
			continue; /* the same bit twice */
		}
		if (there)
			mun_test_write(f->path, now.text, now.len);
		else
			assert_int_equal(unlink(f->path), 0);
		judge(&t);
		if (!t.problems && is_token(f) && t.token_ms == good.token_ms)
			same++;
		else if (!t.problems)
			fail_msg("trial %u: %s, change %d, is not found", n,
				 f->name, (int)how);
		else
			found[how]++;
		mun_test_write(f->path, f->data, f->len);
		mun_str_free(&now);
		n++;
	}
	print_message("%u trials: found %u bits, %u groups of bits, %u cuts, "
		      "%u changes of lines, %u emptied, %u removed, "
		      "%u replayed, %u extended; %u bytes of a time stamp that "
		      "mean the same\n",
		      n, found[FLIP], found[FLIP_MORE], found[CUT],
		      found[LINES], found[EMPTY], found[REMOVE], found[REPLAY],
		      found[EXTEND], same);
	assert_true(same < trials / 100);
	judge(&good);
	assert_string_equal(good.first, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_change_is_found, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
