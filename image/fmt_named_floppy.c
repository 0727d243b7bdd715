/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_named_floppy.c - floppy formats that are named and kept
 *
 * Where a check reads fields, their offsets are told above it; numbers are
 * little endian unless something else is said.
 */
#include "image/fmt_named.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <string.h>

#define CELLS "cells, flux or track dumps are kept, not decoded to sectors"

/* Records: id, u32 bytes, u32 CRC, big endian; the first has 12 bytes. */
static bool is_caps(const uint8_t *head, const char *second)
{
	return mun_be32(head + 4) == 12 && memcmp(head + 12, second, 4) == 0;
}

static bool check_ipf(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return is_caps(head, "INFO");
}

static bool check_ctraw(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return is_caps(head, "CTEI") || is_caps(head, "CTEX");
}

MUN_NAMED(ipf, "ipf", "IPF of the Software Preservation Society", "ipf",
	  .magic = "CAPS", .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY,
	  .check = check_ipf,
	  .reason = "its decoder has no free licence: kept, not decoded");

MUN_NAMED(ctraw, "ctraw", "CT Raw of the Software Preservation Society",
	  "ctr raw", .magic = "CAPS", .magic_bytes = 4,
	  .medium = MUN_MEDIUM_FLOPPY, .check = check_ctraw,
	  .reason = "its decoder has no free licence: kept, not decoded");

static bool check_mfi(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return memcmp(head, "MAMEFLOPPYIMAGE", 16) == 0 ||
	       memcmp(head, "MESSFLOPPYIMAGE", 16) == 0;
}

MUN_NAMED(mfi, "mfi", "MFI, flux of MAME", "mfi", .medium = MUN_MEDIUM_FLOPPY,
	  .check = check_mfi, .reason = CELLS);

/* 0 id, 4 u32 bytes of the header chunk (4, or 8), big endian. */
static bool check_pce(struct mun_source *src, const uint8_t *head)
{
	uint32_t bytes = mun_be32(head + 4);

	return (bytes == 4 || bytes == 8) && 8 + bytes < src->size;
}

MUN_NAMED(psi, "psi", "PSI, sectors of PCE", "psi", .magic = "PSI ",
	  .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY, .check = check_pce,
	  .reason = "sectors of PCE are kept as they are, not decoded");
MUN_NAMED(pri, "pri", "PRI, bit cells of PCE", "pri", .magic = "PRI ",
	  .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY, .check = check_pce,
	  .reason = CELLS);
MUN_NAMED(pbit, "pbit", "PBIT, bit cells of PCE", "pbit", .magic = "PBIT",
	  .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY, .check = check_pce,
	  .reason = CELLS);

/* 0 5a a5, 2 comments; 256 type, 257 first, 258 last cylinder, 259 sides, 260
 * step. */
static bool check_tc(struct mun_source *src, const uint8_t *head)
{
	return src->size > 0x4000 && head[257] <= head[258] &&
	       head[258] < 100 && head[259] >= 1 && head[259] <= 2 &&
	       head[260] >= 1 && head[260] <= 2;
}

MUN_NAMED(transcopy, "transcopy", "TransCopy", "tc", .magic = "\x5a\xa5",
	  .magic_bytes = 2, .medium = MUN_MEDIUM_FLOPPY, .check = check_tc,
	  .reason = CELLS);

/* 0 ff where protected, 1 tracks, 2 u16 bytes of one, 4 flags (4: one side),
 * 5 zeros, 12 u32 0; a track begins with 64 u16 of where its IDs are. */
