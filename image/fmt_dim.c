/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dim.c - two formats called DIM: of the Atari ST and of the X68000
 *
 * FastCopy Pro on the Atari ST:
 *	0 "BB"	3 0: all sectors, else those that were in use	6 sides - 1
 *	8 sectors	a first cylinder	c last cylinder	d 1: HD	20 data
 * DIFC.X on the X68000:
 *	0 medium	1 for each of 170 tracks: is it there	ab "DIFC HEADER"
 *	c2 comment, 61 bytes	100 data
 * Tracks that are not there take no room in what XM6 and px68k read, and all
 * their room in what HxC reads: the size of the file tells which.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define ATARI_HEAD 32u
#define X68K_HEAD 256u
#define X68K_FLAGS 170u
#define X68K_MAGIC 0xabu
#define SECTOR 512u

struct atari {
	uint32_t sides;
	uint32_t sectors;
	uint32_t first;
	uint32_t cylinders;
	bool hd;
	bool partial; /* sectors in use alone */
};

static bool parse_atari(const uint8_t head[static ATARI_HEAD], uint64_t size,
			struct atari *out)
{
	out->partial = head[3] != 0;
	out->sides = head[6] + 1u;
	out->sectors = head[8];
	out->first = head[0xa];
	out->cylinders = head[0xc] + 1u;
	out->hd = head[0xd];
	if (memcmp(head, "BB", 2) != 0 || out->sides > 2 || !out->sectors ||
	    out->sectors > 48 || out->first >= out->cylinders ||
	    out->cylinders > 86)
		return false;
	return out->partial || out->first ||
	       size == ATARI_HEAD + (uint64_t)SECTOR * out->sides *
					    out->sectors * out->cylinders;
}

static int atari_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[ATARI_HEAD];
	struct atari form;
	struct mun_err e;

	if (src->size <= ATARI_HEAD ||
	    mun_peek(src, head, sizeof(head), 0, &e) ||
	    !parse_atari(head, src->size, &form))
		return MUN_BID_NO;
	if (!form.partial && !form.first)
		return MUN_BID_CHECKED;
	/* Nothing of the size to be checked: two letters are not much. */
	return mun_has_suffix(file_name, "dim") ? MUN_BID_SUFFIX : MUN_BID_NO;
}

/* @n sectors a track, all of them at @data. */
static int add_tracks(struct mun_floppy *f, const uint8_t *data, size_t tracks,
		      size_t n, uint32_t bytes,
		      const struct mun_floppy_track *t, uint32_t sides,
		      struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < tracks && !rc; i++) {
		struct mun_floppy_track track = *t;

		track.cylinder = (uint16_t)(i / sides);
		track.head = (uint8_t)(i % sides);
		rc = mun_floppy_plain_track(f, &track, (uint32_t)n, bytes, 1,
					    data + i * n * bytes, e);
	}
	return rc;
}

static int atari_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	struct mun_floppy_track t = { .encoding = MUN_ENCODING_MFM };
	uint8_t head[ATARI_HEAD];
	uint8_t *file = NULL;
	struct atari form;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (!rc && !parse_atari(head, img->src->size, &form))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "its head is not that of DIM, or does not fit "
			      "the size of the file");
	if (rc)
		return rc;
	mun_image_set_mime(img, "application/octet-stream");
	if (form.partial || form.first)
		return mun_floppy_keep(img,
				       form.partial ? "only sectors in use "
						      "are stored, and the "
						      "head does not say "
						      "which"
						    : "it does not begin with "
						      "the first cylinder",
				       e);
	rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	t.kbps = form.hd ? 500 : 250;
	if (!rc)
		rc = add_tracks(f, file + ATARI_HEAD,
				(size_t)form.cylinders * form.sides,
				form.sectors, SECTOR, &t, form.sides, e);
	free(file);
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

/* Of the X68000 by its first byte; all have two sides. */
struct x68k {
	uint8_t code;
	uint16_t sectors;
	uint16_t bytes;
	uint16_t cylinders;
	enum mun_encoding encoding;
	const char *name;
};

