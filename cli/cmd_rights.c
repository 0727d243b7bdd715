/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_rights.c - muniment rights: what may be done with an object */
#include "catalog/rights.h"
#include "cli/object.h"
#include "cli/rights_print.h"
#include "core/clock.h"

#include <stdio.h>
#include <string.h>

/* What was asked for. */
struct asked {
	const char *restrict_text;
	const char *grant;
	const char *end; /* as given */
	const char *reason;
	bool dry_run;
	struct mun_rec_rights x; /* the new statement */
	char agent[MUN_UUID_LEN];
	char ended[MUN_UUID_LEN]; /* the one meant by @end, or "" */
	char recorded[MUN_UUID_LEN]; /* or "" */
};

static const char *text_or(const struct mun_cli *c, const char *name,
			   const char *otherwise)
{
	const char *text = mun_cli_text(c, name);

	return text ? text : otherwise;
}

static bool adds(const struct asked *a)
{
	return a->restrict_text || a->grant;
}

static void ask(const struct mun_cli *c, struct asked *a)
{
	*a = (struct asked){
		.restrict_text = mun_cli_text(c, "restrict"),
		.grant = mun_cli_text(c, "grant"),
		.end = mun_cli_text(c, "end"),
		.reason = mun_cli_text(c, "reason"),
		.dry_run = mun_cli_flag(c, "dry-run"),
	};
	a->x = (struct mun_rec_rights){
		.id = "",
		.recorded = "",
		.agent = "",
		.basis = text_or(c, "basis", MUN_BASIS_OTHER),
		.act = text_or(c, "act", MUN_ACT_DISSEMINATE),
		.restricted = a->restrict_text != NULL,
		.text = a->restrict_text ? a->restrict_text
			: a->grant       ? a->grant
					 : "",
		.from = text_or(c, "from", ""),
		.until = text_or(c, "until", ""),
		.jurisdiction = text_or(c, "jurisdiction", ""),
		.citation = text_or(c, "cite", ""),
		.note = text_or(c, "note", ""),
		.ended = "",
		.ended_by = "",
		.why = "",
		.later = "",
	};
}

/* What goes together; 0, or the status of a wrong call. */
static int check_call(const struct mun_cli *c, const struct asked *a)
{
	static const char *const of_statement[] = {
		"act",          "basis", "from", "until",
		"jurisdiction", "cite",  "note", NULL,
	};

	if (a->restrict_text && a->grant)
		return mun_cli_usage(c, "give either --restrict or --grant");
	for (size_t i = 0; of_statement[i] && !adds(a); i++)
		if (mun_cli_text(c, of_statement[i]))
			return mun_cli_usage(c,
					     "--%s wants --restrict or --grant",
					     of_statement[i]);
	if (a->reason && !a->end)
		return mun_cli_usage(c, "--reason wants --end");
	if (a->end && !adds(a) && !a->reason)
		return mun_cli_usage(c, "rights --end needs --reason TEXT, for "
					"the record");
	return 0;
}

/* The one statement of the object that a prefix of its id means. */
static int resolve(const struct mun_record *r, struct asked *a,
		   struct mun_err *e)
{
	const struct mun_rec_rights *found = NULL;

	for (size_t i = 0; i < r->nrights; i++) {
		const struct mun_rec_rights *x = &r->rights[i];

		if (!*a->end || strncmp(x->id, a->end, strlen(a->end)) != 0)
			continue;
		if (found)
			return mun_fail(e, MUN_EINVAL,
					"several statements begin with '%s'",
					a->end);
		found = x;
	}
	if (!found)
		return mun_fail(e, MUN_ENOENT,
				"the object has no rights statement '%s'",
				a->end);
	if (*found->ended)
		return mun_fail(e, MUN_EEXIST, "it has ended already");
	(void)snprintf(a->ended, sizeof(a->ended), "%s", found->id);
	return 0;
}

