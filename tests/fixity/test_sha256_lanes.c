/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_sha256_lanes.c - every path against OpenSSL, one by one */
#include "fixity/sha256_lanes.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "fixity/sha256_paths.h"
#include "tests/support/support.h"

#define MOST 70u /* messages: all widths, and rests of every kind */

static const char *const names[] = { "ni", "avx512", "avx2", "arm", "openssl" };

static void openssl(const uint8_t *data, size_t len, uint8_t out[32])
{
	struct mun_digests d;
	struct mun_err e;

	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), data,
					   len, &d, &e),
			 0);
	memcpy(out, d.of[MUN_SHA256].bytes, 32);
}

static void compare(const uint8_t *data, size_t stride, size_t len, size_t n)
{
	uint8_t got[MOST + 1][32];
	uint8_t want[32];
	struct mun_err e;

	assert_true(n <= MOST);
	memset(got, 0xa5, sizeof(got));
	assert_int_equal(mun_sha256_lanes(data, stride, len, n, got, &e), 0);
	for (size_t i = 0; i < n; i++) {
		openssl(data + stride * i, len, want);
		assert_memory_equal(got[i], want, 32);
	}
	memset(want, 0xa5, sizeof(want));
	assert_memory_equal(got[n], want, 32); /* not one more */
}

/* As compare(), by the path alone, however few messages there are. */
static void compare_path(const struct mun_sha256_path *p, const uint8_t *data,
			 size_t stride, size_t len, size_t n)
{
	uint8_t got[MOST + 1][32];
	uint8_t want[32];

	memset(got, 0xa5, sizeof(got));
	p->hash(data, stride, len, n, got);
	for (size_t i = 0; i < n; i++) {
		openssl(data + stride * i, len, want);
		assert_memory_equal(got[i], want, 32);
	}
	memset(want, 0xa5, sizeof(want));
	assert_memory_equal(got[n], want, 32);
}

/* Run @fn for each path that this processor has; the others are named. */
static void each_path(void (*fn)(const struct mun_sha256_path *p))
{
	for (size_t i = 0; mun_sha256_paths[i]; i++) {
		if (mun_sha256_paths[i]->can())
			fn(mun_sha256_paths[i]);
		else
			(void)printf("skipped: no '%s' on this processor\n",
				     mun_sha256_paths[i]->name);
	}
}

static void lengths(const struct mun_sha256_path *p)
{
	static uint8_t data[18 * 701 + 64];

	mun_test_pattern(data, sizeof(data), 7);
	for (size_t len = 0; len <= 700; len++)
		compare_path(p, data + len % 64, len, len, 1 + len % 18);
}

static void every_length_is_as_openssl_says(void **state)
{
	(void)state;
	each_path(lengths);
}

static void alignments(const struct mun_sha256_path *p)
{
	static uint8_t data[17 * 200 + 64];

	mun_test_pattern(data, sizeof(data), 8);
	for (size_t at = 0; at < 64; at++) {
		compare_path(p, data + at, 128, 128, 17);
		compare_path(p, data + at, 131, 119, 17);
	}
}

static void every_alignment_is_as_openssl_says(void **state)
{
	(void)state;
	each_path(alignments);
}

static void leaves(const struct mun_sha256_path *p)
{
	const size_t room = MOST * ((size_t)16384 + 1);
	uint8_t *data = malloc(room);

	assert_non_null(data);
	mun_test_pattern(data, room, 9);
	for (size_t len = 16383; len <= 16385; len++) {
		compare_path(p, data, len, len, 1);
		compare_path(p, data, 16384, len, 3);
		compare_path(p, data, len, len, 64);
	}
	free(data);
}

static void leaves_of_a_tree_are_as_openssl_says(void **state)
{
	(void)state;
	each_path(leaves);
}

static void counts(const struct mun_sha256_path *p)
{
	static uint8_t data[MOST * 100];

	mun_test_pattern(data, sizeof(data), 10);
	for (size_t n = 0; n <= MOST; n++) {
		assert_true(mun_sha256_lanes_force(p->name));
		compare(data, 100, 100, n);
		compare_path(p, data, 100, 100, n);
	}
	assert_true(mun_sha256_lanes_force(NULL));
}

static void every_number_of_messages_is_hashed(void **state)
{
	static uint8_t data[MOST * 100];

	(void)state;
	each_path(counts);
	mun_test_pattern(data, sizeof(data), 11);
	for (size_t n = 0; n <= MOST; n++) {
		assert_true(mun_sha256_lanes_force("openssl"));
		compare(data, 100, 64, n);
		assert_true(mun_sha256_lanes_force(NULL));
		compare(data, 100, 64, n);
	}
}

/* As the tree does it: a level of nodes is hashed onto itself. */
static void outputs_may_lie_in_the_messages(void **state)
{
	static uint8_t data[64][64], want[64][32];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (!mun_sha256_lanes_force(names[i]))
			continue;
		mun_test_pattern(data, sizeof(data), 3);
		for (size_t k = 0; k < 64; k++)
			openssl(data[k], 64, want[k]);
		assert_int_equal(mun_sha256_lanes(data, 64, 64, 64,
						  (uint8_t(*)[32])data, &e),
				 0);
		assert_memory_equal(data, want, sizeof(want));
	}
	assert_true(mun_sha256_lanes_force(NULL));
}

static void a_path_is_forced_by_its_name(void **state)
{
	(void)state;
	assert_false(mun_sha256_lanes_force("abacus"));
	assert_false(mun_sha256_lanes_force(""));
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (mun_sha256_lanes_force(names[i]))
			assert_string_equal(mun_sha256_lanes_name(), names[i]);
	}
	assert_true(mun_sha256_lanes_force(NULL));
}

