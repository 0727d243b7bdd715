/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_readmap.c - runs, and a source that has a map */
#include "core/check.h"
#include "image/readmap.h"
#include "tests/support/support.h"

static const enum mun_read_state states[] = {
	MUN_READ_NOT_TRIED, MUN_READ_NOT_TRIMMED, MUN_READ_NOT_SCRAPED,
	MUN_READ_BAD,       MUN_READ_GOOD,        MUN_READ_DOUBTFUL
};

/* No gap, no overlap, nothing empty, no two neighbours alike; all counted. */
static void assert_is_whole(const struct mun_readmap *m)
{
	uint64_t bytes[MUN_COUNT(states)] = { 0 };
	int last = 0;
	uint64_t at = 0;
	size_t n = 0;

	MUN_READMAP_EACH(run, m)
	{
		assert_int_equal(run->off, at);
		assert_true(run->bytes > 0);
		assert_int_not_equal(run->state, last);
		for (size_t i = 0; i < MUN_COUNT(states); i++)
			if (run->state == states[i])
				bytes[i] += run->bytes;
		last = (int)run->state;
		at += run->bytes;
		n++;
	}
	assert_int_equal(at, m->size);
	assert_int_equal(n, m->nruns);
	for (size_t i = 0; i < MUN_COUNT(states); i++)
		assert_int_equal(mun_readmap_bytes(m, states[i]), bytes[i]);
}

static uint64_t count(const uint8_t *model, size_t size, enum mun_read_state s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += model[i] == (uint8_t)s;
	return n;
}

/* Everything that can be asked, against one byte of state per byte. */
static void assert_is_like(const struct mun_readmap *m, const uint8_t *model)
{
	assert_is_whole(m);
	for (size_t i = 0; i < m->size; i++) {
		const struct mun_read_run *bad = mun_readmap_next_bad(m, i);
		size_t want = i;

		assert_int_equal(mun_readmap_at(m, i), model[i]);
		while (want < m->size && model[want] == MUN_READ_GOOD)
			want++;
		if (want == m->size) {
			assert_null(bad);
			continue;
		}
		assert_non_null(bad);
		assert_true(bad->off <= want && want < bad->off + bad->bytes);
		assert_true(want == i || bad->off == want);
	}
	for (size_t i = 0; i < MUN_COUNT(states); i++)
		assert_int_equal(mun_readmap_bytes(m, states[i]),
				 count(model, m->size, states[i]));
}

#define MODEL_BYTES 97u

static void any_marks_are_as_in_an_array_of_bytes(void **state)
{
	struct mun_err e;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		uint8_t model[MODEL_BYTES];
		uint8_t dice[3 * 60];
		struct mun_readmap m;

		memset(model, MUN_READ_NOT_TRIED, sizeof(model));
		assert_int_equal(mun_readmap_init(&m, MODEL_BYTES, &e), 0);
		mun_test_pattern(dice, sizeof(dice), seed);
		for (size_t i = 0; i < sizeof(dice); i += 3) {
			size_t off = dice[i] % (MODEL_BYTES + 1);
			size_t len = dice[i + 1] % (MODEL_BYTES + 1 - off);
			enum mun_read_state s =
				states[dice[i + 2] % MUN_COUNT(states)];

			/* Long marks would soon leave nothing but themselves. */
			if (dice[i + 2] & 0x80)
				len %= 8;
			assert_int_equal(mun_readmap_mark(&m, off, len, s, &e),
					 0);
			memset(model + off, (int)s, len);
			assert_is_like(&m, model);
		}
		mun_readmap_clear(&m);
	}
}

/* As many runs as make blocks that are split and joined. */
#define MANY_BYTES 40000u

static void many_runs_are_as_in_an_array_of_bytes(void **state)
{
	uint8_t *model = malloc(MANY_BYTES);
	struct mun_readmap m;
	struct mun_err e;
	uint64_t dice = 1;
	size_t most = 0;

	(void)state;
	assert_non_null(model);
	memset(model, MUN_READ_NOT_TRIED, MANY_BYTES);
	assert_int_equal(mun_readmap_init(&m, MANY_BYTES, &e), 0);
	for (unsigned int i = 0; i < 60000; i++) {
		size_t off;
		size_t len;
		enum mun_read_state s;

		dice = dice * 6364136223846793005u + 1442695040888963407u;
		off = (dice >> 33) % MANY_BYTES;
		len = 1 + (dice >> 20) % 3;
		/* Now and then what takes whole blocks away. */
		if (i % 5000 == 4999)
			len = 15000;
		len = MUN_MIN(len, MANY_BYTES - off);
		s = states[(dice >> 50) % MUN_COUNT(states)];
		assert_int_equal(mun_readmap_mark(&m, off, len, s, &e), 0);
		memset(model + off, (int)s, len);
		assert_int_equal(mun_readmap_at(&m, off), s);
		most = MUN_MAX(most, m.nruns);
		if (i % 1000 != 0)
			continue;
		assert_is_whole(&m);
		for (size_t at = 0; at < MANY_BYTES; at++)
			assert_int_equal(mun_readmap_at(&m, at), model[at]);
	}
	assert_true(most > 4000);
	assert_int_equal(mun_readmap_mark(&m, 0, MANY_BYTES, MUN_READ_GOOD, &e),
			 0);
	assert_is_whole(&m);
	assert_int_equal(m.nruns, 1);
	mun_readmap_clear(&m);
	free(model);
}

