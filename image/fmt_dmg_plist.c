/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg_plist.c - the tables in the property list of a UDIF image
 *
 *	<key>blkx</key> <array> <dict>
 *		<key>Name</key> <string>...</string>
 *		<key>Data</key> <data>Base64</data> ... </dict> ... </array>
 */
#include "image/fmt_dmg.h"

#include <ctype.h>
#include <string.h>

enum tag_kind { TAG_OPEN, TAG_CLOSE, TAG_EMPTY, TAG_END };

struct tag {
	enum tag_kind kind;
	const char *name;
	size_t len;
};

struct scan {
	char *p;
	char *end;
};

static bool starts(const struct scan *s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s->end - s->p) >= len && memcmp(s->p, text, len) == 0;
}

/* To behind @text, or to the end. */
static void skip_past(struct scan *s, const char *text)
{
	size_t len = strlen(text);
	char *at = memmem(s->p, (size_t)(s->end - s->p), text, len);

	s->p = at ? at + len : s->end;
}

static struct tag read_tag(struct scan *s)
{
	struct tag t = { .kind = TAG_OPEN };
	char *close = memchr(s->p, '>', (size_t)(s->end - s->p));

	if (!close) {
		s->p = s->end;
		return (struct tag){ .kind = TAG_END };
	}
	s->p++;
	if (*s->p == '/') {
		t.kind = TAG_CLOSE;
		s->p++;
	} else if (close[-1] == '/') {
		t.kind = TAG_EMPTY;
	}
	t.name = s->p;
	while (s->p < close && *s->p != '/' && !isspace((unsigned char)*s->p))
		s->p++;
	t.len = (size_t)(s->p - t.name);
	s->p = close + 1;
	return t;
}

/* The next tag; comments and declarations are none. */
static struct tag next_tag(struct scan *s)
{
	for (;;) {
		s->p = memchr(s->p, '<', (size_t)(s->end - s->p));
		if (!s->p) {
			s->p = s->end;
			return (struct tag){ .kind = TAG_END };
		}
		if (starts(s, "<!--"))
			skip_past(s, "-->");
		else if (starts(s, "<?"))
			skip_past(s, "?>");
		else if (starts(s, "<!"))
			skip_past(s, ">");
		else
			return read_tag(s);
	}
}

static bool is(const struct tag *t, enum tag_kind kind, const char *name)
{
	return t->kind == kind && t->len == strlen(name) &&
	       memcmp(t->name, name, t->len) == 0;
}

/* The text up to the next tag. */
static char *text_here(struct scan *s, size_t *len)
{
	char *text = s->p;
	char *to = memchr(s->p, '<', (size_t)(s->end - s->p));

	s->p = to ? to : s->end;
	*len = (size_t)(s->p - text);
	return text;
}

static bool text_is(const char *text, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(text, want, len) == 0;
}

enum { BASE64_SPACE = 64, BASE64_PAD, BASE64_NONE };

/* What each byte is: a digit, or one of the three above. */
static void base64_table(uint8_t table[static 256])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	memset(table, BASE64_NONE, 256);
	for (uint8_t i = 0; i < 64; i++)
		table[(uint8_t)digits[i]] = i;
	table[' '] = table['\t'] = table['\r'] = table['\n'] = BASE64_SPACE;
	table['='] = BASE64_PAD;
}

/* In its place, as the bytes are fewer than the digits. */
static bool base64_decode(char *text, size_t len, size_t *out_len)
{
	uint8_t *p = (uint8_t *)text;
	uint8_t table[256];
	uint32_t have = 0;
	unsigned int bits = 0;
	size_t n = 0;
	bool padded = false;

	base64_table(table);
	for (size_t i = 0; i < len; i++) {
		uint8_t digit = table[p[i]];

		if (digit == BASE64_SPACE)
			continue;
		padded |= digit == BASE64_PAD;
		if (digit == BASE64_PAD)
			continue;
		if (digit == BASE64_NONE || padded)
			return false;
		have = have << 6 | digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			p[n++] = (uint8_t)(have >> bits);
		}
	}
	*out_len = n;
	return bits < 6;
}

