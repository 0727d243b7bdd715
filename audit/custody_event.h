/* SPDX-License-Identifier: Apache-2.0 */
/* audit/custody_event.h - what custody does to an object, as a PREMIS event */
#ifndef MUN_AUDIT_CUSTODY_EVENT_H
#define MUN_AUDIT_CUSTODY_EVENT_H

#include "audit/run.h"
#include "catalog/record.h"

struct mun_custody_event {
	const char *object; /* UUID */
	const char *type; /* LoC eventType: "replication", "recovery" */
	const char *file; /* UUID of the file it is about, or NULL: all */
	const char *detail; /* what was done, from where */
	const char *note; /* outcome detail, or "" */
	const char *outcome; /* "success", "warning", "fail" */
	int64_t started_ms; /* it ends now */
};

/* A record with that one event, its agents those of @k; the caller's. */
MUN_CHECK int mun_custody_event_new(const struct mun_custodian *k,
				    const struct mun_custody_event *what,
				    struct mun_record **out, struct mun_err *e);

#endif
