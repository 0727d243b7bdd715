/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_iso.h - where everything lies on an ISO 9660 disc
 *
 * Two trees of folders over the same files: the primary one, with names of
 * level 1 and Rock Ridge (IEEE P1282) beside them, and that of Joliet.
 * ECMA-119, 4th edition; "Joliet Specification", Microsoft, 1995.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_ISO_H
#define MUN_EMULATE_EXPORT_MAKE_ISO_H

#include <stdint.h>

#include "core/str.h"
#include "emulate-export/make_kinds.h"

#define MUN_MAKE_ISO_SECTOR 2048u
/* A file section ends before 2^32 bytes, at a whole sector. */
#define MUN_MAKE_ISO_SECTION (UINT64_C(0x100000000) - MUN_MAKE_ISO_SECTOR)

enum { MUN_MAKE_PRIMARY, MUN_MAKE_JOLIET_TREE, MUN_MAKE_TREES };

struct mun_make_iso_plan {
	struct mun_make_plan *p;
	/* Folders in the order of the path table. */
	struct mun_make_node **order[MUN_MAKE_TREES];
	uint32_t table_bytes[MUN_MAKE_TREES]; /* of a path table */
	uint32_t table_lba[MUN_MAKE_TREES][2]; /* little-, big-endian */
	uint32_t sectors; /* of the volume */
	char label[33];
};

/* Bytes of the continuation area go here while a folder is put together. */
struct mun_make_iso_sink {
	struct mun_make_out *out; /* NULL: only count */
	uint64_t bytes; /* of records, padded to whole sectors at the end */
	uint32_t ce_lba; /* where the continuation area will be */
	struct mun_str ce;
};

/* All records of a folder in one of the trees, to whole sectors.  0, MUN_ENOMEM
 * or as mun_make_out_put(). */
MUN_CHECK int mun_make_iso_folder(const struct mun_make_iso_plan *q, int tree,
				  const struct mun_make_node *dir,
				  struct mun_make_iso_sink *s,
				  struct mun_err *e);

/* The 34 bytes that stand for the top in a volume descriptor. */
void mun_make_iso_top(const struct mun_make_iso_plan *q, int tree,
		      uint8_t out[static 34]);

/* Numbers in both byte orders: ECMA-119, 7.2.3 and 7.3.3. */
void mun_make_both16(uint8_t *p, uint16_t v);
void mun_make_both32(uint8_t *p, uint32_t v);

/* The name of a folder in a tree, as path tables have it; its length. */
size_t mun_make_iso_name(const struct mun_make_node *n, int tree,
			 uint8_t out[static 2 * MUN_MAKE_WIDE]);

/* All of it, as planned.  0 or as the calls of mun_make_out. */
MUN_CHECK int mun_make_iso_write(struct mun_make_plan *p,
				 struct mun_make_out *o, struct mun_err *e);

#endif
