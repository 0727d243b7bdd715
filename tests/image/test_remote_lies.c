/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_remote_lies.c - a decoder that crashes, hangs or lies harms
 * nobody
 */
#include "image/remote.h"

#include "core/check.h"
#include "core/log.h"
#include "image/contents.h"
#include "image/disc.h"
#include "image/floppy.h"
#include "image/remote_int.h"
#include "tests/image/remote_driver.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- misdeeds ---- */

static int fails(struct mun_image *img, struct mun_err *e)
{
	(void)img;
	(void)mun_fail(e, MUN_ECORRUPT, "block 17 is broken");
	return mun_ctx(e, "read a block");
}

static void an_error_comes_through_and_harms_no_other_call(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_extent x;
	char text[1024];
	uint8_t byte;
	struct mun_err e;

	(void)state;
	task.misdeed = fails;
	src = new_source();
	img = open_there(src, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			mun_image_pread(img, MUN_VIEW_CONTENT, &byte, 1, 0, &e),
			MUN_ECORRUPT);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    "read a block: block 17 is broken");
	}
	assert_int_equal(
		mun_image_next_extent(img, MUN_VIEW_CONTENT, 0, &x, &e), 0);
}

static void what_it_cannot_decode_it_does_not_find(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_err e;

	(void)state;
	task.misdeed = fails;
	src = new_source();
	img = open_there(src, 1);
	assert_int_equal(mun_contents_of(img, c, &e), 0);
	assert_true(c->table_damaged);
	assert_int_equal(c->nvolumes, 0);
}

static int free_fd; /* the first before the child is started */

/* A pread must fail and say @says; and so must all that follows. */
static void ends_badly(int (*misdeed)(struct mun_image *, struct mun_err *),
		       const char *says)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_extent x;
	char text[1024];
	uint8_t byte;
	struct mun_err e;

	task.misdeed = misdeed;
	src = new_source();
	free_fd = dup(STDIN_FILENO);
	assert_true(free_fd >= 0);
	assert_int_equal(close(free_fd), 0);
	img = open_there(src, 2);
	for (int i = 0; i < 3; i++) {
		int rc = i < 2 ? mun_image_pread(img, MUN_VIEW_CONTENT, &byte,
						 1, 0, &e)
			       : mun_image_next_extent(img, MUN_VIEW_CONTENT, 0,
						       &x, &e);

		assert_int_equal(rc, MUN_ECORRUPT);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, says))
			fail_msg("'%s' is not in '%s'", says, text);
	}
	no_child_is_left();
}

static int aborts(struct mun_image *img, struct mun_err *e)
{
	(void)img;
	(void)e;
	abort();
}

static int exits(struct mun_image *img, struct mun_err *e)
{
	(void)img;
	(void)e;
	_exit(0);
}

static int loops(struct mun_image *img, struct mun_err *e)
{
	volatile unsigned int n = 1;

	(void)img;
	(void)e;
	while (n & 1)
		n += 2;
	return 0;
}

/* The pair of worker 0 is the first that is made; the parent's end is closed
 * here. */
static int socket_here(void)
{
	struct stat st;
	int fd = free_fd;

	while (fd < 1000 && (fstat(fd, &st) || !S_ISSOCK(st.st_mode)))
		fd++;
	return fd;
}

static int sends_half(struct mun_image *img, struct mun_err *e)
{
	(void)img;
	(void)e;
	(void)!write(socket_here(), "half", 4);
	return 0;
}

static int sends(const struct mun_remote_msg *m)
{
	(void)!write(socket_here(), m, sizeof(*m));
	return 0;
}

static int sends_a_question(struct mun_image *img, struct mun_err *e)
{
	const struct mun_remote_msg m = { .op = MUN_REMOTE_PREAD };

	(void)img;
	(void)e;
	return sends(&m);
}

static int sends_no_error(struct mun_image *img, struct mun_err *e)
{
	const struct mun_remote_msg m = { .op = MUN_REMOTE_ANSWER, .rc = 5 };

	(void)img;
	(void)e;
	return sends(&m);
}

static int opens(struct mun_image *img, struct mun_err *e)
{
	(void)img;
	(void)e;
	return access("/etc/passwd", R_OK);
}

static void a_child_that_dies_is_told_with_its_end(void **state)
{
	(void)state;
	ends_badly(exits, "ended without an answer");
	ends_badly(sends_half, "makes no sense");
	ends_badly(sends_a_question, "makes no sense");
	ends_badly(sends_no_error, "makes no sense");
	/* A sanitizer needs calls that the sandbox would kill it for. */
#ifndef MUN_SANITIZED
	ends_badly(aborts, "crashed");
	ends_badly(opens, "forbidden system call");
#else
	(void)aborts;
	(void)opens;
#endif
}

static void a_child_that_dies_while_it_looks_is_told(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	char text[1024];
	struct mun_err e;

	(void)state;
	task.misdeed = exits;
	src = new_source();
	img = open_there(src, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mun_contents_of(img, c, &e), MUN_ECORRUPT);
		assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
				       "ended without an answer"));
	}
	no_child_is_left();
}

static void a_child_that_goes_round_is_ended(void **state)
{
	(void)state;
	mun_remote_most_ms = 400;
	ends_badly(loops, "used up its time");
	mun_remote_most_ms = 60000;
}

