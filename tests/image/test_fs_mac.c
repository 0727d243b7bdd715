/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fs_mac.c - volumes of the Macintosh, and how they boot */
#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "tests/image/retro.h"
#include "tests/support/support.h"

#define SECTOR ((size_t)512)
#define CATALOG (5 * SECTOR) /* of make_hfs() */
#define MDB 1024

static struct mun_contents seen;

static void a_system_folder_tells_its_version(void **state)
{
	const struct retro *r = retro_named("hfs");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);
	const struct mun_mark *m;

	(void)state;
	assert_string_equal(v->puid, "fmt/1105");
	assert_int_equal(v->block_bytes, 512);
	assert_int_equal(v->bytes, 5 * 512 + 1593 * 512 + 1024);
	m = mun_contents_mark(&seen, v, "mac-system-folder");
	assert_non_null(m);
	assert_string_equal(m->text,
			    "blessed folder with a system file, 7.5.5");
	assert_mark(&seen, "mac-boot-blocks");
	assert_no_mark(&seen, "mac-ppc");
	assert_string_equal(v->boot_text, "boot blocks \"LK\", blessed folder "
					  "with a system file, 7.5.5");
	free(disk);
}

/* Each part that is missing is one reason less. */
static void without_its_parts_it_does_not_boot(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		enum mun_boots boots;
		bool folder;
		bool damaged;
	} cases[] = {
		{ 0, 0, MUN_BOOTS_NO, true, false }, /* no "LK" */
		{ MDB + 95, 0, MUN_BOOTS_CODE, false, false }, /* not blessed */
		{ MDB + 95, 99, MUN_BOOTS_CODE, false, false }, /* no folder */
		/* type of the system file */
		{ CATALOG + 3 * SECTOR + 14 + 54 + 116 + 14 + 4, 'x',
		  MUN_BOOTS_CODE, true, false },
		/* root node */
		{ CATALOG + 14 + 5, 77, MUN_BOOTS_CODE, false, true },
	};
	const struct retro *r = retro_named("hfs");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = retro_make(r);
		const struct mun_contents_volume *v;

		disk[cases[i].at] = cases[i].byte;
		v = retro_one(r, disk, &seen);
		if (v->boots != cases[i].boots ||
		    v->damaged != cases[i].damaged)
			fail_msg("case %zu: %d, %s, damaged %d", i, v->boots,
				 v->boot_text, v->damaged);
		if (cases[i].folder)
			assert_mark(&seen, "mac-system-folder");
		else
			assert_no_mark(&seen, "mac-system-folder");
		assert_string_equal(v->label, "Café •!");
		free(disk);
	}
}

static void a_later_system_is_for_powerpc(void **state)
{
	const struct retro *r = retro_named("hfs");
	uint8_t *disk = retro_make(r);
	uint8_t *vers = disk + (5 + 10) * SECTOR + 20;

	(void)state;
	mun_put_be16(vers, 0x0850);
	memcpy(vers + 6,
	       "\3"
	       "8.5",
	       4);
	(void)retro_one(r, disk, &seen);
	assert_mark(&seen, "mac-ppc");
	assert_string_equal(mun_contents_mark(&seen, NULL, "mac-ppc")->text,
			    "system 8.5, for PowerPC only");
	mun_put_be16(vers, 0x0810);
	(void)retro_one(r, disk, &seen);
	assert_no_mark(&seen, "mac-ppc");
	free(disk);
}

static void a_catalogue_that_goes_round_ends(void **state)
{
	const struct retro *r = retro_named("hfs");
	uint8_t *disk = retro_make(r);
	uint8_t *index = disk + CATALOG + SECTOR;
	uint8_t *leaf = disk + CATALOG + 3 * SECTOR;

	(void)state;
	/* The last leaf leads to itself: its records again and again. */
	mun_put_be32(leaf, 3);
	assert_string_equal(retro_one(r, disk, &seen)->fs, "hfs");
	/* A name as long as the node: whether a system is behind it, nobody
	 * knows. */
	leaf[14 + 54 + 6] = 0xff;
	assert_true(retro_one(r, disk, &seen)->damaged);
	assert_string_equal(
		mun_contents_mark(&seen, NULL, "mac-system-folder")->text,
		"blessed folder, damaged");
	leaf[14 + 54 + 6] = 6;
	/* An index that leads to itself. */
	mun_put_be32(index + 14 + 14, 1);
	assert_true(retro_one(r, disk, &seen)->damaged);
	free(disk);
}

static void an_hfs_plus_has_an_id_and_a_rom(void **state)
{
	const struct retro *r = retro_named("hfsplus");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);

	(void)state;
	assert_string_equal(v->serial, "0123456789ABCDEF");
	assert_string_equal(v->title, "HFS Plus");
	assert_int_equal(v->bytes, 1048576);
	assert_int_equal(v->block_bytes, 4096);
	assert_mark(&seen, "mac-ppc");
	assert_string_equal(v->boot_text,
			    "blessed folder with a \"tbxi\" file");
	disk[MDB + 1] = 'X';
	disk[MDB + 3] = 5;
	assert_string_equal(retro_one(r, disk, &seen)->fs, "hfsx");
	/* Blocks of 4096 that are more than are there. */
	disk[MDB + 46] = 2;
	assert_true(retro_one(r, disk, &seen)->damaged);
	free(disk);
}

