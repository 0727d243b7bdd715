/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/gf16.c - the field GF(2^16) of PAR2, portably, and which kernel */
#include "fixity/gf16_int.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

#define POLYNOMIAL 0x1100bu
#define ORDER 65535u /* of the multiplicative group; 2 generates it */

static uint16_t logs[ORDER + 1];
static uint16_t powers_of_2[ORDER + 1];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	uint32_t v = 1;

	for (uint32_t i = 0; i < ORDER; i++) {
		powers_of_2[i] = (uint16_t)v;
		logs[v] = (uint16_t)i;
		v <<= 1;
		if (v & 0x10000u)
			v ^= POLYNOMIAL;
	}
	powers_of_2[ORDER] = powers_of_2[0];
}

static void need_tables(void)
{
	(void)pthread_once(&tables_once, make_tables);
}

uint16_t mun_gf16_mul(uint16_t a, uint16_t b)
{
	need_tables();
	if (!a || !b)
		return 0;
	return powers_of_2[((uint32_t)logs[a] + logs[b]) % ORDER];
}

uint16_t mun_gf16_pow(uint16_t base, uint32_t exponent)
{
	need_tables();
	if (!exponent)
		return 1;
	if (!base)
		return 0;
	return powers_of_2[(uint64_t)logs[base] * exponent % ORDER];
}

uint16_t mun_gf16_inverse(uint16_t a)
{
	need_tables();
	return powers_of_2[ORDER - logs[a]];
}

void mun_gf16_bases(uint16_t *out, uint32_t n)
{
	uint32_t exponent = 0;

	need_tables();
	for (uint32_t i = 0; i < n; i++) {
		do
			exponent++;
		while (exponent % 3 == 0 || exponent % 5 == 0 ||
		       exponent % 17 == 0 || exponent % 257 == 0);
		out[i] = powers_of_2[exponent];
	}
}

void mun_gf16_powers(uint16_t c, uint16_t out[static 16])
{
	uint32_t v = c;

	for (int k = 0; k < 16; k++) {
		out[k] = (uint16_t)v;
		v <<= 1;
		/* All ones where the word has overflowed, else nothing. */
		v ^= POLYNOMIAL & -(v >> 16);
	}
}

void mun_gf16_nibbles(uint16_t c, void *out)
{
	uint8_t *table = out;
	uint16_t p[16];

	mun_gf16_powers(c, p);
	for (unsigned int n = 0; n < 4; n++) {
		uint16_t products[16] = { 0 };

		for (unsigned int v = 1; v < 16; v++) {
			const unsigned int bit = (unsigned int)__builtin_ctz(v);

			products[v] = products[v & (v - 1)] ^ p[4 * n + bit];
		}
		for (unsigned int v = 0; v < 16; v++) {
			table[32 * n + v] = (uint8_t)products[v];
			table[32 * n + 16 + v] = (uint8_t)(products[v] >> 8);
		}
	}
}

static void split_unit(uint8_t *restrict out, const uint8_t *restrict in)
{
	for (size_t j = 0; j < MUN_GF16_HALF; j++) {
		out[j] = in[2 * j];
		out[MUN_GF16_HALF + j] = in[2 * j + 1];
	}
}

void mun_gf16_split(uint8_t *out, size_t room, const uint8_t *in, size_t bytes)
{
	uint8_t last[MUN_GF16_UNIT] = { 0 };
	size_t i;

	for (i = 0; i + MUN_GF16_UNIT <= bytes; i += MUN_GF16_UNIT)
		split_unit(out + i, in + i);
	if (i < bytes) {
		memcpy(last, in + i, bytes - i);
		split_unit(out + i, last);
		i += MUN_GF16_UNIT;
	}
	if (i < room)
		memset(out + i, 0, room - i);
}

void mun_gf16_join(uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += MUN_GF16_UNIT) {
		uint8_t planes[MUN_GF16_UNIT];

		memcpy(planes, data + i, MUN_GF16_UNIT);
		for (size_t j = 0; j < MUN_GF16_HALF; j++) {
			data[i + 2 * j] = planes[j];
			data[i + 2 * j + 1] = planes[MUN_GF16_HALF + j];
		}
	}
}

/* Where the low byte of word @i is. */
static size_t place(size_t i)
{
	return i / MUN_GF16_HALF * MUN_GF16_UNIT + i % MUN_GF16_HALF;
}

uint16_t mun_gf16_word(const uint8_t *planes, size_t i)
{
	const uint8_t *low = planes + place(i);

	return (uint16_t)(low[0] | low[MUN_GF16_HALF] << 8);
}

void mun_gf16_set_word(uint8_t *planes, size_t i, uint16_t v)
{
	uint8_t *low = planes + place(i);

	low[0] = (uint8_t)v;
	low[MUN_GF16_HALF] = (uint8_t)(v >> 8);
}

/* Products with each low byte, then with each high byte, of a word. */
static void byte_tables(const uint8_t *nibbles, uint16_t out[static 512])
{
	for (unsigned int half = 0; half < 2; half++) {
		const uint8_t *t = nibbles + (size_t)64 * half;

		for (unsigned int v = 0; v < 256; v++) {
			const unsigned int a = v & 15;
			const unsigned int b = 32 + (v >> 4);

			out[256 * half + v] =
				(uint16_t)((t[a] ^ t[b]) |
					   (t[a + 16] ^ t[b + 16]) << 8);
		}
	}
}

