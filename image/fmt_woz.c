/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_woz.c - WOZ 1, 2, 2.1 and MOOF of the Applesauce
 *
 * Little endian, from the "WOZ Disk Image Reference" 1.0.1, 2.1 and the "MOOF
 * Disk Image Reference":
 *	0 "WOZ1", "WOZ2" or "MOOF", ff 0a 0d 0a	8 u32 CRC-32 of all from 12
 *	12 chunks: id, u32 bytes, data
 * INFO: 0 version, 1 type, 2 write protected, 3 synchronized, 4 cleaned (MOOF:
 *	cell time), 5 creator[32], 37 sides, 38 boot sectors, 39 cell time in
 *	125 ns, 40 u16 machines, 42 u16 RAM in K; flux: 46 (MOOF: 40) u16 block
 * TMAP: 160 numbers of a track, ff for none.
 * TRKS of WOZ 1: 6656 bytes a track, of which u16 at 6646 tells the bytes used.
 *	Else 160 times u16 first block of 512, u16 blocks, u32 bits.
 * META: lines of name, TAB, value.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 12u
#define INFO 48u
#define TMAP 160u
#define TRACK_V1 6656u
#define TRACK_ENTRY 8u
#define META_MAX 65536u
#define META_ROWS 64u
#define CHUNKS_MAX 1000u

enum kind { WOZ1, WOZ2, MOOF, KINDS };

static const struct {
	const char *magic;
	const char *puid;
} kinds[KINDS] = {
	{ "WOZ1", "fmt/2059" },
	{ "WOZ2", "fmt/2060" },
	{ "MOOF", "fmt/2061" },
};

struct woz {
	enum kind kind;
	uint8_t info[INFO];
	bool have_info;
	uint8_t tmap[TMAP];
	bool have_tmap;
	uint64_t trks;
	uint32_t trks_bytes;
	uint64_t meta;
	uint32_t meta_bytes;
	bool flux; /* some tracks are kept as flux too */
};

static int kind_of(const uint8_t *head)
{
	for (int i = 0; i < KINDS; i++)
		if (memcmp(head, kinds[i].magic, 4) == 0 &&
		    memcmp(head + 4, "\xff\n\r\n", 4) == 0)
			return i;
	return -1;
}

static int bid(struct mun_source *src, bool moof)
{
	uint8_t head[HEAD + 8];
	struct mun_err e;
	int kind;

	if (mun_peek(src, head, sizeof(head), 0, &e))
		return MUN_BID_NO;
	kind = kind_of(head);
	if (kind < 0 || (kind == MOOF) != moof)
		return MUN_BID_NO;
	return memcmp(head + HEAD, "INFO", 4) == 0 ? MUN_BID_CHECKED
						   : MUN_BID_MAGIC;
}

static int woz_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return bid(src, false);
}

static int moof_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return bid(src, true);
}

static int take_chunk(struct mun_image *img, struct woz *w, const uint8_t *id,
		      uint64_t off, uint32_t len, struct mun_err *e)
{
	if (memcmp(id, "INFO", 4) == 0) {
		w->have_info = true;
		return mun_fluxfile_read(img, w->info, MUN_MIN(len, INFO), off,
					 "INFO", e);
	}
	if (memcmp(id, "TMAP", 4) == 0 && len >= TMAP) {
		w->have_tmap = true;
		return mun_fluxfile_read(img, w->tmap, TMAP, off, "TMAP", e);
	}
	if (memcmp(id, "TRKS", 4) == 0) {
		w->trks = off;
		w->trks_bytes = len;
	} else if (memcmp(id, "META", 4) == 0) {
		w->meta = off;
		w->meta_bytes = len;
	} else if (memcmp(id, "FLUX", 4) == 0) {
		w->flux = true;
	}
	return 0;
}

