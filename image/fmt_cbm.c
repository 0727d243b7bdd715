/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cbm.c - D64, D71, D81, D80, D82, D67: sectors of Commodore disks
 *
 * No header: sectors of 256 bytes, track by track from 1, as many a track as
 * the drive has there; then perhaps one byte a sector that says how it was
 * read.  From Peter Schepers' descriptions of these formats:
 *	header sector: 0 track, 1 sector that follow, 2 version of DOS, a name
 *	padded with a0
 *	errors: 01 none; 02 header not found, 03 no sync, 04 data not found,
 *	05 data checksum, 06 and 07 verify, 08 protected, 09 header checksum,
 *	0a write, 0b other ID, 0f not ready
 *
 * In the table of sectors tracks count from 0 as cylinders, and the second side
 * of a D71 or D82 goes on where the first ends, as it does for Commodore's DOS:
 * so the order of the table is that of the file.
 */
#include "image/fmt_cbm.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYOUTS 3u

static const struct mun_cbm_zone zones_1571[] = {
	{ 17, 21 }, { 24, 19 }, { 30, 18 }, { 35, 17 }, { 0, 0 }
};
static const struct mun_cbm_zone zones_2040[] = {
	{ 17, 21 }, { 24, 20 }, { 30, 18 }, { 35, 17 }, { 0, 0 }
};
static const struct mun_cbm_zone zones_8050[] = {
	{ 39, 29 }, { 53, 27 }, { 64, 25 }, { 77, 23 }, { 0, 0 }
};
static const struct mun_cbm_zone zones_1581[] = { { 83, 40 }, { 0, 0 } };

static const struct mun_cbm_layout layout_1571 = {
	"1571, 70 tracks", zones_1571, 70, 35, false, 18, 'A', 0x90, 18
};
static const struct mun_cbm_layout layout_1581 = {
	"1581, 80 tracks", zones_1581, 80, 83, true, 40, 'D', 0x04, 40
};
static const struct mun_cbm_layout layout_8050 = {
	"8050, 77 tracks", zones_8050, 77, 77, false, 39, 'C', 0x06, 38
};
static const struct mun_cbm_layout layout_8250 = {
	"8250, 154 tracks", zones_8050, 154, 77, false, 39, 'C', 0x06, 38
};
static const struct mun_cbm_layout layout_2040 = {
	"2040, 35 tracks", zones_2040, 35, 35, false, 18, 1, 0x90, 18
};

/* What a driver takes; the first that has the size of the file is meant. */
struct cbm {
	const char *suffix;
	const struct mun_cbm_layout *layouts[LAYOUTS];
	bool shared_size; /* other disks have it too */
};

static const struct cbm d64 = {
	"d64", { &mun_cbm_1541[0], &mun_cbm_1541[1], &mun_cbm_1541[2] }, false
};
static const struct cbm d71 = { "d71", { &layout_1571 }, false };
static const struct cbm d81 = { "d81", { &layout_1581 }, true };
static const struct cbm d80 = { "d80", { &layout_8050 }, false };
static const struct cbm d82 = { "d82", { &layout_8250 }, false };
static const struct cbm d67 = { "d67", { &layout_2040 }, false };

static uint64_t sectors_of(const struct mun_cbm_layout *l)
{
	return mun_cbm_before(l, l->tracks + 1u);
}

/* @errors: a byte a sector follows. */
static const struct mun_cbm_layout *fit(const struct cbm *c, uint64_t size,
					bool *errors)
{
	for (size_t i = 0; i < LAYOUTS && c->layouts[i]; i++) {
		uint64_t n = sectors_of(c->layouts[i]);

		*errors = size == n * (MUN_CBM_SECTOR + 1);
		if (*errors || size == n * MUN_CBM_SECTOR)
			return c->layouts[i];
	}
	return NULL;
}

static uint64_t header_at(const struct mun_cbm_layout *l)
{
	return (uint64_t)mun_cbm_before(l, l->header_track) * MUN_CBM_SECTOR;
}

static bool header_agrees(const struct mun_cbm_layout *l, const uint8_t *header)
{
	return header[0] == l->next_track && header[2] == l->version &&
	       header[1] < mun_cbm_sectors(l, l->next_track);
}

static int bid(const struct cbm *c, struct mun_source *src,
	       const char *file_name)
{
	uint8_t header[MUN_CBM_SECTOR];
	const struct mun_cbm_layout *l;
	bool errors = false;
	struct mun_err e;

	l = fit(c, src->size, &errors);
	if (!l || mun_peek(src, header, sizeof(header), header_at(l), &e))
		return MUN_BID_NO;
	if (header_agrees(l, header))
		return MUN_BID_CHECKED;
	if (mun_has_suffix(file_name, c->suffix))
		return MUN_BID_SUFFIX;
	return c->shared_size && !errors ? MUN_BID_NO : MUN_BID_SIZE;
}

