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
	const char *path; /* logical; for extra: below the object's folder */
	uint64_t bytes; /* as found */
	int sys;
	char text[128];
};
typedef int mun_sweep_fn(void *ctx, const struct mun_sweep_found *f,
			 struct mun_err *e);

/**
 * mun_sweep_object() - existence and size of @files of object @id, and extras
 *
 * No content is read but the inventory.
 * Return: 0 when judged; MUN_EUNAVAILABLE (asked for again before anything is
 * called missing); what @fn returned; MUN_ENOMEM.
 */
MUN_CHECK int mun_sweep_object(const struct mun_place *p, const char *id,
			       const struct mun_sweep_file *files,
			       size_t nfiles, mun_sweep_fn *fn, void *ctx,
			       struct mun_err *e);

/* Objects in the root that @known does not know, and files outside objects
 * (path below the root).  @known: 1, 0 or an error. */
MUN_CHECK int mun_sweep_strays(const struct mun_place *p,
			       int (*known)(void *ctx, const char *id,
					    struct mun_err *e),
			       mun_sweep_fn *fn, void *ctx, struct mun_err *e);

#endif
