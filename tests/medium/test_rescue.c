/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_rescue.c - what is read, in which order, and how often */
#include "core/check.h"
#include "tests/medium/rescue_lab.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_fine_medium_is_read_once_and_whole(void **state)
{
	static const struct {
		size_t sectors;
		uint32_t bytes;
	} cases[] = { { 0, 512 },    { 1, 512 },     { 127, 512 },
		      { 128, 512 },  { 129, 512 },   { 2880, 512 },
		      { 333, 2048 }, { 1000, 2352 }, { 77, 4096 } };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct lab l;

		lab_open(&l, cases[i].sectors, cases[i].bytes);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		lab_check_complete(&l);
		assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_GOOD),
				 l.map.size);
		assert_int_equal(l.r.stats.read_bytes, l.map.size);
		assert_int_equal(l.r.stats.failed_reads, 0);
		assert_int_equal(l.r.stats.reads, l.d->reads);
		for (size_t s = 0; s < cases[i].sectors; s++)
			assert_int_equal(l.d->sectors[s].reads, 1);
		/* In clusters of 64 KiB, not in sectors. */
		assert_true(l.d->reads <= l.map.size / 61440 + 1);
		lab_close(&l);
	}
}

static void wider_reads_are_kept_to_if_they_are_faster(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 200 << 11, 512);
	l.d->read_us = 200;
	l.d->sector_us = 1;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	/* Clusters for 32 MiB, four at a time for 16, and one more before the
	 * decision; then all at 1 MiB. */
	assert_int_equal(l.d->reads, 512 + 64 + 1 + 152);
	lab_close(&l);
	/* Hardly faster: tried with 16 MiB, and again at 104 MiB. */
	lab_open(&l, 200 << 11, 512);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(l.d->reads, 512 + 64 + 52 * 16 + 64 + 84 * 16);
	lab_close(&l);
}

static void a_failing_large_read_costs_nothing_good(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 100 << 11, 512);
	l.d->read_us = 200;
	l.d->sector_us = 1;
	mun_failing_set(l.d, (90 << 11) + 777, 3, MUN_FAILING_BAD, 0);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 3 * 512);
	assert_int_equal(l.r.stats.failed_reads, 4);
	lab_close(&l);
}

/* ---- any damage, any drive ---- */

struct manner {
	size_t sectors;
	uint32_t bytes;
	bool names, lies, reverse;
	unsigned int retries;
};

/* No sector more often than: once in a large read, once alone, once in each
 * retry; one more to find out whether the drive can name sectors. */
static void assert_not_read_too_often(const struct lab *l,
				      const struct manner *m)
{
	uint64_t again = 0;

	for (size_t i = 0; i < l->d->nsectors; i++) {
		const struct mun_failing_sector *s = &l->d->sectors[i];
		bool good = s->kind == MUN_FAILING_FINE;
		unsigned int most = good ? 2 : 2 + m->retries;

		if (m->names || m->lies)
			most++;
		if (!good) {
			assert_true(s->reads <= most);
			assert_true(s->alone <= 1 + m->retries);
		} else if (s->reads > most) {
			again += s->reads - most;
		}
	}
	/* What was good is asked for when much has failed in a row. */
	assert_true(again <= 3 + l->r.stats.failed_reads / 8);
}

static void rescue_in_a_manner(const struct manner *m, uint64_t seed)
{
	struct lab l;
	uint64_t bad = 0;

	lab_open(&l, m->sectors, m->bytes);
	l.d->names = m->names;
	l.d->lies = m->lies;
	l.r.policy.retries = m->retries;
	l.r.policy.reverse = m->reverse;
	lab_damage(&l, seed);
	for (size_t i = 0; i < m->sectors; i++)
		bad += l.d->sectors[i].kind == MUN_FAILING_BAD;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD),
			 bad * m->bytes);
	assert_int_equal(l.r.stats.read_bytes, l.map.size - bad * m->bytes);
	assert_int_equal(l.r.stats.failed_reads, l.d->failed);
	assert_int_equal(l.r.stats.reads, l.d->reads);
	assert_not_read_too_often(&l, m);
	/* A drive that names them: each bad sector fails once. */
	if (m->names && !m->lies)
		assert_true(l.d->failed <= bad * (1 + m->retries) + 1);
	lab_close(&l);
}

