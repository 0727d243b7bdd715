/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_par2.c - parity is made, and gives back what was lost */
#include "fixity/par2.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "core/check.h"
#include "fixity/gf16.h"
#include "fixity/par2_int.h"
#include "tests/fixity/par2_sample.h"
#include "tests/support/support.h"

#define KIB 1024u
#define MIB (1024u * KIB)

/* Our own choice; docs/parity.md has it in words. */
static void plans_are_those_of_the_manual(void **state)
{
	static const struct {
		uint64_t bytes;
		unsigned int percent;
		uint64_t slice;
		uint32_t blocks, recovery;
	} cases[] = {
		{ 0, 10, 0, 0, 0 },
		{ 1, 10, 4, 1, 1 },
		{ 4095, 10, 4096, 1, 1 },
		{ 4096, 10, 4096, 1, 1 },
		{ 4097, 10, 4096, 2, 1 },
		{ 65536, 10, 4096, 16, 2 },
		{ 100 * KIB, 10, 8192, 13, 2 },
		{ 20 * 64 * KIB - 1, 10, 65536, 20, 2 },
		{ 20 * 64 * KIB, 10, 65536, 20, 2 },
		{ 100 * MIB, 10, 65536, 1600, 160 },
		{ 2000 * 64 * KIB, 10, 65536, 2000, 200 },
		{ 2000 * 64 * KIB + 1, 10, 69632, 1883, 189 },
		{ 1024 * (uint64_t)MIB, 10, 540672, 1986, 199 },
		{ 1024 * (uint64_t)MIB, 1, 540672, 1986, 20 },
		{ 1024 * (uint64_t)MIB, 100, 540672, 1986, 1986 },
		{ UINT64_C(1) << 40, 10, 549756928, 2000, 200 },
	};
	struct mun_par2_plan p;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		assert_int_equal(
			mun_par2_plan(cases[i].bytes, cases[i].percent, &p, &e),
			0);
		assert_int_equal(p.bytes, cases[i].bytes);
		assert_int_equal(p.slice_bytes, cases[i].slice);
		assert_int_equal(p.blocks, cases[i].blocks);
		assert_int_equal(p.recovery, cases[i].recovery);
	}
	assert_int_equal(mun_par2_plan(1, 0, &p, &e), MUN_EINVAL);
	assert_int_equal(mun_par2_plan(1, 101, &p, &e), MUN_EINVAL);
	assert_int_equal(mun_par2_plan(UINT64_MAX, 10, &p, &e), MUN_EINVAL);
}

static const struct {
	size_t len;
	unsigned int percent;
	uint64_t slice; /* 0: as planned */
	uint32_t recovery;
	size_t memory;
} shapes[] = {
	{ 1, 10, 0, 0, 0 },
	{ 4, 10, 0, 0, 0 },
	{ 4095, 100, 0, 0, 0 },
	{ 4097, 100, 0, 0, 0 },
	{ 65536, 30, 0, 0, 0 },
	{ 100000, 50, 0, 0, 0 },
	{ 1310719, 20, 0, 0, 0 },
	{ 3 * MIB + 7, 10, 0, 0, 0 },
	{ 3000, 0, 4, 7, 0 }, /* 750 slices of two words */
	{ 9999, 0, 100, 60, 0 }, /* no multiple of an MD5 block */
	{ 777777, 0, 7780, 33, 0 }, /* nor of a vector */
	/* Sums of 3 MiB do not fit in 4: columns. */
	{ 5 * MIB + 5, 0, MIB, 3, 4 * MIB },
	{ 2 * MIB + 3, 0, 256 * KIB + 4, 8, 4 * MIB },
	/* Slices too large for a batch. */
	{ 3 * MIB + 1, 0, 3 * MIB / 2, 1, 4 * MIB },
};

