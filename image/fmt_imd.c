/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_imd.c - ImageDisk: tracks as a PC's controller read them
 *
 *	"IMD 1.18: 23/10/2007 12:34:56" CR LF, a comment, 1A hex
 *	then for each track
 *	0 mode	1 cylinder	2 head, 80: cylinder map, 40: head map
 *	3 number of sectors	4 size code, FF: a table of sizes
 *	sector numbers, then the maps that there are, then u16 LE sizes
 *	then for each sector
 *	0 type: 0 no data; 1 data, 2 one byte that fills it; + 2 deleted,
 *	  + 4 read with an error
 *
 * Dave Dunfield, IMD.TXT 1.18, chapter 6.  It only suggests the table of sizes;
 * that it follows the maps is what libdsk and SAMdisk write.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END_OF_TEXT 0x1a
#define HEAD_CYLINDERS 0x80
#define HEAD_HEADS 0x40
#define SIZES_FOLLOW 0xff
#define TYPES 9
#define TEXT_MAX 65536u

static const struct {
	uint16_t kbps;
	enum mun_encoding encoding;
} modes[] = {
	{ 500, MUN_ENCODING_FM },  { 300, MUN_ENCODING_FM },
	{ 250, MUN_ENCODING_FM },  { 500, MUN_ENCODING_MFM },
	{ 300, MUN_ENCODING_MFM }, { 250, MUN_ENCODING_MFM },
};

static int imd_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[512];
	const uint8_t *end;
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    memcmp(head, "IMD ", 4) != 0)
		return MUN_BID_NO;
	end = memchr(head, END_OF_TEXT, sizeof(head) - 6);
	if (end && end[1] < MUN_COUNT(modes) &&
	    (end[5] < 7 || end[5] == SIZES_FOLLOW))
		return MUN_BID_CHECKED;
	return MUN_BID_MAGIC;
}

struct track {
	struct mun_floppy_track t;
	uint32_t sectors;
	const uint8_t *r;
	const uint8_t *c; /* NULL: the cylinder's */
	const uint8_t *h; /* NULL: the head's */
	const uint8_t *sizes; /* u16 LE each; NULL: all as @n */
	uint8_t n;
};

static int read_maps(struct mun_span *s, struct track *t, unsigned int flags,
		     struct mun_err *e)
{
	int rc = mun_span_take(s, t->sectors, &t->r, "sector numbers", e);

	if (!rc && flags & HEAD_CYLINDERS)
		rc = mun_span_take(s, t->sectors, &t->c, "a cylinder map", e);
	if (!rc && flags & HEAD_HEADS)
		rc = mun_span_take(s, t->sectors, &t->h, "a head map", e);
	if (!rc && t->n == SIZES_FOLLOW)
		rc = mun_span_take(s, (size_t)2 * t->sectors, &t->sizes,
				   "a table of sector sizes", e);
	return rc;
}

static int read_track(struct mun_span *s, struct track *t, struct mun_err *e)
{
	size_t at = s->at;
	const uint8_t *p = NULL;
	int rc = mun_span_take(s, 5, &p, "the head of a track", e);

	if (rc)
		return rc;
	if (p[0] >= MUN_COUNT(modes) || (p[2] & 0x3f) > 1 ||
	    (p[4] > 6 && p[4] != SIZES_FOLLOW))
		return mun_fail(e, MUN_ECORRUPT,
				"no head of a track at byte %zu: mode %u, "
				"head %#x, size code %u",
				at, p[0], p[2], p[4]);
	memset(t, 0, sizeof(*t));
	t->t.cylinder = p[1];
	t->t.head = p[2] & 1;
	t->t.encoding = (uint8_t)modes[p[0]].encoding;
	t->t.kbps = modes[p[0]].kbps;
	t->sectors = p[3];
	t->n = p[4];
	return read_maps(s, t, p[2], e);
}

/* The ID field of sector @i and its size. */
static int describe(const struct track *t, uint32_t i, struct mun_sector *out,
		    struct mun_err *e)
{
	memset(out, 0, sizeof(*out));
	out->c = t->c ? t->c[i] : (uint8_t)t->t.cylinder;
	out->h = t->h ? t->h[i] : t->t.head;
	out->r = t->r[i];
	if (!t->sizes) {
		out->n = t->n;
		out->bytes = mun_sector_size(t->n);
		return 0;
	}
	out->bytes = mun_le16(t->sizes + 2 * (size_t)i);
	if (!mun_sector_code(out->bytes, &out->n))
		return mun_fail(e, MUN_ECORRUPT,
				"cylinder %u, head %u: a sector of %u bytes",
				t->t.cylinder, t->t.head, out->bytes);
	return 0;
}

/* @fill: one byte stands for all of them. */
static int add_data(struct mun_span *s, struct mun_floppy *f,
		    const struct mun_sector *sector, bool fill,
		    struct mun_err *e)
{
	uint8_t filled[128u << 7];
	const uint8_t *p = NULL;
	int rc;

