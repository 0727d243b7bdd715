/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_due.h - a walk over what is due, without a list of it */
#ifndef MUN_CATALOG_FEED_DUE_H
#define MUN_CATALOG_FEED_DUE_H

#include "catalog/feed.h"
#include "catalog/query.h"

#define MUN_DUE_AHEAD 16 /* rows that are read at once */

/* One collection, by the rule that fits it. */
struct mun_due_group {
	int64_t collection; /* number; 0: objects without one */
	uint64_t every; /* seconds; 0: never */
	bool full;
	bool ruled; /* a rule fits */

	/* Where the walk is: behind this row. */
	bool future; /* among checks that are dated after now */
	bool done;
	char base[40];
	int64_t object;

	/* What was read and not yet given. */
	size_t n;
	size_t at;
	struct {
		int64_t object;
		int64_t due; /* ms */
	} ahead[MUN_DUE_AHEAD];
};

struct mun_due_walk {
	int64_t store;
	int64_t now; /* ms; the moment that "due" is judged at */
	size_t ngroups;
	struct mun_due_group *groups;
};

/* Begin: one group for each collection.  Free with mun_due_end(). */
MUN_CHECK int mun_due_begin(struct mun_catalog *c, int64_t store,
			    const struct mun_feed_rule *rules, size_t nrules,
			    struct mun_due_walk *out, struct mun_err *e);
void mun_due_end(struct mun_due_walk *w);

/* The next object, longest overdue first; *@object = 0 at the end.  @full may
 * be NULL. */
MUN_CHECK int mun_due_next(struct mun_catalog *c, struct mun_due_walk *w,
			   int64_t *object, int64_t *due, bool *full,
			   struct mun_err *e);

/* How much of @w is due, from its beginning. */
MUN_CHECK int mun_due_count(struct mun_catalog *c, const struct mun_due_walk *w,
			    uint64_t *objects, uint64_t *files, uint64_t *bytes,
			    struct mun_err *e);

/* Does the rule of this collection want whole-file digests? */
bool mun_due_full(const struct mun_due_walk *w, int64_t collection);

#endif
