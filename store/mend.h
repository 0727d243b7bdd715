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
 * folder, is missing.  Leftovers of an interrupted mend are removed.
 * Return: 0; MUN_ENOENT (no such object, or its inventory names no such path);
 * MUN_ECORRUPT (inventory); MUN_EUNAVAILABLE; MUN_EIO.
 */
MUN_CHECK int mun_mend_begin(const struct mun_place *p, const char *id,
			     const char *path, const struct mun_tree *tree,
			     struct mun_mend **out, struct mun_err *e);

/* Any order; several threads may write different ranges. */
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
 * they are gone from the store.
 * Return: 0; MUN_EFIXITY (what was written is not what @tree says: the store is
 * as it was); MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_mend_commit(struct mun_mend *m, const char *incident,
			      const uint8_t *lost, struct mun_err *e);

/* Without a commit nothing of it stays.  NULL is fine. */
void mun_mend_free(struct mun_mend *m);
MUN_DEFINE_FREEP(mend, mun_mend_free);

/* Read what is there of the damaged file (MUN_ENOENT: nothing). */
MUN_CHECK int mun_mend_old(const struct mun_mend *m, struct mun_source **out,
			   struct mun_err *e);

/**
 * mun_quarantine_remove() - the incident is closed: forget the damaged bytes
 * Missing is success.
 */
MUN_CHECK int mun_quarantine_remove(const struct mun_place *p,
				    const char *incident, struct mun_err *e);

/* Mend OCFL's own files of an object (declarations, inventories, sidecars)
 * from another place where they verify.  @mended counts files. */
MUN_CHECK int mun_mend_object(const struct mun_place *p,
			      const struct mun_place *from, const char *id,
			      const char *incident, uint64_t *mended,
			      struct mun_err *e);

#endif
