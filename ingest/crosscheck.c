/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/crosscheck.c - store, catalog and records, each against the others */
#include "ingest/crosscheck.h"

#include "catalog/premis.h"
#include "core/file.h"
#include "core/str.h"
#include "ingest/session.h"
#include "ingest/stored.h"
#include "store/dirlist.h"
#include "store/validate.h"
#include "store/version.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

struct check {
	const struct mun_ingest_env *env;
	mun_check_fn *fn;
	void *ctx;
	int waited_ms; /* of SETTLE_MS */
};

/* How long, in all, to wait for ingests in other processes: from the folder
 * that one makes for an object to the object in it. */
#define SETTLE_MS 2000

static void tell(const struct check *c, bool error, const char *code,
		 const char *where, const char *text)
{
	struct mun_check_problem p = { .error = error,
				       .where = where,
				       .text = text };

	(void)snprintf(p.code, sizeof(p.code), "%.23s", code);
	c->fn(c->ctx, &p);
}

static void tell_err(const struct check *c, const char *code, const char *where,
		     const struct mun_err *why)
{
	char text[1024];

	tell(c, true, code, where, mun_err_text(why, text, sizeof(text), 0));
}

static bool is_empty_folder(const struct check *c, const char *where)
{
	mun_autofree char *path = NULL;
	struct mun_err why;
	struct dirent *d;
	size_t n = 0;
	DIR *dir;

	if (mun_path_join(mun_store_path(c->env->store), where, &path, &why))
		return true;
	dir = opendir(path);
	if (!dir)
		return false;
	while (n < 3 && (d = readdir(dir)))
		n++;
	(void)closedir(dir);
	return n < 3; /* "." and ".." */
}

/* Is an object just being put there? */
static bool fills_up(struct check *c, const char *where)
{
	const struct timespec nap = { .tv_nsec = 50000000 };

	for (; c->waited_ms < SETTLE_MS && !mun_cancelled();
	     c->waited_ms += 50) {
		if (!is_empty_folder(c, where))
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return !is_empty_folder(c, where);
}

static void ocfl_problem(void *ctx, const struct mun_ocfl_problem *p)
{
	if (!strcmp(p->code, "E073") && fills_up(ctx, p->where))
		return;
	tell(ctx, p->code[0] == 'E', p->code, p->where, p->text);
}

/* Foreign files and empty folders are told by the validator already. */
static void root_problem(void *ctx, const struct mun_ocfl_problem *p)
{
	if (strcmp(p->code, "E072") != 0 && strcmp(p->code, "E073") != 0)
		ocfl_problem(ctx, p);
}

static void catalog_problem(void *ctx, const struct mun_catalog_problem *p)
{
	tell(ctx, p->error, p->code, p->where, p->text);
}

struct premis_check {
	const struct check *check;
	const char *where;
};

static void premis_problem(void *ctx, const struct mun_premis_problem *p)
{
	const struct premis_check *c = ctx;
	mun_autofree char *text = NULL;
	char code[32];
	struct mun_err e;

	(void)snprintf(code, sizeof(code), "premis-%.15s", p->code);
	if (!mun_fmt(&text, &e, "line %lu: %s", p->line, p->text))
		tell(c->check, p->error, code, c->where, text);
}

static bool has_event(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nevents; i++) {
		if (!strcmp(r->events[i].id, id))
			return true;
	}
	return false;
}

static bool has_agent(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nagents; i++) {
		if (!strcmp(r->agents[i].id, id))
			return true;
	}
	return false;
}

static bool has_rights(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nrights; i++) {
		if (!strcmp(r->rights[i].id, id))
			return true;
	}
	return false;
}

/* What happened since the accession is the catalog's alone. */
static void only_accession(struct mun_record *r, const struct mun_record *then)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nevents; i++) {
		if (has_event(then, r->events[i].id))
			r->events[n++] = r->events[i];
	}
	r->nevents = n;
	n = 0;
	for (size_t i = 0; i < r->nagents; i++) {
		if (has_agent(then, r->agents[i].id))
			r->agents[n++] = r->agents[i];
	}
	r->nagents = n;
	n = 0;
	for (size_t i = 0; i < r->nrights; i++) {
		if (has_rights(then, r->rights[i].id))
			r->rights[n++] = r->rights[i];
	}
	r->nrights = n;
}

