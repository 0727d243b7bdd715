/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_cpm_dir.c - the directory of CP/M, and the disks it is known of
 *
 * CP/M 2.2 Operating System Manual, section 5; CP/M Plus Programmer's Guide,
 * 3.  An entry of 32 bytes: 0 user (E5h: free; 20h: label; 21h: times), 1 name
 * of 8 and type of 3 with attributes in bit 7, 12 extent, 14 its high part, 15
 * records, 16 blocks, of 8 bits where the disk has at most 256, else of 16.
 * The disks: the definitions that come with cpmtools; the guides of the
 * machines.
 */
#include "image/fs_cpm.h"

#include "core/bytes.h"

#include <string.h>

#define ENTRY 32u
#define FREE 0xe5u
#define USERS 32u /* 16 and above: passwords of CP/M 3 */
#define LABEL 0x20u
#define TIMES 0x21u

static const uint8_t apple_order[] = { 0,  6, 12, 3, 9,  15, 14, 5,
				       11, 2, 8,  7, 13, 4,  10, 1 };
static const uint8_t apple_blocks[] = { 0, 9,  3, 12, 6, 15, 1, 10,
					4, 13, 7, 8,  2, 11, 5, 14 };

#define CPC "cpm-amstrad-cpc"

const struct mun_cpm_format mun_cpm_formats[] = {
	{ "CP/M, AMSDOS (Amstrad CPC data)", CPC, 512, 9, 40, 0, 1024, 64, 0,
	  0xc1, 0, NULL },
	{ "CP/M (Amstrad CPC system)", CPC, 512, 9, 40, 2, 1024, 64, 0, 0x41, 0,
	  NULL },
	{ "CP/M, AMSDOS (Amstrad CPC data)", CPC, 512, 9, 40, 0, 1024, 64, 0, 0,
	  0, NULL },
	{ "CP/M (Amstrad CPC system)", CPC, 512, 9, 40, 2, 1024, 64, 0, 0, 0,
	  NULL },
	{ "CP/M (Amstrad PCW, Spectrum +3)", "cpm-amstrad-pcw", 512, 9, 40, 1,
	  1024, 64, 0, 0, 0, NULL },
	{ "CP/M-86 (IBM PC, one side)", "cpm-86", 512, 8, 40, 1, 1024, 64, 0, 0,
	  0, NULL },
	{ "CP/M-86 (IBM PC, two sides)", "cpm-86", 512, 8, 80, 2, 2048, 64, 0,
	  0, 0, NULL },
	{ "CP/M-86 (3.5-inch, 720K)", "cpm-86", 512, 9, 160, 2, 2048, 256, 0, 0,
	  0, NULL },
	{ "CP/M-86 (3.5-inch, 1440K)", "cpm-86", 512, 18, 160, 2, 4096, 256, 0,
	  0, 0, NULL },
	{ "CP/M-68K (Sage)", "cpm-68k", 512, 8, 160, 2, 2048, 128, 0, 0, 0,
	  NULL },
	{ "CP/M (8-inch, IBM 3740)", NULL, 128, 26, 77, 2, 1024, 64, 6, 0, 0,
	  NULL },
	{ "CP/M (Kaypro II)", "cpm-kaypro", 512, 10, 40, 1, 1024, 64, 0, 0, 0,
	  NULL },
	{ "CP/M (Kaypro 4)", "cpm-kaypro", 512, 10, 80, 1, 2048, 64, 0, 0, 0,
	  NULL },
	{ "CP/M (Osborne 1, single density)", "cpm-osborne", 256, 10, 40, 3,
	  2048, 64, 2, 0, 0, NULL },
	{ "CP/M (Osborne 1, double density)", "cpm-osborne", 1024, 5, 40, 3,
	  1024, 64, 0, 0, 0, NULL },
	{ "CP/M (DEC Rainbow)", "cpm-dec", 512, 10, 80, 2, 2048, 128, 2, 0, 0,
	  NULL },
	{ "CP/M (Epson QX-10)", "cpm-epson", 512, 20, 40, 2, 2048, 128, 0, 0, 0,
	  NULL },
	{ "CP/M (Ampro, two sides)", "cpm-ampro", 1024, 5, 160, 2, 2048, 256, 0,
	  0, 0, NULL },
	{ "CP/M (Apple II, sectors of DOS)", "cpm-apple2", 256, 16, 35, 3, 1024,
	  64, 0, 0, 0, apple_order },
	{ "CP/M (Apple II, blocks of ProDOS)", "cpm-apple2", 256, 16, 35, 3,
	  1024, 64, 0, 0, 0, apple_blocks },
	{ NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL },
};

