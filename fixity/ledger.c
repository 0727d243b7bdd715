/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger.c - the append-only record: open, append, sync, read */
#include "fixity/ledger_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/digest.h"

#define LOCK_POLL_NS 20000000L

/* What a failed sync goes back to. */
struct mark {
	struct mun_merkle closed;
	uint64_t tail;
};

static uint64_t open_segment(const struct mun_ledger *l)
{
	return l->closed.size / MUN_LEDGER_SEGMENT;
}

int mun_ledger_init(const char *dir, struct mun_err *e)
{
	int rc = mun_mkdirs(dir, e);

	return rc ? mun_ctx(e, "make the ledger '%s'", dir) : 0;
}

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

	rc = mun_ledger_segment_path(l->dir, open_segment(l), "jsonl", &path,
				     e);
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

/* Read the full segment back from the disk into its digests. */
static int digest_segment(const struct mun_ledger *l, const char *path,
			  struct mun_ledger_segment *out, struct mun_err *e)
{
	struct mun_merkle own = { 0 };
	uint8_t leaf[MUN_MERKLE_HASH];
	struct mun_digests d = { 0 };
	struct mun_ledger_lines r;
	const char *line;
	size_t len;
	int rc;

	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, true, e);
	while (!rc && !(rc = mun_ledger_lines_next(&r, &line, &len, e)) &&
	       line) {
		rc = mun_merkle_leaf(line, len, leaf, e);
		if (!rc)
			rc = mun_merkle_add(&own, leaf, e);
	}
	if (!rc && (own.size != MUN_LEDGER_SEGMENT || r.torn))
		rc = mun_fail(e, MUN_EFIXITY,
			      "%" PRIu64 " lines on the disk, not %u", own.size,
			      MUN_LEDGER_SEGMENT);
	if (!rc)
		rc = mun_hasher_final(r.sha256, &d, e);
	mun_ledger_lines_close(&r);
	if (rc)
		return rc;
	*out = (struct mun_ledger_segment){ .number = open_segment(l),
					    .after = l->closed };
	memcpy(out->sha256, d.of[MUN_SHA256].bytes, sizeof(out->sha256));
	rc = mun_merkle_root(&own, out->root, e);
	return rc ? rc
		  : mun_merkle_add_subtree(&out->after, MUN_LEDGER_LEVEL,
					   out->root, e);
}

/* Are these two the same tree? */
static int same_tree(const struct mun_merkle *a, const struct mun_merkle *b,
		     struct mun_err *e)
{
	uint8_t root[2][MUN_MERKLE_HASH];
	int rc;

	rc = mun_merkle_root(a, root[0], e);
	if (!rc)
		rc = mun_merkle_root(b, root[1], e);
	if (!rc && memcmp(root[0], root[1], MUN_MERKLE_HASH) != 0)
		rc = mun_fail(e, MUN_EFIXITY, "not what was written");
	return rc;
}

/* Segment full: its digests, durably.  @tree: what we know it to be. */
static int close_segment(struct mun_ledger *l, const struct mun_merkle *tree,
			 struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	struct mun_ledger_segment s;
	int rc;

	rc = mun_ledger_segment_path(l->dir, open_segment(l), "jsonl", &path,
				     e);
	if (rc)
		return rc;
	rc = digest_segment(l, path, &s, e);
	if (!rc)
		rc = same_tree(&s.after, tree, e);
	if (!rc)
		rc = mun_ledger_segment_text(&s, &text, e);
	if (rc)
		return mun_ctx(e, "read '%s' back", path);
	/* "NNNNNNNN.jsonl" less its last letter. */
	path[strlen(path) - 1] = '\0';
	rc = mun_file_write_new(l->dir, path + strlen(l->dir) + 1, text,
				strlen(text), e);
	if (rc)
		return rc;
	l->closed = s.after;
	l->tail = 0;
	return 0;
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
		rc = close_segment(l, &l->tree, e);
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

uint64_t mun_ledger_size(const struct mun_ledger *l)
{
	return l->tree.size;
}

int mun_ledger_root(const struct mun_ledger *l,
		    uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	return mun_merkle_root(&l->tree, out, e);
}

int mun_ledger_writable(const struct mun_ledger *l, struct mun_err *e)
{
	if (l->lock < 0)
		return mun_fail(e, MUN_EINVAL,
				"the ledger is open for reading only");
	if (l->broken)
		return mun_fail(
			e, MUN_EIO,
			"an earlier write to the ledger failed: it must be opened again");
	return 0;
}

/* Room for one more entry of @len bytes, and for one more cut. */
static int reserve(struct mun_ledger *l, size_t len, struct mun_err *e)
{
	size_t want = l->pending_len + len + 1;
	void *more;

	if (want > l->pending_room) {
		want = want < SIZE_MAX / 2 ? 2 * want : want;
		more = realloc(l->pending, want);
		if (!more)
			return mun_fail_nomem(e, "ledger entries");
		l->pending = more;
		l->pending_room = want;
	}
	if (l->ncuts == l->cuts_room) {
		want = l->cuts_room ? 2 * l->cuts_room : 4;
		more = reallocarray(l->cuts, want, sizeof(*l->cuts));
		if (!more)
			return mun_fail_nomem(e, "ledger entries");
		l->cuts = more;
		l->cuts_room = want;
	}
	return 0;
}

int mun_ledger_append(struct mun_ledger *l, const char *entry, size_t len,
		      struct mun_err *e)
{
	uint8_t leaf[MUN_MERKLE_HASH];
	int rc;

	rc = mun_ledger_writable(l, e);
	if (!rc)
		rc = mun_ledger_entry_check(entry, len, e);
	if (!rc && l->next.size / MUN_LEDGER_SEGMENT >= MUN_LEDGER_SEGMENTS)
		rc = mun_fail(e, MUN_EINVAL, "the ledger is full");
	if (!rc)
		rc = reserve(l, len, e);
	if (!rc)
		rc = mun_merkle_leaf(entry, len, leaf, e);
	if (!rc)
		rc = mun_merkle_add(&l->next, leaf, e);
	if (rc)
		return rc;
	memcpy(l->pending + l->pending_len, entry, len);
	l->pending_len += len;
	l->pending[l->pending_len++] = '\n';
	if (l->next.size % MUN_LEDGER_SEGMENT == 0)
		l->cuts[l->ncuts++] = (struct mun_ledger_cut){
			.at = l->pending_len,
			.tree = l->next,
		};
	return 0;
}

/* Bytes of pending to the end of the open segment's file. */
static int write_some(struct mun_ledger *l, const char *data, size_t len,
		      struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	if (!len)
		return 0;
	rc = mun_ledger_segment_path(l->dir, open_segment(l), "jsonl", &path,
				     e);
	if (!rc)
		rc = mun_ledger_write(path, data, len, l->tail, e);
	if (!rc && !l->tail)
		rc = mun_dir_sync(l->dir, e);
	if (!rc)
		l->tail += len;
	return rc;
}

static int write_pending(struct mun_ledger *l, struct mun_err *e)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < l->ncuts; i++) {
		rc = write_some(l, l->pending + at, l->cuts[i].at - at, e);
		if (!rc)
			rc = close_segment(l, &l->cuts[i].tree, e);
		at = l->cuts[i].at;
	}
	if (!rc)
		rc = write_some(l, l->pending + at, l->pending_len - at, e);
	return rc;
}

