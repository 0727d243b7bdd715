/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/rights_sample.h - a catalog with three objects, to restrict */
#ifndef MUN_TESTS_CATALOG_RIGHTS_SAMPLE_H
#define MUN_TESTS_CATALOG_RIGHTS_SAMPLE_H

#include "catalog/rights.h"
#include "tests/catalog/catalog_sample.h"

/* One at a time: between set_up() and tear_down(). */
extern char *dir;
extern char *path; /* of the catalog */
extern struct mun_catalog *c;
extern struct mun_err e;

/* As setup and teardown of cmocka; the time is that of evidence_sample.h. */
int set_up(void **state);
int tear_down(void **state);

/* Ends the test with the text of @e, unless @rc is 0. */
void ok(int rc);

/* Milliseconds of a time. */
int64_t at(const char *text);

/* @x of the sample object @n. */
void add(unsigned int n, const struct mun_rec_rights *x,
	 char id[static MUN_UUID_LEN]);
/* Its record; mun_record_free(). */
struct mun_record *get(unsigned int n);

#endif
