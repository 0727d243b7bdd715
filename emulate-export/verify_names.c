/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_names.c - names that other systems take for the same */
#include "emulate-export/verify_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "core/check.h"
#include "core/utf8.h"

/* By their first number, both: the order of the Unicode data. */
static const struct pair {
	uint32_t from;
	uint32_t to[2]; /* the second 0: a single one */
} pairs[] = {
#define NFD(from, a, b) { from, { a, b } },
#define CCC(first, last, class)
#include "emulate-export/verify_nfd.def"
#undef NFD
#undef CCC
};

static const struct range {
	uint32_t first;
	uint32_t last;
	unsigned int class;
} ranges[] = {
#define NFD(from, a, b)
#define CCC(first, last, class) { first, last, class },
#include "emulate-export/verify_nfd.def"
#undef NFD
#undef CCC
};

/* Hangul syllables are computed (Unicode, section 3.12). */
#define HANGUL 0xac00u
#define HANGUL_N 11172u
#define HANGUL_T 28u
#define HANGUL_VT (21u * HANGUL_T)

/* No character becomes more than four. */
#define EXPANSION 4u

/* Marks on one letter that are put in order; text has at most 30 (UAX #15,
 * section 13), and what is made to take long has more. */
#define MARKS_MAX 64u

static int by_from(const void *key, const void *item)
{
	const uint32_t c = *(const uint32_t *)key;
	const struct pair *p = item;

	return (c > p->from) - (c < p->from);
}

static int by_range(const void *key, const void *item)
{
	const uint32_t c = *(const uint32_t *)key;
	const struct range *r = item;

	return (c > r->last) - (c < r->first);
}

static unsigned int class_of(uint32_t c)
{
	const struct range *r = NULL;

	if (c >= 0x300)
		r = bsearch(&c, ranges, MUN_COUNT(ranges), sizeof(*r),
			    by_range);
	return r ? r->class : 0;
}

/* Into @out, which has room for EXPANSION.
 * NOLINTNEXTLINE(misc-no-recursion): the data nests three deep. */
static size_t decompose(uint32_t c, uint32_t *out)
{
	const struct pair *p = NULL;
	size_t n;

	if (c - HANGUL < HANGUL_N) {
		uint32_t s = c - HANGUL;

		out[0] = 0x1100 + s / HANGUL_VT;
		out[1] = 0x1161 + s % HANGUL_VT / HANGUL_T;
		out[2] = 0x11a7 + s % HANGUL_T;
		return s % HANGUL_T ? 3 : 2;
	}
	if (c >= 0xc0)
		p = bsearch(&c, pairs, MUN_COUNT(pairs), sizeof(*p), by_from);
	if (!p) {
		out[0] = c;
		return 1;
	}
	n = decompose(p->to[0], out);
	if (p->to[1])
		out[n++] = p->to[1];
	return n;
}

/* Marks in the order of their classes, as they stand where those are equal. */
static void order(uint32_t *c, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		unsigned int class = class_of(c[i]);
		uint32_t moved = c[i];
		size_t at = i;

		if (!class)
			continue;
		while (at && i - at < MARKS_MAX &&
		       class_of(c[at - 1]) > class) {
			c[at] = c[at - 1];
			at--;
		}
		c[at] = moved;
	}
}

static void add_utf8(struct mun_str *out, uint32_t c)
{
	char b[4];
	size_t n = 0;

	if (c < 0x80) {
		b[n++] = (char)c;
	} else if (c < 0x800) {
		b[n++] = (char)(0xc0 | c >> 6);
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		b[n++] = (char)(0xe0 | c >> 12);
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else {
		b[n++] = (char)(0xf0 | c >> 18);
		b[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	}
	mun_str_add_bytes(out, b, n);
}

/* A run of UTF-8 at @p, of at most @len bytes; how many it took. */
static size_t add_run(const char *p, size_t len, bool fold, uint32_t *room,
		      struct mun_str *out)
{
	size_t n = 0;
	size_t at = 0;

	while (at < len) {
		uint32_t c;
		size_t took = mun_utf8_next(p + at, len - at, &c);

		if (!took)
			break;
		/* Folded before and after: a composed capital is one, too. */
		n += decompose(fold ? (uint32_t)towlower((wint_t)c) : c,
			       room + n);
		at += took;
	}
	order(room, n);
	for (size_t i = 0; i < n; i++)
		add_utf8(out,
			 fold ? (uint32_t)towlower((wint_t)room[i]) : room[i]);
	return at;
}

static bool is_ascii(const char *p)
{
	while (*p && (unsigned char)*p < 0x80)
		p++;
	return !*p;
}

int mun_name_key(const char *name, bool fold, struct mun_str *out,
		 struct mun_err *e)
{
	const size_t len = strlen(name);
	mun_autofree uint32_t *room = NULL;

	if (is_ascii(name)) {
		for (size_t i = 0; i < len; i++) {
			char c = name[i];

			if (fold && c >= 'A' && c <= 'Z')
				c = (char)(c | 0x20);
			mun_str_add_char(out, c);
		}
		return out->failed ? mun_fail_nomem(e, "name") : 0;
	}
	room = calloc(len * EXPANSION + 1, sizeof(*room));
	if (!room)
		return mun_fail_nomem(e, "name");
	for (size_t at = 0; at < len;) {
		at += add_run(name + at, len - at, fold, room, out);
		if (at < len)
			mun_str_add_char(out, name[at++]);
	}
	return out->failed ? mun_fail_nomem(e, "name") : 0;
}

bool mun_name_is_dropping(const char *path)
{
	static const char *const names[] = { ".DS_Store",   "Thumbs.db",
					     "desktop.ini", ".Spotlight-V100",
					     ".Trashes",    ".fseventsd" };
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (!strcasecmp(name, names[i]))
			return true;
	}
	return name[0] == '.' && name[1] == '_';
}
