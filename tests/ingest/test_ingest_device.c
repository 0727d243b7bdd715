/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_ingest_device.c - sessions of a device, from drive to catalog */
#include "ingest/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/str.h"
#include "core/sys.h"
#include "ingest/checkpoint.h"
#include "ingest/intake.h"
#include "medium/device.h"
#include "medium/reader_source.h"
#include "tests/ingest/box.h"
#include "tests/support/failing_drive.h"
#include "tests/support/support.h"

#define SECTOR 512u
#define SECTORS ((size_t)2880)
#define BYTES (SECTORS * SECTOR)

static struct test_box box;
static char *place; /* where the drive is: a file stands there for it */
static char *other_place;

/* What is in the drive now, or in the other one. */
static struct medium {
	const char *path;
	uint64_t seed;
	size_t sectors;
	const char *serial;
	bool away;
} drives[2];

/* 3 + 40 of 2880 sectors */
static void damage(struct mun_failing_drive *d)
{
	mun_failing_set(d, 700, 3, MUN_FAILING_BAD, 0);
	mun_failing_set(d, 2000, 40, MUN_FAILING_BAD, 0);
}
#define LOST (43u * SECTOR)

/* The reader is the device's to close, and its source borrows it. */
static int open_drive(const struct medium *m, struct mun_device *out,
		      struct mun_err *e)
{
	struct mun_failing_drive *d = mun_failing_drive_new(m->sectors, SECTOR);

	d->seed = m->seed;
	damage(d);
	*out = (struct mun_device){
		.facts = { .is_device = true,
			   .kind = MUN_DEVICE_DISK,
			   .bytes = (uint64_t)m->sectors * SECTOR,
			   .sector_bytes = SECTOR,
			   .name = "sdz",
			   .vendor = "ACME",
			   .model = "Spinner" },
		.reader = &d->reader,
		.fd = -1,
	};
	(void)snprintf(out->facts.serial, sizeof(out->facts.serial), "%s",
		       m->serial);
	return mun_reader_source(out->reader, &out->source, e);
}

static int provide(const char *path, struct mun_device *out, struct mun_err *e)
{
	for (size_t i = 0; i < 2; i++) {
		if (!drives[i].path || strcmp(path, drives[i].path) != 0)
			continue;
		if (drives[i].away)
			return mun_fail(e, MUN_EIO, "no such drive today");
		return open_drive(&drives[i], out, e);
	}
	return mun_fail(e, MUN_ENOENT, "not one of ours");
}

static void in_a_child(void)
{
	mun_fault_restore();
}

static int setup(void **state)
{
	(void)state;
	mun_checkpoint_ms = 5000;
	mun_intake_small = 0;
	test_box_open(&box);
	place = test_box_file(&box, "sdz", "a node", 6);
	other_place = test_box_file(&box, "sdy", "a node", 6);
	drives[0] = (struct medium){ place, 77, SECTORS, "S1", false };
	drives[1] = (struct medium){ other_place, 77, SECTORS, "S1", false };
	mun_device_provide(provide);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_device_provide(NULL);
	test_box_close(&box);
	free(place);
	free(other_place);
	return 0;
}

static int ingest(struct mun_ingest_result *out, struct mun_err *e)
{
	const struct mun_ingest_request req = { .source = place,
						.operator_name = "J. Archivist",
						.rescue = { .retries = 1 } };

	memset(e, 0, sizeof(*e));
	return mun_ingest(&box.env, &req, out, e);
}

static void truth(uint8_t image[static BYTES])
{
	struct mun_failing_drive *d = mun_failing_drive_new(SECTORS, SECTOR);

	d->seed = 77;
	mun_failing_bytes(d, 0, image, BYTES);
	memset(image + (size_t)700 * SECTOR, 0, (size_t)3 * SECTOR);
	memset(image + (size_t)2000 * SECTOR, 0, (size_t)40 * SECTOR);
	mun_reader_close(&d->reader);
}

static int note_id(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	(void)e;
	memcpy(ctx, row->id, MUN_UUID_LEN);
	return 0;
}

/* One object, and it is what the medium gave. */
static void assert_object(void)
{
	static uint8_t image[BYTES];
	struct mun_record *r = NULL;
	char id[MUN_UUID_LEN] = "";
	struct mun_err e;

	assert_int_equal(test_box_catalogued(&box), 1);
	assert_int_equal(test_box_stored(&box), 1);
	test_must(mun_catalog_list(box.catalog, NULL, NULL, note_id, id, &e),
		  &e);
	truth(image);
	test_box_assert_master(&box, id, image, BYTES);
	test_must(mun_catalog_get(box.catalog, id, false, &r, &e), &e);
	assert_string_equal(r->outcome, "partial");
	assert_string_equal(r->source_kind, "device");
	assert_int_equal(r->unreadable_bytes, LOST);
	assert_int_equal(r->nunreadable, 2);
	assert_int_equal(r->unreadable[0].off, (uint64_t)700 * SECTOR);
	assert_int_equal(r->unreadable[1].off, (uint64_t)2000 * SECTOR);
	assert_non_null(mun_record_file(r, "image/disk.map"));
	assert_non_null(mun_record_property(r, MUN_PROPERTY_HEAD));
	mun_record_free(r);
	test_box_assert_clean(&box);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
}

