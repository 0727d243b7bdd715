/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/par2_check.c - which slices of a file are not those of its set */
#include "fixity/par2_int.h"

#include <pthread.h>
#include <string.h>

#include "core/check.h"
#include "fixity/md5_many.h"

#define CHUNK ((size_t)128 << 10) /* of each slice at a time; MD5 blocks */

void mun_par2_damage_clear(struct mun_par2_damage *damage)
{
	free(damage->slices);
	free(damage->ranges);
	*damage = (struct mun_par2_damage){ 0 };
}

int mun_par2_damage_tell(const struct mun_par2_set *set,
			 struct mun_par2_damage *damage, struct mun_err *e)
{
	const struct mun_par2_plan *p = &set->info.plan;
	struct mun_par2_range *r = NULL;
	size_t n = 0;

	damage->blocks = 0;
	for (uint32_t i = 0; i < p->blocks; i++) {
		damage->blocks += damage->slices[i] != 0;
		n += damage->slices[i] && (!i || !damage->slices[i - 1]);
	}
	damage->lacking =
		damage->blocks > p->recovery ? damage->blocks - p->recovery : 0;
	free(damage->ranges);
	damage->nranges = 0;
	damage->ranges = calloc(n ? n : 1, sizeof(*damage->ranges));
	if (!damage->ranges)
		return mun_fail_nomem(e, "damaged ranges");
	for (uint32_t i = 0; i < p->blocks; i++) {
		if (!damage->slices[i])
			continue;
		if (!i || !damage->slices[i - 1]) {
			r = &damage->ranges[damage->nranges++];
			r->off = i * p->slice_bytes;
			r->bytes = 0;
		}
		r->bytes += mun_par2_slice_len(p, i);
	}
	return 0;
}

struct check {
	const struct mun_par2_set *set;
	struct mun_source *src;
	struct mun_par2_options opts;
	uint32_t *slices; /* to look at, ascending */
	uint32_t n;
	uint32_t group; /* of them, for one task */
	uint8_t *damaged; /* of all slices; a task writes its own */
	pthread_mutex_t lock;
	uint64_t done, total; /* bytes */
	uint64_t bad;
};

/* The chunk at @off of slice @i, zeros after the end; not @there if it cannot
 * be read. */
static int read_chunk(const struct check *c, uint32_t i, uint64_t off,
		      size_t len, uint8_t *buf, bool *there, struct mun_err *e)
{
	const struct mun_par2_plan *p = &c->set->info.plan;
	const uint64_t slice_len = mun_par2_slice_len(p, i);
	size_t have = 0;
	int rc = 0;

	if (slice_len > off)
		have = (size_t)MUN_MIN(slice_len - off, (uint64_t)len);
	if (have)
		rc = mun_source_pread(c->src, buf, have,
				      i * p->slice_bytes + off, e);
	*there = !rc;
	if (rc && !mun_par2_is_lost(rc))
		return rc;
	/* What came with an error is not looked at. */
	if (rc)
		have = 0;
	memset(buf + have, 0, len - have);
	return 0;
}

static void tell(struct check *c, const uint32_t *slices, uint32_t n)
{
	pthread_mutex_lock(&c->lock);
	for (uint32_t k = 0; k < n; k++) {
		const uint64_t len =
			mun_par2_slice_len(&c->set->info.plan, slices[k]);

		c->done += len;
		c->bad += c->damaged[slices[k]] ? len : 0;
	}
	mun_progress_tell(c->opts.progress, "parity check", c->done, c->total,
			  c->bad);
	pthread_mutex_unlock(&c->lock);
}

