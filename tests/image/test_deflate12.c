/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_deflate12.c - our deflate, read by two other people's */
#include "image/deflate12.h"

#include "core/check.h"
#include "tests/support/support.h"

#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define CLUSTER ((size_t)65536)

struct coder {
	struct mun_deflate12 *d;
	struct libdeflate_decompressor *other;
};

static int start(void **state)
{
	struct coder *c = calloc(1, sizeof(*c));
	struct mun_err e;

	if (!c || mun_deflate12_new(&c->d, &e))
		return -1;
	c->other = libdeflate_alloc_decompressor();
	*state = c;
	return c->other ? 0 : -1;
}

static int stop(void **state)
{
	struct coder *c = *state;

	mun_deflate12_free(c->d);
	libdeflate_free_decompressor(c->other);
	free(c);
	return 0;
}

/*
 * Inflate with a window of 4096 bytes.  Only what was given out in an earlier
 * call has to be in the window, so bytes are asked for one by one.
 */
static bool inflates12(const uint8_t *in, size_t n, const uint8_t *want,
		       size_t len)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in,
		       .avail_in = (uInt)n };
	bool same = true;
	uint8_t byte;
	int rc = Z_OK;

	assert_int_equal(inflateInit2(&z, -12), Z_OK);
	for (size_t i = 0; rc == Z_OK && same; i++) {
		z.next_out = &byte;
		z.avail_out = 1;
		rc = inflate(&z, Z_SYNC_FLUSH);
		if (z.avail_out == 0)
			same = i < len && byte == want[i];
	}
	same = same && rc == Z_STREAM_END && z.total_out == len &&
	       z.avail_in == 0;
	assert_int_equal(inflateEnd(&z), Z_OK);
	return same;
}

static void inflates_elsewhere(struct coder *c, const uint8_t *in, size_t n,
			       const uint8_t *want, size_t len)
{
	uint8_t *got = malloc(len + 1);
	size_t used = 0;
	size_t made = 0;

	assert_non_null(got);
	assert_int_equal(libdeflate_deflate_decompress_ex(c->other, in, n, got,
							  len, &used, &made),
			 LIBDEFLATE_SUCCESS);
	assert_int_equal(used, n);
	assert_int_equal(made, len);
	assert_memory_equal(got, want, len);
	free(got);
}

/* Compress @len bytes, in memory that ends where they end; how many there are
 * then.  With a byte less room nothing comes of it, and nothing is written
 * behind the room. */
static size_t round_trip(struct coder *c, const uint8_t *data, size_t len)
{
	size_t room = len + len / 1000 + 64;
	uint8_t *in = malloc(len ? len : 1);
	uint8_t *out = malloc(room);
	uint8_t *tight;
	size_t n, again;

	assert_true(in && out);
	memcpy(in, data, len);
	n = mun_deflate12(c->d, in, len, out, room);
	assert_true(n > 0 && n <= room);
	assert_true(inflates12(out, n, data, len));
	inflates_elsewhere(c, out, n, data, len);
	tight = malloc(n);
	assert_non_null(tight);
	/* A first look may say that so little is not worth the work. */
	again = mun_deflate12(c->d, in, len, tight, n);
	assert_true(again == n || (again == 0 && n > len / 100 * 98));
	assert_true(again == 0 || memcmp(tight, out, n) == 0);
	assert_int_equal(mun_deflate12(c->d, in, len, tight, n - 1), 0);
	free(tight);
	free(out);
	free(in);
	return n;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void fill_random(uint8_t *p, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)next_random(&seed);
}

static void every_small_size_comes_back(void **state)
{
	uint8_t noise[301], runs[301], text[301];

	fill_random(noise, sizeof(noise), 1);
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (uint8_t) "the quick brown fox "[i * i % 20];
		runs[i] = (uint8_t)(i / 100);
	}
	for (size_t len = 0; len <= 300; len++) {
		round_trip(*state, noise, len);
		round_trip(*state, runs, len);
		round_trip(*state, text, len);
	}
}

static void every_period_comes_back(void **state)
{
	static const size_t periods[] = { 1,    2,    3,    4,    5,    7,
					  8,    9,    63,   255,  256,  257,
					  258,  259,  1023, 4093, 4094, 4095,
					  4096, 4097, 5000, 8191 };
	uint8_t *data = malloc(CLUSTER);

	assert_non_null(data);
	for (size_t i = 0; i < MUN_COUNT(periods); i++) {
		fill_random(data, periods[i], (uint32_t)i);
		for (size_t at = periods[i]; at < CLUSTER; at++)
			data[at] = data[at - periods[i]];
		/* What lies within the window is found. */
		if (periods[i] <= 4096)
			assert_true(round_trip(*state, data, CLUSTER) <
				    periods[i] + 1500);
		else
			round_trip(*state, data, CLUSTER);
	}
	free(data);
}

