/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_rescue_drive.c - the drive dies, goes away, or time is up */
#include "core/check.h"
#include "tests/medium/rescue_lab.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTORS 1500u

static void open_damaged(struct lab *l, uint64_t seed)
{
	lab_open(l, SECTORS, 512);
	lab_damage(l, seed);
	/* So that there is something to ask it for. */
	mun_failing_set(l->d, 0, 200, MUN_FAILING_FINE, 0);
	mun_failing_set(l->d, 1400, 100, MUN_FAILING_FINE, 0);
	mun_failing_set(l->d, 1000, 20, MUN_FAILING_BAD, 0);
	mun_failing_set(l->d, 1300, 3, MUN_FAILING_BAD, 0);
}

static uint64_t count_bad(const struct lab *l)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->d->nsectors; i++)
		n += l->d->sectors[i].kind == MUN_FAILING_BAD;
	return n * l->d->reader.sector_bytes;
}

static void assert_all_is_known(const struct lab *l)
{
	lab_check_complete(l);
	assert_int_equal(mun_readmap_bytes(&l->map, MUN_READ_BAD),
			 count_bad(l));
}

/* ---- death ---- */

static void a_dead_drive_makes_no_sector_bad(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		for (uint64_t n = 1;; n += 1 + n / 8) {
			struct mun_err e;
			struct lab l;
			bool dead;

			open_damaged(&l, seed);
			l.d->plan.dies_after = n;
			l.d->plan.never_back = true;
			assert_int_equal(mun_rescue_run(&l.r, &e), 0);
			assert_int_equal(l.r.stop, l.d->dead ? MUN_RESCUE_AWAY
							     : MUN_RESCUE_DONE);
			dead = l.d->dead;
			lab_check(&l);
			/* Only so many in vain. */
			assert_true(l.d->failed <= n + 64 + 6);
			lab_save_and_load(&l);
			lab_another_drive(&l);
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_all_is_known(&l);
			lab_close(&l);
			if (!dead)
				break;
		}
	}
}

static void a_drive_that_comes_back_to_life_is_gone_on_with(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		for (uint64_t n = 1; n < 40; n += 3) {
			struct lab l;

			open_damaged(&l, seed);
			l.d->plan.dies_after = n;
			l.d->plan.revives = true;
			l.d->plan.back_after = (unsigned int)(n % 3);
			l.r.policy.reverse = n % 2;
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_all_is_known(&l);
			assert_int_equal(l.r.stats.reopened,
					 l.d->dead || !l.d->plan.revives ? 1
									 : 0);
			lab_close(&l);
		}
	}
}

static void a_sector_that_kills_the_drive_is_given_up(void **state)
{
	(void)state;
	for (size_t at = 210; at < 1400; at += 97) {
		struct lab l;

		open_damaged(&l, at);
		mun_failing_set(l.d, at, 1, MUN_FAILING_BAD, 0);
		l.d->plan.dies_on = at;
		l.r.policy.reverse = at % 2;
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&l);
		/* Twice in a large read, twice alone. */
		assert_true(l.r.stats.reopened <= 4);
		lab_close(&l);
	}
}

/* As a person does who sees that nothing goes on any more. */
static void what_a_dead_drive_failed_until_the_cancel_is_not_bad(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 30; n += 2) {
		for (uint64_t more = 0; more < 8; more++) {
			struct lab l;
			struct mun_err e;
			uint64_t ticks;

			open_damaged(&l, 4);
			l.d->plan.dies_after = n;
			l.d->plan.never_back = true;
			lab_run_is(&l, 0, MUN_RESCUE_AWAY);
			ticks = l.ticks;
			lab_close(&l);
			open_damaged(&l, 4);
			l.d->plan.dies_after = n;
			l.cancel_at = ticks > more ? ticks - more : 1;
			assert_int_equal(mun_rescue_run(&l.r, &e),
					 MUN_ECANCELLED);
			lab_check(&l);
			lab_another_drive(&l);
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_all_is_known(&l);
			lab_close(&l);
		}
	}
}

/* ---- away ---- */

