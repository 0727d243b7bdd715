/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_contents_broken.c - media of which a decoder finds a place
 * broken: that place is lost, and no other
 */
#include "image/contents.h"

#include "image/platform.h"
#include "tests/image/make.h"
#include "tests/image/make_contents.h"
#include "tests/support/support.h"

static uint8_t *disk;
static struct mun_contents *seen;

static int set_up(void **state)
{
	(void)state;
	disk = calloc(1, MADE_BYTES);
	seen = calloc(1, sizeof(*seen));
	return disk && seen ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(disk);
	free(seen);
	return 0;
}

struct broken {
	struct mun_source source;
	uint64_t from; /* byte */
	uint64_t to;
};

static int broken_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct broken *b = (struct broken *)s;

	if (off < b->to && off + len > b->from)
		return mun_fail(e, MUN_ECORRUPT, "broken");
	memcpy(buf, disk + off, len);
	return 0;
}

static const struct mun_source_ops ops = { .pread = broken_pread };

static void look_as(enum mun_medium medium, uint64_t size, uint64_t from,
		    uint64_t to)
{
	struct broken b = {
		.source = { .ops = &ops, .size = size },
		.from = from,
		.to = to,
	};
	struct mun_err e;

	assert_int_equal(mun_contents_of_bytes(&b.source, medium, seen, &e), 0);
}

static void look_at_disk(uint64_t from, uint64_t to)
{
	look_as(MUN_MEDIUM_DISK, MADE_BYTES, from, to);
}

static void what_cannot_be_decoded_is_not_there(void **state)
{
	(void)state;
	made_iso(disk);
	look_as(MUN_MEDIUM_OPTICAL, 1228800, 25 * 2048, 26 * 2048);
	/* The root: the volume is there, but not its names. */
	assert_int_equal(seen->nvolumes, 1);
	assert_string_equal(seen->volumes[0].label, "GAME");
	assert_true(seen->volumes[0].damaged);
	look_as(MUN_MEDIUM_OPTICAL, 1228800, 0, UINT64_MAX);
	assert_int_equal(seen->nvolumes, 0);
	assert_true(seen->table_damaged);
}

/* Not that there was nothing: nobody could see. */
static void what_cannot_be_decoded_is_said(void **state)
{
	const struct mun_image_facts facts = { .format = "qcow2" };
	struct mun_verdict v;

	(void)state;
	look_at_disk(0, 65536);
	assert_int_equal(seen->boots, MUN_BOOTS_NO);
	assert_string_equal(seen->boot_text,
			    "the first sector cannot be decoded");
	mun_platform_judge(&facts, seen, &v);
	assert_int_equal(v.platform, MUN_PLATFORM_UNKNOWN);
	assert_non_null(strstr(v.reasons[0], "cannot be decoded"));
	/* Where a disc has its descriptors, and nothing else. */
	made_iso(disk);
	look_as(MUN_MEDIUM_OPTICAL, 1228800, 32768, 65536);
	assert_int_equal(seen->nvolumes, 0);
	assert_false(seen->table_damaged);
	assert_non_null(mun_contents_mark(seen, NULL, "undecodable"));
	mun_platform_judge(&facts, seen, &v);
	assert_non_null(strstr(v.reasons[0], "cannot be decoded"));
	look_as(MUN_MEDIUM_OPTICAL, 1228800, 65536, 65536);
	assert_int_equal(seen->nvolumes, 1);
	assert_null(mun_contents_mark(seen, NULL, "undecodable"));
}

static void what_is_broken_elsewhere_loses_no_table(void **state)
{
	(void)state;
	make_mbr_entry(disk, 0, 0, 0x05, 1024, 1024);
	make_mbr_entry(disk, 1, 0, 0x06, 100, 900);
	/* Where a GPT would be, and its copy; nothing is wrong with this. */
	look_at_disk(MADE_BYTES - 512, MADE_BYTES);
	assert_string_equal(seen->table, "mbr");
	look_at_disk(512, 1024);
	assert_string_equal(seen->table, "mbr");
	assert_int_equal(seen->nparts, 1);
	/* The chain of the extended partition. */
	look_at_disk(1024 * 512, 1025 * 512);
	assert_true(seen->table_damaged);
	assert_int_equal(seen->nparts, 1);
	assert_int_equal(seen->parts[0].number, 2);
	assert_int_equal(seen->parts[0].off, 100 * 512);
	/* A map that breaks off, which has 512 bytes an entry. */
	memset(disk, 0, MADE_BYTES);
	made_apm(disk);
	look_at_disk(1024, 1536);
	assert_string_equal(seen->table, "apm");
	assert_true(seen->table_damaged);
	assert_int_equal(seen->nparts, 1);
}

static void a_gpt_that_is_broken_has_a_second_one(void **state)
{
	(void)state;
	make_gpt(disk, MADE_BYTES, 2);
	look_at_disk(512, 1024);
	assert_string_equal(seen->table, "gpt");
	assert_true(seen->table_damaged);
	assert_int_equal(seen->nparts, 2);
	/* All of both: the record before it is not all that there was. */
	make_mbr_entry(disk, 0, 0, 0xee, 1, 4000);
	look_at_disk(512, MADE_BYTES);
	assert_string_equal(seen->table, "mbr");
	assert_true(seen->table_damaged);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_cannot_be_decoded_is_not_there),
		TEST(what_cannot_be_decoded_is_said),
		TEST(what_is_broken_elsewhere_loses_no_table),
		TEST(a_gpt_that_is_broken_has_a_second_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
