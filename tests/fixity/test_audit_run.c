/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_audit_run.c - windows, rates, idle reading, whole digests */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "fixity/audit_rate.h"
#include "tests/fixity/audit_feed.h"
#include "tests/support/support.h"

/* ---- the end of a window ---- */

static uint64_t stop_at; /* bytes read; 0: at once */
static unsigned int stop_asked;

static bool stop(void *feed)
{
	const struct feed *f = feed;

	stop_asked++;
	return f->bytes_read >= stop_at;
}

static void a_clean_stop_goes_on_mid_file(void **state)
{
	char *dir = mun_test_dir();
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 12 * MIB);
	feed_add(f, 3 * MIB);
	f->progress_dir = dir;
	f->threads = 1;
	f->stop = stop;
	stop_at = 5 * MIB;
	sum = feed_audit(f);
	assert_true(sum.interrupted);
	assert_true(sum.stopped);
	assert_int_equal(sum.objects, 0);
	assert_int_equal(f->bytes_read, 5 * MIB);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
	assert_int_equal(mun_test_count_entries(dir), 1);
	f->stop = NULL;
	sum = feed_audit(f);
	assert_false(sum.interrupted);
	assert_false(sum.stopped);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 2);
	assert_int_equal(f->bytes_read, 10 * MIB);
	assert_int_equal(f->objects[0].bytes_resumed, 5 * MIB);
	assert_int_equal(mun_test_count_entries(dir), 0);
	feed_free(f);
	mun_test_dir_remove(dir);
}

static void a_window_that_is_shut_reads_nothing(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 3 * MIB);
	f->stop = stop;
	stop_at = 0;
	sum = feed_audit(f);
	assert_true(sum.stopped);
	assert_int_equal(f->bytes_read, 0);
	assert_int_equal(f->next_calls, 0);
	feed_free(f);
}

/* Nothing was left: then nobody was stopped. */
static void a_stop_after_the_last_is_none(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 2 * MIB);
	f->stop = stop;
	stop_at = UINT64_MAX;
	stop_asked = 0;
	sum = feed_audit(f);
	assert_false(sum.interrupted);
	assert_false(sum.stopped);
	assert_true(stop_asked > 2);
	feed_free(f);
}

static void cancelled_is_not_stopped(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 9 * MIB);
	f->threads = 1;
	f->cancel_at = 2 * MIB;
	f->stop = stop;
	stop_at = UINT64_MAX;
	sum = feed_audit(f);
	assert_true(sum.interrupted);
	assert_false(sum.stopped);
	feed_free(f);
}

/* ---- the rate ---- */

/* Whoever takes as much as he can, waiting as he is told, reads @rate bytes a
 * second: never more than a second's worth above it. */
static void a_rate_is_kept_by_pieces_of_any_size(void **state)
{
	static const struct {
		uint64_t rate, piece;
	} cases[] = {
		{ 1000, 1 },       { 1000, 999 },          { 1000, 100000 },
		{ 10 * MIB, MIB }, { MIB / 8, MIB },       { UINT64_MAX, MIB },
		{ 1, 3 },          { 80 * MIB, 64 * MIB },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const double rate =
			(double)MUN_MIN(cases[i].rate, UINT64_C(1) << 46);
		struct mun_audit_rate r;
		int64_t now = 5000000;
		double taken = 0;

		mun_audit_rate_begin(&r, cases[i].rate, now);
		for (int k = 0; k < 1000; k++) {
			now += mun_audit_rate_take(&r, cases[i].piece, now);
			taken += (double)cases[i].piece;
			assert_true(taken <=
				    rate * (double)(now - 5000000) / 1000 +
					    rate / 100);
		}
		/* and it is not slower than that by more than rounding */
		assert_true(rate * (double)(now - 5000000) / 1000 <=
			    taken + rate * 1.01 + 1000 * rate / 1000);
	}
}

