/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit.c - run an audit: fetch, open, verify, report */
#include "fixity/audit.h"

#include "core/clock.h"
#include "core/file.h"
#include "fixity/audit_int.h"
#include "fixity/audit_queue.h"
#include "fixity/verify.h"

#define JOBS_PER_THREAD 2u

static const struct {
	const char *name;
	int severity; /* what is known to be lost is worst */
} outcomes[MUN_OUTCOME_N] = {
	[MUN_OUTCOME_INTACT] = { "intact", 0 },
	[MUN_OUTCOME_NOT_RUN] = { "not_run", 1 },
	[MUN_OUTCOME_UNAVAILABLE] = { "store_unavailable", 2 },
	[MUN_OUTCOME_UNREADABLE] = { "unreadable", 3 },
	[MUN_OUTCOME_MISMATCH] = { "mismatch", 4 },
	[MUN_OUTCOME_MISSING] = { "missing", 5 },
};

const char *mun_outcome_name(enum mun_outcome o)
{
	return outcomes[o].name;
}

enum mun_outcome mun_outcome_worse(enum mun_outcome a, enum mun_outcome b)
{
	return outcomes[a].severity >= outcomes[b].severity ? a : b;
}

static void unlink_check(struct mun_audit_check **list,
			 const struct mun_audit_check *c)
{
	while (*list != c)
		list = &(*list)->next;
	*list = c->next;
}

static void free_checks(struct mun_audit_check *c)
{
	while (c) {
		struct mun_audit_check *next = c->next;

		mun_audit_check_free(c);
		c = next;
	}
}

static void begin_item(struct mun_audit_item *item)
{
	item->outcome = MUN_OUTCOME_INTACT;
	item->started_ms = mun_now_ms();
	item->ended_ms = 0;
	item->bytes_read = 0;
	item->bytes_resumed = 0;
	item->nfindings = 0;
	item->findings = NULL;
	for (size_t i = 0; i < item->nfiles; i++)
		item->files[i].outcome = MUN_OUTCOME_NOT_RUN;
}

static void fetch(struct mun_audit_queue *q)
{
	struct mun_audit_item *item = NULL;
	struct mun_err err = { 0 };
	struct mun_audit_job *j;
	int rc;

	j = calloc(1, sizeof(*j));
	if (!j)
		rc = mun_fail_nomem(&err, "audit job");
	else
		rc = q->feed->next(q->feed->ctx, &item, &err);
	if (!rc && item)
		begin_item(item);

	pthread_mutex_lock(&q->lock);
	q->feed_busy = false;
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else if (!item) {
		q->drained = true;
	} else {
		j->item = item;
		mun_audit_queue_add(q, j);
		j = NULL;
	}
	pthread_cond_broadcast(&q->moved);
	pthread_mutex_unlock(&q->lock);
	free(j);
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
	pthread_cond_broadcast(&q->moved);
	pthread_mutex_unlock(&q->lock);
	mun_audit_check_free(c);
}

