/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_queue.c - what the threads of an audit do next */
#include "fixity/audit_queue.h"

#include <time.h>

#include "core/check.h"
#include "core/clock.h"

/* Objects at hand.  They are fetched until there are so many bytes of them, or
 * so many of them, and again when half of that is left. */
#define JOBS_MIN 2u /* for each thread, however large they are */
#define JOBS_MAX ((size_t)4096)
#define JOBS_BYTES (UINT64_C(256) << 20)

#define REPORT_JOBS ((size_t)64) /* so many small ones together, */
#define REPORT_BYTES (UINT64_C(4) << 20) /* or so many bytes of them */
#define NAP_MS 100 /* between questions whether to end */

void mun_audit_queue_init(struct mun_audit_queue *q,
			  const struct mun_audit_feed *feed,
			  const struct mun_audit_opts *opts,
			  unsigned int threads)
{
	*q = (struct mun_audit_queue){ .feed = feed,
				       .opts = opts,
				       .threads = threads };
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->work, NULL);
	(void)pthread_cond_init(&q->feeding, NULL);
	q->jobs.end = &q->jobs.first;
	q->ended.end = &q->ended.first;
	mun_audit_rate_begin(&q->rate, opts->rate, mun_clock_monotonic_ms());
}

void mun_audit_queue_destroy(struct mun_audit_queue *q)
{
	(void)pthread_cond_destroy(&q->feeding);
	(void)pthread_cond_destroy(&q->work);
	(void)pthread_mutex_destroy(&q->lock);
}

static void wake_all(struct mun_audit_queue *q)
{
	pthread_cond_broadcast(&q->work);
	pthread_cond_signal(&q->feeding);
}

