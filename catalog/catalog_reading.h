/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_reading.h - the reading of an imaging event; in transactions */
#ifndef MUN_CATALOG_CATALOG_READING_H
#define MUN_CATALOG_CATALOG_READING_H

#include "catalog/catalog_replay.h"
#include "catalog/query.h"

/* Add @ev->reading, where it has one, to event number @no.  MUN_EINVAL where
 * the event is no imaging event, or its drive is no agent of it. */
MUN_CHECK int mun_catalog_reading_put(struct mun_catalog *c,
				      const struct mun_rec_event *ev,
				      int64_t no, struct mun_err *e);

/* The reading of event number @no, where there is one, into @ev. */
MUN_CHECK int mun_catalog_reading_get(struct mun_catalog *c, int64_t no,
				      struct mun_record *r,
				      struct mun_rec_event *ev,
				      struct mun_err *e);

/* The member "reading" of an event's entry in the ledger, where it has one.
 * MUN_ECORRUPT, MUN_ENOMEM. */
MUN_CHECK int mun_replay_reading(const json_t *event, struct mun_record *r,
				 struct mun_rec_event *ev, struct mun_err *e);

#endif
