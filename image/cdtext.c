/* SPDX-License-Identifier: Apache-2.0 */
/* image/cdtext.c - CD-TEXT: packs of 18 bytes, and the texts in them */
#include "image/cdtext.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 8u
#define TYPES 16u
#define TEXT 12u /* bytes of a pack */

const char *mun_cdtext_name(enum mun_cdtext_type type)
{
	static const char *const names[TYPES] = {
		[0] = "title",    [1] = "performer", [2] = "songwriter",
		[3] = "composer", [4] = "arranger",  [5] = "message",
		[6] = "disc id",  [14] = "code",
	};

	return type >= MUN_CDTEXT_TITLE && type <= MUN_CDTEXT_SIZES
		       ? names[type - MUN_CDTEXT_TITLE]
		       : NULL;
}

/* x^16 + x^12 + x^5 + 1, inverted */
uint16_t mun_cdtext_crc(const uint8_t pack[static 16])
{
	unsigned int crc = 0;

	for (size_t i = 0; i < 16; i++) {
		crc ^= (unsigned int)pack[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x8000 ? 0x11021u : 0);
	}
	return (uint16_t)~crc;
}

void mun_cdtext_seal(uint8_t pack[static 18])
{
	uint16_t crc = mun_cdtext_crc(pack);

	pack[16] = (uint8_t)(crc >> 8);
	pack[17] = (uint8_t)crc;
}

/* ---- texts ---- */

static unsigned int block_of(const uint8_t *pack)
{
	return pack[3] >> 4 & 7u;
}

/* The texts of one type in one block, one after the other. */
struct strand {
	char *text; /* room for all packs */
	size_t len;
	unsigned int track; /* of the first */
	bool wide;
	bool any;
};

static void add_pack(struct strand *s, const uint8_t *pack)
{
	if (!s->any) {
		s->track = pack[1] & 0x7fu;
		s->wide = pack[3] & 0x80;
		s->any = true;
	}
	memcpy(s->text + s->len, pack + 4, TEXT);
	s->len += TEXT;
}

/* How long is the text at @at: to the NUL, which is two bytes where @wide. */
static size_t text_len(const struct strand *s, size_t at)
{
	size_t step = s->wide ? 2 : 1;
	size_t end = at;

	while (end + step <= s->len &&
	       (s->text[end] || s->text[end + step - 1]))
		end += step;
	return end - at;
}

/*
 * Behind the last text there is padding of NULs, which would be empty texts of
 * tracks that are not there: they are left out.
 */
static int tell_strand(const struct strand *s, unsigned int block,
		       enum mun_cdtext_type type, mun_cdtext_fn *fn, void *ctx,
		       struct mun_err *e)
{
	struct mun_cdtext_text t = {
		.block = block,
		.type = type,
		.wide = s->wide,
		.track = s->track,
	};
	const char *before = "";
	size_t before_len = 0;

	for (size_t at = 0; at < s->len; t.track++) {
		int rc = 0;

		t.text = s->text + at;
		t.len = text_len(s, at);
		at += t.len + (s->wide ? 2 : 1);
		if ((t.len == 1 && t.text[0] == '\t') ||
		    (t.len == 2 && memcmp(t.text, "\t\t", 2) == 0)) {
			t.text = before;
			t.len = before_len;
		}
		if (t.len)
			rc = fn(ctx, &t, e);
		if (rc)
			return rc;
		before = t.text;
		before_len = t.len;
	}
	return 0;
}

static int each_of(const uint8_t *packs, size_t n, unsigned int block,
		   enum mun_cdtext_type type, char *room, mun_cdtext_fn *fn,
		   void *ctx, struct mun_err *e)
{
	struct strand s = { .text = room };

	for (size_t i = 0; i < n; i++) {
		const uint8_t *pack = packs + i * MUN_CDTEXT_PACK;

		if (pack[0] == type && block_of(pack) == block)
			add_pack(&s, pack);
	}
	return tell_strand(&s, block, type, fn, ctx, e);
}