static int walk_chunks(struct mun_image *img, struct woz *w, struct mun_err *e)
{
	uint64_t off = HEAD;

	for (unsigned int n = 0; mun_fluxfile_inside(img, off, 8); n++) {
		uint8_t head[8];
		uint32_t len;
		int rc;

		if (n == CHUNKS_MAX)
			return mun_fail(e, MUN_ECORRUPT, "more than %u chunks",
					CHUNKS_MAX);
		rc = mun_source_pread(img->src, head, sizeof(head), off, e);
		if (rc)
			return rc;
		len = mun_le32(head + 4);
		rc = take_chunk(img, w, head, off + 8, len, e);
		if (rc)
			return rc;
		if (!mun_fluxfile_inside(img, off + 8, len))
			mun_image_note(img,
				       "the chunk at byte %llu goes "
				       "beyond the end of the file",
				       (unsigned long long)off);
		off += 8 + (uint64_t)len;
	}
	if (!w->have_info || !w->have_tmap || !w->trks)
		return mun_fail(e, MUN_ECORRUPT, "the chunk %s is missing",
				!w->have_info   ? "INFO"
				: !w->have_tmap ? "TMAP"
						: "TRKS");
	return 0;
}

static void tell_variant(struct mun_image *img, const struct woz *w)
{
	static const char *const woz_types[] = { "", "5.25-inch", "3.5-inch" };
	static const char *const moof_types[] = { "", "400K GCR", "800K GCR",
						  "1440K MFM" };
	static const char *const boot[] = { "", "16 sectors", "13 sectors",
					    "13 and 16 sectors" };
	unsigned int type = w->info[1];

	mun_image_set_puid(img, kinds[w->kind].puid);
	if (w->kind == MOOF) {
		mun_image_variant(img, "MOOF %u", w->info[0]);
		if (type >= 1 && type <= 3)
			mun_image_variant(img, "%s", moof_types[type]);
	} else {
		if (w->kind == WOZ2 && w->info[0] == 3)
			mun_image_variant(img, "WOZ 2.1");
		else
			mun_image_variant(img, "WOZ %u",
					  (unsigned int)w->kind + 1);
		if (type >= 1 && type <= 2)
			mun_image_variant(img, "%s", woz_types[type]);
		if (w->info[0] >= 2 && w->info[38] >= 1 && w->info[38] <= 3)
			mun_image_variant(img, "%s", boot[w->info[38]]);
	}
	if (w->flux)
		mun_image_variant(img, "with flux");
}

static int tell_info(struct mun_image *img, const struct woz *w,
		     struct mun_err *e)
{
	unsigned int cell = w->kind == MOOF   ? w->info[4]
			    : w->info[0] >= 2 ? w->info[39]
					      : 0;
	int rc;

	tell_variant(img, w);
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", w->info + 5,
				  32, e);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "write protected", e,
				    "%s", w->info[2] ? "yes" : "no");
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "synchronized", e, "%s",
				    w->info[3] ? "yes" : "no");
	if (!rc && w->kind != MOOF)
		rc = mun_image_fact(img, MUN_FACT_MADE, "cleaned", e, "%s",
				    w->info[4] ? "yes" : "no");
	if (!rc && cell)
		rc = mun_image_fact(img, MUN_FACT_MADE, "bit cell", e, "%u ns",
				    cell * 125);
	if (!rc && w->kind != MOOF && w->info[0] >= 2 && mun_le16(w->info + 42))
		rc = mun_image_fact(img, MUN_FACT_MADE, "RAM needed", e, "%uK",
				    mun_le16(w->info + 42));
	return rc;
}

/* The rows that are a title, a publisher, ... of the disk. */
static int tell_meta(struct mun_image *img, const struct woz *w,
		     struct mun_err *e)
{
	size_t len = MUN_MIN(w->meta_bytes, META_MAX);
	mun_autofree char *text = calloc(1, len + 1);
	char *next;
	int rc;

	if (!text)
		return mun_fail_nomem(e, "META");
	rc = mun_peek(img->src, text, len, w->meta, e);
	next = text;
	for (unsigned int n = 0; !rc && next && *next && n < META_ROWS; n++) {
		char *line = next;
		char *tab;
		char name[64];

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		tab = strchr(line, '\t');
		if (!tab || tab == line)
			continue;
		*tab++ = '\0';
		(void)snprintf(name, sizeof(name), "%s", line);
		for (char *p = name; *p; p++)
			if (*p < ' ' || *p > '~')
				*p = '?';
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name, tab,
					  strlen(tab), e);
	}
	return rc;
}

