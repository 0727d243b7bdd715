/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cdraw.c - sectors of a CD as a drive reads them, without a sheet
 *
 * Whole sectors begin with their sync pattern, their time and their mode
 * (image/cdsector.h).  Where tracks begin cannot be told; sectors at the end
 * that do not synchronise are taken to be audio.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "image/cdtext.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/iso9660.h"

#include <string.h>

#define SUBBED (MUN_CD_RAW + MUN_CD_SUB)
#define HEADLESS 2336u

/* LBA in the header of a whole sector; false: it has none. */
static bool header_lba(const uint8_t *s, int64_t *lba)
{
	unsigned int frame = mun_cd_from_bcd(s[14]);
	unsigned int second = mun_cd_from_bcd(s[13]);

	if (!mun_cd_has_sync(s) || !mun_cd_is_bcd(s[12]) ||
	    !mun_cd_is_bcd(s[13]) || !mun_cd_is_bcd(s[14]) || second > 59 ||
	    frame >= MUN_CD_FRAMES || (s[15] & 0x1f) > 2)
		return false;
	*lba = (int64_t)(mun_cd_from_bcd(s[12]) * 60 + second) * MUN_CD_FRAMES +
	       frame - MUN_CD_LEAD;
	return true;
}

/* Do two sectors, one after the other, say so? */
static int follow(struct mun_source *src, uint32_t stride, uint8_t head[16],
		  bool *out, struct mun_err *e)
{
	uint8_t second[16];
	int64_t a;
	int64_t b;
	int rc = mun_peek(src, head, 16, 0, e);

	if (!rc)
		rc = mun_peek(src, second, sizeof(second), stride, e);
	if (!rc)
		*out = header_lba(head, &a) && header_lba(second, &b) &&
		       b == a + 1;
	return rc;
}

/* A volume of ISO 9660 behind subheaders that stand twice. */
static int is_headless(struct mun_source *src, bool *out, struct mun_err *e)
{
	uint8_t d[16];
	int rc = mun_peek(src, d, sizeof(d), 16 * (uint64_t)HEADLESS, e);

	*out = !rc && src->size % HEADLESS == 0 &&
	       memcmp(d + 8, "\1CD001", 6) == 0 && memcmp(d, d + 4, 4) == 0;
	return rc;
}

/* Bytes from one sector to the next; 0: these are no such sectors. */
static int find_stride(struct mun_source *src, uint32_t *stride,
		       uint8_t head[16], struct mun_err *e)
{
	static const uint32_t strides[] = { MUN_CD_RAW, SUBBED };
	bool is = false;
	int rc = 0;

	*stride = 0;
	for (size_t i = 0; i < MUN_COUNT(strides) && !rc && !is; i++) {
		rc = follow(src, strides[i], head, &is, e);
		if (is)
			*stride = strides[i];
	}
	if (rc || is)
		return rc;
	rc = is_headless(src, &is, e);
	if (is)
		*stride = HEADLESS;
	return rc;
}

/* Containers begin with such sectors too: whatever names itself is that. */
static int cdraw_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[16];
	uint32_t stride;
	struct mun_err e;

	(void)file_name;
	if (find_stride(src, &stride, head, &e) || !stride)
		return MUN_BID_NO;
	return stride == HEADLESS ? MUN_BID_MAGIC - 20 : MUN_BID_MAGIC - 10;
}

/* ---- sub-channel ---- */

/* Q of a sector, 12 bytes, if its CRC fits. */
static bool q_fits(const uint8_t q[static 12])
{
	uint8_t pack[16] = { 0 };
	unsigned int crc;

	/* Zeros in front do not change a CRC that begins with zero. */
	memcpy(pack + 6, q, 10);
	crc = mun_cdtext_crc(pack);
	return crc == mun_be16(q + 10) && (q[0] | q[1] | q[2] | q[9]);
}

