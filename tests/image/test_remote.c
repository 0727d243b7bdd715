/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_remote.c - an image decoded by a child is the same image,
 * and a child that crashes, hangs or lies harms nobody
 *
 * This program defines mun_image_drivers itself: one driver, which does what
 * the test tells it, in this process and in the child.
 */
#include "image/remote.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/remote_int.h"
#include "image/states.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BYTES ((size_t)5 * 1024 * 1024 + 123)
#define BESIDE ((size_t)1500 * 1000)

/* What the driver is to do. */
static struct task {
	bool own; /* no pread, no next_extent */
	bool floppy;
	bool disc;
	bool verifies;
	const char *beside; /* file that it reads */
	bool parent; /* its bytes are the parent's */
	void (*lie)(struct mun_image *img); /* at the end of open() */
	int (*misdeed)(struct mun_image *img, struct mun_err *e); /* in pread */
	int (*extent)(uint64_t off, struct mun_extent *out, struct mun_err *e);
} task;

static struct mun_source *beside; /* of the image that is open */

static int bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_MAGIC;
}

static int test_open(struct mun_image *img, struct mun_err *e);

/* Each view is the source, changed in a way of its own. */
static int test_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	uint8_t *p = buf;
	int rc = 0;

	if (task.misdeed)
		rc = task.misdeed(img, e);
	if (rc)
		return rc;
	if (beside)
		return mun_source_pread(beside, buf, len, off, e);
	if (task.parent && img->parent)
		return mun_image_pread(img->parent, view, buf, len, off, e);
	rc = mun_source_pread(img->src, buf, len, off, e);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(p[i] ^ (0x11 * (view + 1)));
	return rc;
}

/* Runs of 1000 bytes, and every kind there is. */
static int test_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	(void)img;
	(void)view;
	if (task.extent)
		return task.extent(off, out, e);
	if (beside)
		return mun_source_next_extent(beside, off, out, e);
	out->off = off;
	out->bytes = 1000 - off % 1000;
	out->kind = (enum mun_extent_kind)(off / 1000 % 5);
	return 0;
}

static int test_verify(struct mun_image *img, struct mun_err *e)
{
	uint8_t byte;
	int rc = mun_image_pread(img, MUN_VIEW_CONTENT, &byte, 1, 0, e);

	mun_image_settle(img, "CRC-32",
			 byte & 1 ? MUN_FACT_GOOD : MUN_FACT_BAD);
	return rc;
}

static void test_close(struct mun_image *img)
{
	(void)img;
	mun_source_close(beside);
	beside = NULL;
}

static struct mun_image_driver driver = {
	.name = "test",
	.title = "A test",
	.suffixes = "",
	.bid = bid,
	.open = test_open,
	.close = test_close,
};

const struct mun_image_driver *const mun_image_drivers[] = { &driver, NULL };

/* Two tracks; on the first a copy that is better, on the second a tag. */
static int fill_floppy(struct mun_floppy *f, struct mun_err *e)
{
	static const uint8_t tag[MUN_FLOPPY_TAG] = "tag of many";
	uint8_t data[512];
	int rc = 0;

	for (uint16_t c = 0; !rc && c < 2; c++) {
		const struct mun_floppy_track t = {
			.cylinder = (uint16_t)(1 - c),
			.encoding = MUN_ENCODING_MFM,
			.kbps = 250,
		};

		rc = mun_floppy_add_track(f, &t, e);
		for (uint8_t r = 9; !rc && r > 0; r--) {
			struct mun_sector s = {
				.c = (uint8_t)(1 - c),
				.r = r > 8 ? 1 : r,
				.n = 2,
				.bytes = 512,
				.st1 = r,
				.flags = r == 3 ? MUN_SECTOR_BAD_DATA : 0,
			};

			memset(data, 16 * c + r, sizeof(data));
			rc = mun_floppy_add_sector(f, &s, data, c ? tag : NULL,
						   e);
		}
	}
	return rc;
}

static int open_floppy(struct mun_image *img, struct mun_err *e)
{
	struct mun_floppy *f = NULL;
	int rc = mun_floppy_new(&f, e);

	if (!rc)
		rc = fill_floppy(f, e);
	if (!rc)
		rc = mun_floppy_text(img, f, "comment", "made\r\nhere", 10, e);
	return rc ? rc : mun_floppy_done(img, f, e);
}

