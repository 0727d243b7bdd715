/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/device_world.c - a kernel of our own, with the devices we want */
#include "tests/medium/device_world.h"

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "medium/kernel.h"
#include "tests/support/support.h"

#include <errno.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

#define DEVICES 16u

static struct {
	char *dir;
	char *roots[3]; /* sys, proc, dev */
	struct fake_device of[DEVICES];
	size_t n;
	unsigned int writes;
	int left; /* calls before the one that fails; negative: none does */
	bool fired;
} world;

void world_fault(int after)
{
	world.left = after;
	world.fired = false;
}

bool world_fault_fired(void)
{
	return world.fired;
}

static bool fault(void)
{
	if (world.left < 0 || world.left-- > 0)
		return false;
	world.fired = true;
	errno = EIO;
	return true;
}

static char *in_world(const char *name)
{
	return mun_test_path(world.dir, name);
}

static void make_dirs(const char *path)
{
	struct mun_err e;

	assert_int_equal(mun_mkdirs(path, &e), 0);
}

static void write_below(const char *dir, const char *name, const void *data,
			size_t len)
{
	char *path = mun_test_path(dir, name);
	char *slash = strrchr(path, '/');

	*slash = '\0';
	make_dirs(path);
	*slash = '/';
	mun_test_write(path, data, len);
	free(path);
}

void world_text(const char *name, const char *text)
{
	write_below(world.dir, name, text, strlen(text));
}

