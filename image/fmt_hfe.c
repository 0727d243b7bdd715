/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_hfe.c - HFE, the bit cells of the HxC floppy emulator
 *
 * Little endian, from the HxC project's format description:
 *	0 "HXCPICFE" (v1, v2) or "HXCHFEV3"	8 revision (0: v1, 1: v2)
 *	9 tracks	10 sides	11 encoding	12 u16 kbit/s
 *	14 u16 rpm	16 interface	18 u16 track list, in blocks of 512
 *	20 write allowed	21 single step	22 other encoding of track 0
 * Track list: u16 block, u16 bytes of both sides together, per track.  The
 * data alternate: 256 bytes of side 0, 256 of side 1; bits LSB first.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <string.h>

#define BLOCK 512u
#define HEAD 26u

static const char *const encodings[] = { "IBM MFM", "Amiga MFM", "IBM FM",
					 "Emu FM", "C64 GCR" };

static const char *const interfaces[] = {
	"IBM PC DD",    "IBM PC HD",    "Atari ST DD",    "Atari ST HD",
	"Amiga DD",     "Amiga HD",     "Amstrad CPC DD", "generic Shugart DD",
	"IBM PC ED",    "MSX2 DD",      "C64 DD",         "Emu Shugart",
	"Akai S950 DD", "Akai S950 HD",
};

static bool is_v3(const uint8_t *head)
{
	return memcmp(head, "HXCHFEV3", 8) == 0;
}

static bool magic(const uint8_t *head)
{
	return memcmp(head, "HXCPICFE", 8) == 0 || is_v3(head);
}

static bool plausible(const uint8_t *head)
{
	return head[8] <= 1 && head[10] >= 1 && head[10] <= 2 &&
	       mun_le16(head + 18) >= 1;
}

static int hfe_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) || !magic(head))
		return MUN_BID_NO;
	return plausible(head) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

static int tell_head(struct mun_image *img, const uint8_t *head,
		     struct mun_err *e)
{
	unsigned int version = is_v3(head) ? 3 : head[8] + 1u;
	const char *enc = head[11] < MUN_COUNT(encodings) ? encodings[head[11]]
							  : "unknown";
	const char *iface = head[16] < MUN_COUNT(interfaces)
				    ? interfaces[head[16]]
				    : "unknown";
	int rc;

	mun_image_variant(img, "HFE v%u", version);
	mun_image_variant(img, "%u kbit/s", mun_le16(head + 12));
	mun_image_set_puid(img, version == 3 ? "fmt/2038" : "fmt/2031");
	rc = mun_image_fact(img, MUN_FACT_MADE, "encoding", e, "%s", enc);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "bit rate", e,
				    "%u kbit/s", mun_le16(head + 12));
	if (!rc && mun_le16(head + 14))
		rc = mun_image_fact(img, MUN_FACT_MADE, "rpm", e, "%u",
				    mun_le16(head + 14));
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "interface", e, "%s",
				    iface);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "write protected", e,
				    "%s", head[20] ? "no" : "yes");
	return rc;
}

static int read_tracks(struct mun_image *img, const uint8_t *head,
		       struct mun_fluxfile *f, struct mun_err *e)
{
	uint64_t list = (uint64_t)mun_le16(head + 18) * BLOCK;
	uint8_t table[255 * 4];
	unsigned int n = head[9];
	int rc;

	rc = mun_fluxfile_read(img, table, (size_t)n * 4, list, "track list",
			       e);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t off =
			(uint64_t)mun_le16(table + 4 * (size_t)i) * BLOCK;
		uint32_t len = mun_le16(table + 4 * (size_t)i + 2);

		if (len)
			mun_fluxfile_track(f, img, i, head[10] - 1u, off, len);
	}
	return 0;
}

static int hfe_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[HEAD];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (!magic(head))
		return mun_fail(e, MUN_ECORRUPT, "no HFE signature at byte 0");
	if (!plausible(head))
		return mun_fail(e, MUN_ECORRUPT,
				"header: revision %u, %u sides, track list in "
				"block %u",
				head[8], head[10], mun_le16(head + 18));
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	rc = tell_head(img, head, e);
	if (!rc)
		rc = read_tracks(img, head, &f, e);
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_hfe = {
	.name = "hfe",
	.title = "HFE, bit cells of the HxC floppy emulator",
	.suffixes = "hfe",
	.bid = hfe_bid,
	.open = hfe_open,
};
