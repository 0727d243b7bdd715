/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_manifest.c - muniment manifest */
#include "cli/cli.h"
#include "cli/manifest_verify_file.h"

#include "core/file.h"
#include "core/str.h"
#include "fixity/manifest_verify.h"
#include "ingest/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct export
{
	enum mun_manifest_form form;
	unsigned int algs;
	bool logical;
	bool stream; /* to stdout, line by line */
	struct mun_str out;
	uint64_t files;
};

static int flush(struct export *x)
{
	if (x->stream && x->out.len) {
		(void)fwrite(x->out.text, 1, x->out.len, stdout);
		x->out.len = 0;
	}
	return 0;
}

static int line(void *ctx, const struct mun_listed *l, struct mun_err *e)
{
	struct export *x = ctx;
	const char *path = x->logical ? l->logical : l->content;
	mun_autofree char *data = NULL;
	int rc = 0;

	/* What a bag holds lies below data/ (RFC 8493, 2.1.2). */
	if (x->form == MUN_MANIFEST_BAGIT) {
		rc = mun_fmt(&data, e, "data/%s", path);
		path = data;
	}
	if (!rc)
		rc = mun_manifest_line(&x->out, x->form, x->algs, path,
				       l->file->bytes, &l->file->digests, e);
	x->files++;
	return rc ? rc : flush(x);
}

/* The objects of the call as UUIDs; NULL for all. */
static int objects(const struct mun_cli *c, const struct mun_repo *r,
		   const char ***out, char (**texts)[MUN_UUID_LEN],
		   struct mun_err *e)
{
	size_t n = c->nargs - 1;
	int rc = 0;

	*out = NULL;
	*texts = NULL;
	if (mun_cli_flag(c, "all"))
		return 0;
	*out = calloc(n, sizeof(**out));
	*texts = calloc(n, sizeof(**texts));
	if (!*out || !*texts)
		return mun_fail_nomem(e, "objects");
	for (size_t i = 0; !rc && i < n; i++) {
		rc = mun_catalog_resolve(r->catalog, c->args[i + 1],
					 (*texts)[i], e);
		(*out)[i] = (*texts)[i];
	}
	return rc;
}

static int list(const struct mun_cli *c, struct export *x, struct mun_err *e)
{
	mun_autofree char(*texts)[MUN_UUID_LEN] = NULL;
	mun_autofree const char **ids = NULL;
	mun_auto(repo) *r = NULL;
	int rc = mun_repo_open(
		c, MUN_REPO_CATALOG | (x->logical ? 0 : MUN_REPO_STORE), &r, e);

	if (!rc)
		rc = objects(c, r, &ids, &texts, e);
	if (rc)
		return rc;
	mun_manifest_head(&x->out, x->form, x->algs);
	(void)flush(x);
	rc = mun_listing(r->store, r->catalog, ids, c->nargs - 1, line, x, e);
	if (!rc && x->out.failed)
		rc = mun_fail_nomem(e, "manifest");
	return rc;
}

static int write_file(const struct export *x, const char *path,
		      struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	int rc = slash ? mun_fmt(&dir, e, "%.*s", (int)(slash - path + 1), path)
		       : mun_strdup(".", &dir, e);

	return rc ? rc
		  : mun_file_write_new(dir, slash ? slash + 1 : path,
				       x->out.text ? x->out.text : "",
				       x->out.len, e);
}

static int export(const struct mun_cli *c, struct export *x)
{
	const char *to = mun_cli_text(c, "output");
	struct mun_err e;
	int rc;

	x->stream = !to;
	rc = list(c, x, &e);
	if (!rc && to)
		rc = write_file(x, to, &e);
	mun_str_free(&x->out);
	if (rc)
		return mun_cli_error(c, &e);
	if (to)
		(void)printf("%" PRIu64 " files in '%s'\n", x->files, to);
	return MUN_EXIT_DONE;
}

