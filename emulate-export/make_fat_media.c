/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_fat_media.c - floppies and disks as DOS formats them */
#include "emulate-export/make_fat.h"

#include <inttypes.h>

#include "core/check.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define SMALLEST_DISK (4 * MIB)
#define LARGEST_DISK (2048 * GIB - MIB)
#define DISK_TRACK 63u
#define MOST_CYLINDERS 1024u
#define DISK_ROOT 512u
#define FAT32_RESERVED 32u
/* A volume near the limit of its kind is taken for the other by some. */
#define MOST_FAT12 4068u
#define MOST_FAT16 65508u

static const struct {
	const char *name;
	uint16_t sectors;
	uint8_t cluster;
	uint8_t fat;
	uint8_t root;
	uint8_t media;
	uint8_t heads;
	uint8_t track;
} floppies[] = {
	{ "160K", 320, 1, 1, 64, 0xFE, 1, 8 },
	{ "180K", 360, 1, 2, 64, 0xFC, 1, 9 },
	{ "320K", 640, 2, 1, 112, 0xFF, 2, 8 },
	{ "360K", 720, 2, 2, 112, 0xFD, 2, 9 },
	{ "720K", 1440, 2, 3, 112, 0xF9, 2, 9 },
	{ "1.2M", 2400, 1, 7, 224, 0xF9, 2, 15 },
	{ "1.44M", 2880, 1, 9, 224, 0xF0, 2, 18 },
	{ "2.88M", 5760, 2, 9, 240, 0xF0, 2, 36 },
};

const uint64_t mun_make_fat_sizes[] = {
	368640,    737280,    1228800,    1474560,      2949120,
	10 * MIB,  20 * MIB,  32 * MIB,   64 * MIB,     128 * MIB,
	256 * MIB, 512 * MIB, 1 * GIB,    2 * GIB,      4 * GIB,
	8 * GIB,   16 * GIB,  32 * GIB,   64 * GIB,     128 * GIB,
	256 * GIB, 512 * GIB, 1024 * GIB, LARGEST_DISK, 0,
};

bool mun_make_fat_floppy(struct mun_make_fat_plan *q, uint64_t bytes)
{
	for (size_t i = 0; i < MUN_COUNT(floppies); i++) {
		uint32_t n = floppies[i].sectors;

		if ((uint64_t)n * MUN_MAKE_FAT_SECTOR != bytes)
			continue;
		q->floppy = floppies[i].name;
		q->medium = n;
		q->sectors = n;
		q->start = 0;
		q->bits = 12;
		q->cluster = floppies[i].cluster;
		q->reserved = 1;
		q->fat = floppies[i].fat;
		q->root = floppies[i].root;
		q->media = floppies[i].media;
		q->heads = floppies[i].heads;
		q->track = floppies[i].track;
		q->cylinders = n / (q->heads * q->track);
		q->data = 1 + 2 * q->fat +
			  q->root * MUN_MAKE_FAT_ENTRY / MUN_MAKE_FAT_SECTOR;
		q->clusters = (n - q->data) / q->cluster;
		return true;
	}
	return false;
}

/* As the BIOS counts: the fewest heads with which the cylinders suffice. */
static void choose_geometry(struct mun_make_fat_plan *q, uint64_t sectors)
{
	static const uint32_t heads[] = { 16, 32, 64, 128, 255 };

	q->track = DISK_TRACK;
	for (size_t i = 0; i < MUN_COUNT(heads); i++) {
		q->heads = heads[i];
		if (sectors / ((uint64_t)q->heads * q->track) <= MOST_CYLINDERS)
			break;
	}
	q->cylinders = (uint32_t)(sectors / ((uint64_t)q->heads * q->track));
}

/*
 * FAT12 below 16 MiB, FAT16 to 2 GiB, FAT32 above, with the clusters of DOS 5
 * and Windows 95; @most: sectors of the volume.
 */
static void choose_clusters(struct mun_make_fat_plan *q)
{
	static const struct {
		uint64_t most;
		uint8_t bits;
		uint8_t cluster;
	} rows[] = {
		{ 32680, 12, 8 },     { 262144, 16, 4 },
		{ 524288, 16, 8 },    { 1048576, 16, 16 },
		{ 2097152, 16, 32 },  { 4194304, 16, 64 },
		{ 16777216, 32, 8 },  { 33554432, 32, 16 },
		{ 67108864, 32, 32 }, { UINT64_MAX, 32, 64 },
	};
	size_t i = 0;

	while (rows[i].most < q->sectors)
		i++;
	q->bits = rows[i].bits;
	q->cluster = rows[i].cluster;
	q->reserved = q->bits == 32 ? FAT32_RESERVED : 1;
	q->root = q->bits == 32 ? 0 : DISK_ROOT;
}

/* The clusters that there are with a FAT of @fat sectors, and the sectors that
 * a FAT of so many clusters needs. */
static uint32_t clusters_with(const struct mun_make_fat_plan *q, uint64_t fat)
{
	uint64_t data = q->reserved + 2 * fat +
			q->root * MUN_MAKE_FAT_ENTRY / MUN_MAKE_FAT_SECTOR;

	return data < q->sectors ? (uint32_t)((q->sectors - data) / q->cluster)
				 : 0;
}

static uint32_t fat_for(const struct mun_make_fat_plan *q, uint32_t clusters)
{
	uint64_t bits = ((uint64_t)clusters + 2) * q->bits;
	uint64_t per = UINT64_C(8) * MUN_MAKE_FAT_SECTOR;

	return (uint32_t)((bits + per - 1) / per);
}

static void place(struct mun_make_fat_plan *q)
{
	uint32_t most = q->bits == 12   ? MOST_FAT12
			: q->bits == 16 ? MOST_FAT16
					: UINT32_MAX;

	/* More sectors for the FAT leave fewer clusters: it comes to rest. */
	q->fat = 1;
	while (fat_for(q, clusters_with(q, q->fat)) > q->fat)
		q->fat = fat_for(q, clusters_with(q, q->fat));
	while (q->fat > 1 &&
	       fat_for(q, clusters_with(q, q->fat - 1)) <= q->fat - 1)
		q->fat--;
	q->clusters = clusters_with(q, q->fat);
	q->data = q->reserved + 2 * q->fat +
		  q->root * MUN_MAKE_FAT_ENTRY / MUN_MAKE_FAT_SECTOR;
	if (q->clusters > most) {
		q->clusters = most;
		q->fat = fat_for(q, most);
		q->data = q->reserved + 2 * q->fat +
			  q->root * MUN_MAKE_FAT_ENTRY / MUN_MAKE_FAT_SECTOR;
		q->sectors = q->data + q->clusters * q->cluster;
	}
}

int mun_make_fat_disk(struct mun_make_fat_plan *q, uint64_t bytes,
		      bool partition, struct mun_err *e)
{
	uint64_t sectors = bytes / MUN_MAKE_FAT_SECTOR;

	if (bytes < SMALLEST_DISK || bytes > LARGEST_DISK)
		return mun_fail(e, MUN_EINVAL,
				"size %" PRIu64 ": floppies have 160K, 180K, "
				"320K, 360K, 720K, 1.2M, 1.44M or 2.88M, disks "
				"4M to 2047G",
				bytes);
	q->floppy = NULL;
	q->media = 0xF8;
	choose_geometry(q, sectors);
	/* Whole cylinders: emulators ask for their number. */
	q->medium = (uint64_t)q->cylinders * q->heads * q->track;
	q->start = partition ? q->track : 0;
	q->sectors = (uint32_t)(q->medium - q->start);
	choose_clusters(q);
	place(q);
	return 0;
}
