/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_version.c - versions come whole, whoever dies meanwhile */
#include "store/version.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/stage_int.h"
#include "tests/store/place_support.h"

static struct mun_stage *begin(const struct mun_place *p)
{
	char *dir = mun_test_path(p->spool, MUN_VERSION_STAGE "test");
	struct mun_stage *st;
	struct mun_err e;

	assert_int_equal(mun_version_open(p->store, dir, SAMPLE_ID, &st, &e),
			 0);
	free(dir);
	return st;
}

static void put(struct mun_stage *st, const char *path, const char *text)
{
	struct mun_err e;

	assert_int_equal(mun_stage_put(st, path, text, strlen(text),
				       MUN_DIGEST_BIT(MUN_SHA256), NULL, &e),
			 0);
}

static int commit(struct mun_stage *st, const struct mun_place *p,
		  struct mun_err *e)
{
	return mun_version_commit(st, p->store, &sample_info, e);
}

/* What the store gives for a logical path; free(), NULL where there is none. */
static char *content_of(const struct mun_place *p, const char *path)
{
	struct mun_source *src;
	struct mun_err e;
	char *text;
	int rc = mun_store_open_file(p->store, SAMPLE_ID, path, MUN_READ_CACHED,
				     &src, &e);

	if (rc) {
		assert_int_equal(rc, MUN_ENOENT);
		return NULL;
	}
	text = calloc(1, src->size + 1);
	assert_int_equal(mun_source_pread(src, text, src->size, 0, &e), 0);
	mun_source_close(src);
	return text;
}

static bool is(const struct mun_place *p, const char *path, const char *text)
{
	char *found = content_of(p, path);
	bool same = found && text ? !strcmp(found, text) : found == text;

	free(found);
	return same;
}

static void a_version_carries_over_what_it_does_not_change(void **state)
{
	struct mun_inventory *inv;
	struct mun_stage *st;
	struct mun_err e;
	struct two t;
	char *path;

	(void)state;
	two_open(&t);
	st = begin(t.from);
	assert_int_equal(mun_version_number(st), 2);
	put(st, RECORD, "<premis>2</premis>");
	put(st, "notes/a.txt", "new");
	assert_int_equal(commit(st, t.from, &e), 0);
	mun_stage_free(st);
	assert_int_equal(objects_of(t.from, false), 1);
	assert_int_equal(mun_test_count_entries(t.from->spool), 0);
	assert_true(is(t.from, RECORD, "<premis>2</premis>"));
	assert_true(is(t.from, "notes/a.txt", "new"));
	assert_int_equal(
		mun_store_inventory(t.from->store, SAMPLE_ID, &inv, &e), 0);
	assert_string_equal(inv->head, "v2");
	assert_int_equal(inv->nversions, 2);
	assert_int_equal(inv->nfiles, 3);
	assert_string_equal(inv->files[0].content, "v1/content/" MASTER);
	assert_int_equal(inv->files[0].digests.of[MUN_SHA256].len, 32);
	assert_string_equal(inv->files[1].content, "v2/content/" RECORD);
	assert_int_equal(inv->files[1].digests.of[MUN_SHA256].len, 32);
	mun_inventory_free(inv);
	/* Nothing was copied; the old record is in v1 still. */
	path = stored_in(t.from, "v2/content");
	assert_int_equal(mun_test_count_entries(path), 2);
	assert_true(has_all(&t, t.from));
	free(path);
	two_close(&t);
}

