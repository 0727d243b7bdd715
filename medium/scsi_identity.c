/* SPDX-License-Identifier: Apache-2.0 */
/* medium/scsi_identity.c - what a SCSI drive says of itself and its medium */
#include "medium/scsi_identity.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "medium/drive_text.h"

#include <string.h>

/*
 * INQUIRY: 0 qualifier and type; 1 bit 7 removable; 2 version; 4 how many bytes
 * follow; 8 vendor (8); 16 product (16); 32 revision (4).
 */
bool mun_scsi_inquiry_parse(const uint8_t *p, size_t len,
			    struct mun_scsi_inquiry *out)
{
	*out = (struct mun_scsi_inquiry){ 0 };
	if (len < 5)
		return false;
	len = MUN_MIN(len, (size_t)5 + p[4]);
	/* A qualifier: no drive is there. */
	if (p[0] >> 5)
		return false;
	out->type = p[0] & 0x1f;
	out->removable = (p[1] & 0x80) != 0;
	out->version = p[2];
	if (len >= 16)
		mun_drive_text(p + 8, 8, out->vendor, sizeof(out->vendor));
	if (len >= 32)
		mun_drive_text(p + 16, 16, out->model, sizeof(out->model));
	if (len >= 36)
		mun_drive_text(p + 32, 4, out->revision, sizeof(out->revision));
	return true;
}

/* The contents of a vital product data page: 1 page, 2 length. */
static const uint8_t *page_body(const uint8_t *p, size_t len, uint8_t page,
				size_t *body)
{
	if (len < 4 || p[1] != page)
		return NULL;
	*body = MUN_MIN(len - 4, (size_t)mun_be16(p + 2));
	return p + 4;
}

bool mun_scsi_vpd_has(const uint8_t *p, size_t len, uint8_t page)
{
	size_t n = 0;
	const uint8_t *list = page_body(p, len, 0x00, &n);

	for (size_t i = 0; list && i < n; i++)
		if (list[i] == page)
			return true;
	return false;
}

bool mun_scsi_serial_parse(const uint8_t *p, size_t len, char *out, size_t size)
{
	size_t n = 0;
	const uint8_t *body = page_body(p, len, 0x80, &n);

	out[0] = '\0';
	if (body)
		mun_drive_text(body, n, out, size);
	return out[0] != '\0';
}

/*
 * Designation descriptor (SPC-4, 7.8.6): 0 code set (1 binary, 2 ASCII, 3
 * UTF-8); 1 association in bits 5-4 (0: the logical unit), type in bits 3-0;
 * 3 length; 4 designator.
 */
enum designator { T10 = 1, EUI64 = 2, NAA = 3, NAME = 8 };

static unsigned int rank(const uint8_t *d)
{
	if (d[1] & 0x30)
		return 0;
	switch (d[1] & 0x0f) {
	case NAA:
		return 4;
	case EUI64:
		return 3;
	case T10:
		return 2;
	case NAME:
		return 1;
	default:
		return 0;
	}
}

static void put_designator(const uint8_t *d, char *out, size_t size)
{
	static const char *const prefixes[] = {
		[T10] = "t10.",
		[EUI64] = "eui.",
		[NAA] = "naa.",
	};
	unsigned int type = d[1] & 0x0f;
	const char *prefix = type == NAME ? "" : prefixes[type];
	size_t at = strlen(prefix);
	size_t len = d[3];

	memcpy(out, prefix, at + 1);
	if (type == NAA || type == EUI64) {
		if (at + 2 * len < size)
			mun_hex(d + 4, len, out + at);
		return;
	}
	mun_drive_text(d + 4, len, out + at, size - at);
}

bool mun_scsi_wwid_parse(const uint8_t *p, size_t len, char *out, size_t size)
{
	size_t n = 0;
	const uint8_t *body = page_body(p, len, 0x83, &n);
	const uint8_t *best = NULL;

	out[0] = '\0';
	for (size_t at = 0; body && at + 4 <= n; at += (size_t)4 + body[at + 3])
		if (body[at + 3] && at + 4 + body[at + 3] <= n &&
		    rank(body + at) > (best ? rank(best) : 0))
			best = body + at;
	if (best)
		put_designator(best, out, size);
	return best != NULL;
}

static bool is_sane(const struct mun_scsi_capacity *c)
{
	return c->block_bytes >= 1 && c->block_bytes <= 65536;
}

/* 0 the last block's address; 4 bytes in a block. */
bool mun_scsi_capacity10_parse(const uint8_t *p, size_t len,
			       struct mun_scsi_capacity *out)
{
	*out = (struct mun_scsi_capacity){ 0 };
	if (len < 8)
		return false;
	if (mun_be32(p) != UINT32_MAX)
		out->blocks = (uint64_t)mun_be32(p) + 1;
	out->block_bytes = mun_be32(p + 4);
	return is_sane(out);
}

/* 0 the last block's address; 8 bytes in a block; 13 bits 3-0: logical blocks
 * in a physical one, as a power of two. */
bool mun_scsi_capacity16_parse(const uint8_t *p, size_t len,
			       struct mun_scsi_capacity *out)
{
	*out = (struct mun_scsi_capacity){ 0 };
	if (len < 12 || mun_be64(p) == UINT64_MAX)
		return false;
	out->blocks = mun_be64(p) + 1;
	out->block_bytes = mun_be32(p + 8);
	if (len >= 14 && is_sane(out) && (p[13] & 0x0f) <= 8)
		out->physical_bytes = out->block_bytes << (p[13] & 0x0f);
	return is_sane(out);
}

/* 3 length of the list; 4 blocks; 8 bits 1-0: 2 formatted; 9 bytes in a block,
 * 3 bytes. */
bool mun_scsi_format_capacity_parse(const uint8_t *p, size_t len,
				    struct mun_scsi_capacity *out)
{
	*out = (struct mun_scsi_capacity){ 0 };
	if (len < 12 || p[3] < 8 || (p[8] & 0x03) != 2)
		return false;
	out->blocks = mun_be32(p + 4);
	out->block_bytes = mun_be32(p + 8) & 0xffffff;
	return is_sane(out) && out->blocks;
}

/* MODE SENSE (6): 0 how many bytes follow, 2 device-specific.  (10): 0 how
 * many, two bytes; 3 device-specific.  Its bit 7: WP. */
enum mun_write_tab mun_scsi_tab_parse(const uint8_t *p, size_t len, bool ten)
{
	size_t at = ten ? 3 : 2;

	if (len < (ten ? 8u : 4u))
		return MUN_TAB_UNKNOWN;
	if ((ten ? mun_be16(p) + 2u : p[0] + 1u) <= at)
		return MUN_TAB_UNKNOWN;
	return p[at] & 0x80 ? MUN_TAB_PROTECTED : MUN_TAB_WRITABLE;
}
