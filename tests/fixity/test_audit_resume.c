/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_audit_resume.c - audits that were interrupted */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/clock.h"
#include "fixity/audit_int.h"
#include "tests/fixity/audit_feed.h"
#include "tests/support/support.h"

/* The file, and what an interrupted audit has done of it. */
#define ALL (10 * MIB)
#define DONE (4 * MIB)

#define DAY_MS (INT64_C(86400) * 1000)

static int64_t fake_now = INT64_C(1800000000000);

static int64_t now_ms(void)
{
	return fake_now;
}

struct fixture {
	char *dir;
	struct feed *f;
	struct file *file; /* of ALL bytes */
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->dir = mun_test_dir();
	x->f = feed_new();
	x->file = feed_add(x->f, ALL);
	x->f->progress_dir = x->dir;
	mun_now_ms = now_ms;
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	feed_free(x->f);
	mun_test_dir_remove(x->dir);
	free(x);
	return 0;
}

/* The one file of notes there is; free(). */
static char *notes_path(const struct fixture *x)
{
	DIR *d = opendir(x->dir);
	struct dirent *entry;
	char *path = NULL;

	assert_non_null(d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] != '.')
			path = mun_test_path(x->dir, entry->d_name);
	}
	(void)closedir(d);
	assert_non_null(path);
	return path;
}

/* Stop the audit after DONE bytes, by one worker. */
static void interrupt(struct fixture *x)
{
	struct mun_audit_summary sum;

	x->f->threads = 1;
	x->f->cancel_at = DONE;
	sum = feed_audit(x->f);
	x->f->cancel_at = 0;
	assert_true(sum.interrupted);
	assert_int_equal(sum.objects, 0);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_NOT_RUN], 1);
	assert_int_equal(x->f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
	assert_int_equal(x->f->objects[0].bytes_read, DONE);
	assert_int_equal(mun_test_count_entries(x->dir), 1);
}

/* Go on; so many bytes must have been read, and the file be intact. */
static void go_on(struct fixture *x, uint64_t read)
{
	struct mun_audit_summary sum = feed_audit(x->f);

	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
	assert_false(sum.interrupted);
	assert_int_equal(x->f->bytes_read, read);
	assert_int_equal(x->f->objects[0].bytes_read, read);
	assert_int_equal(x->f->objects[0].bytes_resumed, ALL - read);
	assert_int_equal(sum.bytes, ALL);
	assert_int_equal(x->f->last_progress.done, ALL);
	assert_int_equal(mun_test_count_entries(x->dir), 0);
}

static void it_goes_on_where_it_was(void **state)
{
	struct fixture *x = *state;

	interrupt(x);
	go_on(x, ALL - DONE);
	/* that audit is over: the next reads all */
	go_on(x, ALL);
}

static void no_piece_is_lost_or_read_twice_by_many_workers(void **state)
{
	struct fixture *x = *state;

	for (uint64_t at = 1; at < 10; at += 2) {
		struct mun_audit_summary sum;
		uint64_t first;

		x->f->threads = 4;
		x->f->cancel_at = at * MIB;
		sum = feed_audit(x->f);
		x->f->cancel_at = 0;
		first = x->f->bytes_read;
		assert_true(first >= at * MIB);
		if (sum.interrupted)
			go_on(x, ALL - first);
		else /* the last pieces were at hand already */
			assert_int_equal(first, ALL);
	}
}

static void without_a_folder_it_begins_anew(void **state)
{
	struct fixture *x = *state;

	x->f->progress_dir = NULL;
	x->f->threads = 1;
	x->f->cancel_at = DONE;
	assert_true(feed_audit(x->f).interrupted);
	x->f->cancel_at = 0;
	go_on(x, ALL);
}