/* Names are PETSCII: what has no letter of ours is shown as \xNN. */
static void tell_name(struct mun_image *img, const uint8_t *name)
{
	size_t len = 16;
	size_t used = 0;

	while (len && (name[len - 1] == 0xa0 || name[len - 1] == 0))
		len--;
	for (size_t i = 0; i < len; i++) {
		char *to = img->volume_label + used;
		size_t room = sizeof(img->volume_label) - used;
		int n;

		if (name[i] >= ' ' && name[i] <= 'Z' + 1)
			n = snprintf(to, room, "%c", name[i]);
		else if (name[i] == ']')
			n = snprintf(to, room, "]");
		else
			n = snprintf(to, room, "\\x%02x", name[i]);
		used += (size_t)n;
	}
}

/* A name that is not one: any disk may have such a sector 18,0. */
static int tell_header(struct mun_image *img, const struct mun_cbm_layout *l,
		       bool errors, struct mun_err *e)
{
	uint8_t header[MUN_CBM_SECTOR];
	int rc;

	rc = mun_source_pread(img->src, header, sizeof(header), header_at(l),
			      e);
	if (rc)
		return rc;
	mun_image_variant(img, "%s", l->name);
	if (errors)
		mun_image_variant(img, "with error bytes");
	if (header_agrees(l, header))
		tell_name(img, header + l->name_at);
	else
		mun_image_note(img,
			       "track %u, sector 0 is no header of "
			       "Commodore's DOS",
			       l->header_track);
	return 0;
}

static bool not_found(uint8_t code)
{
	return (code >= MUN_CBM_NO_HEADER && code <= MUN_CBM_NO_DATA) ||
	       code == MUN_CBM_NOT_READY;
}

/* What was not found has no data; where there are some all the same, and not
 * just a filler, they are kept and doubted. */
static uint16_t flags_of(uint8_t code, const uint8_t *data, size_t len)
{
	if (code <= MUN_CBM_OK)
		return 0;
	if (not_found(code))
		return memcmp(data, data + 1, len - 1) ? MUN_SECTOR_BAD_DATA
						       : MUN_SECTOR_NO_DATA;
	return code == MUN_CBM_HEADER_SUM || code == MUN_CBM_OTHER_ID
		       ? MUN_SECTOR_BAD_ID
		       : MUN_SECTOR_BAD_DATA;
}

/* An image may itself have been read with errors (a 1581's disk in a PC). */
static int flags_of_source(struct mun_source *src, uint64_t off, size_t len,
			   uint16_t *out, struct mun_err *e)
{
	uint64_t end = off + len;

	*out = 0;
	while (off < end) {
		struct mun_extent x;
		int rc = mun_source_next_extent(src, off, &x, e);

		if (rc)
			return rc;
		if (x.kind == MUN_EXTENT_UNREADABLE)
			*out |= MUN_SECTOR_NO_DATA;
		if (x.kind == MUN_EXTENT_DOUBTFUL)
			*out |= MUN_SECTOR_BAD_DATA;
		off += x.bytes;
	}
	return 0;
}

/* The whole disk in memory: less than 2 MB. */
struct disk {
	struct mun_image *img;
	const struct mun_cbm_layout *l;
	const uint8_t *data;
	const uint8_t *codes; /* NULL: none */
	struct mun_floppy *f;
	uint64_t fillers; /* unreadable sectors with another filler than 0 */
};

/* @at: number of the sector of 256 bytes that it begins with. */
static int add_sector(struct disk *d, uint64_t at, unsigned int track,
		      unsigned int head, unsigned int r, struct mun_err *e)
{
	size_t len = d->l->mfm ? 2 * MUN_CBM_SECTOR : MUN_CBM_SECTOR;
	const uint8_t *data = d->data + at * MUN_CBM_SECTOR;
	struct mun_sector s = {
		.c = (uint8_t)(track - 1),
		.h = (uint8_t)head,
		.r = (uint8_t)r,
		.n = d->l->mfm ? 2 : 1,
		.bytes = (uint32_t)len,
	};
	uint16_t flags;
	int rc;

	rc = flags_of_source(d->img->src, at * MUN_CBM_SECTOR, len, &flags, e);
	if (rc)
		return rc;
	for (size_t i = 0; d->codes && i < len / MUN_CBM_SECTOR; i++) {
		uint8_t code = d->codes[at + i];

		s.st1 = MUN_MAX(s.st1, code);
		flags |= flags_of(code, data + i * MUN_CBM_SECTOR,
				  MUN_CBM_SECTOR);
	}
	/* Of a sector of two halves one may be there. */
	if (flags & MUN_SECTOR_NO_DATA && memcmp(data, data + 1, len - 1))
		flags = (uint16_t)((flags & ~MUN_SECTOR_NO_DATA) |
				   MUN_SECTOR_BAD_DATA);
	if (flags & MUN_SECTOR_NO_DATA && *data)
		d->fillers++;
	s.flags = flags;
	return mun_floppy_add_sector(
		d->f, &s, flags & MUN_SECTOR_NO_DATA ? NULL : data, NULL, e);
}

