/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_identify.c - facts from the sandbox, also from a child that
 * crashes or lies
 *
 * This program defines mun_image_drivers itself: one driver, which does what
 * the test tells it.
 */
#include "core/check.h"
#include "image/driver.h"
#include "image/identify.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <unistd.h>

enum misdeed {
	HONEST,
	UNTERMINATED_LABEL,
	CONTROL_IN_VARIANT,
	NOT_UTF8_IN_NOTE,
	NOT_UTF8_IN_PUID,
	NEWLINE_IN_MIME,
	UNKNOWN_MEDIUM,
	NO_SECTORS,
	HUGE_SECTORS,
	HUGE_SIZE,
	NO_TRACKS,
	UNKNOWN_NAME,
	FAILS,
	CRASHES,
	OPENS_A_FILE,
	MISDEEDS,
	HIDES_BYTES,
};

/* A sanitizer needs calls that the sandbox would kill it for. */
#ifdef MUN_SANITIZED
static const enum misdeed end_of_deadly = OPENS_A_FILE;
#else
static const enum misdeed end_of_deadly = MISDEEDS;
#endif

static enum misdeed misdeed;

static int bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_MAGIC;
}

static int open_any(struct mun_image *img, struct mun_err *e);

static struct mun_image_driver driver = {
	.name = "test",
	.title = "A test",
	.suffixes = "",
	.bid = bid,
	.open = open_any,
};

static int lie(struct mun_image *img, struct mun_err *e)
{
	switch (misdeed) {
	case UNTERMINATED_LABEL:
		memset(img->volume_label, 'x', sizeof(img->volume_label));
		break;
	case CONTROL_IN_VARIANT:
		mun_image_variant(img, "\033[2J");
		break;
	case NOT_UTF8_IN_NOTE:
		mun_image_note(img, "\xff");
		break;
	case NOT_UTF8_IN_PUID:
		mun_image_set_puid(img, "\xc0\x80");
		break;
	case NEWLINE_IN_MIME:
		mun_image_set_mime(img, "a\nb");
		break;
	case UNKNOWN_MEDIUM:
		memset(&img->medium, 0x7f, sizeof(img->medium));
		break;
	case NO_SECTORS:
		img->sector_bytes = 0;
		break;
	case HUGE_SECTORS:
		img->sector_bytes = 65537;
		break;
	case HUGE_SIZE:
		img->bytes = (uint64_t)INT64_MAX + 1;
		break;
	case NO_TRACKS:
		img->ntracks = 0;
		break;
	case UNKNOWN_NAME:
		driver.name = "other"; /* in this process only */
		break;
	case HIDES_BYTES:
		memcpy(img->volume_label, "LABEL\0secret", 12);
		break;
	case FAILS:
		return mun_fail(e, MUN_EUNSUPPORTED, "not this one");
	case CRASHES:
		abort(); /* no signal that cmocka would catch */
	case OPENS_A_FILE:
		(void)!access("/etc/passwd", R_OK);
		break;
	case HONEST:
	case MISDEEDS:
	default:
		break;
	}
	return 0;
}

static int open_any(struct mun_image *img, struct mun_err *e)
{
	int rc;

	img->sector_bytes = 2048;
	img->bytes = img->src->size;
	img->medium = MUN_MEDIUM_OPTICAL;
	img->geometry = (struct mun_geometry){ 80, 2, 18 };
	rc = mun_image_one_track(img, e);
	if (rc)
		return rc;
	if (misdeed != HONEST)
		return lie(img, e);
	mun_image_variant(img, "Variant, with \xc3\xa9");
	mun_image_note(img, "note");
	mun_image_set_puid(img, "fmt/1");
	mun_image_set_mime(img, "application/x-test");
	memcpy(img->volume_label, "LABEL", 6);
	return 0;
}

const struct mun_image_driver *const mun_image_drivers[] = { &driver, NULL };

static int identify(const char *format, struct mun_image_facts *out,
		    struct mun_err *e)
{
	static const uint8_t bytes[4096] = { 1 };
	mun_auto(source) *src = NULL;

	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, e),
			 0);
	return mun_identify(src, "x", format, out, e);
}

static void facts_come_through_unchanged(void **state)
{
	struct mun_image_facts want;
	struct mun_image_facts f;
	struct mun_err e;

	(void)state;
	misdeed = HONEST;
	memset(&f, 0x55, sizeof(f));
	assert_int_equal(identify(NULL, &f, &e), 0);
	memset(&want, 0, sizeof(want));
	memcpy(want.format, "test", 4);
	memcpy(want.title, "A test", 6);
	memcpy(want.variant, "Variant, with \xc3\xa9", 16);
	memcpy(want.volume_label, "LABEL", 5);
	memcpy(want.puid, "fmt/1", 5);
	memcpy(want.mime, "application/x-test", 18);
	memcpy(want.note, "note", 4);
	want.medium = MUN_MEDIUM_OPTICAL;
	want.sector_bytes = 2048;
	want.bytes = 4096;
	want.geometry = (struct mun_geometry){ 80, 2, 18 };
	want.tracks = 1;
	/* To the last byte: nothing is hidden behind the text. */
	assert_memory_equal(&f, &want, sizeof(f));
	assert_int_equal(identify("test", &f, &e), 0);
}

static void no_lie_gets_through(void **state)
{
	struct mun_image_facts f;
	struct mun_err e;

	(void)state;
	for (misdeed = UNTERMINATED_LABEL; misdeed < FAILS; misdeed++)
		if (identify(NULL, &f, &e) != MUN_ECORRUPT)
			fail_msg("misdeed %d got through", (int)misdeed);
}

static void nothing_is_hidden_behind_a_text(void **state)
{
	static const char
		zeros[sizeof(((struct mun_image_facts *)0)->volume_label)];
	struct mun_image_facts f;
	struct mun_err e;

	(void)state;
	misdeed = HIDES_BYTES;
	assert_int_equal(identify(NULL, &f, &e), 0);
	assert_string_equal(f.volume_label, "LABEL");
	assert_memory_equal(f.volume_label + 5, zeros, sizeof(zeros) - 5);
}

static void the_parsers_error_comes_through(void **state)
{
	struct mun_image_facts f;
	char text[512];
	struct mun_err e;

	(void)state;
	misdeed = FAILS;
	assert_int_equal(identify(NULL, &f, &e), MUN_EUNSUPPORTED);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "not this one"));
	assert_int_equal(identify("other", &f, &e), MUN_EUNSUPPORTED);
}

static void a_parser_that_is_killed_is_a_corrupt_image(void **state)
{
	struct mun_image_facts f;
	struct mun_err e;

	(void)state;
	for (misdeed = CRASHES; misdeed < end_of_deadly; misdeed++)
		if (identify(NULL, &f, &e) != MUN_ECORRUPT)
			fail_msg("misdeed %d got through", (int)misdeed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_come_through_unchanged),
		cmocka_unit_test(no_lie_gets_through),
		cmocka_unit_test(nothing_is_hidden_behind_a_text),
		cmocka_unit_test(the_parsers_error_comes_through),
		cmocka_unit_test(a_parser_that_is_killed_is_a_corrupt_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
