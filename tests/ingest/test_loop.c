/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_loop.c - one drive, many media, and who puts them in */
#include "ingest/loop.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

#define BYTES ((size_t)80 * 1024)
#define MEDIA 4
#define NOTHING SIZE_MAX

/* The drive, the shelf, and the person between them. */
static struct {
	struct test_box box;
	struct mun_batch b;
	struct mun_loop l;
	char *drive; /* path of a file that stands for the device */
	char *batches;
	uint8_t media[MEDIA][BYTES];
	size_t in; /* medium that is in the drive, or NOTHING */
	uint64_t seq;
	/* What the person puts in, one after the other; then interrupts. */
	const size_t *hand;
	size_t nhand;
	size_t used;
	const char *const *barcodes; /* ends with NULL */
	char told[2048]; /* words of the loop */
} lab;

struct reader {
	struct mun_reader base;
	const uint8_t *bytes;
};

static int reader_read(struct mun_reader *r, void *buf, size_t len,
		       uint64_t off, struct mun_read_reply *reply,
		       struct mun_err *e)
{
	(void)e;
	assert_true(off + len <= BYTES);
	memcpy(buf, ((struct reader *)r)->bytes + off, len);
	reply->end = MUN_REPLY_ALL;
	return 0;
}

static void reader_close(struct mun_reader *r)
{
	free(r);
}

static const struct mun_reader_ops reader_ops = {
	.read = reader_read,
	.close = reader_close,
};

static int open_drive(const char *path, struct mun_device *out,
		      struct mun_err *e)
{
	struct reader *r;

	if (strcmp(path, lab.drive) != 0)
		return MUN_ENOENT;
	if (lab.in == NOTHING)
		return mun_fail(e, MUN_EINVAL, "no medium in '%s'", path);
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->bytes = lab.media[lab.in];
	r->base = (struct mun_reader){ .ops = &reader_ops,
				       .bytes = BYTES,
				       .sector_bytes = 512,
				       .max_bytes = 65536,
				       .align = 1 };
	*out = (struct mun_device){
		.facts = { .is_device = true,
			   .kind = MUN_DEVICE_DISK,
			   .bytes = BYTES,
			   .sector_bytes = 512,
			   .disk_seq = lab.seq,
			   .name = "sdz",
			   .vendor = "ACME",
			   .model = "Drive",
			   .serial = "7",
			   .removable = true },
		.reader = &r->base,
		.fd = -1,
	};
	return mun_source_from_memory(r->bytes, BYTES, &out->source, e);
}

static void put_in(size_t medium)
{
	lab.in = medium;
	lab.seq++;
}

static void tell(void *ctx, enum mun_loop_word word, size_t line,
		 const char *text)
{
	static const char *const words[] = { "insert", "remove", "again",
					     "barcode" };
	size_t len = strlen(lab.told);

	(void)ctx;
	(void)snprintf(lab.told + len, sizeof(lab.told) - len, "%s %zu %s\n",
		       words[word], line, word == MUN_LOOP_REMOVE ? "" : text);
	if (word == MUN_LOOP_REMOVE)
		lab.in = NOTHING;
	if (word != MUN_LOOP_INSERT)
		return;
	if (lab.used < lab.nhand)
		put_in(lab.hand[lab.used++]);
	else
		mun_cancel();
}

static int read_barcode(void *ctx, char **out, struct mun_err *e)
{
	(void)ctx;
	if (!*lab.barcodes)
		return 0;
	test_must(mun_strdup(*lab.barcodes++, out, e), e);
	return 1;
}

static const struct mun_ingest_request base = { .operator_name = "Ada" };

static int setup(void **state)
{
	(void)state;
	memset(&lab, 0, sizeof(lab));
	test_box_open(&lab.box);
	for (size_t i = 0; i < MEDIA; i++) {
		mun_test_pattern(lab.media[i], BYTES, 40 + i);
		/* Else nobody would know what it is. */
		memcpy(lab.media[i] + 3, "NTFS    ", 8);
	}
	lab.in = NOTHING;
	lab.seq = 7;
	lab.drive = test_box_file(&lab.box, "drive", "", 0);
	lab.batches = mun_test_path(lab.box.dir, "batches");
	mun_device_provide(open_drive);
	lab.b = (struct mun_batch){ .env = &lab.box.env };
	lab.l = (struct mun_loop){ .batch = &lab.b,
				   .device = lab.drive,
				   .base = &base,
				   .numbers = lab.batches,
				   .command_ms = 10000,
				   .ready_ms = 2000,
				   .poll_ms = 1,
				   .read_barcode = read_barcode,
				   .tell = tell };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_cancel_reset();
	mun_device_provide(NULL);
	mun_batch_clear(&lab.b);
	mun_batch_journal_close(lab.b.journal);
	mun_batch_plan_free(lab.b.plan);
	free(lab.drive);
	free(lab.batches);
	test_box_close(&lab.box);
	return 0;
}

