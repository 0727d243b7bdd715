/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger.c - the append-only record: append, sync, read */
#include "fixity/ledger_int.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/file.h"
#include "core/sys.h"

/* What a failed sync goes back to. */
struct mark {
	struct mun_merkle closed;
	uint64_t tail;
};

int mun_ledger_init(const char *dir, struct mun_err *e)
{
	int rc = mun_mkdirs(dir, e);

	return rc ? mun_ctx(e, "make the ledger '%s'", dir) : 0;
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
	rc = mun_ledger_segment_path(l->dir, mun_ledger_open_segment(l),
				     "jsonl", &path, e);
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
			rc = mun_ledger_close_segment(l, &l->cuts[i].tree, e);
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

	for (uint64_t s = mun_ledger_open_segment(l); !rc && s > first; s--) {
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
	uint64_t limit =
		number == mun_ledger_open_segment(l) ? l->tail : UINT64_MAX;
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
