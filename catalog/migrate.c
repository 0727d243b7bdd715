/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/migrate.c - numbered migrations: compared, backed up for, applied */
#include "catalog/migrate.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/digest.h"

#define APPLICATION_ID 0x4d554e49 /* "MUNI" */

static int64_t count_of(const struct mun_embedded *migrations)
{
	int64_t n = 0;

	while (migrations[n].name)
		n++;
	return n;
}

static int sha256_of(const struct mun_embedded *m, struct mun_digest *out,
		     struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), m->bytes, m->len,
				   &d, e);

	*out = d.of[MUN_SHA256];
	return rc;
}

static int pragma(struct mun_catalog *c, enum mun_stmt id, int64_t *out,
		  struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	return mun_query_number(&q, out, e);
}

static int write_down(struct mun_catalog *c, const struct mun_embedded *m,
		      int64_t version, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_MIGRATION_ADD);
	char now[MUN_TIME_LEN];
	struct mun_digest d;
	int rc = sha256_of(m, &d, e);

	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, version);
	mun_query_text(&q, m->name);
	mun_query_blob(&q, d.bytes, d.len);
	mun_query_text(&q, now);
	return mun_query_run(&q, e);
}

/* A pragma takes no parameter: the one text that is put together, of a number
 * of ours. */
static int set_version(struct mun_catalog *c, int64_t version,
		       struct mun_err *e)
{
	mun_autofree char *sql = NULL;
	int rc = mun_fmt(&sql, e, "PRAGMA user_version = %lld",
			 (long long)version);

	if (rc)
		return rc;
	rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
	return rc ? mun_query_fail(c, rc, e) : 0;
}

/* What one transaction applies. */
struct step {
	const struct mun_embedded *migrations;
	int64_t version; /* that it leads to */
};

static int apply(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct step *s = ctx;
	const struct mun_embedded *m = &s->migrations[s->version - 1];
	int64_t at;
	int rc = pragma(c, MUN_STMT_USER_VERSION, &at, e);

	if (rc)
		return rc;
	if (at >= s->version)
		return 0;
	rc = sqlite3_exec(c->db, (const char *)m->bytes, NULL, NULL, NULL);
	if (rc)
		return mun_query_fail(c, rc, e);
	rc = write_down(c, m, s->version, e);
	return rc ? rc : set_version(c, s->version, e);
}

static int apply_all(struct mun_catalog *c,
		     const struct mun_embedded *migrations, int64_t version,
		     struct mun_err *e)
{
	struct step s = { migrations, version + 1 };

	for (; s.version <= count_of(migrations); s.version++) {
		int rc = mun_query_txn(c, true, apply, &s, e);

		if (rc)
			return mun_ctx(e, "migration '%s'",
				       migrations[s.version - 1].name);
	}
	return 0;
}

/* A table that others point to can only be made anew without foreign keys:
 * dropping it would look for each row of it in all of theirs (SQLite's manual,
 * "Making Other Kinds Of Table Schema Changes").  Not inside a transaction. */
static int set_foreign_keys(struct mun_catalog *c, bool on, struct mun_err *e)
{
	int rc = sqlite3_exec(c->db,
			      on ? "PRAGMA foreign_keys = ON"
				 : "PRAGMA foreign_keys = OFF",
			      NULL, NULL, NULL);

	return rc ? mun_query_fail(c, rc, e) : 0;
}

static int apply_from(struct mun_catalog *c,
		      const struct mun_embedded *migrations, int64_t version,
		      struct mun_err *e)
{
	struct mun_err again;
	int rc = set_foreign_keys(c, false, e);

	if (!rc)
		rc = apply_all(c, migrations, version, e);
	if (rc) {
		(void)!set_foreign_keys(c, true, &again);
		return rc;
	}
	return set_foreign_keys(c, true, e);
}

int mun_migrate_new(struct mun_catalog *c,
		    const struct mun_embedded *migrations, struct mun_err *e)
{
	return apply_from(c, migrations, 0, e);
}

static int same(struct mun_query *q, const struct mun_embedded *m,
		struct mun_err *e)
{
	struct mun_digest d;
	size_t len;
	const void *kept = mun_column_blob(q, 2, &len);
	int rc = sha256_of(m, &d, e);

	if (rc)
		return rc;
	if (strcmp(mun_column_text(q, 1), m->name) || len != d.len ||
	    memcmp(kept, d.bytes, d.len))
		return mun_fail(e, MUN_ECORRUPT,
				"migration '%s' is not the one that was "
				"applied",
				m->name);
	return 0;
}

/* The applied migrations are the first @version of ours, unedited. */
static int compare(struct mun_catalog *c, const struct mun_embedded *migrations,
		   int64_t version, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_MIGRATIONS);
	int64_t n = 0;
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		if (++n > version || mun_column_int(&q, 0) != n)
			break;
		rc = same(&q, &migrations[n - 1], e);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	if (rc > 0 || n != version)
		return mun_fail(e, MUN_ECORRUPT,
				"schema version %lld is not what the table of "
				"migrations says",
				(long long)version);
	return 0;
}

/* What the head of the file says, in one snapshot. */
struct head {
	const struct mun_embedded *migrations;
	int64_t version;
};

static int judge(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct head *h = ctx;
	int64_t application;
	int rc = pragma(c, MUN_STMT_APPLICATION_ID, &application, e);

	if (!rc)
		rc = pragma(c, MUN_STMT_USER_VERSION, &h->version, e);
	if (rc)
		return rc;
	if (application != APPLICATION_ID || h->version < 1)
		return mun_fail(e, MUN_ECORRUPT, "not a muniment catalog");
	if (h->version > count_of(h->migrations))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"catalog of a newer muniment: its schema is "
				"%lld, %lld is known",
				(long long)h->version,
				(long long)count_of(h->migrations));
	return compare(c, h->migrations, h->version, e);
}