static int by_id(const void *a, const void *b)
{
	const struct mun_rec_agent *x = a;
	const struct mun_rec_agent *y = b;

	return strcmp(x->id, y->id);
}

static int event_order(const void *a, const void *b)
{
	const struct mun_rec_event *x = a;
	const struct mun_rec_event *y = b;
	int d = strcmp(x->started, y->started);

	return d ? d : strcmp(x->id, y->id);
}

/* The catalog keeps lists in its own order. */
static void put_in_order(struct mun_record *r)
{
	if (r->nagents)
		qsort(r->agents, r->nagents, sizeof(*r->agents), by_id);
	if (r->nevents)
		qsort(r->events, r->nevents, sizeof(*r->events), event_order);
}

static bool same_tree(const struct mun_tree *a, const struct mun_tree *b)
{
	if (a->bytes != b->bytes || a->npieces != b->npieces ||
	    memcmp(a->root, b->root, sizeof(a->root)) != 0)
		return false;
	if (a->npieces < 2)
		return true;
	return a->pieces && b->pieces &&
	       !memcmp(a->pieces, b->pieces,
		       (size_t)a->npieces * MUN_TREE_HASH);
}

static void compare_files(const struct check *c, const char *id,
			  const struct mun_record *cat,
			  const struct mun_record *stored)
{
	for (size_t i = 0; i < stored->nfiles; i++) {
		const struct mun_rec_file *s = &stored->files[i];
		const struct mun_rec_file *f = mun_record_file(cat, s->path);

		if (!f)
			tell(c, true, "catalog-file", id,
			     "the catalog lacks a file of the object");
		else if (!same_tree(&f->tree, &s->tree))
			tell(c, true, "catalog-tree", id,
			     "hash tree in the catalog is not that of the "
			     "object");
		else if (!mun_digest_equal(&f->digests.of[MUN_SHA512],
					   &s->digests.of[MUN_SHA512]))
			tell(c, true, "catalog-digest", id,
			     "digest in the catalog is not that of the object");
	}
	if (cat->nfiles != stored->nfiles)
		tell(c, true, "catalog-file", id,
		     "catalog and object have different numbers of files");
}

/* Both records in one form: every fact that differs makes the texts differ. */
static int compare_records(const struct check *c, const char *id,
			   struct mun_record *cat, struct mun_record *stored,
			   struct mun_err *e)
{
	struct mun_str a = { 0 };
	struct mun_str b = { 0 };
	int rc;

	only_accession(cat, stored);
	put_in_order(cat);
	put_in_order(stored);
	rc = mun_premis_write(cat, &a, e);
	if (!rc)
		rc = mun_premis_write(stored, &b, e);
	if (!rc && (a.len != b.len || memcmp(a.text, b.text, a.len) != 0))
		tell(c, true, "catalog-record", id,
		     "facts in the catalog are not those of the record in the "
		     "store");
	mun_str_free(&a);
	mun_str_free(&b);
	return rc;
}

static int lint_stored(const struct check *c, const char *urn, const char *id,
		       struct mun_err *e)
{
	struct premis_check pc = { c, id };
	struct mun_premis_verdict verdict;
	mun_autofree char *path = NULL;
	mun_autofree char *xml = NULL;
	struct mun_err why;
	size_t len;

	if (mun_store_file_path(c->env->store, urn, "metadata/premis.xml",
				&path, &why) ||
	    mun_file_read(path, MUN_PREMIS_MAX, &xml, &len, &why)) {
		tell_err(c, "premis", id, &why);
		return 0;
	}
	return mun_premis_lint(xml, len, premis_problem, &pc, &verdict, e);
}

/* Not in the catalog: lost there, or a session that has not come so far. */
static int uncatalogued(const struct check *c, const char *id,
			struct mun_err *e)
{
	mun_autofree char *session = NULL;
	mun_auto(record) *now = NULL;
	struct mun_err why;
	int rc = mun_path_join(c->env->spool, id, &session, e);

