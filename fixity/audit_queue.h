/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit_queue.h - what the threads of an audit do next; for this folder
 *
 * One mutex.  The thread that called the audit feeds: it fetches objects and
 * reports them, so that a catalog that takes its time never keeps a worker
 * waiting.  There are always objects at hand, many where they are small.  A
 * worker takes a unit, which is a piece of an open file, or else the next file;
 * it does that without the lock and settles the result with it.
 */
#ifndef MUN_FIXITY_AUDIT_QUEUE_H
#define MUN_FIXITY_AUDIT_QUEUE_H

#include <pthread.h>

#include "fixity/audit.h"
#include "fixity/audit_int.h"
#include "fixity/audit_rate.h"

/* An item in flight. */
struct mun_audit_job {
	struct mun_audit_job *next;
	struct mun_audit_item *item;
	uint64_t bytes; /* of all files */
	size_t begun; /* files */
	size_t ended; /* files */
	struct mun_audit_check *open; /* pieces to hand out, or handed out */
	struct mun_audit_check *done; /* finished, with notes to remove */
};

/* First in, first out. */
struct mun_audit_jobs {
	struct mun_audit_job *first;
	struct mun_audit_job **end; /* where the next is linked */
	size_t count;
	uint64_t bytes;
};

struct mun_audit_queue {
	const struct mun_audit_feed *feed;
	const struct mun_audit_opts *opts;
	unsigned int threads; /* wanted */

	pthread_mutex_t lock; /* of all below, and of jobs and checks */
	pthread_cond_t work; /* workers: there may be a unit, or the end */
	pthread_cond_t feeding; /* the feeder: to fetch, to report, the end */
	unsigned int workers; /* running; 0: the feeder works too */
	struct mun_audit_jobs jobs;
	struct mun_audit_jobs ended; /* all files done, to be reported */
	bool drained; /* next() gave its last */
	bool stop;
	bool asked; /* it was opts->stop */
	struct mun_audit_rate rate;
	uint64_t done, bad; /* bytes, for progress */
	struct mun_audit_summary sum;
	struct mun_err err; /* the first */
};

struct mun_audit_unit {
	struct mun_audit_job *job;
	struct mun_audit_check *check; /* NULL: begin a file */
	uint64_t piece;
	size_t file; /* to begin */
};

/* Of an audit with so many workers; nothing is at hand yet. */
void mun_audit_queue_init(struct mun_audit_queue *q,
			  const struct mun_audit_feed *feed,
			  const struct mun_audit_opts *opts,
			  unsigned int threads);
/* When all threads have ended, and all jobs were taken. */
void mun_audit_queue_destroy(struct mun_audit_queue *q);

/* A worker waits for something to do; false: all is done, or must end. */
bool mun_audit_queue_take(struct mun_audit_queue *q, struct mun_audit_unit *u);

enum mun_audit_feeding {
	MUN_FEED_END,
	MUN_FEED_FETCH, /* until mun_audit_queue_full() */
	MUN_FEED_REPORT, /* @list was taken */
	MUN_FEED_WORK, /* @u was taken: there are no workers */
};

/* The feeder waits for something to do. */
enum mun_audit_feeding mun_audit_queue_feed(struct mun_audit_queue *q,
					    struct mun_audit_job **list,
					    struct mun_audit_unit *u);

/* Are there objects enough at hand, or no more to be had? */
bool mun_audit_queue_full(struct mun_audit_queue *q);

/**
 * mun_audit_queue_pace() - wait until @bytes more may be read
 *
 * Without the lock.  Return: false where the run is to end instead.
 */
bool mun_audit_queue_pace(struct mun_audit_queue *q, uint64_t bytes);

/* Is the run to end, or has it failed?  Without the lock. */
bool mun_audit_queue_stopping(struct mun_audit_queue *q);

/* Without the lock: @read bytes of @c were read, @bytes no longer to be done.
 */
void mun_audit_queue_told(struct mun_audit_queue *q, struct mun_audit_check *c,
			  uint64_t read, uint64_t bytes);

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
