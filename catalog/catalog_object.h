/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_object.h - rows of an object and of its versions; in transactions */
#ifndef MUN_CATALOG_CATALOG_OBJECT_H
#define MUN_CATALOG_CATALOG_OBJECT_H

#include "catalog/query.h"
#include "catalog/record.h"

/* How many there are. */
uint64_t mun_object_count_digests(const struct mun_digests *d);

/* @id takes (owner, n, off, bytes): the unreadable ranges of @r. */
MUN_CHECK int mun_object_put_unreadable(struct mun_catalog *c, enum mun_stmt id,
					const struct mun_record *r,
					int64_t owner, struct mun_err *e);

/* @id takes (owner, algorithm, value) and, for those of files, who else
 * computed it: @originators is NULL for content. */
MUN_CHECK int mun_object_put_digests(struct mun_catalog *c, enum mun_stmt id,
				     int64_t owner, const struct mun_digests *d,
				     const char *const *originators,
				     struct mun_err *e);

/* A file with its digests and its hash tree, as number @no; @version of the
 * object with which it came. */
MUN_CHECK int mun_object_put_file(struct mun_catalog *c,
				  const struct mun_rec_file *f, int64_t no,
				  int64_t object, unsigned int version,
				  struct mun_err *e);

/* Derived: by which digests the object is known again. */
MUN_CHECK int mun_object_put_known(struct mun_catalog *c, int64_t object,
				   const struct mun_digests *d,
				   struct mun_err *e);

/* Derived: run @id, which takes the object's number. */
MUN_CHECK int mun_object_derive(struct mun_catalog *c, enum mun_stmt id,
				int64_t object, struct mun_err *e);

/* A further version; the facts that it changes are those of @r. */
struct mun_revision {
	int64_t object;
	unsigned int version;
	const char *at; /* RFC 3339 */
	const struct mun_record *r;
	size_t nfiles; /* that come with it */
	const struct mun_rec_file *const *files;
	size_t nsuperseded; /* numbers of files whose place they take */
	const int64_t *superseded;
};

/* All its rows, its leaf, and what is derived of them; not its events
 * (catalog/catalog_revise.c). */
MUN_CHECK int mun_object_revise(struct mun_catalog *c,
				const struct mun_revision *v,
				struct mun_err *e);

/* Derived: the store has that version of the object. */
MUN_CHECK int mun_object_state_version(struct mun_catalog *c, int64_t object,
				       int64_t store, unsigned int version,
				       struct mun_err *e);

#endif