static void damage_found_before_is_found_again(void **state)
{
	struct fixture *x = *state;
	struct mun_audit_summary sum;

	x->file->data[MIB + 1] ^= 1;
	x->file->bad_off = 3 * MIB;
	x->file->bad_bytes = 1;
	x->file->bad_errno = EIO;
	x->f->threads = 1;
	x->f->cancel_at = DONE;
	assert_true(feed_audit(x->f).interrupted);
	x->f->cancel_at = 0;
	sum = feed_audit(x->f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
	assert_int_equal(x->f->nfindings, 2);
	feed_expect(x->f, 0, MUN_OUTCOME_MISMATCH, MIB, MIB);
	feed_expect(x->f, 1, MUN_OUTCOME_UNREADABLE, 3 * MIB, MIB);
	assert_int_equal(x->f->objects[0].bytes_resumed, DONE - 2 * MIB);
}

static void a_place_that_can_be_read_again_is_good(void **state)
{
	struct fixture *x = *state;

	x->file->bad_off = 2 * MIB;
	x->file->bad_bytes = 1;
	x->file->bad_errno = EIO;
	x->f->threads = 1;
	x->f->cancel_at = DONE;
	assert_true(feed_audit(x->f).interrupted);
	x->f->cancel_at = 0;
	x->file->bad_bytes = 0;
	go_on(x, ALL - DONE + MIB);
}

static void a_finished_file_of_an_unfinished_object_counts(void **state)
{
	struct fixture *x = *state;
	struct mun_audit_summary sum;

	(void)feed_add_to(x->f, 0, 9 * MIB);
	(void)feed_add_to(x->f, 0, 3 * MIB);
	x->f->threads = 1;
	x->f->cancel_at = 15 * MIB;
	sum = feed_audit(x->f);
	x->f->cancel_at = 0;
	assert_true(sum.interrupted);
	assert_int_equal(sum.objects, 0);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_NOT_RUN], 2);
	assert_int_equal(mun_test_count_entries(x->dir), 2);
	sum = feed_audit(x->f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 3);
	assert_int_equal(x->f->bytes_read, 7 * MIB);
	assert_int_equal(mun_test_count_entries(x->dir), 0);
}

static void small_files_leave_no_notes(void **state)
{
	struct fixture *x = *state;

	x->file->size = (MUN_AUDIT_PROGRESS_PIECES - 1) * MIB;
	feed_record(x->file);
	x->f->threads = 1;
	x->f->cancel_at = 3 * MIB;
	assert_true(feed_audit(x->f).interrupted);
	assert_int_equal(mun_test_count_entries(x->dir), 0);
}

static void notes_of_other_content_do_not_count(void **state)
{
	struct fixture *x = *state;

	interrupt(x);
	x->file->data[ALL - 1] ^= 1; /* after the pieces that are done */
	feed_record(x->file);
	go_on(x, ALL);
}

static void old_notes_do_not_count(void **state)
{
	static const struct {
		int64_t later_ms;
		uint64_t read;
	} cases[] = {
		{ 0, ALL - DONE },
		{ MUN_AUDIT_PROGRESS_DAYS * DAY_MS - 1, ALL - DONE },
		{ MUN_AUDIT_PROGRESS_DAYS * DAY_MS, ALL },
		{ 1000 * DAY_MS, ALL },
		{ -1, ALL }, /* one of the clocks was wrong */
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		interrupt(x);
		fake_now += cases[i].later_ms;
		go_on(x, cases[i].read);
		fake_now -= cases[i].later_ms;
	}
}

/* Any byte of the header makes all void; any of a note only that piece. */
static void damaged_notes_vouch_for_nothing(void **state)
{
	struct fixture *x = *state;

	for (size_t at = 0; at < 64 + 4 * 10; at++) {
		uint64_t read = ALL - DONE; /* a note of a piece not done */
		size_t len;
		char *path, *notes;

		interrupt(x);
		path = notes_path(x);
		notes = mun_test_read(path, &len);
		assert_int_equal(len, 64 + 4 * 10);
		notes[at] ^= 1;
		mun_test_write(path, notes, len);
		if (at < 64)
			read = ALL;
		else if (at < 64 + 4 * 4)
			read = ALL - DONE + MIB;
		go_on(x, read);
		free(notes);
		free(path);
	}
}

