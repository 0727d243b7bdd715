/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_mend.c - damaged files replaced, the old bytes kept */
#include "store/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/version.h"
#include "tests/store/place_support.h"

#define INCIDENT "0190a1b2-0001"
#define STORED "v1/content/" MASTER

/* Give the whole master back. */
static int mend_named(const struct two *t, const char *incident,
		      struct mun_err *e)
{
	struct mun_mend *m;
	int rc;

	rc = mun_mend_begin(t->to, SAMPLE_ID, MASTER, &t->trees[0], &m, e);
	if (rc)
		return rc;
	for (size_t off = 0; !rc && off < MASTER_BYTES; off += 100000)
		rc = mun_mend_write(m, t->master + off,
				    MUN_MIN((size_t)100000, MASTER_BYTES - off),
				    off, e);
	if (!rc)
		rc = mun_mend_commit(m, incident, NULL, e);
	mun_mend_free(m);
	return rc;
}

static int mend(const struct two *t, struct mun_err *e)
{
	return mend_named(t, INCIDENT, e);
}

static char *kept_in(const struct two *t, const char *rel)
{
	return text_of("%s/" INCIDENT "/%s", t->to->quarantine, rel);
}

/* The master of the copy, with one bit of its third piece flipped. */
static void open_damaged(struct two *t, char **stored, char **damaged)
{
	two_open(t);
	two_copy(t);
	*stored = stored_in(t->to, STORED);
	flip_bit(*stored, 2 * MUN_TREE_PIECE + 99);
	*damaged = mun_test_read(*stored, NULL);
}

static bool has_bytes(const char *path, const char *bytes)
{
	size_t len = 0;
	char *found = mun_test_read(path, &len);
	bool same = found && len == MASTER_BYTES &&
		    !memcmp(found, bytes, MASTER_BYTES);

	free(found);
	return same;
}

