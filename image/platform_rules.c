/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform_rules.c - the table of signs (docs/platforms.md explains it) */
#include "image/platform_rules.h"

#include "core/check.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define P(name) MUN_PLATFORM_BIT(MUN_PLATFORM_##name)
#define MAC (P(MAC_68K) | P(MAC_PPC))
#define PCS (P(PC_DOS) | P(PC_WIN9X) | P(PC_NT) | P(PC_OS2) | P(PC_UNIX))
#define WINDOWS (P(PC_WIN9X) | P(PC_NT))

/* ---- tests that look at more than one word ---- */

static bool has_mark(const struct mun_platform_view *v, const char *word)
{
	if (!v->c)
		return false;
	for (size_t i = 0; i < v->c->nmarks; i++) {
		if (!strcmp(v->c->marks[i].word, word))
			return true;
	}
	for (size_t i = 0; i < v->c->nvolumes; i++) {
		const struct mun_contents_volume *vol = &v->c->volumes[i];

		for (size_t m = 0; m < vol->nmarks; m++) {
			if (!strcmp(vol->marks[m].word, word))
				return true;
		}
	}
	return false;
}

static const struct mun_contents_volume *
find_fs(const struct mun_platform_view *v, const char *fs)
{
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		if (!strcmp(v->c->volumes[i].fs, fs))
			return &v->c->volumes[i];
	}
	return NULL;
}

/* A FAT that is the whole of a floppy disk. */
static const struct mun_contents_volume *
floppy_fat(const struct mun_platform_view *v)
{
	const struct mun_contents_volume *vol = find_fs(v, "fat12");

	return vol && v->f->medium == MUN_MEDIUM_FLOPPY && !vol->part ? vol
								      : NULL;
}

/* Cylinders, heads and sectors; what is not known is left out. */
static bool geometry_is(const struct mun_platform_view *v, uint32_t cylinders,
			uint32_t heads, uint32_t sectors)
{
	const struct mun_geometry *g = &v->f->geometry;

	return g->cylinders == cylinders && g->heads == heads &&
	       g->sectors == sectors;
}

static void say_fat(const struct mun_platform_view *v,
		    const struct mun_contents_volume *vol, const char *what,
		    char *why, size_t size)
{
	(void)snprintf(why, size, "%s of %" PRIu64 "K, %s", vol->title,
		       v->f->bytes / 1024, what);
}

/* 3.5-inch, double density, one side or two: DOS, TOS and MSX-DOS agree. */
static bool is_shared_size(const struct mun_platform_view *v)
{
	return geometry_is(v, 80, 2, 9) || geometry_is(v, 80, 1, 9) ||
	       geometry_is(v, 80, 1, 8) || geometry_is(v, 80, 2, 8) ||
	       (!v->f->geometry.cylinders && v->f->bytes == 737280);
}

/* More than 80 cylinders or 9 sectors of 250 kbit/s: what formatting programs
 * of the ST did, and those of a PC hardly ever. */
static bool is_stretched(const struct mun_platform_view *v)
{
	const struct mun_geometry *g = &v->f->geometry;

	return g->cylinders >= 80 && g->cylinders <= 86 && g->sectors >= 9 &&
	       g->sectors <= 11 && (g->cylinders > 80 || g->sectors > 9);
}

static bool fat_of_shared_size(const struct mun_platform_view *v, char *why,
			       size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || !is_shared_size(v))
		return false;
	say_fat(v, vol, "a size of DOS, Atari ST and MSX disks", why, size);
	return true;
}

static bool fat_of_stretched_size(const struct mun_platform_view *v, char *why,
				  size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || !is_stretched(v))
		return false;
	say_fat(v, vol, "as disks of an Atari ST are stretched", why, size);
	return true;
}

static bool fat_of_1024(const struct mun_platform_view *v, char *why,
			size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || v->f->sector_bytes != 1024 || v->f->bytes != 1261568)
		return false;
	say_fat(v, vol, "sectors of 1024 bytes, 77 cylinders", why, size);
	return true;
}

/* What is left: the sizes that DOS made. */
static bool fat_of_pc_size(const struct mun_platform_view *v, char *why,
			   size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || is_shared_size(v) || is_stretched(v) ||
	    v->f->sector_bytes == 1024)
		return false;
	say_fat(v, vol, "not a size that Atari or MSX formatted", why, size);
	return true;
}