static void a_wrapped_volume_begins_inside(void **state)
{
	const struct retro *r = retro_named("wrapped");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);

	(void)state;
	assert_int_equal(v->off, 8 * 512 + 10 * 8192);
	assert_int_equal(v->bytes, 1048576);
	/* The wrapper says where, and there is none: only it is told. */
	disk[MDB + 127] = 20;
	v = retro_one(r, disk, &seen);
	assert_string_equal(v->fs, "hfs");
	assert_string_equal(v->label, "Wrapper");
	assert_true(v->damaged);
	free(disk);
}

/* As an unreadable sector leaves it. */
static void a_lost_header_is_read_from_its_copy(void **state)
{
	static const char *const names[] = { "hfs", "hfsplus" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		const struct retro *r = retro_named(names[i]);
		uint8_t *disk = retro_make(r);
		const struct mun_contents_volume *v;

		memcpy(disk + r->bytes - 1024, disk + MDB, SECTOR);
		memset(disk + MDB, 0, SECTOR);
		v = retro_one(r, disk, &seen);
		assert_string_equal(v->fs, names[i]);
		assert_string_equal(v->label, r->label);
		assert_int_equal(v->boots, MUN_BOOTS_YES);
		assert_true(v->damaged);
		/* Something else is there now: the copy is of an old volume. */
		disk[MDB + 100] = 1;
		retro_find(r->finder, disk, r->bytes, r->medium, &seen);
		assert_int_equal(seen.nvolumes, 0);
		disk[MDB + 100] = 0;
		/* It is of a volume of another size. */
		disk[r->bytes - 1024 + (i ? 46 : 18)]++;
		retro_find(r->finder, disk, r->bytes, r->medium, &seen);
		assert_int_equal(seen.nvolumes, 0);
		free(disk);
	}
}

static void an_mfs_boots_with_a_system_file(void **state)
{
	const struct retro *r = retro_named("mfs");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);

	(void)state;
	assert_int_equal(v->bytes, 16 * 512 + 391 * 1024);
	assert_mark(&seen, "mac-system-folder");
	disk[4 * SECTOR + 60 + 2] = 'A';
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->boots, MUN_BOOTS_CODE);
	assert_no_mark(&seen, "mac-system-folder");
	free(disk);
}

static void an_apfs_container_is_named(void **state)
{
	const struct retro *r = retro_named("apfs");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);

	(void)state;
	assert_string_equal(v->serial, "00112233-4455-6677-8899-AABBCCDDEEFF");
	assert_int_equal(v->bytes, 65536);
	mun_put_le64(disk + 40, UINT64_MAX); /* blocks: too many */
	retro_find(&mun_fs_apfs, disk, r->bytes, r->medium, &seen);
	assert_int_equal(seen.nvolumes, 0);
	/* Fits in 64 bits, and is more than any file can have. */
	mun_put_le64(disk + 40, (UINT64_C(1) << 52) - 1);
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->bytes, 0);
	assert_true(v->damaged);
	free(disk);
}

static void names_become_utf8(void **state)
{
	static const struct {
		enum mun_charset set;
		const char *raw;
		const char *text;
	} cases[] = {
		/* A space that does not break stays what it is. */
		{ MUN_CHARSET_MACROMAN, "\x80\xa9\xca\xdb\xff",
		  "Ä©\xc2\xa0€ˇ" },
		{ MUN_CHARSET_LATIN1, "\xe9\xff\x9b", "éÿ\\xc2\\x9b" },
		{ MUN_CHARSET_ASCII,
		  "\xc1"
		  "B\x07",
		  "AB\\x07" },
		{ MUN_CHARSET_PETSCII, "A\x5c\x5e\x5f\xc1\xa0Z", "A£↑←A Z" },
		{ MUN_CHARSET_PETSCII, "\xe4", "\xef\xbf\xbd" },
		{ MUN_CHARSET_ACORN, "\x80\x8c\xe9", "€…é" },
		{ MUN_CHARSET_MACROMAN, "a\\b  ", "a\\\\b" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_charset_label(cases[i].raw, strlen(cases[i].raw),
				  cases[i].set, out, sizeof(out));
		assert_string_equal(out, cases[i].text);
	}
	mun_charset_label("\x8e\x8e\x8e", 3, MUN_CHARSET_MACROMAN, out, 4);
	assert_string_equal(out, "é");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_system_folder_tells_its_version),
		cmocka_unit_test(without_its_parts_it_does_not_boot),
		cmocka_unit_test(a_later_system_is_for_powerpc),
		cmocka_unit_test(a_catalogue_that_goes_round_ends),
		cmocka_unit_test(an_hfs_plus_has_an_id_and_a_rom),
		cmocka_unit_test(a_wrapped_volume_begins_inside),
		cmocka_unit_test(a_lost_header_is_read_from_its_copy),
		cmocka_unit_test(an_mfs_boots_with_a_system_file),
		cmocka_unit_test(an_apfs_container_is_named),
		cmocka_unit_test(names_become_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
