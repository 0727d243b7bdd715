/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_timestamp.c - RFC 3161 against openssl's own authority */
#include "fixity/timestamp.h"

#include <openssl/sha.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "tests/fixity/tsa.h"
#include "tests/support/support.h"

struct fixture {
	char *dir;
	char *ca;
	char *other_ca;
	uint8_t digest[32];
	unsigned char *request;
	size_t request_len;
};

static struct fixture f;

static int set_up(void **state)
{
	struct mun_err e;

	(void)state;
	f.dir = mun_test_dir();
	f.ca = mun_test_path(f.dir, "ca.pem");
	f.other_ca = mun_test_path(f.dir, "other.pem");
	tsa_make(f.dir);
	(void)SHA256((const unsigned char *)"evidence", 8, f.digest);
	assert_int_equal(
		mun_timestamp_request(f.digest, &f.request, &f.request_len, &e),
		0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(f.request);
	free(f.ca);
	free(f.other_ca);
	mun_test_dir_remove(f.dir);
	return 0;
}

static char *reply(const char *signer, size_t *len)
{
	return tsa_reply(f.dir, signer, f.request, f.request_len, len);
}

/* Its code; the error's text has @why in it. */
static int check(const void *der, size_t len, const char *ca, const char *why)
{
	struct mun_timestamp t;
	struct mun_err e;
	char text[1024];
	int rc = mun_timestamp_check(der, len, f.digest, ca, &t, &e);

	if (rc && !strstr(mun_err_text(&e, text, sizeof(text), 0), why))
		fail_msg("'%s' is not in '%s'", why, text);
	return rc;
}

static void requests_ask_for_the_certificate_and_differ(void **state)
{
	mun_autofree unsigned char *second = NULL;
	const unsigned char *p = f.request;
	TS_REQ *req = d2i_TS_REQ(NULL, &p, (long)f.request_len);
	struct mun_err e;
	size_t len;

	(void)state;
	assert_non_null(req);
	assert_int_equal(TS_REQ_get_version(req), 1);
	assert_true(TS_REQ_get_cert_req(req));
	assert_non_null(TS_REQ_get_nonce(req));
	TS_REQ_free(req);
	assert_int_equal(mun_timestamp_request(f.digest, &second, &len, &e), 0);
	assert_int_equal(len, f.request_len);
	assert_memory_not_equal(second, f.request, len);
}

static void a_good_answer_is_accepted_by_us_and_by_openssl(void **state)
{
	struct mun_timestamp t;
	struct mun_err e;
	size_t len;
	char *der = reply("good", &len);

	(void)state;
	assert_int_equal(mun_timestamp_answers(f.request, f.request_len, der,
					       len, f.digest, f.ca, &t, &e),
			 0);
	assert_true(llabs(t.time_ms - mun_clock_real_ms()) < 60000);
	assert_string_equal(t.tsa, "CN=Test TSA good");
	assert_true(strlen(t.serial) >= 2);
	assert_int_equal(check(der, len, f.ca, ""), 0);
	assert_int_equal(check(der, len, NULL, ""), 0);
	assert_true(
		tsa_openssl_accepts(f.dir, f.request, f.request_len, der, len));
	free(der);
}

static void a_bare_token_is_accepted_too(void **state)
{
	size_t answer_len;
	size_t len;
	char *answer = reply("good", &answer_len);
	char *token = tsa_resign(f.dir, "good", answer, answer_len, &len);

	(void)state;
	assert_int_equal(check(token, len, f.ca, ""), 0);
	assert_int_equal(check(token, len, NULL, ""), 0);
	free(token);
	free(answer);
}

static void another_root_is_not_enough(void **state)
{
	char *nowhere = mun_test_path(f.dir, "nowhere.pem");
	char *empty = mun_test_path(f.dir, "empty.pem");
	size_t len;
	char *der = reply("good", &len);

	(void)state;
	assert_int_equal(check(der, len, f.other_ca, "does not verify"),
			 MUN_EFIXITY);
	assert_int_equal(check(der, len, nowhere, "nowhere.pem"), MUN_ENOENT);
	mun_test_write(empty, "nothing\n", 8);
	assert_int_equal(check(der, len, empty, "certificates"), MUN_ECORRUPT);
	free(nowhere);
	free(empty);
	free(der);
}

static void an_expired_authority_is_refused(void **state)
{
	size_t len;
	char *der = reply("expired", &len);

	(void)state;
	assert_int_equal(check(der, len, f.ca, "expired"), MUN_EFIXITY);
	assert_int_equal(check(der, len, NULL, "expired"), MUN_EFIXITY);
	free(der);
}

/* A store keeps tokens for longer than any certificate lives. */
static void one_that_expired_since_is_not(void **state)
{
	size_t len;
	char *der;

	(void)state;
	tsa_make(f.dir);
	der = reply("brief", &len);
	assert_int_equal(check(der, len, f.ca, ""), 0);
	(void)sleep(4);
	assert_false(
		tsa_openssl_accepts(f.dir, f.request, f.request_len, der, len));
	assert_int_equal(check(der, len, f.ca, ""), 0);
	free(der);
}

static void a_certificate_for_other_things_is_refused(void **state)
{
	size_t answer_len;
	size_t len;
	char *answer = reply("good", &answer_len);
	char *token = tsa_resign(f.dir, "noeku", answer, answer_len, &len);

	(void)state;
	assert_int_equal(check(token, len, f.ca, "purpose"), MUN_EFIXITY);
	assert_int_equal(check(token, len, NULL, "purpose"), MUN_EFIXITY);
	free(token);
	free(answer);
}

static void an_answer_about_something_else_is_refused(void **state)
{
	size_t len;
	char *der = reply("good", &len);

	(void)state;
	f.digest[5] ^= 1;
	assert_int_equal(check(der, len, f.ca, "imprint"), MUN_EFIXITY);
	f.digest[5] ^= 1;
	free(der);
}

static void an_answer_to_an_older_request_is_refused(void **state)
{
	mun_autofree unsigned char *second = NULL;
	struct mun_timestamp t;
	struct mun_err e;
	size_t second_len;
	size_t len;
	char *der = reply("good", &len);

	(void)state;
	assert_int_equal(
		mun_timestamp_request(f.digest, &second, &second_len, &e), 0);
	assert_int_equal(mun_timestamp_answers(second, second_len, der, len,
					       f.digest, f.ca, &t, &e),
			 MUN_EFIXITY);
	assert_non_null(strstr(e.lines[0].text, "nonce"));
	assert_int_equal(
		mun_timestamp_answers("x", 1, der, len, f.digest, f.ca, &t, &e),
		MUN_EINVAL);
	free(der);
}

static void a_refusal_is_told_with_its_reason(void **state)
{
	/* TimeStampResp { status { rejection, "out of ink" } }: RFC 3161,
	 * 2.4.2 */
	unsigned char der[] = { 0x30, 0x13, 0x30, 0x11, 0x02, 0x01, 0x02,
				0x30, 0x0c, 0x0c, 0x0a, 'o',  'u',  't',
				' ',  'o',  'f',  ' ',  'i',  'n',  'k' };

	(void)state;
	assert_int_equal(check(der, sizeof(der), f.ca, "out of ink"),
			 MUN_ECORRUPT);
	assert_int_equal(check(der, sizeof(der), NULL, "rejected"),
			 MUN_ECORRUPT);
	der[6] = 3;
	assert_int_equal(check(der, sizeof(der), f.ca, "waiting"),
			 MUN_ECORRUPT);
}

static void garbage_is_no_time_stamp(void **state)
{
	size_t len;
	char *der = reply("good", &len);
	char *longer = calloc(1, len + 1);

	(void)state;
	assert_non_null(longer);
	assert_int_equal(check("", 0, f.ca, ""), MUN_ECORRUPT);
	assert_int_equal(check("<html>", 6, f.ca, "not a time stamp"),
			 MUN_ECORRUPT);
	assert_int_equal(check(f.request, f.request_len, f.ca, ""),
			 MUN_ECORRUPT);
	memcpy(longer, der, len);
	assert_int_equal(check(longer, len + 1, f.ca, "behind"), MUN_ECORRUPT);
	for (size_t n = 1; n < len; n += 7)
		assert_int_not_equal(check(der, n, f.ca, ""), 0);
	free(longer);
	free(der);
}

/* Every byte of an answer flipped.  Not signed, and so free to change without
 * changing what is proved, are the status (granted, or granted with changes)
 * and what a signed message may be written as. */
static void a_changed_answer_is_refused_or_proves_the_same(void **state)
{
	struct mun_timestamp want;
	struct mun_err e;
	unsigned int kept = 0;
	size_t len;
	char *der = reply("good", &len);

	(void)state;
	assert_int_equal(
		mun_timestamp_check(der, len, f.digest, f.ca, &want, &e), 0);
	for (size_t i = 0; i < len; i++) {
		struct mun_timestamp t;

		der[i] ^= (char)(1 << i % 8);
		if (!mun_timestamp_check(der, len, f.digest, f.ca, &t, &e)) {
			assert_memory_equal(&t, &want, sizeof(t));
			kept++;
		}
		der[i] ^= (char)(1 << i % 8);
	}
	print_message("%zu bytes flipped, %u accepted as the same\n", len,
		      kept);
	assert_true(kept < 16);
	free(der);
}

/* Answers that others made (standards/timestamping/rfc3161). */
static void answers_of_the_collection_are_accepted(void **state)
{
	static const char *const kinds[] = { "ec", "rsa" };
	const char *standards = mun_test_standards();

	(void)state;
	if (!standards) {
		print_message("SKIPPED: no standards beside the sources\n");
		skip();
	}
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		static const char *const files[] = { "resp.tsr", "token.der" };
		char name[80];
		struct mun_timestamp t;
		uint8_t digest[32];
		struct mun_err e;
		char *ca;

		(void)snprintf(name, sizeof(name),
			       "timestamping/rfc3161/%s/ca.pem", kinds[i]);
		ca = mun_test_path(standards, name);
		(void)SHA256((const unsigned char *)"hello evidence\n", 15,
			     digest);
		for (size_t k = 0; k < MUN_COUNT(files); k++) {
			size_t len;
			char *path;
			char *der;

			(void)snprintf(name, sizeof(name),
				       "timestamping/rfc3161/%s/%s", kinds[i],
				       files[k]);
			path = mun_test_path(standards, name);
			der = mun_test_read(path, &len);
			assert_non_null(der);
			assert_int_equal(mun_timestamp_check(der, len, digest,
							     ca, &t, &e),
					 0);
			digest[0] ^= 1;
			assert_int_equal(mun_timestamp_check(der, len, digest,
							     ca, &t, &e),
					 MUN_EFIXITY);
			digest[0] ^= 1;
			free(der);
			free(path);
		}
		free(ca);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_ask_for_the_certificate_and_differ),
		cmocka_unit_test(
			a_good_answer_is_accepted_by_us_and_by_openssl),
		cmocka_unit_test(a_bare_token_is_accepted_too),
		cmocka_unit_test(another_root_is_not_enough),
		cmocka_unit_test(an_expired_authority_is_refused),
		cmocka_unit_test(one_that_expired_since_is_not),
		cmocka_unit_test(a_certificate_for_other_things_is_refused),
		cmocka_unit_test(an_answer_about_something_else_is_refused),
		cmocka_unit_test(an_answer_to_an_older_request_is_refused),
		cmocka_unit_test(a_refusal_is_told_with_its_reason),
		cmocka_unit_test(garbage_is_no_time_stamp),
		cmocka_unit_test(
			a_changed_answer_is_refused_or_proves_the_same),
		cmocka_unit_test(answers_of_the_collection_are_accepted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