static void files_can_be_left_out_and_come_back(void **state)
{
	struct mun_stage *st;
	struct mun_err e;
	struct two t;
	char *path;

	(void)state;
	two_open(&t);
	st = begin(t.from);
	assert_int_equal(mun_version_remove(st, "none", &e), MUN_ENOENT);
	assert_int_equal(commit(st, t.from, &e), MUN_EINVAL);
	assert_int_equal(mun_version_remove(st, RECORD, &e), 0);
	assert_int_equal(commit(st, t.from, &e), 0);
	mun_stage_free(st);
	assert_true(is(t.from, RECORD, NULL));
	assert_int_equal(objects_of(t.from, false), 1);
	/* The same bytes as in v1, which is another content path */
	st = begin(t.from);
	put(st, RECORD, "<premis/>");
	assert_int_equal(commit(st, t.from, &e), 0);
	mun_stage_free(st);
	assert_true(is(t.from, RECORD, "<premis/>"));
	assert_int_equal(mun_store_file_path(t.from->store, SAMPLE_ID, RECORD,
					     &path, &e),
			 0);
	assert_non_null(strstr(path, "/v3/content/" RECORD));
	free(path);
	assert_int_equal(objects_of(t.from, false), 1);
	two_close(&t);
}

static void older_files_are_opened_by_where_they_lie(void **state)
{
	struct mun_stage *st;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	/* Also where there is but one version. */
	assert_true(is(t.from, "v1/content/" RECORD, "<premis/>"));
	st = begin(t.from);
	put(st, RECORD, "<premis>2</premis>");
	assert_int_equal(commit(st, t.from, &e), 0);
	mun_stage_free(st);
	assert_true(is(t.from, "v1/content/" RECORD, "<premis/>"));
	assert_true(is(t.from, "v2/content/" RECORD, "<premis>2</premis>"));
	assert_true(is(t.from, RECORD, "<premis>2</premis>"));
	assert_true(is(t.from, "v3/content/" RECORD, NULL));
	assert_true(is(t.from, "v1/content/../content/" RECORD, NULL));
	assert_true(is(t.from, "v1/inventory.json", NULL));
	assert_true(is(t.from, "v01/content/" RECORD, NULL));
	assert_true(is(t.from, "v0/content/" RECORD, NULL));
	two_close(&t);
}

static void twelve_versions_are_in_order(void **state)
{
	struct mun_inventory *inv;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	for (int i = 2; i <= 12; i++) {
		struct mun_stage *st = begin(t.from);
		char *text = text_of("number %d", i);

		put(st, RECORD, text);
		assert_int_equal(commit(st, t.from, &e), 0);
		mun_stage_free(st);
		assert_true(is(t.from, RECORD, text));
		free(text);
	}
	assert_int_equal(
		mun_store_inventory(t.from->store, SAMPLE_ID, &inv, &e), 0);
	assert_string_equal(inv->head, "v12");
	assert_string_equal(inv->versions[9].name, "v10");
	mun_inventory_free(inv);
	assert_int_equal(objects_of(t.from, false), 1);
	two_close(&t);
}

static void what_cannot_be_a_version_is_refused(void **state)
{
	static const char *const paths[] = { MASTER "/below", "image",
					     "metadata" };
	struct mun_stage *st;
	struct mun_err e;
	struct two t;
	char *dir;

	(void)state;
	two_open(&t);
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		st = begin(t.from);
		put(st, paths[i], "x");
		assert_int_equal(commit(st, t.from, &e), MUN_EINVAL);
		assert_int_equal(mun_tree_remove(st->dir, &e), 0);
		mun_stage_free(st);
	}
	assert_int_equal(objects_of(t.from, false), 1);
	dir = mun_test_path(t.from->spool, "x");
	assert_int_equal(
		mun_version_open(t.from->store, dir, "urn:none", &st, &e),
		MUN_ENOENT);
	/* The two kinds of stage are not taken for each other. */
	st = begin(t.from);
	put(st, "a", "a");
	assert_int_equal(mun_stage_commit(st, t.from->store, &sample_info, &e),
			 MUN_EINVAL);
	mun_stage_free(st);
	assert_int_equal(mun_stage_open(dir, SAMPLE_ID, &st, &e), 0);
	put(st, "a", "a");
	assert_int_equal(mun_version_number(st), 1);
	assert_int_equal(mun_version_remove(st, "a", &e), MUN_EINVAL);
	assert_int_equal(commit(st, t.from, &e), MUN_EINVAL);
	mun_stage_free(st);
	free(dir);
	assert_int_equal(objects_of(t.from, false), 1);
	two_close(&t);
}

