/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_repair.c - damaged slices from what is intact and recovery blocks
 *
 * A recovery block is a sum over all slices.  Less what the intact slices give
 * to it, it says something of the damaged ones alone; as many blocks as slices
 * are damaged make a system of equations, which par2_matrix.c solves.
 */
#include "fixity/par2_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "fixity/gf16.h"
#include "fixity/md5_many.h"

struct repair {
	const struct mun_par2_set *set;
	struct mun_source *src;
	struct mun_par2_options opts;
	struct mun_par2_damage *damage;
	mun_par2_write_fn *write;
	void *write_ctx;

	uint32_t n; /* damaged slices */
	uint32_t *damaged, *intact; /* their numbers, ascending */
	uint16_t *bases; /* of all slices */
	uint32_t *chosen; /* of set->recovery, n */
	uint16_t *inverse; /* n * n */

	struct mun_md5_many *md5;
	uint8_t (*got)[MUN_PAR2_ID];
	bool writing; /* this time round, columns are handed over */
	bool mismatch; /* what was worked out is not what was recorded */
	uint32_t lost; /* more slices that turned out to be unreadable */
};

static uint16_t repair_factor(void *ctx, uint32_t row, uint32_t slice)
{
	const struct repair *r = ctx;

	return mun_gf16_pow(r->bases[slice],
			    r->set->recovery[r->chosen[row]].exponent);
}

static size_t room_of(const struct mun_par2_sum *s)
{
	return (s->bytes + MUN_GF16_UNIT - 1) / MUN_GF16_UNIT * MUN_GF16_UNIT;
}

/* A row begins as what its recovery block says; in this field, taking away is
 * adding. */
static int begin_row(void *ctx, struct mun_par2_sum *s, uint32_t row,
		     struct mun_err *e)
{
	const struct repair *r = ctx;
	const struct mun_par2_block *b = &r->set->recovery[r->chosen[row]];
	mun_autofree uint8_t *buf = malloc(s->bytes);
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "recovery block");
	rc = mun_source_pread(r->set->files[b->file], buf, s->bytes,
			      b->off + s->off, e);
	if (rc)
		return mun_ctx(e, "read recovery block %" PRIu32, b->exponent);
	mun_gf16_split(mun_par2_row(s, row), room_of(s), buf, s->bytes);
	return 0;
}

struct finish {
	struct repair *r;
	const struct mun_par2_sum *s;
};

/* Out of planes, and on with the MD5s. */
static int finish_group(void *ctx, size_t task, unsigned int worker,
			struct mun_err *e)
{
	const struct finish *f = ctx;
	const struct mun_par2_sum *s = f->s;
	struct repair *r = f->r;
	const uint32_t first = (uint32_t)task * MUN_MD5_LANES;
	const uint32_t n = MUN_MIN(r->n - first, MUN_MD5_LANES);
	uint8_t *rows = mun_par2_row(s, r->n + first);

	(void)worker;
	for (uint32_t i = 0; i < n; i++)
		mun_gf16_join(rows + i * s->stride, room_of(s));
	if (s->off + s->bytes < r->set->info.plan.slice_bytes)
		return mun_md5_many_update(r->md5, first, n, rows, s->stride,
					   s->bytes, e);
	return mun_md5_many_final(r->md5, first, n, rows, s->stride, s->bytes,
				  r->got + first, e);
}

static bool as_recorded(const struct repair *r)
{
	for (uint32_t j = 0; j < r->n; j++) {
		if (memcmp(r->got[j], r->set->sums[r->damaged[j]],
			   MUN_PAR2_ID) != 0)
			return false;
	}
	return true;
}

/* Zeros that fill up the last slice are not of the file. */
static int hand_over(const struct repair *r, const struct mun_par2_sum *s,
		     struct mun_err *e)
{
	const struct mun_par2_plan *p = &r->set->info.plan;
	int rc = 0;

	for (uint32_t j = 0; !rc && j < r->n; j++) {
		const uint32_t slice = r->damaged[j];
		const uint64_t len = mun_par2_slice_len(p, slice);
		size_t n;

		if (len <= s->off)
			continue;
		n = (size_t)MUN_MIN(len - s->off, (uint64_t)s->bytes);
		rc = r->write(r->write_ctx, slice * p->slice_bytes + s->off,
			      mun_par2_row(s, r->n + j), n, e);
	}
	return rc;
}

static int end_column(void *ctx, struct mun_par2_sum *s, struct mun_err *e)
{
	struct repair *r = ctx;
	struct finish f = { r, s };
	const bool last = s->off + s->bytes == r->set->info.plan.slice_bytes;
	int rc;

	rc = mun_par2_sum_combine(s, r->n, 0, r->n, r->inverse, e);
	if (!rc)
		rc = mun_par2_each(s->opts.threads,
				   (r->n + MUN_MD5_LANES - 1) / MUN_MD5_LANES,
				   finish_group, &f, e);
	if (!rc && last)
		r->mismatch = !as_recorded(r);
	if (rc || r->mismatch)
		return rc;
	/* One column that does it all is known to be right by now. */
	if (r->writing || mun_par2_sum_shape(s))
		return hand_over(r, s, e);
	return 0;
}

static int sum_up(struct repair *r, struct mun_err *e)
{
	const struct mun_par2_plan *p = &r->set->info.plan;
	struct mun_par2_sum s = {
		.src = r->src,
		.plan = p,
		.slices = r->intact,
		.nslices = p->blocks - r->n,
		.nrows = r->n,
		.nspare = r->n,
		.opts = r->opts,
		.phase = r->writing ? "repair" : "parity repair",
		.lost = r->damage->slices,
		.nlost = &r->lost,
		.ctx = r,
		.factor = repair_factor,
		.begin = begin_row,
		.end = end_column,
	};
	int rc;

	rc = mun_par2_sum_run(&s, e);
	if (rc || r->writing || r->lost || r->mismatch ||
	    mun_par2_sum_shape(&s))
		return rc;
	/* All columns are right: work them out again, and hand them over. */
	r->writing = true;
	return sum_up(r, e);
}