static void shape(struct sample *s, size_t i)
{
	sample_new(s, shapes[i].len, shapes[i].percent ? shapes[i].percent : 10,
		   shapes[i].slice, shapes[i].recovery, shapes[i].memory);
}

static void what_was_made_is_read_and_finds_nothing_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(shapes); i++) {
		const struct mun_par2_info *info;
		struct mun_par2_damage d;
		struct sample s;
		struct mun_err e;

		shape(&s, i);
		info = mun_par2_set_info(s.set);
		assert_string_equal(info->name, "image");
		assert_string_equal(info->creator, "muniment test");
		assert_memory_equal(&info->plan, &s.plan, sizeof(s.plan));
		assert_memory_equal(info->md5, s.made.md5, 16);
		assert_int_equal(info->recovery_damaged, 0);
		assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
		assert_int_equal(d.blocks, 0);
		assert_int_equal(d.nranges, 0);
		mun_par2_damage_clear(&d);
		sample_free(&s);
	}
}

/* As many damaged slices as there are recovery blocks, then one more. */
static void repairs_as_many_slices_as_there_are_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(shapes); i++) {
		struct mun_par2_damage d;
		struct sample s;
		struct mun_err e;
		uint32_t n;

		shape(&s, i);
		n = MUN_MIN(s.plan.recovery, s.plan.blocks);
		sample_damage(&s, s.plan.blocks - n, 1, n);
		if (sample_repair(&s, NULL, 0, 0, 0, &d, &e))
			fail_msg("%zu: %s", i, e.lines[0].text);
		assert_int_equal(d.blocks, n);
		assert_int_equal(d.lacking, 0);
		assert_true(sample_is_whole(&s));
		mun_par2_damage_clear(&d);
		if (n < s.plan.blocks) {
			const uint64_t from = s.plan.blocks - n - 1;

			sample_damage(&s, s.plan.blocks - n - 1, 1, n + 1);
			assert_int_equal(
				sample_repair(&s, NULL, 0, 0, 0, &d, &e),
				MUN_EFIXITY);
			assert_int_equal(d.blocks, n + 1);
			assert_int_equal(d.lacking, 1);
			assert_int_equal(d.nranges, 1);
			assert_int_equal(d.ranges[0].off,
					 from * s.plan.slice_bytes);
			assert_int_equal(d.ranges[0].bytes,
					 s.len - d.ranges[0].off);
			assert_non_null(strstr(e.lines[0].text, "1 more"));
			mun_par2_damage_clear(&d);
		}
		sample_free(&s);
	}
}

static void two_damages_in_a_slice_are_one(void **state)
{
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 100000, 10, 1000, 1, 0);
	s.bad[5001] ^= 1;
	s.bad[5999] ^= 0x80;
	assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
	assert_int_equal(d.blocks, 1);
	assert_int_equal(d.ranges[0].off, 5000);
	assert_int_equal(d.ranges[0].bytes, 1000);
	assert_true(sample_is_whole(&s));
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

/* Each byte of the file, and each cut and growth of it. */
static void every_byte_of_the_file_counts(void **state)
{
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 997, 10, 100, 10, 0);
	for (size_t i = 0; i < s.len; i++) {
		struct mun_par2_damage d;

		s.bad[i] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
		assert_int_equal(d.blocks, 1);
		assert_int_equal(d.slices[i / 100], 1);
		assert_true(sample_is_whole(&s));
		mun_par2_damage_clear(&d);
	}
	for (size_t len = 0; len < s.len + 100; len += 7) {
		struct mun_par2_damage d;
		const size_t lost = len < s.len ? 10 - len / 100 : 0;

		memset(s.bad + MUN_MIN(len, s.len), 0xaa,
		       s.len + 100 - MUN_MIN(len, s.len));
		s.bad_len = len;
		assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
		assert_int_equal(d.blocks, lost);
		assert_true(sample_is_whole(&s));
		mun_par2_damage_clear(&d);
	}
	sample_free(&s);
}

