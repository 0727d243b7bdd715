/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/drives_sum.c - what each drive read, in sum and medium by medium */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/drives_walk.h"
#include "core/str.h"

#define PREFIX_MIN 4u /* hex digits of an id that a person types */

static enum mun_drive_outcome outcome_of(const struct mun_drive_object *o,
					 const struct mun_drive_reading *x)
{
	if (!x->known)
		return o->partial ? MUN_DRIVE_PARTIAL : MUN_DRIVE_COMPLETE;
	if (x->unreadable || x->untried)
		return MUN_DRIVE_PARTIAL;
	return x->doubtful ? MUN_DRIVE_DOUBTFUL : MUN_DRIVE_COMPLETE;
}

/*
 * Who lacks less in all than this drive could not read has something of that.
 * It does not matter whether the one went on where the other had stopped:
 * who began with more cannot have it from this drive, which had not.
 */
static void compare(const struct mun_drive_object *o, size_t drive,
		    struct mun_drive_share *s)
{
	uint64_t best = s->unreadable;

	for (size_t i = 0; s->known && s->unreadable && i < o->n; i++) {
		const struct mun_drive_reading *x = &o->readings[i];

		if (x->drive == drive || !x->known)
			continue;
		if (x->unreadable + x->untried < best) {
			best = x->unreadable + x->untried;
			s->others = MUN_OTHERS_BETTER;
			s->other = x->drive;
		} else if (s->others == MUN_OTHERS_NONE &&
			   x->unreadable >= s->unreadable) {
			s->others = MUN_OTHERS_NOT;
		}
	}
}

bool mun_drive_share(const struct mun_drive_object *o, size_t drive,
		     struct mun_drive_share *out)
{
	*out = (struct mun_drive_share){ .known = true };
	for (size_t i = 0; i < o->n; i++) {
		const struct mun_drive_reading *x = &o->readings[i];

		if (x->drive != drive)
			continue;
		out->last = x;
		out->readings++;
		out->known &= x->known;
		out->read_bytes += x->read_bytes;
		out->reads += x->reads;
		out->failed_reads += x->failed_reads;
		out->slow_reads += x->slow_reads;
		out->corrected += x->corrected;
		out->reopened += x->reopened;
	}
	if (!out->last)
		return false;
	out->outcome = outcome_of(o, out->last);
	out->unreadable =
		out->last->known ? out->last->unreadable : o->unreadable;
	compare(o, drive, out);
	return true;
}

/* A medium of one drive, to be put in order. */
struct medium {
	struct mun_drive_medium m;
	size_t seq; /* in the order of the catalog */
};

/* The sums of all drives, or the media of one. */
struct sum {
	struct mun_drives *d;
	/* Newest outcomes of each drive: when and what, unsorted. */
	size_t nrecent; /* drives with room in @recent */
	struct recent {
		size_t n;
		struct {
			char when[MUN_TIME_LEN];
			enum mun_drive_outcome outcome;
		} of[MUN_DRIVE_LAST];
	} * recent;
};

/* Kept newest first; what finds no room is older than all. */
static void remember(struct recent *r, const char *when,
		     enum mun_drive_outcome outcome)
{
	size_t at = r->n;

	while (at && strcmp(r->of[at - 1].when, when) <= 0)
		at--;
	if (at == MUN_DRIVE_LAST)
		return;
	if (r->n < MUN_DRIVE_LAST)
		r->n++;
	memmove(&r->of[at + 1], &r->of[at], (r->n - at - 1) * sizeof(*r->of));
	(void)snprintf(r->of[at].when, sizeof(r->of[at].when), "%s", when);
	r->of[at].outcome = outcome;
}

static int grow_recent(struct sum *s, struct mun_err *e)
{
	struct recent *list;

	if (s->nrecent >= s->d->n)
		return 0;
	list = reallocarray(s->recent, s->d->n, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "drives");
	s->recent = list;
	memset(list + s->nrecent, 0, (s->d->n - s->nrecent) * sizeof(*list));
	s->nrecent = s->d->n;
	return 0;
}