/* The media are the rows of this file. */
static void rows(const char *csv)
{
	const struct mun_batch_defaults d = { .operator_name = "Ada" };
	struct mun_err e;
	char *path = test_box_file(&lab.box, "box.csv", csv, strlen(csv));

	lab.l.rows = true;
	test_must(
		mun_batch_plan_load(path, &d, lab.box.catalog, &lab.b.plan, &e),
		&e);
	assert_int_equal(lab.b.plan->nproblems, 0);
	test_must(mun_batch_journal_open(lab.batches, NULL, lab.b.plan, true,
					 &lab.b.journal, &e),
		  &e);
	test_must(mun_batch_begin(&lab.b, &e), &e);
	free(path);
}

static void no_rows(void)
{
	struct mun_arena *a;
	struct mun_err e;

	test_must(mun_arena_new(&a, &e), &e);
	lab.b.plan = mun_arena_alloc(a, sizeof(*lab.b.plan));
	assert_non_null(lab.b.plan);
	*lab.b.plan = (struct mun_batch_plan){ .arena = a,
					       .path = "",
					       .name = "loop" };
	test_must(mun_batch_begin(&lab.b, &e), &e);
}

static void run_with(const size_t *hand, size_t n)
{
	struct mun_err e;

	lab.hand = hand;
	lab.nhand = n;
	test_must(mun_loop_run(&lab.l, &e), &e);
}

static int show_row(void *ctx, const struct mun_batch_row *row,
		    const struct mun_row_record *r, struct mun_err *e)
{
	struct mun_str *s = ctx;

	(void)e;
	mun_str_addf(s, "%zu %s %s%s%s;", row->line, r->label,
		     mun_batch_word(r), r->state == MUN_ROW_HELD ? " " : "",
		     r->state == MUN_ROW_HELD ? r->kind : "");
	return 0;
}

static void assert_rows(const char *want)
{
	struct mun_str s = { 0 };
	struct mun_err e;

	test_must(mun_batch_each(&lab.b, show_row, &s, &e), &e);
	assert_string_equal(s.text ? s.text : "", want);
	mun_str_free(&s);
}

static void rows_are_taken_in_their_order(void **state)
{
	static const size_t hand[] = { 0, 1, 2 };

	(void)state;
	rows("label\nOne\nTwo\nThree\n");
	run_with(hand, 3);
	assert_string_equal(lab.l.ended, "rows");
	assert_rows("2 One complete;3 Two complete;4 Three complete;");
	assert_int_equal(lab.l.media, 3);
	assert_string_equal(lab.told,
			    "insert 2 One\nremove 0 \ninsert 3 Two\nremove 0 "
			    "\ninsert 4 Three\nremove 0 \n");
	test_box_assert_clean(&lab.box);
}

static void what_stands_in_the_drive_is_not_read_again(void **state)
{
	static const size_t hand[] = { 0, 0, 1 };

	(void)state;
	rows("label\nOne\nTwo\n");
	run_with(hand, 3);
	/* The same disc in the next turn: the row waits for its own. */
	assert_rows("2 One complete;3 Two complete;");
	assert_non_null(strstr(lab.told, "again 3 Two"));
	assert_int_equal(lab.l.media, 2);
	assert_int_equal(test_box_catalogued(&lab.box), 2);
	test_box_assert_clean(&lab.box);
}

static void a_medium_of_another_day_is_held(void **state)
{
	static const size_t hand[] = { 0, 1, 0, 2 };

	(void)state;
	rows("label\nOne\nTwo\nThree\nFour\n");
	run_with(hand, 4);
	assert_rows("2 One complete;3 Two complete;4 Three held same;"
		    "5 Four complete;");
	assert_int_equal(test_box_catalogued(&lab.box), 3);
}

