/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/adc.c - Apple Data Compression
 *
 *	1nnnnnnn			n + 1 bytes as they are follow
 *	00nnnndd dddddddd		copy n + 3 bytes from d + 1 back
 *	01nnnnnn dddddddd dddddddd	copy n + 4 bytes from d + 1 back
 */
#include "image/adc.h"

#include "core/bytes.h"

#include <stdbool.h>
#include <string.h>

/* One of the three; @used is how long it is in @in, at least 1. */
struct step {
	size_t used;
	size_t len; /* bytes that come of it */
	size_t back; /* 0: they are in @in */
};

/* False where @in ends inside it. */
static bool next_step(const uint8_t *in, size_t left, struct step *s)
{
	uint8_t c = in[0];

	if (c & 0x80) {
		s->len = (size_t)(c & 0x7f) + 1;
		s->used = 1 + s->len;
		s->back = 0;
		return left >= s->used;
	}
	s->used = c & 0x40 ? 3 : 2;
	if (left < s->used)
		return false;
	if (c & 0x40) {
		s->len = (size_t)(c & 0x3f) + 4;
		s->back = (size_t)mun_be16(in + 1) + 1;
	} else {
		s->len = (size_t)(c >> 2) + 3;
		s->back = ((size_t)(c & 3) << 8 | in[1]) + 1;
	}
	return true;
}

int mun_adc_decode(const uint8_t *in, size_t in_len, uint8_t *out,
		   size_t out_len, struct mun_err *e)
{
	size_t i = 0;
	size_t o = 0;

	while (o < out_len) {
		struct step s = { 0 };

		if (i >= in_len || !next_step(in + i, in_len - i, &s))
			return mun_fail(e, MUN_ECORRUPT,
					"ADC data ends after %zu of %zu bytes",
					o, out_len);
		if (s.len > out_len - o)
			return mun_fail(e, MUN_ECORRUPT,
					"ADC data has more than %zu bytes",
					out_len);
		if (s.back > o)
			return mun_fail(e, MUN_ECORRUPT,
					"ADC data copies from before its "
					"beginning, at %zu",
					i);
		if (!s.back)
			memcpy(out + o, in + i + 1, s.len);
		/* Source and target may overlap: that is how it repeats. */
		for (size_t n = 0; s.back && n < s.len; n++)
			out[o + n] = out[o + n - s.back];
		i += s.used;
		o += s.len;
	}
	return 0;
}
