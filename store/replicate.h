/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/replicate.h - a whole object from one place into another
 *
 * Every byte is compared with what it must be while it is read, written past
 * nobody's eyes into the target's spool, read back from the disk, and comes
 * into the target's storage root with one rename.
 */
#ifndef MUN_STORE_REPLICATE_H
#define MUN_STORE_REPLICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log.h"
#include "fixity/tree.h"
#include "store/place.h"

/* What the catalog knows of a content file. */
struct mun_replica_file {
	const char *path; /* logical; of an older version: a content path */
	const struct mun_tree *tree;
};

/* Filled as far as it came, also after an error. */
struct mun_replica_result {
	uint64_t files; /* with OCFL's own */
	uint64_t bytes; /* of content */
	uint64_t resumed; /* of the bytes: copied by an earlier, interrupted
			   * run, and read again now */
	bool source_fault; /* the error is the source's: damaged, gone, or it
			    * cannot be read */
};

/**
 * mun_replicate() - copy object @id ("urn:uuid:...") from @from into @to
 * @files: those of the head version; content that is not among them (of older
 *         versions) is compared with the inventory's digest
 *
 * What an interrupted run had finished is kept in the target's spool, verified
 * again (never trusted) and not copied anew; a large file goes on mid-file.
 * Return: 0; MUN_EEXIST (the target has the object); MUN_ENOENT (the source
 * has not); MUN_EFIXITY (the source is damaged, or what was read back is not
 * what was written: said which, with path and offset); MUN_EUNAVAILABLE (said
 * which); MUN_EIO; MUN_ECANCELLED.  In every case but 0 the target has nothing
 * of the object in its storage root.
 */
MUN_CHECK int mun_replicate(const struct mun_place *from,
			    const struct mun_place *to, const char *id,
			    const struct mun_replica_file *files, size_t nfiles,
			    const struct mun_progress_to *progress,
			    struct mun_replica_result *out, struct mun_err *e);

/**
 * mun_replicate_update() - bring an older copy of object @id up to date
 *
 * Copies the folders of the versions that the target lacks, as mun_replicate()
 * does, moves them in, and then replaces inventory and sidecar in the object's
 * root.  Killed between: mun_version_recover() (store/version.h) ends it, as
 * does the next call; readers see the old version or the new.
 * Return: as mun_replicate(), but MUN_EEXIST: the target has this version
 * already; MUN_ENOENT: source or target lacks the object (the text says
 * which); MUN_EINVAL: the target's versions are not those of the source (it has
 * more of them, or others).
 */
MUN_CHECK int
mun_replicate_update(const struct mun_place *from, const struct mun_place *to,
		     const char *id, const struct mun_replica_file *files,
		     size_t nfiles, const struct mun_progress_to *progress,
		     struct mun_replica_result *out, struct mun_err *e);

/* Remove what interrupted copies of @id left in the spool.  0, MUN_EBUSY,
 * MUN_EUNAVAILABLE, MUN_EIO. */
MUN_CHECK int mun_replicate_discard(const struct mun_place *to, const char *id,
				    struct mun_err *e);

#endif
