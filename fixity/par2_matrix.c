/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_matrix.c - the equations of a repair, solved
 *
 * Gauss-Jordan, one recovery block after the other: a block whose equation
 * follows from those that were taken is left out, and the next is tried.  A row
 * is the equation's @n factors and then @n words that say of which blocks it
 * is made; rows are regions of the field, so the vector kernels add them.
 */
#include "fixity/par2_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "fixity/gf16.h"

struct equations {
	const struct mun_gf16_kernel *kernel;
	uint32_t n; /* unknowns */
	uint32_t taken; /* rows that are there */
	size_t stride; /* bytes of a row */
	uint8_t *rows; /* each is 1 in its pivot's column, the others 0 there */
	uint32_t *pivots; /* their columns */
	uint8_t *fresh, *scaled; /* a row each */
	uint8_t *factors; /* n */
};

static int new_equations(struct equations *y, uint32_t n, size_t memory,
			 struct mun_err *e)
{
	const size_t unit = MUN_GF16_UNIT;

	*y = (struct equations){ .kernel = mun_gf16_kernel(), .n = n };
	y->stride = ((size_t)n * 4 + unit - 1) / unit * unit;
	if (y->stride > memory / n)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu32 " equations need more than %zu "
				"bytes of memory",
				n, memory);
	y->rows = aligned_alloc(unit, n * y->stride);
	y->fresh = aligned_alloc(unit, y->stride);
	y->scaled = aligned_alloc(unit, y->stride);
	y->factors = aligned_alloc(unit, n * unit);
	y->pivots = calloc(n, sizeof(*y->pivots));
	if (!y->rows || !y->fresh || !y->scaled || !y->factors || !y->pivots)
		return mun_fail_nomem(e, "equations");
	return 0;
}

static void clear(struct equations *y)
{
	free(y->rows);
	free(y->fresh);
	free(y->scaled);
	free(y->factors);
	free(y->pivots);
}

static void set_factor(const struct equations *y, uint32_t i, uint16_t c)
{
	y->kernel->factor(c, y->factors + i * y->kernel->factor_bytes);
}

/* Take from the fresh row what the rows that are there say of it. */
static void reduce(const struct equations *y)
{
	for (uint32_t t = 0; t < y->taken; t++)
		set_factor(y, t, mun_gf16_word(y->fresh, y->pivots[t]));
	if (y->taken)
		y->kernel->muladd(y->fresh, 1, y->stride, y->rows, y->taken,
				  y->stride, y->factors, 0, y->stride);
}

/* Column of the first factor that is left; n where none is. */
static uint32_t find_pivot(const struct equations *y)
{
	uint32_t col = 0;

	while (col < y->n && !mun_gf16_word(y->fresh, col))
		col++;
	return col;
}

/* Make the fresh row one of the rows, and 0 the column of its pivot in the
 * others. */
static void accept(struct equations *y, uint32_t pivot)
{
	const uint16_t first = mun_gf16_word(y->fresh, pivot);

	memset(y->scaled, 0, y->stride);
	set_factor(y, 0, mun_gf16_inverse(first));
	y->kernel->muladd(y->scaled, 1, y->stride, y->fresh, 1, y->stride,
			  y->factors, 0, y->stride);
	for (uint32_t t = 0; t < y->taken; t++)
		set_factor(y, t, mun_gf16_word(y->rows + t * y->stride, pivot));
	if (y->taken)
		y->kernel->muladd(y->rows, y->taken, y->stride, y->scaled, 1,
				  y->stride, y->factors,
				  y->kernel->factor_bytes, y->stride);
	memcpy(y->rows + y->taken * y->stride, y->scaled, y->stride);
	y->pivots[y->taken++] = pivot;
}

static void read_off(const struct equations *y, uint16_t *inverse)
{
	for (uint32_t t = 0; t < y->n; t++) {
		uint16_t *to = inverse + (size_t)y->pivots[t] * y->n;

		for (uint32_t k = 0; k < y->n; k++)
			to[k] = mun_gf16_word(y->rows + t * y->stride,
					      (size_t)y->n + k);
	}
}

static int eliminate(struct equations *y, const uint16_t *bases,
		     const uint32_t *exponents, uint32_t have, uint32_t *chosen,
		     struct mun_err *e)
{
	for (uint32_t b = 0; b < have && y->taken < y->n; b++) {
		uint32_t pivot;
		int rc = mun_cancel_check(e);

		if (rc)
			return rc;
		memset(y->fresh, 0, y->stride);
		for (uint32_t j = 0; j < y->n; j++)
			mun_gf16_set_word(y->fresh, j,
					  mun_gf16_pow(bases[j], exponents[b]));
		mun_gf16_set_word(y->fresh, (size_t)y->n + y->taken, 1);
		reduce(y);
		pivot = find_pivot(y);
		if (pivot == y->n)
			continue;
		chosen[y->taken] = b;
		accept(y, pivot);
	}
	if (y->taken < y->n)
		return mun_fail(e, MUN_EFIXITY,
				"the recovery blocks that are left determine "
				"%" PRIu32 " of %" PRIu32 " slices",
				y->taken, y->n);
	return 0;
}

int mun_par2_solve(const uint16_t *bases, uint32_t n, const uint32_t *exponents,
		   uint32_t have, size_t memory, uint32_t *chosen,
		   uint16_t *inverse, struct mun_err *e)
{
	struct equations y;
	int rc;

	rc = new_equations(&y, n, memory, e);
	if (!rc)
		rc = eliminate(&y, bases, exponents, have, chosen, e);
	if (!rc)
		read_off(&y, inverse);
	clear(&y);
	return rc;
}
