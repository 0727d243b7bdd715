/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_export.c - muniment export */
#include "cli/cli.h"
#include "cli/export_print.h"
#include "cli/export_request.h"
#include "cli/made_media.h"
#include "emulate-export/bag_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int kind_of(const char *text, enum mun_package_kind *out)
{
	static const char *const names[] = { "dir", "zip", "tar" };

	for (unsigned int i = 0; i < 3; i++) {
		if (!strcmp(text, names[i])) {
			*out = (enum mun_package_kind)i;
			return 0;
		}
	}
	return -1;
}

/* What the options ask for, but the objects. */
static int ask(struct mun_cli *c, struct mun_export_asked *a,
	       const struct mun_export_request *q, struct mun_err *e)
{
	int rc = mun_export_ask(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE,
				mun_cli_text(c, "collection"), a, e);

	if (rc)
		return rc;
	a->req.target = q->target;
	a->req.output = q->output;
	a->req.kind = q->kind;
	a->req.purpose = mun_cli_text(c, "purpose");
	a->req.authorised_by = mun_cli_text(c, "authorised-by");
	a->req.prove = mun_cli_flag(c, "prove");
	a->req.expect_text = mun_cli_text(c, "expect");
	a->req.expect_picture = mun_cli_text(c, "picture");
	a->req.dry_run = mun_cli_flag(c, "dry-run");
	return 0;
}

static int status_of(const struct mun_export_result *r)
{
	return r->proof.result == MUN_PROOF_FAILED ? MUN_EXIT_DAMAGE
						   : MUN_EXIT_DONE;
}

/* All objects as one set. */
static int export_set(struct mun_cli *c, struct mun_export_asked *a,
		      struct mun_export_result *r)
{
	struct mun_jsonw w;
	struct mun_err e;

	if (mun_export(&a->env, &a->req, r, &e))
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		mun_export_print_text(r);
		return status_of(r);
	}
	mun_cli_json_begin(&w);
	mun_export_print_json(&w, r);
	return mun_cli_json_end(c, &w, status_of(r));
}

/* One of many; what fails does not stop the others. */
static int export_one(struct mun_cli *c, const struct mun_export_asked *a,
		      size_t i, struct mun_export_result *r,
		      struct mun_jsonw *w)
{
	struct mun_export_request q = a->req;
	char text[1024] = "";
	struct mun_err e;
	int status;
	int rc;

	q.objects = &a->objects[i];
	q.nobjects = 1;
	rc = mun_export(&a->env, &q, r, &e);
	status = rc ? mun_cli_error(c, &e) : status_of(r);
	if (rc)
		(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!w && !rc)
		mun_export_print_text(r);
	if (!w)
		return status;
	mun_jsonw_object(w, NULL);
	if (rc)
		mun_jsonw_text(w, "object", a->objects[i]);
	else
		mun_export_print_json(w, r);
	mun_jsonw_text(w, "error", text);
	mun_jsonw_end_object(w);
	return status;
}

static int export_each(struct mun_cli *c, struct mun_export_asked *a,
		       struct mun_export_result *r)
{
	bool json = mun_cli_flag(c, "json");
	int worst = MUN_EXIT_DONE;
	struct mun_jsonw w;

	if (json) {
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "packages");
	}
	for (size_t i = 0; i < a->req.nobjects && !mun_cancelled(); i++) {
		int status = export_one(c, a, i, r, json ? &w : NULL);

		if (status > worst)
			worst = status;
	}
	if (mun_cancelled())
		worst = MUN_EXIT_FAILED;
	if (!json)
		return worst;
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, worst);
}

static int export(struct mun_cli *c, struct mun_export_asked *a,
		  const struct mun_export_request *q)
{
	mun_autofree struct mun_export_result *r = calloc(1, sizeof(*r));
	const struct mun_cli_value *lines = mun_cli_list(c, "bag-info");
	const char *path = mun_cli_text(c, "profile");
	mun_auto(bag_profile) *profile = NULL;
	struct mun_err e;
	int rc = r ? ask(c, a, q, &e) : mun_fail_nomem(&e, "export");

	if (!rc && path)
		rc = mun_bag_profile_load(path, &profile, &e);
	a->req.profile = profile;
	a->req.bag_info = lines ? lines->texts : NULL;
	a->req.nbag_info = lines ? lines->n : 0;
	if (!rc && !a->req.nobjects)
		rc = mun_fail(&e, MUN_ENOENT, "no object to export");
	if (rc)
		return mun_cli_error(c, &e);
	return mun_cli_flag(c, "each") ? export_each(c, a, r)
				       : export_set(c, a, r);
}

int mun_cmd_export(struct mun_cli *c)
{
	const char *kind = mun_cli_text(c, "package");
	const struct mun_export_request none = { 0 };
	struct mun_export_request q = none;
	struct mun_export_asked a = { 0 };
	int status;

	q.target = mun_cli_text(c, "for");
	q.output = mun_cli_text(c, "output");
	if (q.target && !mun_target_find(q.target))
		return mun_cli_usage(c, "unknown target '%s'", q.target);
	if (kind && kind_of(kind, &q.kind))
		return mun_cli_usage(
			c, "--package is dir, zip or tar, not '%s'", kind);
	if ((mun_cli_text(c, "expect") || mun_cli_text(c, "picture")) &&
	    !mun_cli_flag(c, "prove"))
		return mun_cli_usage(c, "--expect and --picture are of "
					"--prove");
	if (mun_cli_text(c, "collection") && !mun_cli_flag(c, "each"))
		return mun_cli_usage(c, "--collection is of --each: a set is "
					"named in its order");
	if (!c->nargs && !mun_cli_text(c, "collection"))
		return mun_cli_usage(c, "export needs an OBJECT");
	if (q.target && !strcmp(q.target, "raw") && c->nargs == 1 &&
	    mun_made_is_folder(c->args[0]))
		return mun_made_export(c);
	status = export(c, &a, &q);
	mun_export_asked_clear(&a);
	return status;
}
