/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_contents_again.c - an image that is looked into once more */
#include "ingest/contents_facts.h"

#include "catalog/record_contents.h"
#include "tests/support/support.h"

#include <errno.h>

#define BYTES ((size_t)65536)

struct fixture {
	char *dir;
	char *path;
	struct mun_record *r;
	struct mun_err e;
};

static int set_up(void **state)
{
	static struct fixture f;
	uint8_t *p = calloc(1, BYTES);

	memset(&f, 0, sizeof(f));
	f.dir = mun_test_dir();
	f.path = mun_test_path(f.dir, "image");
	mun_test_write(f.path, p, BYTES);
	free(p);
	*state = &f;
	if (mun_record_new(&f.r, &f.e))
		return -1;
	f.r->format = "raw";
	f.r->bytes = BYTES;
	return mun_record_set_platform(f.r, MUN_PLATFORM_AMIGA, &f.e);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_record_free(f->r);
	free(f->path);
	mun_test_dir_remove(f->dir);
	return 0;
}

static void what_was_said_stays_beside_what_is_seen(void **state)
{
	struct fixture *f = *state;
	struct mun_verdict v;

	assert_int_equal(mun_contents_again(f->path, f->r, &f->e), 0);
	assert_string_equal(mun_record_property(f->r, MUN_PROPERTY_PLATFORM),
			    "unknown");
	assert_true(mun_record_verdict(f->r, &v));
	assert_int_equal(v.platform, MUN_PLATFORM_AMIGA);
}

static void another_image_leaves_all_as_it_is(void **state)
{
	struct fixture *f = *state;

	f->r->bytes++;
	assert_int_equal(mun_contents_again(f->path, f->r, &f->e), 0);
	f->r->bytes--;
	f->r->format = "vhd";
	assert_int_equal(mun_contents_again(f->path, f->r, &f->e), 0);
	assert_int_equal(f->r->nproperties, 1);
}

/* It is an image, and nobody knows what is in it now. */
static void an_image_that_cannot_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;
	int rc;

	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
	mun_fault_arm(0);
	rc = mun_contents_again(f->path, f->r, &f->e);
	mun_fault_restore();
	assert_int_equal(rc, MUN_EIO);
	assert_int_equal(f->r->nproperties, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_said_stays_beside_what_is_seen),
		TEST(another_image_leaves_all_as_it_is),
		TEST(an_image_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
