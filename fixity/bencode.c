/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/bencode.c - reading bencode (BEP 3) */
#include "fixity/bencode.h"

#include "core/check.h"

static int bad(const struct mun_bencode *b, const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "%s at byte %zu", what, b->at);
}

/* The byte to come, or -1 at the end. */
static int peek(const struct mun_bencode *b)
{
	return b->at < b->len ? b->data[b->at] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool mun_bytes_are(struct mun_bytes b, const char *text)
{
	return b.len == strlen(text) && !memcmp(b.p, text, b.len);
}

/* Decimal digits up to @end, which is taken too. */
static int number(struct mun_bencode *b, int end, uint64_t *out,
		  struct mun_err *e)
{
	uint64_t v = 0;

	if (!is_digit(peek(b)))
		return bad(b, "no number", e);
	if (peek(b) == '0' && b->at + 1 < b->len &&
	    is_digit(b->data[b->at + 1]))
		return bad(b, "a number with leading zeros", e);
	while (is_digit(peek(b))) {
		uint64_t digit = (uint64_t)(peek(b) - '0');

		if (ckd_mul(&v, v, UINT64_C(10)) || ckd_add(&v, v, digit) ||
		    v > INT64_MAX)
			return bad(b, "a number too large", e);
		b->at++;
	}
	if (peek(b) != end)
		return bad(b, "a number that does not end", e);
	b->at++;
	*out = v;
	return 0;
}

int mun_bencode_string(struct mun_bencode *b, struct mun_bytes *out,
		       struct mun_err *e)
{
	uint64_t len;
	int rc;

	rc = number(b, ':', &len, e);
	if (rc)
		return rc;
	if (len > b->len - b->at)
		return bad(b, "a string longer than what is left", e);
	out->p = b->data + b->at;
	out->len = (size_t)len;
	b->at += out->len;
	return 0;
}

int mun_bencode_uint(struct mun_bencode *b, uint64_t *out, struct mun_err *e)
{
	if (peek(b) != 'i')
		return bad(b, "no integer", e);
	b->at++;
	return number(b, 'e', out, e);
}

static int enter(struct mun_bencode *b, struct mun_err *e)
{
	if (b->depth == MUN_BENCODE_DEPTH)
		return bad(b, "nesting too deep", e);
	b->depth++;
	b->at++;
	return 0;
}

static void leave(struct mun_bencode *b)
{
	b->depth--;
	b->at++;
}

int mun_bencode_dict(struct mun_bencode *b, struct mun_err *e)
{
	if (peek(b) != 'd')
		return bad(b, "no dictionary", e);
	return enter(b, e);
}

static bool is_after(struct mun_bytes key, struct mun_bytes before)
{
	const size_t n = MUN_MIN(key.len, before.len);
	const int cmp = n ? memcmp(key.p, before.p, n) : 0;

	return cmp > 0 || (cmp == 0 && key.len > before.len);
}

int mun_bencode_key(struct mun_bencode *b, struct mun_bytes *key, bool *end,
		    struct mun_err *e)
{
	const struct mun_bytes before = *key;
	int rc;

	*end = peek(b) == 'e';
	if (*end) {
		leave(b);
		return 0;
	}
	rc = mun_bencode_string(b, key, e);
	if (rc)
		return rc;
	if (before.p && !is_after(*key, before))
		return bad(b, "a key out of order or twice, before", e);
	return 0;
}

/* An integer of any sign and length: its digits are of no interest. */
static int skip_int(struct mun_bencode *b, struct mun_err *e)
{
	b->at++;
	if (peek(b) == '-')
		b->at++;
	if (!is_digit(peek(b)))
		return bad(b, "no number", e);
	while (is_digit(peek(b)))
		b->at++;
	if (peek(b) != 'e')
		return bad(b, "a number that does not end", e);
	b->at++;
	return 0;
}

/* One token at a time, without recursion: @b->depth says when it is over.
 * Keys of skipped dictionaries need not be sorted; they are values here. */
int mun_bencode_skip(struct mun_bencode *b, struct mun_err *e)
{
	const unsigned int outside = b->depth;
	struct mun_bytes unused;
	int rc;

	do {
		switch (peek(b)) {
		case 'i':
			rc = skip_int(b, e);
			break;
		case 'd':
		case 'l':
			rc = enter(b, e);
			break;
		case 'e':
			if (b->depth == outside)
				return bad(b, "no value", e);
			leave(b);
			rc = 0;
			break;
		default:
			rc = mun_bencode_string(b, &unused, e);
		}
	} while (!rc && b->depth > outside);
	return rc;
}
