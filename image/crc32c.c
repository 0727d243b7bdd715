/* SPDX-License-Identifier: Apache-2.0 */
/* image/crc32c.c - CRC-32 with the polynomial of Castagnoli, four bytes a step */
#include "image/crc32c.h"

#include "core/bytes.h"

#include <pthread.h>

#define POLYNOMIAL 0x82f63b78u /* reflected */

/* tables[k][b]: byte b, and k bytes of zeros after it. */
static uint32_t tables[4][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		tables[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 4; k++)
			tables[k][i] = tables[k - 1][i] >> 8 ^
				       tables[0][tables[k - 1][i] & 0xff];
}

uint32_t mun_crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t c = ~crc;

	(void)pthread_once(&once, make_tables);
	for (; len >= 4; len -= 4, p += 4) {
		c ^= mun_le32(p);
		c = tables[3][c & 0xff] ^ tables[2][c >> 8 & 0xff] ^
		    tables[1][c >> 16 & 0xff] ^ tables[0][c >> 24];
	}
	for (; len; len--, p++)
		c = c >> 8 ^ tables[0][(c ^ *p) & 0xff];
	return ~c;
}
