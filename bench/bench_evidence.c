/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_evidence.c - what schedules, outcomes and evidence cost
 *
 *	bench_evidence CATALOG LEDGER [EVENTS]      (1,000,000 if not said)
 *
 * CATALOG comes from make_catalog and is written to.  Outcomes of intact
 * objects are recorded as an audit records them, in batches of a second, each
 * durable in catalog and ledger, until there are EVENTS; then one is picked of
 * 1,000,000 (object, store) pairs, proved, and all of it compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/evidence.h"
#include "catalog/feed.h"
#include "catalog/query.h"
#include "core/clock.h"
#include "core/parse.h"

static struct mun_err err;

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this process, whoever else has the processors. */
static double cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static _Noreturn void die(const char *what)
{
	char text[1024];

	(void)fprintf(stderr, "%s: %s\n", what,
		      mun_err_text(&err, text, sizeof(text), 1));
	exit(2);
}

static int open_nothing(void *ctx, const char *object, const char *path,
			struct mun_source **out, struct mun_err *e)
{
	(void)ctx;
	(void)object;
	(void)out;
	return mun_fail(e, MUN_EIO, "%s", path);
}

static const struct mun_feed_rule yearly = { NULL, (uint64_t)365 * 86400,
					     false };

static const struct mun_feed_opts opts = {
	.store = "main",
	.rules = &yearly,
	.nrules = 1,
	.batch_ms = 1000,
	.open = open_nothing,
};

/* The objects of a run, without reading them. */
static uint64_t audit(struct mun_catalog *c, double *next_ms)
{
	struct mun_audit_summary sum = { 0 };
	struct mun_catalog_feed *f;
	const struct mun_audit_feed *t;

	if (mun_catalog_feed_open(c, &opts, NULL, NULL, &f, &err))
		die("open");
	t = mun_catalog_feed_table(f);
	for (;;) {
		struct mun_audit_item *item;
		double start = now_ms();

		if (t->next(t->ctx, &item, &err))
			die("next");
		*next_ms += now_ms() - start;
		if (!item)
			break;
		item->started_ms = mun_now_ms();
		item->ended_ms = item->started_ms;
		sum.objects++;
		if (t->report(t->ctx, item, &err))
			die("report");
	}
	if (mun_catalog_feed_finish(f, &sum, &err))
		die("finish");
	mun_catalog_feed_close(f);
	return sum.objects;
}

static void record(struct mun_catalog *c, uint64_t events)
{
	double next = 0;
	double start = now_ms();
	double cpu = cpu_ms();
	double took;
	uint64_t n = 0;

	while (n < events) {
		uint64_t some = audit(c, &next);

		if (!some)
			break;
		n += some;
	}
	took = now_ms() - start;
	printf("outcomes recorded    %10.0f a second (%llu of them; %.1f us of "
	       "a processor each)\n",
	       (double)n / took * 1e3, (unsigned long long)n,
	       (cpu_ms() - cpu) * 1e3 / (double)n);
	printf("next object          %10.2f us\n", next * 1e3 / (double)n);
}

/* The pairs alone are what a pick looks at. */
static void make_pairs(struct mun_catalog *c)
{
	static const char sql[] =
		"BEGIN;"
		"INSERT OR IGNORE INTO audit_state WITH RECURSIVE s (no) AS "
		"(SELECT 2 UNION ALL SELECT no + 1 FROM s WHERE no < "
		"1 + 1000000 / (SELECT count(*) FROM object)) "
		"SELECT a.object, s.no, a.collection, strftime("
		"'%Y-%m-%dT%H:%M:%SZ', 1700000000 + abs(random() % 60000000), "
		"'unixepoch'), '', '', a.files, a.bytes, a.version "
		"FROM audit_state a JOIN s WHERE a.store = 1;"
		"UPDATE audit_state SET base = '2023-01-01T00:00:00Z' "
		"WHERE store = 1 AND object % 3 = 0;"
		"COMMIT;";

	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL)) {
		(void)fprintf(stderr, "%s\n", sqlite3_errmsg(c->db));
		exit(2);
	}
}

static void pick(struct mun_catalog *c)
{
	struct mun_feed_due due;
	int64_t next;
	double best = 1e9;
	double worst = 0;

	make_pairs(c);
	for (int i = 0; i < 50; i++) {
		double start = now_ms();
		double took;

		if (mun_catalog_feed_peek(c, &opts, &due, &next, &err))
			die("peek");
		took = now_ms() - start;
		best = took < best ? took : best;
		worst = took > worst ? took : worst;
	}
	printf("pick of all pairs    %10.3f ms (worst %.3f)\n", best, worst);
}

static void tell(void *ctx, const struct mun_ledger_problem *p)
{
	(void)ctx;
	printf("%s: %s: %s\n", p->code, p->where, p->text);
}

static void compare(struct mun_catalog *c, const char *dir)
{
	const struct mun_ledger_check how = { 0 };
	struct mun_ledger_verdict v;
	double start = now_ms();

	if (mun_catalog_compare(c, dir, &how, tell, NULL, &v, &err))
		die("compare");
	printf("ledger verify        %10.2f s (%llu entries, %llu problems)\n",
	       (now_ms() - start) / 1e3, (unsigned long long)v.entries,
	       (unsigned long long)v.problems);
}

int main(int argc, char **argv)
{
	struct mun_catalog *c = NULL;
	uint64_t events = 1000000;
	double start;

	if (argc < 3 || argc > 4)
		return 64;
	if (argc == 4 && mun_parse_u64(argv[3], 1, 100000000, &events, &err))
		die(argv[3]);
	if (mun_ledger_init(argv[2], &err) ||
	    mun_catalog_open(argv[1], &c, &err))
		die(argv[1]);
	start = now_ms();
	if (mun_catalog_attach(c, argv[2], &err))
		die(argv[2]);
	printf("ledger attached      %10.0f ms\n", now_ms() - start);
	record(c, events);
	compare(c, argv[2]);
	pick(c);
	mun_catalog_close(c);
	return 0;
}
