/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_chd_finish.c - map, metadata and header of a CHD that is written */
#include "image/fmt_chd_write.h"

#include "core/bytes.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#define META_HEAD 16u
#define HASHED 1u /* flag: part of the SHA-1 of all */
#define HASH_ROW 24u

/* Symbols beside the types; fmt_chd_map.c. */
enum { RLE_SMALL = 7, RLE_LARGE = 8, SELF_AGAIN = 9 };

static int sha1_of(const void *data, size_t len, uint8_t out[static 20],
		   struct mun_err *e)
{
	return EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL) == 1
		       ? 0
		       : mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
}

int mun_chd_add_meta(struct mun_chd_writing *w, uint32_t tag, const char *text,
		     struct mun_err *e)
{
	uint32_t len = (uint32_t)strlen(text) + 1;
	uint8_t head[META_HEAD] = { 0 };
	uint8_t hash[HASH_ROW];
	int rc;

	/* The one before points to this one. */
	if (w->meta.len) {
		uint8_t *last = (uint8_t *)w->meta.text + w->meta_last;

		mun_put_be64(last + 8, MUN_CHD_HEAD + w->meta.len);
	}
	w->meta_last = w->meta.len;
	mun_put_be32(head, tag);
	mun_put_be32(head + 4, HASHED << 24 | len);
	mun_str_add_bytes(&w->meta, head, sizeof(head));
	mun_str_add_bytes(&w->meta, text, len);
	mun_put_be32(hash, tag);
	rc = sha1_of(text, len, hash + 4, e);
	mun_str_add_bytes(&w->hashes, hash, sizeof(hash));
	if (!rc && (w->meta.failed || w->hashes.failed))
		rc = mun_fail_nomem(e, "metadata");
	return rc;
}

/* ---- the map ---- */

struct packer {
	struct mun_str out;
	uint32_t word; /* bits that are no byte yet */
	unsigned int n;
};

static void put_bits(struct packer *p, uint64_t v, unsigned int n)
{
	while (n) {
		unsigned int take = MUN_MIN(n, 8 - p->n);
		uint32_t part =
			(uint32_t)(v >> (n - take)) & ((1u << take) - 1);

		p->word = p->word << take | part;
		p->n += take;
		n -= take;
		if (p->n == 8) {
			mun_str_add_char(&p->out, (char)p->word);
			p->word = 0;
			p->n = 0;
		}
	}
}

static unsigned int bits_of(uint64_t max)
{
	unsigned int n = 0;

	while (max >> n)
		n++;
	return n;
}

/* Of the hunks of zeros all but the first just say "again". */
static unsigned int symbol(const struct mun_chd_writing *w, uint64_t i,
			   bool *self_told)
{
	unsigned int type = (unsigned int)w->map[i].type;

	if (type != MUN_CHD_SELF)
		return type;
	if (*self_told)
		return SELF_AGAIN;
	*self_told = true;
	return type;
}

/* @n times more what was before. */
static void put_run(struct packer *p, uint64_t n, unsigned int last)
{
	while (n >= 3) {
		uint64_t take = MUN_MIN(n, (uint64_t)3 + 16 + 255);

		if (take < 3 + 16) {
			put_bits(p, RLE_SMALL, 4);
			put_bits(p, take - 3, 4);
		} else {
			put_bits(p, RLE_LARGE, 4);
			put_bits(p, (take - 3 - 16) >> 4, 4);
			put_bits(p, (take - 3 - 16) & 15, 4);
		}
		n -= take;
	}
	for (; n; n--)
		put_bits(p, last, 4);
}

static void put_types(struct packer *p, const struct mun_chd_writing *w)
{
	bool self_told = false;
	unsigned int last = 0;
	uint64_t again = 0;

	/* A code in which all 16 symbols have four bits: their own number. */
	for (unsigned int i = 0; i < 16; i++)
		put_bits(p, 4, 4);
	for (uint64_t i = 0; i < w->hunks; i++) {
		unsigned int s = symbol(w, i, &self_told);

		if (i && s == last) {
			again++;
			continue;
		}
		put_run(p, again, last);
		again = 0;
		put_bits(p, s, 4);
		last = s;
	}
	put_run(p, again, last);
}

