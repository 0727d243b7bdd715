/* SPDX-License-Identifier: Apache-2.0 */
/* store/version_recover.c - the last steps of a version (store/version.h) */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/dirlist.h"
#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/replica_int.h"
#include "store/validate_int.h"
#include "store/version_int.h"

/* Replace @dir/@name by a file that is made elsewhere: a kill leaves nothing
 * foreign in the object. */
static int replace(const char *dir, const char *name, const char *scratch,
		   const char *text, size_t len, struct mun_err *e)
{
	mun_autofree char *from = NULL;
	mun_autofree char *to = NULL;
	int rc;

	rc = mun_path_join(scratch, name, &from, e);
	if (!rc)
		rc = mun_path_join(dir, name, &to, e);
	if (!rc)
		rc = mun_stage_write(scratch, name, text, len, e);
	if (!rc)
		rc = mun_file_sync(from, e);
	if (!rc && mun_sys.rename(from, to))
		rc = mun_fail_sys(e, errno, "move '%s' to '%s'", from, to);
	return rc;
}

int mun_version_enter(const char *dir, const char *scratch,
		      const struct mun_pair *pair, bool *entered,
		      struct mun_err *e)
{
	int rc;

	rc = replace(dir, "inventory.json", scratch, pair->text, pair->len, e);
	if (rc)
		return rc;
	*entered = true;
	rc = mun_dir_sync(dir, e);
	if (!rc)
		rc = replace(dir, MUN_OBJECT_SIDECAR, scratch, pair->sidecar,
			     pair->sidecar_len, e);
	return rc ? rc : mun_dir_sync(dir, e);
}

/* Is the pair of the newest folder one that a commit of ours has made on top of
 * the object's inventory? */
static int is_next(const struct mun_pair *newer, const struct mun_pair *older,
		   unsigned long newest, bool *yes, struct mun_err *e)
{
	mun_autojson json_t *a = NULL;
	mun_autojson json_t *b = NULL;
	const char *head;
	int rc;

	rc = mun_inventory_json(newer->text, newer->len, &a, e);
	if (!rc)
		rc = mun_inventory_json(older->text, older->len, &b, e);
	if (rc)
		return rc;
	head = json_string_value(json_object_get(a, "head"));
	*yes = head && mun_inventory_version(head) == newest &&
	       mun_version_extends(a, b);
	return 0;
}

static unsigned long head_of(const struct mun_pair *p)
{
	mun_auto(inventory) *inv = NULL;
	struct mun_err why;

	return mun_inventory_parse(p->text, p->len, &inv, &why)
		       ? 0
		       : mun_inventory_version(inv->head);
}

/* What shall be in the object's root and is not: *@todo, and @out. */
static int judge(const struct mun_object *o, struct mun_pair *out, bool *todo,
		 struct mun_err *e)
{
	mun_autofree char *folder = NULL;
	unsigned long newest = 0;
	int rc;

	rc = mun_object_newest(o->dir, &newest, e);
	if (!rc)
		rc = mun_fmt(&folder, e, "%s/v%lu", o->dir, newest);
	if (rc)
		return rc;
	*todo = o->interrupted;
	if (!*todo && newest <= head_of(&o->pair))
		return 0;
	rc = mun_pair_read(folder, out, e);
	if (!rc && !*todo)
		rc = is_next(out, &o->pair, newest, todo, e);
	if (rc == MUN_ENOENT)
		rc = e->code = MUN_ECORRUPT;
	if (!rc && !*todo)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "'%s' is not the version after that of the "
			      "inventory",
			      folder);
	return rc;
}

/* Look at the object, and end what is to be ended if it is locked by us. */
static int look(const struct mun_store *s, const char *id, const char *scratch,
		bool locked, bool *todo, struct mun_err *e)
{
	struct mun_pair pair = { .text = NULL };
	struct mun_object o;
	bool entered = false;
	int rc;

	rc = mun_object_load(s, id, &o, e);
	if (!rc)
		rc = judge(&o, &pair, todo, e);
	if (!rc && *todo && locked)
		rc = mun_version_enter(o.dir, scratch, &pair, &entered, e);
	mun_object_clear(&o);
	mun_pair_clear(&pair);
	return rc;
}

