/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/query.c - statements: cached, bound, stepped; SQLite's errors */
#include "catalog/query.h"

#include <errno.h>
#include <string.h>

#include "core/log.h"

static const struct {
	const char *name;
	const char *sql;
} statements[MUN_STMT_N] = {
#define STMT(name, sql) { #name, sql },
#include "catalog/statements.def"
#undef STMT
};

const char *mun_stmt_sql(enum mun_stmt id)
{
	return statements[id].sql;
}

const char *mun_stmt_name(enum mun_stmt id)
{
	return statements[id].name;
}

static int code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return MUN_ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return MUN_EBUSY;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
		return MUN_EINVAL;
	/* Our statements fit an undamaged schema: a test prepares each. */
	case SQLITE_ERROR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_SCHEMA:
		return MUN_ECORRUPT;
	case SQLITE_INTERRUPT:
		return MUN_ECANCELLED;
	default:
		return MUN_EIO;
	}
}

int mun_query_fail(struct mun_catalog *c, int rc, struct mun_err *e)
{
	int code = code_of(rc);
	int sys = 0;

	if (code == MUN_EBUSY && mun_cancelled())
		return mun_fail(e, MUN_ECANCELLED,
				"cancelled while waiting "
				"for the catalog");
	if (code == MUN_EBUSY)
		return mun_fail(e, code,
				"another process keeps the catalog "
				"'%s' locked",
				c->path);
	if ((rc & 0xff) == SQLITE_FULL)
		sys = ENOSPC;
	else if (code == MUN_EIO)
		sys = sqlite3_system_errno(c->db);
	/* The handle's text is of the last call only: is it this one's? */
	return mun_err_set(e, code, sys, __FILE__, __LINE__, "catalog '%s': %s",
			   c->path,
			   (sqlite3_errcode(c->db) & 0xff) == (rc & 0xff)
				   ? sqlite3_errmsg(c->db)
				   : sqlite3_errstr(rc));
}

static int prepare(struct mun_catalog *c, enum mun_stmt id, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(c->db, statements[id].sql, -1,
				  SQLITE_PREPARE_PERSISTENT, out, NULL);
}

struct mun_query mun_query_begin(struct mun_catalog *c, enum mun_stmt id)
{
	struct mun_query q = { .c = c };

	if (!c->cache[id])
		q.rc = prepare(c, id, &c->cache[id]);
	q.st = c->cache[id];
	/* A callback may ask what its caller is still reading. */
	if (q.st && sqlite3_stmt_busy(q.st)) {
		q.st = NULL;
		q.rc = prepare(c, id, &q.st);
		q.own = true;
	}
	return q;
}

void mun_query_end(struct mun_query *q)
{
	/* Both repeat the error of the last step, which has been told. */
	if (q->own) {
		(void)sqlite3_finalize(q->st);
	} else if (q->st) {
		(void)sqlite3_reset(q->st);
		(void)sqlite3_clear_bindings(q->st);
	}
	q->st = NULL;
}

static void bound(struct mun_query *q, int rc)
{
	if (!q->rc)
		q->rc = rc;
}

void mun_query_text(struct mun_query *q, const char *text)
{
	q->bound++;
	if (!q->rc)
		bound(q, sqlite3_bind_text(q->st, q->bound, text, -1,
					   SQLITE_STATIC));
}

void mun_query_int(struct mun_query *q, int64_t value)
{
	q->bound++;
	if (!q->rc)
		bound(q, sqlite3_bind_int64(q->st, q->bound, value));
}

void mun_query_u64(struct mun_query *q, uint64_t value)
{
	if (value > INT64_MAX)
		bound(q, SQLITE_TOOBIG);
	mun_query_int(q, (int64_t)value);
}

void mun_query_blob(struct mun_query *q, const void *data, size_t len)
{
	q->bound++;
	/* With a null pointer SQLite would bind NULL, not an empty blob. */
	if (!q->rc)
		bound(q, sqlite3_bind_blob64(q->st, q->bound, data ? data : "",
					     len, SQLITE_STATIC));
}

void mun_query_null(struct mun_query *q)
{
	q->bound++;
	if (!q->rc)
		bound(q, sqlite3_bind_null(q->st, q->bound));
}

void mun_query_ref(struct mun_query *q, int64_t no)
{
	if (no)
		mun_query_int(q, no);
	else
		mun_query_null(q);
}

int mun_query_row(struct mun_query *q, struct mun_err *e)
{
	int rc = q->rc;

	if (!rc)
		rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	q->rc = rc;
	return mun_query_fail(q->c, rc, e);
}

int mun_query_run(struct mun_query *q, struct mun_err *e)
{
	int rc = mun_query_row(q, e);

	if (rc < 0)
		return rc;
	(void)sqlite3_reset(q->st);
	q->bound = 0;
	return 0;
}

const char *mun_column_text(struct mun_query *q, int column)
{
	const unsigned char *text = sqlite3_column_text(q->st, column);

	return text ? (const char *)text : "";
}

int64_t mun_column_int(struct mun_query *q, int column)
{
	return sqlite3_column_int64(q->st, column);
}

const void *mun_column_blob(struct mun_query *q, int column, size_t *len_out)
{
	const void *data = sqlite3_column_blob(q->st, column);

	*len_out = (size_t)sqlite3_column_bytes(q->st, column);
	return data;
}

int mun_column_uuid(struct mun_query *q, int column,
		    char out[static MUN_UUID_LEN], struct mun_err *e)
{
	const char *text = mun_column_text(q, column);

	if (!mun_uuid_is(text))
		return mun_fail(e, MUN_ECORRUPT,
				"catalog '%s': '%s' is not a UUID", q->c->path,
				text);
	memcpy(out, text, MUN_UUID_LEN);
	return 0;
}

int mun_query_number(struct mun_query *q, int64_t *out, struct mun_err *e)
{
	int rc = mun_query_row(q, e);

	if (rc < 0)
		return rc;
	*out = rc ? mun_column_int(q, 0) : 0;
	return 0;
}
