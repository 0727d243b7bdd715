/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_stage.c - objects come into being whole or not at all */
#include "store/stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/sys.h"
#include "tests/store/store_support.h"

static void must_be_good(const char *path)
{
	struct verdict v;

	verdict_of(path, &v);
	if (v.counts.errors || v.counts.warnings)
		fail_msg("%s", v.text);
}

static unsigned int objects_in(const struct sample *s)
{
	struct verdict v;

	verdict_of(s->root, &v);
	if (v.counts.errors || v.counts.warnings)
		fail_msg("%s", v.text);
	return (unsigned int)v.counts.objects;
}

static void a_committed_object_is_valid_without_a_warning(void **state)
{
	struct sample s;
	char *dir;
	char *v1;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	v1 = mun_test_path(dir, "v1");
	must_be_good(dir);
	assert_int_equal(objects_in(&s), 1);
	/* Declaration, two of the inventory, v1; inventory, sidecar, content */
	assert_int_equal(mun_test_count_entries(dir), 4);
	assert_int_equal(mun_test_count_entries(v1), 3);
	/* The stage has become the object. */
	assert_int_equal(access(s.stage, F_OK), -1);
	free(v1);
	free(dir);
	sample_close(&s);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	char *text[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sample s;
		char *inventory;
		char *dir;

		sample_open(&s);
		dir = sample_object(&s, SAMPLE_ID);
		inventory = mun_test_path(dir, "inventory.json");
		text[i] = mun_test_read(inventory, NULL);
		free(inventory);
		free(dir);
		sample_close(&s);
	}
	assert_non_null(text[0]);
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

static void what_was_put_is_read_back(void **state)
{
	struct mun_inventory *inv;
	struct mun_source *src;
	struct sample s;
	struct mun_err e;
	char buf[64];
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	assert_int_equal(mun_store_inventory(s.store, SAMPLE_ID, &inv, &e), 0);
	assert_string_equal(inv->id, SAMPLE_ID);
	assert_string_equal(inv->head, "v1");
	assert_int_equal(inv->nfiles, 4);
	assert_string_equal(inv->files[1].path, "image/disk.img");
	assert_string_equal(inv->files[1].content, "v1/content/image/disk.img");
	assert_int_equal(inv->files[1].digests.of[MUN_MD5].len, 16);
	assert_int_equal(inv->files[1].digests.of[MUN_SHA256].len, 32);
	assert_int_equal(inv->files[1].digests.of[MUN_SHA512].len, 64);
	/* OCFL has no name for it. */
	assert_int_equal(inv->files[1].digests.of[MUN_CRC32].len, 0);
	/* The same bytes twice: each under its own name. */
	assert_string_equal(inv->files[2].content,
			    "v1/content/metadata/copy.xml");
	assert_string_equal(inv->files[3].content,
			    "v1/content/metadata/premis.xml");
	assert_string_equal(inv->versions[0].message, sample_info.message);
	assert_string_equal(inv->versions[0].user_name, sample_info.user_name);
	mun_inventory_free(inv);
	assert_int_equal(mun_store_open_file(s.store, SAMPLE_ID,
					     "image/disk.img", MUN_READ_CACHED,
					     &src, &e),
			 0);
	assert_int_equal(src->size, 19);
	assert_int_equal(mun_source_pread(src, buf, 19, 0, &e), 0);
	assert_memory_equal(buf, "the bytes of a disk", 19);
	mun_source_close(src);
	free(dir);
	sample_close(&s);
}

static void unsafe_paths_and_missing_digests_are_refused(void **state)
{
	static const char *const paths[] = {
		"",     "/etc/passwd", "../up",    "a/../b",
		"a//b", "a/",          "./a",      ".",
		"..",   "a\nb",        "\xff\xfe", "image/\x01",
	};
	struct mun_digests none = { 0 };
	struct mun_digests some = { 0 };
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char *path;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	some.of[MUN_SHA512].len = 64;
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		assert_int_equal(mun_stage_path(st, paths[i], &path, &e),
				 MUN_EINVAL);
		assert_int_equal(mun_stage_add(st, paths[i], &some, &e),
				 MUN_EINVAL);
		assert_int_equal(
			mun_stage_put(st, paths[i], "", 0, 0, NULL, &e),
			MUN_EINVAL);
	}
	assert_int_equal(mun_stage_path(st, "a/file", &path, &e), 0);
	assert_int_equal(mun_stage_add(st, "a/file", &some, &e), MUN_EINVAL);
	mun_test_write(path, "x", 1);
	assert_int_equal(mun_stage_add(st, "a/file", &none, &e), MUN_EINVAL);
	assert_int_equal(mun_stage_add(st, "a/file", &some, &e), 0);
	assert_int_equal(mun_stage_add(st, "a/file", &some, &e), MUN_EINVAL);
	free(path);
	mun_stage_free(st);
	assert_int_equal(mun_stage_open(s.stage, "", &st, &e), MUN_EINVAL);
	assert_int_equal(mun_stage_open(s.stage, "a\xff", &st, &e), MUN_EINVAL);
	sample_close(&s);
}

