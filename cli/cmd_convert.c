/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_convert.c - muniment convert: an image in another format */
#include "cli/image_open.h"
#include "cli/made_media.h"

#include "core/str.h"
#include "image/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "key=value" of each -o, in memory of their own. */
struct options {
	struct mun_write_options parsed;
	char *text[64];
	size_t n;
};

static void free_options(struct options *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->text[i]);
	free(o->parsed.list);
}

static bool has_key(const struct mun_writer *w, const char *key)
{
	size_t len = strlen(key);
	const char *p = w->keys ? w->keys : "";

	while (len && (p = strstr(p, key)) != NULL) {
		bool begins = p == w->keys || p[-1] == ' ';

		if (begins && (p[len] == ' ' || !p[len]))
			return true;
		p += len;
	}
	return false;
}

static int parse_one(struct options *o, const struct mun_writer *w,
		     const char *text, struct mun_err *e)
{
	char *eq;
	int rc;

	if (o->n == sizeof(o->text) / sizeof(o->text[0]))
		return mun_fail(e, MUN_EINVAL, "too many options");
	rc = mun_strdup(text, &o->text[o->n], e);
	if (rc)
		return rc;
	eq = strchr(o->text[o->n++], '=');
	if (!eq)
		return mun_fail(e, MUN_EINVAL, "-o '%s' is not KEY=VALUE",
				text);
	*eq = '\0';
	if (!has_key(w, o->text[o->n - 1]))
		return mun_fail(e, MUN_EINVAL,
				"format '%s' has no option '%s'%s%s", w->name,
				o->text[o->n - 1],
				w->help && w->help[0] ? "; there is " : "",
				w->help ? w->help : "");
	o->parsed.list[o->parsed.n++] = (struct mun_write_option){
		.key = o->text[o->n - 1],
		.value = eq + 1,
	};
	return 0;
}

static int parse_options(const struct mun_cli *c, const struct mun_writer *w,
			 struct options *o, struct mun_err *e)
{
	const struct mun_cli_value *v = mun_cli_list(c, "option");
	int rc = 0;

	o->parsed.list = calloc(v->n + 1, sizeof(*o->parsed.list));
	if (!o->parsed.list)
		return mun_fail_nomem(e, "options");
	for (size_t i = 0; !rc && i < v->n; i++)
		rc = parse_one(o, w, v->texts[i], e);
	return rc;
}

static void print_text(const struct mun_convert *k, bool dry_run)
{
	if (!k->refused && !dry_run)
		(void)printf("%s (%s)\n", k->path, k->writer->name);
	for (size_t i = 0; i < k->loss.nrows; i++)
		(void)printf("%s: %s (%s): %s\n",
			     k->accept_loss ? "lost" : "would be lost",
			     k->loss.rows[i].what, k->loss.rows[i].where,
			     k->loss.rows[i].why);
	if (k->refused)
		(void)printf("not written: --accept-loss writes it all the "
			     "same\n");
}

static void print_json(struct mun_jsonw *w, const struct mun_convert *k,
		       bool dry_run)
{
	mun_jsonw_text(w, "format", k->img->format->name);
	mun_jsonw_text(w, "to", k->writer->name);
	mun_jsonw_text(w, "path", k->path);
	mun_jsonw_u64(w, "bytes", k->img->bytes);
	mun_jsonw_bool(w, "written", !k->refused && !dry_run);
	mun_jsonw_array(w, "lost");
	for (size_t i = 0; i < k->loss.nrows; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "what", k->loss.rows[i].what);
		mun_jsonw_text(w, "where", k->loss.rows[i].where);
		mun_jsonw_text(w, "why", k->loss.rows[i].why);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static int print(struct mun_cli *c, const struct mun_convert *k)
{
	bool dry_run = mun_cli_flag(c, "dry-run");
	bool lost = k->loss.nrows && !k->accept_loss;
	int status = lost ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		print_text(k, dry_run);
		return status;
	}
	mun_cli_json_begin(&w);
	print_json(&w, k, dry_run);
	return mun_cli_json_end(c, &w, status);
}

static int convert(struct mun_cli *c, struct mun_convert *k, struct mun_err *e)
{
	if (mun_cli_flag(c, "dry-run"))
		return k->writer->plan(k->img, &k->options, &k->loss, e);
	return mun_convert_run(k, e);
}

int mun_cmd_convert(struct mun_cli *c)
{
	struct mun_convert k = {
		.path = c->args[1],
		.accept_loss = mun_cli_flag(c, "accept-loss"),
		.progress = &c->progress,
	};
	struct options options = { 0 };
	struct mun_opened o = { .medium.fd = -1 };
	struct mun_err e;
	int status;
	int rc;

	if (mun_made_is_folder(c->args[0]))
		return mun_made_convert(c);
	rc = mun_writer_for(mun_cli_text(c, "to"), k.path, &k.writer, &e);
	if (!rc)
		rc = parse_options(c, k.writer, &options, &e);
	if (rc) {
		free_options(&options);
		(void)mun_cli_error(c, &e);
		return MUN_EXIT_USAGE;
	}
	k.options = options.parsed;
	rc = mun_opened_file(c, c->args[0], &o, &e);
	k.img = o.img;
	if (!rc)
		rc = convert(c, &k, &e);
	status = rc ? mun_cli_error(c, &e) : print(c, &k);
	mun_loss_clear(&k.loss);
	mun_opened_close(&o);
	free_options(&options);
	return status;
}