/* The five entities of XML, in place; returns the new length. */
static size_t unescape(char *text, size_t len)
{
	static const struct {
		const char *entity;
		char c;
	} known[] = { { "&amp;", '&' },
		      { "&lt;", '<' },
		      { "&gt;", '>' },
		      { "&quot;", '"' },
		      { "&apos;", '\'' } };
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t used = 1;
		char c = text[i];

		for (size_t k = 0; c == '&' && k < 5; k++) {
			size_t l = strlen(known[k].entity);

			if (len - i >= l &&
			    memcmp(text + i, known[k].entity, l) == 0) {
				used = l;
				c = known[k].c;
				break;
			}
		}
		text[n++] = c;
		i += used;
	}
	return n;
}

/* Past the end of the element that @t began. */
static void skip_element(struct scan *s, struct tag t)
{
	size_t depth = t.kind == TAG_OPEN;

	while (depth) {
		t = next_tag(s);
		if (t.kind == TAG_END)
			return;
		if (t.kind == TAG_OPEN)
			depth++;
		else if (t.kind == TAG_CLOSE)
			depth--;
	}
}

static int bad_plist(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "property list: %s", what);
}

/* The value of one key of an entry. */
static int take_value(struct scan *s, const char *key, size_t key_len,
		      struct mun_blkx *b, struct mun_err *e)
{
	struct tag t = next_tag(s);
	char *text;
	size_t len;

	if (t.kind == TAG_CLOSE || t.kind == TAG_END)
		return bad_plist("a key has no value", e);
	if (is(&t, TAG_OPEN, "data") && text_is(key, key_len, "Data")) {
		text = text_here(s, &len);
		if (!base64_decode(text, len, &b->table_bytes))
			return bad_plist("data is not Base64", e);
		b->table = (const uint8_t *)text;
	} else if (is(&t, TAG_OPEN, "string") && !b->name_bytes &&
		   (text_is(key, key_len, "Name") ||
		    text_is(key, key_len, "CFName"))) {
		text = text_here(s, &len);
		b->name = text;
		b->name_bytes = unescape(text, len);
	}
	skip_element(s, t);
	return 0;
}

static int take_entry(struct scan *s, mun_blkx_fn *fn, void *ctx,
		      struct mun_err *e)
{
	struct mun_blkx b = { .name = "" };

	for (;;) {
		struct tag t = next_tag(s);
		const char *key;
		size_t len;
		int rc;

		if (is(&t, TAG_CLOSE, "dict"))
			break;
		if (!is(&t, TAG_OPEN, "key"))
			return bad_plist("an entry of 'blkx' is broken", e);
		key = text_here(s, &len);
		skip_element(s, t);
		rc = take_value(s, key, len, &b, e);
		if (rc)
			return rc;
	}
	if (!b.table)
		return bad_plist("an entry of 'blkx' has no data", e);
	return fn(ctx, &b, e);
}

/* To behind "<key>blkx</key>". */
static bool find_blkx(struct scan *s)
{
	for (;;) {
		struct tag t = next_tag(s);
		const char *text;
		size_t len;

		if (t.kind == TAG_END)
			return false;
		if (!is(&t, TAG_OPEN, "key"))
			continue;
		text = text_here(s, &len);
		skip_element(s, t);
		if (text_is(text, len, "blkx"))
			return true;
	}
}

int mun_dmg_plist(char *xml, size_t bytes, mun_blkx_fn *fn, void *ctx,
		  struct mun_err *e)
{
	struct scan s = { .p = xml, .end = xml + bytes };
	struct tag t;

	if (!find_blkx(&s))
		return bad_plist("has no 'blkx'", e);
	t = next_tag(&s);
	if (!is(&t, TAG_OPEN, "array"))
		return bad_plist("'blkx' is no array", e);
	for (;;) {
		int rc;

		t = next_tag(&s);
		if (is(&t, TAG_CLOSE, "array"))
			return 0;
		if (!is(&t, TAG_OPEN, "dict"))
			return bad_plist("'blkx' does not end", e);
		rc = take_entry(&s, fn, ctx, e);
		if (rc)
			return rc;
	}
}
