/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_g64.c - G64 and G71, GCR of a Commodore disk, track by track
 *
 * Little endian, from Peter Schepers' "G64" and the manual of VICE:
 *	0 "GCR-1541" or "GCR-1571"	8 version 0	9 half tracks
 *	10 u16 bytes of the longest track
 *	12 u32 offset of each half track, 0 for none
 *	... u32 speed of each: 0 to 3, or where a speed map lies
 * Track: u16 bytes, then GCR.  The second side of a G71 begins with the 85th.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <string.h>

#define HEAD 12u
#define HALF_TRACKS 84u
#define TRACKS 168u

static bool magic(const uint8_t *head)
{
	return memcmp(head, "GCR-1541", 8) == 0 ||
	       memcmp(head, "GCR-1571", 8) == 0;
}

static bool plausible(const uint8_t *head)
{
	return head[8] == 0 && head[9] >= 1 && head[9] <= TRACKS;
}

static int g64_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) || !magic(head))
		return MUN_BID_NO;
	return plausible(head) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

static int read_tracks(struct mun_image *img, const uint8_t *head,
		       struct mun_fluxfile *f, struct mun_err *e)
{
	uint8_t table[TRACKS * 8];
	unsigned int n = head[9];
	unsigned int maps = 0;
	int rc;

	rc = mun_fluxfile_read(img, table, 8 * (size_t)n, HEAD, "track table",
			       e);
	for (unsigned int i = 0; !rc && i < n; i++) {
		uint32_t off = mun_le32(table + 4 * (size_t)i);
		uint32_t speed = mun_le32(table + 4 * ((size_t)n + i));
		uint8_t size[2];
		uint64_t len;

		if (!off)
			continue;
		rc = mun_peek(img->src, size, sizeof(size), off, e);
		len = 2 + (uint64_t)mun_le16(size);
		/* A length above the longest is no length. */
		if (mun_le16(size) > mun_le16(head + 10) ||
		    (speed > 3 && !mun_fluxfile_inside(img, speed, 1)))
			off = UINT32_MAX;
		maps += speed > 3;
		mun_fluxfile_track(f, img, i % HALF_TRACKS / 2, i / HALF_TRACKS,
				   off, len);
	}
	if (!rc && maps)
		rc = mun_image_fact(img, MUN_FACT_MADE, "speed maps", e, "%u",
				    maps);
	return rc;
}

static int g64_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[HEAD];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (!magic(head))
		return mun_fail(e, MUN_ECORRUPT, "no G64 signature at byte 0");
	if (!plausible(head))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %u of G64, %u half tracks", head[8],
				head[9]);
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	mun_image_variant(img, "%s, %u half tracks",
			  head[6] == '7' ? "1571" : "1541", head[9]);
	if (head[6] != '7')
		mun_image_set_puid(img, "fmt/821");
	rc = mun_image_fact(img, MUN_FACT_MADE, "encoding", e, "Commodore GCR");
	if (!rc)
		rc = read_tracks(img, head, &f, e);
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_g64 = {
	.name = "g64",
	.title = "G64, GCR of a Commodore disk",
	.suffixes = "g64 g71 g41",
	.bid = g64_bid,
	.open = g64_open,
};
