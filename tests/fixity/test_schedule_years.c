/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_schedule_years.c - ten years of audits, played through
 *
 * 100,000 objects on four stores with a policy each, in four time zones, on a
 * machine whose clock is put back and forward by hours to a year.  The player
 * knows the true time, and asks only fixity/schedule.h what to do and when.
 */
#include <stdio.h>
#include <time.h>

#include "core/check.h"
#include "core/clock.h"
#include "fixity/schedule.h"
#include "tests/support/support.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START (INT64_C(1798761600000)) /* 2027-01-01T00:00:00Z */
#define END (START + 3653 * DAY) /* with 2028, 2032 and 2036 */

struct object {
	int64_t last; /* by the clock: what a catalog would say */
	int64_t truly; /* when it was so */
	int64_t due; /* as asked for when it was put in the heap */
	int64_t by; /* true time: verified so far in the future that nobody can
		     * wait for it, so it must be done by then; or 0 */
	uint32_t cost; /* ms of reading */
	uint32_t left; /* of them */
};

struct policy {
	uint64_t every; /* s */
	struct mun_window window;
	size_t objects;
	double load; /* share of the open time */
	bool at_once; /* all ingested in one moment */
};

static const struct policy policies[] = {
	{ 180 * 86400, { 22 * 60, 6 * 60 }, 40000, 0.6, false },
	{ 365 * 86400, { 0, 0 }, 35000, 0.5, true },
	/* the hour that is not there once a year, and there twice once */
	{ 300 * 86400, { 150, 210 }, 20000, 0.6, false },
	{ 90 * 86400, { 12 * 60, 20 * 60 }, 5000, 0.7, false },
};

/* The clock is put forward (or back) by @by at @when; all is well again after
 * the seventh year. */
static const struct {
	int64_t when; /* days after START */
	int64_t by; /* ms */
} jumps[] = {
	{ 400, -HOUR },       { 500, 3 * HOUR },    { 600, -2 * HOUR },
	{ 800, -40 * DAY },   { 900, 40 * DAY },    { 1200, 365 * DAY },
	{ 1230, -365 * DAY }, { 1700, -365 * DAY }, { 1710, 365 * DAY },
	{ 2200, 10 * DAY },   { 2201, -10 * DAY },
};

struct player {
	const struct policy *p;
	struct object *objects;
	size_t n;
	uint32_t *heap; /* by due */
	size_t nheap;
	int64_t t; /* true time */
	int64_t off; /* of the clock */
	size_t jump; /* the next */
	uint64_t seed;
	/* what came of it */
	uint64_t verified;
	uint64_t looked;
	uint64_t doubted; /* verified again as they were so in the future */
	int64_t worst; /* late, in quiet times */
};

static uint64_t next_random(struct player *g)
{
	uint64_t z = g->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t clock_of(const struct player *g)
{
	return g->t + g->off;
}

static void sink(struct player *g, size_t i)
{
	uint32_t *h = g->heap;
	uint32_t v = h[i];

	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= g->nheap)
			break;
		if (c + 1 < g->nheap &&
		    g->objects[h[c + 1]].due < g->objects[h[c]].due)
			c++;
		if (g->objects[v].due <= g->objects[h[c]].due)
			break;
		h[i] = h[c];
		i = c;
	}
	h[i] = v;
}

/* After the clock was put: every date means something else now. */
static void ask_for_all(struct player *g)
{
	int64_t every = (int64_t)g->p->every * 1000;
	int64_t now = clock_of(g);

	g->nheap = g->n;
	for (size_t i = 0; i < g->n; i++) {
		struct object *o = &g->objects[i];

		g->heap[i] = (uint32_t)i;
		o->due = mun_due_at(o->last, g->p->every, now);
		o->by = o->last > now + every ? g->t + every : 0;
	}
	for (size_t i = g->n / 2; i-- > 0;)
		sink(g, i);
}

static int64_t next_jump(const struct player *g)
{
	return g->jump < MUN_COUNT(jumps) ? START + jumps[g->jump].when * DAY
					  : END;
}

/* Let @ms go by; put the clock where that is due. */
static void pass(struct player *g, int64_t ms)
{
	g->t += ms;
	if (g->t < next_jump(g) || g->jump == MUN_COUNT(jumps))
		return;
	g->off += jumps[g->jump++].by;
	ask_for_all(g);
}

/* Was the clock put between @from and now, or so short before that the wave of
 * work that follows is not yet over? */
