/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_fat.c - FAT volumes of PCs, of the Atari ST, and of MSX
 *
 * All three have the same tables; who made one shows in the boot sector.  Atari
 * has a jump of the 68000 (60h), or none that an 8086 could take, its words add
 * up to 1234h where it is to be run, and bytes 8 to 10 are a number.  MSX has a
 * jump for show (EB FE) and at 1Eh code of the Z80, or at 20h "VOL_ID".  Before
 * PC DOS 2.0 nothing was there but code: the media byte of the FAT tells all.
 */
#include "image/fat_dir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

enum maker { OF_PC, OF_ATARI, OF_MSX, OF_DOS1 };

struct found {
	uint8_t boot[512];
	struct mun_fat fat;
	enum maker maker;
	struct mun_fs_names names;
	uint64_t efi; /* cluster of the folder, 0: none */
	uint64_t efi_boot;
	char efi_loader[32];
	uint64_t auto_folder; /* of an Atari */
	char auto_program[32];
};

/* ---- who made it ---- */

/* A jump of the 8086 that leads into the sector. */
static bool has_jump(const uint8_t *boot)
{
	unsigned int to;

	if (boot[0] == 0xeb)
		return boot[1] < 0x80 || boot[1] == 0xfe;
	to = 3u + mun_le16(boot + 1);
	return boot[0] == 0xe9 && to > 11 && to < 510;
}

static bool is_signed(const uint8_t *boot)
{
	return boot[510] == 0x55 && boot[511] == 0xaa;
}

static bool is_msx(const uint8_t *boot)
{
	if (memcmp(boot + 0x20, "VOL_ID", 6) == 0 ||
	    memcmp(boot + 3, "NEXTOR", 6) == 0)
		return true;
	/* RET NC, then LD (nn),DE: what MSX-DOS 1 writes. */
	return boot[0] == 0xeb && boot[1] == 0xfe && boot[0x1e] == 0xd0 &&
	       boot[0x1f] == 0xed;
}

static enum maker maker_of(const uint8_t *boot)
{
	if (is_msx(boot))
		return OF_MSX;
	if (mun_bootcode_atari(boot) || boot[0] == 0x60)
		return OF_ATARI;
	if (!has_jump(boot) && !is_signed(boot))
		return OF_ATARI;
	return OF_PC;
}

/* ---- PC DOS 1 ---- */

/* Only on floppies of 8 and 9 sectors a track, of which the sizes are known. */
static bool lay_out_by_media(uint8_t media, uint64_t size, struct mun_fat *out)
{
	static const struct {
		uint8_t media;
		uint32_t sectors;
		uint32_t cluster;
		uint32_t fat;
		uint32_t root;
		uint32_t per_track;
		uint32_t heads;
	} known[] = {
		{ 0xfe, 320, 1, 1, 64, 8, 1 },
		{ 0xff, 640, 2, 1, 112, 8, 2 },
		{ 0xfc, 360, 1, 2, 64, 9, 1 },
		{ 0xfd, 720, 2, 2, 112, 9, 2 },
	};

	for (size_t i = 0; i < MUN_COUNT(known); i++) {
		if (known[i].media != media ||
		    (uint64_t)known[i].sectors * 512 != size)
			continue;
		*out = (struct mun_fat){
			.type = MUN_FAT12,
			.sector_bytes = 512,
			.cluster_sectors = known[i].cluster,
			.reserved = 1,
			.fats = 2,
			.fat_sectors = known[i].fat,
			.root_entries = known[i].root,
			.sectors = known[i].sectors,
			.sectors_per_track = known[i].per_track,
			.heads = known[i].heads,
			.media = media,
			.fat_follows = true,
		};
		out->data = 1 + 2 * out->fat_sectors + out->root_entries / 16;
		out->clusters = (uint32_t)(out->sectors - out->data) /
				out->cluster_sectors;
		return true;
	}
	return false;
}

/* Both copies of the FAT must be there, and agree. */
static int probe_dos1(const struct mun_fs_place *p, struct found *f,
		      struct mun_err *e)
{
	uint8_t first[512];
	uint8_t second[512];
	struct mun_fat fat;
	int rc = mun_peek(p->src, first, sizeof(first), 512, e);

