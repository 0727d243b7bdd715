/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/acquire.c - the one pass over a medium */
#include "ingest/acquire.h"

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/pipeline.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "ingest/checkpoint.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Few enough that a block is still near the processor when the last stage
 * comes to it; measured, docs/performance.md. */
#define BLOCKS 6

/* Below this the read-back after storing costs nothing worth hiding. */
#define FOLLOW_MIN ((uint64_t)16 << 20)

struct run {
	struct mun_acquire *a;
	struct mun_source *from; /* the medium, or a clone of the file */
	struct mun_source *have; /* image of the interrupted run, or NULL */
	struct mun_imgwriter *to; /* NULL for a clone: it is there already */
	struct mun_readback *follower; /* of the writer; or NULL */
	struct mun_checkpoint ckpt;
	/* Of a->map: the reader marks, the writer saves. */
	pthread_mutex_t lock;
	struct mun_extent extent; /* of the source, around the writer's block */
	uint64_t bad; /* bytes */
	uint64_t good; /* a sector that the medium gave in this run */
	bool any_good;
	uint64_t solid; /* end of the last block that was really written */
};

static bool all_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && !memcmp(p, p + 1, len - 1));
}

static int mark(struct run *r, uint64_t off, size_t len,
		enum mun_read_state state, struct mun_err *e)
{
	int rc;

	pthread_mutex_lock(&r->lock);
	rc = mun_readmap_mark(&r->a->map, off, len, state, e);
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static int mark_good(struct run *r, uint64_t off, size_t len, struct mun_err *e)
{
	r->good = off;
	r->any_good = true;
	return mark(r, off, len, MUN_READ_GOOD, e);
}

/*
 * A drive that went away gives EIO for every sector, and not each loses its
 * size.  A medium that is only damaged still gives what it gave before.
 */
static int check_still_there(struct run *r, struct mun_err *e)
{
	uint8_t probe[512];
	int rc;

	if (!r->any_good)
		return 0;
	rc = mun_source_pread(r->from, probe, sizeof(probe), r->good, e);
	return rc ? mun_ctx(e, "the drive no longer gives what it gave before: "
			       "it went away or fails as a whole")
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
			return mun_ctx(e, "read the medium");
	}
	return check_still_there(r, e);
}

/* A medium of which nothing can be had is none. */
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
	int rc = 0;

	if (!r->a->medium->facts.is_device)
		rc = is_hole(r, b, &b->hole, e);
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
		return mun_ctx(e, "read the medium");
	}
	return read_sectors(r, b, e);
}

/* What cannot be had from the interrupted image is on the medium still. */
static bool reuse_block(struct run *r, struct mun_block *b)
{
	struct mun_err why;

	return r->have && mun_checkpoint_has(&r->ckpt, b->off, b->len) &&
	       !mun_source_pread(r->have, b->data, b->len, b->off, &why) &&
	       mun_checkpoint_prove(&r->ckpt, b->data, b->len, b->off);
}

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct run *r = ctx;
	uint64_t size = r->a->medium->facts.bytes;
	uint64_t left = size - b->off;
	int rc = 0;

	b->len = (size_t)MUN_MIN(left, (uint64_t)MUN_PIPE_BLOCK);
	b->hole = false;
	if (!b->len)
		return 0;
	if (reuse_block(r, b))
		r->a->resumed_bytes += b->len;
	else
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

static int save_checkpoint(struct run *r, uint64_t end, struct mun_err *e)
{
	int rc = mun_imgwriter_sync(r->to, e);

	if (rc)
		return rc;
	pthread_mutex_lock(&r->lock);
	rc = mun_checkpoint_save(&r->ckpt, &r->a->map, end, e);
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static int write_solid(struct run *r, const struct mun_block *b,
		       struct mun_err *e)
{
	int rc = mun_imgwriter_write(r->to, b->data, b->len, b->off, e);

	if (!rc)
		r->solid = b->off + b->len;
	return rc;
}

static int take_device(struct run *r, const struct mun_block *b,
		       struct mun_err *e)
{
	uint64_t end = b->off + b->len;
	bool due = mun_checkpoint_due(&r->ckpt, end);
	int rc;

	if (mun_checkpoint_reused(&r->ckpt, b->off))
		return 0;
	rc = mun_checkpoint_note(&r->ckpt, b->data, b->len, b->off, e);
	/* Zeros are left out, but not where older bytes may lie, nor where
	 * the file has to reach as far as the checkpoint says. */
	if (!rc && (due || b->off < r->ckpt.end || !all_zero(b->data, b->len)))
		rc = write_solid(r, b, e);
	if (!rc && due)
		rc = save_checkpoint(r, end, e);
	return rc;
}

static int take(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct run *r = ctx;
	int rc = 0;

	if (!r->to)
		return 0;
	if (r->a->medium->facts.is_device)
		rc = take_device(r, b, e);
	else if (!b->hole)
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

	if (a->medium->facts.is_device)
		return 0;
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
	int rc = 0;

	r->from = a->medium->source;
	if (a->medium->facts.is_device)
		rc = mun_checkpoint_load(&r->ckpt, a->session_dir,
					 a->image_path, &a->map, e);
	if (!rc && r->ckpt.end)
		rc = mun_source_open_direct(a->image_path, &r->have, e);
	if (!rc)
		rc = try_clone(r, e);
	if (!rc && !a->cloned)
		rc = mun_imgwriter_open(a->image_path, r->have != NULL, &r->to,
					e);
	/* A drive is slow and its image may be resumed: there the read-back
	 * comes when the object is stored. */
	if (!rc && r->to && !a->medium->facts.is_device &&
	    a->medium->facts.bytes >= FOLLOW_MIN)
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

/* Whatever fails from now on, the medium need not be read again. */
static int finish_image(struct run *r, struct mun_err *e)
{
	uint64_t size = r->a->medium->facts.bytes;
	int rc;

	if (!r->to)
		return mun_file_sync(r->a->image_path, e);
	rc = mun_imgwriter_finish(r->to, size, e);
	if (!rc && r->a->medium->facts.is_device && r->ckpt.saved < size)
		rc = mun_checkpoint_save(&r->ckpt, &r->a->map, size, e);
	return rc;
}

/* Interrupted: what has been read need not be read again. */
static void save_what_there_is(struct run *r)
{
	struct mun_err why;

	if (r->to && r->a->medium->facts.is_device &&
	    r->solid > r->ckpt.saved && save_checkpoint(r, r->solid, &why))
		mun_log(MUN_LOG_WARN, "no checkpoint could be saved");
}

int mun_acquire_run(struct mun_acquire *a, struct mun_err *e)
{
	struct run r = { .a = a, .lock = PTHREAD_MUTEX_INITIALIZER };
	int rc;

	rc = mun_readmap_init(&a->map, a->medium->facts.bytes, e);
	if (!rc)
		rc = open_ends(&r, e);
	if (!rc)
		rc = run_pipe(&r, e);
	if (!rc)
		rc = finish_image(&r, e);
	else
		save_what_there_is(&r);
	if (!rc && r.follower)
		rc = mun_readback_finish(r.follower, &a->tree, &a->proof, e);
	mun_readback_free(r.follower);
	mun_imgwriter_free(r.to);
	mun_source_close(r.have);
	if (a->cloned)
		mun_source_close(r.from);
	mun_checkpoint_clear(&r.ckpt);
	pthread_mutex_destroy(&r.lock);
	return rc;
}

void mun_acquire_clear(struct mun_acquire *a)
{
	mun_readmap_clear(&a->map);
	mun_tree_clear(&a->tree);
}