/* A path that does its work by OpenSSL, and what goes wrong with it. */
static struct {
	size_t wrong_at; /* message whose digest is spoilt; SIZE_MAX: none */
	size_t wrong_n; /* only where there are so many messages; 0: always */
	bool can;
	size_t calls;
} fake;

static void fake_hash(const uint8_t *first, size_t stride, size_t len, size_t n,
		      uint8_t (*out)[32])
{
	fake.calls++;
	for (size_t i = 0; i < n; i++)
		openssl(first + stride * i, len, out[i]);
	if (fake.wrong_at < n && (!fake.wrong_n || fake.wrong_n == n))
		out[fake.wrong_at][31] ^= 1;
}

static bool fake_can(void)
{
	return fake.can;
}

static const struct mun_sha256_path fake_path = {
	.name = "fake", .can = fake_can, .hash = fake_hash, .lanes = 4
};
static const struct mun_sha256_path *const fakes[] = { &fake_path, NULL };

static unsigned int warnings;
static char last_warning[256];

static void count_warning(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	if (level != MUN_LOG_WARN)
		return;
	warnings++;
	(void)snprintf(last_warning, sizeof(last_warning), "%s", text);
}

static void fake_setup(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.can = true;
	fake.wrong_at = SIZE_MAX;
	warnings = 0;
	mun_log_set_sink(count_warning, NULL);
}

static void one_wrong_bit_in_any_lane_is_found(void **state)
{
	(void)state;
	fake_setup();
	assert_true(mun_sha256_path_works(&fake_path));
	for (size_t at = 0; at <= 16; at++) {
		fake.wrong_at = at;
		fake.wrong_n = 0;
		assert_false(mun_sha256_path_works(&fake_path));
		fake.wrong_n = 17; /* in the widest group alone */
		assert_false(mun_sha256_path_works(&fake_path));
	}
	mun_log_set_sink(NULL, NULL);
}

static void a_path_that_errs_is_replaced_and_said(void **state)
{
	static const char *const wanted[] = { NULL, "fake" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wanted); i++) {
		struct mun_sha256_plan plan;

		fake_setup();
		plan = mun_sha256_choose(fakes, wanted[i]);
		assert_ptr_equal(plan.path, &fake_path);
		assert_int_equal(warnings, 0);
		fake.wrong_at = 2;
		plan = mun_sha256_choose(fakes, wanted[i]);
		assert_null(plan.path);
		assert_null(plan.few);
		assert_int_equal(warnings, 1);
		assert_non_null(strstr(last_warning, "'fake'"));
	}
	mun_log_set_sink(NULL, NULL);
}

static void what_is_not_there_is_said_and_not_taken(void **state)
{
	struct mun_sha256_plan plan;

	(void)state;
	fake_setup();
	plan = mun_sha256_choose(fakes, "abacus");
	assert_ptr_equal(plan.path, &fake_path);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(last_warning, "'abacus'"));
	fake.can = false;
	fake.calls = 0;
	plan = mun_sha256_choose(fakes, "fake");
	assert_null(plan.path);
	assert_int_equal(warnings, 2);
	plan = mun_sha256_choose(fakes, "openssl");
	assert_null(plan.path);
	assert_int_equal(warnings, 2);
	assert_int_equal(fake.calls, 0);
	mun_log_set_sink(NULL, NULL);
}

/* In a process that has not hashed yet: is @want used, is that said? */
static int used_with(const char *name, const char *want, unsigned int said)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		warnings = 0;
		mun_log_set_sink(count_warning, NULL);
		if (setenv("MUNIMENT_SHA256", name, 1) ||
		    strcmp(mun_sha256_lanes_name(), want) != 0 ||
		    strcmp(mun_sha256_lanes_name(), want) != 0 ||
		    warnings != said)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What the machine chooses by itself depends on its speed: it is one of those
 * that it has. */
static bool some_path_with(const char *name, unsigned int said)
{
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		/* two that are close may take turns at being the fastest */
		for (int k = 0; k < 5; k++) {
			if (!used_with(name, names[i], said))
				return true;
		}
	}
	return false;
}

/* Must be the first: nothing may have been hashed in this process. */
static void the_environment_chooses_the_path(void **state)
{
	(void)state;
	assert_int_equal(used_with("openssl", "openssl", 0), 0);
	for (size_t i = 0; mun_sha256_paths[i]; i++) {
		if (mun_sha256_paths[i]->can())
			assert_int_equal(used_with(mun_sha256_paths[i]->name,
						   mun_sha256_paths[i]->name,
						   0),
					 0);
	}
	assert_true(some_path_with("abacus", 1));
	assert_true(some_path_with("", 0));
	if (!mun_sha256_paths[0] || !mun_sha256_paths[0]->can())
		(void)puts("skipped: no SHA instructions on this processor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_chooses_the_path),
		cmocka_unit_test(every_length_is_as_openssl_says),
		cmocka_unit_test(every_alignment_is_as_openssl_says),
		cmocka_unit_test(leaves_of_a_tree_are_as_openssl_says),
		cmocka_unit_test(every_number_of_messages_is_hashed),
		cmocka_unit_test(outputs_may_lie_in_the_messages),
		cmocka_unit_test(a_path_is_forced_by_its_name),
		cmocka_unit_test(one_wrong_bit_in_any_lane_is_found),
		cmocka_unit_test(a_path_that_errs_is_replaced_and_said),
		cmocka_unit_test(what_is_not_there_is_said_and_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
