/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/intake.c - from the thread that reads to the one that keeps */
#include "ingest/intake.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As many chunks as one thread may be ahead of the other. */
#define SLOTS 8u
#define SLOT_BYTES ((size_t)1 << 20)

size_t mun_intake_small = (size_t)64 << 10;

/* So long at most until a signal is seen. */
#define LOOK_MS 250

struct slot {
	size_t len;
	uint64_t off;
};

/*
 * Chunk i lives in slots[i % SLOTS] while taken <= i < given.  In the stream
 * want is the block that is being filled, have bytes of it are there, and it is
 * the reading thread's as long as want is set.
 */
struct mun_intake {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool streaming;
	bool ended; /* no more will come */
	struct mun_err err; /* of the keeping thread; code 0: none */
	uint64_t size;
	uint64_t next; /* of the stream: where it goes on */
	struct mun_block *want;
	size_t have;
	bool full; /* the block is to be taken away */
	struct mun_chunk tail; /* of the stream; in the memory behind slots */
	uint64_t given, taken;
	bool growing; /* the last one given, and it is not taken meanwhile */
	struct slot slots[SLOTS];
	uint8_t *memory; /* SLOTS + 1 of them */
};

int mun_intake_new(bool stream, uint64_t from, uint64_t size,
		   struct mun_intake **out, struct mun_err *e)
{
	struct mun_intake *in = calloc(1, sizeof(*in));
	pthread_condattr_t attr;

	if (!in)
		return mun_fail_nomem(e, "intake");
	in->memory = aligned_alloc(MUN_IO_ALIGN, (SLOTS + 1) * SLOT_BYTES);
	if (!in->memory) {
		free(in);
		return mun_fail_nomem(e, "intake");
	}
	in->streaming = stream;
	in->next = from;
	in->size = size;
	(void)pthread_mutex_init(&in->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&in->moved, &attr);
	(void)pthread_condattr_destroy(&attr);
	*out = in;
	return 0;
}

void mun_intake_free(struct mun_intake *in)
{
	if (!in)
		return;
	(void)pthread_cond_destroy(&in->moved);
	(void)pthread_mutex_destroy(&in->lock);
	free(in->memory);
	free(in);
}

void mun_intake_lock(struct mun_intake *in)
{
	(void)pthread_mutex_lock(&in->lock);
}

void mun_intake_unlock(struct mun_intake *in)
{
	(void)pthread_mutex_unlock(&in->lock);
}

static void wake(struct mun_intake *in)
{
	(void)pthread_cond_broadcast(&in->moved);
}

/* ---- the reading thread ---- */

static int failed(const struct mun_intake *in, struct mun_err *e)
{
	if (in->err.code)
		*e = in->err;
	return in->err.code;
}

/* The block that is filled now, once there is one; NULL: the stream is over. */
static struct mun_block *block(struct mun_intake *in)
{
	while (in->streaming && !in->err.code && (!in->want || in->full))
		(void)pthread_cond_wait(&in->moved, &in->lock);
	return in->streaming && !in->err.code ? in->want : NULL;
}

/* As much as goes into one block; 0: no stream any more. */
static size_t give_stream(struct mun_intake *in, const uint8_t *data,
			  size_t len)
{
	struct mun_block *b = block(in);
	size_t n;

	if (!b)
		return 0;
	n = MUN_MIN(len, MUN_PIPE_BLOCK - in->have);
	memcpy(b->data + in->have, data, n);
	in->have += n;
	in->next += n;
	if (in->have == MUN_PIPE_BLOCK || in->next == in->size) {
		in->full = true;
		wake(in);
	}
	return n;
}

/* Nothing more comes to the last chunk. */
static void close_chunk(struct mun_intake *in)
{
	if (!in->growing)
		return;
	in->growing = false;
	wake(in);
}

/* At either end: trimming reads backwards. */
static bool grow_chunk(struct mun_intake *in, const uint8_t *data, size_t len,
		       uint64_t off)
{
	uint64_t i = (in->given + SLOTS - 1) % SLOTS;
	struct slot *s = &in->slots[i];
	uint8_t *memory = in->memory + i * SLOT_BYTES;
	size_t at = 0;

	if (!in->growing || len > SLOT_BYTES - s->len ||
	    (off != s->off + s->len && off + len != s->off))
		return false;
	if (off > s->off)
		at = s->len;
	else
		memmove(memory + len, memory, s->len);
	memcpy(memory + at, data, len);
	s->off = MUN_MIN(s->off, off);
	s->len += len;
	if (s->len >= mun_intake_small)
		close_chunk(in);
	return true;
}

