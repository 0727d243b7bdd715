/* SPDX-License-Identifier: Apache-2.0 */
/* store/dirlist.h - what is in a folder, in order, no link followed */
#ifndef MUN_STORE_DIRLIST_H
#define MUN_STORE_DIRLIST_H

#include <stddef.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/err.h"

struct mun_dirent {
	const char *name;
	struct stat st; /* lstat(2) */
};

struct mun_dirlist {
	struct mun_arena *arena;
	size_t n;
	struct mun_dirent *of; /* by name (bytes) */
};

/**
 * mun_dirlist_read() - the entries of folder @path, without "." and ".."
 *
 * A symbolic link in place of the folder is not followed; write "PATH/." for
 * a folder that a person named.
 * Return: 0, MUN_ENOENT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_dirlist_read(const char *path, struct mun_dirlist **out,
			       struct mun_err *e);
void mun_dirlist_free(struct mun_dirlist *l); /* NULL is fine */
MUN_DEFINE_FREEP(dirlist, mun_dirlist_free);

/* The entry of that name, or NULL. */
const struct mun_dirent *mun_dirlist_find(const struct mun_dirlist *l,
					  const char *name);

#endif
