/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/breaker.h - a feed that tells a faulty store from lost files
 *
 * A share that is half mounted looks like thousands of deleted files.  The
 * outcomes of the first items are held back; when more of them than the policy
 * allows are missing or unreadable, none of those is reported as such: the run
 * stops, and it is the store that is at fault.
 */
#ifndef MUN_AUDIT_BREAKER_H
#define MUN_AUDIT_BREAKER_H

#include "fixity/audit.h"
#include "fixity/schedule.h"

struct mun_breaker;

/* @inner must outlive it.  With no percent in @p nothing is held back. */
MUN_CHECK int mun_breaker_new(const struct mun_audit_feed *inner,
			      const struct mun_policy *p,
			      struct mun_breaker **out, struct mun_err *e);

/* For mun_audit_run(). */
const struct mun_audit_feed *mun_breaker_feed(struct mun_breaker *b);

/* Has it tripped?  To be asked between pieces, by any thread. */
bool mun_breaker_tripped(const struct mun_breaker *b);

/**
 * mun_breaker_finish() - after the run: report what is still held back
 * @sum: the run's own counts; becomes what was reported
 *
 * Return: 0, or what the inner report() returned.
 */
MUN_CHECK int mun_breaker_finish(struct mun_breaker *b,
				 struct mun_audit_summary *sum,
				 struct mun_err *e);

/* "12 of the first 14 objects are missing or unreadable". */
void mun_breaker_text(const struct mun_breaker *b, char *buf, size_t size);
void mun_breaker_free(struct mun_breaker *b); /* NULL is fine */
MUN_DEFINE_FREEP(breaker, mun_breaker_free);

#endif
