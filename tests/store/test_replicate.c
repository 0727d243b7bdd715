/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_replicate.c - copies are whole, proved, or not there */
#include "store/replicate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/objdir.h"
#include "store/version.h"
#include "tests/store/place_support.h"

static int copy(const struct two *t, struct mun_replica_result *r,
		struct mun_err *e)
{
	return mun_replicate(t->from, t->to, SAMPLE_ID, t->files, 2, NULL, r,
			     e);
}

static void says(const struct mun_err *e, const char *what)
{
	char text[2048];

	(void)mun_err_text(e, text, sizeof(text), 0);
	if (!strstr(text, what))
		fail_msg("'%s' does not say '%s'", text, what);
}

static void a_copy_is_the_object_byte_for_byte(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	assert_int_equal(copy(&t, &r, &e), 0);
	/* Two of content; the declaration; two inventories, two sidecars */
	assert_int_equal(r.files, 2 + 1 + 4);
	assert_int_equal(r.bytes, MASTER_BYTES + 9);
	assert_int_equal(r.resumed, 0);
	assert_int_equal(objects_of(t.to, false), 1);
	assert_true(has_all(&t, t.to));
	assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	assert_int_equal(copy(&t, &r, &e), MUN_EEXIST);
	assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	two_close(&t);
}

static void holes_stay_holes(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct stat st;
	struct two t;
	char *path;
	int fd;

	(void)state;
	two_open(&t);
	assert_int_equal(copy(&t, &r, &e), 0);
	path = stored_in(t.to, "v1/content/" MASTER);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_HOLE), MUN_TREE_PIECE);
	assert_int_equal(lseek(fd, MUN_TREE_PIECE, SEEK_DATA),
			 2 * MUN_TREE_PIECE);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true((uint64_t)st.st_blocks * 512 < MASTER_BYTES);
	assert_int_equal(close(fd), 0);
	free(path);
	two_close(&t);
}

/* Without trees the inventory's SHA-512 decides. */
static void files_that_the_catalog_does_not_know_are_copied_too(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;
	char *path;

	(void)state;
	two_open(&t);
	path = stored_in(t.from, "v1/content/" RECORD);
	flip_bit(path, 3);
	assert_int_equal(
		mun_replicate(t.from, t.to, SAMPLE_ID, NULL, 0, NULL, &r, &e),
		MUN_EFIXITY);
	assert_true(r.source_fault);
	says(&e, RECORD);
	assert_int_equal(objects_of(t.to, false), 0);
	flip_bit(path, 3);
	assert_int_equal(
		mun_replicate(t.from, t.to, SAMPLE_ID, NULL, 0, NULL, &r, &e),
		0);
	/* The master had been copied before the record failed. */
	assert_int_equal(r.resumed, MASTER_BYTES);
	assert_int_equal(objects_of(t.to, false), 1);
	assert_true(has_all(&t, t.to));
	free(path);
	two_close(&t);
}

static void damage_of_the_source_is_told_and_not_copied(void **state)
{
	static const struct {
		const char *file;
		off_t at;
		const char *text;
	} damage[] = {
		{ "v1/content/" MASTER, 5, "byte 0 " },
		{ "v1/content/" MASTER, 2 * MUN_TREE_PIECE, "byte 2097152 " },
		{ "v1/content/" MASTER, MASTER_BYTES - 1, "byte 3145728 " },
		/* In the hole */
		{ "v1/content/" MASTER, MUN_TREE_PIECE + 77, "byte 1048576 " },
		{ "v1/content/" RECORD, 0, RECORD },
		{ "inventory.json", 40, "sidecar" },
		{ "inventory.json.sha512", 2, "sidecar" },
		{ "v1/inventory.json", 40, "v1" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(damage); i++) {
		struct mun_replica_result r;
		struct mun_err e;
		struct two t;
		char *path;

		two_open(&t);
		path = stored_in(t.from, damage[i].file);
		flip_bit(path, damage[i].at);
		assert_int_equal(copy(&t, &r, &e), MUN_EFIXITY);
		assert_true(r.source_fault);
		says(&e, damage[i].text);
		assert_int_equal(objects_of(t.to, false), 0);
		/* Healed: the rest is taken from the spool. */
		flip_bit(path, damage[i].at);
		assert_int_equal(copy(&t, &r, &e), 0);
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_all(&t, t.to));
		free(path);
		two_close(&t);
	}
}

enum spoil { REMOVE, SHORTER, LONGER, LINK, FOLDER, FIFO, LINKED_FOLDER };