void world_remove(const char *name)
{
	char *path = in_world(name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

void world_attribute(const struct fake_device *d, const char *name,
		     const void *data, size_t len)
{
	write_below(d->dir, name, data, len);
}

static struct fake_device *of_inode(dev_t dev, ino_t inode)
{
	struct stat st;

	for (size_t i = 0; i < world.n; i++)
		if (!stat(world.of[i].path, &st) && st.st_dev == dev &&
		    st.st_ino == inode)
			return &world.of[i];
	return NULL;
}

static struct fake_device *of_fd(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? NULL : of_inode(st.st_dev, st.st_ino);
}

static void disguise(struct stat *st)
{
	const struct fake_device *d = of_inode(st->st_dev, st->st_ino);

	if (!d)
		return;
	st->st_mode = S_IFBLK | 0660;
	st->st_rdev = makedev(d->major, d->minor);
	st->st_size = 0;
}

static int world_stat(const char *path, struct stat *st)
{
	int rc = fault() ? -1 : stat(path, st);

	if (!rc)
		disguise(st);
	return rc;
}

static int world_fstat(int fd, struct stat *st)
{
	int rc = fault() ? -1 : fstat(fd, st);

	if (!rc)
		disguise(st);
	return rc;
}

static int world_open(const char *path, int flags, mode_t mode)
{
	struct fake_device *d = NULL;
	struct stat st;
	int err = 0;

	if (fault())
		return -1;
	if (!stat(path, &st))
		d = of_inode(st.st_dev, st.st_ino);
	if (!d)
		return mun_sys_real.open(path, flags, mode);
	if ((flags & O_ACCMODE) != O_RDONLY)
		world.writes++;
	if (d->on_open)
		d->on_open(d);
	if (d->gone)
		err = ENXIO;
	else if (d->held && (flags & O_EXCL))
		err = EBUSY;
	else
		err = d->open_error;
	if (err) {
		errno = err;
		return -1;
	}
	if (flags & O_EXCL)
		d->opened++;
	return mun_sys_real.open(path, flags & ~O_EXCL, mode);
}

static ssize_t world_pread(int fd, void *buf, size_t len, off_t off)
{
	struct fake_device *d = of_fd(fd);
	uint64_t from = (uint64_t)off;
	ssize_t n;

	if (fault())
		return -1;
	if (!d)
		return mun_sys_real.pread(fd, buf, len, off);
	d->reads++;
	if (d->gone) {
		errno = EIO;
		return -1;
	}
	if (d->short_read)
		len = MUN_MIN(len, d->short_read);
	if (d->bad_errno && from < d->bad_off + d->bad_bytes &&
	    from + len > d->bad_off) {
		int err = d->bad_errno;

		if (d->bad_times && --d->bad_times == 0)
			d->bad_errno = 0;
		errno = err;
		return -1;
	}
	/* Whole sectors, as O_DIRECT of the file may want them. */
	n = mun_sys_real.pread(fd, buf, (len + 511) & ~(size_t)511, off);
	return MUN_MIN(n, (ssize_t)len);
}

static int fails(int err)
{
	errno = err;
	return -1;
}

static int set_readonly(struct fake_device *d, int value)
{
	if (d->deny_readonly)
		return fails(EACCES);
	/* To take the flag away would be to let others write. */
	if (!value)
		world.writes++;
	if (!d->ignore_readonly)
		d->readonly = value;
	return 0;
}

static int block_ioctl(struct fake_device *d, unsigned long request, void *arg)
{
	switch (request) {
	case BLKGETSIZE64:
		if (d->size_error)
			return fails(d->size_error);
		*(uint64_t *)arg = d->bytes;
		return 0;
	case BLKSSZGET:
		*(int *)arg = d->logical;
		return 0;
	case BLKPBSZGET:
		*(unsigned int *)arg = 4096;
		return 0;
	case BLKGETDISKSEQ:
		*(uint64_t *)arg = d->disk_seq;
		return 0;
	case BLKROGET:
		*(int *)arg = d->readonly;
		return 0;
	case BLKROSET:
		return set_readonly(d, *(int *)arg);
	case BLKRAGET:
		*(long *)arg = d->read_ahead;
		return 0;
	case BLKRASET:
		d->read_ahead = (long)(uintptr_t)arg;
		d->read_ahead_sets++;
		return 0;
	default:
		return fails(ENOTTY);
	}
}

static int world_ioctl(int fd, unsigned long request, void *arg)
{
	struct fake_device *d = of_fd(fd);

	if (fault())
		return -1;
	if (!d)
		return mun_kernel_real.ioctl(fd, request, arg);
	if (d->gone)
		return fails(ENODEV);
	if (request == SG_GET_VERSION_NUM && d->scsi) {
		*(int *)arg = 30536;
		return 0;
	}
	if (request == SG_IO && d->scsi)
		return d->scsi(d, arg);
	if (request == CDROM_DRIVE_STATUS && d->tray)
		return d->tray;
	if (request == CDROMEJECT && d->tray) {
		d->ejected++;
		return d->eject_error ? fails(d->eject_error) : 0;
	}
	return block_ioctl(d, request, arg);
}

void world_make(void)
{
	static const char *const names[] = { "sys", "proc", "dev" };

	memset(&world, 0, sizeof(world));
	world.left = -1;
	world.dir = mun_test_dir();
	for (size_t i = 0; i < 3; i++) {
		world.roots[i] = in_world(names[i]);
		make_dirs(world.roots[i]);
	}
	world_text("proc/self/mountinfo",
		   "22 1 0:21 / /proc rw,relatime - proc proc rw\n");
	world_text("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
	mun_kernel = (struct mun_kernel){
		.ioctl = world_ioctl,
		.stat = world_stat,
		.sys = world.roots[0],
		.proc = world.roots[1],
		.dev = world.roots[2],
	};
	mun_sys = mun_sys_real;
	mun_sys.open = world_open;
	mun_sys.fstat = world_fstat;
	mun_sys.pread = world_pread;
}

void world_end(void)
{
	/* Nothing that was done here could have written to a device. */
	assert_int_equal(world.writes, 0);
	mun_kernel = mun_kernel_real;
	mun_sys = mun_sys_real;
	for (size_t i = 0; i < world.n; i++) {
		free(world.of[i].path);
		free(world.of[i].dir);
	}
	for (size_t i = 0; i < 3; i++)
		free(world.roots[i]);
	mun_test_dir_remove(world.dir);
}

static void write_number(const struct fake_device *d)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%u:%u\n", d->major, d->minor);
	world_attribute(d, "dev", number, strlen(number));
}

/* What finds a device by its number and its name. */
static void link_device(const struct fake_device *d)
{
	char name[64];
	char *path;

	(void)snprintf(name, sizeof(name), "sys/dev/block/%u:%u", d->major,
		       d->minor);
	world_text("sys/dev/block/made", "");
	path = in_world(name);
	assert_int_equal(symlink(d->dir, path), 0);
	free(path);
}

static void make_node(struct fake_device *d, uint64_t seed)
{
	uint8_t *data = malloc((size_t)d->bytes + 1);
	char name[64];

	mun_test_pattern(data, (size_t)d->bytes, seed);
	(void)snprintf(name, sizeof(name), "dev/%s", d->name);
	d->path = in_world(name);
	mun_test_write(d->path, data, (size_t)d->bytes);
	free(data);
}

static struct fake_device *add(const char *name, unsigned int major,
			       unsigned int minor, uint64_t bytes)
{
	struct fake_device *d = &world.of[world.n++];

	assert_true(world.n <= DEVICES);
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	d->major = major;
	d->minor = minor;
	d->bytes = bytes;
	d->logical = 512;
	d->disk_seq = 7;
	d->read_ahead = 256;
	make_node(d, minor);
	return d;
}

struct fake_device *world_disk(const char *name, const char *way,
			       unsigned int major, unsigned int minor,
			       uint64_t bytes)
{
	struct fake_device *d = add(name, major, minor, bytes);
	char *path;
	char text[512];

	(void)snprintf(text, sizeof(text), "sys/devices/%s/block/%s", way,
		       name);
	d->dir = in_world(text);
	write_number(d);
	link_device(d);
	(void)snprintf(text, sizeof(text), "sys/block/%s", name);
	world_text("sys/block/.made", "");
	path = in_world(text);
	assert_int_equal(symlink(d->dir, path), 0);
	free(path);
	return d;
}

struct fake_device *world_partition(struct fake_device *disk,
				    unsigned int number, uint64_t bytes)
{
	struct fake_device *d;
	char text[64];

	(void)snprintf(text, sizeof(text), "%.31s%u", disk->name, number);
	d = add(text, disk->major, disk->minor + number, bytes);
	d->dir = mun_test_path(disk->dir, text);
	write_number(d);
	(void)snprintf(text, sizeof(text), "%u\n", number);
	world_attribute(d, "partition", text, strlen(text));
	link_device(d);
	return d;
}

void world_rename(struct fake_device *d, const char *name, unsigned int minor)
{
	char *old_dir = d->dir;
	char *old_path = d->path;
	char *slash = strrchr(old_dir, '/');
	char *path;
	char text[64];

	(void)snprintf(text, sizeof(text), "sys/dev/block/%u:%u", d->major,
		       d->minor);
	path = in_world(text);
	assert_int_equal(unlink(path), 0);
	free(path);
	(void)snprintf(text, sizeof(text), "sys/block/%s", d->name);
	path = in_world(text);
	assert_int_equal(unlink(path), 0);
	free(path);
	*slash = '\0';
	d->dir = mun_test_path(old_dir, name);
	*slash = '/';
	assert_int_equal(rename(old_dir, d->dir), 0);
	(void)snprintf(text, sizeof(text), "dev/%s", name);
	d->path = in_world(text);
	assert_int_equal(rename(old_path, d->path), 0);
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	d->minor = minor;
	write_number(d);
	link_device(d);
	(void)snprintf(text, sizeof(text), "sys/block/%s", name);
	path = in_world(text);
	assert_int_equal(symlink(d->dir, path), 0);
	free(path);
	free(old_dir);
	free(old_path);
}

void world_poke(const struct fake_device *d, uint64_t off, const void *data,
		size_t len)
{
	int fd = open(d->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, (off_t)off), len);
	assert_int_equal(close(fd), 0);
}