static void a_drive_that_falls_off_the_bus_is_opened_again(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 5; seed++) {
		for (uint64_t at = 1;; at += 1 + at / 6) {
			struct lab l;
			bool gone;

			open_damaged(&l, seed);
			l.d->plan.gone_at = at;
			l.d->plan.back_after = 3;
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_all_is_known(&l);
			gone = l.d->reads >= at;
			assert_int_equal(l.r.stats.reopened, gone);
			assert_int_equal(l.d->reopens, gone ? 4 : 0);
			/* 1, 2, 4 and 8 seconds. */
			if (gone)
				assert_true(l.r.stats.elapsed_ms >= 15000);
			lab_close(&l);
			if (!gone)
				break;
		}
	}
}

static void again_and_again(void **state)
{
	struct lab l;

	(void)state;
	open_damaged(&l, 0);
	l.d->plan.gone_at = 3;
	l.d->plan.gone_every = 5;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_all_is_known(&l);
	assert_true(l.r.stats.reopened > 10);
	lab_close(&l);
}

static void a_drive_that_stays_away_leaves_all_as_it_was(void **state)
{
	(void)state;
	for (uint64_t at = 1; at < 40; at++) {
		struct lab l;

		open_damaged(&l, at);
		l.d->plan.gone_at = at;
		l.d->plan.never_back = true;
		/* Also one that gives nothing for a while before. */
		l.d->plan.dies_after = at % 2;
		lab_run_is(&l, 0, MUN_RESCUE_AWAY);
		lab_check(&l);
		assert_int_equal(l.d->reopens, 6);
		/* A minute of waiting, a second for each failing read. */
		assert_in_range(l.r.stats.elapsed_ms / 1000,
				59 + l.r.stats.failed_reads,
				60 + l.r.stats.failed_reads);
		lab_save_and_load(&l);
		lab_another_drive(&l);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&l);
		lab_close(&l);
	}
}

static void another_medium_is_an_error(void **state)
{
	(void)state;
	for (uint64_t at = 1; at < 40; at += 3) {
		struct lab l;

		open_damaged(&l, at);
		l.d->plan.gone_at = at;
		l.d->plan.back_after = 2;
		l.d->plan.swapped = true;
		lab_run_is(&l, MUN_EINVAL, MUN_RESCUE_DONE);
		lab_check(&l);
		lab_another_drive(&l);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&l);
		lab_close(&l);
	}
}

static void sectors_that_drive_it_away_are_bad_and_passed(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, SECTORS, 512);
	l.d->plan.falls_on_bad = true;
	mun_failing_set(l.d, 300, 1, MUN_FAILING_BAD, 0);
	mun_failing_set(l.d, 700, 40, MUN_FAILING_BAD, 0);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_all_is_known(&l);
	lab_close(&l);
	/* From the first sector on: nothing is there to be asked for. */
	lab_open(&l, SECTORS, 512);
	l.d->plan.falls_on_bad = true;
	mun_failing_set(l.d, 0, SECTORS, MUN_FAILING_BAD, 0);
	lab_run_is(&l, 0, MUN_RESCUE_AWAY);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_NOT_TRIED),
			 l.map.size);
	lab_close(&l);
}

static int cannot_read(struct mun_reader *r, void *buf, size_t len,
		       uint64_t off, struct mun_read_reply *reply,
		       struct mun_err *e)
{
	(void)r;
	(void)buf;
	(void)len;
	(void)off;
	(void)e;
	reply->end = MUN_REPLY_GONE;
	return 0;
}

static void without_a_way_to_open_it_again_it_is_away_at_once(void **state)
{
	static const struct mun_reader_ops ops = { .read = cannot_read };
	struct lab l;

	(void)state;
	lab_open(&l, SECTORS, 512);
	mun_reader_close(&l.d->reader);
	l.d = NULL;
	l.r.reader = &(struct mun_reader){ .ops = &ops,
					   .bytes = SECTORS * 512,
					   .sector_bytes = 512,
					   .max_bytes = 65536,
					   .align = 1 };
	l.r.tick = NULL;
	l.r.now_ms = NULL;
	lab_run_is(&l, 0, MUN_RESCUE_AWAY);
	assert_int_equal(l.r.stats.reads, 1);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_NOT_TRIED),
			 l.map.size);
	l.d = mun_failing_drive_new(1, 512);
	lab_close(&l);
}

