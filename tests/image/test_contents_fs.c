/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_contents_fs.c - each file system of a PC, of Unix and of a
 * disc, made by hand: what is told of it, and what a fault or a flipped byte
 * does to that
 */
#include "image/contents.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/contents_int.h"
#include "image/fsnames.h"
#include "tests/image/make_contents.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>

static void fat_dos(uint8_t *p)
{
	static const char *const names[] = { "IO      SYS",  "MSDOS   SYS",
					     "/WINDOWS    ", "SETUP   EXE",
					     "MONKEY  000",  NULL };

	made_fat(p, names);
	made_boot(p, 62, "IO      SYSMSDOS   SYS");
}

static void fat_no_system(uint8_t *p)
{
	static const char *const names[] = { "GAME    EXE", "FILE    CAB",
					     "SETUP   EXE", NULL };

	made_fat(p, names);
	made_boot(p, 62, "This is not a bootable disk.  Please insert ");
}

static void fat_missing(uint8_t *p)
{
	static const char *const names[] = { "A       TXT", NULL };

	made_fat(p, names);
	made_boot(p, 62, "KERNEL  SYS");
}

static void minix1(uint8_t *p)
{
	made_minix(p, 1);
}

static void minix2(uint8_t *p)
{
	made_minix(p, 2);
}

static void minix3(uint8_t *p)
{
	made_minix(p, 3);
}

static void ufs_little(uint8_t *p)
{
	made_ufs(p, 0);
}

static void ufs_big(uint8_t *p)
{
	made_ufs(p, 1);
}

static const struct made {
	const char *name;
	void (*make)(uint8_t *p);
	size_t bytes;
	enum mun_medium medium;
	const char *fs;
	const char *title;
	const char *label;
	const char *serial;
	const char *marks; /* words, in order */
	enum mun_boots boots;
	uint64_t volume_bytes;
	bool damaged;
} all[] = {
	{ "DOS", fat_dos, 1474560, MUN_MEDIUM_FLOPPY, "fat12", "FAT12",
	  "CAFÉ DISK", "1234-ABCD", "dos-system windows dos-programs scumm",
	  MUN_BOOTS_YES, 1474560, false },
	{ "no system", fat_no_system, 1474560, MUN_MEDIUM_FLOPPY, "fat12",
	  "FAT12", "CAFÉ DISK", "1234-ABCD", "dos-programs windows",
	  MUN_BOOTS_DATA, 1474560, false },
	{ "missing", fat_missing, 1474560, MUN_MEDIUM_FLOPPY, "fat12", "FAT12",
	  "CAFÉ DISK", "1234-ABCD", "", MUN_BOOTS_CODE, 1474560, false },
	{ "Atari", made_atari, 737280, MUN_MEDIUM_FLOPPY, "fat12",
	  "FAT12 (Atari ST)", "", "123456",
	  "atari-auto atari-programs atari-boot", MUN_BOOTS_YES, 737280,
	  false },
	{ "MSX", made_msx, 737280, MUN_MEDIUM_FLOPPY, "fat12", "FAT12 (MSX)",
	  "", "", "msx-boot", MUN_BOOTS_YES, 737280, false },
	{ "DOS 1", made_dos1, 327680, MUN_MEDIUM_FLOPPY, "fat12",
	  "FAT12 (before DOS 2.0)", "", "", "dos-system dos-programs",
	  MUN_BOOTS_YES, 327680, false },
	{ "EFI", made_fat32_efi, MADE_BYTES, MUN_MEDIUM_DISK, "fat32", "FAT32",
	  "", "", "efi-loader", MUN_BOOTS_YES, (uint64_t)70000 * 512, true },
	{ "exFAT", made_exfat, MADE_BYTES, MUN_MEDIUM_DISK, "exfat", "exFAT",
	  "SD é", "CAFE-1234", "nt-system", MUN_BOOTS_YES, 4096 * 512, false },
	{ "NTFS", made_ntfs, MADE_BYTES, MUN_MEDIUM_DISK, "ntfs", "NTFS 3.1",
	  "System", "0102030405060708", "nt-system windows", MUN_BOOTS_YES,
	  4000 * 512, false },
	{ "HPFS", made_hpfs, MADE_BYTES, MUN_MEDIUM_DISK, "hpfs", "HPFS", "OS2",
	  "3BC2-32D5", "os2-system", MUN_BOOTS_YES, 4000 * 512, false },
	{ "ext2", made_ext2, MADE_BYTES, MUN_MEDIUM_DISK, "ext2", "ext2",
	  "root", "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf", "linux-system",
	  MUN_BOOTS_NO, 2000 * 1024, false },
	{ "ext4", made_ext4, MADE_BYTES, MUN_MEDIUM_DISK, "ext4", "ext4",
	  "root", "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf", "linux-system",
	  MUN_BOOTS_NO, 2000 * 1024, false },
	{ "Minix 1", minix1, 737280, MUN_MEDIUM_FLOPPY, "minix",
	  "Minix file system, version 1", "", "", "unix-system", MUN_BOOTS_NO,
	  737280, false },
	{ "Minix 2", minix2, 737280, MUN_MEDIUM_FLOPPY, "minix",
	  "Minix file system, version 2", "", "", "unix-system", MUN_BOOTS_NO,
	  737280, false },
	{ "Minix 3", minix3, 737280, MUN_MEDIUM_FLOPPY, "minix",
	  "Minix file system, version 3", "", "", "unix-system", MUN_BOOTS_NO,
	  737280, false },
	{ "BeFS", made_befs, MADE_BYTES, MUN_MEDIUM_DISK, "befs",
	  "Be file system", "BeOS 5", "", "beos-system", MUN_BOOTS_CODE,
	  2000 * 1024, false },
	{ "UFS", ufs_little, MADE_BYTES, MUN_MEDIUM_DISK, "ufs", "UFS1", "",
	  "123456789abcdef0", "", MUN_BOOTS_NO, 1500 * 1024, false },
	{ "UFS, big", ufs_big, MADE_BYTES, MUN_MEDIUM_DISK, "ufs",
	  "UFS1, big-endian", "", "123456789abcdef0", "", MUN_BOOTS_NO,
	  1500 * 1024, false },
	{ "XFS", made_xfs, MADE_BYTES, MUN_MEDIUM_DISK, "xfs", "XFS",
	  "twelve chars", "11111111-1111-1111-1111-111111111111", "",
	  MUN_BOOTS_NO, 300 * 4096, false },
	{ "swap", made_swap, MADE_BYTES, MUN_MEDIUM_DISK, "swap", "Linux swap",
	  "paging", "22222222-2222-2222-2222-222222222222", "", MUN_BOOTS_NO, 0,
	  false },
	{ "ISO 9660", made_iso, 1228800, MUN_MEDIUM_OPTICAL, "iso9660",
	  "ISO 9660", "GAME", "1998-03-21-12-00-00-00",
	  "playstation efi-loader dos-system el-torito-x86 el-torito-efi",
	  MUN_BOOTS_YES, 1228800, false },
	{ "High Sierra", made_high_sierra, 1024000, MUN_MEDIUM_OPTICAL,
	  "high-sierra", "High Sierra", "SIERRA", "", "autorun", MUN_BOOTS_NO,
	  1024000, false },
	{ "UDF", made_udf, MADE_BYTES, MUN_MEDIUM_OPTICAL, "udf", "UDF 1.02",
	  "FILM é", "5fa71e760000246c", "dvd-video", MUN_BOOTS_NO, 500 * 2048,
	  false },
};

