/* SPDX-License-Identifier: Apache-2.0 */
/* store/replicate_update.c - newer versions into an older copy (replicate.h) */
#include "store/replicate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/inventory_json.h"
#include "store/replica_int.h"
#include "store/version_int.h"

struct update {
	struct mun_replica r;
	struct mun_object target; /* as it is before */
	int lock; /* of the target's object */
	unsigned long moved; /* highest version that was moved in; 0: none */
};

/* Is what the target has the beginning of what the source has? */
static int check_versions(struct update *u, struct mun_err *e)
{
	mun_autojson json_t *newer = NULL;
	mun_autojson json_t *older = NULL;
	mun_auto(inventory) *inv = NULL;
	const struct mun_pair *t = &u->target.pair;
	unsigned long head;
	int rc;

	rc = mun_inventory_parse(t->text, t->len, &inv, e);
	if (!rc)
		rc = mun_inventory_json(t->text, t->len, &older, e);
	if (!rc)
		rc = mun_inventory_json(u->r.source.pair.text,
					u->r.source.pair.len, &newer, e);
	if (rc)
		return rc;
	head = mun_inventory_version(inv->head);
	if (head > u->r.last || !mun_version_extends(newer, older))
		return mun_fail(e, MUN_EINVAL,
				"store '%s' has other versions of it than "
				"store '%s'",
				u->r.to->name, u->r.from->name);
	if (head == u->r.last)
		return mun_fail(e, MUN_EEXIST,
				"store '%s' has this version already",
				u->r.to->name);
	u->r.first = head + 1;
	return 0;
}

static int load_target(struct update *u, struct mun_err *e)
{
	int rc;

	/* Of an update that was killed. */
	rc = mun_version_recover(u->r.to, u->r.id, NULL, e);
	if (!rc)
		rc = mun_object_load(u->r.to->store, u->r.id, &u->target, e);
	return rc ? mun_ctx(e, "in store '%s'", u->r.to->name) : 0;
}

/* Nobody else may have changed the target since it was looked at. */
static int lock_target(struct update *u, struct mun_err *e)
{
	struct mun_object now;
	bool same = false;
	int rc;

	rc = mun_object_lock(u->target.dir, &u->lock, e);
	if (rc)
		return rc;
	rc = mun_object_load(u->r.to->store, u->r.id, &now, e);
	if (!rc)
		same = now.pair.len == u->target.pair.len &&
		       !memcmp(now.pair.text, u->target.pair.text,
			       now.pair.len);
	mun_object_clear(&now);
	if (!rc && !same)
		rc = mun_fail(e, MUN_EBUSY,
			      "the copy in store '%s' was changed meanwhile",
			      u->r.to->name);
	return rc;
}

/* Version @v between the spool (@in: from there) and the object. */
static int move_one(const struct update *u, unsigned long v, bool in,
		    struct mun_err *e)
{
	mun_autofree char *spool = NULL;
	mun_autofree char *object = NULL;
	const char *from;
	const char *to;
	int rc;

	rc = mun_fmt(&spool, e, "%s/v%lu", u->r.object, v);
	if (!rc)
		rc = mun_fmt(&object, e, "%s/v%lu", u->target.dir, v);
	if (rc)
		return rc;
	from = in ? spool : object;
	to = in ? object : spool;
	if (mun_sys.rename_new(from, to))
		return mun_fail_sys(e, errno, "move '%s' to '%s'", from, to);
	return 0;
}

/* After an error the copy shall have the old version, as a whole. */
static void move_out(struct update *u)
{
	struct mun_err why;

	while (u->moved >= u->r.first) {
		if (move_one(u, u->moved, false, &why)) {
			mun_log(MUN_LOG_WARN,
				"version %lu of '%s' could not be taken out of "
				"store '%s' again",
				u->moved, u->r.id, u->r.to->name);
			return;
		}
		u->moved--;
	}
}

static int move_in(struct update *u, struct mun_err *e)
{
	int rc = 0;

	for (unsigned long v = u->r.first; !rc && v <= u->r.last; v++) {
		rc = move_one(u, v, true, e);
		if (!rc)
			u->moved = v;
	}
	return rc ? rc : mun_dir_sync(u->target.dir, e);
}

/* What cannot be undone is tried once more. */
static int enter(struct update *u, struct mun_err *e)
{
	bool entered = false;
	struct mun_err again;
	int rc;

	rc = mun_version_enter(u->target.dir, u->r.dir, &u->r.source.pair,
			       &entered, e);
	if (!rc || !entered)
		return rc;
	u->moved = 0;
	if (!mun_version_enter(u->target.dir, u->r.dir, &u->r.source.pair,
			       &entered, &again))
		return 0;
	return mun_ctx(e,
		       "the new version is there, but not yet to be relied on");
}

static int update(struct update *u, const struct mun_replica_file *files,
		  size_t nfiles, struct mun_err *e)
{
	int rc;

	rc = mun_replica_begin(&u->r, e);
	if (!rc)
		rc = load_target(u, e);
	if (!rc)
		rc = check_versions(u, e);
	if (!rc)
		rc = mun_replica_fill(&u->r, files, nfiles, e);
	if (!rc)
		rc = mun_file_replace(u->r.dir, MUN_VERSION_NOTE, u->r.id,
				      strlen(u->r.id), e);
	if (!rc)
		rc = mun_place_available(u->r.to, e);
	if (!rc)
		rc = lock_target(u, e);
	if (rc)
		return rc;
	rc = move_in(u, e);
	if (!rc)
		rc = enter(u, e);
	if (rc)
		move_out(u);
	else
		mun_replica_remove(&u->r);
	return rc;
}

int mun_replicate_update(const struct mun_place *from,
			 const struct mun_place *to, const char *id,
			 const struct mun_replica_file *files, size_t nfiles,
			 const struct mun_progress_to *progress,
			 struct mun_replica_result *out, struct mun_err *e)
{
	struct update u = {
		.r = { .from = from, .to = to, .id = id, .out = out },
		.lock = -1
	};
	int rc;

	*out = (struct mun_replica_result){ .files = 0 };
	u.r.tally.progress = progress;
	rc = update(&u, files, nfiles, e);
	mun_object_clear(&u.target);
	mun_closep(&u.lock);
	return mun_replica_conclude(&u.r, rc, e);
}
