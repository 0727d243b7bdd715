/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_audit.c - muniment audit */
#include "catalog/feed.h"
#include "cli/cli.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"
#include "ingest/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STORE_NAME "main"
#define MAX_THREADS 64 /* as the key audit-threads */

struct audit {
	struct mun_cli *c;
	struct mun_repo *repo;
	struct mun_jsonw *w; /* or NULL: text */
	struct mun_err away; /* why the store is away; its code is 0 if not */
	enum mun_read_mode mode;
	char operator_id[MUN_UUID_LEN];
	char program_id[MUN_UUID_LEN];
	char (*ids)[MUN_UUID_LEN];
	const char **objects;
};

/* The seam: the catalog says what is due, the store gives the bytes. */
static int open_stored(void *ctx, const char *object, const char *path,
		       struct mun_source **out, struct mun_err *e)
{
	const struct audit *a = ctx;
	char urn[MUN_URN_LEN];
	int rc;

	if (a->away.code) {
		*e = a->away;
		return e->code;
	}
	mun_object_urn(object, urn);
	rc = mun_store_open_file(a->repo->store, urn, path, a->mode, out, e);
	/* Object and path stand in the finding already. */
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_ENOENT, "no such file in the store");
	return rc;
}

static void finding(void *ctx, const struct mun_feed_finding *f)
{
	const struct audit *a = ctx;

	if (!a->w) {
		(void)printf("%s  %s  %s", f->outcome, f->object, f->path);
		if (f->bytes)
			(void)printf("  %" PRIu64 " bytes at offset %" PRIu64,
				     f->bytes, f->off);
		(void)printf("%s%s\n", f->text[0] ? "  " : "", f->text);
		return;
	}
	mun_jsonw_object(a->w, NULL);
	mun_jsonw_text(a->w, "object", f->object);
	mun_jsonw_text(a->w, "store", f->store);
	mun_jsonw_text(a->w, "path", f->path);
	mun_jsonw_text(a->w, "outcome", f->outcome);
	mun_jsonw_u64(a->w, "offset", f->off);
	mun_jsonw_u64(a->w, "length", f->bytes);
	mun_jsonw_text(a->w, "expected", f->expected);
	mun_jsonw_text(a->w, "actual", f->actual);
	mun_jsonw_text(a->w, "text", f->text);
	mun_jsonw_end_object(a->w);
}

static int agents(struct audit *a, struct mun_err *e)
{
	const char *person = mun_repo_operator(a->c, a->repo);
	int rc = mun_catalog_agent_id(a->repo->catalog, "software", "muniment",
				      mun_version, "", a->program_id, e);

	if (!rc && person[0])
		rc = mun_catalog_agent_id(a->repo->catalog, "person", person,
					  "", "", a->operator_id, e);
	return rc;
}

static int objects(struct audit *a, struct mun_err *e)
{
	size_t n = a->c->nargs;
	int rc = 0;

	a->ids = calloc(n + 1, sizeof(*a->ids));
	a->objects = calloc(n + 1, sizeof(*a->objects));
	if (!a->ids || !a->objects)
		return mun_fail_nomem(e, "objects");
	for (size_t i = 0; !rc && i < n; i++) {
		rc = mun_catalog_resolve(a->repo->catalog, a->c->args[i],
					 a->ids[i], e);
		a->objects[i] = a->ids[i];
	}
	return rc;
}

static int run(struct audit *a, uint64_t threads, struct mun_audit_summary *sum,
	       uint64_t *not_run, struct mun_err *e)
{
	struct mun_feed_opts opts = {
		.objects = a->c->nargs ? a->objects : NULL,
		.nobjects = a->c->nargs,
		.store = STORE_NAME,
		.agent_operator = a->operator_id[0] ? a->operator_id : NULL,
		.agent_program = a->program_id,
		.open = open_stored,
		.open_ctx = a,
	};
	struct mun_audit_opts how = {
		.threads = (unsigned int)threads,
		.progress_dir = a->repo->spool_path,
		.progress = &a->c->progress,
	};
	mun_auto(catalog_feed) *feed = NULL;
	uint64_t nobjects = 0;
	uint64_t nfiles = 0;
	uint64_t seen = 0;
	int rc;

	rc = mun_catalog_feed_open(a->repo->catalog, &opts, finding, a, &feed,
				   e);
	if (rc)
		return rc;
	mun_catalog_feed_size(feed, &nobjects, &nfiles, &how.total_bytes);
	rc = mun_audit_run(mun_catalog_feed_table(feed), &how, sum, e);
	if (!rc)
		rc = mun_catalog_feed_finish(feed, sum, e);
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		seen += sum->outcomes[i];
	*not_run = nfiles > seen ? nfiles - seen : 0;
	return rc;
}

