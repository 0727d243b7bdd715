/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make.c - small images, built byte by byte */
#include "tests/image/make.h"

#include "core/bytes.h"
#include "tests/support/support.h"

#include <zlib.h>

void put_le16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, v & 0xffff);
	put_le16(p + 2, v >> 16);
}

static void put_both16(uint8_t *p, uint32_t v)
{
	put_le16(p, v);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void put_both32(uint8_t *p, uint32_t v)
{
	put_le32(p, v);
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(v >> (24 - 8 * i));
}

const struct make_fat make_1440k = {
	.sector_bytes = 512,
	.cluster_sectors = 1,
	.reserved = 1,
	.fats = 2,
	.root_entries = 224,
	.sectors = 2880,
	.media = 0xf0,
	.fat16_sectors = 9,
	.sectors_per_track = 18,
	.heads = 2,
};

static void make_boot(uint8_t *disk, const struct make_fat *f)
{
	uint8_t *extended = disk + (f->fat16_sectors ? 38 : 66);

	memcpy(disk, "\xeb\x3c\x90MUNIMENT", 11);
	put_le16(disk + 11, f->sector_bytes);
	disk[13] = (uint8_t)f->cluster_sectors;
	put_le16(disk + 14, f->reserved);
	disk[16] = (uint8_t)f->fats;
	put_le16(disk + 17, f->root_entries);
	if (f->sectors <= 0xffff && f->fat16_sectors)
		put_le16(disk + 19, f->sectors);
	else
		put_le32(disk + 32, f->sectors);
	disk[21] = f->media;
	put_le16(disk + 22, f->fat16_sectors);
	put_le16(disk + 24, f->sectors_per_track);
	put_le16(disk + 26, f->heads);
	if (!f->fat16_sectors) {
		put_le32(disk + 36, f->fat32_sectors);
		put_le32(disk + 44, f->root_cluster);
	}
	if (f->boot_label) {
		extended[0] = 0x29;
		memcpy(extended + 5, f->boot_label, 11);
	}
	disk[510] = 0x55;
	disk[511] = 0xaa;
}

void make_fat(uint8_t *disk, const struct make_fat *f)
{
	uint32_t each = f->fat16_sectors ? f->fat16_sectors : f->fat32_sectors;
	uint32_t root = f->reserved + f->fats * each;

	make_boot(disk, f);
	for (uint32_t i = 0; i < f->fats; i++) {
		uint8_t *fat = disk + (size_t)(f->reserved + i * each) *
					      f->sector_bytes;

		memcpy(fat, "\0\xff\xff\x0f", 4);
		fat[0] = f->media;
	}
	if (!f->fat16_sectors)
		root += (f->root_cluster - 2) * f->cluster_sectors;
	if (f->root_label) {
		memcpy(disk + (size_t)root * f->sector_bytes, f->root_label,
		       11);
		disk[(size_t)root * f->sector_bytes + 11] = 0x08;
	}
}

void make_mbr_entry(uint8_t *sector, unsigned int i, uint8_t status,
		    uint8_t type, uint32_t start, uint32_t sectors)
{
	uint8_t *p = sector + 446 + (size_t)16 * i;

	p[0] = status;
	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, sectors);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

void make_gpt_sum(uint8_t *header, const uint8_t *entries)
{
	uint64_t bytes =
		(uint64_t)mun_le32(header + 80) * mun_le32(header + 84);

	if (bytes <= 65536)
		put_le32(header + 88, (uint32_t)crc32(0, entries, (uInt)bytes));
	put_le32(header + 16, 0);
	put_le32(header + 16, (uint32_t)crc32(0, header, 92));
}

static void make_gpt_header(uint8_t *h, uint32_t own, uint32_t other,
			    uint32_t entries_at, const uint8_t *entries)
{
	memcpy(h, "EFI PART\0\0\1\0", 12);
	put_le32(h + 12, 92);
	put_le32(h + 24, own);
	put_le32(h + 32, other);
	put_le32(h + 72, entries_at);
	put_le32(h + 80, 128);
	put_le32(h + 84, 128);
	make_gpt_sum(h, entries);
}

void make_gpt(uint8_t *disk, size_t bytes, unsigned int n)
{
	uint32_t last = (uint32_t)(bytes / 512 - 1);
	uint8_t *entries = disk + 1024;

	make_mbr_entry(disk, 0, 0, 0xee, 1, last);
	for (unsigned int i = 0; i < n; i++) {
		memset(entries + (size_t)128 * i, 0xa5, 32);
		put_le32(entries + (size_t)128 * i + 32, 64 + 8 * i);
		put_le32(entries + (size_t)128 * i + 40, 64 + 8 * i + 7);
	}
	memcpy(disk + (size_t)(last - 32) * 512, entries, (size_t)128 * 128);
	make_gpt_header(disk + 512, 1, last, 2, entries);
	make_gpt_header(disk + (size_t)last * 512, last, 1, last - 32, entries);
}

uint8_t *make_descriptor(uint8_t *disk, uint32_t at, uint8_t type)
{
	uint8_t *d = disk + (size_t)at * 2048;

	d[0] = type;
	memcpy(d + 1, "CD001\1", 6);
	return d;
}

void make_iso(uint8_t *disk, uint32_t sectors, const char *volume_id)
{
	uint8_t *d = make_descriptor(disk, 16, 1);

	memset(d + 8, ' ', 64);
	memcpy(d + 40, volume_id, strlen(volume_id));
	put_both32(d + 80, sectors);
	put_both16(d + 120, 1);
	put_both16(d + 124, 1);
	put_both16(d + 128, 2048);
	put_both32(d + 132, 10);
	d[156] = 34;
	put_both32(d + 158, 19);
	put_both32(d + 166, 2048);
	d[881] = 1;
	make_descriptor(disk, 17, 255);
}

struct seen look(const uint8_t *disk, size_t bytes, const char *format)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct seen seen = { 0 };
	struct mun_err e = { 0 };
	char text[512];

	if (mun_source_from_memory(disk, bytes, &src, &e) ||
	    mun_image_open(src, NULL, format, &img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	seen.img = *img;
	seen.track = img->tracks[0];
	seen.format = img->driver->name;
	seen.img.tracks = NULL;
	seen.img.src = NULL;
	return seen;
}

int look_fails(const uint8_t *disk, size_t bytes, const char *format,
	       char *text, size_t text_size)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_err e = { 0 };
	int rc;

	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	rc = mun_image_open(src, NULL, format, &img, &e);
	assert_int_not_equal(rc, 0);
	assert_null(img);
	if (text)
		mun_err_text(&e, text, text_size, 0);
	return rc;
}