static void what_is_saved_is_a_seconds_worth(void **state)
{
	struct mun_audit_rate r;

	(void)state;
	mun_audit_rate_begin(&r, 1000, 0);
	/* a day of sleep, and a clock that goes back */
	assert_int_equal(mun_audit_rate_take(&r, 1000, 86400000), 0);
	assert_int_equal(mun_audit_rate_take(&r, 1000, 86400000), 1000);
	assert_int_equal(mun_audit_rate_take(&r, 500, 86399000), 1500);
	assert_int_equal(mun_audit_rate_take(&r, 0, 86401500), 0);
	assert_int_equal(mun_audit_rate_take(&r, 1, 86401500), 1);
	/* no rate: no wait */
	mun_audit_rate_begin(&r, 0, 0);
	assert_int_equal(mun_audit_rate_take(&r, UINT64_MAX, 0), 0);
}

static void an_audit_keeps_its_rate(void **state)
{
	(void)state;
	for (unsigned int threads = 1; threads <= 4; threads += 3) {
		struct feed *f = feed_new();
		int64_t ms = mun_clock_monotonic_ms();

		feed_add(f, 4 * MIB);
		feed_add(f, MIB);
		feed_add(f, 1);
		f->objects[1].files[0].full = true;
		f->threads = threads;
		f->rate = 10 * MIB;
		assert_int_equal(feed_audit(f).outcomes[MUN_OUTCOME_INTACT], 3);
		ms = mun_clock_monotonic_ms() - ms;
		assert_true(ms >= 490); /* 5 MiB, and nothing saved */
		feed_free(f);
	}
}

/* A rate of a byte a second must not keep anybody from leaving. */
static bool stop_soon(void *feed)
{
	(void)feed;
	return ++stop_asked > 6;
}

static void a_slow_audit_still_ends_when_it_is_asked(void **state)
{
	struct feed *f = feed_new();
	int64_t ms = mun_clock_monotonic_ms();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 4 * MIB);
	f->rate = 1;
	f->stop = stop_soon;
	stop_asked = 0;
	sum = feed_audit(f);
	assert_true(sum.stopped);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
	assert_true(mun_clock_monotonic_ms() - ms < 20000);
	feed_free(f);
}

/* ---- reading when nobody else does ---- */

static atomic_uint idle_reads, other_reads;

static void see_class(struct feed *f)
{
	/* ioprio_get(IOPRIO_WHO_PROCESS, this thread), class idle is 3 */
	const long prio = syscall(SYS_ioprio_get, 1, 0);

	(void)f;
	if (prio >= 0 && prio >> 13 == 3)
		atomic_fetch_add(&idle_reads, 1);
	else
		atomic_fetch_add(&other_reads, 1);
}

static void workers_read_in_the_idle_class_if_asked(void **state)
{
	(void)state;
	if (syscall(SYS_ioprio_get, 1, 0) < 0) {
		(void)puts("skipped: no I/O priorities on this system");
		skip();
	}
	for (int idle = 0; idle <= 1; idle++) {
		struct feed *f = feed_new();

		atomic_store(&idle_reads, 0);
		atomic_store(&other_reads, 0);
		feed_add(f, 5 * MIB);
		f->idle_io = idle;
		f->on_read = see_class;
		(void)feed_audit(f);
		assert_int_equal(idle_reads, idle ? 5 : 0);
		assert_int_equal(other_reads, idle ? 0 : 5);
		feed_free(f);
	}
	/* it was that of the workers alone */
	assert_int_not_equal(syscall(SYS_ioprio_get, 1, 0) >> 13, 3);
}

/* ---- pieces and digests in one reading ---- */

static const size_t full_sizes[] = { 0,       1,       MIB - 1,    MIB,
				     MIB + 1, 3 * MIB, 9 * MIB + 5 };