/* ---- budgets ---- */

static void so_many_failing_reads_and_no_more(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct lab l;
		uint64_t rounds = 0;
		uint64_t whole;

		open_damaged(&l, seed);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		whole = l.d->failed;
		lab_close(&l);
		open_damaged(&l, seed);
		l.r.policy.max_errors = 7;
		for (;;) {
			struct mun_err e;

			assert_int_equal(mun_rescue_run(&l.r, &e), 0);
			lab_check(&l);
			if (l.r.stop == MUN_RESCUE_DONE)
				break;
			assert_int_equal(l.r.stop, MUN_RESCUE_ERRORS);
			assert_int_equal(l.r.stats.failed_reads, 7);
			lab_save_and_load(&l);
			assert_true(rounds++ < SECTORS);
		}
		assert_true(l.r.stats.failed_reads <= 7);
		/* Nothing has failed for a second time by that. */
		assert_true(l.d->failed <= whole);
		assert_all_is_known(&l);
		lab_close(&l);
	}
}

static void so_much_time_and_no_more(void **state)
{
	struct lab l;
	uint64_t rounds = 0;

	(void)state;
	open_damaged(&l, 4);
	l.r.policy.max_time_ms = 6000;
	for (;;) {
		struct mun_err e;

		assert_int_equal(mun_rescue_run(&l.r, &e), 0);
		lab_check(&l);
		if (l.r.stop == MUN_RESCUE_DONE)
			break;
		assert_int_equal(l.r.stop, MUN_RESCUE_TIME);
		/* A read that was begun is ended, and the drive asked. */
		assert_in_range(l.r.stats.elapsed_ms, 6000, 7010);
		lab_save_and_load(&l);
		assert_true(rounds++ < SECTORS);
	}
	assert_true(rounds > 2);
	assert_all_is_known(&l);
	lab_close(&l);
	/* Also while the drive is away. */
	open_damaged(&l, 4);
	l.d->plan.gone_at = 2;
	l.d->plan.never_back = true;
	l.r.policy.max_time_ms = 10000;
	lab_run_is(&l, 0, MUN_RESCUE_TIME);
	assert_in_range(l.r.stats.elapsed_ms, 10000, 11010);
	lab_close(&l);
}

static void scraping_can_be_left_out(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, SECTORS, 512);
	mun_failing_set(l.d, 300, 40, MUN_FAILING_BAD, 0);
	l.r.policy.no_scrape = true;
	l.r.policy.retries = 3;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_NOT_SCRAPED),
			 38 * 512);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 2 * 512);
	/* Large reads no more: gently. */
	assert_int_equal(l.d->gentle, 1);
	l.r.policy.no_scrape = false;
	l.r.policy.retries = 0;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_all_is_known(&l);
	lab_close(&l);
}

/* ---- ended at any moment ---- */

static void assert_same_end(const struct lab *a, const struct lab *b)
{
	assert_int_equal(a->map.nruns, b->map.nruns);
	MUN_READMAP_EACH(run, &a->map)
	{
		const struct mun_read_run *same =
			mun_readmap_run(&b->map, run->off);

		assert_int_equal(same->off, run->off);
		assert_int_equal(same->bytes, run->bytes);
		assert_int_equal(same->state, run->state);
	}
	assert_memory_equal(a->image, b->image, a->map.size);
}