static int export_options(const struct mun_cli *c, struct export *x,
			  struct mun_err *e)
{
	const char *form = mun_cli_text(c, "format");
	const char *algs = mun_cli_text(c, "algorithm");
	const char *paths = mun_cli_text(c, "paths");
	int rc =
		mun_manifest_form_parse(form ? form : "sha256sum", &x->form, e);

	if (!rc)
		rc = mun_digest_set_parse(algs ? algs : "sha256", &x->algs, e);
	if (!rc)
		rc = mun_manifest_check_algs(x->form, x->algs, e);
	x->logical = paths && !strcmp(paths, "logical");
	if (!rc && paths && !x->logical && strcmp(paths, "content") != 0)
		rc = mun_fail(e, MUN_EINVAL,
			      "--paths is content or logical, not '%s'", paths);
	return rc;
}

static int cmd_export(const struct mun_cli *c)
{
	struct export x = { 0 };
	struct mun_err e;

	if (export_options(c, &x, &e))
		return mun_cli_usage(c, "%s", e.lines[0].text);
	if ((c->nargs > 1) == mun_cli_flag(c, "all"))
		return mun_cli_usage(c, "export wants objects, or --all");
	return export(c, &x);
}

struct verify {
	const struct mun_cli *c;
	const char *file;
	struct mun_jsonw *w; /* or NULL: text */
};

static void finding_json(struct mun_jsonw *w,
			 const struct mun_manifest_finding *f)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "outcome", mun_manifest_outcome_name(f->outcome));
	mun_jsonw_u64(w, "line", f->line);
	mun_jsonw_text(w, "path", f->path);
	mun_jsonw_text(w, "algorithm", f->algorithm);
	mun_jsonw_text(w, "expected", f->expected);
	mun_jsonw_text(w, "actual", f->actual);
	mun_jsonw_text(w, "text", f->text);
	mun_jsonw_end_object(w);
}

static int finding(void *ctx, const struct mun_manifest_finding *f,
		   struct mun_err *e)
{
	const struct verify *v = ctx;
	struct mun_str path = { 0 };

	(void)e;
	if (v->w) {
		finding_json(v->w, f);
		return 0;
	}
	mun_escape(&path, f->path, strlen(f->path));
	(void)printf("%s  %s", mun_manifest_outcome_name(f->outcome),
		     path.text ? path.text : "");
	if (f->line && f->outcome == MUN_MANIFEST_REFUSED)
		(void)printf("%sline %zu", *f->path ? "  " : "", f->line);
	if (*f->algorithm)
		(void)printf("  %s promised %s, found %s", f->algorithm,
			     f->expected, f->actual);
	else if (*f->text)
		(void)printf("  %s", f->text);
	(void)putchar('\n');
	mun_str_free(&path);
	return 0;
}

static int read_manifest(const struct mun_cli *c, const char *file,
			 struct mun_manifest **out, struct mun_err *e)
{
	const char *name = mun_cli_text(c, "algorithm");
	struct mun_manifest_hint hint = { .name = file };
	mun_autofree char *text = NULL;
	size_t len;
	int rc = mun_file_read(file, MUN_MANIFEST_MAX, &text, &len, e);

	if (!rc && name) {
		rc = mun_digest_from_name(name, &hint.alg, e);
		hint.has_alg = true;
	}
	if (!rc)
		rc = mun_manifest_read(text, len, &hint, out, e);
	return rc ? mun_ctx(e, "manifest '%s'", file) : 0;
}

/* --base, or where the manifest lies. */
static int base_of(const struct mun_cli *c, const char *file, char **out,
		   struct mun_err *e)
{
	const char *base = mun_cli_text(c, "base");
	const char *slash = strrchr(file, '/');

	if (base || !slash)
		return mun_strdup(base ? base : ".", out, e);
	return mun_fmt(out, e, "%.*s", (int)(slash - file + 1), file);
}

static int compare(const struct verify *v, const struct mun_manifest *m,
		   struct mun_manifest_tally *t, struct mun_err *e)
{
	const struct mun_manifest_options opts = {
		.strict = mun_cli_flag(v->c, "strict"),
		.self = v->file,
		.progress = &v->c->progress,
	};
	mun_autofree char *base = NULL;
	mun_auto(repo) *r = NULL;
	int rc;

