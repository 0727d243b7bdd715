/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_batch.c - rows of a batch: understood, journaled, done once */
#include "ingest/batch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "ingest/batch_report.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

#define BYTES ((size_t)40000)
#define DISKS 4

static struct test_box box;
static uint8_t images[DISKS][BYTES];
static char *batches;

static int setup(void **state)
{
	(void)state;
	test_box_open(&box);
	for (unsigned int i = 0; i < DISKS; i++) {
		char name[16];

		mun_test_pattern(images[i], BYTES, 100 + i);
		(void)snprintf(name, sizeof(name), "d%u.img", i + 1);
		free(test_box_file(&box, name, images[i], BYTES));
	}
	batches = mun_test_path(box.dir, "batches");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	test_box_close(&box);
	free(batches);
	return 0;
}

/* A batch of these texts as box.csv; closed by done_with(). */
static struct mun_batch open_batch(const char *csv)
{
	const struct mun_batch_defaults d = { .operator_name = "J. Archivist",
					      .need_source = true };
	struct mun_batch b = { .env = &box.env };
	struct mun_err e;
	char *path = test_box_file(&box, "box.csv", csv, strlen(csv));

	test_must(mun_batch_plan_load(path, &d, box.catalog, &b.plan, &e), &e);
	test_must(mun_batch_journal_open(batches, NULL, b.plan, true,
					 &b.journal, &e),
		  &e);
	test_must(mun_batch_begin(&b, &e), &e);
	free(path);
	return b;
}

static void done_with(struct mun_batch *b)
{
	mun_batch_clear(b);
	mun_batch_journal_close(b->journal);
	mun_batch_plan_free(b->plan);
}

static struct mun_batch_counts counts(const struct mun_batch *b)
{
	struct mun_batch_counts n;
	struct mun_err e;

	test_must(mun_batch_count(b, &n, &e), &e);
	return n;
}

static struct mun_row_record record(const struct mun_batch *b, size_t row)
{
	struct mun_row_record r;
	struct mun_err e;

	test_must(
		mun_batch_row_load(b->journal, b->plan->rows[row].key, &r, &e),
		&e);
	return r;
}

static void run(struct mun_batch *b)
{
	struct mun_err e;

	test_must(mun_batch_check(b, &e), &e);
	assert_int_equal(b->plan->nproblems, 0);
	test_must(mun_batch_run(b, &e), &e);
}

/* All problems as text: "3: no source; ...". */
static char *problems(const struct mun_batch *b)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "");
	for (size_t i = 0; i < b->plan->nproblems; i++)
		mun_str_addf(&s, "%s%zu: %s", i ? "\n" : "",
			     b->plan->problems[i].line,
			     b->plan->problems[i].text);
	return s.text;
}

static void columns_become_what_is_asked_for(void **state)
{
	static const char csv[] =
		"Source,Label,Collection,Media,Operator,Write-Blocker,Note,"
		"Format,Attach,identifier:Old No.,barcode,volume,md5,map,Shelf,"
		"Remarks\r\n"
		"d1.img,One,Letters,floppy,Ada,T35u,\"a\nb\",raw,"
		"\"d2.img | d3.img|\",A/7,311,WORK,"
		"0cc175b9c0f1b6a831c399e269772661,d1.map,7b,\"x\ny\"\r\n";
	struct mun_batch b = open_batch(csv);
	const struct mun_batch_row *row = &b.plan->rows[0];
	const struct mun_ingest_request *q = &row->req;
	char *want;

	(void)state;
	assert_int_equal(b.plan->nproblems, 0);
	assert_int_equal(b.plan->nrows, 1);
	assert_int_equal(row->line, 2);
	want = mun_test_path(box.dir, "d1.img");
	assert_string_equal(q->source, want);
	assert_string_equal(row->source, "d1.img");
	free(want);
	want = mun_test_path(box.dir, "d1.map");
	assert_string_equal(q->map, want);
	free(want);
	assert_string_equal(q->label, "One");
	assert_string_equal(q->collection, "Letters");
	assert_string_equal(q->media_type, "floppy");
	assert_string_equal(q->operator_name, "Ada");
	assert_string_equal(q->write_blocker, "T35u");
	assert_string_equal(q->format, "raw");
	assert_string_equal(q->note, "a\nb\nShelf: 7b\nRemarks: x\ny");
	assert_int_equal(q->nattachments, 2);
	want = mun_test_path(box.dir, "d3.img");
	assert_string_equal(q->attachments[1], want);
	free(want);
	assert_int_equal(q->nidentifiers, 2);
	assert_string_equal(q->identifiers[0].type, "Old No.");
	assert_string_equal(q->identifiers[0].value, "A/7");
	assert_string_equal(q->identifiers[1].type, "barcode");
	assert_string_equal(row->volume, "WORK");
	assert_true(row->has_promise);
	assert_int_equal(row->promise.of[MUN_MD5].bytes[0], 0x0c);
	assert_int_equal(b.plan->nnotes, 2);
	assert_string_equal(b.plan->notes[0], "Shelf");
	done_with(&b);
}

