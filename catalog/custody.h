/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/custody.h - stores, copies, incidents, the policy in force, notices
 *
 * All of these are facts that are added and never changed: a store that is
 * paused, an incident that is acknowledged, is a further row.
 */
#ifndef MUN_CATALOG_CUSTODY_H
#define MUN_CATALOG_CUSTODY_H

#include "catalog/catalog.h"

#define MUN_STORE_MAIN "main" /* the repository's own; always there */

struct mun_cat_store {
	const char *id; /* UUID; also the marker's.  main has one too */
	const char *name;
	const char *url; /* "file:///srv/copy"; main: "" */
	const char *state; /* "active", "paused", "removed" */
	const char *added; /* RFC 3339 */
	const char *why; /* of the last change, or "" */
	uint64_t objects; /* copies that it has */
	uint64_t bytes;
};
typedef int mun_cat_store_fn(void *ctx, const struct mun_cat_store *s,
			     struct mun_err *e);

/* All stores but removed ones (@removed: those too), main first. */
MUN_CHECK int mun_catalog_stores(struct mun_catalog *c, bool removed,
				 mun_cat_store_fn *fn, void *ctx,
				 struct mun_err *e);

/* A name is [a-z0-9][a-z0-9-]{0,31}; MUN_EINVAL, MUN_EEXIST (also the name of
 * one that was removed: its history keeps it). */
MUN_CHECK int mun_catalog_store_add(struct mun_catalog *c, const char *id,
				    const char *name, const char *url,
				    const char *agent, struct mun_err *e);

/* @what: "paused", "active" or "removed"; main cannot be removed.  @agent is an
 * agent's id or NULL.  MUN_ENOENT, MUN_EINVAL. */
MUN_CHECK int mun_catalog_store_change(struct mun_catalog *c, const char *name,
				       const char *what, const char *agent,
				       const char *why, struct mun_err *e);

/* The object's newest version has a copy in the store, verified by reading it
 * back: with the "replication" event of @event (a record with that one event,
 * as for mun_catalog_add_events()), one transaction.  MUN_EEXIST. */
MUN_CHECK int mun_catalog_copy_add(struct mun_catalog *c, const char *store,
				   const struct mun_record *event,
				   struct mun_err *e);

/* Which version of the object the store has; 0: none.  MUN_ENOENT for what is no
 * object or store. */
MUN_CHECK int mun_catalog_copy_version(struct mun_catalog *c,
				       const char *object, const char *store,
				       unsigned int *out, struct mun_err *e);

typedef int mun_cat_id_fn(void *ctx, const char *id, struct mun_err *e);

/* Objects that have no copy in @store, or one of an older version, oldest
 * first; @collection or NULL. */
MUN_CHECK int mun_catalog_lacking(struct mun_catalog *c, const char *store,
				  const char *collection, mun_cat_id_fn *fn,
				  void *ctx, struct mun_err *e);

/* Names of the stores (not removed ones) that have a copy of the object, main
 * first, with the outcome of the last audit there ("" unchecked). */
typedef int mun_cat_copy_fn(void *ctx, const char *store, const char *outcome,
			    const char *checked, struct mun_err *e);
MUN_CHECK int mun_catalog_copies(struct mun_catalog *c, const char *object,
				 mun_cat_copy_fn *fn, void *ctx,
				 struct mun_err *e);

/* Objects with fewer than @min copies of their newest version in stores that are
 * not removed. */
MUN_CHECK int mun_catalog_short_of_copies(struct mun_catalog *c,
					  const char *collection, uint64_t min,
					  uint64_t *out, struct mun_err *e);

/* An incident: one kind of damage to one file in one store. */
struct mun_cat_incident {
	const char *id; /* UUID */
	const char *object; /* UUID, or "": the store itself */
	const char *store;
	const char *path; /* "" : the object or store */
	const char *kind; /* "mismatch", "missing", "unreadable", "extra",
			   * "store_fault" */
	const char *state; /* "open", "acknowledged", "repaired", "verified" */
	bool acknowledged;
	bool closed; /* verified and acknowledged */
	const char *opened; /* RFC 3339 */
	const char *changed;
	uint64_t off; /* bytes; of all its findings together: the first ... */
	uint64_t bytes; /* ... and their sum */
	int sys; /* errno, or 0 */
	const char *text; /* of the first finding */
	uint64_t findings; /* joined, with the first */
};
typedef int mun_cat_incident_fn(void *ctx, const struct mun_cat_incident *i,
				struct mun_err *e);

struct mun_cat_incident_query {
	bool closed; /* closed ones too */
	const char *object; /* or NULL */
	const char *store; /* or NULL */
	const char *id; /* unique prefix, or NULL */
};
MUN_CHECK int mun_catalog_incidents(struct mun_catalog *c,
				    const struct mun_cat_incident_query *q,
				    mun_cat_incident_fn *fn, void *ctx,
				    struct mun_err *e);

/* One step of its life, oldest first; texts are lent. */
struct mun_cat_step {
	const char *at;
	const char *state; /* "opened", "joined", "acknowledged", "repaired",
			    * "verified", "repair-failed", "intact-again" */
	const char *agent; /* name, or "" */
	const char *text;
	uint64_t off, bytes;
};
typedef int mun_cat_step_fn(void *ctx, const struct mun_cat_step *s,
			    struct mun_err *e);
MUN_CHECK int mun_catalog_incident_steps(struct mun_catalog *c, const char *id,
					 mun_cat_step_fn *fn, void *ctx,
					 struct mun_err *e);

/* What damage is known and not repaired of one (object, store): runs of bytes
 * of files, by path and offset.  Missing files have the whole file. */
struct mun_cat_damage {
	const char *incident;
	const char *path;
	const char *kind;
	uint64_t off, bytes;
};
typedef int mun_cat_damage_fn(void *ctx, const struct mun_cat_damage *d,
			      struct mun_err *e);
MUN_CHECK int mun_catalog_damage(struct mun_catalog *c, const char *object,
				 const char *store, mun_cat_damage_fn *fn,
				 void *ctx, struct mun_err *e);

/* Open an incident, or join the one that is open for the same (object, store,
 * path, kind).  @id_out: its id; *@joined says which. */
MUN_CHECK int mun_catalog_incident_open(struct mun_catalog *c,
					const struct mun_cat_incident *what,
					char id_out[static MUN_UUID_LEN],
					bool *joined, struct mun_err *e);

/**
 * mun_catalog_incident_step() - what became of it
 * @state: "acknowledged" (agent and text required), "repaired" (with the
 *         "recovery" event @event where we did it, or agent and text where a
 *         person did), "repair-failed", "verified" (audits call this)
 *
 * Return: 0; MUN_ENOENT; MUN_EINVAL for a state that cannot follow: verified
 * only after repaired.
 */
MUN_CHECK int mun_catalog_incident_step(struct mun_catalog *c, const char *id,
					const char *state, const char *agent,
					const char *text,
					const struct mun_record *event,
					struct mun_err *e);

/* The policy in force, as canonical text; a fact whenever it has changed. */
MUN_CHECK int mun_catalog_policy(struct mun_catalog *c, const char *text,
				 struct mun_err *e);

/* Somebody was told of something.  @incident or NULL. */
MUN_CHECK int mun_catalog_notice(struct mun_catalog *c, const char *incident,
				 const char *what, const char *channel,
				 const char *target, bool delivered,
				 const char *text, struct mun_err *e);

#endif
