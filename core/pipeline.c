/* SPDX-License-Identifier: Apache-2.0 */
/* core/pipeline.c - one reader, any number of stages, each in its own thread */
#include "core/pipeline.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/log.h"
#include "core/source.h"

/*
 * One mutex, one condition variable.  head and tail[] only grow; block i lives
 * in ring[i % nblocks].  It belongs to the reader until head > i, and then to
 * the stages until every tail > i; so nobody copies and nobody counts.
 */
struct pipe {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct mun_block *ring;
	uint8_t *memory; /* of all blocks */
	size_t block_bytes;
	size_t nblocks;
	uint64_t head; /* blocks filled */
	bool done; /* no more will come */
	struct mun_err err; /* the first; code 0: none yet */
	/* Who sleeps, so that nobody is woken for nothing. */
	size_t idle_stages;
	bool idle_reader;
	uint64_t off; /* bytes filled; the reader's own */
	mun_pipe_fill_fn *fill;
	void *fill_ctx;
	size_t nstages;
	struct worker {
		struct pipe *p;
		const struct mun_stage *stage;
		uint64_t tail; /* blocks taken */
		pthread_t thread;
	} workers[];
};

/* With the lock held: the first error stays, and everyone is to see it. */
static void stop(struct pipe *p, const struct mun_err *why)
{
	if (!p->err.code)
		p->err = *why;
	(void)pthread_cond_broadcast(&p->moved);
}

static void stop_unlocked(struct pipe *p, const struct mun_err *why)
{
	(void)pthread_mutex_lock(&p->lock);
	stop(p, why);
	(void)pthread_mutex_unlock(&p->lock);
}

/* The slowest stage decides which block may be filled again. */
static uint64_t least_tail(const struct pipe *p)
{
	uint64_t least = p->head;

	for (size_t i = 0; i < p->nstages; i++)
		least = MUN_MIN(least, p->workers[i].tail);
	return least;
}

/* The next block for @w, or NULL when all is done or has failed. */
static const struct mun_block *take(struct worker *w)
{
	const struct mun_block *b = NULL;
	struct pipe *p = w->p;
	struct mun_err stopped;

	(void)pthread_mutex_lock(&p->lock);
	while (w->tail == p->head && !p->done && !p->err.code) {
		p->idle_stages++;
		(void)pthread_cond_wait(&p->moved, &p->lock);
		p->idle_stages--;
	}
	if (mun_cancel_check(&stopped))
		stop(p, &stopped);
	if (w->tail < p->head && !p->err.code)
		b = &p->ring[w->tail % p->nblocks];
	(void)pthread_mutex_unlock(&p->lock);
	return b;
}

static void give_back(struct worker *w)
{
	struct pipe *p = w->p;

	(void)pthread_mutex_lock(&p->lock);
	w->tail++;
	if (p->idle_reader && p->head - least_tail(p) < p->nblocks)
		(void)pthread_cond_broadcast(&p->moved);
	(void)pthread_mutex_unlock(&p->lock);
}

static int run_stage(const struct mun_stage *s, const struct mun_block *b,
		     struct mun_err *e)
{
	int rc = s->take(s->ctx, b, e);

	return rc ? mun_ctx(e, "%s at byte %" PRIu64, s->name, b->off) : 0;
}

static void *work(void *arg)
{
	const struct mun_block *b;
	struct worker *w = arg;
	struct mun_err e;

	while ((b = take(w))) {
		if (run_stage(w->stage, b, &e)) {
			stop_unlocked(w->p, &e);
			break;
		}
		give_back(w);
	}
	return NULL;
}

/* Fill @b with what comes next; its len is 0 at the end. */
static int fill_block(struct pipe *p, struct mun_block *b, struct mun_err *e)
{
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	b->off = p->off;
	b->len = 0;
	b->hole = false;
	rc = p->fill(p->fill_ctx, b, e);
	if (rc)
		return mun_ctx(e, "read at byte %" PRIu64, p->off);
	/* A short block inside the stream would shift what a stage counts. */
	if (b->len > p->block_bytes || (b->len && p->off % p->block_bytes))
		return mun_fail(e, MUN_EINVAL,
				"the reader gave %zu bytes at byte %" PRIu64
				", after a short block or too many",
				b->len, p->off);
	p->off += b->len;
	return 0;
}