static void every_problem_is_told_with_its_line(void **state)
{
	static const char csv[] = "source,label,md5,format,merge,prefer\n"
				  "d1.img,One,,,,\n"
				  ",Two,,,,\n"
				  "d3.img,Three,123,,,\n"
				  "none.img,Four,,,,\n"
				  "d2.img,Five,,,nothing,\n"
				  "d1.img,Six,,,,\n"
				  "d1.img,One,,,,\n"
				  "d4.img,Eight,,jpeg,,new\n";
	struct mun_batch b = open_batch(csv);
	struct mun_err e;
	char *text;

	(void)state;
	test_must(mun_batch_check(&b, &e), &e);
	text = problems(&b);
	assert_non_null(strstr(text, "3: no source"));
	assert_non_null(strstr(text, "4: md5: "));
	assert_non_null(strstr(text, "5: open '"));
	assert_non_null(strstr(text, "6: merge: no object is 'nothing'"));
	assert_non_null(strstr(text, "7: the same source as line 2;"));
	assert_non_null(strstr(text, "8: the same as line 2"));
	assert_non_null(strstr(text, "9: prefer is of a merge only"));
	assert_null(strstr(text, "2: "));
	assert_true(b.plan->rows[7].bad);
	free(text);
	/* The one good row is done all the same, and no other. */
	test_must(mun_batch_run(&b, &e), &e);
	assert_int_equal(counts(&b).complete, 1);
	assert_int_equal(counts(&b).failed, 7);
	assert_int_equal(test_box_catalogued(&box), 1);
	done_with(&b);
}

#define TWO "source,label\nd1.img,One\nd2.img,Two\n"

static void what_is_done_is_not_done_twice(void **state)
{
	struct mun_batch b = open_batch(TWO);
	struct mun_row_record was;
	struct mun_row_record is;

	(void)state;
	run(&b);
	assert_int_equal(counts(&b).complete, 2);
	was = record(&b, 1);
	test_box_assert_master(&box, was.object, images[1], BYTES);
	done_with(&b);
	/* The rows changed places, and so did the columns. */
	b = open_batch("Label,source,extra\nThree,d3.img,\nTwo,d2.img,\n"
		       "One,d1.img,\n");
	run(&b);
	is = record(&b, 1);
	assert_string_equal(is.object, was.object);
	assert_int_equal(counts(&b).complete, 3);
	assert_int_equal(b.ngone, 0);
	assert_int_equal(test_box_catalogued(&box), 3);
	done_with(&b);
	test_box_assert_clean(&box);
}

static void a_row_that_was_changed_is_held(void **state)
{
	struct mun_batch b = open_batch(TWO);
	struct mun_row_record was;
	struct mun_row_record is;

	(void)state;
	run(&b);
	was = record(&b, 0);
	done_with(&b);
	b = open_batch("source,label\nd1.img,Uno\nd2.img,Two\n");
	assert_int_equal(b.ngone, 1);
	run(&b);
	is = record(&b, 0);
	assert_int_equal(is.state, MUN_ROW_HELD);
	assert_string_equal(is.kind, "changed");
	assert_string_equal(is.other, was.object);
	assert_int_equal(test_box_catalogued(&box), 2);
	done_with(&b);
}

