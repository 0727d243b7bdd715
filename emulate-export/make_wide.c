/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_wide.c - long names in UTF-16, as Windows takes them */
#include "emulate-export/make_names.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"
#include "emulate-export/make_set.h"

#define DOT 0x2Eu

/* As it is being made. */
struct wide {
	uint16_t units[MUN_MAKE_WIDE];
	size_t n;
	bool is_name; /* nothing was changed */
};

static bool is_forbidden(uint32_t cp, bool joliet)
{
	if (cp < 0x20 || cp == 0x7F)
		return true;
	return cp < 0x80 &&
	       (strchr("*/:?\\\"<>|", (int)cp) || (joliet && cp == ';'));
}

static void add(struct wide *w, uint32_t cp)
{
	if (cp < 0x10000) {
		w->units[w->n++] = (uint16_t)cp;
		return;
	}
	cp -= 0x10000;
	w->units[w->n++] = (uint16_t)(0xD800 | cp >> 10);
	w->units[w->n++] = (uint16_t)(0xDC00 | (cp & 0x3FF));
}

/* Windows drops dots and blanks at the end of a name, and then finds none. */
static void no_end(struct wide *w)
{
	size_t n = w->n;

	if (!n || (w->units[n - 1] != DOT && w->units[n - 1] != ' '))
		return;
	w->units[n - 1] = '_';
	w->is_name = false;
}

/* A name has at most 255 bytes, so at most as many units. */
static void widen(const char *name, bool joliet, struct wide *w)
{
	size_t left = MUN_MIN(strlen(name), (size_t)255);

	w->n = 0;
	w->is_name = true;
	while (left) {
		uint32_t cp = 0;
		size_t step = mun_utf8_next(name, left, &cp);

		if (!step || is_forbidden(cp, joliet)) {
			step = step ? step : 1;
			cp = '_';
			w->is_name = false;
		}
		add(w, cp);
		name += step;
		left -= step;
	}
	no_end(w);
}

static bool is_high(uint16_t u)
{
	return (u & 0xFC00) == 0xD800;
}

/* Where the extension begins, its dot counted; w->n where there is none that
 * is worth keeping. */
static size_t extension(const struct wide *w)
{
	for (size_t i = w->n; i > 1 && w->n - i < 16; i--)
		if (w->units[i - 1] == DOT)
			return i - 1;
	return w->n;
}

/* Cut what stands before the extension so that @tail can follow it. */
static void cut(struct wide *w, size_t most, const char *tail)
{
	size_t ext = extension(w);
	size_t len = strlen(tail);
	size_t keep = w->n - ext;
	size_t base = MUN_MIN(ext, most - keep - len);
	uint16_t end[16];

	if (base == ext && !len)
		return;
	if (base && is_high(w->units[base - 1]))
		base--;
	memcpy(end, w->units + ext, keep * sizeof(*end));
	for (size_t i = 0; i < len; i++)
		w->units[base + i] = (uint8_t)tail[i];
	memcpy(w->units + base + len, end, keep * sizeof(*end));
	w->n = base + len + keep;
	w->is_name = false;
	no_end(w);
}

/* The letters that Windows takes for the same, as far as people write them in
 * names: Latin, Greek, Cyrillic, Armenian. */
static uint16_t fold(uint16_t u)
{
	if ((u >= 'a' && u <= 'z') || (u >= 0xE0 && u <= 0xFE && u != 0xF7) ||
	    (u >= 0x3B1 && u <= 0x3CB && u != 0x3C2) ||
	    (u >= 0x430 && u <= 0x44F))
		return (uint16_t)(u - 32);
	if (u == 0xFF)
		return 0x178;
	if (u >= 0x450 && u <= 0x45F)
		return (uint16_t)(u - 80);
	if (u >= 0x561 && u <= 0x586)
		return (uint16_t)(u - 48);
	if (u == 0x3AC)
		return 0x386;
	if (u >= 0x3AD && u <= 0x3AF)
		return (uint16_t)(u - 37);
	if (u == 0x3CC)
		return 0x38C;
	if (u == 0x3CD || u == 0x3CE)
		return (uint16_t)(u - 63);
	if (u == 0x3C2)
		return 0x3A3;
	if ((u >= 0x139 && u <= 0x148) || (u >= 0x179 && u <= 0x17E) ||
	    (u >= 0x4C1 && u <= 0x4CE))
		return (uint16_t)(u & 1 ? u : u - 1);
	if ((u >= 0x100 && u <= 0x137 && u != 0x130 && u != 0x131) ||
	    (u >= 0x14A && u <= 0x177) || (u >= 0x460 && u <= 0x481) ||
	    (u >= 0x48A && u <= 0x4BF) || (u >= 0x4D0 && u <= 0x52F) ||
	    (u >= 0x1E00 && u <= 0x1E95) || (u >= 0x1EA0 && u <= 0x1EFF))
		return (uint16_t)(u & ~1u);
	return u;
}

/* The part before the first dot is what DOS looks at; blanks at its end do not
 * count. */
