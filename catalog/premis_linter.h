/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_linter.h - what the parts of the PREMIS linter share */
#ifndef MUN_CATALOG_PREMIS_LINTER_H
#define MUN_CATALOG_PREMIS_LINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/premis.h"
#include "catalog/xmltree.h"
#include "core/arena.h"
#include "core/attr.h"
#include "core/err.h"

/* Problems that are told; more are only counted. */
#define MUN_PREMIS_PROBLEMS_MAX 1000
#define MUN_PREMIS_PROBLEM_TEXT 512

/* What an identifier names, or a link leads to. */
enum mun_premis_kind {
	MUN_PREMIS_OBJECT,
	MUN_PREMIS_EVENT,
	MUN_PREMIS_AGENT,
	MUN_PREMIS_RIGHTS,
};

struct mun_premis_linter {
	struct mun_arena *arena; /* for texts of the document */
	mun_premis_report_fn *fn;
	void *ctx;
	struct mun_premis_verdict verdict;
	xmlNode *root;
};

/* One problem at @line; the text becomes one line. */
void mun_premis_problem(struct mun_premis_linter *l, bool error,
			const char *code, unsigned long line, const char *fmt,
			...) MUN_PRINTF(5, 6);

/* All of a parsed document; MUN_ENOMEM. */
MUN_CHECK int mun_premis_lint_tree(struct mun_premis_linter *l,
				   struct mun_err *e);

/* Structure: elements, order, occurrence, attributes, simple values. */
void mun_premis_lint_structure(struct mun_premis_linter *l);

/* Values: terms, dates, digests, sizes. */
void mun_premis_lint_values(struct mun_premis_linter *l);

/* Identifiers: empty, used twice, leading nowhere. */
void mun_premis_lint_links(struct mun_premis_linter *l);

/* Does the term of @node, bound to a vocabulary or not, hold? */
void mun_premis_lint_term(struct mun_premis_linter *l, const xmlNode *node);

/* A digest algorithm that we know, by any usual spelling: its length in hex
 * digits, or 0. */
size_t mun_premis_digest_digits(const char *name);

/* The text of @node without the white space around it; "" when memory is out
 * (which the arena remembers). */
const char *mun_premis_trimmed(struct mun_premis_linter *l,
			       const xmlNode *node);

/* The document's elements of PREMIS in document order: those of the record
 * itself, not what stands in extensions.  @node NULL: the root. */
xmlNode *mun_premis_next(const struct mun_premis_linter *l, xmlNode *node);

#endif
