/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/acquire.c - the one pass over a file; devices have their own way */
#include "ingest/acquire.h"

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/pipeline.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "ingest/acquire_device.h"

#include <errno.h>
#include <string.h>

/* Few enough that a block is still near the processor when the last stage
 * comes to it; measured, docs/performance.md. */
#define BLOCKS 6

/* Below this the read-back after storing costs nothing worth hiding. */
#define FOLLOW_MIN ((uint64_t)16 << 20)

struct run {
	struct mun_acquire *a;
	struct mun_source *from; /* the file, or a clone of it */
	struct mun_imgwriter *to; /* NULL for a clone: it is there already */
	struct mun_readback *follower; /* of the writer; or NULL */
	struct mun_extent extent; /* of the source, around the writer's block */
	uint64_t bad; /* bytes */
	uint64_t good; /* a sector that could be read */
	bool any_good;
};

static int mark(struct run *r, uint64_t off, size_t len,
		enum mun_read_state state, struct mun_err *e)
{
	return mun_readmap_mark(&r->a->map, off, len, state, e);
}

static int mark_good(struct run *r, uint64_t off, size_t len, struct mun_err *e)
{
	r->good = off;
	r->any_good = true;
	return mark(r, off, len, MUN_READ_GOOD, e);
}

/*
 * A disk that went away gives EIO for every sector, and not each loses its
 * size.  One that is only damaged still gives what it gave before.
 */
static int check_still_there(struct run *r, struct mun_err *e)
{
	uint8_t probe[512];
	size_t len = (size_t)MUN_MIN((uint64_t)sizeof(probe),
				     r->a->medium->facts.bytes - r->good);
	int rc;

	if (!r->any_good)
		return 0;
	rc = mun_source_pread(r->from, probe, len, r->good, e);
	return rc ? mun_ctx(e, "the file no longer gives what it gave before: "
			       "its disk went away or fails as a whole")
		  : 0;
}

/* One sector, twice at most: what the second read brings is as good. */
static int read_sector(struct run *r, uint8_t *buf, size_t len, uint64_t off,
		       struct mun_err *e)
{
	struct mun_err why;
	int rc = mun_source_pread(r->from, buf, len, off, &why);

	if (rc && mun_device_is_bad_sector(r->a->medium, why.sys))
		rc = mun_source_pread(r->from, buf, len, off, &why);
	if (!rc)
		return mark_good(r, off, len, e);
	if (!mun_device_is_bad_sector(r->a->medium, why.sys)) {
		*e = why;
		return rc;
	}
	memset(buf, 0, len);
	r->bad += len;
	return mark(r, off, len, MUN_READ_BAD, e);
}

static int read_sectors(struct run *r, struct mun_block *b, struct mun_err *e)
{
	size_t step = r->a->medium->facts.sector_bytes;

	for (size_t at = 0; at < b->len; at += step) {
		size_t len = MUN_MIN(step, b->len - at);
		int rc = mun_cancel_check(e);

		if (!rc)
			rc = read_sector(r, b->data + at, len, b->off + at, e);
		if (rc)
			return mun_ctx(e, "read the file");
	}
	return check_still_there(r, e);
}

/* A file of which nothing can be had is none. */
static int check_anything(const struct run *r, struct mun_err *e)
{
	if (mun_readmap_bytes(&r->a->map, MUN_READ_GOOD))
		return 0;
	return mun_fail(e, MUN_EIO, "not one sector could be read");
}

/* Only a hole as large as the block saves the reader anything. */
static int is_hole(struct run *r, const struct mun_block *b, bool *yes,
		   struct mun_err *e)
{
	struct mun_extent x;
	int rc = mun_source_next_extent(r->from, b->off, &x, e);

	*yes = !rc && x.kind == MUN_EXTENT_HOLE && x.bytes >= b->len;
	return rc;
}

static int read_block(struct run *r, struct mun_block *b, struct mun_err *e)
{
	struct mun_err why;
	int rc = is_hole(r, b, &b->hole, e);

	if (rc)
		return rc;
	if (b->hole) {
		memset(b->data, 0, b->len);
		return mark(r, b->off, b->len, MUN_READ_GOOD, e);
	}
	rc = mun_source_pread(r->from, b->data, b->len, b->off, &why);
	if (!rc)
		return mark_good(r, b->off, b->len, e);
	if (!mun_device_is_bad_sector(r->a->medium, why.sys)) {
		*e = why;
		return mun_ctx(e, "read the file");
	}
	return read_sectors(r, b, e);
}

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct run *r = ctx;
	uint64_t size = r->a->medium->facts.bytes;
	uint64_t left = size - b->off;
	int rc;

	b->len = (size_t)MUN_MIN(left, (uint64_t)MUN_PIPE_BLOCK);
	b->hole = false;
	if (!b->len)
		return 0;
	rc = read_block(r, b, e);
	mun_progress_tell(r->a->progress, "imaging", b->off + b->len, size,
			  r->bad);
	return rc;
}

