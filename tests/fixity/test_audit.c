/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_audit.c - audits with a feed made of arrays */
#include "fixity/audit.h"

#include <errno.h>

#include "core/check.h"
#include "core/str.h"
#include "tests/fixity/audit_feed.h"
#include "tests/support/support.h"

static void intact_files_are_intact(void **state)
{
	static const size_t sizes[] = { 0,   1,       4096,    MIB - 1,
					MIB, MIB + 1, 5 * MIB, 9 * MIB + 7 };

	(void)state;
	for (unsigned int threads = 0; threads <= 5; threads++) {
		struct feed *f = feed_new();
		struct mun_audit_summary sum;
		uint64_t bytes = 0;

		for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
			feed_add(f, sizes[i]);
			bytes += sizes[i];
		}
		f->threads = threads;
		sum = feed_audit(f);
		assert_int_equal(sum.objects, MUN_COUNT(sizes));
		assert_int_equal(sum.files, MUN_COUNT(sizes));
		assert_int_equal(sum.bytes, bytes);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT],
				 MUN_COUNT(sizes));
		assert_false(sum.interrupted);
		assert_int_equal(f->nfindings, 0);
		assert_int_equal(f->last_progress.done, bytes);
		assert_int_equal(f->last_progress.bad, 0);
		feed_free(f);
	}
}

static void an_empty_feed_is_no_work(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum = feed_audit(f);

	(void)state;
	assert_int_equal(sum.objects, 0);
	assert_false(sum.interrupted);
	feed_free(f);
}

static void an_object_without_files_is_intact(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 5);
	f->objects[0].nfiles = 0;
	sum = feed_audit(f);
	assert_int_equal(sum.objects, 1);
	assert_int_equal(sum.files, 0);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_INTACT);
	feed_free(f);
}

/* Every single place, in files of one piece and of several: the megabyte that
 * holds it is named, with both hashes. */
static void damage_is_located_to_its_megabyte(void **state)
{
	static const struct {
		size_t bytes;
		size_t flip;
		uint64_t off, len;
	} cases[] = {
		{ 1, 0, 0, 1 },
		{ MIB, MIB - 1, 0, MIB },
		{ 3 * MIB, 0, 0, MIB },
		{ 3 * MIB, MIB - 1, 0, MIB },
		{ 3 * MIB, MIB, MIB, MIB },
		{ 3 * MIB, 3 * MIB - 1, 2 * MIB, MIB },
		{ 3 * MIB + 5, 3 * MIB + 4, 3 * MIB, 5 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, cases[i].bytes);
		struct mun_audit_summary sum;
		char want[2 * MUN_TREE_HASH + 1];

		file->data[cases[i].flip] ^= 0x10;
		sum = feed_audit(f);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
		assert_int_equal(f->nfindings, 1);
		assert_int_equal(f->findings[0].outcome, MUN_OUTCOME_MISMATCH);
		assert_int_equal(f->findings[0].off, cases[i].off);
		assert_int_equal(f->findings[0].bytes, cases[i].len);
		mun_hex(file->tree.pieces[cases[i].off / MIB], MUN_TREE_HASH,
			want);
		assert_string_equal(f->findings[0].expected, want);
		assert_int_equal(strlen(f->findings[0].actual),
				 2 * MUN_TREE_HASH);
		assert_string_not_equal(f->findings[0].actual, want);
		assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_MISMATCH);
		assert_int_equal(f->last_progress.bad, cases[i].len);
		feed_free(f);
	}
}

static void neighbouring_damage_is_one_finding(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 12 * MIB + 9);
	static const size_t bad[] = { 0, 1, 2, 5, 7, 8, 12 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		file->data[bad[i] * MIB + i] ^= 1;
	(void)feed_audit(f);
	assert_int_equal(f->nfindings, 4);
	feed_expect(f, 0, MUN_OUTCOME_MISMATCH, 0, 3 * MIB);
	feed_expect(f, 1, MUN_OUTCOME_MISMATCH, 5 * MIB, MIB);
	feed_expect(f, 2, MUN_OUTCOME_MISMATCH, 7 * MIB, 2 * MIB);
	feed_expect(f, 3, MUN_OUTCOME_MISMATCH, 12 * MIB, 9);
	feed_free(f);
}

