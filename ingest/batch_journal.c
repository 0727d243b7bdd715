/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_journal.c - what has become of the rows of a batch */
#include "ingest/batch_journal.h"

#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "ingest/batch_record.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH_VERSION 1
#define FILE_MAX ((size_t)64 << 10)
#define NAME_MAX_LEN 100
#define WAIT_NS 50000000L

struct mun_batch_journal {
	struct mun_arena *arena;
	const char *name;
	const char *dir; /* batches/NAME */
	const char *rows; /* batches/NAME/rows */
	int lock; /* descriptor; -1: only looked at */
};

const char *mun_batch_journal_name(const struct mun_batch_journal *j)
{
	return j->name;
}

const char *mun_batch_journal_dir(const struct mun_batch_journal *j)
{
	return j->dir;
}

/* A folder's name that anyone can type, and that differs where the file is
 * another one: "box-12-3fa94c01". */
static int own_name(struct mun_batch_journal *j,
		    const struct mun_batch_plan *plan, struct mun_err *e)
{
	struct mun_digests d = { 0 };
	char stem[48];
	char hex[9];
	size_t n = 0;
	int rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), plan->path,
				   strlen(plan->path), &d, e);

	if (rc)
		return rc;
	for (const char *c = plan->name; *c && n < sizeof(stem) - 1; c++) {
		bool plain = isascii(*c) && (isalnum((unsigned char)*c) ||
					     *c == '-' || *c == '_');

		if (plain || (n && stem[n - 1] != '_'))
			stem[n++] = plain ? *c : '_';
	}
	stem[n] = '\0';
	mun_hex(d.of[MUN_SHA256].bytes, 4, hex);
	j->name = mun_arena_fmt(j->arena, "%s-%s", n ? stem : "batch", hex);
	return mun_arena_failed(j->arena, e);
}

static int given_name(struct mun_batch_journal *j, const char *name,
		      struct mun_err *e)
{
	if (!mun_path_is_safe(name) || strchr(name, '/') || name[0] == '.' ||
	    strlen(name) > NAME_MAX_LEN || !mun_text_is_clean(name, ""))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no name for a batch: give letters, "
				"digits and '-'",
				name);
	j->name = mun_arena_strdup(j->arena, name);
	return mun_arena_failed(j->arena, e);
}

/* Paths are bytes: escaped, which can be undone. */
static int escaped(struct mun_arena *a, const char *path, const char **out,
		   struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_escape(&s, path, strlen(path));
	*out = s.failed ? NULL : mun_arena_strdup(a, s.text ? s.text : "");
	mun_str_free(&s);
	return *out ? 0 : mun_fail_nomem(e, "path of a batch");
}

static int write_head(struct mun_batch_journal *j, const char *csv,
		      struct mun_err *e)
{
	mun_autofree char *text = NULL;
	char now[MUN_TIME_LEN];
	struct mun_jsonw w;
	int rc;

	mun_time_text(mun_now_ms(), now);
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "muniment_batch", BATCH_VERSION);
	mun_jsonw_text(&w, "name", j->name);
	mun_jsonw_text(&w, "csv", csv);
	mun_jsonw_text(&w, "created", now);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	return rc ? rc
		  : mun_file_replace(j->dir, "batch.json", text, strlen(text),
				     e);
}

/* A file that was moved keeps its journal, if it is called by its name; but two
 * files never share one: rows that look alike may mean other media. */
static int judge_head(struct mun_batch_journal *j, const char *head,
		      const char *csv, bool *same, struct mun_err *e)
{
	mun_autojson json_t *doc = NULL;
	struct mun_str path = { 0 };
	const char *was;
	int rc = mun_json_parse(head, strlen(head), &doc, e);

	if (rc)
		return mun_ctx(e, "'%s/batch.json'", j->dir);
	was = json_string_value(json_object_get(doc, "csv"));
	if (!was || json_integer_value(json_object_get(
			    doc, "muniment_batch")) != BATCH_VERSION)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s/batch.json' is not of this version",
				j->dir);
	*same = !strcmp(was, csv);
	rc = mun_unescape(was, &path, e);
	if (!rc && !*same && path.text && !access(path.text, F_OK))
		rc = mun_fail(e, MUN_EINVAL,
			      "batch '%s' is of '%s'; give this one a --name "
			      "of its own",
			      j->name, was);
	mun_str_free(&path);
	return rc;
}