static void of_two_at_once_one_has_to_look_again(void **state)
{
	struct mun_stage *first;
	struct mun_stage *second;
	struct mun_err e;
	struct two t;
	char *dir;

	(void)state;
	two_open(&t);
	dir = mun_test_path(t.from->spool, MUN_VERSION_STAGE "other");
	first = begin(t.from);
	assert_int_equal(mun_version_open(t.from->store, first->dir, SAMPLE_ID,
					  &second, &e),
			 MUN_EBUSY);
	assert_int_equal(
		mun_version_open(t.from->store, dir, SAMPLE_ID, &second, &e),
		0);
	put(first, "a", "first");
	put(second, "a", "second");
	assert_int_equal(commit(first, t.from, &e), 0);
	assert_int_equal(commit(second, t.from, &e), MUN_EBUSY);
	mun_stage_free(first);
	mun_stage_free(second);
	assert_true(is(t.from, "a", "first"));
	assert_int_equal(objects_of(t.from, false), 1);
	free(dir);
	two_close(&t);
}

/* An object of two versions whose v1 has a file of the same name. */
static void the_right_version_is_opened_at_every_moment(void **state)
{
	struct mun_stage *st;
	struct mun_err e;
	struct two t;
	char *path;

	(void)state;
	two_open(&t);
	st = begin(t.from);
	put(st, RECORD, "<two/>");
	assert_int_equal(mun_version_remove(st, MASTER, &e), 0);
	assert_true(is(t.from, RECORD, "<premis/>"));
	assert_int_equal(commit(st, t.from, &e), 0);
	mun_stage_free(st);
	assert_true(is(t.from, RECORD, "<two/>"));
	/* In v1 it lies there still. */
	path = stored_in(t.from, "v1/content/" MASTER);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(is(t.from, MASTER, NULL));
	free(path);
	two_close(&t);
}

static int commit_once(void *ctx)
{
	const struct two *t = ctx;
	struct mun_stage *st = begin(t->from);
	struct mun_err e;
	int rc;

	put(st, RECORD, "<two/>");
	put(st, "notes/a.txt", "new");
	rc = commit(st, t->from, &e);
	mun_stage_free(st);
	return rc;
}

/* All of the old version or all of the new, as readers see it. */
static bool is_new(const struct mun_place *p)
{
	bool yes = is(p, RECORD, "<two/>");

	assert_true(is(p, RECORD, yes ? "<two/>" : "<premis/>"));
	assert_true(is(p, "notes/a.txt", yes ? "new" : NULL));
	return yes;
}

/* Recovered by the sweep of the spool, by the object's name, or by the next
 * version: in turn. */
static bool recover(const struct two *t, int how)
{
	struct mun_stage *st;
	uint64_t n = 0;
	bool done = false;
	struct mun_err e;

	switch (how % 3) {
	case 0:
		assert_int_equal(mun_version_recover_all(t->from, &n, &e), 0);
		assert_int_equal(mun_test_count_entries(t->from->spool), 0);
		return n;
	case 1:
		assert_int_equal(
			mun_version_recover(t->from, SAMPLE_ID, &done, &e), 0);
		return done;
	default:
		st = begin(t->from);
		put(st, "more", "more");
		assert_int_equal(commit(st, t->from, &e), 0);
		mun_stage_free(st);
		return false;
	}
}

