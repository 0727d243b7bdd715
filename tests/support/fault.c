/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/fault.c - system calls and sources that fail on demand */
#include "tests/support/support.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

#include "core/check.h"
#include "core/sys.h"

/* Calls whose kind is kept, for a sample; a longer run fails at all the rest. */
#define MOST_NOTED 8192

static struct {
	pthread_mutex_t lock;
	unsigned int calls; /* the set that can fail */
	int err;
	int left; /* successes before the failure; negative: none */
	bool fired;
	enum mun_call which;
	size_t short_writes;
	size_t short_reads;
	bool eintr;
	bool interrupted; /* the last call of data was */
	unsigned int counts[MUN_CALL_N];
	size_t made; /* calls of the set, since it was armed */
	uint8_t kinds[MOST_NOTED]; /* of each of them */
	bool chosen[MOST_NOTED];
	size_t sampled; /* entries of chosen[] */
	int step; /* after them */
} fault = { .lock = PTHREAD_MUTEX_INITIALIZER, .left = -1 };

static const char *const names[MUN_CALL_N] = {
	[MUN_CALL_OPEN] = "open",
	[MUN_CALL_READ] = "read",
	[MUN_CALL_PREAD] = "pread",
	[MUN_CALL_WRITE] = "write",
	[MUN_CALL_PWRITE] = "pwrite",
	[MUN_CALL_FTRUNCATE] = "ftruncate",
	[MUN_CALL_FSYNC] = "fsync",
	[MUN_CALL_FDATASYNC] = "fdatasync",
	[MUN_CALL_CLOSE] = "close",
	[MUN_CALL_RENAME] = "rename",
	[MUN_CALL_RENAME_NEW] = "rename_new",
	[MUN_CALL_LINK] = "link",
	[MUN_CALL_UNLINK] = "unlink",
	[MUN_CALL_RMDIR] = "rmdir",
	[MUN_CALL_MKDIR] = "mkdir",
	[MUN_CALL_FSTAT] = "fstat",
	[MUN_CALL_FICLONE] = "ficlone",
};

/* Count @call; must it fail now?  Then errno says how. */
static bool fails(enum mun_call call)
{
	bool now = false;

	(void)pthread_mutex_lock(&fault.lock);
	fault.counts[call]++;
	if (fault.calls & MUN_CALL_BIT(call)) {
		if (fault.made < MOST_NOTED)
			fault.kinds[fault.made] = (uint8_t)call;
		fault.made++;
	}
	if (fault.calls & MUN_CALL_BIT(call) && !fault.fired &&
	    fault.left >= 0 && fault.left-- == 0) {
		fault.fired = true;
		fault.which = call;
		now = true;
	}
	(void)pthread_mutex_unlock(&fault.lock);
	if (now)
		errno = fault.err;
	return now;
}

/* As fails(), for calls that carry data; cuts *@len down. */
static bool data_fails(enum mun_call call, size_t limit, size_t *len)
{
	bool interrupt;

	(void)pthread_mutex_lock(&fault.lock);
	interrupt = fault.eintr && !fault.interrupted;
	fault.interrupted = interrupt;
	(void)pthread_mutex_unlock(&fault.lock);
	if (interrupt) {
		errno = EINTR;
		return true;
	}
	if (fails(call))
		return true;
	if (limit)
		*len = MUN_MIN(*len, limit);
	return false;
}

static int faulty_open(const char *path, int flags, mode_t mode)
{
	return fails(MUN_CALL_OPEN) ? -1 : mun_sys_real.open(path, flags, mode);
}

static int faulty_open_beneath(int dir, const char *rel, int flags)
{
	return fails(MUN_CALL_OPEN)
		       ? -1
		       : mun_sys_real.open_beneath(dir, rel, flags);
}

static ssize_t faulty_read(int fd, void *buf, size_t len)
{
	if (data_fails(MUN_CALL_READ, fault.short_reads, &len))
		return -1;
	return mun_sys_real.read(fd, buf, len);
}

