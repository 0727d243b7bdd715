/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_gz.c - an image in gzip (RFC 1952): .img.gz, .adz
 *
 * Members one after the other, little endian:
 *	0 1f 8b	2 08 (deflate)	3 flags	4 u32 time	8, 9 how and where
 *	flag 2: u16 length, extra; 3: name, NUL; 4: comment, NUL; 1: u16 CRC
 *	deflate stream, u32 CRC-32, u32 size modulo 2^32
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEAD 10u
#define TAIL 8u

/* bgzip makes one of every 64 KiB. */
#define MEMBERS_MAX 4096u

enum {
	FLAG_CRC = 1 << 1,
	FLAG_EXTRA = 1 << 2,
	FLAG_NAME = 1 << 3,
	FLAG_COMMENT = 1 << 4,
	FLAG_RESERVED = 0xe0,
};

/* Deflate cannot do better. */
#define RATIO_MAX 1032u

static const char why_long[] = "more than 64 MiB: to be decompressed first";
static const char why_told[] =
	"by its last bytes more than 64 MiB: to be decompressed first";

struct gz {
	const uint8_t *p;
	size_t len;
	size_t off;
	const uint8_t *name; /* of the first member; NULL: none */
	const uint8_t *comment;
	uint32_t time;
	unsigned int members;
	uint8_t *data; /* decoded */
	size_t bytes;
	uint32_t crc; /* of the first member, as it tells it */
	bool wrong; /* some sum or size does not fit */
	enum mun_wrap_end end;
};

static bool is_head(const uint8_t *p)
{
	return p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 &&
	       !(p[3] & FLAG_RESERVED);
}

static int gz_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (src->size < HEAD + TAIL ||
	    mun_peek(src, head, sizeof(head), 0, &e) || !is_head(head))
		return MUN_BID_NO;
	return MUN_BID_CHECKED;
}

/* A text that ends with NUL, inside the file. */
static const uint8_t *take_text(struct gz *g)
{
	const uint8_t *text = g->p + g->off;
	const uint8_t *end = memchr(text, 0, g->len - g->off);

	g->off = end ? (size_t)(end - g->p) + 1 : g->len;
	return end ? text : NULL;
}

static int take_head(struct gz *g, struct mun_err *e)
{
	const uint8_t *head = g->p + g->off;
	bool first = !g->members++;
	const uint8_t *name = NULL;
	const uint8_t *comment = NULL;

	if (g->members > MEMBERS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"more than %u gzip members", MEMBERS_MAX);
	if (g->len - g->off < HEAD + TAIL || !is_head(head))
		return mun_fail(e, MUN_ECORRUPT, "no gzip member at byte %zu",
				g->off);
	g->off += HEAD;
	if (head[3] & FLAG_EXTRA)
		g->off += 2 + (size_t)mun_le16(g->p + g->off);
	g->off = MUN_MIN(g->off, g->len);
	if (head[3] & FLAG_NAME)
		name = take_text(g);
	if (head[3] & FLAG_COMMENT)
		comment = take_text(g);
	if (head[3] & FLAG_CRC)
		g->off += 2;
	if (g->off + TAIL > g->len)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends within a gzip header");
	if (first) {
		g->time = mun_le32(head + 4);
		g->name = name;
		g->comment = comment;
	}
	return 0;
}

static int take_member(struct gz *g, struct mun_err *e)
{
	size_t before = g->bytes;
	const uint8_t *tail;
	size_t used = 0;
	uint32_t crc;
	int rc;

	rc = take_head(g, e);
	if (!rc)
		rc = mun_wrap_inflate(g->p + g->off, g->len - g->off, &used,
				      &g->data, &g->bytes, &g->end, e);
	if (rc || g->end == MUN_WRAP_LONG)
		return rc;
	g->off += used;
	if (g->len - g->off < TAIL)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends within the checksum of gzip");
	tail = g->p + g->off;
	g->off += TAIL;
	crc = (uint32_t)crc32_z(0, g->data + before, g->bytes - before);
	if (g->members == 1)
		g->crc = mun_le32(tail);
	g->wrong |= crc != mun_le32(tail) ||
		    (uint32_t)(g->bytes - before) != mun_le32(tail + 4);
	return 0;
}

