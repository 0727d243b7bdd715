/* SPDX-License-Identifier: Apache-2.0 */
/* image/readmap.c - the runs of a read map: marking and asking */
#include "image/readmap.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

/*
 * A map of a large and badly damaged medium has hundreds of thousands of runs,
 * and is marked as often.  So they lie in blocks of at most BLOCK_RUNS, never
 * empty, in ascending order: a mark moves what is behind it in one block, and
 * seldom the list of blocks.
 */
#define BLOCK_RUNS 256u

struct mun_readmap_block {
	size_t n;
	size_t room;
	struct mun_read_run *runs;
};

/* A run, by block and by number in it. */
struct place {
	size_t block;
	size_t run;
};

static unsigned int index_of(enum mun_read_state state)
{
	switch (state) {
	case MUN_READ_NOT_TRIED:
		return 0;
	case MUN_READ_NOT_TRIMMED:
		return 1;
	case MUN_READ_NOT_SCRAPED:
		return 2;
	case MUN_READ_BAD:
		return 3;
	case MUN_READ_GOOD:
		return 4;
	case MUN_READ_DOUBTFUL:
		break;
	}
	return 5;
}

static struct mun_read_run *run_at(const struct mun_readmap *m, struct place p)
{
	return &m->blocks[p.block].runs[p.run];
}

/* ---- room ---- */

static int block_room(struct mun_readmap_block *b, size_t want,
		      struct mun_err *e)
{
	struct mun_read_run *runs;
	size_t room = b->room ? b->room : 4;

	while (room < want)
		room *= 2; /* want <= BLOCK_RUNS */
	if (room == b->room)
		return 0;
	runs = realloc(b->runs, room * sizeof(*runs));
	if (!runs)
		return mun_fail_nomem(e, "read map");
	b->runs = runs;
	b->room = room;
	return 0;
}

static int list_room(struct mun_readmap *m, struct mun_err *e)
{
	struct mun_readmap_block *blocks;
	size_t room = m->room ? m->room : 4;
	size_t bytes;

	if (m->nblocks < m->room)
		return 0;
	if (m->room && ckd_mul(&room, room, (size_t)2))
		return mun_fail_nomem(e, "read map");
	if (ckd_mul(&bytes, room, sizeof(*blocks)))
		return mun_fail_nomem(e, "read map");
	blocks = realloc(m->blocks, bytes);
	if (!blocks)
		return mun_fail_nomem(e, "read map");
	m->blocks = blocks;
	m->room = room;
	return 0;
}

/* The second half of block @i becomes a block of its own. */
static int split(struct mun_readmap *m, size_t i, struct mun_err *e)
{
	struct mun_readmap_block half = { 0 };
	struct mun_readmap_block *b;
	size_t keep;
	int rc;

	rc = list_room(m, e);
	if (rc)
		return rc;
	b = &m->blocks[i];
	keep = b->n / 2;
	rc = block_room(&half, b->n - keep, e);
	if (rc)
		return rc;
	half.n = b->n - keep;
	memcpy(half.runs, &b->runs[keep], half.n * sizeof(*half.runs));
	b->n = keep;
	memmove(&m->blocks[i + 2], &m->blocks[i + 1],
		(m->nblocks - (i + 1)) * sizeof(*m->blocks));
	m->blocks[i + 1] = half;
	m->nblocks++;
	return 0;
}

static void drop_blocks(struct mun_readmap *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		free(m->blocks[i].runs);
	memmove(&m->blocks[from], &m->blocks[to],
		(m->nblocks - to) * sizeof(*m->blocks));
	m->nblocks -= to - from;
}

/* Two blocks that have become small are one again, if there is memory. */
static void join(struct mun_readmap *m, size_t i)
{
	struct mun_readmap_block *b = &m->blocks[i];
	struct mun_readmap_block *next = b + 1;
	struct mun_err ignored;

	if (i + 1 >= m->nblocks || b->n + next->n > BLOCK_RUNS / 2 ||
	    block_room(b, b->n + next->n, &ignored))
		return;
	memcpy(&b->runs[b->n], next->runs, next->n * sizeof(*b->runs));
	b->n += next->n;
	drop_blocks(m, i + 1, i + 2);
}

/* ---- making ---- */

