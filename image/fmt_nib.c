/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_nib.c - NIB: nibbles of an Apple II, bytes of a Commodore 1541
 *
 * Two formats that share a suffix and nothing else.
 *
 * Apple ("Beneath Apple DOS", 3): no header; 35 tracks of 6656 bytes (or 6384:
 * NB2), as the controller gives them.  What tells one are address fields of
 * track 0: d5 aa 96 (16 sectors) or d5 aa b5 (13), then volume, track, sector
 * and their exclusive or, each in two bytes of four bits and four.
 *
 * Commodore (nibtools): 0 "MNIB-1541-RAW", 13 version, 15 half tracks;
 * 16 pairs of half track and density, ended by 0; from 256 on 8192 bytes each.
 */
#include "image/image.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdlib.h>
#include <string.h>

#define TRACKS 35u
#define LONG_TRACK 6656u
#define SHORT_TRACK 6384u

#define MNIB_HEAD 256u
#define MNIB_TRACK 8192u
#define MNIB_MAGIC "MNIB-1541-RAW"
#define MNIB_MAGIC_BYTES 13u

/* Address fields of one track whose sum is right. */
struct fields {
	unsigned int of13;
	unsigned int of16;
	unsigned int elsewhere; /* they tell another track */
};

static unsigned int four_and_four(const uint8_t *p)
{
	return ((unsigned int)p[0] << 1 | 1u) & p[1];
}

static struct fields look_for_fields(const uint8_t *track, size_t len,
				     unsigned int number)
{
	struct fields f = { 0 };

	for (size_t i = 0; i + 11 <= len; i++) {
		const uint8_t *p = track + i;
		unsigned int sum;

		if (p[0] != 0xd5 || p[1] != 0xaa ||
		    (p[2] != 0x96 && p[2] != 0xb5))
			continue;
		sum = four_and_four(p + 3) ^ four_and_four(p + 5) ^
		      four_and_four(p + 7) ^ four_and_four(p + 9);
		if (sum)
			continue;
		if (four_and_four(p + 5) != number)
			f.elsewhere++;
		else if (p[2] == 0x96)
			f.of16++;
		else
			f.of13++;
	}
	return f;
}

static size_t track_bytes(uint64_t size)
{
	if (size == (uint64_t)TRACKS * LONG_TRACK)
		return LONG_TRACK;
	return size == (uint64_t)TRACKS * SHORT_TRACK ? SHORT_TRACK : 0;
}

static int nib_bid(struct mun_source *src, const char *file_name)
{
	uint8_t track[LONG_TRACK];
	size_t len = track_bytes(src->size);
	struct fields f;
	struct mun_err e;

	(void)file_name;
	if (!len || mun_peek(src, track, len, 0, &e))
		return MUN_BID_NO;
	f = look_for_fields(track, len, 0);
	return f.of13 + f.of16 ? MUN_BID_CHECKED : MUN_BID_NO;
}

static int nib_open(struct mun_image *img, struct mun_err *e)
{
	size_t len = track_bytes(img->src->size);
	struct mun_fluxfile f = { 0 };
	struct fields all = { 0 };
	uint8_t track[LONG_TRACK];
	int rc = 0;

	if (!len)
		return mun_fail(e, MUN_ECORRUPT,
				"%llu bytes are not 35 tracks of nibbles",
				(unsigned long long)img->src->size);
	mun_fluxfile_begin(img, "nibbles are kept as they are, not decoded to "
				"sectors");
	for (unsigned int i = 0; !rc && i < TRACKS; i++) {
		uint64_t off = (uint64_t)i * len;
		struct fields t;

		rc = mun_source_pread(img->src, track, len, off, e);
		if (rc)
			return rc;
		t = look_for_fields(track, len, i);
		all.of13 += t.of13;
		all.of16 += t.of16;
		all.elsewhere += t.elsewhere;
		mun_fluxfile_track(&f, img, i, 0, off, len);
	}
	mun_image_variant(img, "Apple II, %zu bytes a track", len);
	if (all.of13)
		mun_image_variant(img, "13 sectors");
	if (all.of16)
		mun_image_variant(img, "16 sectors");
	rc = mun_image_fact(img, MUN_FACT_MADE, "address fields", e,
			    "%u of 13-sector, %u of 16-sector tracks, %u that "
			    "tell another track",
			    all.of13, all.of16, all.elsewhere);
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_nib = {
	.name = "nib",
	.title = "NIB, nibbles of an Apple II disk",
	.suffixes = "nib nb2",
	.bid = nib_bid,
	.open = nib_open,
};

static int mnib_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	if (!mun_peek_is(src, 0, MNIB_MAGIC, MNIB_MAGIC_BYTES))
		return MUN_BID_NO;
	return src->size > MNIB_HEAD &&
			       (src->size - MNIB_HEAD) % MNIB_TRACK == 0
		       ? MUN_BID_CHECKED
		       : MUN_BID_MAGIC;
}

static int mnib_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	uint8_t head[MNIB_HEAD];
	unsigned int n = 0;
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	if (memcmp(head, MNIB_MAGIC, MNIB_MAGIC_BYTES) != 0)
		return mun_fail(e, MUN_ECORRUPT, "no MNIB signature at byte 0");
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	for (; 16 + 2 * n < MNIB_HEAD && head[16 + 2 * n]; n++)
		mun_fluxfile_track(&f, img, head[16 + 2 * n] / 2, 0,
				   MNIB_HEAD + (uint64_t)n * MNIB_TRACK,
				   MNIB_TRACK);
	mun_image_variant(img, "1541, version %u", head[13]);
	if (img->src->size > MNIB_HEAD + (uint64_t)n * MNIB_TRACK)
		mun_image_note(img,
			       "more than the %u tracks that the header "
			       "tells follow",
			       n);
	rc = mun_image_fact(img, MUN_FACT_MADE, "half tracks", e, "%s",
			    head[15] ? "yes" : "no");
	return rc ? rc : mun_fluxfile_done(img, &f, e);
}

const struct mun_image_driver mun_image_mnib = {
	.name = "mnib",
	.title = "NIB of nibtools, GCR of a Commodore 1541",
	.suffixes = "nib nbz nb2",
	.bid = mnib_bid,
	.open = mnib_open,
};
