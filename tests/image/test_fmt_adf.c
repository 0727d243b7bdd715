/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_adf.c - Amiga floppies: plain, extended, written */
#include "core/bytes.h"
#include "core/check.h"
#include "image/floppy.h"
#include "image/writer.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define DD 901120u
#define HD 1802240u
#define TRACK 5632u

/* Big-endian words whose sum is made right by the one at @sum. */
static void make_root(uint8_t *root, const char *name)
{
	uint32_t sum = 0;

	memset(root, 0, 512);
	mun_put_be32(root, 2);
	mun_put_be32(root + 12, 72);
	root[432] = (uint8_t)strlen(name);
	memcpy(root + 433, name, strlen(name));
	mun_put_be32(root + 508, 1);
	for (size_t i = 0; i < 512; i += 4)
		sum += mun_be32(root + i);
	mun_put_be32(root + 20, 0u - sum);
}

static void make_boot(uint8_t *boot, unsigned int type)
{
	uint32_t sum = 0;

	memcpy(boot, "DOS", 3);
	boot[3] = (uint8_t)type;
	for (size_t i = 0; i < 1024; i += 4) {
		uint32_t before = sum;

		sum += mun_be32(boot + i);
		sum += sum < before;
	}
	mun_put_be32(boot + 4, ~sum);
}

static void make_adf(struct bytes *b, size_t bytes, const char *name)
{
	add_fill(b, 0, bytes);
	memcpy(b->p, "DOS", 3);
	make_root(b->p + bytes / 2, name);
}

static void assert_adf(const struct bytes *b, const char *variant,
		       uint32_t cylinders, uint32_t sectors)
{
	struct opened o = open_image(b, NULL);

	assert_string_equal(o.img->format->name, "adf");
	assert_string_equal(o.img->variant, variant);
	assert_int_equal(o.img->geometry.cylinders, cylinders);
	assert_int_equal(o.img->geometry.heads, 2);
	assert_int_equal(o.img->geometry.sectors, sectors);
	assert_int_equal(o.img->bytes, b->len);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b->p, b->len);
	close_image(&o);
}

static void a_disk_of_amigados_is_known_by_its_root_block(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_adf(&b, DD, "Caf\xe9 \\ 1");
	assert_adf(&b, "880K Amiga DD, AmigaDOS OFS, type 0", 80, 11);
	make_boot(b.p, 1);
	assert_adf(&b, "880K Amiga DD, AmigaDOS FFS, type 1, bootable", 80, 11);
	b.p[600] = 1;
	assert_adf(&b, "880K Amiga DD, AmigaDOS FFS, type 1", 80, 11);
	o = open_image(&b, NULL);
	assert_string_equal(o.img->volume_label, "Caf\xc3\xa9 \\\\ 1");
	assert_string_equal(o.img->puid, "fmt/1361");
	close_image(&o);
	free(b.p);
	memset(&b, 0, sizeof(b));
	make_adf(&b, HD, "HD");
	assert_adf(&b, "1760K Amiga HD, AmigaDOS OFS, type 0", 80, 22);
	free(b.p);
	memset(&b, 0, sizeof(b));
	make_adf(&b, 82 * 2 * TRACK, "82");
	/* In the middle of 1804 blocks, 902. */
	assert_adf(&b, "902K Amiga DD, AmigaDOS OFS, type 0", 82, 11);
	free(b.p);
}

static void every_wrong_field_of_a_root_block_is_noticed(void **state)
{
	static const size_t at[] = { 3, 15, 23, 100, 433, 511 };
	struct bytes b = { 0 };

	(void)state;
	make_adf(&b, DD, "X");
	for (size_t i = 0; i < MUN_COUNT(at); i++) {
		struct opened o;

		b.p[DD / 2 + at[i]] ^= 1;
		o = open_image(&b, "adf");
		assert_string_equal(o.img->volume_label, "");
		assert_non_null(strstr(o.img->note, "is no root block"));
		close_image(&o);
		b.p[DD / 2 + at[i]] ^= 1;
	}
	b.p[0] = 'd';
	{
		struct opened o = open_image(&b, NULL);

		assert_string_equal(o.img->volume_label, "X");
		assert_non_null(strstr(o.img->note, "boot block is another"));
		close_image(&o);
	}
	free(b.p);
}