static bool is_troubled(const struct player *g, int64_t from)
{
	int64_t every = (int64_t)g->p->every * 1000;

	if (g->p->at_once && g->t < START + 3 * every)
		return true;
	for (size_t i = 0; i < g->jump; i++)
		if (START + jumps[i].when * DAY + 5 * every / 2 > from)
			return true;
	return false;
}

/* How far the clock was put back, or forward, since @from. */
static int64_t put_since(const struct player *g, int64_t from, bool back)
{
	int64_t sum = 0;

	for (size_t i = 0; i < g->jump; i++) {
		if (START + jumps[i].when * DAY < from)
			continue;
		if (back == (jumps[i].by < 0))
			sum += jumps[i].by;
	}
	return back ? -sum : sum;
}

/* Reading begins or goes on: is the window open by the wall's clock? */
static void check_window(struct player *g, int64_t clock)
{
	const struct mun_window *w = &g->p->window;
	time_t s = (time_t)(clock / 1000);
	struct tm tm;
	int minute;

	assert_non_null(localtime_r(&s, &tm));
	minute = tm.tm_hour * 60 + tm.tm_min;
	g->looked++;
	if (w->from == w->to)
		return;
	if (w->from < w->to ? minute < w->from || minute >= w->to
			    : minute < w->from && minute >= w->to)
		fail_msg("read at %02d:%02d", tm.tm_hour, tm.tm_min);
}

/* None of some others has been overdue for longer. */
static void check_order(struct player *g, const struct object *o)
{
	int64_t now = clock_of(g);
	int64_t ours = mun_overdue(o->last, g->p->every, now);

	/* Verified in the future: due when the clock was put back. */
	if (o->last > now)
		return;
	for (int i = 0; i < 8; i++) {
		const struct object *other = &g->objects[next_random(g) % g->n];

		if (other == o || other->last > now)
			continue;
		if (mun_overdue(other->last, g->p->every, now) > ours)
			fail_msg("an object that is overdue for longer waits");
	}
}

/* Reading begins, and not long before the true date; but where the clock says
 * otherwise, or cannot be believed. */
static void check_begin(const struct player *g, const struct object *o)
{
	int64_t every = (int64_t)g->p->every * 1000;
	int64_t gap = g->t - o->truly;

	if (o->last <= clock_of(g) &&
	    gap < every - put_since(g, o->truly, false))
		fail_msg("early: %jd days, every %jd", (intmax_t)(gap / DAY),
			 (intmax_t)(every / DAY));
}

/* The true time between two verifications. */
static void check_interval(struct player *g, const struct object *o)
{
	int64_t every = (int64_t)g->p->every * 1000;
	int64_t gap = g->t - o->truly;
	int64_t slack = is_troubled(g, o->truly) ? every : 4 * DAY;

	if (gap > every + put_since(g, o->truly, true) + slack)
		fail_msg("starved: %jd days, every %jd", (intmax_t)(gap / DAY),
			 (intmax_t)(every / DAY));
	if (o->by && g->t > o->by)
		fail_msg("what was verified in the future is left alone");
	g->doubted += o->by != 0;
	if (!is_troubled(g, o->truly))
		g->worst = MUN_MAX(g->worst, gap - every);
}

/* The object at the heap's top has been read to its end. */
static void record(struct player *g, struct object *o)
{
	check_interval(g, o);
	o->last = clock_of(g);
	o->truly = g->t;
	o->left = o->cost;
	o->by = 0;
	o->due = mun_due_at(o->last, g->p->every, o->last);
	sink(g, 0);
	g->verified++;
}

/* What is due first; asked for anew, as a date in the future may meanwhile have
 * come to pass. */
static struct object *pick(struct player *g)
{
	for (;;) {
		struct object *o = &g->objects[g->heap[0]];
		int64_t now = clock_of(g);
		int64_t due = mun_due_at(o->last, g->p->every, now);

		if (o->left != o->cost || o->last > now || due == o->due)
			return o;
		o->due = due;
		sink(g, 0);
	}
}

/* Read on for @ms; it is due and there is time. */
static void read_on(struct player *g, struct object *o, int64_t ms)
{
	int64_t now = clock_of(g);
	bool to_the_end = ms >= o->left;

	if (o->left == o->cost)
		check_begin(g, o);
	if (g->verified % 16 == 0 || !to_the_end) {
		check_order(g, o);
		check_window(g, now);
		check_window(g, now + ms - 1);
	}
	o->left -= (uint32_t)ms;
	g->t += ms;
	if (to_the_end)
		record(g, o);
	pass(g, 0);
}

