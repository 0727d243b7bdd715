/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_attempts.c - attempts.json and reading.json of a session */
#include "ingest/attempts.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/str.h"
#include "core/sys.h"
#include "ingest/reading.h"
#include "tests/support/support.h"

static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = mun_test_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_test_dir_remove(dir);
	return 0;
}

static void must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

/* ---- attempts ---- */

static const struct mun_attempt one = {
	.started = "2026-11-23T01:02:03Z",
	.ended = "2026-11-23T02:02:03Z",
	.drive = { .is_device = true,
		   .kind = MUN_DEVICE_OPTICAL,
		   .bytes = 737280,
		   .sector_bytes = 2048,
		   .physical_bytes = 4096,
		   .disk_seq = 17,
		   .name = "sr0",
		   .vendor = "PLEXTOR \"quoted\"",
		   .model = "PX\\x01",
		   .revision = "1.02",
		   .serial = "\xc3\xa4\xc3\xb6",
		   .wwid = "naa.5",
		   .bus = "usb",
		   .removable = true,
		   .was_readonly = true,
		   .is_readonly = true,
		   .partitions = 3,
		   .partitions_readonly = 2,
		   .disk_readonly = true,
		   .tab = MUN_TAB_PROTECTED,
		   .native_sectors = 9,
		   .real_sectors = 11,
		   .unasked = "no commands" },
	.policy = { .retries = 5,
		    .max_time_ms = 1000,
		    .min_rate = 65536,
		    .max_errors = 100,
		    .no_scrape = true,
		    .reverse = true },
	.stats = { .phase = MUN_RESCUE_SCRAPING,
		   .pass = 2,
		   .pos = 4096,
		   .read_bytes = 1,
		   .reads = 2,
		   .failed_reads = 3,
		   .slow_reads = 4,
		   .reopened = 5,
		   .corrected = 6,
		   .rate = 7,
		   .elapsed_ms = 8,
		   .nerrors = 2,
		   .errors = { { .sys = EIO, .count = 2, .first_off = 512 },
			       { .key = 3,
				 .asc = 0x11,
				 .ascq = 5,
				 .count = 1,
				 .first_off = 1024 } } },
	.stop = MUN_RESCUE_ERRORS,
	.interrupted = true,
	.good_before = 10,
	.good_after = 20,
	.bad_after = 30,
	.doubtful_after = 40,
	.untried_after = 50,
};

/* Two writers of the same thing agree only where all of it came back. */
static char *text_of(const struct mun_attempts *a)
{
	struct mun_jsonw w;
	struct mun_err e;
	char *text;

	mun_jsonw_init(&w, NULL, false);
	mun_jsonw_object(&w, NULL);
	mun_attempts_json(&w, a);
	mun_jsonw_end_object(&w);
	must(mun_jsonw_finish(&w, &e), &e);
	must(mun_str_take(&w.out, &text, &e), &e);
	return text;
}

static void every_field_comes_back(void **state)
{
	struct mun_attempt two[2] = { one, { .started = "x" } };
	struct mun_attempts a = { .n = 2, .of = two };
	struct mun_attempts b;
	struct mun_err e;
	char *x;
	char *y;

	(void)state;
	must(mun_attempts_save(dir, &a, &e), &e);
	must(mun_attempts_load(dir, &b, &e), &e);
	assert_int_equal(b.n, 2);
	assert_string_equal(b.of[0].drive.serial, one.drive.serial);
	assert_string_equal(b.of[0].drive.model, one.drive.model);
	assert_int_equal(b.of[0].drive.kind, MUN_DEVICE_OPTICAL);
	assert_int_equal(b.of[0].drive.tab, MUN_TAB_PROTECTED);
	assert_int_equal(b.of[0].stats.errors[1].ascq, 5);
	assert_int_equal(b.of[0].stop, MUN_RESCUE_ERRORS);
	assert_int_equal(b.of[0].untried_after, 50);
	assert_true(b.of[0].interrupted);
	x = text_of(&a);
	y = text_of(&b);
	assert_string_equal(x, y);
	free(x);
	free(y);
	mun_attempts_clear(&b);
}

static void no_end_is_written_as_what_json_carries(void **state)
{
	struct mun_attempt x = one;
	struct mun_attempts a = { .n = 1, .of = &x };
	struct mun_attempts b;
	struct mun_err e;

	(void)state;
	x.policy.max_errors = UINT64_MAX;
	must(mun_attempts_save(dir, &a, &e), &e);
	must(mun_attempts_load(dir, &b, &e), &e);
	assert_int_equal(b.of[0].policy.max_errors, INT64_MAX);
	mun_attempts_clear(&b);
}

static void none_is_no_error(void **state)
{
	struct mun_attempts b;
	struct mun_err e;

	(void)state;
	must(mun_attempts_load(dir, &b, &e), &e);
	assert_int_equal(b.n, 0);
}

#define DRIVE "\"drive\":{},\"policy\":{}"

