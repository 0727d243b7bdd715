/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit.c - run an audit: fetch, open, verify, report */
#include "fixity/audit.h"

#include "core/clock.h"
#include "core/file.h"
#include "fixity/audit_queue.h"
#include "fixity/audit_work.h"
#include "fixity/verify.h"

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
	item->started_ms = 0;
	item->ended_ms = 0;
	item->bytes_read = 0;
	item->bytes_resumed = 0;
	item->nfindings = 0;
	item->findings = NULL;
	for (size_t i = 0; i < item->nfiles; i++)
		item->files[i].outcome = MUN_OUTCOME_NOT_RUN;
}

/* False: there is no more to be had. */
static bool fetch_one(struct mun_audit_queue *q)
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
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else if (!item) {
		q->drained = true;
		pthread_cond_broadcast(&q->work);
	} else {
		j->item = item;
		mun_audit_queue_add(q, j);
		j = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	free(j);
	return !rc && item;
}

static void fetch(struct mun_audit_queue *q)
{
	while (!mun_audit_queue_full(q) && fetch_one(q))
		;
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
	if (!item->started_ms)
		item->started_ms = item->ended_ms;
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
	if (rc) {
		mun_audit_queue_halt(q, &err);
	} else {
		q->sum.objects += sum.objects;
		q->sum.files += sum.files;
		q->sum.bytes += sum.bytes;
		for (int i = 0; i < MUN_OUTCOME_N; i++)
			q->sum.outcomes[i] += sum.outcomes[i];
	}
	pthread_mutex_unlock(&q->lock);
}

static void report_all(struct mun_audit_queue *q, struct mun_audit_job *list,
		       bool ended)
{
	while (list) {
		struct mun_audit_job *j = list;

		list = j->next;
		report(q, j, ended);
	}
}

/* The thread that called: as long as it is not interrupted it fetches and
 * reports, and works where no other thread could be had. */
static void feed(struct mun_audit_queue *q)
{
	mun_autofree void *buf = NULL;
	struct mun_audit_job *list = NULL;
	struct mun_audit_unit u;

	for (;;) {
		switch (mun_audit_queue_feed(q, &list, &u)) {
		case MUN_FEED_END:
			return;
		case MUN_FEED_FETCH:
			fetch(q);
			break;
		case MUN_FEED_REPORT:
			report_all(q, list, true);
			break;
		case MUN_FEED_WORK:
			if (!buf)
				buf = mun_verify_buffer();
			mun_audit_work_unit(q, &u, buf);
			break;
		}
	}
}

/* All workers have ended: what is done is reported, what was begun is given
 * back as not run. */
static void wind_up(struct mun_audit_queue *q)
{
	q->sum.interrupted =
		q->stop && !q->err.code && (q->jobs.first || !q->drained);
	q->sum.stopped = q->sum.interrupted && q->asked;
	report_all(q, q->ended.first, true);
	report_all(q, q->jobs.first, false);
}

int mun_audit_run(const struct mun_audit_feed *table,
		  const struct mun_audit_opts *opts,
		  struct mun_audit_summary *out, struct mun_err *e)
{
	struct mun_audit_crew crew;
	struct mun_audit_queue q;
	int rc;

	*out = (struct mun_audit_summary){ 0 };
	if (opts->progress_dir) {
		rc = mun_mkdirs(opts->progress_dir, e);
		if (rc)
			return mun_ctx(e, "folder for audits under way");
	}
	mun_audit_queue_init(&q, table, opts,
			     mun_verify_threads(opts->threads));
	mun_audit_crew_start(&crew, &q);
	feed(&q);
	mun_audit_crew_join(&crew);
	wind_up(&q);
	mun_audit_queue_destroy(&q);
	*out = q.sum;
	if (q.err.code) {
		*e = q.err;
		return mun_ctx(e, "audit");
	}
	return 0;
}
