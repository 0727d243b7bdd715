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
 * A pread() that meets a byte that is not the recorded one fails with
 * MUN_EFIXITY and gives nothing of that piece.
 * Return: 0, MUN_ENOENT (no such file in the record, or not in the store),
 * MUN_EUNAVAILABLE, MUN_EFIXITY (another size), MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_content_file(const struct mun_store *s,
			       const struct mun_record *r, const char *path,
			       struct mun_source **out, struct mun_err *e);

#endif