static void what_cannot_be_read_is_given_back(void **state)
{
	(void)state;
	/* In one column, and in several. */
	for (size_t n = 0; n < 2; n++) {
		struct mun_par2_damage d;
		struct sample s;
		struct mun_err e;

		if (n)
			sample_new(&s, 5 * MIB, 10, MIB, 3, 4 * MIB);
		else
			sample_new(&s, 20 * KIB, 10, 4 * KIB, 3, 0);
		memset(s.bad + s.len / 2, 0, 512);
		assert_int_equal(
			sample_repair(&s, NULL, 0, s.len / 2, 512, &d, &e), 0);
		assert_int_equal(d.blocks, 1);
		assert_int_equal(d.slices[2], 1);
		assert_true(sample_is_whole(&s));
		mun_par2_damage_clear(&d);
		sample_free(&s);
	}
}

/* The audit knows a piece; the slices that touch it are looked at, and if that
 * does not explain all, the others too. */
static void ranges_tell_where_to_look(void **state)
{
	static const struct mun_par2_range piece = { 10500, 1000 };
	static const struct mun_par2_range nothing = { 10000, 0 };
	static const struct mun_par2_range endless = { 10500, UINT64_MAX };
	struct mun_par2_damage d;
	mun_auto(source) *src = NULL;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 100000, 10, 1000, 5, 0);
	s.bad[10600] ^= 1;
	s.bad[50000] ^= 1;
	assert_int_equal(mun_source_from_memory(s.bad, s.len, &src, &e), 0);
	assert_int_equal(mun_par2_check(s.set, src, &piece, 1, NULL, &d, &e),
			 0);
	assert_int_equal(d.blocks, 1);
	mun_par2_damage_clear(&d);
	assert_int_equal(mun_par2_check(s.set, src, &nothing, 1, NULL, &d, &e),
			 0);
	assert_int_equal(d.blocks, 0);
	mun_par2_damage_clear(&d);
	assert_int_equal(mun_par2_check(s.set, src, &endless, 1, NULL, &d, &e),
			 0);
	assert_int_equal(d.blocks, 2);
	mun_par2_damage_clear(&d);

	assert_int_equal(sample_repair(&s, &piece, 1, 0, 0, &d, &e), 0);
	assert_int_equal(d.blocks, 2);
	assert_true(sample_is_whole(&s));
	mun_par2_damage_clear(&d);
	/* Another is found by reading the rest for the sums. */
	s.bad[10600] ^= 1;
	memset(s.bad + 70000, 0, 10);
	assert_int_equal(sample_repair(&s, &piece, 1, 70000, 10, &d, &e), 0);
	assert_int_equal(d.blocks, 2);
	assert_int_equal(d.slices[70], 1);
	assert_true(sample_is_whole(&s));
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

struct counting {
	struct mun_source base;
	struct mun_source *parent;
	uint64_t bytes;
	pthread_mutex_t lock;
};

static int count_reads(struct mun_source *s, void *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	struct counting *c = (struct counting *)s;

	pthread_mutex_lock(&c->lock);
	c->bytes += len;
	pthread_mutex_unlock(&c->lock);
	return mun_source_pread(c->parent, buf, len, off, e);
}

static int drop(void *ctx, uint64_t off, const void *data, size_t len,
		struct mun_err *e)
{
	(void)ctx;
	(void)off;
	(void)data;
	(void)len;
	(void)e;
	return 0;
}

/* With known ranges the file is read once: what is damaged to see that it is,
 * the rest for the sums. */