static void a_bad_disk_becomes_a_partial_object(void **state)
{
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	test_must(ingest(&out, &e), &e);
	assert_string_equal(out.outcome, "partial");
	assert_int_equal(out.unreadable_bytes, LOST);
	assert_string_equal(out.stopped, "");
	assert_object();
}

static int note_session(void *ctx, const struct mun_session_info *s,
			struct mun_err *e)
{
	(void)e;
	memcpy(ctx, s->id, MUN_UUID_LEN);
	return 0;
}

static bool session(char id[static MUN_UUID_LEN])
{
	struct mun_err e;

	id[0] = '\0';
	test_must(mun_session_list(&box.env, note_session, id, &e), &e);
	return id[0] != '\0';
}

/* Is the reading of the session complete, so that no drive is needed? */
static bool is_complete(const char *id)
{
	mun_autofree char *path = NULL;
	struct mun_err e;

	test_must(mun_fmt(&path, &e, "%s/%s/reading.json", box.spool, id), &e);
	return !access(path, F_OK);
}

/* Resume what is there, with the drive gone where it is not needed. */
static bool resumed(bool *without)
{
	struct mun_ingest_result out;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	*without = false;
	if (!session(id))
		return false;
	*without = is_complete(id);
	drives[0].away = *without;
	test_must(mun_ingest_resume(&box.env, id, &out, &e), &e);
	drives[0].away = false;
	return true;
}

