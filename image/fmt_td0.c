/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_td0.c - TeleDisk: disks that DOS could not read, for the mail
 *
 *	0 "TD", or "td": what follows the head is compressed (image/lzhuf.h)
 *	2 number of this volume	3 the same in all volumes	4 version
 *	5 data rate, 80: FM	6 drive	7 stepping, 80: a comment follows
 *	8 only what DOS had allocated was read	9 sides	10 u16 LE CRC of 0 to 9
 *	comment: u16 CRC of what follows	2 u16 length	4 year - 1900
 *	5 month from 0	6 day	7 hour	8 minute	9 second	10 text
 *	track: 0 sectors, FF: the end	1 cylinder	2 head, 80: FM	3 CRC
 *	sector: 0 C H R N	4 flags	5 CRC	then, where it has data,
 *	u16 length of what follows, encoding, the data
 *
 * Dave Dunfield, TD0NOTES.TXT of 2008.  Against these the CRC of a sector is
 * that of its data as they were on the disk, as real files show.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/lzhuf.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 12u
#define COMMENT_HEAD 10u
#define COMMENT_FOLLOWS 0x80u
#define IS_FM 0x80u
#define END_OF_TRACKS 0xffu
/* More than the largest disk; a bomb shall not take long. */
#define PLAIN_MAX ((size_t)8 << 20)

enum {
	DUPLICATE = 0x01,
	CRC_ERROR = 0x02,
	DELETED = 0x04,
	SKIPPED = 0x10,
	NO_DATA = 0x20,
	NO_ID = 0x40
};

struct reader {
	struct mun_image *img;
	struct mun_floppy *f;
	struct mun_span s;
	bool fm; /* all of it */
	uint16_t kbps;
	size_t skipped;
	size_t bad_tracks; /* CRCs of their heads */
	size_t bad_sectors;
};

/* The polynomial A097, nothing turned round. */
static uint16_t crc16(uint16_t crc, const uint8_t *p, size_t len)
{
	while (len--) {
		crc ^= (uint16_t)(*p++ << 8);
		for (int i = 0; i < 8; i++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0xa097
						      : crc << 1);
	}
	return crc;
}

static bool is_td0(const uint8_t *head)
{
	return (memcmp(head, "TD", 2) == 0 || memcmp(head, "td", 2) == 0) &&
	       head[4] >= 10 && head[4] <= 0x30;
}

static bool head_fits(const uint8_t head[static HEAD])
{
	return crc16(0, head, 10) == mun_le16(head + 10);
}

static int td0_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (src->size <= HEAD || mun_peek(src, head, sizeof(head), 0, &e) ||
	    !is_td0(head))
		return MUN_BID_NO;
	/* Two letters are no magic number without the sum. */
	return head_fits(head) ? MUN_BID_CHECKED : MUN_BID_SUFFIX;
}

static int read_comment(struct reader *r, struct mun_err *e)
{
	const uint8_t *p = NULL;
	const uint8_t *text = NULL;
	size_t len;
	bool good;
	int rc;

	rc = mun_span_take(&r->s, COMMENT_HEAD, &p, "the head of the comment",
			   e);
	if (rc)
		return rc;
	len = mun_le16(p + 2);
	rc = mun_span_take(&r->s, len, &text, "the comment", e);
	if (rc)
		return rc;
	good = crc16(0, p + 2, COMMENT_HEAD - 2 + len) == mun_le16(p);
	rc = mun_image_check_fact(r->img, "comment CRC-16",
				  good ? MUN_FACT_GOOD : MUN_FACT_BAD, e,
				  "%04x", mun_le16(p));
	if (!rc)
		rc = mun_image_fact(r->img, MUN_FACT_MADE, "created", e,
				    "%04u-%02u-%02uT%02u:%02u:%02u",
				    1900u + p[4], p[5] + 1u, p[6], p[7], p[8],
				    p[9]);
	return rc ? rc : mun_floppy_text(r->img, r->f, "comment", text, len, e);
}

/* Patterns of two bytes, each with how often it stands. */
static bool expand_pattern(const uint8_t *p, size_t len, uint8_t *out,
			   size_t size)
{
	size_t at = 0;

	for (; len >= 4; p += 4, len -= 4) {
		for (size_t n = mun_le16(p); n; n--) {
			if (at + 2 > size)
				return false;
			out[at++] = p[2];
			out[at++] = p[3];
		}
	}
	return len == 0 && at == size;
}

