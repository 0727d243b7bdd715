/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_queue.c - what the workers of an audit do next */
#include "fixity/audit_queue.h"

void mun_audit_queue_halt(struct mun_audit_queue *q, const struct mun_err *err)
{
	q->stop = true;
	if (err && err->code != MUN_ECANCELLED && !q->err.code)
		q->err = *err;
	pthread_cond_broadcast(&q->moved);
}

void mun_audit_queue_account(struct mun_audit_queue *q,
			     struct mun_audit_check *c, uint64_t bytes,
			     uint64_t bad)
{
	c->told += bytes;
	c->told_bad += bad;
	q->done += bytes;
	q->bad += bad;
	mun_progress_tell(q->opts->progress, "auditing", q->done,
			  q->opts->total_bytes, q->bad);
}

void mun_audit_queue_skip(struct mun_audit_queue *q, struct mun_audit_check *c)
{
	const uint64_t bytes = mun_audit_check_skip(c);

	c->item->bytes_resumed += bytes;
	if (bytes)
		mun_audit_queue_account(q, c, bytes, 0);
}

static void unlink_job(struct mun_audit_job **list,
		       const struct mun_audit_job *job)
{
	while (*list != job)
		list = &(*list)->next;
	*list = job->next;
}

static void append_job(struct mun_audit_job **list, struct mun_audit_job *job)
{
	while (*list)
		list = &(*list)->next;
	job->next = NULL;
	*list = job;
}

static bool find_piece(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	for (struct mun_audit_job *j = q->jobs; j; j = j->next) {
		for (struct mun_audit_check *c = j->open; c; c = c->next) {
			if (c->next_piece == c->end_piece)
				continue;
			*u = (struct mun_audit_unit){ .kind = MUN_UNIT_PIECE,
						      .job = j,
						      .check = c,
						      .piece =
							      c->next_piece++ };
			c->busy++;
			mun_audit_queue_skip(q, c);
			return true;
		}
	}
	return false;
}

/* Only when no open file has a piece left: so there are never many open. */
static bool find_file(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	for (struct mun_audit_job *j = q->jobs; j; j = j->next) {
		if (j->begun < j->item->nfiles) {
			*u = (struct mun_audit_unit){ .kind = MUN_UNIT_BEGIN,
						      .job = j,
						      .file = j->begun++ };
			return true;
		}
	}
	return false;
}

static bool find_unit(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	if (!q->feed_busy && q->ended) {
		*u = (struct mun_audit_unit){ .kind = MUN_UNIT_REPORT,
					      .job = q->ended };
		q->ended = q->ended->next;
		q->feed_busy = true;
		return true;
	}
	if (!q->feed_busy && !q->drained && q->njobs < q->jobs_max) {
		*u = (struct mun_audit_unit){ .kind = MUN_UNIT_FETCH };
		q->feed_busy = true;
		return true;
	}
	return find_piece(q, u) || find_file(q, u);
}

/* Locked: is it to end although there may be work? */
static bool must_end(struct mun_audit_queue *q)
{
	const struct mun_audit_opts *o = q->opts;

	if (!mun_cancelled() && o->stop && o->stop(o->stop_ctx))
		q->asked = true;
	return q->asked || mun_cancelled();
}

bool mun_audit_queue_take(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	bool found = false;

	pthread_mutex_lock(&q->lock);
	while (!found && !q->stop && !(q->drained && !q->njobs)) {
		if (must_end(q))
			mun_audit_queue_halt(q, NULL);
		else
			found = find_unit(q, u);
		if (!found && !q->stop)
			pthread_cond_wait(&q->moved, &q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	return found;
}

/* A job with all files done waits to be reported. */
static void end_if_done(struct mun_audit_queue *q, struct mun_audit_job *j)
{
	if (j->ended < j->item->nfiles)
		return;
	unlink_job(&q->jobs, j);
	append_job(&q->ended, j);
}

void mun_audit_queue_add(struct mun_audit_queue *q, struct mun_audit_job *j)
{
	append_job(&q->jobs, j);
	q->njobs++;
	end_if_done(q, j);
}

void mun_audit_queue_file_done(struct mun_audit_queue *q,
			       struct mun_audit_job *j)
{
	j->ended++;
	end_if_done(q, j);
}
