/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/query.h - the connection, its statements and transactions
 *
 * For the sources of this folder, its tests and benchmarks only.  A query is
 * begun, its parameters are bound in order, its rows are read; errors of
 * binding stick and are told by the first mun_query_row() or mun_query_run().
 */
#ifndef MUN_CATALOG_QUERY_H
#define MUN_CATALOG_QUERY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/err.h"

enum mun_stmt {
#define STMT(name, sql) MUN_STMT_##name,
#include "catalog/statements.def"
#undef STMT
	MUN_STMT_N
};

struct mun_catalog {
	sqlite3 *db;
	char *path;
	int64_t waiting_since; /* for the lock; monotonic ms */
	sqlite3_stmt *cache[MUN_STMT_N];

	/* Of the transaction at hand. */
	int64_t next_leaf; /* negative: not looked up */
	bool born; /* it has an identity (catalog/catalog_leaf.h) */
	bool replaying; /* facts come from a ledger, and are in it */

	/* Called after each transaction that wrote facts, or NULL.  What fails
	 * is its own to tell: the facts are safe. */
	void (*written)(struct mun_catalog *c);
	char *ledger; /* the folder, of catalog/evidence.h; or NULL */
};

struct mun_query {
	struct mun_catalog *c;
	sqlite3_stmt *st;
	int bound; /* parameters so far */
	int rc; /* the first failure: an SQLite result */
	bool own; /* not the cached one, which is in use */
};

/* The text of a statement; a name for errors. */
const char *mun_stmt_sql(enum mun_stmt id);
const char *mun_stmt_name(enum mun_stmt id);

/**
 * mun_query_connect() - a connection with our settings and functions
 * @flags: SQLITE_OPEN_READWRITE, with SQLITE_OPEN_CREATE for a new file
 *
 * Nothing of the file is looked at yet.
 * Return: 0, MUN_ECORRUPT (not a database), MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_query_connect(const char *path, int flags,
				struct mun_catalog **out, struct mun_err *e);

/* Set or confirm the write-ahead log.  MUN_EIO where it cannot be had. */
MUN_CHECK int mun_query_wal(struct mun_catalog *c, struct mun_err *e);

/* Move all of the write-ahead log into the file and empty it. */
MUN_CHECK int mun_query_checkpoint(struct mun_catalog *c, struct mun_err *e);

/**
 * mun_query_fail() - record what SQLite said last on this connection
 * @rc: its result
 *
 * Return: MUN_ECORRUPT for damage (also for a statement that does not fit the
 * schema: ours fit a whole one), MUN_EIO with sys set, MUN_EBUSY,
 * MUN_ECANCELLED, MUN_ENOMEM, MUN_EINVAL for a broken constraint.
 */
int mun_query_fail(struct mun_catalog *c, int rc, struct mun_err *e);

/* The statement, to be bound and run; the first use prepares it. */
struct mun_query mun_query_begin(struct mun_catalog *c, enum mun_stmt id);

/* Done with it; begin again for another run with rows. */
void mun_query_end(struct mun_query *q);
#define mun_autoquery __attribute__((cleanup(mun_query_end)))

/* The next parameter.  Text and blobs are lent until the query ends. */
void mun_query_text(struct mun_query *q, const char *text);
void mun_query_int(struct mun_query *q, int64_t value);
void mun_query_u64(struct mun_query *q, uint64_t value);
void mun_query_blob(struct mun_query *q, const void *data, size_t len);
void mun_query_null(struct mun_query *q);

/* A number of a row, or NULL where it is 0. */
void mun_query_ref(struct mun_query *q, int64_t no);

/* 1: there is a row; 0: there is none (any more); negative: an error. */
MUN_CHECK int mun_query_row(struct mun_query *q, struct mun_err *e);

/* All of a statement that gives no rows; it can be bound and run again. */
MUN_CHECK int mun_query_run(struct mun_query *q, struct mun_err *e);

/* A column of the row; NULL is "" or 0.  Lent until the next row. */
const char *mun_column_text(struct mun_query *q, int column);
int64_t mun_column_int(struct mun_query *q, int column);
const void *mun_column_blob(struct mun_query *q, int column, size_t *len_out);

/* A UUID; MUN_ECORRUPT where the column holds anything else. */
MUN_CHECK int mun_column_uuid(struct mun_query *q, int column,
			      char out[static MUN_UUID_LEN], struct mun_err *e);

/* The one integer that a statement gives; 0 where it gives no row. */
MUN_CHECK int mun_query_number(struct mun_query *q, int64_t *out,
			       struct mun_err *e);

typedef int mun_txn_fn(struct mun_catalog *c, void *ctx, struct mun_err *e);

/**
 * mun_query_txn() - @fn in a transaction: all of it or nothing
 * @write: take the writer's lock at once, waiting for other processes
 *
 * @fn may be run again from the start where SQLite asks for it.  Inside a
 * transaction of the caller @fn is a part of that one.
 * Return: what @fn returned; MUN_EBUSY after ten minutes of waiting;
 * MUN_ECANCELLED; MUN_EIO.
 */
MUN_CHECK int mun_query_txn(struct mun_catalog *c, bool write, mun_txn_fn *fn,
			    void *ctx, struct mun_err *e);

#endif
