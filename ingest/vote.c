/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/vote.c - what each sector shall be (ingest/vote.h)
 *
 * A block is cut where any map changes, so that in each span every reading has
 * one state.  Where all who have a span agree on it, which is nearly always,
 * it is decided as a whole; else sector by sector.
 */
#include "ingest/vote.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct mun_vote {
	struct mun_vote_config c;
	uint64_t size;
	uint64_t off; /* of the block at hand */
	uint8_t *master; /* the block, of each */
	uint8_t *block[MUN_VOTE_READINGS];
	uint32_t newest; /* the last one's bit */
	struct mun_vote_run run; /* not told yet, if it has bytes */
};

/* Some bytes of the block in which each reading has one state. */
struct span {
	size_t at; /* in the block */
	size_t len;
	enum mun_read_state before; /* of the master */
	uint32_t well; /* readings */
	uint32_t doubtful;
};

/* What is decided of a span or a part of it. */
struct verdict {
	enum mun_vote_why why;
	enum mun_read_state state;
	const uint8_t *data;
};

static uint32_t bit(size_t i)
{
	return (uint32_t)1 << i;
}

static unsigned int count(uint32_t set)
{
	return (unsigned int)__builtin_popcount(set);
}

static size_t first(uint32_t set)
{
	return (size_t)__builtin_ctz(set);
}

static int check_one(const struct mun_voice *r, uint64_t size,
		     struct mun_err *e)
{
	if (r->source->size == size && r->map->size == size)
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"a reading of %" PRIu64 " bytes with a map of %" PRIu64
			", not %" PRIu64,
			r->source->size, r->map->size, size);
}

static int check(const struct mun_vote_config *c, struct mun_err *e)
{
	uint32_t s = c->sector_bytes;
	int rc;

	if (c->n < 1 || c->n > MUN_VOTE_READINGS)
		return mun_fail(e, MUN_EINVAL, "%zu readings; %u are the most",
				c->n, MUN_VOTE_READINGS);
	if (!s || (s & (s - 1)) || s > MUN_VOTE_BLOCK)
		return mun_fail(e, MUN_EINVAL, "sectors of %" PRIu32 " bytes",
				s);
	rc = check_one(&c->master, c->master.source->size, e);
	for (size_t i = 0; !rc && i < c->n; i++)
		rc = check_one(&c->of[i], c->master.source->size, e);
	return rc;
}

static uint8_t *new_block(void)
{
	void *p;

	return posix_memalign(&p, MUN_IO_ALIGN, MUN_VOTE_BLOCK) ? NULL : p;
}

int mun_vote_new(const struct mun_vote_config *c, struct mun_vote **out,
		 struct mun_err *e)
{
	mun_auto(vote) *v = NULL;
	int rc = check(c, e);

	if (rc)
		return rc;
	v = calloc(1, sizeof(*v));
	if (!v)
		return mun_fail_nomem(e, "vote");
	v->c = *c;
	v->size = c->master.source->size;
	v->newest = (uint32_t)1 << (c->n - 1);
	v->master = new_block();
	for (size_t i = 0; i < c->n; i++) {
		v->block[i] = new_block();
		if (!v->block[i])
			return mun_fail_nomem(e, "block");
	}
	if (!v->master)
		return mun_fail_nomem(e, "block");
	*out = mun_steal(&v);
	return 0;
}

void mun_vote_free(struct mun_vote *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->c.n; i++)
		free(v->block[i]);
	free(v->master);
	free(v);
}

/* The three states that a vote knows. */
static enum mun_read_state plain(enum mun_read_state s)
{
	return s == MUN_READ_GOOD || s == MUN_READ_DOUBTFUL ? s : MUN_READ_BAD;
}

/* The state of @m at @off, and in *@end, if it is less, where it ends. */
static enum mun_read_state state_at(const struct mun_readmap *m, uint64_t off,
				    uint64_t *end)
{
	const struct mun_read_run *r = mun_readmap_run(m, off);

	*end = MUN_MIN(*end, r->off + r->bytes);
	return plain(r->state);
}

static struct span next_span(const struct mun_vote *v, size_t at, size_t len)
{
	uint64_t off = v->off + at;
	uint64_t end = v->off + len;
	struct span s = { .at = at };

	s.before = state_at(v->c.master.map, off, &end);
	for (size_t i = 0; i < v->c.n; i++) {
		enum mun_read_state state = state_at(v->c.of[i].map, off, &end);

		if (state == MUN_READ_GOOD)
			s.well |= bit(i);
		else if (state == MUN_READ_DOUBTFUL)
			s.doubtful |= bit(i);
	}
	s.len = (size_t)(end - off);
	return s;
}

