/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_scp.c - SuperCard Pro, times between flux transitions
 *
 * Little endian, from Jim Drew's "SuperCard Pro Image File Specification":
 *	0 "SCP"	3 version (nibbles)	4 disk type	5 revolutions
 *	6 first, 7 last track	8 flags		9 bits of a time (0: 16)
 *	10 heads (0 both, 1, 2)	11 resolution: (n + 1) * 25 ns
 *	12 u32 sum of all bytes from 16 on; none where bit 4 of the flags
 *	16 u32 offset of each track, 168 of them (at 128 where bit 6)
 * Track: "TRK", number; per revolution u32 duration, u32 times, u32 offset from
 * "TRK"; the times are u16 big endian.
 * Footer (bit 5), 48 bytes before the end: u32 offsets of manufacturer, model,
 * serial, creator, application, comments; u64 created, changed (Unix time);
 * versions; "FPCS".  A text: u16 length, bytes, NUL.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEAD 16u
#define TRACKS 168u
#define FOOTER 48u
#define REVOLUTIONS 255u
#define SUM_BLOCK ((size_t)256 << 10)

enum {
	FLAG_INDEX = 1 << 0,
	FLAG_96TPI = 1 << 1,
	FLAG_360RPM = 1 << 2,
	FLAG_NORMALIZED = 1 << 3,
	FLAG_WRITABLE = 1 << 4,
	FLAG_FOOTER = 1 << 5,
	FLAG_EXTENDED = 1 << 6,
};

static bool plausible(const uint8_t *head)
{
	return head[5] >= 1 && head[6] <= head[7] && head[7] < TRACKS &&
	       head[10] <= 2 && (head[9] == 0 || head[9] == 16);
}

static int scp_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    memcmp(head, "SCP", 3) != 0 || !plausible(head))
		return MUN_BID_NO; /* three letters alone are too few */
	return MUN_BID_CHECKED;
}

/* One track: its header, and that the times of each revolution are there. */
static int read_track(struct mun_image *img, const uint8_t *head,
		      unsigned int i, uint32_t off, struct mun_fluxfile *f,
		      struct mun_err *e)
{
	uint8_t track[4 + 12 * REVOLUTIONS];
	size_t len = 4 + 12 * (size_t)head[5];
	uint64_t end = len;
	int rc;

	rc = mun_peek(img->src, track, len, off, e);
	if (rc)
		return rc;
	for (size_t r = 0; r < head[5]; r++) {
		const uint8_t *rev = track + 4 + 12 * r;
		uint64_t to =
			mun_le32(rev + 8) + 2 * (uint64_t)mun_le32(rev + 4);

		end = MUN_MAX(end, to);
	}
	/* A track that is not where it should be counts as outside. */
	if (memcmp(track, "TRK", 3) != 0 || track[3] != i)
		off = UINT32_MAX;
	mun_fluxfile_track(f, img, i / 2, i % 2, off, end);
	return 0;
}

static int read_tracks(struct mun_image *img, const uint8_t *head,
		       struct mun_fluxfile *f, struct mun_err *e)
{
	uint64_t at = head[8] & FLAG_EXTENDED ? 128u : HEAD;
	uint8_t table[TRACKS * 4];
	int rc;

	/* Old writers ended the table after their last track. */
	rc = mun_fluxfile_read(img, table, 4 * ((size_t)head[7] + 1), at,
			       "track table", e);
	for (unsigned int i = head[6]; !rc && i <= head[7]; i++) {
		uint32_t off = mun_le32(table + 4 * (size_t)i);

		if (off)
			rc = read_track(img, head, i, off, f, e);
	}
	return rc;
}

