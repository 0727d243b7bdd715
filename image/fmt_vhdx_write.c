/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhdx_write.c - a dynamic VHDX; the layout is in fmt_vhdx.h */
#include "image/fmt_vhdx.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/guid.h"
#include "image/vdisk_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define CHUNK_MAX (2 * MIB)
#define LOG_AT MIB
#define METADATA_AT (2 * MIB)
#define BAT_AT (3 * MIB)
/* Blocks as small as keeps the table at 1 MiB. */
#define BLOCKS_USUAL ((uint64_t)128 << 10)
#define TITLE "VHDX"
/* Flags of a metadata item. */
#define OF_DISK 2u
#define REQUIRED 4u

struct writing {
	struct mun_outfile *file;
	uint64_t bytes;
	uint64_t block_bytes;
	uint32_t sector_bytes;
	uint64_t ratio; /* blocks to one bitmap */
	uint8_t *bat; /* owned, as in the file */
	uint64_t bat_bytes; /* of the region */
	uint64_t next; /* byte in the file of the next block */
};

/* A block has its place once the first chunk of it that is not zeros comes. */
static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct writing *w = ctx;
	uint64_t block = k->off / w->block_bytes;
	uint8_t *entry = w->bat + 8 * (block + block / w->ratio);

	(void)e;
	if (k->zero)
		return 0;
	if (mun_le64(entry) == 0) {
		mun_put_le64(entry, w->next | MUN_VHDX_PRESENT);
		w->next += w->block_bytes;
	}
	k->out_off = (mun_le64(entry) & ~(MIB - 1)) + k->off % w->block_bytes;
	return 0;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;

	return mun_vdisk_put(w->file, k->data, k->len, k->out_off, e);
}

/* "vhdxfile" and who made it. */
static int write_identifier(const struct writing *w, struct mun_err *e)
{
	static const char creator[] = "muniment";
	uint8_t id[8 + 512] = "vhdxfile";

	for (size_t i = 0; i < sizeof(creator); i++)
		id[8 + 2 * i] = (uint8_t)creator[i];
	return mun_outfile_write(w->file, id, sizeof(id), 0, e);
}

/* Two that differ in their numbers: the higher is the current one. */
static int write_headers(const struct writing *w, const uint8_t *identity,
			 struct mun_err *e)
{
	uint8_t h[MUN_VHDX_HEADER] = "head";
	int rc = 0;

	mun_guid_derive(identity, 'f', MUN_GUID_MIXED, h + 16);
	mun_guid_derive(identity, 'd', MUN_GUID_MIXED, h + 32);
	mun_put_le16(h + 66, 1);
	mun_put_le32(h + 68, (uint32_t)MIB);
	mun_put_le64(h + 72, LOG_AT);
	for (unsigned int i = 1; !rc && i <= 2; i++) {
		mun_put_le64(h + 8, i);
		mun_put_le32(h + 4, mun_vhdx_checksum(h, sizeof(h), 4));
		rc = mun_outfile_write(
			w->file, h, sizeof(h),
			i == 1 ? MUN_VHDX_HEADER_1 : MUN_VHDX_HEADER_2, e);
	}
	return rc;
}

static void fill_region(uint8_t *row, const uint8_t *guid, uint64_t off,
			uint64_t bytes)
{
	memcpy(row, guid, 16);
	mun_put_le64(row + 16, off);
	mun_put_le32(row + 24, (uint32_t)bytes);
	mun_put_le32(row + 28, 1);
}

static int write_regions(const struct writing *w, struct mun_err *e)
{
	uint8_t *t = calloc(1, MUN_VHDX_REGIONS);
	int rc;

	if (!t)
		return mun_fail_nomem(e, "region table");
	memcpy(t, "regi", 4);
	mun_put_le32(t + 8, 2);
	fill_region(t + 16, mun_vhdx_bat_region, BAT_AT, w->bat_bytes);
	fill_region(t + 48, mun_vhdx_metadata_region, METADATA_AT, MIB);
	mun_put_le32(t + 4, mun_vhdx_checksum(t, MUN_VHDX_REGIONS, 4));
	rc = mun_outfile_write(w->file, t, MUN_VHDX_REGIONS, MUN_VHDX_REGIONS_1,
			       e);
	if (!rc)
		rc = mun_outfile_write(w->file, t, MUN_VHDX_REGIONS,
				       MUN_VHDX_REGIONS_2, e);
	free(t);
	return rc;
}

/* One item of the metadata: its row, and its value behind the others. */
static void add_item(uint8_t *region, const uint8_t *guid, const void *value,
		     uint32_t len, uint32_t flags)
{
	unsigned int n = mun_le16(region + 10);
	uint8_t *row = region + 32 + (size_t)32 * n;
	/* 16 bytes are room for each of them. */
	uint32_t off = (uint32_t)MUN_VHDX_ITEMS + 16 * n;

	memcpy(row, guid, 16);
	mun_put_le32(row + 16, off);
	mun_put_le32(row + 20, len);
	mun_put_le32(row + 24, flags);
	memcpy(region + off, value, len);
	mun_put_le16(region + 10, (uint16_t)(n + 1));
}

