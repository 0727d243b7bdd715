/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/floppy_linux.c - /dev/fdN of Linux, opened by format
 *
 * Of the floppy ioctls only FDGETDRVTYP, FDPOLLDRVSTAT and FDGETDRVSTAT are
 * used: numbers with bit 0x40 want write access (linux/fd.h).  The node of a
 * format is opened without O_NONBLOCK: only such an open lets the driver see
 * that the disk is another one, and until it has, every read fails.  Drive 0 of
 * type 0 (detect) is only asked, never read: the driver's detection takes the
 * first format whose boot sector reads, and refuses the disk if none does.
 */
#include "medium/floppy_drive.h"

#include "core/log.h"
#include "core/sys.h"
#include "medium/kernel.h"

#include <errno.h>
#include <linux/fd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FLOPPY_MAJOR 2
#define DRIVES 8u

struct linux_floppy {
	struct mun_floppy_drive base;
	unsigned int drive;
	int fd; /* of the format's node, -1: none is open */
	const struct mun_floppy_geometry *g;
	int generation; /* of the disk that was in it when it was opened */
	char type[17];
};

/* What fd(4) calls the node of a format of 3.5 inches, or of 5.25 where there
 * is none of 3.5; a node of another name has the same number. */
static const char *const node_names[MUN_FLOPPY_TYPES] = {
	[0] = "",       [1] = "d360",   [2] = "h1200",  [3] = "u360",
	[4] = "u720",   [5] = "h360",   [6] = "h720",   [7] = "u1440",
	[8] = "u2880",  [9] = "u3120",  [10] = "h1440", [11] = "u1680",
	[12] = "h410",  [13] = "u820",  [14] = "h1476", [15] = "u1722",
	[16] = "h420",  [17] = "u830",  [18] = "h1494", [19] = "u1743",
	[20] = "h880",  [21] = "u1040", [22] = "u1120", [23] = "h1600",
	[24] = "u1760", [25] = "u1920", [26] = "u3200", [27] = "u3520",
	[28] = "u3840", [29] = "u1840", [30] = "u800",  [31] = "u1600",
};

static int open_node(const char *path, int flags)
{
	return mun_sys.open(path, O_RDONLY | O_EXCL | O_CLOEXEC | flags, 0);
}

/* Is the path the node of that number? */
static bool is_node(const char *path, dev_t dev)
{
	struct stat st;

	return !mun_kernel.stat(path, &st) && S_ISBLK(st.st_mode) &&
	       st.st_rdev == dev;
}

/* A node of our own, gone again as soon as it is open. */
static int open_made(const char *parent, dev_t dev, int flags)
{
	char dir[256];
	char node[300];
	int sys;
	int fd;

	if (snprintf(dir, sizeof(dir), "%s/.muniment-XXXXXX", parent) >=
	    (int)sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(node, sizeof(node), "%s/fd", dir);
	fd = mknod(node, S_IFBLK | 0400, dev);
	if (!fd)
		fd = open_node(node, flags);
	sys = errno;
	(void)mun_sys.unlink(node);
	(void)mun_sys.rmdir(dir);
	errno = sys;
	return fd;
}

/*
 * The node of drive and type: the system's, else one of our own.  File systems
 * for temporary files often allow no devices (EACCES), the one in /dev does.
 */
static int open_type(unsigned int drive, unsigned int type, int flags)
{
	dev_t dev = makedev(FLOPPY_MAJOR, mun_floppy_minor(drive, type));
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fd%u%s", mun_kernel.dev, drive,
		       node_names[type]);
	if (is_node(path, dev))
		return open_node(path, flags);
	fd = open_made(mun_kernel.dev, dev, flags);
	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == ENOENT))
		fd = open_made("/tmp", dev, flags);
	return fd;
}

static void close_fd(struct linux_floppy *f)
{
	if (f->fd >= 0)
		(void)mun_sys.close(f->fd);
	f->fd = -1;
}

static int generation_of(int fd, bool *changed)
{
	struct floppy_drive_struct st = { .flags = 0 };

	*changed = false;
	if (mun_kernel.ioctl(fd, FDGETDRVSTAT, &st))
		return 0;
	*changed = st.flags & (FD_DISK_CHANGED | FD_DISK_NEWCHANGE);
	return st.generation;
}

static int select_error(const struct linux_floppy *f,
			const struct mun_floppy_geometry *g, int sys,
			struct mun_err *e)
{
	switch (sys) {
	case ENXIO:
	case ENOMEDIUM:
		return mun_fail(e, MUN_EINVAL, "no floppy in drive fd%u",
				f->drive);
	case EBUSY:
		return mun_fail(e, MUN_EBUSY,
				"drive fd%u is mounted or in use by another "
				"program; unmount or release it first",
				f->drive);
	case EPERM:
	case EACCES:
		return mun_fail(e, MUN_EUNSUPPORTED,
				"there is no device node for %s in drive fd%u "
				"(block 2 %u) and none can be made without "
				"CAP_MKNOD",
				g->name, f->drive,
				mun_floppy_minor(f->drive, g->minor_type));
	case ENODEV:
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the kernel has no format %s for drive fd%u",
				g->name, f->drive);
	default:
		return mun_fail_sys(e, sys, "open drive fd%u as %s", f->drive,
				    g->name);
	}
}

