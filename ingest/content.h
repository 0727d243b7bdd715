/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/content.h - the decoded bytes of a stored object, verified as read */
#ifndef MUN_INGEST_CONTENT_H
#define MUN_INGEST_CONTENT_H

#include "catalog/record.h"
#include "core/err.h"
#include "core/source.h"
#include "store/store.h"

/**
 * mun_content_file() - a stored file, each piece verified when it is read
 * @r: of the object, with piece layers; must outlive the source
 *
 * Any number of threads may read it.  A pread() that meets a byte that is not the recorded one fails with
 * MUN_EFIXITY and gives nothing of that piece.
 * Return: 0, MUN_ENOENT (no such file in the record, or not in the store),
 * MUN_EUNAVAILABLE, MUN_EFIXITY (another size), MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_content_file(const struct mun_store *s,
			       const struct mun_record *r, const char *path,
			       struct mun_source **out, struct mun_err *e);

/* A piece that is lost: @bytes at @off, and why. */
typedef void mun_content_lost_fn(void *ctx, uint64_t off, uint64_t bytes,
				 const struct mun_err *why);

/**
 * mun_content_rest() - what is left of a stored file that is damaged
 * @lost: told each piece that cannot be had, once, by the thread that reads
 *        it and while no other is told
 *
 * As mun_content_file(), but a piece that is not the recorded one, cannot be
 * read, or is cut off, reads as zeros; the size is the recorded one.
 * Return: as mun_content_file(); another size is no error.
 */
MUN_CHECK int mun_content_rest(const struct mun_store *s,
			       const struct mun_record *r, const char *path,
			       mun_content_lost_fn *lost, void *ctx,
			       struct mun_source **out, struct mun_err *e);

#endif
