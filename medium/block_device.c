/* SPDX-License-Identifier: Apache-2.0 */
/* medium/block_device.c - a block device claimed, protected and asked */
#include "medium/block_device.h"

#include "core/sys.h"
#include "medium/aligned.h"
#include "medium/ask_drive.h"
#include "medium/block_reader.h"
#include "medium/floppy_device.h"
#include "medium/in_use.h"
#include "medium/kernel.h"
#include "medium/optical.h"
#include "medium/protect.h"
#include "medium/reader_source.h"
#include "medium/sysfs.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>

static int fail_open(int err, const char *path, struct mun_err *e)
{
	if (err == ENOMEDIUM)
		return mun_fail(e, MUN_EINVAL, "no medium in '%s'", path);
	if (err == EBUSY)
		return mun_fail(e, MUN_EBUSY,
				"'%s' is in use by another program or by the "
				"kernel; unmount or release it first",
				path);
	return mun_fail_sys(e, err, "open '%s'", path);
}

/* O_EXCL on a block device: the kernel refuses one that is held, and keeps
 * others from mounting it while we read. */
static int claim(const char *path, const struct stat *st, int *fd_out,
		 struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat now;
	int flags;

	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return fail_open(errno, path, e);
	if (mun_sys.fstat(fd, &now))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (!S_ISBLK(now.st_mode) || now.st_rdev != st->st_rdev)
		return mun_fail(e, MUN_EIO,
				"'%s' became another device just now", path);
	flags = fcntl(fd, F_GETFL);
	/* Not every device can; then reads go through the page cache. */
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | O_DIRECT);
	*fd_out = fd;
	fd = -1;
	return 0;
}

/* Of a device whose sectors the kernel reads. */
static int size_facts(int fd, const char *path, struct mun_device_facts *f,
		      struct mun_err *e)
{
	unsigned int physical = 0;
	int logical = 0;

	if (mun_kernel.ioctl(fd, BLKGETSIZE64, &f->bytes))
		return mun_fail_sys(e, errno, "size of '%s'", path);
	/* A removable drive opened without waiting has no size, and no error
	 * either, while nothing is in it. */
	if (!f->bytes)
		return mun_fail(e, MUN_EINVAL,
				f->removable
					? "no medium in '%s'"
					: "'%s' is empty: no bytes to keep",
				path);
	if (mun_kernel.ioctl(fd, BLKSSZGET, &logical))
		return mun_fail_sys(e, errno, "sector size of '%s'", path);
	/* O_DIRECT wants a power of two, and no drive has another. */
	if (logical < 1 || logical > 65536 || (logical & (logical - 1)))
		return mun_fail(e, MUN_EIO, "sector size of '%s': %d", path,
				logical);
	if (f->bytes % (unsigned int)logical)
		return mun_fail(e, MUN_EIO,
				"'%s' has %" PRIu64
				" bytes, which are no whole sectors of %d",
				path, f->bytes, logical);
	if (mun_kernel.ioctl(fd, BLKPBSZGET, &physical))
		physical = 0;
	f->sector_bytes = (uint32_t)logical;
	f->physical_bytes = physical;
	return 0;
}

static void common_facts(int fd, const struct stat *st,
			 struct mun_device_facts *f)
{
	*f = (struct mun_device_facts){ .is_device = true };
	f->dev = st->st_rdev;
	f->disk_seq = mun_kernel_disk_seq(fd);
	mun_sysfs_drive(major(st->st_rdev), minor(st->st_rdev), f);
	mun_protect(fd, f);
}

static bool is_whole_disk(const struct mun_device_facts *f)
{
	struct mun_sysfs_nodes nodes;
	struct mun_err ignored;
	bool whole;

	if (mun_sysfs_nodes(major(f->dev), minor(f->dev), &nodes, &ignored))
		return false;
	whole = nodes.self == 0;
	mun_sysfs_nodes_clear(&nodes);
	return whole;
}

/* Identity and capacity by the drive itself, where it takes commands. */
static int ask(const char *path, int fd, struct mun_device *m,
	       struct mun_err *e)
{
	struct mun_drive_said said;
	struct mun_err ignored;
	bool whole = is_whole_disk(&m->facts);

	if (mun_sg_open(fd, &m->transport, &ignored))
		return 0;
	mun_ask_drive(m->transport, whole, &m->facts, &said);
	return whole ? mun_drive_agrees(path, &m->facts, &said, e) : 0;
}

/* @fd is owned, also when this fails. */
static int read_disk(const char *path, int fd, struct mun_device *m,
		     struct mun_err *e)
{
	struct mun_source *raw = NULL;
	int rc = mun_source_from_fd(fd, m->facts.bytes, path, &raw, e);

	if (rc)
		return rc;
	m->fd = fd;
	rc = mun_aligned_source(raw, m->facts.sector_bytes, &m->source, e);
	return rc ? rc : mun_block_reader(path, fd, &m->facts, &m->reader, e);
}

static int open_disk(const char *path, const struct stat *st, int *fd,
		     struct mun_device *m, struct mun_err *e)
{
	int rc = size_facts(*fd, path, &m->facts, e);
	int own;

	if (!rc)
		rc = ask(path, *fd, m, e);
	/* The kernel asks for the size when a removable device is opened: with
	 * luck it is told of the new medium now. */
	if (rc == MUN_EINVAL && m->transport && m->facts.removable) {
		mun_transport_close(m->transport);
		m->transport = NULL;
		mun_closep(fd);
		*fd = -1;
		rc = claim(path, st, fd, e);
		if (!rc)
			common_facts(*fd, st, &m->facts);
		if (!rc)
			rc = size_facts(*fd, path, &m->facts, e);
		if (!rc)
			rc = ask(path, *fd, m, e);
	}
	if (rc)
		return rc;
	own = *fd;
	*fd = -1;
	return read_disk(path, own, m, e);
}

/* A disc is more than its sectors, and of an audio disc the kernel shows none.
 * Without commands it is read as a disk is. */
static int open_optical(const char *path, const struct stat *st, int *fd,
			struct mun_device *m, struct mun_err *e)
{
	struct mun_drive_said said;
	struct mun_err why = { 0 };
	int rc;

	if (mun_sg_take(*fd, &m->transport, &why)) {
		mun_drive_note(&m->facts, "sessions and tracks: %s",
			       why.lines[0].text);
		return open_disk(path, st, fd, m, e);
	}
	m->fd = *fd;
	*fd = -1;
	mun_ask_drive(m->transport, true, &m->facts, &said);
	rc = mun_optical_open(m->transport, &m->optical, e);
	if (!rc)
		rc = mun_optical_reader(m->transport, m->optical, &m->reader,
					e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	m->facts.bytes = m->reader->bytes;
	m->facts.sector_bytes = m->reader->sector_bytes;
	return mun_reader_source(m->reader, &m->source, e);
}

int mun_block_device_open(const char *path, const struct stat *st,
			  struct mun_device *m, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	int rc = mun_in_use_refuse(path, major(st->st_rdev), minor(st->st_rdev),
				   e);

	mun_sysfs_drive(major(st->st_rdev), minor(st->st_rdev), &m->facts);
	if (!rc && m->facts.kind == MUN_DEVICE_FLOPPY)
		return mun_floppy_device_open(minor(st->st_rdev), m, e);
	if (!rc)
		rc = claim(path, st, &fd, e);
	if (rc)
		return rc;
	common_facts(fd, st, &m->facts);
	if (m->facts.kind == MUN_DEVICE_OPTICAL)
		return open_optical(path, st, &fd, m, e);
	return open_disk(path, st, &fd, m, e);
}
