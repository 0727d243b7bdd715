/* SPDX-License-Identifier: Apache-2.0 */
/* store/commit.c - the moment in which an object comes into being (stage.h) */
#include "store/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/inventory.h"
#include "store/layout.h"
#include "store/objdir.h"
#include "store/stage_int.h"
#include "store/store_int.h"

/* Others who fail remove the empty parents that we need: try again. */
#define RENAME_TRIES 8

/* The place of an object in the store. */
struct place {
	const struct mun_store *s;
	char *rel; /* "3c0/ff4/240/3c0ff4..." */
	char *dir; /* the same below the store's path */
	char *parent; /* the folder that holds it */
};

static void place_clear(struct place *p)
{
	free(p->rel);
	free(p->dir);
	free(p->parent);
}

static int place_find(struct place *p, const struct mun_store *s,
		      const char *id, struct mun_err *e)
{
	int rc;

	p->s = s;
	rc = mun_store_object_path(id, &p->rel, e);
	if (!rc)
		rc = mun_path_join(s->path, p->rel, &p->dir, e);
	if (!rc)
		rc = mun_strdup(p->dir, &p->parent, e);
	if (!rc)
		*strrchr(p->parent, '/') = '\0';
	return rc;
}

/* Call @fn for each intermediate folder, the outermost first. */
static int each_parent(const struct place *p,
		       int (*fn)(const char *dir, struct mun_err *e),
		       struct mun_err *e)
{
	for (const char *at = p->rel; (at = strchr(at, '/')); at++) {
		mun_autofree char *dir = NULL;
		int rc;

		rc = mun_fmt(&dir, e, "%s/%.*s", p->s->path, (int)(at - p->rel),
			     p->rel);
		if (!rc)
			rc = fn(dir, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int make_parent(const char *dir, struct mun_err *e)
{
	if (mun_sys.mkdir(dir, 0777) && errno != EEXIST)
		return mun_fail_sys(e, errno, "make the folder '%s'", dir);
	return 0;
}

/* Best effort: an empty folder left behind is told by the check.  The inner
 * ones may never have been made. */
static void remove_empty_parents(const struct place *p)
{
	mun_autofree char *dir = strdup(p->parent);
	size_t root = strlen(p->s->path);

	while (dir && strlen(dir) > root) {
		if (mun_sys.rmdir(dir) && errno != ENOENT)
			return;
		*strrchr(dir, '/') = '\0';
	}
}

/*
 * Every name on the way from the root to the object, also where another
 * process has just made the folder: that it will sync it is its promise to its
 * own object, not to ours.
 */
static int sync_parents(const struct place *p, struct mun_err *e)
{
	int rc = mun_dir_sync(p->s->path, e);

	return rc ? rc : each_parent(p, mun_dir_sync, e);
}

static int fill_inventory(const struct mun_stage *st,
			  const struct mun_version_info *info,
			  struct mun_inv_version *version,
			  struct mun_inventory *inv, struct mun_err *e)
{
	*version = (struct mun_inv_version){
		.name = "v1",
		.created = info->created,
		.message = info->message,
		.user_name = info->user_name,
		.user_address = info->user_address,
	};
	*inv = (struct mun_inventory){
		.arena = st->arena,
		.id = st->id,
		.head = "v1",
		.nfiles = st->nfiles,
		.nversions = 1,
		.versions = version,
	};
	inv->files =
		mun_arena_array(st->arena, st->nfiles, sizeof(*inv->files));
	if (!inv->files)
		return mun_fail_nomem(e, "inventory");
	for (size_t i = 0; i < st->nfiles; i++) {
		struct mun_inv_file *f = &inv->files[i];

		f->path = st->files[i]->path;
		f->content =
			mun_arena_fmt(st->arena, "%s/%s", st->content, f->path);
		f->digests = st->files[i]->digests;
	}
	return mun_arena_failed(st->arena, e);
}

/* Inventory and sidecar into @dir. */
static int write_inventory(const char *dir, const struct mun_str *text,
			   const char *sidecar, struct mun_err *e)
{
	int rc;

	rc = mun_stage_write(dir, "inventory.json", text->text, text->len, e);
	return rc ? rc
		  : mun_stage_write(dir, MUN_OBJECT_SIDECAR, sidecar,
				    strlen(sidecar), e);
}

static int write_both(const struct mun_stage *st, const struct mun_str *text,
		      struct mun_err *e)
{
	mun_autofree char *sidecar = NULL;
	mun_autofree char *v1 = NULL;
	int rc;

	rc = mun_pair_sidecar(text->text, text->len, &sidecar, e);
	if (!rc)
		rc = mun_path_join(st->dir, "v1", &v1, e);
	if (!rc)
		rc = write_inventory(v1, text, sidecar, e);
	if (!rc)
		rc = write_inventory(st->dir, text, sidecar, e);
	return rc ? rc
		  : mun_stage_write(st->dir, MUN_OBJECT_DECLARATION,
				    MUN_OBJECT_DECLARATION_TEXT,
				    strlen(MUN_OBJECT_DECLARATION_TEXT), e);
}

/* All that makes a folder of content an object. */
static int write_object(const struct mun_stage *st,
			const struct mun_version_info *info, struct mun_err *e)
{
	struct mun_inv_version version;
	struct mun_inventory inv;
	struct mun_str text = { 0 };
	int rc;

	rc = fill_inventory(st, info, &version, &inv, e);
	if (!rc)
		rc = mun_inventory_write(&inv, &text, e);
	if (!rc && text.len > MUN_INVENTORY_MAX)
		rc = mun_fail(e, MUN_EINVAL,
			      "too many files: the inventory would have %zu "
			      "bytes",
			      text.len);
	if (!rc)
		rc = write_both(st, &text, e);
	mun_str_free(&text);
	return rc;
}

/* One rename; @from is whole and durable already. */
static int move_in(const struct place *p, const char *from, struct mun_err *e)
{
	for (unsigned int tries = 1;; tries++) {
		int rc = each_parent(p, make_parent, e);

		if (!rc)
			rc = sync_parents(p, e);
		if (rc && !(rc == MUN_ENOENT && tries < RENAME_TRIES))
			return rc;
		if (!rc && !mun_sys.rename_new(from, p->dir))
			return 0;
		if (!rc && (errno != ENOENT || tries == RENAME_TRIES))
			return mun_fail_sys(
				e, errno,
				errno == EXDEV
					? "stage and store are on different "
					  "file systems: move '%s' to '%s'"
					: "move '%s' to '%s'",
				from, p->dir);
	}
}

/* The name is there but perhaps not on the disk: then it must not stay. */
static int settle(const struct place *p, const char *from, struct mun_err *e)
{
	int rc = mun_dir_sync(p->parent, e);

	if (!rc)
		return 0;
	if (mun_sys.rename_new(p->dir, from))
		return mun_ctx(e, "and '%s' could not be taken out again",
			       p->dir);
	return rc;
}

int mun_commit_move(const struct mun_store *s, const char *id, const char *from,
		    struct mun_err *e)
{
	struct place p = { 0 };
	int rc;

	rc = place_find(&p, s, id, e);
	if (!rc)
		rc = mun_store_available(s, e);
	if (!rc) {
		rc = move_in(&p, from, e);
		if (!rc)
			rc = settle(&p, from, e);
		if (rc)
			remove_empty_parents(&p);
	}
	place_clear(&p);
	return rc;
}

int mun_stage_check_info(const struct mun_version_info *info, struct mun_err *e)
{
	int64_t ms;

	if (!info->created)
		return mun_fail(e, MUN_EINVAL, "it needs a time of creation");
	return mun_time_parse(info->created, &ms, e);
}

static int check_stage(const struct mun_stage *st,
		       const struct mun_version_info *info, struct mun_err *e)
{
	if (st->base)
		return mun_fail(e, MUN_EINVAL,
				"it is a further version of an object");
	if (!st->nfiles)
		return mun_fail(e, MUN_EINVAL, "there are no files in it");
	return mun_stage_check_info(info, e);
}

static int commit(struct mun_stage *st, const struct place *p,
		  const struct mun_version_info *info, struct mun_err *e)
{
	bool there = false;
	int rc;

	rc = check_stage(st, info, e);
	if (!rc)
		rc = mun_store_available(p->s, e);
	if (!rc)
		rc = mun_store_has(p->s, st->id, &there, e);
	if (!rc && there)
		return mun_fail(e, MUN_EEXIST, "the store has it already");
	if (!rc)
		rc = mun_stage_tidy(st, e);
	if (!rc)
		rc = write_object(st, info, e);
	if (rc)
		return rc;
	/* Before the first fsync, so that one transaction takes all. */
	rc = each_parent(p, make_parent, e);
	if (!rc)
		rc = mun_tree_sync(st->dir, e);
	if (!rc)
		rc = move_in(p, st->dir, e);
	if (!rc)
		rc = settle(p, st->dir, e);
	if (rc)
		remove_empty_parents(p);
	return rc;
}

int mun_stage_commit(struct mun_stage *st, struct mun_store *s,
		     const struct mun_version_info *info, struct mun_err *e)
{
	struct place p = { 0 };
	int rc;

	rc = place_find(&p, s, st->id, e);
	if (!rc)
		rc = commit(st, &p, info, e);
	place_clear(&p);
	return rc ? mun_ctx(e, "commit object '%s'", st->id) : 0;
}

static int withdraw(const struct place *p, const char *to, struct mun_err *e)
{
	mun_autofree char *parent = NULL;
	int rc;

	rc = mun_strdup(to, &parent, e);
	if (rc)
		return rc;
	if (strrchr(parent, '/'))
		strrchr(parent, '/')[1] = '\0';
	if (mun_sys.rename_new(p->dir, to))
		return mun_fail_sys(e, errno, "move '%s' to '%s'", p->dir, to);
	/* The new name first: a crash between leaves two, but never none. */
	rc = mun_dir_sync(strrchr(parent, '/') ? parent : ".", e);
	if (!rc)
		rc = mun_dir_sync(p->parent, e);
	remove_empty_parents(p);
	return rc;
}

int mun_store_withdraw(struct mun_store *s, const char *id, const char *to,
		       struct mun_err *e)
{
	struct place p = { 0 };
	int rc;

	rc = place_find(&p, s, id, e);
	if (!rc)
		rc = mun_store_available(s, e);
	if (!rc)
		rc = withdraw(&p, to, e);
	place_clear(&p);
	return rc ? mun_ctx(e, "withdraw object '%s'", id) : 0;
}

void mun_store_tidy(struct mun_store *s, const char *id)
{
	struct place p = { 0 };
	struct mun_err why;

	if (!place_find(&p, s, id, &why) && !mun_store_available(s, &why))
		remove_empty_parents(&p);
	place_clear(&p);
}