static void known_damage_costs_one_reading(void **state)
{
	static const struct mun_source_ops ops = { .pread = count_reads };
	static const struct mun_par2_range piece = { 10500, 1000 };
	struct counting c = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 100000, 10, 1000, 5, 0);
	s.bad[10600] ^= 1;
	assert_int_equal(mun_source_from_memory(s.bad, s.len, &c.parent, &e),
			 0);
	c.base = (struct mun_source){ &ops, s.len };
	assert_int_equal(mun_par2_repair(s.set, &c.base, &piece, 1, NULL, drop,
					 NULL, &d, &e),
			 0);
	/* Slices 10 and 11 are looked at, all but 10 are summed up. */
	assert_int_equal(c.bytes, 2000 + 99000);
	mun_par2_damage_clear(&d);
	mun_source_close(c.parent);
	sample_free(&s);
}

/* A disk that gives bytes, even the right ones, and says that it failed. */
static int grudging_pread(struct mun_source *s, void *buf, size_t len,
			  uint64_t off, struct mun_err *e)
{
	const struct counting *c = (struct counting *)s;
	int rc = mun_source_pread(c->parent, buf, len, off, e);

	if (!rc && off <= 70000 && 70000 - off < len)
		return mun_fail_sys(e, EIO, "read");
	return rc;
}

static void what_was_read_with_an_error_is_not_trusted(void **state)
{
	static const struct mun_source_ops ops = { .pread = grudging_pread };
	static const struct mun_par2_range piece = { 10500, 1000 };
	struct counting c = { 0 };
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 100000, 10, 1000, 5, 0);
	assert_int_equal(mun_source_from_memory(s.bad, s.len, &c.parent, &e),
			 0);
	c.base = (struct mun_source){ &ops, s.len };
	assert_int_equal(mun_par2_check(s.set, &c.base, NULL, 0, NULL, &d, &e),
			 0);
	assert_int_equal(d.blocks, 1);
	assert_int_equal(d.slices[70], 1);
	mun_par2_damage_clear(&d);
	/* Found when the sums are made, as well. */
	s.bad[10600] ^= 1;
	assert_int_equal(mun_par2_repair(s.set, &c.base, &piece, 1, NULL, drop,
					 NULL, &d, &e),
			 0);
	assert_int_equal(d.blocks, 2);
	assert_int_equal(d.slices[70], 1);
	mun_par2_damage_clear(&d);
	mun_source_close(c.parent);
	sample_free(&s);
}

static void the_same_file_gives_the_same_bytes(void **state)
{
	struct sample a, b;

	(void)state;
	/* In one column and in many, with other batches and threads. */
	sample_new(&a, 5 * MIB + 5, 10, MIB, 3, 0);
	sample_new(&b, 5 * MIB + 5, 10, MIB, 3, 4 * MIB);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(a.parity_len[i], b.parity_len[i]);
		assert_memory_equal(a.parity[i], b.parity[i], a.parity_len[i]);
		assert_string_equal(a.made.files[i].name, b.made.files[i].name);
	}
	assert_string_equal(a.made.files[0].name, "image.par2");
	assert_string_equal(a.made.files[1].name, "image.vol000+003.par2");
	sample_free(&a);
	sample_free(&b);
}

/*
 * Slices that end early in their last unit of the kernel: what one thread puts
 * in front of its first row must not lie in what another still makes of its
 * last.
 */
static void any_number_of_threads_gives_the_same_bytes(void **state)
{
	static const uint64_t slices[] = { 132, 192, 4132, 4160 };

	(void)state;
	for (size_t k = 0; k < 4 * 12; k++) {
		const uint64_t slice = slices[k % 4];
		struct sample a, b;

		sample_new(&a, 100 * (size_t)slice - 9, 10, slice, 200, 0);
		b = a;
		b.opts.threads = 1;
		b.dir = mun_test_dir();
		b.good = a.good;
		{
			mun_auto(source) *src = NULL;
			char *path;
			struct mun_err e;

			assert_int_equal(
				mun_source_from_memory(a.good, a.len, &src, &e),
				0);
			assert_int_equal(mun_par2_create(src, "image",
							 "muniment test",
							 &a.plan, b.dir,
							 &b.opts, &b.made, &e),
					 0);
			path = mun_test_path(b.dir, b.made.files[1].name);
			b.parity[1] = (uint8_t *)mun_test_read(
				path, &b.parity_len[1]);
			free(path);
		}
		assert_int_equal(a.parity_len[1], b.parity_len[1]);
		assert_memory_equal(a.parity[1], b.parity[1], a.parity_len[1]);
		free(b.parity[1]);
		mun_test_dir_remove(b.dir);
		sample_free(&a);
	}
}