static void ended_at_any_tick_it_comes_to_the_same_end(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 15; seed++) {
		struct lab whole;
		uint64_t ticks;

		open_damaged(&whole, seed);
		whole.d->names = seed >= 5 && seed < 10;
		whole.r.policy.reverse = seed >= 10;
		lab_run_is(&whole, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&whole);
		ticks = whole.ticks;
		for (uint64_t k = 1; k <= ticks; k += 1 + ticks / 120) {
			struct lab l;

			open_damaged(&l, seed);
			l.d->names = whole.d->names;
			l.r.policy = whole.r.policy;
			l.cancel_at = k;
			lab_run_is(&l, MUN_ECANCELLED, MUN_RESCUE_DONE);
			lab_check(&l);
			lab_save_and_load(&l);
			lab_another_drive(&l);
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_same_end(&l, &whole);
			/* What was not certain is tried again: so much. */
			assert_true(l.d->failed <= whole.d->failed + 64 + 20);
			lab_close(&l);
		}
		lab_close(&whole);
	}
}

static void ended_after_each_tick_it_comes_to_the_same_end(void **state)
{
	struct lab whole;
	struct lab l;
	uint64_t rounds = 0;

	(void)state;
	lab_open(&whole, SECTORS, 512);
	mun_failing_set(whole.d, 200, 5, MUN_FAILING_BAD, 0);
	mun_failing_set(whole.d, 900, 1, MUN_FAILING_BAD, 0);
	lab_run_is(&whole, 0, MUN_RESCUE_DONE);
	lab_open(&l, SECTORS, 512);
	mun_failing_set(l.d, 200, 5, MUN_FAILING_BAD, 0);
	mun_failing_set(l.d, 900, 1, MUN_FAILING_BAD, 0);
	/* By max_errors, not by a cancel: that would never pass a bad one. */
	l.r.policy.max_errors = 1;
	for (;;) {
		struct mun_err e;

		assert_int_equal(mun_rescue_run(&l.r, &e), 0);
		if (l.r.stop == MUN_RESCUE_DONE)
			break;
		lab_save_and_load(&l);
		assert_true(rounds++ < 40);
	}
	assert_same_end(&l, &whole);
	lab_close(&l);
	lab_close(&whole);
}

static void a_write_that_fails_leaves_the_map_true(void **state)
{
	(void)state;
	for (uint64_t k = 1;; k += 1 + k / 10) {
		struct lab l;
		struct mun_err e;
		int rc;

		open_damaged(&l, 1);
		l.write_fails_at = k;
		rc = mun_rescue_run(&l.r, &e);
		lab_check(&l);
		if (rc == 0) {
			lab_close(&l);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		assert_string_equal(e.lines[0].text, "disk full");
		lab_save_and_load(&l);
		lab_another_drive(&l);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&l);
		lab_close(&l);
	}
}

static void a_machine_that_fails_leaves_the_map_true(void **state)
{
	(void)state;
	for (uint64_t k = 1; k < 200; k += 1 + k / 10) {
		struct lab l;

		open_damaged(&l, 4);
		l.d->plan.breaks_at = k;
		lab_run_is(&l, MUN_EIO, MUN_RESCUE_DONE);
		lab_check(&l);
		lab_another_drive(&l);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		assert_all_is_known(&l);
		lab_close(&l);
	}
}

/* ---- after ddrescue ---- */

