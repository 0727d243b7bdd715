/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_ledger_prove.c - proofs out of digest files and lines */
#include "fixity/ledger.h"

#include <errno.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/fixity/ledger_sample.h"

#define SEGMENT MUN_LEDGER_SEGMENT
#define ENTRIES (11 * SEGMENT + 77)

/* Made once: it is only read. */
static struct ledger_sample *sample;
static uint8_t (*leaves)[MUN_MERKLE_HASH];
static uint8_t (*roots)[MUN_MERKLE_HASH]; /* [n] of the first n entries */

static int set_up(void **state)
{
	struct mun_merkle t = { 0 };
	char entry[512];
	struct mun_err e;
	void *s;

	(void)state;
	(void)ledger_sample_set_up(&s);
	sample = s;
	ledger_sample_grow(sample, ENTRIES, SEGMENT, true);
	leaves = calloc(ENTRIES, MUN_MERKLE_HASH);
	roots = calloc(ENTRIES + 1, MUN_MERKLE_HASH);
	assert_non_null(leaves);
	assert_non_null(roots);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		size_t len = ledger_sample_entry(i, entry);

		assert_int_equal(mun_merkle_leaf(entry, len, leaves[i], &e), 0);
		assert_int_equal(mun_merkle_add(&t, leaves[i], &e), 0);
		assert_int_equal(mun_merkle_root(&t, roots[i + 1], &e), 0);
	}
	return 0;
}

static int tear_down(void **state)
{
	void *s = sample;

	(void)state;
	free(leaves);
	free(roots);
	return ledger_sample_tear_down(&s);
}

/* Numbers near all ends that matter, and some between. */
static const uint64_t marks[] = {
	1,
	2,
	3,
	100,
	SEGMENT - 1,
	SEGMENT,
	SEGMENT + 1,
	2 * SEGMENT,
	2 * SEGMENT + 1,
	3 * SEGMENT,
	3 * SEGMENT + 1000,
	4 * SEGMENT,
	5 * SEGMENT + 4095,
	6 * SEGMENT,
	7 * SEGMENT + 1,
	8 * SEGMENT,
	8 * SEGMENT + 5,
	10 * SEGMENT,
	11 * SEGMENT,
	ENTRIES - 1,
	ENTRIES,
};

static struct mun_ledger *reader(void)
{
	struct mun_ledger *l = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(sample->path, false, &l, &e), 0);
	return l;
}

static void inclusion_is_proved_at_every_size(void **state)
{
	mun_auto(ledger) *l = reader();
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(marks); i++) {
		for (size_t k = 0; k <= i; k++) {
			uint64_t seq = marks[k] - 1;
			struct mun_merkle_proof p;
			struct mun_err e;

			assert_int_equal(
				mun_ledger_prove(l, seq, marks[i], &p, &e), 0);
			assert_int_equal(mun_merkle_check_inclusion(
						 leaves[seq], seq, marks[i], &p,
						 roots[marks[i]], &e),
					 0);
			/* It is a proof of this leaf and no other. */
			assert_int_not_equal(
				mun_merkle_check_inclusion(
					leaves[(seq + 1) % ENTRIES], seq,
					marks[i], &p, roots[marks[i]], &e),
				0);
			n++;
		}
	}
	print_message("%u inclusion proofs\n", n);
}

static void consistency_is_proved_between_all_sizes(void **state)
{
	mun_auto(ledger) *l = reader();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(marks); i++) {
		for (size_t k = 0; k <= i; k++) {
			struct mun_merkle_proof p;
			struct mun_err e;

			assert_int_equal(mun_ledger_prove_consistency(
						 l, marks[k], marks[i], &p, &e),
					 0);
			assert_int_equal(mun_merkle_check_consistency(
						 marks[k], marks[i], &p,
						 roots[marks[k]],
						 roots[marks[i]], &e),
					 0);
		}
	}
}

static void numbers_beyond_the_ledger_are_refused(void **state)
{
	static const uint64_t bad[][2] = {
		{ 0, 0 },
		{ 5, 5 },
		{ 6, 5 },
		{ 0, ENTRIES + 1 },
		{ UINT64_MAX, UINT64_MAX },
	};
	mun_auto(ledger) *l = reader();
	struct mun_merkle_proof p;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_int_equal(
			mun_ledger_prove(l, bad[i][0], bad[i][1], &p, &e),
			MUN_EINVAL);
	assert_int_equal(mun_ledger_prove_consistency(l, 0, 5, &p, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_ledger_prove_consistency(l, 6, 5, &p, &e),
			 MUN_EINVAL);
	assert_int_equal(
		mun_ledger_prove_consistency(l, 1, ENTRIES + 1, &p, &e),
		MUN_EINVAL);
}

/* A full last segment without its digest file: a kill at the wrong moment. */
static void a_segment_not_yet_closed_is_proved_from_its_lines(void **state)
{
	struct mun_merkle_proof p;
	mun_auto(ledger) *l = NULL;
	struct ledger_sample *s;
	struct mun_err e;
	char *digests;
	void *fresh;

	(void)state;
	(void)ledger_sample_set_up(&fresh);
	s = fresh;
	ledger_sample_grow(s, 2 * SEGMENT, SEGMENT, false);
	digests = mun_test_path(s->path, "00000001.json");
	assert_int_equal(unlink(digests), 0);
	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	for (uint64_t seq = 0; seq < 2 * SEGMENT; seq += 1111) {
		assert_int_equal(mun_ledger_prove(l, seq, 2 * SEGMENT, &p, &e),
				 0);
		assert_int_equal(mun_merkle_check_inclusion(
					 leaves[seq], seq, 2 * SEGMENT, &p,
					 roots[2 * SEGMENT], &e),
				 0);
	}
	free(digests);
	(void)ledger_sample_tear_down(&fresh);
}

static void every_read_that_fails_is_said(void **state)
{
	mun_auto(ledger) *l = reader();
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
				  MUN_CALL_BIT(MUN_CALL_READ) |
				  MUN_CALL_BIT(MUN_CALL_PREAD) |
				  MUN_CALL_BIT(MUN_CALL_FSTAT),
			  EIO);
	for (;; n++) {
		struct mun_merkle_proof p;
		struct mun_err e;
		int rc;

		mun_fault_arm(n);
		rc = mun_ledger_prove(l, 5 * SEGMENT + 3, ENTRIES, &p, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inclusion_is_proved_at_every_size),
		cmocka_unit_test(consistency_is_proved_between_all_sizes),
		cmocka_unit_test(numbers_beyond_the_ledger_are_refused),
		cmocka_unit_test(
			a_segment_not_yet_closed_is_proved_from_its_lines),
		cmocka_unit_test(every_read_that_fails_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
