/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/report_world.c - a small repository whose every figure is known */
#include "tests/audit/report_world.h"

#include <stdio.h>

#include "catalog/query.h"
#include "core/clock.h"
#include "core/str.h"
#include "tests/support/support.h"

static int64_t now;

static int64_t test_now(void)
{
	return now;
}

void world_now(const char *rfc3339)
{
	struct mun_err e;

	assert_int_equal(mun_time_parse(rfc3339, &now, &e), 0);
	mun_now_ms = test_now;
}

void world_sql(struct mun_catalog *c, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(c->db, sql, NULL, NULL, &why))
		fail_msg("%s: %.300s", why, sql);
}

#define SEAL "zeroblob(16)"
/* Inside a printf of ours: the per cent sign twice. */
#define FMT_ID(prefix) "printf('" prefix "-0000-7000-8000-%%012d', no)"

static const char conf_text[] = "[repository]\n"
				"name = Museum <of> \"Tests\"\n"
				"every = 90d\n"
				"copies = 2\n"
				"\n"
				"[collection Letters]\n"
				"copies = 1\n"
				"\n"
				"[store tape]\n"
				"every = 365d\n";

void world_new(struct world *w)
{
	struct mun_err e;
	char *path;
	char *sql;

	world_now("2026-10-02T12:00:00Z");
	w->dir = mun_test_dir();
	path = mun_test_path(w->dir, "muniment.conf");
	mun_test_write(path, conf_text, strlen(conf_text));
	if (mun_conf_load(path, &w->conf, &e))
		fail_msg("%s", e.lines[0].text);
	free(path);
	path = mun_test_path(w->dir, "catalog.db");
	assert_int_equal(mun_catalog_init(path, &e), 0);
	assert_int_equal(mun_catalog_open(path, &w->c, &e), 0);
	free(path);
	path = mun_test_path(mun_test_source_dir(),
			     "tests/audit/report_world.sql");
	sql = mun_test_read(path, NULL);
	assert_non_null(sql);
	world_sql(w->c, "BEGIN");
	world_sql(w->c, sql);
	world_sql(w->c, "COMMIT");
	free(sql);
	free(path);
}

void world_free(struct world *w)
{
	mun_now_ms = mun_clock_real_ms;
	mun_catalog_close(w->c);
	mun_conf_free(w->conf);
	mun_test_dir_remove(w->dir);
}

void world_grow(struct world *w, unsigned int objects, unsigned int rounds)
{
	char *sql = NULL;
	struct mun_err e;

	world_sql(w->c, "BEGIN");
	assert_int_equal(
		mun_fmt(&sql, &e,
			"WITH RECURSIVE n(no) AS (SELECT 1001 UNION ALL "
			"SELECT no + 1 FROM n WHERE no < %u) "
			"INSERT INTO object SELECT no, " FMT_ID(
				"019b0000") ", '2026-02-01T00:00:00Z', 'disk', 1, '', 'source', "
					    "'file', '', '', 'raw', '', '', 'complete', 900, 512, "
					    "0, 1000, 1, 1, 0, 0, " SEAL
					    " FROM n;"
					    "INSERT INTO file SELECT 1000000 + no, no, " FMT_ID(
						    "019b0001") ", 'image/disk.img', 'master', 1000, 'Raw disk image', "
								"'', '', '', '', 1, " SEAL
								", NULL FROM object WHERE no > 1000;",
			objects + 1000),
		0);
	world_sql(w->c, sql);
	free(sql);
	for (unsigned int r = 1; r <= rounds; r++) {
		assert_int_equal(
			mun_fmt(&sql, &e,
				"INSERT INTO event SELECT %u + no, no, %u, " FMT_ID(
					"019b%04u") ", 'fixity check', '2026-%02u-11T00:00:00Z', "
						    "'', '', 'success', '', 1, " SEAL
						    " FROM object WHERE no > 1000;"
						    "INSERT INTO event_agent SELECT no, 1, 102, "
						    "'executing program', " SEAL
						    " FROM event WHERE no > %u;"
						    "INSERT INTO verdict SELECT no, object, 1, "
						    "started, 'intact', 1, 1000, " SEAL
						    " FROM event WHERE no > %u;",
				r * 10000000, r, r + 10, r % 9 + 1,
				r * 10000000, r * 10000000),
			0);
		world_sql(w->c, sql);
		free(sql);
	}
	world_sql(w->c, "DELETE FROM audit_state;"
			"INSERT INTO audit_state SELECT * FROM audit_state_now;"
			"COMMIT");
}
