/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_d88.c - D88 (D77, D68): disks of Japanese computers
 *
 *	0 name, 17 bytes	11 nothing	1a 10: write protected
 *	1b medium: 00 2D, 10 2DD, 20 2HD, 30 1D, 40 1DD
 *	1c u32 LE size of this disk; another one may follow it in the file
 *	20 u32 offset of each track, 164 of them, or 160 in old files; 0: none
 *	sector: 0 C H R N	4 u16 sectors of the track	6 40: FM
 *	7 10: deleted	8 status, as the BIOS gives it: 0 good, 10 deleted,
 *	a0 ID CRC, b0 data CRC, e0 no ID, f0 no data	e u16 bytes that follow
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 0x20u
#define TRACKS_MAX 164u
#define TRACKS_MIN 160u
#define TABLE_END (HEAD + 4 * TRACKS_MAX)
#define OLD_TABLE_END (HEAD + 4 * TRACKS_MIN)
#define SECTOR_HEAD 16u

static const struct {
	uint8_t code;
	unsigned int sides;
	uint16_t kbps;
	const char *name;
} media[] = {
	{ 0x00, 2, 250, "2D" },  { 0x10, 2, 250, "2DD" },
	{ 0x20, 2, 500, "2HD" }, { 0x30, 1, 250, "1D" },
	{ 0x40, 1, 250, "1DD" },
};

struct reader {
	struct mun_floppy *f;
	const uint8_t *disk;
	size_t size;
	size_t tracks; /* entries of the table */
	unsigned int sides;
	size_t step; /* entries from track to track */
	uint16_t kbps;
};

/* Where in media[] the medium of this head stands; false for no D88. */
static bool head_fits(const uint8_t head[static HEAD], uint64_t left,
		      size_t *medium)
{
	uint32_t size = mun_le32(head + 0x1c);

	if (head[0x10] || (head[0x1a] != 0 && head[0x1a] != 0x10) ||
	    size < OLD_TABLE_END || size > left)
		return false;
	for (size_t i = 0; i < MUN_COUNT(media); i++) {
		if (media[i].code == head[0x1b]) {
			*medium = i;
			return true;
		}
	}
	return false;
}

/* There is no magic number: the head, the first track's place and the head of
 * its first sector have to fit all the same. */
static int d88_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[TABLE_END + SECTOR_HEAD];
	const uint8_t *sector;
	uint32_t first = 0;
	size_t medium;
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    !head_fits(head, src->size, &medium))
		return MUN_BID_NO;
	for (size_t i = 0; i < TRACKS_MIN && !first; i++)
		first = mun_le32(head + HEAD + 4 * i);
	if (first != OLD_TABLE_END && first != TABLE_END)
		return MUN_BID_NO;
	sector = head + first;
	return sector[3] <= 7 && mun_le16(sector + 4) >= 1 &&
			       mun_le16(sector + 4) <= 256
		       ? MUN_BID_MAGIC
		       : MUN_BID_NO;
}

static uint16_t flags_of(const uint8_t *head, size_t stored)
{
	uint16_t flags = 0;

	if (head[7] & 0x10)
		flags |= MUN_SECTOR_DELETED;
	switch (head[8] & 0xf0) {
	case 0x00:
	case 0x10:
		break;
	case 0xa0:
		flags |= MUN_SECTOR_BAD_ID;
		break;
	case 0xe0:
	case 0xf0:
		/* The bytes that stand there are kept, for what they are. */
		flags |= stored ? MUN_SECTOR_BAD_DATA : 0;
		break;
	default:
		flags |= MUN_SECTOR_BAD_DATA;
	}
	return stored ? flags : flags | MUN_SECTOR_NO_DATA;
}

static int read_sector(struct reader *r, struct mun_span *s, struct mun_err *e)
{
	const uint8_t *p = NULL;
	const uint8_t *data = NULL;
	struct mun_sector sector = { .bytes = 0 };
	size_t stored;
	int rc;

	rc = mun_span_take(s, SECTOR_HEAD, &p, "the head of a sector", e);
	if (rc)
		return rc;
	stored = mun_le16(p + 14);
	sector.c = p[0];
	sector.h = p[1];
	sector.r = p[2];
	sector.n = p[3];
	sector.st1 = p[8];
	sector.flags = flags_of(p, stored);
	sector.bytes = stored ? (uint32_t)stored : mun_sector_size(p[3]);
	rc = mun_span_take(s, stored, &data, "the data of a sector", e);
	if (rc)
		return rc;
	return mun_floppy_add_sector(r->f, &sector, stored ? data : NULL, NULL,
				     e);
}