static void put_rows(struct packer *p, const struct mun_chd_writing *w,
		     unsigned int length_bits, unsigned int self_bits)
{
	bool self_told = false;

	for (uint64_t i = 0; i < w->hunks; i++) {
		const struct mun_chd_entry *x = &w->map[i];

		switch (symbol(w, i, &self_told)) {
		case MUN_CHD_CODEC0:
			put_bits(p, x->len, length_bits);
			put_bits(p, x->crc, 16);
			break;
		case MUN_CHD_PLAIN:
			put_bits(p, x->crc, 16);
			break;
		case MUN_CHD_SELF:
			put_bits(p, mun_chd_off(x), self_bits);
			break;
		default:
			break;
		}
	}
	if (p->n)
		put_bits(p, 0, 8 - p->n);
}

static int write_map(struct mun_chd_writing *w, struct mun_err *e)
{
	struct packer p = { 0 };
	unsigned int length_bits = bits_of(w->hunk_bytes);
	unsigned int self_bits = bits_of(w->hunks);
	uint8_t head[16] = { 0 };
	uint16_t crc;
	int rc;

	put_types(&p, w);
	put_rows(&p, w, length_bits, self_bits);
	if (p.out.failed) {
		mun_str_free(&p.out);
		return mun_fail_nomem(e, "map");
	}
	crc = mun_chd_map_crc(w->map, w->hunks);
	mun_put_be32(head, (uint32_t)p.out.len);
	head[4] = (uint8_t)(w->start >> 40);
	head[5] = (uint8_t)(w->start >> 32);
	mun_put_be32(head + 6, (uint32_t)w->start);
	head[10] = (uint8_t)(crc >> 8);
	head[11] = (uint8_t)crc;
	head[12] = (uint8_t)length_bits;
	head[13] = (uint8_t)self_bits;
	rc = mun_outfile_write(w->file, head, sizeof(head), w->end, e);
	if (!rc)
		rc = mun_outfile_write(w->file, p.out.text, p.out.len,
				       w->end + sizeof(head), e);
	mun_str_free(&p.out);
	return rc;
}

/* ---- the header ---- */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, HASH_ROW);
}

/* Of the data's SHA-1 and of those of the metadata, in the order of their
 * bytes. */
static int sha1_of_all(struct mun_chd_writing *w, const uint8_t raw[static 20],
		       uint8_t out[static 20], struct mun_err *e)
{
	struct mun_str all = { 0 };
	int rc;

	qsort(w->hashes.text, w->hashes.len / HASH_ROW, HASH_ROW, by_bytes);
	mun_str_add_bytes(&all, raw, 20);
	mun_str_add_bytes(&all, w->hashes.text, w->hashes.len);
	rc = all.failed ? mun_fail_nomem(e, "SHA-1")
			: sha1_of(all.text, all.len, out, e);
	mun_str_free(&all);
	return rc;
}

int mun_chd_finish(struct mun_chd_writing *w, struct mun_err *e)
{
	uint8_t h[MUN_CHD_HEAD] = "MComprHD";
	int rc = write_map(w, e);

	mun_put_be32(h + 8, MUN_CHD_HEAD);
	mun_put_be32(h + 12, 5);
	mun_put_be32(h + 16, w->of_cd ? MUN_CHD_TAG('c', 'd', 'z', 'l')
				      : MUN_CHD_TAG('z', 'l', 'i', 'b'));
	mun_put_be64(h + 32, w->bytes);
	mun_put_be64(h + 40, w->end);
	mun_put_be64(h + 48, w->meta.len ? MUN_CHD_HEAD : 0);
	mun_put_be32(h + 56, w->hunk_bytes);
	mun_put_be32(h + 60, w->unit_bytes);
	if (!rc && EVP_DigestFinal_ex(w->sha1, h + 64, NULL) != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
	if (!rc)
		rc = sha1_of_all(w, h + 64, h + 84, e);
	if (!rc)
		rc = mun_outfile_write(w->file, w->meta.text, w->meta.len,
				       MUN_CHD_HEAD, e);
	return rc ? rc : mun_outfile_write(w->file, h, sizeof(h), 0, e);
}
