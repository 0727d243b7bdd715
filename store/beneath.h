/* SPDX-License-Identifier: Apache-2.0 */
/* store/beneath.h - what stands at a path below a folder, no link followed */
#ifndef MUN_STORE_BENEATH_H
#define MUN_STORE_BENEATH_H

#include <sys/stat.h>

#include "core/err.h"

/**
 * mun_beneath() - look at @root/@rel, whose every component must be itself
 * @root: of a person's choice: may be a link, or lead through some
 * @rel:  safe (mun_path_is_safe())
 * @st:   lstat(2) of it
 *
 * Return: 0; MUN_ENOENT; MUN_ECORRUPT where a component on the way is no
 * folder, or anything is a symbolic link: it could lead out of the store;
 * MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_beneath(const char *root, const char *rel, struct stat *st,
			  struct mun_err *e);

/* The same, and it must be a regular file (MUN_ECORRUPT). */
MUN_CHECK int mun_beneath_file(const char *root, const char *rel,
			       struct stat *st, struct mun_err *e);

/* The folder @root/@rel, made with all on the way, durably.  As above. */
MUN_CHECK int mun_beneath_mkdirs(const char *root, const char *rel,
				 struct mun_err *e);

#endif
