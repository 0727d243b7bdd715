/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_sum.c - sums of products of slices, in bounded memory
 *
 * A column is a range of bytes of every slice, so wide that the sums over it
 * fit in the memory.  Slices come in batches; while one batch is worked on the
 * next is read.  The work on a batch is cut in tiles that fit in a core's
 * second cache with all their sums: a tile of the inputs is put in planes once,
 * and every sum is loaded and stored once per batch.  Tiles share nothing.
 */
#include "fixity/par2_int.h"

#include <pthread.h>
#include <string.h>

#include "core/check.h"
#include "fixity/gf16.h"
#include "fixity/md5_many.h"

#define UNIT ((size_t)MUN_GF16_UNIT)
#define GROUP MUN_MD5_LANES
#define BATCH_LEAST 16u /* slices, or the sums are loaded too often */
#define BATCH_MOST 128u

struct run {
	struct mun_par2_sum *s;
	const struct mun_gf16_kernel *kernel;
	uint32_t batch_most; /* slices */
	size_t width; /* bytes of a column but for the last */
	uint8_t *buffers[2];
	size_t buffer_stride;
	uint8_t *factors; /* nrows rows for the batch at hand */
	size_t factor_stride;
	uint8_t *scratch; /* a tile of inputs in planes, for each worker */
	size_t scratch_bytes;
	uint64_t columns, batches; /* batches of each column */
	/* of the round at hand */
	struct mun_par2_batch now, next; /* n is 0: none */
	pthread_mutex_t lock; /* over lost */
};

static size_t round_up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
}

/*
 * Wide rows a multiple of 4 KiB apart would all want the same few lines of the
 * caches; this distance spreads them.
 */
static size_t row_stride(size_t bytes)
{
	/* The last unit of a row is used to its end, as planes are. */
	const size_t least =
		round_up(round_up(bytes, UNIT) + MUN_PAR2_FRONT, UNIT);

	return least < 65536 ? least : round_up(least, 4096) + 2176;
}

/* How wide columns are, and how many slices a batch has. */
static void choose_shape(struct run *r)
{
	struct mun_par2_sum *s = r->s;
	const uint64_t slice = s->plan->slice_bytes;
	const size_t rows = (size_t)s->nrows + s->nspare;
	const size_t batch = s->opts.memory / 8;
	const size_t sums = s->opts.memory / 4 * 3;
	const uint32_t n = MUN_MAX(s->nslices, 1u);
	size_t width = (size_t)MUN_MIN(slice, (uint64_t)sums);

	/* One column if its batches have a few slices at least. */
	if (width < slice || row_stride(width) > sums / rows ||
	    width > batch / MUN_MIN(n, 4u)) {
		width = MUN_MIN(width, sums / rows);
		width = MUN_MIN(width, batch / MUN_MIN(n, BATCH_LEAST));
		width -= width % (width >= 4096 ? (size_t)4096 : UNIT);
		width = MUN_MAX(width, UNIT);
	}
	r->width = width;
	r->buffer_stride = round_up(width, MUN_IO_ALIGN);
	r->batch_most =
		(uint32_t)MUN_MIN(batch / r->buffer_stride, (size_t)BATCH_MOST);
	r->batch_most = MUN_MAX(r->batch_most, 1u);
	r->batch_most = MUN_MIN(r->batch_most, n);
	r->batches = (n + r->batch_most - 1) / r->batch_most;
	r->columns = (slice + width - 1) / width;
	s->stride = row_stride(width);
}

bool mun_par2_sum_shape(const struct mun_par2_sum *s)
{
	struct mun_par2_sum copy = *s;
	struct run r = { .s = &copy };

	choose_shape(&r);
	return r.columns == 1;
}

static int need_memory(struct run *r, struct mun_err *e)
{
	struct mun_par2_sum *s = r->s;
	const size_t rows = (size_t)s->nrows + s->nspare;
	size_t bytes;

	r->factor_stride = r->batch_most * r->kernel->factor_bytes;
	r->scratch_bytes = r->batch_most * r->kernel->tile;
	if (ckd_mul(&bytes, rows, s->stride))
		return mun_fail(e, MUN_ENOMEM, "%zu recovery blocks", rows);
	s->rows = aligned_alloc(MUN_IO_ALIGN, round_up(bytes, MUN_IO_ALIGN));
	r->factors =
		aligned_alloc(64, round_up(s->nrows * r->factor_stride, 64));
	r->scratch = aligned_alloc(64, s->opts.threads * r->scratch_bytes);
	for (int i = 0; i < 2; i++)
		r->buffers[i] = aligned_alloc(MUN_IO_ALIGN,
					      r->batch_most * r->buffer_stride);
	if (!s->rows || !r->factors || !r->scratch || !r->buffers[0] ||
	    !r->buffers[1])
		return mun_fail_nomem(e, "parity sums");
	for (size_t i = 0; i < rows; i++)
		memset(s->rows + i * s->stride, 0, MUN_PAR2_FRONT);
	s->rows += MUN_PAR2_FRONT;
	return 0;
}