static int remove_file(const char *dir, uint64_t number, const char *suffix,
		       struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_ledger_segment_path(dir, number, suffix, &path, e);
	if (!rc && mun_sys.unlink(path) && errno != ENOENT)
		rc = mun_fail_sys(e, errno, "remove '%s'", path);
	return rc;
}

/* Newest first, so that what is left is a ledger at every moment. */
static int cut_back(struct mun_ledger *l, const struct mark *to,
		    struct mun_err *e)
{
	uint64_t first = to->closed.size / MUN_LEDGER_SEGMENT;
	mun_autofree char *path = NULL;
	int rc = 0;

	for (uint64_t s = open_segment(l); !rc && s > first; s--) {
		rc = remove_file(l->dir, s, "json", e);
		if (!rc)
			rc = remove_file(l->dir, s, "jsonl", e);
	}
	if (!rc)
		rc = remove_file(l->dir, first, "json", e);
	if (!rc && !to->tail) {
		rc = remove_file(l->dir, first, "jsonl", e);
	} else if (!rc) {
		rc = mun_ledger_segment_path(l->dir, first, "jsonl", &path, e);
		if (!rc)
			rc = mun_ledger_cut_file(path, to->tail, e);
	}
	return rc ? rc : mun_dir_sync(l->dir, e);
}

int mun_ledger_sync(struct mun_ledger *l, struct mun_err *e)
{
	const struct mark was = { l->closed, l->tail };
	struct mun_err ignored;
	int rc;

	if (!l->pending_len)
		return 0;
	rc = mun_ledger_writable(l, e);
	if (rc)
		return rc;
	rc = write_pending(l, e);
	if (rc) {
		if (cut_back(l, &was, &ignored))
			l->broken = true;
		l->closed = was.closed;
		l->tail = was.tail;
		l->next = l->tree;
	} else {
		l->tree = l->next;
	}
	l->pending_len = 0;
	l->ncuts = 0;
	return rc ? mun_ctx(e, "write the ledger '%s'", l->dir) : 0;
}

/* Entries of one segment: lines [@from, @to) of it. */
static int read_segment(const struct mun_ledger *l, uint64_t number,
			uint64_t from, uint64_t to, mun_ledger_entry_fn *fn,
			void *ctx, struct mun_err *e)
{
	uint64_t limit = number == open_segment(l) ? l->tail : UINT64_MAX;
	mun_autofree char *path = NULL;
	struct mun_ledger_lines r;
	const char *line;
	size_t len;
	int rc;

	rc = mun_ledger_segment_path(l->dir, number, "jsonl", &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_lines_open(&r, path, limit, false, e);
	for (uint64_t i = 0; !rc && i < to; i++) {
		rc = mun_ledger_lines_next(&r, &line, &len, e);
		if (!rc && !line)
			rc = mun_fail(e, MUN_ECORRUPT,
				      "'%s' has %" PRIu64
				      " lines, not %" PRIu64,
				      path, i, to);
		if (!rc && i >= from)
			rc = fn(ctx, number * MUN_LEDGER_SEGMENT + i, line, len,
				e);
	}
	mun_ledger_lines_close(&r);
	return rc;
}

int mun_ledger_read(const struct mun_ledger *l, uint64_t from, uint64_t to,
		    mun_ledger_entry_fn *fn, void *ctx, struct mun_err *e)
{
	int rc = 0;

	if (from > to || to > l->tree.size)
		return mun_fail(e, MUN_EINVAL,
				"entries %" PRIu64 " to %" PRIu64
				" of a ledger of %" PRIu64,
				from, to, l->tree.size);
	while (!rc && from < to) {
		uint64_t number = from / MUN_LEDGER_SEGMENT;
		uint64_t first = number * MUN_LEDGER_SEGMENT;
		uint64_t end = first + MUN_LEDGER_SEGMENT;

		if (end > to)
			end = to;
		rc = mun_cancel_check(e);
		if (!rc)
			rc = read_segment(l, number, from - first, end - first,
					  fn, ctx, e);
		from = end;
	}
	return rc;
}
