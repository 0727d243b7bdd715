/* SPDX-License-Identifier: Apache-2.0 */
/* image/chunks.c - an image chunk by chunk, by several threads, in order */
#include "image/chunks.h"

#include "core/check.h"
#include "image/chunk_read.h"
#include "image/output.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_THREADS 64u
/* A write past the page cache waits for the disk: other threads than those that
 * wait keep the processors busy. */
#define WAITING_THREADS 2u
/* So that a chunk that takes long to encode does not hold up the others. */
#define SLOTS_PER_THREAD 3u
/* ... as long as that many are not too much memory. */
#define SLOTS_BYTES ((size_t)128 << 20)
#define TELL_EVERY ((uint64_t)4 << 20)

enum slot_state {
	SLOT_FREE,
	SLOT_BUSY, /* read and encoded by one thread */
	SLOT_READY, /* waits for its turn to be placed */
	SLOT_PUT, /* placed; one thread writes it */
};

struct slot {
	enum slot_state state;
	struct mun_chunk chunk;
	struct mun_chunk_sums sums;
	uint8_t *data; /* its own memory, */
	uint8_t *enc; /* made when first needed */
	uint64_t unreadable_bytes;
};

/*
 * One mutex.  Chunk n lives in slots[n % nslots] from when it is taken until it
 * is written; turn counts those that were placed, next those that were taken.
 * Chunks from end on are not processed: where one fails, end becomes its
 * number, and those before it still get their turn, so that the error that is
 * told is always the first in order of offset.
 */
struct run {
	struct mun_chunks *c;
	struct mun_chunk_reader reader;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned int waiting;
	struct slot *slots;
	size_t nslots;
	uint64_t next;
	uint64_t turn;
	uint64_t end;
	bool placing; /* a thread has the turn */
	uint64_t told; /* bytes, of the progress */
	EVP_MD_CTX *identity;
	struct mun_err err; /* of chunk end, where code is set */
};

struct worker {
	struct run *run;
	void *scratch;
	pthread_t thread;
};

static void wake(struct run *r)
{
	if (r->waiting)
		(void)pthread_cond_broadcast(&r->moved);
}

/* Chunk @number failed; locked. Of an earlier one more is known already. */
static void fail(struct run *r, uint64_t number, const struct mun_err *e)
{
	if (number < r->end) {
		r->end = number;
		r->err = *e;
	}
}

static int make_room(struct run *r, struct slot *s, struct mun_err *e)
{
	size_t room = r->c->enc_room;

	if (!s->data &&
	    posix_memalign((void **)&s->data, MUN_IO_ALIGN, r->c->chunk_bytes))
		s->data = NULL;
	if (room && !s->enc &&
	    posix_memalign((void **)&s->enc, MUN_IO_ALIGN, room))
		s->enc = NULL;
	if (!s->data || (room && !s->enc))
		return mun_fail_nomem(e, "chunk of an image");
	return 0;
}

/* Read and encode chunk @number; unlocked. */
static int fill(struct run *r, struct slot *s, uint64_t number, void *scratch,
		struct mun_err *e)
{
	const struct mun_chunks *c = r->c;
	uint64_t at = number * c->chunk_bytes;
	int rc = make_room(r, s, e);

	s->chunk = (struct mun_chunk){
		.number = number,
		.off = c->off + at,
		.len = (size_t)MUN_MIN(c->chunk_bytes, c->bytes - at),
		.enc = s->enc,
		.room = c->enc_room,
		.scratch = scratch,
		.out_off = UINT64_MAX,
	};
	if (!rc)
		rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_chunk_read(&r->reader, &s->chunk, s->data,
				    &s->unreadable_bytes, e);
	if (!rc)
		mun_chunk_sum(&r->reader, &s->chunk, &s->sums);
	if (!rc && c->ops->encode && (!s->chunk.zero || c->encode_zeros))
		rc = c->ops->encode(c->ctx, &s->chunk, e);
	return rc;
}

