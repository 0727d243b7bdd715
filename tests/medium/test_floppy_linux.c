/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_floppy_linux.c - /dev/fdN with a kernel of our own */
#include "medium/floppy_device.h"

#include "core/sys.h"
#include "medium/kernel.h"
#include "tests/support/support.h"

#include <errno.h>
#include <linux/fd.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What the kernel of the test says and hears. */
static struct {
	int open_errno[MUN_FLOPPY_TYPES]; /* by type */
	bool nodes; /* /dev has one for each format */
	const char *type;
	unsigned long flags;
	int generation;
	int pread_errno;
	ssize_t pread_gives; /* 0: all that is asked for */
	off_t pread_off;
	unsigned int opened;
	unsigned int wrong_flags;
	unsigned int wrong_ioctls;
	dev_t made; /* the number of a node that was made */
	char *dir;
} kernel;

static int fails_with(int err)
{
	errno = err;
	return -1;
}

static int type_of_path(const char *path)
{
	struct stat st;
	unsigned int drive;
	unsigned int type;

	if (strstr(path, "/.muniment-")) {
		if (stat(path, &st) || !S_ISBLK(st.st_mode))
			return -1;
		kernel.made = st.st_rdev;
		mun_floppy_of_minor(minor(st.st_rdev), &drive, &type);
		return (int)type;
	}
	if (strstr(path, "fd1u1440"))
		return 7;
	if (strstr(path, "fd1u1680"))
		return 11;
	if (strstr(path, "fd1d360"))
		return 1;
	return strstr(path, "fd1") && !strstr(path, "fd1")[3] ? 0 : -1;
}

static int test_open(const char *path, int flags, mode_t mode)
{
	int type = type_of_path(path);
	bool ask = type == 0;

	(void)mode;
	if (type < 0)
		return fails_with(ENOENT);
	/* Never for writing; without O_NONBLOCK, or no read would work. */
	kernel.wrong_flags += (flags & O_ACCMODE) != O_RDONLY ||
			      !(flags & O_EXCL) || !(flags & O_CLOEXEC) ||
			      !(flags & O_NONBLOCK) == ask;
	if (kernel.open_errno[type])
		return fails_with(kernel.open_errno[type]);
	kernel.opened++;
	return mun_sys_real.open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
}

static int test_close(int fd)
{
	kernel.opened--;
	return mun_sys_real.close(fd);
}

static ssize_t test_pread(int fd, void *buf, size_t len, off_t off)
{
	(void)fd;
	kernel.pread_off = off;
	if (kernel.pread_errno)
		return fails_with(kernel.pread_errno);
	memset(buf, 'f', len);
	return kernel.pread_gives ? kernel.pread_gives : (ssize_t)len;
}

static int test_ioctl(int fd, unsigned long request, void *arg)
{
	struct floppy_drive_struct *st = arg;

	(void)fd;
	switch (request) {
	case FDGETDRVTYP:
		(void)snprintf(arg, 16, "%s", kernel.type);
		return 0;
	case FDGETDRVSTAT:
	case FDPOLLDRVSTAT:
		memset(st, 0, sizeof(*st));
		st->flags = kernel.flags;
		st->generation = kernel.generation;
		return 0;
	case BLKROGET:
	case BLKROSET:
		*(int *)arg = 1;
		return 0;
	default:
		kernel.wrong_ioctls++;
		return fails_with(ENOTTY);
	}
}

static int test_stat(const char *path, struct stat *st)
{
	int type = type_of_path(path);

	memset(st, 0, sizeof(*st));
	if (!kernel.nodes || type < 0)
		return fails_with(ENOENT);
	st->st_mode = S_IFBLK | 0660;
	st->st_rdev = makedev(2, mun_floppy_minor(1, (unsigned int)type));
	return 0;
}

static int begin(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.nodes = true;
	kernel.type = "H1440";
	kernel.flags = FD_DISK_WRITABLE;
	kernel.dir = mun_test_dir();
	mun_sys.open = test_open;
	mun_sys.close = test_close;
	mun_sys.pread = test_pread;
	mun_kernel.ioctl = test_ioctl;
	mun_kernel.stat = test_stat;
	mun_kernel.dev = kernel.dir;
	return 0;
}

static int end(void **state)
{
	(void)state;
	mun_sys = mun_sys_real;
	mun_kernel = mun_kernel_real;
	mun_test_dir_remove(kernel.dir);
	return 0;
}

static struct mun_floppy_drive *opened(void)
{
	struct mun_floppy_drive *d = NULL;
	struct mun_err e = { 0 };

	if (mun_floppy_drive_open(1, &d, &e))
		print_error("%s\n", e.lines[0].text);
	assert_non_null(d);
	assert_int_equal(kernel.opened, 0);
	return d;
}

static void done(struct mun_floppy_drive *d)
{
	mun_floppy_drive_close(d);
	assert_int_equal(kernel.opened, 0);
	assert_int_equal(kernel.wrong_flags, 0);
	assert_int_equal(kernel.wrong_ioctls, 0);
}

static void a_drive_is_asked_for_its_type(void **state)
{
	struct mun_floppy_drive *d = opened();
	char type[17];

	(void)state;
	d->ops->type(d, type);
	assert_string_equal(type, "H1440");
	assert_int_equal(d->ops->fd(d), -1);
	assert_int_equal(d->ops->protected_(d), -1);
	done(d);
	kernel.type = "(null)";
	d = opened();
	d->ops->type(d, type);
	assert_string_equal(type, "");
	done(d);
}

