/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/ingest/box.h - a scratch repository to ingest into, and what is in it
 *
 * Ends the test where it cannot do its work.
 */
#ifndef MUN_TESTS_INGEST_BOX_H
#define MUN_TESTS_INGEST_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "ingest/expect.h"
#include "ingest/ingest.h"
#include "store/store.h"

struct test_box {
	char *dir; /* scratch: ocfl, catalog.db, spool, and what a test adds */
	char *ocfl;
	char *db;
	char *spool;
	struct mun_store *store;
	struct mun_catalog *catalog;
	struct mun_ingest_env env; /* sha256 and sha512 */
	struct mun_conf *conf; /* test_box_parity() */
	struct mun_expect *expect; /* test_box_promise() */
	void *made; /* the file of an empty catalog, of so many bytes */
	size_t made_len;
};

void test_box_open(struct test_box *b);
void test_box_close(struct test_box *b);

/* Put store and catalog away, and open them again. */
void test_box_drop(struct test_box *b);
void test_box_reopen(struct test_box *b);

/* All of it out again: as after test_box_open(). */
void test_box_empty(struct test_box *b);

/* Make the file @name in the scratch folder; its path, free(). */
char *test_box_file(const struct test_box *b, const char *name,
		    const void *data, size_t len);

/* The policy wants so much parity from now on: "10%". */
void test_box_parity(struct test_box *b, const char *percent);

/* A donor's manifest of these @text, as file @name in the scratch folder, and
 * what it promises of @source; lent until the box is closed. */
const struct mun_expectation *
test_box_promise(struct test_box *b, const char *name, const char *text,
		 const char *source, bool accept_mismatch);

/* "hex  NAME\n" of one digest; free(). */
char *test_box_line(enum mun_digest_alg alg, const void *data, size_t len,
		    const char *name);

/* What a check of the repository says: its last words are kept for messages. */
struct test_problems {
	size_t errors;
	size_t warnings;
	char last[1200];
};
struct test_problems test_box_problems(const struct test_box *b, bool content);

/* No error and no warning; reads every stored byte. */
void test_box_assert_clean(const struct test_box *b);

/* How many: in the catalog, in the store, sessions that could be resumed. */
size_t test_box_catalogued(const struct test_box *b);
size_t test_box_stored(const struct test_box *b);
size_t test_box_sessions(const struct test_box *b);

/* Resume every session; the number of them.  Each must end well. */
size_t test_box_resume(const struct test_box *b);

/* Is the master of object @id exactly these bytes, on disk? */
void test_box_assert_master(const struct test_box *b, const char *id,
			    const void *data, size_t len);

/* Fails the test with the chain of errors, where @rc is not 0. */
void test_must(int rc, const struct mun_err *e);

#endif
