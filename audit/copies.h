/* SPDX-License-Identifier: Apache-2.0 */
/* audit/copies.h - give every object its copies in other stores */
#ifndef MUN_AUDIT_COPIES_H
#define MUN_AUDIT_COPIES_H

#include "audit/run.h"

struct mun_copies_request {
	const char *to; /* name of a store; NULL: all but main that are neither
			 * paused nor away */
	const char *collection; /* or NULL */
	const char *const *objects; /* ids; NULL: all that lack a copy */
	size_t nobjects;
};

struct mun_copies_result {
	const char *store;
	bool away; /* nothing was done: see why */
	char why[256];
	uint64_t wanted; /* objects without a copy there */
	uint64_t copied;
	uint64_t bytes;
	uint64_t resumed; /* of the bytes: from an interrupted run */
	uint64_t damaged; /* no source had them intact: told by @problem */
	bool interrupted;
};

typedef void mun_copies_result_fn(void *ctx, const struct mun_copies_result *r);
typedef void mun_copies_problem_fn(void *ctx, const char *object,
				   const char *store,
				   const struct mun_err *why);

/**
 * mun_copies_make() - copy what lacks a copy, store by store, oldest first
 *
 * Each copy is read back, then recorded with its "replication" event in one
 * transaction.  A copy that a killed run left in the store unrecorded is
 * verified and recorded.  The source is main, or where main's is damaged any
 * other store that has it whole.
 * Return: 0, also where objects could not be copied; MUN_ENOENT (no such store
 * or object); MUN_EINVAL (@to is main); MUN_EIO (catalog).
 */
MUN_CHECK int mun_copies_make(const struct mun_custodian *k,
			      const struct mun_copies_request *q,
			      mun_copies_result_fn *result,
			      mun_copies_problem_fn *problem, void *ctx,
			      struct mun_err *e);

/* How many objects lack a copy in @store (of @collection, or NULL). */
MUN_CHECK int mun_copies_lacking(const struct mun_custodian *k,
				 const char *store, const char *collection,
				 uint64_t *out, struct mun_err *e);

#endif