static void add_share(struct mun_drive *x, const struct mun_drive_share *s)
{
	x->media++;
	x->outcomes[s->outcome]++;
	x->others_better += s->others == MUN_OTHERS_BETTER;
	x->others_not += s->others == MUN_OTHERS_NOT;
	if (!s->known)
		return;
	x->known++;
	x->medium_bytes += s->last->bytes;
	x->read_bytes += s->read_bytes;
	x->unreadable += s->unreadable;
	x->doubtful += s->last->doubtful;
	x->reads += s->reads;
	x->failed_reads += s->failed_reads;
	x->slow_reads += s->slow_reads;
	x->corrected += s->corrected;
	x->reopened += s->reopened;
}

/* Has a reading of the object before number @i the same drive? */
static bool is_repeated(const struct mun_drive_object *o, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (o->readings[k].drive == o->readings[i].drive)
			return true;
	return false;
}

static int add_object(void *ctx, const struct mun_drive_object *o,
		      struct mun_err *e)
{
	struct sum *s = ctx;
	int rc;

	if (!o) {
		s->nrecent = 0;
		return 0;
	}
	rc = grow_recent(s, e);
	for (size_t i = 0; i < o->n && !rc; i++) {
		size_t drive = o->readings[i].drive;
		struct mun_drive_share share;

		if (is_repeated(o, i) || !mun_drive_share(o, drive, &share))
			continue;
		add_share(&s->d->of[drive], &share);
		remember(&s->recent[drive], share.last->started, share.outcome);
	}
	return rc;
}

static int last_used_first(const void *a, const void *b)
{
	const struct mun_drive *x = a;
	const struct mun_drive *y = b;
	int d = strcmp(y->last_used, x->last_used);

	return d ? d : strcmp(x->id, y->id);
}

int mun_drives_load(struct mun_catalog *c, struct mun_drives **out,
		    struct mun_err *e)
{
	mun_auto(drives) *d = NULL;
	struct sum s = { 0 };
	int rc = mun_drives_new(&d, e);

	s.d = d;
	if (!rc)
		rc = mun_drives_walk(c, d, add_object, &s, e);
	for (size_t i = 0; !rc && i < d->n; i++) {
		d->of[i].nlast = s.recent[i].n;
		for (size_t k = 0; k < s.recent[i].n; k++)
			d->of[i].last[k] = s.recent[i].of[k].outcome;
	}
	free(s.recent);
	if (rc)
		return rc;
	if (d->n)
		qsort(d->of, d->n, sizeof(*d->of), last_used_first);
	*out = mun_steal(&d);
	return 0;
}

/* Which agents the wanted drive is, and its media so far. */
struct listing {
	const struct mun_drive *want;
	struct mun_drives *d; /* of this walk: its numbers are other ones */
	struct mun_arena *arena;
	size_t n;
	struct medium *of; /* in the arena */
};

static bool is_wanted(const struct listing *l, const struct mun_drive *x)
{
	for (size_t i = 0; i < x->nagents; i++)
		for (size_t k = 0; k < l->want->nagents; k++)
			if (!strcmp(x->agents[i], l->want->agents[k]))
				return true;
	return false;
}