static void portable_one(uint8_t *restrict out, const uint8_t *restrict in,
			 const uint8_t *nibbles, size_t bytes)
{
	uint16_t t[512];

	byte_tables(nibbles, t);
	for (size_t i = 0; i < bytes; i += MUN_GF16_UNIT) {
		for (size_t j = i; j < i + MUN_GF16_HALF; j++) {
			const uint16_t v =
				t[in[j]] ^ t[256 + in[j + MUN_GF16_HALF]];

			out[j] ^= (uint8_t)v;
			out[j + MUN_GF16_HALF] ^= (uint8_t)(v >> 8);
		}
	}
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
static void portable_muladd(uint8_t *out, size_t nout, size_t out_stride,
			    const uint8_t *in, size_t nin, size_t in_stride,
			    const uint8_t *factors, size_t factor_stride,
			    size_t bytes)
{
	for (size_t o = 0; o < nout; o++) {
		for (size_t i = 0; i < nin; i++)
			portable_one(out + o * out_stride, in + i * in_stride,
				     factors + o * factor_stride +
					     i * MUN_GF16_TABLES,
				     bytes);
	}
}

const struct mun_gf16_kernel mun_gf16_portable = {
	.name = "portable",
	.factor_bytes = MUN_GF16_TABLES,
	.tile = 16384, /* so that making byte tables is soon repaid */
	.factor = mun_gf16_nibbles,
	.muladd = portable_muladd,
};

static bool can_always(void)
{
	return true;
}

#if defined(__x86_64__)

#include <cpuid.h>

static bool can_ssse3(void)
{
	return __builtin_cpu_supports("ssse3");
}

static bool can_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

/* clang 14 knows the name "gfni" and yet always says no. */
static bool can_gfni(void)
{
	unsigned int a, b, c, d;

	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & bit_GFNI;
}

#endif

/* The fastest first. */
static const struct choice {
	const struct mun_gf16_kernel *kernel;
	bool (*can)(void);
} choices[] = {
#if defined(__x86_64__)
	{ &mun_gf16_gfni, can_gfni },
	{ &mun_gf16_avx2, can_avx2 },
	{ &mun_gf16_ssse3, can_ssse3 },
#endif
	{ &mun_gf16_portable, can_always },
};

/* By the definition: the polynomials multiplied bit by bit, and reduced. */
static uint16_t slow_mul(uint16_t a, uint16_t b)
{
	uint32_t product = 0;

	for (unsigned int k = 16; k--;) {
		product <<= 1;
		if (product & 0x10000u)
			product ^= POLYNOMIAL;
		if (b >> k & 1)
			product ^= a;
	}
	return (uint16_t)product;
}

#define TEST_IN 3u
#define TEST_OUT 5u
#define TEST_FACTOR(o, i) ((uint16_t)(40503u * ((o)*TEST_IN + (i) + 1)))

/*
 * A miscompiled kernel, or a unit that errs, would write parity that repairs
 * nothing, and nobody would know until it was needed.
 */
static bool gives_the_definitions_answer(const struct mun_gf16_kernel *k)
{
	uint8_t in[TEST_IN][MUN_GF16_UNIT];
	uint8_t out[TEST_OUT][MUN_GF16_UNIT] = { 0 };
	_Alignas(64) uint8_t factors[TEST_OUT][TEST_IN * MUN_GF16_TABLES];

	for (size_t j = 0; j < sizeof(in); j++)
		in[j / MUN_GF16_UNIT][j % MUN_GF16_UNIT] =
			(uint8_t)(j * 167 + (j >> 7));
	for (unsigned int o = 0; o < TEST_OUT; o++) {
		for (unsigned int i = 0; i < TEST_IN; i++)
			k->factor(TEST_FACTOR(o, i),
				  factors[o] + i * k->factor_bytes);
	}
	k->muladd(out[0], TEST_OUT, MUN_GF16_UNIT, in[0], TEST_IN,
		  MUN_GF16_UNIT, factors[0], sizeof(factors[0]), MUN_GF16_UNIT);
	for (unsigned int o = 0; o < TEST_OUT; o++) {
		for (size_t w = 0; w < MUN_GF16_HALF; w++) {
			uint16_t want = 0;

			for (unsigned int i = 0; i < TEST_IN; i++)
				want ^= slow_mul(mun_gf16_word(in[i], w),
						 TEST_FACTOR(o, i));
			if (mun_gf16_word(out[o], w) != want)
				return false;
		}
	}
	return true;
}

static bool usable[MUN_COUNT(choices)];
static const struct mun_gf16_kernel *best;
static pthread_once_t best_once = PTHREAD_ONCE_INIT;

static void find_best(void)
{
	const char *wanted = getenv("MUNIMENT_GF16");

	best = &mun_gf16_portable;
	for (size_t n = MUN_COUNT(choices); n--;) {
		usable[n] = choices[n].can() &&
			    gives_the_definitions_answer(choices[n].kernel);
		if (usable[n])
			best = choices[n].kernel;
	}
	for (size_t n = 0; wanted && n < MUN_COUNT(choices); n++) {
		if (usable[n] && !strcmp(choices[n].kernel->name, wanted))
			best = choices[n].kernel;
	}
}

const struct mun_gf16_kernel *mun_gf16_kernel(void)
{
	(void)pthread_once(&best_once, find_best);
	return best;
}

const struct mun_gf16_kernel *mun_gf16_find(const char *name)
{
	(void)pthread_once(&best_once, find_best);
	for (size_t n = 0; n < MUN_COUNT(choices); n++) {
		if (usable[n] && !strcmp(choices[n].kernel->name, name))
			return choices[n].kernel;
	}
	return NULL;
}
