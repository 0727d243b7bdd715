/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_work.c - the workers of an audit: open files, verify pieces */
#include "fixity/audit_work.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/check.h"
#include "core/log.h"
#include "fixity/audit_full.h"
#include "fixity/verify.h"

#define BEHIND 7 /* of nice(2): a fifth of the weight */

static void unlink_check(struct mun_audit_check **list,
			 const struct mun_audit_check *c)
{
	while (*list != c)
		list = &(*list)->next;
	*list = c->next;
}

/* Locked: give the item what was found in one of its files. */
static int hand_over(struct mun_audit_item *item, struct mun_audit_check *c,
		     struct mun_err *e)
{
	const size_t n = item->nfindings + c->nfindings;
	struct mun_finding *all = item->findings;

	if (c->nfindings) {
		all = reallocarray(all, n, sizeof(*all));
		if (!all)
			return mun_fail_nomem(e, "findings");
		memcpy(all + item->nfindings, c->findings,
		       c->nfindings * sizeof(*all));
		item->findings = all;
		item->nfindings = n;
	}
	item->files[c->file].outcome = c->outcome;
	item->outcome = mun_outcome_worse(item->outcome, c->outcome);
	return 0;
}

/* No piece of @c is left and nobody else has it. */
static void finish_file(struct mun_audit_queue *q, struct mun_audit_job *j,
			struct mun_audit_check *c)
{
	uint64_t bad = 0;
	struct mun_err err;
	int rc;

	rc = mun_audit_check_finish(c, &err);
	for (size_t i = 0; i < c->nfindings; i++)
		bad += c->findings[i].bytes;
	pthread_mutex_lock(&q->lock);
	if (!rc)
		rc = hand_over(j->item, c, &err);
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else {
		mun_audit_queue_account(q, c, c->tree.bytes - c->told,
					bad - c->told_bad);
		if (c->progress) {
			c->next = j->done;
			j->done = c;
			c = NULL;
		}
		mun_audit_queue_file_done(q, j);
	}
	pthread_mutex_unlock(&q->lock);
	mun_audit_check_free(c);
}

static int open_file(struct mun_audit_queue *q, struct mun_audit_job *j,
		     size_t file, struct mun_audit_check **out,
		     struct mun_err *e)
{
	struct mun_audit_check *c = calloc(1, sizeof(*c));
	const bool full = j->item->files[file].full;
	int rc;

	*out = c;
	if (!c)
		return mun_fail_nomem(e, "audit of a file");
	c->item = j->item;
	c->file = file;
	rc = mun_audit_check_begin(c, q->feed,
				   full ? NULL : q->opts->progress_dir, e);
	if (!rc && full && c->src)
		rc = mun_audit_full(q, c, e);
	return rc;
}

/* A file that could not be begun leaves its job unended: it is not run. */
static void begin_file(struct mun_audit_queue *q, struct mun_audit_job *j,
		       size_t file)
{
	struct mun_audit_check *c;
	struct mun_err err;
	bool finished = false;
	int rc;

	rc = open_file(q, j, file, &c, &err);
	pthread_mutex_lock(&q->lock);
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else {
		mun_audit_queue_skip(q, c);
		finished = c->next_piece == c->end_piece;
		if (!finished) {
			c->next = j->open;
			j->open = c;
		}
		/* One piece is for this thread, which goes on at once. */
		if (c->end_piece - c->next_piece > 1)
			pthread_cond_broadcast(&q->work);
	}
	pthread_mutex_unlock(&q->lock);
	if (rc)
		mun_audit_check_free(c);
	else if (finished)
		finish_file(q, j, c);
}

/* A piece that could not be judged stays busy for ever, so that its file can
 * never be finished as if it had been. */
static void verify_piece(struct mun_audit_queue *q,
			 const struct mun_audit_unit *u, void *buf)
{
	struct mun_audit_check *c = u->check;
	const size_t bytes = mun_verify_piece_bytes(c->tree.bytes, u->piece);
	struct mun_audit_bad bad;
	struct mun_err err;
	bool finished = false;
	int rc;

	if (!mun_audit_queue_pace(q, bytes))
		return;
	rc = mun_audit_check_piece(c, u->piece, buf, &bad, &err);
	pthread_mutex_lock(&q->lock);
	if (!rc && bad.outcome != MUN_OUTCOME_INTACT)
		rc = mun_audit_check_keep(c, &bad, &err);
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else {
		c->busy--;
		if (bad.was_read)
			c->item->bytes_read += bytes;
		mun_audit_queue_account(
			q, c, bytes,
			bad.outcome != MUN_OUTCOME_INTACT ? bytes : 0);
		finished = !c->busy && c->next_piece == c->end_piece;
		if (finished)
			unlink_check(&u->job->open, c);
	}
	pthread_mutex_unlock(&q->lock);
	if (finished)
		finish_file(q, u->job, c);
}

void mun_audit_work_unit(struct mun_audit_queue *q,
			 const struct mun_audit_unit *u, void *buf)
{
	struct mun_err err;

	if (!buf) {
		(void)mun_fail_nomem(&err, "buffer");
		pthread_mutex_lock(&q->lock);
		mun_audit_queue_halt(q, &err);
		pthread_mutex_unlock(&q->lock);
	} else if (u->check) {
		verify_piece(q, u, buf);
	} else {
		begin_file(q, u->job, u->file);
	}
}

/* Of this thread alone.  Where the system has no such class the audit reads as
 * everybody does. */
static void read_when_idle(void)
{
	enum { WHO_PROCESS = 1, CLASS_IDLE = 3, CLASS_SHIFT = 13 };

	(void)syscall(SYS_ioprio_set, WHO_PROCESS, 0,
		      CLASS_IDLE << CLASS_SHIFT);
}

/*
 * Behind the thread that fetches objects and writes outcomes down: where there
 * are more workers than processors it would get a small share, fall behind, and
 * in the end write alone.  On Linux this too is of the calling thread only.
 */
static void step_behind(void)
{
	errno = 0;
	if (nice(BEHIND) == -1 && errno)
		mun_log(MUN_LOG_DEBUG, "workers run beside their feeder");
}

static void *work(void *arg)
{
	struct mun_audit_queue *q = arg;
	mun_autofree void *buf = mun_verify_buffer();
	struct mun_audit_unit u;

	step_behind();
	if (q->opts->idle_io)
		read_when_idle();
	while (mun_audit_queue_take(q, &u))
		mun_audit_work_unit(q, &u, buf);
	return NULL;
}

void mun_audit_crew_start(struct mun_audit_crew *crew,
			  struct mun_audit_queue *q)
{
	size_t n = 0;

	while (n < q->threads && n < MUN_COUNT(crew->threads) &&
	       !pthread_create(&crew->threads[n], NULL, work, q))
		n++;
	crew->count = n;
	pthread_mutex_lock(&q->lock);
	q->workers = (unsigned int)n;
	pthread_mutex_unlock(&q->lock);
}

void mun_audit_crew_join(struct mun_audit_crew *crew)
{
	while (crew->count)
		(void)pthread_join(crew->threads[--crew->count], NULL);
}
