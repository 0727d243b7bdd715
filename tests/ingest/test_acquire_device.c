/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_acquire_device.c - devices that fail, and runs that go on */
#include "ingest/acquire.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/checkpoint.h"
#include "ingest/device_run.h"
#include "tests/ingest/device_box.h"

static void a_healthy_medium_is_read_once_and_in_order(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_must(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		&e);
	device_box_assert_all(&a);
	for (size_t i = 0; i < SECTORS; i++)
		assert_int_equal(device_box.drive->sectors[i].reads, 1);
	assert_int_equal(a.attempts.n, 1);
	assert_false(a.attempts.of[0].interrupted);
	assert_int_equal(a.attempts.of[0].good_after, BYTES);
	assert_int_equal(a.attempts.of[0].stats.read_bytes, BYTES);
	assert_int_equal(a.stop, MUN_RESCUE_DONE);
	mun_acquire_clear(&a);
}

static void bad_sectors_are_zeros_and_in_the_map(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_damage();
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	device_box_assert_all(&a);
	assert_int_equal(a.attempts.of[0].bad_after +
				 a.attempts.of[0].good_after,
			 BYTES);
	assert_true(a.attempts.of[0].stats.failed_reads > 0);
	assert_true(a.attempts.of[0].stats.nerrors > 0);
	mun_acquire_clear(&a);
}

static void the_end_may_be_read_first(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_damage();
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .reverse = true }, &e),
		&e);
	device_box_assert_all(&a);
	mun_acquire_clear(&a);
}

/* Its wrong byte is another at each attempt: what is there is one of them. */
static void what_failed_a_check_is_kept_and_doubtful(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	size_t len;
	char *have;

	(void)state;
	device_box.drive->tells = true;
	mun_failing_set(device_box.drive, 100, 2, MUN_FAILING_DOUBTFUL, 0);
	mun_failing_set(device_box.drive, 2500, 1, MUN_FAILING_HEALS, 1);
	mun_failing_set(device_box.drive, 3000, 1, MUN_FAILING_CORRECTED, 0);
	device_box_bad(4000, 2);
	memset(device_box.want + 100, '!', 2);
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 3 }, &e),
		&e);
	device_box_truth();
	have = mun_test_read(device_box.image, &len);
	assert_int_equal(len, BYTES);
	for (size_t i = 100; i < 102; i++) {
		size_t at = i * SECTOR;

		assert_int_not_equal(have[at + 7],
				     (char)device_box.truth[at + 7]);
		device_box.truth[at + 7] = (uint8_t)have[at + 7];
	}
	free(have);
	device_box_assert_map(&a.map);
	device_box_assert_image();
	device_box_assert_digests(&a);
	mun_acquire_clear(&a);
}

static void a_spent_budget_ends_it_and_is_told(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_bad(1000, 2000);
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .max_errors = 5 }, &e),
		&e);
	assert_int_equal(a.stop, MUN_RESCUE_ERRORS);
	assert_true(mun_readmap_bytes(&a.map, MUN_READ_GOOD) <
		    BYTES - 2000 * SECTOR + 1);
	for (size_t i = 0; i < SECTORS; i++)
		device_box.want[i] = (char)mun_readmap_at(&a.map, i * SECTOR);
	device_box_assert_all(&a);
	assert_false(a.attempts.of[0].interrupted);
	assert_int_equal(a.attempts.of[0].stop, MUN_RESCUE_ERRORS);
	mun_acquire_clear(&a);

	/* What comes after it was interrupted: it is not read again. */
	device_box.drive->reads = 0;
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .max_errors = 5 }, &e),
		&e);
	assert_int_equal(device_box.drive->reads, 0);
	assert_int_equal(a.stop, MUN_RESCUE_ERRORS);
	assert_int_equal(a.attempts.n, 1);
	device_box_assert_all(&a);
	mun_acquire_clear(&a);
}

static void a_medium_of_which_nothing_comes_is_none(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_bad(0, SECTORS);
	assert_int_equal(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		MUN_EIO);
	mun_acquire_clear(&a);
}