/* Only where there is something to do the object is locked, and then looked at
 * again: it may have been a live commit. */
static int finish(const struct mun_store *s, const char *id,
		  const char *scratch, bool *todo, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autoclose int lock = -1;
	int rc;

	rc = look(s, id, scratch, false, todo, e);
	if (rc || !*todo)
		return rc;
	rc = mun_store_object_dir(s, id, &dir, e);
	if (!rc)
		rc = mun_object_lock(dir, &lock, e);
	if (!rc)
		rc = mun_mkdirs(scratch, e);
	return rc ? rc : look(s, id, scratch, true, todo, e);
}

int mun_version_finish(const struct mun_store *s, const char *id,
		       const char *scratch, bool *done, struct mun_err *e)
{
	bool todo = false;
	int rc;

	rc = mun_store_available(s, e);
	if (!rc)
		rc = finish(s, id, scratch, &todo, e);
	if (!rc && done)
		*done = todo;
	return rc ? mun_ctx(e, "end the last version of object '%s'", id) : 0;
}

int mun_version_recover(const struct mun_place *p, const char *id, bool *done,
			struct mun_err *e)
{
	mun_autofree char *scratch = NULL;
	mun_autofree char *rel = NULL;
	int rc;

	if (done)
		*done = false;
	rc = mun_place_available(p, e);
	if (!rc)
		rc = mun_store_object_path(id, &rel, e);
	if (!rc)
		rc = mun_fmt(&scratch, e, "%s/" MUN_VERSION_STAGE "%s",
			     p->spool, strrchr(rel, '/') + 1);
	if (!rc)
		rc = mun_version_finish(p->store, id, scratch, done, e);
	/* Empty, unless it is somebody's stage. */
	if (scratch)
		(void)mun_sys.rmdir(scratch);
	return rc;
}

/* The folder @dir in the spool, which nobody uses, says itself whose it is. */
static int recover_left(const struct mun_place *p, const char *dir, bool *done,
			struct mun_err *e)
{
	mun_autofree char *note = NULL;
	mun_autofree char *id = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(dir, MUN_VERSION_NOTE, &note, e);
	if (!rc)
		rc = mun_val_read(note, MUN_NOTE_MAX, &id, &len, e);
	if (!rc)
		rc = mun_version_finish(p->store, id, dir, done, e);
	/* No note: no step was taken.  No object: nor was there one. */
	return rc == MUN_ENOENT ? 0 : rc;
}

/* A stage is of no use any more; a copy (@keep) goes on from there. */
static int recover_folder(const struct mun_place *p, const char *name,
			  bool keep, uint64_t *n, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autoclose int lock = -1;
	bool done = false;
	int rc;

	rc = mun_path_join(p->spool, name, &dir, e);
	if (!rc)
		rc = mun_object_lock(dir, &lock, e);
	/* Somebody is at it, or has ended it. */
	if (rc == MUN_EBUSY || rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = recover_left(p, dir, &done, e);
	*n += done;
	return rc || keep ? rc : mun_tree_remove(dir, e);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

int mun_version_recover_all(const struct mun_place *p, uint64_t *n,
			    struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	struct mun_err first = { 0 };
	int rc;

	*n = 0;
	rc = mun_place_available(p, e);
	if (!rc)
		rc = mun_dirlist_read(p->spool, &l, e);
	if (rc)
		return rc == MUN_ENOENT ? 0 : rc;
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->of[i].name;
		bool copy = begins(name, MUN_COPY_FOLDER);

		if (!copy && !begins(name, MUN_VERSION_STAGE))
			continue;
		if (recover_folder(p, name, copy, n, e) && !first.code)
			first = *e;
	}
	if (first.code)
		*e = first;
	return first.code;
}