static int default_place(struct mun_chunk *k)
{
	if (k->zero)
		return 0;
	k->out_off = k->off;
	k->out = k->data;
	k->out_len = k->len;
	return 0;
}

/* In order, one thread at a time; unlocked. */
static int place(struct run *r, struct slot *s, void *scratch,
		 struct mun_err *e)
{
	struct mun_chunks *c = r->c;
	int rc;

	s->chunk.scratch = scratch;
	rc = c->ops->place ? c->ops->place(c->ctx, &s->chunk, e)
			   : default_place(&s->chunk);
	if (!rc && EVP_DigestUpdate(r->identity, s->sums.bytes,
				    sizeof(s->sums.bytes)) != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-256 failed");
	if (rc)
		return rc;
	c->unreadable_bytes += s->unreadable_bytes;
	r->told += s->chunk.len;
	if (r->told / TELL_EVERY != (r->told - s->chunk.len) / TELL_EVERY ||
	    r->told == c->bytes)
		mun_progress_tell(c->progress, c->phase, r->told, c->bytes,
				  c->unreadable_bytes);
	return 0;
}

static int put(const struct run *r, struct slot *s, struct mun_err *e)
{
	const struct mun_chunks *c = r->c;
	const struct mun_chunk *k = &s->chunk;

	if (k->out_off == UINT64_MAX)
		return 0;
	if (c->ops->put)
		return c->ops->put(c->ctx, k, e);
	return mun_outfile_write(c->file, k->out, k->out_len, k->out_off, e);
}

/* The three steps below are called locked, and unlock while they work. */
static void do_turn(struct run *r, struct slot *s, void *scratch)
{
	uint64_t number = r->turn;
	struct mun_err e;
	int rc;

	r->placing = true;
	(void)pthread_mutex_unlock(&r->lock);
	rc = place(r, s, scratch, &e);
	(void)pthread_mutex_lock(&r->lock);
	r->placing = false;
	if (rc) {
		fail(r, number, &e);
		wake(r);
		return;
	}
	r->turn++;
	s->state = SLOT_PUT;
	wake(r);
	(void)pthread_mutex_unlock(&r->lock);
	rc = put(r, s, &e);
	(void)pthread_mutex_lock(&r->lock);
	if (rc)
		fail(r, number, &e);
	s->state = SLOT_FREE;
	wake(r);
}

static void do_fill(struct run *r, struct slot *s, void *scratch)
{
	uint64_t number = r->next++;
	struct mun_err e;
	int rc;

	s->state = SLOT_BUSY;
	(void)pthread_mutex_unlock(&r->lock);
	rc = fill(r, s, number, scratch, &e);
	(void)pthread_mutex_lock(&r->lock);
	s->state = SLOT_READY;
	if (rc)
		fail(r, number, &e);
	if (rc || number == r->turn)
		wake(r);
}

/* What comes first: to give away what is ready makes room for more. */
static void work(struct run *r, void *scratch)
{
	(void)pthread_mutex_lock(&r->lock);
	while (r->turn < r->end) {
		struct slot *due = &r->slots[r->turn % r->nslots];
		struct slot *room = &r->slots[r->next % r->nslots];

		if (!r->placing && r->turn < r->next &&
		    due->state == SLOT_READY) {
			do_turn(r, due, scratch);
		} else if (r->next < r->end && room->state == SLOT_FREE) {
			do_fill(r, room, scratch);
		} else {
			r->waiting++;
			(void)pthread_cond_wait(&r->moved, &r->lock);
			r->waiting--;
		}
	}
	(void)pthread_mutex_unlock(&r->lock);
}

static void *work_in_thread(void *arg)
{
	struct worker *w = arg;

	work(w->run, w->scratch);
	return NULL;
}

/* Whoever cannot be started is not missed: this thread works too. */
static void work_in_threads(struct run *r, struct worker *workers, size_t n)
{
	size_t started = 1;

	while (started < n &&
	       !pthread_create(&workers[started].thread, NULL, work_in_thread,
			       &workers[started]))
		started++;
	work(r, workers[0].scratch);
	for (size_t i = 1; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL);
}

static int new_scratches(const struct mun_chunks *c, struct worker *workers,
			 size_t n, struct run *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		workers[i].run = r;
		if (c->ops->scratch_new)
			rc = c->ops->scratch_new(c->ctx, &workers[i].scratch,
						 e);
	}
	return rc;
}

