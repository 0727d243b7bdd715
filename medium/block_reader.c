/* SPDX-License-Identifier: Apache-2.0 */
/* medium/block_reader.c - reads of a block device, past the page cache */
#include "medium/block_reader.h"

#include "core/check.h"
#include "core/str.h"
#include "core/sys.h"
#include "medium/drive_poll.h"
#include "medium/in_use.h"
#include "medium/kernel.h"
#include "medium/protect.h"
#include "medium/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/sysmacros.h>

#define MAX_BYTES (1u << 20)

/* A sector that was read, to know the medium by: the beginning of it. */
#define WITNESSES 8u
#define WITNESS_BYTES 512u
struct witness {
	uint64_t off;
	uint8_t data[WITNESS_BYTES];
};

struct block_reader {
	struct mun_reader base;
	char *path;
	int fd;
	/* As the kernel tells it, by which it is known again: a drive may have
	 * told more of itself. */
	struct mun_device_facts facts;
	uint64_t first_seq; /* disk sequence number at the beginning */
	char partition[16]; /* its number, or "": a whole disk */
	bool direct;
	bool away; /* @fd is not of the device any more */
	bool gentle;
	unsigned long read_ahead; /* of the device before gently(), in 512s */
	uint64_t nwitnesses; /* ever; the first is kept, the last few too */
	struct witness witness[WITNESSES];
};

/* Is there still what was opened? */
static bool is_there(const struct block_reader *b)
{
	return mun_kernel_bytes(b->fd) == b->facts.bytes &&
	       mun_kernel_disk_seq(b->fd) == b->facts.disk_seq;
}

/* The kernel gives EIO for every sector once a medium was taken out, and the
 * old size with it: the drive itself is asked. */
static bool has_medium(const struct block_reader *b)
{
	enum mun_drive_state state = MUN_DRIVE_READY;
	bool changed = false;

	return !b->facts.removable ||
	       !mun_drive_ready(b->fd, &state, &changed) ||
	       (state == MUN_DRIVE_READY && !changed);
}

static bool is_about_drive(int sys)
{
	return sys == ENODEV || sys == ENXIO || sys == ENOMEDIUM ||
	       sys == ENOLINK || sys == ESHUTDOWN;
}

/* What a read that failed with @sys, or came to an end (0), says. */
static int failed(const struct block_reader *b, int sys, uint64_t off,
		  struct mun_read_reply *reply, struct mun_err *e)
{
	reply->sys = sys;
	reply->end = MUN_REPLY_FAILED;
	if (is_about_drive(sys) || !is_there(b) || !has_medium(b))
		reply->end = MUN_REPLY_GONE;
	else if (sys && !mun_device_is_medium_errno(sys))
		return mun_fail_sys(e, sys, "read '%s' at byte %" PRIu64,
				    b->path, off);
	return 0;
}

static bool is_uniform(const uint8_t *p, size_t len)
{
	return !memcmp(p, p + 1, len - 1);
}

/* The first sector, whatever is in it, and the latest ones that are not all
 * one byte: those would be the same on many media. */
static void remember(struct block_reader *b, const uint8_t *data, uint64_t off)
{
	struct witness *w;

	if (b->nwitnesses && is_uniform(data, WITNESS_BYTES))
		return;
	w = &b->witness[b->nwitnesses
				? 1 + (b->nwitnesses - 1) % (WITNESSES - 1)
				: 0];
	w->off = off;
	memcpy(w->data, data, WITNESS_BYTES);
	b->nwitnesses++;
}

static ssize_t pread_once(int fd, void *buf, size_t len, uint64_t off)
{
	ssize_t n;

	do
		n = mun_sys.pread(fd, buf, len, (off_t)off);
	while (n < 0 && errno == EINTR);
	return n;
}

static int block_read(struct mun_reader *r, void *buf, size_t len, uint64_t off,
		      struct mun_read_reply *reply, struct mun_err *e)
{
	struct block_reader *b = (struct block_reader *)r;
	uint8_t *to = buf;
	size_t done = 0;