static void runs_of_a_state_are_found_both_ways(void **state)
{
	uint8_t model[600];
	struct mun_readmap m;
	struct mun_readmap copy;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, sizeof(model), &e), 0);
	mun_test_pattern(model, sizeof(model), 5);
	for (size_t i = 0; i < sizeof(model); i++) {
		model[i] = (uint8_t)states[model[i] % 3];
		assert_int_equal(mun_readmap_mark(&m, i, 1, model[i], &e), 0);
	}
	assert_int_equal(mun_readmap_copy(&m, &copy, &e), 0);
	assert_int_equal(copy.nruns, m.nruns);
	for (size_t i = 0; i <= sizeof(model); i++) {
		const uint8_t want = MUN_READ_NOT_TRIMMED;
		const struct mun_read_run *next =
			mun_readmap_next_in(&copy, i, want);
		const struct mun_read_run *prev =
			mun_readmap_prev_in(&copy, i, want);
		size_t to = i;
		size_t from = i;

		while (to < sizeof(model) && model[to] != want)
			to++;
		while (from > 0 && model[from - 1] != want)
			from--;
		assert_int_equal(next != NULL, to < sizeof(model));
		assert_int_equal(prev != NULL, from > 0);
		if (next)
			assert_true(next->off <= to &&
				    to < next->off + next->bytes);
		if (prev)
			assert_true(prev->off < from &&
				    from <= prev->off + prev->bytes);
		assert_null(mun_readmap_next_in(&copy, i, MUN_READ_DOUBTFUL));
		assert_null(mun_readmap_prev_in(&copy, i, MUN_READ_BAD));
	}
	mun_readmap_clear(&m);
	mun_readmap_clear(&copy);
}

static void reading_forward_keeps_two_runs(void **state)
{
	struct mun_readmap m;
	struct mun_err e;
	const uint64_t step = 1 << 20;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, step * 1000, &e), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(
			mun_readmap_mark(&m, i * step, step, MUN_READ_GOOD, &e),
			0);
		assert_int_equal(m.nruns, i < 999 ? 2 : 1);
	}
	mun_readmap_clear(&m);
}

static void a_mark_outside_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		uint64_t off, bytes;
	} bad[] = {
		{ 0, 101 },        { 100, 1 },
		{ 101, 0 },        { UINT64_MAX, 1 },
		{ 1, UINT64_MAX }, { UINT64_MAX, UINT64_MAX },
	};
	struct mun_readmap m;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, 100, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		assert_int_equal(mun_readmap_mark(&m, bad[i].off, bad[i].bytes,
						  MUN_READ_BAD, &e),
				 MUN_EINVAL);
		assert_int_equal(mun_readmap_bytes(&m, MUN_READ_NOT_TRIED),
				 100);
	}
	assert_int_equal(mun_readmap_mark(&m, 100, 0, MUN_READ_BAD, &e), 0);
	assert_int_equal(m.nruns, 1);
	mun_readmap_clear(&m);
}

static void a_mapped_source_keeps_bytes_and_tells_what_was_lost(void **state)
{
	static const struct mun_extent want[] = {
		{ 0, 100, MUN_EXTENT_DATA },
		{ 100, 60, MUN_EXTENT_UNREADABLE },
		{ 160, 10, MUN_EXTENT_DOUBTFUL },
		{ 170, 30, MUN_EXTENT_DATA },
		{ 200, 56, MUN_EXTENT_DATA }, /* beyond the map */
	};
	uint8_t bytes[256];
	uint8_t back[256];
	struct mun_readmap m;
	struct mun_source *src;
	struct mun_source *mapped;
	struct mun_extent x;
	struct mun_err e;
	uint64_t off = 0;

	(void)state;
	mun_test_pattern(bytes, sizeof(bytes), 1);
	assert_int_equal(mun_readmap_init(&m, 200, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 0, 200, MUN_READ_GOOD, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 100, 40, MUN_READ_BAD, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 140, 20, MUN_READ_NOT_TRIED, &e),
			 0);
	assert_int_equal(mun_readmap_mark(&m, 160, 10, MUN_READ_DOUBTFUL, &e),
			 0);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	assert_int_equal(mun_readmap_source(src, &m, &mapped, &e), 0);
	assert_int_equal(mapped->size, sizeof(bytes));
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		assert_int_equal(mun_source_next_extent(mapped, off, &x, &e),
				 0);
		assert_int_equal(x.off, want[i].off);
		assert_int_equal(x.bytes, want[i].bytes);
		assert_int_equal(x.kind, want[i].kind);
		off += x.bytes;
	}
	assert_int_equal(off, sizeof(bytes));
	assert_int_equal(mun_source_next_extent(mapped, 130, &x, &e), 0);
	assert_int_equal(x.off, 130);
	assert_int_equal(x.bytes, 30);
	assert_int_equal(mun_source_pread(mapped, back, sizeof(back), 0, &e),
			 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	mun_source_close(mapped);
	mun_readmap_clear(&m);
}

/* A map may be longer than what was imaged so far. */
static void a_mapped_source_ends_where_its_parent_ends(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct mun_readmap m;
	struct mun_source *src;
	struct mun_source *mapped;
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, 512, &e), 0);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	assert_int_equal(mun_readmap_source(src, &m, &mapped, &e), 0);
	assert_int_equal(mun_source_next_extent(mapped, 10, &x, &e), 0);
	assert_int_equal(x.bytes, 54);
	assert_int_equal(x.kind, MUN_EXTENT_UNREADABLE);
	mun_source_close(mapped);
	mun_readmap_clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_marks_are_as_in_an_array_of_bytes),
		cmocka_unit_test(many_runs_are_as_in_an_array_of_bytes),
		cmocka_unit_test(runs_of_a_state_are_found_both_ways),
		cmocka_unit_test(reading_forward_keeps_two_runs),
		cmocka_unit_test(a_mark_outside_is_refused_and_changes_nothing),
		cmocka_unit_test(
			a_mapped_source_keeps_bytes_and_tells_what_was_lost),
		cmocka_unit_test(a_mapped_source_ends_where_its_parent_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
