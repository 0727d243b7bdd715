/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/retro.c - small disks of other machines, and who finds them */
#include "tests/image/retro.h"

#include "tests/support/support.h"

#define FLOPPY MUN_MEDIUM_FLOPPY
#define DISK MUN_MEDIUM_DISK
#define YES MUN_BOOTS_YES
#define CODE MUN_BOOTS_CODE
#define NO MUN_BOOTS_NO

const struct retro retro_samples[] = {
	{ "amiga", "amiga-ffs", "Spiele Ü", 901120, FLOPPY, &mun_fs_amiga, YES,
	  make_amiga },
	{ "pfs", "amiga-pfs", "Work", 65536, DISK, &mun_fs_amiga_pfs, NO,
	  make_pfs },
	{ "sfs", "amiga-sfs", "", 65536, DISK, &mun_fs_amiga_sfs, NO,
	  make_sfs },
	{ "hfs", "hfs", "Café •!", 819200, FLOPPY, &mun_fs_hfs, YES, make_hfs },
	{ "hfsplus", "hfsplus", "Macintosh HD", 1048576, DISK, &mun_fs_hfs, YES,
	  make_hfs_plus },
	{ "wrapped", "hfsplus", "Macintosh HD", 2097152, DISK, &mun_fs_hfs, YES,
	  make_hfs_wrapped },
	{ "mfs", "mfs", "System", 409600, FLOPPY, &mun_fs_mfs, YES, make_mfs },
	{ "apfs", "apfs", "", 65536, DISK, &mun_fs_apfs, NO, make_apfs },
	{ "1541", "cbm-1541", "TEST A£", 174848, FLOPPY, &mun_fs_cbm, YES,
	  make_1541 },
	{ "1571", "cbm-1571", "TEST A£", 349696, FLOPPY, &mun_fs_cbm, YES,
	  make_1571 },
	{ "1581", "cbm-1581", "EIGHTY", 819200, FLOPPY, &mun_fs_cbm, NO,
	  make_1581 },
	{ "8050", "cbm-8050", "PET DISK", 533248, FLOPPY, &mun_fs_cbm, YES,
	  make_8050 },
	{ "8250", "cbm-8250", "PET DISK", 1066496, FLOPPY, &mun_fs_cbm, YES,
	  make_8250 },
	{ "dos33", "apple-dos33", "", 143360, FLOPPY, &mun_fs_apple_dos, YES,
	  make_dos33 },
	{ "dos32", "apple-dos32", "", 116480, FLOPPY, &mun_fs_apple_dos, NO,
	  make_dos32 },
	{ "prodos", "prodos", "DISK.1", 143360, FLOPPY, &mun_fs_prodos, YES,
	  make_prodos },
	{ "prodos-do", "prodos", "DISK.1", 143360, FLOPPY, &mun_fs_prodos, NO,
	  make_prodos_in_dos_order },
	{ "pascal", "apple-pascal", "APPLE1", 143360, FLOPPY, &mun_fs_pascal,
	  YES, make_pascal },
	{ "ucsd", "ucsd-pascal", "UCSD", 509184, FLOPPY, &mun_fs_pascal, CODE,
	  make_ucsd },
	{ "kaypro", "cpm", "", 204800, FLOPPY, &mun_fs_cpm, YES, make_kaypro },
	{ "8inch", "cpm", "", 256256, FLOPPY, &mun_fs_cpm, NO, make_8inch },
	{ "plus3", "cpm", "PLUS3DISK", 184320, FLOPPY, &mun_fs_cpm, YES,
	  make_plus3 },
	{ "dfs", "acorn-dfs", "Elite    II", 102400, FLOPPY, &mun_fs_acorn_dfs,
	  YES, make_dfs },
	{ "adfs-s", "adfs", "DISC1", 163840, FLOPPY, &mun_fs_adfs, YES,
	  make_adfs_old },
	{ "adfs-d", "adfs", "DISC1", 819200, FLOPPY, &mun_fs_adfs, NO,
	  make_adfs_d },
	{ "adfs-e", "adfs", "RiscDisc“”", 819200, FLOPPY, &mun_fs_adfs, YES,
	  make_adfs_e },
	{ "adfs-f", "adfs", "RiscDisc“”", 1638400, FLOPPY, &mun_fs_adfs, CODE,
	  make_adfs_f },
	{ "atari-dos", "atari-dos", "", 92160, FLOPPY, &mun_fs_atari_dos, YES,
	  make_atari_dos },
	{ "trdos", "spectrum-trdos", "SPECCY", 655360, FLOPPY, &mun_fs_trdos,
	  YES, make_trdos },
	{ "mgt", "spectrum-mgt", "", 819200, FLOPPY, &mun_fs_mgt, NO,
	  make_mgt },
	{ "sam", "spectrum-mgt", "SAM DISK", 819200, FLOPPY, &mun_fs_mgt, YES,
	  make_sam },
	{ "rt11", "rt11", "RT11A", 256256, FLOPPY, &mun_fs_dec, YES,
	  make_rt11 },
	{ "ods1", "ods1", "RSXM38", 65536, DISK, &mun_fs_dec, NO, make_ods1 },
	{ "ods2", "ods2", "VAXVMSRL4", 65536, DISK, &mun_fs_dec, NO,
	  make_ods2 },
	{ 0 },
};

const struct retro *retro_named(const char *name)
{
	const struct retro *r = retro_samples;

	while (r->name && strcmp(r->name, name) != 0)
		r++;
	assert_non_null(r->name);
	return r;
}

uint8_t *retro_make(const struct retro *r)
{
	uint8_t *disk = calloc(1, r->bytes);

	assert_non_null(disk);
	r->make(disk);
	return disk;
}

void retro_find(const struct mun_fs_finder *f, const void *disk, size_t bytes,
		enum mun_medium medium, struct mun_contents *out)
{
	static const struct mun_geometry none;
	mun_auto(source) *src = NULL;
	struct mun_err e;
	struct mun_fs_place p = { .medium = medium, .geometry = &none };

	memset(out, 0, sizeof(*out));
	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	p.src = src;
	assert_int_equal(f->find(&p, out, &e), 0);
}

void retro_find_all(const void *disk, size_t bytes, enum mun_medium medium,
		    struct mun_contents *out)
{
	mun_auto(source) *src = NULL;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	assert_int_equal(mun_contents_of_bytes(src, medium, out, &e), 0);
}

const struct mun_contents_volume *
retro_one(const struct retro *r, const uint8_t *disk, struct mun_contents *out)
{
	retro_find(r->finder, disk, r->bytes, r->medium, out);
	assert_int_equal(out->nvolumes, 1);
	return &out->volumes[0];
}

void assert_mark(const struct mun_contents *c, const char *word)
{
	if (!mun_contents_mark(c, NULL, word))
		fail_msg("no mark '%s'", word);
}

void assert_no_mark(const struct mun_contents *c, const char *word)
{
	const struct mun_mark *m = mun_contents_mark(c, NULL, word);

	if (m)
		fail_msg("mark '%s': %s", word, m->text);
}