static void free_scratches(const struct mun_chunks *c, struct worker *workers,
			   size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (workers[i].scratch && c->ops->scratch_free)
			c->ops->scratch_free(c->ctx, workers[i].scratch);
}

static size_t count_threads(const struct mun_chunks *c, uint64_t chunks)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = c->threads;

	if (!n)
		n = (there > 0 ? (size_t)there : 1) + WAITING_THREADS;
	n = MUN_MIN(n, MOST_THREADS);
	return (size_t)MUN_MIN((uint64_t)n, MUN_MAX(chunks, 1));
}

static int begin_identity(struct run *r, struct mun_err *e)
{
	r->identity = EVP_MD_CTX_new();
	if (!r->identity)
		return mun_fail_nomem(e, "identity of an image");
	if (EVP_DigestInit_ex(r->identity, EVP_sha256(), NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "SHA-256 failed");
	return 0;
}

static int end_identity(struct run *r, struct mun_err *e)
{
	if (EVP_DigestFinal_ex(r->identity, r->c->identity, NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "SHA-256 failed");
	return 0;
}

static size_t count_slots(const struct mun_chunks *c, size_t threads)
{
	size_t most = SLOTS_BYTES / (c->chunk_bytes + c->enc_room);

	if (threads == 1)
		return 1;
	return MUN_MAX(MUN_MIN(threads * SLOTS_PER_THREAD, most), threads + 1);
}

static int run_with(struct run *r, size_t threads, struct mun_err *e)
{
	struct mun_chunks *c = r->c;
	struct worker *workers = calloc(threads, sizeof(*workers));
	int rc = 0;

	r->nslots = count_slots(c, threads);
	r->slots = calloc(r->nslots, sizeof(*r->slots));
	if (!workers || !r->slots)
		rc = mun_fail_nomem(e, "chunks of an image");
	if (!rc)
		rc = begin_identity(r, e);
	if (!rc)
		rc = mun_chunk_reader_init(&r->reader, c, e);
	if (!rc)
		rc = new_scratches(c, workers, threads, r, e);
	if (!rc)
		work_in_threads(r, workers, threads);
	if (!rc && r->err.code) {
		*e = r->err;
		rc = e->code;
	}
	if (!rc)
		rc = end_identity(r, e);
	if (workers)
		free_scratches(c, workers, threads);
	free(workers);
	return rc;
}

int mun_chunks_run(struct mun_chunks *c, struct mun_err *e)
{
	uint64_t size = mun_image_size(c->img, c->view);
	struct run r = { .c = c };
	int rc;

	if (!c->chunk_bytes || c->off > size || c->bytes > size - c->off)
		return mun_fail(e, MUN_EINVAL,
				"chunks of %zu bytes from %ju to %ju of %ju",
				c->chunk_bytes, (uintmax_t)c->off,
				(uintmax_t)(c->off + c->bytes),
				(uintmax_t)size);
	if (!c->bytes)
		c->bytes = size - c->off;
	c->unreadable_bytes = 0;
	r.end = c->bytes / c->chunk_bytes + (c->bytes % c->chunk_bytes != 0);
	(void)pthread_mutex_init(&r.lock, NULL);
	(void)pthread_cond_init(&r.moved, NULL);
	rc = run_with(&r, count_threads(c, r.end), e);
	mun_chunk_reader_end(&r.reader);
	for (size_t i = 0; r.slots && i < r.nslots; i++) {
		free(r.slots[i].data);
		free(r.slots[i].enc);
	}
	free(r.slots);
	EVP_MD_CTX_free(r.identity);
	(void)pthread_cond_destroy(&r.moved);
	(void)pthread_mutex_destroy(&r.lock);
	return rc;
}
