/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_acquire_cut.c - reading a device, cut off at any system call */
#include "ingest/acquire.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sys.h"
#include "ingest/checkpoint.h"
#include "ingest/intake.h"
#include "tests/ingest/device_box.h"

/* ---- system calls ---- */

/* A failing call of the reading ends with an error, or with the truth. */
static void a_failing_call_loses_nothing(void **state)
{
	int unseen = 0;
	int n = 0;

	(void)state;
	device_box_bad(700, 3);
	device_box_bad(3000, 40);
	mun_checkpoint_ms = 0;
	for (;; n++) {
		struct mun_acquire a;
		struct mun_err e;
		bool fired;
		int rc;

		device_box_again();
		mun_checkpoint_ms = 0;
		mun_fault_install(MUN_CALL_MUTATING |
					  MUN_CALL_BIT(MUN_CALL_PREAD) |
					  MUN_CALL_BIT(MUN_CALL_READ) |
					  MUN_CALL_BIT(MUN_CALL_FSTAT),
				  n % 2 ? EIO : ENOSPC);
		/* Saving at every chunk makes many calls: each, then fewer. */
		mun_fault_arm(n < 24 ? n : n + 40 * (n - 24));
		rc = device_box_acquire(&a, (struct mun_rescue_policy){ 0 },
					&e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (!rc)
			device_box_assert_all(&a);
		else
			assert_true(e.depth > 0);
		mun_acquire_clear(&a);
		if (!fired)
			break;
		unseen += !rc;
		mun_checkpoint_ms = 5000;
		device_box_must(
			device_box_acquire(&a, (struct mun_rescue_policy){ 0 },
					   &e),
			&e);
		device_box_assert_all(&a);
		mun_acquire_clear(&a);
	}
	print_message("%d calls failed once, %d of them without harm\n", n,
		      unseen);
	assert_true(n > 30);
	assert_true(unseen < n / 2);
}

/*
 * A disk that forgets what was not synced.  When a map gets its name, the image
 * and the records as they would be after a cut have to bear it out.
 */
static struct {
	pthread_mutex_t lock;
	uint8_t image[BYTES];
	char *pieces; /* durable bytes of progress.pieces */
	size_t npieces;
	unsigned int maps; /* that were seen */
	uint64_t most; /* bytes that one vouched for */
} cut = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool is_file(int fd, const char *path)
{
	struct stat a;
	struct stat b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino;
}

static int sync_seen(int fd)
{
	char *pieces = mun_test_path(device_box.dir, "progress.pieces");
	int rc = mun_sys_real.fdatasync(fd);
	size_t len = 0;

	(void)pthread_mutex_lock(&cut.lock);
	if (is_file(fd, device_box.image)) {
		char *now = mun_test_read(device_box.image, &len);

		memset(cut.image, 0, BYTES);
		memcpy(cut.image, now, len < BYTES ? len : BYTES);
		free(now);
	} else if (is_file(fd, pieces)) {
		free(cut.pieces);
		cut.pieces = mun_test_read(pieces, &cut.npieces);
	}
	(void)pthread_mutex_unlock(&cut.lock);
	free(pieces);
	return rc;
}

static size_t records_of(const char *text)
{
	const char *at = strstr(text, "records in progress.pieces: ");

	assert_non_null(at);
	return (size_t)strtoull(strchr(at, ':') + 1, NULL, 10);
}

/* Every good sector of the map is durable, and the records that it names. */
static void look_at_map(const char *path)
{
	struct mun_readmap m;
	uint8_t right[SECTOR];
	struct mun_err e;
	size_t len;
	char *text = mun_test_read(path, &len);

	device_box_must(mun_readmap_parse(text, len, &m, &e), &e);
	assert_true(records_of(text) * 40 <= cut.npieces);
	for (size_t i = 0; i < SECTORS; i++) {
		if (mun_readmap_at(&m, i * SECTOR) != MUN_READ_GOOD)
			continue;
		mun_failing_bytes(device_box.drive, i * SECTOR, right, SECTOR);
		if (memcmp(right, cut.image + i * SECTOR, SECTOR))
			fail_msg("sector %zu is vouched for and not durable",
				 i);
	}
	if (mun_readmap_bytes(&m, MUN_READ_GOOD) > cut.most)
		cut.most = mun_readmap_bytes(&m, MUN_READ_GOOD);
	cut.maps++;
	mun_readmap_clear(&m);
	free(text);
}

static int rename_seen(const char *from, const char *to)
{
	size_t len = strlen(to);
	int rc;

	(void)pthread_mutex_lock(&cut.lock);
	if (len > 12 && !strcmp(to + len - 12, "progress.map"))
		look_at_map(from);
	rc = mun_sys_real.rename(from, to);
	(void)pthread_mutex_unlock(&cut.lock);
	return rc;
}

static void a_map_never_says_more_than_the_synced_image(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	device_box_damage();
	mun_checkpoint_ms = 0;
	mun_sys.fdatasync = sync_seen;
	mun_sys.rename = rename_seen;
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	mun_sys = mun_sys_real;
	device_box_assert_all(&a);
	print_message("%u maps were true\n", cut.maps);
	assert_true(cut.maps > 10);
	assert_int_equal(cut.most, mun_readmap_bytes(&a.map, MUN_READ_GOOD));
	mun_acquire_clear(&a);
	free(cut.pieces);
}

/* ---- kill -9 ---- */

static int calls_to_live;
static pthread_mutex_t live = PTHREAD_MUTEX_INITIALIZER;

static void live_or_die(void)
{
	(void)pthread_mutex_lock(&live);
	if (calls_to_live-- == 0)
		(void)kill(getpid(), SIGKILL);
	(void)pthread_mutex_unlock(&live);
}

static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	/* Half of it is there. */
	if (calls_to_live == 0)
		(void)!mun_sys_real.pwrite(fd, data, len / 8192 * 4096, off);
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static ssize_t mortal_write(int fd, const void *data, size_t len)
{
	live_or_die();
	return mun_sys_real.write(fd, data, len);
}

static int mortal_rename(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename(from, to);
}

/* What was written survives the process, synced or not. */
static int mortal_sync(int fd)
{
	(void)fd;
	live_or_die();
	return 0;
}

/* Did the child die? */
static bool in_child(int calls)
{
	struct mun_acquire a;
	struct mun_err e;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		calls_to_live = calls;
		mun_sys.pwrite = mortal_pwrite;
		mun_sys.write = mortal_write;
		mun_sys.rename = mortal_rename;
		mun_sys.fdatasync = mortal_sync;
		mun_sys.fsync = mortal_sync;
		_exit(device_box_acquire(
			      &a, (struct mun_rescue_policy){ .retries = 1 },
			      &e)
			      ? 1
			      : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void killed_at_any_call_it_goes_on(void **state)
{
	int kills = 0;

	(void)state;
	device_box_damage();
	mun_checkpoint_ms = 0;
	for (int n = 0;; n += 2 + n / 6) {
		struct mun_readmap vouched = { 0 };

		device_box_again();
		if (!in_child(n))
			break;
		kills++;
		/* Every third is killed once more while it goes on. */
		if (kills % 3 == 0)
			(void)in_child(n / 2 + 3);
		if (device_box_checkpoint(&vouched)) {
			mun_readmap_clear(&vouched);
			device_box_resume(n);
		}
	}
	print_message("killed %d times\n", kills);
	assert_true(kills > 20);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, device_box_open, device_box_close)
	const struct CMUnitTest tests[] = {
		TEST(a_failing_call_loses_nothing),
		TEST(a_map_never_says_more_than_the_synced_image),
		TEST(killed_at_any_call_it_goes_on),
	};

	/* Every sector its own chunk: more places to be cut at. */
	mun_intake_small = 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
