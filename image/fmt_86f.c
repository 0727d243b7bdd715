/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_86f.c - 86F, the surface of a floppy as 86Box keeps it
 *
 * Little endian, from 86Box's developer documentation:
 *	0 "86BF"	4 minor, 5 major version	6 u16 flags
 *	8 u32 offset of each track, 512 of them; side by side
 * Flags: 0 surface description; 1-2 hole (DD, HD, ED, ED 2000k); 3 two sides;
 * 4 write protected; 7 each track tells a count of bit cells; 12 that count is
 * of all cells, not only of those beyond the usual.
 * Track: u16 flags (0-2 rate, 3-4 encoding, 5-7 rpm), [i32 cells,] u32 where
 * the index is, cells MSB first, and as much again that describes the surface.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdio.h>
#include <string.h>

#define HEAD 8u
#define OFFSETS 512u

enum {
	FLAG_SURFACE = 1 << 0,
	FLAG_SIDES = 1 << 3,
	FLAG_PROTECTED = 1 << 4,
	FLAG_COUNT = 1 << 7,
	FLAG_TOTAL = 1 << 12,
};

static const char *const holes[] = { "DD", "HD", "ED", "ED 2000 kbit/s" };
static const unsigned int rates[] = { 500, 300, 250, 1000, 0, 2000, 0, 0 };
static const char *const encodings[] = { "FM", "MFM", "M2FM", "GCR" };

static bool plausible(const uint8_t *head)
{
	return head[5] == 2 && mun_le32(head + HEAD) >= HEAD;
}

static int f86_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD + 4];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    memcmp(head, "86BF", 4) != 0)
		return MUN_BID_NO;
	return plausible(head) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* How many bytes a track has at least, by what its head says. */
static uint64_t track_bytes(const uint8_t *track, unsigned int flags)
{
	const unsigned int total = FLAG_COUNT | FLAG_TOTAL;
	uint64_t cells;

	if ((flags & total) != total)
		return 6u + (flags & FLAG_COUNT ? 4u : 0u);
	cells = ((uint64_t)mun_le32(track + 2) + 15) / 16 * 2;
	return 10u + cells * (flags & FLAG_SURFACE ? 2u : 1u);
}

static int read_tracks(struct mun_image *img, unsigned int flags,
		       struct mun_fluxfile *f, struct mun_err *e)
{
	unsigned int sides = flags & FLAG_SIDES ? 2 : 1;
	uint8_t table[OFFSETS * 4];
	bool told = false;
	int rc;

	rc = mun_peek(img->src, table, sizeof(table), HEAD, e);
	for (unsigned int i = 0; !rc && i < OFFSETS; i++) {
		uint32_t off = mun_le32(table + 4 * (size_t)i);
		uint8_t track[10];

		/* A short table ends where the first track begins. */
		if (HEAD + 4 * (uint64_t)i >= mun_le32(table))
			break;
		if (!off)
			continue;
		rc = mun_peek(img->src, track, sizeof(track), off, e);
		if (rc)
			return rc;
		mun_fluxfile_track(f, img, i / sides, i % sides, off,
				   track_bytes(track, flags));
		if (told)
			continue;
		told = true;
		mun_image_variant(img, "%s", encodings[track[0] >> 3 & 3]);
		rc = mun_image_fact(img, MUN_FACT_MADE, "bit rate", e,
				    "%u kbit/s, %s", rates[track[0] & 7],
				    track[0] & 0xe0 ? "360 rpm" : "300 rpm");
	}
	return rc;
}

static int f86_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[HEAD + 4];
	unsigned int flags;
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (memcmp(head, "86BF", 4) != 0)
		return mun_fail(e, MUN_ECORRUPT, "no 86F signature at byte 0");
	if (!plausible(head))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %u.%u of 86F, first track at byte %u",
				head[5], head[4], mun_le32(head + HEAD));
	flags = mun_le16(head + 6);
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	mun_image_variant(img, "86F %u.%u, %s", head[5], head[4],
			  holes[flags >> 1 & 3]);
	rc = mun_image_fact(img, MUN_FACT_MADE, "write protected", e, "%s",
			    flags & FLAG_PROTECTED ? "yes" : "no");
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "surface description",
				    e, "%s",
				    flags & FLAG_SURFACE ? "yes" : "no");
	if (!rc)
		rc = read_tracks(img, flags, &f, e);
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_86f = {
	.name = "86f",
	.title = "86F, bit cells of 86Box",
	.suffixes = "86f",
	.bid = f86_bid,
	.open = f86_open,
};