static int open_disc(struct mun_image *img, struct mun_err *e)
{
	int rc = mun_disc_new(&img->disc, e);

	if (rc)
		return rc;
	img->disc->cdtext = malloc(18);
	if (!img->disc->cdtext)
		return mun_fail_nomem(e, "CD-TEXT");
	memset(img->disc->cdtext, 0x80, 18);
	img->disc->cdtext_bytes = 18;
	img->disc->cooked = true;
	img->disc->sectors = 4711;
	memcpy(img->disc->mcn, "0123456789012", 14);
	return 0;
}

/* What is told of an image, so that nothing is left at 0. */
static int tell(struct mun_image *img, struct mun_err *e)
{
	int rc;

	img->sector_bytes = 512;
	img->bytes = img->src->size;
	img->raw_bytes = img->src->size - 1;
	img->sub_bytes = img->src->size - 2;
	img->medium = MUN_MEDIUM_DISK;
	img->geometry = (struct mun_geometry){ 80, 2, 18 };
	mun_image_variant(img, "Variant, with \xc3\xa9");
	mun_image_note(img, "note");
	mun_image_set_puid(img, "fmt/1");
	mun_image_set_mime(img, "application/x-test");
	memcpy(img->volume_label, "LABEL", 6);
	rc = mun_image_fact(img, MUN_FACT_MADE, "creator", e, "me");
	if (!rc)
		rc = mun_image_check_fact(img, "CRC-32", MUN_FACT_NONE, e,
					  "12345678");
	if (!rc)
		rc = mun_image_one_track(img, e);
	if (!rc) {
		img->tracks->pregap = 150;
		memcpy(img->tracks->isrc, "DEA620000001", 13);
	}
	return rc;
}

static int test_open(struct mun_image *img, struct mun_err *e)
{
	int rc = tell(img, e);

	if (!rc && task.floppy)
		rc = open_floppy(img, e);
	if (!rc && task.disc)
		rc = open_disc(img, e);
	if (!rc && task.beside)
		rc = mun_companion_open(img->companions, task.beside, &beside,
					e);
	if (!rc && task.beside)
		img->bytes = img->raw_bytes = beside->size;
	if (!rc && task.parent && img->depth == 0) {
		if (!img->parent)
			return mun_fail(e, MUN_ENOENT, "it needs its parent");
		img->bytes = img->raw_bytes = img->parent->bytes;
	}
	if (!rc && task.lie)
		task.lie(img);
	return rc;
}

static uint8_t bytes[BYTES];

static int set_up(void **state)
{
	(void)state;
	memset(&task, 0, sizeof(task));
	return 0;
}

/* The driver for @task, which must be set before. */
static void set_driver(void)
{
	driver.pread = task.own ? NULL : test_pread;
	driver.next_extent = task.own ? NULL : test_extent;
	driver.verify = task.verifies ? test_verify : NULL;
	if (task.floppy) {
		driver.pread = mun_floppy_pread;
		driver.next_extent = mun_floppy_next_extent;
	}
}

static struct mun_source *new_source(void)
{
	struct mun_source *src;
	struct mun_err e;

	mun_test_pattern(bytes, sizeof(bytes), 7);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	set_driver();
	return src;
}

static struct mun_image *open_here(struct mun_source *src)
{
	const struct mun_image_request q = { .src = src, .file_name = "x" };
	struct mun_image *img;
	struct mun_err e;

	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	return img;
}

