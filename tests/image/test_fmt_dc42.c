/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_dc42.c - Disk Copy 4.2: sectors, tags, checksums */
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "tests/image/make_mac.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <stdio.h>

#define HEAD 84u
#define D400 409600u
#define D800 819200u

static uint8_t image[HEAD + 2 * D800 + 262144];
static char text[512];

/* Word by word, turned right by a bit: as Apple's Technote documents it. */
static uint32_t sum_of(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2) {
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
		sum = (sum & 1) << 31 | sum >> 1;
	}
	return sum;
}

static void set_sums(size_t data, size_t tags, size_t skip)
{
	const uint8_t *t = image + HEAD + data;

	put_be32(image + 72, sum_of(image + HEAD, data));
	put_be32(image + 76, tags ? sum_of(t + skip, tags - skip) : 0);
}

/* @skip: bytes that the checksum of the tags leaves out */
static size_t make(size_t data, size_t tags, uint8_t encoding, size_t skip)
{
	memset(image, 0, HEAD);
	memcpy(image, "\7My Disk", 8);
	put_be32(image + 64, (uint32_t)data);
	put_be32(image + 68, (uint32_t)tags);
	image[80] = encoding;
	image[81] = 0x22;
	put_be16(image + 82, 0x0100);
	mun_test_pattern(image + HEAD, data + tags, data);
	set_sums(data, tags, skip);
	return HEAD + data + tags;
}

static enum mun_fact_state state_of(const struct mun_image *img,
				    const char *name)
{
	const struct mun_image_fact *f = make_fact(img, name);

	assert_non_null(f);
	assert_int_equal(f->kind, MUN_FACT_CHECK);
	return f->state;
}

static void sectors_and_tags_come_as_they_are(void **state)
{
	static const struct {
		size_t bytes;
		uint8_t encoding;
		const char *variant;
	} cases[] = {
		{ D400, 0, "400K 3.5-inch GCR" },
		{ D800, 1, "800K 3.5-inch GCR" },
		{ 737280, 2, "720K 3.5-inch MFM" },
		{ 1474560, 3, "1440K 3.5-inch MFM" },
		{ 5120, 0, "5K" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t data = cases[i].bytes;
		size_t tags = data / 512 * 12;
		size_t len = make(data, tags, cases[i].encoding, 12);
		struct mun_image *img = make_open(image, len, NULL, NULL, NULL);
		uint8_t *got = make_read(img, MUN_VIEW_CONTENT);
		uint8_t *sub = make_read(img, MUN_VIEW_SUB);

		assert_string_equal(img->driver->name, "dc42");
		assert_int_equal(img->bytes, data);
		assert_int_equal(img->sub_bytes, tags);
		assert_memory_equal(got, image + HEAD, data);
		assert_memory_equal(sub, image + HEAD + data, tags);
		assert_int_equal(strncmp(img->variant, cases[i].variant,
					 strlen(cases[i].variant)),
				 0);
		assert_int_equal(state_of(img, "data checksum"), MUN_FACT_GOOD);
		assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_GOOD);
		assert_string_equal(make_fact(img, "name")->value, "My Disk");
		assert_string_equal(img->puid, "fmt/625");
		free(got);
		free(sub);
		make_close(img);
	}
}

static void zones_are_told_of_gcr_disks(void **state)
{
	size_t len = make(D800, 0, 1, 0);
	struct mun_image *img = make_open(image, len, NULL, NULL, NULL);
	const struct mun_floppy *f = img->floppy;

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->ntracks, 160);
	assert_int_equal(f->nsectors, 1600);
	assert_int_equal(f->tracks[0].sectors, 12);
	assert_int_equal(f->tracks[31].sectors, 12);
	assert_int_equal(f->tracks[32].sectors, 11);
	assert_int_equal(f->tracks[159].sectors, 8);
	assert_int_equal(f->tracks[159].encoding, MUN_ENCODING_GCR);
	assert_int_equal(img->sub_bytes, 0);
	assert_null(make_fact(img, "tag checksum"));
	assert_int_equal(f->comment_bytes, 7);
	assert_memory_equal(f->comment, "My Disk", 7);
	make_close(img);
}

/* The first tag is left out by Disk Copy, and counted by others. */
static void both_sums_of_tags_are_right(void **state)
{
	static const size_t skips[] = { 0, 12 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t len = make(D400, 9600, 0, skips[i]);
		struct mun_image *img = make_open(image, len, NULL, NULL, NULL);

		assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_GOOD);
		make_close(img);
	}
}

static void a_changed_byte_is_found(void **state)
{
	size_t len = make(D400, 9600, 0, 12);
	struct mun_image *img;

	(void)state;
	image[HEAD + 1000] ^= 4;
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(state_of(img, "data checksum"), MUN_FACT_BAD);
	assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_GOOD);
	make_close(img);
	image[HEAD + 1000] ^= 4;
	image[len - 1] ^= 4;
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(state_of(img, "data checksum"), MUN_FACT_GOOD);
	assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_BAD);
	make_close(img);
}

