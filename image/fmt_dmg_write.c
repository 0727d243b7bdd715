/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg_write.c - UDIF with zlib (UDZO), as hdiutil makes it
 *
 * Runs of a mebibyte in one table of the whole disk; a run that does not become
 * smaller is stored as it is.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/chunks.h"
#include "image/fmt_dmg.h"
#include "image/vdisk_write.h"
#include "image/writer.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SECTOR 512u
#define CHUNK ((size_t)1 << 20)
/* The table is kept in memory, and no reader should have to take more. */
#define DISK_MAX ((uint64_t)512 << 30)
#define TABLE_HEAD 204u
#define RUN 40u

#define TYPE_ZERO 0u
#define TYPE_RAW 1u
#define TYPE_ZLIB 0x80000005u
#define TYPE_END 0xffffffffu

struct writing {
	struct mun_outfile *file;
	uint64_t sectors;
	int level;
	uint8_t *
		table; /* "mish", with room for a run of each chunk and an end */
	uint32_t runs;
	uint64_t next; /* byte in the file of the next run */
	uint32_t disk_crc;
	uint32_t file_crc;
};

static int new_scratch(void *ctx, void **out, struct mun_err *e)
{
	const struct writing *w = ctx;

	*out = libdeflate_alloc_compressor(w->level);
	return *out ? 0 : mun_fail_nomem(e, "compressor");
}

static void free_scratch(void *ctx, void *scratch)
{
	(void)ctx;
	libdeflate_free_compressor(scratch);
}

static size_t whole_sectors(size_t len)
{
	return (len + SECTOR - 1) / SECTOR * SECTOR;
}

/*
 * To k->enc: compressed, or as it is where the last sector must be filled up.
 * Both CRCs (of what was read, of what is written) go along in the tag.
 */
static int encode(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	size_t len = whole_sectors(k->len);
	mun_autofree uint8_t *filled = NULL;
	const uint8_t *data = k->data;
	uint32_t crc;

	(void)ctx;
	if (len != k->len) {
		filled = calloc(1, len);
		if (!filled)
			return mun_fail_nomem(e, "last sector");
		memcpy(filled, k->data, k->len);
		data = filled;
	}
	crc = libdeflate_crc32(0, data, len);
	k->enc_len = libdeflate_zlib_compress(k->scratch, data, len, k->enc,
					      len - 1);
	if (!k->enc_len && filled) {
		memcpy(k->enc, filled, len);
		k->enc_len = len;
	}
	k->tag = (uint64_t)crc << 32 |
		 (k->enc_len ? libdeflate_crc32(0, k->enc, k->enc_len) : crc);
	return 0;
}

static uint32_t append_crc(uint32_t crc, uint32_t more, size_t len)
{
	return (uint32_t)crc32_combine(crc, more, (z_off_t)len);
}

static void add_run(struct writing *w, uint32_t type, uint64_t sector,
		    uint64_t sectors, uint64_t bytes)
{
	uint8_t *p = w->table + TABLE_HEAD + (size_t)RUN * w->runs;

	w->runs++;
	mun_put_be32(p, type);
	mun_put_be32(p + 4, 0);
	mun_put_be64(p + 8, sector);
	mun_put_be64(p + 16, sectors);
	mun_put_be64(p + 24, w->next);
	mun_put_be64(p + 32, bytes);
}

/* Zeros after zeros are one run. */
static void place_zeros(struct writing *w, const struct mun_chunk *k,
			size_t len)
{
	uint8_t *last = w->table + TABLE_HEAD + (size_t)RUN * w->runs - RUN;
	uint64_t sectors = len / SECTOR;
	uint32_t crc = libdeflate_crc32(0, k->data, k->len);

	for (size_t i = k->len; i < len; i++)
		crc = libdeflate_crc32(crc, "", 1);
	w->disk_crc = append_crc(w->disk_crc, crc, len);
	if (w->runs && mun_be32(last) == TYPE_ZERO)
		mun_put_be64(last + 16, mun_be64(last + 16) + sectors);
	else
		add_run(w, TYPE_ZERO, k->off / SECTOR, sectors, 0);
}

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct writing *w = ctx;
	size_t len = whole_sectors(k->len);

	(void)e;
	if (k->zero) {
		place_zeros(w, k, len);
		return 0;
	}
	k->out = k->enc_len ? k->enc : k->data;
	k->out_len = k->enc_len ? k->enc_len : len;
	k->out_off = w->next;
	add_run(w, k->out_len < len ? TYPE_ZLIB : TYPE_RAW, k->off / SECTOR,
		len / SECTOR, k->out_len);
	w->disk_crc = append_crc(w->disk_crc, (uint32_t)(k->tag >> 32), len);
	w->file_crc = append_crc(w->file_crc, (uint32_t)k->tag, k->out_len);
	w->next += k->out_len;
	return 0;
}

static void put_sum(uint8_t *p, uint32_t crc)
{
	mun_put_be32(p, MUN_DMG_CRC32);
	mun_put_be32(p + 4, 32);
	mun_put_be32(p + 8, crc);
}

/* Its head, and the run that ends it; bytes. */
static size_t end_table(struct writing *w)
{
	uint8_t *t = w->table;

	add_run(w, TYPE_END, w->sectors, 0, 0);
	memcpy(t, "mish", 4);
	mun_put_be32(t + 4, 1);
	mun_put_be64(t + 16, w->sectors);
	/* Sectors that a decoder needs room for, and a few */
	mun_put_be32(t + 32, (uint32_t)(CHUNK / SECTOR) + 8);
	mun_put_be32(t + 36, 0xfffffffe); /* the whole disk */
	put_sum(t + 64, w->disk_crc);
	mun_put_be32(t + 200, w->runs);
	return TABLE_HEAD + (size_t)RUN * w->runs;
}