static struct mun_image *open_there(struct mun_source *src,
				    unsigned int threads)
{
	const struct mun_remote_request q = {
		.src = src,
		.file_name = "x",
		.threads = threads,
	};
	struct mun_image *img;
	struct mun_err e;
	char text[1024];

	if (mun_remote_open(&q, &img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return img;
}

static void no_child_is_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* The open must fail with @rc and say @says. */
static void refused(const struct mun_remote_request *q, int rc,
		    const char *says)
{
	struct mun_image *img;
	struct mun_err e;
	char text[1024];

	assert_int_equal(mun_remote_open(q, &img, &e), rc);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' is not in '%s'", says, text);
	no_child_is_left();
}

static void assert_same_tables(const struct mun_image *a,
			       const struct mun_image *b)
{
	assert_string_equal(a->format->name, b->format->name);
	assert_string_equal(a->driver->name, b->driver->name);
	assert_string_equal(a->file_name, b->file_name);
	assert_string_equal(a->variant, b->variant);
	assert_string_equal(a->volume_label, b->volume_label);
	assert_string_equal(a->puid, b->puid);
	assert_string_equal(a->mime, b->mime);
	assert_string_equal(a->note, b->note);
	assert_string_equal(a->preserved_only, b->preserved_only);
	assert_int_equal(a->medium, b->medium);
	assert_int_equal(a->sector_bytes, b->sector_bytes);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->raw_bytes, b->raw_bytes);
	assert_int_equal(a->sub_bytes, b->sub_bytes);
	assert_memory_equal(&a->geometry, &b->geometry, sizeof(a->geometry));
	assert_int_equal(a->ntracks, b->ntracks);
	assert_memory_equal(a->tracks, b->tracks,
			    a->ntracks * sizeof(*a->tracks));
	assert_int_equal(a->nfacts, b->nfacts);
	assert_memory_equal(a->facts, b->facts, a->nfacts * sizeof(*a->facts));
}

static void assert_same_bytes(struct mun_image *a, struct mun_image *b)
{
	for (enum mun_view v = MUN_VIEW_CONTENT; v < MUN_VIEWS; v++) {
		size_t size = (size_t)mun_image_size(a, v);
		uint8_t *x = malloc(size + 1);
		uint8_t *y = malloc(size + 1);
		struct mun_err e;

		assert_int_equal(size, mun_image_size(b, v));
		assert_int_equal(mun_image_pread(a, v, x, size, 0, &e), 0);
		assert_int_equal(mun_image_pread(b, v, y, size, 0, &e), 0);
		assert_memory_equal(x, y, size);
		if (size > 1000) {
			memset(y, 0, size);
			assert_int_equal(mun_image_pread(b, v, y, 777, 99, &e),
					 0);
			assert_memory_equal(x + 99, y, 777);
		}
		assert_int_equal(mun_image_pread(b, v, y, 1, size, &e),
				 MUN_EINVAL);
		free(x);
		free(y);
	}
}

/* What a walk finds, as one line per run. */
static int note_run(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	(void)e;
	mun_str_addf(ctx, "%s %ju %ju\n", mun_extent_word(x->kind),
		     (uintmax_t)x->off, (uintmax_t)x->bytes);
	return 0;
}

static void assert_same_extents(struct mun_image *a, struct mun_image *b)
{
	for (enum mun_view v = MUN_VIEW_CONTENT; v < MUN_VIEWS; v++) {
		struct mun_str x = { 0 };
		struct mun_str y = { 0 };
		struct mun_err e;

		assert_int_equal(mun_image_walk(a, v, NULL, note_run, &x, &e),
				 0);
		assert_int_equal(mun_image_walk(b, v, NULL, note_run, &y, &e),
				 0);
		assert_int_equal(x.len, y.len);
		if (x.len)
			assert_string_equal(x.text, y.text);
		mun_str_free(&x);
		mun_str_free(&y);
	}
}

static void all_is_the_same_as_without_a_child(void **state)
{
	mun_auto(source) *src = new_source();
	struct mun_image *here = open_here(src);
	struct mun_image *there = open_there(src, 2);

	(void)state;
	assert_same_tables(here, there);
	assert_same_bytes(here, there);
	assert_same_extents(here, there);
	assert_null(there->floppy);
	assert_null(there->disc);
	mun_image_free(here);
	mun_image_free(there);
	no_child_is_left();
}

/* The child has nothing to do then, and is gone. */
static void the_sources_own_bytes_need_no_child(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_image *here;
	struct mun_image *there;

	(void)state;
	task.own = true;
	src = new_source();
	here = open_here(src);
	there = open_there(src, 2);
	no_child_is_left();
	assert_null(there->driver->pread);
	assert_same_tables(here, there);
	assert_same_bytes(here, there);
	assert_same_extents(here, there);
	mun_image_free(here);
	mun_image_free(there);
}

static void a_floppy_is_put_together_again(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_image *here;
	struct mun_image *there;
	const struct mun_floppy *f;
	const struct mun_floppy *g;

	(void)state;
	task.floppy = true;
	src = new_source();
	here = open_here(src);
	there = open_there(src, 1);
	no_child_is_left();
	f = here->floppy;
	g = there->floppy;
	assert_same_tables(here, there);
	assert_int_equal(f->ntracks, g->ntracks);
	assert_memory_equal(f->tracks, g->tracks,
			    f->ntracks * sizeof(*f->tracks));
	assert_int_equal(f->nsectors, 18);
	assert_int_equal(f->nsectors, g->nsectors);
	for (size_t i = 0; i < f->nsectors; i++) {
		const struct mun_sector *a = &f->sectors[i];
		const struct mun_sector *b = &g->sectors[i];

		assert_int_equal(a->r, b->r);
		assert_int_equal(a->st1, b->st1);
		assert_int_equal(a->flags, b->flags);
		assert_int_equal(a->content, b->content);
		assert_int_equal(a->raw, b->raw);
		assert_int_equal(a->tag != 0, b->tag != 0);
	}
	assert_int_equal(f->norder, g->norder);
	assert_int_equal(f->ntags, g->ntags);
	assert_int_equal(g->comment_bytes, 10);
	assert_memory_equal(f->comment, g->comment, 10);
	assert_same_bytes(here, there);
	assert_same_extents(here, there);
	mun_image_free(here);
	mun_image_free(there);
}

static void what_a_disc_says_comes_through(void **state)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;

	(void)state;
	task.disc = true;
	src = new_source();
	img = open_there(src, 1);
	assert_non_null(img->disc);
	assert_string_equal(img->disc->mcn, "0123456789012");
	assert_int_equal(img->disc->sectors, 4711);
	assert_true(img->disc->cooked);
	assert_int_equal(img->disc->cdtext_bytes, 18);
	assert_int_equal(img->disc->cdtext[17], 0x80);
}