static void
the_damaged_bytes_are_kept_until_the_incident_is_closed(void **state)
{
	struct mun_err e;
	struct two t;
	struct stat st;
	char *damaged;
	char *stored;
	char *kept;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	assert_int_equal(chmod(stored, 0440), 0);
	kept = kept_in(&t, STORED);
	assert_int_equal(mend(&t, &e), 0);
	assert_true(has_all(&t, t.to));
	assert_int_equal(objects_of(t.to, false), 1);
	assert_true(has_bytes(kept, damaged));
	assert_int_equal(stat(stored, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0440);
	assert_int_equal(st.st_nlink, 1);
	/* The middle piece is a hole, as it was. */
	assert_true((uint64_t)st.st_blocks * 512 < MASTER_BYTES);
	assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	assert_int_equal(mun_quarantine_remove(t.to, INCIDENT, &e), 0);
	assert_int_equal(mun_test_count_entries(t.to->quarantine), 0);
	assert_int_equal(mun_quarantine_remove(t.to, INCIDENT, &e), 0);
	assert_true(has_all(&t, t.to));
	free(kept);
	free(stored);
	free(damaged);
	two_close(&t);
}

static void the_same_file_damaged_again_is_kept_as_well(void **state)
{
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;
	char *second;
	char *kept;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	assert_int_equal(mend(&t, &e), 0);
	flip_bit(stored, 5);
	assert_int_equal(mend(&t, &e), 0);
	kept = kept_in(&t, STORED);
	second = kept_in(&t, STORED ".2");
	assert_true(has_bytes(kept, damaged));
	assert_false(has_bytes(second, damaged));
	assert_true(has_all(&t, t.to));
	free(kept);
	free(second);
	free(stored);
	free(damaged);
	two_close(&t);
}

static void missing_files_and_folders_come_back(void **state)
{
	static const char *const gone[] = { STORED, "v1/content/image",
					    "v1/content" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(gone); i++) {
		struct mun_err e;
		struct two t;
		char *path;

		two_open(&t);
		two_copy(&t);
		path = stored_in(t.to, gone[i]);
		assert_int_equal(mun_tree_remove(path, &e), 0);
		assert_int_equal(mend(&t, &e), 0);
		free(path);
		path = stored_in(t.to, STORED);
		assert_true(has_bytes(path, (const char *)t.master));
		assert_int_equal(mun_test_count_entries(t.to->quarantine), 0);
		free(path);
		two_close(&t);
	}
}

/* What stands in its place is moved away, whatever it is. */
static void a_link_or_a_folder_in_its_place_goes_to_the_quarantine(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		struct mun_source *old;
		struct mun_mend *m;
		struct mun_err e;
		struct two t;
		struct stat st;
		char *outside;
		char *stored;
		char *kept;

		two_open(&t);
		two_copy(&t);
		stored = stored_in(t.to, STORED);
		kept = kept_in(&t, STORED);
		outside = mun_test_path(t.dir, "outside");
		assert_int_equal(rename(stored, outside), 0);
		if (how == 0)
			assert_int_equal(symlink(outside, stored), 0);
		else if (how == 1)
			assert_int_equal(mkdir(stored, 0777), 0);
		else
			assert_int_equal(mkfifo(stored, 0666), 0);
		assert_int_equal(mun_mend_begin(t.to, SAMPLE_ID, MASTER,
						&t.trees[0], &m, &e),
				 0);
		assert_int_equal(mun_mend_old(m, &old, &e), MUN_ENOENT);
		mun_mend_free(m);
		assert_int_equal(mend(&t, &e), 0);
		assert_int_equal(lstat(stored, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(lstat(kept, &st), 0);
		assert_false(S_ISREG(st.st_mode));
		assert_true(has_bytes(outside, (const char *)t.master));
		assert_true(has_all(&t, t.to));
		free(outside);
		free(kept);
		free(stored);
		two_close(&t);
	}
}

/* image is a link to a folder elsewhere: nothing is written there. */
static void a_linked_folder_on_the_way_is_not_followed(void **state)
{
	struct mun_err e;
	struct two t;
	char *elsewhere;
	char *image;

	(void)state;
	two_open(&t);
	two_copy(&t);
	image = stored_in(t.to, "v1/content/image");
	elsewhere = mun_test_path(t.dir, "elsewhere");
	assert_int_equal(rename(image, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, image), 0);
	assert_int_equal(mend(&t, &e), MUN_ECORRUPT);
	assert_int_equal(mun_test_count_entries(elsewhere), 1);
	free(image);
	free(elsewhere);
	two_close(&t);
}

static void what_is_not_the_recorded_file_never_gets_in(void **state)
{
	static const uint8_t lost_third[4] = { 0, 0, 1, 0 };
	struct mun_mend *m;
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	for (int how = 0; how < 3; how++) {
		const uint8_t *lost = how ? lost_third : NULL;

		assert_int_equal(mun_mend_begin(t.to, SAMPLE_ID, MASTER,
						&t.trees[0], &m, &e),
				 0);
		assert_int_equal(mun_mend_write(m, "x", 1, MASTER_BYTES, &e),
				 MUN_EINVAL);
		assert_int_equal(
			mun_mend_write(m, damaged, MASTER_BYTES, 0, &e), 0);
		/* Of what is not said to be lost, no byte may differ. */
		if (how == 1)
			assert_int_equal(mun_mend_write(m, "x", 1, 77, &e), 0);
		assert_int_equal(mun_mend_commit(m, INCIDENT, lost, &e),
				 how == 2 ? 0 : MUN_EFIXITY);
		mun_mend_free(m);
		assert_true(has_bytes(stored, damaged));
		assert_int_equal(mun_test_count_entries(t.to->quarantine),
				 how == 2);
		assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	}
	free(stored);
	free(damaged);
	two_close(&t);
}

static void zeros_over_what_was_written_are_written(void **state)
{
	struct mun_mend *m;
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	assert_int_equal(
		mun_mend_begin(t.to, SAMPLE_ID, MASTER, &t.trees[0], &m, &e),
		0);
	assert_int_equal(mun_mend_write(m, "junk", 4, MUN_TREE_PIECE + 8, &e),
			 0);
	assert_int_equal(mun_mend_write(m, t.master, MASTER_BYTES, 0, &e), 0);
	assert_int_equal(mun_mend_commit(m, INCIDENT, NULL, &e), 0);
	assert_int_equal(mun_mend_commit(m, INCIDENT, NULL, &e), MUN_EINVAL);
	mun_mend_free(m);
	assert_true(has_all(&t, t.to));
	free(stored);
	free(damaged);
	two_close(&t);
}

static void the_old_file_can_be_read_meanwhile(void **state)
{
	struct mun_source *old;
	struct mun_mend *other;
	struct mun_mend *m;
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;
	char buf[16];

	(void)state;
	open_damaged(&t, &stored, &damaged);
	assert_int_equal(
		mun_mend_begin(t.to, SAMPLE_ID, MASTER, &t.trees[0], &m, &e),
		0);
	assert_int_equal(mun_mend_begin(t.to, SAMPLE_ID, MASTER, &t.trees[0],
					&other, &e),
			 MUN_EBUSY);
	assert_int_equal(mun_mend_old(m, &old, &e), 0);
	assert_int_equal(
		mun_source_pread(old, buf, 16, 2 * MUN_TREE_PIECE + 90, &e), 0);
	assert_memory_equal(buf, damaged + 2 * MUN_TREE_PIECE + 90, 16);
	mun_source_close(old);
	mun_mend_free(m);
	assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	assert_true(has_bytes(stored, damaged));
	assert_int_equal(mun_mend_begin(t.to, SAMPLE_ID, "image/none",
					&t.trees[0], &m, &e),
			 MUN_ENOENT);
	assert_int_equal(
		mun_mend_begin(t.to, "urn:none", MASTER, &t.trees[0], &m, &e),
		MUN_ENOENT);
	free(stored);
	free(damaged);
	two_close(&t);
}

static void names_of_incidents_lead_nowhere(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "../x" };
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		assert_int_equal(mend_named(&t, names[i], &e), MUN_EINVAL);
		assert_int_equal(mun_quarantine_remove(t.to, names[i], &e),
				 MUN_EINVAL);
	}
	assert_true(has_bytes(stored, damaged));
	assert_int_equal(objects_of(t.from, false), 1);
	free(stored);
	free(damaged);
	two_close(&t);
}

