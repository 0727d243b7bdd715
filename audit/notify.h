/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/notify.h - somebody is told: notify-command and webhook
 *
 * docs/reports.md has the message and its schema.  What was told, to whom, and
 * whether it arrived, is a fact of the catalog.  A message that cannot be
 * delivered never fails the audit that it is about.
 */
#ifndef MUN_AUDIT_NOTIFY_H
#define MUN_AUDIT_NOTIFY_H

#include "audit/run.h"

enum mun_notify_event {
	MUN_NOTIFY_INCIDENT, /* new incidents, all of a run in one message */
	MUN_NOTIFY_AWAY, /* a store is away, or at fault */
	MUN_NOTIFY_LATE, /* verifications are overdue */
	MUN_NOTIFY_PROBLEMS, /* a run ended with damage, or did not end */
	MUN_NOTIFY_SUCCESS, /* only where notify-on asks for it */
	MUN_NOTIFY_TEST, /* on demand */
	MUN_NOTIFY_N
};

/* "incident", "store-away", "late", "problems", "success", "test": in
 * notify-on, in MUNIMENT_EVENT and in the message. */
const char *mun_notify_event_name(enum mun_notify_event n);

/* Is it a list of those names, separated by commas?  0 or MUN_EINVAL. */
MUN_CHECK int mun_notify_check_list(const char *text, struct mun_err *e);

/**
 * mun_notify_runs() - after a run: tell what is new
 * @runs: what became of each store, as mun_run_audit() told it
 *
 * New incidents are those that nobody was told of yet.  A store that is away,
 * or late, is told once, and again when it was well in between or has become
 * twice as late.  Nothing configured: nothing happens.
 * Return: 0, also where a message was not delivered (which is a fact of the
 * catalog and said in the log); MUN_EIO, MUN_ECORRUPT (the catalog).
 */
MUN_CHECK int mun_notify_runs(const struct mun_custodian *k,
			      const struct mun_run_result *runs, size_t n,
			      struct mun_err *e);

#endif
