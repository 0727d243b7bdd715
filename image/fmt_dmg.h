/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_dmg.h - the parts of a UDIF image (.dmg); for fmt_dmg*.c only */
#ifndef MUN_IMAGE_FMT_DMG_H
#define MUN_IMAGE_FMT_DMG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/companion.h"
#include "image/dmgruns.h"
#include "image/image.h"

#define MUN_KOLY_BYTES 512u
/* A table of one run of 40 bytes for each mebibyte: enough for 600 GB. */
#define MUN_DMG_XML_MAX ((uint64_t)32 << 20)

#define MUN_DMG_CRC32 2u

struct mun_koly_sum {
	uint32_t type; /* MUN_DMG_CRC32, or another kind; 0: none */
	uint32_t bits;
	uint32_t crc;
};

/* The trailer; of very old images the header. */
struct mun_koly {
	bool front; /* it stands at the start */
	uint64_t running; /* bytes of data in the segments before */
	uint64_t data_off;
	uint64_t data_bytes;
	uint64_t rsrc_off;
	uint64_t rsrc_bytes;
	uint32_t segment; /* from 1 */
	uint32_t segments;
	uint8_t id[16];
	struct mun_koly_sum data_sum;
	uint64_t xml_off;
	uint64_t xml_bytes;
	struct mun_koly_sum master;
	uint64_t sectors;
};

/**
 * mun_koly_read() - find and read it
 * @found: is there one, of the version and size that are known?
 * @fits:  and does all that it points to lie inside the file?
 *
 * Return: 0, MUN_EIO, MUN_ECORRUPT as mun_source_pread().
 */
MUN_CHECK int mun_koly_read(struct mun_source *src, struct mun_koly *out,
			    bool *found, bool *fits, struct mun_err *e);

/* A checksum of "koly" or "mish": type, bits, 128 bytes. */
void mun_koly_sum_read(const uint8_t p[static 12], struct mun_koly_sum *out);

/* One entry of "blkx" in the property list. */
struct mun_blkx {
	const uint8_t *table;
	size_t table_bytes;
	const char *name; /* bytes of the file, not terminated */
	size_t name_bytes;
};

/* Return 0 to go on. */
typedef int mun_blkx_fn(void *ctx, const struct mun_blkx *b, struct mun_err *e);

/**
 * mun_dmg_plist() - every table that the property list has
 * @xml: is changed: Base64 is decoded in its place
 *
 * Reads no more of XML than property lists need; entities other than the five
 * of XML itself stay as they are.
 * Return: 0; MUN_ECORRUPT where it has no tables; what @fn returned.
 */
MUN_CHECK int mun_dmg_plist(char *xml, size_t bytes, mun_blkx_fn *fn, void *ctx,
			    struct mun_err *e);

/* Of more tables the names and checksums are not told one by one. */
#define MUN_UDIF_TOLD 256u

struct mun_udif_table {
	uint64_t first; /* sector */
	uint64_t sectors;
	struct mun_koly_sum sum;
};

/* What the driver keeps. */
struct mun_udif {
	struct mun_koly koly;
	struct mun_source *data; /* what offsets count in */
	struct mun_dmgruns *runs;
	struct mun_udif_table *tables;
	size_t ntables;
	uint64_t end; /* sector after the last table */
};

/**
 * mun_udif_load() - all tables, from the property list or the resource fork
 * @img: its priv is a struct mun_udif with koly, data and runs
 *
 * Adds the names and checksums of the tables to the facts.
 * Return: 0; MUN_ECORRUPT; MUN_EUNSUPPORTED; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_udif_load(struct mun_image *img, struct mun_err *e);

/* What the checksum of table @number (from 1) is called among the facts. */
void mun_udif_sum_name(char *out, size_t size, size_t number);

/**
 * mun_dmg_segments() - the data of an image in several files, as one
 * @first: the trailer of @src, which is the first segment
 * @name:  of @src: "x.dmg" goes on in "x.002.dmgpart"
 * @out:   the caller's; @src must outlive it
 *
 * Return: 0; MUN_ENOENT where a segment is not beside it; MUN_ECORRUPT where
 * one is of another image; MUN_EUNSUPPORTED for more than MUN_COMPANIONS.
 */
MUN_CHECK int mun_dmg_segments(struct mun_source *src,
			       const struct mun_koly *first, const char *name,
			       struct mun_companions *beside,
			       struct mun_source **out, struct mun_err *e);

/* "x.002.dmgpart" of "x.dmg". */
MUN_CHECK int mun_dmg_segment_name(const char *name, uint32_t segment,
				   char **out, struct mun_err *e);

#endif
