/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ingested.h - what ingest and resume print of an object */
#ifndef MUN_CLI_INGESTED_H
#define MUN_CLI_INGESTED_H

#include "cli/cli.h"
#include "cli/merged.h"

/* As a member of "objects", or as text with the known-image message; @m: what
 * its merge found, if it was one, or NULL. */
void mun_ingested_json(struct mun_jsonw *w, const struct mun_ingest_result *r,
		       const struct mun_merged *m);
void mun_ingested_text(const struct mun_ingest_result *r,
		       const struct mun_merged *m);

/* Of every digest there is, name and hex, into an object called "digests". */
void mun_digests_json(struct mun_jsonw *w, const char *key,
		      const struct mun_digests *d);

/* Was it not taken in because it is not what was promised? */
bool mun_ingested_refused(const struct mun_ingest_result *r);

/* Of one that was taken in: damage, where bytes could not be read or are not
 * those that were promised. */
int mun_ingested_status(const struct mun_ingest_result *r);

/* Say that the same bytes were known, on stderr. */
void mun_ingested_known(const struct mun_ingest_result *r);

/* The worse of two exit statuses: failed before damage before done. */
int mun_exit_worse(int a, int b);

#endif
