/* SPDX-License-Identifier: Apache-2.0 */
/* store/replicate.c - a whole object into another place (store/replicate.h) */
#include "store/replicate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/sys.h"
#include "store/replica_int.h"
#include "store/stage_int.h"

/* What a missing file of an object that is there means. */
static int judge(struct mun_replica *r, int rc, struct mun_err *e)
{
	struct mun_err away;

	/* Was it that one of the two went away meanwhile? */
	if (rc == MUN_EIO || rc == MUN_ENOENT || rc == MUN_EFIXITY) {
		if (mun_place_available(r->from, &away) ||
		    mun_place_available(r->to, &away)) {
			*e = away;
			return e->code;
		}
	}
	if (r->inv && r->tally.source_fault &&
	    (rc == MUN_ENOENT || rc == MUN_ECORRUPT || rc == MUN_EINVAL))
		rc = e->code = MUN_EFIXITY;
	return rc;
}

void mun_replica_remove(struct mun_replica *r)
{
	struct mun_err ignored;

	if (r->mine && mun_tree_remove(r->dir, &ignored))
		mun_log(MUN_LOG_WARN, "'%s' could not be removed", r->dir);
}

static int replicate(struct mun_replica *r,
		     const struct mun_replica_file *files, size_t nfiles,
		     struct mun_err *e)
{
	bool there = false;
	int rc;

	rc = mun_replica_begin(r, e);
	if (!rc)
		rc = mun_store_has(r->to->store, r->id, &there, e);
	if (!rc && there)
		return mun_fail(e, MUN_EEXIST, "store '%s' has it already",
				r->to->name);
	if (!rc)
		rc = mun_replica_fill(r, files, nfiles, e);
	/* In the long time since, a disk may have been changed. */
	if (!rc)
		rc = mun_place_available(r->to, e);
	if (!rc)
		rc = mun_commit_move(r->to->store, r->id, r->object, e);
	if (!rc)
		mun_replica_remove(r);
	return rc;
}

int mun_replica_conclude(struct mun_replica *r, int rc, struct mun_err *e)
{
	if (rc)
		rc = judge(r, rc, e);
	r->out->bytes = r->tally.done;
	r->out->resumed = r->tally.resumed;
	r->out->source_fault = rc && r->tally.source_fault;
	mun_replica_clear(r);
	return rc ? mun_ctx(e, "copy object '%s' from store '%s' to '%s'",
			    r->id, r->from->name, r->to->name)
		  : 0;
}

int mun_replicate(const struct mun_place *from, const struct mun_place *to,
		  const char *id, const struct mun_replica_file *files,
		  size_t nfiles, const struct mun_progress_to *progress,
		  struct mun_replica_result *out, struct mun_err *e)
{
	struct mun_replica r = {
		.from = from, .to = to, .id = id, .first = 1, .out = out
	};

	*out = (struct mun_replica_result){ .files = 0 };
	r.tally.progress = progress;
	return mun_replica_conclude(&r, replicate(&r, files, nfiles, e), e);
}

int mun_replicate_discard(const struct mun_place *to, const char *id,
			  struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autoclose int lock = -1;
	struct stat st;
	int rc;

	rc = mun_place_available(to, e);
	if (!rc)
		rc = mun_replica_folder(to, id, &dir, e);
	if (rc)
		return rc;
	if (lstat(dir, &st) && errno == ENOENT)
		return 0;
	rc = mun_object_lock(dir, &lock, e);
	return rc ? rc : mun_tree_remove(dir, e);
}