	if (!mun_cli_flag(v->c, "catalog")) {
		rc = base_of(v->c, v->file, &base, e);
		return rc ? rc
			  : mun_manifest_verify(m, base, &opts, finding,
						(void *)(uintptr_t)v, t, e);
	}
	rc = mun_repo_open(v->c, MUN_REPO_CATALOG | MUN_REPO_STORE, &r, e);
	return rc ? rc
		  : mun_listing_compare(r->store, r->catalog, m, opts.strict,
					finding, (void *)(uintptr_t)v, t, e);
}

static int status_of(const struct mun_manifest_tally *t)
{
	if (t->of[MUN_MANIFEST_REFUSED] || t->of[MUN_MANIFEST_NOT_RUN])
		return MUN_EXIT_FAILED;
	if (t->of[MUN_MANIFEST_MISMATCH] || t->of[MUN_MANIFEST_MISSING] ||
	    t->of[MUN_MANIFEST_UNREADABLE] || t->of[MUN_MANIFEST_EXTRA])
		return MUN_EXIT_DAMAGE;
	return MUN_EXIT_DONE;
}

static void tally_text(const struct mun_manifest *m,
		       const struct mun_manifest_tally *t)
{
	(void)printf("%zu files promised (%s):", m->nentries,
		     mun_manifest_form_name(m->form));
	for (unsigned int i = 0; i < MUN_MANIFEST_OUTCOMES; i++) {
		if (i == MUN_MANIFEST_INTACT || t->of[i])
			(void)printf("%s %" PRIu64 " %s", i ? "," : "",
				     t->of[i],
				     mun_manifest_outcome_name(
					     (enum mun_manifest_outcome)i));
	}
	(void)putchar('\n');
}

static void tally_json(struct mun_jsonw *w, const struct mun_manifest *m,
		       const struct mun_manifest_tally *t)
{
	mun_jsonw_text(w, "form", mun_manifest_form_name(m->form));
	mun_jsonw_array(w, "algorithms");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (m->algs & MUN_DIGEST_BIT(i))
			mun_jsonw_text(w, NULL,
				       mun_digest_name((enum mun_digest_alg)i));
	}
	mun_jsonw_end_array(w);
	mun_jsonw_u64(w, "entries", m->nentries);
	mun_jsonw_u64(w, "bytes", t->bytes);
	mun_jsonw_object(w, "outcomes");
	for (unsigned int i = 0; i < MUN_MANIFEST_OUTCOMES; i++)
		mun_jsonw_u64(
			w,
			mun_manifest_outcome_name((enum mun_manifest_outcome)i),
			t->of[i]);
	mun_jsonw_end_object(w);
}

int mun_manifest_verify_file(const struct mun_cli *c, const char *file)
{
	struct verify v = { .c = c, .file = file };
	struct mun_manifest_tally t = { 0 };
	mun_auto(manifest) *m = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	int status;
	int rc;

	if (mun_cli_flag(c, "catalog") && mun_cli_text(c, "base"))
		return mun_cli_usage(c, "--catalog reads no folder: leave out "
					"--base");
	if (read_manifest(c, v.file, &m, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "json")) {
		v.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "findings");
	}
	rc = compare(&v, m, &t, &e);
	status = rc ? mun_cli_error(c, &e) : status_of(&t);
	if (!v.w) {
		if (!rc)
			tally_text(m, &t);
		return status;
	}
	mun_jsonw_end_array(&w);
	tally_json(&w, m, &t);
	return mun_cli_json_end(c, &w, status);
}

int mun_cmd_manifest(struct mun_cli *c)
{
	if (!strcmp(c->args[0], "export"))
		return cmd_export(c);
	if (strcmp(c->args[0], "verify") != 0)
		return mun_cli_usage(c,
				     "manifest wants export or verify, not "
				     "'%s'",
				     c->args[0]);
	if (c->nargs != 2)
		return mun_cli_usage(c, "verify wants one FILE");
	return mun_manifest_verify_file(c, c->args[1]);
}
