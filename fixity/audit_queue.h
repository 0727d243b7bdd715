/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit_queue.h - what the workers of an audit do next; for this folder
 *
 * One mutex, one condition variable.  A worker takes a unit: report an object
 * that is done, fetch the next one, verify a piece of an open file, or open the
 * next file; it does that without the lock and settles the result with it.
 * There are always some objects at hand, so that small ones keep all workers
 * busy while one of them reports.
 */
#ifndef MUN_FIXITY_AUDIT_QUEUE_H
#define MUN_FIXITY_AUDIT_QUEUE_H

#include <pthread.h>

#include "fixity/audit.h"
#include "fixity/audit_int.h"

/* An item in flight. */
struct mun_audit_job {
	struct mun_audit_job *next;
	struct mun_audit_item *item;
	size_t begun; /* files */
	size_t ended; /* files */
	struct mun_audit_check *open; /* pieces to hand out, or handed out */
	struct mun_audit_check *done; /* finished, with notes to remove */
};

struct mun_audit_queue {
	const struct mun_audit_feed *feed;
	const struct mun_audit_opts *opts;
	unsigned int jobs_max;

	pthread_mutex_t lock; /* of all below, and of jobs and checks */
	pthread_cond_t moved; /* there may be something to do, or to end */
	struct mun_audit_job *jobs; /* oldest first */
	struct mun_audit_job *ended; /* all files done, to be reported */
	unsigned int njobs; /* of both lists, and being reported */
	bool feed_busy; /* next() or report() is being called */
	bool drained; /* next() gave its last */
	bool stop;
	bool asked; /* it was opts->stop */
	uint64_t done, bad; /* bytes, for progress */
	struct mun_audit_summary sum;
	struct mun_err err; /* the first */
};

enum mun_audit_unit_kind {
	MUN_UNIT_REPORT,
	MUN_UNIT_FETCH,
	MUN_UNIT_PIECE,
	MUN_UNIT_BEGIN
};

struct mun_audit_unit {
	enum mun_audit_unit_kind kind;
	struct mun_audit_job *job;
	struct mun_audit_check *check; /* MUN_UNIT_PIECE */
	uint64_t piece;
	size_t file; /* MUN_UNIT_BEGIN */
};

/* Wait for something to do; false: all is done, or must end. */
bool mun_audit_queue_take(struct mun_audit_queue *q, struct mun_audit_unit *u);

/* Locked: stop all, for @err, or as cancelled (NULL, MUN_ECANCELLED), which is
 * no error. */
void mun_audit_queue_halt(struct mun_audit_queue *q, const struct mun_err *err);

/* Locked: @bytes of @c are no longer to be done, @bad of them are damaged. */
void mun_audit_queue_account(struct mun_audit_queue *q,
			     struct mun_audit_check *c, uint64_t bytes,
			     uint64_t bad);

/* Locked: step over the next pieces that an interrupted run verified. */
void mun_audit_queue_skip(struct mun_audit_queue *q, struct mun_audit_check *c);

/* Locked: a new job; one without files is done at once. */
void mun_audit_queue_add(struct mun_audit_queue *q, struct mun_audit_job *j);

/* Locked: one more file of @j is done, and with the last of them @j is. */
void mun_audit_queue_file_done(struct mun_audit_queue *q,
			       struct mun_audit_job *j);

#endif