static struct mun_reader_ops waits_not;

static void a_drive_that_goes_leaves_what_it_gave(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	uint64_t had;

	(void)state;
	device_box_damage();
	device_box.drive->plan.gone_at = 20;
	device_box.drive->plan.never_back = true;
	/* Nobody waits here for a drive to come back. */
	/* Static: it is closed after this function has ended. */
	waits_not = (struct mun_reader_ops){
		.read = device_box.drive->reader.ops->read,
		.close = device_box.drive->reader.ops->close,
	};
	device_box.drive->reader.ops = &waits_not;
	assert_int_equal(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		MUN_EIO);
	had = mun_readmap_bytes(&a.map, MUN_READ_GOOD);
	assert_true(had > 0);
	assert_int_equal(a.attempts.of[0].stop, MUN_RESCUE_AWAY);
	mun_acquire_clear(&a);

	device_box.drive->plan = (struct mun_failing_plan){ 0 };
	device_box.drive->gone = false;
	device_box_must(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		&e);
	assert_int_equal(a.resumed_bytes, had);
	assert_int_equal(a.attempts.n, 2);
	assert_int_equal(a.attempts.of[1].good_before, had);
	device_box_assert_all(&a);
	mun_acquire_clear(&a);
}

/* ---- a run that is ended at its n-th read ---- */

static int ends_at; /* reads that are left */
static const struct mun_reader_ops *real_ops;

static int read_or_cancel(struct mun_reader *r, void *buf, size_t len,
			  uint64_t off, struct mun_read_reply *reply,
			  struct mun_err *e)
{
	if (ends_at-- == 0)
		mun_cancel();
	return real_ops->read(r, buf, len, off, reply, e);
}

static void cancelled_at_any_read_it_goes_on(void **state)
{
	struct mun_reader_ops ops;
	struct mun_reader_ops *mine = &ops;
	int n = 0;
	int rc;

	(void)state;
	device_box_damage();
	real_ops = device_box.drive->reader.ops;
	ops = *real_ops;
	ops.read = read_or_cancel;
	do {
		struct mun_acquire a;
		struct mun_err e;

		device_box_again();
		mun_checkpoint_ms = n % 3 ? 5000 : 0;
		ends_at = n;
		device_box.drive->reader.ops = mine;
		rc = device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e);
		mun_acquire_clear(&a);
		mun_cancel_reset();
		device_box.drive->reader.ops = real_ops;
		if (rc) {
			assert_int_equal(rc, MUN_ECANCELLED);
			device_box_resume(n);
		}
		n += 1 + n / 8;
	} while (rc);
	assert_true(n > 60);
}

/* ---- what is in the spool is not believed ---- */

