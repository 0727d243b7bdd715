/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/kill_merge.c - a merge killed at each of its system calls */
#include "ingest/merge.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/sys.h"
#include "ingest/merge_catalogue.h"
#include "store/version.h"
#include "tests/ingest/box.h"
#include "tests/support/mortal.h"
#include "tests/support/support.h"

#define SECTORS 300u
#define BYTES ((size_t)SECTORS * 512)

static struct test_box box;
static uint8_t truth[BYTES];
static char *holed; /* the first copy, with its map */
static char *holed_map;
static char *other; /* the second; it lies in one sector */
static char *other_map;
static char object[MUN_UUID_LEN];

/* Sectors @bad to @bad + 9 are missing. */
static void copy(const char *name, size_t bad, size_t lie, char **image,
		 char **map)
{
	static uint8_t data[BYTES];
	char text[256];
	char file[32];

	memcpy(data, truth, BYTES);
	memset(data + bad * 512, 0, 10 * 512);
	data[lie * 512 + 3] ^= lie ? 1 : 0;
	(void)snprintf(file, sizeof(file), "%s.img", name);
	*image = test_box_file(&box, file, data, BYTES);
	(void)snprintf(text, sizeof(text),
		       "# Mapfile\n0x0 + 1\n0x0 0x%zX +\n0x%zX 0x1400 -\n"
		       "0x%zX 0x%zX +\n",
		       bad * 512, bad * 512, (bad + 10) * 512,
		       BYTES - (bad + 10) * 512);
	(void)snprintf(file, sizeof(file), "%s.map", name);
	*map = test_box_file(&box, file, text, strlen(text));
}

static int setup(void **state)
{
	(void)state;
	mun_test_pattern(truth, BYTES, 815);
	test_box_open(&box);
	test_box_parity(&box, "5%");
	copy("holed", 20, 0, &holed, &holed_map);
	copy("other", 50, 70, &other, &other_map);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_sys = mun_sys_real;
	test_box_close(&box);
	free(holed);
	free(holed_map);
	free(other);
	free(other_map);
	return 0;
}

/* The object, as it is before. */
static void take_in(void)
{
	const struct mun_ingest_request req = { .source = holed,
						.map = holed_map,
						.operator_name = "A" };
	struct mun_ingest_result out;
	struct mun_err e;

	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	memcpy(object, out.id, sizeof(object));
}

static int count_one(void *ctx, const struct mun_disagreement *d,
		     struct mun_err *e)
{
	(void)e;
	assert_int_equal(d->off, 70 * 512);
	++*(unsigned int *)ctx;
	return 0;
}

static int merge(struct mun_merge_summary *sum, unsigned int *told,
		 struct mun_err *e)
{
	const struct mun_ingest_request req = { .source = other,
						.map = other_map,
						.operator_name = "B",
						.merge = object };
	struct mun_ingest_env env = box.env;
	struct mun_ingest_result out;

	env.disagreed = count_one;
	env.disagreed_ctx = told;
	env.merged = sum;
	return mun_ingest(&env, &req, &out, e);
}

/* In a child; @calls may pass. */
static bool killed_at(int calls)
{
	struct mun_merge_summary sum;
	unsigned int told = 0;
	struct mun_err e;
	int status;
	pid_t pid;

	/* SQLite does not survive fork(2): each process opens its own. */
	test_box_drop(&box);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		test_box_reopen(&box);
		mun_test_mortal(calls);
		_exit(-merge(&sum, &told, &e));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	test_box_reopen(&box);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static unsigned int version_now(void)
{
	struct mun_record *r;
	struct mun_err e;
	unsigned int version;

	test_must(mun_catalog_get(box.catalog, object, false, &r, &e), &e);
	version = r->version;
	mun_record_free(r);
	return version;
}

/* Everything agrees with everything, and the image is that of the version. */
static void assert_sound(unsigned int version)
{
	uint8_t want[BYTES];

	memcpy(want, truth, BYTES);
	if (version == 1)
		memset(want + (size_t)20 * 512, 0, (size_t)10 * 512);
	assert_int_equal(version_now(), version);
	test_box_assert_clean(&box);
	test_box_assert_master(&box, object, want, BYTES);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
}

static int note_session(void *ctx, const struct mun_session_info *s,
			struct mun_err *e)
{
	(void)e;
	memcpy(ctx, s->id, MUN_UUID_LEN);
	return 0;
}

static void a_merge_killed_at_any_call_goes_on_or_has_not_been(void **state)
{
	size_t went_on = 0;
	int n = 0;

	(void)state;
	take_in();
	for (; killed_at(n); n += mun_test_step(7)) {
		struct mun_merge_summary sum = { 0 };
		char id[MUN_UUID_LEN] = "";
		struct mun_ingest_result out;
		unsigned int told = 0;
		struct mun_err e;

		test_must(mun_session_list(&box.env, note_session, id, &e), &e);
		box.env.disagreed = count_one;
		box.env.disagreed_ctx = &told;
		box.env.merged = &sum;
		if (id[0]) {
			test_must(mun_ingest_resume(&box.env, id, &out, &e),
				  &e);
			assert_string_equal(out.id, object);
			assert_int_equal(out.version, 2);
			assert_int_equal(sum.filled_bytes, 10 * 512);
			assert_int_equal(sum.disagreements, 1);
			assert_int_equal(told, 1);
			went_on++;
		}
		box.env.disagreed = NULL;
		box.env.merged = NULL;
		/* Killed while the session was being taken away, or before it
		 * was there. */
		assert_sound(id[0] ? 2 : version_now());
		test_box_empty(&box);
		take_in();
	}
	assert_sound(2);
	print_message("killed at %d calls, %zu then went on\n", n, went_on);
	assert_true(n > 120);
	assert_true((size_t)(n / mun_test_step(7)) - went_on < 30);
}

static void a_killed_merge_can_be_given_up(void **state)
{
	size_t given_up = 0;
	int n = 0;

	(void)state;
	take_in();
	for (; killed_at(n); n += mun_test_step(20)) {
		char id[MUN_UUID_LEN] = "";
		struct mun_ingest_result out;
		struct mun_err e;
		int rc = 0;

		test_must(mun_session_list(&box.env, note_session, id, &e), &e);
		if (id[0])
			rc = mun_session_discard(&box.env, id, &e);
		given_up += id[0] && !rc && version_now() == 1;
		/* Not any more, once the store has the version. */
		if (rc) {
			assert_int_equal(rc, MUN_EINVAL);
			test_must(mun_ingest_resume(&box.env, id, &out, &e),
				  &e);
		}
		assert_sound(version_now());
		test_box_empty(&box);
		take_in();
	}
	print_message("given up after %zu of %d kills\n", given_up,
		      n / mun_test_step(20));
	assert_true(given_up > 6);
}

/* In a child, which dies after so many @calls; or, of less than 0, here. */
static void recover(int calls)
{
	mun_auto(place) *place = NULL;
	struct mun_err e;
	uint64_t n;
	pid_t pid;

	if (calls >= 0)
		test_box_drop(&box);
	pid = calls < 0 ? 0 : fork();
	assert_true(pid >= 0);
	if (pid) {
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		test_box_reopen(&box);
		return;
	}
	if (calls >= 0)
		test_box_reopen(&box);
	test_must(mun_place_open_main(box.dir, &place, &e), &e);
	if (calls >= 0)
		mun_test_mortal(calls);
	test_must(mun_merge_recover(&box.env, place, &n, &e), &e);
	if (calls >= 0)
		_exit(0);
	/* Once more there is nothing. */
	test_must(mun_merge_recover(&box.env, place, &n, &e), &e);
	assert_int_equal(n, 0);
}

/* Has the commit begun, and is there still who tells of it? */
static bool tells_of_it(const char *id)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/" MUN_VERSION_STAGE "%s/%s",
		       box.spool, id, MUN_VERSION_NOTE);
	return !access(path, F_OK);
}

