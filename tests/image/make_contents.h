/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/make_contents.h - partition tables and file systems with a few
 * names in the root, built byte by byte from the specifications
 *
 * Each writes what it is told of into zeros; MADE_BYTES are enough for all.
 */
#ifndef MUN_TESTS_IMAGE_MAKE_CONTENTS_H
#define MUN_TESTS_IMAGE_MAKE_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

#define MADE_BYTES ((size_t)2 << 20)

/* Boot code that does something, with @text in it from byte 256, and 55AA. */
void made_boot(uint8_t *sector, size_t code, const char *text);

/* A root of a FAT12 floppy of 1440K; names as "IO      SYS", of a folder as
 * "/AUTO       ". */
void made_fat(uint8_t *p, const char *const *names);
void made_atari(uint8_t *p); /* executable, with AUTO/A.PRG */
void made_msx(uint8_t *p); /* 720K, MSXDOS.SYS */
void made_dos1(uint8_t *p); /* 320K, no BPB, IBMBIO.COM */
void made_fat32_efi(uint8_t *p); /* EFI/BOOT/BOOTX64.EFI */
void made_exfat(uint8_t *p); /* BOOTMGR */
void made_ntfs(uint8_t *p); /* NTLDR in the record, WINNT in a block */
void made_hpfs(uint8_t *p); /* OS2LDR, below it OS2KRNL */
void made_ext2(uint8_t *p); /* vmlinuz */
void made_ext4(uint8_t *p); /* extents, 64 bits */
void made_minix(uint8_t *p, unsigned int version); /* minix */
void made_befs(uint8_t *p); /* folder beos */
void made_ufs(uint8_t *p, int big);
void made_xfs(uint8_t *p);
void made_swap(uint8_t *p);
void made_iso(uint8_t *p); /* SYSTEM.CNF, boots 80x86 and EFI */
void made_high_sierra(uint8_t *p); /* AUTORUN.INF */
void made_udf(uint8_t *p); /* VIDEO_TS */

void made_apm(uint8_t *p); /* MAP, and HFS at block 64 */
void made_rdb(uint8_t *p); /* DH0 DOS\3 and DH1 PFS\1 */
void made_ahdi(uint8_t *p); /* GEM, and a chain of BGM, GEM */
void made_icd(uint8_t *p); /* 4 and 2 more */
void made_bsd(uint8_t *p, size_t at); /* a: 4.2BSD, b: swap, c: all */
void made_sun(uint8_t *p); /* a: root, b: swap, c: all */
void made_solaris(uint8_t *p, size_t at); /* inside a partition at @at */

#endif
