/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/contents.h - what is in a medium: its partitions, file systems, and
 * whether and with what it boots
 *
 * By plain data of a fixed size, so that it comes out of the sandbox whole.
 * Everything is found by superblocks, directories of the root, and boot blocks:
 * the body is never read.  Texts are clean UTF-8 (core/str.h).
 */
#ifndef MUN_IMAGE_CONTENTS_H
#define MUN_IMAGE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

#define MUN_CONTENTS_PARTS 64u
#define MUN_CONTENTS_VOLUMES 32u
#define MUN_CONTENTS_MARKS 24u

/* One entry of a partition table; containers (extended) are not counted. */
struct mun_contents_part {
	unsigned int number; /* as Linux or the system that made it counts */
	uint64_t off; /* bytes in the medium */
	uint64_t bytes;
	char type[40]; /* as the table says: "0x06", "Apple_HFS", "DOS\3" */
	char name[64]; /* "" if the table has none */
	bool active; /* marked to be booted from */
};

/* What is seen of how a volume or a whole medium starts a machine. */
enum mun_boots {
	MUN_BOOTS_NO, /* nothing that could start */
	MUN_BOOTS_DATA, /* a boot block that only says "not a system disk" */
	MUN_BOOTS_CODE, /* code is there, no system that it could load */
	MUN_BOOTS_YES, /* code, and the system that it loads (or it is its own:
			* a boot block that is checksummed, an El Torito entry)
			*/
};

/*
 * A thing seen that tells platforms apart, as one word and one text: the words
 * are ours and stable, the rules of image/platform.c go by them.
 */
struct mun_mark {
	char word[32]; /* "dos-system", "mac-system-folder", ...: below */
	char text[128]; /* for people: "IO.SYS, MSDOS.SYS in the root" */
};

/*
 * Words of marks.  Volume: dos-system (IO.SYS, IBMBIO.COM, KERNEL.SYS ... in
 * the root of a FAT), nt-system (NTLDR, BOOTMGR), windows (WINDOWS, WINNT,
 * SETUP.EXE with *.CAB), dos-programs (*.EXE, *.COM, *.BAT in the root),
 * os2-system (OS2LDR, OS2KRNL), linux-system (vmlinuz, syslinux, isolinux,
 * grub, lilo), atari-boot (boot sector whose words add up to 1234h), atari-auto
 * (AUTO folder), atari-programs (*.PRG, *.TOS, *.TTP, *.ACC), msx-boot
 * (MSXDOS.SYS, or a boot sector that MSX-DOS made), mac-system-folder
 * (blessed), mac-boot-blocks ("LK"), mac-ppc (an Apple_Driver or ':tbxi' file
 * or New World ROM), amiga-boot (checksum right), amiga-startup
 * (S/Startup-Sequence), cbm-basic (first program loads at 0801h or is BASIC),
 * cbm-boot (C128 "CBM" boot sector), apple2-dos (DOS image in tracks 0-2),
 * apple2-prodos (PRODOS file in the root), cpm-system (system tracks that are
 * not empty), el-torito-x86, el-torito-ppc, el-torito-efi, hfs-hybrid,
 * mbr-code (a boot record), cd-audio (audio tracks), cd-mixed, cd-i, video-cd,
 * dvd-video, playstation (SYSTEM.CNF, licence text), beos-system, unix-system
 * (a kernel by name), efi-loader (EFI/BOOT), autorun (AUTORUN.INF), scumm
 * (files of a known engine: *.LFL, *.SM0, MONKEY.000 ...).
 * Of other machines too: cbm-geos, c128-basic (1C01h), vic20-basic (1001h,
 * 1201h: a Plus/4's too), pet-basic (0401h), apple2-gsos, atari8-dos (DOS.SYS),
 * rt11-system (a monitor), sam-boot (SAM Coupe), adfs-8bit, adfs-riscos;
 * x68000-boot, pc98-boot (of the medium), undecodable (of the medium: a place
 * where nothing was found, and not all could be seen); and whose CP/M it is:
 * cpm-amstrad-cpc, cpm-amstrad-pcw, cpm-spectrum-plus3, cpm-86, cpm-68k,
 * cpm-kaypro, cpm-osborne, cpm-dec, cpm-epson, cpm-ampro, cpm-apple2.
 */

struct mun_contents_volume {
	unsigned int part; /* index in parts + 1; 0: the whole medium */
	uint64_t off; /* bytes in the medium */
	uint64_t bytes; /* by its own superblock, at most INT64_MAX; 0: it
			 * does not say, or nothing that can be */
	char fs[24]; /* stable: below */
	char title[64]; /* for people: "FAT12 (Atari ST)" */
	char label[129];
	char serial[40]; /* volume id or UUID as its system shows it, or "" */
	char puid[16]; /* PRONOM id of the file system, or "" */
	char oem[24]; /* OEM id of a boot sector, system id of a disc; or "" */
	uint32_t block_bytes; /* unit of allocation; 0: not known */
	enum mun_boots boots;
	char boot_text[160]; /* why: "code at 3Eh, 55AA, IO.SYS in the root" */
	bool damaged; /* its parts contradict each other */
	size_t nmarks;
	struct mun_mark marks[MUN_CONTENTS_MARKS];
};

