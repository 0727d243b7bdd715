/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/acquire_device.c - a device is read, gone on with, and digested
 *
 *   prove     what an interrupted run left (ingest/device_image.c)
 *   read      what is missing (medium/rescue.h), kept by a second thread
 *             (ingest/device_keep.c)
 *   complete  the digests, from the image, where they could not go along
 */
#include "ingest/acquire_device.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/parse.h"
#include "ingest/device_run.h"
#include "ingest/mended.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the medium's reader: the lock is open while it works ---- */

static struct mun_device_run *run_of(struct mun_reader *reader)
{
	return (struct mun_device_run *)(void *)((char *)reader -
						 offsetof(struct mun_device_run,
							  reader));
}

static int open_read(struct mun_reader *reader, void *buf, size_t len,
		     uint64_t off, struct mun_read_reply *reply,
		     struct mun_err *e)
{
	struct mun_device_run *r = run_of(reader);
	struct mun_reader *inner = r->a->medium->reader;
	int rc;

	mun_intake_unlock(r->in);
	rc = inner->ops->read(inner, buf, len, off, reply, e);
	mun_intake_lock(r->in);
	return rc;
}

static int open_reopen(struct mun_reader *reader, struct mun_err *e)
{
	struct mun_device_run *r = run_of(reader);
	struct mun_reader *inner = r->a->medium->reader;
	int rc;

	mun_intake_unlock(r->in);
	rc = inner->ops->reopen(inner, e);
	mun_intake_lock(r->in);
	return rc;
}

static void open_gently(struct mun_reader *reader, bool on)
{
	struct mun_reader *inner = run_of(reader)->a->medium->reader;

	inner->ops->gently(inner, on);
}

static void wrap_reader(struct mun_device_run *r, const struct mun_reader *from)
{
	r->reader = *from;
	r->reader_ops = (struct mun_reader_ops){
		.read = open_read,
		.reopen = from->ops->reopen ? open_reopen : NULL,
		.gently = from->ops->gently ? open_gently : NULL,
	};
	r->reader.ops = &r->reader_ops;
}

/* ---- what medium/rescue.h calls ---- */

/* Sectors from @at on that are to be kept alike. */
static size_t alike(const uint8_t *states, size_t n, size_t at)
{
	size_t end = at;

	while (end < n && (states[end] == MUN_SECTOR_BAD) ==
				  (states[at] == MUN_SECTOR_BAD))
		end++;
	return end - at;
}

static bool all_well(const uint8_t *states, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (states[i] != MUN_SECTOR_GOOD &&
		    states[i] != MUN_SECTOR_CORRECTED)
			return false;
	return true;
}

static int take(void *ctx, const void *data, size_t len, uint64_t off,
		const uint8_t *states, struct mun_err *e)
{
	struct mun_device_run *r = ctx;
	size_t step = r->reader.sector_bytes;
	const uint8_t *p = data;
	size_t n = len / step;
	int rc = mun_mended_note(r->a->session_dir, states, n, off,
				 r->reader.sector_bytes, e);

	if (rc)
		return rc;
	if (!states || all_well(states, n))
		return mun_intake_give(r->in, data, len, off, e);
	/* What is doubtful may be had better later. */
	mun_intake_disorder(r->in);
	for (size_t i = 0, k = 0; !rc && i < n; i += k) {
		k = alike(states, n, i);
		if (states[i] != MUN_SECTOR_BAD)
			rc = mun_intake_give(r->in, p + i * step, k * step,
					     off + i * step, e);
	}
	return rc;
}

static int tick(void *ctx, const struct mun_rescue_stats *s, struct mun_err *e)
{
	mun_device_tell(ctx, s);
	return mun_cancel_check(e);
}

/* A signal ends the wait; tick() will see it. */
static void wait_ms(void *ctx, int64_t ms)
{
	const struct timespec slice = { .tv_nsec = 50000000 };
	struct mun_device_run *r = ctx;
	int64_t end = mun_clock_monotonic_ms() + ms;

	mun_intake_unlock(r->in);
	while (mun_clock_monotonic_ms() < end && !mun_cancelled())
		(void)nanosleep(&slice, NULL);
	mun_intake_lock(r->in);
}

