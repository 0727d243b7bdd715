/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_short.c - names of eight and three characters
 *
 * A name that is 8.3 already, but for the case of its letters, is kept.  Any
 * other is cut and numbered, as Windows does: "LETTER~1.DOC"; on an ISO 9660
 * disc, which has no '~', "LETTER_1.DOC", and only where the cut name is taken.
 */
#include "emulate-export/make_names.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"
#include "emulate-export/make_set.h"

#define BASE 8u
#define EXT 3u
#define MOST_ALIKE 999999u

/* As it is being made. */
struct short_name {
	char base[BASE + 1];
	char ext[EXT + 1];
	bool is_name; /* nothing was changed but the case */
};

/* Letters beyond ASCII as DOS 5 to 7 (US) have them in code page 437, and as
 * its upper case.  What has no capital there becomes the bare letter. */
static const struct {
	uint16_t from;
	uint8_t to; /* in code page 437 */
	bool same; /* it is the same letter */
} letters_437[] = {
	{ 0xC4, 0x8E, true }, { 0xC5, 0x8F, true }, { 0xC6, 0x92, true },
	{ 0xC7, 0x80, true }, { 0xC9, 0x90, true }, { 0xD1, 0xA5, true },
	{ 0xD6, 0x99, true }, { 0xDC, 0x9A, true }, { 0xDF, 0xE1, true },
	{ 0xE4, 0x8E, true }, { 0xE5, 0x8F, true }, { 0xE6, 0x92, true },
	{ 0xE7, 0x80, true }, { 0xE9, 0x90, true }, { 0xF1, 0xA5, true },
	{ 0xF6, 0x99, true }, { 0xFC, 0x9A, true }, { 0xC0, 'A', false },
	{ 0xC1, 'A', false }, { 0xC2, 'A', false }, { 0xC3, 'A', false },
	{ 0xC8, 'E', false }, { 0xCA, 'E', false }, { 0xCB, 'E', false },
	{ 0xCC, 'I', false }, { 0xCD, 'I', false }, { 0xCE, 'I', false },
	{ 0xCF, 'I', false }, { 0xD2, 'O', false }, { 0xD3, 'O', false },
	{ 0xD4, 'O', false }, { 0xD5, 'O', false }, { 0xD9, 'U', false },
	{ 0xDA, 'U', false }, { 0xDB, 'U', false }, { 0xDD, 'Y', false },
	{ 0xE0, 'A', false }, { 0xE1, 'A', false }, { 0xE2, 'A', false },
	{ 0xE3, 'A', false }, { 0xE8, 'E', false }, { 0xEA, 'E', false },
	{ 0xEB, 'E', false }, { 0xEC, 'I', false }, { 0xED, 'I', false },
	{ 0xEE, 'I', false }, { 0xEF, 'I', false }, { 0xF2, 'O', false },
	{ 0xF3, 'O', false }, { 0xF4, 'O', false }, { 0xF5, 'O', false },
	{ 0xF9, 'U', false }, { 0xFA, 'U', false }, { 0xFB, 'U', false },
	{ 0xFD, 'Y', false }, { 0xFF, 'Y', false },
};

static bool is_allowed(char c, enum mun_make_charset set)
{
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
		return true;
	return set != MUN_MAKE_D_CHARACTERS && c &&
	       strchr("!#$%&'()-@^`{}~", c);
}

/* One character in the set; @same: it is the same but for its case. */
static char one(uint32_t cp, enum mun_make_charset set, bool *same)
{
	char c = cp < 0x80 ? (char)cp : '\0';

	*same = true;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c && is_allowed(c, set))
		return c;
	for (size_t i = 0;
	     set == MUN_MAKE_DOS_437 && i < MUN_COUNT(letters_437); i++) {
		if (letters_437[i].from != cp)
			continue;
		*same = letters_437[i].same;
		return (char)letters_437[i].to;
	}
	*same = false;
	return '_';
}

/* At most @most characters of @text into @out; blanks and dots fall out. */
static void part(struct short_name *s, const char *text, size_t len, char *out,
		 size_t most, enum mun_make_charset set)
{
	size_t n = 0;
	bool same;

	for (size_t i = 0, step; i < len; i += step) {
		uint32_t cp = 0;

		step = mun_utf8_next(text + i, len - i, &cp);
		if (!step) {
			step = 1;
			cp = 0;
		}
		if (cp == ' ' || cp == '.' || n == most) {
			s->is_name = false;
			continue;
		}
		out[n++] = one(cp, set, &same);
		s->is_name &= same;
	}
	out[n] = '\0';
}

/* CON, PRN, AUX, NUL, CLOCK$, COM1 to 9, LPT1 to 9 are devices in every
 * folder, whatever the extension. */
static bool is_device(const char *base)
{
	static const char *const names[] = { "CON", "PRN", "AUX", "NUL",
					     "CLOCK$" };

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	return (strncmp(base, "COM", 3) == 0 || strncmp(base, "LPT", 3) == 0) &&
	       base[3] >= '0' && base[3] <= '9' && !base[4];
}

static void begin(const struct mun_make_node *n, enum mun_make_charset set,
		  struct short_name *s)
{
	const char *name = n->name;
	const char *dot;

