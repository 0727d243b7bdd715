/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_resume.c - muniment resume */
#include "cli/ingested.h"

#include "core/uuid.h"
#include "ingest/merge_catalogue.h"
#include "store/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sessions {
	size_t n;
	struct mun_session_info *of;
};

static int collect(void *ctx, const struct mun_session_info *s,
		   struct mun_err *e)
{
	struct sessions *all = ctx;
	struct mun_session_info *more =
		realloc(all->of, (all->n + 1) * sizeof(*more));

	if (!more)
		return mun_fail_nomem(e, "sessions");
	all->of = more;
	all->of[all->n++] = *s;
	return 0;
}

static void print_sessions(const struct sessions *all)
{
	for (size_t i = 0; i < all->n; i++)
		(void)printf("%s  %s  %s%s\n", all->of[i].id, all->of[i].state,
			     all->of[i].label,
			     all->of[i].busy ? "(at work)" : "");
	if (!all->n)
		(void)printf("no sessions\n");
}

static void sessions_json(struct mun_jsonw *w, const struct sessions *all)
{
	mun_jsonw_array(w, "sessions");
	for (size_t i = 0; i < all->n; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", all->of[i].id);
		mun_jsonw_text(w, "state", all->of[i].state);
		mun_jsonw_bool(w, "busy", all->of[i].busy);
		mun_jsonw_text(w, "label", all->of[i].label);
		mun_jsonw_text(w, "source", all->of[i].source);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static int list(const struct mun_cli *c, const struct mun_ingest_env *env)
{
	struct sessions all = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	int status = MUN_EXIT_DONE;

	if (mun_session_list(env, collect, &all, &e)) {
		status = mun_cli_error(c, &e);
	} else if (mun_cli_flag(c, "json")) {
		mun_cli_json_begin(&w);
		sessions_json(&w, &all);
		status = mun_cli_json_end(c, &w, status);
	} else {
		print_sessions(&all);
	}
	free(all.of);
	return status;
}

static int discard(const struct mun_cli *c, const struct mun_ingest_env *env,
		   const char *id)
{
	struct mun_jsonw w;
	struct mun_err e;

	if (!mun_cli_flag(c, "yes"))
		return mun_cli_usage(c,
				     "--discard removes what was read so far; "
				     "add --yes if that is meant");
	if (!mun_uuid_is(id))
		return mun_cli_usage(c, "'%s' is not a session's id", id);
	if (mun_session_discard(env, id, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "json")) {
		mun_cli_json_begin(&w);
		mun_jsonw_text(&w, "discarded", id);
		return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
	}
	(void)printf("session %s discarded\n", id);
	return MUN_EXIT_DONE;
}

struct run {
	const struct mun_cli *c;
	const struct mun_ingest_env *env;
	struct mun_jsonw *w; /* or NULL: text */
	int status;
};

static int one(struct run *run, const char *id)
{
	struct mun_ingest_env env = *run->env;
	struct mun_ingest_result r;
	struct mun_merged merged = { 0 };
	struct mun_err e;
	int status;

	mun_cli_progress_source(id);
	mun_merged_note(&env, &merged);
	if (mun_ingest_resume_from(&env, id, mun_cli_text(run->c, "source"), &r,
				   &e)) {
		status = mun_cli_error(run->c, &e);
		mun_merged_clear(&merged);
		return mun_ingested_refused(&r) ? MUN_EXIT_DAMAGE : status;
	}
	mun_ingested_known(&r);
	if (run->w)
		mun_ingested_json(run->w, &r, &merged);
	else
		mun_ingested_text(&r, &merged);
	status = mun_exit_worse(mun_ingested_status(&r),
				mun_merged_status(&merged));
	mun_merged_clear(&merged);
	return status;
}

static void every(struct run *run)
{
	struct sessions all = { 0 };
	struct mun_err e;

	if (mun_session_list(run->env, collect, &all, &e))
		run->status = mun_cli_error(run->c, &e);
	for (size_t i = 0; i < all.n && !mun_cancelled(); i++) {
		if (all.of[i].busy)
			mun_log(MUN_LOG_INFO,
				"session %s is at work in another process",
				all.of[i].id);
		else
			run->status = mun_exit_worse(run->status,
						     one(run, all.of[i].id));
	}
	if (!all.n && !run->w && run->status == MUN_EXIT_DONE)
		(void)printf("nothing to resume\n");
	free(all.of);
}

static void named(struct run *run)
{
	for (size_t i = 0; i < run->c->nargs && !mun_cancelled(); i++)
		run->status =
			mun_exit_worse(run->status, one(run, run->c->args[i]));
}

/* Commits of further versions that were killed: the last steps of those whose
 * session is gone are nobody else's.  Cheap where there is none. */
static int end_commits(const struct mun_cli *c, const struct mun_repo *r,
		       const struct mun_ingest_env *env)
{
	mun_auto(place) *main_store = NULL;
	struct mun_err e;
	uint64_t n = 0;
	int rc = mun_place_open_main(r->path, &main_store, &e);

	if (!rc)
		rc = mun_merge_recover(env, main_store, &n, &e);
	if (n)
		mun_log(MUN_LOG_INFO,
			"the last version of %" PRIu64
			" objects was not quite stored: now it is",
			n);
	return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}

int mun_cmd_resume(struct mun_cli *c)
{
	const char *gone = mun_cli_text(c, "discard");
	struct mun_ingest_env env;
	struct run run = { .c = c, .env = &env };
	mun_auto(repo) *r = NULL;
	struct mun_jsonw w;
	struct mun_err e;

	if (mun_cli_text(c, "source") && c->nargs != 1)
		return mun_cli_usage(c, "--source is where the medium of one "
					"session is: give its ID");
	if (mun_repo_open(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE, &r, &e) ||
	    mun_repo_ingest_env(c, r, &env, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "dry-run"))
		return list(c, &env);
	if (gone)
		return discard(c, &env, gone);
	if (mun_cli_flag(c, "list"))
		return list(c, &env);
	run.status = end_commits(c, r, &env);
	if (mun_cli_flag(c, "json")) {
		run.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "objects");
	}
	if (c->nargs)
		named(&run);
	else
		every(&run);
	/* Also where the signal came between two of them. */
	if (mun_cancelled())
		run.status = MUN_EXIT_FAILED;
	if (!run.w)
		return run.status;
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, run.status);
}