static size_t device_len(const struct wide *w)
{
	static const char *const names[] = { "CON",    "PRN",    "AUX",
					     "NUL",    "CLOCK$", "CONIN$",
					     "CONOUT$" };
	char base[9];
	size_t n = 0;

	while (n < w->n && n < 8 && w->units[n] != DOT && w->units[n] < 0x80) {
		base[n] = (char)fold(w->units[n]);
		n++;
	}
	if (n < w->n && w->units[n] != DOT)
		return 0;
	while (n && base[n - 1] == ' ')
		n--;
	base[n] = '\0';
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(base, names[i]) == 0)
			return n;
	if (n == 4 &&
	    (strncmp(base, "COM", 3) == 0 || strncmp(base, "LPT", 3) == 0) &&
	    base[3] >= '0' && base[3] <= '9')
		return n;
	return 0;
}

static void begin(const char *name, size_t most, bool joliet, struct wide *w)
{
	size_t device;

	widen(name, joliet, w);
	device = device_len(w);
	if (device) {
		memmove(w->units + device + 1, w->units + device,
			(w->n - device) * sizeof(*w->units));
		w->units[device] = '_';
		w->n++;
		w->is_name = false;
	}
	if (w->n > most)
		cut(w, most, "");
}

static int take(struct mun_make_tree *t, struct mun_make_set *taken,
		struct mun_make_node *n, const struct wide *w,
		struct mun_err *e)
{
	uint16_t key[MUN_MAKE_WIDE];
	bool added;

	for (size_t i = 0; i < w->n; i++)
		key[i] = fold(w->units[i]);
	if (!mun_make_set_at(taken, key, w->n * sizeof(*key), &added))
		return mun_fail_nomem(e, "long names");
	if (!added)
		return 0;
	n->wide = mun_arena_array(t->arena, w->n + 1, sizeof(*n->wide));
	if (!n->wide)
		return mun_fail_nomem(e, "long names");
	memcpy(n->wide, w->units, w->n * sizeof(*n->wide));
	n->nwide = w->n;
	return 0;
}

/* "Letter (2).doc": as a person would. */
static int number_it(struct mun_make_tree *t, struct mun_make_set *taken,
		     struct mun_make_set *starts, struct mun_make_node *n,
		     const struct wide *w, size_t most, struct mun_err *e)
{
	uint16_t key[MUN_MAKE_WIDE];
	struct mun_make_slot *from;
	bool added;
	int rc = 0;

	for (size_t i = 0; i < w->n; i++)
		key[i] = fold(w->units[i]);
	from = mun_make_set_at(starts, key, w->n * sizeof(*key), &added);
	if (!from)
		return mun_fail_nomem(e, "long names");
	from->number += added;
	while (!rc && !n->wide) {
		struct wide x = *w;
		char tail[16];

		(void)snprintf(tail, sizeof(tail), " (%u)", ++from->number);
		cut(&x, most, tail);
		rc = take(t, taken, n, &x, e);
	}
	return rc;
}

int mun_make_wide_names(struct mun_make_tree *t, struct mun_make_node *dir,
			size_t most, bool joliet, struct mun_err *e)
{
	mun_auto(arena) *own = NULL;
	struct mun_make_set taken = { 0 };
	struct mun_make_set starts = { 0 };
	struct wide w;
	int rc;

	rc = mun_arena_new(&own, e);
	taken.arena = starts.arena = own;
	for (size_t i = 0; !rc && i < dir->nkids; i++) {
		dir->kids[i]->wide = NULL;
		begin(dir->kids[i]->name, most, joliet, &w);
		if (w.is_name)
			rc = take(t, &taken, dir->kids[i], &w, e);
	}
	for (size_t i = 0; !rc && i < dir->nkids; i++) {
		struct mun_make_node *n = dir->kids[i];

		if (n->wide)
			continue;
		begin(n->name, most, joliet, &w);
		rc = take(t, &taken, n, &w, e);
		if (!rc && !n->wide)
			rc = number_it(t, &taken, &starts, n, &w, most, e);
	}
	return rc;
}

void mun_make_wide_text(const uint16_t *wide, size_t n, struct mun_str *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t cp = wide[i];
		char text[4];

		if (is_high(wide[i]) && i + 1 < n)
			cp = 0x10000 +
			     ((cp & 0x3FF) << 10 | (wide[++i] & 0x3FFu));
		if (cp < 0x80) {
			mun_str_add_char(out, (char)cp);
			continue;
		}
		if (cp < 0x800) {
			text[0] = (char)(0xC0 | cp >> 6);
			text[1] = (char)(0x80 | (cp & 0x3F));
			mun_str_add_bytes(out, text, 2);
			continue;
		}
		text[0] = (char)(0xE0 | cp >> 12);
		text[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		text[2] = (char)(0x80 | (cp & 0x3F));
		if (cp < 0x10000) {
			mun_str_add_bytes(out, text, 3);
			continue;
		}
		text[0] = (char)(0xF0 | cp >> 18);
		text[1] = (char)(0x80 | (cp >> 12 & 0x3F));
		text[2] = (char)(0x80 | (cp >> 6 & 0x3F));
		text[3] = (char)(0x80 | (cp & 0x3F));
		mun_str_add_bytes(out, text, 4);
	}
}

bool mun_make_wide_is_name(const struct mun_make_node *n)
{
	struct mun_str s = { 0 };
	bool same;

	mun_make_wide_text(n->wide, n->nwide, &s);
	same = !s.failed && s.text && strcmp(s.text, n->name) == 0;
	mun_str_free(&s);
	return same;
}
