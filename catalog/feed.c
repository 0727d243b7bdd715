/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed.c - what an audit verifies, oldest-checked first */
#include "catalog/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/feed_report.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"

static void free_item(struct mun_audit_item *item)
{
	if (!item)
		return;
	for (size_t i = 0; i < item->nfiles; i++) {
		free(item->files[i].path);
		mun_tree_clear(&item->files[i].tree);
	}
	free(item->files);
	free(item->feed_data);
	free(item);
}

/*
 * Only the numbers of the objects are kept (8 bytes each): the order is that
 * of the moment when the run began, and what each report changes, or another
 * run, does not disturb it.
 */
static int choose(struct mun_catalog_feed *f, struct mun_query *q,
		  struct mun_err *e)
{
	if (f->nchosen == f->room) {
		size_t room = f->room ? 2 * f->room : 256;
		void *grown = reallocarray(f->chosen, room, sizeof(*f->chosen));

		if (!grown)
			return mun_fail_nomem(e, "audit");
		f->chosen = grown;
		f->room = room;
	}
	f->chosen[f->nchosen++] = mun_column_int(q, 0);
	f->files += (uint64_t)mun_column_int(q, 1);
	f->bytes += (uint64_t)mun_column_int(q, 2);
	return 0;
}

static int choose_all(struct mun_catalog *c, struct mun_catalog_feed *f,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = choose(f, &q, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* An object that a person named, and when it was checked last. */
struct named {
	char checked[64];
	char id[MUN_UUID_LEN];
};

static int find_named(struct mun_catalog *c, const char *id, struct named *out,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE_ONE);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s", id);
	(void)snprintf(out->checked, sizeof(out->checked), "%s",
		       mun_column_text(&q, 3));
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	return 0;
}

static int older(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int rc = strcmp(x->checked, y->checked);

	return rc ? rc : strcmp(x->id, y->id);
}

static int choose_one(struct mun_catalog *c, const char *id,
		      struct mun_catalog_feed *f, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE_ONE);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	return rc > 0 ? choose(f, &q, e) : rc;
}

/* Named twice is audited once. */
static int choose_named(struct mun_catalog *c, struct mun_catalog_feed *f,
			const struct mun_feed_opts *opts, struct mun_err *e)
{
	mun_autofree struct named *list =
		calloc(opts->nobjects + 1, sizeof(*list));
	int rc = 0;

	if (!list)
		return mun_fail_nomem(e, "audit");
	for (size_t i = 0; i < opts->nobjects && !rc; i++)
		rc = find_named(c, opts->objects[i], &list[i], e);
	if (rc)
		return rc;
	qsort(list, opts->nobjects, sizeof(*list), older);
	for (size_t i = 0; i < opts->nobjects && !rc; i++)
		if (!i || strcmp(list[i - 1].id, list[i].id))
			rc = choose_one(c, list[i].id, f, e);
	return rc;
}

static int find_agent(struct mun_catalog *c, const char *id, int64_t *out,
		      struct mun_err *e)
{
	int rc;

	*out = 0;
	if (!id)
		return 0;
	rc = mun_catalog_events_agent_no(c, id, out, e);
	if (!rc && !*out)
		return mun_fail(e, MUN_EINVAL, "no agent has the id %s", id);
	return rc;
}

static int add_audit(struct mun_catalog *c, struct mun_catalog_feed *f,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query next =
		mun_query_begin(c, MUN_STMT_AUDIT_NEXT);
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_ADD);
	char now[MUN_TIME_LEN];
	int rc = mun_query_number(&next, &f->audit, e);

	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, f->audit);
	mun_query_text(&q, now);
	mun_query_text(&q, f->store);
	mun_query_ref(&q, f->operator_no);
	mun_query_ref(&q, f->program_no);
	mun_query_u64(&q, f->nchosen);
	mun_query_u64(&q, f->files);
	mun_query_u64(&q, f->bytes);
	return mun_query_run(&q, e);
}

struct beginning {
	struct mun_catalog_feed *f;
	const struct mun_feed_opts *opts;
};

/* The choice and the row in table audit belong to one snapshot. */
static int begin(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct beginning *b = ctx;
	struct mun_catalog_feed *f = b->f;
	int rc = find_agent(c, b->opts->agent_operator, &f->operator_no, e);

	f->nchosen = 0;
	f->files = 0;
	f->bytes = 0;
	if (!rc)
		rc = find_agent(c, b->opts->agent_program, &f->program_no, e);
	if (!rc)
		rc = b->opts->objects ? choose_named(c, f, b->opts, e)
				      : choose_all(c, f, e);
	return rc ? rc : add_audit(c, f, e);
}

/* Column 2 is the size, 3 the root, 4 the layer: into @t, which owns. */
static int read_tree(struct mun_query *q, struct mun_tree *t, struct mun_err *e)
{
	size_t root_len;
	size_t len;
	const void *root = mun_column_blob(q, 3, &root_len);
	const void *layer = mun_column_blob(q, 4, &len);

	t->bytes = (uint64_t)mun_column_int(q, 2);
	t->npieces = mun_tree_npieces(t->bytes);
	if (root_len != MUN_TREE_HASH ||
	    (t->npieces > 1 &&
	     (len / MUN_TREE_HASH != t->npieces || len % MUN_TREE_HASH)))
		return mun_fail(e, MUN_ECORRUPT,
				"the hash tree of '%s' is damaged",
				mun_column_text(q, 1));
	memcpy(t->root, root, root_len);
	if (t->npieces < 2)
		return 0;
	t->pieces = malloc(len);
	if (!t->pieces)
		return mun_fail_nomem(e, "hash tree");
	memcpy(t->pieces, layer, len);
	return 0;
}

