/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/iso_boot.c - the boot catalog of a CD-ROM
 *
 * "El Torito" Bootable CD-ROM Format Specification 1.0.  Entries of 32 bytes:
 *	first	0 u8 1, 1 u8 platform, 4 id[24], 30 55 AA; u16 add up to 0
 *	boot	0 u8 88h (00: not bootable), 1 u8 emulation, 6 u16 sectors of
 *		512 bytes, 8 u32 sector of 2048
 *	section	0 u8 90h (91h: the last), 1 u8 platform, 2 u16 entries
 *	further	0 u8 44h: selection criteria, skipped
 * Platforms: 0 80x86, 1 PowerPC, 2 Macintosh; efh EFI, by its own document.
 */
#include "image/iso_dir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/bootcode.h"
#include "image/driver.h"
#include "image/iso9660.h"

#include <stdio.h>
#include <string.h>

#define ENTRY 32u
#define ENTRIES (MUN_ISO_SECTOR / ENTRY)
#define PLATFORMS 5u

enum platform { X86, PPC, MAC, EFI, OTHER };

struct catalog {
	char text[PLATFORMS][112];
	bool boots[PLATFORMS];
	bool there[PLATFORMS];
	uint8_t other; /* platform id, of OTHER */
};

static enum platform platform_of(uint8_t id)
{
	if (id <= 2)
		return (enum platform)id;
	return id == 0xef ? EFI : OTHER;
}

static const char *emulation(uint8_t media)
{
	static const char *const names[] = {
		"no emulation",        "a floppy of 1.2 MB",
		"a floppy of 1.44 MB", "a floppy of 2.88 MB",
		"a hard disk",
	};

	return (media & 15) < MUN_COUNT(names) ? names[media & 15]
					       : "unknown emulation";
}

static void add(struct catalog *k, uint8_t id, const uint8_t *p)
{
	enum platform which = platform_of(id);
	char *text = k->text[which];
	size_t used = strlen(text);
	size_t room = sizeof(k->text[which]) - used;
	char one[64];

	k->there[which] = true;
	k->boots[which] |= p[0] == 0x88;
	if (which == OTHER)
		k->other = id;
	(void)snprintf(one, sizeof(one), "%s%s at sector %u%s",
		       used ? "; " : "", emulation(p[1]), mun_le32(p + 8),
		       p[0] == 0x88 ? "" : ", not bootable");
	if (strlen(one) < room)
		memcpy(text + used, one, strlen(one) + 1);
}

static bool is_catalog(const uint8_t *p)
{
	unsigned int sum = 0;

	if (p[0] != 1 || p[30] != 0x55 || p[31] != 0xaa)
		return false;
	for (size_t i = 0; i < ENTRY; i += 2)
		sum += mun_le16(p + i);
	return (sum & 0xffff) == 0;
}

static bool is_boot_entry(const uint8_t *p)
{
	return (p[0] == 0x88 || p[0] == 0x00) && mun_le32(p + 8) != 0;
}

/* The sections after the first two entries; each says how many it has. */
static void read_sections(const uint8_t *sector, struct catalog *k)
{
	size_t i = 2;
	bool last = false;

	while (!last && i < ENTRIES) {
		const uint8_t *head = sector + i * ENTRY;
		unsigned int n = mun_le16(head + 2);

		if (head[0] != 0x90 && head[0] != 0x91)
			return;
		last = head[0] == 0x91;
		for (i++; n && i < ENTRIES; i++) {
			const uint8_t *p = sector + i * ENTRY;

			if (p[0] == 0x44)
				continue;
			if (is_boot_entry(p))
				add(k, head[1], p);
			n--;
		}
	}
}

/* Whose loader the first entry of a PC starts. */
static int name_loader(struct mun_source *src, const uint8_t *entry,
		       struct mun_contents *c, struct mun_contents_volume *v,
		       struct mun_err *e)
{
	uint8_t image[MUN_ISO_SECTOR];
	struct mun_bootcode code;
	int rc = mun_peek(src, image, sizeof(image),
			  (uint64_t)mun_le32(entry + 8) * MUN_ISO_SECTOR, e);

	if (rc)
		return mun_ctx(e, "boot image");
	mun_bootcode_look(image, sizeof(image), 0, 510, &code);
	if (code.loader && (strcmp(code.loader, "ISOLINUX") == 0 ||
			    strcmp(code.loader, "SYSLINUX") == 0 ||
			    strcmp(code.loader, "LILO") == 0))
		mun_contents_add_mark(c, v, "linux-system",
				      "%s in the boot image", code.loader);
	if (code.loads && (strcmp(code.loads, "BOOTMGR") == 0 ||
			   strcmp(code.loads, "NTLDR") == 0 ||
			   strcmp(code.loads, "SETUPLDR.BIN") == 0))
		mun_contents_add_mark(c, v, "nt-system",
				      "the boot image loads %s", code.loads);
	if (code.loads && (strcmp(code.loads, "IO.SYS") == 0 ||
			   strcmp(code.loads, "IBMBIO.COM") == 0 ||
			   strcmp(code.loads, "KERNEL.SYS") == 0))
		mun_contents_add_mark(c, v, "dos-system",
				      "the boot image loads %s", code.loads);
	return 0;
}

static void tell(const struct catalog *k, struct mun_contents *c,
		 struct mun_contents_volume *v)
{
	static const struct {
		const char *word;
		const char *name;
	} platforms[PLATFORMS] = {
		[X86] = { "el-torito-x86", "80x86" },
		[PPC] = { "el-torito-ppc", "PowerPC" },
		[MAC] = { "el-torito-mac", "Macintosh" },
		[EFI] = { "el-torito-efi", "EFI" },
		[OTHER] = { "el-torito-other", "other" },
	};
	char names[64] = "";

	for (size_t i = 0; i < PLATFORMS; i++) {
		size_t used = strlen(names);

		if (!k->there[i])
			continue;
		mun_contents_add_mark(c, v, platforms[i].word,
				      "platform %02Xh: %s",
				      i == OTHER ? k->other
				      : i == EFI ? 0xefu
						 : (unsigned int)i,
				      k->text[i]);
		if (!k->boots[i])
			continue;
		v->boots = MUN_BOOTS_YES;
		(void)snprintf(names + used, sizeof(names) - used, "%s%s",
			       used ? ", " : "", platforms[i].name);
	}
	if (v->boots == MUN_BOOTS_YES)
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "boot catalog (El Torito) for %s", names);
	else
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "boot catalog (El Torito), no entry of which "
				  "is bootable");
}

int mun_iso_boot(struct mun_source *src, uint32_t catalog,
		 struct mun_contents *c, struct mun_contents_volume *v,
		 struct mun_err *e)
{
	uint8_t sector[MUN_ISO_SECTOR];
	struct catalog k = { 0 };
	int rc = mun_peek(src, sector, sizeof(sector),
			  (uint64_t)catalog * MUN_ISO_SECTOR, e);

	if (rc)
		return mun_ctx(e, "boot catalog");
	if (!is_catalog(sector)) {
		v->damaged = true;
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "the boot catalog (El Torito) is broken");
		return 0;
	}
	if (is_boot_entry(sector + ENTRY)) {
		add(&k, sector[1], sector + ENTRY);
		if (sector[1] == 0)
			rc = name_loader(src, sector + ENTRY, c, v, e);
	}
	if (rc)
		return rc;
	read_sections(sector, &k);
	tell(&k, c, v);
	return 0;
}