static void notes_of_another_length_count_for_nothing(void **state)
{
	static const size_t lengths[] = { 0,
					  1,
					  63,
					  64,
					  65,
					  64 + 4 * 9,
					  64 + 4 * 10 - 1,
					  64 + 4 * 10 + 1,
					  100000 };
	struct fixture *x = *state;

	for (size_t i = 0; i < MUN_COUNT(lengths); i++) {
		char *path;

		interrupt(x);
		path = notes_path(x);
		assert_int_equal(truncate(path, (off_t)lengths[i]), 0);
		go_on(x, ALL);
		free(path);
	}
}

static struct fixture *current;

static void empty_the_notes(struct feed *f)
{
	char *path = notes_path(current);

	(void)f;
	assert_int_equal(truncate(path, 0), 0);
	free(path);
}

static void notes_cut_by_somebody_else_do_no_harm(void **state)
{
	current = *state;
	current->f->threads = 1;
	current->f->on_progress = empty_the_notes;
	current->f->cancel_at = DONE;
	assert_true(feed_audit(current->f).interrupted);
	current->f->cancel_at = 0;
	current->f->on_progress = NULL;
	go_on(current, ALL);
}

static void see_no_notes(struct feed *f)
{
	(void)f;
	if (mun_test_count_entries(current->dir) != 0)
		abort();
}

/* Notes that outlived the report would let the next audit skip its work. */
static void notes_are_gone_before_the_report(void **state)
{
	current = *state;
	current->f->on_report = see_no_notes;
	(void)feed_audit(current->f);
	assert_int_equal(current->f->objects[0].outcome, MUN_OUTCOME_INTACT);
}

static void what_is_in_the_way_of_the_notes_is_an_error(void **state)
{
	struct fixture *x = *state;
	struct mun_audit_summary sum;
	struct mun_err e;
	char *path, *target;

	interrupt(x);
	path = notes_path(x);
	target = mun_test_path(x->dir, "target");
	for (int kind = 0; kind < 3; kind++) {
		assert_int_equal(remove(path), 0);
		if (kind == 0)
			assert_int_equal(mkfifo(path, 0600), 0);
		else if (kind == 1)
			assert_int_equal(mkdir(path, 0700), 0);
		else
			assert_int_equal(symlink(target, path), 0);
		assert_int_equal(feed_try(x->f, &sum, &e), MUN_EIO);
		assert_int_equal(x->f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
		assert_int_equal(x->f->bytes_read, 0);
	}
	assert_int_equal(remove(path), 0);
	mun_test_write(path, "", 0);
	x->f->progress_dir = path; /* no folder */
	assert_int_not_equal(feed_try(x->f, &sum, &e), 0);
	assert_int_equal(x->f->objects[0].taken, 0);
	free(path);
	free(target);
}

/* Fail each system call in turn, when notes are begun and when taken up. */
static void every_fault_is_an_error_or_costs_only_time(void **state)
{
	struct fixture *x = *state;
	int ended[2] = { 0 };

	x->f->threads = 1;
	for (int resumed = 0; resumed <= 1; resumed++) {
		for (int n = 0;; n++) {
			struct mun_audit_summary sum;
			struct mun_err e;
			bool fired;
			int rc;

			if (resumed)
				interrupt(x);
			mun_fault_install(MUN_CALL_ALL, ENOSPC);
			mun_fault_arm(n);
			rc = feed_try(x->f, &sum, &e);
			fired = mun_fault_fired();
			mun_fault_restore();
			if (!fired)
				break;
			ended[resumed]++;
			if (rc) {
				assert_int_equal(rc, MUN_EIO);
				assert_int_equal(e.sys, ENOSPC);
				assert_int_equal(sum.objects, 0);
			} else {
				assert_int_equal(
					sum.outcomes[MUN_OUTCOME_INTACT], 1);
				assert_int_equal(sum.bytes, ALL);
			}
			/* Whatever is left over, the next one is right. */
			assert_int_equal(
				feed_audit(x->f).outcomes[MUN_OUTCOME_INTACT],
				1);
			assert_int_equal(mun_test_count_entries(x->dir), 0);
		}
	}
	/* at least open, fstat, ftruncate, the header, 10 (6) notes, close,
	 * unlink, and open, fsync, close of the folder */
	assert_true(ended[0] >= 19);
	assert_true(ended[1] >= 14);
}

static void a_failed_note_is_read_again(void **state)
{
	struct fixture *x = *state;
	struct mun_audit_summary sum;
	struct mun_err e;

	x->f->threads = 1;
	x->f->cancel_at = DONE;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PWRITE), EIO);
	mun_fault_arm(3); /* after the header: the third note */
	assert_int_equal(feed_try(x->f, &sum, &e), 0);
	assert_true(mun_fault_fired());
	mun_fault_restore();
	x->f->cancel_at = 0;
	go_on(x, ALL - DONE + MIB);
}

