/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_verify.c - muniment verify */
#include "cli/cli.h"
#include "cli/manifest_verify_file.h"

#include "core/parse.h"
#include "core/str.h"
#include "emulate-export/verify_package.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *weight_name(enum mun_verify_weight w)
{
	switch (w) {
	case MUN_VERIFY_WARNING:
		return "warning";
	case MUN_VERIFY_UNDONE:
		return "undecided";
	case MUN_VERIFY_DAMAGE:
		break;
	}
	return "damage";
}

/* ---- findings as they come ---- */

static void finding_json(struct mun_jsonw *w,
			 const struct mun_verify_finding *f)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "kind", mun_verify_kind_name(f->kind));
	mun_jsonw_text(w, "weight", weight_name(f->weight));
	mun_jsonw_text(w, "path", f->path);
	mun_jsonw_text(w, "by", f->by);
	mun_jsonw_u64(w, "line", f->line);
	mun_jsonw_text(w, "algorithm", f->algorithm);
	mun_jsonw_text(w, "expected", f->expected);
	mun_jsonw_text(w, "found", f->found);
	mun_jsonw_text(w, "text", f->text);
	mun_jsonw_end_object(w);
}

/* Names and texts are foreign: one clean line. */
static void add_clean(struct mun_str *s, const char *text)
{
	mun_escape(s, text, strlen(text));
}

static void finding_text(const struct mun_verify_finding *f)
{
	struct mun_str s = { 0 };

	mun_str_addf(&s, "%s  ",
		     f->weight == MUN_VERIFY_WARNING
			     ? "warning"
			     : mun_verify_kind_name(f->kind));
	if (*f->path) {
		add_clean(&s, f->path);
		mun_str_add(&s, "  ");
	}
	if (*f->algorithm)
		mun_str_addf(&s, "%s promised %s, found %s%s", f->algorithm,
			     f->expected, f->found, *f->text ? ": " : "");
	add_clean(&s, f->text);
	if (*f->by || f->line)
		mun_str_add(&s, " (");
	add_clean(&s, f->by);
	if (f->line)
		mun_str_addf(&s, "%sline %zu", *f->by ? ", " : "", f->line);
	if (*f->by || f->line)
		mun_str_add_char(&s, ')');
	(void)printf("%s\n", s.failed ? mun_verify_kind_name(f->kind) : s.text);
	mun_str_free(&s);
}

static void finding(void *ctx, const struct mun_verify_finding *f)
{
	struct mun_jsonw *w = ctx;

	if (w)
		finding_json(w, f);
	else
		finding_text(f);
}

/* ---- the verdict ---- */

static int status_of(const struct mun_verify_result *r)
{
	if (r->damage)
		return MUN_EXIT_DAMAGE;
	return r->undone ? MUN_EXIT_FAILED : MUN_EXIT_DONE;
}