static int copy_to(struct mun_catalog *c, const char *path, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_VACUUM_INTO);

	mun_query_text(&q, path);
	return mun_query_run(&q, e);
}

static int sync_folder_of(const char *path, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	const char *slash = strrchr(path, '/');
	int rc;

	if (!slash)
		return mun_dir_sync(".", e);
	rc = mun_fmt(&dir, e, "%.*s", slash == path ? 1 : (int)(slash - path),
		     path);
	return rc ? rc : mun_dir_sync(dir, e);
}

/* Remove an unfinished database and what SQLite may have left beside it. */
static void forget(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
						"-journal" };
	struct mun_err ignored;

	for (size_t i = 0; i < MUN_COUNT(suffixes); i++) {
		mun_autofree char *name = NULL;

		if (!mun_fmt(&name, &ignored, "%s%s", path, suffixes[i]))
			(void)mun_sys.unlink(name);
	}
}

/* PATH.backup-vN: whole under its name, or not there. */
static int backup(struct mun_catalog *c, int64_t version, struct mun_err *e)
{
	mun_autofree char *to = NULL;
	mun_autofree char *tmp = NULL;
	int rc =
		mun_fmt(&to, e, "%s.backup-v%lld", c->path, (long long)version);

	if (!rc)
		rc = mun_fmt(&tmp, e, "%s.tmp", to);
	if (rc)
		return rc;
	forget(tmp);
	rc = copy_to(c, tmp, e);
	if (!rc)
		rc = mun_file_sync(tmp, e);
	if (!rc && mun_sys.rename(tmp, to))
		rc = mun_fail_sys(e, errno, "rename '%s'", tmp);
	if (!rc)
		rc = sync_folder_of(to, e);
	if (!rc)
		return 0;
	forget(tmp);
	return mun_ctx(e, "back up the catalog to '%s'", to);
}

static int lock(const char *path, int *fd, struct mun_err *e)
{
	int64_t start = mun_clock_monotonic_ms();
	int rc;

	while ((rc = mun_lock_take(path, fd, e)) == MUN_EBUSY) {
		if (mun_clock_monotonic_ms() - start > 600000)
			return rc;
		rc = mun_cancel_check(e);
		if (rc)
			return rc;
		(void)nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	}
	return rc;
}

/*
 * One process at a time: another one's backup of what is already migrated must
 * not take the place of the backup of the old.
 */
static int upgrade(struct mun_catalog *c, struct head *h, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autoclose int fd = -1;
	int rc = mun_fmt(&path, e, "%s.lock", c->path);

	if (!rc)
		rc = lock(path, &fd, e);
	if (!rc)
		rc = mun_query_txn(c, false, judge, h, e);
	if (rc || h->version == count_of(h->migrations))
		return rc;
	rc = backup(c, h->version, e);
	return rc ? rc : apply_from(c, h->migrations, h->version, e);
}

int mun_migrate(struct mun_catalog *c, const struct mun_embedded *migrations,
		struct mun_err *e)
{
	struct head h = { .migrations = migrations };
	int rc = mun_query_txn(c, false, judge, &h, e);

	/* Only now: what is not ours, or newer, is left as it is; and so is
	 * what cannot be written. */
	if (!rc && sqlite3_db_readonly(c->db, "main") != 1)
		rc = mun_query_wal(c, e);
	if (rc || h.version == count_of(migrations))
		return rc;
	return upgrade(c, &h, e);
}

int mun_migrate_open(const char *path, const struct mun_embedded *migrations,
		     struct mun_catalog **out, struct mun_err *e)
{
	mun_auto(catalog) *c = NULL;
	int rc;

	/* SQLite's own words for a missing file name no reason. */
	if (access(path, F_OK))
		return mun_fail_sys(e, errno, "catalog '%s'", path);
	rc = mun_query_connect(path, SQLITE_OPEN_READWRITE, &c, e);
	if (!rc)
		rc = mun_migrate(c, migrations, e);
	if (rc)
		return mun_ctx(e, "open the catalog '%s'", path);
	*out = mun_steal(&c);
	return 0;
}

static int make(const char *path, const struct mun_embedded *migrations,
		struct mun_err *e)
{
	struct mun_catalog *c = NULL;
	int rc = mun_query_connect(
		path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &c, e);

	if (rc)
		return rc;
	rc = mun_query_wal(c, e);
	if (!rc)
		rc = mun_migrate_new(c, migrations, e);
	/* Closing would do it too, but could not say that it failed. */
	if (!rc)
		rc = mun_query_checkpoint(c, e);
	mun_catalog_close(c);
	return rc ? rc : mun_file_sync(path, e);
}

int mun_migrate_init(const char *path, const struct mun_embedded *migrations,
		     struct mun_err *e)
{
	mun_autofree char *tmp = NULL;
	int rc;

	if (!access(path, F_OK))
		return mun_fail(e, MUN_EEXIST, "catalog '%s' exists", path);
	rc = mun_fmt(&tmp, e, "%s.new-%ld", path, (long)getpid());
	if (rc)
		return rc;
	forget(tmp);
	rc = make(tmp, migrations, e);
	if (!rc && mun_sys.rename_new(tmp, path))
		rc = mun_fail_sys(e, errno, "rename '%s'", tmp);
	if (!rc)
		rc = sync_folder_of(path, e);
	if (!rc)
		return 0;
	forget(tmp);
	return mun_ctx(e, "make the catalog '%s'", path);
}
