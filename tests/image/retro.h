/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/retro.h - small disks of other machines, made by their books */
#ifndef MUN_TESTS_IMAGE_RETRO_H
#define MUN_TESTS_IMAGE_RETRO_H

#include <stddef.h>
#include <stdint.h>

#include "image/contents.h"
#include "image/fs_retro.h"

struct retro {
	const char *name;
	const char *fs; /* what is to be found */
	const char *label;
	size_t bytes;
	enum mun_medium medium;
	const struct mun_fs_finder *finder;
	enum mun_boots boots;
	void (*make)(uint8_t *disk); /* of zeros */
};

/* Ends with an entry without name. */
extern const struct retro retro_samples[];
const struct retro *retro_named(const char *name);

/* A sample in fresh memory; free(). */
uint8_t *retro_make(const struct retro *r);

/* What one finder sees; a failure ends the test. */
void retro_find(const struct mun_fs_finder *f, const void *disk, size_t bytes,
		enum mun_medium medium, struct mun_contents *out);

/* What all of the table see, as mun_contents_of_bytes() asks them. */
void retro_find_all(const void *disk, size_t bytes, enum mun_medium medium,
		    struct mun_contents *out);

/* The volume that the sample's own finder sees; it must be one. */
const struct mun_contents_volume *
retro_one(const struct retro *r, const uint8_t *disk, struct mun_contents *out);

void assert_mark(const struct mun_contents *c, const char *word);
void assert_no_mark(const struct mun_contents *c, const char *word);

/* retro_mac.c, retro_8bit.c, retro_acorn.c */
void make_hfs(uint8_t *disk);
void make_hfs_plus(uint8_t *disk);
void make_hfs_wrapped(uint8_t *disk);
void make_mfs(uint8_t *disk);
void make_apfs(uint8_t *disk);
void make_1541(uint8_t *disk);
void make_1571(uint8_t *disk);
void make_1581(uint8_t *disk);
void make_8050(uint8_t *disk);
void make_8250(uint8_t *disk);
void make_dos33(uint8_t *disk);
void make_dos32(uint8_t *disk);
void make_prodos(uint8_t *disk);
void make_prodos_in_dos_order(uint8_t *disk);
void make_pascal(uint8_t *disk);
void make_ucsd(uint8_t *disk);
void make_kaypro(uint8_t *disk);
void make_8inch(uint8_t *disk);
void make_plus3(uint8_t *disk);
void make_dfs(uint8_t *disk);
void make_adfs_old(uint8_t *disk);
void make_adfs_d(uint8_t *disk);
void make_adfs_e(uint8_t *disk);
void make_adfs_f(uint8_t *disk);
void make_atari_dos(uint8_t *disk);
void make_trdos(uint8_t *disk);
void make_mgt(uint8_t *disk);
void make_sam(uint8_t *disk);
void make_rt11(uint8_t *disk);
void make_ods1(uint8_t *disk);
void make_ods2(uint8_t *disk);

/* Amiga: the sums of what was changed, anew. */
#define AMIGA_ROOT ((size_t)880 * 512)
void make_amiga(uint8_t *disk);
void make_pfs(uint8_t *disk);
void make_sfs(uint8_t *disk);
void amiga_boot_sum(uint8_t *disk);
void amiga_block_sum(uint8_t *block);

/* The sum of half an old map of ADFS (from 255), and of a boot block (0). */
uint8_t adfs_sum_of(const uint8_t *p, size_t len, unsigned int start);

#endif