static void spoil(const char *path, enum spoil how)
{
	char *other = text_of("%s.moved", path);
	char *dir = strdup(path);

	switch (how) {
	case SHORTER:
		assert_int_equal(truncate(path, MASTER_BYTES - 1), 0);
		break;
	case LONGER:
		assert_int_equal(truncate(path, MASTER_BYTES + 1), 0);
		break;
	case LINKED_FOLDER:
		*strrchr(dir, '/') = '\0';
		free(other);
		other = text_of("%s.moved", dir);
		assert_int_equal(rename(dir, other), 0);
		assert_int_equal(symlink(other, dir), 0);
		break;
	case REMOVE:
	case LINK:
	case FOLDER:
	case FIFO:
		assert_int_equal(rename(path, other), 0);
		if (how == LINK)
			assert_int_equal(symlink(other, path), 0);
		if (how == FOLDER)
			assert_int_equal(mkdir(path, 0777), 0);
		if (how == FIFO)
			assert_int_equal(mkfifo(path, 0666), 0);
		break;
	}
	free(dir);
	free(other);
}

static void a_source_that_is_not_what_it_was_is_damaged(void **state)
{
	(void)state;
	for (int how = REMOVE; how <= LINKED_FOLDER; how++) {
		struct mun_replica_result r;
		struct mun_err e;
		struct two t;
		char *path;

		two_open(&t);
		path = stored_in(t.from, "v1/content/" MASTER);
		spoil(path, (enum spoil)how);
		assert_int_equal(copy(&t, &r, &e), MUN_EFIXITY);
		assert_true(r.source_fault);
		says(&e, "image");
		assert_int_equal(objects_of(t.to, false), 0);
		free(path);
		two_close(&t);
	}
}

static void what_the_spool_has_is_verified_and_never_trusted(void **state)
{
	static const char *const garbage[] = { "", "no bytes of a disk" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(garbage) + 3; i++) {
		struct mun_replica_result r;
		struct mun_err e;
		struct two t;
		char *spool;
		char *path;
		char *dir;
		char *hex;

		two_open(&t);
		assert_int_equal(mun_store_object_path(SAMPLE_ID, &hex, &e), 0);
		spool = text_of("%s/copy-%s/object/v1/content/image",
				t.to->spool, strrchr(hex, '/') + 1);
		path = mun_test_path(spool, "disk.img");
		assert_int_equal(mun_mkdirs(spool, &e), 0);
		if (i < MUN_COUNT(garbage)) {
			mun_test_write(path, garbage[i], strlen(garbage[i]));
		} else if (i == MUN_COUNT(garbage)) {
			/* All but one bit of it, and of its hole */
			mun_test_write(path, t.master, MASTER_BYTES);
			flip_bit(path, 2 * MUN_TREE_PIECE + 9);
			flip_bit(path, MUN_TREE_PIECE + 9);
		} else if (i == MUN_COUNT(garbage) + 1) {
			/* Longer than it shall be */
			mun_test_write(path, t.master, MASTER_BYTES);
			assert_int_equal(truncate(path, 2 * MASTER_BYTES), 0);
		} else {
			/* A link out of the spool */
			dir = mun_test_path(t.dir, "elsewhere");
			mun_test_write(dir, t.master, MASTER_BYTES);
			assert_int_equal(symlink(dir, path), 0);
			free(dir);
		}
		assert_int_equal(copy(&t, &r, &e), 0);
		if (i == MUN_COUNT(garbage))
			assert_int_equal(r.resumed,
					 MASTER_BYTES - 2 * MUN_TREE_PIECE);
		if (i == MUN_COUNT(garbage) + 1)
			assert_int_equal(r.resumed, MASTER_BYTES);
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_all(&t, t.to));
		free(hex);
		free(path);
		free(spool);
		two_close(&t);
	}
}

/* The write is reported as done, and the disk has something else. */
static ssize_t lying_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	static const char wrong = 'X';
	ssize_t n = mun_sys_real.pwrite(fd, buf, len, off);

	if (n > 0 && off == 0 && len >= MUN_TREE_PIECE) {
		char *block = aligned_alloc(4096, 4096);

		memcpy(block, buf, 4096);
		block[17] ^= wrong;
		assert_int_equal(mun_sys_real.pwrite(fd, block, 4096, 0), 4096);
		free(block);
	}
	return n;
}

