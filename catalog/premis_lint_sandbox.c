/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_lint_sandbox.c - judge a PREMIS document in a sandboxed child
 *
 * The child's answer is a struct entry for each problem, followed by code and
 * text, and at the end one for the verdict.  The document may have taken the
 * child over, so the parent believes nothing that is not in these bounds.
 */
#include "catalog/premis.h"

#include "catalog/premis_linter.h"
#include "core/sandbox.h"
#include "core/str.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

struct job {
	const char *xml;
	size_t len;
};

/* The fixed head of each entry in the answer, in the machine's own form: both
 * ends are the same program. */
struct entry {
	char mark; /* 'P' a problem, 'V' the verdict */
	unsigned char error;
	unsigned long line;
	size_t code_len;
	size_t text_len;
	size_t errors;
	size_t warnings;
};

static void put(void *ctx, const struct mun_premis_problem *p)
{
	struct mun_str *answer = ctx;
	struct entry head;

	memset(&head, 0, sizeof(head));
	head.mark = 'P';
	head.error = p->error;
	head.line = p->line;
	head.code_len = strlen(p->code);
	head.text_len = strlen(p->text);
	mun_str_add_bytes(answer, &head, sizeof(head));
	mun_str_add(answer, p->code);
	mun_str_add(answer, p->text);
}

static int in_child(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	const struct job *job = ctx;
	struct mun_premis_verdict v = { 0 };
	struct entry head;
	int rc = mun_premis_lint(job->xml, job->len, put, answer, &v, e);

	memset(&head, 0, sizeof(head));
	head.mark = 'V';
	head.errors = v.errors;
	head.warnings = v.warnings;
	mun_str_add_bytes(answer, &head, sizeof(head));
	return rc;
}

static bool take(const struct mun_str *answer, size_t *at, void *out,
		 size_t len)
{
	if (len > answer->len - *at)
		return false;
	if (len)
		memcpy(out, answer->text + *at, len);
	*at += len;
	return true;
}

/* One problem behind its head; false where it is outside the bounds. */
static bool take_problem(const struct mun_str *answer, size_t *at,
			 const struct entry *head, mun_premis_report_fn *fn,
			 void *ctx)
{
	struct mun_premis_problem p = { .line = head->line };
	char raw[MUN_PREMIS_PROBLEM_TEXT];
	char text[MUN_PREMIS_PROBLEM_TEXT];

	if (head->code_len >= sizeof(p.code) || head->text_len >= sizeof(raw))
		return false;
	p.error = head->error != 0;
	if (!take(answer, at, p.code, head->code_len) ||
	    !take(answer, at, raw, head->text_len))
		return false;
	p.code[head->code_len] = '\0';
	raw[head->text_len] = '\0';
	if (p.code[strspn(p.code, "abcdefghijklmnopqrstuvwxyz")])
		return false;
	(void)mun_utf8_line(raw, text, sizeof(text));
	p.text = text;
	if (fn)
		fn(ctx, &p);
	return true;
}

static bool take_all(const struct mun_str *answer, mun_premis_report_fn *fn,
		     void *ctx, struct mun_premis_verdict *out)
{
	size_t at = 0;
	struct entry head;

	for (size_t n = 0; n <= MUN_PREMIS_PROBLEMS_MAX; n++) {
		if (!take(answer, &at, &head, sizeof(head)))
			return false;
		if (head.mark == 'V') {
			out->errors = head.errors;
			out->warnings = head.warnings;
			return at == answer->len;
		}
		if (head.mark != 'P' ||
		    !take_problem(answer, &at, &head, fn, ctx))
			return false;
	}
	return false;
}

int mun_premis_lint_sandboxed(const char *xml, size_t len,
			      mun_premis_report_fn *fn, void *ctx,
			      struct mun_premis_verdict *out, struct mun_err *e)
{
	struct job job = { xml, len };
	/* A tree takes up to 20 times its text. */
	const struct mun_sandbox_limits limits = {
		.memory_bytes = (uint64_t)1 << 30,
	};
	struct mun_str answer = { 0 };
	int rc;

	mun_xml_init();
	rc = mun_sandbox_run(in_child, &job, &limits, &answer, e);
	if (!rc && !take_all(&answer, fn, ctx, out))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the sandboxed linter answered nonsense");
	mun_str_free(&answer);
	return rc ? mun_ctx(e, "PREMIS document") : 0;
}
