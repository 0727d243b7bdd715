/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_deflate12.c - any bytes deflated, and inflated by zlib
 *
 * The first byte says how often the rest is repeated, and how much room there
 * is for the result.
 */
#include "core/check.h"
#include "image/deflate12.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void check(int ok)
{
	if (!ok)
		abort();
}

/* In pieces, so that a match from beyond the window is noticed. */
static void inflate_piecewise(const uint8_t *in, size_t n, const uint8_t *want,
			      size_t len)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in,
		       .avail_in = (uInt)n };
	uint8_t piece[97];
	size_t at = 0;
	int rc = Z_OK;

	check(inflateInit2(&z, -12) == Z_OK);
	while (rc == Z_OK) {
		size_t got;

		z.next_out = piece;
		z.avail_out = sizeof(piece);
		rc = inflate(&z, Z_SYNC_FLUSH);
		got = sizeof(piece) - z.avail_out;
		check(got <= len - at && !memcmp(piece, want + at, got));
		at += got;
	}
	check(rc == Z_STREAM_END && at == len && z.avail_in == 0);
	check(inflateEnd(&z) == Z_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mun_deflate12 *d; /* used again, as writers do */
	size_t times, len, room, n;
	uint8_t *in, *out;
	struct mun_err e;

	if (size < 1 || size > 65536)
		return 0;
	if (!d && mun_deflate12_new(&d, &e))
		return 0;
	times = data[0] % 16u + 1;
	len = (size - 1) * times;
	room = data[0] & 128 ? len + 64 : len * (data[0] & 112u) / 112;
	/* Exactly as long as they are, so that a byte too many is noticed. */
	in = malloc(MUN_MAX(len, 1));
	out = malloc(MUN_MAX(room, 1));
	if (in && out) {
		for (size_t i = 0; i < times; i++)
			memcpy(in + i * (size - 1), data + 1, size - 1);
		n = mun_deflate12(d, in, len, out, room);
		check(n <= room && (n || room < len + 64));
		if (n)
			inflate_piecewise(out, n, in, len);
	}
	free(out);
	free(in);
	return 0;
}
