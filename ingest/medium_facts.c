/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/medium_facts.c - what is known of the medium itself */
#include "ingest/medium_facts.h"

#include <inttypes.h>

#include "core/check.h"
#include "core/str.h"
#include "ingest/disc_master.h"
#include "ingest/protection.h"

int mun_property_add(struct mun_record *r, const char *name, const char *value,
		     struct mun_err *e)
{
	struct mun_rec_property *p;

	if (!*name || !*value)
		return 0;
	p = mun_record_add_property(r);
	if (!p)
		return mun_fail_nomem(e, "property");
	p->name = mun_arena_strdup(r->arena, name);
	p->value = mun_arena_strdup(r->arena, value);
	return mun_arena_failed(r->arena, e);
}

/* Takes what was put together in @s. */
static int add_text(struct mun_record *r, const char *name, struct mun_str *s,
		    struct mun_err *e)
{
	int rc = 0;

	if (s->failed)
		rc = mun_fail_nomem(e, "property");
	else if (s->len)
		rc = mun_property_add(r, name, s->text, e);
	mun_str_free(s);
	return rc;
}

/* What an image of a disc leaves out between its sessions has LBAs too. */
static uint64_t lba_of(const struct mun_optical *o, uint32_t sector_bytes,
		       uint64_t off)
{
	return o ? (uint64_t)mun_optical_lba(o, off)
		 : off / (sector_bytes ? sector_bytes : 1);
}

/* " 5, 9-10": every range, as LBA; of a disc @o, else of the record's sectors.
 */
static void add_ranges(struct mun_str *s, const struct mun_optical *o,
		       uint32_t sector_bytes,
		       const struct mun_rec_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t first = lba_of(o, sector_bytes, ranges[i].off);
		uint64_t last = lba_of(o, sector_bytes,
				       ranges[i].off + ranges[i].bytes - 1);

		mun_str_addf(s, "%s %" PRIu64, i ? "," : "", first);
		if (last > first)
			mun_str_addf(s, "-%" PRIu64, last);
	}
}

static uint64_t sum(const struct mun_rec_range *ranges, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += ranges[i].bytes;
	return bytes;
}

static int doubtful_property(struct mun_record *r, const struct mun_optical *o,
			     const struct mun_rec_range *ranges, size_t n,
			     struct mun_err *e)
{
	struct mun_str s = { 0 };

	if (!n)
		return 0;
	mun_str_addf(&s, "%" PRIu64 " bytes, their data kept: LBA",
		     sum(ranges, n));
	add_ranges(&s, o, r->sector_bytes, ranges, n);
	return add_text(r, MUN_PROPERTY_DOUBTFUL, &s, e);
}

int mun_property_doubtful(struct mun_record *r,
			  const struct mun_rec_range *ranges, size_t n,
			  struct mun_err *e)
{
	return doubtful_property(r, NULL, ranges, n, e);
}

/* Ranges of one kind, in the record's arena. */
struct list {
	size_t n;
	struct mun_rec_range *of;
};

/* Neighbours become one range. */
static int add_range(struct mun_record *r, struct list *l, uint64_t off,
		     uint64_t bytes, struct mun_err *e)
{
	if (l->n && l->of[l->n - 1].off + l->of[l->n - 1].bytes == off) {
		l->of[l->n - 1].bytes += bytes;
		return 0;
	}
	l->of = mun_arena_grow(r->arena, l->of, l->n, sizeof(*l->of));
	if (!l->of)
		return mun_fail_nomem(e, "ranges of a map");
	l->of[l->n++] = (struct mun_rec_range){ off, bytes };
	return 0;
}

/* The part of @run from @at on that is run-out, or is none: @is. */
static uint64_t alike(const struct mun_optical *o,
		      const struct mun_read_run *run, uint64_t at, bool *is)
{
	const uint64_t end = run->off + run->bytes;
	uint64_t to = at;
	uint32_t sector;

	*is = false;
	if (!o || run->state != MUN_READ_BAD)
		return end - at;
	sector = mun_optical_sector_bytes(o);
	*is = mun_optical_runout(o, at);
	/* At most two at a time, at the end of a track. */
	while (to < end && mun_optical_runout(o, to) == *is)
		to += sector;
	return MUN_MIN(to, end) - at;
}

static void each_runout(const struct mun_optical *o,
			const struct mun_readmap *map, mun_medium_range_fn *fn,
			void *ctx)
{
	if (!o)
		return;
	MUN_READMAP_EACH(run, map)
	{
		uint64_t n;
		bool is;

		for (uint64_t at = run->off; at < run->off + run->bytes;
		     at += n) {
			n = alike(o, run, at, &is);
			if (is)
				fn(ctx, at, n);
		}
	}
}