/* As if it were recorded now. */
static int rehearse(const struct asked *a, struct mun_err *e)
{
	struct mun_rec_rights x = a->x;
	char now[MUN_TIME_LEN];

	mun_time_text(mun_now_ms(), now);
	x.id = "00000000-0000-0000-0000-000000000000";
	x.recorded = now;
	if (a->end) {
		/* Its reason is a text with the same bounds. */
		x.ended = now;
		x.why = a->reason ? a->reason : "";
	}
	if (!adds(a))
		x.text = "-";
	return mun_rec_rights_check(&x, e);
}

static int change(const struct mun_cli *c, const struct mun_repo *repo,
		  const char *object, struct asked *a, struct mun_err *e)
{
	const char *person = mun_repo_operator(c, repo);
	const char *ends = a->end ? a->ended : NULL;
	int rc = 0;

	if (person[0])
		rc = mun_catalog_agent_id(repo->catalog, "person", person, "",
					  "", a->agent, e);
	if (rc)
		return rc;
	a->x.agent = a->agent;
	if (adds(a))
		return mun_rights_add(repo->catalog, object, &a->x, ends,
				      a->reason, a->recorded, e);
	return mun_rights_end(repo->catalog, object, ends, a->agent, a->reason,
			      e);
}

static void print_text(const struct mun_record *r, const struct asked *a)
{
	const char *did = a->dry_run ? "would be " : "";

	if (*a->recorded)
		(void)printf("recorded  %s\n", a->recorded);
	else if (adds(a))
		(void)printf("would be recorded\n");
	if (*a->ended)
		(void)printf("%sended  %s\n", did, a->ended);
	if (adds(a) || a->end)
		return;
	mun_rights_text(r, "");
	if (!r->nrights)
		(void)printf("no rights statements\n");
}

static int print_json(const struct mun_cli *c, struct mun_catalog *cat,
		      const struct mun_record *r, const struct asked *a,
		      struct mun_err *e)
{
	struct mun_rights_answer answer = { 0 };
	struct mun_jsonw w;
	int rc = mun_rights_forbid(cat, r->id, MUN_ACT_DISSEMINATE,
				   mun_now_ms(), &answer, e);

	if (rc)
		return rc;
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "object", r->id);
	mun_jsonw_bool(&w, "restricted", answer.forbidden);
	mun_jsonw_bool(&w, "dry_run", a->dry_run);
	mun_jsonw_text(&w, "recorded", a->recorded);
	mun_jsonw_text(&w, "ended", a->ended);
	mun_rights_json(&w, r);
	mun_rights_answer_clear(&answer);
	if (mun_cli_json_end(c, &w, 0))
		return mun_fail(e, MUN_EIO, "output");
	return 0;
}

/* The record as it is after the change. */
static int again(struct mun_catalog *cat, struct mun_record **r,
		 struct mun_err *e)
{
	mun_auto(record) *before = *r;

	*r = NULL;
	return mun_catalog_get(cat, before->id, false, r, e);
}

static int run(const struct mun_cli *c, struct asked *a, struct mun_err *e)
{
	const bool changes = (adds(a) || a->end) && !a->dry_run;
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	int rc = mun_object_open(c, changes ? MUN_REPO_EVIDENCE : 0, false,
				 &repo, &r, e);

	if (!rc && (adds(a) || a->end))
		rc = rehearse(a, e);
	if (!rc && a->end)
		rc = resolve(r, a, e);
	if (!rc && changes)
		rc = change(c, repo, r->id, a, e);
	if (!rc && changes)
		rc = again(repo->catalog, &r, e);
	if (rc)
		return rc;
	if (mun_cli_flag(c, "json"))
		return print_json(c, repo->catalog, r, a, e);
	print_text(r, a);
	return 0;
}

int mun_cmd_rights(struct mun_cli *c)
{
	struct mun_err e;
	struct asked a;
	int status;

	ask(c, &a);
	status = check_call(c, &a);
	if (status)
		return status;
	return run(c, &a, &e) ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}