	rc = mun_span_take(s, fill ? 1 : sector->bytes, &p,
			   "the data of a sector", e);
	if (rc)
		return rc;
	if (fill)
		memset(filled, *p, sector->bytes);
	return mun_floppy_add_sector(f, sector, fill ? filled : p, NULL, e);
}

static int read_sector(struct mun_span *s, struct mun_floppy *f,
		       const struct track *t, uint32_t i, struct mun_err *e)
{
	const uint8_t *p = NULL;
	struct mun_sector sector;
	size_t at = s->at;
	unsigned int bits;
	int rc;

	rc = describe(t, i, &sector, e);
	if (!rc)
		rc = mun_span_take(s, 1, &p, "a sector", e);
	if (rc)
		return rc;
	if (*p >= TYPES)
		return mun_fail(e, MUN_ECORRUPT,
				"a sector of unknown type %u at byte %zu", *p,
				at);
	if (*p == 0) {
		sector.flags = MUN_SECTOR_NO_DATA;
		return mun_floppy_add_sector(f, &sector, NULL, NULL, e);
	}
	bits = *p - 1u;
	if (bits & 2)
		sector.flags |= MUN_SECTOR_DELETED;
	if (bits & 4)
		sector.flags |= MUN_SECTOR_BAD_DATA;
	return add_data(s, f, &sector, bits & 1, e);
}

static int read_tracks(struct mun_span *s, struct mun_floppy *f,
		       struct mun_err *e)
{
	struct track t;
	int rc = 0;

	while (!rc && s->at < s->len) {
		rc = read_track(s, &t, e);
		if (!rc)
			rc = mun_floppy_add_track(f, &t.t, e);
		for (uint32_t i = 0; !rc && i < t.sectors; i++)
			rc = read_sector(s, f, &t, i, e);
		if (rc)
			return mun_ctx(e, "track %zu", f->ntracks);
	}
	return rc;
}

/* "IMD 1.18: 23/10/2007 12:34:56": who made it, and when (no zone is told);
 * converters write other things. */
static int tell_head(struct mun_image *img, const char *line, size_t len,
		     struct mun_err *e)
{
	unsigned int day, month, year, hour, minute, second;
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : len;
	char date[32] = { 0 };
	int rc;

	if (colon && !memchr(line + 4, ' ', name - 4))
		(void)snprintf(date, sizeof(date), "%.*s",
			       (int)(len - name - 1), colon + 1);
	/* The widths keep the numbers in range. NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(date, "%2u/%2u/%4u %2u:%2u:%2u", &day, &month, &year, &hour,
		   &minute, &second) != 6 ||
	    day < 1 || day > 31 || month < 1 || month > 12 || hour > 23 ||
	    minute > 59 || second > 60)
		return mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", line,
					    len, e);
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", line, name, e);
	return rc ? rc
		  : mun_image_fact(img, MUN_FACT_MADE, "created", e,
				   "%04u-%02u-%02uT%02u:%02u:%02u", year, month,
				   day, hour, minute, second);
}

/* The first line, then the comment. */
static int read_text(struct mun_image *img, struct mun_floppy *f,
		     struct mun_span *s, struct mun_err *e)
{
	const uint8_t *text = s->data;
	const uint8_t *end =
		memchr(text, END_OF_TEXT, MUN_MIN(s->len, TEXT_MAX));
	const uint8_t *eol;
	size_t line;
	int rc;

	if (!end)
		return mun_fail(e, MUN_ECORRUPT,
				"no end of the comment in %u bytes", TEXT_MAX);
	s->at = (size_t)(end - text) + 1;
	eol = memchr(text, '\n', (size_t)(end - text));
	line = (size_t)((eol ? eol : end) - text);
	if (eol)
		eol++;
	else
		eol = end;
	while (line && text[line - 1] == '\r')
		line--;
	rc = tell_head(img, (const char *)text, line, e);
	return rc ? rc
		  : mun_floppy_text(img, f, "comment", eol, (size_t)(end - eol),
				    e);
}

static int imd_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	struct mun_span s = { .data = NULL };
	uint8_t *file = NULL;
	bool magic;
	int rc;

	rc = mun_peek_match(img->src, 0, "IMD ", 4, &magic, e);
	if (!rc && !magic)
		rc = mun_fail(e, MUN_ECORRUPT, "it does not begin with IMD");
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	s.data = file;
	s.len = (size_t)img->src->size;
	if (!rc)
		rc = read_text(img, f, &s, e);
	if (!rc)
		rc = read_tracks(&s, f, e);
	free(file);
	mun_image_set_mime(img, "application/octet-stream");
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

const struct mun_image_driver mun_image_imd = {
	.name = "imd",
	.title = "ImageDisk",
	.suffixes = "imd",
	.bid = imd_bid,
	.open = imd_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