/* Otherwise the test above would say nothing. */
static void a_match_from_farther_is_noticed(void **state)
{
	uint8_t *data = malloc(CLUSTER);
	uint8_t *out = malloc(CLUSTER);
	z_stream z = { 0 };

	(void)state;
	assert_true(data && out);
	fill_random(data, 4097, 7);
	for (size_t at = 4097; at < CLUSTER; at++)
		data[at] = data[at - 4097];
	assert_int_equal(
		deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = data;
	z.avail_in = CLUSTER;
	z.next_out = out;
	z.avail_out = CLUSTER;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_false(inflates12(out, z.total_out, data, CLUSTER));
	assert_int_equal(deflateEnd(&z), Z_OK);
	free(out);
	free(data);
}

static void long_inputs_come_back(void **state)
{
	uint8_t *data = calloc(1, MUN_DEFLATE12_MAX + 1);
	uint8_t out[64];
	uint32_t seed = 3;

	assert_non_null(data);
	assert_true(round_trip(*state, data, MUN_DEFLATE12_MAX) < 3000);
	assert_int_equal(mun_deflate12(((struct coder *)*state)->d, data,
				       MUN_DEFLATE12_MAX + 1, out, sizeof(out)),
			 0);
	/* Words of 3 letters: as many short matches as there can be. */
	for (size_t i = 0; i + 3 <= MUN_DEFLATE12_MAX; i += 3) {
		uint32_t word = next_random(&seed) % 100;

		data[i] = (uint8_t)word;
		data[i + 1] = (uint8_t)(word >> 4);
		data[i + 2] = (uint8_t)(word * 7);
	}
	assert_true(round_trip(*state, data, MUN_DEFLATE12_MAX) <
		    MUN_DEFLATE12_MAX / 2);
	fill_random(data, MUN_DEFLATE12_MAX, 9);
	round_trip(*state, data, MUN_DEFLATE12_MAX);
	free(data);
}

/* Code lengths that a Huffman tree would make longer than deflate can say. */
static void steep_frequencies_come_back(void **state)
{
	size_t a = 1, b = 1, at = 0, len = 0;
	uint8_t *data = malloc(MUN_DEFLATE12_MAX);
	uint32_t seed = 5;

	assert_non_null(data);
	for (unsigned int symbol = 0; symbol < 27; symbol++) {
		size_t next = a + b;

		memset(data + len, (int)(symbol * 9), a);
		len += a;
		a = b;
		b = next;
	}
	/* Shuffled, so that hardly anything but literals is left. */
	for (at = len - 1; at > 0; at--) {
		size_t other = (size_t)next_random(&seed) * 64 % (at + 1);
		uint8_t byte = data[at];

		data[at] = data[other];
		data[other] = byte;
	}
	assert_true(round_trip(*state, data, len) < len / 2);
	free(data);
}

static void what_cannot_shrink_is_given_up(void **state)
{
	struct coder *c = *state;
	uint8_t *data = malloc(CLUSTER);
	uint8_t *out = malloc(CLUSTER);

	assert_true(data && out);
	fill_random(data, CLUSTER, 11);
	assert_int_equal(mun_deflate12(c->d, data, CLUSTER, out, CLUSTER - 1),
			 0);
	/* ... but not what is flat and returns, */
	for (size_t at = 1000; at < CLUSTER; at++)
		data[at] = data[at - 1000];
	assert_true(mun_deflate12(c->d, data, CLUSTER, out, CLUSTER - 1) > 0);
	/* or has a page of zeros in it. */
	fill_random(data, CLUSTER, 12);
	memset(data + 20480, 0, 4096);
	assert_in_range(mun_deflate12(c->d, data, CLUSTER, out, CLUSTER - 1), 1,
			CLUSTER - 3900);
	free(out);
	free(data);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	struct coder *c = *state;
	uint8_t *data = malloc(3 * CLUSTER);
	uint8_t *first = malloc(CLUSTER);
	uint8_t *again = malloc(CLUSTER);
	uint32_t seed = 21;
	size_t n;

	assert_true(data && first && again);
	for (size_t i = 0; i < 3 * CLUSTER; i++)
		data[i] = (uint8_t)(next_random(&seed) % 40 + i / 5000);
	n = mun_deflate12(c->d, data, CLUSTER, first, CLUSTER);
	assert_true(n > 0);
	round_trip(c, data + CLUSTER, 2 * CLUSTER);
	assert_int_equal(mun_deflate12(c->d, data, CLUSTER, again, CLUSTER), n);
	assert_memory_equal(first, again, n);
	free(again);
	free(first);
	free(data);
}

static size_t zlib_size(const uint8_t *data, size_t len, uint8_t *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)data,
		       .avail_in = (uInt)len,
		       .next_out = out,
		       .avail_out = (uInt)len - 1 };
	int rc;

	assert_int_equal(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
				      -12, 9, Z_DEFAULT_STRATEGY),
			 Z_OK);
	rc = deflate(&z, Z_FINISH);
	(void)deflateEnd(&z);
	return rc == Z_STREAM_END ? z.total_out : len;
}

/* This very program is a file as good as any. */
static void a_program_comes_back_as_small_as_by_zlib(void **state)
{
	struct coder *c = *state;
	FILE *f = fopen("/proc/self/exe", "rb");
	uint8_t *data = malloc(CLUSTER);
	uint8_t *out = malloc(CLUSTER);
	size_t ours = 0, theirs = 0, n;

	assert_true(f && data && out);
	while ((n = fread(data, 1, CLUSTER, f)) == CLUSTER) {
		size_t made = mun_deflate12(c->d, data, n, out, n - 1);

		ours += made ? made : n;
		theirs += zlib_size(data, n, out);
		round_trip(c, data, n);
	}
	round_trip(c, data, n);
	assert_true(ours > 0 && ours * 100 <= theirs * 102);
	assert_int_equal(fclose(f), 0);
	free(out);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_small_size_comes_back),
		cmocka_unit_test(every_period_comes_back),
		cmocka_unit_test(a_match_from_farther_is_noticed),
		cmocka_unit_test(long_inputs_come_back),
		cmocka_unit_test(steep_frequencies_come_back),
		cmocka_unit_test(what_cannot_shrink_is_given_up),
		cmocka_unit_test(the_same_input_gives_the_same_bytes),
		cmocka_unit_test(a_program_comes_back_as_small_as_by_zlib),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
