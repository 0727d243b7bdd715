/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd_map.c - where each hunk of a CHD lies
 *
 * Compressed:	0 u32 length	4 u48 first offset	10 u16 CRC of the map
 *	12 u8 bits of a length	13 u8 of a hunk	14 u8 of a unit, then bits: the
 *	types of all hunks by a prefix code of 16 symbols, then what each type
 *	needs.  Not compressed: u32 a hunk, in hunks.
 */
#include "image/fmt_chd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CRC_ROW 12u /* bytes of an entry in the checksum, */
#define CRC_ROWS 64u /* and how many go into it at once */
#define MAP_HEAD 16u
#define MAP_MAX ((uint64_t)128 << 20) /* in memory */

/* Symbols of the code that are not types of the map. */
enum {
	RLE_SMALL = 7,
	RLE_LARGE,
	SELF_AGAIN,
	SELF_NEXT,
	PARENT_SAME,
	PARENT_AGAIN,
	PARENT_NEXT,
};

struct unpack {
	struct mun_chd *c;
	struct mun_chd_bits bits;
	struct mun_chd_huffman code;
	unsigned int length_bits;
	unsigned int self_bits;
	unsigned int parent_bits;
	uint64_t off;
	uint64_t last_self;
	uint64_t last_parent;
};

static void set_off(struct mun_chd_entry *x, uint64_t off)
{
	x->off_low = (uint32_t)off;
	x->off_high = (uint16_t)(off >> 32);
}

/* The first pass: every type. */
static int read_types(struct unpack *u, struct mun_err *e)
{
	uint32_t last = 0;
	uint64_t again = 0;

	for (uint64_t i = 0; i < u->c->hunks; i++) {
		if (again) {
			again--;
		} else {
			uint32_t v = mun_chd_huffman_next(&u->code, &u->bits);

			if (v == RLE_SMALL) {
				again = 2 + mun_chd_huffman_next(&u->code,
								 &u->bits);
			} else if (v == RLE_LARGE) {
				again = 2 + 16 +
					(mun_chd_huffman_next(&u->code,
							      &u->bits)
					 << 4);
				again += mun_chd_huffman_next(&u->code,
							      &u->bits);
			} else {
				last = v;
			}
		}
		u->c->map[i].type = (uint8_t)last;
		if (mun_chd_bits_past(&u->bits))
			return mun_fail(e, MUN_ECORRUPT,
					"the map is cut off at hunk %" PRIu64,
					i);
	}
	return 0;
}

/* A run of bytes in the file, and the checksum of what is in it. */
static void place(struct unpack *u, struct mun_chd_entry *x, uint32_t len)
{
	x->len = len & 0xffffffu;
	set_off(x, u->off);
	u->off += len;
	x->crc = (uint16_t)mun_chd_bits_take(&u->bits, 16);
}

static uint64_t same_unit(const struct mun_chd *c, uint64_t hunk)
{
	return hunk * c->hunk_bytes / c->unit_bytes;
}

/* The second pass: what its type needs. */
static int read_entry(struct unpack *u, uint64_t i, struct mun_err *e)
{
	struct mun_chd *c = u->c;
	struct mun_chd_entry *x = &c->map[i];
	uint32_t units = c->hunk_bytes / c->unit_bytes;

	switch (x->type) {
	case MUN_CHD_CODEC0:
	case 1:
	case 2:
	case 3:
		place(u, x, mun_chd_bits_take(&u->bits, u->length_bits));
		return 0;
	case MUN_CHD_PLAIN:
		place(u, x, c->hunk_bytes);
		return 0;
	case MUN_CHD_SELF:
		u->last_self = mun_chd_bits_take(&u->bits, u->self_bits);
		break;
	case SELF_NEXT:
		u->last_self++;
		break;
	case SELF_AGAIN:
		break;
	case MUN_CHD_PARENT:
		u->last_parent = mun_chd_bits_take(&u->bits, u->parent_bits);
		break;
	case PARENT_SAME:
		u->last_parent = same_unit(c, i);
		break;
	case PARENT_NEXT:
		u->last_parent += units;
		break;
	case PARENT_AGAIN:
		break;
	default:
		return mun_fail(e, MUN_ECORRUPT,
				"hunk %" PRIu64 " is of type %u", i,
				(unsigned int)x->type);
	}
	if (x->type == MUN_CHD_SELF || x->type == SELF_AGAIN ||
	    x->type == SELF_NEXT) {
		x->type = MUN_CHD_SELF;
		set_off(x, u->last_self);
	} else {
		x->type = MUN_CHD_PARENT;
		set_off(x, u->last_parent);
	}
	return 0;
}

