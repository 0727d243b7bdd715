/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_catalogue.c - what a killed merge has left to be done */
#include "ingest/merge_catalogue.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/str.h"
#include "fixity/audit.h"
#include "ingest/events.h"
#include "ingest/stored.h"
#include "store/dirlist.h"
#include "store/version.h"

#include <stdlib.h>
#include <string.h>

static int read_back(const struct mun_ingest_env *env, const char *urn,
		     const struct mun_record *known, const struct mun_record *r,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < r->nfiles && !rc; i++) {
		const struct mun_rec_file *f = &r->files[i];
		mun_auto(source) *src = NULL;

		/* What older versions brought was read back then. */
		if (known && mun_record_file(known, f->path) &&
		    !strcmp(mun_record_file(known, f->path)->id, f->id))
			continue;
		if (!mun_rec_file_is_current(f))
			continue;
		rc = mun_store_open_file(env->store, urn, f->path,
					 MUN_READ_DISK, &src, e);
		if (!rc)
			rc = mun_verify_tree(src, &f->tree, 0, "verifying",
					     env->progress, e);
		if (rc)
			return mun_ctx(e, "read '%s' back from the store",
				       f->path);
	}
	return rc;
}

int mun_merge_catalogue(const struct mun_ingest_env *env,
			const struct mun_record *known, struct mun_record *r,
			struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	int64_t started = mun_now_ms();
	char urn[MUN_URN_LEN];
	int rc;

	mun_object_urn(r->id, urn);
	rc = read_back(env, urn, known, r, e);
	if (!rc)
		rc = mun_store_inventory(env->store, urn, &inv, e);
	if (!rc)
		rc = mun_event_readback(r, started, mun_now_ms(), e);
	if (!rc)
		rc = mun_catalog_revise(
			env->catalog, r,
			inv->versions[inv->nversions - 1].created, e);
	/* Another process went on with it at the same time. */
	return rc == MUN_EEXIST ? 0 : rc;
}

int mun_merge_catch_up(const struct mun_ingest_env *env, const char *id,
		       bool *done, struct mun_err *e)
{
	mun_auto(record) *known = NULL;
	mun_auto(record) *stored = NULL;
	char urn[MUN_URN_LEN];
	int rc = mun_catalog_get(env->catalog, id, true, &known, e);

	mun_object_urn(id, urn);
	if (!rc)
		rc = mun_stored_load(env->store, urn, &stored, e);
	/* After a rebuild that could not read all records the number in the
	 * catalog is lower, and all is there. */
	if (rc || stored->version <= known->version)
		return rc;
	rc = mun_merge_catalogue(env, known, stored, e);
	if (!rc && done)
		*done = true;
	return rc;
}

/* ---- all of them ---- */

#define NOTE_MAX ((size_t)4096)

struct leftovers {
	const struct mun_ingest_env *env;
	const struct mun_place *place;
	uint64_t n;
};

/* One object, whose name a stage has told. */
static int end_one(struct leftovers *l, const char *urn, struct mun_err *e)
{
	const char *id = strrchr(urn, ':');
	bool done = false;
	int rc;

	id = id ? id + 1 : urn;
	if (!mun_uuid_is(id))
		return 0;
	rc = mun_version_recover(l->place, urn, &done, e);
	if (!rc)
		rc = mun_merge_catch_up(l->env, id, &done, e);
	l->n += done;
	/* Somebody is at it; or nobody knows of it. */
	if (rc == MUN_EBUSY || rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	return rc ? mun_ctx(e, "object %s", id) : 0;
}

static int end_stage(struct leftovers *l, const char *name, struct mun_err *e)
{
	mun_autofree char *note = NULL;
	mun_autofree char *urn = NULL;
	size_t len = 0;
	int rc;

	if (strncmp(name, MUN_VERSION_STAGE, strlen(MUN_VERSION_STAGE)) != 0)
		return 0;
	rc = mun_fmt(&note, e, "%s/%s/" MUN_VERSION_NOTE, l->place->spool,
		     name);
	if (!rc)
		rc = mun_file_read(note, NOTE_MAX, &urn, &len, e);
	/* Without a note no step of a commit was taken. */
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	return rc ? rc : end_one(l, urn, e);
}

int mun_merge_recover(const struct mun_ingest_env *env,
		      const struct mun_place *main_store, uint64_t *n,
		      struct mun_err *e)
{
	struct leftovers l = { .env = env, .place = main_store };
	mun_auto(dirlist) *list = NULL;
	struct mun_err first = { 0 };
	uint64_t more = 0;
	int rc = mun_dirlist_read(main_store->spool, &list, e);

	*n = 0;
	if (rc)
		return rc;
	for (size_t i = 0; i < list->n; i++)
		if (end_stage(&l, list->of[i].name, e) && !first.code)
			first = *e;
	*n = l.n;
	/* A stage whose object could not be catalogued has to stay. */
	if (first.code) {
		*e = first;
		return first.code;
	}
	rc = mun_version_recover_all(main_store, &more, e);
	*n += more;
	return rc;
}