static int no_links(const char *from, const char *to)
{
	(void)from;
	(void)to;
	errno = EPERM;
	return -1;
}

static void without_hard_links_the_bytes_are_copied_aside(void **state)
{
	struct mun_err e;
	struct two t;
	char *damaged;
	char *stored;
	char *kept;

	(void)state;
	open_damaged(&t, &stored, &damaged);
	kept = kept_in(&t, STORED);
	mun_sys.link = no_links;
	assert_int_equal(mend(&t, &e), 0);
	mun_sys = mun_sys_real;
	assert_true(has_bytes(kept, damaged));
	assert_true(has_all(&t, t.to));
	free(kept);
	free(stored);
	free(damaged);
	two_close(&t);
}

/* The old file or the new one; and what is not in the store any more is in the
 * quarantine. */
static void must_be_old_or_new(const struct two *t, const char *stored,
			       const char *damaged)
{
	char *kept = kept_in(t, STORED);
	bool is_new = has_bytes(stored, (const char *)t->master);

	assert_true(is_new || has_bytes(stored, damaged));
	if (is_new)
		assert_true(has_bytes(kept, damaged));
	free(kept);
}

static void every_fault_of_a_mend_leaves_the_old_or_the_new(void **state)
{
	unsigned int tried = 0;
	unsigned int failed = 0;
	bool fired;

	(void)state;
	do {
		struct mun_err e;
		struct two t;
		char *damaged;
		char *stored;
		char *kept;
		int rc;

		open_damaged(&t, &stored, &damaged);
		kept = kept_in(&t, STORED);
		mun_fault_install(MUN_CALL_ALL, tried % 2 ? ENOSPC : EIO);
		mun_fault_arm((int)tried++);
		rc = mend(&t, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_true(!rc || fired);
		must_be_old_or_new(&t, stored, damaged);
		if (rc && has_bytes(stored, damaged)) {
			failed++;
			/* Nothing else changed. */
			assert_int_equal(
				mun_test_count_entries(t.to->quarantine), 0);
			assert_int_equal(mend(&t, &e), 0);
		}
		assert_true(has_all(&t, t.to));
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_bytes(kept, damaged));
		free(kept);
		free(stored);
		free(damaged);
		two_close(&t);
	} while (fired);
	printf("%u system calls of a mend failed in turn, %u ended it\n",
	       tried - 1, failed);
	assert_true(failed > 25);
}

static int mend_once(void *ctx)
{
	struct mun_err e;

	return mend(ctx, &e);
}

static void killed_at_every_call_the_file_is_the_old_or_the_new(void **state)
{
	bool killed;
	int n = 0;

	(void)state;
	do {
		struct mun_err e;
		struct two t;
		char *damaged;
		char *stored;
		char *kept;

		open_damaged(&t, &stored, &damaged);
		kept = kept_in(&t, STORED);
		killed = killed_at(n++, mend_once, &t);
		must_be_old_or_new(&t, stored, damaged);
		if (has_bytes(stored, damaged))
			assert_int_equal(mend(&t, &e), 0);
		assert_true(has_all(&t, t.to));
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_bytes(kept, damaged));
		free(kept);
		free(stored);
		free(damaged);
		two_close(&t);
	} while (killed);
	printf("a mend was killed at %d calls\n", n - 1);
	assert_true(n > 30);
}

