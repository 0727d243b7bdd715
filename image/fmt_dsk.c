/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_dsk.c - CPCEMU's disk files, standard and extended, read */
#include "image/fmt_dsk.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_RANDOM 0x80u /* an old flag of CPCEMU */
#define OFFSETS "Offset-Info"
#define BLANK_FROM 40u /* SugarBox leaves out what is blank at the end */
#define COPIES_OF_16K 49152u /* three of them, whatever the ID says */

struct reader {
	struct mun_image *img;
	struct mun_floppy *f;
	struct mun_span s;
	bool extended;
	unsigned int cylinders;
	unsigned int heads;
	size_t gaps; /* sectors with gap behind them */
	size_t cut; /* sectors with less than their size */
	size_t blank; /* tracks that the file ends before */
	size_t elsewhere; /* tracks whose head names another place */
};

static bool is_dsk(const uint8_t *head, bool extended)
{
	/* Writers differ in what follows the first words. */
	return memcmp(head, extended ? MUN_EDSK_MAGIC : MUN_DSK_MAGIC, 8) == 0;
}

static int bid(struct mun_source *src, bool extended)
{
	uint8_t head[MUN_DSK_HEAD + 16];
	unsigned int tracks;
	struct mun_err e;

	if (mun_peek(src, head, sizeof(head), 0, &e) || !is_dsk(head, extended))
		return MUN_BID_NO;
	tracks = head[48] * (head[49] & ~HEADS_RANDOM);
	if (tracks && tracks <= MUN_DSK_TRACKS &&
	    memcmp(head + MUN_DSK_HEAD, MUN_DSK_TRACK, 10) == 0)
		return MUN_BID_CHECKED;
	return MUN_BID_MAGIC;
}

static int dsk_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return bid(src, false);
}

static int edsk_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return bid(src, true);
}

/* What the controller said of a sector of which @stored bytes are there. */
static uint16_t flags_of(unsigned int st1, unsigned int st2, size_t stored)
{
	uint16_t flags = 0;

	if (st2 & MUN_ST2_DELETED)
		flags |= MUN_SECTOR_DELETED;
	if (!stored)
		return flags | MUN_SECTOR_NO_DATA;
	/* No data field, and bytes all the same: whose they are, who knows. */
	if (st2 & (MUN_ST2_CRC | MUN_ST2_NO_DATA_MARK) ||
	    st1 & MUN_ST1_NO_ADDRESS_MARK)
		flags |= MUN_SECTOR_BAD_DATA;
	if (st1 & MUN_ST1_NO_DATA ||
	    (st1 & MUN_ST1_CRC && !(st2 & MUN_ST2_CRC)))
		flags |= MUN_SECTOR_BAD_ID;
	return flags;
}

/* How many readings of a weak sector there are in @stored bytes. */
static size_t copies_in(const struct mun_sector *s, size_t stored)
{
	if (!(s->st2 & MUN_ST2_CRC) || stored <= s->bytes)
		return 1;
	if (stored == COPIES_OF_16K)
		return 3;
	return stored % s->bytes == 0 ? stored / s->bytes : 1;
}

static int add_data(struct reader *r, struct mun_sector *s, size_t stored,
		    struct mun_err *e)
{
	const uint8_t *p = NULL;
	size_t copies = copies_in(s, stored);
	size_t each = stored / copies;
	int rc;

	rc = mun_span_take(&r->s, stored, &p, "the data of a sector", e);
	if (rc)
		return rc;
	if (copies > 1) {
		s->flags |= MUN_SECTOR_WEAK;
		s->bytes = (uint32_t)each;
	}
	r->gaps += each > s->bytes;
	r->cut += each < s->bytes;
	s->bytes = (uint32_t)MUN_MIN(each, (size_t)s->bytes);
	for (size_t i = 0; i < copies && !rc; i++)
		rc = mun_floppy_add_sector(r->f, s, p + i * each, NULL, e);
	return rc;
}

/* @id: as in the list; @stored: bytes there are of it. */
static int read_sector(struct reader *r, const uint8_t *id, size_t stored,
		       struct mun_err *e)
{
	struct mun_sector s = {
		.c = id[0],
		.h = id[1],
		.r = id[2],
		.n = id[3],
		.st1 = id[4],
		.st2 = id[5],
		.bytes = mun_sector_size(id[3]),
	};

