/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_udf.c - volumes of UDF without ISO 9660 */
#include "core/check.h"
#include "tests/image/make.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define BLOCKS 300u

static void put_tag(uint8_t *d, unsigned int kind, uint32_t block)
{
	unsigned int sum = 0;

	put_le16(d, kind);
	put_le32(d + 12, block);
	d[4] = 0;
	for (size_t i = 0; i < 16; i++)
		sum += d[i];
	d[4] = (uint8_t)sum;
}

/* Blocks of @size bytes; the recognition area always counts in 2048. */
static uint8_t *make_udf(uint32_t size)
{
	uint8_t *v = calloc(BLOCKS, size);

	assert_non_null(v);
	memcpy(v + 16 * 2048, "\0BEA01\1", 7);
	memcpy(v + 17 * 2048, "\0NSR03\1", 7);
	memcpy(v + 18 * 2048, "\0TEA01\1", 7);
	put_le32(v + 256 * size + 16, 3 * size);
	put_le32(v + 256 * size + 20, 200);
	put_tag(v + 256 * size, 2, 256);
	memcpy(v + 200 * size + 84, "\x08Vol\xe9", 5);
	v[200 * size + 84 + 127] = 5;
	memcpy(v + 200 * size + 217, "*OSTA UDF Compliant", 19);
	put_le16(v + 200 * size + 240, 0x0250);
	put_tag(v + 200 * size, 6, 200);
	put_le32(v + 201 * size + 188, 260);
	put_le32(v + 201 * size + 192, 40);
	put_tag(v + 201 * size, 5, 201);
	put_tag(v + 202 * size, 8, 202);
	return v;
}

static void a_volume_tells_its_revision_and_name(void **state)
{
	static const uint32_t sizes[] = { 2048, 512, 4096 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *v = make_udf(sizes[i]);
		struct seen s = look(v, (size_t)BLOCKS * sizes[i], NULL);

		assert_string_equal(s.format, "udf");
		assert_string_equal(s.img.variant, "UDF 2.50");
		assert_string_equal(s.img.volume_label, "Vol\xc3\xa9");
		assert_string_equal(s.img.puid, "fmt/1738");
		assert_string_equal(s.img.note, "");
		assert_int_equal(s.img.sector_bytes, sizes[i]);
		assert_int_equal(s.img.medium, sizes[i] == 2048
						       ? MUN_MEDIUM_OPTICAL
						       : MUN_MEDIUM_DISK);
		free(v);
	}
}

static void a_cut_volume_is_noted(void **state)
{
	uint8_t *v = make_udf(2048);
	struct seen s = look(v, (size_t)(BLOCKS - 7) * 2048, NULL);

	(void)state;
	assert_string_equal(s.format, "udf");
	assert_string_equal(s.img.note,
			    "image is 14336 bytes shorter than its volume");
	free(v);
}

static void an_anchor_at_the_end_is_found(void **state)
{
	uint8_t *v = make_udf(2048);
	struct seen s;

	(void)state;
	memcpy(v + 299 * 2048, v + 256 * 2048, 512);
	put_tag(v + 299 * 2048, 2, 299);
	memset(v + 256 * 2048, 0, 512);
	s = look(v, (size_t)BLOCKS * 2048, NULL);
	assert_string_equal(s.img.variant, "UDF 2.50");
	/* Without any the volume is still one. */
	memset(v + 299 * 2048, 0, 512);
	s = look(v, (size_t)BLOCKS * 2048, NULL);
	assert_string_equal(s.format, "udf");
	assert_non_null(strstr(s.img.note, "no anchor"));
	free(v);
}

static void iso_9660_beside_it_is_a_bridge(void **state)
{
	uint8_t *v = make_udf(2048);

	(void)state;
	make_iso(v, BLOCKS, "BRIDGE");
	memcpy(v + 18 * 2048, "\0BEA01\1", 7);
	memcpy(v + 19 * 2048, "\0NSR03\1", 7);
	assert_string_equal(look(v, (size_t)BLOCKS * 2048, NULL).format, "iso");
	memset(v, 0, 32 * 2048);
	assert_int_equal(look_fails(v, (size_t)BLOCKS * 2048, "udf", NULL, 0),
			 MUN_ECORRUPT);
	free(v);
}

static void one_thing_wrong_at_a_time(void **state)
{
	static const struct mutate_field fields[] = {
		{ "bytes of the descriptors", 256 * 512 + 16, 4, false },
		{ "block of the descriptors", 256 * 512 + 20, 4, false },
		{ "first block of the partition", 201 * 512 + 188, 4, false },
		{ "blocks of the partition", 201 * 512 + 192, 4, false },
		{ "length of the name", 200 * 512 + 84 + 127, 1, false },
		{ "width of the name", 200 * 512 + 84, 1, false },
	};
	static const size_t bounds[] = { 16 * 2048, 17 * 2048, 200 * 512,
					 201 * 512, 256 * 512, 257 * 512 };
	uint8_t *v = make_udf(512);
	struct mutate_set s = {
		.format = "udf",
		.image = v,
		.bytes = (size_t)BLOCKS * 512,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
	};

	(void)state;
	mutate_all(&s);
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_tells_its_revision_and_name),
		cmocka_unit_test(a_cut_volume_is_noted),
		cmocka_unit_test(an_anchor_at_the_end_is_found),
		cmocka_unit_test(iso_9660_beside_it_is_a_bridge),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
