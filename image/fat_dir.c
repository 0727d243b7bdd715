/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fat_dir.c - directories of a FAT volume
 *
 * An entry of 32 bytes: 0 name[11] in 8 and 3, 11 attributes (8 the volume,
 * 16 a directory), 20 and 26 u16 its first cluster, 28 u32 bytes.
 */
#include "image/fat_dir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_BYTES 32u
#define ATTR_VOLUME 0x08
#define ATTR_DIR 0x10

struct walk {
	struct mun_source *src;
	const struct mun_fat *fat;
	mun_fs_entry_fn *fn;
	void *ctx;
	uint32_t entries;
	bool end;
};

/* The entry of @cluster in the FAT; what ends a chain is no cluster. */
static int next_cluster(const struct walk *w, uint32_t cluster, uint32_t *out,
			struct mun_err *e)
{
	const struct mun_fat *fat = w->fat;
	uint64_t bits = (uint64_t)cluster * (uint64_t)fat->type;
	uint64_t off = (uint64_t)fat->reserved * fat->sector_bytes + bits / 8;
	uint8_t p[4] = { 0 };
	int rc = mun_peek(w->src, p, sizeof(p), off, e);

	if (rc)
		return mun_ctx(e, "file allocation table");
	if (fat->type == MUN_FAT32)
		*out = mun_le32(p) & 0x0fffffff;
	else if (fat->type == MUN_FAT16)
		*out = mun_le16(p);
	else
		*out = bits % 8 ? mun_le16(p) >> 4 : mun_le16(p) & 0xfff;
	return 0;
}

/* "IO      SYS" is "IO.SYS"; names of 8 and 3 are of code page 437 here. */
static void put_name(const uint8_t *raw, char *out, size_t size)
{
	uint8_t stem[8];
	char ext[16];
	size_t len;

	memcpy(stem, raw, sizeof(stem));
	if (stem[0] == 0x05)
		stem[0] = 0xe5;
	mun_label(stem, sizeof(stem), MUN_LABEL_CP437, out, size - 16);
	mun_label(raw + 8, 3, MUN_LABEL_CP437, ext, sizeof(ext));
	len = strlen(out);
	if (ext[0])
		(void)snprintf(out + len, size - len, ".%s", ext);
}

static void give(struct walk *w, const uint8_t *p)
{
	struct mun_fs_entry entry = {
		.is_dir = (p[11] & ATTR_DIR) != 0,
		.at = mun_le16(p + 26),
		.bytes = mun_le32(p + 28),
	};

	/* A label, a piece of a long name; "." and "..". */
	if (p[0] == 0xe5 || (p[11] & ATTR_VOLUME) || p[0] == '.')
		return;
	if (w->fat->type == MUN_FAT32)
		entry.at |= (uint64_t)mun_le16(p + 20) << 16;
	put_name(p, entry.name, sizeof(entry.name));
	w->fn(w->ctx, &entry);
}

static int read_part(struct walk *w, uint64_t off, uint64_t bytes,
		     struct mun_err *e)
{
	uint8_t buf[512];

	for (uint64_t done = 0; done < bytes && !w->end; done += sizeof(buf)) {
		size_t len = (size_t)MUN_MIN(bytes - done, sizeof(buf));
		int rc = mun_peek(w->src, buf, len, off + done, e);

		if (rc)
			return mun_ctx(e, "directory");
		for (size_t i = 0; i + ENTRY_BYTES <= len && !w->end;
		     i += ENTRY_BYTES) {
			w->end = buf[i] == 0 ||
				 w->entries++ == MUN_FS_ENTRIES_MAX;
			if (!w->end)
				give(w, buf + i);
		}
	}
	return 0;
}

/* A chain may run in a circle: it is not followed beyond what is read of any
 * directory. */
static int read_chain(struct walk *w, uint32_t cluster, struct mun_err *e)
{
	const struct mun_fat *fat = w->fat;
	uint64_t bytes = (uint64_t)fat->cluster_sectors * fat->sector_bytes;

	for (uint64_t done = 0; done < MUN_FS_DIR_BYTES_MAX && !w->end;
	     done += bytes) {
		uint64_t off = fat->data * fat->sector_bytes;
		int rc;

		if (cluster < 2 || cluster - 2 >= fat->clusters)
			return 0;
		off += (uint64_t)(cluster - 2) * bytes;
		rc = read_part(w, off, bytes, e);
		if (!rc)
			rc = next_cluster(w, cluster, &cluster, e);
		if (rc)
			return rc;
	}
	return 0;
}

int mun_fat_list(struct mun_source *src, const struct mun_fat *fat,
		 uint64_t cluster, mun_fs_entry_fn *fn, void *ctx,
		 struct mun_err *e)
{
	struct walk w = { .src = src, .fat = fat, .fn = fn, .ctx = ctx };
	uint64_t bytes = (uint64_t)fat->root_entries * ENTRY_BYTES;
	uint64_t sectors = (bytes + fat->sector_bytes - 1) / fat->sector_bytes;

	if (cluster > UINT32_MAX)
		return 0;
	if (cluster)
		return read_chain(&w, (uint32_t)cluster, e);
	if (fat->type == MUN_FAT32)
		return read_chain(&w, fat->root_cluster, e);
	return read_part(&w, (fat->data - sectors) * fat->sector_bytes, bytes,
			 e);
}
