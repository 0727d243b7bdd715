/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/ingest/test_vote.c - several readings against a model of the rules
 *
 * The model knows no spans, runs or blocks: it looks at each sector by itself.
 */
#include "ingest/vote.h"

#include "core/check.h"
#include "tests/support/support.h"

#define SECTOR 512u
#define MAX_READINGS 6u

static uint64_t seed;

static uint64_t dice(uint64_t sides)
{
	uint64_t n;

	mun_test_pattern(&n, sizeof(n), ++seed);
	return n % sides;
}

/* One reading, as the model has it: a state and bytes for each sector. */
struct reading {
	uint8_t *bytes;
	char *state; /* of each sector */
	struct mun_readmap map;
	struct mun_source *source;
};

struct trial {
	size_t size;
	size_t sectors;
	size_t n;
	struct reading master;
	struct reading of[MAX_READINGS];
	bool prefer_new, prefer_old;
	/* What came out. */
	uint8_t *out;
	char *state; /* of each byte */
	uint32_t *taken; /* of each byte */
	uint32_t *others;
	uint32_t *alone;
	enum mun_vote_why *why;
	uint64_t told; /* bytes of runs */
	struct mun_vote_run last;
	uint8_t *again[MAX_READINGS]; /* master now, with the differences */
	uint64_t runs;
};

static size_t sector_len(const struct trial *t, size_t i)
{
	return MUN_MIN((size_t)SECTOR, t->size - i * SECTOR);
}

static void new_reading(const struct trial *t, struct reading *r)
{
	struct mun_err e;

	r->bytes = calloc(1, t->size + 1);
	r->state = calloc(1, t->sectors + 1);
	assert_non_null(r->bytes);
	assert_non_null(r->state);
	assert_int_equal(mun_readmap_init(&r->map, t->size, &e), 0);
}

static void finish_reading(const struct trial *t, struct reading *r)
{
	struct mun_err e;

	for (size_t i = 0; i < t->sectors; i++)
		assert_int_equal(
			mun_readmap_mark(&r->map, i * SECTOR, sector_len(t, i),
					 (enum mun_read_state)r->state[i], &e),
			0);
	assert_int_equal(
		mun_source_from_memory(r->bytes, t->size, &r->source, &e), 0);
}

static void free_reading(struct reading *r)
{
	mun_source_close(r->source);
	mun_readmap_clear(&r->map);
	free(r->bytes);
	free(r->state);
}

/* What the medium held, read with random damage and random lies. */
static void read_medium(const struct trial *t, const uint8_t *truth,
			struct reading *r, unsigned int damage,
			unsigned int lies)
{
	new_reading(t, r);
	for (size_t i = 0; i < t->sectors; i++) {
		uint8_t *s = r->bytes + i * SECTOR;
		size_t len = sector_len(t, i);

		r->state[i] = dice(100) >= damage ? '+' : dice(3) ? '-' : '!';
		memcpy(s, truth + i * SECTOR, len);
		if (r->state[i] == '-')
			memset(s, dice(2) ? 0 : 0x55, len);
		else if (r->state[i] == '!' || dice(100) < lies)
			s[dice(len)] ^= (uint8_t)(1 + dice(2));
	}
	finish_reading(t, r);
}

static bool same(const struct trial *t, size_t i, const struct reading *a,
		 const struct reading *b)
{
	return !memcmp(a->bytes + i * SECTOR, b->bytes + i * SECTOR,
		       sector_len(t, i));
}

/* How many of the first @n readings read sector @i well and as @r did. */
static unsigned int voices(const struct trial *t, size_t n, size_t i,
			   const struct reading *r)
{
	unsigned int k = 0;

	for (size_t j = 0; j < n; j++)
		k += t->of[j].state[i] == '+' && same(t, i, &t->of[j], r);
	return k;
}

/* The rules of ingest/merge.h for sector @i of the first @n readings: which
 * reading's bytes, or NULL: what the master has stays. */
