/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_msa.c - Magic Shadow Archiver: runs, and E5 */
#include "core/check.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

static void add_head(struct bytes *b, unsigned int sectors, unsigned int sides,
		     unsigned int first, unsigned int last)
{
	add_be16(b, 0x0e0f);
	add_be16(b, sectors);
	add_be16(b, sides - 1);
	add_be16(b, first);
	add_be16(b, last);
}

static void add_run(struct bytes *b, unsigned int v, unsigned int n)
{
	add_u8(b, 0xe5);
	add_u8(b, v);
	add_be16(b, n);
}

/* Two cylinders of one sector a side: stored, all E5, runs, runs. */
static void make_disk(struct bytes *b)
{
	add_head(b, 1, 2, 0, 1);
	add_be16(b, 512);
	add_fill(b, 0x11, 511);
	add_u8(b, 0xe5);
	add_be16(b, 4);
	add_run(b, 0xe5, 512);
	add_be16(b, 9);
	add_u8(b, 'x');
	add_run(b, 0xe5, 1);
	add_run(b, 0x22, 510);
	add_be16(b, 8);
	add_run(b, 0x33, 256);
	add_run(b, 0x44, 256);
}

static void tracks_are_read_and_runs_expanded(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b);
	assert_recognised(&b, "msa");
	o = open_image(&b, "msa");
	assert_int_equal(o.img->bytes, 4 * 512);
	assert_int_equal(o.img->geometry.cylinders, 2);
	assert_int_equal(o.img->geometry.heads, 2);
	assert_int_equal(o.img->geometry.sectors, 1);
	assert_string_equal(o.img->puid, "fmt/1472");
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x11, 511);
	assert_filled(o.img, MUN_VIEW_CONTENT, 511, 0xe5, 513);
	assert_view(o.img, MUN_VIEW_CONTENT, 1024, "x\xe5\x22", 3);
	assert_filled(o.img, MUN_VIEW_CONTENT, 1026, 0x22, 510);
	assert_filled(o.img, MUN_VIEW_CONTENT, 1536, 0x33, 256);
	assert_filled(o.img, MUN_VIEW_CONTENT, 1792, 0x44, 256);
	close_image(&o);
	free(b.p);
}

static void a_part_of_a_disk_says_so(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, 1, 1, 5, 5);
	add_be16(&b, 4);
	add_run(&b, 0x66, 512);
	add_text(&b, "tail");
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, 512);
	assert_non_null(fact_of(o.img, "missing tracks"));
	assert_non_null(strstr(o.img->note, "4 bytes follow"));
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
		{ 1, 0, "not that of MSA" },
		{ 3, 0, "not that of MSA" },
		{ 3, 49, "not that of MSA" },
		{ 5, 2, "not that of MSA" },
		{ 7, 1, "not that of MSA" }, /* first after last */
		{ 9, 86, "not that of MSA" },
		{ 9, 1, "ends within the length" },
		{ 10, 3, "772 bytes for a track of 512" },
		{ 11, 3, "it ends in a run" },
		{ 14, 3, "a run of 768 bytes where 512 are left" },
		{ 15, 1, "a run of 513 bytes where 512 are left" },
		{ 14, 1, "4 bytes give 256" },
	};
	struct bytes b = { 0 };

	(void)state;
	add_head(&b, 1, 1, 0, 0);
	add_be16(&b, 4);
	add_run(&b, 0x66, 512);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t old = b.p[cases[i].at];

		b.p[cases[i].at] = (uint8_t)cases[i].value;
		assert_refused(&b, "msa", MUN_ECORRUPT, cases[i].says);
		b.p[cases[i].at] = old;
	}
	b.len--;
	assert_refused(&b, "msa", MUN_ECORRUPT, "ends within a track");
	b.len = 9; /* the head alone, and not all of it */
	assert_refused(&b, "msa", MUN_ECORRUPT, "ends within the length");
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	static const struct mutate_field fields[] = {
		{ "sectors", 2, 2, true }, { "sides", 4, 2, true },
		{ "first", 6, 2, true },   { "last", 8, 2, true },
		{ "length", 10, 2, true }, { "second", 524, 2, true },
		{ "run", 528, 2, true },
	};
	static const size_t bounds[] = { 2, 10, 12, 524, 526, 530, 532 };
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b);
	mutate_all(&(struct mutate_set){
		.format = "msa",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 16,
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracks_are_read_and_runs_expanded),
		cmocka_unit_test(a_part_of_a_disk_says_so),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