/* What is spoilt, and whether it can be mended with and without the other. */
static const struct {
	const char *file;
	bool remove;
	int alone;
	uint64_t mended;
} own[] = {
	{ "0=ocfl_object_1.1", false, 0, 1 },
	{ "0=ocfl_object_1.1", true, 0, 1 },
	{ "inventory.json", false, 0, 1 },
	{ "inventory.json", true, 0, 1 },
	{ "inventory.json.sha512", false, 0, 1 },
	{ "inventory.json.sha512", true, 0, 1 },
	{ "v1/inventory.json", false, MUN_EFIXITY, 1 },
	{ "v1/inventory.json", true, MUN_EFIXITY, 1 },
	{ "v1/inventory.json.sha512", true, MUN_EFIXITY, 1 },
	{ "v2/inventory.json", false, 0, 1 },
	{ "v2/inventory.json.sha512", false, 0, 1 },
};

static void add_version(const struct mun_place *p)
{
	char *dir = mun_test_path(p->spool, MUN_VERSION_STAGE "test");
	struct mun_stage *st;
	struct mun_err e;

	assert_int_equal(mun_version_open(p->store, dir, SAMPLE_ID, &st, &e),
			 0);
	assert_int_equal(mun_stage_put(st, "notes.txt", "two", 3, 0, NULL, &e),
			 0);
	assert_int_equal(mun_version_commit(st, p->store, &sample_info, &e), 0);
	mun_stage_free(st);
	free(dir);
}

static void ocfls_own_files_are_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * MUN_COUNT(own); i++) {
		const size_t k = i / 2;
		const bool alone = i % 2;
		struct mun_err e;
		uint64_t mended;
		struct two t;
		char *path;
		int rc;

		two_open(&t);
		add_version(t.from);
		two_copy(&t);
		path = stored_in(t.to, own[k].file);
		if (own[k].remove)
			assert_int_equal(unlink(path), 0);
		else
			flip_bit(path, 4);
		rc = mun_mend_object(t.to, alone ? NULL : t.from, SAMPLE_ID,
				     INCIDENT, &mended, &e);
		assert_int_equal(rc, alone ? own[k].alone : 0);
		assert_int_equal(mended, rc ? 0 : own[k].mended);
		if (!rc)
			assert_int_equal(objects_of(t.to, false), 1);
		assert_int_equal(mun_test_count_entries(t.to->quarantine),
				 !rc && !own[k].remove);
		assert_int_equal(mun_test_count_entries(t.to->spool), 0);
		free(path);
		two_close(&t);
	}
}

static void an_older_copy_takes_no_version_back(void **state)
{
	struct mun_err e;
	uint64_t mended;
	struct two t;
	char *paths[2];

	(void)state;
	two_open(&t);
	two_copy(&t);
	add_version(t.to);
	paths[0] = stored_in(t.to, "inventory.json");
	paths[1] = stored_in(t.to, "v2/inventory.json");
	flip_bit(paths[0], 4);
	assert_int_equal(
		mun_mend_object(t.to, t.from, SAMPLE_ID, INCIDENT, &mended, &e),
		0);
	assert_int_equal(mended, 1);
	assert_int_equal(objects_of(t.to, false), 1);
	flip_bit(paths[0], 4);
	flip_bit(paths[1], 4);
	/* Both of this version are lost, and the other place has only v1. */
	assert_int_equal(
		mun_mend_object(t.to, t.from, SAMPLE_ID, INCIDENT, &mended, &e),
		MUN_EFIXITY);
	assert_int_equal(mended, 0);
	assert_int_equal(mun_mend_object(t.to, t.from, "urn:none", INCIDENT,
					 &mended, &e),
			 MUN_ENOENT);
	free(paths[0]);
	free(paths[1]);
	two_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_damaged_bytes_are_kept_until_the_incident_is_closed),
		cmocka_unit_test(the_same_file_damaged_again_is_kept_as_well),
		cmocka_unit_test(missing_files_and_folders_come_back),
		cmocka_unit_test(
			a_link_or_a_folder_in_its_place_goes_to_the_quarantine),
		cmocka_unit_test(a_linked_folder_on_the_way_is_not_followed),
		cmocka_unit_test(what_is_not_the_recorded_file_never_gets_in),
		cmocka_unit_test(zeros_over_what_was_written_are_written),
		cmocka_unit_test(the_old_file_can_be_read_meanwhile),
		cmocka_unit_test(names_of_incidents_lead_nowhere),
		cmocka_unit_test(without_hard_links_the_bytes_are_copied_aside),
		cmocka_unit_test(
			every_fault_of_a_mend_leaves_the_old_or_the_new),
		cmocka_unit_test(
			killed_at_every_call_the_file_is_the_old_or_the_new),
		cmocka_unit_test(ocfls_own_files_are_mended),
		cmocka_unit_test(an_older_copy_takes_no_version_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
