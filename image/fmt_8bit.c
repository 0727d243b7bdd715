/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_8bit.c - plain sectors of 8-bit computers, known by their catalogue
 *
 *	SSD, DSD  Acorn DFS: two sectors of 256: 0 title, then names of 7 and a
 *		directory; 256 title, 261 files * 8, 262 bits 0-1 and 263: sectors;
 *		264 per file 8 bytes, of which 6 bits 0-1 and 7: where it begins
 *	TRD	TR-DOS: in sector 8 of 256 (2048): 227 kind of disk, 228 files,
 *		231 10, 245 label of 8
 *	MGT	DISCiPLE and +D: 80 entries of 256: 0 type, 1 name of 10, 11
 *		u16 big endian sectors, 13 track (80 more: side 1), 14 sector
 * All have their sectors by cylinder, side and number.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DFS_SECTORS 10u
#define DFS_FILES 31u
#define TRD_INFO 2048u
#define TRD_SECTORS 16u
#define MGT_BYTES 819200u
#define MGT_ENTRIES 80u

struct plain8 {
	struct mun_geometry geometry;
	uint32_t sector_bytes;
	const char *variant;
	char label[13]; /* bytes as they stand there */
	size_t label_len;
	bool sure; /* there is a file that agrees with it */
};

static bool is_text(const uint8_t *p, size_t len, uint8_t strip)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = p[i] & strip;

		if (c && (c < ' ' || c > '~'))
			return false;
	}
	return true;
}

static bool dfs_file(const uint8_t *c, size_t i, unsigned int sectors)
{
	const uint8_t *where = c + 256 + 8 * i;
	unsigned int start = (where[6] & 3u) << 8 | where[7];

	return is_text(c + 8 * i, 8, 0x7f) && c[8 * i] > ' ' && start >= 2 &&
	       start < sectors;
}

static int look_dfs(struct mun_source *src, struct plain8 *d, bool *is,
		    struct mun_err *e)
{
	uint8_t c[512];
	unsigned int sectors, files;
	uint64_t side;
	int rc;

	*is = false;
	rc = mun_peek(src, c, sizeof(c), 0, e);
	if (rc)
		return rc;
	sectors = (c[262] & 3u) << 8 | c[263];
	files = c[261] / 8u;
	side = sectors * (uint64_t)256;
	if ((sectors != 400 && sectors != 800) || c[261] % 8 ||
	    files > DFS_FILES || c[262] & 0xcc || src->size < sizeof(c) ||
	    src->size % 256 || src->size > 2 * side || !is_text(c, 8, 0xff) ||
	    !is_text(c + 256, 4, 0xff))
		return 0;
	for (size_t i = 1; i <= files; i++)
		if (!dfs_file(c, i, sectors))
			return 0;
	*is = true;
	d->sure = files > 0;
	d->sector_bytes = 256;
	d->geometry = (struct mun_geometry){
		.cylinders = sectors / DFS_SECTORS,
		.heads = src->size > side ? 2 : 1,
		.sectors = DFS_SECTORS,
	};
	d->variant = src->size > side ? "Acorn DFS, DSD" : "Acorn DFS, SSD";
	memcpy(d->label, c, 8);
	memcpy(d->label + 8, c + 256, 4);
	d->label_len = strnlen(d->label, 12);
	return 0;
}

static int look_trd(struct mun_source *src, struct plain8 *d, bool *is,
		    struct mun_err *e)
{
	uint8_t i[256];
	int rc;

	*is = false;
	rc = mun_peek(src, i, sizeof(i), TRD_INFO, e);
	if (rc)
		return rc;
	if (src->size < TRD_INFO + sizeof(i) || src->size % 256 ||
	    src->size > (uint64_t)80 * 2 * TRD_SECTORS * 256 || i[0] ||
	    i[231] != 0x10 || i[227] < 0x16 || i[227] > 0x19 || i[228] > 128 ||
	    !is_text(i + 245, 8, 0xff))
		return 0;
	*is = true;
	d->sure = true;
	d->sector_bytes = 256;
	d->geometry = (struct mun_geometry){
		.cylinders = i[227] & 1 ? 40 : 80,
		.heads = i[227] < 0x18 ? 2 : 1,
		.sectors = TRD_SECTORS,
	};
	d->variant = "TR-DOS";
	memcpy(d->label, i + 245, 8);
	d->label_len = strnlen(d->label, 8);
	return 0;
}

