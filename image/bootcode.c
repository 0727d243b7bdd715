/* SPDX-License-Identifier: Apache-2.0 */
/* image/bootcode.c - what the code in a boot sector of a PC is there for */
#include "image/bootcode.h"

#include "core/bytes.h"
#include "core/check.h"

#include <string.h>

/* Fewer bytes than this do nothing: a loop, a halt. */
#define CODE_LEAST 16u

struct known {
	const char *text; /* as it stands in the sector; may hold NULs */
	size_t bytes;
	const char *name;
};

#define KNOWN(text, name) \
	{ \
		(text), sizeof(text) - 1, (name) \
	}

/*
 * Names of files as a FAT's directory has them, 8 and 3, or as the loader has
 * them.  The longer ones first: what is found first counts.
 */
static const struct known files[] = {
	KNOWN("IO      SYS", "IO.SYS"),
	KNOWN("IBMBIO  COM", "IBMBIO.COM"),
	KNOWN("ibmbio  com", "IBMBIO.COM"),
	KNOWN("DRBIOS  SYS", "DRBIOS.SYS"),
	KNOWN("DRDOS   SYS", "DRDOS.SYS"),
	KNOWN("DRBIO   SYS", "DRBIO.SYS"),
	KNOWN("WINBOOT SYS", "WINBOOT.SYS"),
	KNOWN("JO      SYS", "JO.SYS"),
	KNOWN("KERNEL  SYS", "KERNEL.SYS"),
	KNOWN("OS2BOOT    ", "OS2BOOT"),
	KNOWN("OS2LDR", "OS2LDR"),
	KNOWN("NTLDR      ", "NTLDR"),
	KNOWN("NTLDR", "NTLDR"),
	KNOWN("SETUPLDRBIN", "SETUPLDR.BIN"),
	KNOWN("BOOTMGR", "BOOTMGR"),
	KNOWN("B\0O\0O\0T\0M\0G\0R\0", "BOOTMGR"),
	KNOWN("N\0T\0L\0D\0R\0", "NTLDR"),
	KNOWN("LDLINUX SYS", "LDLINUX.SYS"),
	KNOWN("FREELDR SYS", "FREELDR.SYS"),
	KNOWN("LOADER  BIN", "LOADER.BIN"),
	KNOWN("LOADER  SYS", "LOADER.SYS"),
	KNOWN("MSXDOS  SYS", "MSXDOS.SYS"),
	KNOWN("haiku_loader", "haiku_loader"),
};

static const struct known loaders[] = {
	KNOWN("GRUB", "GRUB"),
	KNOWN("LILO", "LILO"),
	KNOWN("SYSLINUX", "SYSLINUX"),
	KNOWN("EXTLINUX", "EXTLINUX"),
	KNOWN("isolinux", "ISOLINUX"),
	KNOWN("Minix", "Minix"),
	KNOWN("BeOS", "BeOS"),
	KNOWN("FreeBSD", "FreeBSD"),
	KNOWN("Loading system", "Linux"),
};

/* What a boot sector says that was made by a formatter, not by a system. */
static const char *const excuses[] = {
	"This is not a bootable disk",
	"is not bootable",
	"not a bootable",
	"Not a boot",
	"NOT BOOTABLE",
	"Non-System disk",
	"Non-System Disk",
	"Non-system disk",
	"NON-SYSTEM",
	"not a system disk",
	"Not a system disk",
	"No system on disk",
	"non-bootable",
	"Non-bootable",
	"No operating system",
	"no operating system",
	"No boot device",
};

static const char *find_known(const struct known *list, size_t n,
			      const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (memmem(p, len, list[i].text, list[i].bytes))
			return list[i].name;
	return NULL;
}

/* Reads sector 1 of the first hard disk, and goes on there: what mtools puts
 * on floppies. */
static const uint8_t passes_on[] = { 0xba, 0x80, 0x00, 0xb9,
				     0x01, 0x00, 0xcd, 0x13 };

static bool excuses_itself(const uint8_t *p, size_t len)
{
	if (memmem(p, len, passes_on, sizeof(passes_on)))
		return true;
	for (size_t i = 0; i < MUN_COUNT(excuses); i++)
		if (memmem(p, len, excuses[i], strlen(excuses[i])))
			return true;
	return false;
}

/* Of one value all through (00, F6, E5, F4: halt), or next to nothing. */
static bool is_code(const uint8_t *p, size_t len)
{
	size_t others = 0;

	for (size_t i = 0; i < len; i++)
		others += p[i] != p[len - 1] && p[i] != 0;
	return others >= CODE_LEAST;
}

void mun_bootcode_look(const uint8_t *sector, size_t len, size_t code,
		       size_t end, struct mun_bootcode *out)
{
	memset(out, 0, sizeof(*out));
	if (len < 512 || end > len || code >= end)
		return;
	out->is_signed = sector[510] == 0x55 && sector[511] == 0xaa;
	if (!is_code(sector + code, end - code))
		return;
	out->loads = find_known(files, MUN_COUNT(files), sector, len);
	out->loader = find_known(loaders, MUN_COUNT(loaders), sector, len);
	out->boots = MUN_BOOTS_CODE;
	if (!out->loads && !out->loader && excuses_itself(sector, len))
		out->boots = MUN_BOOTS_DATA;
}

bool mun_bootcode_atari(const uint8_t sector[static 512])
{
	unsigned int sum = 0;

	for (size_t i = 0; i < 512; i += 2)
		sum += mun_be16(sector + i);
	return (sum & 0xffff) == 0x1234;
}