static void add_base64(struct mun_str *s, const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t n = MUN_MIN(len - i, 3);
		uint32_t v = (uint32_t)p[i] << 16;
		char four[5] = "====";

		v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= n > 2 ? p[i + 2] : 0;
		for (size_t k = 0; k <= n; k++, v <<= 6)
			four[k] = digits[v >> 18 & 63];
		mun_str_add(s, four);
		if (i % 57 == 54)
			mun_str_add_char(s, '\n');
	}
}

static int make_list(struct writing *w, struct mun_str *s, char **out,
		     struct mun_err *e)
{
	static const char name[] = "whole disk (unknown partition : 0)";
	size_t len = end_table(w);

	mun_str_add(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		       "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		       "<plist version=\"1.0\">\n<dict>\n"
		       "<key>resource-fork</key>\n<dict>\n"
		       "<key>blkx</key>\n<array>\n<dict>\n"
		       "<key>Attributes</key>\n<string>0x0050</string>\n");
	mun_str_addf(s, "<key>CFName</key>\n<string>%s</string>\n", name);
	mun_str_add(s, "<key>Data</key>\n<data>\n");
	add_base64(s, w->table, len);
	mun_str_add(s, "\n</data>\n<key>ID</key>\n<string>0</string>\n");
	mun_str_addf(s, "<key>Name</key>\n<string>%s</string>\n", name);
	mun_str_add(s, "</dict>\n</array>\n</dict>\n</dict>\n</plist>\n");
	return mun_str_take(s, out, e);
}

static void make_trailer(const struct writing *w, uint64_t list,
			 const uint8_t *identity, uint8_t *k)
{
	uint8_t sum[4];

	mun_put_be32(sum, w->disk_crc);
	memset(k, 0, MUN_KOLY_BYTES);
	memcpy(k, "koly", 4);
	mun_put_be32(k + 4, 4);
	mun_put_be32(k + 8, MUN_KOLY_BYTES);
	mun_put_be32(k + 12, 1);
	mun_put_be64(k + 32, w->next);
	mun_put_be32(k + 56, 1);
	mun_put_be32(k + 60, 1);
	memcpy(k + 64, identity, 16);
	put_sum(k + 80, w->file_crc);
	mun_put_be64(k + 216, w->next);
	mun_put_be64(k + 224, list);
	put_sum(k + 352, libdeflate_crc32(0, sum, sizeof(sum)));
	mun_put_be32(k + 488, 1);
	mun_put_be64(k + 492, w->sectors);
}

static int write_end(struct writing *w, const uint8_t *identity,
		     struct mun_err *e)
{
	struct mun_str s = { 0 };
	mun_autofree char *list = NULL;
	uint8_t koly[MUN_KOLY_BYTES];
	size_t len;
	int rc = make_list(w, &s, &list, e);

	if (rc)
		return rc;
	len = strlen(list);
	make_trailer(w, len, identity, koly);
	rc = mun_outfile_write(w->file, list, len, w->next, e);
	return rc ? rc
		  : mun_outfile_write(w->file, koly, sizeof(koly),
				      w->next + len, e);
}

static int write_runs(const struct mun_write *write, struct writing *w,
		      struct mun_err *e)
{
	static const struct mun_chunks_ops ops = {
		.scratch_new = new_scratch,
		.scratch_free = free_scratch,
		.encode = encode,
		.place = place,
	};
	struct mun_chunks c = mun_vdisk_chunks(write, w->file, CHUNK, &ops, w);
	uint64_t chunks = w->sectors / (CHUNK / SECTOR) + 2;
	int rc;

	c.enc_room = CHUNK;
	w->table = calloc(1, TABLE_HEAD + (size_t)chunks * RUN);
	if (!w->table)
		return mun_fail_nomem(e, "table of runs");
	rc = mun_chunks_run(&c, e);
	return rc ? rc : write_end(w, c.identity, e);
}

static int take_options(const struct mun_write_options *o, struct writing *w,
			struct mun_err *e)
{
	uint64_t level;
	int rc = mun_write_number(o, "level", 6, 1, 12, &level, e);

	if (!rc)
		w->level = (int)level;
	return rc;
}

static int udif_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	struct writing w = { .file = NULL };
	int rc = take_options(o, &w, e);

	return rc ? rc : mun_vdisk_plan(img, SECTOR, DISK_MAX, "UDIF", loss, e);
}

static int udif_write(const struct mun_write *write, struct mun_err *e)
{
	struct writing w = {
		.sectors = mun_vdisk_bytes(write->img, SECTOR) / SECTOR,
	};
	int rc = take_options(write->options, &w, e);

	if (!rc)
		rc = mun_output_file(write->out, NULL, &w.file, e);
	if (!rc)
		rc = write_runs(write, &w, e);
	free(w.table);
	return rc;
}

const struct mun_writer mun_write_udif = {
	.name = "udif",
	.title = "Apple Disk Image (UDIF), zlib",
	.suffixes = "dmg",
	.keys = "level",
	.help = "level=1..12",
	.plan = udif_plan,
	.write = udif_write,
};
