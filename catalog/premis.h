/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis.h - a record as PREMIS 3 XML, and back (docs/premis-mapping.md)
 *
 * intellectual entity <-> carrier representation <-> digital representation
 * <-> files; the drive as hardware agent with an environment entity; LoC
 * vocabulary URIs.  What is written validates against the official schema and
 * against our profile (schemas/muniment-premis-profile.xsd).
 */
#ifndef MUN_CATALOG_PREMIS_H
#define MUN_CATALOG_PREMIS_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/str.h"

/**
 * mun_premis_write() - append the XML document of @r
 *
 * Deterministic.  The file of role "record" is never described in its own
 * document (it cannot hold its own digest); an event that links to it, or to a
 * file that @r does not have, links to a place-holder.
 *
 * Return: 0; MUN_ENOMEM; MUN_EINVAL for what could not be read back: text that
 * XML cannot carry, an id that is no UUID or is used twice, an identifier that
 * is blank, given twice or one of our own, a term that the LoC
 * vocabulary does not have (event and agent types, outcomes, roles; "" is left
 * out), a time that is not RFC 3339, a link to no agent, a digest or hash tree
 * of the wrong size, unreadable ranges without a master file.
 */
MUN_CHECK int mun_premis_write(const struct mun_record *r, struct mun_str *out,
			       struct mun_err *e);

/**
 * mun_premis_read() - the record that mun_premis_write() wrote
 *
 * write(read(x)) == x for every x of ours.  No network, no entity expansion.
 * Whatever mun_premis_lint() calls an error, and whatever the writer would not
 * have written, is refused.
 * Return: 0, MUN_ECORRUPT with the line, MUN_ENOMEM.
 */
MUN_CHECK int mun_premis_read(const char *xml, size_t len,
			      struct mun_record **out, struct mun_err *e);

struct mun_premis_problem {
	bool error; /* else a warning */
	char code[24]; /* stable: "xml", "structure", "vocabulary", "date",
			* "digest", "size", "dangling", "duplicate",
			* "identifier" */
	unsigned long line; /* in the document, from 1; 0: the whole */
	const char *text;
};

typedef void mun_premis_report_fn(void *ctx,
				  const struct mun_premis_problem *p);

struct mun_premis_verdict {
	size_t errors;
	size_t warnings;
};

/**
 * mun_premis_lint() - judge any PREMIS 3 document
 *
 * Well-formedness; the structure of the PREMIS 3 data dictionary (order,
 * occurrence, values); and what the official schema lets through: terms that
 * are not in the LoC vocabulary they claim, dates that are not EDTF, digests
 * of the wrong length or not hex, negative sizes, dangling and duplicate
 * identifiers, empty identifiers.
 *
 * @fn is called for each problem, in document order as far as that makes
 * sense; at most 1,000 times.
 * Return: 0 when the judgement was made, whatever it is; MUN_ENOMEM.
 */
MUN_CHECK int mun_premis_lint(const char *xml, size_t len,
			      mun_premis_report_fn *fn, void *ctx,
			      struct mun_premis_verdict *out,
			      struct mun_err *e);

/* As above, in a sandboxed child: for documents from outside. */
MUN_CHECK int mun_premis_lint_sandboxed(const char *xml, size_t len,
					mun_premis_report_fn *fn, void *ctx,
					struct mun_premis_verdict *out,
					struct mun_err *e);

/**
 * mun_premis_roundtrip() - append the document as it was understood
 *
 * Read with the bounds of all reading here and written again, so that a test
 * (and a person) can see that nothing of it is lost: the canonical XML (C14N)
 * of both is the same.
 * Return: 0, MUN_ECORRUPT with the line, MUN_ENOMEM.
 */
MUN_CHECK int mun_premis_roundtrip(const char *xml, size_t len,
				   struct mun_str *out, struct mun_err *e);

/* Largest document that is read at all. */
#define MUN_PREMIS_MAX ((size_t)64 << 20)

#endif