static void unreadable_places_do_not_hide_the_rest(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 6 * MIB);
	struct mun_audit_summary sum;

	(void)state;
	file->bad_off = 2 * MIB + 4096;
	file->bad_bytes = MIB; /* into the next piece */
	file->bad_errno = EIO;
	file->data[4 * MIB] ^= 1;
	sum = feed_audit(f);
	/* what was read and differs is worse than what could not be read */
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
	assert_int_equal(f->nfindings, 2);
	feed_expect(f, 0, MUN_OUTCOME_UNREADABLE, 2 * MIB, 2 * MIB);
	assert_int_equal(f->findings[0].sys, EIO);
	assert_string_equal(f->findings[0].actual, "");
	assert_int_not_equal(strlen(f->findings[0].expected), 0);
	feed_expect(f, 1, MUN_OUTCOME_MISMATCH, 4 * MIB, MIB);
	assert_int_equal(f->objects[0].bytes_read, 4 * MIB);
	feed_free(f);
}

static void an_unreadable_file_says_where_and_why(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 3 * MIB);
	struct mun_audit_summary sum;

	(void)state;
	file->bad_off = 3 * MIB - 1;
	file->bad_bytes = 1;
	file->bad_errno = EIO;
	sum = feed_audit(f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNREADABLE], 1);
	feed_expect(f, 0, MUN_OUTCOME_UNREADABLE, 2 * MIB, MIB);
	assert_non_null(strstr(f->findings[0].text, strerror(EIO)));
	feed_free(f);
}

/* What open() says decides; nothing of the file is then known. */
static void files_that_cannot_be_opened_have_their_outcome(void **state)
{
	static const struct {
		int code, sys;
		enum mun_outcome outcome;
	} cases[] = {
		{ MUN_ENOENT, ENOENT, MUN_OUTCOME_MISSING },
		{ MUN_EUNAVAILABLE, 0, MUN_OUTCOME_UNAVAILABLE },
		{ MUN_EIO, EACCES, MUN_OUTCOME_UNREADABLE },
		{ MUN_EINVAL, 0, MUN_OUTCOME_UNREADABLE },
		{ MUN_EUNSUPPORTED, 0, MUN_OUTCOME_UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 3 * MIB);
		struct mun_audit_summary sum;

		file->open_code = cases[i].code;
		file->open_sys = cases[i].sys;
		feed_add(f, 100);
		sum = feed_audit(f);
		assert_int_equal(sum.objects, 2);
		assert_int_equal(sum.outcomes[cases[i].outcome], 1);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
		assert_int_equal(f->nfindings, 1);
		feed_expect(f, 0, cases[i].outcome, 0, 3 * MIB);
		assert_int_equal(f->findings[0].sys, cases[i].sys);
		assert_non_null(strstr(f->findings[0].text, "the feed says"));
		assert_int_equal(f->last_progress.done, 3 * MIB + 100);
		feed_free(f);
	}
}

/* No descriptors, no memory: that is about us, and no outcome of a file. */
static void what_is_wrong_with_us_is_no_outcome(void **state)
{
	static const struct {
		int code, sys;
	} cases[] = { { MUN_EIO, EMFILE },
		      { MUN_EIO, ENFILE },
		      { MUN_ENOMEM, 0 } };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 3 * MIB);
		struct mun_audit_summary sum;
		struct mun_err e;

		file->open_code = cases[i].code;
		file->open_sys = cases[i].sys;
		assert_int_equal(feed_try(f, &sum, &e), cases[i].code);
		assert_int_equal(e.sys, cases[i].sys);
		assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_NOT_RUN);
		assert_int_equal(f->objects[0].reports, 1);
		feed_free(f);
	}
}

static void a_store_that_goes_away_ends_the_file(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 40 * MIB);
	struct mun_audit_summary sum;

	(void)state;
	f->threads = 2;
	file->bad_off = 3 * MIB;
	file->bad_bytes = 37 * MIB;
	file->bad_code = MUN_EUNAVAILABLE;
	sum = feed_audit(f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNAVAILABLE], 1);
	assert_int_equal(f->nfindings, 1);
	assert_int_equal(f->findings[0].off, 3 * MIB);
	assert_true(f->findings[0].bytes <= 2 * MIB);
	feed_free(f);
}