static int head(struct mun_batch_journal *j, const struct mun_batch_plan *plan,
		bool make, struct mun_err *e)
{
	const char *path = mun_arena_fmt(j->arena, "%s/batch.json", j->dir);
	mun_autofree char *text = NULL;
	const char *csv = NULL;
	bool same = false;
	size_t len = 0;
	int rc = escaped(j->arena, plan->path, &csv, e);

	if (!rc)
		rc = mun_arena_failed(j->arena, e);
	if (rc)
		return rc;
	rc = mun_file_read(path, FILE_MAX, &text, &len, e);
	if (!rc)
		rc = judge_head(j, text, csv, &same, e);
	else if (rc == MUN_ENOENT)
		rc = 0;
	if (rc || same || !make)
		return rc;
	return write_head(j, csv, e);
}

static int open_lock(struct mun_batch_journal *j, struct mun_err *e)
{
	const char *path = mun_arena_fmt(j->arena, "%s/lock", j->dir);
	int rc = mun_arena_failed(j->arena, e);

	if (rc)
		return rc;
	j->lock = mun_sys.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			       0666);
	if (j->lock < 0)
		return mun_fail_sys(e, errno, "open the lock '%s'", path);
	return 0;
}

static int begin(struct mun_batch_journal *j, const char *dir, const char *name,
		 const struct mun_batch_plan *plan, bool make,
		 struct mun_err *e)
{
	int rc = name ? given_name(j, name, e) : own_name(j, plan, e);

	if (rc)
		return rc;
	j->dir = mun_arena_fmt(j->arena, "%s/%s", dir, j->name);
	j->rows = mun_arena_fmt(j->arena, "%s/%s/rows", dir, j->name);
	rc = mun_arena_failed(j->arena, e);
	if (!rc && make)
		rc = mun_mkdirs(j->rows, e);
	if (!rc)
		rc = head(j, plan, make, e);
	if (!rc && make)
		rc = open_lock(j, e);
	return rc;
}

int mun_batch_journal_open(const char *dir, const char *name,
			   const struct mun_batch_plan *plan, bool make,
			   struct mun_batch_journal **out, struct mun_err *e)
{
	mun_auto(batch_journal) *j = calloc(1, sizeof(*j));
	int rc;

	if (!j)
		return mun_fail_nomem(e, "journal of a batch");
	j->lock = -1;
	rc = mun_arena_new(&j->arena, e);
	if (!rc)
		rc = begin(j, dir, name, plan, make, e);
	if (rc)
		return mun_ctx(e, "journal of the batch");
	*out = mun_steal(&j);
	return 0;
}

void mun_batch_journal_close(struct mun_batch_journal *j)
{
	if (!j)
		return;
	if (j->lock >= 0)
		(void)close(j->lock);
	mun_arena_free(j->arena);
	free(j);
}

/* The byte of the lock file that stands for the row; two rows with the same
 * 60 bits would only wait for each other. */
static struct flock range_of(const char *key, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };
	char digits[16];

	(void)snprintf(digits, sizeof(digits), "%.15s", key);
	l.l_start = (off_t)strtoull(digits, NULL, 16);
	return l;
}

int mun_batch_row_claim(struct mun_batch_journal *j, const char *key,
			bool *ours, struct mun_err *e)
{
	/* Of the open file, not of the process: closing another descriptor of
	 * it must not give it up. */
	struct flock l = range_of(key, F_WRLCK);
	int rc;

	do
		rc = fcntl(j->lock, F_OFD_SETLK, &l);
	while (rc && errno == EINTR);
	*ours = !rc;
	if (rc && errno != EAGAIN && errno != EACCES)
		return mun_fail_sys(e, errno, "lock a row in '%s'", j->dir);
	return 0;
}

