/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/fault_vfs.c - an SQLite file layer whose writes fail on demand */
#include "tests/catalog/fault_vfs.h"

#include <sqlite3.h>
#include <unistd.h>
#include <stddef.h>

/* Ours, and behind it in the same memory the real one. */
struct shim {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *under;
static sqlite3_vfs over;
static int left = -1;
static int failure;
static enum fault_mode mode;
static bool fired;
static const char *call = "none";

static int may(const char *name)
{
	if (fired && mode == FAULT_FOR_GOOD)
		return failure;
	if (left < 0 || fired || left-- > 0)
		return SQLITE_OK;
	if (mode == FAULT_KILL)
		_exit(9);
	fired = true;
	call = name;
	return failure;
}

static sqlite3_file *real(sqlite3_file *f)
{
	return ((struct shim *)(void *)f)->real;
}

static int x_close(sqlite3_file *f)
{
	return real(f)->pMethods ? real(f)->pMethods->xClose(real(f))
				 : SQLITE_OK;
}

static int x_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 off)
{
	return real(f)->pMethods->xRead(real(f), buf, n, off);
}

/* Half of it may have reached the disk: the worst of what can be. */
static int x_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 off)
{
	int rc = may("write");

	if (rc) {
		(void)real(f)->pMethods->xWrite(real(f), buf, n / 2, off);
		return rc;
	}
	return real(f)->pMethods->xWrite(real(f), buf, n, off);
}

static int x_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = may("truncate");

	return rc ? rc : real(f)->pMethods->xTruncate(real(f), size);
}

static int x_sync(sqlite3_file *f, int flags)
{
	int rc = may("sync");

	return rc ? rc : real(f)->pMethods->xSync(real(f), flags);
}

static int x_size(sqlite3_file *f, sqlite3_int64 *out)
{
	return real(f)->pMethods->xFileSize(real(f), out);
}

static int x_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int x_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int x_reserved(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int x_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int x_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int x_device(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int x_shm_map(sqlite3_file *f, int page, int size, int extend,
		     void volatile **out)
{
	int rc = extend ? may("shm") : SQLITE_OK;

	return rc ? rc
		  : real(f)->pMethods->xShmMap(real(f), page, size, extend,
					       out);
}

static int x_shm_lock(sqlite3_file *f, int off, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), off, n, flags);
}

static void x_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int x_shm_unmap(sqlite3_file *f, int del)
{
	return real(f)->pMethods->xShmUnmap(real(f), del);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = x_close,
	.xRead = x_read,
	.xWrite = x_write,
	.xTruncate = x_truncate,
	.xSync = x_sync,
	.xFileSize = x_size,
	.xLock = x_lock,
	.xUnlock = x_unlock,
	.xCheckReservedLock = x_reserved,
	.xFileControl = x_control,
	.xSectorSize = x_sector,
	.xDeviceCharacteristics = x_device,
	.xShmMap = x_shm_map,
	.xShmLock = x_shm_lock,
	.xShmBarrier = x_shm_barrier,
	.xShmUnmap = x_shm_unmap,
};

static int x_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags,
		  int *flags_out)
{
	struct shim *s = (struct shim *)(void *)f;
	int rc = flags & SQLITE_OPEN_WAL ? may("open") : SQLITE_OK;

	(void)v;
	s->base.pMethods = NULL;
	s->real = (sqlite3_file *)(void *)(s + 1);
	s->real->pMethods = NULL;
	if (!rc)
		rc = under->xOpen(under, name, s->real, flags, flags_out);
	/* SQLite closes what has methods, also after a failure. */
	if (!rc || s->real->pMethods)
		s->base.pMethods = &methods;
	return rc;
}

void fault_vfs_install(void)
{
	if (under)
		return;
	under = sqlite3_vfs_find(NULL);
	over = *under;
	over.pNext = NULL;
	over.zName = "fault";
	over.szOsFile = (int)sizeof(struct shim) + under->szOsFile;
	over.xOpen = x_open;
	(void)sqlite3_vfs_register(&over, 1);
}

void fault_vfs_arm(int successes, int rc, enum fault_mode how)
{
	left = successes;
	failure = rc;
	mode = how;
	fired = false;
	call = "none";
}

bool fault_vfs_fired(void)
{
	return fired;
}

const char *fault_vfs_call(void)
{
	return call;
}
