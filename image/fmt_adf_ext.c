/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_adf_ext.c - extended ADF, an Amiga floppy track by track
 *
 * Big endian, from the documentation of UAE:
 *	new	0 "UAE-1ADF"	8 u16 0		10 u16 tracks
 *		12 per track u16 0, u8 further revolutions, u8 type (0 sectors,
 *		1 raw), u32 bytes, u32 bits
 *	old	0 "UAE--ADF"	8 per track, 160: u16 sync (0: sectors), u16
 *		bytes
 * Then the tracks, one after the other.  Raw ones are MFM cells: an image that
 * has any is kept as it is.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/fluxfile.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR 512u
#define TRACKS_MAX 336u
#define OLD_TRACKS 160u
#define USUAL_TRACKS 160u
#define PER_TRACK_MAX 22u

struct extended {
	bool old;
	unsigned int tracks;
	unsigned int raw;
	unsigned int odd; /* of sectors, but not of whole ones */
	struct {
		bool raw;
		uint32_t bytes;
		uint64_t off;
	} track[TRACKS_MAX];
};

static int ext_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[12];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e))
		return MUN_BID_NO;
	if (memcmp(head, "UAE--ADF", 8) == 0)
		return MUN_BID_CHECKED;
	if (memcmp(head, "UAE-1ADF", 8) != 0)
		return MUN_BID_NO;
	return mun_be16(head + 10) <= TRACKS_MAX ? MUN_BID_CHECKED
						 : MUN_BID_MAGIC;
}

static int read_head(struct mun_image *img, struct extended *x,
		     struct mun_err *e)
{
	uint8_t head[12];
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	x->old = memcmp(head, "UAE--ADF", 8) == 0;
	if (!x->old && memcmp(head, "UAE-1ADF", 8) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no extended ADF signature at byte 0");
	x->tracks = x->old ? OLD_TRACKS : mun_be16(head + 10);
	if (!x->tracks || x->tracks > TRACKS_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%u tracks", x->tracks);
	return 0;
}

/* Writers have entries for as many tracks as a drive can step to: an empty one
 * behind the 80th cylinder was never there. */
static void drop_empty_end(struct extended *x)
{
	while (x->tracks > USUAL_TRACKS && !x->track[x->tracks - 1].bytes)
		x->tracks--;
}

static int read_table(struct mun_image *img, struct extended *x,
		      struct mun_err *e)
{
	uint8_t table[TRACKS_MAX * 12];
	size_t entry = x->old ? 4 : 12;
	size_t at = x->old ? 8 : 12;
	uint64_t off = at + entry * x->tracks;
	int rc;

	rc = mun_fluxfile_read(img, table, entry * x->tracks, at, "track table",
			       e);
	for (unsigned int i = 0; !rc && i < x->tracks; i++) {
		const uint8_t *p = table + entry * i;
		unsigned int type = x->old ? mun_be16(p) : p[3];

		if (!x->old && type > 1)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"track %u is of type %u", i, type);
		x->track[i].raw = type != 0;
		x->track[i].bytes = x->old ? mun_be16(p + 2) : mun_be32(p + 4);
		x->track[i].off = off;
		off += x->track[i].bytes;
		x->raw += x->track[i].raw && x->track[i].bytes;
		x->odd += !x->track[i].raw && x->track[i].bytes % SECTOR;
	}
	drop_empty_end(x);
	return rc;
}

/* Sectors from 0 on; of a track that the file does not hold there are none. */
static int add_track(struct mun_image *img, const struct extended *x,
		     unsigned int i, uint32_t usual, struct mun_floppy *f,
		     struct mun_err *e)
{
	const struct mun_floppy_track t = {
		.cylinder = (uint16_t)(i / 2),
		.head = (uint8_t)(i % 2),
		.encoding = MUN_ENCODING_MFM,
		.kbps = usual > 11 ? 500 : 250,
	};
	uint32_t there = x->track[i].bytes / SECTOR;
	uint8_t data[PER_TRACK_MAX * SECTOR];
	int rc;

	if (there > PER_TRACK_MAX)
		return mun_fail(e, MUN_ECORRUPT, "track %u has %u sectors", i,
				there);
	rc = mun_fluxfile_read(img, data, (size_t)there * SECTOR,
			       x->track[i].off, "track", e);
	if (!rc)
		rc = mun_floppy_add_track(f, &t, e);
	for (uint32_t s = 0; !rc && s < MUN_MAX(there, usual); s++) {
		const struct mun_sector sector = {
			.c = (uint8_t)t.cylinder,
			.h = t.head,
			.r = (uint8_t)s,
			.n = 2,
			.bytes = SECTOR,
			.flags = s < there ? 0 : MUN_SECTOR_NO_DATA,
		};

		rc = mun_floppy_add_sector(
			f, &sector,
			s < there ? data + (size_t)s * SECTOR : NULL, NULL, e);
	}
	return rc;
}

static int decode(struct mun_image *img, const struct extended *x,
		  struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	uint32_t usual = 0;
	int rc;

	for (unsigned int i = 0; i < x->tracks; i++)
		usual = MUN_MAX(usual, x->track[i].bytes / SECTOR);
	/* An empty track of a disk with 11 sectors lacks these 11. */
	usual = usual > 11 ? 22 : 11;
	rc = mun_floppy_new(&f, e);
	for (unsigned int i = 0; !rc && i < x->tracks; i++)
		rc = add_track(img, x, i, usual, f, e);
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

static int keep(struct mun_image *img, const struct extended *x,
		struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };

	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	for (unsigned int i = 0; i < x->tracks; i++)
		if (x->track[i].bytes)
			mun_fluxfile_track(&f, img, i / 2, i % 2,
					   x->track[i].off, x->track[i].bytes);
	return mun_fluxfile_done(img, &f, e);
}

static int ext_open(struct mun_image *img, struct mun_err *e)
{
	struct extended x = { 0 };
	int rc;

	rc = read_head(img, &x, e);
	if (!rc)
		rc = read_table(img, &x, e);
	if (rc)
		return rc;
	img->medium = MUN_MEDIUM_FLOPPY;
	mun_image_variant(img, "%s, %u tracks", x.old ? "old form" : "UAE-1ADF",
			  x.tracks);
	if (x.raw)
		mun_image_variant(img, "%u of them raw", x.raw);
	rc = mun_image_fact(img, MUN_FACT_MADE, "raw tracks", e, "%u of %u",
			    x.raw, x.tracks);
	if (rc)
		return rc;
	return x.raw || x.odd ? keep(img, &x, e) : decode(img, &x, e);
}

/* Kept as it is, or the table of sectors. */
static int ext_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	return img->floppy ? mun_floppy_pread(img, view, buf, len, off, e)
			   : mun_source_pread(img->src, buf, len, off, e);
}

static int ext_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	return img->floppy ? mun_floppy_next_extent(img, view, off, out, e)
			   : mun_source_next_extent(img->src, off, out, e);
}

const struct mun_image_driver mun_image_adf_ext = {
	.name = "adf-ext",
	.title = "Extended ADF of UAE",
	.suffixes = "adf",
	.bid = ext_bid,
	.open = ext_open,
	.pread = ext_pread,
	.next_extent = ext_next_extent,
};