static const char *verdict_of(int status)
{
	if (status == MUN_EXIT_DONE)
		return "whole";
	return status == MUN_EXIT_DAMAGE ? "damaged" : "undecided";
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void print_text(const struct mun_verify_result *r, int status)
{
	char bytes[16];

	mun_human_bytes(r->payload_bytes, bytes);
	(void)printf("%s: %" PRIu64 " file%s, %s, BagIt %s as a %s; %" PRIu64
		     " digest%s as promised%s%s",
		     verdict_of(status), r->payload_files,
		     plural(r->payload_files), bytes,
		     *r->version ? r->version : "of no version", r->form,
		     r->digests, plural(r->digests), *r->algorithms ? ": " : "",
		     r->algorithms);
	if (r->receipt)
		(void)printf("; %" PRIu64 " image%s decoded, %" PRIu64
			     " record%s judged",
			     r->images, plural(r->images), r->records,
			     plural(r->records));
	if (r->recorded)
		(void)printf("; as the repository recorded it");
	if (r->damage || r->undone)
		(void)printf("; %" PRIu64 " finding%s", r->damage + r->undone,
			     plural(r->damage + r->undone));
	if (r->warnings)
		(void)printf("; %" PRIu64 " warning%s", r->warnings,
			     plural(r->warnings));
	(void)putchar('\n');
}

/* "sha256,sha512" as a list. */
static void algorithms_json(struct mun_jsonw *w, const char *text)
{
	char one[32];

	mun_jsonw_array(w, "algorithms");
	while (*text) {
		size_t n = strcspn(text, ",");

		(void)snprintf(one, sizeof(one), "%.*s", (int)n, text);
		mun_jsonw_text(w, NULL, one);
		text += n;
		text += *text == ',';
	}
	mun_jsonw_end_array(w);
}

static void print_json(struct mun_jsonw *w, const struct mun_verify_result *r,
		       int status)
{
	mun_jsonw_text(w, "verdict", verdict_of(status));
	mun_jsonw_text(w, "form", r->form);
	mun_jsonw_text(w, "bagit_version", r->version);
	mun_jsonw_text(w, "encoding", r->encoding);
	algorithms_json(w, r->algorithms);
	mun_jsonw_u64(w, "payload_files", r->payload_files);
	mun_jsonw_u64(w, "payload_bytes", r->payload_bytes);
	mun_jsonw_u64(w, "tag_files", r->tag_files);
	mun_jsonw_u64(w, "digests", r->digests);
	mun_jsonw_u64(w, "to_fetch", r->to_fetch);
	mun_jsonw_bool(w, "receipt", r->receipt);
	mun_jsonw_u64(w, "images", r->images);
	mun_jsonw_u64(w, "records", r->records);
	mun_jsonw_text(w, "object", r->object);
	mun_jsonw_text(w, "event", r->event);
	mun_jsonw_bool(w, "recorded", r->recorded);
	mun_jsonw_u64(w, "damage", r->damage);
	mun_jsonw_u64(w, "undecided", r->undone);
	mun_jsonw_u64(w, "warnings", r->warnings);
}

static int verify_package(const struct mun_cli *c,
			  const struct mun_verify_request *q)
{
	const bool json = mun_cli_flag(c, "json");
	struct mun_verify_result r;
	struct mun_jsonw w;
	struct mun_err e;
	int status;
	int rc;

	mun_cli_progress_source(q->path);
	if (json) {
		mun_cli_json_begin(&w);
		mun_jsonw_text(&w, "package", q->path);
		mun_jsonw_array(&w, "findings");
	}
	rc = mun_verify_package(q, finding, json ? &w : NULL, &r, &e);
	status = rc ? mun_cli_error(c, &e) : status_of(&r);
	if (!json) {
		if (!rc)
			print_text(&r, status);
		return status;
	}
	mun_jsonw_end_array(&w);
	print_json(&w, &r, status);
	return mun_cli_json_end(c, &w, status);
}

/* -C or --repository: then the catalog is asked, too. */
static int verify(const struct mun_cli *c, const char *path)
{
	struct mun_verify_request q = { .path = path,
					.progress = &c->progress };
	mun_auto(repo) *repo = NULL;
	struct mun_err e;

	if ((c->directory || mun_cli_flag(c, "repository")) &&
	    mun_repo_open(c, MUN_REPO_CATALOG, &repo, &e))
		return mun_cli_error(c, &e);
	if (repo)
		q.catalog = repo->catalog;
	return verify_package(c, &q);
}

int mun_cmd_verify(struct mun_cli *c)
{
	static const char *const manifests_only[] = { "base", "algorithm" };
	const char *path = c->args[0];

	if (!mun_verify_is_package(path)) {
		if (mun_cli_flag(c, "repository"))
			return mun_cli_usage(c,
					     "'%s' is no package, and a "
					     "manifest is of no repository "
					     "(see muniment manifest)",
					     path);
		return mun_manifest_verify_file(c, path);
	}
	for (size_t i = 0; i < 2; i++) {
		if (mun_cli_text(c, manifests_only[i]))
			return mun_cli_usage(c,
					     "--%s is for manifests, and "
					     "'%s' is a package",
					     manifests_only[i], path);
	}
	if (mun_cli_flag(c, "strict"))
		return mun_cli_usage(c, "--strict is for manifests: a package "
					"is always judged whole");
	return verify(c, path);
}