	s->is_name = true;
	/* A dot in front begins no extension. */
	while (*name == '.') {
		name++;
		s->is_name = false;
	}
	dot = strrchr(name, '.');
	if (dot && !dot[1])
		s->is_name = false;
	/* ECMA-119, 7.6.3: a folder has no extension at level 1. */
	if (set == MUN_MAKE_D_CHARACTERS && n->is_dir)
		dot = NULL;
	part(s, name, dot ? (size_t)(dot - name) : strlen(name), s->base, BASE,
	     set);
	part(s, dot ? dot + 1 : "", dot ? strlen(dot + 1) : 0, s->ext, EXT,
	     set);
	if (!s->base[0]) {
		s->base[0] = '_';
		s->base[1] = '\0';
		s->is_name = false;
	}
	if (is_device(s->base)) {
		size_t len = strlen(s->base);

		s->base[len] = '_';
		s->base[len + 1] = '\0';
		s->is_name = false;
	}
}

static bool take(struct mun_make_set *taken, struct mun_make_node *n,
		 const struct short_name *s, bool *out_of_memory)
{
	bool added = false;
	char text[sizeof(n->short_name)];

	(void)snprintf(text, sizeof(text), "%s%s%s", s->base,
		       s->ext[0] ? "." : "", s->ext);
	if (!mun_make_set_at(taken, text, strlen(text), &added)) {
		*out_of_memory = true;
		return false;
	}
	if (!added)
		return false;
	memcpy(n->short_name, text, sizeof(text));
	n->short_is_name = s->is_name;
	return true;
}

/* "LETTER~1", "LETTE~10", ...: where to go on is kept for each beginning, as
 * many files may begin alike. */
static int number_it(struct mun_make_set *taken, struct mun_make_set *starts,
		     struct mun_make_node *n, const struct short_name *s,
		     char mark, struct mun_err *e)
{
	struct short_name x = *s;
	struct mun_make_slot *from;
	char key[2 * BASE];
	bool nomem = false;
	bool added;

	(void)snprintf(key, sizeof(key), "%.6s.%s", s->base, s->ext);
	from = mun_make_set_at(starts, key, strlen(key), &added);
	if (!from)
		return mun_fail_nomem(e, "short names");
	x.is_name = false;
	while (from->number < MOST_ALIKE) {
		char tail[16];
		size_t len = (size_t)snprintf(tail, sizeof(tail), "%c%u", mark,
					      ++from->number);
		size_t keep = MUN_MIN(strlen(s->base), BASE - len);

		memcpy(x.base + keep, tail, len + 1);
		if (take(taken, n, &x, &nomem))
			return 0;
		if (nomem)
			return mun_fail_nomem(e, "short names");
	}
	return mun_fail(e, MUN_EUNSUPPORTED,
			"too many names that begin with '%.6s' in one folder",
			s->base);
}

/* An alias must not be another file's long name either. */
static bool avoid_long_name(struct mun_make_set *taken,
			    const struct mun_make_node *n)
{
	char text[BASE + EXT + 2];
	bool added;

	if (!n->wide || n->nwide >= sizeof(text))
		return true;
	for (size_t i = 0; i < n->nwide; i++) {
		uint16_t u = n->wide[i];

		if (u >= 0x80)
			return true;
		text[i] = (char)(u >= 'a' && u <= 'z' ? u - 32 : u);
	}
	return mun_make_set_at(taken, text, n->nwide, &added) != NULL;
}

int mun_make_short_names(struct mun_make_node *dir, enum mun_make_charset set,
			 struct mun_err *e)
{
	const char mark = set == MUN_MAKE_D_CHARACTERS ? '_' : '~';
	mun_auto(arena) *own = NULL;
	struct mun_make_set taken = { 0 };
	struct mun_make_set starts = { 0 };
	struct short_name s;
	bool nomem = false;
	int rc;

	rc = mun_arena_new(&own, e);
	if (rc)
		return rc;
	taken.arena = starts.arena = own;
	for (size_t i = 0; i < dir->nkids; i++) {
		dir->kids[i]->short_name[0] = '\0';
		begin(dir->kids[i], set, &s);
		if (s.is_name)
			(void)take(&taken, dir->kids[i], &s, &nomem);
	}
	for (size_t i = 0; set == MUN_MAKE_DOS_ASCII && i < dir->nkids; i++)
		if (!avoid_long_name(&taken, dir->kids[i]))
			nomem = true;
	for (size_t i = 0; !rc && !nomem && i < dir->nkids; i++) {
		struct mun_make_node *n = dir->kids[i];

		if (n->short_name[0])
			continue;
		begin(n, set, &s);
		s.is_name = false;
		if (set == MUN_MAKE_D_CHARACTERS && take(&taken, n, &s, &nomem))
			continue;
		if (!nomem)
			rc = number_it(&taken, &starts, n, &s, mark, e);
	}
	return nomem ? mun_fail_nomem(e, "short names") : rc;
}

void mun_make_short_text(const char *name, struct mun_str *out)
{
	static const char *const text[] = {
		[0x00] = "Ç", [0x0E] = "Ä", [0x0F] = "Å",
		[0x10] = "É", [0x12] = "Æ", [0x19] = "Ö",
		[0x1A] = "Ü", [0x25] = "Ñ", [0x61] = "ß",
	};

	for (; *name; name++) {
		uint8_t c = (uint8_t)*name;

		if (c < 0x80)
			mun_str_add_char(out, *name);
		else if (c - 0x80u < MUN_COUNT(text) && text[c - 0x80])
			mun_str_add(out, text[c - 0x80]);
		else
			mun_str_add_char(out, '_');
	}
}