static void write_file(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* It reads the medium's bytes, as if what is bad in the lab were, and gives up
 * after @errors; false: not installed. */
static bool begin_with_ddrescue(const char *dir, const struct lab *l,
				const char *errors)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		size_t len = (size_t)l->map.size;
		uint8_t *bytes = malloc(len);
		FILE *f;

		assert_non_null(bytes);
		if (chdir(dir))
			_exit(126);
		mun_failing_bytes(l->d, 0, bytes, len);
		write_file("in", bytes, len);
		f = fopen("bad", "w");
		(void)fprintf(f, "0 + 1\n");
		for (size_t i = 0; i < SECTORS; i++)
			(void)fprintf(f, "%zu 512 %c\n", i * 512,
				      l->d->sectors[i].kind ? '-' : '+');
		(void)fclose(f);
		execlp("ddrescue", "ddrescue", "-q", "-H", "bad", "-X", errors,
		       "in", "out", "map", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

static void what_ddrescue_began_is_ended(void **state)
{
	static const char *const errors[] = { "0",  "1",  "3",  "6",
					      "10", "20", "50", "1000" };

	(void)state;
	for (size_t i = 0; i < 3 * MUN_COUNT(errors); i++) {
		char *dir = mun_test_dir();
		char *map = mun_test_path(dir, "map");
		char *out = mun_test_path(dir, "out");
		struct mun_err e;
		struct lab l;
		char *text;
		size_t len;

		open_damaged(&l, i);
		mun_failing_set(l.d, SECTORS - 1, 1, MUN_FAILING_FINE, 0);
		if (!begin_with_ddrescue(dir, &l, errors[i / 3])) {
			print_message("SKIP: ddrescue is not installed\n");
			i = 1000;
		} else {
			text = mun_test_read(map, &len);
			mun_readmap_clear(&l.map);
			assert_int_equal(
				mun_readmap_parse(text, len, &l.map, &e), 0);
			free(text);
			text = mun_test_read(out, &len);
			memcpy(l.image, text, len);
			free(text);
			lab_check(&l);
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
			assert_all_is_known(&l);
		}
		lab_close(&l);
		free(map);
		free(out);
		mun_test_dir_remove(dir);
	}
}

/* ---- the record ---- */

static int kinds_of_failure(struct mun_reader *r, void *buf, size_t len,
			    uint64_t off, struct mun_read_reply *reply,
			    struct mun_err *e)
{
	uint64_t sector = off / r->sector_bytes;

	(void)buf;
	(void)len;
	(void)e;
	reply->end = MUN_REPLY_FAILED;
	reply->sys = EIO;
	reply->asc = (uint8_t)(sector < 30 ? 200 : sector % 100);
	return 0;
}

static void failures_are_counted_by_kind(void **state)
{
	static const struct mun_reader_ops ops = { .read = kinds_of_failure };
	struct lab l;
	uint64_t sum = 0;

	(void)state;
	lab_open(&l, 128, 512);
	l.r.reader = &(struct mun_reader){ .ops = &ops,
					   .bytes = 128 * 512,
					   .sector_bytes = 512,
					   .max_bytes = 512,
					   .align = 1 };
	lab_run_is(&l, 0, MUN_RESCUE_AWAY);
	assert_int_equal(l.r.stats.nerrors, MUN_READ_ERRORS);
	assert_int_equal(l.r.stats.errors[0].asc, 200);
	assert_int_equal(l.r.stats.errors[0].count, 30);
	for (size_t i = 0; i < MUN_READ_ERRORS; i++)
		sum += l.r.stats.errors[i].count;
	assert_int_equal(sum, 128);
	assert_int_equal(l.r.stats.failed_reads, 128);
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dead_drive_makes_no_sector_bad),
		cmocka_unit_test(
			a_drive_that_comes_back_to_life_is_gone_on_with),
		cmocka_unit_test(a_sector_that_kills_the_drive_is_given_up),
		cmocka_unit_test(
			what_a_dead_drive_failed_until_the_cancel_is_not_bad),
		cmocka_unit_test(
			a_drive_that_falls_off_the_bus_is_opened_again),
		cmocka_unit_test(again_and_again),
		cmocka_unit_test(a_drive_that_stays_away_leaves_all_as_it_was),
		cmocka_unit_test(another_medium_is_an_error),
		cmocka_unit_test(sectors_that_drive_it_away_are_bad_and_passed),
		cmocka_unit_test(
			without_a_way_to_open_it_again_it_is_away_at_once),
		cmocka_unit_test(so_many_failing_reads_and_no_more),
		cmocka_unit_test(so_much_time_and_no_more),
		cmocka_unit_test(scraping_can_be_left_out),
		cmocka_unit_test(ended_at_any_tick_it_comes_to_the_same_end),
		cmocka_unit_test(
			ended_after_each_tick_it_comes_to_the_same_end),
		cmocka_unit_test(a_write_that_fails_leaves_the_map_true),
		cmocka_unit_test(a_machine_that_fails_leaves_the_map_true),
		cmocka_unit_test(what_ddrescue_began_is_ended),
		cmocka_unit_test(failures_are_counted_by_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
