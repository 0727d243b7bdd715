/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_d88.c - D88: tables, states, several disks */
#include "core/bytes.h"
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define TABLE 0x20u
#define NEW_END 0x2b0u
#define OLD_END 0x2a0u

static size_t begin_disk(struct bytes *b, unsigned int medium, size_t end)
{
	size_t at = b->len;

	add_text(b, "NAME OF DISK");
	add_fill(b, 0, 14);
	add_u8(b, 0x10); /* write protected */
	add_u8(b, medium);
	add_fill(b, 0, end - (b->len - at));
	return at;
}

/* What follows is entry @i of the table. */
static void begin_track(struct bytes *b, size_t disk, unsigned int i)
{
	mun_put_le32(b->p + disk + TABLE + 4 * (size_t)i,
		     (uint32_t)(b->len - disk));
}

static void add_sector(struct bytes *b, unsigned int c, unsigned int h,
		       unsigned int r, unsigned int sectors,
		       unsigned int deleted, unsigned int status,
		       unsigned int bytes, unsigned int fill)
{
	add_u8(b, c);
	add_u8(b, h);
	add_u8(b, r);
	add_u8(b, 0);
	add_le16(b, sectors);
	add_u8(b, 0);
	add_u8(b, deleted);
	add_u8(b, status);
	add_fill(b, 0, 5);
	add_le16(b, bytes);
	add_fill(b, fill, bytes);
}

static void end_disk(struct bytes *b, size_t disk)
{
	mun_put_le32(b->p + disk + 0x1c, (uint32_t)(b->len - disk));
}

static void make_disk(struct bytes *b, unsigned int medium, size_t end,
		      unsigned int step)
{
	size_t disk = begin_disk(b, medium, end);

	for (unsigned int i = 0; i < 4; i++) {
		begin_track(b, disk, i * step);
		add_sector(b, i / 2, i % 2, 2, 2, 0, 0, 128, 0x20 + i);
		add_sector(b, i / 2, i % 2, 1, 2, 0, 0, 128, 0x10 + i);
	}
	end_disk(b, disk);
}

static void both_lengths_of_the_table_are_read(void **state)
{
	static const size_t ends[] = { OLD_END, NEW_END };
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		b.len = 0;
		make_disk(&b, 0x20, ends[i], 1);
		assert_recognised(&b, "d88");
		o = open_image(&b, "d88");
		assert_int_equal(o.img->geometry.cylinders, 2);
		assert_int_equal(o.img->geometry.heads, 2);
		assert_int_equal(o.img->geometry.sectors, 2);
		assert_int_equal(o.img->floppy->tracks[0].kbps, 500);
		assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x10, 128);
		assert_filled(o.img, MUN_VIEW_CONTENT, 128, 0x20, 128);
		assert_filled(o.img, MUN_VIEW_CONTENT, 7 * 128, 0x23, 128);
		assert_fact(o.img, "name", "NAME OF DISK");
		assert_fact(o.img, "write protected", "yes");
		close_image(&o);
	}
	free(b.p);
}

static void one_side_may_leave_out_entries(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	for (unsigned int step = 1; step <= 2; step++) {
		b.len = 0;
		make_disk(&b, 0x40, NEW_END, step);
		o = open_image(&b, "d88");
		assert_int_equal(o.img->geometry.cylinders, 4);
		assert_int_equal(o.img->geometry.heads, 1);
		assert_filled(o.img, MUN_VIEW_CONTENT, 3 * 256, 0x13, 128);
		close_image(&o);
	}
	free(b.p);
}