static void give_chunk(struct mun_intake *in, const uint8_t *data, size_t len,
		       uint64_t off)
{
	struct slot *s;

	if (grow_chunk(in, data, len, off))
		return;
	close_chunk(in);
	while (in->given - in->taken == SLOTS && !in->err.code)
		(void)pthread_cond_wait(&in->moved, &in->lock);
	if (in->err.code)
		return;
	s = &in->slots[in->given % SLOTS];
	memcpy(in->memory + (in->given % SLOTS) * SLOT_BYTES, data, len);
	s->len = len;
	s->off = off;
	in->given++;
	in->growing = true;
	if (len >= mun_intake_small)
		close_chunk(in);
}

int mun_intake_give(struct mun_intake *in, const void *data, size_t len,
		    uint64_t off, struct mun_err *e)
{
	const uint8_t *p = data;

	if (in->streaming && off != in->next)
		mun_intake_disorder(in);
	while (len && !in->err.code) {
		size_t n = in->streaming ? give_stream(in, p, len) : 0;

		if (!n && !in->streaming) {
			n = MUN_MIN(len, SLOT_BYTES);
			give_chunk(in, p, n, off);
		}
		p += n;
		off += n;
		len -= n;
	}
	return failed(in, e);
}

void mun_intake_disorder(struct mun_intake *in)
{
	if (!in->streaming)
		return;
	in->streaming = false;
	wake(in);
}

void mun_intake_end(struct mun_intake *in)
{
	mun_intake_lock(in);
	in->ended = true;
	wake(in);
	mun_intake_unlock(in);
}

/* ---- the keeping thread ---- */

static struct timespec time_of(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000,
				  .tv_nsec = (long)(ms % 1000) * 1000000 };
}

/* Wait for a change, not longer than until then.  False: that time is come. */
static bool wait_until(struct mun_intake *in, int64_t until_ms)
{
	int64_t now = mun_clock_monotonic_ms();
	struct timespec at = time_of(MUN_MIN(until_ms, now + LOOK_MS));

	if (now >= until_ms || mun_cancelled())
		return false;
	(void)pthread_cond_timedwait(&in->moved, &in->lock, &at);
	return true;
}

/* What there is of a block that is not full outlives the block. */
static void keep_tail(struct mun_intake *in, const struct mun_block *b)
{
	uint8_t *to = in->memory + SLOTS * SLOT_BYTES;

	in->streaming = false;
	memcpy(to, b->data, in->have);
	in->tail = (struct mun_chunk){
		.data = to,
		.len = in->have,
		.off = in->next - in->have,
	};
	in->have = 0;
}

static bool is_over(const struct mun_intake *in)
{
	return !in->streaming || in->ended || in->next == in->size;
}

int mun_intake_fill(struct mun_intake *in, struct mun_block *b,
		    int64_t until_ms, struct mun_err *e)
{
	mun_intake_lock(in);
	in->want = b;
	in->have = 0;
	in->full = false;
	wake(in);
	while (!in->full && !is_over(in) && wait_until(in, until_ms))
		;
	b->len = in->full ? in->have : 0;
	if (!in->full)
		keep_tail(in, b);
	in->want = NULL;
	/* One that waited for a block may have to queue a chunk now. */
	wake(in);
	mun_intake_unlock(in);
	return b->len ? 0 : mun_cancel_check(e);
}

enum mun_intake_next mun_intake_take(struct mun_intake *in, int64_t until_ms,
				     struct mun_chunk *out)
{
	enum mun_intake_next next = MUN_INTAKE_CHUNK;

	mun_intake_lock(in);
	in->streaming = false;
	while (!in->tail.len && in->given == in->taken + in->growing &&
	       !in->ended)
		if (!wait_until(in, until_ms))
			break;
	if (in->tail.len) {
		*out = in->tail;
	} else if (in->given != in->taken) {
		const struct slot *s = &in->slots[in->taken % SLOTS];

		if (in->given == in->taken + 1)
			in->growing = false;
		out->data = in->memory + (in->taken % SLOTS) * SLOT_BYTES;
		out->len = s->len;
		out->off = s->off;
	} else {
		next = in->ended ? MUN_INTAKE_END : MUN_INTAKE_LATE;
	}
	mun_intake_unlock(in);
	return next;
}

void mun_intake_give_back(struct mun_intake *in)
{
	mun_intake_lock(in);
	if (in->tail.len)
		in->tail.len = 0;
	else
		in->taken++;
	wake(in);
	mun_intake_unlock(in);
}

size_t mun_intake_waiting(struct mun_intake *in)
{
	close_chunk(in);
	return (size_t)(in->given - in->taken) + (in->tail.len ? 1 : 0);
}

void mun_intake_fail(struct mun_intake *in, const struct mun_err *why)
{
	mun_intake_lock(in);
	in->err = *why;
	wake(in);
	mun_intake_unlock(in);
}