/* The parts of a block that the source has allocated: holes stay holes. */
static int write_data(struct run *r, const struct mun_block *b,
		      struct mun_err *e)
{
	uint64_t end = b->off + b->len;
	int rc = 0;

	for (uint64_t at = b->off; !rc && at < end;) {
		struct mun_extent *x = &r->extent;
		uint64_t stop;

		if (at >= x->off + x->bytes)
			rc = mun_source_next_extent(r->from, at, x, e);
		if (rc)
			return rc;
		stop = MUN_MIN(end, x->off + x->bytes);
		if (x->kind != MUN_EXTENT_HOLE)
			rc = mun_imgwriter_write(r->to, b->data + (at - b->off),
						 (size_t)(stop - at), at, e);
		at = stop;
	}
	return rc;
}

static int take(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct run *r = ctx;
	int rc = 0;

	if (!r->to)
		return 0;
	if (!b->hole)
		rc = write_data(r, b, e);
	if (!rc && r->follower)
		mun_readback_written(r->follower, b->off + b->len);
	return rc ? mun_ctx(e, "write '%s'", r->a->image_path) : 0;
}

/* Let the file system share the bytes; false where it cannot. */
static int try_clone(struct run *r, struct mun_err *e)
{
	struct mun_acquire *a = r->a;
	struct stat st;
	int fd;
	int rc;

	fd = mun_sys.open(a->image_path,
			  O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			  0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", a->image_path);
	if (mun_sys.ficlone(fd, a->medium->fd) || mun_sys.fstat(fd, &st) ||
	    (uint64_t)st.st_size != a->medium->facts.bytes) {
		(void)mun_sys.close(fd);
		return 0;
	}
	rc = mun_source_from_fd(fd, a->medium->facts.bytes, a->image_path,
				&r->from, e);
	a->cloned = !rc;
	return rc;
}

static int open_ends(struct run *r, struct mun_err *e)
{
	struct mun_acquire *a = r->a;
	int rc;

	r->from = a->medium->source;
	rc = try_clone(r, e);
	if (!rc && !a->cloned)
		rc = mun_imgwriter_open(a->image_path, false, &r->to, e);
	if (!rc && r->to && a->medium->facts.bytes >= FOLLOW_MIN)
		rc = mun_readback_start(a->image_path, a->medium->facts.bytes,
					&r->follower, e);
	return rc;
}

static int run_pipe(struct run *r, struct mun_err *e)
{
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 1];
	mun_auto(hash_stages) *hashes = NULL;
	struct mun_acquire *a = r->a;
	size_t n;
	int rc;

	rc = mun_hash_stages_new(a->algs, true, stages, &n, &hashes, e);
	if (rc)
		return rc;
	stages[n++] = (struct mun_stage){ "write", take, r };
	rc = mun_pipe_run(fill, r, stages, n, MUN_PIPE_BLOCK, BLOCKS, e);
	if (rc)
		return rc;
	rc = check_anything(r, e);
	if (!rc)
		rc = mun_hash_stages_final(hashes, &a->digests, &a->tree, e);
	if (!rc)
		rc = mun_device_same(a->medium, &a->medium->facts, e);
	return rc;
}

static int acquire_file(struct run *r, struct mun_err *e)
{
	struct mun_acquire *a = r->a;
	int rc = mun_readmap_init(&a->map, a->medium->facts.bytes, e);

	if (!rc)
		rc = open_ends(r, e);
	if (!rc)
		rc = run_pipe(r, e);
	if (rc)
		return rc;
	if (r->to)
		rc = mun_imgwriter_finish(r->to, a->medium->facts.bytes, e);
	else
		rc = mun_file_sync(a->image_path, e);
	if (!rc && r->follower)
		rc = mun_readback_finish(r->follower, &a->tree, &a->proof, e);
	return rc;
}

int mun_acquire_run(struct mun_acquire *a, struct mun_err *e)
{
	struct run r = { .a = a };
	int rc;

	if (a->medium->facts.is_device)
		return mun_acquire_device(a, e);
	rc = acquire_file(&r, e);
	mun_readback_free(r.follower);
	mun_imgwriter_free(r.to);
	if (a->cloned)
		mun_source_close(r.from);
	return rc;
}

void mun_acquire_clear(struct mun_acquire *a)
{
	mun_readmap_clear(&a->map);
	mun_tree_clear(&a->tree);
	mun_attempts_clear(&a->attempts);
}