/* ---- read ---- */

/* Only where all that is left lies behind what the digests have. */
static bool can_stream(const struct mun_device_run *r)
{
	const struct mun_read_run *rest =
		mun_readmap_run(&r->a->map, r->hashed);

	return !r->a->policy.reverse && rest &&
	       rest->state == MUN_READ_NOT_TRIED && rest->off == r->hashed &&
	       rest->off + rest->bytes == r->size;
}

static int begin_attempt(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_attempts *all = &r->a->attempts;
	struct mun_attempt *more =
		realloc(all->of, (all->n + 1) * sizeof(*more));
	struct mun_attempt *x;

	if (!more)
		return mun_fail_nomem(e, "attempts");
	all->of = more;
	x = &all->of[all->n++];
	*x = (struct mun_attempt){
		.drive = r->a->medium->facts,
		.policy = r->a->policy,
		.interrupted = true, /* until it has ended */
		.good_before = mun_readmap_bytes(&r->a->map, MUN_READ_GOOD),
	};
	mun_time_text(mun_now_ms(), x->started);
	r->attempt = x;
	return mun_device_save(r, &r->a->map, &r->rescue.stats, e);
}

/* As it stands now, whatever ended it. */
static int end_attempt(struct mun_device_run *r, int rc, struct mun_err *e)
{
	struct mun_err why;
	int saved;

	/* What was given could not be kept: the checkpoint before holds. */
	if (r->kept.code)
		return rc;
	r->attempt->stop = r->rescue.stop;
	r->attempt->interrupted = rc != 0;
	saved = mun_device_save(r, &r->a->map, &r->rescue.stats, &why);
	if (!rc && saved)
		*e = why;
	else if (saved)
		mun_log(MUN_LOG_WARN, "no checkpoint could be saved");
	return rc ? rc : saved;
}

static int read_and_keep(struct mun_device_run *r, struct mun_err *e)
{
	pthread_t keeper;
	int err = pthread_create(&keeper, NULL, mun_device_keep, r);
	int rc;

	if (err)
		return mun_fail(e, MUN_EIO, "start a thread: %s",
				strerrordesc_np(err));
	mun_intake_lock(r->in);
	rc = mun_rescue_run(&r->rescue, e);
	mun_intake_unlock(r->in);
	mun_intake_end(r->in);
	(void)pthread_join(keeper, NULL);
	if (r->kept.code) {
		*e = r->kept;
		rc = r->kept.code;
	}
	return rc;
}

static int gone(const struct mun_device_run *r, struct mun_err *e)
{
	char good[16];
	char all[16];

	mun_human_bytes(mun_readmap_bytes(&r->a->map, MUN_READ_GOOD), good);
	mun_human_bytes(r->size, all);
	return mun_fail(e, MUN_EIO,
			"the drive went away or gives nothing any more, not "
			"even what it gave before; %s of %s are read",
			good, all);
}

static int read_medium(struct mun_device_run *r, struct mun_err *e)
{
	int rc;

	r->rescue = (struct mun_rescue){
		.reader = &r->reader,
		.map = &r->a->map,
		.policy = r->a->policy,
		.write = take,
		.tick = tick,
		.wait_ms = wait_ms,
		.ctx = r,
	};
	r->stream = can_stream(r);
	rc = mun_intake_new(r->stream, r->hashed, r->size, &r->in, e);
	if (!rc)
		rc = begin_attempt(r, e);
	if (rc)
		return rc;
	rc = read_and_keep(r, e);
	r->told_ms = 0;
	mun_device_tell(r, &r->rescue.stats);
	rc = end_attempt(r, rc, e);
	if (rc)
		return mun_ctx(e, "read the medium");
	r->a->stop = r->rescue.stop;
	return r->a->stop == MUN_RESCUE_AWAY ? gone(r, e) : 0;
}

static enum mun_rescue_stop last_stop(const struct mun_device_run *r)
{
	const struct mun_attempts *all = &r->a->attempts;