static int read_track(struct reader *r, size_t i, uint32_t off,
		      struct mun_err *e)
{
	struct mun_floppy_track t = {
		.cylinder = (uint16_t)(i / r->step / r->sides),
		.head = (uint8_t)(i / r->step % r->sides),
		.kbps = r->kbps,
		.encoding = MUN_ENCODING_MFM,
	};
	struct mun_span s = { .data = r->disk, .len = r->size, .at = off };
	unsigned int n;
	int rc;

	if (off > r->size - SECTOR_HEAD)
		return mun_fail(e, MUN_ECORRUPT, "it begins at byte %u of %zu",
				off, r->size);
	n = mun_le16(r->disk + off + 4);
	if (r->disk[off + 6] & 0x40)
		t.encoding = MUN_ENCODING_FM;
	if (n > 256)
		return mun_fail(e, MUN_ECORRUPT, "%u sectors", n);
	rc = mun_floppy_add_track(r->f, &t, e);
	for (; n && !rc; n--)
		rc = read_sector(r, &s, e);
	return rc;
}

/* Of a disk with one side some leave out each second entry. */
static size_t step_of(const struct reader *r)
{
	bool further = false;

	for (size_t i = 1; i < r->tracks && r->sides == 1; i++) {
		uint32_t off = mun_le32(r->disk + HEAD + 4 * i);

		if (off && off != r->size && i & 1)
			return 1;
		further = further || off;
	}
	return further ? 2 : 1;
}

static int read_tracks(struct reader *r, struct mun_err *e)
{
	r->step = step_of(r);
	for (size_t i = 0; i < r->tracks; i++) {
		uint32_t off = mun_le32(r->disk + HEAD + 4 * i);

		/* Some fill the table with the end of the disk. */
		if (!off || off == r->size)
			continue;
		if (off < OLD_TABLE_END)
			return mun_fail(e, MUN_ECORRUPT,
					"track %zu lies in the table", i);
		if (read_track(r, i, off, e))
			return mun_ctx(e, "track %zu", i);
	}
	return 0;
}

/* The table ends where the first track begins. */
static size_t entries_of(const uint8_t *disk)
{
	for (size_t i = 0; i < TRACKS_MIN; i++) {
		uint32_t off = mun_le32(disk + HEAD + 4 * i);

		if (off)
			return off < TABLE_END ? TRACKS_MIN : TRACKS_MAX;
	}
	return TRACKS_MIN;
}

/* Disks in the file, of which this is the first. */
static size_t count_disks(const uint8_t *file, size_t len)
{
	size_t n = 0;
	size_t medium;

	while (len >= HEAD && head_fits(file, len, &medium)) {
		size_t size = mun_le32(file + 0x1c);

		file += size;
		len -= size;
		n++;
	}
	return n;
}

static int tell(struct mun_image *img, struct mun_floppy *f,
		const uint8_t *file, size_t len, struct mun_err *e)
{
	size_t disks = count_disks(file, len);
	size_t size = mun_le32(file + 0x1c);
	size_t name = strnlen((const char *)file, 17);
	int rc = mun_floppy_text(img, f, "name", file, name, e);

	if (!rc && file[0x1a])
		rc = mun_image_fact(img, MUN_FACT_MADE, "write protected", e,
				    "yes");
	if (!rc && disks > 1)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "further disks", e,
				    "the file holds %zu disks, this is the "
				    "first",
				    disks);
	else if (!rc && size < len)
		mun_image_note(img, "%zu bytes follow the disk", len - size);
	return rc;
}

static int read_disk(struct mun_image *img, const uint8_t *file, size_t len,
		     struct mun_floppy *f, struct mun_err *e)
{
	struct reader r = { .f = f, .disk = file };
	size_t medium = 0;
	int rc;

	if (!head_fits(file, len, &medium))
		return mun_fail(e, MUN_ECORRUPT, "its head is not that of D88");
	r.size = mun_le32(file + 0x1c);
	r.tracks = r.size < TABLE_END ? TRACKS_MIN : entries_of(file);
	r.sides = media[medium].sides;
	r.kbps = media[medium].kbps;
	mun_image_variant(img, "%s", media[medium].name);
	rc = read_tracks(&r, e);
	return rc ? rc : tell(img, f, file, len, e);
}

static int d88_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	uint8_t head[HEAD];
	uint8_t *file = NULL;
	size_t medium;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (!rc && !head_fits(head, img->src->size, &medium))
		rc = mun_fail(e, MUN_ECORRUPT, "its head is not that of D88");
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	if (!rc)
		rc = read_disk(img, file, (size_t)img->src->size, f, e);
	free(file);
	mun_image_set_mime(img, "application/octet-stream");
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

const struct mun_image_driver mun_image_d88 = {
	.name = "d88",
	.title = "D88 (PC-88, PC-98, Sharp X1)",
	.suffixes = "d88 d77 d68 88d d98",
	.bid = d88_bid,
	.open = d88_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