static uint8_t *made(const struct made *m)
{
	uint8_t *p = calloc(1, MADE_BYTES);

	assert_non_null(p);
	m->make(p);
	return p;
}

static int look_at(const struct made *m, const uint8_t *p,
		   struct mun_contents *c, struct mun_err *e)
{
	mun_auto(source) *src = NULL;

	assert_int_equal(mun_source_from_memory(p, m->bytes, &src, e), 0);
	return mun_contents_of_bytes(src, m->medium, c, e);
}

static void words_of(const struct mun_contents_volume *v, char *out,
		     size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < v->nmarks; i++) {
		size_t n = strlen(out);

		(void)snprintf(out + n, size - n, "%s%s", n ? " " : "",
			       v->marks[i].word);
	}
}

static void each_is_told_with_all_that_it_says(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		const struct made *m = &all[i];
		mun_autofree uint8_t *p = made(m);
		const struct mun_contents_volume *v = &c->volumes[0];
		char words[512];
		struct mun_err e;

		print_message("%s\n", m->name);
		assert_int_equal(look_at(m, p, c, &e), 0);
		assert_int_equal(c->nvolumes, 1);
		assert_string_equal(c->table, "");
		words_of(v, words, sizeof(words));
		assert_string_equal(v->fs, m->fs);
		assert_string_equal(v->title, m->title);
		assert_string_equal(v->label, m->label);
		assert_string_equal(v->serial, m->serial);
		assert_string_equal(words, m->marks);
		assert_int_equal(v->boots, m->boots);
		assert_int_equal(v->bytes, m->volume_bytes);
		assert_int_equal(v->damaged, m->damaged);
		assert_int_equal(v->part, 0);
		/* The medium boots as its only volume does, and says so. */
		assert_int_equal(c->boots, v->boots);
		if (v->boots != MUN_BOOTS_NO)
			assert_string_equal(c->boot_text, v->boot_text);
	}
}

/* Cut at every size that is not whole: none is an error, and none is made of
 * what is not there. */
static void a_cut_image_is_no_error(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		struct made m = all[i];
		mun_autofree uint8_t *p = made(&m);
		struct mun_err e;

		for (m.bytes = 1; m.bytes < all[i].bytes;
		     m.bytes = m.bytes * 3 / 2 + 1) {
			assert_int_equal(look_at(&m, p, c, &e), 0);
			assert_int_equal(
				mun_contents_unpack(c, sizeof(*c), c, &e), 0);
		}
	}
}

