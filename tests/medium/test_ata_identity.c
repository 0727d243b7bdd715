/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_ata_identity.c - what ATA drives say and hide */
#include "medium/ata_identity.h"

#include "core/bytes.h"
#include "tests/support/support.h"

static void put_word(uint8_t *p, size_t n, unsigned int v)
{
	mun_put_le16(p + 2 * n, (uint16_t)v);
}

/* First character in the high byte of each word. */
static void put_text(uint8_t *p, size_t first, size_t words, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < 2 * words; i++)
		p[2 * first + (i ^ 1)] = (uint8_t)(i < len ? text[i] : ' ');
}

static void put_sum(uint8_t *p)
{
	uint8_t sum = 0xa5;

	for (size_t i = 0; i < 510; i++)
		sum = (uint8_t)(sum + p[i]);
	p[510] = 0xa5;
	p[511] = (uint8_t)(0 - sum);
}

/* A disk of 2001: 48-bit addresses, HPA, DCO. */
static void make_disk(uint8_t p[512])
{
	memset(p, 0, 512);
	put_word(p, 0, 0x045a);
	put_text(p, 10, 10, "       WD-WMA8E12345");
	put_text(p, 23, 4, "13.03G13");
	put_text(p, 27, 20, "WDC WD1200JB-00CRA1");
	mun_put_le32(p + 120, 268435455);
	put_word(p, 82, 0x0400);
	put_word(p, 83, 0x4c00);
	put_word(p, 87, 0x4100);
	put_word(p, 108, 0x5001);
	put_word(p, 109, 0x4ee0);
	put_word(p, 110, 0x1234);
	put_word(p, 111, 0xabcd);
	mun_put_le64(p + 200, 312581808);
	put_sum(p);
}

static void an_identity_is_read(void **state)
{
	struct mun_ata_identity id;
	struct mun_err e;
	uint8_t p[512];

	(void)state;
	make_disk(p);
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), 0);
	assert_string_equal(id.serial, "WD-WMA8E12345");
	assert_string_equal(id.revision, "13.03G13");
	assert_string_equal(id.model, "WDC WD1200JB-00CRA1");
	assert_string_equal(id.wwn, "naa.50014ee01234abcd");
	assert_int_equal(id.sectors, 312581808);
	assert_int_equal(id.sector_bytes, 512);
	assert_true(id.has_hpa);
	assert_true(id.has_dco);
	assert_true(id.has_lba48);
	assert_false(id.has_amac);
}

static void an_identity_with_a_flipped_bit_is_not_believed(void **state)
{
	struct mun_ata_identity id;
	struct mun_err e;
	uint8_t p[512];

	(void)state;
	make_disk(p);
	for (size_t i = 0; i < 512; i++) {
		/* Without its mark it is an identity without a checksum. */
		if (i == 510)
			continue;
		p[i] ^= 0x20;
		assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e),
				 MUN_ECORRUPT);
		assert_string_equal(id.model, "");
		p[i] ^= 0x20;
	}
}

static void old_drives_have_no_checksum_and_no_more_bits(void **state)
{
	struct mun_ata_identity id;
	struct mun_err e;
	uint8_t p[512];

	(void)state;
	make_disk(p);
	p[510] = 0;
	put_word(p, 83, 0x0c00); /* not valid: 00b on top */
	put_word(p, 87, 0xc100); /* nor these */
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), 0);
	assert_false(id.has_lba48);
	assert_false(id.has_hpa);
	assert_string_equal(id.wwn, "");
	assert_int_equal(id.sectors, 268435455);
}

static void what_is_no_ata_disk_is_refused(void **state)
{
	struct mun_ata_identity id;
	struct mun_err e;
	uint8_t p[512] = { 0 };

	(void)state;
	/* A bridge that gives zeros for what it does not know. */
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), MUN_ECORRUPT);
	make_disk(p);
	put_word(p, 0, 0x85c0); /* ATAPI */
	put_sum(p);
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), MUN_ECORRUPT);
	put_word(p, 0, 0x848a); /* CompactFlash */
	put_sum(p);
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), 0);
	for (size_t len = 0; len < 512; len += 73)
		assert_int_equal(mun_ata_identify_parse(p, len, &id, &e),
				 MUN_ECORRUPT);
}

