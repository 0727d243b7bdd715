/* SPDX-License-Identifier: Apache-2.0 */
/* bench/bench_tree.c - how fast one core hashes a tree, by every path */
#include <stdio.h>

#include "core/check.h"
#include "core/clock.h"
#include "fixity/sha256_lanes.h"
#include "fixity/tree.h"

#define MIB 64u /* larger than the caches that matter */
#define ROUNDS 16u

/* MB/s (10^6), the best of three. */
static double rate(uint8_t *data)
{
	double best = 0;
	uint8_t out[MUN_TREE_HASH];
	struct mun_err e;

	for (int i = 0; i < 3; i++) {
		int64_t ms = mun_clock_monotonic_ms();
		double mb = MIB * ROUNDS * 1.048576;

		for (size_t n = 0; n < (size_t)MIB * ROUNDS; n++) {
			if (mun_tree_piece(data + n % MIB * MUN_TREE_PIECE,
					   MUN_TREE_PIECE, UINT64_C(1) << 32,
					   out, &e))
				return 0;
		}
		ms = mun_clock_monotonic_ms() - ms;
		if (ms > 0 && mb * 1000 / (double)ms > best)
			best = mb * 1000 / (double)ms;
	}
	return best;
}

int main(void)
{
	static const char *const paths[] = { "openssl", "ni", "avx512", "avx2",
					     "arm" };
	uint8_t *data = malloc(MIB * MUN_TREE_PIECE);
	double base = 0;

	if (!data)
		return 2;
	for (size_t i = 0; i < MIB * MUN_TREE_PIECE; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 24);
	printf("chosen here: %s\n", mun_sha256_lanes_name());
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		double r;

		if (!mun_sha256_lanes_force(paths[i]))
			continue;
		r = rate(data);
		base = i ? base : r;
		printf("tree by %-8s %7.0f MB/s  (%.2f times)\n", paths[i], r,
		       r / base);
	}
	free(data);
	return base > 0 ? 0 : 2;
}