static void give_back(struct run *r)
{
	if (r->s->rows)
		free(r->s->rows - MUN_PAR2_FRONT);
	r->s->rows = NULL;
	free(r->factors);
	free(r->scratch);
	free(r->buffers[0]);
	free(r->buffers[1]);
	pthread_mutex_destroy(&r->lock);
}

/* Batch @i of this column into buffer @i % 2; n is 0 after the last. */
static void describe(const struct run *r, uint64_t i, struct mun_par2_batch *b)
{
	const struct mun_par2_sum *s = r->s;
	const uint64_t first = i * r->batch_most;
	const uint64_t column = s->off / r->width;

	*b = (struct mun_par2_batch){ 0 };
	if (first >= s->nslices)
		return;
	b->data = r->buffers[i % 2];
	b->stride = r->buffer_stride;
	b->slices = s->slices + first;
	b->n = (uint32_t)MUN_MIN(s->nslices - first, (uint64_t)r->batch_most);
	b->off = s->off;
	b->bytes = s->bytes;
	b->round = column * r->batches + i;
	b->rounds = r->columns * r->batches;
}

bool mun_par2_is_lost(int code)
{
	/* MUN_EINVAL is what a source says of bytes after its end. */
	return code == MUN_EIO || code == MUN_ECORRUPT || code == MUN_EINVAL;
}

static int read_row(struct run *r, uint32_t i, struct mun_err *e)
{
	const struct mun_par2_batch *b = &r->next;
	struct mun_par2_sum *s = r->s;
	const uint32_t slice = b->slices[i];
	const uint64_t len = mun_par2_slice_len(s->plan, slice);
	uint8_t *row = b->data + i * b->stride;
	size_t have = 0;
	int rc = 0;

	if (len > b->off)
		have = (size_t)MUN_MIN(len - b->off, (uint64_t)b->bytes);
	if (have)
		rc = mun_source_pread(s->src, row, have,
				      slice * s->plan->slice_bytes + b->off, e);
	if (rc && s->lost && mun_par2_is_lost(rc)) {
		pthread_mutex_lock(&r->lock);
		if (!s->lost[slice]) {
			s->lost[slice] = 1;
			++*s->nlost;
		}
		pthread_mutex_unlock(&r->lock);
		have = 0;
		rc = 0;
	}
	memset(row + have, 0, b->bytes - have);
	return rc;
}

static size_t column_room(const struct mun_par2_sum *s)
{
	return round_up(s->bytes, UNIT);
}

static void sum_tile(struct run *r, size_t tile, unsigned int worker)
{
	const struct mun_gf16_kernel *k = r->kernel;
	const struct mun_par2_batch *b = &r->now;
	const struct mun_par2_sum *s = r->s;
	const size_t pos = tile * k->tile;
	const size_t room = MUN_MIN(k->tile, column_room(s) - pos);
	const size_t bytes = MUN_MIN(room, s->bytes - pos);
	uint8_t *planes = r->scratch + worker * r->scratch_bytes;

	for (uint32_t i = 0; i < b->n; i++)
		mun_gf16_split(planes + i * room, room,
			       b->data + i * b->stride + pos, bytes);
	k->muladd(s->rows + pos, s->nrows, s->stride, planes, b->n, room,
		  r->factors, r->factor_stride, room);
}

/* The order of a round's tasks: what takes longest comes first. */
static int round_task(void *ctx, size_t task, unsigned int worker,
		      struct mun_err *e)
{
	struct run *r = ctx;
	const struct mun_par2_sum *s = r->s;
	const uint32_t groups = s->group ? (r->now.n + GROUP - 1) / GROUP : 0;

	if (r->now.n && s->beside) {
		if (!task)
			return s->beside(s->ctx, &r->now, e);
		task--;
	}
	if (task < r->next.n)
		return read_row(r, (uint32_t)task, e);
	task -= r->next.n;
	if (task < groups) {
		const uint32_t first = (uint32_t)task * GROUP;

		return s->group(s->ctx, &r->now, first,
				MUN_MIN(r->now.n - first, GROUP), e);
	}
	sum_tile(r, task - groups, worker);
	return 0;
}

static size_t count_tasks(const struct run *r)
{
	const struct mun_par2_sum *s = r->s;
	size_t n = r->next.n;

	if (!r->now.n)
		return n;
	n += (column_room(s) + r->kernel->tile - 1) / r->kernel->tile;
	if (s->group)
		n += (r->now.n + GROUP - 1) / GROUP;
	return n + (s->beside != NULL);
}

static void set_factors(struct run *r)
{
	const struct mun_par2_sum *s = r->s;

	for (uint32_t row = 0; row < s->nrows; row++) {
		uint8_t *f = r->factors + row * r->factor_stride;

		for (uint32_t i = 0; i < r->now.n; i++)
			r->kernel->factor(
				s->factor(s->ctx, row, r->now.slices[i]),
				f + i * r->kernel->factor_bytes);
	}
}