/* While the window is open: longest overdue first, until it closes or the clock
 * is put. */
static void work(struct player *g, int64_t closes)
{
	size_t jump = g->jump;

	while (g->t < END && g->jump == jump) {
		const int64_t now = clock_of(g);
		int64_t stop = MUN_MIN(closes - now, next_jump(g) - g->t);
		struct object *o = pick(g);

		if (stop <= 0)
			return;
		if (o->due > now)
			pass(g, MUN_MIN(o->due - now, stop));
		else
			read_on(g, o, MUN_MIN(o->left, stop));
	}
}

static void live(struct player *g)
{
	while (g->t < END) {
		int64_t now = clock_of(g);
		int64_t next;

		if (mun_window_is_open(&g->p->window, now, &next))
			work(g, next);
		else
			pass(g, MUN_MIN(next - now, next_jump(g) - g->t));
	}
}

/* As if it had been so for long; but for what was ingested at once. */
static void ingest(struct player *g)
{
	int64_t every = (int64_t)g->p->every * 1000;
	uint64_t open = mun_window_seconds(&g->p->window, START, START + every);
	double mean = g->p->load * (double)open * 1000 / (double)g->n;

	for (size_t i = 0; i < g->n; i++) {
		struct object *o = &g->objects[i];
		double size = (double)(next_random(g) % 1000) / 1000;

		o->last = START;
		if (!g->p->at_once)
			o->last -= (int64_t)(next_random(g) % (uint64_t)every);
		o->truly = o->last;
		/* One in a hundred is a large one. */
		o->cost = (uint32_t)(mean * (0.5 + size) * 0.9) + 1;
		if (i % 100 == 0)
			o->cost += (uint32_t)(mean * 10);
		o->left = o->cost;
	}
	ask_for_all(g);
}

static void check_the_end(struct player *g)
{
	int64_t every = (int64_t)g->p->every * 1000;

	for (size_t i = 0; i < g->n; i++) {
		assert_true(g->objects[i].last <= clock_of(g));
		assert_true(g->t - g->objects[i].truly <= every + 4 * DAY);
	}
	/* Three years of quiet: the promise was kept to days. */
	assert_in_range(g->worst, 0, 4 * DAY);
	assert_true(g->looked > 1000);
	assert_true(g->p->every >= 365 * 86400 || g->doubted > g->n / 50);
	assert_int_equal(g->jump, MUN_COUNT(jumps));
	assert_int_equal(g->off, 0);
}

static void play(const char *zone)
{
	size_t most = policies[0].objects;
	struct object *objects = calloc(most, sizeof(*objects));
	uint32_t *heap = calloc(most, sizeof(*heap));
	uint64_t verified = 0;
	uint64_t looked = 0;
	int64_t worst = 0;

	assert_true(objects && heap);
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
	for (size_t i = 0; i < MUN_COUNT(policies); i++) {
		struct player g = { .p = &policies[i],
				    .objects = objects,
				    .n = policies[i].objects,
				    .heap = heap,
				    .t = START,
				    .seed = i };

		ingest(&g);
		live(&g);
		check_the_end(&g);
		verified += g.verified;
		looked += g.looked;
		worst = MUN_MAX(worst, g.worst);
	}
	print_message("%s: %ju verifications, %ju looks at the wall's clock; "
		      "in quiet years at most %.1f hours late\n",
		      zone, (uintmax_t)verified, (uintmax_t)looked,
		      (double)worst / (double)HOUR);
	free(objects);
	free(heap);
}

static void ten_years_in_utc(void **state)
{
	(void)state;
	play("UTC");
}

static void ten_years_in_berlin(void **state)
{
	(void)state;
	play("Europe/Berlin");
}

static void ten_years_in_new_york(void **state)
{
	(void)state;
	play("America/New_York");
}

static void ten_years_on_lord_howe_island(void **state)
{
	(void)state;
	play("Australia/Lord_Howe");
}

static void the_objects_are_a_hundred_thousand(void **state)
{
	int64_t off = 0;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(policies); i++)
		n += policies[i].objects;
	for (size_t i = 0; i < MUN_COUNT(jumps); i++)
		off += jumps[i].by;
	assert_int_equal(n, 100000);
	assert_int_equal(off, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_objects_are_a_hundred_thousand),
		cmocka_unit_test(ten_years_in_utc),
		cmocka_unit_test(ten_years_in_berlin),
		cmocka_unit_test(ten_years_in_new_york),
		cmocka_unit_test(ten_years_on_lord_howe_island),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
