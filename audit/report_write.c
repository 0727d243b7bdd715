/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report_write.c - the folder of a report: whole or absent, digested,
 * and tied to the report before it
 *
 * All files are written into a folder with another name, which is renamed once
 * everything in it is durable.
 */
#include "audit/report_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/custody.h"
#include "core/file.h"
#include "core/sys.h"

#define SUMS "SHA256SUMS"
#define ABOUT "about.txt"
#define ABOUT_MAX ((size_t)64 << 10)
#define SUMS_MAX ((size_t)1 << 20)
#define HEX 65
#define MOST_OF_A_PERIOD 1000 /* reports of one period in one folder */

struct mun_report_file {
	int fd;
	struct mun_hasher *hash;
};

int mun_report_file_put(struct mun_report_file *f, const void *data, size_t len,
			struct mun_err *e)
{
	int rc = mun_write_all(f->fd, data, len, e);

	return rc ? rc : mun_hasher_update(f->hash, data, len, e);
}

int mun_report_file_drain(struct mun_report_file *f, struct mun_str *s,
			  size_t least, struct mun_err *e)
{
	int rc;

	if (s->failed)
		return mun_fail_nomem(e, "report");
	if (s->len < least || !s->len)
		return 0;
	rc = mun_report_file_put(f, s->text, s->len, e);
	s->len = 0;
	return rc ? rc : mun_cancel_check(e);
}

struct making {
	struct mun_figures f;
	char *temp; /* the folder while it is being written */
	struct mun_str sums;
};

static int hex_of(struct mun_hasher *h, char out[static HEX], struct mun_err *e)
{
	struct mun_digests d = { 0 };
	char hex[MUN_DIGEST_HEX];
	int rc = mun_hasher_final(h, &d, e);

	if (rc)
		return rc;
	mun_digest_hex(&d.of[MUN_SHA256], hex);
	memcpy(out, hex, HEX);
	return 0;
}

typedef int write_fn(const struct mun_figures *f, const struct mun_table *t,
		     struct mun_report_file *to, struct mun_err *e);