/*
 * Names of file systems: fat12 fat16 fat32 exfat ntfs hpfs ext2 ext3 ext4 minix
 * xfs btrfs reiserfs jfs ufs swap befs iso9660 high-sierra udf hfs hfsplus hfsx
 * mfs apfs amiga-ofs amiga-ffs amiga-ofs-intl amiga-ffs-intl amiga-ofs-dc
 * amiga-ffs-dc amiga-pfs amiga-sfs cbm-1541 cbm-1571 cbm-1581 cbm-8050
 * apple-dos33 prodos apple-pascal cpm acorn-dfs adfs romfs cramfs squashfs
 * atari-dos spectrum-trdos, amiga-ofs-lnfs amiga-ffs-lnfs cbm-8250 apple-dos32
 * ucsd-pascal spectrum-mgt rt11 ods1 ods2, and what libblkid calls others.  Of
 * one place there may be several (ISO 9660 with HFS and UDF): the most telling
 * first.
 */

struct mun_contents {
	char table[16]; /* "mbr" "gpt" "apm" "rdb" "ahdi" "bsd" "sun", or "" */
	bool table_damaged; /* a backup was used, a chain is broken, an entry
			     * lies outside; without a table: where one would
			     * be cannot be decoded */
	bool more; /* partitions or volumes that are not listed here */
	size_t nparts;
	struct mun_contents_part parts[MUN_CONTENTS_PARTS];
	size_t nvolumes;
	struct mun_contents_volume volumes[MUN_CONTENTS_VOLUMES];
	size_t nmarks; /* of the whole medium: its boot record, its tracks */
	struct mun_mark marks[MUN_CONTENTS_MARKS];
	enum mun_boots boots; /* the medium as a whole */
	char boot_text[160];
};

/**
 * mun_contents_read() - look into @img
 *
 * Parses what is foreign: in the sandbox for what comes from outside; that is
 * what mun_contents_of() does.  Of a disc with tracks the first data track of
 * the last session that has one is looked at.  What cannot be made sense of is
 * not there: that is no error.  A kept image, which nothing decodes, has none.
 * Return: 0, MUN_EIO, MUN_ECORRUPT (as mun_image_pread()), MUN_ENOMEM.
 */
MUN_CHECK int mun_contents_read(struct mun_image *img, struct mun_contents *out,
				struct mun_err *e);

/* The same of plain bytes: a disk, a floppy, or 2048 bytes a sector. */
MUN_CHECK int mun_contents_of_bytes(struct mun_source *src,
				    enum mun_medium medium,
				    struct mun_contents *out,
				    struct mun_err *e);

/**
 * mun_contents_of() - the same, by the child that decodes @img where it has one
 * (image/remote.h), else by one of its own
 *
 * Call while no other thread of ours runs.
 * Return: as mun_contents_read(); MUN_ECORRUPT where the child was killed.
 */
MUN_CHECK int mun_contents_of(struct mun_image *img, struct mun_contents *out,
			      struct mun_err *e);

/* "no", "data", "code", "yes": for catalogs and JSON.  Static. */
const char *mun_boots_name(enum mun_boots boots);

/* Has the medium, or volume @v of it (NULL: any place), that mark?  NULL: no.
 */
const struct mun_mark *mun_contents_mark(const struct mun_contents *c,
					 const struct mun_contents_volume *v,
					 const char *word);

/* ---- for those that find volumes ---- */

/* One volume that begins at byte 0 of @src (its partition, or the medium). */
struct mun_fs_place {
	struct mun_source *src;
	enum mun_medium medium;
	uint32_t sector_bytes; /* of the medium; 0: not known */
	const struct mun_geometry *geometry; /* may be all 0 */
	const struct mun_contents_part *part; /* of @out's; NULL: the whole */
	const struct mun_image *img; /* for tables of sectors; NULL: plain
				      * bytes, and in a partition */
};

/*
 * A family of file systems: finds none, one, or several volumes, and their
 * marks.  Return: 0 also where there is none; MUN_EIO, MUN_ENOMEM; MUN_ECORRUPT
 * (as mun_source_pread()) ends only this family at this place.  A const table
 * in image/fsident.c: one line each.
 */
struct mun_fs_finder {
	const char *name; /* of the family: "fat" */
	/* By its shape or size only, without a magic: asked where nobody else
	 * found a volume, and the place has no partition table. */
	bool weak;
	int (*find)(const struct mun_fs_place *p, struct mun_contents *out,
		    struct mun_err *e);
};

/* Of PCs, Unix and discs: fs_*.c. */
extern const struct mun_fs_finder mun_fs_fat;
extern const struct mun_fs_finder mun_fs_udf;
extern const struct mun_fs_finder mun_fs_ntfs;
extern const struct mun_fs_finder mun_fs_hpfs;
extern const struct mun_fs_finder mun_fs_exfat;
extern const struct mun_fs_finder mun_fs_befs;
extern const struct mun_fs_finder mun_fs_ufs;
extern const struct mun_fs_finder mun_fs_magic;
extern const struct mun_fs_finder mun_fs_minix;
extern const struct mun_fs_finder mun_fs_ext;
extern const struct mun_fs_finder mun_fs_iso;

/* Ends with NULL; stricter finders first. */
extern const struct mun_fs_finder *const mun_fs_finders[];

/* A zeroed entry, with its place set; NULL and @c->more where it is full. */
struct mun_contents_volume *
mun_contents_add_volume(struct mun_contents *c, const struct mun_fs_place *p);

/* A text of these structs: made clean (core/str.h), and cut at a character. */
void mun_contents_text(char *out, size_t size, const char *fmt, ...)
	MUN_PRINTF(3, 4);

/* Add a mark to @v, or to the medium where @v is NULL; once per word. */
void mun_contents_add_mark(struct mun_contents *c,
			   struct mun_contents_volume *v, const char *word,
			   const char *text, ...) MUN_PRINTF(4, 5);

#endif
