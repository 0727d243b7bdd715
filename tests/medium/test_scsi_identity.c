/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_scsi_identity.c - what SCSI drives say of themselves */
#include "medium/scsi_identity.h"

#include "core/bytes.h"
#include "core/check.h"
#include "medium/drive_text.h"
#include "tests/support/support.h"

/* Standard INQUIRY data of a USB floppy: SPC-4, table 144. */
static void make_inquiry(uint8_t p[36])
{
	memset(p, 0, 36);
	p[1] = 0x80;
	p[2] = 5;
	p[4] = 31;
	memcpy(p + 8, "TEAC    FD-05PUB        3000", 28);
}

static void inquiry_data_are_read(void **state)
{
	struct mun_scsi_inquiry q;
	uint8_t p[36];

	(void)state;
	make_inquiry(p);
	assert_true(mun_scsi_inquiry_parse(p, sizeof(p), &q));
	assert_int_equal(q.type, 0);
	assert_int_equal(q.version, 5);
	assert_true(q.removable);
	assert_string_equal(q.vendor, "TEAC");
	assert_string_equal(q.model, "FD-05PUB");
	assert_string_equal(q.revision, "3000");
	/* Nothing is connected there. */
	p[0] = 0x20;
	assert_false(mun_scsi_inquiry_parse(p, sizeof(p), &q));
}

static void what_did_not_come_of_inquiry_data_is_not_made_up(void **state)
{
	struct mun_scsi_inquiry q;
	uint8_t whole[36];

	(void)state;
	make_inquiry(whole);
	for (size_t len = 0; len <= sizeof(whole); len++) {
		/* Exactly so many bytes: a read behind them is seen. */
		uint8_t *p = malloc(len + 1);

		memcpy(p, whole, len);
		p = realloc(p, len ? len : 1);
		assert_int_equal(mun_scsi_inquiry_parse(p, len, &q), len >= 5);
		assert_int_equal(q.vendor[0] != '\0', len >= 16);
		assert_int_equal(q.model[0] != '\0', len >= 32);
		assert_int_equal(q.revision[0] != '\0', len >= 36);
		free(p);
	}
	/* The reply's own length counts too. */
	whole[4] = 11;
	assert_true(mun_scsi_inquiry_parse(whole, sizeof(whole), &q));
	assert_string_equal(q.vendor, "TEAC");
	assert_string_equal(q.model, "");
}

static void texts_of_drives_are_clean_and_never_cut_a_character(void **state)
{
	char out[64];
	char small[4];

	(void)state;
	mun_drive_text("  \0ABC  \0 ", 10, out, sizeof(out));
	assert_string_equal(out, "ABC");
	mun_drive_text("A\033[2J\xff", 6, out, sizeof(out));
	assert_string_equal(out, "A\\x1b[2J\\xff");
	/* Three bytes of room: two characters of two bytes do not fit. */
	mun_drive_text("\xc3\xa9\xc3\xa9", 4, small, sizeof(small));
	assert_string_equal(small, "\xc3\xa9");
	mun_drive_text("\xff", 1, small, sizeof(small));
	assert_string_equal(small, "");
	mun_drive_text("", 0, out, sizeof(out));
	assert_string_equal(out, "");
}

static void serial_numbers_are_read_from_page_80h(void **state)
{
	const uint8_t p[] = { 0,   0x80, 0,   8,   ' ', 'W',
			      'D', '-',  'X', '1', ' ', ' ' };
	char out[32];

	(void)state;
	assert_true(mun_scsi_serial_parse(p, sizeof(p), out, sizeof(out)));
	assert_string_equal(out, "WD-X1");
	for (size_t len = 0; len < 6; len++)
		assert_false(mun_scsi_serial_parse(p, len, out, sizeof(out)));
	/* The standard data, which some drives send instead. */
	const uint8_t other[] = { 0, 0x00, 5, 2, 31, 0, 0, 0, 'A', 'T', 'A' };

	assert_false(
		mun_scsi_serial_parse(other, sizeof(other), out, sizeof(out)));
}

static void the_pages_of_a_drive_are_listed(void **state)
{
	const uint8_t p[] = { 0, 0, 0, 3, 0x00, 0x80, 0x83, 0xb0 };

	(void)state;
	assert_true(mun_scsi_vpd_has(p, sizeof(p), 0x83));
	/* Behind the list's own end. */
	assert_false(mun_scsi_vpd_has(p, sizeof(p), 0xb0));
	assert_false(mun_scsi_vpd_has(p, 6, 0x83));
	assert_false(mun_scsi_vpd_has(p, 3, 0x00));
}

/* T10, NAA of a target port, NAA of the unit, EUI-64. */
static const uint8_t names[] = {
	0,
	0x83,
	0,
	52,
	/* T10, ASCII */
	0x02,
	0x01,
	0,
	12,
	'A',
	'T',
	'A',
	' ',
	' ',
	' ',
	' ',
	' ',
	'S',
	'T',
	'3',
	' ',
	/* NAA, of the port: not the unit's */
	0x61,
	0x93,
	0,
	8,
	0x50,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	/* EUI-64 */
	0x01,
	0x02,
	0,
	8,
	0,
	0x25,
	0x38,
	0x5b,
	0x71,
	0xb0,
	0x0b,
	0x0c,
	/* NAA */
	0x01,
	0x03,
	0,
	8,
	0x50,
	0x00,
	0xc5,
	0x00,
	0xa1,
	0xb2,
	0xc3,
	0xd4,
};