static void a_failing_call_loses_nothing(void **state)
{
	int without = 0;
	int n = 0;
	int k = 0;

	(void)state;
	for (;; k++, n += 8) {
		struct mun_ingest_result out;
		struct mun_err e;
		bool alone;
		bool fired;
		int rc;

		mun_fault_install(MUN_CALL_MUTATING |
					  MUN_CALL_BIT(MUN_CALL_UNLINK) |
					  MUN_CALL_BIT(MUN_CALL_PREAD),
				  k % 2 ? EIO : ENOSPC);
		mun_fault_arm(n);
		rc = ingest(&out, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (!fired && !rc)
			break;
		if (resumed(&alone))
			without += alone;
		else if (rc)
			test_must(ingest(&out, &e), &e);
		assert_object();
		test_box_empty(&box);
	}
	print_message("%d calls failed once; %d times the drive was not needed "
		      "any more\n",
		      k, without);
	assert_true(k > 15);
	assert_true(without > 3);
	assert_object();
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

#define MORTAL(name, declared, given) \
	static int mortal_##name declared \
	{ \
		live_or_die(); \
		return mun_sys_real.name given; \
	}
MORTAL(fsync, (int fd), (fd))
MORTAL(fdatasync, (int fd), (fd))
MORTAL(rename, (const char *from, const char *to), (from, to))
MORTAL(rename_new, (const char *from, const char *to), (from, to))
MORTAL(mkdir, (const char *path, mode_t mode), (path, mode))
MORTAL(ftruncate, (int fd, off_t len), (fd, len))

static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static ssize_t mortal_write(int fd, const void *data, size_t len)
{
	live_or_die();
	return mun_sys_real.write(fd, data, len);
}

static bool killed_at(int calls)
{
	struct mun_ingest_result out;
	struct mun_err e;
	int status;
	pid_t pid;

	test_box_drop(&box);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		test_box_reopen(&box);
		calls_to_live = calls;
		mun_sys.fsync = mortal_fsync;
		mun_sys.fdatasync = mortal_fdatasync;
		mun_sys.rename = mortal_rename;
		mun_sys.rename_new = mortal_rename_new;
		mun_sys.mkdir = mortal_mkdir;
		mun_sys.ftruncate = mortal_ftruncate;
		mun_sys.pwrite = mortal_pwrite;
		mun_sys.write = mortal_write;
		_exit(ingest(&out, &e) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	test_box_reopen(&box);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void killed_at_any_call_it_can_be_resumed(void **state)
{
	struct mun_ingest_result out;
	struct mun_err e;
	bool without;
	int kills = 0;

	(void)state;
	mun_checkpoint_ms = 0;
	for (int n = 0; killed_at(n); n += 11, kills++) {
		/* Nothing, or a session, or all of it. */
		if (!resumed(&without) && !test_box_catalogued(&box))
			test_must(ingest(&out, &e), &e);
		assert_object();
		test_box_empty(&box);
	}
	print_message("killed at %d calls\n", kills);
	assert_true(kills > 20);
}

/* ---- the same medium, or not ---- */

/* A session that has read all, and could not go on. */
static void interrupted(char id[static MUN_UUID_LEN])
{
	struct mun_ingest_result out;
	struct mun_err e;
	int n = 0;

	do {
		test_box_empty(&box);
		mun_fault_install(MUN_CALL_BIT(MUN_CALL_RENAME), EIO);
		mun_fault_arm(n++);
		assert_int_not_equal(ingest(&out, &e), 0);
		assert_true(mun_fault_fired());
		mun_fault_restore();
	} while (!session(id) || !is_complete(id));
}

static char *map_of(const char *id)
{
	mun_autofree char *path = NULL;
	struct mun_err e;

	test_must(mun_fmt(&path, &e, "%s/%s/progress.map", box.spool, id), &e);
	return mun_test_read(path, NULL);
}

static void refused(const char *id, const char *source, const char *why)
{
	struct mun_ingest_result out;
	struct mun_err e;
	char text[1024];
	char *before = map_of(id);
	char *after;

	assert_int_equal(mun_ingest_resume_from(&box.env, id, source, &out, &e),
			 MUN_EINVAL);
	mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, why))
		fail_msg("'%s' is not in: %s", why, text);
	assert_string_equal(out.id, id);
	after = map_of(id);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Does its checkpoint vouch for anything, to know the medium by? */
static bool vouched(const char *id)
{
	char *map = map_of(id);
	bool has = map && strstr(map, "+\n");

	free(map);
	return has;
}

/* A run that was cancelled when most of it was read. */
static void half_read(char id[static MUN_UUID_LEN])
{
	struct mun_ingest_result out;
	struct mun_err e;
	int n = 8;

	/* The image is synced at the first save, at the last, and so on: one
	 * of the later ones fails, and a checkpoint is there; where syncing
	 * takes no time, not much may have been read by then. */
	do {
		test_box_empty(&box);
		mun_checkpoint_ms = 0;
		mun_fault_install(MUN_CALL_BIT(MUN_CALL_FDATASYNC), EIO);
		mun_fault_arm(n++);
		assert_int_not_equal(ingest(&out, &e), 0);
		mun_fault_restore();
		mun_checkpoint_ms = 5000;
		assert_true(session(id));
		assert_false(is_complete(id));
	} while (!vouched(id));
}

static void another_medium_is_refused(void **state)
{
	struct mun_ingest_result out;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	half_read(id);
	drives[0].serial = "S2";
	refused(id, NULL, "serial number S1 then, S2 now");
	drives[0].serial = "";
	drives[0].seed = 78;
	refused(id, NULL, "first sectors");
	drives[0] = drives[1];
	drives[0].path = place;
	drives[0].sectors = SECTORS - 80;
	refused(id, NULL, "1474560 bytes then, 1433600 bytes now");
	drives[0].path = NULL;
	refused(id, NULL, "it is a file now");
	/* Where the operator says that it is now. */
	test_must(mun_ingest_resume_from(&box.env, id, other_place, &out, &e),
		  &e);
	assert_object();
}

static void what_was_read_to_its_end_needs_no_drive(void **state)
{
	struct mun_ingest_result out;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	interrupted(id);
	drives[0].away = true;
	test_must(mun_ingest_resume(&box.env, id, &out, &e), &e);
	assert_object();
}

/* Another drive for a medium that can be taken out is no other medium. */
static void the_record_names_every_run(void **state)
{
	struct mun_ingest_result out;
	struct mun_record *r = NULL;
	char id[MUN_UUID_LEN];
	size_t readings = 0;
	struct mun_err e;

	(void)state;
	half_read(id);
	test_must(mun_ingest_resume_from(&box.env, id, other_place, &out, &e),
		  &e);
	test_must(mun_catalog_get(box.catalog, out.id, false, &r, &e), &e);
	for (size_t i = 0; i < r->nevents; i++)
		readings += r->events[i].reading != NULL;
	assert_int_equal(readings, 2);
	mun_record_free(r);
}

static void a_spent_budget_is_in_the_result(void **state)
{
	const struct mun_ingest_request req = { .source = place,
						.rescue = { .max_errors = 1 } };
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	assert_string_equal(out.outcome, "partial");
	assert_string_equal(out.stopped, "errors");
	assert_true(out.unreadable_bytes > LOST);
	test_box_assert_clean(&box);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_bad_disk_becomes_a_partial_object),
		TEST(a_spent_budget_is_in_the_result),
		TEST(another_medium_is_refused),
		TEST(the_record_names_every_run),
		TEST(what_was_read_to_its_end_needs_no_drive),
		TEST(a_failing_call_loses_nothing),
		TEST(killed_at_any_call_it_can_be_resumed),
	};

	assert_int_equal(pthread_atfork(NULL, NULL, in_a_child), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