void mun_audit_queue_halt(struct mun_audit_queue *q, const struct mun_err *err)
{
	q->stop = true;
	if (err && err->code != MUN_ECANCELLED && !q->err.code)
		q->err = *err;
	wake_all(q);
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

static void append(struct mun_audit_jobs *to, struct mun_audit_job *job)
{
	job->next = NULL;
	*to->end = job;
	to->end = &job->next;
	to->count++;
	to->bytes += job->bytes;
}

static void take_out(struct mun_audit_jobs *from, struct mun_audit_job *job)
{
	struct mun_audit_job **link = &from->first;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	if (from->end == &job->next)
		from->end = link;
	from->count--;
	from->bytes -= job->bytes;
}

static bool find_piece(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	for (struct mun_audit_job *j = q->jobs.first; j; j = j->next) {
		/* No later one can be open yet. */
		if (!j->begun)
			break;
		for (struct mun_audit_check *c = j->open; c; c = c->next) {
			if (c->next_piece == c->end_piece)
				continue;
			*u = (struct mun_audit_unit){
				.job = j, .check = c, .piece = c->next_piece++
			};
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
	for (struct mun_audit_job *j = q->jobs.first; j; j = j->next) {
		if (j->begun < j->item->nfiles) {
			if (!j->begun)
				j->item->started_ms = mun_now_ms();
			*u = (struct mun_audit_unit){ .job = j,
						      .file = j->begun++ };
			return true;
		}
	}
	return false;
}

static bool find_unit(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	return find_piece(q, u) || find_file(q, u);
}

/* Locked: is it to end although there may be work?  Then it does. */
static bool must_end(struct mun_audit_queue *q)
{
	const struct mun_audit_opts *o = q->opts;

	if (!q->stop && !mun_cancelled() && o->stop && o->stop(o->stop_ctx))
		q->asked = true;
	if (!q->stop && (q->asked || mun_cancelled()))
		mun_audit_queue_halt(q, NULL);
	return q->stop;
}

/* Are there fewer objects at hand than a @share-th of what there may be? */
static bool is_short(const struct mun_audit_queue *q, unsigned int share)
{
	const size_t n = q->jobs.count;

	return !q->drained &&
	       (n < (size_t)JOBS_MIN * q->threads ||
		(n < JOBS_MAX / share && q->jobs.bytes < JOBS_BYTES / share));
}

bool mun_audit_queue_full(struct mun_audit_queue *q)
{
	bool full;

	pthread_mutex_lock(&q->lock);
	full = q->stop || !is_short(q, 1);
	pthread_mutex_unlock(&q->lock);
	return full;
}

/* Small ones are reported many at a time, large ones at once. */
static bool is_to_report(const struct mun_audit_queue *q)
{
	return q->ended.count >= REPORT_JOBS ||
	       (q->ended.first &&
		(q->ended.bytes >= REPORT_BYTES || is_short(q, 2) ||
		 q->jobs.count < REPORT_JOBS));
}

static void wake_feeder(struct mun_audit_queue *q)
{
	if (is_to_report(q) || is_short(q, 2))
		pthread_cond_signal(&q->feeding);
}

bool mun_audit_queue_take(struct mun_audit_queue *q, struct mun_audit_unit *u)
{
	bool found = false;

	pthread_mutex_lock(&q->lock);
	while (!must_end(q) && !(q->drained && !q->jobs.first)) {
		found = find_unit(q, u);
		if (found)
			break;
		wake_feeder(q);
		pthread_cond_wait(&q->work, &q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	return found;
}

static struct mun_audit_job *take_ended(struct mun_audit_queue *q)
{
	struct mun_audit_job *list = q->ended.first;

	q->ended = (struct mun_audit_jobs){ .end = &q->ended.first };
	return list;
}

enum mun_audit_feeding mun_audit_queue_feed(struct mun_audit_queue *q,
					    struct mun_audit_job **list,
					    struct mun_audit_unit *u)
{
	enum mun_audit_feeding what = MUN_FEED_END;

	pthread_mutex_lock(&q->lock);
	while (what == MUN_FEED_END && !must_end(q) &&
	       !(q->drained && !q->jobs.first && !q->ended.first)) {
		if (is_to_report(q)) {
			*list = take_ended(q);
			what = MUN_FEED_REPORT;
		} else if (is_short(q, 2)) {
			what = MUN_FEED_FETCH;
		} else if (!q->workers && find_unit(q, u)) {
			what = MUN_FEED_WORK;
		} else {
			pthread_cond_wait(&q->feeding, &q->lock);
		}
	}
	pthread_mutex_unlock(&q->lock);
	return what;
}

bool mun_audit_queue_pace(struct mun_audit_queue *q, uint64_t bytes)
{
	const int64_t now_ms = mun_clock_monotonic_ms();
	int64_t left_ms;
	bool go;

	if (!q->opts->rate)
		return true;
	pthread_mutex_lock(&q->lock);
	left_ms = mun_audit_rate_take(&q->rate, bytes, now_ms);
	go = !left_ms || !must_end(q);
	pthread_mutex_unlock(&q->lock);
	while (go && left_ms > 0) {
		const int64_t ms = MUN_MIN(left_ms, (int64_t)NAP_MS);
		const struct timespec nap = { .tv_nsec = (long)ms * 1000000 };

		(void)nanosleep(&nap, NULL);
		left_ms -= ms;
		pthread_mutex_lock(&q->lock);
		go = !must_end(q);
		pthread_mutex_unlock(&q->lock);
	}
	return go;
}

bool mun_audit_queue_stopping(struct mun_audit_queue *q)
{
	bool stop;

	pthread_mutex_lock(&q->lock);
	stop = must_end(q);
	pthread_mutex_unlock(&q->lock);
	return stop;
}

void mun_audit_queue_told(struct mun_audit_queue *q, struct mun_audit_check *c,
			  uint64_t read, uint64_t bytes)
{
	pthread_mutex_lock(&q->lock);
	c->item->bytes_read += read;
	mun_audit_queue_account(q, c, bytes, 0);
	pthread_mutex_unlock(&q->lock);
}

/* A job with all files done waits to be reported; the others may have waited
 * for it. */
static void end_if_done(struct mun_audit_queue *q, struct mun_audit_job *j)
{
	if (j->ended < j->item->nfiles)
		return;
	take_out(&q->jobs, j);
	append(&q->ended, j);
	if (q->drained && !q->jobs.first)
		wake_all(q);
	else
		wake_feeder(q);
}

void mun_audit_queue_add(struct mun_audit_queue *q, struct mun_audit_job *j)
{
	for (size_t i = 0; i < j->item->nfiles; i++)
		j->bytes += j->item->files[i].tree.bytes;
	append(&q->jobs, j);
	pthread_cond_signal(&q->work);
	end_if_done(q, j);
}

void mun_audit_queue_file_done(struct mun_audit_queue *q,
			       struct mun_audit_job *j)
{
	j->ended++;
	end_if_done(q, j);
}