static int create(struct mun_source *src, const char *name,
		  const struct mun_par2_plan *plan, const char *dir,
		  struct mun_err *e)
{
	struct mun_par2_created made;
	int rc = mun_par2_create(src, name, "x", plan, dir, NULL, &made, e);

	assert_int_equal(made.nfiles, rc || !plan->bytes ? 0 : 2);
	return rc;
}

static void what_cannot_be_made_is_refused(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(source) *none = NULL;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "a.par2");
	struct mun_par2_plan good, p;
	char name[MUN_PAR2_NAME_MAX + 2];
	struct mun_err e;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[MUN_PAR2_NAME_MAX + 1] = '\0';
	assert_int_equal(mun_source_from_memory("0123456789", 10, &src, &e), 0);
	assert_int_equal(mun_source_from_memory("", 0, &none, &e), 0);
	assert_int_equal(mun_par2_plan(10, 10, &good, &e), 0);
	assert_int_equal(create(src, "", &good, dir, &e), MUN_EINVAL);
	assert_int_equal(create(src, "a/b", &good, dir, &e), MUN_EINVAL);
	assert_int_equal(create(src, name, &good, dir, &e), MUN_EINVAL);
	p = good;
	p.bytes++;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	p = good;
	p.slice_bytes = 10;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	p = good;
	p.slice_bytes = 0;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	p = good;
	p.blocks = 2;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	p = good;
	p.recovery = 0;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	p.recovery = 40000;
	assert_int_equal(create(src, "a", &p, dir, &e), MUN_EINVAL);
	assert_int_equal(create(src, "a", &good, "/nonexistent", &e),
			 MUN_ENOENT);
	assert_int_equal(mun_test_count_entries(dir), 0);

	/* Nothing has no parity, and that is no error. */
	assert_int_equal(mun_par2_plan(0, 10, &p, &e), 0);
	assert_int_equal(create(none, "a", &p, dir, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 0);

	/* What is there stays, and no other file joins it. */
	mun_test_write(path, "mine", 4);
	assert_int_equal(create(src, "a", &good, dir, &e), MUN_EEXIST);
	assert_true(mun_test_has_text(path, "mine"));
	assert_int_equal(mun_test_count_entries(dir), 1);
	(void)unlink(path);
	free(path);
	path = mun_test_path(dir, "a.vol000+001.par2");
	mun_test_write(path, "mine", 4);
	assert_int_equal(create(src, "a", &good, dir, &e), MUN_EEXIST);
	assert_true(mun_test_has_text(path, "mine"));
	assert_int_equal(mun_test_count_entries(dir), 1);
	/* The longest name there can be. */
	name[MUN_PAR2_NAME_MAX] = '\0';
	assert_int_equal(create(src, name, &good, dir, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 3);
	free(path);
	mun_test_dir_remove(dir);
}

/* Bytes that change between two readings, as a dying disk has them. */
static int fickle_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct counting *c = (struct counting *)s;
	int rc = mun_source_pread(c->parent, buf, len, off, e);

	pthread_mutex_lock(&c->lock);
	/* The first reading of byte 1,000,000 is another. */
	if (!rc && off <= 1000000 && 1000000 - off < len && c->bytes++ == 0)
		((uint8_t *)buf)[1000000 - off] ^= 1;
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static void two_readings_that_differ_make_no_parity(void **state)
{
	static const struct mun_source_ops ops = { .pread = fickle_pread };
	struct counting c = { .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct mun_par2_options opts = { .memory = 4 * MIB };
	struct mun_par2_created made;
	struct sample s;
	struct mun_err e;
	char *dir = mun_test_dir();

	(void)state;
	sample_new(&s, 5 * MIB + 5, 10, MIB, 3, 4 * MIB);
	assert_int_equal(mun_source_from_memory(s.good, s.len, &c.parent, &e),
			 0);
	c.base = (struct mun_source){ &ops, s.len };
	assert_int_equal(mun_par2_create(&c.base, "a", "x", &s.plan, dir, &opts,
					 &made, &e),
			 MUN_EFIXITY);
	assert_int_equal(mun_test_count_entries(dir), 0);
	mun_source_close(c.parent);
	mun_test_dir_remove(dir);
	sample_free(&s);
}

static void every_fault_leaves_both_or_neither(void **state)
{
	mun_auto(source) *src = NULL;
	char *dir = mun_test_dir();
	struct mun_par2_plan plan;
	uint8_t data[5000];
	struct mun_err e;
	int n = 0;

	(void)state;
	mun_test_pattern(data, sizeof(data), 1);
	assert_int_equal(mun_source_from_memory(data, sizeof(data), &src, &e),
			 0);
	assert_int_equal(mun_par2_plan(sizeof(data), 100, &plan, &e), 0);
	mun_fault_install(MUN_CALL_MUTATING, ENOSPC);
	do {
		int rc;

		mun_fault_arm(n++);
		rc = create(src, "image", &plan, dir, &e);
		assert_int_equal(rc, mun_fault_fired() ? MUN_EIO : 0);
		if (mun_fault_fired())
			assert_int_equal(e.sys, ENOSPC);
		assert_int_equal(mun_test_count_entries(dir), rc ? 0 : 2);
	} while (mun_fault_fired());
	/* Volume: open, 2 rows, 2 heads, 3 copies, fsync, close, name; index:
	 * open, write, fsync, close, name; folder: open, fsync. */
	assert_int_equal(n, 19);
	mun_fault_restore();
	mun_test_dir_remove(dir);
}

static void short_and_interrupted_writes_change_nothing(void **state)
{
	struct sample a, b;

	(void)state;
	sample_new(&a, 5000, 100, 0, 0, 0);
	mun_fault_install(0, EIO);
	mun_fault_short_writes(100);
	mun_fault_eintr(true);
	sample_new(&b, 5000, 100, 0, 0, 0);
	mun_fault_restore();
	assert_memory_equal(a.parity[1], b.parity[1], a.parity_len[1]);
	sample_free(&a);
	sample_free(&b);
}

static void a_source_that_fails_makes_no_parity(void **state)
{
	mun_auto(source) *src = NULL;
	char *dir = mun_test_dir();
	uint8_t data[5000] = { 0 };
	struct mun_par2_plan plan;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_par2_plan(sizeof(data), 100, &plan, &e), 0);
	for (uint64_t off = 0; off < sizeof(data); off += 499) {
		assert_int_equal(
			mun_source_from_memory(data, sizeof(data), &src, &e),
			0);
		src = mun_fault_source(src, off, 1, EIO);
		assert_int_equal(create(src, "a", &plan, dir, &e), MUN_EIO);
		assert_int_equal(mun_test_count_entries(dir), 0);
		mun_source_close(mun_steal(&src));
	}
	mun_test_dir_remove(dir);
}

static void cancelling_leaves_nothing(void **state)
{
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;
	char *dir = mun_test_dir();
	mun_auto(source) *src = NULL;

	(void)state;
	sample_new(&s, 5000, 100, 0, 0, 0);
	s.bad[7] ^= 1;
	assert_int_equal(mun_source_from_memory(s.good, s.len, &src, &e), 0);
	mun_cancel();
	assert_int_equal(create(src, "a", &s.plan, dir, &e), MUN_ECANCELLED);
	assert_int_equal(sample_load(&s, &e), MUN_ECANCELLED);
	mun_cancel_reset();
	assert_int_equal(sample_load(&s, &e), 0);
	mun_cancel();
	assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e),
			 MUN_ECANCELLED);
	mun_cancel_reset();
	mun_par2_damage_clear(&d);
	assert_int_equal(mun_test_count_entries(dir), 0);
	mun_test_dir_remove(dir);
	sample_free(&s);
}