static void a_link_in_the_stage_leads_nowhere(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char *link;
	char *path;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	link = mun_test_path(s.stage, "v1/content/out");
	assert_int_equal(symlink("/tmp", link), 0);
	assert_int_equal(mun_stage_path(st, "out/file", &path, &e), MUN_EINVAL);
	/* Not added: so it is not in the object. */
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	assert_int_equal(objects_in(&s), 1);
	free(link);
	mun_stage_free(st);
	sample_close(&s);
}

static void only_what_was_added_is_in_the_object(void **state)
{
	static const char *const strays[] = {
		"v1/content/stray",  "v1/content/deep/er/stray",
		"v1/inventory.json", "stray",
		"0=ocfl_object_1.0", "v2/content/stray",
	};
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	for (size_t i = 0; i < MUN_COUNT(strays); i++) {
		char *path = mun_test_path(s.stage, strays[i]);
		char *dir = strdup(path);

		*strrchr(dir, '/') = '\0';
		assert_int_equal(mun_mkdirs(dir, &e), 0);
		mun_test_write(path, "stray", 5);
		free(dir);
		free(path);
	}
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	assert_int_equal(objects_in(&s), 1);
	mun_stage_free(st);
	sample_close(&s);
}

static void putting_again_replaces(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	assert_int_equal(mun_stage_put(st, "metadata/premis.xml", "<new/>", 6,
				       0, NULL, &e),
			 0);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	assert_int_equal(objects_in(&s), 1);
	mun_stage_free(st);
	sample_close(&s);
}

static void an_added_file_that_is_gone_or_linked_is_refused(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char *other;
	char *path;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	path = mun_test_path(s.stage, "v1/content/image/disk.img");
	other = mun_test_path(s.dir, "other");
	assert_int_equal(link(path, other), 0);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e),
			 MUN_EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e),
			 MUN_EINVAL);
	assert_int_equal(objects_in(&s), 0);
	free(path);
	assert_int_equal(mun_stage_path(st, "image/disk.img", &path, &e), 0);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	assert_int_equal(objects_in(&s), 1);
	free(other);
	free(path);
	mun_stage_free(st);
	sample_close(&s);
}

static void what_cannot_be_an_object_is_refused(void **state)
{
	struct mun_version_info info = sample_info;
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	assert_int_equal(mun_stage_open(s.stage, SAMPLE_ID, &st, &e), 0);
	assert_int_equal(mun_stage_commit(st, s.store, &info, &e), MUN_EINVAL);
	mun_stage_free(st);
	st = sample_stage(&s, SAMPLE_ID);
	info.created = "yesterday";
	assert_int_equal(mun_stage_commit(st, s.store, &info, &e), MUN_EINVAL);
	info.created = NULL;
	assert_int_equal(mun_stage_commit(st, s.store, &info, &e), MUN_EINVAL);
	mun_stage_free(st);
	sample_close(&s);
}

static void an_object_is_never_replaced(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	st = sample_stage(&s, SAMPLE_ID);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e),
			 MUN_EEXIST);
	assert_int_equal(access(s.stage, F_OK), 0);
	must_be_good(dir);
	mun_stage_free(st);
	free(dir);
	sample_close(&s);
}

/* The look before was too early: the rename itself must refuse. */
static int (*real_rename_new)(const char *from, const char *to);

static int rename_into_another(const char *from, const char *to)
{
	(void)mkdir(to, 0777);
	return real_rename_new(from, to);
}

static void a_race_for_the_same_place_has_one_winner(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	real_rename_new = mun_sys.rename_new;
	mun_sys.rename_new = rename_into_another;
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e),
			 MUN_EEXIST);
	mun_sys = mun_sys_real;
	assert_int_equal(access(s.stage, F_OK), 0);
	mun_stage_free(st);
	sample_close(&s);
}

static int failures_left;

/* Another process fails and takes the empty parents away. */
static int rename_without_parents(const char *from, const char *to)
{
	char *dir = strdup(to);

	if (failures_left-- > 0) {
		*strrchr(dir, '/') = '\0';
		(void)rmdir(dir);
		*strrchr(dir, '/') = '\0';
		(void)rmdir(dir);
	}
	free(dir);
	return real_rename_new(from, to);
}