static int add_medium(struct listing *l, const struct mun_drive_object *o,
		      const struct mun_drive_share *s, struct mun_err *e)
{
	struct medium *list =
		mun_arena_grow(l->arena, l->of, l->n, sizeof(*list));

	if (!list)
		return mun_fail_nomem(e, "media");
	l->of = list;
	list[l->n].seq = l->n;
	list[l->n].m = (struct mun_drive_medium){
		.object = mun_arena_strdup(l->arena, o->id),
		.label = mun_arena_strdup(l->arena, o->label),
		.started = mun_arena_strdup(l->arena, s->last->started),
		.stopped = mun_arena_strdup(l->arena, s->last->stopped),
		.outcome = s->outcome,
		.readings = s->readings,
		.known = s->known,
		.bytes = s->last->bytes,
		.unreadable = s->unreadable,
		.doubtful = s->last->doubtful,
		.untried = s->last->untried,
		.read_bytes = s->read_bytes,
		.reads = s->reads,
		.failed_reads = s->failed_reads,
		.others = s->others,
		.other = s->others == MUN_OTHERS_BETTER
				 ? l->d->of[s->other].name
				 : "",
	};
	l->n++;
	return mun_arena_failed(l->arena, e);
}

static int list_object(void *ctx, const struct mun_drive_object *o,
		       struct mun_err *e)
{
	struct listing *l = ctx;

	if (!o) {
		l->n = 0;
		l->of = NULL;
		return 0;
	}
	for (size_t i = 0; i < o->n; i++) {
		size_t drive = o->readings[i].drive;
		struct mun_drive_share share;

		if (is_wanted(l, &l->d->of[drive]))
			return mun_drive_share(o, drive, &share)
				       ? add_medium(l, o, &share, e)
				       : 0;
	}
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct medium *x = a;
	const struct medium *y = b;
	int d = strcmp(y->m.started, x->m.started);

	return d ? d : (y->seq > x->seq) - (y->seq < x->seq);
}

int mun_drives_media(struct mun_catalog *c, const struct mun_drives *d,
		     size_t index, mun_drive_medium_fn *fn, void *ctx,
		     struct mun_err *e)
{
	mun_auto(drives) *own = NULL;
	mun_auto(arena) *arena = NULL;
	struct listing l = { .want = &d->of[index] };
	int rc = mun_drives_new(&own, e);

	if (!rc)
		rc = mun_arena_new(&arena, e);
	l.d = own;
	l.arena = arena;
	if (!rc)
		rc = mun_drives_walk(c, own, list_object, &l, e);
	if (!rc && l.n)
		qsort(l.of, l.n, sizeof(*l.of), newest_first);
	for (size_t i = 0; !rc && i < l.n; i++)
		rc = fn(ctx, &l.of[i].m, e);
	return rc;
}

static bool has_id(const struct mun_drive *x, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; len >= PREFIX_MIN && i < x->nagents; i++)
		if (!strncasecmp(x->agents[i], text, len))
			return true;
	return false;
}

static bool holds(const char *name, const char *text)
{
	size_t len = strlen(text);

	for (; *name; name++)
		if (!strncasecmp(name, text, len))
			return true;
	return false;
}

/* 3: by id or serial; 2: the name; 1: a part of the name; 0: it is not meant.
 */
static int fit(const struct mun_drive *x, const char *text)
{
	if (!*text)
		return 0;
	if (has_id(x, text) || !strcasecmp(x->serial, text))
		return 3;
	if (!strcasecmp(x->name, text))
		return 2;
	return holds(x->name, text) ? 1 : 0;
}

int mun_drives_find(const struct mun_drives *d, const char *text, size_t *index,
		    struct mun_err *e)
{
	char names[256] = "";
	size_t len = 0;
	size_t n = 0;
	int best = 1;

	for (size_t i = 0; i < d->n; i++)
		best = fit(&d->of[i], text) > best ? fit(&d->of[i], text)
						   : best;
	for (size_t i = 0; i < d->n; i++) {
		if (fit(&d->of[i], text) < best)
			continue;
		if (!n++)
			*index = i;
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len,
						sizeof(names) - len,
						"%s%.8s %.40s", len ? ", " : "",
						d->of[i].id, d->of[i].name);
	}
	if (n == 1)
		return 0;
	if (!n)
		return mun_fail(e, MUN_ENOENT, "no drive is '%s'", text);
	return mun_fail(e, MUN_EINVAL, "'%s' is ambiguous: %.120s", text,
			names);
}
