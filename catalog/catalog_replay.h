/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay.h - entries of a ledger become rows again */
#ifndef MUN_CATALOG_CATALOG_REPLAY_H
#define MUN_CATALOG_CATALOG_REPLAY_H

#include "catalog/evidence.h"
#include "catalog/query.h"
#include "core/json.h"

struct mun_replay {
	struct mun_catalog *c;
	mun_replay_load_fn *load;
	void *load_ctx;
	mun_replay_problem_fn *problem;
	void *ctx;
	struct mun_replay_result *out;
};

/* Members of an entry; MUN_ECORRUPT where one is not what it must be.  NULL
 * becomes "" or 0, where @or_null says that it may. */
MUN_CHECK int mun_replay_text(const json_t *j, const char *key, bool or_null,
			      const char **out, struct mun_err *e);
MUN_CHECK int mun_replay_number(const json_t *j, const char *key, bool or_null,
				int64_t *out, struct mun_err *e);

/* The row of a UUID in @key, by statement @id; 0 for null, where that may be.
 * MUN_ECORRUPT where nobody has that id. */
MUN_CHECK int mun_replay_ref(struct mun_catalog *c, const json_t *j,
			     const char *key, enum mun_stmt id, bool or_null,
			     int64_t *out, struct mun_err *e);

/* What an object's entry and those of its versions both tell: format, sizes,
 * digests, files, properties, unreadable ranges. */
MUN_CHECK int mun_replay_state(const json_t *j, struct mun_record *r,
			       struct mun_err *e);

/* Lend the files of @rec the layers that a store's record has; @stored is the
 * caller's and must outlive @rec's use.  What it lacks is in @why. */
MUN_CHECK int mun_replay_layers(struct mun_replay *r, struct mun_record *rec,
				struct mun_record **stored,
				struct mun_err *why);
/* Tell that of object @id. */
void mun_replay_lacks(struct mun_replay *r, const char *id,
		      const struct mun_err *why);

/* One kind of entry each, with its leaf. */
MUN_CHECK int mun_replay_object(struct mun_replay *r, const json_t *j,
				struct mun_err *e);
MUN_CHECK int mun_replay_event(struct mun_replay *r, const json_t *j,
			       struct mun_err *e);
MUN_CHECK int mun_replay_finding(struct mun_replay *r, const json_t *j,
				 struct mun_err *e);
MUN_CHECK int mun_replay_revision(struct mun_replay *r, const json_t *j,
				  struct mun_err *e);
MUN_CHECK int mun_replay_rights(struct mun_replay *r, const json_t *j,
				struct mun_err *e);
MUN_CHECK int mun_replay_rights_end(struct mun_replay *r, const json_t *j,
				    struct mun_err *e);
/* All other kinds: stores, agents, runs, incidents, ... */
MUN_CHECK int mun_replay_fact(struct mun_replay *r, const char *kind,
			      const json_t *j, struct mun_err *e);

#endif