/* 0, n: n bytes as they are; n, times: 2 n bytes, repeated. */
static bool expand_runs(const uint8_t *p, size_t len, uint8_t *out, size_t size)
{
	size_t at = 0;

	while (len >= 2) {
		size_t n = p[0] ? 2u * p[0] : p[1];
		size_t times = p[0] ? p[1] : 1;

		p += 2;
		len -= 2;
		if (n > len || n * times > size - at)
			return false;
		for (; times; times--, at += n)
			memcpy(out + at, p, n);
		p += n;
		len -= n;
	}
	return len == 0 && at == size;
}

static bool expand(unsigned int encoding, const uint8_t *p, size_t len,
		   uint8_t *out, size_t size)
{
	switch (encoding) {
	case 0:
		if (len == size)
			memcpy(out, p, size);
		return len == size;
	case 1:
		return expand_pattern(p, len, out, size);
	case 2:
		return expand_runs(p, len, out, size);
	default:
		return false;
	}
}

static int add_data(struct reader *r, struct mun_sector *s, unsigned int crc,
		    struct mun_err *e)
{
	uint8_t data[128u << 7];
	const uint8_t *p = NULL;
	size_t at = r->s.at;
	size_t len;
	int rc;

	rc = mun_span_take(&r->s, 3, &p, "the head of the data", e);
	if (rc)
		return rc;
	len = mun_le16(p);
	if (!len)
		return mun_fail(e, MUN_ECORRUPT, "data of no length at %zu",
				at);
	r->s.at--; /* the encoding is counted with the data */
	rc = mun_span_take(&r->s, len, &p, "the data of a sector", e);
	if (rc)
		return rc;
	if (!expand(p[0], p + 1, len - 1, data, s->bytes))
		return mun_fail(e, MUN_ECORRUPT,
				"data at %zu (encoding %u, %zu bytes) do not "
				"make a sector of %u",
				at, p[0], len - 1, s->bytes);
	if ((crc16(0, data, s->bytes) & 0xff) != crc) {
		r->bad_sectors++;
		s->flags |= MUN_SECTOR_BAD_DATA;
	}
	return mun_floppy_add_sector(r->f, s, data, NULL, e);
}

static int read_sector(struct reader *r, struct mun_err *e)
{
	const uint8_t *p = NULL;
	struct mun_sector s = { .bytes = 0 };
	int rc;

	rc = mun_span_take(&r->s, 6, &p, "the head of a sector", e);
	if (rc)
		return rc;
	s.c = p[0];
	s.h = p[1];
	s.r = p[2];
	s.n = p[3];
	s.st1 = p[4];
	s.bytes = mun_sector_size(p[3]);
	if (p[4] & CRC_ERROR)
		s.flags |= MUN_SECTOR_BAD_DATA;
	if (p[4] & DELETED)
		s.flags |= MUN_SECTOR_DELETED;
	if (p[4] & NO_ID)
		s.flags |= MUN_SECTOR_NO_ID;
	/* Its size has no meaning where there is no sector of that size. */
	if (!(p[4] & (SKIPPED | NO_DATA)))
		return add_data(r, &s, p[5], e);
	r->skipped += (p[4] & SKIPPED) != 0;
	s.flags |= MUN_SECTOR_NO_DATA;
	return mun_floppy_add_sector(r->f, &s, NULL, NULL, e);
}

/* @more: false at the end of the tracks. */
static int read_track(struct reader *r, bool *more, struct mun_err *e)
{
	struct mun_floppy_track t = { .cylinder = 0 };
	const uint8_t *p = NULL;
	unsigned int n;
	int rc;

	*more = false;
	rc = mun_span_take(&r->s, 1, &p,
			   "the tracks: it is cut short, or goes on in "
			   "another volume (.td1)",
			   e);
	if (rc || p[0] == END_OF_TRACKS)
		return rc;
	r->s.at--;
	rc = mun_span_take(&r->s, 4, &p, "the head of a track", e);
	if (rc)
		return rc;
	n = p[0];
	t.cylinder = p[1];
	t.head = p[2] & 1;
	t.kbps = r->kbps;
	t.encoding = r->fm || p[2] & IS_FM ? MUN_ENCODING_FM : MUN_ENCODING_MFM;
	r->bad_tracks += (crc16(0, p, 3) & 0xff) != p[3];
	rc = mun_floppy_add_track(r->f, &t, e);
	for (; n && !rc; n--)
		rc = read_sector(r, e);
	if (rc)
		return mun_ctx(e, "cylinder %u, head %u", t.cylinder, t.head);
	*more = true;
	return 0;
}