static void no_good_sector_is_lost_whatever_the_damage(void **state)
{
	static const struct manner manners[] = {
		{ .sectors = 5000, .bytes = 512 },
		{ .sectors = 2880, .bytes = 512, .retries = 2 },
		{ .sectors = 3001, .bytes = 512, .reverse = true },
		{ .sectors = 2000, .bytes = 2048, .retries = 1 },
		{ .sectors = 1777, .bytes = 2352, .reverse = true },
		{ .sectors = 5000, .bytes = 512, .names = true },
		{ .sectors = 3000,
		  .bytes = 512,
		  .names = true,
		  .reverse = true,
		  .retries = 1 },
		{ .sectors = 3000, .bytes = 512, .lies = true },
		{ .sectors = 900, .bytes = 4096, .lies = true, .retries = 2 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(manners); i++)
		for (uint64_t seed = 0; seed < 25; seed++)
			rescue_in_a_manner(&manners[i], seed);
}

static void what_gives_nothing_is_begun_anew_with_another_drive(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 720, 512);
	mun_failing_set(l.d, 0, 720, MUN_FAILING_BAD, 0);
	lab_run_is(&l, 0, MUN_RESCUE_AWAY);
	assert_int_equal(l.r.stats.failed_reads, 720 + 6);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_NOT_TRIED),
			 l.map.size);
	assert_int_equal(l.writes, 0);
	/* One sector that it gives, and the rest is known to be bad. */
	mun_failing_set(l.d, 333, 1, MUN_FAILING_FINE, 0);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 719 * 512);
	lab_close(&l);
}

/* ---- beside ddrescue ---- */

/* In the folder: a file of the size as the medium, and what of it is bad. */
static void prepare(const struct lab *l)
{
	FILE *f = fopen("in", "w");

	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), (off_t)l->map.size), 0);
	assert_int_equal(fclose(f), 0);
	f = fopen("bad", "w");
	assert_non_null(f);
	(void)fprintf(f, "0 + 1\n");
	for (size_t i = 0; i < l->d->nsectors; i++)
		(void)fprintf(f, "%zu 512 %c\n", i * 512,
			      l->d->sectors[i].kind == MUN_FAILING_BAD ? '-'
								       : '+');
	assert_int_equal(fclose(f), 0);
	(void)unlink("out");
	(void)unlink("map");
	(void)unlink("log");
}

/* Its log of reads, as if "in" had those bad sectors; false: not installed. */
static bool run_ddrescue(const char *dir, const struct lab *l)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(dir))
			_exit(126);
		prepare(l);
		execlp("ddrescue", "ddrescue", "-q", "-H", "bad",
		       "--log-reads=log", "in", "out", "map", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 127)
		return false;
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

/* Good sectors before each failing read, of ddrescue's log of reads. */
static size_t curve_of_log(const char *dir, uint64_t *curve, size_t max)
{
	char *path = mun_test_path(dir, "log");
	FILE *f = fopen(path, "r");
	char line[256];
	uint64_t good = 0;
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long long at;
		unsigned long long size;
		unsigned long long copied;
		unsigned long long failed;

		if (sscanf(line, "%llx %llu %llu %llu", &at, &size, &copied,
			   &failed) != 4)
			continue;
		if (failed && n < max)
			curve[n++] = good;
		good += copied / 512;
	}
	(void)fclose(f);
	free(path);
	return n;
}

struct race {
	uint64_t *theirs;
	size_t n;
	uint64_t failed; /* ours, so far */
};

/* Called after each of our reads. */
static void compare_with_theirs(struct lab *l, const struct mun_rescue_stats *s)
{
	struct race *race = l->context;

	if (s->failed_reads == race->failed)
		return;
	race->failed = s->failed_reads;
	assert_true(race->failed <= race->n);
	if (s->read_bytes / 512 < race->theirs[race->failed - 1])
		fail_msg("failing read %llu: %llu good sectors, ddrescue %llu",
			 (unsigned long long)race->failed,
			 (unsigned long long)s->read_bytes / 512,
			 (unsigned long long)race->theirs[race->failed - 1]);
}

/* Whenever the drive dies, as much is there as ddrescue would have. */
static void no_failing_read_finds_us_behind_ddrescue(void **state)
{
	enum { MAX = 60000 };
	char *dir = mun_test_dir();
	struct race race = { .theirs = malloc(MAX * sizeof(uint64_t)) };

	(void)state;
	assert_non_null(race.theirs);
	for (uint64_t seed = 0; seed < 15; seed++) {
		struct lab l;

		lab_open(&l, 25000 + 1111 * (size_t)seed, 512);
		lab_damage(&l, seed);
		/* ddrescue does not try what is bad at the very end. */
		mun_failing_set(l.d, l.d->nsectors - 1, 1, MUN_FAILING_FINE, 0);
		l.d->fail_ms = 1;
		if (!run_ddrescue(dir, &l)) {
			print_message("SKIP: ddrescue is not installed\n");
			lab_close(&l);
			break;
		}
		race.n = curve_of_log(dir, race.theirs, MAX);
		race.failed = 0;
		l.look = compare_with_theirs;
		l.context = &race;
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		lab_check_complete(&l);
		lab_close(&l);
	}
	free(race.theirs);
	mun_test_dir_remove(dir);
}