static void the_size_alone_makes_an_amiga_disk_unless_it_is_a_pcs(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	add_fill(&b, 0, DD);
	assert_adf(&b, "880K Amiga DD, no file system recognised", 80, 11);
	memcpy(b.p, "KICK", 4);
	assert_adf(&b, "880K Amiga DD, Kickstart", 80, 11);
	b.p[510] = 0x55;
	b.p[511] = 0xaa;
	assert_recognised(&b, "floppy");
	b.len -= 512;
	assert_refused(&b, "adf", MUN_ECORRUPT, "no size of an Amiga floppy");
	/* 82 cylinders prove nothing without a root block. */
	b.len = DD;
	add_fill(&b, 0, 4 * TRACK);
	b.p[510] = 0;
	assert_recognised(&b, "raw");
	free(b.p);
}

static void no_byte_of_an_adf_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "type", 3, 1, false },
		{ "root", DD / 2, 4, true },
		{ "table", DD / 2 + 12, 4, true },
		{ "name", DD / 2 + 432, 1, false },
		{ "secondary", DD / 2 + 508, 4, true },
	};
	static const size_t bounds[] = { 1024, DD / 2, DD / 2 + 512 };
	struct bytes b = { 0 };

	(void)state;
	make_adf(&b, DD, "X");
	mutate_all(&(struct mutate_set){
		.format = "adf",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
	});
	free(b.p);
}

static void add_be32(struct bytes *b, uint32_t v)
{
	add_be16(b, v >> 16);
	add_be16(b, v & 0xffff);
}

/* @n tracks of 11 sectors; the second is empty, or raw. */
static void make_new(struct bytes *b, unsigned int n, bool raw)
{
	add_text(b, "UAE-1ADF");
	add_be16(b, 0);
	add_be16(b, n);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t bytes = i != 1 ? TRACK : raw ? 100 : 0;

		add_be16(b, 0);
		add_be16(b, i == 1 && raw);
		add_be32(b, bytes);
		add_be32(b, bytes * 8);
	}
	for (unsigned int i = 0; i < n; i++)
		add_fill(b, 0x10 + i, i != 1 ? TRACK : raw ? 100 : 0);
}

static void tracks_of_sectors_are_decoded(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_new(&b, 4, false);
	assert_recognised(&b, "adf-ext");
	o = open_image(&b, NULL);
	assert_string_equal(o.img->preserved_only, "");
	assert_memory_equal(o.img->variant, "UAE-1ADF, 4 tracks", 18);
	assert_int_equal(o.img->bytes, 4 * TRACK);
	assert_int_equal(o.img->geometry.cylinders, 2);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x10, TRACK);
	assert_filled(o.img, MUN_VIEW_CONTENT, TRACK, 0, TRACK);
	assert_filled(o.img, MUN_VIEW_CONTENT, 3 * TRACK, 0x13, TRACK);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, TRACK, MUN_EXTENT_DATA);
	assert_extent(o.img, MUN_VIEW_CONTENT, TRACK, TRACK,
		      MUN_EXTENT_UNREADABLE);
	close_image(&o);
	b.len--;
	assert_refused(&b, "adf-ext", MUN_ECORRUPT, "track");
	free(b.p);
}

static void an_image_with_raw_tracks_is_kept(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_new(&b, 3, true);
	o = open_image(&b, NULL);
	assert_true(o.img->preserved_only[0]);
	assert_fact(o.img, "raw tracks", "1 of 3");
	assert_check(o.img, "structure", MUN_FACT_GOOD);
	assert_int_equal(o.img->bytes, b.len);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	/* More than one revolution of it. */
	b.p[12 + 12 + 2] = 2;
	o = open_image(&b, NULL);
	assert_fact(o.img, "raw tracks", "1 of 3");
	close_image(&o);
	b.len--;
	o = open_image(&b, NULL);
	assert_check(o.img, "structure", MUN_FACT_BAD);
	close_image(&o);
	free(b.p);
}

