/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_iso.c - ISO 9660, its extensions and its damage */
#include "core/check.h"
#include "image/iso9660.h"
#include "tests/image/make.h"
#include "tests/support/support.h"

#define SECTORS 32u
#define BYTES ((size_t)SECTORS * 2048)

static uint8_t *new_iso(const char *volume_id)
{
	uint8_t *disk = calloc(1, BYTES);

	assert_non_null(disk);
	make_iso(disk, SECTORS, volume_id);
	return disk;
}

static void a_plain_disc_is_recognised(void **state)
{
	uint8_t *disk = new_iso("ARCHIVE_1");
	struct seen s = look(disk, BYTES, NULL);

	(void)state;
	assert_string_equal(s.format, "iso");
	assert_string_equal(s.img.variant, "ISO 9660");
	assert_string_equal(s.img.volume_label, "ARCHIVE_1");
	assert_string_equal(s.img.puid, "fmt/468");
	assert_string_equal(s.img.note, "");
	assert_int_equal(s.img.medium, MUN_MEDIUM_OPTICAL);
	assert_int_equal(s.img.sector_bytes, 2048);
	assert_int_equal(s.img.bytes, BYTES);
	assert_int_equal(s.img.ntracks, 1);
	assert_int_equal(s.track.sectors, SECTORS);
	free(disk);
}

static void add_joliet(uint8_t *disk, char level, const char *name)
{
	uint8_t *d = make_descriptor(disk, 17, 2);

	memset(d + 40, 0, 32);
	for (size_t i = 0; name[i]; i++)
		d[41 + 2 * i] = (uint8_t)name[i];
	d[88] = '%';
	d[89] = '/';
	d[90] = (uint8_t)level;
	make_descriptor(disk, 18, 255);
}

static void extensions_are_told(void **state)
{
	static const char levels[] = "@CE";
	uint8_t *disk = new_iso("PRIMARY");
	uint8_t *root = disk + 19 * 2048;
	struct seen s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		add_joliet(disk, levels[i], "Joliet name");
		assert_string_equal(look(disk, BYTES, NULL).img.variant,
				    "ISO 9660, Joliet");
	}
	add_joliet(disk, 'X', "Joliet name");
	assert_string_equal(look(disk, BYTES, NULL).img.variant, "ISO 9660");
	add_joliet(disk, '@', "Joliet name");
	/* IEEE P1281 5.3, P1282 4.1.1: SP, then PX of 36 or 44 bytes */
	root[0] = 34 + 7 + 36;
	root[32] = 1;
	memcpy(root + 34, "SP\7\1\xbe\xef\0PX\x24\1", 11);
	/* El Torito 1.0, figure 7 */
	memcpy(make_descriptor(disk, 18, 0) + 7, "EL TORITO SPECIFICATION", 23);
	make_descriptor(disk, 20, 255);
	memcpy(make_descriptor(disk, 21, 0), "\0BEA01\1", 7);
	/* sector 19 is the root directory in this image: skip it */
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant,
			    "ISO 9660, Joliet, Rock Ridge, El Torito");
	assert_string_equal(s.img.volume_label, "PRIMARY");
	free(disk);
}

static void a_udf_bridge_is_told(void **state)
{
	uint8_t *disk = new_iso("BRIDGE");
	struct seen s;

	(void)state;
	memcpy(disk + 18 * 2048, "\0BEA01\1", 7);
	memcpy(disk + 19 * 2048, "\0NSR02\1", 7);
	memcpy(disk + 20 * 2048, "\0TEA01\1", 7);
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant, "ISO 9660, UDF bridge");
	assert_string_equal(s.img.puid, "fmt/1739");
	free(disk);
}

static void an_apple_hybrid_is_told(void **state)
{
	uint8_t *disk = new_iso("HYBRID");
	struct seen s;

	(void)state;
	memcpy(disk, "ER\2\0", 4);
	memcpy(disk + 512, "PM", 2);
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant, "ISO 9660, Apple hybrid");
	assert_string_equal(s.img.puid, "fmt/1741");
	memcpy(disk + 18 * 2048, "\0NSR03\1", 7);
	assert_string_equal(look(disk, BYTES, NULL).img.puid, "fmt/1757");
	free(disk);
}

