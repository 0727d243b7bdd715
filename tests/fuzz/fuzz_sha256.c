/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_sha256.c - every path of SHA-256 against OpenSSL
 *
 * The first bytes say how many messages there are, how they lie and at which
 * alignment; the rest is the messages.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fixity/digest.h"
#include "fixity/sha256_paths.h"

#define HEAD 4u
#define MOST 40u

static void want(const uint8_t *data, size_t len, uint8_t out[32])
{
	struct mun_digests d;
	struct mun_err e;

	if (mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), data, len, &d, &e))
		abort();
	memcpy(out, d.of[MUN_SHA256].bytes, 32);
}

static void compare(uint8_t (*got)[32], const uint8_t *msg, size_t stride,
		    size_t len, size_t n)
{
	uint8_t out[32];

	for (size_t i = 0; i < n; i++) {
		want(msg + stride * i, len, out);
		if (memcmp(got[i], out, 32) != 0)
			abort();
	}
}

static void hash(const uint8_t *msg, size_t stride, size_t len, size_t n)
{
	uint8_t got[MOST][32];
	struct mun_err e;

	for (size_t i = 0; mun_sha256_paths[i]; i++) {
		if (!mun_sha256_paths[i]->can())
			continue;
		memset(got, 0, sizeof(got));
		mun_sha256_paths[i]->hash(msg, stride, len, n, got);
		compare(got, msg, stride, len, n);
	}
	if (mun_sha256_lanes(msg, stride, len, n, got, &e))
		abort();
	compare(got, msg, stride, len, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, align, len, stride;
	uint8_t *copy, *msg;

	if (size < HEAD)
		return 0;
	n = data[0] % MOST + 1;
	align = data[1] % 64;
	/* Messages may overlap: then all of the bytes are in each of them. */
	stride = data[2] % 2 ? data[3] : (size - HEAD) / n;
	if (stride * (n - 1) > size - HEAD)
		stride = (size - HEAD) / n;
	len = size - HEAD - stride * (n - 1);
	/* Exactly as long as it is, so that a byte too many is noticed. */
	copy = aligned_alloc(64, (align + size - HEAD + 64) / 64 * 64);
	if (!copy)
		return 0;
	msg = copy + align;
	memcpy(msg, data + HEAD, size - HEAD);
	hash(msg, stride, len, n);
	free(copy);
	/* Once more, ending where the allocation does. */
	copy = malloc(size - HEAD + 1);
	if (!copy)
		return 0;
	memcpy(copy, data + HEAD, size - HEAD);
	hash(copy, stride, len, n);
	free(copy);
	return 0;
}
