/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_lint.c - judge any PREMIS 3 document: the whole of it */
#include "catalog/premis.h"

#include "catalog/premis_linter.h"
#include "catalog/premis_names.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mun_premis_problem(struct mun_premis_linter *l, bool error,
			const char *code, unsigned long line, const char *fmt,
			...)
{
	char raw[MUN_PREMIS_PROBLEM_TEXT];
	char text[MUN_PREMIS_PROBLEM_TEXT];
	struct mun_premis_problem p = { .error = error,
					.line = line,
					.text = text };
	va_list ap;

	if (error)
		l->verdict.errors++;
	else
		l->verdict.warnings++;
	if (!l->fn ||
	    l->verdict.errors + l->verdict.warnings > MUN_PREMIS_PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)mun_utf8_line(raw, text, sizeof(text));
	(void)snprintf(p.code, sizeof(p.code), "%s", code);
	l->fn(l->ctx, &p);
}

const char *mun_premis_trimmed(struct mun_premis_linter *l, const xmlNode *node)
{
	const char *text = mun_xml_text(l->arena, node);
	size_t len;

	if (!text)
		return "";
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	text = mun_arena_strndup(l->arena, text, len);
	return text ? text : "";
}

static bool is_premis(const xmlNode *node)
{
	return strcmp(mun_xml_ns(node->ns), MUN_PREMIS_NS) == 0;
}

/* The first PREMIS element at @node or after it among its siblings. */
static xmlNode *premis_from(xmlNode *node)
{
	node = mun_xml_element(node);
	while (node && !is_premis(node))
		node = mun_xml_element(node->next);
	return node;
}

/* Extensions hold what others say, in their own words. */
static bool is_extension(const xmlNode *node)
{
	const char *name = mun_xml_name(node);
	const size_t len = strlen(name);
	const size_t tail = strlen("Extension");

	return (len > tail && strcmp(name + len - tail, "Extension") == 0) ||
	       strcmp(name, "keyInformation") == 0;
}

xmlNode *mun_premis_next(const struct mun_premis_linter *l, xmlNode *node)
{
	xmlNode *next;

	if (!node)
		return premis_from(l->root);
	next = is_extension(node) ? NULL : premis_from(node->children);
	while (!next && node != l->root) {
		next = premis_from(node->next);
		node = node->parent;
	}
	return next;
}

int mun_premis_lint_tree(struct mun_premis_linter *l, struct mun_err *e)
{
	mun_premis_lint_structure(l);
	mun_premis_lint_values(l);
	mun_premis_lint_links(l);
	return mun_arena_failed(l->arena, e);
}

int mun_premis_lint(const char *xml, size_t len, mun_premis_report_fn *fn,
		    void *ctx, struct mun_premis_verdict *out,
		    struct mun_err *e)
{
	struct mun_premis_linter l = { .fn = fn, .ctx = ctx };
	mun_auto(arena) *arena = NULL;
	struct mun_xml_fault fault;
	mun_autoxml xmlDoc *doc = NULL;
	int rc = mun_arena_new(&arena, e);

	if (rc)
		return rc;
	l.arena = arena;
	rc = mun_xml_parse(xml, len, &fault, &doc, e);
	if (rc == MUN_ECORRUPT) {
		mun_err_clear(e);
		mun_premis_problem(&l, true, "xml", fault.line, "%s",
				   fault.text);
		rc = 0;
	} else if (!rc) {
		l.root = xmlDocGetRootElement(doc);
		rc = mun_premis_lint_tree(&l, e);
	}
	if (rc)
		return mun_ctx(e, "PREMIS document");
	*out = l.verdict;
	return 0;
}
