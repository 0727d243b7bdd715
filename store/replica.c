/* SPDX-License-Identifier: Apache-2.0 */
/* store/replica.c - the files of an object into the spool (replica_int.h) */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/beneath.h"
#include "store/inventory_json.h"
#include "store/replica_int.h"

int mun_replica_folder(const struct mun_place *to, const char *id, char **out,
		       struct mun_err *e)
{
	mun_autofree char *rel = NULL;
	int rc = mun_store_object_path(id, &rel, e);

	/* The digest of the identifier, as the object's folder has it. */
	return rc ? rc
		  : mun_fmt(out, e, "%s/" MUN_COPY_FOLDER "%s", to->spool,
			    strrchr(rel, '/') + 1);
}

/* The object as it is in the source. */
static int find(struct mun_replica *r, struct mun_err *e)
{
	int rc;

	rc = mun_object_load(r->from->store, r->id, &r->source, e);
	if (!rc)
		rc = mun_inventory_parse(r->source.pair.text,
					 r->source.pair.len, &r->inv, e);
	if (!rc && strcmp(r->inv->id, r->id) != 0)
		rc = mun_fail(e, MUN_ECORRUPT, "inventory.json is that of '%s'",
			      r->inv->id);
	if (!rc)
		rc = mun_object_contents(r->source.pair.text,
					 r->source.pair.len, &r->contents, e);
	if (!rc)
		r->last = mun_inventory_version(r->inv->head);
	if (!rc)
		return 0;
	r->tally.source_fault = true;
	if (rc == MUN_ECORRUPT || rc == MUN_EINVAL)
		rc = e->code = MUN_EFIXITY;
	return mun_ctx(e, "read from store '%s'", r->from->name);
}

int mun_replica_begin(struct mun_replica *r, struct mun_err *e)
{
	int rc;

	r->lock = -1;
	rc = mun_place_available(r->from, e);
	if (!rc)
		rc = mun_place_available(r->to, e);
	if (!rc)
		rc = find(r, e);
	if (!rc)
		rc = mun_replica_folder(r->to, r->id, &r->dir, e);
	if (!rc)
		rc = mun_path_join(r->dir, "object", &r->object, e);
	return rc;
}

void mun_replica_clear(struct mun_replica *r)
{
	for (size_t i = 0; i < r->nparts; i++)
		mun_copy_free(r->parts[i].copy);
	free(r->parts);
	mun_closep(&r->lock);
	mun_inventory_free(r->inv);
	mun_object_contents_clear(&r->contents);
	mun_object_clear(&r->source);
	free(r->object);
	free(r->dir);
}

static int by_content(const void *key, const void *item)
{
	const struct mun_object_content *c = item;

	return strcmp(key, c->path);
}

/* The trees that the catalog has, beside the content files; free(). */
static int find_trees(const struct mun_replica *r,
		      const struct mun_replica_file *files, size_t nfiles,
		      const struct mun_tree ***out, struct mun_err *e)
{
	const struct mun_object_content *c;
	const char *content;

	*out = calloc(r->contents.n + 1, sizeof(**out));
	if (!*out)
		return mun_fail_nomem(e, "trees");
	if (!r->contents.n)
		return 0;
	for (size_t i = 0; i < nfiles; i++) {
		content = mun_inventory_content(r->inv, files[i].path);
		c = content ? bsearch(content, r->contents.of, r->contents.n,
				      sizeof(*c), by_content)
			    : NULL;
		if (c)
			(*out)[c - r->contents.of] = files[i].tree;
	}
	return 0;
}

/* "v2/content/x" is of version 2; 0 for what is of none. */
static unsigned long version_of(const char *content)
{
	mun_autofree char *name = strndup(content, strcspn(content, "/"));

	return name ? mun_inventory_version(name) : 0;
}

static int add_part(struct mun_replica *r, const struct mun_object_content *c,
		    const struct mun_tree *tree, struct mun_err *e)
{
	struct mun_replica_part *part = &r->parts[r->nparts];
	mun_autofree char *from = NULL;
	mun_autofree char *to = NULL;
	struct stat st;
	int rc;

	rc = mun_path_join(r->source.dir, c->path, &from, e);
	if (!rc)
		rc = mun_path_join(r->object, c->path, &to, e);
	if (rc)
		return rc;
	rc = mun_beneath_file(r->source.dir, c->path, &st, e);
	if (rc) {
		r->tally.source_fault = true;
		return rc;
	}
	rc = mun_copy_new(from, to, tree, &c->sha512, &part->copy, e);
	if (rc)
		return rc;
	part->path = c->path;
	r->nparts++;
	r->tally.total += (uint64_t)st.st_size;
	return 0;
}

