/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_make_names.c - any names of files, as DOS and Windows may
 * have them: NUL or '/' ends a name */
#include "emulate-export/make_names.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "emulate-export/make_set.h"

#define MOST 64u

struct folder {
	struct mun_make_tree tree;
	struct mun_make_node top;
	struct mun_make_node kids[MOST];
	struct mun_make_node *list[MOST];
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool is_new(struct mun_make_set *s, const void *key, size_t len)
{
	bool added = false;

	must(mun_make_set_at(s, key, len, &added) != NULL);
	return added;
}

static int by_name(const void *a, const void *b)
{
	const struct mun_make_node *const *x = a;
	const struct mun_make_node *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* As a folder could have them: no two the same, 1 to 255 bytes. */
static void fill(struct folder *f, const uint8_t *data, size_t size)
{
	struct mun_make_set seen = { .arena = f->tree.arena };
	size_t from = 0;

	for (size_t i = 0; i <= size && f->top.nkids < MOST; i++) {
		const char *at = (const char *)data + from;
		size_t len = i - from;
		struct mun_make_node *n = &f->kids[f->top.nkids];

		if (i < size && data[i] && data[i] != '/')
			continue;
		from = i + 1;
		if (!len || len > 255 || (len == 1 && at[0] == '.') ||
		    (len == 2 && !memcmp(at, "..", 2)) ||
		    !is_new(&seen, at, len))
			continue;
		n->name = mun_arena_strndup(f->tree.arena, at, len);
		n->parent = &f->top;
		n->is_dir = len % 5 == 0;
		must(n->name != NULL);
		f->list[f->top.nkids++] = n;
	}
	qsort(f->list, f->top.nkids, sizeof(f->list[0]), by_name);
}

static void judge_short(const struct folder *f, enum mun_make_charset set)
{
	struct mun_make_set seen = { .arena = f->tree.arena };

	for (size_t i = 0; i < f->top.nkids; i++) {
		const char *s = f->kids[i].short_name;
		const char *dot = strchr(s, '.');
		size_t base = dot ? (size_t)(dot - s) : strlen(s);

		must(base >= 1 && base <= 8 && is_new(&seen, s, strlen(s)));
		must(!dot || (strlen(dot) >= 2 && strlen(dot) <= 4));
		must(!dot || !strchr(dot + 1, '.'));
		must(!strpbrk(s, " \"*+,/:;<=>?[\\]|\x7f"));
		must(strcmp(s, "CON") != 0 && strncmp(s, "NUL.", 4) != 0);
		for (size_t k = 0; s[k]; k++)
			must((uint8_t)s[k] > ' ' &&
			     (set == MUN_MAKE_DOS_437 || (uint8_t)s[k] < 0x80));
	}
}

static void judge_wide(const struct folder *f, size_t most, bool joliet)
{
	struct mun_make_set seen = { .arena = f->tree.arena };

	for (size_t i = 0; i < f->top.nkids; i++) {
		const struct mun_make_node *n = &f->kids[i];
		uint16_t key[MUN_MAKE_WIDE];

		must(n->wide && n->nwide >= 1 && n->nwide <= most);
		must(n->wide[n->nwide - 1] != '.');
		must(n->wide[n->nwide - 1] != ' ');
		for (size_t k = 0; k < n->nwide; k++) {
			uint16_t u = n->wide[k];

			must(u >= 0x20 && u != 0x7F);
			must(u >= 0x80 || !strchr("\"*/:<>?\\|", u));
			must(!joliet || u != ';');
			/* Halves of a character come in pairs. */
			if ((u & 0xFC00) == 0xD800)
				must(k + 1 < n->nwide &&
				     (n->wide[k + 1] & 0xFC00) == 0xDC00);
			key[k] = u >= 'a' && u <= 'z' ? (uint16_t)(u - 32) : u;
		}
		must(is_new(&seen, key, n->nwide * sizeof(*key)));
		/* Its text is the name, or it says that it is not. */
		if (mun_make_wide_is_name(n)) {
			struct mun_str s = { 0 };

			mun_make_wide_text(n->wide, n->nwide, &s);
			must(s.text && strcmp(s.text, n->name) == 0);
			mun_str_free(&s);
		}
	}
}

/* No alias is another file's long name. */
static void judge_both(const struct folder *f)
{
	for (size_t i = 0; i < f->top.nkids; i++)
		for (size_t k = 0; k < f->top.nkids; k++) {
			const struct mun_make_node *n = &f->kids[k];
			const char *s = f->kids[i].short_name;
			bool same = i != k && n->nwide == strlen(s);

			for (size_t j = 0; same && j < n->nwide; j++) {
				uint16_t u = n->wide[j];

				if (u >= 'a' && u <= 'z')
					u = (uint16_t)(u - 32);
				same = u == (uint8_t)s[j];
			}
			must(!same);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct folder *f = calloc(1, sizeof(*f));
	struct mun_err e;

	if (!f || mun_arena_new(&f->tree.arena, &e)) {
		free(f);
		return 0;
	}
	f->top.is_dir = true;
	f->top.name = "";
	f->top.kids = f->list;
	fill(f, data, size);
	must(!mun_make_short_names(&f->top, MUN_MAKE_DOS_437, &e));
	judge_short(f, MUN_MAKE_DOS_437);
	must(!mun_make_wide_names(&f->tree, &f->top, 64, true, &e));
	judge_wide(f, 64, true);
	must(!mun_make_short_names(&f->top, MUN_MAKE_D_CHARACTERS, &e));
	judge_short(f, MUN_MAKE_D_CHARACTERS);
	must(!mun_make_wide_names(&f->tree, &f->top, 255, false, &e));
	judge_wide(f, 255, false);
	must(!mun_make_short_names(&f->top, MUN_MAKE_DOS_ASCII, &e));
	judge_short(f, MUN_MAKE_DOS_ASCII);
	judge_both(f);
	mun_arena_free(f->tree.arena);
	free(f);
	return 0;
}