static int tell_checks(struct reader *r, struct mun_err *e)
{
	int rc;

	rc = mun_image_check_fact(r->img, "track CRCs",
				  r->bad_tracks ? MUN_FACT_BAD : MUN_FACT_GOOD,
				  e, "%zu of %zu do not fit", r->bad_tracks,
				  r->f->ntracks);
	if (!rc)
		rc = mun_image_check_fact(r->img, "sector CRCs",
					  r->bad_sectors ? MUN_FACT_BAD
							 : MUN_FACT_GOOD,
					  e, "%zu of %zu do not fit",
					  r->bad_sectors, r->f->nsectors);
	if (!rc && r->skipped)
		rc = mun_image_fact(r->img, MUN_FACT_LIMIT, "skipped", e,
				    "%zu sectors were not imaged, as DOS had "
				    "not allocated them",
				    r->skipped);
	return rc;
}

static int read_all(struct reader *r, const uint8_t head[static HEAD],
		    struct mun_err *e)
{
	static const uint16_t rates[] = { 250, 300, 500, 0 };
	bool more = true;
	int rc = mun_floppy_new(&r->f, e);

	r->fm = head[5] & IS_FM;
	r->kbps = rates[head[5] & 3];
	if (!rc && head[7] & COMMENT_FOLLOWS)
		rc = read_comment(r, e);
	while (!rc && more)
		rc = read_track(r, &more, e);
	if (!rc)
		rc = tell_checks(r, e);
	return rc;
}

/* What the head says. */
static int read_head(struct mun_image *img, uint8_t head[static HEAD],
		     struct mun_err *e)
{
	int rc = mun_peek(img->src, head, HEAD, 0, e);

	if (rc)
		return rc;
	if (!is_td0(head))
		return mun_fail(e, MUN_ECORRUPT, "its head is not TeleDisk's");
	if (head[0] == 't')
		mun_image_variant(img, "compressed");
	rc = mun_image_fact(img, MUN_FACT_MADE, "creator version", e,
			    "TeleDisk %u.%u", head[4] / 10u, head[4] % 10u);
	if (rc)
		return rc;
	return mun_image_check_fact(img, "head CRC-16",
				    head_fits(head) ? MUN_FACT_GOOD
						    : MUN_FACT_BAD,
				    e, "%04x", mun_le16(head + 10));
}

static int load(struct mun_image *img, const uint8_t head[static HEAD],
		uint8_t **file, struct mun_span *out, struct mun_err *e)
{
	size_t size = (size_t)img->src->size;
	uint8_t *plain = NULL;
	size_t len = 0;
	int rc;

	rc = mun_floppy_load(img, MUN_FLOPPY_FILE, file, e);
	if (rc)
		return rc;
	*out = (struct mun_span){ .data = *file, .len = size, .at = HEAD };
	if (size < HEAD)
		return mun_fail(e, MUN_ECORRUPT, "it ends within its head");
	if (head[0] == 'T')
		return 0;
	rc = mun_lzhuf_decode(*file + HEAD, size - HEAD, PLAIN_MAX, &plain,
			      &len, e);
	if (rc)
		return rc;
	free(*file);
	*file = plain;
	*out = (struct mun_span){ .data = plain, .len = len };
	return 0;
}

static int td0_open(struct mun_image *img, struct mun_err *e)
{
	struct reader r = { .img = img };
	uint8_t head[HEAD];
	uint8_t *file = NULL;
	size_t left;
	int rc;

	rc = read_head(img, head, e);
	mun_image_set_mime(img, "application/octet-stream");
	if (!rc && head[2])
		return mun_floppy_keep(img,
				       "it is a further volume of a set: the "
				       "set is not put together",
				       e);
	if (!rc)
		rc = load(img, head, &file, &r.s, e);
	if (!rc)
		rc = read_all(&r, head, e);
	free(file);
	if (rc) {
		mun_floppy_free(r.f);
		return rc;
	}
	left = r.s.len - r.s.at;
	if (left > 2 && head[0] == 'T')
		mun_image_note(img, "%zu bytes follow the last track", left);
	return mun_floppy_done(img, r.f, e);
}

const struct mun_image_driver mun_image_td0 = {
	.name = "td0",
	.title = "TeleDisk",
	.suffixes = "td0",
	.bid = td0_bid,
	.open = td0_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
