/* SPDX-License-Identifier: Apache-2.0 */
/* image/guid.c - the UUIDs of disk images */
#include "image/guid.h"

#include <stdio.h>
#include <string.h>

/* Which byte stands where in the text. */
static const uint8_t orders[][16] = {
	[MUN_GUID_BE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
			  15 },
	[MUN_GUID_MIXED] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14,
			     15 },
};

void mun_guid_text(const uint8_t g[static 16], enum mun_guid_form form,
		   char out[static MUN_GUID_LEN])
{
	char *p = out;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += snprintf(p, 3, "%02x", g[orders[form][i]]);
	}
}

bool mun_guid_is_null(const uint8_t g[static 16])
{
	static const uint8_t null[16];

	return memcmp(g, null, sizeof(null)) == 0;
}

void mun_guid_derive(const uint8_t identity[static 32], uint8_t use,
		     enum mun_guid_form form, uint8_t out[static 16])
{
	uint8_t g[16];

	for (size_t i = 0; i < 16; i++)
		g[i] = identity[i] ^ identity[16 + i];
	g[15] ^= use;
	g[6] = (uint8_t)((g[6] & 0x0f) | 0x80);
	g[8] = (uint8_t)((g[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < 16; i++)
		out[orders[form][i]] = g[i];
}
