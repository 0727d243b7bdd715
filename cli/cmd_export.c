/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_export.c - muniment export */
#include "cli/cli.h"
#include "cli/export_request.h"
#include "core/parse.h"

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

static void print_images(struct mun_jsonw *w, const struct mun_export_result *r)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_array(w, "images");
	for (size_t i = 0; i < r->nimages; i++) {
		const struct mun_export_image *m = &r->images[i];

		mun_digest_hex(&m->content_sha256, hex);
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "object", m->object);
		mun_jsonw_text(w, "path", m->path);
		mun_jsonw_text(w, "format", m->format);
		mun_jsonw_u64(w, "bytes", m->bytes);
		mun_jsonw_text(w, "content_sha256", hex);
		mun_jsonw_bool(w, "identical", m->identical);
		mun_jsonw_u64(w, "losses", m->losses);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void print_json(struct mun_jsonw *w, const struct mun_export_result *r)
{
	mun_jsonw_text(w, "object", r->images[0].object);
	mun_jsonw_text(w, "target", r->target);
	mun_jsonw_text(w, "suit", mun_suit_name(r->suit));
	mun_jsonw_text(w, "reason", r->reason);
	mun_jsonw_text(w, "platform", mun_platform_name(r->platform));
	mun_jsonw_text(w, "path", r->path);
	print_images(w, r);
	mun_jsonw_bool(w, "verified", r->verified);
	mun_jsonw_text(w, "proof", mun_proof_name(r->proof.result));
	mun_jsonw_text(w, "proof_text", r->proof.text);
	mun_jsonw_text(w, "event", r->event);
}

static void print_text(const struct mun_export_result *r)
{
	(void)printf("%s: %s\n", r->target, r->reason);
	(void)printf("package %s\n", r->path);
	for (size_t i = 0; i < r->nimages; i++)
		(void)printf("  %s (%s)%s\n", r->images[i].path,
			     r->images[i].format,
			     r->images[i].losses ? ", with losses" : "");
	(void)printf("  %s\n",
		     r->verified ? "read back and compared" : "not verified");
	if (r->proof.result != MUN_PROOF_NOT_ASKED)
		(void)printf("  start: %s: %s\n",
			     mun_proof_name(r->proof.result), r->proof.text);
}

static int export(struct mun_cli *c, struct mun_export_asked *a,
		  const struct mun_export_request *q)
{
	mun_autofree struct mun_export_result *r = calloc(1, sizeof(*r));
	struct mun_jsonw w;
	struct mun_err e;
	int status;
	int rc = r ? 0 : mun_fail_nomem(&e, "export");

	if (!rc)
		rc = mun_export_ask(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE, a,
				    &e);
	if (rc)
		return mun_cli_error(c, &e);
	a->req.target = q->target;
	a->req.output = q->output;
	a->req.kind = q->kind;
	a->req.purpose = mun_cli_text(c, "purpose");
	a->req.authorised_by = mun_cli_text(c, "authorised-by");
	a->req.prove = mun_cli_flag(c, "prove");
	a->req.expect_text = mun_cli_text(c, "expect");
	a->req.expect_picture = mun_cli_text(c, "picture");
	a->req.dry_run = mun_cli_flag(c, "dry-run");
	if (mun_export(&a->env, &a->req, r, &e))
		return mun_cli_error(c, &e);
	status = r->proof.result == MUN_PROOF_FAILED ? MUN_EXIT_DAMAGE
						     : MUN_EXIT_DONE;
	if (!mun_cli_flag(c, "json")) {
		print_text(r);
		return status;
	}
	mun_cli_json_begin(&w);
	print_json(&w, r);
	return mun_cli_json_end(c, &w, status);
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
	status = export(c, &a, &q);
	mun_export_asked_clear(&a);
	return status;
}
