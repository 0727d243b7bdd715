/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/catalog.h - catalog.db: what is kept, what happened to it, findings
 *
 * SQLite in WAL mode, synchronous=FULL.  Several processes may use one catalog
 * at once: writers queue, nobody sees "database is locked".  One struct
 * mun_catalog belongs to one thread at a time.  The schema is documented in
 * docs/catalog.md and readable with the sqlite3 program.
 *
 * Every row of a content table carries a seal, a digest of all its columns, so
 * that a changed bit in any fact is found by mun_catalog_check().
 */
#ifndef MUN_CATALOG_CATALOG_H
#define MUN_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/uuid.h"

struct mun_catalog;

/* Make a new catalog; MUN_EEXIST where the file is there. */
MUN_CHECK int mun_catalog_init(const char *path, struct mun_err *e);

/**
 * mun_catalog_open() - open, and bring an older schema up to date
 *
 * Before a migration the old catalog is copied to PATH.backup-vN.
 * Return: 0; MUN_ENOENT; MUN_ECORRUPT (not a muniment catalog, damaged, or an
 * applied migration was edited); MUN_EUNSUPPORTED for a newer schema (it is
 * left alone); MUN_EIO.
 */
MUN_CHECK int mun_catalog_open(const char *path, struct mun_catalog **out,
			       struct mun_err *e);
void mun_catalog_close(struct mun_catalog *c); /* NULL is fine */
MUN_DEFINE_FREEP(catalog, mun_catalog_close);

/**
 * mun_catalog_put() - an object that the store has: all of it, one transaction
 *
 * Agents that the catalog knows by id are kept as they are.
 * Return: 0, MUN_EEXIST for an id that is there, MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_catalog_put(struct mun_catalog *c, const struct mun_record *r,
			      struct mun_err *e);

/**
 * mun_catalog_revise() - the store has a further version of an object that the
 * catalog has: all that is new of it, one transaction
 * @r:  as it is now, of version @r->version; every file of older versions is in
 *      it, as it was or as MUN_ROLE_SUPERSEDED
 * @at: when it came to be, RFC 3339
 *
 * What was said of older versions stays.  Events that are known are passed
 * over.
 * Return: 0; MUN_ENOENT; MUN_EEXIST (it has that version); MUN_EINVAL (a file
 * of an older version is missing in @r); MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_catalog_revise(struct mun_catalog *c,
				 const struct mun_record *r, const char *at,
				 struct mun_err *e);

/* The whole record. @layers: also load the piece layers.  MUN_ENOENT. */
MUN_CHECK int mun_catalog_get(struct mun_catalog *c, const char *id,
			      bool layers, struct mun_record **out,
			      struct mun_err *e);

/* Add events (those of @r, with its agents) to object @r->id, which exists. */
MUN_CHECK int mun_catalog_add_events(struct mun_catalog *c,
				     const struct mun_record *r,
				     struct mun_err *e);

/* The same of @n objects, in one transaction: all or none. */
MUN_CHECK int
mun_catalog_add_events_all(struct mun_catalog *c,
			   const struct mun_record *const *records, size_t n,
			   struct mun_err *e);

/**
 * mun_catalog_resolve() - the object that a person means
 * @text: a UUID, a unique prefix of one, "urn:uuid:...", or TYPE=VALUE
 *
 * Return: 0, MUN_ENOENT, MUN_EINVAL when several match (the text names some).
 */
MUN_CHECK int mun_catalog_resolve(struct mun_catalog *c, const char *text,
				  char out[static MUN_UUID_LEN],
				  struct mun_err *e);

/* The agent with these facts: its id, a fresh one where it is not known. */
MUN_CHECK int mun_catalog_agent_id(struct mun_catalog *c, const char *type,
				   const char *name, const char *version,
				   const char *note,
				   char out[static MUN_UUID_LEN],
				   struct mun_err *e);

/* An object that was looked for; a result other than 0 ends the search and is
 * returned. */
typedef int mun_catalog_found_fn(void *ctx, const char *id, const char *label,
				 struct mun_err *e);

/* All objects whose decoded content or master has this digest, by id. */
MUN_CHECK int mun_catalog_each_digest(struct mun_catalog *c,
				      enum mun_digest_alg alg,
				      const struct mun_digest *d,
				      mun_catalog_found_fn *fn, void *ctx,
				      struct mun_err *e);

/* Objects whose medium has this mark, by id.  @name: MUN_PROPERTY_HEAD, _TOC or
 * _VOLUME, which have an index; by any other name nothing is found. */
MUN_CHECK int mun_catalog_find_property(struct mun_catalog *c, const char *name,
					const char *value,
					mun_catalog_found_fn *fn, void *ctx,
					struct mun_err *e);

/* Is there an object whose master has so many bytes?  Looks at every file. */
MUN_CHECK int mun_catalog_has_size(struct mun_catalog *c, uint64_t bytes,
				   bool *found, struct mun_err *e);

/* One line of a listing; texts are lent for the call. */
struct mun_catalog_row {
	const char *id;
	const char *label;
	const char *collection;
	const char *format;
	const char *status; /* "partial", or an outcome name of the last audit,
			     * or "unchecked" */
	const char *last_audit; /* RFC 3339 or "" */
	uint64_t bytes;
};

/* A result other than 0 ends the listing and is returned. */
typedef int mun_catalog_row_fn(void *ctx, const struct mun_catalog_row *row,
			       struct mun_err *e);

/* All objects by id (time of accession); @collection, @status: NULL for all. */
MUN_CHECK int mun_catalog_list(struct mun_catalog *c, const char *collection,
			       const char *status, mun_catalog_row_fn *fn,
			       void *ctx, struct mun_err *e);

/* Objects whose label, note, volume label, source or identifiers hold the
 * words of @text (the last one as a prefix too); newest first. */
MUN_CHECK int mun_catalog_search(struct mun_catalog *c, const char *text,
				 mun_catalog_row_fn *fn, void *ctx,
				 struct mun_err *e);

struct mun_catalog_problem {
	bool error;
	char code[24]; /* "sqlite", "seal", "foreign-key", "schema", ... */
	const char *where; /* "event 0192...", "table file" */
	const char *text;
};
typedef void mun_catalog_problem_fn(void *ctx,
				    const struct mun_catalog_problem *p);

/* SQLite's own integrity and foreign key checks, every row's seal, and derived
 * tables against content tables.  Problems go to @fn. */
MUN_CHECK int mun_catalog_check(struct mun_catalog *c,
				mun_catalog_problem_fn *fn, void *ctx,
				struct mun_err *e);

#endif
