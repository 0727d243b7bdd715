/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/emulate-export/repository.h - a real store and catalog to export from
 *
 * Ends the test where it cannot do its work.
 */
#ifndef MUN_TESTS_REPOSITORY_H
#define MUN_TESTS_REPOSITORY_H

#include <stddef.h>
#include <stdint.h>

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
	const char *target; /* of test_repository_export(); NULL: QEMU */
};

struct test_object {
	const void *data;
	size_t len;
	const char *name; /* "disk.img" */
	const char *format; /* driver */
	const char *label;
	bool imaged; /* here, from the medium */
	bool partial; /* with a read map and an unreadable range */
	unsigned int algs; /* 0: sha256 and sha512 */
	bool other_content; /* the recorded content is of other bytes */
	const void *content; /* what it decodes to; NULL: the file itself */
	size_t content_len;
};

void test_repository_open(struct test_repository *t);
void test_repository_close(struct test_repository *t);

/* Into the store and the catalog, as an ingest would. */
void test_repository_put(struct test_repository *t,
			 const struct test_object *o);

/* Events of that type which the object has in the catalog. */
size_t test_repository_events(struct test_repository *t, const char *type);

/* As mun_export() for the object put last, into t->out. */
MUN_CHECK int test_repository_export(struct test_repository *t,
				     enum mun_package_kind kind,
				     struct mun_export_result *out,
				     struct mun_err *e);

/* Names in the output folder: of packages, and all with the hidden ones. */
size_t test_repository_packages(const struct test_repository *t);
size_t test_repository_entries(const struct test_repository *t);

/* Remove the output folder. */
void test_repository_clean(const struct test_repository *t);

/* Change one bit of a file, whatever its mode. */
void test_flip(const char *path, uint64_t off);

#endif
