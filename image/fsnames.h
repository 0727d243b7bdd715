/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fsnames.h - what the names in a root directory tell of a machine
 *
 * Names are given one by one, as the directory is read; nothing is kept of
 * those that nobody knows.
 */
#ifndef MUN_IMAGE_FSNAMES_H
#define MUN_IMAGE_FSNAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/contents.h"

/* Which names mean something there. */
enum mun_names_world {
	MUN_NAMES_DOS = 1, /* FAT, NTFS, HPFS: of PCs, Atari, MSX */
	MUN_NAMES_UNIX = 2,
	MUN_NAMES_DISC = 4,
};

#define MUN_FS_NAMES_RULES 128u
#define MUN_FS_NAMES_WORDS 24u

struct mun_fs_names {
	unsigned int worlds; /* set of enum mun_names_world */
	const char *where; /* "the root" */
	size_t entries; /* that were seen */
	uint32_t seen[MUN_FS_NAMES_RULES]; /* how many, by rule */
	/* Of each word, the names that gave it, as they are shown. */
	char text[MUN_FS_NAMES_WORDS][96];
	uint32_t count[MUN_FS_NAMES_WORDS];
};

/* Nothing seen; @worlds: set of enum mun_names_world.  Of another folder than
 * the root the caller sets where. */
void mun_fs_names_start(struct mun_fs_names *n, unsigned int worlds);

/* One name of the root; @name is clean UTF-8 and terminated. */
void mun_fs_names_add(struct mun_fs_names *n, const char *name, bool is_dir);

/* Was there one such file or folder (in any case)?  Only names that some rule
 * knows are. */
bool mun_fs_names_has(const struct mun_fs_names *n, const char *name);

/* The marks that follow from them, to @v. */
void mun_fs_names_mark(const struct mun_fs_names *n, struct mun_contents *c,
		       struct mun_contents_volume *v);

#endif