static const struct x68k x68k_media[] = {
	{ 0, 8, 1024, 77, MUN_ENCODING_MFM, "2HD" },
	{ 1, 9, 1024, 80, MUN_ENCODING_MFM, "2HS" },
	{ 2, 15, 512, 80, MUN_ENCODING_MFM, "2HC" },
	/* px68k and MAME; HxC takes it for 18 of 512: the same bytes */
	{ 3, 9, 1024, 80, MUN_ENCODING_MFM, "2HDE" },
	{ 9, 18, 512, 80, MUN_ENCODING_MFM, "2HQ" },
	{ 17, 26, 256, 77, MUN_ENCODING_MFM, "N88" },
};

static const struct x68k *x68k_of(const uint8_t head[static X68K_HEAD])
{
	if (memcmp(head + X68K_MAGIC, "DIFC HEADER", 11) != 0)
		return NULL;
	for (size_t i = 0; i < MUN_COUNT(x68k_media); i++)
		if (x68k_media[i].code == head[0])
			return &x68k_media[i];
	return NULL;
}

static int x68k_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[X68K_HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) ||
	    memcmp(head + X68K_MAGIC, "DIFC HEADER", 11) != 0)
		return MUN_BID_NO;
	return x68k_of(head) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* The tracks of the disk: some go further in than the medium's form. */
static size_t x68k_tracks(const uint8_t *head, const struct x68k *m,
			  size_t *stored_out)
{
	size_t tracks = (size_t)2 * m->cylinders;

	*stored_out = 0;
	for (size_t i = 0; i < X68K_FLAGS; i++) {
		if (!head[1 + i])
			continue;
		(*stored_out)++;
		tracks = MUN_MAX(tracks, (i | 1) + 1);
	}
	return tracks;
}

static int x68k_add(struct mun_image *img, struct mun_floppy *f,
		    const uint8_t *file, const struct x68k *m,
		    struct mun_err *e)
{
	size_t len = (size_t)m->sectors * m->bytes;
	size_t size = (size_t)img->src->size - X68K_HEAD;
	size_t stored;
	size_t tracks = x68k_tracks(file, m, &stored);
	const uint8_t *next = file + X68K_HEAD;
	bool packed = size == stored * len;
	int rc = 0;

	if (!packed && size != tracks * len)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu tracks of %zu bytes do not make the %zu "
				"that are there",
				stored, len, size);
	for (size_t i = 0; i < tracks && !rc; i++) {
		struct mun_floppy_track t = {
			.cylinder = (uint16_t)(i / 2),
			.head = (uint8_t)(i % 2),
			.encoding = (uint8_t)m->encoding,
			.kbps = 500,
		};
		bool there = i < X68K_FLAGS && file[1 + i];

		rc = mun_floppy_plain_track(f, &t, m->sectors, m->bytes, 1,
					    there ? next : NULL, e);
		if (there || !packed)
			next += len;
	}
	if (!rc && stored < tracks)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "not imaged", e,
				    "%zu of %zu tracks were not read into it",
				    tracks - stored, tracks);
	return rc;
}

static int x68k_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	uint8_t head[X68K_HEAD];
	const struct x68k *m;
	uint8_t *file = NULL;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (rc)
		return rc;
	m = x68k_of(head);
	if (!m || img->src->size < X68K_HEAD)
		return mun_fail(e, MUN_ECORRUPT,
				"no head of DIFC, or an unknown medium");
	rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	mun_image_variant(img, "%s", m->name);
	if (!rc)
		rc = x68k_add(img, f, file, m, e);
	free(file);
	if (!rc)
		rc = mun_floppy_text(img, f, "comment", head + 0xc2,
				     strnlen((const char *)head + 0xc2, 61), e);
	mun_image_set_mime(img, "application/octet-stream");
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

const struct mun_image_driver mun_image_dim_atari = {
	.name = "dim-atari",
	.title = "FastCopy Pro (Atari ST)",
	.suffixes = "dim",
	.bid = atari_bid,
	.open = atari_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};

const struct mun_image_driver mun_image_dim_x68k = {
	.name = "dim-x68k",
	.title = "DIFC (Sharp X68000)",
	.suffixes = "dim",
	.bid = x68k_bid,
	.open = x68k_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