/* Padding with zeros (tapes) and anything else that is no member ends it. */
static int take_all(struct gz *g, struct mun_err *e)
{
	int rc;

	do {
		rc = take_member(g, e);
	} while (!rc && g->end == MUN_WRAP_DONE && g->len - g->off > HEAD &&
		 is_head(g->p + g->off));
	return rc;
}

static int tell(struct mun_image *img, const struct gz *g, struct mun_err *e)
{
	int rc = 0;

	if (g->name)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "name inside",
					  g->name,
					  strlen((const char *)g->name), e);
	if (!rc && g->comment)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "comment",
					  g->comment,
					  strlen((const char *)g->comment), e);
	if (!rc && g->time)
		rc = mun_image_fact(img, MUN_FACT_MADE, "modified inside", e,
				    "%u seconds after 1970", g->time);
	if (!rc)
		rc = mun_image_check_fact(img, "gzip CRC-32",
					  g->wrong ? MUN_FACT_BAD
						   : MUN_FACT_GOOD,
					  e, "%08x", g->crc);
	if (g->members > 1)
		mun_image_note(img, "%u gzip members", g->members);
	if (g->off < g->len)
		mun_image_note(img, "%zu bytes follow the gzip stream",
			       g->len - g->off);
	return rc;
}

/* What is in it, once it is known not to be too long. */
static int open_inner(struct mun_image *img, struct gz *g, struct mun_err *e)
{
	struct mun_wrap w = {
		.how = "gzip",
		.name = g->name ? (const char *)g->name : "",
		.len = g->bytes,
		.doubtful = g->wrong,
	};

	if (g->bytes > 262 && memcmp(g->data + 257, "ustar", 5) == 0)
		return mun_wrap_keep(img, "a tar archive in gzip, no image", e);
	w.data = mun_steal(&g->data);
	return mun_wrap_open(img, &w, e);
}

static int decode(struct mun_image *img, struct mun_err *e)
{
	mun_autofree uint8_t *packed = malloc((size_t)img->src->size + 1);
	struct gz g = { .p = packed, .len = (size_t)img->src->size };
	int rc;

	if (!packed)
		return mun_fail_nomem(e, "gzip file");
	rc = mun_source_pread(img->src, packed, g.len, 0, e);
	if (!rc)
		rc = take_all(&g, e);
	if (!rc && g.end == MUN_WRAP_LONG)
		rc = mun_wrap_keep(img, why_long, e);
	else if (!rc)
		rc = tell(img, &g, e);
	if (!rc && g.end == MUN_WRAP_DONE)
		rc = open_inner(img, &g, e);
	free(g.data);
	return rc;
}

static int gz_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t tail[4];
	int rc;

	mun_image_set_puid(img, "x-fmt/266");
	mun_image_set_mime(img, "application/gzip");
	if (img->src->size < HEAD + TAIL)
		return mun_fail(e, MUN_ECORRUPT, "%llu bytes are no gzip file",
				(unsigned long long)img->src->size);
	rc = mun_source_pread(img->src, tail, sizeof(tail),
			      img->src->size - sizeof(tail), e);
	if (rc)
		return rc;
	/* What cannot be small need not be tried. */
	if (img->src->size > MUN_WRAP_PACKED)
		return mun_wrap_keep(img, why_long, e);
	if (mun_le32(tail) > MUN_WRAP_BYTES &&
	    mun_le32(tail) / RATIO_MAX <= img->src->size)
		return mun_wrap_keep(img, why_told, e);
	return decode(img, e);
}

const struct mun_image_driver mun_image_gz = {
	.name = "gzip",
	.title = "Image in gzip",
	.suffixes = "gz adz",
	.bid = gz_bid,
	.open = gz_open,
	.pread = mun_wrap_pread,
	.next_extent = mun_wrap_next_extent,
	.verify = mun_wrap_verify,
	.close = mun_wrap_close,
};