/* The map as its checksum was made: 12 bytes a hunk. */
uint16_t mun_chd_map_crc(const struct mun_chd_entry *map, uint64_t hunks)
{
	uint8_t rows[CRC_ROWS * CRC_ROW];
	uint16_t crc = 0xffff;
	size_t n = 0;

	for (uint64_t i = 0; i < hunks; i++) {
		const struct mun_chd_entry *x = &map[i];
		uint8_t *row = rows + n;

		row[0] = (uint8_t)x->type;
		row[1] = (uint8_t)(x->len >> 16);
		row[2] = (uint8_t)(x->len >> 8);
		row[3] = (uint8_t)x->len;
		row[4] = (uint8_t)(x->off_high >> 8);
		row[5] = (uint8_t)x->off_high;
		mun_put_be32(row + 6, x->off_low);
		row[10] = (uint8_t)(x->crc >> 8);
		row[11] = (uint8_t)x->crc;
		n += CRC_ROW;
		if (n < sizeof(rows))
			continue;
		crc = mun_chd_crc16(crc, rows, n);
		n = 0;
	}
	return mun_chd_crc16(crc, rows, n);
}

static int check_entry(struct mun_chd *c, uint64_t i, struct mun_err *e)
{
	struct mun_chd_entry *x = &c->map[i];
	uint64_t off = mun_chd_off(x);
	uint64_t size = c->img->src->size;

	if (x->type == MUN_CHD_PARENT || x->type == MUN_CHD_ZERO)
		return 0;
	/* Only back, so that no two are each other's; and at once to the end of
	 * a chain, since the ones before have been checked. */
	if (x->type == MUN_CHD_SELF) {
		if (off < i && c->map[off].type == MUN_CHD_SELF)
			set_off(x, mun_chd_off(&c->map[off]));
		if (off < i)
			return 0;
		return mun_fail(e, MUN_ECORRUPT,
				"hunk %" PRIu64 " is said to be as hunk "
				"%" PRIu64,
				i, off);
	}
	if (off > size || x->len > size - off)
		return mun_fail(e, MUN_ECORRUPT,
				"hunk %" PRIu64 ", %u bytes at byte %" PRIu64
				", lies outside the file of %" PRIu64,
				i, (unsigned int)x->len, off, size);
	if (x->type < MUN_CHD_PLAIN && !c->codecs[x->type])
		return mun_fail(e, MUN_ECORRUPT,
				"hunk %" PRIu64 " is of codec %u, which is not "
				"there",
				i, (unsigned int)x->type);
	return 0;
}

static int unpack(struct unpack *u, const uint8_t head[static MAP_HEAD],
		  struct mun_err *e)
{
	uint16_t crc = mun_be16(head + 10);
	int rc;

	u->off = (uint64_t)mun_be16(head + 4) << 32 | mun_be32(head + 6);
	u->length_bits = head[12];
	u->self_bits = head[13];
	u->parent_bits = head[14];
	u->code.bits = 8;
	u->code.symbols = 16;
	if (u->length_bits > 24 || u->self_bits > 32 || u->parent_bits > 32)
		return mun_fail(e, MUN_ECORRUPT,
				"the map has fields of %u, %u and %u bits",
				u->length_bits, u->self_bits, u->parent_bits);
	rc = mun_chd_huffman_rle(&u->code, &u->bits, e);
	if (!rc)
		rc = read_types(u, e);
	for (uint64_t i = 0; !rc && i < u->c->hunks; i++)
		rc = read_entry(u, i, e);
	if (!rc && mun_chd_bits_past(&u->bits))
		rc = mun_fail(e, MUN_ECORRUPT, "the map is cut off");
	if (!rc && mun_chd_map_crc(u->c->map, u->c->hunks) != crc)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the map does not fit its checksum");
	return rc;
}