static void large_sectors_and_large_disks_are_known(void **state)
{
	struct mun_ata_identity id;
	struct mun_err e;
	uint8_t p[512];

	(void)state;
	make_disk(p);
	put_word(p, 69, 0x0008);
	mun_put_le64(p + 460, UINT64_C(0x1000000000000));
	put_word(p, 106, 0x5000);
	mun_put_le32(p + 234, 2048); /* words */
	put_word(p, 119, 0x4100);
	put_sum(p);
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), 0);
	assert_int_equal(id.sector_bytes, 4096);
	assert_int_equal(id.sectors, UINT64_C(0x1000000000000));
	assert_true(id.has_amac);
	/* A size that no sector has. */
	mun_put_le32(p + 234, 3);
	put_sum(p);
	assert_int_equal(mun_ata_identify_parse(p, 512, &id, &e), 0);
	assert_int_equal(id.sector_bytes, 512);
}

static void the_configuration_tells_the_real_size(void **state)
{
	struct mun_err e;
	uint8_t p[512] = { 0 };
	uint64_t sectors;

	(void)state;
	put_word(p, 0, 2);
	mun_put_le64(p + 6, 312581807);
	put_sum(p);
	assert_int_equal(mun_ata_dco_parse(p, 512, &sectors, &e), 0);
	assert_int_equal(sectors, 312581808);
	/* Without a checksum it is nothing that a drive sent. */
	p[510] = 0;
	p[511] = 0;
	assert_int_equal(mun_ata_dco_parse(p, 512, &sectors, &e), MUN_ECORRUPT);
	put_sum(p);
	p[20] ^= 1;
	assert_int_equal(mun_ata_dco_parse(p, 512, &sectors, &e), MUN_ECORRUPT);
	assert_int_equal(mun_ata_dco_parse(p, 511, &sectors, &e), MUN_ECORRUPT);
	memset(p, 0, sizeof(p));
	put_sum(p);
	assert_int_equal(mun_ata_dco_parse(p, 512, &sectors, &e), MUN_ECORRUPT);
	assert_int_equal(sectors, 0);
}

static void registers_come_back_in_descriptors(void **state)
{
	struct mun_scsi_cmd cmd = {
		.sense = { 0x72, 1,    0,    0x1d, 0,    0,   0,    14,
			   0x09, 0x0c, 1,    0x04, 0,    1,   0x44, 0x11,
			   0x55, 0x22, 0x66, 0x33, 0xe0, 0x50 },
		.sense_len = 22,
	};
	struct mun_ata_registers r;

	(void)state;
	assert_true(mun_ata_registers_parse(&cmd, &r));
	assert_int_equal(r.lba, UINT64_C(0x665544332211));
	assert_int_equal(r.status, 0x50);
	assert_int_equal(r.error, 0x04);
	assert_int_equal(r.device, 0xe0);
	assert_true(r.whole);
	for (uint8_t len = 0; len < 22; len++) {
		cmd.sense_len = len;
		assert_false(mun_ata_registers_parse(&cmd, &r));
	}
}

static void registers_come_back_in_the_fixed_form(void **state)
{
	struct mun_scsi_cmd cmd = {
		.sense = { 0x70, 0, 1, 0, 0x50, 0xe3, 1, 10, 0, 0x11, 0x22,
			   0x33, 0, 0x1d },
		.sense_len = 18,
	};
	struct mun_ata_registers r;

	(void)state;
	assert_true(mun_ata_registers_parse(&cmd, &r));
	assert_int_equal(r.lba, 0x332211);
	assert_int_equal(r.status, 0x50);
	assert_int_equal(r.device, 0xe3);
	assert_true(r.whole);
	cmd.sense[8] = 0x20; /* the upper bytes are not zero */
	assert_true(mun_ata_registers_parse(&cmd, &r));
	assert_false(r.whole);
	cmd.sense[13] = 0; /* an ordinary error: no registers */
	assert_false(mun_ata_registers_parse(&cmd, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_read),
		cmocka_unit_test(
			an_identity_with_a_flipped_bit_is_not_believed),
		cmocka_unit_test(old_drives_have_no_checksum_and_no_more_bits),
		cmocka_unit_test(what_is_no_ata_disk_is_refused),
		cmocka_unit_test(large_sectors_and_large_disks_are_known),
		cmocka_unit_test(the_configuration_tells_the_real_size),
		cmocka_unit_test(registers_come_back_in_descriptors),
		cmocka_unit_test(registers_come_back_in_the_fixed_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
