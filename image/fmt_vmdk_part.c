/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vmdk_part.c - headers and tables of a VMDK file that is written */
#include "image/fmt_vmdk_write.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/fmt_vmdk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR MUN_VMDK_SECTOR
#define GT_SECTORS (MUN_VMDK_GT_BYTES / SECTOR)
#define GRAIN_SECTORS (MUN_VMDK_GRAIN / SECTOR)
/* Bytes of the disk that one grain table stands for. */
#define TABLE_COVERS ((uint64_t)MUN_VMDK_GRAIN * MUN_VMDK_GT_ENTRIES)
#define GD_AT_END UINT64_MAX

enum marker { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit != 0);
}

static void put_le64(uint8_t *p, uint64_t v)
{
	mun_put_le32(p, (uint32_t)v);
	mun_put_le32(p + 4, (uint32_t)(v >> 32));
}

static uint64_t gd_bytes(const struct mun_vmdk_part *p)
{
	return round_up(p->tables * 4, SECTOR) * SECTOR;
}

/* Offsets as in fmt_vmdk_sparse.c. */
static void put_header(const struct mun_vmdk_part *p, uint64_t gd_at,
		       uint8_t h[SECTOR])
{
	uint64_t overhead = GRAIN_SECTORS;
	uint32_t flags = MUN_VMDK_NEWLINES;

	if (p->stream) {
		flags |= MUN_VMDK_COMPRESSED | MUN_VMDK_MARKERS;
	} else {
		flags |= MUN_VMDK_SECOND_GD;
		overhead = p->gd_at + gd_bytes(p) / SECTOR +
			   p->tables * GT_SECTORS;
		overhead = round_up(overhead, GRAIN_SECTORS) * GRAIN_SECTORS;
	}
	memset(h, 0, SECTOR);
	memcpy(h, "KDMV", 4);
	mun_put_le32(h + 4, p->stream ? 3 : 1);
	mun_put_le32(h + 8, flags);
	put_le64(h + 12, p->bytes / SECTOR);
	put_le64(h + 20, GRAIN_SECTORS);
	put_le64(h + 28, p->has_text ? MUN_VMDK_TEXT_AT : 0);
	put_le64(h + 36, p->has_text ? MUN_VMDK_TEXT_SECTORS : 0);
	mun_put_le32(h + 44, MUN_VMDK_GT_ENTRIES);
	put_le64(h + 48, p->second_at);
	put_le64(h + 56, gd_at);
	put_le64(h + 64, overhead);
	memcpy(h + 73, "\n \r\n", 4);
	h[77] = p->stream;
}

int mun_vmdk_part_begin(struct mun_vmdk_part *p, struct mun_err *e)
{
	uint64_t text = p->has_text ? MUN_VMDK_TEXT_SECTORS : 0;
	uint64_t size;

	p->tables = round_up(p->bytes, TABLE_COVERS);
	size = gd_bytes(p) / SECTOR + p->tables * GT_SECTORS;
	p->gd = calloc(1, (size_t)MUN_MAX(gd_bytes(p), (uint64_t)SECTOR));
	if (!p->gd)
		return mun_fail_nomem(e, "grain directory");
	if (p->stream) {
		p->next = MUN_VMDK_GRAIN;
		return 0;
	}
	p->second_at = MUN_VMDK_TEXT_AT + text;
	p->gd_at = p->second_at + size;
	p->next = round_up(p->gd_at + size, GRAIN_SECTORS) * MUN_VMDK_GRAIN;
	return 0;
}

/* A sector that says what comes next in a stream. */
static int put_marker(struct mun_vmdk_part *p, enum marker type,
		      uint64_t sectors, struct mun_err *e)
{
	uint8_t m[SECTOR] = { 0 };
	int rc;

	put_le64(m, sectors);
	mun_put_le32(m + 12, type);
	rc = mun_outfile_write(p->file, m, sizeof(m), p->next, e);
	p->next += sizeof(m);
	return rc;
}