static void the_same_bytes_are_held_until_somebody_answers(void **state)
{
	static const char csv[] = "source\nd1.img\ncopy1.img\ncopy2.img\n";
	struct mun_batch_answer answers[] = {
		{ .line = 3, .answer = MUN_ANSWER_STORE },
		{ .line = 4, .answer = MUN_ANSWER_SKIP },
	};
	struct mun_batch b;

	(void)state;
	free(test_box_file(&box, "copy1.img", images[0], BYTES));
	free(test_box_file(&box, "copy2.img", images[0], BYTES));
	b = open_batch(csv);
	run(&b);
	assert_int_equal(counts(&b).held, 2);
	assert_string_equal(record(&b, 1).kind, "same");
	assert_string_equal(record(&b, 1).other, record(&b, 0).object);
	assert_int_equal(test_box_catalogued(&box), 1);
	/* Again without an answer: as it was. */
	run(&b);
	assert_int_equal(counts(&b).held, 2);
	b.answers = answers;
	b.nanswers = 2;
	run(&b);
	assert_int_equal(counts(&b).complete, 2);
	assert_int_equal(counts(&b).skipped, 1);
	assert_int_equal(test_box_catalogued(&box), 2);
	done_with(&b);
	test_box_assert_clean(&box);
}

/* As a process leaves it that is killed between journal and session. */
static void leave_begun(struct mun_batch *b, size_t row, const char *kind)
{
	struct mun_row_record r = { .state = MUN_ROW_BEGUN };
	struct mun_err e;

	test_must(mun_uuid_new(r.object, &e), &e);
	(void)snprintf(r.kind, sizeof(r.kind), "%s", kind);
	(void)snprintf(r.answer, sizeof(r.answer), "store");
	test_must(
		mun_batch_row_save(b->journal, b->plan->rows[row].key, &r, &e),
		&e);
}

static void an_answer_outlives_the_process_for_its_kind_only(void **state)
{
	struct mun_batch b;

	(void)state;
	free(test_box_file(&box, "copy1.img", images[0], BYTES));
	free(test_box_file(&box, "copy2.img", images[0], BYTES));
	b = open_batch("source\nd1.img\ncopy1.img\ncopy2.img\n");
	leave_begun(&b, 1, "volume");
	leave_begun(&b, 2, "same");
	run(&b);
	assert_string_equal(record(&b, 1).kind, "same");
	assert_int_equal(record(&b, 1).state, MUN_ROW_HELD);
	assert_int_equal(record(&b, 2).state, MUN_ROW_DONE);
	assert_int_equal(test_box_catalogued(&box), 2);
	done_with(&b);
}

static void a_policy_answers_for_its_kind_only(void **state)
{
	struct mun_batch b;

	(void)state;
	free(test_box_file(&box, "copy.img", images[0], BYTES));
	b = open_batch("source,volume\nd1.img,\ncopy.img,\nd2.img,WORK\n");
	b.on_held[MUN_HOLD_SAME] = MUN_ANSWER_STORE;
	run(&b);
	assert_int_equal(counts(&b).complete, 2);
	assert_int_equal(counts(&b).held, 1);
	assert_string_equal(record(&b, 2).kind, "volume");
	assert_non_null(strstr(record(&b, 2).reason, "'WORK'"));
	done_with(&b);
}

static void a_broken_promise_is_held_and_nothing_is_kept(void **state)
{
	static const char csv[] = "source,md5\n"
				  "d1.img,0cc175b9c0f1b6a831c399e269772661\n";
	struct mun_batch_answer yes = { .line = 2, .answer = MUN_ANSWER_STORE };
	struct mun_batch b = open_batch(csv);

	(void)state;
	run(&b);
	assert_string_equal(record(&b, 0).kind, "promise");
	assert_int_equal(test_box_catalogued(&box), 0);
	assert_int_equal(test_box_stored(&box), 0);
	assert_int_equal(test_box_sessions(&box), 0);
	b.answers = &yes;
	b.nanswers = 1;
	run(&b);
	assert_int_equal(counts(&b).complete, 1);
	test_box_assert_master(&box, record(&b, 0).object, images[0], BYTES);
	done_with(&b);
	test_box_assert_clean(&box);
}

static void what_failed_is_tried_again_when_it_is_wanted(void **state)
{
	struct mun_batch b = open_batch("source\nd1.img\n");
	char *path = mun_test_path(box.dir, "d1.img");
	struct mun_err e;

	(void)state;
	assert_int_equal(unlink(path), 0);
	/* Not checked: it vanished after that. */
	test_must(mun_batch_run(&b, &e), &e);
	assert_int_equal(record(&b, 0).state, MUN_ROW_FAILED);
	assert_non_null(strstr(record(&b, 0).reason, "No such file"));
	mun_test_write(path, images[0], BYTES);
	run(&b);
	assert_int_equal(counts(&b).failed, 1);
	b.retry_failed = true;
	run(&b);
	assert_int_equal(counts(&b).complete, 1);
	free(path);
	done_with(&b);
}