int mun_cdtext_each(const uint8_t *packs, size_t bytes, mun_cdtext_fn *fn,
		    void *ctx, struct mun_err *e)
{
	size_t n = bytes / MUN_CDTEXT_PACK;
	mun_autofree char *room = malloc(n * TEXT + 1);
	int rc = 0;

	if (!room)
		return mun_fail_nomem(e, "CD-TEXT");
	for (unsigned int block = 0; block < BLOCKS && !rc; block++) {
		for (unsigned int type = MUN_CDTEXT_TITLE;
		     type <= MUN_CDTEXT_SIZES && !rc; type++)
			if (mun_cdtext_name((enum mun_cdtext_type)type))
				rc = each_of(packs, n, block,
					     (enum mun_cdtext_type)type, room,
					     fn, ctx, e);
	}
	return rc;
}

/* ---- facts ---- */

/* ISO 8859-1, of which ASCII is a part. */
static void to_utf8(const char *text, size_t len, struct mun_str *out)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c < 0x80) {
			mun_str_add_char(out, (char)c);
			continue;
		}
		mun_str_add_char(out, (char)(0xc0 | c >> 6));
		mun_str_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

static int tell_text(void *ctx, const struct mun_cdtext_text *t,
		     struct mun_err *e)
{
	struct mun_image *img = ctx;
	struct mun_str utf8 = { 0 };
	char language[24] = "";
	char track[24] = "";
	char name[64];
	int rc;

	/* Rows for eight languages of 99 tracks would be too many. */
	if (t->wide || img->nfacts >= MUN_IMAGE_FACTS * 3 / 4)
		return 0;
	if (t->block)
		(void)snprintf(language, sizeof(language), ", language %u",
			       t->block);
	if (t->track)
		(void)snprintf(track, sizeof(track), " of track %u", t->track);
	(void)snprintf(name, sizeof(name), MUN_CDTEXT_FACT "%s%s%s",
		       mun_cdtext_name(t->type), track, language);
	to_utf8(t->text, t->len, &utf8);
	if (utf8.failed)
		return mun_fail_nomem(e, "CD-TEXT");
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name, utf8.text, utf8.len,
				  e);
	mun_str_free(&utf8);
	return rc;
}

static int tell_crcs(struct mun_image *img, const uint8_t *packs, size_t n,
		     struct mun_err *e)
{
	size_t bad = 0;
	bool wide = false;
	int rc;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *pack = packs + i * MUN_CDTEXT_PACK;

		bad += mun_cdtext_crc(pack) != mun_be16(pack + 16);
		wide |= pack[3] & 0x80;
	}
	rc = mun_image_check_fact(img, "CRC of CD-TEXT",
				  bad ? MUN_FACT_BAD : MUN_FACT_GOOD, e,
				  "%zu packs, %zu wrong", n, bad);
	if (!rc && wide)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "CD-TEXT", e,
				    "texts of two bytes a character are kept "
				    "and not told here");
	return rc;
}

int mun_cdtext_take(struct mun_image *img, struct mun_disc *d,
		    const uint8_t *data, size_t len, struct mun_err *e)
{
	int rc;

	if (len % MUN_CDTEXT_PACK == 4) {
		data += 4;
		len -= 4;
	}
	if (len % MUN_CDTEXT_PACK == 1 && data[len - 1] == 0)
		len--;
	if (len == 0 || len % MUN_CDTEXT_PACK || len > MUN_CDTEXT_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu bytes of CD-TEXT are no packs of %u", len,
				MUN_CDTEXT_PACK);
	free(d->cdtext);
	d->cdtext_bytes = 0;
	d->cdtext = malloc(len);
	if (!d->cdtext)
		return mun_fail_nomem(e, "CD-TEXT");
	memcpy(d->cdtext, data, len);
	d->cdtext_bytes = len;
	rc = tell_crcs(img, data, len / MUN_CDTEXT_PACK, e);
	return rc ? rc : mun_cdtext_each(d->cdtext, len, tell_text, img, e);
}
