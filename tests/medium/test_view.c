/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_view.c - a medium that is looked at, also from a sandbox */
#include "medium/view.h"

#include "image/image.h"
#include "image/remote.h"
#include "medium/reader_source.h"
#include "tests/support/support.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SECTOR 2352u
#define SECTORS 200u
#define BYTES (SECTOR * SECTORS)

/* A drive that is read by ioctl(2), as SG_IO is. */
struct drive {
	struct mun_reader base;
	uint8_t bytes[BYTES];
	unsigned int reads; /* by this process */
	uint32_t bad; /* sector, or SECTORS: none */
	int err;
};

static int drive_read(struct mun_reader *r, void *buf, size_t len, uint64_t off,
		      struct mun_read_reply *reply, struct mun_err *e)
{
	struct drive *d = (struct drive *)r;
	int n;

	(void)e;
	(void)ioctl(0, FIONREAD, &n);
	d->reads++;
	*reply = (struct mun_read_reply){ .end = MUN_REPLY_ALL,
					  .states = reply->states };
	if (d->bad < SECTORS && off < (uint64_t)(d->bad + 1) * SECTOR &&
	    off + len > (uint64_t)d->bad * SECTOR) {
		reply->end = MUN_REPLY_FAILED;
		reply->sys = d->err;
		return 0;
	}
	memcpy(buf, d->bytes + off, len);
	return 0;
}

static void drive_close(struct mun_reader *r)
{
	(void)r;
}

static const struct mun_reader_ops ops = {
	.read = drive_read,
	.close = drive_close,
};

static struct drive drive;
static struct mun_device m;

static int make_medium(void **state)
{
	struct mun_err e;

	(void)state;
	drive = (struct drive){
		.base = { .ops = &ops,
			  .bytes = BYTES,
			  .sector_bytes = SECTOR,
			  .max_bytes = 16 * SECTOR,
			  .align = 1 },
		.bad = SECTORS,
		.err = EIO,
	};
	mun_test_pattern(drive.bytes, BYTES, 3);
	m = (struct mun_device){ .fd = -1 };
	m.facts.is_device = true;
	m.facts.kind = MUN_DEVICE_OPTICAL;
	m.facts.bytes = BYTES;
	m.facts.sector_bytes = SECTOR;
	m.reader = &drive.base;
	assert_int_equal(mun_reader_source(m.reader, &m.source, &e), 0);
	return 0;
}

static int close_medium(void **state)
{
	(void)state;
	mun_device_close(&m);
	return 0;
}

static void any_range_can_be_looked_at(void **state)
{
	static const struct {
		uint64_t off;
		size_t len;
	} cases[] = { { 0, 1 },     { 0, BYTES },     { 2351, 2 },
		      { 65535, 3 }, { BYTES - 1, 1 }, { 64000, 200000 } };
	mun_auto(source) *view = NULL;
	uint8_t *got = malloc(BYTES);
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_device_view(&m, &view, &e), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mun_source_pread(view, got, cases[i].len,
						  cases[i].off, &e),
				 0);
		assert_memory_equal(got, drive.bytes + cases[i].off,
				    cases[i].len);
	}
	free(got);
}

static void only_the_bad_sector_is_zeros(void **state)
{
	mun_auto(source) *view = NULL;
	uint8_t *got = malloc(BYTES);
	struct mun_err e;

	(void)state;
	drive.bad = 30;
	assert_int_equal(mun_device_view(&m, &view, &e), 0);
	assert_int_equal(mun_source_pread(view, got, BYTES, 0, &e), 0);
	memset(drive.bytes + 30 * SECTOR, 0, SECTOR);
	assert_memory_equal(got, drive.bytes, BYTES);
	free(got);
}

static void a_drive_that_is_gone_is_not_zeros(void **state)
{
	mun_auto(source) *view = NULL;
	struct mun_err e;
	uint8_t byte;

	(void)state;
	drive.bad = 30;
	drive.err = ENODEV;
	assert_int_equal(mun_device_view(&m, &view, &e), 0);
	assert_int_equal(mun_source_pread(view, &byte, 1, 30 * SECTOR, &e),
			 MUN_EIO);
}

static void *look(void *arg)
{
	struct mun_source *view = arg;
	struct mun_err e;
	uint8_t got[3000];

	for (uint64_t off = 0; off + sizeof(got) < BYTES; off += 1777)
		if (mun_source_pread(view, got, sizeof(got), off, &e) ||
		    memcmp(got, drive.bytes + off, sizeof(got)) != 0)
			return view;
	return NULL;
}

static void several_may_look_at_once(void **state)
{
	mun_auto(source) *view = NULL;
	pthread_t threads[4];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_device_view(&m, &view, &e), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, view),
				 0);
	for (int i = 0; i < 4; i++) {
		void *bad = NULL;

		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
}

/* The child may not call the drive: this process does it for it. */
static void a_sandbox_looks_at_what_is_served(void **state)
{
	const char *preload = getenv("LD_PRELOAD");
	mun_auto(source) *view = NULL;
	struct mun_remote_request q = { .file_name = "sr0", .threads = 2 };
	struct mun_image *img = NULL;
	struct mun_err e;
	uint8_t got[512];

	(void)state;
	if (preload && strstr(preload, "valgrind"))
		skip();
	assert_int_equal(mun_device_view(&m, &view, &e), 0);
	q.src = view;
	/* Sanitizers have no wall around the child: then it can do it. */
	if (!mun_remote_open(&q, &img, &e))
		mun_image_free(img);
	else
		assert_int_equal(e.code, MUN_ECORRUPT);
	assert_int_equal(drive.reads, 0);
	assert_true(mun_device_is_served(&m));
	q.served = true;
	assert_int_equal(mun_remote_open(&q, &img, &e), 0);
	assert_string_equal(img->format->name, "raw");
	assert_true(drive.reads > 0);
	assert_int_equal(img->bytes, BYTES);
	assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got,
					 sizeof(got), 5000, &e),
			 0);
	assert_memory_equal(got, drive.bytes + 5000, sizeof(got));
	mun_image_free(img);
}

static void a_disk_and_a_file_need_nobody_to_serve_them(void **state)
{
	const struct mun_device disk = {
		.facts = { .is_device = true, .kind = MUN_DEVICE_DISK },
		.fd = 5,
	};
	const struct mun_device file = { .fd = 5 };

	(void)state;
	assert_false(mun_device_is_served(&disk));
	assert_false(mun_device_is_served(&file));
}

#define VIEW_TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_medium, close_medium)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIEW_TEST(any_range_can_be_looked_at),
		VIEW_TEST(only_the_bad_sector_is_zeros),
		VIEW_TEST(a_drive_that_is_gone_is_not_zeros),
		VIEW_TEST(several_may_look_at_once),
		VIEW_TEST(a_sandbox_looks_at_what_is_served),
		VIEW_TEST(a_disk_and_a_file_need_nobody_to_serve_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