static void a_disk_that_lies_is_caught_by_the_reading_back(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	mun_sys.pwrite = lying_pwrite;
	assert_int_equal(copy(&t, &r, &e), MUN_EFIXITY);
	mun_sys = mun_sys_real;
	assert_false(r.source_fault);
	says(&e, "read back");
	assert_int_equal(objects_of(t.to, false), 0);
	assert_int_equal(copy(&t, &r, &e), 0);
	assert_true(has_all(&t, t.to));
	two_close(&t);
}

static unsigned int clones;

/* As a file system does it that can share blocks. */
static int clone_all(int to, int from)
{
	static char buf[1 << 20];
	off_t off = 0;
	ssize_t n;

	while ((n = pread(from, buf, sizeof(buf), off)) > 0) {
		assert_int_equal(pwrite(to, buf, (size_t)n, off), n);
		off += n;
	}
	clones++;
	return 0;
}

static void shared_blocks_are_read_back_all_the_same(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;
	char *path;

	(void)state;
	two_open(&t);
	path = stored_in(t.from, "v1/content/" MASTER);
	flip_bit(path, 2 * MUN_TREE_PIECE);
	mun_sys.ficlone = clone_all;
	assert_int_equal(copy(&t, &r, &e), MUN_EFIXITY);
	assert_true(r.source_fault);
	says(&e, "byte 2097152 ");
	assert_int_equal(clones, 1);
	assert_int_equal(objects_of(t.to, false), 0);
	flip_bit(path, 2 * MUN_TREE_PIECE);
	assert_int_equal(copy(&t, &r, &e), 0);
	mun_sys = mun_sys_real;
	assert_int_equal(r.resumed, MASTER_BYTES - MUN_TREE_PIECE + 9);
	assert_true(has_all(&t, t.to));
	assert_int_equal(objects_of(t.to, false), 1);
	free(path);
	two_close(&t);
}

static void every_fault_leaves_nothing_or_all(void **state)
{
	unsigned int tried = 0;
	unsigned int failed = 0;
	bool fired = true;

	(void)state;
	/* First undisturbed, to choose of the calls it makes. */
	for (int n = -1; fired; n = n < 0 ? 0 : mun_fault_next(n)) {
		struct mun_replica_result r;
		struct mun_err e;
		struct two t;
		int rc;

		two_open(&t);
		mun_fault_install(MUN_CALL_ALL, tried++ % 2 ? ENOSPC : EIO);
		mun_fault_arm(n);
		rc = copy(&t, &r, &e);
		fired = n < 0 || mun_fault_fired();
		if (n < 0)
			mun_fault_sample(4);
		mun_fault_restore();
		/* Tidying up, resuming and the first try to read back may fail:
		 * there is another way. */
		if (rc) {
			assert_true(fired);
			failed++;
		}
		assert_int_equal(objects_of(t.to, false), !rc);
		if (rc)
			assert_int_equal(copy(&t, &r, &e), 0);
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_all(&t, t.to));
		two_close(&t);
	}
	printf("%u system calls of a copy failed in turn, %u ended it\n",
	       tried - 2, failed);
	assert_true(failed > 60u / (unsigned int)mun_test_step(3));
}

static int copy_once(void *ctx)
{
	struct mun_replica_result r;
	struct mun_err e;

	return copy(ctx, &r, &e);
}

static void killed_at_every_call_there_is_nothing_or_all(void **state)
{
	uint64_t resumed = 0;
	bool killed;
	int n = 0;

	(void)state;
	do {
		struct mun_replica_result r = { .files = 0 };
		unsigned int there;
		struct mun_err e;
		struct two t;
		int rc;

		two_open(&t);
		killed = killed_at(n, copy_once, &t);
		n += mun_test_step(3);
		there = objects_of(t.to, true);
		if (there)
			assert_true(has_all(&t, t.to));
		rc = copy(&t, &r, &e);
		assert_int_equal(rc, there ? MUN_EEXIST : 0);
		resumed += r.resumed;
		assert_int_equal(objects_of(t.to, true), 1);
		assert_true(has_all(&t, t.to));
		assert_int_equal(mun_replicate_discard(t.to, SAMPLE_ID, &e), 0);
		assert_int_equal(mun_test_count_entries(t.to->spool), 0);
		two_close(&t);
	} while (killed);
	printf("killed at one of %d calls; %ju bytes were not copied twice\n",
	       n, (uintmax_t)resumed);
	assert_true(n > 40);
	assert_true(resumed > 3 * MASTER_BYTES);
}

