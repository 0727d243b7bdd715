/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_zip.c - a zip says each name twice
 *
 * APPNOTE.TXT 6.3.  A local header: mark 0, flags 6, lengths of name 26 and
 * extra 28, both from 30 on.  A record of the directory: mark 0, flags 8, sizes
 * 20 and 24, lengths of name 28, extra 30 and comment 32, place of the local
 * header 42, name 46.  The end: mark 0, records 10, bytes of the directory 12,
 * its place 16.  Runs in the sandbox.
 */
#include "emulate-export/verify_zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "emulate-export/verify_box.h"

#define TAIL ((size_t)16 << 10) /* where libarchive looks for the end */
#define END_BYTES 22u
#define END64_BYTES 56u
#define LOCATOR_BYTES 20u
#define RECORD 46u
#define LOCAL 30u
#define WINDOW ((size_t)256 << 10) /* holds the longest record */
#define ALL16 0xFFFFu
#define ALL32 0xFFFFFFFFu
#define FLAG_UTF8 0x0800u
#define EXTRA_64 0x0001u
#define EXTRA_NAME 0x7075u /* Info-ZIP: version, CRC-32, name in UTF-8 */

struct zip {
	struct mun_source *src;
	uint64_t start; /* of the directory */
	uint64_t bytes; /* of it */
	uint64_t records;
	uint64_t before; /* bytes in front, which no place counts */
	bool is_64; /* it has an end for more than 4 GiB */
	uint64_t at; /* of what is in @window */
	size_t filled;
	uint8_t window[WINDOW];
	uint8_t tail[TAIL];
	uint8_t local[2 * ALL16]; /* name and extra */
};

/* A name as one of the two headers has it. */
struct name {
	const uint8_t *text;
	size_t len;
	const uint8_t *extra;
	size_t extra_len;
	bool utf8;
};

static int get(struct zip *z, uint64_t off, void *out, size_t len,
	       struct mun_err *e)
{
	if (off > z->src->size || len > z->src->size - off)
		return mun_fail(e, MUN_ECORRUPT, "the zip is cut off");
	return len ? mun_source_pread(z->src, out, len, off, e) : 0;
}

/* ---- the end ---- */

static bool fits(uint64_t was, uint64_t is, uint64_t all)
{
	return was == all || was == is;
}

/* Of more than 4 GiB or 65,534 files: what the first end cannot hold.  @end:
 * the first end, in the tail, and at byte @at of the archive. */
static int take_end64(struct zip *z, const uint8_t *end, uint64_t *at,
		      struct mun_err *e)
{
	const uint8_t *locator = end - LOCATOR_BYTES;
	uint8_t p[END64_BYTES];
	int rc;

	*at = mun_le64(locator + 8);
	rc = get(z, *at, p, sizeof(p), e);
	if (rc)
		return rc;
	z->records = mun_le64(p + 32);
	z->bytes = mun_le64(p + 40);
	z->start = mun_le64(p + 48);
	z->is_64 = true;
	if (memcmp(p, "PK\6\6", 4) != 0 ||
	    !fits(mun_le16(end + 10), z->records, ALL16) ||
	    !fits(mun_le32(end + 12), z->bytes, ALL32) ||
	    !fits(mun_le32(end + 16), z->start, ALL32))
		return mun_fail(e, MUN_ECORRUPT,
				"the two ends of the zip do not agree");
	return 0;
}

/* The last of them, as all do. */
static int find_end(struct zip *z, bool *found, struct mun_err *e)
{
	size_t len = (size_t)MUN_MIN(z->src->size, (uint64_t)TAIL);
	uint64_t from = z->src->size - len;
	const uint8_t *p = NULL;
	uint64_t at;
	int rc = get(z, from, z->tail, len, e);

	for (size_t i = len; !rc && !p && i >= END_BYTES; i--)
		if (!memcmp(z->tail + i - END_BYTES, "PK\5\6", 4))
			p = z->tail + i - END_BYTES;
	*found = p != NULL;
	if (!p)
		return rc;
	at = from + (uint64_t)(p - z->tail);
	z->records = mun_le16(p + 10);
	z->bytes = mun_le32(p + 12);
	z->start = mun_le32(p + 16);
	if (p - z->tail >= (ptrdiff_t)LOCATOR_BYTES &&
	    !memcmp(p - LOCATOR_BYTES, "PK\6\7", 4))
		rc = take_end64(z, p, &at, e);
	if (rc)
		return rc;
	/* A program in front, which unpacks it, is in no place; nor does
	 * libarchive look for one where the places have 64 bits. */
	if (z->bytes > at || z->start > at - z->bytes ||
	    (z->is_64 && z->start < at - z->bytes))
		return mun_fail(e, MUN_ECORRUPT,
				"the directory of the zip is not where its end "
				"says");
	z->before = at - z->bytes - z->start;
	z->start = at - z->bytes;
	return 0;
}

/* ---- names ---- */

/* The data of the field @id; NULL: none. */
static const uint8_t *field(const struct name *n, unsigned int id, size_t *len)
{
	const uint8_t *p = n->extra;
	size_t left = n->extra_len;

	while (left >= 4) {
		*len = mun_le16(p + 2);
		if (*len > left - 4)
			break;
		if (mun_le16(p) == id)
			return p + 4;
		p += 4 + *len;
		left -= 4 + *len;
	}
	*len = 0;
	return NULL;
}