static void other_sizes_are_told_and_the_rest_is_verified(void **state)
{
	static const struct {
		size_t was, is, flip; /* flip 0: none */
		uint64_t off, len;
		const char *text;
		uint64_t read;
	} cases[] = {
		{ 3 * MIB, 3 * MIB - 512, 0, 2 * MIB, MIB,
		  "file is 512 bytes shorter", 2 * MIB },
		{ 3 * MIB, 0, 0, 0, 3 * MIB, "file is 3145728 bytes shorter",
		  0 },
		{ 3 * MIB + 9, 3 * MIB, 0, 3 * MIB, 9,
		  "file is 9 bytes shorter", 3 * MIB },
		{ 5, 4, 0, 0, 5, "file is 1 bytes shorter", 0 },
		{ 3 * MIB, 3 * MIB + 1, 0, 3 * MIB, 1, "file is 1 bytes longer",
		  3 * MIB },
		{ 2 * MIB + 5, 4 * MIB, 0, 2 * MIB + 5, 2 * MIB - 5,
		  "file is 2097147 bytes longer", 2 * MIB + 5 },
		{ 0, 7, 0, 0, 7, "file is 7 bytes longer", 0 },
		{ 3 * MIB, 3 * MIB - 1, MIB, 2 * MIB, MIB,
		  "file is 1 bytes shorter", 2 * MIB },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, cases[i].was);
		struct mun_audit_summary sum;

		file->size = cases[i].is;
		if (cases[i].flip)
			file->data[cases[i].flip] ^= 1;
		sum = feed_audit(f);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
		assert_int_equal(f->nfindings, cases[i].flip ? 2 : 1);
		feed_expect(f, 0, MUN_OUTCOME_MISMATCH, cases[i].off,
			    cases[i].len);
		assert_string_equal(f->findings[0].text, cases[i].text);
		if (cases[i].flip)
			feed_expect(f, 1, MUN_OUTCOME_MISMATCH, MIB, MIB);
		assert_int_equal(f->objects[0].bytes_read, cases[i].read);
		feed_free(f);
	}
}

/* Only the root is left: the file as a whole can still be judged. */
static void a_lost_layer_is_made_up_for_by_the_root(void **state)
{
	(void)state;
	for (int damaged = 0; damaged <= 1; damaged++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 5 * MIB + 3);
		struct mun_audit_summary sum;
		char want[2 * MUN_TREE_HASH + 1];

		free(file->tree.pieces);
		file->tree.pieces = NULL;
		if (damaged)
			file->data[4 * MIB] ^= 1;
		sum = feed_audit(f);
		if (damaged) {
			mun_hex(file->tree.root, MUN_TREE_HASH, want);
			assert_int_equal(f->nfindings, 1);
			feed_expect(f, 0, MUN_OUTCOME_MISMATCH, 0, 5 * MIB + 3);
			assert_string_equal(f->findings[0].expected, want);
			assert_int_equal(f->last_progress.bad, 5 * MIB + 3);
		} else {
			assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 1);
			assert_int_equal(f->nfindings, 0);
		}
		feed_free(f);
	}
}

static void a_lost_layer_and_an_unreadable_place(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 4 * MIB);
	struct mun_audit_summary sum;

	(void)state;
	free(file->tree.pieces);
	file->tree.pieces = NULL;
	file->bad_off = MIB;
	file->bad_bytes = 1;
	file->bad_errno = EIO;
	sum = feed_audit(f);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNREADABLE], 1);
	assert_int_equal(f->nfindings, 1);
	feed_expect(f, 0, MUN_OUTCOME_UNREADABLE, MIB, MIB);
	assert_string_equal(f->findings[0].expected, "");
	feed_free(f);
}

static void a_lost_layer_and_another_size(void **state)
{
	static const size_t sizes[] = { 4 * MIB - 1, 4 * MIB + 1 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 4 * MIB);
		struct mun_audit_summary sum;

		free(file->tree.pieces);
		file->tree.pieces = NULL;
		file->size = sizes[i];
		sum = feed_audit(f);
		assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
		assert_int_equal(f->nfindings, 1);
		feed_free(f);
	}
}

