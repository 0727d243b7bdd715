/* SPDX-License-Identifier: Apache-2.0 */
/* audit/run_sweep.c - is everything there, of its size, and nothing else? */
#include "audit/run_store.h"

#include <stdio.h>
#include <string.h>

#include "core/str.h"
#include "core/uuid.h"
#include "store/sweep.h"

static const char *const outcomes[] = {
	[MUN_SWEEP_MISSING] = "missing",
	[MUN_SWEEP_SIZE] = "mismatch",
	[MUN_SWEEP_UNREADABLE] = "unreadable",
	[MUN_SWEEP_EXTRA] = "extra",
};

/*
 * Findings of the first objects wait until it is clear that it is not the
 * store that is at fault: the circuit breaker, as for an audit's feed.
 */
struct found {
	char object[MUN_UUID_LEN];
	char *path;
	enum mun_sweep_kind kind;
	uint64_t bytes;
	int sys;
	char text[128];
};

struct sweep {
	struct mun_run_store *s;
	struct mun_presence *p;
	char object[MUN_UUID_LEN]; /* at hand */
	bool bad; /* missing or unreadable */
	uint64_t items; /* how many the breaker looks at; 0: none */
	uint64_t seen;
	uint64_t nbad;
	bool judged;
	bool tripped;
	size_t nheld;
	struct found *held;
};

static int tell(struct sweep *w, const struct found *f, struct mun_err *e)
{
	const struct mun_feed_finding out = {
		.object = f->object,
		.store = w->s->h->name,
		.path = f->path,
		.outcome = outcomes[f->kind],
		.bytes = f->bytes,
		.expected = "",
		.actual = "",
		.text = f->text,
	};
	int rc = mun_presence_found(w->p, f->object, f->path, out.outcome,
				    f->bytes, f->sys, f->text, e);

	if (rc)
		return rc;
	w->s->r.sweep_found++;
	if (w->s->finding)
		w->s->finding(w->s->ctx, &out);
	return 0;
}

static int take(void *ctx, const struct mun_sweep_found *f, struct mun_err *e)
{
	struct sweep *w = ctx;
	struct found one = { .kind = f->kind,
			     .bytes = f->bytes,
			     .sys = f->sys };
	void *grown;
	int rc;

	memcpy(one.object, w->object, sizeof(one.object));
	(void)snprintf(one.text, sizeof(one.text), "%s", f->text);
	w->bad |=
		f->kind == MUN_SWEEP_MISSING || f->kind == MUN_SWEEP_UNREADABLE;
	rc = mun_strdup(f->path, &one.path, e);
	if (rc)
		return rc;
	if (w->judged) {
		rc = tell(w, &one, e);
		free(one.path);
		return rc;
	}
	grown = reallocarray(w->held, w->nheld + 1, sizeof(*w->held));
	if (!grown) {
		free(one.path);
		return mun_fail_nomem(e, "findings");
	}
	w->held = grown;
	w->held[w->nheld++] = one;
	return 0;
}

static void forget(struct sweep *w)
{
	for (size_t i = 0; i < w->nheld; i++)
		free(w->held[i].path);
	free(w->held);
	w->held = NULL;
	w->nheld = 0;
}

static int release(struct sweep *w, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < w->nheld && !rc; i++)
		rc = tell(w, &w->held[i], e);
	forget(w);
	return rc;
}

/* After each object: does the store deserve belief? */
static int judge(struct sweep *w, struct mun_err *e)
{
	const struct mun_policy *p = &w->s->policy;

	w->seen++;
	w->nbad += w->bad;
	if (w->judged)
		return 0;
	if (w->items && w->nbad > w->items * p->breaker_percent / 100) {
		w->tripped = true;
		forget(w);
		return 0;
	}
	w->judged = w->seen >= w->items;
	return w->judged ? release(w, e) : 0;
}

