/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_stx.c - Pasti: Atari ST disks with their protection
 *
 *	0 "RSY" NUL	4 u16 LE version, 3	a tracks	b revision
 *	track: 0 u32 bytes of all this	4 u32 bytes of the fuzzy mask
 *	8 u16 sectors	a u16 flags	c u16 length of the track
 *	e cylinder, 80: side 1
 *	then, with flag 1, for each sector: 0 u32 place of its data	4 u16
 *	position	6 u16 time	8 C H R N	c u16 CRC	e status
 *	then the mask, then the data; without flag 1 sectors of 512 bytes
 *	flags 40, 80: an image of the track stands first among the data
 *	status: 8 CRC	10 no sector found	20 deleted	80 fuzzy, 1 timing
 *
 * Markus Fritze, "Atari ST Protection: PASTI file format" (2011), and
 * 8bitchip.info's "Pasti (STX) floppy image format".
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 16u
#define TRACK_HEAD 16u
#define SECTOR_HEAD 16u
#define VERSION 3

enum { TRACK_SECTORS = 0x01, TRACK_IMAGE = 0x40 };

enum {
	STATUS_TIMING = 0x01,
	STATUS_CRC = 0x08,
	STATUS_NOT_FOUND = 0x10,
	STATUS_DELETED = 0x20,
	STATUS_FUZZY = 0x80
};

struct reader {
	struct mun_floppy *f;
	size_t fuzzy;
	size_t timed;
	size_t images;
};

static bool is_stx(const uint8_t *head)
{
	return memcmp(head, "RSY", 4) == 0 && mun_le16(head + 4) == VERSION;
}

static int stx_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD + TRACK_HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) || !is_stx(head))
		return MUN_BID_NO;
	return head[10] && mun_le32(head + HEAD) <= src->size - HEAD &&
			       src->size > HEAD
		       ? MUN_BID_CHECKED
		       : MUN_BID_MAGIC;
}

static uint16_t flags_of(unsigned int status)
{
	uint16_t flags = 0;

	if (status & STATUS_DELETED)
		flags |= MUN_SECTOR_DELETED;
	if (status & STATUS_FUZZY)
		flags |= MUN_SECTOR_WEAK;
	if (status & STATUS_NOT_FOUND)
		flags |= MUN_SECTOR_NO_DATA;
	if (status & STATUS_CRC)
		flags |= status & STATUS_NOT_FOUND ? MUN_SECTOR_BAD_ID
						   : MUN_SECTOR_BAD_DATA;
	return flags;
}

/* @p: its head; @data: of the track, @len bytes. */
static int read_sector(struct reader *r, const uint8_t *p, const uint8_t *data,
		       size_t len, struct mun_err *e)
{
	struct mun_sector s = {
		.c = p[8],
		.h = p[9],
		.r = p[10],
		.n = p[11],
		.st1 = p[14],
		.flags = flags_of(p[14]),
		/* The WD1772 looks at two bits of it. */
		.bytes = 128u << (p[11] & 3),
	};
	size_t at = mun_le32(p);

	r->fuzzy += (p[14] & STATUS_FUZZY) != 0;
	r->timed += (p[14] & STATUS_TIMING) != 0;
	if (s.flags & MUN_SECTOR_NO_DATA)
		return mun_floppy_add_sector(r->f, &s, NULL, NULL, e);
	if (at > len || s.bytes > len - at)
		return mun_fail(e, MUN_ECORRUPT,
				"sector %u lies at byte %zu of %zu", s.r, at,
				len);
	return mun_floppy_add_sector(r->f, &s, data + at, NULL, e);
}

static int read_sectors(struct reader *r, const struct mun_floppy_track *t,
			struct mun_span *s, unsigned int n, size_t fuzzy,
			struct mun_err *e)
{
	const uint8_t *heads = NULL;
	const uint8_t *mask = NULL;
	int rc;