/* Nothing is cached: every read is one that can be made to fail. */
static ssize_t nothing_cached(int fd, void *buf, size_t len, off_t off)
{
	(void)fd;
	(void)buf;
	(void)len;
	(void)off;
	errno = EAGAIN;
	return -1;
}

static ssize_t faulty_pread(int fd, void *buf, size_t len, off_t off)
{
	if (data_fails(MUN_CALL_PREAD, fault.short_reads, &len))
		return -1;
	return mun_sys_real.pread(fd, buf, len, off);
}

static ssize_t faulty_write(int fd, const void *buf, size_t len)
{
	if (data_fails(MUN_CALL_WRITE, fault.short_writes, &len))
		return -1;
	return mun_sys_real.write(fd, buf, len);
}

static ssize_t faulty_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	if (data_fails(MUN_CALL_PWRITE, fault.short_writes, &len))
		return -1;
	return mun_sys_real.pwrite(fd, buf, len, off);
}

static int faulty_ftruncate(int fd, off_t len)
{
	return fails(MUN_CALL_FTRUNCATE) ? -1 : mun_sys_real.ftruncate(fd, len);
}

static int faulty_fsync(int fd)
{
	return fails(MUN_CALL_FSYNC) ? -1 : mun_sys_real.fsync(fd);
}

static int faulty_fdatasync(int fd)
{
	return fails(MUN_CALL_FDATASYNC) ? -1 : mun_sys_real.fdatasync(fd);
}

static int faulty_close(int fd)
{
	int rc = mun_sys_real.close(fd);

	return fails(MUN_CALL_CLOSE) ? -1 : rc;
}

static int faulty_rename(const char *from, const char *to)
{
	return fails(MUN_CALL_RENAME) ? -1 : mun_sys_real.rename(from, to);
}

static int faulty_rename_new(const char *from, const char *to)
{
	return fails(MUN_CALL_RENAME_NEW) ? -1
					  : mun_sys_real.rename_new(from, to);
}

static int faulty_link(const char *from, const char *to)
{
	return fails(MUN_CALL_LINK) ? -1 : mun_sys_real.link(from, to);
}

static int faulty_unlink(const char *path)
{
	return fails(MUN_CALL_UNLINK) ? -1 : mun_sys_real.unlink(path);
}

static int faulty_rmdir(const char *path)
{
	return fails(MUN_CALL_RMDIR) ? -1 : mun_sys_real.rmdir(path);
}

static int faulty_mkdir(const char *path, mode_t mode)
{
	return fails(MUN_CALL_MKDIR) ? -1 : mun_sys_real.mkdir(path, mode);
}

static int faulty_fstat(int fd, struct stat *st)
{
	return fails(MUN_CALL_FSTAT) ? -1 : mun_sys_real.fstat(fd, st);
}

static int faulty_ficlone(int dst_fd, int src_fd)
{
	return fails(MUN_CALL_FICLONE) ? -1
				       : mun_sys_real.ficlone(dst_fd, src_fd);
}

void mun_fault_install(unsigned int calls, int err)
{
	mun_fault_arm(-1);
	fault.calls = calls;
	fault.err = err;
	fault.short_writes = 0;
	fault.short_reads = 0;
	fault.eintr = false;
	mun_sys = (struct mun_sys){
		.open = faulty_open,
		.open_beneath = faulty_open_beneath,
		.read = faulty_read,
		.pread = faulty_pread,
		.pread_cached = nothing_cached,
		.write = faulty_write,
		.pwrite = faulty_pwrite,
		.ftruncate = faulty_ftruncate,
		.fsync = faulty_fsync,
		.fdatasync = faulty_fdatasync,
		.close = faulty_close,
		.rename = faulty_rename,
		.rename_new = faulty_rename_new,
		.link = faulty_link,
		.unlink = faulty_unlink,
		.rmdir = faulty_rmdir,
		.mkdir = faulty_mkdir,
		.fstat = faulty_fstat,
		.ficlone = faulty_ficlone,
	};
}