static int one(struct sweep *w, const struct mun_presence_object *o,
	       struct mun_err *e)
{
	mun_autofree struct mun_sweep_file *files =
		calloc(o->nfiles + 1, sizeof(*files));
	char urn[MUN_URN_LEN];
	int rc;

	if (!files)
		return mun_fail_nomem(e, "sweep");
	for (size_t i = 0; i < o->nfiles; i++)
		files[i] = (struct mun_sweep_file){ o->files[i].path,
						    o->files[i].bytes };
	memcpy(w->object, o->id, sizeof(w->object));
	w->bad = false;
	mun_object_urn(o->id, urn);
	rc = mun_sweep_object(w->s->h->place, urn, files, o->nfiles, take, w,
			      e);
	if (!rc)
		w->s->r.sweep_objects++;
	return rc ? rc : judge(w, e);
}

static int objects(struct sweep *w, bool *complete, struct mun_err *e)
{
	const struct mun_presence_object *o;
	int rc;

	*complete = false;
	for (;;) {
		if (mun_cancelled() || mun_run_must_stop(w->s))
			return 0;
		rc = mun_presence_next(w->p, &o, e);
		if (!rc && !o) {
			*complete = true;
			return 0;
		}
		if (!rc)
			rc = one(w, o, e);
		if (rc || w->tripped)
			return rc;
	}
}

static int is_known(void *ctx, const char *urn, struct mun_err *e)
{
	const struct sweep *w = ctx;
	char id[MUN_UUID_LEN];
	int rc;

	if (strncmp(urn, "urn:uuid:", 9) != 0 || !mun_uuid_is(urn + 9))
		return 0;
	rc = mun_catalog_resolve(w->s->k->catalog, urn + 9, id, e);
	return rc == MUN_ENOENT ? 0 : rc ? rc : 1;
}

/* Objects that the catalog does not know, and files that belong to none. */
static int strays(struct sweep *w, struct mun_err *e)
{
	w->object[0] = '\0';
	return mun_sweep_strays(w->s->h->place, is_known, take, w, e);
}

static void stopped(struct mun_run_store *s, const struct sweep *w)
{
	if (w->tripped) {
		s->r.state = MUN_RUN_FAULT;
		(void)snprintf(s->r.why, sizeof(s->r.why),
			       "%ju of the first %ju objects are missing or "
			       "unreadable",
			       (uintmax_t)w->nbad, (uintmax_t)w->seen);
	} else {
		s->r.state =
			mun_cancelled() ? MUN_RUN_INTERRUPTED : MUN_RUN_STOPPED;
		(void)snprintf(s->r.why, sizeof(s->r.why),
			       "the sweep goes on from here next time");
	}
}

int mun_run_sweep(struct mun_run_store *s, const struct mun_feed_opts *opts,
		  struct mun_err *e)
{
	struct sweep w = { .s = s };
	bool complete;
	int rc;

	if (s->policy.breaker_percent)
		w.items = s->policy.breaker_items;
	w.judged = !w.items;
	rc = mun_presence_begin(s->k->catalog, opts, &w.p, e);
	if (rc)
		return rc;
	rc = objects(&w, &complete, e);
	if (!rc && complete)
		rc = release(&w, e);
	w.judged |= complete;
	if (!rc && complete && !s->q->objects)
		rc = strays(&w, e);
	if (!rc && !w.tripped && !w.judged)
		rc = release(&w, e);
	if (!rc)
		rc = mun_presence_end(w.p, complete, e);
	if (!rc && !complete)
		stopped(s, &w);
	s->r.swept = !rc && complete;
	s->r.new_incidents += mun_presence_opened(w.p);
	if (rc == MUN_EUNAVAILABLE) {
		s->r.state = MUN_RUN_AWAY;
		(void)snprintf(s->r.why, sizeof(s->r.why),
			       "it went away during the sweep");
		rc = 0;
	}
	forget(&w);
	mun_presence_free(w.p);
	return rc;
}