static int read_compressed(struct mun_chd *c, struct mun_err *e)
{
	struct unpack u = { .c = c };
	uint8_t head[MAP_HEAD];
	mun_autofree uint8_t *packed = NULL;
	uint32_t len;
	int rc = mun_peek(c->img->src, head, sizeof(head), c->map_off, e);

	if (rc)
		return rc;
	len = mun_be32(head);
	if (c->map_off > c->img->src->size - MAP_HEAD ||
	    len > c->img->src->size - MAP_HEAD - c->map_off)
		return mun_fail(e, MUN_ECORRUPT,
				"the map, %u bytes at byte %" PRIu64
				", lies outside the file",
				len, c->map_off);
	if (len > MAP_MAX / 2)
		return mun_fail(e, MUN_EUNSUPPORTED, "a map of %u bytes", len);
	packed = malloc(len ? len : 1);
	if (!packed)
		return mun_fail_nomem(e, "map");
	rc = mun_source_pread(c->img->src, packed, len, c->map_off + MAP_HEAD,
			      e);
	u.bits.data = packed;
	u.bits.len = len;
	if (!rc)
		rc = unpack(&u, head, e);
	mun_chd_huffman_clear(&u.code);
	return rc;
}

static int read_plain(struct mun_chd *c, struct mun_err *e)
{
	uint8_t row[4096];
	int rc = 0;

	for (uint64_t i = 0; !rc && i < c->hunks;) {
		uint64_t n = MUN_MIN(c->hunks - i, (uint64_t)sizeof(row) / 4);

		rc = mun_source_pread(c->img->src, row, (size_t)n * 4,
				      c->map_off + i * 4, e);
		for (uint64_t k = 0; !rc && k < n; k++, i++) {
			uint64_t at = mun_be32(row + k * 4);
			struct mun_chd_entry *x = &c->map[i];

			x->len = c->hunk_bytes & 0xffffffu;
			set_off(x, at * c->hunk_bytes);
			x->type = MUN_CHD_PLAIN;
			if (!at && c->parent) {
				x->type = MUN_CHD_PARENT;
				set_off(x, same_unit(c, i));
			} else if (!at) {
				x->type = MUN_CHD_ZERO;
			}
		}
	}
	return rc;
}

int mun_chd_map_fits(const struct mun_chd *c, struct mun_err *e)
{
	uint64_t bytes;

	if (ckd_mul(&bytes, c->hunks, (uint64_t)sizeof(*c->map)) ||
	    bytes > MAP_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a map of %" PRIu64 " hunks", c->hunks);
	/* A map that is not compressed lies in the file as it is. */
	if (!c->codecs[0] && (c->map_off > c->img->src->size ||
			      c->hunks > (c->img->src->size - c->map_off) / 4))
		return mun_fail(e, MUN_ECORRUPT,
				"the map at byte %" PRIu64
				" lies outside the file",
				c->map_off);
	return 0;
}

int mun_chd_read_map(struct mun_chd *c, struct mun_err *e)
{
	int rc = mun_chd_map_fits(c, e);

	if (rc)
		return rc;
	c->map =
		calloc((size_t)MUN_MAX(c->hunks, (uint64_t)1), sizeof(*c->map));
	if (!c->map)
		return mun_fail_nomem(e, "map");
	rc = c->codecs[0] ? read_compressed(c, e) : read_plain(c, e);
	for (uint64_t i = 0; !rc && i < c->hunks; i++)
		rc = check_entry(c, i, e);
	return rc;
}