/* Fill, sync and close; a close error of a written file is a lost write. */
static int fill(struct making *m, const char *path, write_fn *fn,
		const struct mun_table *t, char hex[static HEX],
		struct mun_err *e)
{
	mun_auto(hasher) *hash = NULL;
	struct mun_report_file file;
	int rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &hash, e);

	if (rc)
		return rc;
	file.hash = hash;
	file.fd = mun_sys.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			       0644);
	if (file.fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", path);
	rc = fn(&m->f, t, &file, e);
	if (!rc && mun_sys.fsync(file.fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", path);
	if (mun_sys.close(file.fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", path);
	return rc ? rc : hex_of(hash, hex, e);
}

/* A file of the report, and its line in SHA256SUMS. */
static int put_file(struct making *m, const char *name, write_fn *fn,
		    const struct mun_table *t, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	char hex[HEX];
	int rc = mun_path_join(m->temp, name, &path, e);

	if (!rc)
		rc = fill(m, path, fn, t, hex, e);
	if (rc)
		return rc;
	mun_str_addf(&m->sums, "%s  %s\n", hex, name);
	return 0;
}

static int html(const struct mun_figures *f, const struct mun_table *t,
		struct mun_report_file *to, struct mun_err *e)
{
	(void)t;
	return mun_report_html(f, to, e);
}

static int json(const struct mun_figures *f, const struct mun_table *t,
		struct mun_report_file *to, struct mun_err *e)
{
	(void)t;
	return mun_report_json(f, to, e);
}

static int give_on(void *ctx, const void *data, size_t len, struct mun_err *e)
{
	return mun_report_file_put(ctx, data, len, e);
}

static int premis(const struct mun_figures *f, const struct mun_table *t,
		  struct mun_report_file *to, struct mun_err *e)
{
	uint64_t events;

	(void)t;
	return mun_rep_premis(f->c, &f->span, give_on, to, &events, e);
}

static int all_csv(struct making *m, struct mun_err *e)
{
	int rc = 0;

	for (const struct mun_table *t = mun_tables; t->name && !rc; t++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "%s.csv", t->name);
		rc = put_file(m, name, mun_report_csv, t, e);
	}
	return rc;
}

/* What the report is, for people and for the report after it. */
static int about(const struct mun_figures *f, const struct mun_table *t,
		 struct mun_report_file *to, struct mun_err *e)
{
	const struct mun_report_request *q = f->q;
	struct mun_str s = { 0 };
	char as_of[MUN_TIME_LEN];
	char made[MUN_TIME_LEN];
	int rc;

	(void)t;
	mun_time_text(f->as_of, as_of);
	mun_time_text(f->made, made);
	mun_str_addf(&s, "muniment audit report\nrepository: %s\n",
		     f->repository);
	mun_str_addf(&s, "name: %s\nperiod: %s\nas of: %s\nmade: %s\n",
		     mun_conf_get(q->conf, "name"), q->period.name, as_of,
		     made);
	mun_str_addf(&s, "program: muniment %s\nmade by: %s\n",
		     q->program_version, q->operator_name);
	mun_str_addf(&s, "previous: %s\nprevious sha256: %s\n", f->previous,
		     f->previous_digest);
	mun_str_add(&s, "digest of this report: that of SHA256SUMS\n"
			"to check its files: sha256sum -c SHA256SUMS\n");
	rc = mun_report_file_drain(to, &s, 0, e);
	mun_str_free(&s);
	return rc;
}

/* A period in which nothing happened has no PREMIS document. */
static int put_premis(struct making *m, struct mun_err *e)
{
	if (!m->f.counts.events) {
		mun_log(MUN_LOG_WARN,
			"no event in %s: there is no PREMIS document",
			m->f.q->period.name);
		return 0;
	}
	return put_file(m, "premis.xml", premis, NULL, e);
}

static int put_forms(struct making *m, struct mun_err *e)
{
	unsigned int want = m->f.q->formats;
	int rc = put_file(m, ABOUT, about, NULL, e);

	if (!rc && want & MUN_REPORT_HTML)
		rc = put_file(m, "report.html", html, NULL, e);
	if (!rc && want & MUN_REPORT_JSON)
		rc = put_file(m, "report.json", json, NULL, e);
	if (!rc && want & MUN_REPORT_CSV)
		rc = all_csv(m, e);
	if (!rc && want & MUN_REPORT_PREMIS)
		rc = put_premis(m, e);
	return rc;
}

static int sums_digest(const struct mun_str *s, char out[static HEX],
		       struct mun_err *e)
{
	struct mun_digests d = { 0 };
	char hex[MUN_DIGEST_HEX];
	int rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), s->text, s->len,
				   &d, e);

	if (rc)
		return rc;
	mun_digest_hex(&d.of[MUN_SHA256], hex);
	memcpy(out, hex, HEX);
	return 0;
}

/* The value of a line "key: value" of about.txt; "" where there is none. */
static void about_value(const char *text, const char *key, char *out,
			size_t size)
{
	size_t len = strlen(key);

	*out = '\0';
	while (*text) {
		size_t line = strcspn(text, "\n");

		if (line > len + 2 && memcmp(text, key, len) == 0 &&
		    memcmp(text + len, ": ", 2) == 0) {
			(void)snprintf(out, size, "%.*s", (int)(line - len - 2),
				       text + len + 2);
			return;
		}
		text += line + (text[line] == '\n');
	}
}

/* When the report in that folder was made; "" where it is none of this
 * repository.  What cannot be read is an error: the chain would be cut. */
static int report_time(const struct mun_figures *f, const char *folder,
		       char made[static MUN_TIME_LEN], struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	char repository[MUN_UUID_LEN];
	size_t len;
	int rc = mun_path_join(folder, ABOUT, &path, e);

	*made = '\0';
	if (!rc)
		rc = mun_file_read(path, ABOUT_MAX, &text, &len, e);
	if (rc == MUN_EIO || rc == MUN_ENOMEM)
		return mun_ctx(e, "report '%s'", folder);
	if (rc)
		return 0;
	about_value(text, "repository", repository, sizeof(repository));
	if (strcmp(repository, f->repository) == 0)
		about_value(text, "made", made, MUN_TIME_LEN);
	return 0;
}

/* The newest report in the folder of reports: *@out is "" or the caller's. */
static int newest(const struct mun_figures *f, char **out, struct mun_err *e)
{
	char best[MUN_TIME_LEN] = "";
	struct dirent *d;
	DIR *dir = opendir(f->q->dir);
	int rc = mun_strdup("", out, e);

	if (!dir)
		return rc;
	while (!rc && (d = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		mun_autofree char *path = NULL;
		char made[MUN_TIME_LEN];

		if (*d->d_name == '.')
			continue;
		rc = mun_path_join(f->q->dir, d->d_name, &path, e);
		if (!rc)
			rc = report_time(f, path, made, e);
		if (rc || !*made || strcmp(made, best) < 0)
			continue;
		/* Two of the same second: the later name, in every run. */
		if (strcmp(made, best) == 0 && strcmp(path, *out) < 0)
			continue;
		memcpy(best, made, sizeof(best));
		free(*out);
		*out = mun_steal(&path);
	}
	(void)closedir(dir);
	return rc;
}

/* Its digest, and whether it is the one that was written down. */
static int digest_previous(struct mun_figures *f, const char *folder,
			   struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_str s = { 0 };
	struct mun_err why;
	char hex[HEX];
	bool known;
	int rc = mun_path_join(folder, SUMS, &path, e);

	if (!rc)
		rc = mun_file_read(path, SUMS_MAX, &s.text, &s.len, e);
	if (!rc)
		rc = sums_digest(&s, hex, e);
	free(s.text);
	if (rc)
		return mun_ctx(e, "the report before this one");
	f->previous = mun_arena_strdup(f->arena, folder);
	f->previous_digest = mun_arena_strdup(f->arena, hex);
	rc = mun_rep_notice_known(f->c, "report", hex, &known, &why);
	f->previous_known =
		rc      ? "the catalog could not be asked"
		: known ? "made by this repository with this digest"
			: "no report with this digest was recorded: it was "
			  "changed, or made from another catalog";
	return mun_arena_failed(f->arena, e);
}

static int previous(struct mun_figures *f, struct mun_err *e)
{
	mun_autofree char *folder = NULL;
	int rc;

	f->previous = f->previous_digest = f->previous_known = "";
	if (f->q->previous)
		return digest_previous(f, f->q->previous, e);
	rc = newest(f, &folder, e);
	if (rc || !*folder)
		return rc;
	return digest_previous(f, folder, e);
}

/* DIR/PERIOD, or the first of PERIOD.2, PERIOD.3 that is free. */
static int name_it(const struct making *m, char **out, struct mun_err *e)
{
	const struct mun_report_request *q = m->f.q;

	for (unsigned int n = 1; n < MOST_OF_A_PERIOD; n++) {
		mun_autofree char *path = NULL;
		char name[64];
		int rc;

		(void)snprintf(name, sizeof(name), "%s%s%s", q->period.name,
			       q->for_whom ? "-" : "",
			       mun_report_for_name(q->for_whom));
		if (n > 1)
			(void)snprintf(name + strlen(name),
				       sizeof(name) - strlen(name), ".%u", n);
		rc = mun_path_join(q->dir, name, &path, e);
		if (rc)
			return rc;
		if (mun_sys.rename_new(m->temp, path) == 0) {
			*out = mun_steal(&path);
			return mun_dir_sync(q->dir, e);
		}
		if (errno != EEXIST)
			return mun_fail_sys(e, errno, "rename '%s' to '%s'",
					    m->temp, path);
	}
	return mun_fail(e, MUN_EEXIST, "there are too many reports of %s",
			q->period.name);
}

static int read_figures(void *ctx, struct mun_err *e)
{
	struct making *m = ctx;
	int rc = mun_figures_gather(&m->f, e);

	if (!rc)
		rc = previous(&m->f, e);
	if (!rc)
		rc = put_forms(m, e);
	return rc;
}

static int temporary(struct making *m, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	char id[MUN_UUID_LEN];
	int rc = mun_mkdirs(m->f.q->dir, e);

	if (!rc)
		rc = mun_uuid_new(id, e);
	if (!rc)
		rc = mun_fmt(&name, e, ".report-%s.tmp", id);
	if (!rc)
		rc = mun_path_join(m->f.q->dir, name, &m->temp, e);
	if (!rc && mun_sys.mkdir(m->temp, 0755))
		rc = mun_fail_sys(e, errno, "make folder '%s'", m->temp);
	return rc;
}

static int write_all(struct making *m, struct mun_report_made *out,
		     struct mun_err *e)
{
	int rc = temporary(m, e);

	if (!rc)
		rc = mun_rep_read(m->f.c, read_figures, m, e);
	if (!rc && m->sums.failed)
		rc = mun_fail_nomem(e, "report");
	if (!rc)
		rc = sums_digest(&m->sums, out->digest, e);
	if (!rc)
		rc = mun_file_write_new(m->temp, SUMS, m->sums.text,
					m->sums.len, e);
	if (!rc)
		rc = mun_dir_sync(m->temp, e);
	return rc ? rc : name_it(m, &out->folder, e);
}

/* The report is there whatever becomes of this. */
static void tell_catalog(const struct making *m,
			 const struct mun_report_made *made)
{
	char text[512];
	struct mun_err e;

	if (mun_catalog_notice(m->f.c, NULL, "report", "file", made->folder,
			       true, made->digest, &e) == 0)
		return;
	mun_log(MUN_LOG_WARN, "the catalog does not know of this report: %s",
		mun_err_text(&e, text, sizeof(text), 0));
}

static bool is_damage(const struct mun_figures *f)
{
	const struct mun_figures_group *g = &f->all;

	return f->incidents.open || f->q->nproblems ||
	       g->last[MUN_V_MISMATCH] || g->last[MUN_V_MISSING] ||
	       g->last[MUN_V_UNREADABLE];
}

int mun_report_make(struct mun_catalog *c, const struct mun_report_request *q,
		    struct mun_report_made *out, struct mun_err *e)
{
	struct making m = { .f = { .c = c, .conf = q->conf, .q = q } };
	struct mun_err ignored;
	int rc;

	*out = (struct mun_report_made){ 0 };
	m.f.made = mun_now_ms();
	if (q->period.from > m.f.made)
		return mun_fail(e, MUN_EINVAL, "%s has not begun",
				q->period.name);
	/* Up to and with the second at hand. */
	m.f.as_of = q->period.to <= m.f.made ? q->period.to : m.f.made;
	m.f.from = q->period.from;
	mun_time_text(m.f.from, m.f.span.from);
	mun_time_text(q->period.to <= m.f.made ? q->period.to : m.f.made + 1000,
		      m.f.span.to);
	rc = mun_arena_new(&m.f.arena, e);
	if (!rc)
		rc = write_all(&m, out, e);
	if (!rc) {
		out->damage = is_damage(&m.f);
		tell_catalog(&m, out);
	} else if (m.temp && mun_tree_remove(m.temp, &ignored)) {
		mun_log(MUN_LOG_WARN, "'%s' is a report that failed: remove it",
			m.temp);
	}
	mun_str_free(&m.sums);
	free(m.temp);
	mun_figures_free(&m.f);
	return rc ? mun_ctx(e, "report of %s", q->period.name) : 0;
}
