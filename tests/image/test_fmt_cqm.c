/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_cqm.c - CopyQM: runs, sums, cylinders left out */
#include "core/bytes.h"
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define HEAD 133u
#define CRC_AT 0x5cu

static void fix_sum(uint8_t *image, size_t bytes)
{
	unsigned int sum = 0;

	if (bytes < HEAD)
		return;
	for (unsigned int i = 0; i < HEAD - 1; i++)
		sum += image[i];
	image[HEAD - 1] = (uint8_t)(0u - sum);
}

/* 3 cylinders of 2 sides and 1 sector, of which 2 are there. */
static void make_disk(struct bytes *b)
{
	add_fill(b, 0, HEAD);
	memcpy(b->p, "CQ\x14", 3);
	b->p[4] = 2; /* 512 bytes */
	b->p[0x10] = 1;
	b->p[0x12] = 2;
	memcpy(b->p + 0x1c, "Two cylinders", 13);
	b->p[0x5a] = 2;
	b->p[0x5b] = 3;
	memcpy(b->p + 0x60, "LABEL      ", 11);
	b->p[0x6b] = 0xbd; /* 23:05:58 */
	b->p[0x6c] = 0xb8;
	b->p[0x6d] = 0x9a; /* 1991-04-26 */
	b->p[0x6e] = 0x16;
	b->p[0x6f] = 7;
	add_text(b, "Comment");
	add_le16(b, 0x10000 - 512);
	add_u8(b, 0xe5);
	add_le16(b, 3);
	add_text(b, "abc");
	add_le16(b, 0);
	add_le16(b, 0x10000 - (2 * 512 - 3));
	add_u8(b, 0x11);
	add_le16(b, 512);
	add_fill(b, 0x22, 512);
	fix_sum(b->p, b->len);
}

static void runs_are_expanded_and_what_is_not_there_is_lost(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b);
	assert_recognised(&b, "cqm");
	o = open_image(&b, "cqm");
	assert_int_equal(o.img->bytes, 6 * 512);
	assert_int_equal(o.img->geometry.cylinders, 3);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0xe5, 512);
	assert_view(o.img, MUN_VIEW_CONTENT, 512, "abc\x11", 4);
	assert_filled(o.img, MUN_VIEW_CONTENT, 515, 0x11, 1021);
	assert_filled(o.img, MUN_VIEW_CONTENT, 3 * 512, 0x22, 512);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, 4 * 512, MUN_EXTENT_DATA);
	assert_extent(o.img, MUN_VIEW_CONTENT, 4 * 512, 2 * 512,
		      MUN_EXTENT_UNREADABLE);
	assert_check(o.img, "head sum", MUN_FACT_GOOD);
	assert_null(fact_of(o.img, "data CRC-32")); /* 0: an old file */
	assert_fact(o.img, "description", "Two cylinders");
	assert_fact(o.img, "label", "LABEL");
	assert_fact(o.img, "comment", "Comment");
	assert_fact(o.img, "created", "1991-04-26T23:05:58");
	assert_non_null(fact_of(o.img, "not imaged"));
	close_image(&o);
	free(b.p);
}

/* The value by a table of 256 entries that are indexed with 6 bits, as libdsk
 * does it; real files of dsktrans agree. */
static void the_crc_is_checked_with_the_slip_of_copyqm(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b);
	mun_put_le32(b.p + CRC_AT, 1);
	o = open_image(&b, "cqm");
	assert_check(o.img, "data CRC-32", MUN_FACT_BAD);
	assert_check(o.img, "head sum", MUN_FACT_BAD);
	close_image(&o);
	mun_put_le32(b.p + CRC_AT, 0x84ad4e6fu);
	fix_sum(b.p, b.len);
	o = open_image(&b, "cqm");
	assert_check(o.img, "data CRC-32", MUN_FACT_GOOD);
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	static const struct {
		size_t at;
		unsigned int value;
		const char *says;
	} cases[] = {
		{ 2, 0, "not CopyQM's" },
		{ 4, 3, "768 bytes" },
		{ 0x10, 0, "0 sectors" },
		{ 0x12, 3, "3 heads" },
		{ 0x5a, 0, "0 cylinders" },
		{ 0x5a, 3, "ends after 2048 bytes" },
		{ 0x70, 9, "ends within the comment" },
		{ HEAD + 7 + 1, 0x80, "is longer than the disk" },
	};
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t old = b.p[cases[i].at];

		b.p[cases[i].at] = (uint8_t)cases[i].value;
		assert_refused(&b, "cqm", MUN_ECORRUPT, cases[i].says);
		b.p[cases[i].at] = old;
	}
	b.len--;
	assert_refused(&b, "cqm", MUN_ECORRUPT, "ends within a run");
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	static const struct mutate_field fields[] = {
		{ "bytes", 3, 2, false },
		{ "sectors", 0x10, 2, false },
		{ "heads", 0x12, 2, false },
		{ "stored", 0x5a, 1, false },
		{ "cylinders", 0x5b, 1, false },
		{ "time", 0x6b, 2, false },
		{ "date", 0x6d, 2, false },
		{ "comment", 0x6f, 2, false },
		{ "base", 0x71, 1, false },
		{ "run", HEAD + 7, 2, false },
		{ "second", HEAD + 10, 2, false },
	};
	static const size_t bounds[] = { 3, HEAD, HEAD + 7, HEAD + 10 };
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b);
	mutate_all(&(struct mutate_set){
		.format = "cqm",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix_sum,
		.sweep = HEAD + 20,
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			runs_are_expanded_and_what_is_not_there_is_lost),
		cmocka_unit_test(the_crc_is_checked_with_the_slip_of_copyqm),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