static void the_joliet_name_stands_in_for_an_empty_one(void **state)
{
	uint8_t *disk = new_iso("");
	uint8_t *d;

	(void)state;
	assert_string_equal(look(disk, BYTES, NULL).img.volume_label, "");
	add_joliet(disk, 'E', "Joliet name");
	d = disk + 17 * 2048;
	d[40 + 22] = 0x00;
	d[40 + 23] = 0xe9; /* U+00E9 */
	d[40 + 24] = 0xd8; /* a lone surrogate */
	d[40 + 25] = 0x00;
	assert_string_equal(look(disk, BYTES, NULL).img.volume_label,
			    "Joliet name\xc3\xa9\\xed\\xa0\\x80");
	free(disk);
}

static void odd_bytes_of_a_name_are_escaped(void **state)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
		{ "A B  ", "A B" },
		{ "name with\nnewline", "name with\\x0anewline" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "caf\xe9", "caf\\xe9" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff",
		  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
		  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
		  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = new_iso(cases[i].raw);

		assert_string_equal(look(disk, BYTES, NULL).img.volume_label,
				    cases[i].want);
		free(disk);
	}
}

static void a_truncated_disc_is_noted(void **state)
{
	uint8_t *disk = new_iso("CUT");
	struct seen s = look(disk, BYTES - 2048, NULL);

	(void)state;
	assert_string_equal(s.format, "iso");
	assert_string_equal(s.img.note,
			    "image is 2048 bytes shorter than its volume");
	assert_int_equal(s.img.bytes, BYTES - 2048);
	/* Cut inside a sector: the last one is short, and counted. */
	s = look(disk, BYTES - 1, NULL);
	assert_int_equal(s.track.sectors, SECTORS);
	assert_string_equal(s.img.note,
			    "image is 1 bytes shorter than its volume");
	free(disk);
}

static void a_longer_image_is_noted_and_so_is_a_session(void **state)
{
	uint8_t *disk = new_iso("FIRST");

	(void)state;
	disk[16 * 2048 + 80] = 4;
	disk[16 * 2048 + 87] = 4;
	assert_string_equal(look(disk, BYTES, NULL).img.note,
			    "57344 bytes follow the volume");
	make_descriptor(disk, 4 + 16, 1);
	assert_string_equal(look(disk, BYTES, NULL).img.note,
			    "57344 bytes follow the volume; a further session "
			    "follows");
	free(disk);
}

static void contradicting_numbers_lower_the_bid_and_are_noted(void **state)
{
	static const size_t fields[] = { 80,  84,  120, 124, 128, 132,
					 158, 166, 156, 881, 6 };
	struct mun_iso iso;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(fields); i++) {
		uint8_t *disk = new_iso("ODD");
		mun_auto(source) *src = NULL;
		struct mun_err e;
		struct seen s;

		disk[16 * 2048 + fields[i]] ^= 0x10;
		assert_int_equal(mun_source_from_memory(disk, BYTES, &src, &e),
				 0);
		assert_int_equal(mun_iso_read(src, &iso, &e), 0);
		assert_true(iso.primary);
		assert_false(iso.agrees);
		s = look(disk, BYTES, NULL);
		assert_string_equal(s.format, "iso");
		assert_non_null(strstr(s.img.note, "contradict"));
		free(disk);
	}
}

static void an_endless_set_of_descriptors_ends(void **state)
{
	size_t bytes = (size_t)200 * 2048;
	uint8_t *disk = calloc(1, bytes);
	struct seen s;

	(void)state;
	make_iso(disk, 200, "ENDLESS");
	for (uint32_t i = 17; i < 200; i++)
		make_descriptor(disk, i, 3);
	s = look(disk, bytes, NULL);
	assert_non_null(strstr(s.img.note, "do not end"));
	/* 64 are looked at, and no more. */
	memcpy(make_descriptor(disk, 16 + 64, 0) + 7, "EL TORITO SPECIFICATION",
	       23);
	assert_string_equal(look(disk, bytes, NULL).img.variant, "ISO 9660");
	memcpy(make_descriptor(disk, 16 + 63, 0) + 7, "EL TORITO SPECIFICATION",
	       23);
	assert_string_equal(look(disk, bytes, NULL).img.variant,
			    "ISO 9660, El Torito");
	free(disk);
}

