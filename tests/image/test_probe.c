/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_probe.c - the auction, with drivers of the test's own
 *
 * This program defines mun_image_drivers itself, so drivers.c is not linked.
 */
#include "core/check.h"
#include "image/companion.h"
#include "image/driver.h"
#include "image/image.h"
#include "tests/support/support.h"

#include <errno.h>

static int bids[3]; /* what the three drivers bid */
static int open_rc; /* what open() of the first returns */
static unsigned int closed;
static const char *name_seen;

static int bid_a(struct mun_source *src, const char *file_name)
{
	(void)src;
	name_seen = file_name;
	return bids[0];
}

/* Looks at the source, as real ones do. */
static int bid_b(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return mun_peek_is(src, 100000, "B", 1) ? MUN_BID_CHECKED : bids[1];
}

static int bid_c(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return bids[2];
}

static int open_any(struct mun_image *img, struct mun_err *e)
{
	if (open_rc)
		return mun_fail(e, open_rc, "as told");
	img->sector_bytes = 512;
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

/* A decoder: half as many bytes, each inverted. */
static int open_half(struct mun_image *img, struct mun_err *e)
{
	img->sector_bytes = 512;
	img->bytes = img->src->size / 2;
	return mun_image_one_track(img, e);
}

static int pread_half(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	uint8_t *p = buf;
	int rc = mun_source_pread(img->src, buf, len, off, e);

	assert_int_equal(view, MUN_VIEW_CONTENT);

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)~p[i];
	return rc;
}

static void count_close(struct mun_image *img)
{
	(void)img;
	closed++;
}

static const struct mun_image_driver a = {
	.name = "a",
	.title = "A",
	.suffixes = "",
	.bid = bid_a,
	.open = open_any,
	.close = count_close,
};
static const struct mun_image_driver b = {
	.name = "b",
	.title = "B",
	.suffixes = "",
	.bid = bid_b,
	.open = open_half,
	.pread = pread_half,
};
static const struct mun_image_driver c = {
	.name = "c",
	.title = "C",
	.suffixes = "",
	.bid = bid_c,
	.open = open_any,
};

static int open_own_parent(struct mun_image *img, struct mun_err *e);

static int bid_no(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_NO;
}

static const struct mun_image_driver own = {
	.name = "own",
	.title = "Own parent",
	.suffixes = "",
	.bid = bid_no,
	.open = open_own_parent,
};

const struct mun_image_driver *const mun_image_drivers[] = { &a, &b, &c, &own,
							     NULL };

static uint8_t bytes[200000];

static struct mun_source *new_source(void)
{
	struct mun_source *src;
	struct mun_err e;

	mun_test_pattern(bytes, sizeof(bytes), 7);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	return src;
}

static int set_up(void **state)
{
	(void)state;
	memset(bids, 0, sizeof(bids));
	open_rc = 0;
	closed = 0;
	return 0;
}

static void the_highest_bid_opens(void **state)
{
	static const struct {
		int bids[3];
		const char *want;
	} cases[] = {
		{ { 5, 0, 0 }, "a" },     { { 5, 10, 0 }, "b" },
		{ { 5, 10, 80 }, "c" },   { { 80, 10, 20 }, "a" },
		{ { 80, 80, 100 }, "c" }, /* a draw below the highest is none */
	};
	mun_auto(source) *src = new_source();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_auto(image) *img = NULL;
		struct mun_err e;

		memcpy(bids, cases[i].bids, sizeof(bids));
		assert_int_equal(mun_image_open(src, "x.img", NULL, &img, &e),
				 0);
		assert_string_equal(img->driver->name, cases[i].want);
		assert_string_equal(name_seen, "x.img");
	}
}

static void a_tie_is_an_error_that_names_both(void **state)
{
	mun_auto(source) *src = new_source();
	mun_auto(image) *img = NULL;
	char text[512];
	struct mun_err e;

	(void)state;
	bids[0] = 10;
	bids[1] = bids[2] = 80;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e), MUN_EINVAL);
	mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "'b' or 'c'"));
	assert_int_equal(mun_image_open(src, NULL, "a", &img, &e), 0);
	assert_string_equal(img->driver->name, "a");
}

static void no_bid_and_an_unknown_name_are_unsupported(void **state)
{
	mun_auto(source) *src = new_source();
	mun_auto(image) *img = NULL;
	char text[512];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e),
			 MUN_EUNSUPPORTED);
	assert_int_equal(mun_image_open(src, NULL, "d", &img, &e),
			 MUN_EUNSUPPORTED);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0), "'d'"));
	assert_null(img);
}

