/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_work.h - the workers of an audit; for this folder only */
#ifndef MUN_FIXITY_AUDIT_WORK_H
#define MUN_FIXITY_AUDIT_WORK_H

#include <pthread.h>

#include "fixity/audit_queue.h"
#include "fixity/verify.h"

struct mun_audit_crew {
	pthread_t threads[MUN_VERIFY_THREADS_MAX];
	size_t count;
};

/* Start @q->threads workers, or as many as the system gives: where it gives
 * none the feeder finds that in @q->workers. */
void mun_audit_crew_start(struct mun_audit_crew *crew,
			  struct mun_audit_queue *q);

/* Wait until all have ended, which they do when the queue does. */
void mun_audit_crew_join(struct mun_audit_crew *crew);

/* Do what was taken.  @buf is of mun_verify_buffer(); NULL, that memory is out,
 * ends the audit. */
void mun_audit_work_unit(struct mun_audit_queue *q,
			 const struct mun_audit_unit *u, void *buf);

#endif
