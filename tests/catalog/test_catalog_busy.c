/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog_busy.c - several processes on one catalog */
#include "catalog/catalog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog/migrate.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

#define WRITERS 4u
#define READERS 2u
#define PUTS 200u

static char *dir;
static char *path;

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	mun_catalog_close(catalog_sample_new(dir));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_cancel_reset();
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

static _Noreturn void die(const char *what, const struct mun_err *e)
{
	char text[1024];

	(void)fprintf(stderr, "%s: %s\n", what,
		      mun_err_text(e, text, sizeof(text), 1));
	_exit(1);
}

static struct mun_catalog *open_or_die(void)
{
	struct mun_catalog *c;
	struct mun_err e;

	if (mun_catalog_open(path, &c, &e))
		die("open", &e);
	return c;
}

/* Objects first, agents and events beside them, as an ingest makes them. */
static _Noreturn void write_many(unsigned int who)
{
	struct mun_catalog *c = open_or_die();
	struct mun_err e;

	for (unsigned int i = 0; i < PUTS; i++) {
		struct mun_record *r = catalog_sample(i * WRITERS + who);
		char agent[MUN_UUID_LEN];

		if (mun_catalog_agent_id(c, "person", "someone", "", "", agent,
					 &e))
			die("agent", &e);
		if (mun_catalog_put(c, r, &e))
			die("put", &e);
		mun_record_free(r);
	}
	mun_catalog_close(c);
	_exit(0);
}

struct seen {
	struct mun_catalog *c;
	unsigned int rows;
};

static int see(void *ctx, const struct mun_catalog_row *row, struct mun_err *e)
{
	struct seen *s = ctx;

	(void)row;
	(void)e;
	s->rows++;
	return 0;
}

/* What is listed once stays, and never an error. */
static _Noreturn void read_many(void)
{
	struct seen s = { .c = open_or_die() };
	unsigned int before = 0;
	struct mun_err e;

	do {
		struct mun_record *r;
		int rc;

		s.rows = 0;
		if (mun_catalog_list(s.c, NULL, NULL, see, &s, &e))
			die("list", &e);
		if (s.rows < before)
			_exit(2);
		before = s.rows;
		if (mun_catalog_search(s.c, "diskette", see, &s, &e))
			die("search", &e);
		rc = mun_catalog_get(s.c, catalog_sample_id(before / 2, 0),
				     true, &r, &e);
		if (rc && rc != MUN_ENOENT)
			die("get", &e);
		if (!rc && r->nevents != 2)
			_exit(3);
		if (!rc)
			mun_record_free(r);
	} while (before < WRITERS * PUTS);
	mun_catalog_close(s.c);
	_exit(0);
}

static void wait_for_all(const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void nobody_sees_a_locked_database_and_nothing_is_lost(void **state)
{
	pid_t pids[WRITERS + READERS];
	struct mun_catalog *c;
	struct seen s = { 0 };
	struct mun_err e;
	int64_t start = mun_clock_monotonic_ms();
	int64_t ms;

	(void)state;
	for (unsigned int i = 0; i < MUN_COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i] && i < WRITERS)
			write_many(i);
		if (!pids[i])
			read_many();
	}
	wait_for_all(pids, MUN_COUNT(pids));
	ms = mun_clock_monotonic_ms() - start;
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_list(c, NULL, NULL, see, &s, &e), 0);
	assert_int_equal(s.rows, WRITERS * PUTS);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
	print_message("%u objects by %u processes, %u readers: %lld ms\n",
		      WRITERS * PUTS, WRITERS, READERS, (long long)ms);
}

/* The last one that closes removes the log while another one opens. */
static _Noreturn void come_and_go(unsigned int who)
{
	for (unsigned int i = 0; i < PUTS / 4; i++) {
		struct mun_catalog *c = open_or_die();
		struct mun_record *r = catalog_sample(i * WRITERS + who);
		struct mun_err e;

		if (mun_catalog_put(c, r, &e))
			die("put", &e);
		mun_record_free(r);
		mun_catalog_close(c);
	}
	_exit(0);
}

static void processes_that_come_and_go_disturb_nobody(void **state)
{
	pid_t pids[WRITERS];
	struct mun_catalog *c;
	struct seen s = { 0 };
	struct mun_err e;

	(void)state;
	for (unsigned int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			come_and_go(i);
	}
	wait_for_all(pids, WRITERS);
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_list(c, NULL, NULL, see, &s, &e), 0);
	assert_int_equal(s.rows, WRITERS * (PUTS / 4));
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
}

static struct mun_embedded later[] = {
	{ NULL, NULL, 0 },
	{ NULL, NULL, 0 },
	{ NULL, NULL, 0 },
	{ NULL, NULL, 0 },
	{ NULL, NULL, 0 },
	{ NULL, NULL, 0 },
	{ "0007_x.sql",
	  (const unsigned char *)"CREATE TABLE x (no INTEGER PRIMARY KEY);",
	  40 },
	{ NULL, NULL, 0 },
};

static void many_processes_migrate_once(void **state)
{
	pid_t pids[6];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(later) - 2; i++)
		later[i] = mun_sql_migrations[i];
	/* One more of ours, and this would test something else. */
	assert_null(mun_sql_migrations[MUN_COUNT(later) - 2].name);
	for (size_t i = 0; i < MUN_COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			struct mun_catalog *c;

			if (mun_migrate_open(path, later, &c, &e))
				die("migrate", &e);
			mun_catalog_close(c);
			_exit(0);
		}
	}
	wait_for_all(pids, MUN_COUNT(pids));
}

static void whoever_is_asked_to_stop_does_not_wait_for_long(void **state)
{
	struct mun_catalog *holder = catalog_sample_open(dir);
	struct mun_catalog *c = catalog_sample_open(dir);
	struct mun_record *r = catalog_sample(1);
	struct mun_err e;
	int64_t start;

	(void)state;
	assert_int_equal(
		sqlite3_exec(holder->db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_OK);
	mun_cancel();
	start = mun_clock_monotonic_ms();
	assert_int_equal(mun_catalog_put(c, r, &e), MUN_ECANCELLED);
	assert_in_range(mun_clock_monotonic_ms() - start, 1000, 10000);
	assert_null(strstr(e.lines[0].text, "database is locked"));
	mun_cancel_reset();
	assert_int_equal(sqlite3_exec(holder->db, "ROLLBACK", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(mun_catalog_put(c, r, &e), 0);
	mun_record_free(r);
	mun_catalog_close(c);
	mun_catalog_close(holder);
}

static void a_writer_waits_while_another_has_the_lock(void **state)
{
	struct mun_catalog *c;
	struct mun_record *r = catalog_sample(1);
	struct mun_err e;
	int status;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct mun_catalog *holder = open_or_die();

		if (sqlite3_exec(holder->db, "BEGIN IMMEDIATE", NULL, NULL,
				 NULL))
			_exit(1);
		(void)!write(ready[1], "x", 1);
		(void)nanosleep(&(struct timespec){ 0, 400000000 }, NULL);
		mun_catalog_close(holder);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_put(c, r, &e), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	mun_catalog_close(c);
	mun_record_free(r);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(nobody_sees_a_locked_database_and_nothing_is_lost),
		T(processes_that_come_and_go_disturb_nobody),
		T(many_processes_migrate_once),
		T(whoever_is_asked_to_stop_does_not_wait_for_long),
		T(a_writer_waits_while_another_has_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
