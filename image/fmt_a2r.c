/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_a2r.c - A2R 2 and 3, flux as the Applesauce captured it
 *
 * Little endian, from the "A2R Disk Image Reference" 2.0.1 and 3.0:
 *	0 "A2R2" or "A2R3", ff 0a 0d 0a		8 chunks: id, u32 bytes, data
 * INFO: 0 version, 1 creator[32], 33 drive or disk type, 34 write protected,
 *	35 synchronized
 * STRM (2): captures u8 place, u8 type, u32 bytes, u32 of one loop, data; ff
 * RWCP (3): 0 version, 1 u32 resolution in ps, 16 captures 'C', u8 type, u16
 *	place, u8 indexes, u32 each, u32 bytes, data; 'X'
 * SLVD (3): 0 version, 1 u32 resolution, 16 tracks 'T', u16 place, u8 and u8
 *	mirrored, 6 reserved, u8 indexes, u32 each, u32 bytes, data; 'X'
 * META: lines of name, TAB, value
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <string.h>

#define HEAD 8u
#define INFO 37u
#define CHUNKS_MAX 1000u
#define CAPTURES_MAX 65536u

static const char *const drives[] = {
	"",
	"5.25-inch, quarter tracks",
	"3.5-inch, both sides",
	"5.25-inch, 80 tracks",
	"5.25-inch, 40 tracks",
	"3.5-inch, 80 tracks",
	"8-inch",
};

struct a2r {
	unsigned int version;
	uint8_t info[INFO];
	bool have_info;
	unsigned int captures;
	unsigned int solved;
	struct mun_fluxfile f;
};

static int a2r_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD + 4];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    memcmp(head, "A2R", 3) != 0 || (head[3] != '2' && head[3] != '3') ||
	    memcmp(head + 4, "\xff\n\r\n", 4) != 0)
		return MUN_BID_NO;
	return memcmp(head + HEAD, "INFO", 4) == 0 ? MUN_BID_CHECKED
						   : MUN_BID_MAGIC;
}

/* Places count quarter tracks of 5.25-inch disks, else sides in turn. */
static void place(struct mun_image *img, struct a2r *a, unsigned int where,
		  uint64_t off, uint64_t len)
{
	bool quarters = a->info[33] == 1;

	mun_fluxfile_track(&a->f, img, quarters ? where / 4 : where / 2,
			   quarters ? 0 : where % 2, off, len);
}

static int walk_strm(struct mun_image *img, struct a2r *a, uint64_t off,
		     uint64_t end, struct mun_err *e)
{
	while (off < end && a->captures < CAPTURES_MAX) {
		uint8_t c[10];
		int rc = mun_peek(img->src, c, sizeof(c), off, e);

		if (rc || c[0] == 0xff)
			return rc;
		a->captures++;
		place(img, a, c[0], off + sizeof(c), mun_le32(c + 2));
		off += sizeof(c) + (uint64_t)mun_le32(c + 2);
	}
	return 0;
}

/* 'C' or 'T', then where; behind a few bytes the index pulses and the data. */
static int walk_captures(struct mun_image *img, struct a2r *a, uint8_t mark,
			 uint64_t off, uint64_t end, struct mun_err *e)
{
	const unsigned int head = mark == 'C' ? 5 : 12;
	unsigned int *count = mark == 'C' ? &a->captures : &a->solved;

	for (off += 16; off < end && *count < CAPTURES_MAX; ++*count) {
		uint8_t c[12], size[4];
		uint64_t at;
		int rc = mun_peek(img->src, c, head, off, e);

		if (rc || c[0] == 'X')
			return rc;
		if (c[0] != mark) {
			mun_image_note(img, "byte %llu is no capture",
				       (unsigned long long)off);
			return 0;
		}
		at = off + head + 4 * (uint64_t)c[head - 1];
		rc = mun_peek(img->src, size, sizeof(size), at, e);
		if (rc)
			return rc;
		place(img, a, mun_le16(c + (mark == 'C' ? 2 : 1)), at + 4,
		      mun_le32(size));
		off = at + 4 + mun_le32(size);
	}
	return 0;
}

static int tell_info(struct mun_image *img, const struct a2r *a,
		     struct mun_err *e)
{
	unsigned int type = a->info[33];
	int rc;

	mun_image_variant(img, "A2R %u", a->version);
	if (type >= 1 && type < MUN_COUNT(drives))
		mun_image_variant(img, "%s", drives[type]);
	mun_image_set_puid(img, a->version == 3 ? "fmt/2058" : "fmt/2057");
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", a->info + 1,
				  32, e);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "write protected", e,
				    "%s", a->info[34] ? "yes" : "no");
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "synchronized", e, "%s",
				    a->info[35] ? "yes" : "no");
	return rc;
}

static int take_chunk(struct mun_image *img, struct a2r *a, const uint8_t *id,
		      uint64_t off, uint32_t len, struct mun_err *e)
{
	if (memcmp(id, "INFO", 4) == 0 && !a->have_info) {
		int rc = mun_fluxfile_read(img, a->info, MUN_MIN(len, INFO),
					   off, "INFO", e);

		a->have_info = true;
		return rc ? rc : tell_info(img, a, e);
	}
	if (memcmp(id, "STRM", 4) == 0)
		return walk_strm(img, a, off, off + len, e);
	if (memcmp(id, "RWCP", 4) == 0)
		return walk_captures(img, a, 'C', off, off + len, e);
	if (memcmp(id, "SLVD", 4) == 0)
		return walk_captures(img, a, 'T', off, off + len, e);
	return 0;
}

static int walk_chunks(struct mun_image *img, struct a2r *a, struct mun_err *e)
{
	uint64_t off = HEAD;

	for (unsigned int n = 0; mun_fluxfile_inside(img, off, 8); n++) {
		uint8_t head[8];
		int rc;

		if (n == CHUNKS_MAX)
			return mun_fail(e, MUN_ECORRUPT, "more than %u chunks",
					CHUNKS_MAX);
		rc = mun_source_pread(img->src, head, sizeof(head), off, e);
		if (!rc)
			rc = take_chunk(img, a, head, off + 8,
					mun_le32(head + 4), e);
		if (rc)
			return rc;
		off += 8 + (uint64_t)mun_le32(head + 4);
	}
	if (!a->have_info)
		return mun_fail(e, MUN_ECORRUPT, "the chunk INFO is missing");
	if (off > img->src->size)
		mun_image_note(img, "the last chunk goes beyond the end of "
				    "the file");
	return 0;
}

static int a2r_open(struct mun_image *img, struct mun_err *e)
{
	struct a2r a = { 0 };
	uint8_t head[HEAD];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (memcmp(head, "A2R", 3) != 0 || (head[3] != '2' && head[3] != '3'))
		return mun_fail(e, MUN_ECORRUPT, "no A2R signature at byte 0");
	a.version = head[3] - (unsigned int)'0';
	mun_fluxfile_begin(img, MUN_FLUX_REASON);
	rc = walk_chunks(img, &a, e);
	if (!rc && a.captures)
		rc = mun_image_fact(img, MUN_FACT_MADE, "captures", e, "%u",
				    a.captures);
	if (!rc && a.solved)
		rc = mun_image_fact(img, MUN_FACT_MADE, "solved tracks", e,
				    "%u", a.solved);
	return rc ? rc : mun_fluxfile_done(img, &a.f, e);
}

const struct mun_image_driver mun_image_a2r = {
	.name = "a2r",
	.title = "A2R flux of the Applesauce",
	.suffixes = "a2r",
	.bid = a2r_bid,
	.open = a2r_open,
};
