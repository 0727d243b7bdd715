/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_8bit.c - plain disks known by their catalogue */
#include "core/check.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

static void make_dfs(struct bytes *b, size_t bytes)
{
	add_fill(b, 0, bytes);
	memcpy(b->p, "MY DISK", 7);
	memcpy(b->p + 8, "!BOOT  $PROGRAM\xa4", 16);
	b->p[256 + 5] = 16;
	b->p[256 + 6] = 0x33;
	b->p[256 + 7] = 0x20;
	b->p[256 + 15] = 2;
	b->p[256 + 22] = 3;
	b->p[256 + 23] = 0x1f;
}

static void make_trd(struct bytes *b, size_t bytes)
{
	add_fill(b, 0, bytes);
	memcpy(b->p + 2048 + 227, "\x16\x02\0\0\x10", 5);
	memcpy(b->p + 2048 + 245, "LABEL   ", 8);
}

static void make_mgt(struct bytes *b)
{
	add_fill(b, 0, 819200);
	memcpy(b->p, "\1Name      \0\1\4\1", 15);
	memcpy(b->p + 512, "\4Other     \0\x20\xcf\x0a", 15);
}

static void assert_disk(const struct bytes *b, const char *format,
			const char *variant, const char *label,
			const char *note)
{
	struct opened o;

	assert_recognised(b, format);
	o = open_image(b, NULL);
	assert_string_equal(o.img->variant, variant);
	assert_string_equal(o.img->volume_label, label);
	assert_string_equal(o.img->note, note);
	assert_int_equal(o.img->medium, MUN_MEDIUM_FLOPPY);
	assert_int_equal(o.img->bytes, b->len);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b->p, b->len);
	close_image(&o);
}

static void a_disk_of_acorn_dfs_may_be_short_or_have_two_sides(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_dfs(&b, 204800);
	assert_disk(&b, "dfs", "Acorn DFS, SSD, 80 x 1 x 10", "MY DISK", "");
	b.len = 8960;
	assert_disk(&b, "dfs", "Acorn DFS, SSD, 80 x 1 x 10", "MY DISK",
		    "image is 195840 bytes shorter than its disk");
	b.len = 204800;
	add_fill(&b, 0, 204800);
	assert_disk(&b, "dfs", "Acorn DFS, DSD, 80 x 2 x 10", "MY DISK", "");
	free(b.p);
}

static void every_field_of_a_catalogue_counts(void **state)
{
	static const struct {
		size_t at;
		unsigned int value;
	} cases[] = {
		{ 0, 1 },        { 8, 0 },           { 9, 0x1f },
		{ 256 + 5, 17 }, { 256 + 6, 0x37 },  { 256 + 7, 0x21 },
		{ 256 + 15, 1 }, { 256 + 23, 0x20 },
	};
	struct bytes b = { 0 };

	(void)state;
	make_dfs(&b, 8960);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t old = b.p[cases[i].at];

		b.p[cases[i].at] = (uint8_t)cases[i].value;
		assert_recognised(&b, "raw");
		assert_refused(&b, "dfs", MUN_ECORRUPT, "no catalogue");
		b.p[cases[i].at] = old;
	}
	b.len--;
	assert_recognised(&b, "raw");
	free(b.p);
}

static void tr_dos_is_known_by_its_ninth_sector(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_trd(&b, 655360);
	assert_disk(&b, "trd", "TR-DOS, 80 x 2 x 16", "LABEL", "");
	b.p[2048 + 227] = 0x19;
	b.len = 163840;
	assert_disk(&b, "trd", "TR-DOS, 40 x 1 x 16", "LABEL", "");
	b.len = 163840 + 256;
	assert_disk(&b, "trd", "TR-DOS, 40 x 1 x 16", "LABEL",
		    "256 bytes follow the disk");
	b.p[2048 + 231] = 0x11;
	assert_recognised(&b, "raw");
	assert_refused(&b, "trd", MUN_ECORRUPT, "no catalogue");
	free(b.p);
}

static void an_mgt_is_known_by_its_directory(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_mgt(&b);
	assert_disk(&b, "mgt", "DISCiPLE or +D, 80 x 2 x 10", "", "");
	b.p[512 + 14] = 11;
	assert_recognised(&b, "floppy");
	assert_refused(&b, "mgt", MUN_ECORRUPT, "no catalogue");
	b.p[0] = b.p[512] = 0;
	assert_recognised(&b, "floppy");
	free(b.p);
}

static void none_of_them_can_do_harm(void **state)
{
	static const struct mutate_field dfs[] = {
		{ "files", 261, 1, false },
		{ "sectors", 262, 2, true },
		{ "start", 270, 2, true },
	};
	static const struct mutate_field trd[] = {
		{ "kind", 2275, 1, false },
		{ "files", 2276, 1, false },
	};
	static const size_t bounds[] = { 256, 512, 2048, 2304 };
	struct bytes b = { 0 };

	(void)state;
	make_dfs(&b, 8960);
	mutate_all(&(struct mutate_set){
		.format = "dfs",
		.image = b.p,
		.bytes = b.len,
		.fields = dfs,
		.nfields = MUN_COUNT(dfs),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 32,
	});
	b.len = 0;
	make_trd(&b, 4096);
	mutate_all(&(struct mutate_set){
		.format = "trd",
		.image = b.p,
		.bytes = b.len,
		.fields = trd,
		.nfields = MUN_COUNT(trd),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_disk_of_acorn_dfs_may_be_short_or_have_two_sides),
		cmocka_unit_test(every_field_of_a_catalogue_counts),
		cmocka_unit_test(tr_dos_is_known_by_its_ninth_sector),
		cmocka_unit_test(an_mgt_is_known_by_its_directory),
		cmocka_unit_test(none_of_them_can_do_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