static void the_status_of_a_sector_is_kept(void **state)
{
	static const struct {
		unsigned int deleted, status, bytes, flags;
	} cases[] = {
		{ 0, 0, 128, 0 },
		{ 0x10, 0x10, 128, MUN_SECTOR_DELETED },
		{ 0, 0xa0, 128, MUN_SECTOR_BAD_ID },
		{ 0, 0xb0, 128, MUN_SECTOR_BAD_DATA },
		{ 0, 0xf0, 128, MUN_SECTOR_BAD_DATA },
		{ 0, 0x30, 128, MUN_SECTOR_BAD_DATA },
		{ 0, 0xf0, 0, MUN_SECTOR_NO_DATA },
	};
	struct bytes b = { 0 };
	struct opened o;
	size_t disk;

	(void)state;
	disk = begin_disk(&b, 0, NEW_END);
	begin_track(&b, disk, 0);
	for (unsigned int i = 0; i < MUN_COUNT(cases); i++)
		add_sector(&b, 0, 0, i + 1, MUN_COUNT(cases), cases[i].deleted,
			   cases[i].status, cases[i].bytes, i + 1);
	end_disk(&b, disk);
	o = open_image(&b, NULL);
	for (unsigned int i = 0; i < MUN_COUNT(cases); i++) {
		assert_int_equal(sector_of(o.img, 0, i)->flags, cases[i].flags);
		assert_int_equal(sector_of(o.img, 0, i)->st1, cases[i].status);
		assert_filled(o.img, MUN_VIEW_CONTENT, i * 128u,
			      cases[i].bytes ? i + 1 : 0, 128);
	}
	close_image(&o);
	free(b.p);
}

static void of_several_disks_the_first_is_read_and_it_is_said(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b, 0, NEW_END, 1);
	make_disk(&b, 0x10, NEW_END, 1);
	make_disk(&b, 0, OLD_END, 1);
	assert_recognised(&b, "d88");
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, 8 * 128);
	assert_fact(o.img, "further disks",
		    "the file holds 3 disks, this is the first");
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b, 0, NEW_END, 1);
	mun_put_le32(b.p + TABLE + 4, 0x100);
	assert_refused(&b, "d88", MUN_ECORRUPT, "track 1 lies in the table");
	mun_put_le32(b.p + TABLE + 4, 0x7fffffff);
	assert_refused(&b, "d88", MUN_ECORRUPT, "it begins at byte 2147483647");
	mun_put_le32(b.p + TABLE + 4, (uint32_t)b.len - 16);
	assert_refused(&b, "d88", MUN_ECORRUPT, "track 1: 4883 sectors");
	mun_put_le32(b.p + TABLE + 4, 0);
	b.p[NEW_END + 14] = 0xff;
	b.p[NEW_END + 15] = 0xff;
	assert_refused(&b, "d88", MUN_ECORRUPT, "ends within the data");
	b.p[0x1b] = 0x50;
	assert_refused(&b, "d88", MUN_ECORRUPT, "not that of D88");
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	static const struct mutate_field fields[] = {
		{ "protection", 0x1a, 1, false },
		{ "medium", 0x1b, 1, false },
		{ "size", 0x1c, 4, false },
		{ "track 0", TABLE, 4, false },
		{ "track 1", TABLE + 4, 4, false },
		{ "track 2", TABLE + 8, 4, false },
		{ "n", NEW_END + 3, 1, false },
		{ "sectors", NEW_END + 4, 2, false },
		{ "density", NEW_END + 6, 1, false },
		{ "deleted", NEW_END + 7, 1, false },
		{ "status", NEW_END + 8, 1, false },
		{ "bytes", NEW_END + 14, 2, false },
	};
	static const size_t bounds[] = { 0x1a,    TABLE,        OLD_END,
					 NEW_END, NEW_END + 16, NEW_END + 144 };
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b, 0, NEW_END, 1);
	mutate_all(&(struct mutate_set){
		.format = "d88",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 64,
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_lengths_of_the_table_are_read),
		cmocka_unit_test(one_side_may_leave_out_entries),
		cmocka_unit_test(the_status_of_a_sector_is_kept),
		cmocka_unit_test(
			of_several_disks_the_first_is_read_and_it_is_said),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