	*reply = (struct mun_read_reply){ .end = MUN_REPLY_GONE,
					  .sys = ENODEV,
					  .states = reply->states };
	if (b->away)
		return 0;
	while (done < len) {
		ssize_t n =
			pread_once(b->fd, to + done, len - done, off + done);
		size_t whole =
			n > 0 ? (size_t)n / r->sector_bytes * r->sector_bytes
			      : 0;

		if (!whole) {
			/* Through the page cache what is missing begins with
			 * a page, not with the sector that is bad. */
			reply->has_bad_off = done && b->direct;
			reply->bad_off = off + done;
			return failed(b, n < 0 ? errno : 0, off + done, reply,
				      e);
		}
		done += whole;
	}
	reply->end = MUN_REPLY_ALL;
	reply->sys = 0;
	remember(b, buf, off);
	return 0;
}

/* The claim of O_EXCL goes with the last descriptor of a file, and nobody,
 * ourselves among them, has the device while it stands. */
static int let_go(struct block_reader *b, struct mun_err *e)
{
	mun_autoclose int null = -1;

	if (b->away)
		return 0;
	null = mun_sys.open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
	if (null < 0 || dup3(null, b->fd, O_CLOEXEC) < 0)
		return mun_fail_sys(e, errno, "let go of '%s'", b->path);
	b->away = true;
	return 0;
}

/* The sectors that were read before, read again: which of them can be? */
static int compare_witnesses(const struct block_reader *b, int fd,
			     unsigned int *equal, struct mun_err *e)
{
	size_t n = (size_t)MUN_MIN(b->nwitnesses, (uint64_t)WITNESSES);
	size_t len = b->base.sector_bytes;
	mun_autofree uint8_t *buf = aligned_alloc(
		b->base.align, MUN_MAX(len, (size_t)b->base.align));

	*equal = 0;
	if (!buf)
		return mun_fail_nomem(e, "sector");
	for (size_t i = 0; i < n; i++) {
		const struct witness *w = &b->witness[i];

		if (pread_once(fd, buf, len, w->off) != (ssize_t)len)
			continue;
		if (memcmp(buf, w->data, WITNESS_BYTES))
			return mun_fail(e, MUN_EINVAL,
					"another medium is in '%s' now: the "
					"sector at byte %" PRIu64
					" is not what it was",
					b->path, w->off);
		(*equal)++;
	}
	return 0;
}

static int same_drive(const struct block_reader *b,
		      const struct mun_device_facts *now, struct mun_err *e)
{
	const struct mun_device_facts *then = &b->facts;

	if (now->bytes != then->bytes ||
	    now->sector_bytes != then->sector_bytes)
		return mun_fail(e, MUN_EINVAL,
				"another medium is in '%s' now: %" PRIu64
				" bytes then, %" PRIu64 " bytes now",
				b->path, then->bytes, now->bytes);
	if (strcmp(now->serial, then->serial) || strcmp(now->wwid, then->wwid))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is another drive now: serial number "
				"'%s' then, '%s' now",
				b->path, then->serial, now->serial);
	return 0;
}

static int same_medium(const struct block_reader *b, int fd,
		       const struct mun_device_facts *now, struct mun_err *e)
{
	unsigned int equal = 0;
	int rc;

	/* A drive tells of a new medium once, and it may have told us and not
	 * the kernel, which then counts it as the old one. */
	if (!b->facts.removable && now->disk_seq &&
	    now->disk_seq == b->facts.disk_seq)
		return 0;
	rc = compare_witnesses(b, fd, &equal, e);
	/* Not readable now is not another: later, perhaps. */
	if (!rc && b->nwitnesses && !equal)
		rc = mun_fail(e, MUN_EIO,
			      "no sector of '%s' that was read before can be "
			      "read again",
			      b->path);
	return rc;
}

static int facts_again(const struct block_reader *b, int fd,
		       struct mun_device_facts *now, struct mun_err *e)
{
	struct stat st;
	int logical = 0;

