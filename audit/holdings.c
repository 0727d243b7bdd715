/* SPDX-License-Identifier: Apache-2.0 */
/* audit/holdings.c - all stores of a repository, opened, or said to be away */
#include "audit/holdings.h"

#include <stdio.h>
#include <string.h>

#include "catalog/report_facts.h"
#include "core/str.h"

struct opening {
	const char *path; /* the repository */
	char repository[MUN_UUID_LEN];
	struct mun_holdings *h;
};

static int open_place(const struct opening *o, struct mun_holding *h,
		      const struct mun_cat_store *s, struct mun_err *e)
{
	int rc;

	if (!strcmp(s->name, MUN_STORE_MAIN)) {
		rc = mun_strdup(o->path, &h->path, e);
		if (!rc)
			rc = mun_place_open_main(o->path, &h->place, &h->away);
	} else {
		rc = mun_place_path(s->url, &h->path, e);
		if (!rc)
			rc = mun_place_open(h->path, s->id, o->repository,
					    s->name, &h->place, &h->away);
	}
	if (rc == MUN_EUNAVAILABLE)
		return 0;
	if (rc && h->away.code)
		*e = h->away;
	return rc ? mun_ctx(e, "store '%s'", s->name) : 0;
}

static int open_one(void *ctx, const struct mun_cat_store *s, struct mun_err *e)
{
	const struct opening *o = ctx;
	struct mun_holding *h;
	void *grown;
	int rc;

	grown = reallocarray(o->h->of, o->h->n + 1, sizeof(*o->h->of));
	if (!grown)
		return mun_fail_nomem(e, "stores");
	o->h->of = grown;
	h = &o->h->of[o->h->n++];
	memset(h, 0, sizeof(*h));
	rc = mun_strdup(s->name, &h->name, e);
	if (rc)
		return rc;
	(void)snprintf(h->id, sizeof(h->id), "%s", s->id);
	h->paused = !strcmp(s->state, "paused");
	return open_place(o, h, s, e);
}

int mun_holdings_open(struct mun_catalog *c, const char *path,
		      struct mun_holdings **out, struct mun_err *e)
{
	mun_auto(holdings) *h = calloc(1, sizeof(*h));
	struct opening o = { .path = path, .h = h };
	char key[17];
	int rc;

	if (!h)
		return mun_fail_nomem(e, "stores");
	/* Without an identity there is no store but main. */
	rc = mun_rep_identity(c, o.repository, key, e);
	if (!rc)
		rc = mun_catalog_stores(c, false, open_one, &o, e);
	if (!rc)
		*out = mun_steal(&h);
	return rc;
}

void mun_holdings_free(struct mun_holdings *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++) {
		free(h->of[i].name);
		free(h->of[i].path);
		mun_place_close(h->of[i].place);
	}
	free(h->of);
	free(h);
}

struct mun_holding *mun_holdings_find(const struct mun_holdings *h,
				      const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (!strcmp(h->of[i].name, name))
			return &h->of[i];
	return NULL;
}

/* A stored file whose errors are those of its store where that went away. */
struct guarded {
	struct mun_source src;
	struct mun_source *inner;
	const struct mun_place *place;
};

static int really(const struct mun_place *p, int rc, struct mun_err *e)
{
	struct mun_err gone;

	if (rc != MUN_EUNAVAILABLE && mun_place_available(p, &gone)) {
		*e = gone;
		return gone.code;
	}
	return rc;
}

static int guarded_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	const struct guarded *g = (const struct guarded *)s;
	int rc = mun_source_pread(g->inner, buf, len, off, e);

	return rc && rc != MUN_ECANCELLED ? really(g->place, rc, e) : rc;
}

static size_t guarded_ready(struct mun_source *s, void *buf, size_t len,
			    uint64_t off)
{
	const struct guarded *g = (const struct guarded *)s;

	return mun_source_pread_ready(g->inner, buf, len, off);
}

static int guarded_extent(struct mun_source *s, uint64_t off,
			  struct mun_extent *out, struct mun_err *e)
{
	const struct guarded *g = (const struct guarded *)s;

	return mun_source_next_extent(g->inner, off, out, e);
}

static void guarded_close(struct mun_source *s)
{
	struct guarded *g = (struct guarded *)s;

	mun_source_close(g->inner);
	free(g);
}

int mun_holding_open_file(const struct mun_holding *h, const char *urn,
			  const char *path, enum mun_read_mode mode,
			  struct mun_source **out, struct mun_err *e)
{
	static const struct mun_source_ops ops = {
		.pread = guarded_pread,
		.next_extent = guarded_extent,
		.close = guarded_close,
		.pread_ready = guarded_ready,
	};
	struct guarded *g;
	int rc;

	if (!h->place) {
		*e = h->away;
		return e->code;
	}
	g = calloc(1, sizeof(*g));
	if (!g)
		return mun_fail_nomem(e, "stored file");
	rc = mun_store_open_file(h->place->store, urn, path, mode, &g->inner,
				 e);
	if (rc) {
		free(g);
		return rc == MUN_ECANCELLED ? rc : really(h->place, rc, e);
	}
	g->place = h->place;
	g->src.ops = &ops;
	g->src.size = g->inner->size;
	*out = &g->src;
	return 0;
}