/* A file that could not be begun leaves its job unended: it is not run. */
static void begin_file(struct mun_audit_queue *q, struct mun_audit_job *j,
		       size_t file)
{
	struct mun_audit_check *c = calloc(1, sizeof(*c));
	struct mun_err err;
	bool finished = false;
	int rc;

	if (c) {
		c->item = j->item;
		c->file = file;
		rc = mun_audit_check_begin(c, q->feed, q->opts->progress_dir,
					   &err);
	} else {
		rc = mun_fail_nomem(&err, "audit of a file");
	}
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
		pthread_cond_broadcast(&q->moved);
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

/*
 * The notes go, durably, before the report: notes that outlived it would let
 * the next audit pass off this one's work as its own.  Should the report then
 * fail, the files are read again.
 */
static int remove_notes(struct mun_audit_queue *q,
			const struct mun_audit_job *j, struct mun_err *e)
{
	int rc = 0;

	for (struct mun_audit_check *c = j->done; !rc && c; c = c->next)
		rc = mun_audit_progress_remove(c->progress, e);
	if (!rc && j->done)
		rc = mun_dir_sync(q->opts->progress_dir, e);
	return rc;
}

static void add_up(struct mun_audit_summary *sum,
		   const struct mun_audit_item *item)
{
	sum->objects += item->outcome != MUN_OUTCOME_NOT_RUN;
	sum->bytes += item->bytes_read + item->bytes_resumed;
	for (size_t i = 0; i < item->nfiles; i++) {
		sum->outcomes[item->files[i].outcome]++;
		sum->files += item->files[i].outcome != MUN_OUTCOME_NOT_RUN;
	}
}

/* Give the item back, which is then the feed's, and free the job. */
static void report(struct mun_audit_queue *q, struct mun_audit_job *j,
		   bool ended)
{
	struct mun_audit_item *item = j->item;
	struct mun_audit_summary sum = { 0 };
	struct mun_finding *findings = item->findings;
	struct mun_err err, second;
	int rc = 0;

	item->ended_ms = mun_now_ms();
	if (ended)
		rc = remove_notes(q, j, &err);
	if (rc || !ended)
		item->outcome = MUN_OUTCOME_NOT_RUN;
	add_up(&sum, item);
	free_checks(j->open);
	free_checks(j->done);
	free(j);
	/* In every case the item goes back; the first error is the one. */
	if (q->feed->report(q->feed->ctx, item, &second) && !rc) {
		err = second;
		rc = err.code;
	}
	free(findings);

	pthread_mutex_lock(&q->lock);
	q->njobs--;
	q->feed_busy = false;
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else {
		q->sum.objects += sum.objects;
		q->sum.files += sum.files;
		q->sum.bytes += sum.bytes;
		for (int i = 0; i < MUN_OUTCOME_N; i++)
			q->sum.outcomes[i] += sum.outcomes[i];
	}
	pthread_cond_broadcast(&q->moved);
	pthread_mutex_unlock(&q->lock);
}

static void work(void *ctx)
{
	struct mun_audit_queue *q = ctx;
	mun_autofree void *buf = mun_verify_buffer();
	struct mun_audit_unit u;

	if (!buf) {
		struct mun_err err;

		(void)mun_fail_nomem(&err, "buffer");
		pthread_mutex_lock(&q->lock);
		mun_audit_queue_halt(q, &err);
		pthread_mutex_unlock(&q->lock);
		return;
	}
	while (mun_audit_queue_take(q, &u)) {
		switch (u.kind) {
		case MUN_UNIT_REPORT:
			report(q, u.job, true);
			break;
		case MUN_UNIT_FETCH:
			fetch(q);
			break;
		case MUN_UNIT_PIECE:
			verify_piece(q, &u, buf);
			break;
		case MUN_UNIT_BEGIN:
			begin_file(q, u.job, u.file);
			break;
		}
	}
}

/* All workers have ended: what is done is reported, what was begun is given
 * back as not run. */
static void wind_up(struct mun_audit_queue *q)
{
	q->sum.interrupted =
		q->stop && !q->err.code && (q->jobs || !q->drained);
	q->sum.stopped = q->sum.interrupted && q->asked;
	while (q->ended) {
		struct mun_audit_job *j = q->ended;

		q->ended = j->next;
		report(q, j, true);
	}
	while (q->jobs) {
		struct mun_audit_job *j = q->jobs;

		q->jobs = j->next;
		report(q, j, false);
	}
}

int mun_audit_run(const struct mun_audit_feed *feed,
		  const struct mun_audit_opts *opts,
		  struct mun_audit_summary *out, struct mun_err *e)
{
	const unsigned int threads = mun_verify_threads(opts->threads);
	struct mun_audit_queue q = { .feed = feed,
				     .opts = opts,
				     .jobs_max = threads * JOBS_PER_THREAD,
				     .lock = PTHREAD_MUTEX_INITIALIZER,
				     .moved = PTHREAD_COND_INITIALIZER };
	int rc;

	*out = (struct mun_audit_summary){ 0 };
	if (opts->progress_dir) {
		rc = mun_mkdirs(opts->progress_dir, e);
		if (rc)
			return mun_ctx(e, "folder for audits under way");
	}
	mun_verify_crew(threads, work, &q);
	wind_up(&q);
	pthread_cond_destroy(&q.moved);
	pthread_mutex_destroy(&q.lock);
	*out = q.sum;
	if (q.err.code) {
		*e = q.err;
		return mun_ctx(e, "audit");
	}
	return 0;
}
