/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_verify_tamper.c - one bit is changed, and found */
#include "emulate-export/verify_package.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulate-export/verify_box.h"
#include "fixity/digest.h"
#include "tests/emulate-export/repository.h"
#include "tests/emulate-export/small_package.h"
#include "tests/support/support.h"

/* Bytes of an archive between two that are changed: all would take a minute,
 * and the next run of the same stride meets other fields. */
#define STRIDE 7

static struct small_package package;
static struct small_verdict verdict;
static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = mun_test_dir();
	small_package_make(&package, &(struct small_options){ 0 });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_test_dir_remove(dir);
	return 0;
}

static void flip(const char *path, size_t off, unsigned int bit)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)off), 1);
	byte ^= (uint8_t)(1u << bit);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)off), 1);
	assert_int_equal(close(fd), 0);
}

static void untouched_it_is_whole(void **state)
{
	static const enum mun_package_kind kinds[] = { MUN_PACKAGE_DIR,
						       MUN_PACKAGE_ZIP,
						       MUN_PACKAGE_TAR };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *path = small_package_write(&package, dir, kinds[i]);

		small_verify(path, NULL, &verdict);
		assert_int_equal(verdict.n, 0);
		assert_int_equal(verdict.result.payload_files, 3);
		assert_int_equal(verdict.result.images, 1);
		/* Twice each: payload, what tag manifests list, the image by
		 * the receipt. */
		assert_int_equal(verdict.result.digests, 6 + 8 + 2);
		assert_true(verdict.result.receipt);
		assert_string_equal(verdict.result.object, SMALL_OBJECT);
		free(path);
	}
}

/* Every bit of every file. */
static void each_bit_of_a_folder_is_named(void **state)
{
	char *bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
	size_t flips = 0;

	(void)state;
	for (size_t i = 0; i < package.n; i++) {
		const struct small_file *f = &package.files[i];
		char *path = mun_test_path(bag, f->path);

		for (size_t bit = 0; bit < 8 * f->len; bit++, flips++) {
			flip(path, bit / 8, bit % 8);
			small_verify(bag, NULL, &verdict);
			if (!verdict.result.damage ||
			    !small_names(&verdict, f->path))
				fail_msg("%s, byte %zu, bit %zu: %zu findings",
					 f->path, bit / 8, bit % 8, verdict.n);
			flip(path, bit / 8, bit % 8);
		}
		free(path);
	}
	small_verify(bag, NULL, &verdict);
	assert_int_equal(verdict.n, 0);
	print_message("%zu bits\n", flips);
	free(bag);
}

/* ---- archives ---- */

/* One digest of all names and bytes. */
struct gathered {
	struct mun_hasher *h;
};

static int begin(void *ctx, const struct mun_box_entry *x, bool *want,
		 struct mun_err *e)
{
	struct gathered *g = ctx;

	*want = x->kind == MUN_BOX_FILE;
	return mun_hasher_update(g->h, x->path, strlen(x->path) + 1, e);
}

static int data(void *ctx, const void *bytes, size_t len, struct mun_err *e)
{
	struct gathered *g = ctx;

	return mun_hasher_update(g->h, bytes, len, e);
}

static int end(void *ctx, const char *why, struct mun_err *e)
{
	(void)ctx;
	return why ? mun_fail(e, MUN_ECORRUPT, "%s", why) : 0;
}

static bool gather(const char *path, struct mun_digest *out)
{
	struct gathered g = { NULL };
	const struct mun_box_fn fn = { begin, data, end, &g };
	mun_auto(hasher) *h = NULL;
	mun_auto(box) *box = NULL;
	struct mun_digests d = { 0 };
	struct mun_err e;

	assert_int_equal(mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &h, &e), 0);
	g.h = h;
	if (mun_box_open_archive(path, &box, &e) ||
	    box->ops->walk(box, &fn, &e))
		return false;
	assert_int_equal(mun_hasher_final(h, &d, &e), 0);
	*out = d.of[MUN_SHA256];
	return true;
}