static void a_person_may_want_a_second_copy(void **state)
{
	static const size_t hand[] = { 0, 1, 0 };

	(void)state;
	rows("label\nOne\nTwo\nThree\n");
	lab.b.on_held[MUN_HOLD_SAME] = MUN_ANSWER_STORE;
	run_with(hand, 3);
	assert_rows("2 One complete;3 Two complete;4 Three complete;");
	assert_int_equal(test_box_catalogued(&lab.box), 3);
}

static void a_wrong_volume_is_held_and_the_next_goes_on(void **state)
{
	static const size_t hand[] = { 0, 1 };

	(void)state;
	rows("label,volume\nOne,WORK_1\nTwo,\n");
	run_with(hand, 2);
	assert_rows("2 One held volume;3 Two complete;");
}

static void what_nobody_knows_is_held_and_not_rejected(void **state)
{
	static const size_t hand[] = { 0, 1 };

	(void)state;
	memcpy(lab.media[0] + 3, "xxxxxxxx", 8);
	rows("label,format\nOne,\nTwo,\n");
	run_with(hand, 2);
	assert_rows("2 One held unidentified;3 Two complete;");
}

static void blank_media_are_not_all_the_same(void **state)
{
	struct mun_identity a = { .bytes = BYTES, .sector_bytes = 512 };
	struct mun_identity b = a;

	(void)state;
	/* SHA-256 of 64 KiB of zeros. */
	(void)snprintf(a.head, sizeof(a.head), "%s",
		       "de2f256064a0af797747c2b97505dc0b"
		       "9f3df0de4f489eac731c23ae9ca9cc31");
	b = a;
	assert_false(mun_guard_same(&a, &b));
	a.head[0] = b.head[0] = '0';
	assert_true(mun_guard_same(&a, &b));
	b.head[1] = '0';
	assert_false(mun_guard_same(&a, &b));
	/* Without the head, volume and size have to do. */
	b.head[0] = '\0';
	assert_false(mun_guard_same(&a, &b));
	(void)snprintf(a.volume, sizeof(a.volume), "WORK");
	(void)snprintf(b.volume, sizeof(b.volume), "WORK");
	assert_true(mun_guard_same(&a, &b));
	b.bytes--;
	assert_false(mun_guard_same(&a, &b));
}

static void labels_count_on_from_what_is_there(void **state)
{
	static const size_t hand[] = { 0, 1 };
	struct mun_err e;
	char *label;

	(void)state;
	no_rows();
	lab.l.pattern = "box12-###b";
	lab.l.count = 2;
	run_with(hand, 2);
	assert_string_equal(lab.l.ended, "count");
	assert_rows("1 box12-001b complete;2 box12-002b complete;");
	/* Also where the counter is lost, and for a drive of its own. */
	test_must(mun_tree_remove(lab.batches, &e), &e);
	test_must(mun_loop_label(lab.box.catalog, lab.batches, "box12-###b",
				 &label, &e),
		  &e);
	assert_string_equal(label, "box12-003b");
	free(label);
	test_must(mun_loop_label(lab.box.catalog, lab.batches, "box12-###b",
				 &label, &e),
		  &e);
	assert_string_equal(label, "box12-004b");
	free(label);
	for (int i = 0; i < 9; i++) {
		test_must(mun_loop_label(lab.box.catalog, lab.batches, "#",
					 &label, &e),
			  &e);
		free(label);
	}
	assert_int_equal(
		mun_loop_label(lab.box.catalog, lab.batches, "#", &label, &e),
		MUN_EINVAL);
	assert_int_equal(mun_loop_pattern_check("no number", &e), MUN_EINVAL);
	assert_int_equal(mun_loop_pattern_check("a#b#", &e), MUN_EINVAL);
	assert_int_equal(mun_loop_pattern_check("##########", &e), MUN_EINVAL);
}

static void barcodes_find_their_rows(void **state)
{
	static const char *const codes[] = { "333", "999", "111", "333", NULL };
	static const size_t hand[] = { 0, 1 };

	(void)state;
	rows("label,barcode\nOne,111\nTwo,222\nThree,333\n");
	lab.l.barcode = true;
	lab.barcodes = codes;
	run_with(hand, 2);
	assert_string_equal(lab.l.ended, "barcodes");
	assert_rows("2 One complete;3 Two not begun;4 Three complete;");
	assert_string_equal(lab.told,
			    "insert 4 Three\nremove 0 \nbarcode 0 999\n"
			    "insert 2 One\nremove 0 \nbarcode 4 333\n");
}