/* ---- maps of others ---- */

static void a_map_of_any_grain_is_gone_on_with(void **state)
{
	static const enum mun_read_state states[] = { MUN_READ_NOT_TRIED,
						      MUN_READ_NOT_TRIMMED,
						      MUN_READ_NOT_SCRAPED,
						      MUN_READ_BAD };
	struct mun_err e;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		uint64_t dice = seed;
		struct lab l;

		lab_open(&l, 300, seed % 2 ? 2048 : 512);
		mun_failing_bytes(l.d, 0, l.image, (size_t)l.map.size);
		assert_int_equal(mun_readmap_mark(&l.map, 0, l.map.size,
						  MUN_READ_GOOD, &e),
				 0);
		/* Runs that keep to no sector, and are not in the image. */
		for (int i = 0; i < 40; i++) {
			uint64_t off = lab_random(&dice, l.map.size);
			uint64_t len = 1 + lab_random(&dice, 9000);

			len = MUN_MIN(len, l.map.size - off);
			assert_int_equal(
				mun_readmap_mark(&l.map, off, len,
						 states[lab_random(&dice, 4)],
						 &e),
				0);
			memset(l.image + off, 0, (size_t)len);
		}
		l.r.policy.retries = 1;
		l.r.policy.reverse = seed % 4 > 1;
		l.map.status.phase = "?*/-+"[lab_random(&dice, 5)];
		l.map.status.pos = lab_random(&dice, 2 * l.map.size);
		l.map.status.pass = (unsigned int)lab_random(&dice, 8);
		lab_run_is(&l, 0, MUN_RESCUE_DONE);
		/* But for a retry that was begun behind some of it. */
		if (l.map.nruns > 1)
			lab_run_is(&l, 0, MUN_RESCUE_DONE);
		lab_check_complete(&l);
		assert_int_equal(l.map.nruns, 1);
		lab_close(&l);
	}
}

static void a_map_of_another_size_is_refused(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 300, 512);
	l.d->reader.bytes -= 512;
	lab_run_is(&l, MUN_EINVAL, MUN_RESCUE_DONE);
	assert_int_equal(l.d->reads, 0);
	lab_close(&l);
}

/* ---- what is neither good nor bad ---- */

static void weak_sectors_come_with_the_retries(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 3000, 512);
	/* A large read, one alone, and two retries fail. */
	mun_failing_set(l.d, 1000, 20, MUN_FAILING_WEAK, 4);
	mun_failing_set(l.d, 2000, 5, MUN_FAILING_BAD, 0);
	l.r.policy.retries = 2;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_true(mun_readmap_bytes(&l.map, MUN_READ_BAD) > 5 * 512);
	l.r.policy.retries = 2;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 5 * 512);
	/* Nothing but what is bad is read again. */
	assert_int_equal(l.d->sectors[500].reads, 1);
	lab_close(&l);
}

static void note_order(struct lab *l, const struct mun_rescue_stats *s)
{
	uint64_t *at = l->context;

	if (s->phase != MUN_RESCUE_RETRYING || s->pass > 3)
		return;
	/* Upwards, downwards, upwards. */
	if (at[s->pass] != UINT64_MAX)
		assert_true(s->pass % 2 ? s->pos > at[s->pass]
					: s->pos < at[s->pass]);
	at[s->pass] = s->pos;
}

static void retries_turn_round_after_each_pass(void **state)
{
	uint64_t at[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	struct lab l;

	(void)state;
	lab_open(&l, 3000, 512);
	for (size_t i = 7; i < 3000; i += 500)
		mun_failing_set(l.d, i, 1, MUN_FAILING_BAD, 0);
	l.r.policy.retries = 3;
	l.look = note_order;
	l.context = at;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_int_equal(at[1], 2507 * 512);
	assert_int_equal(at[2], 7 * 512);
	assert_int_equal(at[3], 2507 * 512);
	for (size_t i = 7; i < 3000; i += 500)
		assert_int_equal(l.d->sectors[i].alone, 4);
	lab_close(&l);
}

static void doubtful_data_is_kept_until_better_comes(void **state)
{
	struct lab l;
	uint8_t first;

	(void)state;
	lab_open(&l, 2000, 2352);
	l.d->tells = true;
	mun_failing_set(l.d, 100, 3, MUN_FAILING_DOUBTFUL, 0);
	mun_failing_set(l.d, 500, 2, MUN_FAILING_CORRECTED, 0);
	mun_failing_set(l.d, 700, 4, MUN_FAILING_HEALS, 3);
	mun_failing_set(l.d, 900, 6, MUN_FAILING_BAD, 0);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_DOUBTFUL),
			 7 * 2352);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 6 * 2352);
	assert_int_equal(l.r.stats.corrected, 2);
	/* Each told all at once: nothing is read for a second time. */
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(l.d->sectors[i].reads, 1);
	first = l.image[100 * 2352 + 7];
	lab_save_and_load(&l);
	l.r.policy.retries = 4;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_DOUBTFUL),
			 3 * 2352);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_BAD), 6 * 2352);
	/* No worse, and not another guess. */
	assert_int_equal(l.image[100 * 2352 + 7], first);
	assert_int_equal(l.d->sectors[100].reads, 5);
	lab_close(&l);
}

