/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/connect.c - connections, waiting for other processes, transactions */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/query.h"
#include "catalog/seal.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"

/* How long a lock is waited for; once we are asked to stop, only so long that
 * the end of what was begun can still be written. */
#define WAIT_MS ((int64_t)10 * 60 * 1000)
#define WAIT_CANCELLED_MS 2000

static void nap(int n)
{
	static const long ms[] = { 1, 1, 2, 3, 5, 8, 13, 20, 30, 50 };
	size_t i = MUN_MIN((size_t)n, MUN_COUNT(ms) - 1);

	(void)nanosleep(&(struct timespec){ 0, ms[i] * 1000000 }, NULL);
}

/* Called by SQLite for the @n-th time while another process has the lock. */
static int wait_for_lock(void *ctx, int n)
{
	struct mun_catalog *c = ctx;
	int64_t waited;

	if (n == 0)
		c->waiting_since = mun_clock_monotonic_ms();
	waited = mun_clock_monotonic_ms() - c->waiting_since;
	if (waited > WAIT_MS || (mun_cancelled() && waited > WAIT_CANCELLED_MS))
		return 0;
	nap(n);
	return 1;
}

/*
 * FULL makes each commit durable before it is reported.  No mmap_size: a bad
 * sector under a map is a SIGBUS, under read(2) an error that we can report.
 * The cache is for batches of outcomes, which touch pages all over the file.
 */
static const char settings[] = "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA recursive_triggers = ON;"
			       "PRAGMA cache_size = -32768;" /* KiB */
			       "PRAGMA trusted_schema = OFF;";

/* SQLite before 3.41 takes its own JSON functions, which make the entries of
 * the ledger, for unsafe where a view calls them.  What else is unsafe is not
 * there: extensions cannot be loaded, and our only function is a digest. */
static const char trusted[] = "PRAGMA trusted_schema = ON;";
#define JSON_IN_VIEWS 3041000

/* SQLite counts its memory under one lock for all threads, a twentieth of the
 * work on small objects, and nobody asks.  Refused, which is no harm, where
 * SQLite is at work already. */
static pthread_once_t uncounted = PTHREAD_ONCE_INIT;

static void do_not_count(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int set_up(struct mun_catalog *c, const char *path, int flags,
		  struct mun_err *e)
{
	int rc;

	(void)pthread_once(&uncounted, do_not_count);
	/* One thread at a time is our contract, so no mutex for each column. */
	rc = sqlite3_open_v2(
		path, &c->db,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (!c->db)
		return mun_fail_nomem(e, "catalog");
	if (!rc)
		rc = sqlite3_busy_handler(c->db, wait_for_lock, c);
	if (!rc)
		rc = mun_seal_register(c->db);
	if (!rc)
		rc = sqlite3_exec(c->db, settings, NULL, NULL, NULL);
	if (!rc && sqlite3_libversion_number() < JSON_IN_VIEWS)
		rc = sqlite3_exec(c->db, trusted, NULL, NULL, NULL);
	return rc ? mun_query_fail(c, rc, e) : 0;
}

int mun_query_connect(const char *path, int flags, struct mun_catalog **out,
		      struct mun_err *e)
{
	mun_auto(catalog) *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mun_fail_nomem(e, "catalog");
	rc = mun_strdup(path, &c->path, e);
	if (!rc)
		rc = set_up(c, path, flags, e);
	if (rc)
		return rc;
	*out = mun_steal(&c);
	return 0;
}

/* Readers and a writer side by side; the file keeps the mode. */
int mun_query_wal(struct mun_catalog *c, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_WAL);
	int rc = mun_query_row(&q, e);

	if (rc < 0)
		return rc;
	if (strcmp(mun_column_text(&q, 0), "wal"))
		return mun_fail(e, MUN_EIO,
				"this file system does not let SQLite share "
				"memory (write-ahead log)");
	return 0;
}

/* All of the log into the file, so that the file alone is the catalog. */
int mun_query_checkpoint(struct mun_catalog *c, struct mun_err *e)
{
	int rc = sqlite3_wal_checkpoint_v2(
		c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return rc ? mun_query_fail(c, rc, e) : 0;
}

void mun_catalog_close(struct mun_catalog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < MUN_STMT_N; i++)
		(void)sqlite3_finalize(c->cache[i]);
	/* Every statement is finalized, so this cannot be refused. */
	(void)sqlite3_close(c->db);
	free(c->path);
	free(c->ledger);
	free(c);
}

static int simple(struct mun_catalog *c, enum mun_stmt id, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	return mun_query_run(&q, e);
}

static int once(struct mun_catalog *c, bool write, mun_txn_fn *fn, void *ctx,
		struct mun_err *e)
{
	struct mun_err ignored;
	int rc = simple(c, write ? MUN_STMT_BEGIN_WRITE : MUN_STMT_BEGIN_READ,
			e);

	if (rc)
		return rc;
	c->next_leaf = -1;
	c->born = false;
	rc = fn(c, ctx, e);
	if (!rc)
		rc = simple(c, MUN_STMT_COMMIT, e);
	/* After some errors SQLite has rolled back by itself. */
	if (rc && !sqlite3_get_autocommit(c->db))
		(void)simple(c, MUN_STMT_ROLLBACK, &ignored);
	return rc;
}

int mun_query_txn(struct mun_catalog *c, bool write, mun_txn_fn *fn, void *ctx,
		  struct mun_err *e)
{
	int64_t start = mun_clock_monotonic_ms();
	int rc;

	if (!sqlite3_get_autocommit(c->db))
		return fn(c, ctx, e);
	/* The busy handler has done its waiting; what is left over is what
	 * SQLite does not wait for (a snapshot that became old, recovery). */
	for (int n = 0;; n++) {
		rc = once(c, write, fn, ctx, e);
		if (!rc && c->written && c->next_leaf >= 0)
			c->written(c);
		if (rc != MUN_EBUSY || mun_cancelled() ||
		    mun_clock_monotonic_ms() - start > WAIT_MS)
			return rc;
		nap(n);
	}
}