/* A block to fill, once the slowest stage has left it; NULL after an error. */
static struct mun_block *wait_for_room(struct pipe *p)
{
	struct mun_block *b = NULL;

	(void)pthread_mutex_lock(&p->lock);
	while (p->head - least_tail(p) == p->nblocks && !p->err.code) {
		p->idle_reader = true;
		(void)pthread_cond_wait(&p->moved, &p->lock);
		p->idle_reader = false;
	}
	if (!p->err.code)
		b = &p->ring[p->head % p->nblocks];
	(void)pthread_mutex_unlock(&p->lock);
	return b;
}

static void publish(struct pipe *p, bool end)
{
	(void)pthread_mutex_lock(&p->lock);
	if (end)
		p->done = true;
	else
		p->head++;
	if (p->idle_stages)
		(void)pthread_cond_broadcast(&p->moved);
	(void)pthread_mutex_unlock(&p->lock);
}

/* The caller's thread is the reader.  Two blocks are filled already. */
static void read_on(struct pipe *p)
{
	struct mun_block *b;
	struct mun_err e;

	publish(p, false);
	publish(p, false);
	while ((b = wait_for_room(p))) {
		if (fill_block(p, b, &e)) {
			stop_unlocked(p, &e);
			return;
		}
		publish(p, b->len == 0);
		if (b->len == 0)
			return;
	}
}

static int run_threads(struct pipe *p, struct mun_err *e)
{
	size_t started = 0;

	for (; started < p->nstages; started++) {
		struct worker *w = &p->workers[started];
		int err = pthread_create(&w->thread, NULL, work, w);

		if (err) {
			(void)mun_fail(e, MUN_EIO, "start a thread: %s",
				       strerrordesc_np(err));
			stop_unlocked(p, e);
			break;
		}
	}
	if (started == p->nstages)
		read_on(p);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(p->workers[i].thread, NULL);
	if (p->err.code)
		*e = p->err;
	return p->err.code;
}

/* Threads cost more than a small medium does. */
static int run_inline(struct pipe *p, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < p->nstages; i++)
		rc = run_stage(p->workers[i].stage, &p->ring[0], e);
	return rc;
}

static int run(struct pipe *p, struct mun_err *e)
{
	int rc;

	for (size_t i = 0; i < p->nblocks; i++)
		p->ring[i].data = p->memory + i * p->block_bytes;
	rc = fill_block(p, &p->ring[0], e);
	if (rc || p->ring[0].len == 0)
		return rc;
	rc = fill_block(p, &p->ring[1], e);
	if (rc)
		return rc;
	return p->ring[1].len ? run_threads(p, e) : run_inline(p, e);
}

static struct pipe *make(const struct mun_stage *stages, size_t nstages,
			 size_t block_bytes, size_t nblocks)
{
	struct pipe *p = calloc(1, sizeof(*p) + nstages * sizeof(*p->workers));
	void *memory = NULL;
	size_t bytes;

	if (!p)
		return NULL;
	p->ring = calloc(nblocks, sizeof(*p->ring));
	if (!p->ring || ckd_mul(&bytes, block_bytes, nblocks) ||
	    posix_memalign(&memory, MUN_IO_ALIGN, bytes)) {
		free(p->ring);
		free(p);
		return NULL;
	}
	p->memory = memory;
	p->block_bytes = block_bytes;
	p->nblocks = nblocks;
	p->nstages = nstages;
	for (size_t i = 0; i < nstages; i++) {
		p->workers[i].p = p;
		p->workers[i].stage = &stages[i];
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->moved, NULL);
	return p;
}

int mun_pipe_run(mun_pipe_fill_fn *fill, void *fill_ctx,
		 const struct mun_stage *stages, size_t nstages,
		 size_t block_bytes, size_t nblocks, struct mun_err *e)
{
	struct pipe *p;
	int rc;

	if (block_bytes == 0 || block_bytes % MUN_IO_ALIGN || nblocks < 2)
		return mun_fail(e, MUN_EINVAL, "%zu blocks of %zu bytes",
				nblocks, block_bytes);
	p = make(stages, nstages, block_bytes, nblocks);
	if (!p)
		return mun_fail_nomem(e, "pipeline");
	p->fill = fill;
	p->fill_ctx = fill_ctx;
	rc = run(p, e);
	(void)pthread_cond_destroy(&p->moved);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->memory);
	free(p->ring);
	free(p);
	return rc;
}