static void
a_doubtful_sector_that_becomes_unreadable_keeps_its_data(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 300, 2048);
	l.d->tells = true;
	mun_failing_set(l.d, 100, 3, MUN_FAILING_DOUBTFUL, 0);
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	l.d->sectors[101].kind = MUN_FAILING_BAD;
	l.r.policy.retries = 1;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	/* Also of a drive that only says that it failed. */
	l.d->tells = false;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_DOUBTFUL),
			 3 * 2048);
	lab_check_complete(&l);
	lab_close(&l);
}

/* ---- slow areas ---- */

static void slow_areas_come_last(void **state)
{
	struct lab l;
	uint64_t late = 0;
	uint64_t before;

	(void)state;
	lab_open(&l, 40000, 512);
	/* Good all the same: 128 of them take 13 s, a fine cluster 1 ms. */
	mun_failing_set(l.d, 10000, 3000, MUN_FAILING_SLOW, 0);
	l.d->sector_us = 100;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_GOOD), l.map.size);
	assert_true(l.r.stats.slow_reads > 3);
	/* Nearly all of the slow area after the end of the medium. */
	before = l.written_at[39999];
	for (size_t i = 10000; i < 13000; i++)
		late += l.written_at[i] > before;
	assert_true(late > 2000);
	for (size_t i = 0; i < 40000; i++)
		assert_int_equal(l.d->sectors[i].reads, 1);
	lab_close(&l);
}

static void the_least_rate_may_be_given(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, 40000, 512);
	l.d->sector_us = 1000;
	l.r.policy.min_rate = 100000; /* and it gives 500 kB/s */
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_int_equal(l.r.stats.slow_reads, 0);
	assert_true(l.r.stats.rate > 400000 && l.r.stats.rate < 600000);
	lab_close(&l);
	lab_open(&l, 40000, 512);
	l.d->sector_us = 1000;
	l.r.policy.min_rate = 2000000;
	lab_run_is(&l, 0, MUN_RESCUE_DONE);
	assert_true(l.r.stats.slow_reads > 0);
	lab_check_complete(&l);
	assert_int_equal(mun_readmap_bytes(&l.map, MUN_READ_GOOD), l.map.size);
	lab_close(&l);
}

/* ---- for people ---- */

static void phases_have_names(void **state)
{
	static const struct {
		enum mun_rescue_phase phase;
		unsigned int pass;
		const char *want;
	} cases[] = {
		{ MUN_RESCUE_COPYING, 1, "copying, pass 1" },
		{ MUN_RESCUE_TRIMMING, 1, "trimming" },
		{ MUN_RESCUE_SCRAPING, 1, "scraping" },
		{ MUN_RESCUE_RETRYING, 4294967295u,
		  "retrying, pass 4294967295" },
		{ MUN_RESCUE_ENDED, 0, "ended" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_rescue_stats s = { .phase = cases[i].phase,
					      .pass = cases[i].pass };

		mun_rescue_phase_text(&s, text);
		assert_string_equal(text, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fine_medium_is_read_once_and_whole),
		cmocka_unit_test(wider_reads_are_kept_to_if_they_are_faster),
		cmocka_unit_test(a_failing_large_read_costs_nothing_good),
		cmocka_unit_test(no_good_sector_is_lost_whatever_the_damage),
		cmocka_unit_test(
			what_gives_nothing_is_begun_anew_with_another_drive),
		cmocka_unit_test(no_failing_read_finds_us_behind_ddrescue),
		cmocka_unit_test(a_map_of_any_grain_is_gone_on_with),
		cmocka_unit_test(a_map_of_another_size_is_refused),
		cmocka_unit_test(weak_sectors_come_with_the_retries),
		cmocka_unit_test(retries_turn_round_after_each_pass),
		cmocka_unit_test(doubtful_data_is_kept_until_better_comes),
		cmocka_unit_test(
			a_doubtful_sector_that_becomes_unreadable_keeps_its_data),
		cmocka_unit_test(slow_areas_come_last),
		cmocka_unit_test(the_least_rate_may_be_given),
		cmocka_unit_test(phases_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