static void a_row_is_of_one_process_at_a_time(void **state)
{
	struct mun_batch a = open_batch(TWO);
	struct mun_batch b = open_batch(TWO);
	const char *key = a.plan->rows[0].key;
	struct mun_row_record r;
	enum mun_turn turn;
	struct mun_err e;
	bool ours;

	(void)state;
	test_must(mun_batch_row_claim(a.journal, key, &ours, &e), &e);
	assert_true(ours);
	test_must(mun_batch_do(&b, &b.plan->rows[0], &r, &turn, &e), &e);
	assert_int_equal(turn, MUN_TURN_BUSY);
	test_must(mun_batch_do(&b, &b.plan->rows[1], &r, &turn, &e), &e);
	assert_int_equal(turn, MUN_TURN_DID);
	mun_batch_row_release(a.journal, key);
	test_must(mun_batch_do(&b, &b.plan->rows[0], &r, &turn, &e), &e);
	assert_int_equal(turn, MUN_TURN_DID);
	test_must(mun_batch_do(&a, &a.plan->rows[0], &r, &turn, &e), &e);
	assert_int_equal(turn, MUN_TURN_WAS);
	assert_int_equal(test_box_catalogued(&box), 2);
	done_with(&a);
	done_with(&b);
}

static void a_name_is_of_one_file(void **state)
{
	const struct mun_batch_defaults d = { .need_source = true };
	struct mun_batch_journal *j = NULL;
	struct mun_batch_plan *p = NULL;
	struct mun_batch b = open_batch(TWO);
	struct mun_err e;
	char *other = test_box_file(&box, "other.csv", TWO, strlen(TWO));
	char *first = mun_test_path(box.dir, "box.csv");

	(void)state;
	test_must(mun_batch_journal_open(batches, "mine", b.plan, true, &j, &e),
		  &e);
	mun_batch_journal_close(j);
	j = NULL;
	test_must(mun_batch_plan_load(other, &d, NULL, &p, &e), &e);
	assert_int_equal(
		mun_batch_journal_open(batches, "mine", p, true, &j, &e),
		MUN_EINVAL);
	assert_int_equal(
		mun_batch_journal_open(batches, "../x", p, true, &j, &e),
		MUN_EINVAL);
	/* Once the first is gone, it was moved. */
	assert_int_equal(unlink(first), 0);
	test_must(mun_batch_journal_open(batches, "mine", p, true, &j, &e), &e);
	mun_batch_journal_close(j);
	mun_batch_plan_free(p);
	done_with(&b);
	free(first);
	free(other);
}

static void a_damaged_journal_is_no_empty_one(void **state)
{
	struct mun_batch b = open_batch(TWO);
	struct mun_err e;
	char name[160];
	char *path;

	(void)state;
	run(&b);
	(void)snprintf(name, sizeof(name), "batches/%s/rows/%s.json",
		       mun_batch_journal_name(b.journal), b.plan->rows[0].key);
	path = mun_test_path(box.dir, name);
	mun_test_write(path, "{\"state\": \"none\"}", 17);
	assert_int_equal(mun_batch_run(&b, &e), MUN_ECORRUPT);
	assert_int_equal(test_box_catalogued(&box), 2);
	free(path);
	done_with(&b);
}

#define THREE "source,label,sha256\nd1.img,One,\nd2.img,Two,\nd3.img,Three,\n"

static void assert_all_once(size_t n)
{
	struct mun_batch b = open_batch(THREE);
	struct mun_batch_counts c;

	/* What failed for the fault's sake, is tried again. */
	b.retry_failed = true;
	run(&b);
	c = counts(&b);
	if (c.complete != 3)
		fail_msg("fault %zu: %zu complete, %zu failed: %s", n,
			 c.complete, c.failed, record(&b, 0).reason);
	for (size_t i = 0; i < 3; i++)
		test_box_assert_master(&box, record(&b, i).object, images[i],
				       BYTES);
	assert_int_equal(test_box_catalogued(&box), 3);
	assert_int_equal(test_box_stored(&box), 3);
	assert_int_equal(test_box_sessions(&box), 0);
	done_with(&b);
}

