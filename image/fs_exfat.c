/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_exfat.c - exFAT
 *
 * Microsoft, "exFAT file system specification".  Little-endian boot sector:
 *	3  "EXFAT   "			96  u32 first cluster of the root
 *	72 u64 sectors			100 u32 serial number
 *	80 u32 sector of the FAT	108 u8 log2 of bytes in a sector
 *	88 u32 sector of cluster 2	109 u8 log2 of sectors in a cluster
 *	92 u32 clusters
 * Directory entries of 32 bytes: 83h the label (1 u8 length, 2 UTF-16); 85h a
 * file (4 u16 attributes, 10h a folder), c0h its length (3 u8 of the name) and
 * c1h 15 characters of its name each (from 2).
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define ENTRY 32u
#define NAME_BYTES 510u
#define NAME_PIECE 30u

struct exfat {
	struct mun_source *src;
	uint64_t fat; /* byte */
	uint64_t heap; /* byte of cluster 2 */
	uint64_t cluster; /* bytes */
	uint32_t clusters;
	struct mun_fs_names names;
	char label[129];
	/* Of the file whose entries are being read: */
	bool is_dir;
	size_t name_len; /* bytes that it will have */
	size_t name_got;
	uint8_t name[NAME_BYTES];
	bool end;
	uint64_t done; /* bytes of the directory */
};

static bool parse(const uint8_t *s, struct exfat *x)
{
	unsigned int sector = s[108];
	unsigned int cluster = s[109];

	if (memcmp(s + 3, "EXFAT   ", 8) != 0 || sector < 9 || sector > 12 ||
	    cluster > 25 - sector)
		return false;
	x->fat = (uint64_t)mun_le32(s + 80) << sector;
	x->heap = (uint64_t)mun_le32(s + 88) << sector;
	x->cluster = (uint64_t)1 << (sector + cluster);
	x->clusters = mun_le32(s + 92);
	return x->clusters > 0;
}

static void put_name(struct exfat *x, const uint8_t *piece)
{
	size_t n = MUN_MIN(x->name_len - x->name_got, (size_t)NAME_PIECE);
	char text[256];

	memcpy(x->name + x->name_got, piece, n);
	x->name_got += n;
	if (!n || x->name_got < x->name_len)
		return;
	mun_label(x->name, x->name_len, MUN_LABEL_UCS2LE, text, sizeof(text));
	mun_fs_names_add(&x->names, text, x->is_dir);
	x->name_len = x->name_got = 0;
}

static void give(struct exfat *x, const uint8_t *p)
{
	switch (p[0]) {
	case 0x00:
		x->end = true;
		break;
	case 0x83:
		mun_label(p + 2, MUN_MIN((size_t)p[1], (size_t)11) * 2,
			  MUN_LABEL_UCS2LE, x->label, sizeof(x->label));
		break;
	case 0x85:
		x->is_dir = (mun_le16(p + 4) & 0x10) != 0;
		x->name_len = x->name_got = 0;
		break;
	case 0xc0:
		x->name_len = (size_t)p[3] * 2;
		break;
	case 0xc1:
		put_name(x, p + 2);
		break;
	default:
		break;
	}
}

static int read_cluster(struct exfat *x, uint64_t off, struct mun_err *e)
{
	uint8_t buf[512];

	for (uint64_t i = 0; i < x->cluster && !x->end; i += sizeof(buf)) {
		int rc = mun_peek(x->src, buf, sizeof(buf), off + i, e);

		if (rc)
			return rc;
		for (size_t k = 0; k < sizeof(buf) && !x->end; k += ENTRY)
			give(x, buf + k);
		x->done += sizeof(buf);
		x->end |= x->done >= MUN_FS_DIR_BYTES_MAX;
	}
	return 0;
}

static int read_root(struct exfat *x, uint32_t cluster, struct mun_err *e)
{
	while (!x->end) {
		uint8_t next[4];
		uint64_t off;
		int rc;

		if (cluster < 2 || cluster - 2 >= x->clusters)
			return 0;
		off = x->heap + (cluster - 2) * x->cluster;
		if (off >= x->src->size)
			return 0;
		rc = read_cluster(x, off, e);
		if (!rc)
			rc = mun_peek(x->src, next, sizeof(next),
				      x->fat + (uint64_t)4 * cluster, e);
		if (rc)
			return mun_ctx(e, "root directory");
		cluster = mun_le32(next);
	}
	return 0;
}

static void describe(const struct mun_fs_place *p, const struct exfat *x,
		     const uint8_t *s, struct mun_contents_volume *v)
{
	mun_contents_text(v->fs, sizeof(v->fs), "exfat");
	mun_contents_text(v->title, sizeof(v->title), "exFAT");
	mun_contents_text(v->puid, sizeof(v->puid), "fmt/1609");
	mun_contents_text(v->oem, sizeof(v->oem), "EXFAT");
	mun_contents_text(v->serial, sizeof(v->serial), "%04X-%04X",
			  mun_le16(s + 102), mun_le16(s + 100));
	v->block_bytes = (uint32_t)x->cluster;
	if (ckd_mul(&v->bytes, mun_le64(s + 72), (uint64_t)1 << s[108]) ||
	    v->bytes > INT64_MAX)
		v->bytes = 0;
	v->damaged = !v->bytes || v->bytes > p->src->size;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct exfat *x = calloc(1, sizeof(*x));
	struct mun_contents_volume *v;
	struct mun_bootcode code;
	uint8_t s[512];
	int rc;

	if (!x)
		return mun_fail_nomem(e, "exFAT volume");
	rc = mun_peek(p->src, s, sizeof(s), 0, e);
	if (rc || !parse(s, x))
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	x->src = p->src;
	describe(p, x, s, v);
	mun_fs_names_start(&x->names, MUN_NAMES_DOS);
	rc = read_root(x, mun_le32(s + 96), e);
	if (rc)
		return rc;
	mun_contents_text(v->label, sizeof(v->label), "%s", x->label);
	mun_fs_names_mark(&x->names, out, v);
	mun_bootcode_look(s, sizeof(s), 120, 510, &code);
	mun_fs_pc_boot(out, v, &code, &x->names);
	return 0;
}

const struct mun_fs_finder mun_fs_exfat = {
	.name = "exfat",
	.find = find,
};