static bool is_ascii(const struct name *n)
{
	for (size_t i = 0; i < n->len; i++)
		if (n->text[i] >= 0x80)
			return false;
	return true;
}

/* The name in UTF-8, where there is one beside it, else the name. */
static const uint8_t *effective(const struct name *n, size_t *len)
{
	const uint8_t *p = field(n, EXTRA_NAME, len);

	if (p && *len >= 5) {
		*len -= 5;
		return p + 5;
	}
	*len = n->len;
	return n->text;
}

static bool same(const struct name *a, const struct name *b)
{
	size_t alen;
	size_t blen;
	const uint8_t *x = effective(a, &alen);
	const uint8_t *y = effective(b, &blen);

	return a->len == b->len && !memcmp(a->text, b->text, a->len) &&
	       alen == blen && !memcmp(x, y, alen) &&
	       (a->utf8 == b->utf8 || is_ascii(a));
}

/* Where the local header of the record @p is. */
static uint64_t place_of(const uint8_t *p, const struct name *n)
{
	size_t len;
	const uint8_t *big = field(n, EXTRA_64, &len);
	size_t at = 0;

	if (mun_le32(p + 42) != ALL32 || !big)
		return mun_le32(p + 42);
	/* Only what is not in the record itself is there, in this order. */
	at += mun_le32(p + 24) == ALL32 ? 8 : 0;
	at += mun_le32(p + 20) == ALL32 ? 8 : 0;
	return at + 8 <= len ? mun_le64(big + at) : ALL32;
}

static int compare(struct zip *z, const uint8_t *p, const struct name *n,
		   struct mun_err *e)
{
	uint64_t off = place_of(p, n);
	struct name local = { .text = z->local };
	uint8_t head[LOCAL];
	int rc;

	if (ckd_add(&off, off, z->before))
		return mun_fail(e, MUN_ECORRUPT, "the zip is cut off");
	rc = get(z, off, head, sizeof(head), e);
	if (rc)
		return rc;
	local.len = mun_le16(head + 26);
	local.extra = z->local + local.len;
	local.extra_len = mun_le16(head + 28);
	local.utf8 = mun_le16(head + 6) & FLAG_UTF8;
	rc = get(z, off + LOCAL, z->local, local.len + local.extra_len, e);
	if (rc)
		return rc;
	if (!memcmp(head, "PK\3\4", 4) && same(n, &local))
		return 0;
	return mun_fail(e, MUN_ECORRUPT,
			"what the directory of the zip has as '%.*s' has "
			"another name before its bytes",
			(int)MUN_MIN(n->len, (size_t)64),
			(const char *)n->text);
}

/* @len bytes of the directory from byte @off of it on; NULL: not all there. */
static const uint8_t *look(struct zip *z, uint64_t off, size_t len, int *rc,
			   struct mun_err *e)
{
	*rc = 0;
	if (len > z->bytes || off > z->bytes - len)
		return NULL;
	if (off < z->at || off + len > z->at + z->filled) {
		z->at = off;
		z->filled = (size_t)MUN_MIN(z->bytes - off, (uint64_t)WINDOW);
		*rc = get(z, z->start + off, z->window, z->filled, e);
	}
	return *rc ? NULL : z->window + (off - z->at);
}

static int each_record(struct zip *z, struct mun_err *e)
{
	uint64_t off = 0;
	uint64_t n = 0;
	int rc = 0;

	while (!rc && off < z->bytes) {
		const uint8_t *p = look(z, off, RECORD, &rc, e);
		struct name name = { 0 };
		size_t len = 0;

		if (p && !memcmp(p, "PK\1\2", 4)) {
			name.len = mun_le16(p + 28);
			name.extra_len = mun_le16(p + 30);
			len = RECORD + name.len + name.extra_len +
			      mun_le16(p + 32);
			p = look(z, off, len, &rc, e);
		}
		if (rc)
			return rc;
		if (!p || !len)
			return mun_fail(e, MUN_ECORRUPT,
					"the directory of the zip is broken");
		name.text = p + RECORD;
		name.extra = name.text + name.len;
		name.utf8 = mun_le16(p + 8) & FLAG_UTF8;
		rc = compare(z, p, &name, e);
		off += len;
		if (++n > MUN_BOX_ENTRIES)
			return mun_fail(e, MUN_ECORRUPT, "more than %u entries",
					MUN_BOX_ENTRIES);
	}
	/* Many who write more than the first end can count let it run over. */
	if (!rc && (z->is_64 ? n : n & ALL16) != z->records)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the directory of the zip has not as many files "
			      "as its end says");
	return rc;
}

int mun_zip_names(struct mun_source *src, struct mun_err *e)
{
	mun_autofree struct zip *z = calloc(1, sizeof(*z));
	bool found = false;
	int rc;

	if (!z)
		return mun_fail_nomem(e, "directory of a zip");
	z->src = src;
	rc = find_end(z, &found, e);
	return rc || !found ? rc : each_record(z, e);
}