static int add_parts(struct mun_replica *r,
		     const struct mun_replica_file *files, size_t nfiles,
		     struct mun_err *e)
{
	mun_autofree const struct mun_tree **trees = NULL;
	int rc;

	r->parts = calloc(r->contents.n + 1, sizeof(*r->parts));
	if (!r->parts)
		return mun_fail_nomem(e, "files");
	rc = find_trees(r, files, nfiles, &trees, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < r->contents.n; i++) {
		const struct mun_object_content *c = &r->contents.of[i];
		unsigned long version = version_of(c->path);

		if (!version)
			return mun_fail(e, MUN_EFIXITY,
					"'%s' of the inventory lies in no "
					"version",
					c->path);
		if (version < r->first)
			continue;
		rc = add_part(r, c, trees[i], e);
		if (rc)
			return rc;
	}
	return 0;
}

/* The folder of @path in the copy. */
static int make_folder(const struct mun_replica *r, const char *path,
		       struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	int rc = mun_strdup(path, &dir, e);

	if (rc)
		return rc;
	*strrchr(dir, '/') = '\0';
	return mun_beneath_mkdirs(r->object, dir, e);
}

static int run_all(struct mun_replica *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->nparts; i++) {
		rc = make_folder(r, r->parts[i].path, e);
		if (!rc)
			rc = mun_copy_run(r->parts[i].copy, &r->tally, e);
		r->out->files += !rc;
	}
	return rc;
}

static int verify_all(struct mun_replica *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->nparts; i++)
		rc = mun_copy_verify(r->parts[i].copy, &r->tally, e);
	return rc;
}

static int by_part_path(const void *key, const void *item)
{
	const struct mun_replica_part *p = item;

	return strcmp(key, p->path);
}

/* Whatever another version of the object, or anyone, left there. */
static int tidy_entry(struct mun_replica *r, const FTSENT *f, struct mun_err *e)
{
	const char *rel = f->fts_path + strlen(r->object);

	switch (f->fts_info) {
	case FTS_D:
		return 0;
	case FTS_DP:
		if (f->fts_level && mun_sys.rmdir(f->fts_path) &&
		    errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
			return mun_fail_sys(e, errno, "remove '%s'",
					    f->fts_path);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return mun_fail_sys(e, f->fts_errno, "look at '%s'",
				    f->fts_path);
	default:
		break;
	}
	if (f->fts_info == FTS_F && f->fts_statp->st_nlink == 1 && *rel &&
	    r->nparts &&
	    bsearch(rel + 1, r->parts, r->nparts, sizeof(*r->parts),
		    by_part_path))
		return 0;
	if (mun_sys.unlink(f->fts_path) && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove '%s'", f->fts_path);
	return 0;
}

int mun_replica_tidy(struct mun_replica *r, struct mun_err *e)
{
	char *roots[] = { r->object, NULL };
	FTSENT *f;
	FTS *fts;
	int rc = 0;

	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts)
		return mun_fail_sys(e, errno, "walk '%s'", r->object);
	errno = 0;
	while (!rc && (f = fts_read(fts))) {
		rc = tidy_entry(r, f, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "walk '%s'", r->object);
	(void)fts_close(fts);
	return rc;
}

static int prepare(struct mun_replica *r, const struct mun_replica_file *files,
		   size_t nfiles, struct mun_err *e)
{
	int rc;

	rc = add_parts(r, files, nfiles, e);
	if (!rc)
		rc = mun_mkdirs(r->dir, e);
	if (!rc)
		rc = mun_object_lock(r->dir, &r->lock, e);
	r->mine = !rc;
	if (!rc)
		rc = mun_beneath_mkdirs(r->dir, "object", e);
	return rc ? rc : mun_replica_tidy(r, e);
}

int mun_replica_fill(struct mun_replica *r,
		     const struct mun_replica_file *files, size_t nfiles,
		     struct mun_err *e)
{
	int rc;

	rc = prepare(r, files, nfiles, e);
	if (!rc)
		rc = run_all(r, e);
	if (!rc)
		rc = mun_replica_own_write(r, e);
	if (!rc)
		rc = mun_tree_sync(r->object, e);
	if (!rc)
		rc = verify_all(r, e);
	if (!rc)
		rc = mun_replica_own_verify(r, e);
	return rc;
}
