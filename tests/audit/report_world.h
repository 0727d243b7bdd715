/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/report_world.h - a small repository whose every figure is known */
#ifndef MUN_TESTS_REPORT_WORLD_H
#define MUN_TESTS_REPORT_WORLD_H

#include "catalog/catalog.h"
#include "core/conf.h"

/*
 * Eleven objects: 1 to 10 of January 2026 (1 to 5 in collection "Letters", 6 to
 * 10 in one whose name means something to HTML, CSV and Prometheus), 11 of
 * August.  Three stores: main, tape (copies of 1 to 3), gone (removed in May).
 * Object 7 was damaged in July, repaired and verified; 8 is missing; tape was
 * at fault in August; an incident of February was closed before July.
 */
#define WORLD_UUID(no) "019a0000-0000-7000-8000-0000000000" no
#define WORLD_EVIL "=cmd|' /C calc'!A0 \"<b>\\"

struct world {
	char *dir; /* a repository's folder */
	struct mun_catalog *c;
	struct mun_conf *conf;
};

/* The clock then stands at 2 October 2026, noon. */
void world_new(struct world *w);
void world_free(struct world *w);

/* As many objects and verdicts; for how long things take. */
void world_grow(struct world *w, unsigned int objects, unsigned int rounds);

/* Set the clock. */
void world_now(const char *rfc3339);

/* Run SQL on the catalog's own connection. */
void world_sql(struct mun_catalog *c, const char *sql);

#endif