static int write_sparse_table(struct mun_vmdk_part *p, struct mun_err *e)
{
	uint64_t at = gd_bytes(p) + p->gt_number * MUN_VMDK_GT_BYTES;
	int rc;

	rc = mun_outfile_write(p->file, p->gt, sizeof(p->gt),
			       p->second_at * SECTOR + at, e);
	return rc ? rc
		  : mun_outfile_write(p->file, p->gt, sizeof(p->gt),
				      p->gd_at * SECTOR + at, e);
}

static int write_stream_table(struct mun_vmdk_part *p, struct mun_err *e)
{
	int rc = put_marker(p, MARKER_TABLE, GT_SECTORS, e);

	if (rc)
		return rc;
	mun_put_le32(p->gd + p->gt_number * 4, (uint32_t)(p->next / SECTOR));
	rc = mun_outfile_write(p->file, p->gt, sizeof(p->gt), p->next, e);
	p->next += sizeof(p->gt);
	return rc;
}

static int write_table(struct mun_vmdk_part *p, struct mun_err *e)
{
	int rc = 0;

	if (p->gt_used)
		rc = p->stream ? write_stream_table(p, e)
			       : write_sparse_table(p, e);
	memset(p->gt, 0, sizeof(p->gt));
	p->gt_used = false;
	return rc;
}

int mun_vmdk_part_grain(struct mun_vmdk_part *p, uint64_t n, size_t len,
			uint64_t *host, struct mun_err *e)
{
	int rc = 0;

	if (n / MUN_VMDK_GT_ENTRIES != p->gt_number)
		rc = write_table(p, e);
	if (rc)
		return rc;
	/* With room for the tables of a stream, which come last. */
	if (p->next / SECTOR > UINT32_MAX - (UINT32_C(1) << 20))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the file would have more than 2 TiB");
	p->gt_number = n / MUN_VMDK_GT_ENTRIES;
	p->gt_used = true;
	mun_put_le32(p->gt + n % MUN_VMDK_GT_ENTRIES * 4,
		     (uint32_t)(p->next / SECTOR));
	*host = p->next;
	p->next += len;
	return 0;
}

/* Both directories; every table has its place, used or not. */
static int end_sparse(struct mun_vmdk_part *p, struct mun_err *e)
{
	const uint64_t at[] = { p->second_at, p->gd_at };
	uint8_t h[SECTOR];
	int rc = 0;

	for (size_t i = 0; !rc && i < MUN_COUNT(at) && p->tables; i++) {
		uint64_t first = at[i] + gd_bytes(p) / SECTOR;

		for (uint64_t t = 0; t < p->tables; t++)
			mun_put_le32(p->gd + t * 4,
				     (uint32_t)(first + t * GT_SECTORS));
		rc = mun_outfile_write(p->file, p->gd, (size_t)gd_bytes(p),
				       at[i] * SECTOR, e);
	}
	put_header(p, p->gd_at, h);
	if (!rc)
		rc = mun_outfile_write(p->file, h, sizeof(h), 0, e);
	return rc ? rc : mun_outfile_set_size(p->file, p->next, e);
}

/* The directory, the footer, and what says that nothing follows. */
static int end_stream(struct mun_vmdk_part *p, struct mun_err *e)
{
	uint8_t h[SECTOR];
	uint64_t gd_at;
	int rc = put_marker(p, MARKER_DIRECTORY, gd_bytes(p) / SECTOR, e);

	if (rc)
		return rc;
	gd_at = p->next / SECTOR;
	if (p->tables)
		rc = mun_outfile_write(p->file, p->gd, (size_t)gd_bytes(p),
				       p->next, e);
	p->next += gd_bytes(p);
	if (!rc)
		rc = put_marker(p, MARKER_FOOTER, 1, e);
	put_header(p, gd_at, h);
	if (!rc)
		rc = mun_outfile_write(p->file, h, sizeof(h), p->next, e);
	p->next += sizeof(h);
	if (!rc)
		rc = put_marker(p, MARKER_END, 0, e);
	put_header(p, GD_AT_END, h);
	return rc ? rc : mun_outfile_write(p->file, h, sizeof(h), 0, e);
}

int mun_vmdk_part_end(struct mun_vmdk_part *p, struct mun_err *e)
{
	int rc = write_table(p, e);

	if (rc)
		return rc;
	return p->stream ? end_stream(p, e) : end_sparse(p, e);
}
