/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_gpt.c - the GUID partition table
 *
 * Header in sector 1, a copy in the last; all little-endian:
 *	0  "EFI PART"		72 u64 first sector of the entries
 *	12 u32 header bytes	80 u32 entries
 *	16 u32 CRC-32 of them	84 u32 bytes of each
 *	24 u64 own sector	88 u32 CRC-32 of the entries
 * An entry: 0 type GUID, 32 u64 first sector, 40 u64 last sector, 48 u64
 * attributes, 56 name in UTF-16 of 72 bytes.
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <string.h>
#include <zlib.h>

#define HEADER_BYTES 92u
/* The least that a table may reserve is 16 KiB; nobody uses even 64. */
#define ENTRIES_BYTES_MAX ((uint64_t)1 << 20)
#define ENTRY_BYTES_MAX 4096u

struct header {
	uint64_t entries_at; /* byte */
	uint32_t entries;
	uint32_t entry_bytes;
	uint32_t entries_crc;
};

static uint32_t crc(uint32_t so_far, const uint8_t *p, size_t len)
{
	return (uint32_t)crc32(so_far, p, (uInt)len);
}

/* Is this a header that says it lies at sector @lba, and checks? */
static bool parse_header(const uint8_t sector[static 512], uint64_t lba,
			 uint32_t sector_bytes, struct header *out)
{
	static const uint8_t zeros[4];
	uint32_t bytes = mun_le32(sector + 12);
	uint32_t sum;

	if (memcmp(sector, "EFI PART", 8) != 0 || bytes < HEADER_BYTES ||
	    bytes > 512 || mun_le64(sector + 24) != lba)
		return false;
	/* The sum is taken with its own field as zero. */
	sum = crc(0, sector, 16);
	sum = crc(sum, zeros, sizeof(zeros));
	sum = crc(sum, sector + 20, bytes - 20);
	if (sum != mun_le32(sector + 16))
		return false;
	out->entries = mun_le32(sector + 80);
	out->entry_bytes = mun_le32(sector + 84);
	out->entries_crc = mun_le32(sector + 88);
	if (out->entry_bytes < 128 || out->entry_bytes > ENTRY_BYTES_MAX ||
	    out->entry_bytes % 8 ||
	    (uint64_t)out->entries * out->entry_bytes > ENTRIES_BYTES_MAX)
		return false;
	return !ckd_mul(&out->entries_at, mun_le64(sector + 72),
			(uint64_t)sector_bytes);
}

static void add_entry(struct mun_table *t, unsigned int number,
		      const uint8_t *entry, uint64_t size)
{
	static const uint8_t unused[16];
	uint64_t first = mun_le64(entry + 32);
	uint64_t last = mun_le64(entry + 40);
	struct mun_partition *p;

	if (memcmp(entry, unused, sizeof(unused)) == 0 || last < first)
		return;
	p = mun_table_add(t);
	if (!p)
		return;
	p->number = number;
	p->start = first;
	p->sectors = last - first + 1;
	memcpy(p->type_guid, entry, sizeof(p->type_guid));
	mun_guid_text(entry, MUN_GUID_MIXED, p->type);
	mun_label(entry + 56, 72, MUN_LABEL_UCS2LE, p->name, sizeof(p->name));
	/* "Legacy BIOS bootable". */
	p->active = (entry[48] & 4) != 0;
	t->outside |= last >= size / t->sector_bytes;
}

/* The entries, into @t; it stays without them if their sum is wrong. */
static int read_entries(struct mun_source *src, const struct header *h,
			struct mun_table *t, struct mun_err *e)
{
	uint8_t entry[ENTRY_BYTES_MAX];
	uint32_t sum = 0;

	for (uint32_t i = 0; i < h->entries; i++) {
		uint64_t off;
		int rc;

		if (ckd_add(&off, h->entries_at,
			    (uint64_t)i * h->entry_bytes) ||
		    off >= src->size)
			return 0;
		rc = mun_peek(src, entry, h->entry_bytes, off, e);
		if (rc)
			return mun_ctx(e, "entries of the GPT");
		sum = crc(sum, entry, h->entry_bytes);
		add_entry(t, i + 1, entry, src->size);
	}
	if (sum == h->entries_crc)
		t->kind = MUN_TABLE_GPT;
	return 0;
}

/* The table whose header is sector @lba of @sector_bytes each. */
static int read_at(struct mun_source *src, uint64_t lba, uint32_t sector_bytes,
		   struct mun_table *out, struct mun_err *e)
{
	uint8_t sector[512];
	struct header h;
	int rc;

	rc = mun_peek(src, sector, sizeof(sector), lba * sector_bytes, e);
	if (rc)
		return mun_ctx(e, "header of the GPT");
	if (!parse_header(sector, lba, sector_bytes, &h))
		return 0;
	memset(out, 0, sizeof(*out));
	out->sector_bytes = sector_bytes;
	return read_entries(src, &h, out, e);
}

int mun_gpt_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	/* 2048: a disc's table in an image that is a disk too. */
	static const uint32_t sizes[] = { 512, 4096, 2048 };
	bool broken = false;

	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint64_t sectors = src->size / sizes[i];
		int rc = read_at(src, 1, sizes[i], out, e);

		if (out->kind == MUN_TABLE_GPT || (rc && rc != MUN_ECORRUPT))
			return rc;
		/* There is a second one for that. */
		broken |= rc != 0;
		if (sectors < 3)
			continue;
		rc = read_at(src, sectors - 1, sizes[i], out, e);
		out->backup = out->kind == MUN_TABLE_GPT;
		if (out->backup || (rc && rc != MUN_ECORRUPT))
			return rc;
		broken |= rc != 0;
	}
	memset(out, 0, sizeof(*out));
	return broken ? MUN_ECORRUPT : 0;
}