static void checks_are_made_by_the_child(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_image *here;
	struct mun_image *there;
	struct mun_err e;

	(void)state;
	task.verifies = true;
	src = new_source();
	here = open_here(src);
	there = open_there(src, 2);
	assert_int_equal(there->facts[1].state, MUN_FACT_NONE);
	assert_int_equal(mun_image_verify(here, &e), 0);
	assert_int_equal(mun_image_verify(there, &e), 0);
	assert_int_not_equal(there->facts[1].state, MUN_FACT_NONE);
	assert_same_tables(here, there);
	mun_image_free(here);
	mun_image_free(there);
}

/* ---- files beside the image ---- */

static char *dir;

static struct mun_image *open_beside(struct mun_companions *folder,
				     struct mun_source *src)
{
	const struct mun_remote_request q = {
		.src = src,
		.companions = folder,
		.threads = 2,
	};
	struct mun_image *img;
	struct mun_err e;
	char text[1024];

	if (mun_remote_open(&q, &img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return img;
}

static void files_beside_it_are_read_for_the_child(void **state)
{
	uint8_t *want = malloc(BESIDE);
	uint8_t *got = malloc(BESIDE);
	char *path;
	mun_auto(companions) *folder = NULL;
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "part.bin");
	mun_test_pattern(want, BESIDE, 3);
	mun_test_write(path, want, BESIDE);
	assert_int_equal(mun_companions_folder(path, &folder, &e), 0);
	task.beside = "C:\\somewhere\\PART.bin";
	src = new_source();
	img = open_beside(folder, src);
	assert_int_equal(img->bytes, BESIDE);
	/* Past the cache, and through it: at the borders of its blocks, and at
	 * the end, which is within one. */
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, BESIDE, 0, &e), 0);
	assert_memory_equal(want, got, BESIDE);
	for (size_t off = 0; off + 5000 <= BESIDE; off += 65000) {
		assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got,
						 5000, off, &e),
				 0);
		assert_memory_equal(want + off, got, 5000);
	}
	assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got, 77,
					 BESIDE - 77, &e),
			 0);
	assert_memory_equal(want + BESIDE - 77, got, 77);
	assert_int_equal(
		mun_image_next_extent(img, MUN_VIEW_CONTENT, 5, &x, &e), 0);
	assert_int_equal(x.bytes, BESIDE - 5);
	free(want);
	free(got);
	free(path);
	mun_test_dir_remove(dir);
}

static void a_missing_file_is_named_across_the_wall(void **state)
{
	char *path;
	mun_auto(companions) *folder = NULL;
	mun_auto(source) *src = NULL;
	struct mun_remote_request q = { .threads = 1 };
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "x");
	assert_int_equal(mun_companions_folder(path, &folder, &e), 0);
	task.beside = "gone.bin";
	src = new_source();
	q.src = src;
	q.companions = folder;
	refused(&q, MUN_ENOENT, "there is no 'gone.bin' in");
	q.companions = NULL;
	refused(&q, MUN_ENOENT, "without its folder");
	task.beside = "..";
	q.companions = folder;
	refused(&q, MUN_EINVAL, "'..'");
	free(path);
	mun_test_dir_remove(dir);
}

