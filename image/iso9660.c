/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/iso9660.c - the volume descriptors of a CD-ROM
 *
 * A descriptor is a sector of 2048 bytes: 0 u8 type, 1 "CD001", 6 u8 version.
 * The primary one (type 1; numbers stand twice, little- then big-endian):
 *	8   system identifier[32]	124 u16x2 sequence number
 *	40  volume identifier[32]	128 u16x2 logical block size
 *	80  u32x2 blocks of the volume	132 u32x2 bytes of the path table
 *	88  escape sequences[32]	156 root directory record
 *	120 u16x2 volumes in the set	881 u8 file structure version
 * A directory record: 0 u8 its length, 2 u32x2 block, 10 u32x2 bytes, 32 u8
 * length of the name; after the name and a pad byte, the system use area.
 */
#include "image/iso9660.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <string.h>

#define FIRST 16u
/* Nobody writes ten; a hostile image must not keep us. */
#define DESCRIPTORS_MAX 64u

enum { BOOT = 0, PRIMARY = 1, SUPPLEMENTARY = 2, TERMINATOR = 255 };

static bool agree16(const uint8_t *p)
{
	return mun_le16(p) == mun_be16(p + 2);
}

static bool agree32(const uint8_t *p)
{
	return mun_le32(p) == mun_be32(p + 4);
}

static bool numbers_agree(const uint8_t *d)
{
	uint32_t block = mun_le16(d + 128);

	return agree32(d + 80) && agree16(d + 120) && agree16(d + 124) &&
	       agree16(d + 128) && agree32(d + 132) && agree32(d + 158) &&
	       agree32(d + 166) &&
	       (block == 512 || block == 1024 || block == 2048) &&
	       mun_le32(d + 80) != 0 && d[6] == 1 && d[156] == 34 &&
	       d[881] == 1;
}

/* Where the numbers do not agree the little-endian ones are taken, as they
 * are by those who mount it. */
static void read_primary(const uint8_t *d, struct mun_iso *out)
{
	out->primary = true;
	out->agrees = numbers_agree(d);
	out->volume_bytes = (uint64_t)mun_le32(d + 80) * mun_le16(d + 128);
	memcpy(out->system_id, d + 8, sizeof(out->system_id));
	memcpy(out->volume_id, d + 40, sizeof(out->volume_id));
}

/* Joliet Specification, section 3: escape sequences of UCS-2 levels 1 to 3. */
static void read_supplementary(const uint8_t *d, struct mun_iso *out)
{
	static const char levels[] = "@CE";
	const char *level;

	if (d[6] == 2)
		out->enhanced = true;
	if (d[88] != '%' || d[89] != '/' || d[90] == '\0')
		return;
	level = strchr(levels, d[90]);
	if (!level || out->joliet)
		return;
	out->joliet = (unsigned int)(level - levels) + 1;
	memcpy(out->joliet_id, d + 40, sizeof(out->joliet_id));
}

static void read_one(const uint8_t *d, struct mun_iso *out)
{
	static const char torito[] = "EL TORITO SPECIFICATION";

	switch (d[0]) {
	case BOOT:
		if (memcmp(d + 7, torito, sizeof(torito) - 1) == 0)
			out->el_torito = true;
		break;
	case PRIMARY:
		if (!out->primary)
			read_primary(d, out);
		break;
	case SUPPLEMENTARY:
		read_supplementary(d, out);
		break;
	case TERMINATOR:
		out->terminated = true;
		break;
	default:
		break;
	}
}

/* IEEE P1281: the first record of the root begins its system use with SP;
 * Rock Ridge then has RR, or PX, or an ER that names it. */
static bool has_rock_ridge(const uint8_t *record, size_t len)
{
	size_t at = 34;
	bool sp = false;

	if (record[0] < len)
		len = record[0];
	while (at + 4 <= len && record[at + 2] >= 4) {
		const uint8_t *field = record + at;

		sp |= memcmp(field, "SP", 2) == 0;
		if (sp && (memcmp(field, "RR", 2) == 0 ||
			   memcmp(field, "PX", 2) == 0))
			return true;
		at += field[2];
	}
	return false;
}

static int read_root(struct mun_source *src, const uint8_t *d,
		     struct mun_iso *out, struct mun_err *e)
{
	uint64_t at = (uint64_t)mun_le32(d + 158) * mun_le16(d + 128);
	uint8_t record[256];
	int rc;

	rc = mun_peek(src, record, sizeof(record), at, e);
	if (rc)
		return mun_ctx(e, "root directory");
	out->rock_ridge = has_rock_ridge(record, sizeof(record));
	return 0;
}

bool mun_iso_is(struct mun_source *src)
{
	return mun_peek_is(src, (uint64_t)FIRST * MUN_ISO_SECTOR + 1, "CD001",
			   5);
}

/* ECMA-167, part 2: what may stand in the recognition area. */
static bool is_recognised(const uint8_t *d)
{
	static const char ids[][6] = { "BEA01", "BOOT2", "CDW02",
				       "NSR02", "NSR03", "TEA01" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (memcmp(d + 1, ids[i], 5) == 0)
			return true;
	return false;
}

int mun_iso_read(struct mun_source *src, struct mun_iso *out, struct mun_err *e)
{
	uint8_t d[MUN_ISO_SECTOR];

	memset(out, 0, sizeof(*out));
	for (uint64_t i = FIRST; i < FIRST + DESCRIPTORS_MAX; i++) {
		bool had_primary = out->primary;
		int rc;

		rc = mun_peek(src, d, sizeof(d), i * MUN_ISO_SECTOR, e);
		if (rc)
			return mun_ctx(e, "volume descriptor in sector %llu",
				       (unsigned long long)i);
		if (memcmp(d + 1, "CD001", 5) == 0) {
			if (!out->terminated)
				read_one(d, out);
		} else if (is_recognised(d)) {
			out->udf |= memcmp(d + 1, "NSR0", 4) == 0;
		} else {
			break;
		}
		if (out->primary && !had_primary)
			rc = read_root(src, d, out, e);
		if (rc)
			return rc;
	}
	return 0;
}