	if (rc)
		return rc;
	if (!access(session, F_OK)) {
		tell(c, false, "session", id,
		     "stored, but its ingest has not ended: muniment resume");
		return 0;
	}
	/* It may have ended since we looked. */
	if (mun_catalog_get(c->env->catalog, id, false, &now, &why))
		tell(c, true, "catalog-missing", id,
		     "in the store, but not in the catalog");
	return 0;
}

static int stored_object(void *ctx, const char *dir, const char *urn,
			 const struct mun_err *why, struct mun_err *e)
{
	const struct check *c = ctx;
	mun_auto(record) *stored = NULL;
	mun_auto(record) *cat = NULL;
	struct mun_err failed;
	const char *id;
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	if (!urn) {
		tell_err(c, "store-object", dir, why);
		return 0;
	}
	id = strrchr(urn, ':') ? strrchr(urn, ':') + 1 : urn;
	rc = lint_stored(c, urn, id, e);
	if (rc)
		return rc;
	if (mun_stored_load(c->env->store, urn, &stored, &failed)) {
		tell_err(c, "store-record", id, &failed);
		return 0;
	}
	rc = mun_catalog_get(c->env->catalog, id, true, &cat, &failed);
	if (rc == MUN_ENOENT)
		return uncatalogued(c, id, e);
	if (rc) {
		tell_err(c, "catalog", id, &failed);
		return 0;
	}
	compare_files(c, id, cat, stored);
	return compare_records(c, id, cat, stored, e);
}

static int catalogued_object(void *ctx, const struct mun_catalog_row *row,
			     struct mun_err *e)
{
	const struct check *c = ctx;
	char urn[MUN_URN_LEN];
	bool there;
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	if (!mun_uuid_is(row->id)) {
		tell(c, true, "catalog", row->id, "not an object's id");
		return 0;
	}
	mun_object_urn(row->id, urn);
	rc = mun_store_has(c->env->store, urn, &there, e);
	if (!rc && !there)
		tell(c, true, "store-missing", row->id,
		     "in the catalog, but not in the store");
	return rc;
}

static int session_left(void *ctx, const struct mun_session_info *s,
			struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc;

	if (s->busy)
		return 0;
	rc = mun_fmt(&text, e,
		     "an ingest of '%s' was interrupted (%s): muniment resume",
		     s->source, s->state);
	if (!rc)
		tell(ctx, false, "session", s->id, text);
	return rc;
}

/* The stage of a further version that nobody will go on with: its session is
 * gone. */
static int version_left(const struct check *c, const char *name,
			struct mun_err *e)
{
	const char *id = name + strlen(MUN_VERSION_STAGE);
	mun_autofree char *session = NULL;
	int rc;

	if (strncmp(name, MUN_VERSION_STAGE, strlen(MUN_VERSION_STAGE)) != 0)
		return 0;
	rc = mun_path_join(c->env->spool, id, &session, e);
	if (!rc && access(session, F_OK))
		tell(c, false, "version", id,
		     "a further version of an object was interrupted: "
		     "muniment resume");
	return rc;
}

static int versions_left(const struct check *c, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	int rc = mun_dirlist_read(c->env->spool, &l, e);

	for (size_t i = 0; !rc && i < l->n; i++)
		rc = version_left(c, l->of[i].name, e);
	return rc;
}

int mun_check_repository(const struct mun_ingest_env *env, bool content,
			 mun_check_fn *fn, void *ctx, struct mun_err *e)
{
	struct check c = { .env = env, .fn = fn, .ctx = ctx };
	struct mun_ocfl_opts opts = { content, env->progress };
	struct mun_ocfl_verdict verdict;
	int rc;

	rc = mun_store_available(env->store, e);
	if (!rc)
		rc = mun_store_check_root(env->store, root_problem, &c, e);
	if (!rc)
		rc = mun_ocfl_validate(mun_store_path(env->store), &opts,
				       ocfl_problem, &c, &verdict, e);
	if (!rc)
		rc = mun_catalog_check(env->catalog, catalog_problem, &c, e);
	if (!rc)
		rc = mun_store_list(env->store, stored_object, &c, e);
	if (!rc)
		rc = mun_catalog_list(env->catalog, NULL, NULL,
				      catalogued_object, &c, e);
	if (!rc)
		rc = mun_session_list(env, session_left, &c, e);
	if (!rc)
		rc = versions_left(&c, e);
	return rc;
}
