/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_remote.c - an image decoded by a child is the same image */
#include "image/remote.h"

#include "core/check.h"
#include "core/str.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/floppy.h"
#include "image/states.h"
#include "tests/image/remote_driver.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdio.h>

#define BESIDE ((size_t)1500 * 1000)

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
		off = (n >> 33) % (REMOTE_BYTES - len - 2);
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