static void flip(const char *path, off_t at)
{
	char c;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

/* A run that got all but what comes after read @n. */
static void interrupt_at(int n)
{
	struct mun_reader_ops ops = *device_box.drive->reader.ops;
	struct mun_acquire a;
	struct mun_err e;

	real_ops = device_box.drive->reader.ops;
	ops.read = read_or_cancel;
	ends_at = n;
	device_box.drive->reader.ops = &ops;
	assert_int_equal(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		MUN_ECANCELLED);
	mun_acquire_clear(&a);
	mun_cancel_reset();
	device_box.drive->reader.ops = real_ops;
}

static void a_flipped_bit_costs_its_megabyte(void **state)
{
	struct mun_readmap vouched = { 0 };
	struct mun_acquire a;
	struct mun_err e;
	uint64_t lost = 0;
	size_t at = 2048;

	(void)state;
	device_box_damage();
	interrupt_at(60);
	assert_true(device_box_checkpoint(&vouched));
	while (at < 4096 && mun_readmap_at(&vouched, at * SECTOR) != '+')
		at++;
	assert_true(at < 4096);
	flip(device_box.image, (off_t)(at * SECTOR + 77));
	device_box_forget();
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	device_box_assert_all(&a);
	/* Of the second megabyte all, of the others nothing. */
	for (size_t i = 0; i < SECTORS; i++) {
		bool good = mun_readmap_at(&vouched, i * SECTOR) == '+';
		bool there = i / 2048 == 1;

		if (good && there)
			assert_true(device_box.drive->sectors[i].reads > 0);
		if (good && there)
			lost += SECTOR;
	}
	assert_true(lost > 0);
	assert_int_equal(a.resumed_bytes,
			 mun_readmap_bytes(&vouched, MUN_READ_GOOD) - lost);
	mun_readmap_clear(&vouched);
	mun_acquire_clear(&a);
}

static void an_image_that_is_lost_is_read_again(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_damage();
	interrupt_at(60);
	assert_int_equal(unlink(device_box.image), 0);
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	assert_int_equal(a.resumed_bytes, 0);
	device_box_assert_all(&a);
	mun_acquire_clear(&a);
}

/* What a killed run wrote and no map vouched for is no part of the image. */
static void bytes_that_nothing_vouches_for_become_zeros(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	int fd;

	(void)state;
	device_box_damage();
	interrupt_at(60);
	fd = open(device_box.image, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "unasked", 7, 3050 * SECTOR), 7);
	assert_int_equal(pwrite(fd, "unasked", 7, (SECTORS - 1) * SECTOR), 7);
	assert_int_equal(close(fd), 0);
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	device_box_assert_all(&a);
	mun_acquire_clear(&a);
}

static void what_is_complete_needs_no_medium(void **state)
{
	struct mun_device gone = device_box_device(NULL);
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_damage();
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	mun_acquire_clear(&a);
	for (int i = 0; i < 2; i++) {
		a = (struct mun_acquire){
			.medium = &gone,
			.image_path = device_box.image,
			.session_dir = device_box.dir,
			.algs = ALGS,
		};
		if (i == 0) {
			device_box_must(mun_acquire_run(&a, &e), &e);
			device_box_assert_all(&a);
			flip(device_box.image, 1000 * SECTOR);
		} else {
			assert_int_equal(mun_acquire_run(&a, &e), MUN_EFIXITY);
		}
		mun_acquire_clear(&a);
	}
}

static struct {
	unsigned int told;
	uint64_t done, bad;
	char strip[80];
} seen;

static void watch(void *ctx, const struct mun_progress *p)
{
	(void)ctx;
	if (!p->medium)
		return;
	assert_string_equal(p->phase, "imaging");
	assert_int_equal(p->total, BYTES);
	assert_true(strlen(p->medium->strip) == 60);
	seen.told++;
	seen.done = p->done;
	seen.bad = p->bad;
	(void)snprintf(seen.strip, sizeof(seen.strip), "%s", p->medium->strip);
}

static void who_watches_sees_the_medium(void **state)
{
	const struct mun_progress_to to = { watch, NULL };
	struct mun_device medium = device_box_device(&device_box.drive->reader);
	struct mun_acquire a = { .medium = &medium,
				 .image_path = device_box.image,
				 .session_dir = device_box.dir,
				 .algs = ALGS,
				 .progress = &to };
	struct mun_err e;

	(void)state;
	device_box_bad(2400, 80);
	device_box_must(mun_acquire_run(&a, &e), &e);
	assert_true(seen.told > 0);
	assert_int_equal(seen.done, BYTES - 80 * SECTOR);
	assert_int_equal(seen.bad, 80 * SECTOR);
	for (size_t i = 0; i < 60; i++)
		assert_int_equal(seen.strip[i], i == 30 ? '-' : '+');
	mun_acquire_clear(&a);
}

/* ---- */

static int read_nothing(struct mun_reader *r, void *buf, size_t len,
			uint64_t off, struct mun_read_reply *reply,
			struct mun_err *e)
{
	int rc = read_or_cancel(r, buf, len, off, reply, e);

	memset(buf, 0, len);
	return rc;
}

