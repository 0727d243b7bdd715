/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/repair.h - give damaged files their bytes back
 *
 * Piece by piece of 1 MiB: from the damaged file where the piece is intact,
 * from a copy in another store whose piece verifies, and at last from parity.
 * The new file is compared with the hash tree before it takes the old one's
 * place (store/mend.h); the damaged bytes stay in quarantine/ until the
 * incident is closed.
 */
#ifndef MUN_AUDIT_REPAIR_H
#define MUN_AUDIT_REPAIR_H

#include "audit/run.h"

struct mun_repair_request {
	const char *store; /* NULL: every one that is there */
	const char *const *objects; /* ids; NULL: all with known damage */
	size_t nobjects;
	bool by_policy; /* only in stores where the policy lets audits repair */
	bool dry_run; /* say what could be repaired, and from where */
};

enum mun_repair_state {
	MUN_REPAIR_DONE,
	MUN_REPAIR_PARTLY, /* some bytes are lost, the others are back */
	MUN_REPAIR_NONE, /* nothing could be given back */
	MUN_REPAIR_POSSIBLE, /* of a dry run: it could be done */
};

/* "repaired", "partly", "not_repaired", "possible": in JSON. */
const char *mun_repair_state_name(enum mun_repair_state s);

struct mun_repair_lost {
	uint64_t off; /* bytes */
	uint64_t bytes;
};

/* What became of one damaged file; texts are lent. */
struct mun_repair_result {
	const char *object;
	const char *store;
	const char *path;
	enum mun_repair_state state;
	uint64_t repaired; /* bytes given back */
	const char *from; /* "bytes 0-1048575 from store 'tape'; ..." */
	const char *why; /* what is lost and why, or "" */
	size_t nlost;
	const struct mun_repair_lost *lost;
};
typedef void mun_repair_result_fn(void *ctx, const struct mun_repair_result *r);

/**
 * mun_repair() - repair what the catalog knows to be damaged
 *
 * A repair is an event "recovery" and a step in the life of each incident it
 * concerns.  Whether it holds is for the next audit of the object to say.
 * Return: 0, whatever could be repaired; MUN_EBUSY (an audit or repair is at
 * work on the store); MUN_EUNAVAILABLE (@q->store is away); MUN_ENOENT;
 * MUN_ECANCELLED; MUN_EIO (catalog, or no room: the text says).
 */
MUN_CHECK int mun_repair(const struct mun_custodian *k,
			 const struct mun_repair_request *q,
			 mun_repair_result_fn *result, void *ctx,
			 struct mun_err *e);

/**
 * mun_quarantine_tidy() - forget the damaged bytes of incidents that are closed
 *
 * Stores that are away keep theirs until another time.
 */
MUN_CHECK int mun_quarantine_tidy(const struct mun_custodian *k,
				  struct mun_err *e);

#endif