/* Which of @set have the bytes @data there? */
static uint32_t same_as(const struct mun_vote *v, const struct span *s,
			uint32_t set, const uint8_t *data)
{
	uint32_t same = 0;

	for (; set; set &= set - 1) {
		size_t i = first(set);

		if (!memcmp(v->block[i] + s->at, data, s->len))
			same |= bit(i);
	}
	return same;
}

/* The largest group of readings of @set that agree; the one with the first
 * reading, where two are as large. */
static uint32_t largest(const struct mun_vote *v, const struct span *s,
			uint32_t set)
{
	uint32_t best = 0;

	while (set) {
		uint32_t group =
			same_as(v, s, set, v->block[first(set)] + s->at);

		if (count(group) > count(best))
			best = group;
		set &= ~group;
	}
	return best;
}

static bool is_majority(uint32_t group, uint32_t of)
{
	return count(of) >= 3 && 2 * count(group) > count(of);
}

/* Readings that had it well do not agree. */
static struct verdict settle(const struct mun_vote *v, const struct span *s)
{
	uint32_t newest = s->well & v->newest;
	uint32_t most = largest(v, s, s->well);
	const uint8_t *had = v->master + s->at;
	struct verdict d = { MUN_VOTE_KEPT, MUN_READ_GOOD, had };

	/* Nothing was learned since it became what it is; --prefer may have
	 * been asked for then. */
	if (!newest && s->before == MUN_READ_GOOD) {
		if (is_majority(most, s->well) &&
		    !memcmp(v->block[first(most)] + s->at, had, s->len))
			d.why = MUN_VOTE_MAJORITY;
		return d;
	}
	if (v->c.prefer_new && newest) {
		d.why = MUN_VOTE_PREFERRED;
		d.data = v->block[v->c.n - 1] + s->at;
	} else if (v->c.prefer_old && s->before == MUN_READ_GOOD) {
		d.why = MUN_VOTE_PREFERRED;
	} else if (is_majority(most, s->well)) {
		d.why = MUN_VOTE_MAJORITY;
		d.data = v->block[first(most)] + s->at;
	}
	return d;
}

/* Nobody had it well.  What the master has stays, unless all others have the
 * same and it is asked for, or the master has nothing. */
static struct verdict doubt(const struct mun_vote *v, const struct span *s)
{
	uint32_t newest = s->doubtful & v->newest;
	struct verdict d = { MUN_VOTE_DOUBTFUL, MUN_READ_DOUBTFUL,
			     v->master + s->at };

	if (v->c.prefer_new && newest)
		d.data = v->block[v->c.n - 1] + s->at;
	else if (s->before != MUN_READ_DOUBTFUL)
		d.data = v->block[first(s->doubtful)] + s->at;
	return d;
}

static struct verdict decide(const struct mun_vote *v, const struct span *s)
{
	/* Whatever lies there is left as it is. */
	const struct verdict unread = { MUN_VOTE_UNREAD, MUN_READ_BAD,
					v->master + s->at };
	struct verdict d = { .why = MUN_VOTE_AGREED, .state = MUN_READ_GOOD };

	if (!s->well)
		return s->doubtful ? doubt(v, s) : unread;
	d.data = v->block[first(s->well)] + s->at;
	return same_as(v, s, s->well, d.data) == s->well ? d : settle(v, s);
}

static int tell(struct mun_vote *v, struct mun_err *e)
{
	int rc = 0;

	if (v->run.bytes && v->c.run)
		rc = v->c.run(v->c.ctx, &v->run, e);
	v->run.bytes = 0;
	return rc;
}

static bool continues(const struct mun_vote_run *a,
		      const struct mun_vote_run *b)
{
	return a->bytes && a->state == b->state && a->before == b->before &&
	       a->why == b->why && a->changed == b->changed &&
	       a->taken == b->taken && a->others == b->others &&
	       a->alone == b->alone;
}

static int add_run(struct mun_vote *v, const struct mun_vote_run *r,
		   struct mun_err *e)
{
	int rc;

	if (continues(&v->run, r)) {
		v->run.bytes += r->bytes;
		return 0;
	}
	rc = tell(v, e);
	v->run = *r;
	return rc;
}

/* Those who have something else than @data, for them to be made again. */
static int tell_differs(struct mun_vote *v, const struct span *s, uint32_t set,
			struct mun_err *e)
{
	int rc = 0;