uint32_t mun_cpm_blocks(const struct mun_cpm_format *f)
{
	uint32_t tracks =
		f->tracks > f->reserved ? (uint32_t)f->tracks - f->reserved : 0;

	return tracks * f->sectors * f->sector / f->block;
}

/* Characters that the console processor takes for something else. */
static bool is_name(const uint8_t *name)
{
	bool over = false;

	for (size_t i = 0; i < 11; i++) {
		uint8_t c = name[i] & 0x7f;

		if (i == 8)
			over = false;
		if (c == ' ')
			over = true;
		else if (over || c < ' ' || c > '~' || strchr("<>,;:=?*[]", c))
			return false;
	}
	return (name[0] & 0x7f) != ' ';
}

static bool is_type(const uint8_t *entry, const char *type)
{
	for (size_t i = 0; i < 3; i++)
		if ((entry[9 + i] & 0x7f) != type[i])
			return false;
	return true;
}

/* The blocks of an entry: each of the disk, behind the directory. */
static bool look_blocks(const struct mun_cpm_format *f, const uint8_t *entry,
			uint8_t *used, struct mun_cpm_dir *out)
{
	uint32_t blocks = mun_cpm_blocks(f);
	uint32_t first = (f->entries * ENTRY + f->block - 1u) / f->block;
	size_t width = blocks > 256 ? 2 : 1;
	bool any = false;

	for (size_t i = 0; i < 16 / width; i++) {
		uint32_t b = width == 2 ? mun_le16(entry + 16 + 2 * i)
					: entry[16 + i];

		if (!b)
			continue;
		if (b < first || b >= blocks || b >= MUN_CPM_BLOCKS_MOST)
			return false;
		any = true;
		if (used[b / 8] >> b % 8 & 1)
			out->shared = true;
		used[b / 8] |= (uint8_t)(1u << b % 8);
	}
	/* Records without a block to be in. */
	if (!any && entry[15])
		return false;
	out->files += any;
	return true;
}

/* Entries that are no files but draw something when a CPC lists them: control
 * characters, and not a byte of a file.  Where IDs vouch for the rest. */
static bool is_drawn(const struct mun_cpm_format *f, const uint8_t *entry)
{
	static const uint8_t none[16];

	return f->id && !entry[15] && !memcmp(entry + 16, none, sizeof(none));
}

static bool look_file(const struct mun_cpm_format *f, const uint8_t *entry,
		      uint8_t *used, struct mun_cpm_dir *out)
{
	out->entries++;
	if (is_drawn(f, entry))
		return true;
	if (!is_name(entry + 1) || entry[12] > 31 || entry[14] > 63)
		return false;
	if (entry[0] >= 16)
		return true; /* a password: no blocks */
	if (memcmp(entry + 1, "DISK    ", 8) == 0 && is_type(entry, "   "))
		out->disk = true;
	if (is_type(entry, "EMS") || is_type(entry, "EMT"))
		out->ems = true;
	return entry[15] <= 128 && look_blocks(f, entry, used, out);
}

bool mun_cpm_look(const struct mun_cpm_format *f, const uint8_t *dir,
		  struct mun_cpm_dir *out)
{
	uint8_t used[MUN_CPM_BLOCKS_MOST / 8] = { 0 };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < f->entries; i++) {
		const uint8_t *entry = dir + ENTRY * i;

		if (entry[0] == FREE || entry[0] == TIMES)
			continue;
		if (entry[0] == LABEL && is_name(entry + 1))
			memcpy(out->label, entry + 1, sizeof(out->label));
		else if (entry[0] >= USERS || !look_file(f, entry, used, out))
			return false;
	}
	return true;
}
