/* SPDX-License-Identifier: Apache-2.0 */
/* image/readmap.c - the runs of a read map: marking and asking */
#include "image/readmap.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

static int make_room(struct mun_readmap *m, size_t want, struct mun_err *e)
{
	struct mun_read_run *runs;
	size_t room = m->room ? m->room : 8;
	size_t bytes;

	while (room < want)
		if (ckd_mul(&room, room, (size_t)2))
			return mun_fail_nomem(e, "read map");
	if (room == m->room)
		return 0;
	if (ckd_mul(&bytes, room, sizeof(*runs)))
		return mun_fail_nomem(e, "read map");
	runs = realloc(m->runs, bytes);
	if (!runs)
		return mun_fail_nomem(e, "read map");
	m->runs = runs;
	m->room = room;
	return 0;
}

int mun_readmap_init(struct mun_readmap *m, uint64_t size, struct mun_err *e)
{
	int rc;

	memset(m, 0, sizeof(*m));
	rc = make_room(m, 1, e);
	if (rc)
		return rc;
	m->size = size;
	if (size) {
		m->runs[0].off = 0;
		m->runs[0].bytes = size;
		m->runs[0].state = MUN_READ_NOT_TRIED;
		m->nruns = 1;
	}
	return 0;
}

void mun_readmap_clear(struct mun_readmap *m)
{
	free(m->runs);
	memset(m, 0, sizeof(*m));
}

/* The run that holds byte @off < size. */
static size_t find(const struct mun_readmap *m, uint64_t off)
{
	size_t lo = 0;
	size_t hi = m->nruns;

	/* runs[lo].off <= off < runs[hi].off, if there were a runs[nruns]. */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->runs[mid].off <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

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

/* Put the patch in the place of runs [first, last]. */
static int splice(struct mun_readmap *m, size_t first, size_t last,
		  const struct patch *p, struct mun_err *e)
{
	size_t after = m->nruns - (last + 1);
	size_t nruns = first + p->n + after;
	int rc;

	rc = make_room(m, nruns, e);
	if (rc)
		return rc;
	/* Reading forward moves a border and no run: nothing to shift. */
	if (nruns != m->nruns)
		memmove(&m->runs[first + p->n], &m->runs[last + 1],
			after * sizeof(*m->runs));
	memcpy(&m->runs[first], p->run, p->n * sizeof(*m->runs));
	m->nruns = nruns;
	return 0;
}

int mun_readmap_mark(struct mun_readmap *m, uint64_t off, uint64_t bytes,
		     enum mun_read_state state, struct mun_err *e)
{
	struct patch p = { 0 };
	struct mun_read_run left;
	struct mun_read_run right;
	uint64_t end;
	size_t first;
	size_t last;

	if (ckd_add(&end, off, bytes) || end > m->size)
		return mun_fail(e, MUN_EINVAL,
				"mark %llu bytes at %llu of a map of %llu",
				(unsigned long long)bytes,
				(unsigned long long)off,
				(unsigned long long)m->size);
	if (bytes == 0)
		return 0;
	first = find(m, off);
	last = find(m, end - 1);
	/* A mark that begins or ends at a border may join the neighbour. */
	if (first > 0 && m->runs[first].off == off)
		first--;
	if (last + 1 < m->nruns && m->runs[last + 1].off == end)
		last++;
	left = m->runs[first];
	right = m->runs[last];
	if (left.off < off)
		patch_add(&p, left.off, off, left.state);
	patch_add(&p, off, end, state);
	if (right.off + right.bytes > end)
		patch_add(&p, end, right.off + right.bytes, right.state);
	return splice(m, first, last, &p, e);
}

enum mun_read_state mun_readmap_at(const struct mun_readmap *m, uint64_t off)
{
	return m->runs[find(m, off)].state;
}

uint64_t mun_readmap_bytes(const struct mun_readmap *m,
			   enum mun_read_state state)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->nruns; i++)
		if (m->runs[i].state == state)
			sum += m->runs[i].bytes;
	return sum;
}

const struct mun_read_run *mun_readmap_next_bad(const struct mun_readmap *m,
						uint64_t off)
{
	if (off >= m->size)
		return NULL;
	for (size_t i = find(m, off); i < m->nruns; i++)
		if (m->runs[i].state != MUN_READ_GOOD)
			return &m->runs[i];
	return NULL;
}