/* Seconds since 1970 as ISO 8601; what no clock has shown is left out. */
static int tell_time(struct mun_image *img, const char *name,
		     const uint8_t *stamp, struct mun_err *e)
{
	uint64_t t = mun_le64(stamp);
	time_t when = (time_t)t;
	char text[24];
	struct tm tm;

	if (!t || t > 253402300799u || !gmtime_r(&when, &tm))
		return 0;
	if (!strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return 0;
	return mun_image_fact(img, MUN_FACT_MADE, name, e, "%s", text);
}

static int tell_text(struct mun_image *img, const char *name, uint32_t off,
		     struct mun_err *e)
{
	uint8_t text[2 + 255] = { 0 };
	int rc;

	if (!off || !mun_fluxfile_inside(img, off, 2))
		return 0;
	rc = mun_peek(img->src, text, sizeof(text), off, e);
	if (rc)
		return rc;
	return mun_image_fact_bytes(
		img, MUN_FACT_MADE, name, text + 2,
		MUN_MIN((size_t)mun_le16(text), sizeof(text) - 2), e);
}

static int read_footer(struct mun_image *img, struct mun_err *e)
{
	static const char *const names[] = {
		"drive manufacturer", "drive model", "drive serial", "creator",
		"application",        "comment"
	};
	uint8_t footer[FOOTER];
	int rc;

	if (img->src->size < HEAD + FOOTER)
		return 0;
	rc = mun_source_pread(img->src, footer, sizeof(footer),
			      img->src->size - FOOTER, e);
	if (rc)
		return rc;
	if (memcmp(footer + 44, "FPCS", 4) != 0) {
		mun_image_note(img, "the footer that the header tells of is "
				    "not there");
		return 0;
	}
	mun_image_set_puid(img, "fmt/2071");
	for (size_t i = 0; !rc && i < MUN_COUNT(names); i++)
		rc = tell_text(img, names[i], mun_le32(footer + 4 * i), e);
	if (!rc)
		rc = tell_time(img, "created", footer + 24, e);
	return rc ? rc : tell_time(img, "modified", footer + 32, e);
}

static int tell_head(struct mun_image *img, const uint8_t *head,
		     struct mun_err *e)
{
	unsigned int flags = head[8];
	int rc;

	mun_image_variant(img, "SCP, %u revolution%s", head[5],
			  head[5] == 1 ? "" : "s");
	mun_image_variant(img, "%u ns", (head[11] + 1u) * 25u);
	rc = mun_image_fact(img, MUN_FACT_MADE, "revolutions", e, "%u",
			    head[5]);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "resolution", e,
				    "%u ns", (head[11] + 1u) * 25u);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "disk type", e,
				    "0x%02x", head[4]);
	if (!rc)
		rc = mun_image_fact(
			img, MUN_FACT_MADE, "capture", e, "%s, %s, %s, %s",
			flags & FLAG_INDEX ? "from index to index"
					   : "begun anywhere",
			flags & FLAG_96TPI ? "96 tpi" : "48 tpi",
			flags & FLAG_360RPM ? "360 rpm" : "300 rpm",
			flags & FLAG_NORMALIZED ? "normalized" : "as read");
	return rc;
}

static int sum_of(struct mun_image *img, uint32_t *out, struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(SUM_BLOCK);
	uint64_t off = HEAD;
	uint32_t sum = 0;

	if (!buf)
		return mun_fail_nomem(e, "checksum");
	while (off < img->src->size) {
		size_t n = (size_t)MUN_MIN((uint64_t)SUM_BLOCK,
					   img->src->size - off);
		int rc = mun_source_pread(img->src, buf, n, off, e);

		if (rc)
			return rc;
		for (size_t i = 0; i < n; i++)
			sum += buf[i];
		off += n;
	}
	*out = sum;
	return 0;
}

static int scp_verify(struct mun_image *img, struct mun_err *e)
{
	uint8_t head[HEAD];
	uint32_t sum;
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc || head[8] & FLAG_WRITABLE)
		return rc;
	rc = sum_of(img, &sum, e);
	if (!rc)
		mun_image_settle(img, "checksum",
				 sum == mun_le32(head + 12) ? MUN_FACT_GOOD
							    : MUN_FACT_BAD);
	return rc;
}

static int scp_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[HEAD];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (memcmp(head, "SCP", 3) != 0 || !plausible(head))
		return mun_fail(e, MUN_ECORRUPT,
				"header: %u revolutions, tracks %u to %u, "
				"heads %u",
				head[5], head[6], head[7], head[10]);
	mun_fluxfile_begin(img, MUN_FLUX_REASON);
	rc = tell_head(img, head, e);
	if (!rc && head[8] & FLAG_FOOTER)
		rc = read_footer(img, e);
	if (!rc && !(head[8] & FLAG_WRITABLE))
		rc = mun_image_check_fact(img, "checksum", MUN_FACT_NONE, e,
					  "%08x", mun_le32(head + 12));
	if (!rc)
		rc = read_tracks(img, head, &f, e);
	if (!rc)
		rc = mun_fluxfile_done(img, &f, e);
	if (!rc && img->src->size <= MUN_FLUXFILE_SMALL)
		rc = scp_verify(img, e);
	return rc;
}

const struct mun_image_driver mun_image_scp = {
	.name = "scp",
	.title = "SuperCard Pro flux",
	.suffixes = "scp",
	.bid = scp_bid,
	.open = scp_open,
	.verify = scp_verify,
};