static bool mgt_file(const uint8_t *p)
{
	unsigned int sectors = mun_be16(p + 11);
	unsigned int track = p[13] & 0x7fu;

	return (p[0] & 0x3f) <= 20 && is_text(p + 1, 10, 0xff) &&
	       sectors >= 1 && sectors <= 1560 && track < 80 && (p[13] >= 4) &&
	       p[14] >= 1 && p[14] <= 10;
}

static int look_mgt(struct mun_source *src, struct plain8 *d, bool *is,
		    struct mun_err *e)
{
	uint8_t dir[MGT_ENTRIES * 256];
	int rc;

	*is = false;
	if (src->size != MGT_BYTES)
		return 0;
	rc = mun_peek(src, dir, sizeof(dir), 0, e);
	for (size_t i = 0; !rc && i < MGT_ENTRIES; i++) {
		const uint8_t *p = dir + 256 * i;

		if (!p[0])
			continue;
		if (!mgt_file(p))
			return 0;
		d->sure = true;
	}
	*is = d->sure;
	d->sector_bytes = 512;
	d->geometry = (struct mun_geometry){ 80, 2, 10 };
	d->variant = "DISCiPLE or +D";
	return rc;
}

/* Fill @d; @is: is it such a disk? */
typedef int look_fn(struct mun_source *src, struct plain8 *d, bool *is,
		    struct mun_err *e);

static int bid(look_fn *look, struct mun_source *src)
{
	struct plain8 d = { .sure = false };
	struct mun_err e;
	bool is;

	if (look(src, &d, &is, &e) || !is)
		return MUN_BID_NO;
	return d.sure ? MUN_BID_CHECKED : MUN_BID_SUFFIX;
}

static int tell_label(struct mun_image *img, const struct plain8 *d,
		      struct mun_err *e)
{
	struct mun_str clean = { 0 };
	mun_autofree char *text = NULL;
	size_t len = d->label_len;
	int rc;

	while (len && d->label[len - 1] == ' ')
		len--;
	mun_escape(&clean, d->label, len);
	rc = mun_str_take(&clean, &text, e);
	if (!rc)
		(void)snprintf(img->volume_label, sizeof(img->volume_label),
			       "%s", text);
	return rc;
}

static int open_plain(look_fn *look, struct mun_image *img, struct mun_err *e)
{
	struct plain8 d = { .sure = false };
	uint64_t want;
	bool is;
	int rc;

	rc = look(img->src, &d, &is, e);
	if (!rc && !is)
		rc = mun_fail(e, MUN_ECORRUPT, "no catalogue of such a disk");
	if (rc)
		return rc;
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	img->sector_bytes = d.sector_bytes;
	img->geometry = d.geometry;
	mun_image_variant(img, "%s, %u x %u x %u", d.variant,
			  d.geometry.cylinders, d.geometry.heads,
			  d.geometry.sectors);
	want = (uint64_t)d.geometry.cylinders * d.geometry.heads *
	       d.geometry.sectors * d.sector_bytes;
	if (img->bytes < want)
		mun_image_note(img, "image is %llu bytes shorter than its disk",
			       (unsigned long long)(want - img->bytes));
	else if (img->bytes > want)
		mun_image_note(img, "%llu bytes follow the disk",
			       (unsigned long long)(img->bytes - want));
	rc = tell_label(img, &d, e);
	return rc ? rc : mun_image_one_track(img, e);
}

/* The table of drivers has a function for each; they differ in one word. */
#define PLAIN8(id, text, suffix_list) \
	static int id##_bid(struct mun_source *src, const char *file_name) \
	{ \
		(void)file_name; \
		return bid(look_##id, src); \
	} \
	static int id##_open(struct mun_image *img, struct mun_err *e) \
	{ \
		return open_plain(look_##id, img, e); \
	} \
	const struct mun_image_driver mun_image_##id = { \
		.name = #id, \
		.title = (text), \
		.suffixes = (suffix_list), \
		.bid = id##_bid, \
		.open = id##_open, \
	}

PLAIN8(dfs, "Acorn DFS, plain sectors", "ssd dsd");
PLAIN8(trd, "TR-DOS, plain sectors", "trd");
PLAIN8(mgt, "DISCiPLE and +D, plain sectors", "mgt img");
