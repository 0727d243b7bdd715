/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fat.c - the boot sector of a FAT volume, and the volume's name
 *
 *	11 u16 bytes per sector		24 u16 sectors per track
 *	13 u8  sectors per cluster	26 u16 heads
 *	14 u16 reserved sectors		32 u32 sectors, where 19 is 0
 *	16 u8  FATs			FAT12, FAT16:
 *	17 u16 root entries		  38 u8 28 or 29; 43 label[11] with 29
 *	19 u16 sectors			FAT32:
 *	21 u8  media			  36 u32 sectors per FAT
 *	22 u16 sectors per FAT		  44 u32 root cluster
 *					  66 u8 28 or 29; 71 label[11] with 29
 *
 * All little-endian.  A directory entry has 32 bytes: name[11], then the
 * attributes.
 */
#include "image/fat.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define ENTRY_BYTES 32u
#define ATTR_VOLUME 0x08
#define ATTR_LONG_NAME 0x0f
#define ATTR_MASK 0x3f

/* The type follows from the number of clusters and from nothing else. */
#define FAT12_CLUSTERS 4085u
#define FAT16_CLUSTERS 65525u

static bool is_power_of_2(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static void read_fields(const uint8_t *boot, struct mun_fat *fat)
{
	bool fat32 = mun_le16(boot + 22) == 0;
	const uint8_t *extended = boot + (fat32 ? 66 : 38);

	memset(fat, 0, sizeof(*fat));
	fat->sector_bytes = mun_le16(boot + 11);
	fat->cluster_sectors = boot[13];
	fat->reserved = mun_le16(boot + 14);
	fat->fats = boot[16];
	fat->root_entries = mun_le16(boot + 17);
	fat->sectors = mun_le16(boot + 19);
	if (fat->sectors == 0)
		fat->sectors = mun_le32(boot + 32);
	fat->media = boot[21];
	fat->fat_sectors = fat32 ? mun_le32(boot + 36) : mun_le16(boot + 22);
	fat->sectors_per_track = mun_le16(boot + 24);
	fat->heads = mun_le16(boot + 26);
	if (fat32)
		fat->root_cluster = mun_le32(boot + 44);
	if (extended[0] == 0x29)
		memcpy(fat->boot_label, extended + 5, sizeof(fat->boot_label));
}

static bool fields_are_possible(const struct mun_fat *fat)
{
	/* 8 and 16 KiB: large partitions of an Atari's hard disk, whose
	 * "sectors" these are only here. */
	uint32_t most = fat->media == 0xf8 ? 16384 : 4096;

	if (!is_power_of_2(fat->sector_bytes) || fat->sector_bytes < 128 ||
	    fat->sector_bytes > most)
		return false;
	if (!is_power_of_2(fat->cluster_sectors) || fat->reserved == 0)
		return false;
	if (fat->fats < 1 || fat->fats > 4 || fat->fat_sectors == 0)
		return false;
	return fat->media == 0xf0 || fat->media >= 0xf8;
}

/* Where the data begin, and how many clusters there are: from all the others,
 * in 64 bits, which their widths cannot overflow. */
static bool lay_out(struct mun_fat *fat)
{
	uint64_t root = ((uint64_t)fat->root_entries * ENTRY_BYTES +
			 fat->sector_bytes - 1) /
			fat->sector_bytes;
	uint64_t clusters;

	fat->data =
		fat->reserved + (uint64_t)fat->fats * fat->fat_sectors + root;
	if (fat->data >= fat->sectors)
		return false;
	clusters = (fat->sectors - fat->data) / fat->cluster_sectors;
	if (clusters == 0 || clusters > UINT32_MAX)
		return false;
	fat->clusters = (uint32_t)clusters;
	return true;
}

/* The type, or NONE where the fields of one type stand beside another's. */
static enum mun_fat_type type_of(const struct mun_fat *fat, bool fat32)
{
	if (fat32)
		return fat->root_entries == 0 && fat->root_cluster >= 2 &&
				       fat->root_cluster - 2 < fat->clusters
			       ? MUN_FAT32
			       : MUN_FAT_NONE;
	if (fat->root_entries == 0)
		return MUN_FAT_NONE;
	return fat->clusters < FAT12_CLUSTERS   ? MUN_FAT12
	       : fat->clusters < FAT16_CLUSTERS ? MUN_FAT16
						: MUN_FAT_NONE;
}

/* Is each FAT long enough to have an entry for every cluster? */
static bool fat_is_long_enough(const struct mun_fat *fat)
{
	uint64_t bits = ((uint64_t)fat->clusters + 2) * (uint64_t)fat->type;

	return (uint64_t)fat->fat_sectors * fat->sector_bytes >= (bits + 7) / 8;
}

bool mun_fat_parse(const uint8_t boot[static 512], struct mun_fat *out)
{
	bool fat32 = mun_le16(boot + 22) == 0;

	read_fields(boot, out);
	if (!fields_are_possible(out) || !lay_out(out))
		return false;
	out->type = type_of(out, fat32);
	if (out->type != MUN_FAT_NONE && !fat_is_long_enough(out))
		out->type = MUN_FAT_NONE;
	return out->type != MUN_FAT_NONE;
}

int mun_fat_probe(struct mun_source *src, struct mun_fat *out,
		  struct mun_err *e)
{
	uint8_t boot[512];
	uint8_t fat[4];
	int rc;

	rc = mun_peek(src, boot, sizeof(boot), 0, e);
	if (rc)
		return mun_ctx(e, "boot sector");
	if (!mun_fat_parse(boot, out))
		return 0;
	rc = mun_peek(src, fat, sizeof(fat),
		      (uint64_t)out->reserved * out->sector_bytes, e);
	if (rc)
		return mun_ctx(e, "file allocation table");
	/* The Atari ST writes F7 there whatever the boot sector says. */
	out->fat_follows = fat[0] >= 0xf0 && fat[1] == 0xff && fat[2] == 0xff;
	return 0;
}

/* Is this the entry that names the volume?  Sets *@end at the last one. */
static bool is_label(const uint8_t *entry, bool *end)
{
	uint8_t attr = entry[11] & ATTR_MASK;

	*end = entry[0] == 0;
	return !*end && entry[0] != 0xe5 && attr != ATTR_LONG_NAME &&
	       (attr & ATTR_VOLUME) != 0;
}

/* The volume entry among @bytes of directory at byte @off; found or not.  What
 * lies past the end of a cut image reads as the end of the directory. */
static int find_label(struct mun_source *src, uint64_t off, uint64_t bytes,
		      uint8_t name[static 11], bool *found, struct mun_err *e)
{
	uint8_t buf[512];
	bool end = false;

	*found = false;
	for (uint64_t done = 0; done < bytes && !end; done += sizeof(buf)) {
		size_t len = (size_t)MUN_MIN(bytes - done, sizeof(buf));
		int rc = mun_peek(src, buf, len, off + done, e);

		if (rc)
			return mun_ctx(e, "root directory");
		for (size_t i = 0; i + ENTRY_BYTES <= len && !end;
		     i += ENTRY_BYTES) {
			*found = is_label(buf + i, &end);
			if (!*found)
				continue;
			memcpy(name, buf + i, 11);
			/* A name cannot begin with E5: 05 stands for it. */
			if (name[0] == 0x05)
				name[0] = 0xe5;
			return 0;
		}
	}
	return 0;
}

int mun_fat_label(struct mun_source *src, const struct mun_fat *fat, char *out,
		  size_t size, struct mun_err *e)
{
	return mun_fat_label_in(src, fat, MUN_LABEL_BYTES, out, size, e);
}

int mun_fat_label_in(struct mun_source *src, const struct mun_fat *fat,
		     enum mun_label_code code, char *out, size_t size,
		     struct mun_err *e)
{
	static const char no_name[] = "NO NAME    ";
	uint64_t bytes = (uint64_t)fat->root_entries * ENTRY_BYTES;
	uint64_t root = fat->data * fat->sector_bytes;
	uint8_t name[11];
	bool found;
	int rc;

	out[0] = '\0';
	if (fat->type == MUN_FAT32) {
		bytes = (uint64_t)fat->cluster_sectors * fat->sector_bytes;
		root += (uint64_t)(fat->root_cluster - 2) * bytes;
	} else {
		root -= (bytes + fat->sector_bytes - 1) / fat->sector_bytes *
			fat->sector_bytes;
	}
	rc = find_label(src, root, bytes, name, &found, e);
	if (rc)
		return rc;
	if (!found) {
		if (memcmp(fat->boot_label, no_name, sizeof(name)) == 0)
			return 0;
		memcpy(name, fat->boot_label, sizeof(name));
	}
	mun_label(name, sizeof(name), code, out, size);
	return 0;
}
