/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_sweep.c - what is missing, of another size, or too much */
#include "store/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/version.h"
#include "tests/store/place_support.h"

struct findings {
	char text[8192]; /* "kind path bytes\n" each */
	size_t len;
	unsigned int n;
	int stop; /* to be returned by the first call */
	int known; /* answer for every object */
};

static int take(void *ctx, const struct mun_sweep_found *f, struct mun_err *e)
{
	static const char *const kinds[] = { "missing", "size", "unreadable",
					     "extra" };
	struct findings *x = ctx;

	if (x->stop)
		return mun_fail(e, x->stop, "enough");
	assert_true(f->text[0]);
	x->len += (size_t)snprintf(x->text + x->len, sizeof(x->text) - x->len,
				   "%s %s %ju\n", kinds[f->kind], f->path,
				   (uintmax_t)f->bytes);
	assert_true(x->len < sizeof(x->text));
	x->n++;
	return 0;
}

static const struct mun_sweep_file files[] = {
	{ MASTER, MASTER_BYTES },
	{ RECORD, 9 },
};

static int sweep(const struct two *t, struct findings *x)
{
	struct mun_err e;

	*x = (struct findings){ .n = 0 };
	return mun_sweep_object(t->to, SAMPLE_ID, files, 2, take, x, &e);
}

static void must_find(const struct two *t, const char *want)
{
	struct findings x;

	assert_int_equal(sweep(t, &x), 0);
	if (strcmp(x.text, want) != 0)
		fail_msg("found:\n%swanted:\n%s", x.text, want);
}

static void spoil(const struct two *t, const char *cmd, const char *rel)
{
	char *path = stored_in(t->to, rel);
	char *other = mun_test_path(t->dir, "moved");
	struct mun_err e;

	if (!strcmp(cmd, "remove"))
		assert_int_equal(mun_tree_remove(path, &e), 0);
	else if (!strcmp(cmd, "cut"))
		assert_int_equal(truncate(path, 5), 0);
	else if (!strcmp(cmd, "write"))
		mun_test_write(path, "some", 4);
	else if (!strcmp(cmd, "mkdir"))
		assert_int_equal(mkdir(path, 0777), 0);
	else if (!strcmp(cmd, "fifo"))
		assert_int_equal(mkfifo(path, 0666), 0);
	else if (!strcmp(cmd, "flip"))
		flip_bit(path, 4);
	else if (!strcmp(cmd, "link")) {
		assert_int_equal(rename(path, other), 0);
		assert_int_equal(symlink(other, path), 0);
	} else {
		fail_msg("%s", cmd);
	}
	free(other);
	free(path);
}

