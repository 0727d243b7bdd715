/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/medium_facts.c - what is known of the medium itself */
#include "ingest/medium_facts.h"

#include <inttypes.h>

#include "core/str.h"
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

/* " 5, 9-10": every range, as LBA of the record's sectors. */
static void add_ranges(struct mun_str *s, uint32_t sector_bytes,
		       const struct mun_rec_range *ranges, size_t n)
{
	const uint32_t sector = sector_bytes ? sector_bytes : 1;

	for (size_t i = 0; i < n; i++) {
		uint64_t first = ranges[i].off / sector;
		uint64_t last = (ranges[i].off + ranges[i].bytes - 1) / sector;

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

int mun_property_doubtful(struct mun_record *r,
			  const struct mun_rec_range *ranges, size_t n,
			  struct mun_err *e)
{
	struct mun_str s = { 0 };

	if (!n)
		return 0;
	mun_str_addf(&s, "%" PRIu64 " bytes, their data kept: LBA",
		     sum(ranges, n));
	add_ranges(&s, r->sector_bytes, ranges, n);
	return add_text(r, MUN_PROPERTY_DOUBTFUL, &s, e);
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

uint64_t mun_medium_runout(const struct mun_described *d)
{
	(void)d;
	return 0;
}

int mun_medium_ranges(const struct mun_described *d, struct mun_record *r,
		      struct mun_err *e)
{
	struct list lost = { 0 };
	struct list doubtful = { 0 };
	int rc = 0;

	MUN_READMAP_EACH(run, &d->read->map)
	{
		if (run->state == MUN_READ_DOUBTFUL)
			rc = add_range(r, &doubtful, run->off, run->bytes, e);
		else if (run->state != MUN_READ_GOOD)
			rc = add_range(r, &lost, run->off, run->bytes, e);
		if (rc)
			return rc;
	}
	r->unreadable = lost.of;
	r->nunreadable = lost.n;
	r->unreadable_bytes = sum(lost.of, lost.n);
	return mun_property_doubtful(r, doubtful.of, doubtful.n, e);
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

int mun_medium_properties(const struct mun_described *d, struct mun_record *r,
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
	if (!rc && d->identity)
		rc = marks(d->identity, r, e);
	return rc;
}