	*now = (struct mun_device_facts){ .is_device = true };
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", b->path);
	if (!S_ISBLK(st.st_mode))
		return mun_fail(e, MUN_EIO, "'%s' is no device now", b->path);
	if (mun_kernel.ioctl(fd, BLKSSZGET, &logical))
		return mun_fail_sys(e, errno, "sector size of '%s'", b->path);
	now->bytes = mun_kernel_bytes(fd);
	if (!now->bytes)
		return mun_fail(e, MUN_EIO, "no medium in '%s'", b->path);
	now->sector_bytes = (uint32_t)logical;
	now->dev = st.st_rdev;
	now->disk_seq = mun_kernel_disk_seq(fd);
	mun_sysfs_drive(major(st.st_rdev), minor(st.st_rdev), now);
	return 0;
}

static int claim(const struct block_reader *b, const char *path, int *fd_out,
		 struct mun_err *e)
{
	struct stat st;
	int flags;
	int rc;
	int fd;

	if (mun_kernel.stat(path, &st))
		return mun_fail_sys(e, errno, "look for '%s'", path);
	/* An automounter may have been faster. */
	rc = mun_in_use_refuse(path, major(st.st_rdev), minor(st.st_rdev), e);
	if (rc)
		return rc;
	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL,
			    (flags & ~O_NONBLOCK) | (b->direct ? O_DIRECT : 0));
	*fd_out = fd;
	return 0;
}

/* The node in /dev of the same part of the disk @name, if it is our drive. */
static bool is_ours(const struct block_reader *b, const char *name,
		    char path[PATH_MAX])
{
	struct mun_device_facts now = { 0 };
	struct mun_sysfs_nodes nodes;
	struct mun_err ignored;
	unsigned int major;
	unsigned int minor;
	bool found = false;
	char dir[PATH_MAX];
	char number[32];

	(void)snprintf(dir, sizeof(dir), "%s/block/%s", mun_kernel.sys, name);
	if (!mun_sysfs_number(dir, &major, &minor))
		return false;
	mun_sysfs_drive(major, minor, &now);
	if (strcmp(now.serial, b->facts.serial) ||
	    strcmp(now.wwid, b->facts.wwid) ||
	    mun_sysfs_nodes(major, minor, &nodes, &ignored))
		return false;
	for (size_t i = 0; !found && i < nodes.n; i++) {
		mun_sysfs_text(nodes.of[i].dir, "partition", number,
			       sizeof(number));
		found = !strcmp(number, b->partition);
		if (found)
			(void)snprintf(path, PATH_MAX, "%s/%s", mun_kernel.dev,
				       nodes.of[i].name);
	}
	mun_sysfs_nodes_clear(&nodes);
	return found;
}

/* A disk that comes back may have another name: while its old one was open
 * here, the kernel could not give that again. */
static bool find_elsewhere(const struct block_reader *b, char path[PATH_MAX])
{
	bool found = false;
	char dir[PATH_MAX];
	struct dirent *d;
	DIR *disks;

	if (!b->facts.serial[0] && !b->facts.wwid[0])
		return false;
	(void)snprintf(dir, sizeof(dir), "%s/block", mun_kernel.sys);
	disks = opendir(dir);
	while (disks && !found && (d = readdir(disks)))
		found = d->d_name[0] != '.' && is_ours(b, d->d_name, path);
	if (disks)
		(void)closedir(disks);
	return found;
}

static int take(struct block_reader *b, int fd,
		const struct mun_device_facts *now, struct mun_err *e)
{
	if (dup3(fd, b->fd, O_CLOEXEC) < 0)
		return mun_fail_sys(e, errno, "open '%s'", b->path);
	b->facts.disk_seq = now->disk_seq;
	b->away = false;
	if (b->gentle) {
		b->gentle = false;
		b->base.ops->gently(&b->base, true);
	}
	return 0;
}