static int load_files(struct mun_catalog *c, struct mun_audit_item *item,
		      struct mun_feed_item *own, size_t room, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FEED_FILES);
	int rc;

	mun_query_int(&q, own->object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_audit_file *file = &item->files[item->nfiles];

		if (item->nfiles == room)
			break;
		own->files[item->nfiles++] = mun_column_int(&q, 0);
		rc = mun_strdup(mun_column_text(&q, 1), &file->path, e);
		if (!rc)
			rc = read_tree(&q, &file->tree, e);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	/* A file that the catalog lost would go unaudited for ever. */
	if (rc > 0 || item->nfiles != room)
		return mun_fail(e, MUN_ECORRUPT,
				"object %s has not its %zu files in the "
				"catalog",
				item->object, room);
	return 0;
}

static int load_head(struct mun_catalog *c, int64_t no,
		     struct mun_audit_item *item, size_t *files,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_ID);
	int rc;

	mun_query_int(&q, no);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc || mun_column_int(&q, 1) < 0)
		return mun_fail(e, MUN_ECORRUPT, "object number %lld is gone",
				(long long)no);
	*files = (size_t)mun_column_int(&q, 1);
	return mun_column_uuid(&q, 0, item->object, e);
}

/* Fill @item; on failure the caller frees what is there. */
static int load(struct mun_catalog *c, int64_t no, struct mun_audit_item *item,
		struct mun_err *e)
{
	struct mun_feed_item *own;
	size_t files;
	size_t size;
	int rc = load_head(c, no, item, &files, e);

	if (rc)
		return rc;
	if (ckd_mul(&size, files, sizeof(own->files[0])) ||
	    ckd_add(&size, size, sizeof(*own)))
		return mun_fail(e, MUN_ECORRUPT, "%zu files", files);
	own = calloc(1, size);
	item->feed_data = own;
	item->files = calloc(files + 1, sizeof(*item->files));
	if (!own || !item->files)
		return mun_fail_nomem(e, "audit item");
	own->object = no;
	return load_files(c, item, own, files, e);
}

static int next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct mun_catalog_feed *f = ctx;
	struct mun_audit_item *item;
	int rc;

	*out = NULL;
	if (f->at == f->nchosen)
		return 0;
	item = calloc(1, sizeof(*item));
	if (!item)
		return mun_fail_nomem(e, "audit item");
	item->store = f->store;
	pthread_mutex_lock(&f->lock);
	rc = load(f->c, f->chosen[f->at++], item, e);
	pthread_mutex_unlock(&f->lock);
	if (rc) {
		free_item(item);
		return mun_ctx(e, "next object to audit");
	}
	*out = item;
	return 0;
}

static int open_file(void *ctx, const struct mun_audit_item *item, size_t file,
		     struct mun_source **out, struct mun_err *e)
{
	const struct mun_catalog_feed *f = ctx;

	return f->open(f->open_ctx, item->object, item->files[file].path, out,
		       e);
}

static int report(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	struct mun_catalog_feed *f = ctx;
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = mun_feed_report(f, item, e);
	pthread_mutex_unlock(&f->lock);
	free_item(item);
	return rc;
}

int mun_catalog_feed_open(struct mun_catalog *c,
			  const struct mun_feed_opts *opts,
			  mun_feed_finding_fn *fn, void *fn_ctx,
			  struct mun_catalog_feed **out, struct mun_err *e)
{
	mun_auto(catalog_feed) *f = calloc(1, sizeof(*f));
	struct beginning b = { f, opts };
	int rc;

	if (!f)
		return mun_fail_nomem(e, "audit");
	f->c = c;
	f->open = opts->open;
	f->open_ctx = opts->open_ctx;
	f->fn = fn;
	f->fn_ctx = fn_ctx;
	f->table = (struct mun_audit_feed){ f, next, open_file, report };
	pthread_mutex_init(&f->lock, NULL);
	rc = mun_strdup(opts->store, &f->store, e);
	if (!rc && opts->agent_operator)
		rc = mun_strdup(opts->agent_operator, &f->agent_operator, e);
	if (!rc && opts->agent_program)
		rc = mun_strdup(opts->agent_program, &f->agent_program, e);
	if (!rc)
		rc = mun_query_txn(c, true, begin, &b, e);
	if (rc)
		return mun_ctx(e, "begin an audit");
	*out = mun_steal(&f);
	return 0;
}

const struct mun_audit_feed *mun_catalog_feed_table(struct mun_catalog_feed *f)
{
	return &f->table;
}

void mun_catalog_feed_size(const struct mun_catalog_feed *f, uint64_t *objects,
			   uint64_t *files, uint64_t *bytes)
{
	*objects = f->nchosen;
	*files = f->files;
	*bytes = f->bytes;
}

void mun_catalog_feed_close(struct mun_catalog_feed *f)
{
	if (!f)
		return;
	pthread_mutex_destroy(&f->lock);
	free(f->chosen);
	free(f->store);
	free(f->agent_operator);
	free(f->agent_program);
	free(f);
}
