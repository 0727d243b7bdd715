/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/par2_sample.c - a file, its parity files, what befalls them */
#include "tests/fixity/par2_sample.h"

#include <errno.h>

#include "core/check.h"

static void make(struct sample *s)
{
	mun_auto(source) *src = NULL;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(s->good, s->len, &src, &e), 0);
	if (mun_par2_create(src, "image", "muniment test", &s->plan, s->dir,
			    &s->opts, &s->made, &e))
		fail_msg("create: %s", e.lines[0].text);
	assert_int_equal(s->made.nfiles, 2);
	for (size_t i = 0; i < 2; i++) {
		char *path = mun_test_path(s->dir, s->made.files[i].name);

		s->parity[i] =
			(uint8_t *)mun_test_read(path, &s->parity_len[i]);
		assert_non_null(s->parity[i]);
		assert_int_equal(s->parity_len[i], s->made.files[i].bytes);
		free(path);
	}
	assert_int_equal(mun_test_count_entries(s->dir), 2);
}

void sample_new(struct sample *s, size_t len, unsigned int percent,
		uint64_t slice_bytes, uint32_t recovery, size_t memory)
{
	struct mun_err e;

	*s = (struct sample){ .len = len, .bad_len = len };
	s->opts.memory = memory;
	s->dir = mun_test_dir();
	/* Room for a file that grows. */
	s->good = malloc(len);
	s->bad = calloc(1, len + 4096);
	assert_non_null(s->good);
	assert_non_null(s->bad);
	mun_test_pattern(s->good, len, len);
	memcpy(s->bad, s->good, len);
	assert_int_equal(mun_par2_plan(len, percent, &s->plan, &e), 0);
	if (slice_bytes) {
		s->plan.slice_bytes = slice_bytes;
		s->plan.blocks =
			(uint32_t)((len + slice_bytes - 1) / slice_bytes);
		s->plan.recovery = recovery;
	}
	make(s);
	if (sample_load(s, &e))
		fail_msg("load: %s", e.lines[0].text);
}

static void unload(struct sample *s)
{
	mun_par2_set_free(mun_steal(&s->set));
	mun_source_close(mun_steal(&s->sources[0]));
	mun_source_close(mun_steal(&s->sources[1]));
}

int sample_load(struct sample *s, struct mun_err *e)
{
	unload(s);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(mun_source_from_memory(s->parity[i],
							s->parity_len[i],
							&s->sources[i], e),
				 0);
	return mun_par2_load(s->sources, 2, &s->opts, &s->set, e);
}

/* What a repair wrote, and that it wrote nothing where it must not. */
struct written {
	struct sample *s;
	uint8_t *image;
	uint8_t *touched;
};

static int put(void *ctx, uint64_t off, const void *data, size_t len,
	       struct mun_err *e)
{
	const struct written *w = ctx;

	(void)e;
	assert_true(len > 0);
	assert_true(off <= w->s->len && len <= w->s->len - off);
	memcpy(w->image + off, data, len);
	memset(w->touched + off, 1, len);
	return 0;
}

/* Exactly the damaged ranges were written, if it went well; else nothing. */
static void check_written(const struct written *w, int rc,
			  const struct mun_par2_damage *d)
{
	uint8_t *want = calloc(1, w->s->len);

	assert_non_null(want);
	for (size_t i = 0; !rc && i < d->nranges; i++)
		memset(want + d->ranges[i].off, 1, d->ranges[i].bytes);
	assert_memory_equal(w->touched, want, w->s->len);
	free(want);
}

int sample_repair(struct sample *s, const struct mun_par2_range *where,
		  size_t nwhere, uint64_t eio_off, uint64_t eio_bytes,
		  struct mun_par2_damage *damage, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct written w = { .s = s };
	int rc;

	w.touched = calloc(1, s->len);
	w.image = calloc(1, s->len + 4096);
	assert_non_null(w.touched);
	assert_non_null(w.image);
	memcpy(w.image, s->bad, s->bad_len);
	assert_int_equal(mun_source_from_memory(s->bad, s->bad_len, &src, e),
			 0);
	if (eio_bytes)
		src = mun_fault_source(src, eio_off, eio_bytes, EIO);
	rc = mun_par2_repair(s->set, src, where, nwhere, &s->opts, put, &w,
			     damage, e);
	if (damage->slices)
		check_written(&w, rc, damage);
	memcpy(s->bad, w.image, MUN_MAX(s->len, s->bad_len));
	free(w.touched);
	free(w.image);
	return rc;
}

void sample_damage(struct sample *s, uint32_t first, uint32_t step, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t slice = first + (uint64_t)i * step;
		const uint64_t off = slice * s->plan.slice_bytes;
		const uint64_t len = MUN_MIN(s->plan.slice_bytes, s->len - off);

		s->bad[off + slice * 31 % len] ^= (uint8_t)(1u << slice % 8);
	}
}

bool sample_is_whole(const struct sample *s)
{
	return !memcmp(s->bad, s->good, s->len);
}

void sample_free(struct sample *s)
{
	unload(s);
	free(s->good);
	free(s->bad);
	free(s->parity[0]);
	free(s->parity[1]);
	mun_test_dir_remove(s->dir);
}