static int refuse(void *ctx, uint64_t off, const void *data, size_t len,
		  struct mun_err *e)
{
	(void)ctx;
	(void)off;
	(void)data;
	(void)len;
	return mun_fail_sys(e, ENOSPC, "no room");
}

static void what_the_writer_says_is_returned(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 5000, 100, 0, 0, 0);
	s.bad[7] ^= 1;
	assert_int_equal(mun_source_from_memory(s.bad, s.len, &src, &e), 0);
	assert_int_equal(mun_par2_repair(s.set, src, NULL, 0, NULL, refuse,
					 NULL, &d, &e),
			 MUN_EIO);
	assert_int_equal(e.sys, ENOSPC);
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

/* Bases 2^1 and 2^4 to the powers 0 and 21845 = 65535 / 3 are the same ratio:
 * two such blocks say the same of two such slices. */
static void blocks_that_say_the_same_are_passed_over(void **state)
{
	static const uint16_t bases[2] = { 2, 16 };
	static const uint32_t exponents[3] = { 0, 21845, 7 };
	uint16_t inverse[4];
	uint32_t chosen[2];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_par2_solve(bases, 2, exponents, 2, MIB, chosen,
					inverse, &e),
			 MUN_EFIXITY);
	assert_int_equal(mun_par2_solve(bases, 2, exponents, 3, MIB, chosen,
					inverse, &e),
			 0);
	assert_int_equal(chosen[0], 0);
	assert_int_equal(chosen[1], 2);
	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int j = 0; j < 2; j++) {
			uint16_t sum = 0;

			for (unsigned int k = 0; k < 2; k++)
				sum ^= mun_gf16_mul(
					inverse[2 * i + k],
					mun_gf16_pow(bases[j],
						     exponents[chosen[k]]));
			assert_int_equal(sum, i == j);
		}
	}
	/* Equations that do not fit are refused, not begun. */
	assert_int_equal(
		mun_par2_solve(bases, 2, exponents, 3, 10, chosen, inverse, &e),
		MUN_EUNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_those_of_the_manual),
		cmocka_unit_test(what_was_made_is_read_and_finds_nothing_wrong),
		cmocka_unit_test(repairs_as_many_slices_as_there_are_blocks),
		cmocka_unit_test(two_damages_in_a_slice_are_one),
		cmocka_unit_test(every_byte_of_the_file_counts),
		cmocka_unit_test(what_cannot_be_read_is_given_back),
		cmocka_unit_test(ranges_tell_where_to_look),
		cmocka_unit_test(known_damage_costs_one_reading),
		cmocka_unit_test(what_was_read_with_an_error_is_not_trusted),
		cmocka_unit_test(the_same_file_gives_the_same_bytes),
		cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
		cmocka_unit_test(what_cannot_be_made_is_refused),
		cmocka_unit_test(two_readings_that_differ_make_no_parity),
		cmocka_unit_test(every_fault_leaves_both_or_neither),
		cmocka_unit_test(short_and_interrupted_writes_change_nothing),
		cmocka_unit_test(a_source_that_fails_makes_no_parity),
		cmocka_unit_test(cancelling_leaves_nothing),
		cmocka_unit_test(what_the_writer_says_is_returned),
		cmocka_unit_test(blocks_that_say_the_same_are_passed_over),
	};

	(void)printf("kernel: %s\n", mun_gf16_kernel()->name);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
