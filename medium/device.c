/* SPDX-License-Identifier: Apache-2.0 */
/* medium/device.c - media opened to be read, and nothing else */
#include "medium/device.h"

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "medium/block_device.h"
#include "medium/block_reader.h"
#include "medium/drive_poll.h"
#include "medium/kernel.h"
#include "medium/optical.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Of tests: asked before the system. */
static mun_device_open_fn *provided;

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

static int open_regular(const char *path, struct mun_device *m,
			struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
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

void mun_device_provide(mun_device_open_fn *open)
{
	provided = open;
}

/* MUN_ENOENT: the path is the system's. */
static int open_provided(const char *path, struct mun_device *out,
			 struct mun_err *e)
{
	return provided ? provided(path, out, e) : MUN_ENOENT;
}

static int open_path(const char *path, struct mun_device *m, struct mun_err *e)
{
	struct stat st;

	if (mun_kernel.stat(path, &st))
		return mun_fail_sys(e, errno, "open '%s'", path);
	if (S_ISBLK(st.st_mode))
		return mun_block_device_open(path, &st, m, e);
	if (S_ISREG(st.st_mode))
		return open_regular(path, m, e);
	return mun_fail(e, MUN_EINVAL,
			"'%s' is %s; give a file or a block device", path,
			kind_of(st.st_mode));
}

int mun_device_open(const char *path, struct mun_device *out, struct mun_err *e)
{
	struct mun_device m = { .fd = -1 };
	int rc = open_provided(path, &m, e);

	if (rc == MUN_ENOENT) {
		m = (struct mun_device){ .fd = -1 };
		rc = open_path(path, &m, e);
	}
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
	/* What it has changed of the device is put back while that is open. */
	if (m->reader && m->reader->ops->gently)
		m->reader->ops->gently(m->reader, false);
	mun_source_close(m->source);
	mun_reader_close(m->reader);
	mun_optical_free(m->optical);
	mun_transport_close(m->transport);
	m->source = NULL;
	m->reader = NULL;
	m->optical = NULL;
	m->transport = NULL;
	m->fd = -1;
}

int mun_device_poll(const char *path, enum mun_drive_state *state,
		    struct mun_err *e)
{
	struct mun_device m = { .fd = -1 };
	int rc = open_provided(path, &m, e);

	if (rc == MUN_ENOENT)
		return mun_drive_poll(path, state, e);
	mun_device_close(&m);
	*state = rc == MUN_EINVAL  ? MUN_DRIVE_EMPTY
		 : rc == MUN_EBUSY ? MUN_DRIVE_BUSY
				   : MUN_DRIVE_READY;
	return rc == MUN_EINVAL || rc == MUN_EBUSY ? 0 : rc;
}

uint64_t mun_device_hidden_bytes(const struct mun_device_facts *f)
{
	uint64_t all = MUN_MAX(f->native_sectors, f->real_sectors);
	uint64_t shown = f->sector_bytes ? f->bytes / f->sector_bytes : 0;

	return all > shown ? (all - shown) * f->sector_bytes : 0;
}

static int now_facts(const struct mun_device *m, struct mun_device_facts *now,
		     struct mun_err *e)
{
	struct stat st;

	/* Nothing of this system's: it is what it was when it was opened. */
	*now = m->facts;
	if (m->fd < 0)
		return 0;
	memset(now, 0, sizeof(*now));
	if (mun_sys.fstat(m->fd, &st))
		return mun_fail_sys(e, errno, "look at the source again");
	if (S_ISREG(st.st_mode)) {
		file_facts(&st, now);
		return 0;
	}
	now->is_device = true;
	now->dev = st.st_rdev;
	now->disk_seq = mun_kernel_disk_seq(m->fd);
	now->bytes = m->facts.bytes;
	/* The kernel's size of a disc is not that of its image. */
	if (!m->optical)
		now->bytes = mun_kernel_bytes(m->fd);
	if (!now->bytes)
		return mun_fail(e, MUN_EIO, "the source is gone");
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