static bool check_dmk(struct mun_source *src, const uint8_t *head)
{
	static const uint8_t zeros[11];
	uint32_t bytes = mun_le16(head + 2);
	uint64_t tracks = (uint64_t)head[1] * (head[4] & 0x10 ? 1 : 2);

	if ((head[0] && head[0] != 0xff) || !head[1] || head[1] > 96 ||
	    bytes <= 128 || bytes > 0x4000 ||
	    memcmp(head + 5, zeros, sizeof(zeros)) != 0 ||
	    src->size != 16 + tracks * bytes)
		return false;
	for (size_t i = 16; i < 16 + 128; i += 2) {
		uint32_t at = mun_le16(head + i) & 0x3fffu;

		if (at && (at < 128 || at >= bytes))
			return false;
	}
	return mun_le16(head + 16) != 0;
}

MUN_NAMED(dmk, "dmk", "DMK, track dumps of a TRS-80", "dmk dsk",
	  .medium = MUN_MEDIUM_FLOPPY, .check = check_dmk, .reason = CELLS);

/* 4 u32 bytes without the CRC at the end, 8 version 0. */
static bool check_udi(struct mun_source *src, const uint8_t *head)
{
	return mun_le32(head + 4) + (uint64_t)4 == src->size && head[8] == 0;
}

MUN_NAMED(udi, "udi", "UDI, track dumps of a ZX Spectrum", "udi",
	  .magic = "UDI!", .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY,
	  .check = check_udi, .reason = CELLS);

MUN_NAMED(scl, "scl", "SCL, files of a TR-DOS disk", "scl", .magic = "SINCLAIR",
	  .magic_bytes = 8, .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "holds files of a disk, not its sectors");

MUN_NAMED(nfd, "nfd", "NFD of T98-Next", "nfd", .magic = "T98FDDIMAGE.R",
	  .magic_bytes = 13, .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "sectors of NFD are kept as they are, not decoded");

/* 2 volume name, 14 last cylinder, 15 sectors a track, 16 a byte a track. */
static bool check_hdcopy(struct mun_source *src, const uint8_t *head)
{
	if (src->size < 1024 || head[14] < 39 || head[14] > 85 ||
	    head[15] < 8 || head[15] > 36)
		return false;
	for (size_t i = 16; i < 16 + 2 * (head[14] + (size_t)1); i++)
		if (head[i] > 1)
			return false;
	return true;
}

MUN_NAMED(hdcopy, "hdcopy", "HD-Copy", "img", .magic = "\xff\x18",
	  .magic_bytes = 2, .medium = MUN_MEDIUM_FLOPPY, .check = check_hdcopy,
	  .reason = "tracks compressed by HD-Copy are kept, not decoded");

/* 0 u16 5aaa (compressed), 59aa or 58aa, 4 u16 bytes a sector. */
static bool check_savedskf(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return head[0] == 0xaa && head[1] >= 0x58 && head[1] <= 0x5a &&
	       mun_le16(head + 4) == 512;
}

MUN_NAMED(savedskf, "savedskf", "IBM SaveDskF", "dsk dskf",
	  .medium = MUN_MEDIUM_FLOPPY, .check = check_savedskf,
	  .reason = "sectors of SaveDskF are kept as they are, not decoded");

MUN_NAMED(apridisk, "apridisk", "ApriDisk", "dsk",
	  .magic = "ACT Apricot disk image\x1a\x04", .magic_bytes = 24,
	  .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "sectors of ApriDisk are kept as they are, not decoded");

MUN_NAMED(fluxengine, "fluxengine", "FluxEngine flux", "flux",
	  .magic = "\x08\xf8\xea\xb1\xb3\x04", .magic_bytes = 6,
	  .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "flux is kept as it is, not decoded to sectors");

MUN_NAMED(dms, "dms", "DMS of the Disk Masher System", "dms", .magic = "DMS!",
	  .magic_bytes = 4, .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "tracks compressed by DMS are kept, not decoded");

MUN_NAMED(x64, "x64", "X64, a Commodore disk with a header", "x64",
	  .magic = "C\x15\x41\x64", .magic_bytes = 4,
	  .medium = MUN_MEDIUM_FLOPPY,
	  .reason = "sectors of X64 are kept as they are, not decoded");
