/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd.h - compressed hunks of data (MAME), what reader and writer
 * share
 *
 * Version 5, all big endian:
 *	0 "MComprHD"	8 u32 length 124	12 u32 version
 *	16 u32[4] codecs	32 u64 logical bytes	40 u64 offset of the map
 *	48 u64 offset of the metadata	56 u32 bytes a hunk	60 u32 bytes a unit
 *	64 SHA-1 of the data	84 SHA-1 of data and metadata
 *	104 SHA-1 of the parent, zeros where there is none
 */
#ifndef MUN_IMAGE_FMT_CHD_H
#define MUN_IMAGE_FMT_CHD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/blockcache.h"
#include "image/image.h"

#define MUN_CHD_HEAD 124u
#define MUN_CHD_FRAME 2448u /* a CD sector and its sub-channel */
#define MUN_CHD_HUNK_MAX ((uint32_t)1 << 20)

#define MUN_CHD_TAG(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | \
	 (uint32_t)(d))

/* Types of hunks in the map. */
enum mun_chd_type {
	MUN_CHD_CODEC0, /* the first of four codecs */
	MUN_CHD_PLAIN = 4,
	MUN_CHD_SELF, /* as an earlier hunk */
	MUN_CHD_PARENT, /* at a unit of the parent */
	MUN_CHD_ZERO, /* of an image without compression: nothing there */
};

/* 12 bytes a hunk: there are millions. */
struct mun_chd_entry {
	uint32_t type : 8;
	uint32_t len : 24; /* bytes in the file */
	uint32_t off_low;
	uint16_t off_high;
	uint16_t crc; /* CRC-16/CCITT of the hunk */
};

struct mun_chd {
	struct mun_image *img;
	uint32_t codecs[4]; /* tags; 0: none */
	uint64_t bytes; /* logical */
	uint64_t map_off;
	uint64_t meta_off;
	uint32_t hunk_bytes;
	uint32_t unit_bytes;
	uint8_t raw_sha1[20];
	uint8_t sha1[20];
	uint8_t parent_sha1[20];
	uint64_t hunks;
	pthread_mutex_t lock; /* of reading the map */
	atomic_bool mapped;
	struct mun_chd_entry *map; /* owned; @hunks of them, once mapped */
	struct mun_image *parent; /* the user's; NULL: none */
	struct mun_blockcache *cache; /* decoded hunks, by number */
};

static inline uint64_t mun_chd_off(const struct mun_chd_entry *x)
{
	return (uint64_t)x->off_high << 32 | x->off_low;
}

/* Could the map be read, by what the header says? 0, MUN_ECORRUPT,
 * MUN_EUNSUPPORTED. */
MUN_CHECK int mun_chd_map_fits(const struct mun_chd *c, struct mun_err *e);

/* Have the map, read when it is first wanted: that of a large disk takes longer
 * than a look at it may.  Any number of threads.  As mun_chd_read_map(). */
MUN_CHECK int mun_chd_need_map(struct mun_chd *c, struct mun_err *e);

/* Read and check the map: of @c->map_off.  0, MUN_ECORRUPT, MUN_ENOMEM,
 * MUN_EUNSUPPORTED for one that would not fit in memory. */
MUN_CHECK int mun_chd_read_map(struct mun_chd *c, struct mun_err *e);

/**
 * mun_chd_decode() - one hunk out of its compressed bytes
 * @codec: tag
 * @out:   hunk_bytes
 *
 * Return: 0; MUN_ECORRUPT; MUN_EUNSUPPORTED for a codec that is not known.
 */
MUN_CHECK int mun_chd_decode(const struct mun_chd *c, uint32_t codec,
			     const uint8_t *in, size_t len, uint8_t *out,
			     struct mun_err *e);

/* Is it one that mun_chd_decode() knows? */
bool mun_chd_knows(uint32_t codec);

/* CRC-16 of a map, as its header has it. */
uint16_t mun_chd_map_crc(const struct mun_chd_entry *map, uint64_t hunks);

/* CRC-16/CCITT after @len more bytes; it begins with ffff. Any thread. */
uint16_t mun_chd_crc16(uint16_t crc, const void *data, size_t len);

/* One decoded hunk. @buf: hunk_bytes.  Any number of threads. */
MUN_CHECK int mun_chd_hunk(struct mun_chd *c, uint64_t number, uint8_t *buf,
			   struct mun_err *e);

/* All decoded bytes, of whatever is in it. */
MUN_CHECK int mun_chd_bytes(struct mun_chd *c, void *buf, size_t len,
			    uint64_t off, struct mun_err *e);

/* A piece of metadata; @fn gets its text or bytes. */
typedef int mun_chd_meta_fn(struct mun_chd *c, void *ctx, uint32_t tag,
			    const uint8_t *data, size_t len, struct mun_err *e);
MUN_CHECK int mun_chd_walk_meta(struct mun_chd *c, mun_chd_meta_fn *fn,
				void *ctx, struct mun_err *e);

/* A disc: tracks out of the metadata.  A driver's open() goes on here. */
MUN_CHECK int mun_chd_open_disc(struct mun_chd *c, struct mun_err *e);

/* Bits, from the highest of each byte on; zeros behind the end. */
struct mun_chd_bits {
	const uint8_t *data;
	size_t len;
	uint64_t at; /* bit */
};

/* The next @n bits, at most 32. */
uint32_t mun_chd_bits_take(struct mun_chd_bits *b, unsigned int n);

static inline bool mun_chd_bits_past(const struct mun_chd_bits *b)
{
	return b->at > (uint64_t)b->len * 8;
}

/* A prefix code of at most 256 symbols and 16 bits. */
struct mun_chd_huffman {
	uint16_t *table; /* owned: of @bits bits, symbol << 5 | length */
	unsigned int bits;
	unsigned int symbols;
	uint8_t lengths[256];
};

/* Lengths run-length coded (the map), or by a smaller code (codec huff). */
MUN_CHECK int mun_chd_huffman_rle(struct mun_chd_huffman *h,
				  struct mun_chd_bits *b, struct mun_err *e);
MUN_CHECK int mun_chd_huffman_tree(struct mun_chd_huffman *h,
				   struct mun_chd_bits *b, struct mun_err *e);
uint32_t mun_chd_huffman_next(const struct mun_chd_huffman *h,
			      struct mun_chd_bits *b);
void mun_chd_huffman_clear(struct mun_chd_huffman *h);

/* FLAC frames without a header: @samples of two channels of 16 bits. */
MUN_CHECK int mun_chd_flac(const uint8_t *in, size_t len, size_t samples,
			   bool big_endian, uint8_t *out, size_t *used,
			   struct mun_err *e);

#endif
