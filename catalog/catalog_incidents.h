/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_incidents.h - incidents inside the transactions of audits */
#ifndef MUN_CATALOG_CATALOG_INCIDENTS_H
#define MUN_CATALOG_CATALOG_INCIDENTS_H

#include "catalog/query.h"

/* Rows of tables incident and incident_step, as they are. */
struct mun_incident_row {
	const char *id;
	int64_t object; /* number; 0: the store itself */
	int64_t store;
	const char *path;
	const char *kind;
	const char *opened;
	int64_t audit; /* 0: none */
	uint64_t off;
	uint64_t bytes;
	int sys;
	const char *text;
};

struct mun_step_row {
	int64_t incident;
	int64_t n; /* among its steps; 0: the next */
	const char *at;
	const char *state;
	int64_t agent; /* 0: none */
	int64_t event;
	int64_t audit;
	uint64_t off;
	uint64_t bytes;
	const char *text;
};

/* Add them, with their leaves. */
MUN_CHECK int mun_incident_put(struct mun_catalog *c,
			       const struct mun_incident_row *i,
			       struct mun_err *e);
MUN_CHECK int mun_incident_step_put(struct mun_catalog *c,
				    const struct mun_step_row *s,
				    struct mun_err *e);

/* Join the incident that is open at this place, or open one; @i->id is not
 * looked at. */
MUN_CHECK int mun_incident_found(struct mun_catalog *c,
				 const struct mun_incident_row *i,
				 char id_out[static MUN_UUID_LEN], bool *joined,
				 struct mun_err *e);

/* Of a copy that was looked at: was the file (or, with @path "", were all
 * files) intact?  Repaired incidents of such files are verified now; open ones
 * are told, once. */
typedef bool mun_incident_intact_fn(void *ctx, const char *path);
MUN_CHECK int mun_incidents_intact(struct mun_catalog *c, int64_t object,
				   int64_t store, int64_t audit, const char *at,
				   mun_incident_intact_fn *intact, void *ctx,
				   struct mun_err *e);

/* A sweep of the whole store that began at @since found no more of it: what
 * was repaired of "extra" and "store_fault" is verified. */
MUN_CHECK int mun_incidents_swept(struct mun_catalog *c, int64_t store,
				  int64_t audit, const char *since,
				  const char *at, struct mun_err *e);

#endif