int mun_readmap_init(struct mun_readmap *m, uint64_t size, struct mun_err *e)
{
	int rc;

	memset(m, 0, sizeof(*m));
	rc = list_room(m, e);
	if (rc || !size)
		return rc;
	memset(m->blocks, 0, sizeof(*m->blocks));
	rc = block_room(m->blocks, 1, e);
	if (rc) {
		mun_readmap_clear(m);
		return rc;
	}
	m->blocks->runs[0] =
		(struct mun_read_run){ .bytes = size,
				       .state = MUN_READ_NOT_TRIED };
	m->blocks->n = 1;
	m->nblocks = 1;
	m->nruns = 1;
	m->size = size;
	m->bytes[index_of(MUN_READ_NOT_TRIED)] = size;
	return 0;
}

void mun_readmap_clear(struct mun_readmap *m)
{
	for (size_t i = 0; i < m->nblocks; i++)
		free(m->blocks[i].runs);
	free(m->blocks);
	memset(m, 0, sizeof(*m));
}

int mun_readmap_copy(const struct mun_readmap *m, struct mun_readmap *out,
		     struct mun_err *e)
{
	int rc = mun_readmap_init(out, m->size, e);

	out->status = m->status;
	for (const struct mun_read_run *run = mun_readmap_run(m, 0); !rc && run;
	     run = mun_readmap_run(m, run->off + run->bytes))
		rc = mun_readmap_mark(out, run->off, run->bytes, run->state, e);
	if (rc)
		mun_readmap_clear(out);
	return rc;
}

/* ---- asking ---- */

/* The run that holds byte @off < size. */
static struct place find(const struct mun_readmap *m, uint64_t off)
{
	struct place p = { 0, 0 };
	size_t hi = m->nblocks;

	/* What is at lo begins at or before @off, what is at hi behind it. */
	while (hi - p.block > 1) {
		size_t mid = p.block + (hi - p.block) / 2;

		if (m->blocks[mid].runs[0].off <= off)
			p.block = mid;
		else
			hi = mid;
	}
	hi = m->blocks[p.block].n;
	while (hi - p.run > 1) {
		size_t mid = p.run + (hi - p.run) / 2;

		if (m->blocks[p.block].runs[mid].off <= off)
			p.run = mid;
		else
			hi = mid;
	}
	return p;
}

static bool step_on(const struct mun_readmap *m, struct place *p)
{
	if (p->run + 1 < m->blocks[p->block].n) {
		p->run++;
		return true;
	}
	if (p->block + 1 == m->nblocks)
		return false;
	p->block++;
	p->run = 0;
	return true;
}

static bool step_back(const struct mun_readmap *m, struct place *p)
{
	if (p->run > 0) {
		p->run--;
		return true;
	}
	if (p->block == 0)
		return false;
	p->block--;
	p->run = m->blocks[p->block].n - 1;
	return true;
}

const struct mun_read_run *mun_readmap_run(const struct mun_readmap *m,
					   uint64_t off)
{
	return off < m->size ? run_at(m, find(m, off)) : NULL;
}

enum mun_read_state mun_readmap_at(const struct mun_readmap *m, uint64_t off)
{
	return run_at(m, find(m, off))->state;
}

uint64_t mun_readmap_bytes(const struct mun_readmap *m,
			   enum mun_read_state state)
{
	return m->bytes[index_of(state)];
}

const struct mun_read_run *mun_readmap_next_bad(const struct mun_readmap *m,
						uint64_t off)
{
	struct place p;

	if (off >= m->size)
		return NULL;
	p = find(m, off);
	/* Neighbours differ, so the second look is the last. */
	do {
		if (run_at(m, p)->state != MUN_READ_GOOD)
			return run_at(m, p);
	} while (step_on(m, &p));
	return NULL;
}

const struct mun_read_run *mun_readmap_next_in(const struct mun_readmap *m,
					       uint64_t off,
					       enum mun_read_state state)
{
	struct place p;

	if (off >= m->size || !m->bytes[index_of(state)])
		return NULL;
	p = find(m, off);
	do {
		if (run_at(m, p)->state == state)
			return run_at(m, p);
	} while (step_on(m, &p));
	return NULL;
}

const struct mun_read_run *mun_readmap_prev_in(const struct mun_readmap *m,
					       uint64_t end,
					       enum mun_read_state state)
{
	struct place p;

