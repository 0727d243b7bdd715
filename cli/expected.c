/* SPDX-License-Identifier: Apache-2.0 */
/* cli/expected.c - what a donor promised of the sources of one call */
#include "cli/expected.h"

#include "core/str.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 20 /* that are said one by one */

int mun_expected_usage(const struct mun_cli *c)
{
	if (mun_cli_text(c, "expect"))
		return 0;
	if (mun_cli_text(c, "expect-from") ||
	    mun_cli_flag(c, "expect-partial") ||
	    mun_cli_flag(c, "accept-mismatch"))
		return mun_cli_usage(c, "--expect-from, --expect-partial and "
					"--accept-mismatch want --expect FILE");
	return 0;
}

struct names {
	size_t n;
};

static void say_unmatched(void *ctx, const struct mun_manifest_entry *en)
{
	struct names *names = ctx;
	struct mun_str path = { 0 };

	if (names->n++ >= NAMES_MAX)
		return;
	mun_escape(&path, en->path, strlen(en->path));
	mun_log(MUN_LOG_WARN, "  line %zu: %s", en->line,
		path.text ? path.text : "");
	mun_str_free(&path);
}

/* What is promised and was not brought. */
static void unmatched(const struct mun_expected *x)
{
	struct names names = { 0 };
	size_t n = mun_expect_unmatched(x->x, NULL, NULL);

	if (!n)
		return;
	mun_log(MUN_LOG_WARN,
		"%zu of %zu files of the manifest are no SOURCE:", n,
		mun_expect_manifest(x->x)->nentries);
	(void)mun_expect_unmatched(x->x, say_unmatched, &names);
	if (n > NAMES_MAX)
		mun_log(MUN_LOG_WARN, "  and %zu more", n - NAMES_MAX);
}

static void problems(const struct mun_expected *x)
{
	const struct mun_manifest *m = mun_expect_manifest(x->x);

	if (m->nproblems)
		mun_log(MUN_LOG_WARN,
			"%zu lines of the manifest say nothing that can be "
			"used; the first is line %zu: %s",
			m->nproblems, m->problems[0].line, m->problems[0].text);
}

static int missing(const struct mun_expected *x)
{
	const struct mun_cli *c = x->c;
	bool partial = mun_cli_flag(c, "expect-partial");
	size_t n = 0;

	for (size_t i = 0; i < c->nargs; i++) {
		if (mun_expect_of(x->x, i))
			continue;
		n++;
		mun_log(partial ? MUN_LOG_WARN : MUN_LOG_ERROR,
			"'%s' is not in the manifest", c->args[i]);
	}
	if (!n || partial)
		return MUN_EXIT_DONE;
	mun_log(MUN_LOG_ERROR, "nothing was read; --expect-partial takes in "
			       "also what the manifest does not name");
	return MUN_EXIT_FAILED;
}

int mun_expected_open(const struct mun_cli *c, struct mun_expected *out)
{
	const char *file = mun_cli_text(c, "expect");
	struct mun_err e;
	int status;
	int rc;

	*out = (struct mun_expected){ .c = c };
	if (!file)
		return MUN_EXIT_DONE;
	out->refused = calloc(c->nargs, sizeof(*out->refused));
	rc = out->refused ? 0 : mun_fail_nomem(&e, "sources");
	if (!rc)
		rc = mun_expect_load(file, mun_cli_text(c, "expect-from"),
				     mun_cli_flag(c, "accept-mismatch"),
				     &out->x, &e);
	if (!rc)
		rc = mun_expect_match(out->x, (const char *const *)c->args,
				      c->nargs, &e);
	if (rc)
		return mun_cli_error(c, &e);
	problems(out);
	status = missing(out);
	if (status == MUN_EXIT_DONE)
		unmatched(out);
	return status;
}

void mun_expected_close(struct mun_expected *x)
{
	mun_expect_free(x->x);
	free(x->refused);
}

const struct mun_expectation *mun_expected_of(const struct mun_expected *x,
					      size_t number)
{
	return x->x ? mun_expect_of(x->x, number) : NULL;
}

void mun_expected_refused(struct mun_expected *x, size_t number)
{
	if (x->refused)
		x->refused[number] = true;
}

static void json_entry(void *ctx, const struct mun_manifest_entry *en)
{
	mun_jsonw_text(ctx, NULL, en->path);
}

void mun_expected_json(struct mun_jsonw *w, const struct mun_expected *x)
{
	if (!x->x)
		return;
	mun_jsonw_array(w, "refused");
	for (size_t i = 0; i < x->c->nargs; i++) {
		if (x->refused[i])
			mun_jsonw_text(w, NULL, x->c->args[i]);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "unmatched");
	(void)mun_expect_unmatched(x->x, json_entry, w);
	mun_jsonw_end_array(w);
}