	if (rc)
		return rc;
	if (p->part || first[1] != 0xff || first[2] != 0xff ||
	    !lay_out_by_media(first[0], p->src->size, &fat))
		return 0;
	rc = mun_peek(p->src, second, sizeof(second),
		      (uint64_t)(1 + fat.fat_sectors) * 512, e);
	if (rc || memcmp(first, second, sizeof(first)) != 0)
		return rc;
	f->fat = fat;
	f->maker = OF_DOS1;
	return 0;
}

/* A hard disk of an Atari has entries of 16 bits, however few they are. */
static bool is_atari_disk(const struct mun_fs_place *p, const struct found *f)
{
	const struct mun_fat *fat = &f->fat;

	return fat->type == MUN_FAT12 && p->part &&
	       (strcmp(p->part->type, "GEM") == 0 ||
		strcmp(p->part->type, "BGM") == 0) &&
	       (uint64_t)fat->fat_sectors * fat->sector_bytes >=
		       ((uint64_t)fat->clusters + 2) * 2;
}

static int probe(const struct mun_fs_place *p, struct found *f,
		 struct mun_err *e)
{
	int rc = mun_peek(p->src, f->boot, sizeof(f->boot), 0, e);

	if (!rc)
		rc = mun_fat_probe(p->src, &f->fat, e);
	if (rc)
		return rc;
	f->maker = maker_of(f->boot);
	/* A boot sector alone may be what is left of an older volume. */
	if (f->fat.type != MUN_FAT_NONE && !f->fat.fat_follows &&
	    !(is_signed(f->boot) && has_jump(f->boot)))
		f->fat.type = MUN_FAT_NONE;
	if (is_atari_disk(p, f))
		f->fat.type = MUN_FAT16;
	return f->fat.type == MUN_FAT_NONE ? probe_dos1(p, f, e) : 0;
}

/* ---- what it says ---- */

static void put_serial(const struct found *f, struct mun_contents_volume *v)
{
	const uint8_t *extended =
		f->boot + (f->fat.type == MUN_FAT32 ? 64 : 36);

	if (f->maker == OF_ATARI) {
		mun_contents_text(v->serial, sizeof(v->serial), "%02X%02X%02X",
				  f->boot[8], f->boot[9], f->boot[10]);
		return;
	}
	if (f->maker != OF_PC || (extended[2] != 0x29 && extended[2] != 0x28))
		return;
	mun_contents_text(v->serial, sizeof(v->serial), "%04X-%04X",
			  mun_le16(extended + 5), mun_le16(extended + 3));
}

static void describe(const struct mun_fs_place *p, const struct found *f,
		     struct mun_contents_volume *v)
{
	static const char *const of[] = {
		[OF_PC] = "",
		[OF_ATARI] = " (Atari ST)",
		[OF_MSX] = " (MSX)",
		[OF_DOS1] = " (before DOS 2.0)",
	};
	const struct mun_fat *fat = &f->fat;

	mun_contents_text(v->fs, sizeof(v->fs), "fat%d", (int)fat->type);
	mun_contents_text(v->title, sizeof(v->title), "FAT%d%s", (int)fat->type,
			  of[f->maker]);
	mun_contents_text(v->puid, sizeof(v->puid), "fmt/1087");
	v->bytes = fat->sectors * fat->sector_bytes;
	v->block_bytes = fat->cluster_sectors * fat->sector_bytes;
	v->damaged = !fat->fat_follows || v->bytes > p->src->size;
	if (f->maker == OF_PC || f->maker == OF_MSX)
		mun_label(f->boot + 3, 8, MUN_LABEL_CP437, v->oem,
			  sizeof(v->oem));
	put_serial(f, v);
}

/* ---- whether it boots ---- */

static void root_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	mun_fs_names_add(&f->names, entry->name, entry->is_dir);
	if (entry->is_dir && strcmp(entry->name, "EFI") == 0)
		f->efi = entry->at;
	if (entry->is_dir && strcmp(entry->name, "AUTO") == 0)
		f->auto_folder = entry->at;
}

static void auto_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;
	size_t len = strlen(entry->name);

	if (!entry->is_dir && len > 4 && !f->auto_program[0] &&
	    strcmp(entry->name + len - 4, ".PRG") == 0)
		mun_contents_text(f->auto_program, sizeof(f->auto_program),
				  "%s", entry->name);
}

static void efi_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	if (entry->is_dir && strcmp(entry->name, "BOOT") == 0)
		f->efi_boot = entry->at;
}

