/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_ledger_proof.c - proofs that docs/verify_proof.py judges */
#include "fixity/ledger_proof.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/check.h"
#include "core/json.h"
#include "fixity/timestamp.h"
#include "tests/fixity/ledger_sample.h"
#include "tests/fixity/tsa.h"

#define SEGMENT MUN_LEDGER_SEGMENT

struct fixture {
	struct ledger_sample *s;
	char *tsa;
	char *ca;
	char *proof; /* path */
};

static struct fixture f;

static int set_up(void **state)
{
	void *fresh;

	(void)state;
	(void)ledger_sample_set_up(&fresh);
	f.s = fresh;
	f.tsa = mun_test_dir();
	f.ca = mun_test_path(f.tsa, "ca.pem");
	f.proof = mun_test_path(f.tsa, "proof.json");
	return 0;
}

static int tear_down(void **state)
{
	void *fresh = f.s;

	(void)state;
	free(f.ca);
	free(f.proof);
	mun_test_dir_remove(f.tsa);
	return ledger_sample_tear_down(&fresh);
}

static void stamp_newest(void)
{
	mun_autofree unsigned char *request = NULL;
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	size_t request_len;
	size_t len;
	struct mun_err e;
	char *token;

	assert_int_equal(mun_ledger_open(f.s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_head(l, &h, &e), 0);
	assert_int_equal(
		mun_timestamp_request(h.digest, &request, &request_len, &e), 0);
	token = tsa_reply(f.tsa, "good", request, request_len, &len);
	assert_int_equal(mun_ledger_keep_token(l, &h, token, len, &e), 0);
	free(token);
}

static int prove(uint64_t seq, char **out)
{
	mun_auto(ledger) *l = NULL;
	struct mun_err e;
	int rc;

	assert_int_equal(mun_ledger_open(f.s->path, false, &l, &e), 0);
	*out = NULL;
	rc = mun_ledger_proof_json(l, seq, &f.s->known, 1, out, &e);
	assert_true(!rc == !!*out);
	return rc;
}

/* What docs/verify_proof.py says of @text: its exit status; *@said its output,
 * the caller's. */
static int outsider(const char *text, const char *ca, const char *key,
		    char **said)
{
	char *script =
		mun_test_path(mun_test_source_dir(), "docs/verify_proof.py");
	char *log = mun_test_path(f.tsa, "said");
	const char *argv[8] = { script };
	size_t n = 1;
	int saved[2] = { dup(1), dup(2) };
	int fd = open(log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int status;

	if (ca) {
		argv[n++] = "--ca";
		argv[n++] = ca;
	}
	if (key) {
		argv[n++] = "--key";
		argv[n++] = key;
	}
	argv[n] = f.proof;
	mun_test_write(f.proof, text, strlen(text));
	(void)fflush(stdout);
	(void)dup2(fd, 1);
	(void)dup2(fd, 2);
	status = tsa_run(argv);
	(void)dup2(saved[0], 1);
	(void)dup2(saved[1], 2);
	(void)close(saved[0]);
	(void)close(saved[1]);
	(void)close(fd);
	*said = mun_test_read(log, NULL);
	free(script);
	free(log);
	return status;
}

/* The script agrees, and says all of @want. */
static void assert_agrees(const char *text, const char *ca, const char *key,
			  const char *want)
{
	char *said;
	int status = outsider(text, ca, key, &said);

	if (status || !strstr(said, want))
		fail_msg("exit %d, not '%s':\n%s", status, want, said);
	free(said);
}

static void assert_refuses(const char *text, const char *ca, const char *key,
			   const char *want)
{
	char *said;
	int status = outsider(text, ca, key, &said);

	if (status != 1 || !strstr(said, "WRONG") || !strstr(said, want))
		fail_msg("exit %d, not '%s':\n%s", status, want, said);
	free(said);
}

static void an_outsider_verifies_what_we_prove(void **state)
{
	static const uint64_t seqs[] = {
		0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 98
	};

	(void)state;
	ledger_sample_grow(f.s, 2 * SEGMENT + 99, SEGMENT, true);
	for (size_t i = 0; i < MUN_COUNT(seqs); i++) {
		mun_autofree char *text = NULL;
		char entry[513];

		assert_int_equal(prove(seqs[i], &text), 0);
		entry[ledger_sample_entry(seqs[i], entry)] = '\0';
		assert_agrees(text, NULL, f.s->known.id, entry);
		assert_agrees(text, f.ca, NULL, "there is none");
	}
}

static void a_time_stamp_is_verified_too(void **state)
{
	mun_autofree char *text = NULL;
	char *other = mun_test_path(f.tsa, "other.pem");

	(void)state;
	tsa_make(f.tsa);
	ledger_sample_grow(f.s, 300, 100, true);
	stamp_newest();
	assert_int_equal(prove(7, &text), 0);
	assert_agrees(text, f.ca, f.s->known.id, "and it existed at");
	assert_agrees(text, NULL, NULL, "give --ca");
	assert_refuses(text, other, NULL, "time stamp does not verify");
	free(other);
}

static json_int_t size_of(const char *text, bool *token)
{
	mun_autojson json_t *j = NULL;
	struct mun_err e;

	assert_int_equal(mun_json_parse(text, strlen(text), &j, &e), 0);
	*token = json_is_string(json_object_get(j, "token"));
	return json_integer_value(
		json_object_get(json_object_get(j, "head"), "size"));
}

/* The best head: with a time stamp where there is one, else the newest. */
static void the_head_is_the_newest_with_a_time_stamp(void **state)
{
	static const struct {
		uint64_t seq;
		json_int_t size;
		bool token;
	} cases[] = {
		{ 0, 200, true },
		{ 199, 200, true },
		{ 200, 300, false },
		{ 299, 300, false },
	};

	(void)state;
	tsa_make(f.tsa);
	ledger_sample_grow(f.s, 100, 100, true);
	stamp_newest();
	ledger_sample_grow(f.s, 200, 100, true);
	stamp_newest();
	ledger_sample_grow(f.s, 300, 100, true);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_autofree char *text = NULL;
		bool token;

		assert_int_equal(prove(cases[i].seq, &text), 0);
		assert_int_equal(size_of(text, &token), cases[i].size);
		assert_int_equal(token, cases[i].token);
		assert_agrees(text, f.ca, f.s->known.id,
			      token ? "and it existed at" : "there is none");
	}
}

static void what_is_not_signed_cannot_be_proved(void **state)
{
	char *text;

	(void)state;
	ledger_sample_grow(f.s, 10, 10, false);
	assert_int_equal(prove(0, &text), MUN_ENOENT);
	ledger_sample_grow(f.s, 10, 10, true);
	ledger_sample_grow(f.s, 12, 10, false);
	assert_int_equal(prove(10, &text), MUN_ENOENT);
	assert_int_equal(prove(12, &text), MUN_EINVAL);
	f.s->known.id[0] ^= 1;
	assert_int_equal(prove(0, &text), MUN_EINVAL);
	f.s->known.id[0] ^= 1;
	f.s->known.public_key[3] ^= 1;
	assert_int_not_equal(prove(0, &text), 0);
}

static void a_damaged_ledger_proves_nothing(void **state)
{
	char *path = mun_test_path(f.s->path, "00000000.jsonl");
	size_t len;
	char *bytes;
	char *text;

	(void)state;
	ledger_sample_grow(f.s, SEGMENT + 10, SEGMENT, true);
	bytes = mun_test_read(path, &len);
	bytes[10] ^= 1;
	mun_test_write(path, bytes, len);
	assert_int_equal(prove(0, &text), MUN_EFIXITY);
	/* What is elsewhere is still proved. */
	assert_int_equal(prove(SEGMENT + 1, &text), 0);
	free(text);
	free(bytes);
	free(path);
}

/* Each member of a good proof changed. */
static void the_outsider_refuses_every_change(void **state)
{
	static const struct {
		const char *member, *within; /* of head where within is NULL */
		const char *want;
	} cases[] = {
		{ "entry", "", "not in the tree" },
		{ "index", "", "not in the tree" },
		{ "proof", "", "not in the tree" },
		{ "public_key", "", "another key" },
		{ "token", "", "time stamp" },
		{ "format", "", "format" },
		{ "root", NULL, "not in the tree" },
		{ "size", NULL, "" },
		{ "time", NULL, "signature does not verify" },
		{ "previous", NULL, "signature does not verify" },
		{ "key", NULL, "another key" },
		{ "signature", NULL, "signature does not verify" },
	};
	mun_autofree char *good = NULL;

	(void)state;
	tsa_make(f.tsa);
	ledger_sample_grow(f.s, 300, 100, true);
	stamp_newest();
	assert_int_equal(prove(7, &good), 0);
	assert_agrees(good, f.ca, f.s->known.id, "and it existed at");
	assert_refuses(good, f.ca, "0123456789abcdef", "another key");
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_autojson json_t *j = NULL;
		mun_autofree char *text = NULL;
		json_t *value;
		json_t *in;
		struct mun_err e;
		char *copy;

		assert_int_equal(mun_json_parse(good, strlen(good), &j, &e), 0);
		in = cases[i].within ? j : json_object_get(j, "head");
		value = json_object_get(in, cases[i].member);
		assert_non_null(value);
		if (json_is_array(value))
			value = json_array_get(value, 2);
		if (json_is_integer(value)) {
			assert_int_equal(
				json_integer_set(value,
						 json_integer_value(value) + 1),
				0);
		} else {
			copy = strdup(json_string_value(value));
			assert_non_null(copy);
			/* Another digit, letter or character of base64. */
			copy[strlen(copy) / 2] =
				copy[strlen(copy) / 2] == '1' ? '2' : '1';
			assert_int_equal(json_string_set(value, copy), 0);
			free(copy);
		}
		text = json_dumps(j, 0);
		assert_refuses(text, f.ca, NULL, cases[i].want);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_outsider_verifies_what_we_prove),
		TEST(a_time_stamp_is_verified_too),
		TEST(the_head_is_the_newest_with_a_time_stamp),
		TEST(what_is_not_signed_cannot_be_proved),
		TEST(a_damaged_ledger_proves_nothing),
		TEST(the_outsider_refuses_every_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