static int write_metadata(const struct writing *w, const uint8_t *identity,
			  struct mun_err *e)
{
	size_t len = MUN_VHDX_ITEMS + 512;
	uint8_t *m = calloc(1, len);
	uint8_t v[16] = { 0 };
	int rc;

	if (!m)
		return mun_fail_nomem(e, "metadata");
	memcpy(m, "metadata", 8);
	mun_put_le64(v, w->block_bytes);
	add_item(m, mun_vhdx_file_parameters, v, 8, REQUIRED);
	mun_put_le64(v, w->bytes);
	add_item(m, mun_vhdx_disk_size, v, 8, OF_DISK | REQUIRED);
	mun_put_le32(v, w->sector_bytes);
	add_item(m, mun_vhdx_logical_sector, v, 4, OF_DISK | REQUIRED);
	add_item(m, mun_vhdx_physical_sector, v, 4, OF_DISK | REQUIRED);
	mun_guid_derive(identity, 'v', MUN_GUID_MIXED, v);
	add_item(m, mun_vhdx_disk_id, v, 16, OF_DISK | REQUIRED);
	rc = mun_outfile_write(w->file, m, len, METADATA_AT, e);
	free(m);
	return rc;
}

static int fill(const struct mun_write *write, struct writing *w,
		struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .place = place, .put = put };
	struct mun_chunks c = mun_vdisk_chunks(
		write, w->file, (size_t)MUN_MIN(w->block_bytes, CHUNK_MAX),
		&ops, w);
	int rc = mun_chunks_run(&c, e);

	if (!rc)
		rc = write_regions(w, e);
	if (!rc)
		rc = write_metadata(w, c.identity, e);
	if (!rc)
		rc = mun_outfile_write(w->file, w->bat, (size_t)w->bat_bytes,
				       BAT_AT, e);
	if (!rc)
		rc = mun_outfile_set_size(w->file, w->next, e);
	if (!rc)
		rc = write_headers(w, c.identity, e);
	/* What makes it a VHDX comes last. */
	return rc ? rc : write_identifier(w, e);
}

static uint64_t usual_block(uint64_t bytes)
{
	uint64_t block = CHUNK_MAX;

	while (bytes / block > BLOCKS_USUAL)
		block *= 2;
	return block;
}

/* A disk of 4 KiB sectors stays one; any other has 512. */
static int take_options(const struct mun_image *img,
			const struct mun_write_options *o, struct writing *w,
			struct mun_err *e)
{
	int rc;

	w->sector_bytes = img->sector_bytes == 4096 ? 4096 : 512;
	w->bytes = mun_vdisk_bytes(img, w->sector_bytes);
	rc = mun_write_number(o, "block-size", usual_block(w->bytes), MIB,
			      256 * MIB, &w->block_bytes, e);
	if (!rc && w->block_bytes & (w->block_bytes - 1))
		rc = mun_fail(e, MUN_EINVAL,
			      "option 'block-size': %" PRIu64
			      " is not a power of 2",
			      w->block_bytes);
	if (!rc && w->bytes / w->block_bytes >= MUN_SLOTS_MAX)
		rc = mun_fail(e, MUN_EINVAL,
			      "option 'block-size': too small for a disk of "
			      "%" PRIu64 " bytes",
			      w->bytes);
	return rc;
}

static int vhdx_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	struct writing w = { .file = NULL };
	int rc = take_options(img, o, &w, e);

	return rc ? rc
		  : mun_vdisk_plan(img, w.sector_bytes, MUN_VHDX_DISK_MAX,
				   TITLE, loss, e);
}

static int vhdx_write(const struct mun_write *write, struct mun_err *e)
{
	struct writing w = { .file = NULL };
	uint64_t blocks, entries;
	int rc = take_options(write->img, write->options, &w, e);

	if (rc)
		return rc;
	w.ratio = MUN_VHDX_BITMAP_SECTORS * w.sector_bytes / w.block_bytes;
	blocks = (w.bytes + w.block_bytes - 1) / w.block_bytes;
	entries = blocks ? blocks + (blocks - 1) / w.ratio : 0;
	w.bat_bytes = (8 * entries + MIB - 1) / MIB * MIB;
	w.bat_bytes = MUN_MAX(w.bat_bytes, MIB);
	w.next = BAT_AT + w.bat_bytes;
	w.bat = calloc(1, (size_t)w.bat_bytes);
	if (!w.bat)
		return mun_fail_nomem(e, "table of a VHDX");
	rc = mun_output_file(write->out, NULL, &w.file, e);
	if (!rc)
		rc = fill(write, &w, e);
	free(w.bat);
	return rc;
}

const struct mun_writer mun_write_vhdx = {
	.name = "vhdx",
	.title = "VHDX, virtual hard disk of Hyper-V",
	.suffixes = "vhdx",
	.keys = "block-size",
	.help = "block-size=1M..256M",
	.plan = vhdx_plan,
	.write = vhdx_write,
};
