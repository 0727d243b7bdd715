/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/emulate-export/repository.h - a real store and catalog to export from
 *
 * Ends the test where it cannot do its work.
 */
#ifndef MUN_TESTS_REPOSITORY_H
#define MUN_TESTS_REPOSITORY_H

#include <stddef.h>

#include "catalog/catalog.h"
#include "emulate-export/export.h"
#include "store/store.h"

struct test_repository {
	char *dir; /* scratch: ocfl, catalog.db, spool, out */
	char *out; /* where packages go; not made */
	struct mun_store *store;
	struct mun_catalog *catalog;
	struct mun_export_env env;
	char id[MUN_UUID_LEN]; /* of the object put last */
	char *master; /* where its image lies on disk */
};

struct test_object {
	const void *data;
	size_t len;
	const char *name; /* "disk.img" */
	const char *format; /* driver */
	const char *label;
	bool partial; /* with a read map and an unreadable range */
	unsigned int algs; /* 0: sha256 and sha512 */
};

void test_repository_open(struct test_repository *t);
void test_repository_close(struct test_repository *t);

/* Into the store and the catalog, as an ingest would. */
void test_repository_put(struct test_repository *t,
			 const struct test_object *o);

/* Events of that type which the object has in the catalog. */
size_t test_repository_events(struct test_repository *t, const char *type);

#endif
