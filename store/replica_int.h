/* SPDX-License-Identifier: Apache-2.0 */
/* store/replica_int.h - a copy of an object under way (store/replicate.h) */
#ifndef MUN_STORE_REPLICA_INT_H
#define MUN_STORE_REPLICA_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "store/copy.h"
#include "store/objdir.h"
#include "store/replicate.h"

/* Copies under way have such names in the spool. */
#define MUN_COPY_FOLDER "copy-"

/* One content file of the source. */
struct mun_replica_part {
	const char *path; /* below the object's folder */
	struct mun_copy *copy;
};

struct mun_replica {
	const struct mun_place *from;
	const struct mun_place *to;
	const char *id;
	struct mun_object source;
	struct mun_object_contents contents;
	struct mun_inventory *inv;
	unsigned long first; /* version to begin with: 1, or of an update */
	unsigned long last;

	char *dir; /* in the target's spool */
	char *object; /* dir/object: the versions, shaped like the object */
	int lock;
	bool mine; /* dir is locked by us */
	struct mun_replica_part *parts;
	size_t nparts;
	struct mun_copy_tally tally;
	struct mun_replica_result *out;
};

/**
 * mun_replica_begin() - find the object in the source and lock the spool
 * mun_replica_clear() in every case.
 */
MUN_CHECK int mun_replica_begin(struct mun_replica *r, struct mun_err *e);
void mun_replica_clear(struct mun_replica *r);

/* The folder for copies of @id in the target's spool; free(). */
MUN_CHECK int mun_replica_folder(const struct mun_place *to, const char *id,
				 char **out, struct mun_err *e);

/**
 * mun_replica_fill() - all versions from r->first on in r->object
 *
 * Content, and each version's own inventory; in r->object itself the
 * declaration, inventory and sidecar.  All of it synced and read back.
 */
MUN_CHECK int mun_replica_fill(struct mun_replica *r,
			       const struct mun_replica_file *files,
			       size_t nfiles, struct mun_err *e);

/* OCFL's own files into r->object, and their comparison once they are on the
 * disk (replica_own.c). */
MUN_CHECK int mun_replica_own_write(struct mun_replica *r, struct mun_err *e);
MUN_CHECK int mun_replica_own_verify(struct mun_replica *r, struct mun_err *e);

/* Only what belongs there stays in r->object. */
MUN_CHECK int mun_replica_tidy(struct mun_replica *r, struct mun_err *e);

/* Tell what was done, and what the failure @rc means; clears @r.  Return: @rc,
 * or what it is in truth. */
MUN_CHECK int mun_replica_conclude(struct mun_replica *r, int rc,
				   struct mun_err *e);

/* The spool is of no use any more. */
void mun_replica_remove(struct mun_replica *r);

#endif