static void killed_at_every_call_the_version_is_old_or_new(void **state)
{
	unsigned int recovered = 0;
	unsigned int valid = 0;
	bool killed;
	int n = 0;

	(void)state;
	do {
		bool was_new;
		struct two t;

		two_open(&t);
		killed = killed_at(n / 3, commit_once, &t);
		was_new = is_new(t.from);
		recovered += recover(&t, n);
		/* What was seen before is not taken back. */
		assert_true(is_new(t.from) || !was_new);
		assert_int_equal(objects_of(t.from, false), 1);
		valid++;
		two_close(&t);
	} while (++n % 3 || killed);
	printf("a version was killed at %d calls, %u times it was ended "
	       "by the recovery, %u valid objects\n",
	       n / 3, recovered, valid);
	assert_true(n / 3 > 25);
	assert_true(recovered >= 4);
}

static void every_fault_leaves_the_old_or_the_new_version(void **state)
{
	unsigned int tried = 0;
	unsigned int failed = 0;
	bool fired;

	(void)state;
	do {
		struct mun_stage *st;
		struct mun_err e;
		struct two t;
		int rc;

		two_open(&t);
		st = begin(t.from);
		put(st, RECORD, "<two/>");
		put(st, "notes/a.txt", "new");
		mun_fault_install(MUN_CALL_ALL, tried % 2 ? ENOSPC : EIO);
		mun_fault_arm((int)tried++);
		rc = commit(st, t.from, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_true(!rc || fired);
		assert_int_equal(objects_of(t.from, false), 1);
		assert_int_equal(is_new(t.from), !rc);
		/* The same stage can be tried again. */
		if (rc) {
			failed++;
			assert_int_equal(commit(st, t.from, &e), 0);
		}
		mun_stage_free(st);
		assert_true(is_new(t.from));
		assert_int_equal(objects_of(t.from, false), 1);
		two_close(&t);
	} while (fired);
	printf("%u system calls of a version failed in turn, %u ended it\n",
	       tried - 1, failed);
	assert_true(failed > 50);
}

/* Only what a commit of ours can have left is ended. */
static void damage_is_not_taken_for_a_killed_commit(void **state)
{
	static const char *const files[] = { "inventory.json",
					     "inventory.json.sha512" };
	struct mun_err e;
	struct two t;
	bool done;
	char *path;

	(void)state;
	two_open(&t);
	assert_int_equal(commit_once(&t), 0);
	for (size_t i = 0; i < MUN_COUNT(files); i++) {
		path = stored_in(t.from, files[i]);
		flip_bit(path, 4);
		/* A broken sidecar is what a kill leaves as well: the
		 * inventory is that of v2, which verifies. */
		assert_int_equal(
			mun_version_recover(t.from, SAMPLE_ID, &done, &e),
			i ? 0 : MUN_ECORRUPT);
		assert_int_equal(done, i);
		if (!i)
			flip_bit(path, 4);
		free(path);
	}
	assert_int_equal(objects_of(t.from, false), 1);
	/* A folder that nobody of us made */
	path = stored_in(t.from, "v3");
	assert_int_equal(mkdir(path, 0777), 0);
	assert_int_equal(mun_version_recover(t.from, SAMPLE_ID, &done, &e),
			 MUN_ECORRUPT);
	assert_true(is_new(t.from));
	assert_int_equal(rmdir(path), 0);
	free(path);
	two_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_version_carries_over_what_it_does_not_change),
		cmocka_unit_test(files_can_be_left_out_and_come_back),
		cmocka_unit_test(older_files_are_opened_by_where_they_lie),
		cmocka_unit_test(twelve_versions_are_in_order),
		cmocka_unit_test(what_cannot_be_a_version_is_refused),
		cmocka_unit_test(of_two_at_once_one_has_to_look_again),
		cmocka_unit_test(the_right_version_is_opened_at_every_moment),
		cmocka_unit_test(
			killed_at_every_call_the_version_is_old_or_new),
		cmocka_unit_test(every_fault_leaves_the_old_or_the_new_version),
		cmocka_unit_test(damage_is_not_taken_for_a_killed_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