/* Also where a run was interrupted, and where sectors are bad. */
static void an_empty_medium_makes_a_sparse_image(void **state)
{
	struct mun_reader_ops ops = *device_box.drive->reader.ops;
	struct mun_acquire a;
	struct mun_err e;
	struct stat st;

	(void)state;
	device_box_damage();
	real_ops = device_box.drive->reader.ops;
	ops.read = read_nothing;
	ends_at = 40;
	device_box.drive->reader.ops = &ops;
	assert_int_equal(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		MUN_ECANCELLED);
	mun_acquire_clear(&a);
	mun_cancel_reset();
	device_box_must(
		device_box_acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
		&e);
	device_box.drive->reader.ops = real_ops;
	assert_true(a.resumed_bytes > 0);
	memset(device_box.truth, 0, BYTES);
	device_box_assert_map(&a.map);
	device_box_assert_image();
	device_box_assert_digests(&a);
	assert_int_equal(stat(device_box.image, &st), 0);
	assert_int_equal(st.st_blocks, 0);
	mun_acquire_clear(&a);
}

static void see(void *ctx, const struct mun_progress *p)
{
	(void)snprintf(ctx, MUN_TELL_CELLS + 1, "%s", p->medium->strip);
}

static void where_the_drive_was_slow_is_drawn(void **state)
{
	char strip[MUN_TELL_CELLS + 1] = "";
	const struct mun_progress_to to = { see, strip };
	struct mun_device medium = { .fd = -1 };
	struct mun_acquire a = { .medium = &medium, .progress = &to };
	struct mun_device_run r = { .a = &a, .reader.sector_bytes = 512 };
	struct mun_rescue_stats s = { .pos = 30 << 20 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&a.map, MUN_TELL_CELLS << 20, &e), 0);
	assert_int_equal(
		mun_readmap_mark(&a.map, 0, 40 << 20, MUN_READ_GOOD, &e), 0);
	assert_int_equal(
		mun_readmap_mark(&a.map, 50 << 20, 512, MUN_READ_BAD, &e), 0);
	mun_device_tell(&r, &s);
	s.pos = 50 << 20;
	s.slow_reads = 1;
	mun_device_tell(&r, &s);
	s.pos = 55 << 20;
	s.slow_reads = 2;
	r.told_ms -= 1000;
	mun_device_tell(&r, &s);
	assert_int_equal(strip[29], '+');
	assert_int_equal(strip[30], 's');
	assert_int_equal(strip[50], '-');
	assert_int_equal(strip[55], '.');
	mun_readmap_clear(&a.map);
}

/* By them alone a run that is killed early knows its medium again. */
static void the_first_bytes_are_saved_soon(void **state)
{
	struct mun_checkpoint c = { .saved_ms = 1000 };

	(void)state;
	mun_checkpoint_ms = 5000;
	assert_int_equal(mun_checkpoint_due_ms(&c), 1500);
	c.records = 1;
	assert_int_equal(mun_checkpoint_due_ms(&c), 6000);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, device_box_open, device_box_close)
	const struct CMUnitTest tests[] = {
		TEST(a_healthy_medium_is_read_once_and_in_order),
		TEST(bad_sectors_are_zeros_and_in_the_map),
		TEST(the_end_may_be_read_first),
		TEST(what_failed_a_check_is_kept_and_doubtful),
		TEST(a_spent_budget_ends_it_and_is_told),
		TEST(a_medium_of_which_nothing_comes_is_none),
		TEST(a_drive_that_goes_leaves_what_it_gave),
		TEST(cancelled_at_any_read_it_goes_on),
		TEST(a_flipped_bit_costs_its_megabyte),
		TEST(an_image_that_is_lost_is_read_again),
		TEST(bytes_that_nothing_vouches_for_become_zeros),
		TEST(what_is_complete_needs_no_medium),
		TEST(who_watches_sees_the_medium),
		TEST(an_empty_medium_makes_a_sparse_image),
		TEST(the_first_bytes_are_saved_soon),
		TEST(where_the_drive_was_slow_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