	s.flags = flags_of(s.st1, s.st2, stored);
	if (!stored)
		return mun_floppy_add_sector(r->f, &s, NULL, NULL, e);
	return add_data(r, &s, stored, e);
}

/* The head of a track, up to its data; @list: that of the sectors. */
static int read_head(struct reader *r, unsigned int cylinder, unsigned int head,
		     const uint8_t **out, const uint8_t **list_out,
		     struct mun_err *e)
{
	static const uint16_t rates[] = { 0, 250, 500, 1000 };
	struct mun_floppy_track t = { .cylinder = (uint16_t)cylinder,
				      .head = (uint8_t)head };
	const uint8_t *p = NULL;
	size_t at = r->s.at;
	size_t list;
	size_t rest;
	int rc;

	rc = mun_span_take(&r->s, MUN_DSK_SECTORS, &p, "the head of a track",
			   e);
	if (rc)
		return rc;
	if (memcmp(p, MUN_DSK_TRACK, 10) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no head of a track at byte %zu", at);
	list = (size_t)p[21] * MUN_DSK_SECTOR;
	rc = mun_span_take(&r->s, list, list_out, "a list of sectors", e);
	if (rc)
		return rc;
	/* CPCDiskXP ends a file that ends with a blank track right here. */
	rest = (at - r->s.at) & (MUN_DSK_HEAD - 1);
	r->s.at += MUN_MIN(rest, r->s.len - r->s.at);
	r->elsewhere += p[16] != cylinder || p[17] != head;
	t.kbps = p[18] < MUN_COUNT(rates) ? rates[p[18]] : 0;
	t.encoding = p[19] == 1   ? MUN_ENCODING_FM
		     : p[19] == 2 ? MUN_ENCODING_MFM
				  : MUN_ENCODING_UNKNOWN;
	t.gap3 = p[22];
	t.filler = p[23];
	*out = p;
	return mun_floppy_add_track(r->f, &t, e);
}

/* Bytes of each sector of a standard file, where all have the same room. */
static int room_of_each(const uint8_t *head, size_t room, size_t *out,
			struct mun_err *e)
{
	size_t bytes = mun_sector_size(head[20]);
	size_t n = head[21];

	*out = bytes;
	if (n * bytes <= room)
		return 0;
	/* One of 8 KiB has room for the 6 KiB that fit on a track. */
	if (n != 1 || !room)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu sectors of %zu bytes in a track of %zu", n,
				bytes, room);
	*out = room;
	return 0;
}

/* @size: of the track in the file, its head too. */
static int read_track(struct reader *r, unsigned int cylinder,
		      unsigned int head, size_t size, struct mun_err *e)
{
	const uint8_t *list = NULL;
	const uint8_t *p = NULL;
	size_t begin = r->s.at;
	size_t each = 0;
	size_t used;
	int rc;

	rc = read_head(r, cylinder, head, &p, &list, e);
	if (!rc && !r->extended && p[21])
		rc = room_of_each(
			p,
			size > r->s.at - begin ? size - (r->s.at - begin) : 0,
			&each, e);
	for (unsigned int i = 0; !rc && i < p[21]; i++) {
		const uint8_t *id = list + i * (size_t)MUN_DSK_SECTOR;

		rc = read_sector(r, id, r->extended ? mun_le16(id + 6) : each,
				 e);
	}
	if (rc)
		return rc;
	used = (r->s.at - begin + MUN_DSK_HEAD - 1) & ~(size_t)0xff;
	/* WinAPE lets a size that has no room in its byte wrap around. */
	if (used > size && (used & 0xff00) != size)
		return mun_fail(e, MUN_ECORRUPT,
				"its sectors take %zu bytes and the track %zu",
				used, size);
	r->s.at = begin + MUN_MIN(MUN_MAX(used, size), r->s.len - begin);
	return 0;
}

static int read_tracks(struct reader *r, struct mun_err *e)
{
	const uint8_t *sizes = r->s.data + MUN_DSK_SIZES;
	size_t fixed = mun_le16(r->s.data + 50);

	for (unsigned int i = 0; i < r->cylinders * r->heads; i++) {
		unsigned int cylinder = i / r->heads;
		unsigned int head = i % r->heads;
		size_t size = r->extended ? sizes[i] * (size_t)256 : fixed;

		if (!size)
			continue;
		if (r->s.at == r->s.len && cylinder >= BLANK_FROM) {
			r->blank++;
			continue;
		}
		if (read_track(r, cylinder, head, size, e))
			return mun_ctx(e, "cylinder %u, head %u", cylinder,
				       head);
	}
	return 0;
}