void mun_fault_arm(int successes)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.left = successes;
	fault.fired = false;
	fault.made = 0;
	memset(fault.counts, 0, sizeof(fault.counts));
	(void)pthread_mutex_unlock(&fault.lock);
}

bool mun_fault_fired(void)
{
	bool fired;

	(void)pthread_mutex_lock(&fault.lock);
	fired = fault.fired;
	(void)pthread_mutex_unlock(&fault.lock);
	return fired;
}

enum mun_call mun_fault_call(void)
{
	return fault.which;
}

const char *mun_fault_call_name(void)
{
	return mun_fault_fired() ? names[fault.which] : "none";
}

void mun_fault_short_writes(size_t bytes)
{
	fault.short_writes = bytes;
}

void mun_fault_short_reads(size_t bytes)
{
	fault.short_reads = bytes;
}

void mun_fault_eintr(bool on)
{
	fault.eintr = on;
	fault.interrupted = false;
}

unsigned int mun_fault_count(enum mun_call call)
{
	unsigned int n;

	(void)pthread_mutex_lock(&fault.lock);
	n = fault.counts[call];
	(void)pthread_mutex_unlock(&fault.lock);
	return n;
}

void mun_fault_sample(int step)
{
	size_t last[MUN_CALL_N] = { 0 };
	bool seen[MUN_CALL_N] = { false };
	size_t n;

	(void)pthread_mutex_lock(&fault.lock);
	n = mun_test_long() ? 0 : MUN_MIN(fault.made, (size_t)MOST_NOTED);
	for (size_t i = 0; i < n; i++) {
		uint8_t kind = fault.kinds[i];

		fault.chosen[i] =
			i % (size_t)step == 0 || i + 1 == n || !seen[kind];
		seen[kind] = true;
		last[kind] = i;
	}
	for (size_t kind = 0; kind < MUN_CALL_N; kind++)
		if (seen[kind])
			fault.chosen[last[kind]] = true;
	fault.sampled = n;
	fault.step = mun_test_step(step);
	(void)pthread_mutex_unlock(&fault.lock);
}

int mun_fault_next(int n)
{
	if ((size_t)n + 1 > fault.sampled)
		return n + fault.step;
	do
		n++;
	while ((size_t)n < fault.sampled && !fault.chosen[n]);
	return n;
}

void mun_fault_restore(void)
{
	mun_sys = mun_sys_real;
}

struct fault_source {
	struct mun_source base;
	struct mun_source *parent;
	uint64_t off;
	uint64_t bytes;
	int err;
};

static int fault_pread(struct mun_source *s, void *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	const struct fault_source *f = (struct fault_source *)s;

	if (off < f->off + f->bytes && f->off < off + len)
		return mun_fail_sys(e, f->err, "read at byte %" PRIu64,
				    MUN_MAX(off, f->off));
	return mun_source_pread(f->parent, buf, len, off, e);
}

static int fault_next_extent(struct mun_source *s, uint64_t off,
			     struct mun_extent *out, struct mun_err *e)
{
	struct fault_source *f = (struct fault_source *)s;

	return mun_source_next_extent(f->parent, off, out, e);
}

static void fault_close(struct mun_source *s)
{
	struct fault_source *f = (struct fault_source *)s;

	mun_source_close(f->parent);
	free(f);
}

static const struct mun_source_ops fault_ops = {
	.pread = fault_pread,
	.next_extent = fault_next_extent,
	.close = fault_close,
};

struct mun_source *mun_fault_source(struct mun_source *parent, uint64_t off,
				    uint64_t bytes, int err)
{
	struct fault_source *f = calloc(1, sizeof(*f));

	if (!f)
		fail_msg("no memory for a source");
	f->base.ops = &fault_ops;
	f->base.size = parent->size;
	f->parent = parent;
	f->off = off;
	f->bytes = bytes;
	f->err = err;
	return &f->base;
}