static void a_store_that_is_away_is_said_and_nothing_concluded(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;
	char *moved;

	(void)state;
	two_open(&t);
	moved = mun_test_path(t.dir, "moved");
	assert_int_equal(rename(t.to->path, moved), 0);
	assert_int_equal(copy(&t, &r, &e), MUN_EUNAVAILABLE);
	says(&e, "second");
	assert_int_equal(rename(moved, t.to->path), 0);
	assert_int_equal(rename(t.from->path, moved), 0);
	assert_int_equal(copy(&t, &r, &e), MUN_EUNAVAILABLE);
	says(&e, "main");
	assert_int_equal(rename(moved, t.from->path), 0);
	assert_int_equal(
		mun_replicate(t.from, t.to, "urn:none", NULL, 0, NULL, &r, &e),
		MUN_ENOENT);
	assert_int_equal(copy(&t, &r, &e), 0);
	free(moved);
	two_close(&t);
}

static void two_at_once_do_not_spoil_each_other(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;
	char *hex;
	char *dir;
	int fd;

	(void)state;
	two_open(&t);
	assert_int_equal(mun_store_object_path(SAMPLE_ID, &hex, &e), 0);
	dir = text_of("%s/copy-%s", t.to->spool, strrchr(hex, '/') + 1);
	assert_int_equal(mun_mkdirs(dir, &e), 0);
	assert_int_equal(mun_object_lock(dir, &fd, &e), 0);
	assert_int_equal(copy(&t, &r, &e), MUN_EBUSY);
	assert_int_equal(mun_replicate_discard(t.to, SAMPLE_ID, &e), MUN_EBUSY);
	assert_int_equal(close(fd), 0);
	assert_int_equal(copy(&t, &r, &e), 0);
	free(dir);
	free(hex);
	two_close(&t);
}

/* A second version in the source: another record, and notes. */
static void add_version(const struct mun_place *p, const char *text)
{
	char *dir = mun_test_path(p->spool, MUN_VERSION_STAGE "test");
	struct mun_stage *st;
	struct mun_err e;

	assert_int_equal(mun_version_open(p->store, dir, SAMPLE_ID, &st, &e),
			 0);
	assert_int_equal(
		mun_stage_put(st, RECORD, text, strlen(text), 0, NULL, &e), 0);
	assert_int_equal(mun_version_commit(st, p->store, &sample_info, &e), 0);
	mun_stage_free(st);
	free(dir);
}

static int update(const struct two *t, struct mun_replica_result *r,
		  struct mun_err *e)
{
	return mun_replicate_update(t->from, t->to, SAMPLE_ID, t->files, 1,
				    NULL, r, e);
}

static bool has_record(const struct mun_place *p, const char *text)
{
	struct mun_source *src;
	struct mun_err e;
	char buf[64] = "";
	bool good;

	assert_int_equal(mun_store_open_file(p->store, SAMPLE_ID, RECORD,
					     MUN_READ_CACHED, &src, &e),
			 0);
	good = src->size == strlen(text) &&
	       !mun_source_pread(src, buf, src->size, 0, &e) &&
	       !strcmp(buf, text);
	mun_source_close(src);
	return good;
}

static void an_older_copy_gets_the_newer_versions_only(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	assert_int_equal(update(&t, &r, &e), MUN_ENOENT);
	two_copy(&t);
	assert_int_equal(update(&t, &r, &e), MUN_EEXIST);
	add_version(t.from, "<two/>");
	add_version(t.from, "<three/>");
	assert_int_equal(update(&t, &r, &e), 0);
	assert_int_equal(r.bytes, 6 + 8);
	assert_int_equal(objects_of(t.to, false), 1);
	assert_true(has_record(t.to, "<three/>"));
	assert_true(has_all(&t, t.to)); /* of v1 */
	assert_int_equal(mun_test_count_entries(t.to->spool), 0);
	assert_int_equal(update(&t, &r, &e), MUN_EEXIST);
	/* A whole object of three versions at once */
	assert_int_equal(mun_tree_remove(mun_store_path(t.to->store), &e), 0);
	assert_int_equal(
		mun_place_init(t.path, STORE_ID, REPOSITORY_ID, "second", &e),
		0);
	assert_int_equal(mun_replicate(t.from, t.to, SAMPLE_ID, t.files, 1,
				       NULL, &r, &e),
			 0);
	assert_int_equal(r.bytes, MASTER_BYTES + 9 + 6 + 8);
	assert_int_equal(objects_of(t.to, false), 1);
	assert_true(has_record(t.to, "<three/>"));
	two_close(&t);
}

