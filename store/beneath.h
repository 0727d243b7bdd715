/* SPDX-License-Identifier: Apache-2.0 */
/* store/beneath.h - what stands at a path below a folder, no link followed */
#ifndef MUN_STORE_BENEATH_H
#define MUN_STORE_BENEATH_H

#include <stdbool.h>
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

/**
 * mun_beneath_open() - open the regular file @rel below the open folder @dir
 * @fd_out: read-only; the caller's
 * @st:     fstat(2) of it
 *
 * The same promise in one system call instead of one for each component.
 * Return: false where the system has no such call, or the file is anything but
 * what it should be: mun_beneath_file() says which.
 */
MUN_CHECK bool mun_beneath_open(int dir, const char *rel, int *fd_out,
				struct stat *st);

/* The folder @root/@rel, made with all on the way, durably.  As above. */
MUN_CHECK int mun_beneath_mkdirs(const char *root, const char *rel,
				 struct mun_err *e);

#endif
