/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_events.h - events, their agents and links; inside a transaction */
#ifndef MUN_CATALOG_CATALOG_EVENTS_H
#define MUN_CATALOG_CATALOG_EVENTS_H

#include "catalog/query.h"
#include "catalog/record.h"

/**
 * mun_catalog_events_put() - the agents of @r that are new, and all its events
 * @object: number of the object that they happened to
 *
 * Return: 0; MUN_EEXIST for an event id that is there; MUN_EINVAL for a link to
 * an agent or file that nobody knows; MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_catalog_events_put(struct mun_catalog *c,
				     const struct mun_record *r, int64_t object,
				     struct mun_err *e);

/* As above for one event; @n is its number among those of the object, 0 for
 * the next, and @no_out that in the table. */
MUN_CHECK int mun_catalog_events_put_one(struct mun_catalog *c,
					 const struct mun_rec_event *ev,
					 int64_t object, int64_t n,
					 int64_t *no_out, struct mun_err *e);

/* The number of the agent with this id, or 0. */
MUN_CHECK int mun_catalog_events_agent_no(struct mun_catalog *c, const char *id,
					  int64_t *out, struct mun_err *e);

/* The number of the object's file with this id; 0 for the carrier, which is no
 * file.  MUN_EINVAL. */
MUN_CHECK int mun_catalog_events_file(struct mun_catalog *c, int64_t object,
				      const char *id, int64_t *out,
				      struct mun_err *e);

/* A new agent, with its leaf. */
MUN_CHECK int mun_catalog_agent_put(struct mun_catalog *c,
				    const struct mun_rec_agent *a,
				    struct mun_err *e);

#endif