/* A hard disk of a Lisa: too large to be read before anybody asks. */
static void a_large_image_is_summed_when_asked(void **state)
{
	size_t len = make(1700352, 39852, 0, 12);
	struct mun_image *img;
	struct mun_err e;

	(void)state;
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(state_of(img, "data checksum"), MUN_FACT_NONE);
	assert_int_equal(mun_image_verify(img, &e), 0);
	assert_int_equal(state_of(img, "data checksum"), MUN_FACT_GOOD);
	assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_GOOD);
	image[HEAD + 7] ^= 1;
	image[len - 7] ^= 1;
	assert_int_equal(mun_image_verify(img, &e), 0);
	assert_int_equal(state_of(img, "data checksum"), MUN_FACT_BAD);
	assert_int_equal(state_of(img, "tag checksum"), MUN_FACT_BAD);
	assert_int_equal(img->medium, MUN_MEDIUM_DISK);
	make_close(img);
}

static void names_of_volumes_are_shown(void **state)
{
	size_t len = make(D800, 0, 1, 0);
	uint8_t *mdb = image + HEAD + 1024;
	struct mun_image *img;

	(void)state;
	memset(mdb, 0, 64);
	memcpy(mdb, "BD", 2);
	mdb[15] = 3;
	memcpy(mdb + 36, "\7Startup", 8);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_string_equal(img->volume_label, "Startup");
	assert_non_null(strstr(img->variant, "HFS volume"));
	make_close(img);
}

static void odd_images_are_noted(void **state)
{
	size_t len = make(D800, 0, 0, 0);
	struct mun_image *img;

	(void)state;
	img = make_open(image, len, NULL, NULL, NULL);
	assert_string_equal(img->note, "encoding 0 is not that of its size");
	make_close(img);
	len = make(D800, 0, 1, 0);
	image[len] = 0;
	img = make_open(image, len + 1, NULL, NULL, NULL);
	assert_string_equal(img->note, "1 bytes follow the image");
	make_close(img);
	len = make(871424, 871424 / 512 * 12, 1, 12);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_non_null(strstr(img->variant, "Twiggy"));
	make_close(img);
	len = make(D800, 100, 1, 12);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_string_equal(img->note, "100 bytes of tags, not 12 a sector");
	make_close(img);
}

static void what_is_cut_is_refused(void **state)
{
	size_t len = make(D800, 19200, 1, 12);

	(void)state;
	assert_int_equal(make_open_fails(image, len - 1, NULL, NULL, NULL, text,
					 sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "the file ends at 838483, its data at "
				     "838484"));
}

static void wrong_fields_are_not_disk_copy(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
	} cases[] = { { 0, 64 }, { 82, 2 }, { 83, 1 }, { 67, 1 },
		      { 71, 1 }, { 64, 5 }, { 69, 1 } };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = make(D800, 0, 1, 0);
		struct mun_image *img;

		image[cases[i].off] = cases[i].value;
		img = make_open(image, len, NULL, NULL, NULL);
		assert_string_not_equal(img->driver->name, "dc42");
		make_close(img);
		assert_int_equal(make_open_fails(image, len, NULL, "dc42", NULL,
						 text, sizeof(text)),
				 MUN_ECORRUPT);
	}
}

static void whatever_is_wrong_it_ends_well(void **state)
{
	static const struct mutate_field fields[] = {
		{ "name", 0, 1, true },      { "data", 64, 4, true },
		{ "tags", 68, 4, true },     { "data sum", 72, 4, true },
		{ "tags sum", 76, 4, true }, { "encoding", 80, 1, true },
		{ "format", 81, 1, true },   { "magic", 82, 2, true },
	};
	static const size_t bounds[] = { HEAD, HEAD + 5120, HEAD + 5120 + 120 };
	const struct mutate_set set = {
		.format = "dc42",
		.image = image,
		.bytes = make(5120, 120, 0, 12),
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = HEAD,
	};

	(void)state;
	mutate_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sectors_and_tags_come_as_they_are),
		cmocka_unit_test(zones_are_told_of_gcr_disks),
		cmocka_unit_test(both_sums_of_tags_are_right),
		cmocka_unit_test(a_changed_byte_is_found),
		cmocka_unit_test(a_large_image_is_summed_when_asked),
		cmocka_unit_test(names_of_volumes_are_shown),
		cmocka_unit_test(odd_images_are_noted),
		cmocka_unit_test(what_is_cut_is_refused),
		cmocka_unit_test(wrong_fields_are_not_disk_copy),
		cmocka_unit_test(whatever_is_wrong_it_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
