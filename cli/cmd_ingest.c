/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_ingest.c - muniment ingest */
#include "cli/capture_opts.h"
#include "cli/expected.h"
#include "cli/ingest_loop.h"
#include "cli/ingested.h"
#include "cli/merged.h"

#include <stdio.h>
#include <string.h>

/* The types are copies; the values are the words of the call. */
static void free_identifiers(struct mun_ingest_identifier *ids, size_t n)
{
	for (size_t i = 0; ids && i < n; i++)
		free((void *)(uintptr_t)ids[i].type);
	free(ids);
}

static int no_memory(const struct mun_cli *c)
{
	struct mun_err e;

	(void)mun_fail_nomem(&e, "identifiers");
	return mun_cli_error(c, &e);
}

static int identifiers(const struct mun_cli *c,
		       struct mun_ingest_identifier **out)
{
	const struct mun_cli_value *v = mun_cli_list(c, "identifier");
	struct mun_ingest_identifier *ids = calloc(v->n + 1, sizeof(*ids));

	if (!ids)
		return no_memory(c);
	for (size_t i = 0; i < v->n; i++) {
		const char *eq = strchr(v->texts[i], '=');

		if (!eq || eq == v->texts[i] || !eq[1]) {
			free_identifiers(ids, i);
			return mun_cli_usage(
				c, "--identifier wants TYPE=VALUE, not '%s'",
				v->texts[i]);
		}
		ids[i].type = strndup(v->texts[i], (size_t)(eq - v->texts[i]));
		ids[i].value = eq + 1;
		if (!ids[i].type) {
			free_identifiers(ids, i);
			return no_memory(c);
		}
	}
	*out = ids;
	return 0;
}

static void request(const struct mun_cli *c, const struct mun_repo *r,
		    const struct mun_ingest_identifier *ids,
		    struct mun_ingest_request *q)
{
	*q = (struct mun_ingest_request){
		.label = mun_cli_text(c, "label"),
		.collection = mun_cli_text(c, "collection"),
		.media_type = mun_cli_text(c, "media"),
		.operator_name = mun_repo_operator(c, r),
		.write_blocker = mun_cli_text(c, "write-blocker"),
		.note = mun_cli_text(c, "note"),
		.format = mun_cli_text(c, "format"),
		.platform = mun_cli_text(c, "platform"),
		.map = mun_cli_text(c, "map"),
		.nidentifiers = mun_cli_list(c, "identifier")->n,
		.identifiers = ids,
		.nattachments = mun_cli_list(c, "attach")->n,
		.attachments = mun_cli_list(c, "attach")->texts,
	};
}

struct batch {
	struct mun_cli *c;
	struct mun_ingest_env env;
	struct mun_ingest_request q;
	struct mun_expected expected; /* with --expect */
	struct mun_merged merged; /* with --merge */
	char object[MUN_UUID_LEN]; /* into which */
	struct mun_jsonw w;
	bool json;
	int status;
};

static int failed(struct batch *b, const struct mun_ingest_result *r,
		  const struct mun_err *e)
{
	if (r->id[0])
		mun_log(MUN_LOG_INFO,
			"session %s is kept: muniment resume goes on, "
			"muniment resume --discard %s --yes gives it up",
			r->id, r->id);
	return mun_cli_error(b->c, e);
}

static int done(struct batch *b, const struct mun_ingest_result *r)
{
	mun_ingested_known(r);
	if (b->json)
		mun_ingested_json(&b->w, r, &b->merged);
	else
		mun_ingested_text(r, &b->merged);
	return mun_exit_worse(mun_ingested_status(r),
			      mun_merged_status(&b->merged));
}

static int one(struct batch *b, size_t number)
{
	const char *source = b->c->args[number];
	struct mun_ingest_result r = { 0 };
	struct mun_err e;
	int rc;

	mun_cli_progress_source(source);
	b->q.source = source;
	b->q.expect = mun_expected_of(&b->expected, number);
	if (mun_cli_flag(b->c, "dry-run")) {
		rc = mun_ingest_check(&b->env, &b->q, &e);
		if (rc)
			return failed(b, &r, &e);
		if (b->q.merge)
			return mun_merged_dry(b->c, &b->env, &b->q, &b->merged);
		if (!b->json)
			(void)printf("'%s' can be ingested\n", source);
		return MUN_EXIT_DONE;
	}
	rc = mun_ingest(&b->env, &b->q, &r, &e);
	if (rc && mun_ingested_refused(&r)) {
		mun_expected_refused(&b->expected, number);
		(void)mun_cli_error(b->c, &e);
		return MUN_EXIT_DAMAGE;
	}
	return rc ? failed(b, &r, &e) : done(b, &r);
}

/* A source that fails does not keep the others of the box from going in. */
static void all(struct batch *b)
{
	for (size_t i = 0; i < b->c->nargs && !mun_cancelled(); i++)
		b->status = mun_exit_worse(b->status, one(b, i));
	if (mun_cancelled())
		b->status = MUN_EXIT_FAILED;
}

static int batch(struct batch *b)
{
	if (!b->json) {
		all(b);
		return b->status;
	}
	mun_cli_json_begin(&b->w);
	mun_jsonw_array(&b->w, "objects");
	all(b);
	mun_jsonw_end_array(&b->w);
	mun_expected_json(&b->w, &b->expected);
	return mun_cli_json_end(b->c, &b->w, b->status);
}

static int run(struct mun_cli *c, const struct mun_ingest_identifier *ids,
	       const struct mun_rescue_policy *policy)
{
	struct batch b = { .c = c, .json = mun_cli_flag(c, "json") };
	mun_auto(repo) *r = NULL;
	struct mun_err e;

	if (mun_repo_open(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE, &r, &e) ||
	    mun_repo_ingest_env(c, r, &b.env, &e))
		return mun_cli_error(c, &e);
	b.env.conf = r->conf;
	request(c, r, ids, &b.q);
	b.q.rescue = *policy;
	mun_merged_note(&b.env, &b.merged);
	if (mun_merged_request(c, r, &b.q, b.object, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "loop"))
		return mun_cli_loop(c, r, &b.env, &b.q);
	b.status = mun_expected_open(c, &b.expected);
	if (b.status == MUN_EXIT_DONE)
		b.status = batch(&b);
	mun_expected_close(&b.expected);
	mun_merged_clear(&b.merged);
	return b.status;
}

int mun_cmd_ingest(struct mun_cli *c)
{
	struct mun_ingest_identifier *ids = NULL;
	struct mun_rescue_policy policy;
	int status;

	if (c->nargs > 1 &&
	    (mun_cli_text(c, "label") || mun_cli_list(c, "identifier")->n ||
	     mun_cli_text(c, "map")))
		return mun_cli_usage(c, "--label, --identifier and --map are "
					"of one object: give one SOURCE");
	status = mun_expected_usage(c);
	if (!status)
		status = mun_merged_usage(c);
	if (!status)
		status = mun_loop_usage(c);
	if (!status)
		status = mun_capture_policy(c, &policy);
	if (!status)
		status = identifiers(c, &ids);
	if (status)
		return status;
	status = run(c, ids, &policy);
	free_identifiers(ids, mun_cli_list(c, "identifier")->n);
	return status;
}