static int tell_fd;

static void tell_parent(struct feed *f)
{
	(void)f;
	if (write(tell_fd, "", 1) != 1)
		abort();
}

/* An audit in a child of ours, killed after it told of @pieces pieces. */
static void audit_and_kill(struct fixture *x, unsigned int pieces)
{
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct mun_audit_summary sum;
		struct mun_err e;

		tell_fd = fds[1];
		x->f->on_progress = tell_parent;
		x->f->pause_us = 2000;
		_exit(feed_try(x->f, &sum, &e) ? 1 : 0);
	}
	(void)close(fds[1]);
	for (unsigned int i = 0; i < pieces; i++)
		assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(fds[0]);
}

/* SIGKILL at any moment: nothing but the pieces at hand is lost. */
static void killed_it_goes_on_where_it_was(void **state)
{
	struct fixture *x = *state;

	x->f->threads = 2;
	for (unsigned int pieces = 1; pieces < 9; pieces++) {
		struct mun_audit_summary sum;
		uint64_t resumed;

		audit_and_kill(x, pieces);
		sum = feed_audit(x->f);
		resumed = x->f->objects[0].bytes_resumed;
		assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
		assert_int_equal(x->f->bytes_read + resumed, ALL);
		/* unless it had reported in the meantime */
		assert_true(resumed >= pieces * MIB || pieces > 6);
	}
}

static void cancelled_before_it_begins_nothing_is_run(void **state)
{
	struct fixture *x = *state;
	struct mun_audit_summary sum;

	mun_cancel();
	sum = feed_audit(x->f);
	assert_true(sum.interrupted);
	assert_int_equal(sum.objects, 0);
	assert_int_equal(x->f->objects[0].taken, 0);
}

static void an_object_that_is_no_uuid_is_refused(void **state)
{
	struct mun_audit_item item = { .object = "../../etc/passwd" };
	struct mun_audit_progress *p = NULL;
	struct mun_tree tree = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_audit_progress_open("/nowhere", &item, 0, &tree, &p, &e),
		MUN_EINVAL);
	assert_null(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_goes_on_where_it_was),
		TEST(no_piece_is_lost_or_read_twice_by_many_workers),
		TEST(without_a_folder_it_begins_anew),
		TEST(damage_found_before_is_found_again),
		TEST(a_place_that_can_be_read_again_is_good),
		TEST(a_finished_file_of_an_unfinished_object_counts),
		TEST(small_files_leave_no_notes),
		TEST(notes_of_other_content_do_not_count),
		TEST(old_notes_do_not_count),
		TEST(damaged_notes_vouch_for_nothing),
		TEST(notes_of_another_length_count_for_nothing),
		TEST(notes_cut_by_somebody_else_do_no_harm),
		TEST(notes_are_gone_before_the_report),
		TEST(what_is_in_the_way_of_the_notes_is_an_error),
		TEST(every_fault_is_an_error_or_costs_only_time),
		TEST(a_failed_note_is_read_again),
		TEST(killed_it_goes_on_where_it_was),
		TEST(cancelled_before_it_begins_nothing_is_run),
		TEST(an_object_that_is_no_uuid_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
