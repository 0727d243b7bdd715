/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/device_keep.c - the thread that keeps what a medium gives */
#include "ingest/device_run.h"

#include "core/check.h"
#include "core/clock.h"

#include <time.h>

/* Few enough that a block is still near the processor when the last stage
 * comes to it; measured, docs/performance.md. */
#define BLOCKS 6

/* ---- saving ---- */

static void count_map(struct mun_attempt *x, const struct mun_readmap *map)
{
	x->good_after = mun_readmap_bytes(map, MUN_READ_GOOD);
	x->doubtful_after = mun_readmap_bytes(map, MUN_READ_DOUBTFUL);
	x->untried_after = mun_readmap_bytes(map, MUN_READ_NOT_TRIED);
	x->bad_after = map->size - x->good_after - x->doubtful_after -
		       x->untried_after;
}

int mun_device_save(struct mun_device_run *r, const struct mun_readmap *map,
		    const struct mun_rescue_stats *stats, struct mun_err *e)
{
	int rc = mun_spool_save(r->spool, map, e);

	if (rc)
		return rc;
	r->attempt->stats = *stats;
	count_map(r->attempt, map);
	mun_time_text(mun_now_ms(), r->attempt->ended);
	return mun_attempts_save(r->a->session_dir, &r->a->attempts, e);
}

/* ---- while the bytes come in order ---- */

static int take_tree(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct mun_device_run *r = ctx;
	uint64_t off = r->base + b->off;
	int rc = mun_tree_piece(b->data, b->len, r->size,
				r->a->tree.pieces[off / MUN_TREE_PIECE], e);

	if (!rc)
		atomic_store(&r->treed, off + b->len);
	return rc;
}

/* How far the stream is written and has its hashes: that may be vouched for. */
static int note_stream(struct mun_device_run *r, uint64_t *end,
		       struct mun_err *e)
{
	uint64_t upto;
	int rc = 0;

	*end = MUN_MIN(r->written, (uint64_t)atomic_load(&r->treed));
	upto = mun_tree_npieces(*end);
	for (; !rc && r->noted < upto; r->noted++)
		rc = mun_checkpoint_note(&r->ckpt, r->noted,
					 r->a->tree.pieces[r->noted], e);
	return rc;
}

static int save_stream(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_readmap map = { 0 };
	struct mun_rescue_stats stats;
	uint64_t end;
	int rc = note_stream(r, &end, e);

	if (!rc)
		rc = mun_readmap_init(&map, r->size, e);
	mun_intake_lock(r->in);
	stats = r->rescue.stats;
	map.status = r->a->map.status;
	mun_intake_unlock(r->in);
	if (!rc)
		rc = mun_readmap_mark(&map, 0, end, MUN_READ_GOOD, e);
	if (!rc)
		rc = mun_device_save(r, &map, &stats, e);
	mun_readmap_clear(&map);
	return rc;
}

static int take_write(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct mun_device_run *r = ctx;
	uint64_t off = r->base + b->off;
	int rc = mun_spool_append(r->spool, b->data, b->len, off, e);

	if (rc)
		return rc;
	r->written = off + b->len;
	if (r->follower)
		mun_readback_written(r->follower, r->written);
	return mun_checkpoint_due(&r->ckpt) ? save_stream(r, e) : 0;
}

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct mun_device_run *r = ctx;
	/* A megabyte that takes longer than this is not to be waited for: the
	 * part of it that is there has to be saved; the first one soon. */
	int64_t wait = b->off ? mun_checkpoint_ms : mun_checkpoint_ms / 10;

	return mun_intake_fill(r->in, b, mun_clock_monotonic_ms() + wait, e);
}

/* Below this the read-back after storing costs nothing worth hiding. */
#define FOLLOW_MIN ((uint64_t)16 << 20)

static int keep_stream(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_err why;
	uint64_t end;
	int rc = 0;

	if (r->size >= FOLLOW_MIN)
		rc = mun_readback_start(r->a->image_path, r->size, &r->follower,
					e);
	if (rc)
		return rc;
	r->base = r->written = r->hashed;
	r->noted = mun_tree_npieces(r->hashed);
	atomic_store(&r->treed, r->hashed);
	r->stages[r->nhashes] = (struct mun_stage){ "tree", take_tree, r };
	r->stages[r->nhashes + 1] =
		(struct mun_stage){ "write", take_write, r };
	rc = mun_pipe_run(fill, r, r->stages, r->nhashes + 2, MUN_PIPE_BLOCK,
			  BLOCKS, e);
	if (rc) {
		if (save_stream(r, &why))
			mun_log(MUN_LOG_WARN, "no checkpoint could be saved");
		return rc;
	}
	r->hashed = r->written;
	return note_stream(r, &end, e);
}

/* ---- in any order ---- */

static int keep_chunk(struct mun_device_run *r, const struct mun_chunk *c,
		      struct mun_err *e)
{
	int rc = mun_spool_put(r->spool, c->data, c->len, c->off, e);

	if (!rc)
		mun_intake_give_back(r->in);
	return rc;
}

/*
 * While the lock is ours the map says what was given, no more and no less: what
 * of it still waits is kept, and then that map is true.
 */
static int save_chunks(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_rescue_stats stats;
	struct mun_readmap map = { 0 };
	struct mun_chunk c;
	size_t waiting;
	int rc;

	mun_intake_lock(r->in);
	rc = mun_readmap_copy(&r->a->map, &map, e);
	stats = r->rescue.stats;
	waiting = mun_intake_waiting(r->in);
	mun_intake_unlock(r->in);
	for (; !rc && waiting; waiting--) {
		(void)mun_intake_take(r->in, INT64_MAX, &c);
		rc = keep_chunk(r, &c, e);
	}
	if (!rc)
		rc = mun_device_save(r, &map, &stats, e);
	mun_readmap_clear(&map);
	return rc;
}

/* A signal is not waited for: the drive may take minutes to come back. */
static bool must_save(struct mun_device_run *r)
{
	if (mun_cancelled() && !r->saved_at_cancel) {
		r->saved_at_cancel = true;
		return true;
	}
	return mun_checkpoint_due(&r->ckpt);
}

static void pause_a_little(void)
{
	const struct timespec t = { .tv_nsec = 20000000 };

	(void)nanosleep(&t, NULL);
}

static int keep_chunks(struct mun_device_run *r, struct mun_err *e)
{
	int rc = 0;

	while (!rc) {
		struct mun_chunk c;

		switch (mun_intake_take(r->in, mun_checkpoint_due_ms(&r->ckpt),
					&c)) {
		case MUN_INTAKE_CHUNK:
			rc = keep_chunk(r, &c, e);
			break;
		case MUN_INTAKE_LATE:
			if (r->saved_at_cancel)
				pause_a_little();
			break;
		case MUN_INTAKE_END:
			return 0;
		}
		if (!rc && must_save(r))
			rc = save_chunks(r, e);
	}
	return rc;
}

void *mun_device_keep(void *arg)
{
	struct mun_device_run *r = arg;
	int rc = 0;

	if (r->stream)
		rc = keep_stream(r, &r->kept);
	if (!rc)
		rc = keep_chunks(r, &r->kept);
	if (rc)
		mun_intake_fail(r->in, &r->kept);
	else
		r->kept.code = 0;
	return NULL;
}
