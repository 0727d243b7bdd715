/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_named_disc.c - disc formats that are named and kept; fields are
 * little endian */
#include "image/fmt_named.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <string.h>

#define KEPT "tracks of this format are kept as they are, not decoded"
#define PACKED "compressed sectors of this format are kept, not decoded"

MUN_NAMED(b5t, "b5t", "BlindWrite 5 and 6", "b5t b6t",
	  .magic = "BWT5 STREAM SIGN", .magic_bytes = 16,
	  .medium = MUN_MEDIUM_OPTICAL, .reason = KEPT);

/* Last 8 bytes: u32 80000004 to 80000006, u32 where the descriptor lies. */
static bool check_cdi(struct mun_source *src, const uint8_t *head)
{
	uint8_t tail[8];
	struct mun_err e;
	uint32_t version, at;

	(void)head;
	if (src->size < 2048 ||
	    mun_peek(src, tail, sizeof(tail), src->size - sizeof(tail), &e))
		return false;
	version = mun_le32(tail);
	at = mun_le32(tail + 4);
	return version >= 0x80000004u && version <= 0x80000006u && at &&
	       at < src->size;
}

MUN_NAMED(cdi, "cdi", "CDI of DiscJuggler", "cdi", .medium = MUN_MEDIUM_OPTICAL,
	  .check = check_cdi, .reason = KEPT);

/* A decimal number of at most 7 digits, and a character that ends it. */
static const uint8_t *take_number(const uint8_t *p, const char *ends,
				  uint32_t *out)
{
	unsigned int digits = 0;

	for (*out = 0; *p >= '0' && *p <= '9' && digits < 7; p++, digits++)
		*out = *out * 10 + (*p - (uint32_t)'0');
	if (!digits || !*p || !strchr(ends, *p))
		return NULL;
	return p + 1;
}

/* "3\n1 0 4 2352 track01.bin 0\n...": tracks; number, LBA, control, bytes of a
 * sector, file, offset. */
static bool check_gdi(struct mun_source *src, const uint8_t *head)
{
	const uint8_t *p = head;
	uint32_t tracks = 0, number = 0, lba = 0, control = 0, bytes = 0;

	if (src->size > 65536)
		return false;
	p = take_number(p, "\r\n ", &tracks);
	for (int i = 0; p && i < 4 && strchr("\r\n ", *p) && *p; i++)
		p++;
	if (p)
		p = take_number(p, " ", &number);
	if (p)
		p = take_number(p, " ", &lba);
	if (p)
		p = take_number(p, " ", &control);
	if (p)
		p = take_number(p, " ", &bytes);
	return p && tracks >= 1 && tracks <= 99 && number == 1 &&
	       (control == 0 || control == 4) &&
	       (bytes == 2048 || bytes == 2352 || bytes == 2336);
}

MUN_NAMED(gdi, "gdi", "GDI, the sheet of a Dreamcast disc", "gdi",
	  .medium = MUN_MEDIUM_OPTICAL, .check = check_gdi,
	  .reason = "the sheet and the tracks it names are kept, not decoded");

static bool check_c2d(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return memcmp(head, "Adaptec CeQuadrat VirtualCD File", 32) == 0 ||
	       memcmp(head, "Roxio Image File Format 3.0", 27) == 0;
}

MUN_NAMED(c2d, "c2d", "C2D of Roxio WinOnCD", "c2d",
	  .medium = MUN_MEDIUM_OPTICAL, .check = check_c2d, .reason = KEPT);

/* 4 bytes of the header: 48 or 64. */
static bool check_isz(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return head[4] == 48 || head[4] == 64;
}

MUN_NAMED(isz, "isz", "ISZ of UltraISO", "isz", .magic = "IsZ!",
	  .magic_bytes = 4, .medium = MUN_MEDIUM_OPTICAL, .check = check_isz,
	  .reason = PACKED);

MUN_NAMED(daa, "daa", "DAA of PowerISO", "daa",
	  .magic = "DAA\0\0\0\0\0\0\0\0\0\0\0\0", .magic_bytes = 16,
	  .medium = MUN_MEDIUM_OPTICAL, .reason = PACKED);

/* 8 u64 bytes unpacked, 16 u32 bytes of a block, 20 version. */
static bool check_cso(struct mun_source *src, const uint8_t *head)
{
	uint32_t block = mun_le32(head + 16);

	(void)src;
	return (memcmp(head, "CISO", 4) == 0 || memcmp(head, "ZISO", 4) == 0) &&
	       mun_le64(head + 8) && block >= 512 && !(block & (block - 1)) &&
	       head[20] <= 2;
}

MUN_NAMED(cso, "cso", "CSO and ZSO, compressed ISO", "cso ciso zso",
	  .medium = MUN_MEDIUM_OPTICAL, .check = check_cso, .reason = PACKED);

MUN_NAMED(ecm, "ecm", "ECM, a disc image without its error correction", "ecm",
	  .magic = "ECM\0", .magic_bytes = 4, .medium = MUN_MEDIUM_OPTICAL,
	  .reason = PACKED);

/* 64 bytes before the end: "bbis". */
static bool check_uif(struct mun_source *src, const uint8_t *head)
{
	(void)head;
	return src->size > 64 && mun_peek_is(src, src->size - 64, "bbis", 4);
}

MUN_NAMED(uif, "uif", "UIF of MagicISO", "uif", .medium = MUN_MEDIUM_OPTICAL,
	  .check = check_uif, .reason = PACKED);