static void tell(const struct run *r)
{
	const struct mun_par2_sum *s = r->s;
	const uint64_t total = s->plan->bytes;
	const uint64_t share = total / r->now.rounds;
	const bool last = r->now.round + 1 == r->now.rounds;

	mun_progress_tell(s->opts.progress, s->phase,
			  last ? total : share * (r->now.round + 1), total, 0);
}

static int all_batches(struct run *r, struct mun_err *e)
{
	const struct mun_par2_sum *s = r->s;
	int rc = 0;

	r->now.n = 0;
	describe(r, 0, &r->next);
	for (uint64_t i = 0; !rc && (r->now.n || r->next.n); i++) {
		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_par2_each(s->opts.threads, count_tasks(r),
					   round_task, r, e);
		if (!rc && r->now.n)
			tell(r);
		r->now = r->next;
		describe(r, i + 1, &r->next);
		if (!rc && r->now.n)
			set_factors(r);
	}
	return rc;
}

static int begin_row(void *ctx, size_t row, unsigned int worker,
		     struct mun_err *e)
{
	struct mun_par2_sum *s = ctx;

	(void)worker;
	if (s->begin)
		return s->begin(s->ctx, s, (uint32_t)row, e);
	memset(mun_par2_row(s, (uint32_t)row), 0, column_room(s));
	return 0;
}

static int one_column(struct run *r, struct mun_err *e)
{
	struct mun_par2_sum *s = r->s;
	int rc;

	rc = mun_par2_each(s->opts.threads, s->nrows, begin_row, s, e);
	if (!rc)
		rc = all_batches(r, e);
	/* What was summed up without them is worth nothing. */
	if (!rc && s->lost && *s->nlost)
		return 0;
	return rc ? rc : s->end(s->ctx, s, e);
}

int mun_par2_sum_run(struct mun_par2_sum *s, struct mun_err *e)
{
	struct run r = { .s = s,
			 .kernel = mun_gf16_kernel(),
			 .lock = PTHREAD_MUTEX_INITIALIZER };
	int rc;

	choose_shape(&r);
	rc = need_memory(&r, e);
	for (s->off = 0; !rc && s->off < s->plan->slice_bytes;
	     s->off += r.width) {
		const uint64_t rest = s->plan->slice_bytes - s->off;

		s->bytes = (size_t)MUN_MIN(rest, (uint64_t)r.width);
		rc = one_column(&r, e);
		if (s->lost && *s->nlost)
			break;
	}
	give_back(&r);
	return rc;
}

#define COMBINE 64u /* rows that go in at a time */

struct combine {
	const struct mun_par2_sum *s;
	const struct mun_gf16_kernel *kernel;
	uint32_t out, in, n, nin; /* rows: first, first, out, in */
	const uint8_t *factors;
	size_t factor_stride;
};

static int combine_tile(void *ctx, size_t tile, unsigned int worker,
			struct mun_err *e)
{
	const struct combine *c = ctx;
	const struct mun_par2_sum *s = c->s;
	const size_t pos = tile * c->kernel->tile;
	const size_t room = MUN_MIN(c->kernel->tile, column_room(s) - pos);

	(void)worker;
	(void)e;
	c->kernel->muladd(mun_par2_row(s, c->out) + pos, c->n, s->stride,
			  mun_par2_row(s, c->in) + pos, c->nin, s->stride,
			  c->factors, c->factor_stride, room);
	return 0;
}

int mun_par2_sum_combine(struct mun_par2_sum *s, uint32_t out, uint32_t in,
			 uint32_t n, const uint16_t *matrix, struct mun_err *e)
{
	const struct mun_gf16_kernel *k = mun_gf16_kernel();
	const size_t stride = COMBINE * k->factor_bytes;
	mun_autofree uint8_t *factors = aligned_alloc(64, n * stride);
	struct combine c = { s, k, out, in, n, 0, factors, stride };
	const size_t tiles = (column_room(s) + k->tile - 1) / k->tile;
	int rc = 0;

	if (!factors)
		return mun_fail_nomem(e, "parity sums");
	for (uint32_t o = 0; o < n; o++)
		memset(mun_par2_row(s, out + o), 0, column_room(s));
	for (uint32_t i = 0; !rc && i < n; i += c.nin) {
		c.nin = MUN_MIN(n - i, COMBINE);
		c.in = in + i;
		for (uint32_t o = 0; o < n; o++) {
			for (uint32_t j = 0; j < c.nin; j++)
				k->factor(matrix[(size_t)o * n + i + j],
					  factors + o * stride +
						  j * k->factor_bytes);
		}
		rc = mun_par2_each(s->opts.threads, tiles, combine_tile, &c, e);
	}
	return rc;
}