static void presence_and_size_are_told_by_path(void **state)
{
	static const struct {
		const char *cmd;
		const char *rel;
		const char *found;
	} table[] = {
		{ "remove", "v1/content/" MASTER, "missing " MASTER " 0\n" },
		{ "remove", "v1/content/image", "missing " MASTER " 0\n" },
		{ "remove", "v1/content",
		  "missing " MASTER " 0\nmissing " RECORD " 0\n" },
		{ "remove", "", "missing  0\n" },
		{ "cut", "v1/content/" MASTER, "size " MASTER " 5\n" },
		{ "link", "v1/content/" RECORD, "missing " RECORD " 0\n" },
		{ "link", "v1/content/metadata",
		  "missing " RECORD " 0\nextra v1/content/metadata 0\n" },
		{ "write", "v1/content/stray", "extra v1/content/stray 4\n" },
		{ "write", "stray", "extra stray 4\n" },
		{ "write", "v1/content/image/disk.img2",
		  "extra v1/content/image/disk.img2 4\n" },
		{ "mkdir", "v2", "extra v2 0\n" },
		{ "mkdir", "v1/content/imag", "extra v1/content/imag 0\n" },
		{ "fifo", "v1/pipe", "extra v1/pipe 0\n" },
		{ "remove", "0=ocfl_object_1.1",
		  "missing 0=ocfl_object_1.1 0\n" },
		{ "remove", "v1/inventory.json",
		  "missing v1/inventory.json 0\n" },
		{ "remove", "inventory.json", "missing inventory.json 0\n" },
		{ "flip", "inventory.json", "unreadable inventory.json 0\n" },
		{ "remove", "inventory.json.sha512",
		  "unreadable inventory.json 0\n" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct two t;

		two_open(&t);
		two_copy(&t);
		must_find(&t, "");
		spoil(&t, table[i].cmd, table[i].rel);
		if (!strcmp(table[i].rel, "v1/content/metadata")) {
			struct findings x;

			/* The size of a link is that of its text. */
			assert_int_equal(sweep(&t, &x), 0);
			assert_int_equal(x.n, 2);
			assert_non_null(strstr(x.text, "missing " RECORD));
			assert_non_null(
				strstr(x.text, "extra v1/content/metadata "));
		} else {
			must_find(&t, table[i].found);
		}
		two_close(&t);
	}
}

/* Without its inventory the files of a first version are looked for all the
 * same. */
static void a_broken_inventory_hides_no_missing_file(void **state)
{
	struct two t;

	(void)state;
	two_open(&t);
	two_copy(&t);
	spoil(&t, "flip", "inventory.json");
	spoil(&t, "remove", "v1/content/" MASTER);
	must_find(&t, "unreadable inventory.json 0\nmissing " MASTER " 0\n");
	two_close(&t);
}

static void add_version(const struct mun_place *p)
{
	char *dir = mun_test_path(p->spool, MUN_VERSION_STAGE "test");
	struct mun_stage *st;
	struct mun_err e;

	assert_int_equal(mun_version_open(p->store, dir, SAMPLE_ID, &st, &e),
			 0);
	assert_int_equal(mun_stage_put(st, RECORD, "123456789", 9, 0, NULL, &e),
			 0);
	assert_int_equal(mun_version_commit(st, p->store, &sample_info, &e), 0);
	mun_stage_free(st);
	free(dir);
}

static void files_of_older_versions_are_looked_for(void **state)
{
	struct two t;

	(void)state;
	two_open(&t);
	two_copy(&t);
	add_version(t.to);
	must_find(&t, "");
	spoil(&t, "remove", "v1/content/" RECORD);
	must_find(&t, "missing v1/content/" RECORD " 0\n");
	spoil(&t, "remove", "v2/content/" RECORD);
	must_find(&t,
		  "missing " RECORD " 0\nmissing v1/content/" RECORD " 0\n");
	two_close(&t);
}

static void what_the_inventory_does_not_name_is_missing(void **state)
{
	static const struct mun_sweep_file more = { "image/none", 1 };
	struct findings x = { .n = 0 };
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	two_copy(&t);
	assert_int_equal(
		mun_sweep_object(t.to, SAMPLE_ID, &more, 1, take, &x, &e), 0);
	assert_string_equal(x.text, "missing image/none 0\n");
	x.stop = MUN_ECANCELLED;
	assert_int_equal(
		mun_sweep_object(t.to, SAMPLE_ID, &more, 1, take, &x, &e),
		MUN_ECANCELLED);
	two_close(&t);
}

static void nothing_is_missing_from_a_store_that_is_away(void **state)
{
	struct findings x;
	struct two t;
	char *moved;

	(void)state;
	two_open(&t);
	two_copy(&t);
	moved = mun_test_path(t.dir, "moved");
	assert_int_equal(rename(t.path, moved), 0);
	assert_int_equal(sweep(&t, &x), MUN_EUNAVAILABLE);
	assert_int_equal(x.n, 0);
	assert_int_equal(mkdir(t.path, 0777), 0);
	assert_int_equal(sweep(&t, &x), MUN_EUNAVAILABLE);
	assert_int_equal(x.n, 0);
	assert_int_equal(rmdir(t.path), 0);
	assert_int_equal(rename(moved, t.path), 0);
	must_find(&t, "");
	free(moved);
	two_close(&t);
}

static int known(void *ctx, const char *id, struct mun_err *e)
{
	struct findings *x = ctx;

	assert_string_equal(id, SAMPLE_ID);
	return x->known < 0 ? mun_fail(e, x->known, "no answer") : x->known;
}

static void strays(const struct two *t, int answer, int rc, const char *want)
{
	struct findings x = { .known = answer };
	struct mun_err e;

	assert_int_equal(mun_sweep_strays(t->to, known, take, &x, &e), rc);
	if (strcmp(x.text, want) != 0)
		fail_msg("found:\n%swanted:\n%s", x.text, want);
}

static void what_no_object_owns_is_told(void **state)
{
	struct mun_err e;
	struct two t;
	char *want;
	char *path;
	char *rel;

	(void)state;
	two_open(&t);
	two_copy(&t);
	assert_int_equal(mun_store_object_path(SAMPLE_ID, &rel, &e), 0);
	strays(&t, 1, 0, "");
	want = text_of("extra %s 0\n", rel);
	strays(&t, 0, 0, want);
	free(want);
	strays(&t, MUN_EIO, MUN_EIO, "");
	path = mun_test_path(mun_store_path(t.to->store), "notes.txt");
	mun_test_write(path, "abc", 3);
	free(path);
	path = mun_test_path(mun_store_path(t.to->store), "0a1/Q");
	assert_int_equal(mun_mkdirs(path, &e), 0);
	strays(&t, 1, 0, "extra 0a1/Q 0\nextra notes.txt 3\n");
	assert_int_equal(rmdir(path), 0);
	free(path);
	spoil(&t, "remove", "inventory.json");
	want = text_of("%sunreadable %s 0\nextra notes.txt 3\n", "", rel);
	strays(&t, 1, 0, want);
	free(want);
	free(rel);
	two_close(&t);
}

static void every_fault_of_a_sweep_is_told_or_returned(void **state)
{
	bool fired;
	int n = 0;

	(void)state;
	do {
		struct findings x;
		struct two t;
		int rc;

		two_open(&t);
		two_copy(&t);
		mun_fault_install(MUN_CALL_ALL, EIO);
		mun_fault_arm(n++);
		rc = sweep(&t, &x);
		fired = mun_fault_fired();
		mun_fault_restore();
		/* Never a file that is there as missing */
		assert_null(strstr(x.text, "missing"));
		if (fired && mun_fault_call() != MUN_CALL_CLOSE)
			assert_true(rc || x.n);
		two_close(&t);
	} while (fired);
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presence_and_size_are_told_by_path),
		cmocka_unit_test(a_broken_inventory_hides_no_missing_file),
		cmocka_unit_test(files_of_older_versions_are_looked_for),
		cmocka_unit_test(what_the_inventory_does_not_name_is_missing),
		cmocka_unit_test(nothing_is_missing_from_a_store_that_is_away),
		cmocka_unit_test(what_no_object_owns_is_told),
		cmocka_unit_test(every_fault_of_a_sweep_is_told_or_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
