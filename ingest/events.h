/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/events.h - what happened, as PREMIS events with their agents */
#ifndef MUN_INGEST_EVENTS_H
#define MUN_INGEST_EVENTS_H

#include "ingest/describe.h"

/* Events of the accession: imaging (of a device) or ingestion (of a file),
 * message digest calculation, format identification, fixity check (of what is
 * in a container), ingestion.
 * 0, MUN_ENOMEM, MUN_EIO. */
MUN_CHECK int mun_describe_events(const struct mun_described *d,
				  const struct mun_decoded *decoded,
				  struct mun_record *r, struct mun_err *e);

/* Parity files came into being. */
MUN_CHECK int mun_event_parity(const struct mun_parity *p, struct mun_record *r,
			       struct mun_err *e);

/* What was read was compared with what session->req.expect promised; @manifest
 * is the id of its file. */
MUN_CHECK int mun_event_promise(const struct mun_described *d,
				const char *manifest, struct mun_record *r,
				struct mun_err *e);

/* The fixity check that ends an ingest: what the store holds was read back. */
MUN_CHECK int mun_event_readback(struct mun_record *r, int64_t started_ms,
				 int64_t ended_ms, struct mun_err *e);

#endif
