/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_catalog.c - what list, show and search cost inside the catalog
 *
 *	bench_catalog PATH
 *
 * Each is timed with its own opening and closing, as a command has it; the best
 * of five.  Whole processes are timed with the program itself.
 */
#include <stdio.h>
#include <time.h>

#include "catalog/catalog.h"

static struct mun_err err;
static char some_id[MUN_UUID_LEN];
static unsigned int rows;

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int take(void *ctx, const struct mun_catalog_row *row, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	if (++rows == 5000)
		(void)snprintf(some_id, sizeof(some_id), "%s", row->id);
	return 0;
}

static int nothing(struct mun_catalog *c, const char *arg)
{
	(void)c;
	(void)arg;
	return 0;
}

static int list(struct mun_catalog *c, const char *arg)
{
	return mun_catalog_list(c, NULL, arg, take, NULL, &err);
}

static int search(struct mun_catalog *c, const char *arg)
{
	return mun_catalog_search(c, arg, take, NULL, &err);
}

static int show(struct mun_catalog *c, const char *arg)
{
	struct mun_record *r = NULL;
	char id[MUN_UUID_LEN];
	int rc = mun_catalog_resolve(c, *arg ? arg : some_id, id, &err);

	if (!rc)
		rc = mun_catalog_get(c, id, false, &r, &err);
	if (!rc)
		mun_record_free(r);
	return rc;
}

static void tell(void *ctx, const struct mun_catalog_problem *p)
{
	(void)ctx;
	(void)fprintf(stderr, "%s: %s: %s\n", p->code, p->where, p->text);
}

static int check(struct mun_catalog *c, const char *arg)
{
	(void)arg;
	return mun_catalog_check(c, tell, NULL, &err);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(struct mun_catalog *c, const char *arg);
		const char *arg;
		int runs;
	} cases[] = {
		{ "open and close", nothing, "", 5 },
		{ "list", list, NULL, 5 },
		{ "list --status partial", list, "partial", 5 },
		{ "show ID", show, "", 5 },
		{ "show barcode=", show, "barcode=31234000004711", 5 },
		{ "search (one object)", search, "31234000004711", 5 },
		{ "search (a rare word)", search, "word4095", 5 },
		{ "search (two words)", search, "backup budget", 5 },
		{ "search (common word)", search, "backup", 5 },
		{ "search (a beginning)", search, "2025-01", 5 },
		{ "search (every object)", search, "fonds", 5 },
		{ "check", check, "", 1 },
	};

	if (argc != 2)
		return 64;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double best = 1e9;

		for (int n = 0; n < cases[i].runs; n++) {
			struct mun_catalog *c = NULL;
			double start = now_ms();
			double took;

			rows = 0;
			if (mun_catalog_open(argv[1], &c, &err) ||
			    cases[i].fn(c, cases[i].arg)) {
				(void)fprintf(stderr, "%s: %s\n", cases[i].name,
					      err.lines[0].text);
				return 2;
			}
			mun_catalog_close(c);
			took = now_ms() - start;
			best = took < best ? took : best;
		}
		printf("%-24s %9.2f ms %8u rows\n", cases[i].name, best, rows);
	}
	return 0;
}