	return all->n ? all->of[all->n - 1].stop : MUN_RESCUE_DONE;
}

/* All that the last run got has to be there still. */
static int check_complete(const struct mun_device_run *r, struct mun_err *e)
{
	if (mun_readmap_bytes(&r->a->map, MUN_READ_GOOD) ==
		    mun_readmap_bytes(&r->ckpt.had, MUN_READ_GOOD) &&
	    mun_readmap_bytes(&r->a->map, MUN_READ_DOUBTFUL) ==
		    mun_readmap_bytes(&r->ckpt.had, MUN_READ_DOUBTFUL) &&
	    r->ckpt.any)
		return 0;
	return mun_fail(e, MUN_EFIXITY,
			"'%s' is not what was read: the medium is needed again",
			r->a->image_path);
}

/* ---- all of it ---- */

static int begin(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_acquire *a = r->a;
	int rc;

	a->tree.bytes = r->size;
	a->tree.npieces = mun_tree_npieces(r->size);
	a->tree.pieces =
		calloc((size_t)a->tree.npieces + 1, sizeof(*a->tree.pieces));
	if (!a->tree.pieces)
		return mun_fail_nomem(e, "hash tree");
	rc = mun_readmap_init(&a->map, r->size, e);
	if (!rc)
		rc = mun_attempts_load(a->session_dir, &a->attempts, e);
	if (!rc)
		rc = mun_checkpoint_load(&r->ckpt, a->session_dir, r->size, e);
	if (!rc)
		rc = mun_spool_open(a->image_path, &r->ckpt, r->size, &r->spool,
				    e);
	if (!rc)
		rc = mun_hash_stages_new(a->algs, false, r->stages, &r->nhashes,
					 &r->hashes, e);
	return rc;
}

/* A medium of which nothing can be had is none. */
static int check_anything(const struct mun_device_run *r, struct mun_err *e)
{
	if (mun_readmap_bytes(&r->a->map, MUN_READ_GOOD) ||
	    mun_readmap_bytes(&r->a->map, MUN_READ_DOUBTFUL))
		return 0;
	return mun_fail(e, MUN_EIO, "not one sector could be read");
}

/* A run that came to its end, or to that of its budget, is not begun again
 * because something after it was interrupted. */
static bool anything_left(const struct mun_device_run *r)
{
	const struct mun_attempts *all = &r->a->attempts;
	const struct mun_attempt *last = all->n ? &all->of[all->n - 1] : NULL;

	if (mun_readmap_bytes(&r->a->map, MUN_READ_GOOD) == r->size)
		return false;
	return !last || last->interrupted || last->stop == MUN_RESCUE_AWAY ||
	       check_complete(r, &(struct mun_err){ 0 });
}

static int run(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_device *medium = r->a->medium;
	int rc = begin(r, e);

	if (!rc && r->ckpt.any)
		rc = mun_device_prove(r, e);
	if (rc)
		return rc;
	r->a->stop = last_stop(r);
	if (!medium->reader)
		rc = check_complete(r, e);
	else if (anything_left(r))
		rc = read_medium(r, e);
	if (!rc)
		rc = check_anything(r, e);
	if (!rc && medium->reader && medium->fd >= 0)
		rc = mun_device_same(medium, &medium->facts, e);
	return rc ? rc : mun_device_complete(r, e);
}

int mun_acquire_device(struct mun_acquire *a, struct mun_err *e)
{
	const struct mun_reader *reader = a->medium->reader;
	struct mun_device_run *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return mun_fail_nomem(e, "reading a device");
	r->a = a;
	r->ckpt.fd = -1;
	r->size = reader ? reader->bytes : a->medium->facts.bytes;
	if (reader)
		wrap_reader(r, reader);
	rc = run(r, e);
	mun_readback_free(r->follower);
	mun_intake_free(r->in);
	mun_spool_free(r->spool);
	mun_hash_stages_free(r->hashes);
	mun_checkpoint_clear(&r->ckpt);
	free(r);
	return rc;
}