static void the_name_of_the_unit_is_the_best_that_there_is(void **state)
{
	uint8_t p[sizeof(names)];
	char out[128];

	(void)state;
	assert_true(
		mun_scsi_wwid_parse(names, sizeof(names), out, sizeof(out)));
	assert_string_equal(out, "naa.5000c500a1b2c3d4");
	/* The last one is cut: the one before is taken. */
	assert_true(mun_scsi_wwid_parse(names, sizeof(names) - 1, out,
					sizeof(out)));
	assert_string_equal(out, "eui.0025385b71b00b0c");
	memcpy(p, names, sizeof(p));
	p[3] = 16 + 12;
	assert_true(mun_scsi_wwid_parse(p, sizeof(p), out, sizeof(out)));
	assert_string_equal(out, "t10.ATA     ST3");
	p[5] = 0x21; /* associated with something else */
	assert_false(mun_scsi_wwid_parse(p, sizeof(p), out, sizeof(out)));
	assert_string_equal(out, "");
}

static void names_of_a_length_that_cannot_be_are_left_out(void **state)
{
	uint8_t p[4 + 255] = { 0, 0x83, 0, 255, 0x01, 0x03, 0, 251 };
	char out[128];

	(void)state;
	memset(p + 8, 0xee, sizeof(p) - 8);
	/* Read, but as hex it does not fit. */
	assert_true(mun_scsi_wwid_parse(p, sizeof(p), out, sizeof(out)));
	assert_string_equal(out, "naa.");
	/* Of no length: and no endless loop. */
	memset(p + 4, 0, sizeof(p) - 4);
	assert_false(mun_scsi_wwid_parse(p, sizeof(p), out, sizeof(out)));
}

static void capacities_are_read(void **state)
{
	const uint8_t ten[8] = { 0, 0, 0x0b, 0x3f, 0, 0, 2, 0 };
	const uint8_t large[8] = { 255, 255, 255, 255, 0, 0, 2, 0 };
	const uint8_t strange[8] = { 0, 0, 0, 1, 0, 2, 0, 0 };
	uint8_t sixteen[32] = { [3] = 1, [10] = 2, [13] = 3 };
	struct mun_scsi_capacity c;

	(void)state;
	assert_true(mun_scsi_capacity10_parse(ten, 8, &c));
	assert_int_equal(c.blocks, 2880);
	assert_int_equal(c.block_bytes, 512);
	assert_false(mun_scsi_capacity10_parse(ten, 7, &c));
	assert_true(mun_scsi_capacity10_parse(large, 8, &c));
	assert_int_equal(c.blocks, 0);
	assert_false(mun_scsi_capacity10_parse(strange, 8, &c));
	assert_true(mun_scsi_capacity16_parse(sixteen, 32, &c));
	assert_int_equal(c.blocks, UINT64_C(0x100000001));
	assert_int_equal(c.physical_bytes, 4096);
	assert_true(mun_scsi_capacity16_parse(sixteen, 12, &c));
	assert_int_equal(c.physical_bytes, 0);
	assert_false(mun_scsi_capacity16_parse(sixteen, 11, &c));
	memset(sixteen, 255, 8);
	assert_false(mun_scsi_capacity16_parse(sixteen, 32, &c));
}

static void the_format_of_a_floppy_is_read(void **state)
{
	uint8_t p[12] = { 0, 0, 0, 8, 0, 0, 0x05, 0xa0, 2, 0, 2, 0 };
	struct mun_scsi_capacity c;

	(void)state;
	assert_true(mun_scsi_format_capacity_parse(p, 12, &c));
	assert_int_equal(c.blocks, 1440);
	assert_int_equal(c.block_bytes, 512);
	assert_false(mun_scsi_format_capacity_parse(p, 11, &c));
	p[8] = 1; /* not formatted: what it could have */
	assert_false(mun_scsi_format_capacity_parse(p, 12, &c));
	p[8] = 3; /* no medium */
	assert_false(mun_scsi_format_capacity_parse(p, 12, &c));
}

static void the_write_protect_tab_is_read(void **state)
{
	uint8_t six[4] = { 3, 0, 0x80, 0 };
	uint8_t ten[8] = { 0, 6, 0, 0x80 };

	(void)state;
	assert_int_equal(mun_scsi_tab_parse(six, 4, false), MUN_TAB_PROTECTED);
	assert_int_equal(mun_scsi_tab_parse(ten, 8, true), MUN_TAB_PROTECTED);
	six[2] = 0x10;
	ten[3] = 0x10;
	assert_int_equal(mun_scsi_tab_parse(six, 4, false), MUN_TAB_WRITABLE);
	assert_int_equal(mun_scsi_tab_parse(ten, 8, true), MUN_TAB_WRITABLE);
	/* Too few bytes came, or belong to it. */
	assert_int_equal(mun_scsi_tab_parse(six, 3, false), MUN_TAB_UNKNOWN);
	assert_int_equal(mun_scsi_tab_parse(ten, 7, true), MUN_TAB_UNKNOWN);
	six[0] = 1;
	ten[1] = 1;
	assert_int_equal(mun_scsi_tab_parse(six, 4, false), MUN_TAB_UNKNOWN);
	assert_int_equal(mun_scsi_tab_parse(ten, 8, true), MUN_TAB_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inquiry_data_are_read),
		cmocka_unit_test(
			what_did_not_come_of_inquiry_data_is_not_made_up),
		cmocka_unit_test(
			texts_of_drives_are_clean_and_never_cut_a_character),
		cmocka_unit_test(serial_numbers_are_read_from_page_80h),
		cmocka_unit_test(the_pages_of_a_drive_are_listed),
		cmocka_unit_test(
			the_name_of_the_unit_is_the_best_that_there_is),
		cmocka_unit_test(names_of_a_length_that_cannot_be_are_left_out),
		cmocka_unit_test(capacities_are_read),
		cmocka_unit_test(the_format_of_a_floppy_is_read),
		cmocka_unit_test(the_write_protect_tab_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