static void what_follows_the_terminator_does_not_count(void **state)
{
	uint8_t *disk = new_iso("ENDED");

	(void)state;
	memcpy(make_descriptor(disk, 18, 0) + 7, "EL TORITO SPECIFICATION", 23);
	assert_string_equal(look(disk, BYTES, NULL).img.variant, "ISO 9660");
	disk[17 * 2048] = 3;
	assert_string_equal(look(disk, BYTES, NULL).img.variant,
			    "ISO 9660, El Torito");
	free(disk);
}

static void an_isohybrid_is_noted(void **state)
{
	uint8_t *disk = new_iso("HYBRID");

	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0xcd, 1, SECTORS * 4 - 1);
	assert_string_equal(look(disk, BYTES, NULL).img.note,
			    "isohybrid: also a disk, MBR with 1 partition; "
			    "small enough for a floppy");
	free(disk);
}

/* A disc image can have the size of a floppy: its magic decides. */
static void a_disc_of_a_floppys_size_is_a_disc(void **state)
{
	uint8_t *disk = calloc(1, 1474560);

	(void)state;
	make_iso(disk, 720, "SMALL");
	assert_string_equal(look(disk, 1474560, NULL).format, "iso");
	free(disk);
}

/* A FAT floppy and a disc at once, each of them faultless: nobody but the user
 * can tell what it is kept for. */
static void a_true_tie_names_both_and_a_format_decides(void **state)
{
	uint8_t *disk = calloc(1, 1474560);
	char text[512];

	(void)state;
	make_iso(disk, 720, "BOTH");
	make_fat(disk, &make_1440k);
	assert_int_equal(look_fails(disk, 1474560, NULL, text, sizeof(text)),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "'floppy'"));
	assert_non_null(strstr(text, "'iso'"));
	assert_non_null(strstr(text, "--format"));
	assert_string_equal(look(disk, 1474560, "iso").format, "iso");
	assert_string_equal(look(disk, 1474560, "floppy").format, "floppy");
	assert_string_equal(look(disk, 1474560, "raw").format, "raw");
	/* A boot sector alone does not make the floppy faultless. */
	memset(disk + 512, 0, 512);
	assert_string_equal(look(disk, 1474560, NULL).format, "iso");
	free(disk);
}

static void what_is_no_disc_is_not_opened_as_one(void **state)
{
	uint8_t *disk = calloc(1, BYTES);
	char text[512];

	(void)state;
	assert_int_equal(look_fails(disk, BYTES, "iso", text, sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "open as 'iso'"));
	/* Descriptors, but not the primary one. */
	make_descriptor(disk, 16, 255);
	assert_int_equal(look_fails(disk, BYTES, "iso", NULL, 0), MUN_ECORRUPT);
	assert_string_equal(look(disk, BYTES, NULL).format, "raw");
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_disc_is_recognised),
		cmocka_unit_test(extensions_are_told),
		cmocka_unit_test(a_udf_bridge_is_told),
		cmocka_unit_test(an_apple_hybrid_is_told),
		cmocka_unit_test(the_joliet_name_stands_in_for_an_empty_one),
		cmocka_unit_test(odd_bytes_of_a_name_are_escaped),
		cmocka_unit_test(a_truncated_disc_is_noted),
		cmocka_unit_test(a_longer_image_is_noted_and_so_is_a_session),
		cmocka_unit_test(
			contradicting_numbers_lower_the_bid_and_are_noted),
		cmocka_unit_test(an_endless_set_of_descriptors_ends),
		cmocka_unit_test(what_follows_the_terminator_does_not_count),
		cmocka_unit_test(an_isohybrid_is_noted),
		cmocka_unit_test(a_disc_of_a_floppys_size_is_a_disc),
		cmocka_unit_test(a_true_tie_names_both_and_a_format_decides),
		cmocka_unit_test(what_is_no_disc_is_not_opened_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