static void a_commit_is_ended_without_its_session(void **state)
{
	size_t versions[3] = { 0 };
	int n = 0;

	(void)state;
	take_in();
	for (; killed_at(n); n += mun_test_step(3)) {
		char id[MUN_UUID_LEN] = "";
		struct mun_ingest_result out;
		char path[512];
		struct mun_err e;

		test_must(mun_session_list(&box.env, note_session, id, &e), &e);
		(void)snprintf(path, sizeof(path), "%s/%s", box.spool, id);
		if (id[0] && tells_of_it(id)) {
			test_must(mun_tree_remove(path, &e), &e);
			/* That may be killed as well. */
			recover(n % 11);
			recover(-1);
			versions[version_now()]++;
		} else {
			recover(-1);
			if (id[0])
				test_must(mun_ingest_resume(&box.env, id, &out,
							    &e),
					  &e);
		}
		assert_sound(version_now());
		test_box_empty(&box);
		take_in();
	}
	print_message("%zu had not been, %zu were ended\n", versions[1],
		      versions[2]);
	assert_true(versions[1] && versions[2]);
}

/* A sandboxed child goes on counting where its parent stood. */
static void in_a_child(void)
{
	mun_fault_restore();
}

/* What a run left is sound; then resume makes it whole. */
static void assert_recovers(int rc, const char *call, int n)
{
	struct test_problems p = test_box_problems(&box, true);
	char id[MUN_UUID_LEN] = "";
	struct mun_ingest_result out;
	struct mun_err e;

	/* A version that the catalog lacks is what the session is there for. */
	test_must(mun_session_list(&box.env, note_session, id, &e), &e);
	if (p.errors && !id[0])
		fail_msg("%s, call %d: %s", call, n, p.last);
	if (id[0])
		test_must(mun_ingest_resume(&box.env, id, &out, &e), &e);
	assert_sound(!rc || id[0] ? 2 : version_now());
}

static void a_failing_call_of_any_kind_loses_nothing(void **state)
{
	int unseen = 0;
	int n = 0;

	(void)state;
	for (;; n += mun_test_step(16)) {
		struct mun_merge_summary sum;
		unsigned int told = 0;
		struct mun_err e;
		bool fired;
		int rc;

		take_in();
		mun_fault_install(
			MUN_CALL_ALL & ~MUN_CALL_BIT(MUN_CALL_FICLONE), EIO);
		mun_fault_arm(n);
		rc = merge(&sum, &told, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (!rc && !fired)
			break;
		unseen += !rc;
		assert_recovers(rc, mun_fault_call_name(), n);
		test_box_empty(&box);
	}
	print_message("%d calls, each %dth failed once; %d without harm\n", n,
		      mun_test_step(16), unseen);
	assert_true(n > 300);
	assert_true(unseen < n / mun_test_step(16));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_merge_killed_at_any_call_goes_on_or_has_not_been),
		TEST(a_killed_merge_can_be_given_up),
		TEST(a_commit_is_ended_without_its_session),
		TEST(a_failing_call_of_any_kind_loses_nothing),
	};

	(void)pthread_atfork(NULL, NULL, in_a_child);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