static bool is_fat(const struct mun_contents_volume *vol)
{
	return !strncmp(vol->fs, "fat", 3);
}

/* Boot code in a FAT that is neither Atari's nor of an MSX is of a PC. */
static bool pc_boot_code(const struct mun_platform_view *v, char *why,
			 size_t size)
{
	if (has_mark(v, "atari-boot") || has_mark(v, "msx-boot"))
		return false;
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		const struct mun_contents_volume *vol = &v->c->volumes[i];

		if (!is_fat(vol) || vol->boots == MUN_BOOTS_NO)
			continue;
		(void)snprintf(why, size, "boot sector of a PC: %s",
			       vol->boot_text);
		return true;
	}
	return false;
}

/* Programs of DOS on a disc come from later years. */
static bool programs_on_disc(const struct mun_platform_view *v, char *why,
			     size_t size)
{
	if (v->f->medium != MUN_MEDIUM_OPTICAL || !has_mark(v, "dos-programs"))
		return false;
	(void)snprintf(why, size, "programs of DOS or Windows on a disc");
	return true;
}

static bool programs_on_disk(const struct mun_platform_view *v, char *why,
			     size_t size)
{
	if (v->f->medium == MUN_MEDIUM_OPTICAL || !has_mark(v, "dos-programs"))
		return false;
	(void)snprintf(why, size, "programs of DOS in the root");
	return true;
}

static bool has_mac_volume(const struct mun_platform_view *v)
{
	return find_fs(v, "hfs") || find_fs(v, "hfsplus") ||
	       find_fs(v, "hfsx") || has_mark(v, "hfs-hybrid");
}

static bool has_disc_volume(const struct mun_platform_view *v)
{
	return find_fs(v, "iso9660") || find_fs(v, "high-sierra") ||
	       find_fs(v, "udf");
}

static bool has_pc_sign(const struct mun_platform_view *v)
{
	return has_mark(v, "dos-programs") || has_mark(v, "windows") ||
	       has_mark(v, "autorun");
}

/* A hybrid that has something for both is made for neither. */
static bool disc_for_both(const struct mun_platform_view *v, char *why,
			  size_t size)
{
	if (!has_mac_volume(v) || !has_disc_volume(v) || !has_pc_sign(v))
		return false;
	(void)snprintf(why, size,
		       "a hybrid disc: HFS for a Macintosh, ISO 9660 with "
		       "programs of a PC");
	return true;
}

static bool adfs_of(const struct mun_platform_view *v, bool large, char *why,
		    size_t size)
{
	const struct mun_contents_volume *vol = find_fs(v, "adfs");

	if (!vol || (v->f->bytes > UINT64_C(640) * 1024) != large)
		return false;
	(void)snprintf(why, size, "%s of %" PRIu64 "K", vol->title,
		       v->f->bytes / 1024);
	return true;
}

/* S, M and L: 160K to 640K, of the 8-bit machines. */
static bool adfs_small(const struct mun_platform_view *v, char *why,
		       size_t size)
{
	return adfs_of(v, false, why, size);
}

/* D, E, F and hard disks. */
static bool adfs_large(const struct mun_platform_view *v, char *why,
		       size_t size)
{
	return adfs_of(v, true, why, size);
}

/* The disk file of the CPC also holds what a PC or a Spectrum wrote. */
static bool cpc_container(const struct mun_platform_view *v, char *why,
			  size_t size)
{
	if (strcmp(v->f->format, "dsk") != 0 &&
	    strcmp(v->f->format, "edsk") != 0)
		return false;
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		if (strcmp(v->c->volumes[i].fs, "cpm") != 0)
			return false;
	}
	(void)snprintf(why, size, "image format: %s", v->f->title);
	return true;
}

/* A driver of partitions is on every disk, and on many a disc. */
static bool apple_map(const struct mun_platform_view *v, char *why, size_t size)
{
	if (!v->c || strcmp(v->c->table, "apm") != 0 ||
	    v->f->medium == MUN_MEDIUM_OPTICAL)
		return false;
	(void)snprintf(why, size, "Apple partition map");
	return true;
}

