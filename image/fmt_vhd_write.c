/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd_write.c - a dynamic or a fixed VHD; layout in fmt_vhd.h */
#include "image/fmt_vhd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "image/guid.h"
#include "image/vdisk_write.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((uint64_t)2 << 20)
#define FIXED_CHUNK ((size_t)1 << 20)
/* The last block that a table of 512-byte sectors in 32 bits reaches, as the
 * specification has it. */
#define DISK_MAX ((uint64_t)2040 << 30)
#define HEADER_AT MUN_VHD_FOOTER
#define TABLE_AT (HEADER_AT + MUN_VHD_HEADER)
/* The bitmap of a block comes before its data.  So that the data lies on pages
 * of its own, each bitmap stands at the end of one. */
#define PAGE 4096u
#define STRIDE (BLOCK_BYTES + PAGE)
#define TITLE "VHD"

struct writing {
	struct mun_outfile *file;
	bool fixed;
	uint32_t time; /* seconds since 2000 */
	uint64_t bytes;
	uint8_t *head; /* owned: footer's copy, header and table */
	size_t head_bytes;
	uint32_t blocks;
	uint64_t next; /* byte in the file of the next block's bitmap */
};

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct writing *w = ctx;

	(void)e;
	if (k->zero)
		return 0;
	mun_put_be32(w->head + TABLE_AT + 4 * k->number,
		     (uint32_t)(w->next / MUN_VHD_SECTOR));
	k->out_off = w->next;
	w->next += STRIDE;
	return 0;
}

/* All sectors of a block that is there are there: zeros too. */
static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;
	uint8_t bitmap[MUN_VHD_SECTOR];
	int rc;

	memset(bitmap, 0xff, sizeof(bitmap));
	rc = mun_outfile_write(w->file, bitmap, sizeof(bitmap), k->out_off, e);
	return rc ? rc
		  : mun_vdisk_put(w->file, k->data, k->len,
				  k->out_off + sizeof(bitmap), e);
}

/*
 * The creator decides what size QEMU takes: with most it goes by the geometry,
 * which is smaller.  With that of Windows it takes the size that is told.
 */
static void fill_footer(const struct writing *w, const uint8_t *identity,
			uint8_t *f)
{
	struct mun_geometry g = mun_vhd_geometry(w->bytes);

	memset(f, 0, MUN_VHD_FOOTER);
	memcpy(f, "conectix", 8);
	mun_put_be32(f + 8, 2); /* a bit that is always set */
	mun_put_be32(f + 12, 0x00010000);
	mun_put_be64(f + 16, w->fixed ? UINT64_MAX : HEADER_AT);
	mun_put_be32(f + 24, w->time);
	memcpy(f + 28, "win ", 4);
	mun_put_be32(f + 32, 0x000a0000);
	memcpy(f + 36, "Wi2k", 4);
	mun_put_be64(f + 40, w->bytes);
	mun_put_be64(f + 48, w->bytes);
	mun_put_be16(f + 56, (uint16_t)g.cylinders);
	f[58] = (uint8_t)g.heads;
	f[59] = (uint8_t)g.sectors;
	mun_put_be32(f + 60, w->fixed ? MUN_VHD_FIXED : MUN_VHD_DYNAMIC);
	mun_guid_derive(identity, 0, MUN_GUID_BE, f + 68);
	mun_put_be32(f + 64, mun_vhd_checksum(f, MUN_VHD_FOOTER, 64));
}

static void fill_header(const struct writing *w, uint8_t *h)
{
	memcpy(h, "cxsparse", 8);
	mun_put_be64(h + 8, UINT64_MAX);
	mun_put_be64(h + 16, TABLE_AT);
	mun_put_be32(h + 24, 0x00010000);
	mun_put_be32(h + 28, w->blocks);
	mun_put_be32(h + 32, (uint32_t)BLOCK_BYTES);
	mun_put_be32(h + 36, mun_vhd_checksum(h, MUN_VHD_HEADER, 36));
}

