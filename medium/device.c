/* SPDX-License-Identifier: Apache-2.0 */
/* medium/device.c - media opened to be read, and nothing else */
#include "medium/device.h"

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "medium/aligned.h"
#include "medium/block_reader.h"
#include "medium/kernel.h"
#include "medium/protect.h"
#include "medium/sysfs.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/sysmacros.h>

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFCHR:
		return "a character device";
	case S_IFSOCK:
		return "a socket";
	default:
		return "not a regular file";
	}
}

static void file_facts(const struct stat *st, struct mun_device_facts *f)
{
	f->bytes = (uint64_t)st->st_size;
	f->sector_bytes = 512;
	f->dev = st->st_dev;
	f->inode = st->st_ino;
	f->mtime_ns =
		(int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int block_facts(int fd, const char *path, const struct stat *st,
		       struct mun_device_facts *f, struct mun_err *e)
{
	uint64_t bytes = 0;
	unsigned int physical = 0;
	int logical = 0;

	if (mun_kernel.ioctl(fd, BLKGETSIZE64, &bytes))
		return mun_fail_sys(e, errno, "size of '%s'", path);
	if (mun_kernel.ioctl(fd, BLKSSZGET, &logical) || logical < 1 ||
	    logical > 65536)
		return mun_fail_sys(e, errno, "sector size of '%s'", path);
	if (mun_kernel.ioctl(fd, BLKPBSZGET, &physical))
		physical = 0;
	f->is_device = true;
	f->bytes = bytes;
	f->sector_bytes = (uint32_t)logical;
	f->physical_bytes = physical;
	f->dev = st->st_rdev;
	f->disk_seq = mun_kernel_disk_seq(fd);
	mun_protect(fd, f);
	mun_sysfs_drive(major(st->st_rdev), minor(st->st_rdev), f);
	return 0;
}

static int open_error(int err, const char *path, struct mun_err *e)
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

static int open_block(const char *path, const struct stat *st,
		      struct mun_device *m, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct mun_source *raw = NULL;
	int flags;
	int rc;

	rc = mun_sysfs_refuse_in_use(path, major(st->st_rdev),
				     minor(st->st_rdev), e);
	if (rc)
		return rc;
	/* O_EXCL on a block device: the kernel refuses one that is held. */
	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return open_error(errno, path, e);
	rc = block_facts(fd, path, st, &m->facts, e);
	if (rc)
		return rc;
	flags = fcntl(fd, F_GETFL);
	/* Not every device can; then reads go through the page cache. */
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | O_DIRECT);
	m->fd = fd;
	rc = mun_source_from_fd(fd, m->facts.bytes, path, &raw, e);
	fd = -1;
	if (!rc)
		rc = mun_aligned_source(raw, m->facts.sector_bytes, &m->source,
					e);
	return rc ? rc
		  : mun_block_reader(path, m->fd, &m->facts, &m->reader, e);
}

static int open_regular(const char *path, struct mun_device *m,
			struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return open_error(errno, path, e);
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is %s", path,
				kind_of(st.st_mode));
	file_facts(&st, &m->facts);
	m->fd = fd;
	rc = mun_source_once_from_fd(fd, m->facts.bytes, path, &m->source, e);
	fd = -1;
	return rc;
}

int mun_device_open(const char *path, struct mun_device *out, struct mun_err *e)
{
	struct mun_device m = { .fd = -1 };
	struct stat st;
	int rc;

	if (mun_kernel.stat(path, &st))
		return open_error(errno, path, e);
	if (S_ISBLK(st.st_mode))
		rc = open_block(path, &st, &m, e);
	else if (S_ISREG(st.st_mode))
		rc = open_regular(path, &m, e);
	else
		rc = mun_fail(e, MUN_EINVAL,
			      "'%s' is %s; give a file or a block device", path,
			      kind_of(st.st_mode));
	if (!rc && m.facts.bytes == 0)
		rc = mun_fail(e, MUN_EINVAL, "'%s' is empty: no bytes to keep",
			      path);
	if (rc) {
		mun_device_close(&m);
		return rc;
	}
	*out = m;
	return 0;
}

void mun_device_close(struct mun_device *m)
{
	mun_reader_close(m->reader);
	m->reader = NULL;
	mun_source_close(m->source);
	m->source = NULL;
	m->fd = -1;
}

static int now_facts(const struct mun_device *m, struct mun_device_facts *now,
		     struct mun_err *e)
{
	struct stat st;

	memset(now, 0, sizeof(*now));
	if (mun_sys.fstat(m->fd, &st))
		return mun_fail_sys(e, errno, "look at the source again");
	if (S_ISREG(st.st_mode)) {
		file_facts(&st, now);
		return 0;
	}
	now->is_device = true;
	now->dev = st.st_rdev;
	if (mun_kernel.ioctl(m->fd, BLKGETSIZE64, &now->bytes))
		return mun_fail_sys(e, errno, "look at the source again");
	now->disk_seq = mun_kernel_disk_seq(m->fd);
	return 0;
}

int mun_device_same(const struct mun_device *m,
		    const struct mun_device_facts *then, struct mun_err *e)
{
	struct mun_device_facts now;
	int rc = now_facts(m, &now, e);

	if (rc)
		return rc;
	if (now.is_device != then->is_device || now.bytes != then->bytes)
		return mun_fail(e, MUN_EINVAL,
				"the source has changed: %" PRIu64
				" bytes then, %" PRIu64 " bytes now",
				then->bytes, now.bytes);
	if (now.disk_seq != then->disk_seq &&
	    !mun_block_reader_followed(m->reader, then->disk_seq, now.disk_seq))
		return mun_fail(e, MUN_EINVAL,
				"another medium is in the drive now");
	if (!now.is_device &&
	    (now.inode != then->inode || now.mtime_ns != then->mtime_ns))
		return mun_fail(e, MUN_EINVAL,
				"the source file was changed or replaced");
	return 0;
}

bool mun_device_is_medium_errno(int sys)
{
	return sys == EIO || sys == ENODATA || sys == EILSEQ ||
	       sys == EREMOTEIO || sys == ETIMEDOUT;
}

bool mun_device_is_bad_sector(const struct mun_device *m, int sys)
{
	struct mun_device_facts now;
	struct mun_err ignored;

	if (!mun_device_is_medium_errno(sys))
		return false;
	/* A pulled cable gives EIO too, but then the size is gone. */
	return !now_facts(m, &now, &ignored) && now.bytes == m->facts.bytes;
}
