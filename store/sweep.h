/* SPDX-License-Identifier: Apache-2.0 */
/* store/sweep.h - is everything there, of its size, and nothing else? */
#ifndef MUN_STORE_SWEEP_H
#define MUN_STORE_SWEEP_H

#include "store/place.h"

enum mun_sweep_kind {
	MUN_SWEEP_MISSING, /* file or whole object */
	MUN_SWEEP_SIZE, /* another size than recorded */
	MUN_SWEEP_UNREADABLE, /* the system says no: sys */
	MUN_SWEEP_EXTRA, /* a file or folder that nothing names */
};

struct mun_sweep_file {
	const char *path; /* logical, head version */
	uint64_t bytes;
};

struct mun_sweep_found {
	enum mun_sweep_kind kind;
	/* Logical; for extra, for OCFL's own files and for content that only
	 * older versions have: below the object's folder.  "" is the object.
	 * Bytes, as the file system has them. */
	const char *path;
	uint64_t bytes; /* as found */
	int sys;
	char text[128];
};
typedef int mun_sweep_fn(void *ctx, const struct mun_sweep_found *f,
			 struct mun_err *e);

/**
 * mun_sweep_object() - existence and size of @files of object @id, and extras
 *
 * No content is read but the inventory.  What is no regular file, or lies
 * behind a link, is missing: the text says why.  Where the inventory does not
 * hold that is told (unreadable, "inventory.json"), the files of an object of
 * one version are looked for all the same, and extras are not judged.
 * Return: 0 when judged; MUN_EUNAVAILABLE (asked for again before anything is
 * called missing); what @fn returned; MUN_ENOMEM.
 */
MUN_CHECK int mun_sweep_object(const struct mun_place *p, const char *id,
			       const struct mun_sweep_file *files,
			       size_t nfiles, mun_sweep_fn *fn, void *ctx,
			       struct mun_err *e);

/**
 * mun_sweep_strays() - what is in the root and belongs to no known object
 * @known: 1, 0 or an error
 *
 * Extra: objects that @known does not know, and files and folders that are no
 * part of the layout; unreadable: objects without an inventory that holds, and
 * folders that cannot be listed.  Paths are below the root.
 * Return: as mun_sweep_object(); also what @known returned.
 */
MUN_CHECK int mun_sweep_strays(const struct mun_place *p,
			       int (*known)(void *ctx, const char *id,
					    struct mun_err *e),
			       mun_sweep_fn *fn, void *ctx, struct mun_err *e);

#endif