/* Else a bad sector would turn one format into another, silently. */
static void a_read_error_in_a_bid_is_not_swallowed(void **state)
{
	mun_auto(source) *src = mun_fault_source(new_source(), 99999, 3, EIO);
	mun_auto(image) *img = NULL;
	char text[512];
	struct mun_err e;

	(void)state;
	bids[0] = MUN_BID_ANY;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e), MUN_EIO);
	assert_null(img);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "recognise the format"));
	assert_int_equal(e.sys, EIO);
	/* Who says what it is can have it. */
	assert_int_equal(mun_image_open(src, NULL, "a", &img, &e), 0);
}

/* A bad sector that no driver wants to see is nobody's business. */
static void a_read_error_elsewhere_does_not_matter(void **state)
{
	mun_auto(source) *src = mun_fault_source(new_source(), 512, 512, EIO);
	mun_auto(image) *img = NULL;
	struct mun_err e;

	(void)state;
	bids[0] = MUN_BID_ANY;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e), 0);
}

static void close_is_called_once_also_after_a_failed_open(void **state)
{
	mun_auto(source) *src = new_source();
	struct mun_image *img = NULL;
	char text[512];
	struct mun_err e;

	(void)state;
	bids[0] = MUN_BID_MAGIC;
	open_rc = MUN_ECORRUPT;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e),
			 MUN_ECORRUPT);
	assert_null(img);
	assert_int_equal(closed, 1);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "open as 'a': as told");
	open_rc = 0;
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e), 0);
	assert_int_equal(closed, 1);
	mun_image_free(img);
	assert_int_equal(closed, 2);
	mun_image_free(NULL);
}

static void decoded_bytes_come_from_the_driver(void **state)
{
	mun_auto(source) *src = new_source();
	mun_auto(image) *img = NULL;
	mun_auto(source) *decoded = NULL;
	struct mun_extent x;
	struct mun_err e;
	uint8_t buf[256];

	(void)state;
	assert_int_equal(mun_image_open(src, NULL, "b", &img, &e), 0);
	assert_int_equal(mun_image_source(img, &decoded, &e), 0);
	assert_int_equal(decoded->size, sizeof(bytes) / 2);
	assert_int_equal(mun_source_pread(decoded, buf, sizeof(buf), 1000, &e),
			 0);
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], (uint8_t)~bytes[1000 + i]);
	/* The file's own extents are not those of what it decodes to. */
	assert_int_equal(mun_source_next_extent(decoded, 10, &x, &e), 0);
	assert_int_equal(x.off, 10);
	assert_int_equal(x.bytes, sizeof(bytes) / 2 - 10);
	assert_int_equal(x.kind, MUN_EXTENT_DATA);
	assert_int_equal(
		mun_source_pread(decoded, buf, 1, sizeof(bytes) / 2, &e),
		MUN_EINVAL);
}

/* A source that is half hole. */
static int hole_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	(void)s;
	(void)off;
	(void)e;
	memset(buf, 0, len);
	return 0;
}

static int hole_extent(struct mun_source *s, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	uint64_t half = s->size / 2;

	(void)e;
	out->off = off;
	out->bytes = off < half ? half - off : s->size - off;
	out->kind = off < half ? MUN_EXTENT_DATA : MUN_EXTENT_HOLE;
	return 0;
}

static void hole_close(struct mun_source *s)
{
	(void)s;
}

static void the_files_own_bytes_keep_their_extents(void **state)
{
	static const struct mun_source_ops ops = {
		.pread = hole_pread,
		.next_extent = hole_extent,
		.close = hole_close,
	};
	struct mun_source src = { &ops, 8192 };
	mun_auto(image) *img = NULL;
	mun_auto(source) *decoded = NULL;
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_image_open(&src, NULL, "a", &img, &e), 0);
	assert_int_equal(mun_image_source(img, &decoded, &e), 0);
	assert_int_equal(decoded->size, 8192);
	assert_int_equal(mun_source_next_extent(decoded, 0, &x, &e), 0);
	assert_int_equal(x.kind, MUN_EXTENT_DATA);
	assert_int_equal(x.bytes, 4096);
	assert_int_equal(mun_source_next_extent(decoded, 5000, &x, &e), 0);
	assert_int_equal(x.kind, MUN_EXTENT_HOLE);
	assert_int_equal(x.off, 5000);
	assert_int_equal(x.bytes, 3192);
}