/* The record is what is damaged; and the root still judges the bytes. */
static void a_flipped_bit_in_the_record_is_found(void **state)
{
	(void)state;
	for (int damaged = 0; damaged <= 1; damaged++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 5 * MIB);

		file->tree.pieces[3][31] ^= 1;
		if (damaged)
			file->data[0] ^= 1;
		(void)feed_audit(f);
		assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_MISMATCH);
		assert_int_equal(f->nfindings, damaged ? 2 : 1);
		feed_expect(f, 0, MUN_OUTCOME_MISMATCH, 0, 0);
		assert_string_equal(
			f->findings[0].text,
			"recorded piece layer does not give its root");
		if (damaged)
			feed_expect(f, 1, MUN_OUTCOME_MISMATCH, 0, 5 * MIB);
		feed_free(f);
	}
}

static void a_layer_of_the_wrong_length_is_found(void **state)
{
	struct feed *f = feed_new();
	struct file *file = feed_add(f, 5 * MIB);

	(void)state;
	file->tree.npieces = 4;
	(void)feed_audit(f);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->nfindings, 1);
	feed_expect(f, 0, MUN_OUTCOME_MISMATCH, 0, 0);
	feed_free(f);
}

static void one_piece_is_judged_by_the_root_alone(void **state)
{
	(void)state;
	for (int damaged = 0; damaged <= 1; damaged++) {
		struct feed *f = feed_new();
		struct file *file = feed_add(f, 5000);

		free(file->tree.pieces);
		file->tree.pieces = NULL;
		file->data[4999] ^= (uint8_t)damaged;
		(void)feed_audit(f);
		assert_int_equal(f->objects[0].outcome,
				 damaged ? MUN_OUTCOME_MISMATCH
					 : MUN_OUTCOME_INTACT);
		feed_free(f);
	}
}

/* The object has the worst outcome of its files; findings name the file. */
static void an_object_of_many_files_has_the_worst_outcome(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	feed_add(f, 3 * MIB);
	for (size_t i = 1; i < 6; i++)
		feed_add_to(f, 0, i * 700000);
	f->objects[0].files[4].data[0] ^= 1;
	f->objects[0].files[2].open_code = MUN_EUNAVAILABLE;
	sum = feed_audit(f);
	assert_int_equal(sum.objects, 1);
	assert_int_equal(sum.files, 6);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 4);
	assert_int_equal(f->objects[0].outcome, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->objects[0].files[4].outcome, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->objects[0].files[2].outcome,
			 MUN_OUTCOME_UNAVAILABLE);
	assert_int_equal(f->objects[0].files[0].outcome, MUN_OUTCOME_INTACT);
	assert_int_equal(f->nfindings, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			f->findings[i].file,
			f->findings[i].outcome == MUN_OUTCOME_MISMATCH ? 4 : 2);
	feed_free(f);
}

static void many_small_objects_run_side_by_side(void **state)
{
	struct feed *f = feed_new();
	struct mun_audit_summary sum;

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		struct file *file = feed_add(f, 1 + i * 997 % 20000);

		if (i % 10 == 3)
			file->data[0] ^= 1;
	}
	f->threads = 8;
	sum = feed_audit(f);
	assert_int_equal(sum.objects, 300);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 30);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 270);
	assert_int_equal(f->overlaps, 0);
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(f->objects[i].reports, 1);
		assert_int_equal(f->objects[i].outcome,
				 i % 10 == 3 ? MUN_OUTCOME_MISMATCH
					     : MUN_OUTCOME_INTACT);
	}
	feed_free(f);
}

static void a_feed_that_fails_ends_the_audit(void **state)
{
	struct mun_audit_summary sum;
	struct mun_err e;

	(void)state;
	for (int at = 0; at < 12; at++) {
		struct feed *f = feed_new();
		int rc;

		for (size_t i = 0; i < 10; i++)
			feed_add(f, MIB + i);
		f->fail_next_at = at;
		rc = feed_try(f, &sum, &e);
		assert_int_equal(rc, at < 11 ? MUN_ECORRUPT : 0);
		for (size_t i = 0; i < 10; i++)
			assert_int_equal(f->objects[i].reports,
					 (int)i < at ? 1 : 0);
		feed_free(f);
	}
}

