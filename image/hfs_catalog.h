/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/hfs_catalog.h - the catalogue of HFS and HFS Plus: what is in a folder
 *
 * Inside Macintosh: Files, "Data Organization on Volumes"; Apple Technical Note
 * TN1150, "HFS Plus Volume Format".  Only keys are followed, never more nodes
 * than any sound tree is deep, and only the extents that the volume's own
 * header has.
 */
#ifndef MUN_IMAGE_HFS_CATALOG_H
#define MUN_IMAGE_HFS_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

#define MUN_HFS_EXTENTS 8u
#define MUN_HFS_NODE_MOST 32768u
#define MUN_HFS_NAME 256u /* bytes of a name that are told */

/* A fork, as far as the first extents go. */
struct mun_hfs_fork {
	uint64_t bytes;
	size_t n;
	struct {
		uint64_t off; /* bytes in the volume's source */
		uint64_t bytes;
	} extents[MUN_HFS_EXTENTS];
};

struct mun_hfs_catalog {
	struct mun_source *src;
	bool plus; /* HFS Plus, or HFSX */
	uint64_t first; /* bytes before allocation block 0 */
	uint32_t block; /* bytes of one */
	struct mun_hfs_fork fork; /* the catalogue itself */
	uint32_t root; /* node */
	uint32_t nodes;
	uint32_t node_bytes;
};

/* An entry of a folder; its name is there until the next one is. */
struct mun_hfs_item {
	bool folder;
	uint32_t id;
	uint8_t type[4]; /* of a file: the Finder's type and creator */
	uint8_t creator[4];
	struct mun_hfs_fork rsrc; /* of a file */
	const uint8_t *name; /* MacRoman, or UTF-16 of HFS Plus */
	size_t name_len; /* bytes */
};

/**
 * mun_hfs_catalog_open() - the header of the catalogue's tree
 * @c: src, plus, first, block and fork are the caller's
 *
 * Return: 0; MUN_ECORRUPT where it is no such tree; MUN_EIO.
 */
MUN_CHECK int mun_hfs_catalog_open(struct mun_hfs_catalog *c,
				   struct mun_err *e);

/* Return 0 to go on, above 0 to stop. */
typedef int mun_hfs_item_fn(void *ctx, const struct mun_hfs_item *item,
			    struct mun_err *e);

/**
 * mun_hfs_folder() - every entry of the folder @id, at most 4096
 * @found: is there such a folder?
 * @name:  of it (MUN_HFS_NAME bytes, MacRoman or UTF-16), or NULL
 * @fn:    NULL: none is wanted
 *
 * Return: 0; MUN_ECORRUPT for a broken tree; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_hfs_folder(struct mun_hfs_catalog *c, uint32_t id,
			     bool *found, uint8_t *name, size_t *name_len,
			     mun_hfs_item_fn *fn, void *ctx, struct mun_err *e);

/* Bytes of a fork; MUN_ECORRUPT beyond the extents that are known. */
MUN_CHECK int mun_hfs_fork_read(struct mun_source *src,
				const struct mun_hfs_fork *f, void *buf,
				size_t len, uint64_t off, struct mun_err *e);

/* The extents of a record: three of 2 + 2 bytes, or with @plus eight of 4 + 4
 * from @p on. */
void mun_hfs_extents(const struct mun_hfs_catalog *c, const uint8_t *p,
		     uint64_t bytes, struct mun_hfs_fork *out);

#endif