static const struct reading *model(const struct trial *t, size_t n, size_t i,
				   char before, char *state)
{
	const struct reading *newest = &t->of[n - 1];
	const struct reading *one = NULL;
	unsigned int well = 0;
	bool agree = true;

	for (size_t j = 0; j < n; j++) {
		if (t->of[j].state[i] != '+')
			continue;
		well++;
		agree = agree && (!one || same(t, i, one, &t->of[j]));
		one = one ? one : &t->of[j];
	}
	*state = '+';
	if (well && agree)
		return one;
	if (well && newest->state[i] != '+' && before == '+')
		return NULL;
	if (well && t->prefer_new && newest->state[i] == '+')
		return newest;
	if (well && t->prefer_old && before == '+')
		return NULL;
	for (size_t j = 0; well >= 3 && j < n; j++)
		if (t->of[j].state[i] == '+' &&
		    2 * voices(t, n, i, &t->of[j]) > well)
			return &t->of[j];
	if (well)
		return NULL;
	*state = '!';
	if (t->prefer_new && newest->state[i] == '!')
		return newest;
	for (size_t j = 0; j < n; j++)
		if (t->of[j].state[i] == '!')
			return before == '!' ? NULL : &t->of[j];
	*state = '-';
	return NULL;
}

/* The master of the first @n - 1 readings, merged one after the other. */
static void merge_before(struct trial *t)
{
	new_reading(t, &t->master);
	memcpy(t->master.bytes, t->of[0].bytes, t->size);
	memcpy(t->master.state, t->of[0].state, t->sectors);
	for (size_t n = 2; n < t->n; n++) {
		bool p = t->prefer_new;
		bool q = t->prefer_old;

		t->prefer_new = dice(4) == 0;
		t->prefer_old = !t->prefer_new && dice(4) == 0;
		for (size_t i = 0; i < t->sectors; i++) {
			const struct reading *r =
				model(t, n, i, t->master.state[i],
				      &t->master.state[i]);
			if (r)
				memcpy(t->master.bytes + i * SECTOR,
				       r->bytes + i * SECTOR, sector_len(t, i));
		}
		t->prefer_new = p;
		t->prefer_old = q;
	}
	finish_reading(t, &t->master);
}

static int take_run(void *ctx, const struct mun_vote_run *r, struct mun_err *e)
{
	struct trial *t = ctx;

	(void)e;
	assert_int_equal(r->off, t->told);
	assert_true(r->bytes > 0);
	assert_true(r->off + r->bytes <= t->size);
	for (uint64_t i = r->off; i < r->off + r->bytes; i++) {
		t->state[i] = (char)r->state;
		t->taken[i] = r->taken;
		t->others[i] = r->others;
		t->alone[i] = r->alone;
		t->why[i] = r->why;
	}
	t->told += r->bytes;
	t->runs++;
	return 0;
}

static int take_difference(void *ctx, size_t i, const void *data, size_t len,
			   uint64_t off, struct mun_err *e)
{
	struct trial *t = ctx;

	(void)e;
	assert_true(i < t->n);
	memcpy(t->again[i] + off, data, len);
	return 0;
}

static void hold(struct trial *t)
{
	struct mun_voice of[MAX_READINGS];
	struct mun_vote_config c = {
		.master = { t->master.source, &t->master.map },
		.n = t->n,
		.of = of,
		.sector_bytes = SECTOR,
		.prefer_new = t->prefer_new,
		.prefer_old = t->prefer_old,
		.run = take_run,
		.differs = take_difference,
		.ctx = t,
	};
	mun_auto(vote) *v = NULL;
	uint8_t *block = malloc(MUN_VOTE_BLOCK);
	struct mun_err e;
	size_t at = 0;
	size_t len;

	for (size_t i = 0; i < t->n; i++) {
		of[i] = (struct mun_voice){ t->of[i].source, &t->of[i].map };
		t->again[i] = calloc(1, t->size);
	}
	assert_int_equal(mun_vote_new(&c, &v, &e), 0);
	do {
		if (mun_vote_next(v, block, &len, &e))
			fail_msg("%s", e.lines[0].text);
		memcpy(t->out + at, block, len);
		at += len;
	} while (len);
	assert_int_equal(at, t->size);
	assert_int_equal(t->told, t->size);
	free(block);
}

/* Nothing that was read well is overwritten unless a majority or a person says
 * so, and then it is told; whatever the model says. */
static void nothing_good_is_lost_silently(const struct trial *t)
{
	for (size_t i = 0; i < t->size; i++) {
		size_t s = i / SECTOR;
		bool was_good = t->master.state[s] == '+';

		if (was_good)
			assert_int_equal(t->state[i], '+');
		if (!was_good || t->out[i] == t->master.bytes[i])
			continue;
		assert_true(t->why[i] == MUN_VOTE_MAJORITY ||
			    (t->why[i] == MUN_VOTE_PREFERRED && t->prefer_new));
		assert_int_not_equal(t->others[i], 0);
	}
}

