/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/box.c - a scratch repository to ingest into, and what is in it */
#include "tests/ingest/box.h"

#include "core/file.h"
#include "ingest/crosscheck.h"
#include "ingest/session.h"
#include "tests/support/support.h"

#include <stdio.h>

void test_must(int rc, const struct mun_err *e)
{
	char text[2048];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

void test_box_reopen(struct test_box *b)
{
	struct mun_err e;

	test_must(mun_store_open(b->ocfl, &b->store, &e), &e);
	test_must(mun_catalog_open(b->db, &b->catalog, &e), &e);
	b->env.store = b->store;
	b->env.catalog = b->catalog;
}

void test_box_drop(struct test_box *b)
{
	mun_catalog_close(b->catalog);
	mun_store_close(b->store);
	b->catalog = NULL;
	b->store = NULL;
}

static void make(struct test_box *b)
{
	struct mun_err e;

	test_must(mun_mkdirs(b->spool, &e), &e);
	test_must(mun_store_init(b->ocfl, &e), &e);
	/* All migrations, one after the other, take longer than an ingest. */
	if (b->made) {
		mun_test_write(b->db, b->made, b->made_len);
	} else {
		test_must(mun_catalog_init(b->db, &e), &e);
		b->made = mun_test_read(b->db, &b->made_len);
	}
	test_box_reopen(b);
}

void test_box_open(struct test_box *b)
{
	memset(b, 0, sizeof(*b));
	b->dir = mun_test_dir();
	b->ocfl = mun_test_path(b->dir, "ocfl");
	b->db = mun_test_path(b->dir, "catalog.db");
	b->spool = mun_test_path(b->dir, "spool");
	b->env.spool = b->spool;
	b->env.algs = MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512);
	b->env.program_version = "0.1.0";
	make(b);
}

void test_box_empty(struct test_box *b)
{
	static const char *const names[] = { "ocfl", "spool", "catalog.db",
					     "catalog.db-wal",
					     "catalog.db-shm" };
	struct mun_err e;

	test_box_drop(b);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = mun_test_path(b->dir, names[i]);

		test_must(mun_tree_remove(path, &e), &e);
		free(path);
	}
	make(b);
}

void test_box_close(struct test_box *b)
{
	test_box_drop(b);
	mun_conf_free(b->conf);
	mun_expect_free(b->expect);
	free(b->ocfl);
	free(b->db);
	free(b->spool);
	free(b->made);
	mun_test_dir_remove(b->dir);
}

char *test_box_file(const struct test_box *b, const char *name,
		    const void *data, size_t len)
{
	char *path = mun_test_path(b->dir, name);

	mun_test_write(path, data, len);
	return path;
}

void test_box_parity(struct test_box *b, const char *percent)
{
	char text[128];
	struct mun_err e;
	char *path;

	(void)snprintf(text, sizeof(text),
		       "[repository]\nname = box\nparity = %s\n", percent);
	path = test_box_file(b, "muniment.conf", text, strlen(text));
	test_must(mun_conf_load(path, &b->conf, &e), &e);
	b->env.conf = b->conf;
	free(path);
}

const struct mun_expectation *
test_box_promise(struct test_box *b, const char *name, const char *text,
		 const char *source, bool accept_mismatch)
{
	char *path = test_box_file(b, name, text, strlen(text));
	struct mun_err e;

	mun_expect_free(b->expect);
	b->expect = NULL;
	test_must(mun_expect_load(path, "Ada & Sons", accept_mismatch,
				  &b->expect, &e),
		  &e);
	test_must(mun_expect_match(b->expect, &source, 1, &e), &e);
	free(path);
	return mun_expect_of(b->expect, 0);
}

char *test_box_line(enum mun_digest_alg alg, const void *data, size_t len,
		    const char *name)
{
	char hex[MUN_DIGEST_HEX];
	struct mun_digests d;
	struct mun_err e;
	char *line;

	test_must(mun_digest_memory(MUN_DIGEST_BIT(alg), data, len, &d, &e),
		  &e);
	mun_digest_hex(&d.of[alg], hex);
	test_must(mun_fmt(&line, &e, "%s  %s\n", hex, name), &e);
	return line;
}

static void count_problem(void *ctx, const struct mun_check_problem *p)
{
	struct test_problems *all = ctx;

	if (p->error)
		all->errors++;
	else
		all->warnings++;
	(void)snprintf(all->last, sizeof(all->last), "%s: %s: %s", p->code,
		       p->where, p->text);
}

struct test_problems test_box_problems(const struct test_box *b, bool content)
{
	struct test_problems all = { 0 };
	struct mun_err e;

	test_must(
		mun_check_repository(&b->env, content, count_problem, &all, &e),
		&e);
	return all;
}

void test_box_assert_clean(const struct test_box *b)
{
	struct test_problems all = test_box_problems(b, true);

	if (all.errors || all.warnings)
		fail_msg("%zu errors, %zu warnings; the last is %s", all.errors,
			 all.warnings, all.last);
}

static int count_row(void *ctx, const struct mun_catalog_row *row,
		     struct mun_err *e)
{
	(void)row;
	(void)e;
	++*(size_t *)ctx;
	return 0;
}

size_t test_box_catalogued(const struct test_box *b)
{
	struct mun_err e;
	size_t n = 0;

	test_must(mun_catalog_list(b->catalog, NULL, NULL, count_row, &n, &e),
		  &e);
	return n;
}

static int count_object(void *ctx, const char *dir, const char *id,
			const struct mun_err *why, struct mun_err *e)
{
	(void)dir;
	(void)e;
	if (!id)
		test_must(MUN_ECORRUPT, why);
	++*(size_t *)ctx;
	return 0;
}

size_t test_box_stored(const struct test_box *b)
{
	struct mun_err e;
	size_t n = 0;

	test_must(mun_store_list(b->store, count_object, &n, &e), &e);
	return n;
}

struct ids {
	size_t n;
	char of[64][MUN_UUID_LEN];
};

static int note_session(void *ctx, const struct mun_session_info *s,
			struct mun_err *e)
{
	struct ids *ids = ctx;

	(void)e;
	assert_true(ids->n < 64);
	memcpy(ids->of[ids->n++], s->id, MUN_UUID_LEN);
	return 0;
}

size_t test_box_sessions(const struct test_box *b)
{
	struct ids ids = { 0 };
	struct mun_err e;

	test_must(mun_session_list(&b->env, note_session, &ids, &e), &e);
	return ids.n;
}

size_t test_box_resume(const struct test_box *b)
{
	struct mun_ingest_result out;
	struct ids ids = { 0 };
	struct mun_err e;

	test_must(mun_session_list(&b->env, note_session, &ids, &e), &e);
	for (size_t i = 0; i < ids.n; i++) {
		test_must(mun_ingest_resume(&b->env, ids.of[i], &out, &e), &e);
		assert_string_equal(out.id, ids.of[i]);
	}
	return ids.n;
}

void test_box_assert_master(const struct test_box *b, const char *id,
			    const void *data, size_t len)
{
	mun_auto(record) *r = NULL;
	char urn[MUN_URN_LEN];
	size_t got_len = 0;
	struct mun_err e;
	char *path;
	char *got;

	mun_object_urn(id, urn);
	test_must(mun_catalog_get(b->catalog, id, true, &r, &e), &e);
	assert_non_null(mun_record_master(r));
	test_must(mun_store_file_path(b->store, urn, mun_record_master(r)->path,
				      &path, &e),
		  &e);
	got = mun_test_read(path, &got_len);
	assert_non_null(got);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, data, len);
	free(got);
	free(path);
}
