/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_aff.c - AFF: named, described, kept */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <stdio.h>

#define ROOM 4096u

struct file {
	uint8_t p[ROOM];
	size_t len;
};

static void begin(struct file *f)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->p, "AFF10\r\n", 8);
	f->len = 8;
}

static void add(struct file *f, const char *name, uint32_t argument,
		const void *data, size_t len)
{
	size_t n = strlen(name);
	uint8_t *p = f->p + f->len;
	size_t whole = 16 + n + len + 8;

	assert_true(f->len + whole <= ROOM);
	memcpy(p, "AFF", 4);
	mun_put_be32(p + 4, (uint32_t)n);
	mun_put_be32(p + 8, (uint32_t)len);
	mun_put_be32(p + 12, argument);
	memcpy(p + 16, name, n);
	if (len)
		memcpy(p + 16 + n, data, len);
	memcpy(p + whole - 8, "ATT", 4);
	mun_put_be32(p + whole - 4, (uint32_t)whole);
	f->len += whole;
}

static void make(struct file *f, const char *type)
{
	static const uint8_t size[8] = { 0, 0, 4, 0, 0, 0, 0, 1 };
	static const uint8_t page[300] = { 1, 2, 3 };

	begin(f);
	add(f, "badflag", 0, "BAD SECTOR\0\1\2", 13);
	add(f, "afflib_version", 0, "\"3.7.20\"", 8);
	add(f, "aff_file_type", 0, type, 3);
	add(f, "pagesize", 16777216, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		add(f, "page0", 1, page, sizeof(page));
	add(f, "imagesize", 2, size, 8);
	add(f, "md5", 0, "0123456789abcdef", 16);
	add(f, "acquisition_date", 0, "2026-11-22 16:46:29\n", 20);
}

static struct mun_image *open_it(const struct file *f, struct mun_source **src)
{
	struct mun_image *img;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(f->p, f->len, src, &e), 0);
	assert_int_equal(mun_image_open(*src, "x.aff", NULL, &img, &e), 0);
	assert_string_equal(img->driver->name, "aff");
	assert_string_equal(img->puid, "fmt/844");
	assert_int_equal(img->bytes, f->len);
	return img;
}

static const char *value(const struct mun_image *img, const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (!strcmp(img->facts[i].name, name))
			return img->facts[i].value;
	return "";
}

static void it_says_what_it_is_and_is_kept(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct file f;
	uint8_t got[8];
	struct mun_err e;

	(void)state;
	make(&f, "AFF");
	img = open_it(&f, &src);
	assert_non_null(strstr(img->variant, "AFF, one file"));
	assert_non_null(strstr(img->preserved_only, "affconvert"));
	assert_string_equal(value(img, "afflib_version"), "\"3.7.20\"");
	assert_string_equal(value(img, "pagesize"), "16777216");
	assert_string_equal(value(img, "imagesize"), "4294968320");
	assert_string_equal(value(img, "acquisition_date"),
			    "2026-11-22 16:46:29");
	assert_string_equal(value(img, "MD5"),
			    "30313233343536373839616263646566");
	assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got, 8, 0, &e),
			 0);
	assert_memory_equal(got, "AFF10\r\n", 8);
}

static void its_kinds_are_told_apart(void **state)
{
	struct mun_source *src = NULL;
	struct mun_image *img;
	struct file f;

	(void)state;
	make(&f, "AFM");
	img = open_it(&f, &src);
	assert_non_null(strstr(img->variant, "AFM"));
	mun_image_free(img);
	mun_source_close(src);
	make(&f, "AFD");
	img = open_it(&f, &src);
	assert_non_null(strstr(img->variant, "AFD"));
	mun_image_free(img);
	mun_source_close(src);
	make(&f, "AFF");
	add(&f, "page1/aes256", 1, "xxxx", 4);
	img = open_it(&f, &src);
	assert_non_null(strstr(img->variant, "encrypted"));
	assert_non_null(strstr(img->preserved_only, "passphrase"));
	mun_image_free(img);
	mun_source_close(src);
}

static void what_lies_behind_many_pages_is_found(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct file f;
	char name[16];

	(void)state;
	begin(&f);
	for (unsigned int i = 0; i < 130; i++) {
		(void)snprintf(name, sizeof(name), "p%u", i);
		add(&f, name, 0, NULL, 0);
	}
	add(&f, "notes", 0, "at the end", 10);
	img = open_it(&f, &src);
	assert_string_equal(value(img, "notes"), "at the end");
}

static void nothing_that_is_wrong_does_harm(void **state)
{
	struct file f;
	struct mutate_field fields[32];
	size_t bounds[32];
	struct mutate_set set = {
		.format = "aff",
		.file_name = "x.aff",
		.fields = fields,
		.bounds = bounds,
		.sweep = 64,
	};

	(void)state;
	make(&f, "AFF");
	for (size_t at = 8; at < f.len;) {
		size_t next = at + 24 + mun_be32(f.p + at + 4) +
			      mun_be32(f.p + at + 8);

		fields[set.nfields++] =
			(struct mutate_field){ "bytes of name", at + 4, 4,
					       true };
		fields[set.nfields++] =
			(struct mutate_field){ "bytes of data", at + 8, 4,
					       true };
		fields[set.nfields++] =
			(struct mutate_field){ "bytes of segment", next - 4, 4,
					       true };
		bounds[set.nbounds++] = at;
		bounds[set.nbounds++] = at + 16;
		at = next;
		assert_true(set.nfields <= 30 && set.nbounds <= 30);
	}
	set.image = f.p;
	set.bytes = f.len;
	mutate_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_it_is_and_is_kept),
		cmocka_unit_test(its_kinds_are_told_apart),
		cmocka_unit_test(what_lies_behind_many_pages_is_found),
		cmocka_unit_test(nothing_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