void mun_batch_row_release(struct mun_batch_journal *j, const char *key)
{
	struct flock l = range_of(key, F_UNLCK);

	(void)fcntl(j->lock, F_OFD_SETLK, &l);
}

int mun_batch_medium_lock(const char *path, const char *head, int *fd_out,
			  struct mun_err *e)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };
	struct flock l = range_of(head, F_WRLCK);
	mun_autoclose int fd = -1;

	fd = mun_sys.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			  0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open the lock '%s'", path);
	while (fcntl(fd, F_OFD_SETLK, &l)) {
		int rc = mun_cancel_check(e);

		if (rc)
			return rc;
		if (errno != EINTR && errno != EAGAIN && errno != EACCES)
			return mun_fail_sys(e, errno, "lock a part of '%s'",
					    path);
		(void)nanosleep(&wait, NULL);
	}
	*fd_out = fd;
	fd = -1;
	return 0;
}

int mun_batch_row_load(const struct mun_batch_journal *j, const char *key,
		       struct mun_row_record *out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = NULL;
	size_t len = 0;
	int rc = mun_fmt(&path, e, "%s/%s.json", j->rows, key);

	memset(out, 0, sizeof(*out));
	if (!rc)
		rc = mun_file_read(path, FILE_MAX, &text, &len, e);
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = mun_json_parse(text, len, &doc, e);
	if (!rc && !mun_row_record_parse(doc, out))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it is not a row of this version");
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

int mun_batch_row_save(struct mun_batch_journal *j, const char *key,
		       const struct mun_row_record *r, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	char name[MUN_BATCH_KEY + 8];
	struct mun_jsonw w;
	int rc;

	(void)snprintf(name, sizeof(name), "%s.json", key);
	mun_jsonw_init(&w, NULL, true);
	mun_row_record_json(&w, r);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	if (!rc)
		rc = mun_file_replace(j->rows, name, text, strlen(text), e);
	return rc ? mun_ctx(e, "journal of the batch") : 0;
}

int mun_batch_row_text(struct mun_batch_journal *j, const char *stem,
		       const struct mun_batch_row *row, char **path,
		       struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autofree char *name = NULL;
	int rc = mun_path_join(j->rows, row->key, &dir, e);

	if (!rc)
		rc = mun_fmt(&name, e, "%s-line%zu.csv", stem, row->line);
	if (!rc)
		rc = mun_mkdirs(dir, e);
	if (!rc)
		rc = mun_file_replace(dir, name, row->text, strlen(row->text),
				      e);
	return rc ? rc : mun_path_join(dir, name, path, e);
}

/* "KEY.json"? */
static bool key_of_name(const char *name, char key[static MUN_BATCH_KEY])
{
	uint8_t bytes[32];

	if (strlen(name) != MUN_BATCH_KEY - 1 + 5 ||
	    strcmp(name + MUN_BATCH_KEY - 1, ".json") != 0)
		return false;
	memcpy(key, name, MUN_BATCH_KEY - 1);
	key[MUN_BATCH_KEY - 1] = '\0';
	return mun_unhex(key, bytes, sizeof(bytes));
}

static int each(const struct mun_batch_journal *j, DIR *d,
		mun_batch_known_fn *fn, void *ctx, struct mun_err *e)
{
	const struct dirent *entry;
	int rc = 0;

	while (!rc && (entry = readdir(d))) {
		struct mun_row_record r;
		char key[MUN_BATCH_KEY];

		if (!key_of_name(entry->d_name, key))
			continue;
		rc = mun_batch_row_load(j, key, &r, e);
		if (!rc)
			rc = fn(ctx, key, &r, e);
	}
	return rc;
}

int mun_batch_journal_each(const struct mun_batch_journal *j,
			   mun_batch_known_fn *fn, void *ctx, struct mun_err *e)
{
	DIR *d = opendir(j->rows);
	int rc;

	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return mun_fail_sys(e, errno, "list '%s'", j->rows);
	rc = each(j, d, fn, ctx, e);
	(void)closedir(d);
	return rc;
}