static void is_as_the_model_says(const struct trial *t)
{
	for (size_t i = 0; i < t->sectors; i++) {
		size_t at = i * SECTOR;
		size_t len = sector_len(t, i);
		char state;
		const struct reading *r =
			model(t, t->n, i, t->master.state[i], &state);
		const uint8_t *want = r ? r->bytes + at : t->master.bytes + at;
		uint32_t taken = 0;
		uint32_t others = 0;

		assert_memory_equal(t->out + at, want, len);
		for (size_t j = 0; j < t->n; j++) {
			bool same_bytes =
				!memcmp(t->of[j].bytes + at, want, len);

			if (t->of[j].state[i] == state && state != '-' &&
			    same_bytes)
				taken |= 1u << j;
			if (t->of[j].state[i] == '+' && !same_bytes)
				others |= 1u << j;
		}
		for (size_t k = at; k < at + len; k++) {
			assert_int_equal(t->state[k], state);
			assert_int_equal(t->taken[k], taken);
			assert_int_equal(t->others[k], others);
		}
	}
}

static void liars_are_alone(const struct trial *t)
{
	for (size_t i = 0; i < t->sectors; i++) {
		uint32_t alone = 0;

		for (size_t j = 0; j < t->n; j++) {
			unsigned int agreed = (unsigned int)__builtin_popcount(
				t->taken[i * SECTOR]);

			if (t->state[i * SECTOR] == '+' && agreed >= 2 &&
			    (t->others[i * SECTOR] & 1u << j) &&
			    voices(t, t->n, i, &t->of[j]) == 1)
				alone |= 1u << j;
		}
		assert_int_equal(t->alone[i * SECTOR], alone);
	}
}

/* What is kept suffices to make each reading again. */
static void every_reading_can_be_made_again(const struct trial *t)
{
	for (size_t j = 0; j < t->n; j++) {
		for (size_t i = 0; i < t->sectors; i++) {
			size_t at = i * SECTOR;
			size_t len = sector_len(t, i);
			const uint8_t *from = t->again[j] + at;
			static const uint8_t none[SECTOR];

			if (t->of[j].state[i] == '-')
				continue;
			/* The patterns are never all zeros. */
			if (!memcmp(from, none, len))
				from = t->out + at;
			assert_memory_equal(t->of[j].bytes + at, from, len);
		}
	}
}

static void trial(uint64_t number, size_t size)
{
	struct trial t = { .size = size };
	unsigned int damage = (unsigned int)dice(60);
	unsigned int lies = (unsigned int)(dice(2) ? dice(30) : 0);
	uint8_t *truth = malloc(size);

	(void)number;
	t.sectors = (size + SECTOR - 1) / SECTOR;
	t.n = 1 + dice(MAX_READINGS);
	t.prefer_new = dice(4) == 0;
	t.prefer_old = !t.prefer_new && dice(4) == 0;
	mun_test_pattern(truth, size, ++seed);
	for (size_t i = 0; i < t.n; i++)
		read_medium(&t, truth, &t.of[i], damage, lies);
	merge_before(&t);
	t.out = malloc(size);
	t.state = malloc(size);
	t.taken = calloc(size, sizeof(*t.taken));
	t.others = calloc(size, sizeof(*t.others));
	t.alone = calloc(size, sizeof(*t.alone));
	t.why = calloc(size, sizeof(*t.why));
	hold(&t);
	nothing_good_is_lost_silently(&t);
	is_as_the_model_says(&t);
	liars_are_alone(&t);
	every_reading_can_be_made_again(&t);
	for (size_t i = 0; i < t.n; i++) {
		free_reading(&t.of[i]);
		free(t.again[i]);
	}
	free_reading(&t.master);
	free(truth);
	free(t.out);
	free(t.state);
	free(t.taken);
	free(t.others);
	free(t.alone);
	free(t.why);
}

static void random_readings_end_as_the_rules_say(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 400; i++)
		trial(i, 1 + dice(60 * SECTOR));
}