static void whole_digests_are_verified_in_one_reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(full_sizes); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, full_sizes[i]);
		struct mun_audit_summary sum;

		file->full = true;
		sum = feed_audit(f);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
		assert_int_equal(f->nfindings, 0);
		assert_int_equal(f->bytes_read, full_sizes[i]);
		assert_int_equal(f->objects[0].bytes_read, full_sizes[i]);
		assert_int_equal(f->last_progress.done, full_sizes[i]);
		feed_free(f);
	}
}

/* The tree is right and a digest is not: it is the record that differs. */
static void a_digest_that_differs_is_named(void **state)
{
	static const enum mun_digest_alg algs[] = { MUN_MD5, MUN_SHA256,
						    MUN_SHA512 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(algs); i++) {
		for (size_t k = 0; k < MUN_COUNT(full_sizes); k++) {
			struct feed *f = feed_new();
			struct file *file = feed_add(f, full_sizes[k]);
			struct mun_digest right = file->digests.of[algs[i]];
			char want[MUN_DIGEST_HEX], is[MUN_DIGEST_HEX];

			file->full = true;
			file->digests.of[algs[i]].bytes[right.len - 1] ^= 1;
			(void)feed_audit(f);
			assert_int_equal(f->objects[0].outcome,
					 MUN_OUTCOME_MISMATCH);
			assert_int_equal(f->nfindings, 1);
			feed_expect(f, 0, MUN_OUTCOME_MISMATCH, 0, 0);
			mun_digest_hex(&file->digests.of[algs[i]], want);
			mun_digest_hex(&right, is);
			assert_string_equal(f->findings[0].expected, want);
			assert_string_equal(f->findings[0].actual, is);
			assert_non_null(strstr(f->findings[0].text,
					       mun_digest_name(algs[i])));
			feed_free(f);
		}
	}
}

static void damage_in_a_full_file_is_located_and_named(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 5 * MIB);
	unsigned int digests = 0;

	(void)state;
	file->full = true;
	file->data[2 * MIB + 7] ^= 4;
	file->data[3 * MIB + 7] ^= 4;
	(void)feed_audit(f);
	assert_int_equal(f->nfindings, 4);
	for (size_t i = 0; i < 4; i++) {
		if (f->findings[i].bytes)
			feed_expect(f, i, MUN_OUTCOME_MISMATCH, 2 * MIB,
				    2 * MIB);
		else
			digests++;
	}
	assert_int_equal(digests, 3); /* md5, sha256, sha512 */
	assert_int_equal(f->bytes_read, 5 * MIB);
	assert_int_equal(f->last_progress.bad, 2 * MIB);
	feed_free(f);
}

static void a_full_file_with_a_bad_place_is_judged_by_its_pieces(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 6 * MIB);

	(void)state;
	file->full = true;
	file->bad_off = 2 * MIB + 512;
	file->bad_bytes = 512;
	file->bad_errno = EIO;
	file->data[4 * MIB] ^= 1;
	(void)feed_audit(f);
	assert_int_equal(f->nfindings, 2);
	feed_expect(f, 0, MUN_OUTCOME_UNREADABLE, 2 * MIB, MIB);
	assert_int_equal(f->findings[0].sys, EIO);
	feed_expect(f, 1, MUN_OUTCOME_MISMATCH, 4 * MIB, MIB);
	assert_int_equal(f->objects[0].bytes_read, 5 * MIB);
	assert_int_equal(f->last_progress.done, 6 * MIB);
	feed_free(f);
}

static void a_full_file_of_another_size_is_judged_by_its_pieces(void **state)
{
	static const size_t is[] = { 3 * MIB - 1, 3 * MIB + 1 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(is); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 3 * MIB);

		file->full = true;
		file->size = is[i];
		(void)feed_audit(f);
		assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_MISMATCH);
		assert_int_equal(f->nfindings, 1);
		feed_free(f);
	}
}