static void text_that_does_not_fit_is_left_out_whole(void **state)
{
	struct mun_image img = { 0 };
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	mun_image_note(&img, "first");
	mun_image_note(&img, "%s", longer);
	assert_string_equal(img.note, "first");
	mun_image_note(&img, "second");
	assert_string_equal(img.note, "first; second");
	memset(img.note, 0, sizeof(img.note));
	mun_image_note(&img, "%s", longer);
	assert_int_equal(strlen(img.note), sizeof(img.note) - 1);
	mun_image_note(&img, "more");
	assert_int_equal(strlen(img.note), sizeof(img.note) - 1);
	mun_image_variant(&img, "one");
	mun_image_variant(&img, "two");
	assert_string_equal(img.variant, "one, two");
}

static void foreign_bytes_become_a_fact_only_escaped(void **state)
{
	mun_auto(source) *src = new_source();
	mun_auto(image) *img = NULL;
	char longer[400];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_image_open(src, NULL, "c", &img, &e), 0);
	assert_int_equal(mun_image_fact_bytes(img, MUN_FACT_MADE, "name",
					      "a\033\xff  \0\0", 7, &e),
			 0);
	assert_string_equal(img->facts[0].value, "a\\x1b\\xff");
	/* Nothing is said of nothing. */
	assert_int_equal(
		mun_image_fact_bytes(img, MUN_FACT_MADE, "name", "  \0", 3, &e),
		0);
	assert_int_equal(img->nfacts, 1);
	/* No escape is cut in two, and no character: 63 of 4 bytes fit. */
	memset(longer, 1, sizeof(longer));
	assert_int_equal(mun_image_fact_bytes(img, MUN_FACT_MADE, "name",
					      longer, sizeof(longer), &e),
			 0);
	assert_int_equal(strlen(img->facts[1].value), 252);
	for (size_t i = 0; i < sizeof(longer); i += 2)
		memcpy(longer + i, "\xc3\xa9", 2);
	assert_int_equal(mun_image_fact_bytes(img, MUN_FACT_MADE, "name",
					      longer, sizeof(longer), &e),
			 0);
	assert_int_equal(strlen(img->facts[2].value), 254);
}

/* Beside the image lies the image, which is its own parent. */
static unsigned int opened;

static int open_own_parent(struct mun_image *img, struct mun_err *e)
{
	struct mun_image *parent;

	opened++;
	return mun_image_open_named(img, "x", "own", &parent, e);
}

static int itself(struct mun_companions *beside, const char *name,
		  struct mun_source **out, struct mun_err *e)
{
	(void)beside;
	(void)name;
	return mun_source_from_memory(bytes, sizeof(bytes), out, e);
}

static void parents_that_go_round_end(void **state)
{
	static const struct mun_companions_ops ops = { .open = itself };
	struct mun_companions beside = { &ops };
	mun_auto(source) *src = new_source();
	const struct mun_image_request q = {
		.src = src,
		.format = "own",
		.companions = &beside,
	};
	struct mun_image *img;
	char text[2048];
	struct mun_err e;

	(void)state;
	opened = 0;
	assert_int_equal(mun_image_open_with(&q, &img, &e), MUN_ECORRUPT);
	assert_int_equal(opened, MUN_IMAGE_DEPTH + 1);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "more than 16 parents"));
}

static void suffixes_are_compared_in_any_case(void **state)
{
	(void)state;
	assert_true(mun_has_suffix("a/DISK.IMG", "img"));
	assert_true(mun_has_suffix("a.b.img", "img"));
	assert_false(mun_has_suffix("aimg", "img"));
	assert_false(mun_has_suffix("img", "img"));
	assert_false(mun_has_suffix("a.img2", "img"));
	assert_false(mun_has_suffix(NULL, "img"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_highest_bid_opens, set_up),
		cmocka_unit_test_setup(a_tie_is_an_error_that_names_both,
				       set_up),
		cmocka_unit_test_setup(
			no_bid_and_an_unknown_name_are_unsupported, set_up),
		cmocka_unit_test_setup(a_read_error_in_a_bid_is_not_swallowed,
				       set_up),
		cmocka_unit_test_setup(a_read_error_elsewhere_does_not_matter,
				       set_up),
		cmocka_unit_test_setup(
			close_is_called_once_also_after_a_failed_open, set_up),
		cmocka_unit_test_setup(decoded_bytes_come_from_the_driver,
				       set_up),
		cmocka_unit_test_setup(the_files_own_bytes_keep_their_extents,
				       set_up),
		cmocka_unit_test(text_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test_setup(foreign_bytes_become_a_fact_only_escaped,
				       set_up),
		cmocka_unit_test_setup(parents_that_go_round_end, set_up),
		cmocka_unit_test(suffixes_are_compared_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