static int write_dynamic(const struct mun_write *write, struct writing *w,
			 struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .place = place, .put = put };
	struct mun_chunks c =
		mun_vdisk_chunks(write, w->file, (size_t)BLOCK_BYTES, &ops, w);
	uint64_t end;
	int rc;

	w->blocks = (uint32_t)((w->bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
	w->head_bytes = (TABLE_AT + (size_t)4 * w->blocks + 511) / 512 * 512;
	w->head = calloc(1, w->head_bytes);
	if (!w->head)
		return mun_fail_nomem(e, "table of a VHD");
	memset(w->head + TABLE_AT, 0xff, w->head_bytes - TABLE_AT);
	end = (w->head_bytes + MUN_VHD_SECTOR + PAGE - 1) / PAGE * PAGE;
	w->next = end - MUN_VHD_SECTOR;
	rc = mun_chunks_run(&c, e);
	if (rc)
		return rc;
	fill_footer(w, c.identity, w->head);
	fill_header(w, w->head + HEADER_AT);
	rc = mun_outfile_write(w->file, w->head, w->head_bytes, 0, e);
	/* The footer last: a file without one was not finished.  It goes where
	 * the next bitmap would. */
	return rc ? rc
		  : mun_outfile_write(w->file, w->head, MUN_VHD_FOOTER, w->next,
				      e);
}

static int put_fixed(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;

	return mun_vdisk_put(w->file, k->data, k->len, k->out_off, e);
}

static int write_fixed(const struct mun_write *write, struct writing *w,
		       struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .put = put_fixed };
	struct mun_chunks c =
		mun_vdisk_chunks(write, w->file, FIXED_CHUNK, &ops, w);
	uint8_t footer[MUN_VHD_FOOTER];
	int rc = mun_chunks_run(&c, e);

	if (rc)
		return rc;
	fill_footer(w, c.identity, footer);
	return mun_outfile_write(w->file, footer, sizeof(footer), w->bytes, e);
}

static int take_options(const struct mun_write_options *o, struct writing *w,
			struct mun_err *e)
{
	const char *date = mun_write_option(o, "date", "2000-01-01T00:00:00Z");
	unsigned int type = 0;
	int64_t ms;
	int rc;

	rc = mun_write_choice(o, "type", "dynamic|fixed", &type, e);
	w->fixed = type == 1;
	if (rc)
		return rc;
	rc = mun_time_parse(date, &ms, e);
	if (rc)
		return mun_ctx(e, "option 'date'");
	if (ms / 1000 < MUN_VHD_EPOCH ||
	    ms / 1000 - MUN_VHD_EPOCH > (int64_t)UINT32_MAX)
		return mun_fail(e, MUN_EINVAL,
				"option 'date': a VHD tells no time before "
				"2000 or after 2136");
	w->time = (uint32_t)(ms / 1000 - MUN_VHD_EPOCH);
	return 0;
}

static int vhd_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	struct writing w = { .file = NULL };
	int rc = take_options(o, &w, e);

	return rc ? rc
		  : mun_vdisk_plan(img, MUN_VHD_SECTOR, DISK_MAX, TITLE, loss,
				   e);
}

static int vhd_write(const struct mun_write *write, struct mun_err *e)
{
	struct writing w = {
		.bytes = mun_vdisk_bytes(write->img, MUN_VHD_SECTOR),
	};
	int rc = take_options(write->options, &w, e);

	if (!rc)
		rc = mun_output_file(write->out, NULL, &w.file, e);
	if (!rc)
		rc = w.fixed ? write_fixed(write, &w, e)
			     : write_dynamic(write, &w, e);
	free(w.head);
	return rc;
}

const struct mun_writer mun_write_vhd = {
	.name = "vhd",
	.title = "VHD, virtual hard disk of Virtual PC and Hyper-V",
	.suffixes = "vhd vpc",
	.keys = "type date",
	.help = "type=dynamic|fixed, date=2000-01-01T00:00:00Z",
	.plan = vhd_plan,
	.write = vhd_write,
};
