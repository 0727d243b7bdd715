/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vdi_write.c - a dynamic VDI; the layout is in fmt_vdi.h */
#include "image/fmt_vdi.h"

#include "core/attr.h"
#include "core/bytes.h"
#include "core/check.h"
#include "image/guid.h"
#include "image/vdisk_write.h"

#include <stdlib.h>
#include <string.h>

/* As VirtualBox does it: blocks of 1 MiB that begin at a multiple of it. */
#define BLOCK_BYTES ((uint64_t)1 << 20)
/* What our reader takes: a table of 64 MiB. */
#define DISK_MAX ((uint64_t)16 << 40)
#define TABLE MUN_VDI_HEADER
#define HEADER_BYTES 400u /* of version 1.1, without the 72 before it */
#define TITLE "VDI"

struct writing {
	struct mun_outfile *file;
	uint8_t *head; /* owned: header and table, as in the file */
	size_t head_bytes;
	uint32_t blocks;
	uint32_t next; /* block in the file */
	uint64_t data;
};

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct writing *w = ctx;

	(void)e;
	if (k->zero)
		return 0;
	mun_put_le32(w->head + TABLE + 4 * k->number, w->next);
	k->out_off = w->data + w->next++ * BLOCK_BYTES;
	return 0;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;

	return mun_vdisk_put(w->file, k->data, k->len, k->out_off, e);
}

static void fill_header(struct writing *w, uint64_t bytes,
			const uint8_t *identity)
{
	static const char text[] = "<<< muniment Virtual Disk Image >>>\n";
	uint8_t *h = w->head;

	memcpy(h, text, sizeof(text));
	mun_put_le32(h + 0x40, MUN_VDI_SIGNATURE);
	mun_put_le32(h + 0x44, 0x00010001);
	mun_put_le32(h + 0x48, HEADER_BYTES);
	mun_put_le32(h + 0x4c, MUN_VDI_DYNAMIC);
	mun_put_le32(h + 0x154, TABLE);
	mun_put_le32(h + 0x158, (uint32_t)w->data);
	mun_put_le32(h + 0x168, 512);
	mun_put_le64(h + 0x170, bytes);
	mun_put_le32(h + 0x178, (uint32_t)BLOCK_BYTES);
	mun_put_le32(h + 0x180, w->blocks);
	mun_put_le32(h + 0x184, w->next);
	mun_guid_derive(identity, 'c', MUN_GUID_MIXED, h + 0x188);
	mun_guid_derive(identity, 'm', MUN_GUID_MIXED, h + 0x198);
	/* The geometry for the BIOS, which whoever needs it computes. */
	mun_put_le32(h + 0x1d4, 512);
}

static int fill(const struct mun_write *write, struct writing *w,
		struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .place = place, .put = put };
	struct mun_chunks c =
		mun_vdisk_chunks(write, w->file, (size_t)BLOCK_BYTES, &ops, w);
	int rc = mun_chunks_run(&c, e);

	if (rc)
		return rc;
	fill_header(w, mun_vdisk_bytes(write->img, 512), c.identity);
	rc = mun_outfile_write(w->file, w->head, w->head_bytes, 0, e);
	return rc ? rc
		  : mun_outfile_set_size(w->file,
					 w->data + w->next * BLOCK_BYTES, e);
}

static int vdi_write(const struct mun_write *write, struct mun_err *e)
{
	uint64_t bytes = mun_vdisk_bytes(write->img, 512);
	struct writing w = { .next = 0 };
	int rc;

	w.blocks = (uint32_t)((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
	w.head_bytes = TABLE + (size_t)4 * w.blocks;
	w.data = (w.head_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	w.head = calloc(1, w.head_bytes);
	if (!w.head)
		return mun_fail_nomem(e, "table of a VDI");
	memset(w.head + TABLE, 0xff, w.head_bytes - TABLE);
	rc = mun_output_file(write->out, NULL, &w.file, e);
	if (!rc)
		rc = fill(write, &w, e);
	free(w.head);
	return rc;
}

static int vdi_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	(void)o;
	return mun_vdisk_plan(img, 512, DISK_MAX, TITLE, loss, e);
}

const struct mun_writer mun_write_vdi = {
	.name = "vdi",
	.title = "VDI, virtual disk image of VirtualBox",
	.suffixes = "vdi",
	.keys = "",
	.help = "",
	.plan = vdi_plan,
	.write = vdi_write,
};
