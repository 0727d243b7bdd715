/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_media.c - which format a packaged image has */
#include "emulate-export/media.h"

#include <stdio.h>
#include <unistd.h>

#include "core/check.h"
#include "image/remote.h"
#include "tests/emulate-export/repository.h"
#include "tests/support/support.h"

#define D64_SECTORS 683u
#define D64_BYTES ((size_t)D64_SECTORS * 256)
#define ADF_BYTES ((size_t)901120)

static struct test_repository repo;
static uint8_t bytes[ADF_BYTES];

/* One object, opened, and a plan for it that the test fills in. */
static struct mun_media_set set;
static struct mun_plan_medium medium;
static struct mun_media_job job;

static void must(int rc, const struct mun_err *e)
{
	char text[2048];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + i / 512);
	test_repository_open(&repo);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_media_set_clear(&set);
	test_repository_close(&repo);
	return 0;
}

static void look_at(const struct test_object *o, const char *formats)
{
	const char *ids[] = { repo.id };
	struct mun_err e;

	test_repository_put(&repo, o);
	ids[0] = repo.id;
	mun_media_set_clear(&set);
	must(mun_media_set_load(repo.catalog, ids, 1, &set, &e), &e);
	must(mun_media_set_open(&set, repo.store, MUN_PLATFORM_UNKNOWN, &e),
	     &e);
	job = (struct mun_media_job){ .store = repo.store, .alone = true };
	medium = (struct mun_plan_medium){ .stem = "disk", .device = "floppy" };
	(void)snprintf(medium.formats, sizeof(medium.formats), "%s", formats);
}

static int choose(struct mun_err *e)
{
	return mun_media_choose(&job, &set.objects[0], &medium, e);
}

/* Into a package that is a folder; its image's path, to be freed. */
static int put(struct mun_package **p, struct mun_err *e)
{
	const struct mun_package_opts o = {
		.kind = MUN_PACKAGE_DIR,
		.output = repo.out,
		.folder = "bag",
		.algs = MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512),
	};

	must(mun_package_open(&o, p, e), e);
	return mun_media_put(&job, &set.objects[0], &medium, *p, e);
}

/* What the packaged file decodes to is what the test gave. */
static void assert_decodes_to(const struct mun_package *p, const char *format,
			      const void *want, size_t len)
{
	char *path = mun_test_path(p->item, set.objects[0].packaged.path);
	mun_auto(image) *img = NULL;
	uint8_t *have = malloc(len);
	struct mun_err e;

	must(mun_remote_open_path(path, format, NULL, &img, &e), &e);
	assert_int_equal(img->bytes, len);
	must(mun_image_pread(img, MUN_VIEW_CONTENT, have, len, 0, &e), &e);
	assert_memory_equal(have, want, len);
	free(have);
	free(path);
}

/* ---- what is kept goes as it is ---- */

static struct test_object d64(void)
{
	memset(bytes + D64_BYTES, 1, D64_SECTORS);
	bytes[D64_BYTES + 17] = 5; /* a data checksum that failed */
	return (struct test_object){ .data = bytes,
				     .len = D64_BYTES + D64_SECTORS,
				     .name = "game.d64",
				     .format = "d64",
				     .content = bytes,
				     .content_len = D64_BYTES };
}

static void the_kept_file_goes_as_it_is(void **state)
{
	const struct test_object o = d64();
	mun_auto(package) *p = NULL;
	struct mun_err e;
	char *path;
	char *text;
	size_t len;

	(void)state;
	look_at(&o, "d64 raw");
	must(choose(&e), &e);
	assert_string_equal(medium.format, "d64");
	assert_string_equal(medium.name, "disk.d64");
	assert_true(set.objects[0].packaged.verbatim);
	assert_int_equal(set.objects[0].packaged.losses.nrows, 0);
	must(put(&p, &e), &e);
	path = mun_test_path(p->item, "data/media/disk.d64");
	text = mun_test_read(path, &len);
	assert_int_equal(len, o.len);
	assert_memory_equal(text, bytes, len);
	assert_true(set.objects[0].packaged.identical);
	assert_int_equal(set.objects[0].packaged.bytes, D64_BYTES);
	free(text);
	free(path);
}

/* The read map is with the package: that the format has no place for it is
 * told, and no reason to refuse. */
static void what_the_metadata_carry_is_no_loss(void **state)
{
	/* Two sectors, the second read with a failed check. */
	static const uint8_t imd[] = "IMD 1.18: 22/11/2026 10:00:00\r\n\x1a"
				     "\5\0\0\2\0\1\2\2\101\6\102";
	static uint8_t content[256];
	const struct test_object o = { .data = imd,
				       .len = sizeof(imd) - 1,
				       .name = "disk.imd",
				       .format = "imd",
				       .content = content,
				       .content_len = sizeof(content) };
	mun_auto(package) *p = NULL;
	struct mun_err e;

	(void)state;
	memset(content, 'A', 128);
	memset(content + 128, 'B', 128);
	look_at(&o, "raw");
	must(choose(&e), &e);
	assert_string_equal(medium.name, "disk.img");
	assert_true(set.objects[0].packaged.losses.nrows > 0);
	assert_int_equal(set.objects[0].packaged.carried,
			 set.objects[0].packaged.losses.nrows);
	must(put(&p, &e), &e);
	assert_true(set.objects[0].packaged.identical);
	assert_decodes_to(p, "raw", content, sizeof(content));
}

/* ---- what is written is decoded again ---- */