/* Past the page cache, which would read around a bad sector and fail more. */
static int select_linux(struct mun_floppy_drive *d,
			const struct mun_floppy_geometry *g, struct mun_err *e)
{
	struct linux_floppy *f = (struct linux_floppy *)d;
	bool changed;
	int flags;

	/* The driver lets a drive be open by one number only. */
	close_fd(f);
	f->fd = open_type(f->drive, g->minor_type, 0);
	if (f->fd < 0)
		return select_error(f, g, errno, e);
	flags = fcntl(f->fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(f->fd, F_SETFL, flags | O_DIRECT);
	f->g = g;
	f->generation = generation_of(f->fd, &changed);
	return 0;
}

/* A disk that was taken out fails like a bad sector; the driver's flags tell
 * them apart. */
static bool is_gone(const struct linux_floppy *f, int sys)
{
	bool changed;
	int generation = generation_of(f->fd, &changed);

	return sys == ENXIO || sys == ENODEV || sys == ENOMEDIUM || changed ||
	       generation != f->generation;
}

static int read_linux(struct mun_floppy_drive *d, void *buf, size_t len,
		      uint64_t off, struct mun_read_reply *reply,
		      struct mun_err *e)
{
	struct linux_floppy *f = (struct linux_floppy *)d;
	uint64_t at;
	ssize_t n;

	if (f->fd < 0) {
		reply->end = MUN_REPLY_GONE;
		reply->sys = ENODEV;
		return 0;
	}
	at = mun_floppy_node_off(f->g, off);
	do {
		n = mun_sys.pread(f->fd, buf, len, (off_t)at);
	} while (n < 0 && errno == EINTR && !mun_cancel_check(e));
	if (n < 0 && errno == EINTR)
		return e->code;
	reply->sys = n < 0 ? errno : EIO;
	if (n == (ssize_t)len)
		reply->end = MUN_REPLY_ALL;
	else
		reply->end = is_gone(f, reply->sys) ? MUN_REPLY_GONE
						    : MUN_REPLY_FAILED;
	return 0;
}

static int fd_linux(struct mun_floppy_drive *d)
{
	return ((struct linux_floppy *)d)->fd;
}

static int protected_linux(struct mun_floppy_drive *d)
{
	struct linux_floppy *f = (struct linux_floppy *)d;
	struct floppy_drive_struct st = { .flags = 0 };

	if (f->fd < 0 || mun_kernel.ioctl(f->fd, FDPOLLDRVSTAT, &st))
		return -1;
	return !(st.flags & FD_DISK_WRITABLE);
}

static void type_linux(struct mun_floppy_drive *d, char out[static 17])
{
	struct linux_floppy *f = (struct linux_floppy *)d;

	memcpy(out, f->type, sizeof(f->type));
}

static void close_linux(struct mun_floppy_drive *d)
{
	struct linux_floppy *f = (struct linux_floppy *)d;

	close_fd(f);
	free(f);
}

/* Of the node that detects: of the others the driver names the format. */
static int ask_type(struct linux_floppy *f, struct mun_err *e)
{
	char type[17] = "";
	int fd = open_type(f->drive, 0, O_NONBLOCK);

	if (fd < 0 && errno == EBUSY)
		return mun_fail(e, MUN_EBUSY,
				"drive fd%u is mounted or in use by another "
				"program; unmount or release it first",
				f->drive);
	if (fd < 0 && (errno == ENXIO || errno == ENODEV || errno == ENOENT))
		return mun_fail(e, MUN_ENOENT, "there is no floppy drive fd%u",
				f->drive);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open floppy drive fd%u",
				    f->drive);
	/* 16 bytes, "(null)" where the driver does not know it. */
	if (!mun_kernel.ioctl(fd, FDGETDRVTYP, type) && type[0] != '(')
		memcpy(f->type, type, sizeof(f->type) - 1);
	(void)mun_sys.close(fd);
	return 0;
}

int mun_floppy_drive_open(unsigned int drive, struct mun_floppy_drive **out,
			  struct mun_err *e)
{
	static const struct mun_floppy_drive_ops ops = {
		.select = select_linux,
		.read = read_linux,
		.fd = fd_linux,
		.protected_ = protected_linux,
		.type = type_linux,
		.close = close_linux,
	};
	struct linux_floppy *f;
	int rc;

	if (drive >= DRIVES)
		return mun_fail(e, MUN_EINVAL,
				"floppy drives are fd0 to fd7, not fd%u",
				drive);
	f = calloc(1, sizeof(*f));
	if (!f)
		return mun_fail_nomem(e, "floppy drive");
	f->base.ops = &ops;
	f->drive = drive;
	f->fd = -1;
	rc = ask_type(f, e);
	if (rc)
		close_linux(&f->base);
	else
		*out = &f->base;
	return rc;
}
