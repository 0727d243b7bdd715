/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_flip.c - one flipped bit anywhere in a store is noticed */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/validate.h"
#include "tests/store/store_support.h"

static unsigned long flips;

/* Does either of the two checks see that something is wrong? */
static bool is_noticed(const struct sample *s)
{
	const struct mun_ocfl_opts opts = { .content = true };
	struct verdict v = { .codes_len = 0 };
	struct mun_ocfl_verdict counts;
	struct mun_err e;

	assert_int_equal(mun_store_check_root(s->store, verdict_take, &v, &e),
			 0);
	if (v.text_len)
		return true;
	assert_int_equal(mun_ocfl_validate(s->root, &opts, verdict_take, &v,
					   &counts, &e),
			 0);
	assert_int_equal(v.text_len != 0,
			 counts.errors != 0 || counts.warnings != 0);
	return counts.errors != 0;
}

static void flip(int fd, off_t at, unsigned int bit)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= (unsigned char)(1u << bit);
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

/* All bits of the small files; one of each byte of the inventories, which are
 * long and lie under a digest anyway. */
static void flip_file(const struct sample *s, const char *path, off_t size)
{
	bool inventory =
		strstr(path, "inventory.json") && !strstr(path, ".sha512");
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	for (off_t at = 0; at < size; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if (inventory && bit != (unsigned int)at % 8)
				continue;
			flip(fd, at, bit);
			if (!is_noticed(s))
				fail_msg("%s: bit %u of byte %jd", path, bit,
					 (intmax_t)at);
			flip(fd, at, bit);
			flips++;
		}
	}
	assert_int_equal(close(fd), 0);
}

static void every_flipped_bit_is_noticed(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char *roots[2];
	FTSENT *f;
	FTS *fts;

	(void)state;
	sample_open(&s);
	assert_int_equal(mun_stage_open(s.stage, SAMPLE_ID, &st, &e), 0);
	assert_int_equal(mun_stage_put(st, "image/disk.img", "bytes", 5,
				       MUN_DIGEST_BIT(MUN_SHA256), NULL, &e),
			 0);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	mun_stage_free(st);
	assert_false(is_noticed(&s));
	roots[0] = s.root;
	roots[1] = NULL;
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	assert_non_null(fts);
	while ((f = fts_read(fts))) {
		if (f->fts_info == FTS_F)
			flip_file(&s, f->fts_path, f->fts_statp->st_size);
	}
	(void)fts_close(fts);
	assert_false(is_noticed(&s));
	printf("%lu flipped bits noticed\n", flips);
	assert_true(flips > 5000);
	sample_close(&s);
}

/* Names have bits as well: each file and folder under another name. */
static void every_changed_name_is_noticed(void **state)
{
	unsigned int names = 0;
	struct sample s;
	char *roots[2];
	FTSENT *f;
	FTS *fts;

	(void)state;
	sample_open(&s);
	free(sample_object(&s, SAMPLE_ID));
	roots[0] = s.root;
	roots[1] = NULL;
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	assert_non_null(fts);
	while ((f = fts_read(fts))) {
		char *other;

		if (f->fts_level == 0 ||
		    (f->fts_info != FTS_F && f->fts_info != FTS_DP))
			continue;
		other = strdup(f->fts_path);
		other[strlen(other) - 1] ^= 2;
		assert_int_equal(rename(f->fts_path, other), 0);
		if (!is_noticed(&s))
			fail_msg("%s as %s", f->fts_path, other);
		assert_int_equal(rename(other, f->fts_path), 0);
		free(other);
		names++;
	}
	(void)fts_close(fts);
	/* 3 files and 2 folders of the root; 4 folders, 5 + 4 files, v1,
	 * content and 3 in it */
	assert_true(names >= 23);
	sample_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_changed_name_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
