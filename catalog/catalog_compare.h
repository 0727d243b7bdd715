/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_compare.h - what differs between a catalog and its ledger */
#ifndef MUN_CATALOG_CATALOG_COMPARE_H
#define MUN_CATALOG_CATALOG_COMPARE_H

#include <pthread.h>

#include "catalog/evidence.h"
#include "catalog/query.h"

/* Leaf hashes, as the ledger has them. */
struct mun_compare_leaf {
	bool there;
	uint8_t hash[MUN_MERKLE_HASH];
};

struct mun_compare_diff {
	uint64_t seq;
	bool catalog; /* it has an entry of this number */
	uint8_t hash[MUN_MERKLE_HASH]; /* the catalog's */
};

struct mun_compare {
	const char *path; /* of the catalog */
	unsigned int threads;
	const struct mun_progress_to *progress;
	mun_ledger_problem_fn *fn;
	void *ctx;
	struct mun_ledger_verdict *out;

	pthread_mutex_t lock; /* what follows, while threads run */
	uint64_t entries; /* that the ledger has, and room for more */
	uint64_t room;
	struct mun_compare_leaf *ledger;
	uint64_t facts; /* that the catalog has */
	uint64_t next; /* to be compared */
	size_t ndiffs;
	size_t diffs_room;
	struct mun_compare_diff *diffs;
	struct mun_err err; /* the first */
};

/* Give a problem to the caller, and count it. */
void mun_compare_tell(struct mun_compare *x, const char *code,
		      const char *where, const char *text);

/**
 * mun_compare_classify() - name what the differences mean
 * @l: for the names of entries without rows, or NULL
 *
 * An entry that the other side has under another number was moved; else it was
 * changed, removed, or inserted.
 */
MUN_CHECK int mun_compare_classify(struct mun_compare *x, struct mun_catalog *c,
				   struct mun_ledger *l, struct mun_err *e);

#endif