static int hash_group(struct check *c, const uint32_t *slices, uint32_t n,
		      uint8_t *buf, struct mun_err *e)
{
	const uint64_t slice_bytes = c->set->info.plan.slice_bytes;
	mun_auto(md5_many) *md5 = NULL;
	uint8_t got[MUN_MD5_LANES][MUN_MD5_BYTES];
	int rc;

	rc = mun_md5_many_new(n, &md5, e);
	for (uint64_t off = 0; !rc && off < slice_bytes; off += CHUNK) {
		const size_t len =
			(size_t)MUN_MIN(slice_bytes - off, (uint64_t)CHUNK);

		rc = mun_cancel_check(e);
		for (uint32_t k = 0; !rc && k < n; k++) {
			bool there;

			rc = read_chunk(c, slices[k], off, len, buf + k * CHUNK,
					&there, e);
			if (!there)
				c->damaged[slices[k]] = 1;
		}
		if (!rc && off + len < slice_bytes)
			rc = mun_md5_many_update(md5, 0, n, buf, CHUNK, len, e);
		else if (!rc)
			rc = mun_md5_many_final(md5, 0, n, buf, CHUNK, len, got,
						e);
	}
	for (uint32_t k = 0; !rc && k < n; k++) {
		if (memcmp(got[k], c->set->sums[slices[k]], MUN_MD5_BYTES) != 0)
			c->damaged[slices[k]] = 1;
	}
	return rc;
}

static int check_group(void *ctx, size_t task, unsigned int worker,
		       struct mun_err *e)
{
	struct check *c = ctx;
	const uint32_t first = (uint32_t)task * c->group;
	const uint32_t n = MUN_MIN(c->n - first, c->group);
	mun_autofree uint8_t *buf = aligned_alloc(MUN_IO_ALIGN, n * CHUNK);
	int rc;

	(void)worker;
	if (!buf)
		return mun_fail_nomem(e, "buffer");
	rc = hash_group(c, c->slices + first, n, buf, e);
	if (!rc)
		tell(c, c->slices + first, n);
	return rc;
}

/* Does slice @i touch one of the ranges? */
static bool touches(const struct mun_par2_plan *p, uint32_t i,
		    const struct mun_par2_range *where, size_t nwhere)
{
	const uint64_t from = i * p->slice_bytes;
	const uint64_t to = from + mun_par2_slice_len(p, i);

	for (size_t k = 0; k < nwhere; k++) {
		/* Without adding: a range may be said to go on for ever. */
		if (where[k].off < to && where[k].bytes &&
		    (where[k].off >= from ||
		     where[k].bytes > from - where[k].off))
			return true;
	}
	return false;
}

/* Slices to read; those that @src is too short for need no reading. */
static void select_slices(struct check *c, const struct mun_par2_range *where,
			  size_t nwhere)
{
	const struct mun_par2_plan *p = &c->set->info.plan;

	for (uint32_t i = 0; i < p->blocks; i++) {
		const uint64_t len = mun_par2_slice_len(p, i);

		if (i * p->slice_bytes + len > c->src->size) {
			c->damaged[i] = 1;
		} else if (!where || touches(p, i, where, nwhere)) {
			c->slices[c->n++] = i;
			c->total += len;
		}
	}
}

static int check(struct check *c, struct mun_err *e)
{
	const uint32_t threads = c->opts.threads;
	int rc;

	c->group = MUN_MIN((c->n + threads - 1) / threads, MUN_MD5_LANES);
	c->group = MUN_MAX(c->group, 1u);
	if (pthread_mutex_init(&c->lock, NULL))
		return mun_fail_nomem(e, "parity check");
	rc = mun_par2_each(threads, (c->n + c->group - 1) / c->group,
			   check_group, c, e);
	pthread_mutex_destroy(&c->lock);
	return rc;
}

int mun_par2_check(const struct mun_par2_set *set, struct mun_source *src,
		   const struct mun_par2_range *where, size_t nwhere,
		   const struct mun_par2_options *opts,
		   struct mun_par2_damage *damage, struct mun_err *e)
{
	const uint32_t blocks = set->info.plan.blocks;
	mun_autofree uint32_t *slices = calloc(blocks, sizeof(*slices));
	struct check c = { .set = set,
			   .src = src,
			   .opts = mun_par2_defaults(opts),
			   .slices = slices };
	int rc;

	*damage = (struct mun_par2_damage){ 0 };
	damage->slices = calloc(blocks, 1);
	if (!slices || !damage->slices) {
		mun_par2_damage_clear(damage);
		return mun_fail_nomem(e, "parity check");
	}
	c.damaged = damage->slices;
	select_slices(&c, where, nwhere);
	rc = check(&c, e);
	if (!rc)
		rc = mun_par2_damage_tell(set, damage, e);
	if (rc)
		mun_par2_damage_clear(damage);
	return rc;
}