static void a_drive_that_is_not_there_or_in_use_is_refused(void **state)
{
	static const struct {
		int sys, code;
		const char *text;
	} of[] = {
		{ ENXIO, MUN_ENOENT, "no floppy drive fd1" },
		{ ENODEV, MUN_ENOENT, "no floppy drive fd1" },
		{ EBUSY, MUN_EBUSY, "in use" },
		{ EIO, MUN_EIO, "open floppy drive fd1" },
	};
	struct mun_floppy_drive *d = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_floppy_drive_open(8, &d, &e), MUN_EINVAL);
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		kernel.open_errno[0] = of[i].sys;
		assert_int_equal(mun_floppy_drive_open(1, &d, &e), of[i].code);
		assert_non_null(strstr(e.lines[0].text, of[i].text));
	}
	assert_null(d);
}

static void a_format_is_its_device_node(void **state)
{
	const struct mun_floppy_geometry *g = mun_floppy_of_type(7);
	struct mun_floppy_drive *d = opened();
	struct mun_err e;

	(void)state;
	assert_int_equal(d->ops->select(d, g, &e), 0);
	assert_true(d->ops->fd(d) >= 0);
	assert_int_equal(d->ops->protected_(d), 0);
	kernel.flags = 0;
	assert_int_equal(d->ops->protected_(d), 1);
	/* One at a time: the driver allows no two. */
	assert_int_equal(d->ops->select(d, mun_floppy_of_type(11), &e), 0);
	assert_int_equal(kernel.opened, 1);
	done(d);
}

static void what_keeps_a_format_from_being_selected_is_said(void **state)
{
	static const struct {
		int sys, code;
		const char *text;
	} of[] = {
		{ ENXIO, MUN_EINVAL, "no floppy in drive fd1" },
		{ EBUSY, MUN_EBUSY, "in use" },
		{ EPERM, MUN_EUNSUPPORTED, "(block 2 29)" },
		{ ENODEV, MUN_EUNSUPPORTED, "no format 1440K" },
		{ EIO, MUN_EIO, "open drive fd1" },
	};
	struct mun_floppy_drive *d = opened();
	struct mun_read_reply reply = { 0 };
	struct mun_err e;
	char buf[512];

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		kernel.open_errno[7] = of[i].sys;
		assert_int_equal(d->ops->select(d, mun_floppy_of_type(7), &e),
				 of[i].code);
		assert_non_null(strstr(e.lines[0].text, of[i].text));
	}
	assert_int_equal(d->ops->read(d, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	done(d);
}

static const struct mun_floppy_geometry *named(const char *name)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;

	while (g->name && strcmp(g->name, name) != 0)
		g++;
	assert_non_null(g->name);
	return g;
}

static void a_bad_sector_and_a_disk_that_is_gone_are_told_apart(void **state)
{
	struct mun_floppy_drive *d = opened();
	struct mun_read_reply reply = { 0 };
	struct mun_err e;
	char buf[1024];

	(void)state;
	kernel.generation = 4;
	assert_int_equal(d->ops->select(d, named("160K"), &e), 0);
	assert_int_equal(d->ops->read(d, buf, 1024, 16 * 512, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_ALL);
	assert_int_equal(kernel.pread_off, 36 * 512);
	kernel.pread_gives = 512;
	assert_int_equal(d->ops->read(d, buf, 1024, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_FAILED);
	kernel.pread_errno = EIO;
	assert_int_equal(d->ops->read(d, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_FAILED);
	assert_int_equal(reply.sys, EIO);
	kernel.flags = FD_DISK_CHANGED;
	assert_int_equal(d->ops->read(d, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	kernel.flags = 0;
	kernel.generation = 5;
	assert_int_equal(d->ops->read(d, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	kernel.generation = 4;
	kernel.pread_errno = ENXIO;
	assert_int_equal(d->ops->read(d, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	done(d);
}

/* Where /dev has no node of that format, as it is with today's kernels. */
static void a_node_is_made_where_there_is_none(void **state)
{
	struct mun_floppy_drive *d = opened();
	struct mun_err e;
	int rc;

	(void)state;
	kernel.nodes = false;
	rc = d->ops->select(d, mun_floppy_of_type(11), &e);
	if (rc == MUN_EUNSUPPORTED && geteuid()) {
		done(d);
		print_message("no CAP_MKNOD: the rest is skipped\n");
		skip();
	}
	assert_int_equal(rc, 0);
	assert_int_equal(major(kernel.made), 2);
	assert_int_equal(minor(kernel.made), 45);
	/* Nothing of it stays, not even while it is open. */
	assert_int_equal(mun_test_count_entries(kernel.dir), 0);
	done(d);
}

static void a_floppy_is_protected_by_the_kernel_too(void **state)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e;

	(void)state;
	kernel.flags = 0;
	assert_int_equal(mun_floppy_device_open(mun_floppy_minor(1, 7), &m, &e),
			 0);
	assert_int_equal(m.facts.bytes, 1474560);
	assert_int_equal(m.facts.tab, MUN_TAB_PROTECTED);
	assert_true(m.facts.is_readonly);
	mun_device_close(&m);
	assert_int_equal(kernel.opened, 0);
	assert_int_equal(kernel.wrong_flags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_drive_is_asked_for_its_type,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_drive_that_is_not_there_or_in_use_is_refused, begin,
			end),
		cmocka_unit_test_setup_teardown(a_format_is_its_device_node,
						begin, end),
		cmocka_unit_test_setup_teardown(
			what_keeps_a_format_from_being_selected_is_said, begin,
			end),
		cmocka_unit_test_setup_teardown(
			a_bad_sector_and_a_disk_that_is_gone_are_told_apart,
			begin, end),
		cmocka_unit_test_setup_teardown(
			a_node_is_made_where_there_is_none, begin, end),
		cmocka_unit_test_setup_teardown(
			a_floppy_is_protected_by_the_kernel_too, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
