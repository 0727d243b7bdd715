/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_add.h - an event or an agent more, for those that describe */
#ifndef MUN_INGEST_EVENT_ADD_H
#define MUN_INGEST_EVENT_ADD_H

#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"

#define MUN_BY_OPERATOR "implementer"
#define MUN_BY_PROGRAM "executing program"

/* The agent of these facts in @r, added where it is not there yet.  Its id
 * follows from the facts: the same person, program or drive is the same agent
 * everywhere.  MUN_ENOMEM, MUN_EIO. */
MUN_CHECK int mun_event_agent(struct mun_record *r, const char *type,
			      const char *name, const char *version,
			      const char *note, const char **id_out,
			      struct mun_err *e);

/* An event that succeeded, from @started to @ended (RFC 3339; "" or the same:
 * a moment); NULL after an error. */
struct mun_rec_event *mun_event_at(struct mun_record *r, const char *type,
				   const char *started, const char *ended,
				   struct mun_err *e);

/* The same in milliseconds. */
struct mun_rec_event *mun_event_at_ms(struct mun_record *r, const char *type,
				      int64_t started_ms, int64_t ended_ms,
				      struct mun_err *e);

#endif