static void q_of_packed(const uint8_t *packed, uint8_t q[static 12])
{
	memset(q, 0, 12);
	for (size_t i = 0; i < MUN_CD_SUB; i++)
		if (packed[i] & 0x40)
			q[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* Both orders are in use; the CRC of Q tells which this is. */
static int find_sub(struct mun_image *img, uint64_t sectors,
		    enum mun_sub_form *form, struct mun_err *e)
{
	*form = MUN_SUB_NONE;
	for (uint64_t i = 0; i < MUN_MIN(sectors, 16); i++) {
		uint8_t sub[MUN_CD_SUB];
		uint8_t q[12];
		int rc = mun_peek(img->src, sub, sizeof(sub),
				  i * SUBBED + MUN_CD_RAW, e);

		if (rc)
			return rc;
		q_of_packed(sub, q);
		if (q_fits(q))
			*form = MUN_SUB_PACKED;
		else if (q_fits(sub + 12))
			*form = MUN_SUB_PLAIN;
		else
			continue;
		return 0;
	}
	return mun_image_fact(img, MUN_FACT_LIMIT, "sub-channel", e,
			      "96 bytes follow each sector, in an order that "
			      "does not show: not decoded");
}

/* ---- tracks ---- */

/* How many sectors synchronise, if those that do not are all at the end. */
static int find_end(struct mun_source *src, uint32_t stride, uint64_t n,
		    uint64_t *out, struct mun_err *e)
{
	uint64_t low = 0; /* it does */
	uint64_t high = n; /* it does not, or is the end */
	uint64_t look = n - 1;

	while (high - low > 1) {
		uint8_t s[16];
		int rc = mun_peek(src, s, sizeof(s), look * stride, e);

		if (rc)
			return rc;
		if (mun_cd_has_sync(s))
			low = look;
		else
			high = look;
		look = low + (high - low) / 2;
	}
	*out = high;
	return 0;
}

struct layout {
	struct mun_disc *disc;
	struct mun_track track;
	struct mun_disc_run run;
};

static int add(struct mun_image *img, struct layout *l, uint64_t sectors,
	       struct mun_err *e)
{
	int rc;

	if (sectors == 0)
		return 0;
	l->track.number++;
	l->track.sectors = sectors;
	l->run.sectors = sectors;
	l->run.track = (unsigned int)img->ntracks;
	rc = mun_disc_add_run(l->disc, &l->run, e);
	if (!rc)
		rc = mun_disc_add_track(img, &l->track, e);
	l->track.start += sectors;
	l->run.off += sectors * l->run.stride;
	return rc;
}

static int add_all(struct mun_image *img, struct layout *l, struct mun_err *e)
{
	uint32_t stride = l->run.stride;
	uint64_t n = img->src->size / stride + (img->src->size % stride != 0);
	uint64_t data = n;
	int rc = 0;

	if (stride == SUBBED)
		rc = find_sub(img, n, &l->run.sub, e);
	l->track.sub_bytes = mun_sub_stored(l->run.sub);
	if (!rc && stride != HEADLESS)
		rc = find_end(img->src, stride, img->src->size / stride, &data,
			      e);
	if (!rc && data == img->src->size / stride)
		data = n;
	if (!rc)
		rc = add(img, l, data, e);
	if (rc || data == n)
		return rc;
	mun_image_note(img,
		       "the last %llu sectors do not synchronise, and are "
		       "taken to be audio",
		       (unsigned long long)(n - data));
	l->track.mode = MUN_TRACK_AUDIO;
	return add(img, l, n - data, e);
}

static int cdraw_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(disc) *d = NULL;
	struct layout l = { .track.session = 1, .run.src = img->src };
	uint8_t head[16] = { 0 };
	int64_t lba = 0;
	int rc = find_stride(img->src, &l.run.stride, head, e);

	if (!rc && !l.run.stride)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "its sectors have no headers that count up");
	if (!rc)
		rc = mun_disc_new(&d, e);
	if (rc)
		return rc;
	l.disc = d;
	l.run.main_bytes = MUN_MIN(l.run.stride, MUN_CD_RAW);
	l.track.sector_bytes = l.run.main_bytes;
	l.track.mode =
		(head[15] & 0x1f) == 1 ? MUN_TRACK_DATA : MUN_TRACK_MODE2;
	if (l.run.stride == HEADLESS)
		l.track.mode = MUN_TRACK_MODE2;
	else if (header_lba(head, &lba) && lba > 0)
		l.track.start = (uint64_t)lba;
	mun_image_variant(img, "%u bytes a sector", l.run.stride);
	mun_image_note(img, "there is no sheet: where tracks begin is not "
			    "known");
	rc = add_all(img, &l, e);
	return rc ? rc : mun_disc_done(img, mun_steal(&d), e);
}

const struct mun_image_driver mun_image_cdraw = {
	.name = "cdraw",
	.title = "Raw CD sectors without a sheet",
	.suffixes = "bin img mdf raw",
	.bid = cdraw_bid,
	.open = cdraw_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