static void parents_that_vanish_are_made_again(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	real_rename_new = mun_sys.rename_new;
	mun_sys.rename_new = rename_without_parents;
	failures_left = 3;
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	mun_sys = mun_sys_real;
	assert_int_equal(objects_in(&s), 1);
	mun_stage_free(st);
	sample_close(&s);
}

static int rename_across(const char *from, const char *to)
{
	(void)from;
	(void)to;
	errno = EXDEV;
	return -1;
}

static void another_file_system_is_told_as_such(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	char why[1024];

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	mun_sys.rename_new = rename_across;
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e),
			 MUN_EIO);
	mun_sys = mun_sys_real;
	assert_int_equal(e.sys, EXDEV);
	assert_non_null(strstr(mun_err_text(&e, why, sizeof(why), 0),
			       "different file systems"));
	assert_int_equal(objects_in(&s), 0);
	mun_stage_free(st);
	sample_close(&s);
}

/*
 * Fail each system call in turn.  The store validates without a warning each
 * time (so no empty parent is left either), and the same stage can be
 * committed afterwards.
 */
static void every_fault_leaves_all_or_nothing(void **state)
{
	unsigned int tried = 0;
	bool fired;

	(void)state;
	do {
		struct mun_stage *st;
		struct sample s;
		struct mun_err e;
		int rc;

		sample_open(&s);
		st = sample_stage(&s, SAMPLE_ID);
		mun_fault_install(MUN_CALL_MUTATING |
					  MUN_CALL_BIT(MUN_CALL_UNLINK),
				  tried % 2 ? ENOSPC : EIO);
		mun_fault_arm((int)tried++);
		rc = mun_stage_commit(st, s.store, &sample_info, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		assert_int_equal(objects_in(&s), !fired);
		if (fired) {
			assert_int_equal(access(s.stage, F_OK), 0);
			assert_int_equal(
				mun_stage_commit(st, s.store, &sample_info, &e),
				0);
			assert_int_equal(objects_in(&s), 1);
		}
		mun_stage_free(st);
		sample_close(&s);
	} while (fired);
	printf("%u system calls of a commit failed in turn\n", tried - 1);
	/* Five files of four calls each, nine files and six folders of two, ...
	 */
	assert_true(tried > 60);
}

static void every_fault_of_a_put_leaves_the_stage_usable(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;
	bool fired;
	int n = 0;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	do {
		int rc;

		mun_fault_install(MUN_CALL_ALL, EIO);
		mun_fault_short_writes(3);
		mun_fault_arm(n++);
		rc = mun_stage_put(st, "notes/a.txt", "some notes", 10, 0, NULL,
				   &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
	} while (fired);
	assert_true(n > 6);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	assert_int_equal(objects_in(&s), 1);
	mun_stage_free(st);
	sample_close(&s);
}

static void
everything_is_synced_before_the_name_and_the_name_after(void **state)
{
	struct mun_stage *st;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	st = sample_stage(&s, SAMPLE_ID);
	mun_fault_install(MUN_CALL_ALL, EIO);
	mun_fault_arm(-1);
	assert_int_equal(mun_stage_commit(st, s.store, &sample_info, &e), 0);
	/*
	 * Nine files; the folders stage, v1, content, image, metadata,
	 * documentation; the root and three parents; the last parent again
	 * once the name is in it.
	 */
	assert_int_equal(mun_fault_count(MUN_CALL_FSYNC), 9 + 6 + 4 + 1);
	assert_int_equal(mun_fault_count(MUN_CALL_RENAME_NEW), 1);
	mun_fault_restore();
	mun_stage_free(st);
	sample_close(&s);
}

static int commit_number(const struct sample *s, unsigned int n)
{
	char *id = text_of("urn:x:%jd-%u", (intmax_t)getpid(), n);
	struct sample mine = *s;
	struct mun_stage *st;
	struct mun_err e;
	int rc;

	mine.stage = text_of("%s-%jd-%u", s->stage, (intmax_t)getpid(), n);
	st = sample_stage(&mine, id);
	rc = mun_stage_commit(st, s->store, &sample_info, &e);
	mun_stage_free(st);
	free(mine.stage);
	free(id);
	return rc;
}

/* The child says that it begins, and commits objects until it is killed. */
static void commit_for_ever(const struct sample *s, int ready)
{
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (unsigned int n = 0;; n++) {
		if (commit_number(s, n))
			_exit(1);
	}
}

/* Kill it somewhere in its first few commits. */
static void kill_one(const struct sample *s, uint64_t delay_us)
{
	int ready[2];
	int status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		commit_for_ever(s, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)usleep((useconds_t)delay_us);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	(void)close(ready[0]);
	(void)close(ready[1]);
}

/* A kill may leave an empty parent: nothing else, and the next who commits
 * there does not mind. */
static void must_be_whole(const char *root)
{
	struct verdict v;

	verdict_of(root, &v);
	for (const char *line = v.text; *line; line = strchr(line, '\n') + 1) {
		if (strncmp(line, "E073 ", 5) != 0)
			fail_msg("%s", v.text);
	}
}

static void killed_at_any_moment_the_store_is_whole(void **state)
{
	const unsigned int rounds = 100;
	uint64_t random[100];
	struct verdict v;
	struct sample s;
	uint64_t one_us;
	int64_t start;

	(void)state;
	sample_open(&s);
	start = mun_clock_monotonic_ms();
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(commit_number(&s, i), 0);
	one_us = (uint64_t)(mun_clock_monotonic_ms() - start) * 100 + 100;
	mun_test_pattern(random, sizeof(random), 7);
	for (unsigned int i = 0; i < rounds; i++) {
		kill_one(&s, random[i] % (4 * one_us));
		must_be_whole(s.root);
	}
	verdict_of(s.root, &v);
	printf("%u kills, %ju whole objects\n", rounds,
	       (uintmax_t)v.counts.objects);
	assert_true(v.counts.objects > 10 + rounds / 4);
	sample_close(&s);
}

static void a_withdrawn_object_is_in_the_other_folder(void **state)
{
	struct sample s;
	struct mun_err e;
	char *dir;
	char *to;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	to = mun_test_path(s.dir, "withdrawn");
	assert_int_equal(mun_store_withdraw(s.store, SAMPLE_ID, s.root, &e),
			 MUN_EEXIST);
	assert_int_equal(objects_in(&s), 1);
	assert_int_equal(mun_store_withdraw(s.store, SAMPLE_ID, to, &e), 0);
	must_be_good(to);
	assert_int_equal(objects_in(&s), 0);
	assert_int_equal(mun_store_withdraw(s.store, SAMPLE_ID, to, &e),
			 MUN_ENOENT);
	free(to);
	free(dir);
	sample_close(&s);
}

static void empty_folders_of_a_killed_commit_go(void **state)
{
	struct sample s;
	struct mun_err e;
	struct stat st;
	char *parent;
	char *rel;
	char *dir;

	(void)state;
	sample_open(&s);
	assert_int_equal(mun_store_object_path(SAMPLE_ID, &rel, &e), 0);
	*strrchr(rel, '/') = '\0';
	parent = mun_test_path(s.root, rel);
	assert_int_equal(mun_mkdirs(parent, &e), 0);
	mun_store_tidy(s.store, SAMPLE_ID);
	assert_int_equal(stat(parent, &st), -1);
	*strchr(rel, '/') = '\0';
	dir = mun_test_path(s.root, rel);
	assert_int_equal(stat(dir, &st), -1);
	free(dir);
	/* An object is not an empty folder. */
	dir = sample_object(&s, SAMPLE_ID);
	mun_store_tidy(s.store, SAMPLE_ID);
	assert_int_equal(objects_in(&s), 1);
	free(dir);
	free(parent);
	free(rel);
	sample_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_folders_of_a_killed_commit_go),
		cmocka_unit_test(a_committed_object_is_valid_without_a_warning),
		cmocka_unit_test(the_same_files_give_the_same_bytes),
		cmocka_unit_test(what_was_put_is_read_back),
		cmocka_unit_test(unsafe_paths_and_missing_digests_are_refused),
		cmocka_unit_test(a_link_in_the_stage_leads_nowhere),
		cmocka_unit_test(only_what_was_added_is_in_the_object),
		cmocka_unit_test(putting_again_replaces),
		cmocka_unit_test(
			an_added_file_that_is_gone_or_linked_is_refused),
		cmocka_unit_test(what_cannot_be_an_object_is_refused),
		cmocka_unit_test(an_object_is_never_replaced),
		cmocka_unit_test(a_race_for_the_same_place_has_one_winner),
		cmocka_unit_test(parents_that_vanish_are_made_again),
		cmocka_unit_test(another_file_system_is_told_as_such),
		cmocka_unit_test(every_fault_leaves_all_or_nothing),
		cmocka_unit_test(every_fault_of_a_put_leaves_the_stage_usable),
		cmocka_unit_test(
			everything_is_synced_before_the_name_and_the_name_after),
		cmocka_unit_test(killed_at_any_moment_the_store_is_whole),
		cmocka_unit_test(a_withdrawn_object_is_in_the_other_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
