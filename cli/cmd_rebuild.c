/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_rebuild.c - muniment rebuild */
#include "audit/witness.h"
#include "cli/cli.h"
#include "cli/rebuild_stores.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "ingest/rebuild.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void problem(void *ctx, const char *where, const struct mun_err *why)
{
	char text[1024];

	(void)ctx;
	mun_log(MUN_LOG_ERROR, "'%s': %s", where,
		mun_err_text(why, text, sizeof(text), 0));
}

static int from_all(const struct mun_cli *c, struct mun_repo *r,
		    struct mun_rebuild_stores *others, struct mun_catalog *cat,
		    struct mun_rebuild_result *out, struct mun_err *e)
{
	mun_autofree struct mun_store **stores =
		calloc(others->n + 1, sizeof(struct mun_store *));
	const struct mun_rebuild_from from = {
		.ledger = access(r->ledger_path, F_OK) ? NULL : r->ledger_path,
		.stores = stores,
		.nstores = others->n + 1,
	};

	if (!stores)
		return mun_fail_nomem(e, "stores");
	if (!from.ledger)
		mun_log(MUN_LOG_WARN,
			"there is no ledger '%s': what happened after the "
			"accession is not known any more, restrictions of "
			"rights among it: ask before anything is given away",
			r->ledger_path);
	stores[0] = r->store;
	for (size_t i = 0; i < others->n; i++)
		stores[i + 1] = others->places[i]->store;
	return mun_rebuild_all(&from, cat, problem, NULL, &c->progress, out, e);
}

/* The new catalog is built under this name and takes the old one's at once. */
static int build(const struct mun_cli *c, struct mun_repo *r, const char *temp,
		 struct mun_rebuild_result *out, struct mun_err *e)
{
	struct mun_rebuild_stores others;
	mun_auto(catalog) *cat = NULL;
	int rc = mun_rebuild_stores_find(r->ledger_path, &others, e);

	if (rc)
		return rc;
	rc = mun_catalog_init(temp, e);
	if (!rc)
		rc = mun_catalog_open(temp, &cat, e);
	if (!rc)
		rc = from_all(c, r, &others, cat, out, e);
	mun_rebuild_stores_clear(&others);
	return rc;
}

/* What the ledger did not tell of is told to it now. */
static int catch_up(const struct mun_repo *r, struct mun_err *e)
{
	const struct mun_evidence w = { r->ledger_path, r->key_path, r->conf };
	mun_auto(catalog) *cat = NULL;
	int rc = mun_catalog_open(r->catalog_path, &cat, e);

	if (!rc)
		rc = mun_evidence_begin(cat, &w, e);
	return rc ? rc : mun_evidence_sign(cat, &w, NULL, e);
}

static int remove_with_wal(const char *path, struct mun_err *e)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < 3; i++) {
		mun_autofree char *name = NULL;
		int rc = mun_fmt(&name, e, "%s%s", path, ends[i]);

		if (rc)
			return rc;
		if (mun_sys.unlink(name) && errno != ENOENT)
			return mun_fail_sys(e, errno, "remove '%s'", name);
	}
	return 0;
}

static int move_with_wal(const char *from, const char *to, struct mun_err *e)
{
	static const char *const ends[] = { "-wal", "-shm", "" };

	for (size_t i = 0; i < 3; i++) {
		mun_autofree char *a = NULL;
		mun_autofree char *b = NULL;
		int rc = mun_fmt(&a, e, "%s%s", from, ends[i]);

		if (!rc)
			rc = mun_fmt(&b, e, "%s%s", to, ends[i]);
		if (rc)
			return rc;
		if (mun_sys.rename(a, b) && errno != ENOENT)
			return mun_fail_sys(e, errno, "move '%s' aside", a);
	}
	return 0;
}

static int put_aside(const struct mun_repo *r, struct mun_err *e)
{
	mun_autofree char *aside = NULL;
	char now[MUN_TIME_LEN];
	int rc;

	if (access(r->catalog_path, F_OK))
		return 0;
	mun_time_text(mun_now_ms(), now);
	rc = mun_fmt(&aside, e, "%s.before-%s", r->catalog_path, now);
	if (!rc)
		rc = move_with_wal(r->catalog_path, aside, e);
	if (!rc)
		mun_log(MUN_LOG_INFO, "the old catalog is kept as '%s'", aside);
	return rc;
}

static int rebuild(const struct mun_cli *c, struct mun_repo *r,
		   struct mun_rebuild_result *out, struct mun_err *e)
{
	mun_autofree char *temp = NULL;
	int rc = mun_fmt(&temp, e, "%s.rebuild", r->catalog_path);

	if (!rc)
		rc = remove_with_wal(temp, e);
	if (!rc)
		rc = build(c, r, temp, out, e);
	if (mun_cli_flag(c, "dry-run"))
		return rc ? rc : remove_with_wal(temp, e);
	if (!rc)
		rc = put_aside(r, e);
	if (!rc)
		rc = move_with_wal(temp, r->catalog_path, e);
	if (!rc)
		rc = mun_dir_sync(r->path, e);
	return rc ? rc : catch_up(r, e);
}

int mun_cmd_rebuild(struct mun_cli *c)
{
	struct mun_rebuild_result res = { 0 };
	mun_auto(repo) *r = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	int rc;

	rc = mun_repo_open(c, MUN_REPO_STORE, &r, &e);
	if (rc)
		return mun_cli_error(c, &e);
	if (!access(r->catalog_path, F_OK) && !mun_cli_flag(c, "yes") &&
	    !mun_cli_flag(c, "dry-run"))
		return mun_cli_usage(c,
				     "'%s' is there; what was not written to "
				     "the ledger yet is only in it; add --yes "
				     "to put it aside",
				     r->catalog_path);
	rc = rebuild(c, r, &res, &e);
	if (rc)
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		(void)printf("%ju objects catalogued, %ju failed; %ju entries "
			     "of the ledger, %ju events; %ju objects that the "
			     "ledger does not tell of\n",
			     (uintmax_t)res.objects, (uintmax_t)res.failed,
			     (uintmax_t)res.entries, (uintmax_t)res.events,
			     (uintmax_t)res.unrecorded);
		return res.failed ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_u64(&w, "objects", res.objects);
	mun_jsonw_u64(&w, "failed", res.failed);
	mun_jsonw_u64(&w, "entries", res.entries);
	mun_jsonw_u64(&w, "events", res.events);
	mun_jsonw_u64(&w, "unrecorded", res.unrecorded);
	return mun_cli_json_end(c, &w,
				res.failed ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE);
}