static void who_wants_to_stop_need_not_wait(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	uint8_t byte;
	struct mun_err e;

	(void)state;
	task.misdeed = loops;
	src = new_source();
	img = open_there(src, 1);
	mun_cancel();
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, &byte, 1, 0, &e),
		MUN_ECANCELLED);
	mun_cancel_reset();
	no_child_is_left();
}

/* ---- lies ---- */

static void bad_mode(struct mun_image *img)
{
	memset(&img->tracks->mode, 0x7f, sizeof(img->tracks->mode));
}

static void bad_isrc(struct mun_image *img)
{
	memset(img->tracks->isrc, 'x', sizeof(img->tracks->isrc));
}

static void bad_kind(struct mun_image *img)
{
	memset(&img->facts->kind, 0x7f, sizeof(img->facts->kind));
}

static void bad_value(struct mun_image *img)
{
	memset(img->facts->value, 'x', sizeof(img->facts->value));
}

static void bad_name(struct mun_image *img)
{
	memcpy(img->facts->name, "\033[2J", 5);
}

static void bad_preserved(struct mun_image *img)
{
	memcpy(img->preserved_only, "a\nb", 4);
}

static void bad_raw_bytes(struct mun_image *img)
{
	img->raw_bytes = UINT64_MAX;
}

static void bad_sub_bytes(struct mun_image *img)
{
	img->sub_bytes = UINT64_MAX;
}

static void sector_outside(struct mun_image *img)
{
	img->floppy->sectors[3].raw = 18 * 512 - 511;
}

static void sector_too_long(struct mun_image *img)
{
	img->floppy->sectors[3].bytes = UINT32_MAX;
}

static void track_too_long(struct mun_image *img)
{
	img->floppy->tracks[1].sectors++;
}

static void track_twice(struct mun_image *img)
{
	img->floppy->tracks[1].cylinder = 0;
}

static void tag_outside(struct mun_image *img)
{
	img->floppy->sectors[0].tag = 1000;
}

static void bad_mcn(struct mun_image *img)
{
	memset(img->disc->mcn, '1', sizeof(img->disc->mcn));
}

static void no_lie_gets_through(void **state)
{
	static const struct {
		void (*lie)(struct mun_image *img);
		bool floppy;
		bool disc;
	} lies[] = {
		{ bad_mode, false, false },
		{ bad_isrc, false, false },
		{ bad_kind, false, false },
		{ bad_value, false, false },
		{ bad_name, false, false },
		{ bad_preserved, false, false },
		{ bad_raw_bytes, false, false },
		{ bad_sub_bytes, false, false },
		{ sector_outside, true, false },
		{ sector_too_long, true, false },
		{ track_too_long, true, false },
		{ track_twice, true, false },
		{ tag_outside, true, false },
		{ bad_mcn, false, true },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(lies); i++) {
		mun_auto(source) *src = NULL;
		struct mun_remote_request q = { .threads = 1 };
		struct mun_image *img = NULL;
		struct mun_err e;

		set_up(NULL);
		task.lie = lies[i].lie;
		task.floppy = lies[i].floppy;
		task.disc = lies[i].disc;
		src = new_source();
		q.src = src;
		if (mun_remote_open(&q, &img, &e) != MUN_ECORRUPT)
			fail_msg("lie %zu got through", i);
		no_child_is_left();
	}
}

static int empty_extent(uint64_t off, struct mun_extent *out, struct mun_err *e)
{
	(void)e;
	*out = (struct mun_extent){ off, 0, MUN_EXTENT_DATA };
	return 0;
}

static int other_extent(uint64_t off, struct mun_extent *out, struct mun_err *e)
{
	(void)e;
	*out = (struct mun_extent){ off + 1, 10, MUN_EXTENT_DATA };
	return 0;
}

static int odd_extent(uint64_t off, struct mun_extent *out, struct mun_err *e)
{
	(void)e;
	*out = (struct mun_extent){ off, 10, MUN_EXTENT_DATA };
	memset(&out->kind, 0x7f, sizeof(out->kind));
	return 0;
}

static void no_extent_that_is_none_gets_through(void **state)
{
	int (*const lies[])(uint64_t off, struct mun_extent * out,
			    struct mun_err * e) = { empty_extent, other_extent,
						    odd_extent };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(lies); i++) {
		mun_auto(source) *src = NULL;
		mun_auto(image) *img = NULL;
		struct mun_extent x;
		struct mun_err e;

		set_up(NULL);
		task.extent = lies[i];
		src = new_source();
		img = open_there(src, 1);
		assert_int_equal(
			mun_image_next_extent(img, MUN_VIEW_CONTENT, 7, &x, &e),
			MUN_ECORRUPT);
	}
}
int main(void)
{
	const char *preload = getenv("LD_PRELOAD");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			an_error_comes_through_and_harms_no_other_call, set_up),
		cmocka_unit_test_setup(a_child_that_dies_is_told_with_its_end,
				       set_up),
		cmocka_unit_test_setup(what_it_cannot_decode_it_does_not_find,
				       set_up),
		cmocka_unit_test_setup(a_child_that_dies_while_it_looks_is_told,
				       set_up),
		cmocka_unit_test_setup(a_child_that_goes_round_is_ended,
				       set_up),
		cmocka_unit_test_setup(who_wants_to_stop_need_not_wait, set_up),
		cmocka_unit_test_setup(no_lie_gets_through, set_up),
		cmocka_unit_test_setup(no_extent_that_is_none_gets_through,
				       set_up),
	};

	if (preload && strstr(preload, "valgrind")) {
		(void)puts("SKIP: valgrind itself makes forbidden calls");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
