/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_leaf.h - the number of a fact in the ledger; in transactions */
#ifndef MUN_CATALOG_CATALOG_LEAF_H
#define MUN_CATALOG_CATALOG_LEAF_H

#include "catalog/query.h"

/* Table leaf's words. */
#define MUN_LEAF_REPOSITORY "repository"
#define MUN_LEAF_KEY "key"
#define MUN_LEAF_STORE "store"
#define MUN_LEAF_STORE_CHANGE "store_change"
#define MUN_LEAF_AGENT "agent"
#define MUN_LEAF_OBJECT "object"
#define MUN_LEAF_EVENT "event"
#define MUN_LEAF_COPY "copy"
#define MUN_LEAF_AUDIT "audit"
#define MUN_LEAF_FINDING "finding"
#define MUN_LEAF_AUDIT_END "audit_end"
#define MUN_LEAF_INCIDENT "incident"
#define MUN_LEAF_STEP "incident_step"
#define MUN_LEAF_POLICY "policy"
#define MUN_LEAF_NOTICE "notice"
#define MUN_LEAF_REVISION "revision"
#define MUN_LEAF_COPY_VERSION "copy_version"
#define MUN_LEAF_RIGHTS "rights"
#define MUN_LEAF_RIGHTS_END "rights_end"

/**
 * mun_catalog_leaf_add() - the fact that was just written has the next number
 * @kind: MUN_LEAF_*
 * @ref:  number of its row; of a finding: the audit's
 * @n:    a finding's number in its audit, else 0
 *
 * The first fact of a catalog makes, before itself, the repository's identity
 * and the main store.  Return: 0 or what SQLite said.
 */
MUN_CHECK int mun_catalog_leaf_add(struct mun_catalog *c, const char *kind,
				   int64_t ref, int64_t n, struct mun_err *e);

/* The next number of a table whose statement @id gives it. */
MUN_CHECK int mun_catalog_next(struct mun_catalog *c, enum mun_stmt id,
			       int64_t *out, struct mun_err *e);

/* The number that @id, a statement of one text, gives; 0: none. */
MUN_CHECK int mun_catalog_number_of(struct mun_catalog *c, enum mun_stmt id,
				    const char *text, int64_t *out,
				    struct mun_err *e);

/* That identity and that store, where they are not there yet. */
MUN_CHECK int mun_catalog_born(struct mun_catalog *c, struct mun_err *e);

/* Rows as they are; with their leaf. */
MUN_CHECK int mun_catalog_repository_put(struct mun_catalog *c, const char *id,
					 const char *created,
					 struct mun_err *e);
MUN_CHECK int mun_catalog_store_put(struct mun_catalog *c, const char *id,
				    const char *name, const char *url,
				    const char *added, int64_t agent,
				    struct mun_err *e);

/* Derived: the copy of the object in the store, as its facts say
 * (catalog/catalog_put.c). */
MUN_CHECK int mun_catalog_state_add(struct mun_catalog *c, int64_t object,
				    int64_t store, struct mun_err *e);

#endif
