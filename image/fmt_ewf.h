/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf.h - what reader and writer of EWF (E01) share */
#ifndef MUN_IMAGE_FMT_EWF_H
#define MUN_IMAGE_FMT_EWF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source.h"
#include "image/blockcache.h"
#include "image/image.h"
#include "image/unpacker.h"

/*
 * Expert Witness compression format, as libewf's documentation describes it;
 * little endian. Checksums are Adler-32 of the bytes before them.
 *
 * segment, 13 bytes: "EVF" 09 0d 0a ff 00, 1, u16 number from 1, u16 0
 * then sections, each led by a descriptor of 76 bytes:
 *	  0 type, 16 bytes	16 u64 next section	24 u64 size of this one
 *	 32 zeros	72 checksum
 * header, header2: zlib of text (header2: UTF-16); lines "main", keys, values
 * volume, disk, data, 1052 bytes; of S01 only 94
 *	  0 u8 medium	  4 u32 chunks	  8 u32 sectors per chunk
 *	 12 u32 bytes per sector	 16 u64 sectors (S01: u32)
 *	 24 u32 cylinders, heads, sectors	 36 u8 flags
 *	 52 u8 compression	 56 u32 error granularity	 64 GUID
 *	1048 checksum (S01: 90)
 * sectors: chunks; of the first versions they are in the table's section
 * table, and table2 with the same
 *	  0 u32 entries	  8 u64 base	 20 checksum
 *	 24 u32 each: offset from base; bit 31: compressed; then a checksum,
 *	    which the first version does not have
 * error2: 0 u32 entries	516 checksum	520 u32 first sector, u32 sectors ...
 * hash: MD5 (16), zeros (16), checksum
 * digest: MD5 (16), SHA-1 (20), zeros (40), checksum
 * next: the segment ends; done: so does the image
 *
 * A chunk is a zlib stream, or bytes and their checksum.
 */
#define MUN_EWF_FILE_HEADER 13u
#define MUN_EWF_SECTION 76u
#define MUN_EWF_TYPE 16u
#define MUN_EWF_VOLUME 1052u
#define MUN_EWF_VOLUME_SMART 94u
#define MUN_EWF_TABLE 24u
#define MUN_EWF_ERRORS 520u
#define MUN_EWF_HASH 36u
#define MUN_EWF_DIGEST 80u
#define MUN_EWF_PACKED UINT32_C(0x80000000)

#define MUN_EWF_FIXED 1u /* 0: removable */
#define MUN_EWF_OPTICAL 3u

/* E01 ... E99, EAA ... EZZ, FAA ... ZZZ: as many as there can be. */
#define MUN_EWF_SEGMENTS (99u + 22u * 26u * 26u)

/* The suffix of segment @number, from 1, in the style of @first ("E01", "e01",
 * "S01"); false for a number that has none. */
bool mun_ewf_suffix(unsigned int number, const char *first, char out[static 4]);

/* --- the reader's own -------------------------------------------------- */

/* Chunks whose offsets stand in one table. */
struct mun_ewf_table {
	uint64_t first; /* chunk */
	uint32_t n;
	unsigned int file;
	uint64_t base;
	uint64_t at; /* where the entries are */
	uint64_t copy_at; /* ... and in table2; 0: nowhere */
	uint64_t end; /* where the last chunk ends */
	bool summed; /* a checksum follows the entries */
};

/* Sectors that could not be read. */
struct mun_ewf_range {
	uint64_t first;
	uint64_t end;
};

enum mun_ewf_state {
	MUN_EWF_UNKNOWN, /* not read yet */
	MUN_EWF_GOOD,
	MUN_EWF_DOUBTFUL, /* its bytes are there, its checksum is not theirs */
	MUN_EWF_LOST,
};

struct mun_ewf {
	struct mun_source **files; /* [0] is borrowed */
	unsigned int nfiles;
	bool volume; /* was there one? */
	bool smart; /* S01, or an early E01 */
	uint8_t medium;
	uint8_t compression;
	uint32_t chunk_sectors;
	uint32_t sector_bytes;
	uint64_t sectors;
	uint32_t volume_chunks;
	uint32_t geometry[3];
	uint8_t guid[16];
	uint32_t chunk_bytes;
	uint64_t bytes;
	struct mun_ewf_table *tables;
	size_t ntables;
	uint64_t chunks; /* in the tables */
	struct mun_ewf_range *errors; /* sorted, apart from each other */
	size_t nerrors;
	bool header; /* was one told? */
	bool has_md5, has_sha1;
	uint8_t md5[16];
	uint8_t sha1[20];
	struct mun_blockcache *offsets; /* of one table; key: its number */
	struct mun_blockcache *unpacked; /* of one chunk; key: its number */
	struct mun_unpackers *unpackers;
	uint8_t *states; /* of four chunks each; atomic */
	uint64_t nstates; /* chunks */
};

/* fmt_ewf_sections.c: read all sections of all segments. */
MUN_CHECK int mun_ewf_read_segments(struct mun_image *img, struct mun_ewf *w,
				    struct mun_err *e);

/* fmt_ewf_header.c: what a header says, as facts; MUN_ECORRUPT where it cannot
 * be read, and then nothing was told. */
MUN_CHECK int mun_ewf_tell_header(struct mun_image *img, const uint8_t *packed,
				  size_t len, struct mun_err *e);

/* fmt_ewf_chunks.c: ready the caches; decode. */
MUN_CHECK int mun_ewf_chunks_ready(struct mun_ewf *w, struct mun_err *e);
enum mun_ewf_state mun_ewf_state_of(struct mun_ewf *w, uint64_t chunk);
/* Pinned: mun_blockcache_put(w->unpacked).  Sets the state. */
MUN_CHECK int mun_ewf_get_chunk(struct mun_ewf *w, uint64_t chunk,
				const struct mun_cached **out,
				struct mun_err *e);

#endif