void mun_medium_each_runout(const struct mun_described *d,
			    mun_medium_range_fn *fn, void *ctx)
{
	each_runout(d->optical, &d->read->map, fn, ctx);
}

struct listing {
	struct mun_range_list *to;
	int rc;
	struct mun_err *e;
};

static void list_range(void *ctx, uint64_t off, uint64_t bytes)
{
	struct listing *l = ctx;

	if (!l->rc)
		l->rc = mun_range_list_add(l->to, off, bytes, l->e);
}

int mun_medium_list_runout(const struct mun_optical *o,
			   const struct mun_readmap *map,
			   struct mun_range_list *out, struct mun_err *e)
{
	struct listing l = { .to = out, .e = e };

	each_runout(o, map, list_range, &l);
	return l.rc;
}

static void add_bytes(void *ctx, uint64_t off, uint64_t bytes)
{
	uint64_t *to = ctx;

	(void)off;
	*to += bytes;
}

uint64_t mun_medium_runout(const struct mun_described *d)
{
	uint64_t bytes = 0;

	mun_medium_each_runout(d, add_bytes, &bytes);
	return bytes;
}

static int runout_property(struct mun_record *r, const struct mun_optical *o,
			   const struct mun_rec_range *ranges, size_t n,
			   struct mun_err *e)
{
	struct mun_str s = { 0 };

	if (!n)
		return 0;
	mun_str_addf(&s, "%" PRIu64 " bytes, which hold no data: LBA",
		     sum(ranges, n));
	add_ranges(&s, o, r->sector_bytes, ranges, n);
	return add_text(r, MUN_PROPERTY_RUNOUT, &s, e);
}

int mun_property_runout(struct mun_record *r,
			const struct mun_rec_range *ranges, size_t n,
			struct mun_err *e)
{
	return runout_property(r, NULL, ranges, n, e);
}

/* Unreadable, but for what never was to be read. */
static int add_lost(const struct mun_described *d, struct mun_record *r,
		    const struct mun_read_run *run, struct list *lost,
		    struct list *runout, struct mun_err *e)
{
	uint64_t n;
	bool is;
	int rc = 0;

	for (uint64_t at = run->off; !rc && at < run->off + run->bytes;
	     at += n) {
		n = alike(d->optical, run, at, &is);
		rc = add_range(r, is ? runout : lost, at, n, e);
	}
	return rc;
}

int mun_medium_ranges(const struct mun_described *d, struct mun_record *r,
		      struct mun_err *e)
{
	struct list lost = { 0 };
	struct list doubtful = { 0 };
	struct list runout = { 0 };
	int rc = 0;

	MUN_READMAP_EACH(run, &d->read->map)
	{
		if (run->state == MUN_READ_DOUBTFUL)
			rc = add_range(r, &doubtful, run->off, run->bytes, e);
		else if (run->state != MUN_READ_GOOD)
			rc = add_lost(d, r, run, &lost, &runout, e);
		if (rc)
			return rc;
	}
	r->unreadable = lost.of;
	r->nunreadable = lost.n;
	r->unreadable_bytes = sum(lost.of, lost.n);
	rc = doubtful_property(r, d->optical, doubtful.of, doubtful.n, e);
	return rc ? rc : runout_property(r, d->optical, runout.of, runout.n, e);
}

static int marks(const struct mun_identity *x, struct mun_record *r,
		 struct mun_err *e)
{
	int rc = mun_property_add(r, MUN_PROPERTY_HEAD, x->head, e);

	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_TOC, x->toc, e);
	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_VOLUME, x->volume, e);
	return rc;
}

/* What only a device can tell. */
static int of_device(const struct mun_described *d, struct mun_record *r,
		     struct mun_err *e)
{
	const struct mun_device_facts *f = d->medium;
	struct mun_str s = { 0 };
	int rc;

	mun_protection_kinds(f, d->session->req.write_blocker, &s);
	rc = add_text(r, MUN_PROPERTY_PROTECTION, &s, e);
	if (rc)
		return rc;
	s = (struct mun_str){ 0 };
	mun_hidden_text(f, &s);
	rc = add_text(r, MUN_PROPERTY_HIDDEN, &s, e);
	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_UNASKED, f->unasked, e);
	return rc;
}

int mun_medium_properties(const struct mun_described *d, struct mun_record *r,
			  struct mun_err *e)
{
	int rc = d->medium->is_device ? of_device(d, r, e) : 0;

	if (!rc && d->optical)
		rc = mun_disc_properties(d, r, e);
	if (!rc && d->identity)
		rc = marks(d->identity, r, e);
	return rc;
}
