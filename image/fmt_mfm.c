/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_mfm.c - HxC MFM, bit cells track by track
 *
 * Little endian, from the HxC project's format description:
 *	0 "HXCMFM\0"	7 u16 tracks	9 sides	10 u16 rpm	12 u16 kbit/s
 *	14 interface; bit 7: entries have a rate each	15 u32 track list
 * Entry: u16 track, u8 side, [u16 rpm, u16 kbit/s,] u32 bytes, u32 offset.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 19u
#define ENTRY 11u
#define ENTRY_RATED 15u
#define TRACKS 512u

static bool magic(const uint8_t *head)
{
	return memcmp(head, "HXCMFM", 7) == 0;
}

static bool plausible(const uint8_t *head)
{
	return mun_le16(head + 7) <= TRACKS && head[9] >= 1 && head[9] <= 2 &&
	       mun_le32(head + 15) >= HEAD;
}

static int mfm_bid(struct mun_source *src, const char *file_name)
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
	size_t entry = head[14] & 0x80 ? ENTRY_RATED : ENTRY;
	size_t n = (size_t)mun_le16(head + 7) * head[9];
	mun_autofree uint8_t *list = malloc(n * entry + 1);
	int rc;

	if (!list)
		return mun_fail_nomem(e, "track list");
	rc = mun_fluxfile_read(img, list, n * entry, mun_le32(head + 15),
			       "track list", e);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = list + i * entry;
		uint32_t len = mun_le32(p + entry - 8);

		if (p[2] >= head[9] || mun_le16(p) >= TRACKS)
			return mun_fail(e, MUN_ECORRUPT,
					"track list entry %zu: track %u, "
					"side %u",
					i, mun_le16(p), p[2]);
		if (len)
			mun_fluxfile_track(f, img, mun_le16(p), p[2],
					   mun_le32(p + entry - 4), len);
	}
	return 0;
}

static int mfm_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[HEAD];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (!magic(head) || !plausible(head))
		return mun_fail(e, MUN_ECORRUPT,
				"header: %u tracks, %u sides, track list at "
				"byte %u",
				mun_le16(head + 7), head[9],
				mun_le32(head + 15));
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	mun_image_variant(img, "%u kbit/s", mun_le16(head + 12));
	rc = mun_image_fact(img, MUN_FACT_MADE, "bit rate", e, "%u kbit/s",
			    mun_le16(head + 12));
	if (!rc && mun_le16(head + 10))
		rc = mun_image_fact(img, MUN_FACT_MADE, "rpm", e, "%u",
				    mun_le16(head + 10));
	if (!rc)
		rc = read_tracks(img, head, &f, e);
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_mfm = {
	.name = "mfm",
	.title = "HxC MFM, bit cells",
	.suffixes = "mfm",
	.bid = mfm_bid,
	.open = mfm_open,
};