static void a_barcode_becomes_an_identifier(void **state)
{
	static const char *const codes[] = { "31234", NULL };
	static const size_t hand[] = { 0 };
	char id[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	no_rows();
	lab.l.barcode = true;
	lab.barcodes = codes;
	run_with(hand, 1);
	assert_rows("1 31234 complete;");
	test_must(mun_catalog_resolve(lab.box.catalog, "barcode=31234", id, &e),
		  &e);
}

static void an_interrupted_wait_is_a_clean_end(void **state)
{
	static const size_t hand[] = { 0 };

	(void)state;
	rows("label\nOne\nTwo\n");
	run_with(hand, 1);
	assert_string_equal(lab.l.ended, "interrupted");
	assert_rows("2 One complete;3 Two not begun;");
	mun_cancel_reset();
	assert_int_equal(test_box_sessions(&lab.box), 0);
}

static void rows_of_another_drive_are_left_alone(void **state)
{
	static const size_t hand[] = { 0 };

	(void)state;
	rows("label,source\nOne,/dev/other\nTwo,\n");
	run_with(hand, 1);
	assert_string_equal(lab.l.ended, "rows");
	assert_rows("2 One not begun;3 Two complete;");
}

static char *script(const char *name, const char *text)
{
	char *path = test_box_file(&lab.box, name, text, strlen(text));

	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void robots_are_told_what_it_is_and_how_it_went(void **state)
{
	char *log = mun_test_path(lab.box.dir, "log");
	mun_autofree char *body = NULL;
	mun_autofree char *text = NULL;
	struct mun_err e;
	char *load;
	char *unload;

	(void)state;
	/* Twice a medium (the one that is in the drive), then no more. */
	test_must(mun_fmt(&body, &e,
			  "#!/bin/sh\necho \"load $#:$2\" >>'%s'\n"
			  "[ $(grep -c load '%s') -le 1 ]\n",
			  log, log),
		  &e);
	load = script("load", body);
	free(mun_steal(&body));
	test_must(mun_fmt(&body, &e,
			  "#!/bin/sh\necho \"unload $#:$2:$3\" >>'%s'\n", log),
		  &e);
	unload = script("unload", body);
	rows("label\nOne $(touch x); 'q'\nTwo\n");
	put_in(0);
	lab.l.load_command = load;
	lab.l.unload_command = unload;
	run_with(NULL, 0);
	assert_string_equal(lab.l.ended, "empty");
	text = mun_test_read(log, NULL);
	assert_string_equal(text, "load 2:One $(touch x); 'q'\n"
				  "unload 3:One $(touch x); 'q':complete\n"
				  "load 2:Two\n");
	assert_rows("2 One $(touch x); 'q' complete;3 Two not begun;");
	assert_string_equal(lab.told, "");
	free(load);
	free(unload);
	free(log);
}

static void assert_robot_fails(const char *text, const char *want)
{
	char buf[1024];
	struct mun_err e;
	char *load = script("load", text);

	lab.l.load_command = load;
	assert_int_equal(mun_loop_run(&lab.l, &e), MUN_EIO);
	if (!strstr(mun_err_text(&e, buf, sizeof(buf), 0), want))
		fail_msg("%s", buf);
	free(load);
}

static void a_robot_that_fails_stops_the_loop(void **state)
{
	(void)state;
	rows("label\nOne\n");
	lab.l.command_ms = 300;
	lab.l.ready_ms = 50;
	assert_robot_fails("#!/bin/sh\necho jammed >&2; exit 3\n", "jammed");
	assert_robot_fails("#!/bin/sh\nsleep 20\n", "load the next medium");
	assert_robot_fails("#!/bin/sh\nexit 0\n", "has no medium");
	assert_rows("2 One not begun;");
	assert_int_equal(test_box_catalogued(&lab.box), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(rows_are_taken_in_their_order),
		T(what_stands_in_the_drive_is_not_read_again),
		T(a_medium_of_another_day_is_held),
		T(a_person_may_want_a_second_copy),
		T(a_wrong_volume_is_held_and_the_next_goes_on),
		T(what_nobody_knows_is_held_and_not_rejected),
		T(blank_media_are_not_all_the_same),
		T(labels_count_on_from_what_is_there),
		T(barcodes_find_their_rows),
		T(a_barcode_becomes_an_identifier),
		T(an_interrupted_wait_is_a_clean_end),
		T(rows_of_another_drive_are_left_alone),
		T(robots_are_told_what_it_is_and_how_it_went),
		T(a_robot_that_fails_stops_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