/* Damage is found; else what a reader gets of it is what was put in. */
static size_t sweep(enum mun_package_kind kind, size_t stride)
{
	char *path = small_package_write(&package, dir, kind);
	struct mun_digest was;
	size_t slack = 0;
	size_t len;

	free(mun_test_read(path, &len));
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(gather(path, &was));
	for (size_t off = 0; off < len; off += stride) {
		struct mun_digest is = { 0 };
		unsigned int bit = (unsigned int)(off / stride % 8);

		flip(path, off, bit);
		small_verify(path, NULL, &verdict);
		if (!verdict.result.damage) {
			slack++;
			if (verdict.result.undone || !gather(path, &is) ||
			    !mun_digest_equal(&was, &is))
				fail_msg("byte %zu, bit %u: whole, with other "
					 "bytes",
					 off, bit);
		}
		flip(path, off, bit);
	}
	print_message("%zu of %zu changes changed nothing in it\n", slack,
		      len / stride);
	free(path);
	return slack;
}

static void a_changed_zip_is_found_or_unharmed(void **state)
{
	(void)state;
	(void)sweep(MUN_PACKAGE_ZIP, STRIDE);
}

static void a_changed_tar_is_found_or_unharmed(void **state)
{
	(void)state;
	(void)sweep(MUN_PACKAGE_TAR, 2 * STRIDE + 1);
}

static void cut(enum mun_package_kind kind)
{
	char *path = small_package_write(&package, dir, kind);
	char *whole;
	size_t len;

	whole = mun_test_read(path, &len);
	assert_int_equal(chmod(path, 0600), 0);
	for (size_t at = 0; at < len; at += 512) {
		/* What tar puts behind its two blocks of zeros is nothing. */
		bool only_padding = kind == MUN_PACKAGE_TAR && at > 1024;

		for (size_t i = at < 1024 ? 0 : at - 1024;
		     only_padding && i < len; i++)
			only_padding = !whole[i];
		mun_test_write(path, whole, at);
		small_verify(path, NULL, &verdict);
		if (!only_padding && !verdict.result.damage)
			fail_msg("cut at %zu of %zu, and whole", at, len);
	}
	free(whole);
	free(path);
}

static void a_zip_that_is_cut_is_not_whole(void **state)
{
	(void)state;
	cut(MUN_PACKAGE_ZIP);
}

static void a_tar_that_is_cut_is_not_whole(void **state)
{
	(void)state;
	cut(MUN_PACKAGE_TAR);
}

/* ---- what the exporter really makes ---- */

#define BYTES ((size_t)96 * 1024)

static void flip_and_verify(const char *bag, const char *file, size_t off)
{
	char *path = mun_test_path(bag, file);

	test_flip(path, off);
	small_verify(bag, NULL, &verdict);
	if (!verdict.result.damage || !small_names(&verdict, file))
		fail_msg("%s, byte %zu: %zu findings", file, off, verdict.n);
	test_flip(path, off);
	free(path);
}

static void an_exported_package_is_whole_and_its_bits_are_named(void **state)
{
	static const char *const files[] = {
		"bagit.txt",
		"bag-info.txt",
		"manifest-sha256.txt",
		"tagmanifest-sha512.txt",
		"data/run",
		"data/README.txt",
		"data/receipt.json",
		"data/metadata/premis.xml",
		NULL, /* the image */
	};
	static uint8_t image[BYTES];
	const struct test_object o = {
		.data = image, .len = BYTES, .name = "disk.img", .format = "raw"
	};
	struct test_repository repo;
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	mun_test_pattern(image, BYTES, 9);
	test_repository_open(&repo);
	test_repository_put(&repo, &o);
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
	small_verify(out.path, repo.catalog, &verdict);
	assert_int_equal(verdict.n, 0);
	assert_int_equal(verdict.result.images, 1);
	assert_true(verdict.result.records >= 1);
	assert_true(verdict.result.recorded);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *file = files[i] ? files[i] : out.images[0].path;
		char *path = mun_test_path(out.path, file);
		size_t len = 0;

		free(mun_test_read(path, &len));
		free(path);
		assert_true(len > 0);
		for (size_t off = 0; off < len; off += 1 + len / 6)
			flip_and_verify(out.path, file, off);
	}
	test_repository_close(&repo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_it_is_whole),
		cmocka_unit_test(each_bit_of_a_folder_is_named),
		cmocka_unit_test(a_changed_zip_is_found_or_unharmed),
		cmocka_unit_test(a_changed_tar_is_found_or_unharmed),
		cmocka_unit_test(a_zip_that_is_cut_is_not_whole),
		cmocka_unit_test(a_tar_that_is_cut_is_not_whole),
		cmocka_unit_test(
			an_exported_package_is_whole_and_its_bits_are_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