static int read_info(struct reader *r, struct mun_err *e)
{
	const uint8_t *p = NULL;
	int rc = mun_span_take(&r->s, MUN_DSK_HEAD, &p, "its head", e);

	if (rc)
		return rc;
	r->cylinders = p[48];
	r->heads = p[49] & ~HEADS_RANDOM;
	if (!r->cylinders || !r->heads)
		return mun_fail(e, MUN_ECORRUPT, "it has no tracks");
	if (r->heads > 2 ||
	    (r->extended && r->cylinders * r->heads > MUN_DSK_TRACKS))
		return mun_fail(e, MUN_ECORRUPT, "%u cylinders and %u heads",
				r->cylinders, r->heads);
	if (p[49] & HEADS_RANDOM)
		mun_image_note(r->img, "the flag for random errors is set");
	return mun_image_fact_bytes(r->img, MUN_FACT_MADE, "creator", p + 34,
				    14, e);
}

/* What the sectors do not show of the file. */
static int tell_rest(struct reader *r, struct mun_err *e)
{
	size_t left = r->s.len - r->s.at;
	int rc = 0;

	if (r->gaps)
		rc = mun_image_fact(r->img, MUN_FACT_LIMIT, "gaps", e,
				    "behind %zu sectors bytes of the gap are "
				    "stored: not decoded",
				    r->gaps);
	if (!rc && r->cut)
		rc = mun_image_fact(r->img, MUN_FACT_LIMIT, "cut sectors", e,
				    "of %zu sectors less is stored than their "
				    "IDs say",
				    r->cut);
	if (!rc && left >= strlen(OFFSETS) &&
	    memcmp(r->s.data + r->s.at, OFFSETS, strlen(OFFSETS)) == 0)
		return mun_image_fact(r->img, MUN_FACT_LIMIT, "positions", e,
				      "where on its track each sector begins "
				      "is stored: not decoded");
	if (left)
		mun_image_note(r->img, "%zu bytes follow the last track", left);
	if (r->blank)
		mun_image_note(r->img,
			       "%zu tracks at the end are not in the file",
			       r->blank);
	if (r->elsewhere)
		mun_image_note(r->img,
			       "the heads of %zu tracks name another place",
			       r->elsewhere);
	return rc;
}

static int open_dsk(struct mun_image *img, bool extended, struct mun_err *e)
{
	struct reader r = { .img = img, .extended = extended };
	uint8_t magic[8];
	uint8_t *file = NULL;
	int rc;

	rc = mun_peek(img->src, magic, sizeof(magic), 0, e);
	if (!rc && !is_dsk(magic, extended))
		rc = mun_fail(e, MUN_ECORRUPT, "it does not begin with %.8s",
			      extended ? MUN_EDSK_MAGIC : MUN_DSK_MAGIC);
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (rc)
		return rc;
	r.s.data = file;
	r.s.len = (size_t)img->src->size;
	rc = mun_floppy_new(&r.f, e);
	if (!rc)
		rc = read_info(&r, e);
	if (!rc)
		rc = read_tracks(&r, e);
	if (!rc)
		rc = tell_rest(&r, e);
	free(file);
	mun_image_set_mime(img, "application/octet-stream");
	if (!rc)
		return mun_floppy_done(img, r.f, e);
	mun_floppy_free(r.f);
	return rc;
}

static int dsk_open(struct mun_image *img, struct mun_err *e)
{
	return open_dsk(img, false, e);
}

static int edsk_open(struct mun_image *img, struct mun_err *e)
{
	return open_dsk(img, true, e);
}

const struct mun_image_driver mun_image_dsk = {
	.name = "dsk",
	.title = "CPCEMU disk file",
	.suffixes = "dsk",
	.bid = dsk_bid,
	.open = dsk_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};

const struct mun_image_driver mun_image_edsk = {
	.name = "edsk",
	.title = "CPCEMU disk file, extended",
	.suffixes = "dsk edsk",
	.bid = edsk_bid,
	.open = edsk_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
