/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_loop_reader.c - reads of a device of the running kernel */
#include "medium/device.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BYTES ((size_t)4 << 20)

static struct {
	char *dir;
	char *file;
	char dev[64];
	int loop; /* not exclusive: for what the test does to it */
	uint8_t *data;
	uint8_t *buf;
	struct mun_device m;
	struct mun_read_reply reply;
	struct mun_err e;
} t = { .loop = -1 };

/* A free loop device on the file; false where the system has none for us. */
static bool attach(void)
{
	struct loop_config c = { .block_size = 512 };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int file = open(t.file, O_RDWR | O_CLOEXEC);
	bool ok = false;

	c.fd = (uint32_t)file;
	for (int i = 0; control >= 0 && !ok && i < 20; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE);

		if (n < 0)
			break;
		(void)snprintf(t.dev, sizeof(t.dev), "/dev/loop%d", n);
		t.loop = open(t.dev, O_RDWR | O_CLOEXEC);
		if (t.loop < 0)
			break;
		/* Another test may have taken it meanwhile. */
		ok = !ioctl(t.loop, LOOP_CONFIGURE, &c);
		if (!ok)
			(void)close(t.loop);
	}
	if (!ok)
		t.loop = -1;
	if (control >= 0)
		(void)close(control);
	if (file >= 0)
		(void)close(file);
	return ok;
}

static void writable(void)
{
	int zero = 0;

	(void)ioctl(t.loop, BLKROSET, &zero);
}

static int make(void **state)
{
	(void)state;
	t.dir = mun_test_dir();
	t.file = mun_test_path(t.dir, "disk");
	t.data = malloc(BYTES);
	mun_test_pattern(t.data, BYTES, 1);
	mun_test_write(t.file, t.data, BYTES);
	assert_int_equal(posix_memalign((void **)&t.buf, 4096, BYTES), 0);
	if (!attach())
		return 0;
	writable();
	assert_int_equal(mun_device_open(t.dev, &t.m, &t.e), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (t.loop >= 0) {
		mun_device_close(&t.m);
		writable();
		(void)ioctl(t.loop, LOOP_CLR_FD);
		(void)close(t.loop);
	}
	t.loop = -1;
	free(t.buf);
	free(t.data);
	free(t.file);
	mun_test_dir_remove(t.dir);
	return 0;
}

static int read_at(uint64_t off, size_t len)
{
	return t.m.reader->ops->read(t.m.reader, t.buf, len, off, &t.reply,
				     &t.e);
}

static int reopen(void)
{
	return t.m.reader->ops->reopen(t.m.reader, &t.e);
}

static void is_data(uint64_t off, size_t len)
{
	assert_int_equal(read_at(off, len), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	assert_memory_equal(t.buf, t.data + off, len);
}

/* The file below shrinks and grows: what a drive does that drops off the bus
 * and comes back. */
static void set_size(size_t bytes)
{
	assert_int_equal(truncate(t.file, (off_t)bytes), 0);
	assert_int_equal(ioctl(t.loop, LOOP_SET_CAPACITY), 0);
}

static void needs_loop(void)
{
	if (t.loop < 0) {
		(void)printf("SKIP: no loop device for us\n");
		skip();
	}
}

static void sectors_and_megabytes_are_read(void **state)
{
	(void)state;
	needs_loop();
	assert_int_equal(t.m.facts.kind, MUN_DEVICE_DISK);
	assert_string_equal(t.m.facts.bus, "loop");
	assert_true(t.m.facts.is_readonly);
	assert_true(t.m.facts.disk_seq > 0);
	is_data(0, 512);
	is_data(512 * 7, 512 * 3);
	is_data(1 << 20, 1 << 20);
	is_data(BYTES - 512, 512);
}

static void nobody_else_has_it_meanwhile(void **state)
{
	int fd;

	(void)state;
	needs_loop();
	fd = open(t.dev, O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(pwrite(t.loop, t.data, 512, 0), -1);
}

static void a_device_that_is_gone_and_back_is_claimed_again(void **state)
{
	struct mun_device_facts then;
	int fd;

	(void)state;
	needs_loop();
	then = t.m.facts;
	is_data(0, 65536);
	set_size(0);
	assert_int_equal(read_at(65536, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	assert_int_equal(reopen(), MUN_EIO);
	assert_int_equal(mun_device_same(&t.m, &then, &t.e), MUN_EIO);
	mun_test_write(t.file, t.data, BYTES);
	set_size(BYTES);
	writable();
	assert_int_equal(reopen(), 0);
	is_data(65536, 65536);
	assert_int_equal(mun_device_same(&t.m, &then, &t.e), 0);
	/* Ours alone again, and read-only. */
	fd = open(t.dev, O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_int_equal(fd, -1);
	assert_int_equal(pwrite(t.loop, t.data, 512, 0), -1);
}

static void a_device_that_comes_back_smaller_is_another(void **state)
{
	(void)state;
	needs_loop();
	is_data(0, 4096);
	set_size(BYTES / 2);
	assert_int_equal(read_at(BYTES / 2, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	assert_int_equal(reopen(), MUN_EINVAL);
}

static void read_ahead_is_as_before_when_all_is_done(void **state)
{
	long before = 0;
	long now = -1;

	(void)state;
	needs_loop();
	assert_int_equal(ioctl(t.loop, BLKRAGET, &before), 0);
	t.m.reader->ops->gently(t.m.reader, true);
	assert_int_equal(ioctl(t.loop, BLKRAGET, &now), 0);
	assert_int_equal(now, 0);
	mun_device_close(&t.m);
	assert_int_equal(ioctl(t.loop, BLKRAGET, &now), 0);
	assert_int_equal(now, before);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sectors_and_megabytes_are_read),
		T(nobody_else_has_it_meanwhile),
		T(a_device_that_is_gone_and_back_is_claimed_again),
		T(a_device_that_comes_back_smaller_is_another),
		T(read_ahead_is_as_before_when_all_is_done),
	};

	if (geteuid()) {
		(void)puts("SKIP: loop devices need root");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