	rc = mun_floppy_add_track(r->f, t, e);
	if (!rc)
		rc = mun_span_take(s, (size_t)n * SECTOR_HEAD, &heads,
				   "the heads of sectors", e);
	if (!rc)
		rc = mun_span_take(s, fuzzy, &mask, "the fuzzy mask", e);
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = read_sector(r, heads + (size_t)i * SECTOR_HEAD,
				 s->data + s->at, s->len - s->at, e);
	return rc;
}

static int read_track(struct reader *r, struct mun_span *file,
		      struct mun_err *e)
{
	struct mun_floppy_track t = { .encoding = MUN_ENCODING_MFM };
	struct mun_span s = { .data = NULL };
	const uint8_t *p = NULL;
	const uint8_t *plain = NULL;
	size_t at = file->at;
	size_t size;
	unsigned int n;
	unsigned int flags;
	int rc;

	rc = mun_span_take(file, TRACK_HEAD, &p, "the head of a track", e);
	if (rc)
		return rc;
	size = mun_le32(p);
	if (size < TRACK_HEAD)
		return mun_fail(e, MUN_ECORRUPT, "a track of %zu bytes at %zu",
				size, at);
	rc = mun_span_take(file, size - TRACK_HEAD, &s.data, "a track", e);
	if (rc)
		return rc;
	s.len = size - TRACK_HEAD;
	n = mun_le16(p + 8);
	flags = mun_le16(p + 10);
	t.cylinder = p[14] & 0x7f;
	t.head = p[14] >> 7;
	r->images += (flags & TRACK_IMAGE) != 0;
	if (flags & TRACK_SECTORS)
		rc = read_sectors(r, &t, &s, n, mun_le32(p + 4), e);
	else
		rc = mun_span_take(&s, (size_t)n * 512, &plain, "the sectors",
				   e);
	if (!rc && !(flags & TRACK_SECTORS))
		rc = mun_floppy_plain_track(r->f, &t, n, 512, 1, plain, e);
	if (rc)
		return mun_ctx(e, "cylinder %u, side %u", t.cylinder, t.head);
	return 0;
}

static int tell_limits(struct mun_image *img, const struct reader *r,
		       struct mun_err *e)
{
	int rc = 0;

	if (r->fuzzy)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "fuzzy bits", e,
				    "of %zu sectors some bits read "
				    "differently each time: the mask that "
				    "names them is not decoded",
				    r->fuzzy);
	if (!rc && r->timed)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "timing", e,
				    "%zu sectors have bits of uneven length: "
				    "not decoded",
				    r->timed);
	if (!rc && r->images)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "track images", e,
				    "of %zu tracks what lies between the "
				    "sectors is stored: not decoded",
				    r->images);
	return rc;
}

static int read_all(struct mun_image *img, const uint8_t *file,
		    struct reader *r, struct mun_err *e)
{
	struct mun_span s = { .data = file,
			      .len = (size_t)img->src->size,
			      .at = HEAD };
	int rc = 0;

	for (unsigned int i = 0; i < file[10] && !rc; i++)
		rc = read_track(r, &s, e);
	if (!rc && s.at < s.len)
		mun_image_note(img, "%zu bytes follow the last track",
			       s.len - s.at);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "creator version", e,
				    "tool %u, revision %u", mun_le16(file + 6),
				    file[11]);
	return rc ? rc : tell_limits(img, r, e);
}

static int stx_open(struct mun_image *img, struct mun_err *e)
{
	struct reader r = { .f = NULL };
	uint8_t head[HEAD];
	uint8_t *file = NULL;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (!rc && (!is_stx(head) || img->src->size < HEAD))
		rc = mun_fail(e, MUN_ECORRUPT, "its head is not that of STX");
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&r.f, e);
	if (!rc)
		rc = read_all(img, file, &r, e);
	free(file);
	if (rc) {
		mun_floppy_free(r.f);
		return rc;
	}
	mun_image_set_puid(img, "fmt/1904");
	mun_image_set_mime(img, "application/octet-stream");
	return mun_floppy_done(img, r.f, e);
}

const struct mun_image_driver mun_image_stx = {
	.name = "stx",
	.title = "Pasti (Atari ST)",
	.suffixes = "stx",
	.bid = stx_bid,
	.open = stx_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