/* Where track @i lies; false: nowhere. */
static int find_track(struct mun_image *img, const struct woz *w,
		      unsigned int i, uint64_t *off, uint64_t *len,
		      struct mun_err *e)
{
	uint8_t entry[TRACK_ENTRY];
	int rc;

	if (w->kind == WOZ1) {
		*off = w->trks + (uint64_t)i * TRACK_V1;
		*len = TRACK_V1;
		return 0;
	}
	rc = mun_peek(img->src, entry, sizeof(entry),
		      w->trks + (uint64_t)i * TRACK_ENTRY, e);
	if (rc)
		return rc;
	*off = (uint64_t)mun_le16(entry) * 512;
	*len = MUN_MAX((uint64_t)mun_le16(entry + 2) * 512,
		       ((uint64_t)mun_le32(entry + 4) + 7) / 8);
	return 0;
}

/* Quarter tracks of a 5.25-inch disk; else cylinders and sides in turn. */
static int read_tracks(struct mun_image *img, const struct woz *w,
		       struct mun_fluxfile *f, struct mun_err *e)
{
	bool quarters = w->kind != MOOF && w->info[1] == 1;
	bool seen[256] = { false };

	for (unsigned int i = 0; i < TMAP; i++) {
		uint64_t off, len;
		int rc;

		if (w->tmap[i] == 0xff || seen[w->tmap[i]])
			continue;
		seen[w->tmap[i]] = true;
		rc = find_track(img, w, w->tmap[i], &off, &len, e);
		if (rc)
			return rc;
		/* A map without its track is a track that is not there. */
		if (w->tmap[i] >= TMAP || !len)
			off = img->src->size + 1;
		mun_fluxfile_track(f, img, quarters ? (i + 1) / 4 : i / 2,
				   quarters ? 0 : i % 2, off, len);
	}
	return 0;
}

static int woz_verify(struct mun_image *img, struct mun_err *e)
{
	uint8_t head[HEAD];
	uint32_t crc;
	int rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc || !mun_le32(head + 8))
		return rc;
	rc = mun_fluxfile_crc32(img, HEAD, &crc, e);
	if (!rc)
		mun_image_settle(img, "CRC-32",
				 crc == mun_le32(head + 8) ? MUN_FACT_GOOD
							   : MUN_FACT_BAD);
	return rc;
}

static int woz_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_fluxfile f = { 0 };
	struct woz w = { 0 };
	uint8_t head[HEAD];
	int kind, rc;

	rc = mun_fluxfile_read(img, head, sizeof(head), 0, "header", e);
	if (rc)
		return rc;
	kind = kind_of(head);
	if (kind < 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no WOZ or MOOF signature at byte 0");
	w.kind = (enum kind)kind;
	mun_fluxfile_begin(img, MUN_CELLS_REASON);
	rc = walk_chunks(img, &w, e);
	if (!rc)
		rc = tell_info(img, &w, e);
	if (!rc && w.meta)
		rc = tell_meta(img, &w, e);
	/* 0 says that none was made. */
	if (!rc && mun_le32(head + 8))
		rc = mun_image_check_fact(img, "CRC-32", MUN_FACT_NONE, e,
					  "%08x", mun_le32(head + 8));
	if (!rc)
		rc = read_tracks(img, &w, &f, e);
	if (!rc)
		rc = mun_fluxfile_done(img, &f, e);
	if (!rc && img->src->size <= MUN_FLUXFILE_SMALL)
		rc = woz_verify(img, e);
	return rc;
}

const struct mun_image_driver mun_image_woz = {
	.name = "woz",
	.title = "WOZ, bit cells of an Apple II disk",
	.suffixes = "woz",
	.bid = woz_bid,
	.open = woz_open,
	.verify = woz_verify,
};

const struct mun_image_driver mun_image_moof = {
	.name = "moof",
	.title = "MOOF, bit cells of a Macintosh disk",
	.suffixes = "moof",
	.bid = moof_bid,
	.open = woz_open,
	.verify = woz_verify,
};
