/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/catalog_sample.h - records, catalogs and dumps for the tests */
#ifndef MUN_TESTS_CATALOG_SAMPLE_H
#define MUN_TESTS_CATALOG_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"

/* The @kind-th UUID of the @n-th object: 0 is the object itself, 1 to 9 its
 * files, 16 and more its events.  Ordered by @n. */
const char *catalog_sample_id(unsigned int n, unsigned int kind);

/* A record with every kind of row; each third one is partial, and has
 * unreadable ranges.  Free with mun_record_free(). */
struct mun_record *catalog_sample(unsigned int n);

/* Version 2 of that object: another master with all bytes, a map beside it,
 * a new record; and what they took the place of. */
struct mun_record *catalog_sample_revised(unsigned int n);

/* A record without events, agents and identifiers: as little as can be. */
struct mun_record *catalog_sample_small(unsigned int n);

/* Every fact of @r as text; free(). */
char *catalog_sample_dump(const struct mun_record *r);

/* Fail the test where the two differ in any fact. */
void catalog_sample_assert_same(const struct mun_record *a,
				const struct mun_record *b);

/* A new catalog in @dir, open; and the same again for one that is there. */
struct mun_catalog *catalog_sample_new(const char *dir);
struct mun_catalog *catalog_sample_open(const char *dir);

/* Put the @n-th record; ends the test where that fails. */
void catalog_sample_put(struct mun_catalog *c, unsigned int n);

/* Problems that mun_catalog_check() finds, by code; NULL counts all. */
unsigned int catalog_sample_problems(struct mun_catalog *c, const char *code);

/* Run SQL behind the catalog's back, through a connection of its own that has
 * no constraints of ours. */
void catalog_sample_sql(const char *path, const char *sql);

#endif
