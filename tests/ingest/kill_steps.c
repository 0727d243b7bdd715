/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/kill_steps.c - an ingest killed at each of its system calls */
#include "ingest/ingest.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sys.h"
#include "tests/ingest/box.h"
#include "tests/support/mortal.h"
#include "tests/support/support.h"

/* Two pieces and a bit, odd. */
#define BYTES (((size_t)2 << 20) + 12345)

/* All calls in their turn are for the long form. */
#define STEP 3

static struct test_box box;
static uint8_t image[BYTES];
static char *source;
static char *paper;
static const struct mun_expectation *promise; /* or NULL */

static int setup(void **state)
{
	(void)state;
	mun_test_pattern(image, BYTES, 4711);
	test_box_open(&box);
	source = test_box_file(&box, "disk.img", image, BYTES);
	paper = test_box_file(&box, "label.txt", "Disk 1 of 2\n", 12);
	return 0;
}

/* With parity files and a donor's manifest as well. */
static int setup_rich(void **state)
{
	char *line;

	(void)setup(state);
	line = test_box_line(MUN_SHA1, image, BYTES, "disk.img");
	test_box_parity(&box, "5%");
	promise = test_box_promise(&box, "donor.sha1", line, source, false);
	assert_non_null(promise);
	free(line);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_sys = mun_sys_real;
	promise = NULL;
	test_box_close(&box);
	free(source);
	free(paper);
	return 0;
}

/* In a child: ingest, or where @id is given resume it; @calls may pass. */
static int in_child(const char *id, int calls)
{
	const char *papers[] = { paper };
	const struct mun_ingest_request req = { .source = source,
						.operator_name = "J. Archivist",
						.nattachments = 1,
						.attachments = papers,
						.expect = promise };
	struct mun_ingest_result out;
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
		_exit(id ? -mun_ingest_resume(&box.env, id, &out, &e)
			 : -mun_ingest(&box.env, &req, &out, &e));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	test_box_reopen(&box);
	return status;
}

static int note_id(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	(void)e;
	memcpy(ctx, row->id, MUN_UUID_LEN);
	return 0;
}

/* All of it is there or, before anything was promised, nothing. */
static void assert_whole_or_nothing(size_t resumed, int n)
{
	char id[MUN_UUID_LEN] = "";
	struct mun_err e;

	if (test_box_catalogued(&box) != test_box_stored(&box))
		fail_msg("call %d: %zu catalogued, %zu stored", n,
			 test_box_catalogued(&box), test_box_stored(&box));
	assert_true(test_box_catalogued(&box) <= 1);
	if (resumed)
		assert_int_equal(test_box_catalogued(&box), 1);
	test_box_assert_clean(&box);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
	if (!test_box_catalogued(&box))
		return;
	test_must(mun_catalog_list(box.catalog, NULL, NULL, note_id, id, &e),
		  &e);
	test_box_assert_master(&box, id, image, BYTES);
}

static void an_ingest_killed_at_any_call_can_be_resumed(void **state)
{
	size_t killed = 0;
	size_t whole = 0;
	int n = 0;

	(void)state;
	for (;; n += mun_test_step(STEP)) {
		int status = in_child(NULL, n);

		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			break;
		}
		assert_int_equal(WTERMSIG(status), SIGKILL);
		assert_whole_or_nothing(test_box_resume(&box), n);
		killed++;
		whole += test_box_catalogued(&box);
		test_box_empty(&box);
	}
	assert_whole_or_nothing(1, n);
	print_message("killed at %zu of %d calls, %zu then finished\n", killed,
		      n, whole);
	assert_true(n > 60);
	/* Only before session.json is there is nothing to resume: two folders,
	 * lock, file, with their syncs. */
	assert_true(killed - whole < 15);
}

static int note_session(void *ctx, const struct mun_session_info *s,
			struct mun_err *e)
{
	(void)e;
	memcpy(ctx, s->id, MUN_UUID_LEN);
	return 0;
}

/* Leave a session that was killed at its call @n; false when it was not. */
static bool killed_at(int n, char id[static MUN_UUID_LEN])
{
	struct mun_err e;

	id[0] = '\0';
	if (WIFEXITED(in_child(NULL, n)))
		return false;
	test_must(mun_session_list(&box.env, note_session, id, &e), &e);
	return true;
}

static void a_resumed_one_killed_again_can_be_resumed_again(void **state)
{
	char id[MUN_UUID_LEN];
	int kills = 0;

	(void)state;
	/* Each fifth point of the first run, each eleventh of the second. */
	for (int n = 0; killed_at(n, id); n += 5) {
		for (int m = n % 11; id[0]; m += 11) {
			int status = in_child(id, m);

			if (WIFEXITED(status)) {
				assert_int_equal(WEXITSTATUS(status), 0);
				break;
			}
			kills++;
			/* Killed while the session was being taken away. */
			if (!test_box_sessions(&box))
				break;
		}
		assert_whole_or_nothing(id[0] != '\0', n);
		test_box_empty(&box);
	}
	print_message("killed while resuming: %d times\n", kills);
	assert_true(kills > 60);
}

static void a_killed_one_can_be_given_up(void **state)
{
	char id[MUN_UUID_LEN];
	size_t given_up = 0;
	struct mun_err e;
	int n = 0;

	(void)state;
	for (; killed_at(n, id); n += mun_test_step(STEP)) {
		int rc = id[0] ? mun_session_discard(&box.env, id, &e) : 0;

		given_up += id[0] && !rc;
		/* Not any more, once the store has it. */
		if (rc) {
			assert_int_equal(rc, MUN_EINVAL);
			assert_int_equal(test_box_resume(&box), 1);
		}
		assert_int_equal(test_box_catalogued(&box),
				 test_box_stored(&box));
		test_box_assert_clean(&box);
		assert_int_equal(mun_test_count_entries(box.spool), 0);
		test_box_empty(&box);
	}
	print_message("given up after %zu kills, at one of %d calls\n",
		      given_up, n);
	assert_true(given_up > 40u / (unsigned int)mun_test_step(STEP));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_ingest_killed_at_any_call_can_be_resumed),
		cmocka_unit_test_setup_teardown(
			an_ingest_killed_at_any_call_can_be_resumed, setup_rich,
			teardown),
		TEST(a_killed_one_can_be_given_up),
		TEST(a_resumed_one_killed_again_can_be_resumed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