static void summary_text(const struct mun_audit_summary *s, uint64_t not_run)
{
	char bytes[16];

	mun_human_bytes(s->bytes, bytes);
	(void)printf("checked %" PRIu64 " objects, %" PRIu64 " files, %s:",
		     s->objects, s->files, bytes);
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		(void)printf(" %" PRIu64 " %s%s", s->outcomes[i],
			     mun_outcome_name((enum mun_outcome)i),
			     i + 1 < MUN_OUTCOME_NOT_RUN ? "," : "");
	(void)printf(", %" PRIu64 " not run\n", not_run);
}

static void summary_json(struct mun_jsonw *w, const struct mun_audit_summary *s,
			 uint64_t not_run)
{
	mun_jsonw_u64(w, "checked", s->files);
	mun_jsonw_u64(w, "objects", s->objects);
	mun_jsonw_u64(w, "bytes", s->bytes);
	mun_jsonw_bool(w, "interrupted", s->interrupted);
	mun_jsonw_object(w, "outcomes");
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		mun_jsonw_u64(w, mun_outcome_name((enum mun_outcome)i),
			      s->outcomes[i]);
	mun_jsonw_u64(w, "not_run", not_run);
	mun_jsonw_end_object(w);
}

/* Not done comes before damage, as everywhere. */
static int exit_of(const struct mun_audit_summary *s)
{
	if (s->interrupted || s->outcomes[MUN_OUTCOME_UNAVAILABLE])
		return MUN_EXIT_FAILED;
	if (s->outcomes[MUN_OUTCOME_MISMATCH] ||
	    s->outcomes[MUN_OUTCOME_MISSING] ||
	    s->outcomes[MUN_OUTCOME_UNREADABLE])
		return MUN_EXIT_DAMAGE;
	return MUN_EXIT_DONE;
}

static int audit(struct audit *a, uint64_t threads)
{
	struct mun_audit_summary sum = { 0 };
	mun_autofree char *lock = NULL;
	mun_autoclose int fd = -1;
	uint64_t not_run = 0;
	struct mun_err e;
	int rc;

	rc = mun_path_join(a->repo->spool_path, "audit.lock", &lock, &e);
	if (!rc)
		rc = mun_lock_take(lock, &fd, &e);
	if (rc)
		(void)mun_ctx(&e, "another audit is at work");
	if (!rc)
		rc = agents(a, &e);
	if (!rc)
		rc = objects(a, &e);
	if (!rc)
		rc = run(a, threads, &sum, &not_run, &e);
	if (a->w) {
		mun_jsonw_end_array(a->w);
		summary_json(a->w, &sum, not_run);
	} else if (!rc) {
		summary_text(&sum, not_run);
	}
	if (rc)
		return mun_cli_error(a->c, &e);
	if (sum.interrupted)
		mun_log(MUN_LOG_WARN, "interrupted; the next audit goes on "
				      "from here");
	return exit_of(&sum);
}

static int threads_of(const struct mun_cli *c, const struct mun_repo *r,
		      uint64_t *out, struct mun_err *e)
{
	const char *text = mun_cli_text(c, "threads");

	if (!text)
		text = mun_conf_get(r->conf, "audit-threads");
	return mun_parse_u64(text, 0, MAX_THREADS, out, e);
}

/* A store that is away is an outcome of each of its files, not an error. */
static int open_repo(struct audit *a, struct mun_repo **out, struct mun_err *e)
{
	int rc = mun_repo_open(a->c, MUN_REPO_CATALOG, out, e);

	if (rc)
		return rc;
	a->repo = *out;
	rc = mun_store_open(a->repo->store_path, &a->repo->store, e);
	if (rc != MUN_EUNAVAILABLE)
		return rc;
	(void)mun_cli_error(a->c, e);
	(void)mun_fail(&a->away, MUN_EUNAVAILABLE, "the store is away");
	return 0;
}

int mun_cmd_audit(struct mun_cli *c)
{
	struct audit a = { .c = c };
	mun_auto(repo) *repo = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	uint64_t threads;
	int status;

	if (!c->nargs && !mun_cli_flag(c, "all"))
		return mun_cli_usage(c, "audit needs OBJECT or --all");
	if (c->nargs && mun_cli_flag(c, "all"))
		return mun_cli_usage(c, "give either OBJECT or --all");
	if (mun_cli_text(c, "threads") &&
	    mun_parse_u64(mun_cli_text(c, "threads"), 0, MAX_THREADS, &threads,
			  &e))
		return mun_cli_usage(c,
				     "--threads is a number from 0 to %d, "
				     "not '%s'",
				     MAX_THREADS, mun_cli_text(c, "threads"));
	if (open_repo(&a, &repo, &e) || threads_of(c, repo, &threads, &e))
		return mun_cli_error(c, &e);
	a.mode = mun_cli_flag(c, "direct") ? MUN_READ_DISK : MUN_READ_ONCE;
	if (mun_cli_flag(c, "json")) {
		a.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "findings");
	}
	status = audit(&a, threads);
	if (a.w)
		status = mun_cli_json_end(c, &w, status);
	free(a.ids);
	free(a.objects);
	return status;
}