static void copies_that_went_apart_are_left_alone(void **state)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;

	(void)state;
	two_open(&t);
	two_copy(&t);
	add_version(t.to, "<theirs/>");
	assert_int_equal(update(&t, &r, &e), MUN_EINVAL);
	add_version(t.from, "<ours/>");
	assert_int_equal(update(&t, &r, &e), MUN_EINVAL);
	add_version(t.from, "<more/>");
	assert_int_equal(update(&t, &r, &e), MUN_EINVAL);
	assert_true(has_record(t.to, "<theirs/>"));
	assert_int_equal(objects_of(t.to, false), 1);
	two_close(&t);
}

static int update_once(void *ctx)
{
	struct mun_replica_result r;
	struct mun_err e;

	return update(ctx, &r, &e);
}

/* Before anyone recovers it, readers see one whole version. */
static void must_be_one_of_two(const struct mun_place *p)
{
	assert_true(has_record(p, "<premis/>") || has_record(p, "<two/>") ||
		    has_record(p, "<three/>"));
}

static void an_update_that_is_killed_is_ended_by_the_next(void **state)
{
	bool killed;
	int n = 0;

	(void)state;
	do {
		struct mun_replica_result r;
		uint64_t recovered;
		struct mun_err e;
		struct two t;
		int rc;

		two_open(&t);
		two_copy(&t);
		add_version(t.from, "<two/>");
		add_version(t.from, "<three/>");
		killed = killed_at(n, update_once, &t);
		must_be_one_of_two(t.to);
		/* Each second time the one, else the other way */
		if (n++ % 2) {
			assert_int_equal(
				mun_version_recover_all(t.to, &recovered, &e),
				0);
			assert_int_equal(objects_of(t.to, false), 1);
		}
		rc = update(&t, &r, &e);
		assert_true(!rc || rc == MUN_EEXIST);
		assert_true(has_record(t.to, "<three/>"));
		assert_int_equal(objects_of(t.to, false), 1);
		two_close(&t);
	} while (killed);
	printf("an update was killed at %d calls\n", n - 1);
	assert_true(n > 30);
}

static void a_fault_of_an_update_leaves_one_whole_version(void **state)
{
	unsigned int tried = 0;
	bool fired = true;
	int n;

	(void)state;
	for (n = -1; fired; n = n < 0 ? 0 : mun_fault_next(n)) {
		struct mun_replica_result r;
		struct mun_err e;
		struct two t;
		int rc;

		two_open(&t);
		two_copy(&t);
		add_version(t.from, "<two/>");
		add_version(t.from, "<three/>");
		mun_fault_install(MUN_CALL_ALL, tried++ % 2 ? ENOSPC : EIO);
		mun_fault_arm(n);
		rc = update(&t, &r, &e);
		fired = n < 0 || mun_fault_fired();
		if (n < 0)
			mun_fault_sample(4);
		mun_fault_restore();
		assert_true(!rc || fired);
		assert_int_equal(objects_of(t.to, false), 1);
		assert_true(has_record(t.to, rc ? "<premis/>" : "<three/>"));
		rc = update(&t, &r, &e);
		assert_true(!rc || rc == MUN_EEXIST);
		assert_true(has_record(t.to, "<three/>"));
		two_close(&t);
	}
	printf("%u system calls of an update failed in turn\n", tried - 2);
	assert_true(n > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_the_object_byte_for_byte),
		cmocka_unit_test(holes_stay_holes),
		cmocka_unit_test(
			files_that_the_catalog_does_not_know_are_copied_too),
		cmocka_unit_test(damage_of_the_source_is_told_and_not_copied),
		cmocka_unit_test(a_source_that_is_not_what_it_was_is_damaged),
		cmocka_unit_test(
			what_the_spool_has_is_verified_and_never_trusted),
		cmocka_unit_test(
			a_disk_that_lies_is_caught_by_the_reading_back),
		cmocka_unit_test(shared_blocks_are_read_back_all_the_same),
		cmocka_unit_test(every_fault_leaves_nothing_or_all),
		cmocka_unit_test(killed_at_every_call_there_is_nothing_or_all),
		cmocka_unit_test(
			a_store_that_is_away_is_said_and_nothing_concluded),
		cmocka_unit_test(two_at_once_do_not_spoil_each_other),
		cmocka_unit_test(an_older_copy_gets_the_newer_versions_only),
		cmocka_unit_test(copies_that_went_apart_are_left_alone),
		cmocka_unit_test(an_update_that_is_killed_is_ended_by_the_next),
		cmocka_unit_test(a_fault_of_an_update_leaves_one_whole_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
