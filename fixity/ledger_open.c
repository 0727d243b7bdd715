/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_open.c - a ledger is taken up where it was left, or refused */
#include "fixity/ledger_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"

#define LOCK_POLL_NS 20000000L

/* The highest numbers that names in the folder have; -1: none. */
static int find_newest(const char *dir, int64_t *lines, int64_t *digests,
		       struct mun_err *e)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int rc = 0;

	*lines = *digests = -1;
	if (!d)
		return mun_fail_sys(e, errno, "look into '%s'", dir);
	for (errno = 0; (entry = readdir(d)); errno = 0) {
		int64_t *newest;
		uint64_t number;
		bool digest;

		if (!mun_ledger_segment_of(entry->d_name, &number, &digest))
			continue;
		newest = digest ? digests : lines;
		if (*newest < (int64_t)number)
			*newest = (int64_t)number;
	}
	if (errno)
		rc = mun_fail_sys(e, errno, "look into '%s'", dir);
	(void)closedir(d);
	return rc;
}

/* Take up the lines of the open segment. */
static int read_lines(struct mun_ledger *l, struct mun_ledger_lines *r,
		      struct mun_err *e)
{
	uint8_t leaf[MUN_MERKLE_HASH];
	const char *line;
	size_t len;
	int rc;

	while (!(rc = mun_ledger_lines_next(r, &line, &len, e)) && line) {
		if (r->count > MUN_LEDGER_SEGMENT)
			return mun_fail(e, MUN_ECORRUPT,
					"more than %u lines and no digest file",
					MUN_LEDGER_SEGMENT);
		if (mun_ledger_entry_check(line, len, e)) {
			(void)mun_ctx(e, "line %" PRIu64, r->count);
			e->code = MUN_ECORRUPT;
			return e->code;
		}
		rc = mun_merkle_leaf(line, len, leaf, e);
		if (!rc)
			rc = mun_merkle_add(&l->tree, leaf, e);
		if (rc)
			return rc;
	}
	l->tail = r->bytes;
	return rc;
}

/* A line that an interruption cut was never told to anyone as written. */
static int drop_torn(const struct mun_ledger *l, const char *path,
		     const struct mun_ledger_lines *r, struct mun_err *e)
{
	if (!r->torn || l->lock < 0)
		return 0;
	mun_log(MUN_LOG_WARN,
		"ledger: the last line of '%s' was interrupted: its %zu bytes are dropped",
		path, r->torn);
	return mun_ledger_cut_file(path, r->bytes, e);
}

static int read_open_segment(struct mun_ledger *l, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_ledger_lines r;
	int rc;

	rc = mun_ledger_segment_path(l->dir, mun_ledger_open_segment(l),
				     "jsonl", &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, false, e);
	if (!rc)
		rc = read_lines(l, &r, e);
	if (!rc)
		rc = drop_torn(l, path, &r, e);
	mun_ledger_lines_close(&r);
	return rc ? mun_ctx(e, "ledger '%s'", path) : 0;
}

/* Newest digest file first, then the lines behind it. */
static int take_up(struct mun_ledger *l, struct mun_err *e)
{
	struct mun_ledger_segment s;
	int64_t digests;
	int64_t lines;
	int rc;

	rc = find_newest(l->dir, &lines, &digests, e);
	/* A name that came while the folder was read may have been missed. */
	if (!rc && (digests > lines || lines > digests + 1))
		rc = find_newest(l->dir, &lines, &digests, e);
	if (rc)
		return rc;
	if (digests > lines)
		return mun_fail(e, MUN_ECORRUPT,
				"segment %08" PRId64
				" has a digest file and no lines",
				digests);
	if (lines > digests + 1)
		return mun_fail(e, MUN_ECORRUPT,
				"segment %08" PRId64
				" follows one without a digest file",
				lines);
	if (digests >= 0) {
		rc = mun_ledger_segment_load(l->dir, (uint64_t)digests, &s, e);
		if (rc)
			return rc;
		l->closed = s.after;
	}
	l->tree = l->closed;
	if (lines > digests)
		rc = read_open_segment(l, e);
	/* Killed between the last line and the digest file. */
	if (!rc && l->lock >= 0 &&
	    l->tree.size == l->closed.size + MUN_LEDGER_SEGMENT)
		rc = mun_ledger_close_segment(l, &l->tree, e);
	return rc;
}

/* Nobody may go on writing where signed entries are gone: it would be a fork.
 * (All else that can be wrong is mun_ledger_verify()'s.) */
static int check_covered(struct mun_ledger *l, struct mun_err *e)
{
	uint8_t root[MUN_MERKLE_HASH];
	mun_autofree char *path = NULL;
	struct mun_ledger_head h;
	struct stat st;
	uint64_t end;
	int rc;

	rc = mun_path_join(l->dir, MUN_LEDGER_HEADS, &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_heads_last(l->dir, &h, &end, e);
	if (rc && rc != MUN_ENOENT)
		return rc;
	if (!lstat(path, &st) && (uint64_t)st.st_size > end) {
		mun_log(MUN_LOG_WARN,
			"ledger: the last line of '%s' was interrupted and is dropped",
			path);
		if (mun_ledger_cut_file(path, end, e))
			return e->code;
	}
	if (rc)
		return 0;
	if (h.size > l->tree.size)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu64 " entries, where %" PRIu64
				" were signed at %s",
				l->tree.size, h.size, h.time);
	if (h.size < l->tree.size)
		return 0;
	rc = mun_merkle_root(&l->tree, root, e);
	if (!rc && memcmp(root, h.root, sizeof(root)) != 0)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the %" PRIu64
			      " entries are not those that were signed at %s",
			      h.size, h.time);
	return rc;
}

static int take_lock(struct mun_ledger *l, struct mun_err *e)
{
	const struct timespec pause = { .tv_nsec = LOCK_POLL_NS };
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(l->dir, MUN_LEDGER_LOCK, &path, e);
	while (!rc) {
		rc = mun_lock_take(path, &l->lock, e);
		if (rc != MUN_EBUSY)
			return rc;
		rc = mun_cancel_check(e);
		if (!rc)
			(void)nanosleep(&pause, NULL);
	}
	return rc;
}

static int open_dir(struct mun_ledger *l, bool write, struct mun_err *e)
{
	struct stat st;
	int rc = 0;

	if (stat(l->dir, &st))
		return mun_fail_sys(e, errno, "look at it");
	if (!S_ISDIR(st.st_mode))
		return mun_fail_sys(e, ENOTDIR, "it is not a folder");
	if (write)
		rc = take_lock(l, e);
	if (!rc)
		rc = take_up(l, e);
	if (!rc && write)
		rc = check_covered(l, e);
	return rc;
}

int mun_ledger_open(const char *dir, bool write, struct mun_ledger **out,
		    struct mun_err *e)
{
	mun_auto(ledger) *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return mun_fail_nomem(e, "ledger");
	l->lock = -1;
	rc = mun_strdup(dir, &l->dir, e);
	if (!rc)
		rc = open_dir(l, write, e);
	if (rc)
		return mun_ctx(e, "open the ledger '%s'", dir);
	l->next = l->tree;
	*out = mun_steal(&l);
	return 0;
}

void mun_ledger_close(struct mun_ledger *l)
{
	if (!l)
		return;
	if (l->lock >= 0)
		(void)close(l->lock);
	free(l->dir);
	free(l->pending);
	free(l->cuts);
	free(l);
}