static void a_parent_is_opened_by_the_child_too(void **state)
{
	static const uint8_t data[4096] = { 1, 2, 3 };
	mun_auto(source) *src = NULL;
	mun_auto(source) *parent = NULL;
	mun_auto(image) *img = NULL;
	struct mun_remote_request q = { .threads = 1 };
	uint8_t got[3];
	struct mun_err e;

	(void)state;
	task.parent = true;
	src = new_source();
	assert_int_equal(
		mun_source_from_memory(data, sizeof(data), &parent, &e), 0);
	q.src = src;
	refused(&q, MUN_ENOENT, "it needs its parent");
	q.parent = parent;
	assert_int_equal(mun_remote_open(&q, &img, &e), 0);
	assert_int_equal(img->bytes, sizeof(data));
	task.parent = false;
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, 1, 4095, &e), 0);
}

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

/* ---- threads ---- */

struct reader {
	struct mun_image *img;
	unsigned int seed;
	unsigned int wrong;
};

/* Each tenth is long enough to be shared among the workers. */
static void *read_about(void *arg)
{
	const size_t room = 600000;
	uint8_t *buf = malloc(room);
	struct reader *r = arg;
	uint64_t n = r->seed;

	for (int i = 0; buf && i < 200; i++) {
		enum mun_view v = (enum mun_view)(i % 2);
		size_t len = i % 10 ? 3000 : room;
		struct mun_extent x;
		struct mun_err e;
		uint64_t off;

		n = n * UINT64_C(6364136223846793005) + 1442695040888963407;
		off = (n >> 33) % (BYTES - len - 2);
		if (mun_image_pread(r->img, v, buf, len, off, &e))
			r->wrong++;
		for (size_t k = 0; k < len; k++)
			r->wrong +=
				buf[k] != (bytes[off + k] ^ (0x11 * (v + 1)));
		if (mun_image_next_extent(r->img, v, off, &x, &e) ||
		    x.kind != (enum mun_extent_kind)(off / 1000 % 5) ||
		    x.bytes != 1000 - off % 1000)
			r->wrong++;
	}
	r->wrong += !buf;
	free(buf);
	return NULL;
}

static void many_threads_read_at_once(void **state)
{
	mun_auto(source) *src = new_source();
	mun_auto(image) *img = open_there(src, 3);
	struct reader readers[8];
	pthread_t threads[8];

	(void)state;
	for (unsigned int i = 0; i < MUN_COUNT(threads); i++) {
		readers[i] = (struct reader){ img, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, read_about,
						&readers[i]),
				 0);
	}
	for (size_t i = 0; i < MUN_COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(readers[i].wrong, 0);
	}
}

static void a_path_brings_its_folder_and_its_parent(void **state)
{
	char *part;
	char *path;
	mun_auto(image) *img = NULL;
	uint8_t got[4];
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	part = mun_test_path(dir, "part.bin");
	path = mun_test_path(dir, "image");
	mun_test_write(part, "part", 4);
	mun_test_write(path, "image", 5);
	task.beside = "part.bin";
	set_driver();
	assert_int_equal(mun_remote_open_path(path, NULL, part, &img, &e), 0);
	assert_string_equal(img->file_name, "image");
	assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got, 4, 0, &e),
			 0);
	assert_memory_equal(got, "part", 4);
	free(part);
	free(path);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const char *preload = getenv("LD_PRELOAD");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_is_the_same_as_without_a_child,
				       set_up),
		cmocka_unit_test_setup(the_sources_own_bytes_need_no_child,
				       set_up),
		cmocka_unit_test_setup(a_floppy_is_put_together_again, set_up),
		cmocka_unit_test_setup(what_a_disc_says_comes_through, set_up),
		cmocka_unit_test_setup(checks_are_made_by_the_child, set_up),
		cmocka_unit_test_setup(files_beside_it_are_read_for_the_child,
				       set_up),
		cmocka_unit_test_setup(a_missing_file_is_named_across_the_wall,
				       set_up),
		cmocka_unit_test_setup(a_parent_is_opened_by_the_child_too,
				       set_up),
		cmocka_unit_test_setup(
			an_error_comes_through_and_harms_no_other_call, set_up),
		cmocka_unit_test_setup(a_child_that_dies_is_told_with_its_end,
				       set_up),
		cmocka_unit_test_setup(a_child_that_goes_round_is_ended,
				       set_up),
		cmocka_unit_test_setup(who_wants_to_stop_need_not_wait, set_up),
		cmocka_unit_test_setup(no_lie_gets_through, set_up),
		cmocka_unit_test_setup(no_extent_that_is_none_gets_through,
				       set_up),
		cmocka_unit_test_setup(many_threads_read_at_once, set_up),
		cmocka_unit_test_setup(a_path_brings_its_folder_and_its_parent,
				       set_up),
	};

	if (preload && strstr(preload, "valgrind")) {
		(void)puts("SKIP: valgrind itself makes forbidden calls");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