static int add_track(struct disk *d, uint64_t at, unsigned int track,
		     struct mun_err *e)
{
	unsigned int heads = d->l->mfm ? 2 : 1;
	unsigned int per = mun_cbm_sectors(d->l, track) / (heads * heads);
	int rc = 0;

	for (unsigned int h = 0; !rc && h < heads; h++) {
		const struct mun_floppy_track t = {
			.cylinder = (uint16_t)(track - 1),
			.head = (uint8_t)h,
			.encoding =
				d->l->mfm ? MUN_ENCODING_MFM : MUN_ENCODING_GCR,
			.kbps = d->l->mfm ? 250 : 0,
		};

		rc = mun_floppy_add_track(d->f, &t, e);
		for (unsigned int s = 0; !rc && s < per; s++)
			/* MFM sectors count from 1 and are two of ours. */
			rc = add_sector(d, at + (h * per + s) * (uint64_t)heads,
					track, h, s + heads - 1, e);
	}
	return rc;
}

static int tell_fillers(struct disk *d, struct mun_err *e)
{
	if (!d->fillers)
		return 0;
	return mun_image_fact(d->img, MUN_FACT_LIMIT, "filler", e,
			      "%llu sectors that were not found are filled "
			      "with another byte than 0, which is not shown",
			      (unsigned long long)d->fillers);
}

static int decode(struct mun_image *img, const struct mun_cbm_layout *l,
		  bool errors, struct mun_err *e)
{
	uint64_t n = sectors_of(l);
	size_t size = (size_t)img->src->size;
	mun_autofree uint8_t *data = malloc(size);
	mun_auto(floppy) *f = NULL;
	struct disk d = {
		.img = img,
		.l = l,
		.data = data,
		.codes = errors ? data + n * MUN_CBM_SECTOR : NULL,
	};
	uint64_t at = 0;
	int rc;

	if (!data)
		return mun_fail_nomem(e, "disk");
	rc = mun_source_pread(img->src, data, size, 0, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	d.f = f;
	for (unsigned int t = 1; !rc && t <= l->tracks; t++) {
		rc = add_track(&d, at, t, e);
		at += mun_cbm_sectors(l, t);
	}
	if (!rc)
		rc = tell_fillers(&d, e);
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

static int open_cbm(const struct cbm *c, struct mun_image *img,
		    struct mun_err *e)
{
	const struct mun_cbm_layout *l;
	bool errors = false;
	int rc;

	l = fit(c, img->src->size, &errors);
	if (!l)
		return mun_fail(e, MUN_ECORRUPT,
				"%llu bytes is no size of a %s",
				(unsigned long long)img->src->size, c->suffix);
	img->medium = MUN_MEDIUM_FLOPPY;
	rc = tell_header(img, l, errors, e);
	return rc ? rc : decode(img, l, errors, e);
}

/* The table of drivers has a function for each; they differ in one word. */
#define CBM_DRIVER(kind, text, suffix_list) \
	static int kind##_bid(struct mun_source *src, const char *file_name) \
	{ \
		return bid(&(kind), src, file_name); \
	} \
	static int kind##_open(struct mun_image *img, struct mun_err *e) \
	{ \
		return open_cbm(&(kind), img, e); \
	} \
	const struct mun_image_driver mun_image_##kind = { \
		.name = #kind, \
		.title = (text), \
		.suffixes = (suffix_list), \
		.bid = kind##_bid, \
		.open = kind##_open, \
		.pread = mun_floppy_pread, \
		.next_extent = mun_floppy_next_extent, \
	}

CBM_DRIVER(d64, "D64, sectors of a Commodore 1541 disk", "d64");
CBM_DRIVER(d71, "D71, sectors of a Commodore 1571 disk", "d71");
CBM_DRIVER(d81, "D81, sectors of a Commodore 1581 disk", "d81");
CBM_DRIVER(d80, "D80, sectors of a Commodore 8050 disk", "d80");
CBM_DRIVER(d82, "D82, sectors of a Commodore 8250 disk", "d82");
CBM_DRIVER(d67, "D67, sectors of a Commodore 2040 disk", "d67");