	if (end == 0 || !m->bytes[index_of(state)])
		return NULL;
	p = find(m, MUN_MIN(end, m->size) - 1);
	do {
		if (run_at(m, p)->state == state)
			return run_at(m, p);
	} while (step_back(m, &p));
	return NULL;
}

/* ---- marking ---- */

/* At most three: what is left before the mark, the mark, what is left after. */
struct patch {
	size_t n;
	struct mun_read_run run[3];
};

static void patch_add(struct patch *p, uint64_t off, uint64_t end,
		      enum mun_read_state state)
{
	struct mun_read_run *last = p->n ? &p->run[p->n - 1] : NULL;

	if (off == end)
		return;
	if (last && last->state == state) {
		last->bytes = end - last->off;
		return;
	}
	p->run[p->n].off = off;
	p->run[p->n].bytes = end - off;
	p->run[p->n].state = state;
	p->n++;
}

/* What the runs from @at to @last are of the sums goes, the patch's comes. */
static void count(struct mun_readmap *m, struct place at, struct place last,
		  const struct patch *p)
{
	for (size_t i = 0; i < p->n; i++)
		m->bytes[index_of(p->run[i].state)] += p->run[i].bytes;
	m->nruns += p->n;
	for (bool more = true; more;) {
		const struct mun_read_run *run = run_at(m, at);

		more = at.block != last.block || at.run != last.run;
		m->bytes[index_of(run->state)] -= run->bytes;
		m->nruns--;
		(void)step_on(m, &at);
	}
}

/* Put the patch in the place of runs first to last; there is room. */
static void splice(struct mun_readmap *m, struct place first, struct place last,
		   const struct patch *p)
{
	struct mun_readmap_block *b = &m->blocks[first.block];
	struct mun_readmap_block *tail = &m->blocks[last.block];
	struct mun_read_run *rest = &tail->runs[last.run + 1];
	size_t nrest = tail->n - (last.run + 1);

	count(m, first, last, p);
	if (first.block == last.block) {
		/* Reading on moves a border and no run: nothing to shift. */
		if (first.run + p->n != last.run + 1)
			memmove(&b->runs[first.run + p->n], rest,
				nrest * sizeof(*rest));
		b->n = first.run + p->n + nrest;
	} else {
		memmove(tail->runs, rest, nrest * sizeof(*rest));
		tail->n = nrest;
		b->n = first.run + p->n;
	}
	memcpy(&b->runs[first.run], p->run, p->n * sizeof(*b->runs));
	if (first.block != last.block)
		drop_blocks(m, first.block + 1, last.block + (nrest == 0));
	join(m, first.block);
}

/* The run of byte @off, or the one before if it begins there: a mark may join
 * it.  Its block has room for two more. */
static int find_first(struct mun_readmap *m, uint64_t off, struct place *out,
		      struct mun_err *e)
{
	for (;;) {
		struct mun_readmap_block *b;
		int rc;

		*out = find(m, off);
		if (run_at(m, *out)->off == off)
			(void)step_back(m, out);
		b = &m->blocks[out->block];
		if (b->n + 2 <= BLOCK_RUNS)
			return block_room(b, b->n + 2, e);
		rc = split(m, out->block, e);
		if (rc)
			return rc;
	}
}

int mun_readmap_mark(struct mun_readmap *m, uint64_t off, uint64_t bytes,
		     enum mun_read_state state, struct mun_err *e)
{
	struct patch p = { 0 };
	struct mun_read_run left;
	struct mun_read_run right;
	struct place first;
	struct place last;
	uint64_t end;
	int rc;

	if (ckd_add(&end, off, bytes) || end > m->size)
		return mun_fail(e, MUN_EINVAL,
				"mark %llu bytes at %llu of a map of %llu",
				(unsigned long long)bytes,
				(unsigned long long)off,
				(unsigned long long)m->size);
	if (bytes == 0)
		return 0;
	rc = find_first(m, off, &first, e);
	if (rc)
		return rc;
	last = find(m, end - 1);
	if (run_at(m, last)->off + run_at(m, last)->bytes == end)
		(void)step_on(m, &last);
	left = *run_at(m, first);
	right = *run_at(m, last);
	if (left.off < off)
		patch_add(&p, left.off, off, left.state);
	patch_add(&p, off, end, state);
	if (right.off + right.bytes > end)
		patch_add(&p, end, right.off + right.bytes, right.state);
	splice(m, first, last, &p);
	return 0;
}
