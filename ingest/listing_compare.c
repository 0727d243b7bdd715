/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/listing_compare.c - what a manifest promises against the catalog */
#include "ingest/listing.h"

#include "core/arena.h"
#include "core/str.h"

#include <string.h>

struct named {
	const char *base; /* escaped, as names are in the catalog */
	size_t index;
};

/* What was found for one entry. */
enum { NOTHING, UNCOMPARABLE, DIFFERS, SAME };

struct state {
	unsigned int rank; /* one of these */
	bool exact; /* by its path: no other file counts */
	uint64_t bytes;
	const struct mun_digests *actual; /* where they differ */
};

struct comparing {
	const struct mun_manifest *m;
	struct mun_arena *arena;
	struct named *by_base; /* sorted */
	struct state *states; /* beside the entries */
	bool strict;
	mun_manifest_finding_fn *fn;
	void *ctx;
	struct mun_manifest_tally *tally;
};

static int quiet(void *ctx, const struct mun_manifest_finding *f,
		 struct mun_err *e)
{
	(void)ctx;
	(void)f;
	(void)e;
	return 0;
}

static unsigned int rank_of(const struct mun_manifest_entry *en,
			    const struct mun_rec_file *f)
{
	struct mun_manifest_tally t = { 0 };
	struct mun_err e;

	if (mun_manifest_compare(en, f->bytes, &f->digests, quiet, NULL, &t,
				 &e))
		return UNCOMPARABLE;
	if (t.of[MUN_MANIFEST_INTACT])
		return SAME;
	return t.of[MUN_MANIFEST_MISMATCH] ? DIFFERS : UNCOMPARABLE;
}

static void candidate(struct comparing *c, size_t index,
		      const struct mun_rec_file *f, bool exact)
{
	struct state *s = &c->states[index];
	unsigned int rank = rank_of(&c->m->entries[index], f);
	struct mun_digests *copy;

	if (!exact && (s->exact || rank <= s->rank))
		return;
	s->rank = rank;
	s->exact = exact;
	s->bytes = f->bytes;
	s->actual = NULL;
	if (rank == SAME)
		return;
	copy = mun_arena_alloc(c->arena, sizeof(*copy));
	if (copy)
		*copy = f->digests;
	s->actual = copy;
}

/* Also as a path of a bag, whose files lie below data/. */
static bool exact(struct comparing *c, const char *path,
		  const struct mun_rec_file *f, struct mun_err *e)
{
	const struct mun_manifest_entry *en;
	mun_autofree char *data = NULL;

	if (!path)
		return false;
	en = mun_manifest_find(c->m, path);
	if (!en && !mun_fmt(&data, e, "data/%s", path))
		en = mun_manifest_find(c->m, data);
	if (en)
		candidate(c, (size_t)(en - c->m->entries), f, true);
	return en != NULL;
}

static bool by_name(struct comparing *c, const struct mun_rec_file *f)
{
	size_t low = 0;
	size_t high = c->m->nentries;
	bool any = false;

	if (!*f->original_name)
		return false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(c->by_base[mid].base, f->original_name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->m->nentries &&
	       !strcmp(c->by_base[low].base, f->original_name);
	     low++) {
		candidate(c, c->by_base[low].index, f, false);
		any = true;
	}
	return any;
}

static int listed(void *ctx, const struct mun_listed *l, struct mun_err *e)
{
	struct comparing *c = ctx;
	struct mun_manifest_finding f = { MUN_MANIFEST_EXTRA,
					  0,
					  l->content ? l->content : l->logical,
					  "",
					  "",
					  "",
					  "not in the manifest" };
	/* One file may be several entries: no short cuts. */
	bool found = exact(c, l->content, l->file, e);

	found = exact(c, l->logical, l->file, e) || found;
	found = by_name(c, l->file) || found;
	if (found || !c->strict)
		return mun_arena_failed(c->arena, e);
	c->tally->of[MUN_MANIFEST_EXTRA]++;
	return c->fn(c->ctx, &f, e);
}

static int by_base(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int d = strcmp(x->base, y->base);

	return d ? d : (x->index > y->index) - (x->index < y->index);
}

static int index_names(struct comparing *c, struct mun_err *e)
{
	const struct mun_manifest *m = c->m;
	int rc;

	c->states = mun_arena_array(c->arena, m->nentries, sizeof(*c->states));
	c->by_base =
		mun_arena_array(c->arena, m->nentries, sizeof(*c->by_base));
	for (size_t i = 0; c->by_base && i < m->nentries; i++) {
		const char *slash = strrchr(m->entries[i].path, '/');
		const char *base = slash ? slash + 1 : m->entries[i].path;
		struct mun_str s = { 0 };

		mun_escape(&s, base, strlen(base));
		c->by_base[i].base =
			mun_arena_strdup(c->arena, s.text ? s.text : "");
		c->by_base[i].index = i;
		mun_str_free(&s);
	}
	rc = mun_arena_failed(c->arena, e);
	if (!rc && c->by_base)
		qsort(c->by_base, m->nentries, sizeof(*c->by_base), by_base);
	return rc;
}

static int tell_missing(const struct comparing *c,
			const struct mun_manifest_entry *en, struct mun_err *e)
{
	const struct mun_manifest_finding f = {
		MUN_MANIFEST_MISSING,       en->line, en->path, "", "", "",
		"no such file is recorded",
	};

	c->tally->of[MUN_MANIFEST_MISSING]++;
	return c->fn(c->ctx, &f, e);
}

static int tell(const struct comparing *c, struct mun_err *e)
{
	int rc = mun_manifest_refused(c->m, c->fn, c->ctx, c->tally, e);

	for (size_t i = 0; !rc && i < c->m->nentries; i++) {
		const struct mun_manifest_entry *en = &c->m->entries[i];
		const struct state *s = &c->states[i];

		if (en->is_conflict)
			continue; /* told among the refused lines */
		if (s->rank == NOTHING)
			rc = tell_missing(c, en, e);
		else if (s->rank == SAME)
			c->tally->of[MUN_MANIFEST_INTACT]++;
		else
			rc = mun_manifest_compare(en, s->bytes, s->actual,
						  c->fn, c->ctx, c->tally, e);
	}
	return rc;
}

/* Inventories have to be read only for paths of stored content. */
static bool has_content(const struct mun_manifest *m)
{
	for (size_t i = 0; i < m->nentries; i++) {
		const char *path = m->entries[i].path;

		if (!strncmp(path, "ocfl/", 5) ||
		    !strncmp(path, "data/ocfl/", 10))
			return true;
	}
	return false;
}

int mun_listing_compare(const struct mun_store *s, struct mun_catalog *cat,
			const struct mun_manifest *m, bool strict,
			mun_manifest_finding_fn *fn, void *ctx,
			struct mun_manifest_tally *out, struct mun_err *e)
{
	struct comparing c = {
		.m = m, .strict = strict, .fn = fn, .ctx = ctx, .tally = out
	};
	int rc;

	*out = (struct mun_manifest_tally){ 0 };
	rc = mun_arena_new(&c.arena, e);
	if (rc)
		return rc;
	rc = index_names(&c, e);
	if (!rc)
		rc = mun_listing(has_content(m) ? s : NULL, cat, NULL, 0,
				 listed, &c, e);
	if (!rc)
		rc = tell(&c, e);
	mun_arena_free(c.arena);
	return rc;
}