static bool apple_map_of_disc(const struct mun_platform_view *v, char *why,
			      size_t size)
{
	if (!v->c || strcmp(v->c->table, "apm") != 0 ||
	    v->f->medium != MUN_MEDIUM_OPTICAL)
		return false;
	(void)snprintf(why, size, "Apple partition map on a disc");
	return true;
}

/* Windows 95 and later write a number before "IHC" over the OEM id of a disk
 * that is not write-protected. */
static bool oem_ihc(const struct mun_platform_view *v, char *why, size_t size)
{
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		const struct mun_contents_volume *vol = &v->c->volumes[i];
		size_t len = strlen(vol->oem);

		if (!is_fat(vol) || len < 3 ||
		    strcmp(vol->oem + len - 3, "IHC") != 0)
			continue;
		(void)snprintf(why, size,
			       "OEM id ends with IHC: was in a drive of "
			       "Windows 95 or later");
		return true;
	}
	return false;
}

#define FORMAT(what, sign, platform, also) \
	{ \
		MUN_RULE_FORMAT, what, MUN_SIGN_##sign, \
			MUN_PLATFORM_##platform, also, NULL \
	}
#define VARIANT(what, sign, platform, also) \
	{ \
		MUN_RULE_VARIANT, what, MUN_SIGN_##sign, \
			MUN_PLATFORM_##platform, also, NULL \
	}
#define FS(what, sign, platform, also) \
	{ \
		MUN_RULE_FS, what, MUN_SIGN_##sign, MUN_PLATFORM_##platform, \
			also, NULL \
	}
#define OEM(what, sign, platform, also) \
	{ \
		MUN_RULE_OEM, what, MUN_SIGN_##sign, MUN_PLATFORM_##platform, \
			also, NULL \
	}
#define MARK(what, sign, platform, also) \
	{ \
		MUN_RULE_MARK, what, MUN_SIGN_##sign, MUN_PLATFORM_##platform, \
			also, NULL \
	}
#define TABLE(what, sign, platform, also) \
	{ \
		MUN_RULE_TABLE, what, MUN_SIGN_##sign, \
			MUN_PLATFORM_##platform, also, NULL \
	}
#define PART(what, sign, platform, also) \
	{ \
		MUN_RULE_PART, what, MUN_SIGN_##sign, MUN_PLATFORM_##platform, \
			also, NULL \
	}
#define TEST(fn, sign, platform, also) \
	{ \
		MUN_RULE_TEST, #fn, MUN_SIGN_##sign, MUN_PLATFORM_##platform, \
			also, fn \
	}