static void empty_tracks_behind_the_disk_were_never_there(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_text(&b, "UAE-1ADF");
	add_be16(&b, 0);
	add_be16(&b, 168);
	for (int i = 0; i < 168; i++) {
		add_be32(&b, 0);
		add_be32(&b, i < 160 ? TRACK : 0);
		add_be32(&b, 0);
	}
	for (unsigned int i = 0; i < 160; i++)
		add_fill(&b, i, TRACK);
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, DD);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, DD, MUN_EXTENT_DATA);
	close_image(&o);
	free(b.p);
}

static void the_old_form_has_160_tracks(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_text(&b, "UAE--ADF");
	for (int i = 0; i < 160; i++) {
		add_be16(&b, 0);
		add_be16(&b, TRACK);
	}
	for (unsigned int i = 0; i < 160; i++)
		add_fill(&b, i, TRACK);
	assert_recognised(&b, "adf-ext");
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, DD);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p + 648, DD);
	close_image(&o);
	/* A sync word makes a track raw. */
	b.p[8] = 0x44;
	o = open_image(&b, NULL);
	assert_fact(o.img, "raw tracks", "1 of 160");
	close_image(&o);
	free(b.p);
}

static void no_field_of_an_extended_adf_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "tracks", 10, 2, true },  { "type", 14, 2, true },
		{ "bytes", 16, 4, true },   { "bits", 20, 4, true },
		{ "bytes 3", 40, 4, true },
	};
	static const size_t bounds[] = { 12, 24, 48, 48 + TRACK };
	struct bytes b = { 0 };

	(void)state;
	make_new(&b, 3, false);
	mutate_all(&(struct mutate_set){
		.format = "adf-ext",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 64,
	});
	b.p[15] = 2;
	assert_refused(&b, "adf-ext", MUN_EUNSUPPORTED, "is of type 2");
	b.p[15] = 0;
	mun_put_be32(b.p + 16, 23 * 512);
	assert_refused(&b, "adf-ext", MUN_ECORRUPT, "has 23 sectors");
	b.p[11] = 0;
	assert_refused(&b, "adf-ext", MUN_ECORRUPT, "0 tracks");
	free(b.p);
}

static void an_adf_is_written_as_it_was(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x.adf");
	struct mun_convert c = { .path = path };
	struct bytes b = { 0 };
	struct opened o;
	struct mun_err e;
	char *out;
	size_t len;

	(void)state;
	make_adf(&b, DD, "X");
	o = open_image(&b, NULL);
	c.img = o.img;
	assert_int_equal(mun_writer_for(NULL, path, &c.writer, &e), 0);
	assert_int_equal(mun_convert_run(&c, &e), 0);
	assert_false(c.refused);
	out = mun_test_read(path, &len);
	assert_int_equal(len, b.len);
	assert_memory_equal(out, b.p, len);
	free(out);
	mun_loss_clear(&c.loss);
	close_image(&o);
	b.len -= 512;
	o = open_image(&b, "raw");
	assert_int_equal(c.writer->plan(o.img, &c.options, &c.loss, &e),
			 MUN_EUNSUPPORTED);
	close_image(&o);
	free(b.p);
	free(path);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_of_amigados_is_known_by_its_root_block),
		cmocka_unit_test(every_wrong_field_of_a_root_block_is_noticed),
		cmocka_unit_test(
			the_size_alone_makes_an_amiga_disk_unless_it_is_a_pcs),
		cmocka_unit_test(no_byte_of_an_adf_can_do_harm),
		cmocka_unit_test(tracks_of_sectors_are_decoded),
		cmocka_unit_test(an_image_with_raw_tracks_is_kept),
		cmocka_unit_test(empty_tracks_behind_the_disk_were_never_there),
		cmocka_unit_test(the_old_form_has_160_tracks),
		cmocka_unit_test(no_field_of_an_extended_adf_can_do_harm),
		cmocka_unit_test(an_adf_is_written_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