static void a_store_that_goes_away_ends_a_full_file(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 20 * MIB);
	struct mun_audit_summary sum;

	(void)state;
	file->full = true;
	file->bad_off = 3 * MIB;
	file->bad_bytes = 17 * MIB;
	file->bad_code = MUN_EUNAVAILABLE;
	sum = feed_audit(f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNAVAILABLE], 1);
	assert_int_equal(f->nfindings, 1);
	feed_expect(f, 0, MUN_OUTCOME_UNAVAILABLE, 3 * MIB, MIB);
	feed_free(f);
}

static void a_full_file_that_is_stopped_was_not_run(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;
	char *dir = mun_test_dir();

	(void)state;
	feed_add(f, 30 * MIB)->full = true;
	f->progress_dir = dir;
	f->threads = 1;
	f->stop = stop;
	stop_at = 4 * MIB;
	sum = feed_audit(f);
	assert_true(sum.stopped);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
	assert_int_equal(f->nfindings, 0);
	assert_true(f->bytes_read < 10 * MIB);
	assert_int_equal(mun_test_count_entries(dir), 0);
	f->stop = NULL;
	sum = feed_audit(f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
	assert_int_equal(f->bytes_read, 30 * MIB);
	feed_free(f);
	mun_test_dir_remove(dir);
}

static void a_full_file_without_digests_is_judged_by_its_pieces(void **state)
{
	(void)state;
	for (uint8_t bad = 0; bad <= 1; bad++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 3 * MIB);

		file->full = true;
		memset(&file->digests, 0, sizeof(file->digests));
		file->data[MIB] ^= bad;
		(void)feed_audit(f);
		assert_int_equal(f->nfindings, bad);
		feed_free(f);
	}
}

/* ---- the catalog takes its time ---- */

static atomic_uint reads_meanwhile;
static atomic_bool reporting;

static void count_read(struct feed *f)
{
	(void)f;
	if (atomic_load(&reporting))
		atomic_fetch_add(&reads_meanwhile, 1);
}

static void slow_report(struct feed *f)
{
	(void)f;
	atomic_store(&reporting, true);
	(void)usleep(2000);
	atomic_store(&reporting, false);
}

static void one_worker_goes_on_while_a_report_is_written(void **state)
{
	struct feed *f = feed_new();

	(void)state;
	for (size_t i = 0; i < 200; i++)
		feed_add(f, 100 + i);
	atomic_store(&reads_meanwhile, 0);
	f->threads = 1;
	f->pause_us = 500;
	f->on_read = count_read;
	f->on_report = slow_report;
	assert_int_equal(feed_audit(f).outcomes[MUN_OUTCOME_INTACT], 200);
	assert_true(reads_meanwhile > 0);
	feed_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_stop_goes_on_mid_file),
		cmocka_unit_test(a_window_that_is_shut_reads_nothing),
		cmocka_unit_test(a_stop_after_the_last_is_none),
		cmocka_unit_test(cancelled_is_not_stopped),
		cmocka_unit_test(a_rate_is_kept_by_pieces_of_any_size),
		cmocka_unit_test(what_is_saved_is_a_seconds_worth),
		cmocka_unit_test(an_audit_keeps_its_rate),
		cmocka_unit_test(a_slow_audit_still_ends_when_it_is_asked),
		cmocka_unit_test(workers_read_in_the_idle_class_if_asked),
		cmocka_unit_test(whole_digests_are_verified_in_one_reading),
		cmocka_unit_test(a_digest_that_differs_is_named),
		cmocka_unit_test(damage_in_a_full_file_is_located_and_named),
		cmocka_unit_test(
			a_full_file_with_a_bad_place_is_judged_by_its_pieces),
		cmocka_unit_test(
			a_full_file_of_another_size_is_judged_by_its_pieces),
		cmocka_unit_test(a_store_that_goes_away_ends_a_full_file),
		cmocka_unit_test(a_full_file_that_is_stopped_was_not_run),
		cmocka_unit_test(
			a_full_file_without_digests_is_judged_by_its_pieces),
		cmocka_unit_test(one_worker_goes_on_while_a_report_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