	for (; set && !rc && v->c.differs; set &= set - 1) {
		size_t i = first(set);

		rc = v->c.differs(v->c.ctx, i, v->block[i] + s->at, s->len,
				  v->off + s->at, e);
	}
	return rc;
}

/* A master that no reading stands behind was not made by these readings. */
static int check_master(const struct mun_vote *v, const struct span *s,
			struct mun_err *e)
{
	uint32_t old = s->well & ~v->newest;

	if (v->c.n == 1)
		old = s->well;
	if (s->before != MUN_READ_GOOD || same_as(v, s, old, v->master + s->at))
		return 0;
	return mun_fail(e, MUN_ECORRUPT,
			"the %zu bytes of the master at offset %" PRIu64
			" are those of none of its readings",
			s->len, v->off + s->at);
}

/* One part of a block, in which all that is said is the same. */
static int resolve(struct mun_vote *v, const struct span *s, uint8_t *out,
		   struct mun_err *e)
{
	struct verdict d = decide(v, s);
	struct mun_vote_run r = {
		.off = v->off + s->at,
		.bytes = s->len,
		.state = d.state,
		.before = s->before,
		.why = d.why,
	};
	uint32_t differ;
	int rc = check_master(v, s, e);

	if (rc)
		return rc;
	memcpy(out + s->at, d.data, s->len);
	r.changed = memcmp(out + s->at, v->master + s->at, s->len) != 0;
	r.taken = same_as(v, s, s->well | s->doubtful, out + s->at);
	differ = (s->well | s->doubtful) & ~r.taken;
	/* Of what was doubtful, nobody is held to his word. */
	r.others = s->well & differ;
	for (uint32_t set = r.others; set; set &= set - 1) {
		const uint8_t *own = v->block[first(set)] + s->at;

		if (count(r.taken & s->well) >= 2 &&
		    count(same_as(v, s, s->well, own)) == 1)
			r.alone |= bit(first(set));
	}
	if (d.state == MUN_READ_GOOD)
		r.taken &= s->well;
	rc = add_run(v, &r, e);
	return rc ? rc : tell_differs(v, s, differ, e);
}

/* Does everybody who has the span, and the master, have the same? */
static bool is_uniform(const struct mun_vote *v, const struct span *s)
{
	uint32_t set = s->well | s->doubtful;
	const uint8_t *data;

	if (!set)
		return true;
	data = v->block[first(set)] + s->at;
	return same_as(v, s, set, data) == set &&
	       (s->before == MUN_READ_BAD ||
		!memcmp(v->master + s->at, data, s->len));
}

static int resolve_span(struct mun_vote *v, const struct span *s, uint8_t *out,
			struct mun_err *e)
{
	uint32_t sector = v->c.sector_bytes;
	struct span part = *s;
	int rc = 0;

	if (is_uniform(v, s))
		return resolve(v, s, out, e);
	while (!rc && part.at < s->at + s->len) {
		part.len = sector - part.at % sector;
		part.len = MUN_MIN(part.len, s->at + s->len - part.at);
		rc = resolve(v, &part, out, e);
		part.at += part.len;
	}
	return rc;
}

/* What is not had is not asked for: a source may well have nothing there. */
static int load(struct mun_vote *v, const struct mun_voice *r, uint8_t *to,
		size_t len, struct mun_err *e)
{
	int rc = 0;

	for (size_t at = 0; at < len && !rc;) {
		uint64_t end = v->off + len;
		enum mun_read_state s = state_at(r->map, v->off + at, &end);
		size_t n = (size_t)(end - v->off) - at;

		if (s == MUN_READ_BAD)
			memset(to + at, 0, n);
		else
			rc = mun_source_pread(r->source, to + at, n,
					      v->off + at, e);
		at += n;
	}
	return rc;
}

int mun_vote_next(struct mun_vote *v, void *out, size_t *len, struct mun_err *e)
{
	size_t room = (size_t)MUN_MIN(v->size - v->off, MUN_VOTE_BLOCK);
	int rc;

	*len = 0;
	if (!room)
		return tell(v, e);
	rc = mun_source_pread(v->c.master.source, v->master, room, v->off, e);
	if (rc)
		return mun_ctx(e, "the master");
	for (size_t i = 0; i < v->c.n; i++) {
		rc = load(v, &v->c.of[i], v->block[i], room, e);
		if (rc)
			return mun_ctx(e, "reading %zu", i + 1);
	}
	for (size_t at = 0; at < room && !rc;) {
		struct span s = next_span(v, at, room);

		rc = resolve_span(v, &s, out, e);
		at += s.len;
	}
	if (rc)
		return rc;
	v->off += room;
	*len = room;
	return 0;
}