static void every_fault_is_made_good_by_the_next_run(void **state)
{
	struct mun_err e;
	size_t step = 1;

	(void)state;
	/* Every call of the journal, and of the rest each thirteenth: those have
	 * tests of their own. */
	for (size_t n = 0;; n += step) {
		struct mun_batch b;
		bool fired;

		test_box_empty(&box);
		test_must(mun_tree_remove(batches, &e), &e);
		b = open_batch(THREE);
		mun_fault_install(
			MUN_CALL_MUTATING | MUN_CALL_BIT(MUN_CALL_UNLINK), EIO);
		mun_fault_arm((int)n);
		if (mun_batch_run(&b, &e) && !mun_fault_fired())
			test_must(e.code, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		done_with(&b);
		assert_all_once(n);
		if (!fired)
			break;
		step = n < 12 ? 1 : 13;
	}
	test_box_assert_clean(&box);
}

/* The n-th call that changes the file system is the process's last. */
static int calls_left;
static int last_rename(const char *from, const char *to)
{
	if (calls_left-- == 0)
		_exit(42);
	return mun_sys_real.rename(from, to);
}

static int last_rename_new(const char *from, const char *to)
{
	if (calls_left-- == 0)
		_exit(42);
	return mun_sys_real.rename_new(from, to);
}

static int last_fsync(int fd)
{
	if (calls_left-- == 0)
		_exit(42);
	return mun_sys_real.fsync(fd);
}

static bool dies_at(int n)
{
	int status = 0;
	pid_t pid;

	test_box_drop(&box);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct mun_batch b;
		struct mun_err e;

		test_box_reopen(&box);
		b = open_batch(THREE);
		calls_left = n;
		mun_sys.rename = last_rename;
		mun_sys.rename_new = last_rename_new;
		mun_sys.fsync = last_fsync;
		_exit(mun_batch_run(&b, &e) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 42 || WEXITSTATUS(status) == 0);
	test_box_reopen(&box);
	return WEXITSTATUS(status) == 42;
}

static void whenever_it_is_killed_the_next_run_ends_right(void **state)
{
	struct mun_err e;
	bool died = true;

	(void)state;
	for (int n = 0; died; n += n < 12 ? 1 : 9) {
		test_box_empty(&box);
		test_must(mun_tree_remove(batches, &e), &e);
		died = dies_at(n);
		assert_all_once((size_t)n);
	}
	test_box_assert_clean(&box);
}

static void the_report_counts_every_row(void **state)
{
	static const char csv[] =
		"source,label\nd1.img,\"=1+1 <b>\"\nnone.img,Two\n";
	struct mun_batch b = open_batch(csv);
	const struct mun_batch_report q = { .dir = box.dir,
					    .name = "box",
					    .title = "Batch box",
					    .operator_name = "A & B",
					    .program_version = "0.1.0",
					    .interrupted = true };
	struct mun_err e;
	char *path;
	char *text;

	(void)state;
	test_must(mun_batch_check(&b, &e), &e);
	test_must(mun_batch_run(&b, &e), &e);
	test_must(mun_batch_report_write(&b, &q, &e), &e);
	path = mun_test_path(box.dir, "box.report.csv");
	text = mun_test_read(path, NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "\r\n2,\"complete\",\"'=1+1 <b>\","));
	assert_non_null(strstr(text, "\r\n3,\"failed\",\"Two\","));
	free(text);
	free(path);
	path = mun_test_path(box.dir, "box.report.html");
	text = mun_test_read(path, NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "Complete: 1 of 2 (50.0 %)"));
	assert_non_null(strstr(text, "0 of 2 (0 %) not begun"));
	assert_non_null(strstr(text, "=1+1 &lt;b&gt;"));
	assert_non_null(strstr(text, "operator A &amp; B"));
	assert_null(strstr(text, "<b>\""));
	assert_non_null(strstr(text, "</html>"));
	free(text);
	free(path);
	done_with(&b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(columns_become_what_is_asked_for),
		T(every_problem_is_told_with_its_line),
		T(what_is_done_is_not_done_twice),
		T(a_row_that_was_changed_is_held),
		T(the_same_bytes_are_held_until_somebody_answers),
		T(an_answer_outlives_the_process_for_its_kind_only),
		T(a_policy_answers_for_its_kind_only),
		T(a_broken_promise_is_held_and_nothing_is_kept),
		T(what_failed_is_tried_again_when_it_is_wanted),
		T(a_row_is_of_one_process_at_a_time),
		T(a_name_is_of_one_file),
		T(a_damaged_journal_is_no_empty_one),
		T(the_report_counts_every_row),
		T(every_fault_is_made_good_by_the_next_run),
		T(whenever_it_is_killed_the_next_run_ends_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
