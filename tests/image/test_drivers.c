/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_drivers.c - the table of formats is sound and documented */
#include "image/image.h"
#include "tests/support/support.h"

#include <ctype.h>
#include <stdio.h>

static void every_driver_is_whole_and_named_once(void **state)
{
	(void)state;
	assert_non_null(mun_image_drivers[0]);
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];

		assert_non_null(d->bid);
		assert_non_null(d->open);
		assert_true(d->title && d->title[0]);
		assert_true(d->suffixes && d->suffixes[0]);
		/* The facts of mun_identify() have room for them. */
		assert_true(strlen(d->name) > 0 && strlen(d->name) < 32);
		assert_true(strlen(d->title) < 64);
		for (const char *p = d->name; *p; p++)
			assert_true(islower((unsigned char)*p) ||
				    isdigit((unsigned char)*p) || *p == '-');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(d->name,
						mun_image_drivers[j]->name);
	}
}

static void every_driver_has_a_row_in_the_documentation(void **state)
{
	char *path = mun_test_path(mun_test_source_dir(), "docs/formats.md");
	char *docs = mun_test_read(path, NULL);
	char row[192];

	(void)state;
	assert_non_null(docs);
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s | %s |",
			 mun_image_drivers[i]->name,
			 mun_image_drivers[i]->title,
			 mun_image_drivers[i]->suffixes);
		if (!strstr(docs, row))
			fail_msg("docs/formats.md has no row that begins '%s'",
				 row + 1);
	}
	free(docs);
	free(path);
}

static void no_driver_wants_an_empty_source(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_source_from_memory("", 0, &src, &e), 0);
	for (size_t i = 0; mun_image_drivers[i]; i++)
		assert_int_equal(mun_image_drivers[i]->bid(src, NULL),
				 MUN_BID_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_driver_is_whole_and_named_once),
		cmocka_unit_test(every_driver_has_a_row_in_the_documentation),
		cmocka_unit_test(no_driver_wants_an_empty_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
