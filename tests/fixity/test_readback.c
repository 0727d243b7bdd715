/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_readback.c - reading back behind a writer */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/imgwrite.h"
#include "core/source.h"
#include "fixity/hashpass.h"
#include "fixity/readback.h"
#include "tests/support/support.h"

#define MIB ((size_t)1 << 20)
#define SIZE (5 * MIB + 12345)

struct lab {
	char *dir;
	char *path;
	uint8_t *data;
	struct mun_tree tree;
	struct mun_imgwriter *w;
	struct mun_readback *rb;
};

static void lab_open(struct lab *l)
{
	struct mun_digests none = { 0 };
	struct mun_source *s;
	struct mun_err e;

	memset(l, 0, sizeof(*l));
	l->dir = mun_test_dir();
	l->path = mun_test_path(l->dir, "image");
	l->data = aligned_alloc(MUN_IO_ALIGN, 6 * MIB);
	assert_non_null(l->data);
	mun_test_pattern((char *)l->data, SIZE, 3);
	memset(l->data + 2 * MIB, 0, MIB); /* a hole in the image */
	assert_int_equal(mun_source_from_memory(l->data, SIZE, &s, &e), 0);
	assert_int_equal(mun_hash_source(s, 0, &none, &l->tree, "", NULL, &e),
			 0);
	mun_source_close(s);
	assert_int_equal(mun_imgwriter_open(l->path, false, &l->w, &e), 0);
	assert_int_equal(mun_readback_start(l->path, SIZE, &l->rb, &e), 0);
}

static void lab_close(struct lab *l)
{
	mun_readback_free(l->rb);
	mun_imgwriter_free(l->w);
	mun_tree_clear(&l->tree);
	free(l->data);
	free(l->path);
	mun_test_dir_remove(l->dir);
}

static void write_all_but_the_hole(struct lab *l)
{
	struct mun_err e;

	for (size_t off = 0; off < SIZE; off += MIB) {
		size_t n = SIZE - off < MIB ? SIZE - off : MIB;

		if (off != 2 * MIB)
			assert_int_equal(mun_imgwriter_write(l->w,
							     l->data + off, n,
							     off, &e),
					 0);
		mun_readback_written(l->rb, off + n);
	}
	assert_int_equal(mun_imgwriter_finish(l->w, SIZE, &e), 0);
}

/* Where the file system has no O_DIRECT nobody follows, and says so. */
static bool nobody_follows(struct lab *l)
{
	if (l->rb)
		return false;
	print_message("no O_DIRECT in %s: not followed\n", l->dir);
	lab_close(l);
	return true;
}

static void what_was_written_is_proved(void **state)
{
	struct mun_proof proof = { 0 };
	struct mun_err e;
	struct lab l;

	(void)state;
	lab_open(&l);
	if (nobody_follows(&l))
		return;
	write_all_but_the_hole(&l);
	assert_int_equal(mun_readback_finish(l.rb, &l.tree, &proof, &e), 0);
	assert_true(proof.valid);
	assert_true(mun_proof_holds(&proof, l.path));
	lab_close(&l);
}

/* One byte, in each part of the file: early, in the hole, in the last piece. */
static void a_byte_that_differs_is_found(void **state)
{
	static const size_t places[] = { 0, MIB - 1, 2 * MIB + 7, 4 * MIB,
					 SIZE - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct mun_proof proof = { 0 };
		char text[1024];
		char place[32];
		struct mun_err e;
		struct lab l;
		uint8_t kept;

		lab_open(&l);
		if (nobody_follows(&l))
			return;
		/* The disk gets another byte than was hashed. */
		kept = l.data[places[i]];
		l.data[places[i]] = (uint8_t)(kept ^ 1);
		if (places[i] / MIB == 2)
			assert_int_equal(mun_imgwriter_write(l.w,
							     l.data + 2 * MIB,
							     MIB, 2 * MIB, &e),
					 0);
		write_all_but_the_hole(&l);
		assert_int_equal(mun_readback_finish(l.rb, &l.tree, &proof, &e),
				 MUN_EFIXITY);
		assert_false(proof.valid);
		(void)snprintf(place, sizeof(place), "at byte %zu ",
			       places[i] / MIB * MIB);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, place));
		lab_close(&l);
	}
}

static void a_shorter_file_is_found(void **state)
{
	struct mun_proof proof = { 0 };
	struct mun_err e;
	struct lab l;

	(void)state;
	lab_open(&l);
	if (nobody_follows(&l))
		return;
	write_all_but_the_hole(&l);
	assert_int_equal(truncate(l.path, SIZE - 1), 0);
	assert_int_equal(mun_readback_finish(l.rb, &l.tree, &proof, &e),
			 MUN_EFIXITY);
	lab_close(&l);
}

static void a_writer_that_fails_leaves_no_thread(void **state)
{
	struct mun_err e;
	struct lab l;

	(void)state;
	lab_open(&l);
	if (nobody_follows(&l))
		return;
	assert_int_equal(mun_imgwriter_write(l.w, l.data, MIB, 0, &e), 0);
	mun_readback_written(l.rb, MIB);
	lab_close(&l);
}

/* The proof is of one file, not of whatever bears its name. */
static void another_file_is_not_proved(void **state)
{
	struct mun_proof proof = { 0 };
	struct mun_err e;
	struct lab l;
	char *other;

	(void)state;
	assert_false(mun_proof_holds(&proof, "/"));
	lab_open(&l);
	if (nobody_follows(&l))
		return;
	write_all_but_the_hole(&l);
	assert_int_equal(mun_readback_finish(l.rb, &l.tree, &proof, &e), 0);
	other = mun_test_path(l.dir, "other");
	assert_false(mun_proof_holds(&proof, other));
	mun_test_write(other, l.data, SIZE);
	assert_false(mun_proof_holds(&proof, other));
	/* Moved, it is the same file; written to, it is not. */
	assert_int_equal(rename(l.path, other), 0);
	assert_true(mun_proof_holds(&proof, other));
	mun_test_write(other, l.data, SIZE);
	assert_false(mun_proof_holds(&proof, other));
	free(other);
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_proved),
		cmocka_unit_test(a_byte_that_differs_is_found),
		cmocka_unit_test(a_shorter_file_is_found),
		cmocka_unit_test(a_writer_that_fails_leaves_no_thread),
		cmocka_unit_test(another_file_is_not_proved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