/* clang-format off */
const struct mun_platform_rule mun_platform_rules[] = {
	/* What starts a machine, or is its system. */
	MARK("dos-system", MADE, PC_DOS, P(PC_WIN9X) | P(PC)),
	MARK("nt-system", MADE, PC_NT, 0),
	MARK("os2-system", MADE, PC_OS2, 0),
	MARK("linux-system", USUAL, PC_UNIX, P(PC)),
	MARK("unix-system", USUAL, PC_UNIX, 0),
	MARK("beos-system", MADE, PC_BEOS, P(MAC_PPC)),
	MARK("el-torito-x86", MADE, PC, PCS),
	MARK("el-torito-efi", USUAL, PC, P(PC_UNIX) | P(PC_NT)),
	MARK("efi-loader", USUAL, PC, P(PC_UNIX) | P(PC_NT)),
	MARK("el-torito-ppc", MADE, MAC_PPC, 0),
	MARK("mac-ppc", MADE, MAC_PPC, 0),
	MARK("mac-system-folder", MADE, MAC_68K, P(MAC_PPC)),
	MARK("mac-boot-blocks", MADE, MAC_68K, P(MAC_PPC)),
	MARK("amiga-boot", MADE, AMIGA, 0),
	MARK("amiga-startup", MADE, AMIGA, 0),
	MARK("atari-boot", MADE, ATARI_ST, 0),
	MARK("msx-boot", MADE, MSX, 0),
	MARK("apple2-dos", MADE, APPLE2, 0),
	MARK("apple2-prodos", MADE, APPLE2, 0),
	MARK("cbm-boot", MADE, C64, 0),
	MARK("cpm-system", USUAL, CPM, P(CPC) | P(SPECTRUM)),
	MARK("playstation", MADE, CONSOLE, 0),
	MARK("cd-i", MADE, CONSOLE, 0),
	MARK("cd-audio", MADE, AUDIO, 0),
	MARK("video-cd", MADE, ANY, WINDOWS | P(MAC_PPC)),
	MARK("dvd-video", MADE, ANY, WINDOWS | P(MAC_PPC)),

	/* File systems that one machine has. */
	FS("mfs", MADE, MAC_68K, P(MAC_PPC)),
	FS("amiga-", MADE, AMIGA, 0),
	FS("cbm-8050", MADE, CBM_PET, 0),
	FS("cbm-", MADE, C64, 0),
	FS("apple-dos33", MADE, APPLE2, 0),
	FS("apple-pascal", MADE, APPLE2, 0),
	FS("prodos", MADE, APPLE2, P(MAC_68K)),
	FS("acorn-dfs", MADE, BBC, 0),
	FS("spectrum-trdos", MADE, SPECTRUM, 0),
	FS("atari-dos", MADE, ATARI_8BIT, 0),
	FS("ntfs", MADE, PC_NT, P(PC_UNIX)),
	FS("hpfs", MADE, PC_OS2, P(PC_NT)),
	FS("hfsplus", MADE, MAC_PPC, P(MAC_68K)),
	TEST(adfs_small, USUAL, BBC, P(ARCHIMEDES)),
	TEST(adfs_large, USUAL, ARCHIMEDES, P(BBC)),

	/* Partition tables. */
	TABLE("rdb", MADE, AMIGA, 0),
	TABLE("ahdi", MADE, ATARI_ST, 0),
	TABLE("sun", MADE, SUN, 0),
	TEST(apple_map, USUAL, MAC_68K, P(MAC_PPC)),
	TEST(apple_map_of_disc, WEAK, MAC_68K, P(MAC_PPC)),
	TABLE("bsd", USUAL, PC_UNIX, P(DEC) | P(SUN)),
	TABLE("gpt", USUAL, PC, P(PC_NT) | P(PC_UNIX)),
	TABLE("mbr", USUAL, PC, PCS),

	/* Image formats of one machine. */
	FORMAT("adf-ext", MADE, AMIGA, 0),
	FORMAT("dms", MADE, AMIGA, 0),
	FORMAT("msa", MADE, ATARI_ST, 0),
	FORMAT("stx", MADE, ATARI_ST, 0),
	FORMAT("dim-atari", MADE, ATARI_ST, 0),
	FORMAT("d64", MADE, C64, 0),
	FORMAT("d71", MADE, C64, 0),
	FORMAT("d81", MADE, C64, 0),
	FORMAT("g64", MADE, C64, 0),
	FORMAT("mnib", MADE, C64, 0),
	FORMAT("x64", MADE, C64, 0),
	FORMAT("d67", MADE, CBM_PET, 0),
	FORMAT("d80", MADE, CBM_PET, 0),
	FORMAT("d82", MADE, CBM_PET, 0),
	FORMAT("atr", MADE, ATARI_8BIT, 0),
	FORMAT("dfs", MADE, BBC, 0),
	FORMAT("trd", MADE, SPECTRUM, 0),
	FORMAT("scl", MADE, SPECTRUM, 0),
	FORMAT("udi", MADE, SPECTRUM, 0),
	FORMAT("nib", MADE, APPLE2, 0),
	FORMAT("2mg", MADE, APPLE2, 0),
	FORMAT("apple2-d13", USUAL, APPLE2, 0),
	FORMAT("moof", MADE, MAC_68K, P(MAC_PPC)),
	FORMAT("nfd", MADE, PC98, 0),
	FORMAT("dim-x68k", MADE, X68000, 0),
	FORMAT("gdi", MADE, CONSOLE, 0),
	FORMAT("ntfsclone", MADE, PC_NT, 0),

	/* Usual on one, and seen on others. */
	VARIANT("Atari ST", USUAL, ATARI_ST, 0),
	VARIANT("ZX Spectrum", USUAL, SPECTRUM, 0),
	VARIANT("Anex86", USUAL, PC98, 0),
	VARIANT("5.25-inch, 1", MADE, APPLE2, 0), /* of WOZ: 13, 16 sectors */
	FORMAT("adf", USUAL, AMIGA, P(ATARI_ST)),
	FORMAT("mgt", USUAL, SPECTRUM, 0),
	FORMAT("hdf", USUAL, SPECTRUM, 0),
	FORMAT("apple2-do", USUAL, APPLE2, 0),
	FORMAT("apple2-po", USUAL, APPLE2, 0),
	FORMAT("woz", USUAL, APPLE2, MAC),
	FORMAT("a2r", USUAL, APPLE2, MAC),
	FORMAT("dc42", USUAL, MAC_68K, P(MAC_PPC) | P(APPLE2)),
	FORMAT("ndif", USUAL, MAC_PPC, P(MAC_68K)),
	FORMAT("udif", USUAL, MAC_PPC, P(MAC_68K)),
	FORMAT("macbinary", WEAK, MAC_68K, P(MAC_PPC)),
	FORMAT("applesingle", WEAK, MAC_68K, P(MAC_PPC)),
	FORMAT("cso", USUAL, CONSOLE, 0),
	FORMAT("luks", USUAL, PC_UNIX, 0),
	FORMAT("86f", USUAL, PC_DOS, P(PC) | P(PC_OS2)),
	TEST(cpc_container, USUAL, CPC, P(SPECTRUM) | P(CPM)),
	FS("hfsx", USUAL, MAC_PPC, 0),
	FS("hfs", USUAL, MAC_68K, P(MAC_PPC)),
	FS("ext", USUAL, PC_UNIX, 0),
	FS("xfs", USUAL, PC_UNIX, 0),
	FS("btrfs", USUAL, PC_UNIX, 0),
	FS("reiserfs", USUAL, PC_UNIX, 0),
	FS("jfs", USUAL, PC_UNIX, P(PC_OS2)),
	FS("minix", USUAL, PC_UNIX, 0),
	FS("ufs", USUAL, PC_UNIX, P(SUN)),
	FS("swap", USUAL, PC_UNIX, 0),
	FS("befs", USUAL, PC_BEOS, P(MAC_PPC)),
	FS("exfat", USUAL, PC_NT, P(PC_UNIX)),
	FS("fat32", USUAL, PC_WIN9X, P(PC_NT) | P(PC_UNIX)),
	FS("cpm", WEAK, CPM, P(CPC) | P(SPECTRUM)),
	FS("romfs", WEAK, PC_UNIX, 0),
	FS("cramfs", WEAK, PC_UNIX, 0),
	FS("squashfs", WEAK, PC_UNIX, 0),
	MARK("windows", USUAL, PC_WIN9X, P(PC_NT)),
	MARK("autorun", USUAL, PC_WIN9X, P(PC_NT)),
	TEST(programs_on_disk, USUAL, PC_DOS, WINDOWS),
	TEST(programs_on_disc, USUAL, PC_WIN9X, P(PC_NT) | P(PC_DOS)),
	MARK("atari-auto", USUAL, ATARI_ST, 0),
	MARK("atari-programs", USUAL, ATARI_ST, 0),
	MARK("cbm-basic", USUAL, C64, P(CBM_PET)),
	TEST(fat_of_1024, USUAL, PC98, P(X68000)),
	TEST(fat_of_stretched_size, USUAL, ATARI_ST, P(PC_DOS)),
	TEST(fat_of_pc_size, USUAL, PC_DOS, WINDOWS | P(PC_OS2)),
	OEM("NEC ", USUAL, PC98, 0),
	OEM("X68", MADE, X68000, 0),
	OEM("Hudson", USUAL, X68000, 0),

	/* One would think of it first. */
	TEST(pc_boot_code, WEAK, PC_DOS, P(PC_WIN9X) | P(PC)),
	TEST(fat_of_shared_size, WEAK, PC_DOS, P(ATARI_ST) | P(MSX)),
	TEST(oem_ihc, WEAK, PC_WIN9X, P(PC_DOS) | P(PC_NT)),
	OEM("MSDOS", WEAK, PC_DOS, WINDOWS),
	OEM("MSWIN4", WEAK, PC_WIN9X, P(PC_DOS)),
	OEM("IBM  20", WEAK, PC_OS2, P(PC_DOS)),
	OEM("IBM 20", WEAK, PC_OS2, P(PC_DOS)),
	OEM("IBM", WEAK, PC_DOS, 0),
	OEM("FRDOS", WEAK, PC_DOS, 0),
	OEM("FreeDOS", WEAK, PC_DOS, 0),
	OEM("DRDOS", WEAK, PC_DOS, 0),
	OEM("DIGITAL", WEAK, PC_DOS, 0),
	OEM("PC Tools", WEAK, PC_DOS, 0),
	OEM("MSX", WEAK, MSX, P(PC_DOS)),
	OEM("mkfs.fat", READS, PC_UNIX, 0),
	OEM("mkdosfs", READS, PC_UNIX, 0),
	FS("fat16", WEAK, PC_DOS, WINDOWS | P(PC_OS2) | P(PC_UNIX)),
	FS("fat12", READS, PC_DOS, 0),
	PART("0x01", WEAK, PC_DOS, WINDOWS),
	PART("0x04", WEAK, PC_DOS, WINDOWS),
	PART("0x06", WEAK, PC_DOS, WINDOWS),
	PART("0x0b", WEAK, PC_WIN9X, P(PC_NT)),
	PART("0x0c", WEAK, PC_WIN9X, P(PC_NT)),
	PART("0x0e", WEAK, PC_WIN9X, P(PC_NT) | P(PC_DOS)),
	PART("0x07", WEAK, PC_NT, P(PC_OS2)),
	PART("0x0a", USUAL, PC_OS2, 0),
	PART("0x35", USUAL, PC_OS2, 0),
	PART("0x80", USUAL, PC_UNIX, 0),
	PART("0x81", USUAL, PC_UNIX, 0),
	PART("0x82", WEAK, PC_UNIX, 0),
	PART("0x83", WEAK, PC_UNIX, 0),
	PART("0x8e", WEAK, PC_UNIX, 0),
	PART("0xa5", WEAK, PC_UNIX, 0),
	PART("0xa6", WEAK, PC_UNIX, 0),
	PART("0xa9", WEAK, PC_UNIX, 0),
	PART("0xeb", USUAL, PC_BEOS, 0),
	PART("Apple_Driver_ATA", WEAK, MAC_PPC, 0),
	PART("Apple_Driver_IOKit", WEAK, MAC_PPC, 0),
	PART("Apple_Bootstrap", USUAL, MAC_PPC, 0),
	PART("Apple_HFS", WEAK, MAC_68K, P(MAC_PPC)),
	PART("Apple_UNIX_SVR2", USUAL, MAC_68K, 0),
	FORMAT("ipf", WEAK, AMIGA, P(ATARI_ST) | P(PC_DOS) | P(SPECTRUM)),
	FORMAT("ctraw", WEAK, AMIGA, P(ATARI_ST) | P(PC_DOS)),
	FORMAT("d88", WEAK, PC98, P(X68000) | P(MSX)),
	FORMAT("td0", WEAK, PC_DOS, P(CPM)),
	FORMAT("cqm", WEAK, PC_DOS, P(CPM)),
	FORMAT("hdcopy", WEAK, PC_DOS, P(PC98)),
	FORMAT("savedskf", WEAK, PC_OS2, P(PC_DOS)),
	FORMAT("imz", READS, PC_DOS, 0),
	FORMAT("apridisk", WEAK, PC_DOS, P(CPM)),
	FORMAT("cloop", WEAK, PC_UNIX, 0),
	FORMAT("partimage", WEAK, PC_UNIX, P(PC_NT)),
	FORMAT("vmdk", WEAK, PC, 0),
	FORMAT("vdi", WEAK, PC, 0),
	FORMAT("vhd", WEAK, PC, P(PC_NT)),
	FORMAT("vhdx", WEAK, PC, P(PC_NT)),
	FORMAT("parallels", WEAK, PC, 0),
	FORMAT("bochs", WEAK, PC, 0),
	MARK("scumm", WEAK, PC_DOS, P(AMIGA) | P(ATARI_ST) | P(MAC_68K)),

	/* What several machines read. */
	TEST(disc_for_both, MADE, ANY, MAC | WINDOWS),
	FS("iso9660", USUAL, ANY, WINDOWS | P(PC_UNIX) | P(MAC_PPC)),
	FS("high-sierra", USUAL, ANY, P(PC_DOS) | P(MAC_68K) | P(PC_UNIX)),
	FS("udf", USUAL, ANY, WINDOWS | P(PC_UNIX) | P(MAC_PPC)),
};
/* clang-format on */
const size_t mun_platform_nrules = MUN_COUNT(mun_platform_rules);