static int equations(struct repair *r, struct mun_err *e)
{
	const struct mun_par2_plan *p = &r->set->info.plan;
	mun_autofree uint16_t *bases = calloc(r->n, sizeof(*bases));
	mun_autofree uint32_t *exponents =
		calloc(p->recovery, sizeof(*exponents));
	int rc;

	if (!bases || !exponents)
		return mun_fail_nomem(e, "equations");
	for (uint32_t j = 0; j < r->n; j++)
		bases[j] = r->bases[r->damaged[j]];
	for (uint32_t k = 0; k < p->recovery; k++)
		exponents[k] = r->set->recovery[k].exponent;
	rc = mun_par2_solve(bases, r->n, exponents, p->recovery, r->opts.memory,
			    r->chosen, r->inverse, e);
	/* One more at least, and perhaps another than the next. */
	if (rc == MUN_EFIXITY)
		r->damage->lacking = 1;
	return rc;
}

static int need_memory(struct repair *r, struct mun_err *e)
{
	const uint32_t blocks = r->set->info.plan.blocks;
	uint32_t intact = 0;
	uint32_t damaged = 0;

	r->damaged = calloc(r->n, sizeof(*r->damaged));
	r->intact = calloc(blocks, sizeof(*r->intact));
	r->bases = calloc(blocks, sizeof(*r->bases));
	r->chosen = calloc(r->n, sizeof(*r->chosen));
	r->got = calloc(r->n, sizeof(*r->got));
	if ((size_t)r->n * r->n > r->opts.memory / sizeof(*r->inverse))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu32 " equations need more than %zu "
				"bytes of memory",
				r->n, r->opts.memory);
	r->inverse = calloc((size_t)r->n * r->n, sizeof(*r->inverse));
	if (!r->damaged || !r->intact || !r->bases || !r->chosen || !r->got ||
	    !r->inverse)
		return mun_fail_nomem(e, "parity repair");
	mun_gf16_bases(r->bases, blocks);
	for (uint32_t i = 0; i < blocks; i++) {
		if (r->damage->slices[i])
			r->damaged[damaged++] = i;
		else
			r->intact[intact++] = i;
	}
	return mun_md5_many_new(r->n, &r->md5, e);
}

static void clear(struct repair *r)
{
	free(r->damaged);
	free(r->intact);
	free(r->bases);
	free(r->chosen);
	free(r->inverse);
	free(r->got);
	mun_md5_many_free(r->md5);
}

/* With the damage that is known.  *@again: more of it was found. */
static int attempt(struct repair r, bool *mismatch, bool *again,
		   struct mun_err *e)
{
	int rc;

	r.n = r.damage->blocks;
	*mismatch = false;
	*again = false;
	if (!r.n)
		return 0;
	if (r.damage->lacking)
		return mun_fail(
			e, MUN_EFIXITY,
			"%" PRIu32 " slices are damaged and %" PRIu32
			" recovery blocks intact: %" PRIu32 " more are needed",
			r.n, r.set->info.plan.recovery, r.damage->lacking);
	rc = need_memory(&r, e);
	if (!rc)
		rc = equations(&r, e);
	if (!rc)
		rc = sum_up(&r, e);
	*mismatch = !rc && r.mismatch;
	*again = !rc && r.lost;
	clear(&r);
	return rc;
}

/* The whole file, as what was known did not explain it.  *@more: than before */
static int check_all(const struct repair *r, bool *more, struct mun_err *e)
{
	struct mun_par2_damage all = { 0 };
	int rc;

	rc = mun_par2_check(r->set, r->src, NULL, 0, &r->opts, &all, e);
	if (rc)
		return rc;
	*more = false;
	for (uint32_t i = 0; i < r->set->info.plan.blocks; i++) {
		*more |= all.slices[i] && !r->damage->slices[i];
		r->damage->slices[i] |= all.slices[i];
	}
	mun_par2_damage_clear(&all);
	return mun_par2_damage_tell(r->set, r->damage, e);
}

static int repair(const struct repair *r, struct mun_err *e)
{
	bool more = true;

	/* Each time round knows more damaged slices, so it ends. */
	while (more) {
		bool mismatch;
		int rc = attempt(*r, &mismatch, &more, e);

		if (!rc && more)
			rc = mun_par2_damage_tell(r->set, r->damage, e);
		else if (!rc && mismatch)
			rc = check_all(r, &more, e);
		if (rc)
			return rc;
		if (mismatch && !more)
			return mun_fail(e, MUN_EFIXITY,
					"what the recovery blocks give is not "
					"what was recorded");
	}
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
int mun_par2_repair(const struct mun_par2_set *set, struct mun_source *src,
		    const struct mun_par2_range *where, size_t nwhere,
		    const struct mun_par2_options *opts,
		    mun_par2_write_fn *write, void *ctx,
		    struct mun_par2_damage *damage, struct mun_err *e)
{
	struct repair r = { .set = set,
			    .src = src,
			    .opts = mun_par2_defaults(opts),
			    .damage = damage,
			    .write = write,
			    .write_ctx = ctx };
	int rc;

	rc = mun_par2_check(set, src, where, nwhere, opts, damage, e);
	if (!rc)
		rc = repair(&r, e);
	return rc ? mun_ctx(e, "repair by parity") : 0;
}