static void a_report_that_fails_ends_the_audit(void **state)
{
	struct mun_audit_summary sum;
	struct mun_err e;

	(void)state;
	for (int at = 0; at < 10; at++) {
		struct feed *f = feed_new();
		size_t reported = 0;

		for (size_t i = 0; i < 10; i++)
			feed_add(f, MIB + i);
		f->fail_report_at = at;
		assert_int_equal(feed_try(f, &sum, &e), MUN_EIO);
		assert_int_equal(e.sys, ENOSPC);
		/* What was taken was given back, each once. */
		for (size_t i = 0; i < 10; i++) {
			assert_int_equal(f->objects[i].reports,
					 f->objects[i].taken);
			reported += f->objects[i].taken;
		}
		assert_true(reported > (size_t)at);
		assert_true(sum.objects < 10);
		feed_free(f);
	}
}

static void outcomes_have_names_and_an_order(void **state)
{
	static const char *const names[MUN_OUTCOME_N] = {
		"intact",     "mismatch",          "missing",
		"unreadable", "store_unavailable", "not_run"
	};

	(void)state;
	for (int a = 0; a < MUN_OUTCOME_N; a++) {
		const enum mun_outcome x = (enum mun_outcome)a;

		assert_string_equal(mun_outcome_name(x), names[a]);
		assert_int_equal(mun_outcome_worse(x, MUN_OUTCOME_INTACT), x);
		assert_int_equal(mun_outcome_worse(MUN_OUTCOME_INTACT, x), x);
		for (int b = 0; b < MUN_OUTCOME_N; b++) {
			const enum mun_outcome y = (enum mun_outcome)b;

			assert_int_equal(mun_outcome_worse(x, y),
					 mun_outcome_worse(y, x));
		}
	}
	assert_int_equal(
		mun_outcome_worse(MUN_OUTCOME_UNREADABLE, MUN_OUTCOME_MISMATCH),
		MUN_OUTCOME_MISMATCH);
	assert_int_equal(mun_outcome_worse(MUN_OUTCOME_UNAVAILABLE,
					   MUN_OUTCOME_UNREADABLE),
			 MUN_OUTCOME_UNREADABLE);
	assert_int_equal(
		mun_outcome_worse(MUN_OUTCOME_MISSING, MUN_OUTCOME_MISMATCH),
		MUN_OUTCOME_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intact_files_are_intact),
		cmocka_unit_test(an_empty_feed_is_no_work),
		cmocka_unit_test(an_object_without_files_is_intact),
		cmocka_unit_test(damage_is_located_to_its_megabyte),
		cmocka_unit_test(neighbouring_damage_is_one_finding),
		cmocka_unit_test(unreadable_places_do_not_hide_the_rest),
		cmocka_unit_test(an_unreadable_file_says_where_and_why),
		cmocka_unit_test(
			files_that_cannot_be_opened_have_their_outcome),
		cmocka_unit_test(what_is_wrong_with_us_is_no_outcome),
		cmocka_unit_test(a_store_that_goes_away_ends_the_file),
		cmocka_unit_test(other_sizes_are_told_and_the_rest_is_verified),
		cmocka_unit_test(a_lost_layer_is_made_up_for_by_the_root),
		cmocka_unit_test(a_lost_layer_and_an_unreadable_place),
		cmocka_unit_test(a_lost_layer_and_another_size),
		cmocka_unit_test(a_flipped_bit_in_the_record_is_found),
		cmocka_unit_test(a_layer_of_the_wrong_length_is_found),
		cmocka_unit_test(one_piece_is_judged_by_the_root_alone),
		cmocka_unit_test(an_object_of_many_files_has_the_worst_outcome),
		cmocka_unit_test(many_small_objects_run_side_by_side),
		cmocka_unit_test(a_feed_that_fails_ends_the_audit),
		cmocka_unit_test(a_report_that_fails_ends_the_audit),
		cmocka_unit_test(outcomes_have_names_and_an_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