static void the_first_format_without_loss_is_taken(void **state)
{
	static const struct {
		const char *formats;
		const char *format;
		const char *name;
	} cases[] = {
		{ "vhd", "vhd", "disk.vhd" },
		{ "chd vhd", "chd", "disk.chd" },
		{ "ipf vdi raw", "vdi", "disk.vdi" },
		{ "qcow2", "qcow2", "disk.qcow2" },
		{ "d64 stx vmdk", "vmdk", "disk.vmdk" },
		{ "adf raw", "adf", "disk.adf" },
	};
	const struct test_object o = { .data = bytes,
				       .len = ADF_BYTES,
				       .name = "disk.adf",
				       .format = "adf" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_auto(package) *p = NULL;
		struct mun_err e;

		look_at(&o, cases[i].formats);
		must(choose(&e), &e);
		assert_string_equal(medium.format, cases[i].format);
		assert_string_equal(medium.name, cases[i].name);
		must(put(&p, &e), &e);
		assert_true(set.objects[0].packaged.identical);
		assert_int_equal(set.objects[0].packaged.bytes, ADF_BYTES);
		assert_decodes_to(p, cases[i].format, bytes, ADF_BYTES);
	}
}

static void bytes_that_are_not_those_recorded_are_refused(void **state)
{
	static const char *const formats[] = { "vhd", "raw", "adf" };
	const struct test_object o = { .data = bytes,
				       .len = ADF_BYTES,
				       .name = "disk.adf",
				       .format = "adf",
				       .other_content = true };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(formats); i++) {
		mun_auto(package) *p = NULL;
		struct mun_err e;

		look_at(&o, formats[i]);
		must(choose(&e), &e);
		assert_int_equal(put(&p, &e), MUN_EFIXITY);
	}
}

/* ---- losses ---- */

static void a_loss_is_refused_unless_it_is_accepted(void **state)
{
	/* Two sectors, one with a deleted mark, and a comment. */
	static const uint8_t imd[] = "IMD 1.18: 22/11/2026 10:00:00\r\n"
				     "a comment\x1a"
				     "\5\0\0\2\0\1\2\2\101\4\102";
	static uint8_t content[256];
	struct test_object o = { .data = imd,
				 .len = sizeof(imd) - 1,
				 .name = "disk.imd",
				 .format = "imd",
				 .content = content,
				 .content_len = sizeof(content) };
	mun_auto(package) *p = NULL;
	char text[1024];
	struct mun_err e;

	(void)state;
	memset(content, 'A', 128);
	memset(content + 128, 'B', 128);
	look_at(&o, "raw");
	assert_int_equal(choose(&e), MUN_EUNSUPPORTED);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "--accept-loss"));
	assert_non_null(strstr(text, "raw"));
	job.accept_loss = true;
	must(choose(&e), &e);
	assert_true(set.objects[0].packaged.losses.nrows >
		    set.objects[0].packaged.carried);
	must(put(&p, &e), &e);
	/* The sectors that it holds are all there. */
	assert_true(set.objects[0].packaged.identical);
}

static void a_format_that_nobody_writes_is_named(void **state)
{
	const struct test_object o = { .data = bytes,
				       .len = ADF_BYTES,
				       .name = "disk.adf",
				       .format = "adf" };
	char text[1024];
	struct mun_err e;

	(void)state;
	look_at(&o, "ipf stx");
	assert_int_equal(choose(&e), MUN_EUNSUPPORTED);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "ipf"));
}

/* ---- sizes ---- */

static void padding_is_zeros_and_told(void **state)
{
	const struct test_object o = { .data = bytes,
				       .len = 700000,
				       .name = "disk.img",
				       .format = "raw" };
	static uint8_t want[737280];
	mun_auto(package) *p = NULL;
	struct mun_err e;

	(void)state;
	look_at(&o, "raw");
	medium.guest_bytes = sizeof(want);
	medium.pad = true;
	must(choose(&e), &e);
	must(put(&p, &e), &e);
	assert_int_equal(set.objects[0].packaged.padding,
			 sizeof(want) - 700000);
	assert_true(set.objects[0].packaged.identical);
	memcpy(want, bytes, 700000);
	assert_decodes_to(p, "raw", want, sizeof(want));
}

static void nothing_is_cut_off(void **state)
{
	const struct test_object o = { .data = bytes,
				       .len = 737280,
				       .name = "disk.img",
				       .format = "raw" };
	mun_auto(package) *p = NULL;
	struct mun_err e;

	(void)state;
	look_at(&o, "raw");
	medium.guest_bytes = 368640;
	medium.pad = true;
	must(choose(&e), &e);
	assert_int_equal(put(&p, &e), MUN_EUNSUPPORTED);
}

static void an_overlay_has_the_size_that_is_seen(void **state)
{
	const struct test_object o = { .data = bytes,
				       .len = 700000,
				       .name = "disk.img",
				       .format = "raw" };
	mun_auto(package) *p = NULL;
	struct mun_err e;
	char *path;

	(void)state;
	look_at(&o, "raw");
	medium.guest_bytes = 737280;
	medium.overlay = true;
	must(choose(&e), &e);
	assert_string_equal(medium.overlay_name, "disk.qcow2");
	must(put(&p, &e), &e);
	path = mun_test_path(p->item, "data/media/disk.qcow2");
	assert_int_equal(access(path, R_OK), 0);
	assert_int_equal(set.objects[0].packaged.n, 2);
	assert_decodes_to(p, "raw", bytes, 700000);
	free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_kept_file_goes_as_it_is),
		TEST(what_the_metadata_carry_is_no_loss),
		TEST(the_first_format_without_loss_is_taken),
		TEST(bytes_that_are_not_those_recorded_are_refused),
		TEST(a_loss_is_refused_unless_it_is_accepted),
		TEST(a_format_that_nobody_writes_is_named),
		TEST(padding_is_zeros_and_told),
		TEST(nothing_is_cut_off),
		TEST(an_overlay_has_the_size_that_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
