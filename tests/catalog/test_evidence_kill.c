/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_evidence_kill.c - a batch that is killed at each of its
 * writes, in the catalog and in the ledger
 */
#include "catalog/evidence.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/sys.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/catalog/fault_vfs.h"
#include "tests/support/support.h"

#define OBJECTS 3u

static char *dir;
static char *ledger;
static int64_t beginning;

static void ok(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

/* Each test has a repository of its own. */
static int set_up(void **state)
{
	struct mun_catalog *c;
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	ledger = mun_test_path(dir, "ledger");
	ok(mun_time_parse("2026-12-01T00:00:00Z", &beginning, &e), &e);
	sample_clock = beginning;
	mun_now_ms = sample_now;
	c = catalog_sample_new(dir);
	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	for (unsigned int n = 1; n <= OBJECTS; n++)
		catalog_sample_put(c, n);
	mun_catalog_close(c);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_now_ms = mun_clock_real_ms;
	free(ledger);
	mun_test_dir_remove(dir);
	return 0;
}

/* Calls that change something, until the one that kills. */
static int left = -1;

static void count(void)
{
	if (left >= 0 && left-- == 0)
		_exit(9);
}

static ssize_t kill_write(int fd, const void *buf, size_t len)
{
	/* Half of a line may have reached the disk. */
	if (left == 0 && len > 1 && mun_sys_real.write(fd, buf, len / 2) < 0)
		_exit(8);
	count();
	return mun_sys_real.write(fd, buf, len);
}

static ssize_t kill_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	if (left == 0 && len > 1 &&
	    mun_sys_real.pwrite(fd, buf, len / 2, off) < 0)
		_exit(8);
	count();
	return mun_sys_real.pwrite(fd, buf, len, off);
}

static int kill_ftruncate(int fd, off_t len)
{
	count();
	return mun_sys_real.ftruncate(fd, len);
}

static int kill_fsync(int fd)
{
	count();
	return mun_sys_real.fsync(fd);
}

static int kill_fdatasync(int fd)
{
	count();
	return mun_sys_real.fdatasync(fd);
}

static int kill_open(const char *path, int flags, mode_t mode)
{
	if (flags & (O_WRONLY | O_RDWR | O_CREAT))
		count();
	return mun_sys_real.open(path, flags, mode);
}

static int kill_rename(const char *from, const char *to)
{
	count();
	return mun_sys_real.rename(from, to);
}

static int kill_unlink(const char *path)
{
	count();
	return mun_sys_real.unlink(path);
}

static void install_kill(int n)
{
	left = n;
	mun_sys.write = kill_write;
	mun_sys.pwrite = kill_pwrite;
	mun_sys.ftruncate = kill_ftruncate;
	mun_sys.fsync = kill_fsync;
	mun_sys.fdatasync = kill_fdatasync;
	mun_sys.open = kill_open;
	mun_sys.rename = kill_rename;
	mun_sys.unlink = kill_unlink;
}

/* In a process of its own: an audit with damage in it, killed at its @n-th
 * write; of the catalog where @vfs says so, else of the ledger. */
static int audit_killed(int n, bool vfs)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct mun_catalog *c = catalog_sample_open(dir);
		struct mun_err e;

		if (mun_catalog_attach(c, ledger, &e))
			_exit(7);
		if (vfs)
			fault_vfs_arm(n, 10 /* SQLITE_IOERR */, FAULT_KILL);
		else
			install_kill(n);
		sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void take_problem(void *ctx, const struct mun_ledger_problem *p)
{
	mun_str_addf(ctx, "%s: %s: %s\n", p->code, p->where, p->text);
}

/* Whatever was killed: both are whole, agree, and go on. */
static void assert_whole(int n)
{
	const struct mun_ledger_check how = { .threads = 1 };
	struct mun_ledger_verdict v;
	struct mun_catalog *c = catalog_sample_open(dir);
	struct mun_str told = { 0 };
	struct mun_err e;

	if (catalog_sample_problems(c, NULL))
		fail_msg("the catalog is damaged after kill %d", n);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	ok(mun_catalog_compare(c, ledger, &how, take_problem, &told, &v, &e),
	   &e);
	if (told.len)
		fail_msg("after kill %d: %s", n, told.text);
	mun_catalog_close(c);
}

static void kill_at_each(bool vfs)
{
	int n = 0;
	int status;

	do {
		status = audit_killed(n, vfs);
		if (status != 9 && status != 0)
			fail_msg("kill %d ended with %d", n, status);
		sample_clock = beginning + 1000 * (n + 1);
		assert_whole(n);
		n++;
	} while (status == 9);
	assert_true(n > 10);
	printf("killed at %d writes of the %s: catalog and ledger whole\n",
	       n - 1, vfs ? "catalog" : "ledger");
}

static void killed_while_the_ledger_is_written(void **state)
{
	(void)state;
	kill_at_each(false);
}

static void killed_while_the_catalog_is_written(void **state)
{
	(void)state;
	fault_vfs_install();
	fault_vfs_arm(-1, 0, FAULT_ONCE);
	kill_at_each(true);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(killed_while_the_ledger_is_written),
		T(killed_while_the_catalog_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
