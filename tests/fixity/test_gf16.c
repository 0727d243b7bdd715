/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_gf16.c - the field of PAR2 against its definition */
#include "fixity/gf16.h"

#include <stdio.h>
#include <sys/wait.h>

#include "core/check.h"
#include "fixity/gf16_int.h"
#include "tests/support/support.h"

static const char *const kernels[] = { "gfni", "avx2", "ssse3", "portable" };

/* Polynomials over GF(2), multiplied bit by bit, modulo 0x1100B. */
static uint16_t by_definition(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (int k = 0; k < 16; k++)
		product ^= b >> k & 1 ? a << k : 0;
	for (int k = 31; k >= 16; k--)
		product ^= product >> k & 1 ? 0x1100bu << (k - 16) : 0;
	return (uint16_t)product;
}

/* Must be the first: the choice is made once in a process. */
static void the_environment_chooses_the_kernel(void **state)
{
	(void)state;
	for (size_t n = 0; n < MUN_COUNT(kernels); n++) {
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (!child) {
			(void)setenv("MUNIMENT_GF16", kernels[n], 1);
			_exit(mun_gf16_find(kernels[n]) &&
			      strcmp(mun_gf16_kernel()->name, kernels[n]) != 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void an_unknown_kernel_leaves_the_choice_to_us(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		(void)setenv("MUNIMENT_GF16", "abacus", 1);
		_exit(mun_gf16_kernel() == NULL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_null(mun_gf16_find("abacus"));
}

static void products_are_as_defined(void **state)
{
	uint16_t pairs[20000][2];

	(void)state;
	mun_test_pattern(pairs, sizeof(pairs), 16);
	for (size_t i = 0; i < MUN_COUNT(pairs); i++)
		assert_int_equal(mun_gf16_mul(pairs[i][0], pairs[i][1]),
				 by_definition(pairs[i][0], pairs[i][1]));
	for (uint32_t a = 0; a < 65536; a++) {
		assert_int_equal(mun_gf16_mul((uint16_t)a, 0), 0);
		assert_int_equal(mun_gf16_mul(0, (uint16_t)a), 0);
		assert_int_equal(mun_gf16_mul((uint16_t)a, 2),
				 by_definition(a, 2));
	}
}

static void every_element_times_its_inverse_is_one(void **state)
{
	(void)state;
	for (uint32_t a = 1; a < 65536; a++)
		assert_int_equal(
			by_definition(a, mun_gf16_inverse((uint16_t)a)), 1);
}

static void powers_are_repeated_products(void **state)
{
	static const uint16_t bases[] = { 1, 2, 3, 4107, 0x8000, 0xffff };

	(void)state;
	for (size_t b = 0; b < MUN_COUNT(bases); b++) {
		uint16_t want = 1;

		for (uint32_t n = 0; n < 66000; n++) {
			assert_int_equal(mun_gf16_pow(bases[b], n), want);
			want = by_definition(want, bases[b]);
		}
	}
	assert_int_equal(mun_gf16_pow(0, 0), 1);
	assert_int_equal(mun_gf16_pow(0, 5), 0);
}

/* The first are given by the specification, "Reed-Solomon". */
static void bases_are_those_of_the_specification(void **state)
{
	static const uint16_t first[] = { 2,    4,     16,   128,   256,  2048,
					  8192, 16384, 4107, 32856, 17132 };
	static uint8_t seen[65536];
	static uint16_t all[32768];

	(void)state;
	mun_gf16_bases(all, 32768);
	assert_memory_equal(all, first, sizeof(first));
	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		assert_false(seen[all[i]]);
		seen[all[i]] = 1;
		/* Of full order: 65535 = 3 * 5 * 17 * 257. */
		assert_int_not_equal(mun_gf16_pow(all[i], 65535 / 3), 1);
		assert_int_not_equal(mun_gf16_pow(all[i], 65535 / 5), 1);
		assert_int_not_equal(mun_gf16_pow(all[i], 65535 / 17), 1);
		assert_int_not_equal(mun_gf16_pow(all[i], 65535 / 257), 1);
	}
}

static void planes_hold_the_words_in_order(void **state)
{
	uint8_t in[3 * MUN_GF16_UNIT];
	uint8_t planes[4 * MUN_GF16_UNIT];

	(void)state;
	mun_test_pattern(in, sizeof(in), 2);
	for (size_t len = 0; len <= sizeof(in); len++) {
		memset(planes, 0xee, sizeof(planes));
		mun_gf16_split(planes, sizeof(planes), in, len);
		for (size_t w = 0; w < sizeof(planes) / 2; w++) {
			const unsigned int low = 2 * w < len ? in[2 * w] : 0;
			const unsigned int high =
				2 * w + 1 < len ? in[2 * w + 1] : 0;

			assert_int_equal(mun_gf16_word(planes, w),
					 low | high << 8);
		}
		mun_gf16_join(planes, sizeof(planes));
		assert_memory_equal(planes, in, len);
	}
	mun_gf16_set_word(planes, 70, 0x1234);
	assert_int_equal(mun_gf16_word(planes, 70), 0x1234);
}

#define IN_MAX 7u
#define OUT_MAX 9u
#define REGION (5 * (size_t)MUN_GF16_UNIT)
#define STRIDE (REGION + 192)

/* Sums of one kernel; what lies between the regions must stay as it is. */
static void sums(const struct mun_gf16_kernel *k, size_t nout, size_t nin,
		 size_t bytes, uint8_t *out)
{
	static uint8_t in[IN_MAX * STRIDE];
	static uint16_t factors[OUT_MAX][IN_MAX];
	uint8_t *f = malloc(OUT_MAX * IN_MAX * k->factor_bytes);

	assert_non_null(f);
	mun_test_pattern(in, sizeof(in), 3);
	mun_test_pattern(out, OUT_MAX * STRIDE, 4);
	mun_test_pattern(factors, sizeof(factors), 5);
	factors[0][0] = 0;
	factors[1][0] = 1;
	for (size_t o = 0; o < nout; o++) {
		for (size_t i = 0; i < nin; i++)
			k->factor(factors[o][i],
				  f + (o * IN_MAX + i) * k->factor_bytes);
	}
	k->muladd(out, nout, STRIDE, in, nin, STRIDE, f,
		  IN_MAX * k->factor_bytes, bytes);
	free(f);
	if (k != mun_gf16_find("portable"))
		return;
	/* The portable one is compared with the definition. */
	for (size_t o = 0; o < nout; o++) {
		uint8_t before[STRIDE * OUT_MAX];

		mun_test_pattern(before, sizeof(before), 4);
		for (size_t w = 0; w < bytes / 2; w++) {
			uint16_t want = mun_gf16_word(before + o * STRIDE, w);

			for (size_t i = 0; i < nin; i++)
				want ^= by_definition(
					mun_gf16_word(in + i * STRIDE, w),
					factors[o][i]);
			assert_int_equal(mun_gf16_word(out + o * STRIDE, w),
					 want);
		}
	}
}

static void every_kernel_gives_the_same_sums(void **state)
{
	static uint8_t want[OUT_MAX * STRIDE];
	static uint8_t got[OUT_MAX * STRIDE];
	unsigned int ran = 0;

	(void)state;
	for (size_t nout = 1; nout <= OUT_MAX; nout++) {
		for (size_t nin = 1; nin <= IN_MAX; nin++) {
			const size_t bytes =
				MUN_GF16_UNIT * ((nin + nout) % 5 + 1);

			sums(mun_gf16_find("portable"), nout, nin, bytes, want);
			for (size_t n = 0; n < MUN_COUNT(kernels); n++) {
				const struct mun_gf16_kernel *k =
					mun_gf16_find(kernels[n]);

				if (!k)
					continue;
				ran++;
				sums(k, nout, nin, bytes, got);
				assert_memory_equal(got, want, sizeof(want));
			}
		}
	}
	print_message("%u kernels\n", ran / (OUT_MAX * IN_MAX));
}

/* Each of the 65536 factors, on words that between them have every bit. */
static void every_kernel_knows_every_factor(void **state)
{
	uint8_t in[MUN_GF16_UNIT] = { 0 };

	(void)state;
	for (size_t w = 0; w < 16; w++)
		mun_gf16_set_word(in, w, (uint16_t)(1u << w));
	mun_gf16_set_word(in, 63, 0xffff);
	for (size_t n = 0; n < MUN_COUNT(kernels); n++) {
		const struct mun_gf16_kernel *k = mun_gf16_find(kernels[n]);
		uint8_t factor[MUN_GF16_TABLES];

		for (uint32_t c = 0; k && c < 65536; c++) {
			uint8_t out[MUN_GF16_UNIT] = { 0 };

			k->factor((uint16_t)c, factor);
			k->muladd(out, 1, 0, in, 1, 0, factor, 0, sizeof(in));
			for (size_t w = 0; w < 16; w++) {
				if (mun_gf16_word(out, w) !=
				    by_definition(c, 1u << w))
					fail_msg("%s: %#x", k->name, c);
			}
			assert_int_equal(mun_gf16_word(out, 63),
					 by_definition(c, 0xffff));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_chooses_the_kernel),
		cmocka_unit_test(an_unknown_kernel_leaves_the_choice_to_us),
		cmocka_unit_test(products_are_as_defined),
		cmocka_unit_test(every_element_times_its_inverse_is_one),
		cmocka_unit_test(powers_are_repeated_products),
		cmocka_unit_test(bases_are_those_of_the_specification),
		cmocka_unit_test(planes_hold_the_words_in_order),
		cmocka_unit_test(every_kernel_gives_the_same_sums),
		cmocka_unit_test(every_kernel_knows_every_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
