/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/attach.h - put files into the stage, with digests and hash tree */
#ifndef MUN_INGEST_ATTACH_H
#define MUN_INGEST_ATTACH_H

#include "catalog/record.h"
#include "core/err.h"
#include "store/stage.h"

/**
 * mun_attach_bytes() - @len bytes as content file @path, and its record entry
 * @algs: digests, sha512 among them
 * @out:  the entry in @r: path, role, bytes, digests, tree; borrowed until the
 *        next file is added
 */
MUN_CHECK int mun_attach_bytes(struct mun_stage *st, struct mun_record *r,
			       const char *path, const char *role,
			       const void *data, size_t len, unsigned int algs,
			       struct mun_rec_file **out, struct mun_err *e);

/**
 * mun_attach_file() - copy the regular file @from to documentation/NAME
 *
 * NAME is the file's own, made safe; a second of that name gets a number.
 * Return: 0, MUN_ENOENT, MUN_EINVAL (not a regular file), MUN_EIO.
 */
MUN_CHECK int mun_attach_file(struct mun_stage *st, struct mun_record *r,
			      const char *from, unsigned int algs,
			      struct mun_err *e);

/* All of @src as content file @path, and its entry, as mun_attach_bytes(). */
MUN_CHECK int mun_attach_source(struct mun_stage *st, struct mun_record *r,
				struct mun_source *src, const char *path,
				const char *role, unsigned int algs,
				struct mun_rec_file **out, struct mun_err *e);

/* The last part of the path @from with bytes that OCFL or XML cannot carry as
 * %XX; *@out is the caller's. */
MUN_CHECK int mun_attach_name(const char *from, char **out, struct mun_err *e);

/* Add the entry of a file whose bytes lie in the stage already; @tree's pieces
 * are copied.  NULL when memory is out. */
struct mun_rec_file *mun_attach_entry(struct mun_record *r, const char *path,
				      const char *role,
				      const struct mun_digests *digests,
				      const struct mun_tree *tree,
				      struct mun_err *e);

#endif
