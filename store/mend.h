/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/mend.h - put a whole file in the place of a damaged one
 *
 * The only way in which a stored file's bytes are ever replaced: a new file is
 * written beside the storage root, synced, read back and compared with the
 * hash tree, the damaged one is kept in quarantine/, then the new one is
 * renamed over it.
 */
#ifndef MUN_STORE_MEND_H
#define MUN_STORE_MEND_H

#include "fixity/tree.h"
#include "store/place.h"

struct mun_mend;

/**
 * mun_mend_begin() - begin a new file for content @path of object @id
 *
 * The file has @tree->bytes bytes of nothing.  Also where the old one, or its
 * folder, is missing.  Leftovers of an interrupted mend are removed.  @p and
 * @tree are borrowed until mun_mend_free().
 * Return: 0; MUN_ENOENT (no such object, or its inventory names no such path);
 * MUN_ECORRUPT (inventory: mun_mend_object() first); MUN_EBUSY (another process
 * mends this file); MUN_EUNAVAILABLE; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_mend_begin(const struct mun_place *p, const char *id,
			     const char *path, const struct mun_tree *tree,
			     struct mun_mend **out, struct mun_err *e);

/* Any order; several threads may write different ranges.  Zeros stay holes
 * where nothing else was written.  0, MUN_EINVAL (outside), MUN_EIO. */
MUN_CHECK int mun_mend_write(struct mun_mend *m, const void *data, size_t len,
			     uint64_t off, struct mun_err *e);

/**
 * mun_mend_commit() - make it the stored file
 * @incident: name of the folder in quarantine/ for the damaged bytes
 * @lost:     a byte for each piece of 1 MiB: not 0, and the piece could not be
 *            given back and is not compared; NULL: all of it is back
 *
 * sync, read back (past the page cache) and compare all of it with the tree,
 * quarantine, rename, sync of both folders.  Killed anywhere: the stored file
 * is the old or the new one, whole; the damaged bytes are in quarantine/ before
 * they are gone from the store (as @incident/v1/content/..., and with ".2" and
 * so on where the same file was damaged before).  The old bytes get there as a
 * second name of the old file, so a kill in between can leave a stored file
 * with two names (E090 of the check): the next mend of it ends that.
 * Return: 0; MUN_EFIXITY (what was written is not what @tree says: the store is
 * as it was); MUN_EINVAL (@incident is no name; @lost without a piece layer;
 * called twice); MUN_EUNAVAILABLE; MUN_EIO (ENOSPC too: the damaged file is in
 * its place still); MUN_ECANCELLED.
 */
MUN_CHECK int mun_mend_commit(struct mun_mend *m, const char *incident,
			      const uint8_t *lost, struct mun_err *e);

/* Without a commit nothing of it stays.  NULL is fine. */
void mun_mend_free(struct mun_mend *m);
MUN_DEFINE_FREEP(mend, mun_mend_free);

/* Read what is there of the damaged file (MUN_ENOENT: nothing, or no regular
 * file; MUN_EIO).  Any number of threads. */
MUN_CHECK int mun_mend_old(const struct mun_mend *m, struct mun_source **out,
			   struct mun_err *e);

/**
 * mun_quarantine_remove() - the incident is closed: forget the damaged bytes
 *
 * Missing is success.
 * Return: 0; MUN_EINVAL (@incident is no name); MUN_EUNAVAILABLE; MUN_EIO.
 */
MUN_CHECK int mun_quarantine_remove(const struct mun_place *p,
				    const char *incident, struct mun_err *e);

/**
 * mun_mend_object() - mend OCFL's own files of an object
 * @from:   another place that has the object; NULL: only with what the object
 *          itself still has twice (the newest version's inventory is that of
 *          the root)
 * @mended: counts files
 *
 * Declaration, inventories and sidecars, those of the versions' folders too.
 * A file is only ever replaced by bytes that a sidecar verifies and that are
 * the inventory of this object and this version: a copy that is older never
 * takes a version back.  Damaged files go to the quarantine as those of
 * mun_mend_commit() do.
 * Return: 0: all of them are good now; MUN_EFIXITY (nobody has a good one: said
 * which; the others were mended); MUN_ENOENT (no folder of that object: copy it
 * anew); MUN_EBUSY; MUN_EUNAVAILABLE; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_mend_object(const struct mun_place *p,
			      const struct mun_place *from, const char *id,
			      const char *incident, uint64_t *mended,
			      struct mun_err *e);

#endif