static void a_vote_goes_over_the_edges_of_blocks(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		trial(i, 2 * MUN_VOTE_BLOCK + dice(MUN_VOTE_BLOCK));
}

/* Two readings that agree on all of a large medium are one run, not millions.
 */
static void what_agrees_is_told_at_once(void **state)
{
	struct trial t = { .size = 3 * MUN_VOTE_BLOCK + 100, .n = 2 };
	uint8_t *truth = malloc(t.size);

	(void)state;
	t.sectors = (t.size + SECTOR - 1) / SECTOR;
	mun_test_pattern(truth, t.size, 77);
	for (size_t i = 0; i < t.n; i++)
		read_medium(&t, truth, &t.of[i], 0, 0);
	merge_before(&t);
	t.out = malloc(t.size);
	t.state = malloc(t.size);
	t.taken = calloc(t.size, sizeof(*t.taken));
	t.others = calloc(t.size, sizeof(*t.others));
	t.alone = calloc(t.size, sizeof(*t.alone));
	t.why = calloc(t.size, sizeof(*t.why));
	hold(&t);
	assert_int_equal(t.runs, 1);
	assert_memory_equal(t.out, truth, t.size);
	for (size_t i = 0; i < t.n; i++) {
		free_reading(&t.of[i]);
		free(t.again[i]);
	}
	free_reading(&t.master);
	free(truth);
	free(t.out);
	free(t.state);
	free(t.taken);
	free(t.others);
	free(t.alone);
	free(t.why);
}

static void a_master_of_nobody_is_refused(void **state)
{
	static const uint8_t a[SECTOR] = { 1 };
	static const uint8_t b[SECTOR] = { 2 };
	struct mun_source *sa;
	struct mun_source *sb;
	struct mun_readmap map;
	uint8_t *block = malloc(MUN_VOTE_BLOCK);
	struct mun_vote *v;
	struct mun_err e;
	size_t len;

	(void)state;
	assert_int_equal(mun_readmap_init(&map, SECTOR, &e), 0);
	assert_int_equal(mun_readmap_mark(&map, 0, SECTOR, MUN_READ_GOOD, &e),
			 0);
	assert_int_equal(mun_source_from_memory(a, SECTOR, &sa, &e), 0);
	assert_int_equal(mun_source_from_memory(b, SECTOR, &sb, &e), 0);
	struct mun_voice of[] = { { sb, &map }, { sa, &map } };
	struct mun_vote_config c = {
		.master = { sa, &map }, .n = 2, .of = of, .sector_bytes = SECTOR
	};

	assert_int_equal(mun_vote_new(&c, &v, &e), 0);
	assert_int_equal(mun_vote_next(v, block, &len, &e), MUN_ECORRUPT);
	mun_vote_free(v);
	mun_source_close(sa);
	mun_source_close(sb);
	mun_readmap_clear(&map);
	free(block);
}

static void other_sizes_are_refused(void **state)
{
	static const uint8_t a[2 * SECTOR];
	struct mun_source *sa;
	struct mun_source *sb;
	struct mun_readmap map;
	struct mun_vote *v = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&map, SECTOR, &e), 0);
	assert_int_equal(mun_source_from_memory(a, SECTOR, &sa, &e), 0);
	assert_int_equal(mun_source_from_memory(a, SECTOR + 1, &sb, &e), 0);
	struct mun_voice of[] = { { sa, &map }, { sb, &map } };
	struct mun_vote_config c = {
		.master = { sa, &map }, .n = 2, .of = of, .sector_bytes = SECTOR
	};

	assert_int_equal(mun_vote_new(&c, &v, &e), MUN_EINVAL);
	of[1].source = sa;
	c.sector_bytes = 513;
	assert_int_equal(mun_vote_new(&c, &v, &e), MUN_EINVAL);
	c.sector_bytes = SECTOR;
	c.n = MUN_VOTE_READINGS + 1;
	assert_int_equal(mun_vote_new(&c, &v, &e), MUN_EINVAL);
	assert_null(v);
	mun_source_close(sa);
	mun_source_close(sb);
	mun_readmap_clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_readings_end_as_the_rules_say),
		cmocka_unit_test(a_vote_goes_over_the_edges_of_blocks),
		cmocka_unit_test(what_agrees_is_told_at_once),
		cmocka_unit_test(a_master_of_nobody_is_refused),
		cmocka_unit_test(other_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