/* Whatever is flipped: an end, no error, and an answer that can be trusted to
 * be one. */
static void a_flipped_byte_never_breaks_the_answer(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_autofree struct mun_contents *back = calloc(1, sizeof(*c));
	static const uint8_t values[] = { 0x00, 0xff, 0x80, 0x7f };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		const struct made *m = &all[i];
		mun_autofree uint8_t *p = made(m);
		size_t turn = 0;

		for (size_t at = 0; at < m->bytes; at++) {
			uint8_t was = p[at];
			struct mun_err e;

			/* Only what was written means anything; of code and
			 * text not every byte does. */
			if (!was ||
			    (at % 512 > 128 && at % 512 < 440 && at % 3))
				continue;
			p[at] = values[turn++ % MUN_COUNT(values)];
			assert_int_equal(look_at(m, p, c, &e), 0);
			if (mun_contents_unpack(c, sizeof(*c), back, &e))
				fail_msg("%s: byte %zu", m->name, at);
			p[at] = was;
		}
	}
}

/* Each read fails once: an error that says so, or no difference. */
static void every_failing_read_is_an_error_or_makes_no_difference(void **state)
{
	mun_autofree struct mun_contents *want = calloc(1, sizeof(*want));
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "disk.img");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		const struct made *m = &all[i];
		mun_autofree uint8_t *p = made(m);
		mun_auto(source) *src = NULL;
		struct mun_err e;
		int n = 0;

		mun_test_write(path, p, m->bytes);
		assert_int_equal(mun_source_open_file(path, &src, &e), 0);
		assert_int_equal(
			mun_contents_of_bytes(src, m->medium, want, &e), 0);
		mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
		for (;; n++) {
			int rc;

			mun_fault_arm(n);
			rc = mun_contents_of_bytes(src, m->medium, c, &e);
			if (!mun_fault_fired())
				break;
			if (rc)
				assert_int_equal(rc, MUN_EIO);
			else
				assert_memory_equal(c, want, sizeof(*c));
		}
		mun_fault_restore();
		assert_true(n > 10);
	}
	free(path);
	mun_test_dir_remove(dir);
}

/* A size that fits in 64 bits, and is more than any file can have. */
static void a_size_that_cannot_be_is_none(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_autofree uint8_t *p = calloc(1, MADE_BYTES);
	const struct made m = { .bytes = MADE_BYTES,
				.medium = MUN_MEDIUM_DISK };
	struct mun_err e;

	(void)state;
	made_ext4(p);
	/* The high half of its blocks, of 1024 << n bytes: 2^63 and some. */
	mun_put_le32(p + 1024 + 336, UINT32_C(1) << (21 - p[1024 + 24]));
	assert_int_equal(look_at(&m, p, c, &e), 0);
	assert_int_equal(c->nvolumes, 1);
	assert_int_equal(c->volumes[0].bytes, 0);
	assert_true(c->volumes[0].damaged);
}

/* A reason has a name in it, however long that is. */
static void a_long_name_is_told_cut(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	struct mun_fs_names names;
	const struct mun_mark *m;
	char name[201] = "vmlinuz-";

	(void)state;
	memset(name + 8, 'x', 192);
	mun_fs_names_start(&names, MUN_NAMES_UNIX);
	mun_fs_names_add(&names, name, false);
	mun_fs_names_add(&names, "vmlinuz", false);
	mun_fs_names_mark(&names, c, NULL);
	m = mun_contents_mark(c, NULL, "linux-system");
	assert_non_null(m);
	assert_memory_equal(m->text, "vmlinuz-xxx", 11);
	assert_non_null(strstr(m->text, "x in the root"));
}

static void zeros_and_noise_hold_nothing(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_autofree uint8_t *p = calloc(1, MADE_BYTES);
	mun_auto(source) *src = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_source_from_memory(p, MADE_BYTES, &src, &e), 0);
	for (uint64_t seed = 0; seed < 40; seed++) {
		if (seed)
			mun_test_pattern(p, MADE_BYTES, seed);
		assert_int_equal(
			mun_contents_of_bytes(src, MUN_MEDIUM_DISK, c, &e), 0);
		assert_int_equal(c->nvolumes, 0);
		assert_int_equal(c->nparts, 0);
		assert_string_equal(c->table, "");
		assert_int_equal(c->boots, MUN_BOOTS_NO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_with_all_that_it_says),
		cmocka_unit_test(a_cut_image_is_no_error),
		cmocka_unit_test(a_flipped_byte_never_breaks_the_answer),
		cmocka_unit_test(
			every_failing_read_is_an_error_or_makes_no_difference),
		cmocka_unit_test(a_size_that_cannot_be_is_none),
		cmocka_unit_test(a_long_name_is_told_cut),
		cmocka_unit_test(zeros_and_noise_hold_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
