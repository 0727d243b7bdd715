/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg_koly.c - the trailer of a UDIF image, big endian
 *
 *	0 "koly"	4 version 4	8 bytes: 512	12 flags
 *	16 running offset of the data	24 data fork	40 resource fork
 *	56 segment	60 segments	64 id, 16 bytes
 *	80 checksum of the data fork: type (2: CRC-32), bits, 128 bytes
 *	216 property list	352 checksum of the checksums of the tables
 *	488 variant	492 sectors
 * Forks and list are each u64 offset, u64 length.
 */
#include "image/fmt_dmg.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <string.h>

void mun_koly_sum_read(const uint8_t p[static 12], struct mun_koly_sum *out)
{
	out->type = mun_be32(p);
	out->bits = mun_be32(p + 4);
	out->crc = mun_be32(p + 8);
}

static bool is_koly(const uint8_t *p)
{
	return memcmp(p, "koly\0\0\0\4\0\0\2\0", 12) == 0;
}

static void parse(const uint8_t *p, struct mun_koly *out)
{
	out->running = mun_be64(p + 16);
	out->data_off = mun_be64(p + 24);
	out->data_bytes = mun_be64(p + 32);
	out->rsrc_off = mun_be64(p + 40);
	out->rsrc_bytes = mun_be64(p + 48);
	out->segment = mun_be32(p + 56);
	out->segments = mun_be32(p + 60);
	memcpy(out->id, p + 64, sizeof(out->id));
	mun_koly_sum_read(p + 80, &out->data_sum);
	out->xml_off = mun_be64(p + 216);
	out->xml_bytes = mun_be64(p + 224);
	mun_koly_sum_read(p + 352, &out->master);
	out->sectors = mun_be64(p + 492);
}

static bool inside(uint64_t off, uint64_t bytes, uint64_t size)
{
	return off <= size && bytes <= size - off;
}

int mun_koly_read(struct mun_source *src, struct mun_koly *out, bool *found,
		  bool *fits, struct mun_err *e)
{
	uint8_t p[MUN_KOLY_BYTES];
	int rc;

	memset(out, 0, sizeof(*out));
	*found = *fits = false;
	if (src->size < sizeof(p))
		return 0;
	rc = mun_source_pread(src, p, sizeof(p), src->size - sizeof(p), e);
	if (!rc && !is_koly(p)) {
		rc = mun_source_pread(src, p, sizeof(p), 0, e);
		out->front = true;
	}
	if (rc || !is_koly(p))
		return rc;
	*found = true;
	parse(p, out);
	*fits = inside(out->data_off, out->data_bytes, src->size) &&
		inside(out->rsrc_off, out->rsrc_bytes, src->size) &&
		inside(out->xml_off, out->xml_bytes, src->size);
	return 0;
}