static void what_is_no_attempt_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"{}",
		"{\"attempts\":{}}",
		"{\"attempts\":[1]}",
		"{\"attempts\":[{}]}",
		"{\"attempts\":[{\"drive\":{}}]}",
		"{\"attempts\":[{\"reads\":-1," DRIVE "}]}",
		"{\"attempts\":[{\"reads\":\"1\"," DRIVE "}]}",
		"{\"attempts\":[{\"stopped\":\"later\"," DRIVE "}]}",
		"{\"attempts\":[{\"interrupted\":1," DRIVE "}]}",
		"{\"attempts\":[{\"started\":\"longer than any time is\"," DRIVE
		"}]}",
		"{\"attempts\":[{\"started\":\"\\u0007\"," DRIVE "}]}",
		"{\"attempts\":[{\"errors\":[{\"key\":256}]," DRIVE "}]}",
		"{\"attempts\":[{\"errors\":[{},{},{},{},{},{},{},{},{},{},{},"
		"{},{},{},{},{},{}]," DRIVE "}]}",
		"{\"attempts\":[{\"drive\":{\"kind\":\"tape\"},\"policy\":{}}]}",
	};
	char *path = mun_test_path(dir, "attempts.json");
	struct mun_attempts b;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		mun_test_write(path, texts[i], strlen(texts[i]));
		if (mun_attempts_load(dir, &b, &e) != MUN_ECORRUPT)
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(b.n, 0);
	}
	mun_test_write(path, "{\"attempts\":[{" DRIVE "}]}",
		       strlen("{\"attempts\":[{" DRIVE "}]}"));
	must(mun_attempts_load(dir, &b, &e), &e);
	assert_int_equal(b.n, 1);
	mun_attempts_clear(&b);
	free(path);
}

static void a_failing_call_leaves_the_old_or_the_new(void **state)
{
	struct mun_attempt x = one;
	struct mun_attempts a = { .n = 1, .of = &x };
	int n = 0;

	(void)state;
	for (;; n++) {
		struct mun_attempts b;
		struct mun_err e;
		bool fired;

		x.good_after = 1;
		must(mun_attempts_save(dir, &a, &e), &e);
		x.good_after = 2;
		mun_fault_install(MUN_CALL_MUTATING, EIO);
		mun_fault_arm(n);
		(void)!mun_attempts_save(dir, &a, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		must(mun_attempts_load(dir, &b, &e), &e);
		assert_true(b.of[0].good_after == 2 ||
			    (fired && b.of[0].good_after == 1));
		mun_attempts_clear(&b);
		if (!fired)
			break;
	}
	assert_true(n > 3);
}

/* ---- a finished reading ---- */

static struct mun_reading sample(void)
{
	struct mun_reading r = {
		.name = strdup("image/disk.img"),
		.is_device = true,
		.bytes = 8192,
		.sector_bytes = 512,
	};
	struct mun_err e;

	must(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), "x", 1, &r.digests,
			       &e),
	     &e);
	memset(r.root, 0x5a, sizeof(r.root));
	must(mun_readmap_init(&r.map, 8192, &e), &e);
	must(mun_readmap_mark(&r.map, 0, 4096, MUN_READ_GOOD, &e), &e);
	must(mun_readmap_mark(&r.map, 4096, 512, MUN_READ_DOUBTFUL, &e), &e);
	must(mun_readmap_mark(&r.map, 4608, 512, MUN_READ_BAD, &e), &e);
	return r;
}

static void a_reading_comes_back(void **state)
{
	struct mun_reading r = sample();
	struct mun_reading b;
	struct mun_err e;
	char *want = mun_test_path(dir, "object/v1/content/image/disk.img");

	(void)state;
	assert_int_equal(mun_reading_load(dir, &b, &e), MUN_ENOENT);
	mun_reading_clear(&b);
	must(mun_reading_save(dir, &r, &e), &e);
	must(mun_reading_load(dir, &b, &e), &e);
	assert_string_equal(b.name, r.name);
	assert_string_equal(b.image, want);
	assert_true(b.is_device);
	assert_int_equal(b.bytes, 8192);
	assert_int_equal(b.sector_bytes, 512);
	assert_memory_equal(b.root, r.root, sizeof(b.root));
	assert_true(mun_digest_equal(&b.digests.of[MUN_SHA256],
				     &r.digests.of[MUN_SHA256]));
	for (uint64_t off = 0; off < 8192; off += 512)
		assert_int_equal(mun_readmap_at(&b.map, off),
				 mun_readmap_at(&r.map, off));
	mun_reading_clear(&b);
	must(mun_reading_forget(dir, &e), &e);
	must(mun_reading_forget(dir, &e), &e);
	assert_int_equal(mun_reading_load(dir, &b, &e), MUN_ENOENT);
	mun_reading_clear(&b);
	mun_reading_clear(&r);
	free(want);
}

static void a_marker_whose_map_is_another_is_refused(void **state)
{
	struct mun_reading r = sample();
	char *map = mun_test_path(dir, "reading.map");
	struct mun_reading b;
	struct mun_err e;

	(void)state;
	must(mun_reading_save(dir, &r, &e), &e);
	mun_test_write(map, "0x0 + 1\n0x0 0x1000 +\n", 21);
	assert_int_equal(mun_reading_load(dir, &b, &e), MUN_ECORRUPT);
	mun_reading_clear(&b);
	assert_int_equal(unlink(map), 0);
	assert_int_equal(mun_reading_load(dir, &b, &e), MUN_ECORRUPT);
	mun_reading_clear(&b);
	mun_reading_clear(&r);
	free(map);
}

/* It would be renamed, and what it names be read. */
static void a_marker_that_leads_elsewhere_is_refused(void **state)
{
	static const char *const names[] = { "image/../../x", "/etc/passwd",
					     "image/", "other/x", "image//x" };
	struct mun_reading r = sample();
	struct mun_reading b;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		free(r.name);
		r.name = strdup(names[i]);
		must(mun_reading_save(dir, &r, &e), &e);
		assert_int_equal(mun_reading_load(dir, &b, &e), MUN_ECORRUPT);
		mun_reading_clear(&b);
	}
	mun_reading_clear(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_field_comes_back),
		TEST(no_end_is_written_as_what_json_carries),
		TEST(none_is_no_error),
		TEST(what_is_no_attempt_is_refused),
		TEST(a_failing_call_leaves_the_old_or_the_new),
		TEST(a_reading_comes_back),
		TEST(a_marker_whose_map_is_another_is_refused),
		TEST(a_marker_that_leads_elsewhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