static int reopen_at(struct block_reader *b, const char *path,
		     struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct mun_device_facts now;
	int rc = claim(b, path, &fd, e);

	if (!rc)
		rc = facts_again(b, fd, &now, e);
	/* Before anything is read of what may be another's. */
	if (!rc)
		rc = same_drive(b, &now, e);
	if (!rc)
		mun_protect(fd, &now);
	if (!rc)
		rc = same_medium(b, fd, &now, e);
	return rc ? rc : take(b, fd, &now, e);
}

static int block_reopen(struct mun_reader *r, struct mun_err *e)
{
	struct block_reader *b = (struct block_reader *)r;
	char path[PATH_MAX];
	int rc = let_go(b, e);

	if (rc)
		return MUN_EIO;
	rc = reopen_at(b, b->path, e);
	if (rc && rc != MUN_ENOMEM && find_elsewhere(b, path) &&
	    strcmp(path, b->path))
		rc = reopen_at(b, path, e);
	/* Busy, or no such node: it may come back. */
	return rc && rc != MUN_EINVAL && rc != MUN_ENOMEM ? MUN_EIO : rc;
}

/* Read-ahead would ask a dying drive for sectors that nobody wants yet.  The
 * value is the device's and outlives us, so it is put back. */
static void block_gently(struct mun_reader *r, bool on)
{
	struct block_reader *b = (struct block_reader *)r;
	long now = 0;

	if (on == b->gentle || b->away)
		return;
	if (on && mun_kernel.ioctl(b->fd, BLKRAGET, &now))
		return;
	if (on)
		b->read_ahead = (unsigned long)now;
	/* The argument is the value itself. */
	if (!mun_kernel.ioctl(b->fd, BLKRASET,
			      (void *)(uintptr_t)(on ? 0 : b->read_ahead)))
		b->gentle = on;
}

static void block_close(struct mun_reader *r)
{
	struct block_reader *b = (struct block_reader *)r;

	block_gently(r, false);
	free(b->path);
	free(b);
}

static void note_partition(struct block_reader *b)
{
	struct mun_sysfs_nodes nodes;
	struct mun_err ignored;

	if (mun_sysfs_nodes(major(b->facts.dev), minor(b->facts.dev), &nodes,
			    &ignored))
		return;
	mun_sysfs_text(nodes.of[nodes.self].dir, "partition", b->partition,
		       sizeof(b->partition));
	mun_sysfs_nodes_clear(&nodes);
}

static const struct mun_reader_ops block_ops = {
	.read = block_read,
	.reopen = block_reopen,
	.gently = block_gently,
	.close = block_close,
};

int mun_block_reader(const char *path, int fd,
		     const struct mun_device_facts *facts,
		     struct mun_reader **out, struct mun_err *e)
{
	struct block_reader *b = calloc(1, sizeof(*b));
	int flags = fcntl(fd, F_GETFL);
	int rc;

	if (!b)
		return mun_fail_nomem(e, "reader");
	b->fd = fd;
	rc = mun_strdup(path, &b->path, e);
	if (!rc)
		rc = facts_again(b, fd, &b->facts, e);
	if (!rc)
		note_partition(b);
	if (!rc && b->facts.bytes != facts->bytes)
		rc = mun_fail(e, MUN_EIO, "the size of '%s' has changed", path);
	if (rc) {
		free(b->path);
		free(b);
		return rc;
	}
	b->base.ops = &block_ops;
	b->base.bytes = facts->bytes;
	b->base.sector_bytes = facts->sector_bytes;
	b->base.max_bytes = MAX_BYTES;
	b->base.align = MUN_IO_ALIGN;
	b->first_seq = b->facts.disk_seq;
	b->direct = flags >= 0 && (flags & O_DIRECT);
	*out = &b->base;
	return 0;
}

bool mun_block_reader_followed(const struct mun_reader *r, uint64_t then,
			       uint64_t now)
{
	const struct block_reader *b = (const struct block_reader *)r;

	return r && r->ops == &block_ops && b->first_seq == then &&
	       b->facts.disk_seq == now;
}
