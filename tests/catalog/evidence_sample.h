/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/evidence_sample.h - a repository's life, for evidence tests */
#ifndef MUN_TESTS_EVIDENCE_SAMPLE_H
#define MUN_TESTS_EVIDENCE_SAMPLE_H

#include "catalog/custody.h"
#include "catalog/evidence.h"
#include "catalog/feed.h"

#define SAMPLE_OPERATOR "019a0000-aaaa-7000-8000-000000000002"
#define SAMPLE_PROGRAM "019a0000-aaaa-7000-8000-000000000003"

/* What the clock of the samples says; set mun_now_ms to sample_now. */
extern int64_t sample_clock;
int64_t sample_now(void);

/* A restriction of dissemination: the donor's word, without an end. */
extern const struct mun_rec_rights sample_closed;

#define SAMPLE_REVISED 1u /* the object that has a version 2 */

/* An open catalog in @dir with a ledger in @dir/ledger: @objects objects, two
 * more stores, copies, keys, audits with every outcome, sweeps, incidents in
 * every state, a policy, a notice, an object with a second version, of which
 * copy-a has got it.  The ledger is signed. */
struct mun_catalog *sample_life(const char *dir, unsigned int objects);

/* An audit of all objects of @store.  Object number @bad (of catalog_sample;
 * 0: none) is found as @outcome, in the first MiB of its master. */
void sample_audit(struct mun_catalog *c, const char *store, unsigned int bad,
		  enum mun_outcome outcome);

/* A sweep; @bad as above, "missing" or "extra". */
void sample_sweep(struct mun_catalog *c, const char *store, unsigned int bad,
		  const char *outcome, bool complete);

/* The id of the incident with this place, "" where there is none that is not
 * closed. */
void sample_incident(struct mun_catalog *c, unsigned int object,
		     const char *store, const char *kind,
		     char out[static MUN_UUID_LEN]);

/* All entries and everything that is derived, as text; free(). */
char *sample_dump(struct mun_catalog *c);

/* A record with one event of @type, of object @n. */
struct mun_record *sample_event(unsigned int n, unsigned int kind,
				const char *type);

#endif