static void efi_boot_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	if (!entry->is_dir && mun_fs_is_efi_loader(entry->name) &&
	    !f->efi_loader[0])
		mun_contents_text(f->efi_loader, sizeof(f->efi_loader), "%s",
				  entry->name);
}

/* Of Atari and MSX only what their own boot sector says counts. */
static void judge_boot(const struct found *f, struct mun_contents *c,
		       struct mun_contents_volume *v)
{
	struct mun_bootcode code;
	bool msxdos;

	if (mun_bootcode_atari(f->boot)) {
		mun_contents_add_mark(c, v, "atari-boot",
				      "boot sector adds up to 1234h");
		v->boots = MUN_BOOTS_YES;
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "the boot sector adds up to 1234h, as the "
				  "Atari asks of what it runs");
		return;
	}
	if (f->maker == OF_ATARI) {
		mun_contents_text(v->boot_text, sizeof(v->boot_text),
				  "the boot sector does not add up to 1234h");
		return;
	}
	mun_bootcode_look(f->boot, sizeof(f->boot),
			  f->fat.type == MUN_FAT32 ? 90 : 30, 510, &code);
	if (f->maker != OF_MSX) {
		mun_fs_pc_boot(c, v, &code, &f->names);
		return;
	}
	msxdos = mun_contents_mark(c, v, "msx-boot") != NULL;
	mun_contents_add_mark(c, v, "msx-boot", "boot sector of MSX-DOS");
	v->boots = msxdos ? MUN_BOOTS_YES : MUN_BOOTS_CODE;
	mun_contents_text(v->boot_text, sizeof(v->boot_text),
			  "boot sector of MSX-DOS, MSXDOS.SYS is %s the root",
			  msxdos ? "in" : "not in");
}

/* A disk may be formatted by a PC, and have been used on an Atari: its system
 * is in ROM, and runs what is in the folder AUTO. */
static void used_on_atari(const struct found *f, struct mun_contents *c,
			  struct mun_contents_volume *v)
{
	if (f->maker != OF_ATARI &&
	    (f->maker != OF_PC || v->boots > MUN_BOOTS_DATA ||
	     mun_contents_mark(c, v, "dos-programs") ||
	     (!f->auto_program[0] &&
	      !mun_contents_mark(c, v, "atari-programs"))))
		return;
	mun_contents_text(v->title, sizeof(v->title), "FAT%d (Atari ST)",
			  (int)f->fat.type);
	if (!f->auto_program[0] || v->boots == MUN_BOOTS_YES)
		return;
	v->boots = MUN_BOOTS_YES;
	mun_contents_text(v->boot_text, sizeof(v->boot_text),
			  "AUTO/%s, which the system in ROM runs",
			  f->auto_program);
}

static int read_directories(const struct mun_fs_place *p, struct found *f,
			    struct mun_contents_volume *v, struct mun_err *e)
{
	int rc = mun_fat_label_in(p->src, &f->fat, MUN_LABEL_CP437, v->label,
				  sizeof(v->label), e);

	if (!rc)
		rc = mun_fat_list(p->src, &f->fat, 0, root_entry, f, e);
	if (!rc && f->auto_folder)
		rc = mun_fat_list(p->src, &f->fat, f->auto_folder, auto_entry,
				  f, e);
	if (!rc && f->efi)
		rc = mun_fat_list(p->src, &f->fat, f->efi, efi_entry, f, e);
	if (!rc && f->efi_boot)
		rc = mun_fat_list(p->src, &f->fat, f->efi_boot, efi_boot_entry,
				  f, e);
	return rc;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct found *f = calloc(1, sizeof(*f));
	struct mun_contents_volume *v;
	int rc;

	if (!f)
		return mun_fail_nomem(e, "FAT volume");
	mun_fs_names_start(&f->names, MUN_NAMES_DOS);
	rc = probe(p, f, e);
	if (rc || f->fat.type == MUN_FAT_NONE)
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	describe(p, f, v);
	rc = read_directories(p, f, v, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&f->names, out, v);
	judge_boot(f, out, v);
	used_on_atari(f, out, v);
	if (f->efi_loader[0])
		mun_fs_efi_boot(out, v, f->efi_loader);
	return 0;
}

const struct mun_fs_finder mun_fs_fat = {
	.name = "fat",
	.find = find,
};
