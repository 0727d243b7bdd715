/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/xmlw.h - XML written in one pass, into a string
 *
 * Names and attributes are ours and are written as they are; texts are
 * escaped so that every parser gives back the same bytes.  The first text that
 * XML cannot carry sticks and is told by mun_xmlw_finish().
 */
#ifndef MUN_CATALOG_XMLW_H
#define MUN_CATALOG_XMLW_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/* Longest text of one element: parsers refuse 10,000,000 bytes. */
#define MUN_XMLW_TEXT_MAX ((size_t)8 << 20)

struct mun_xmlw {
	struct mun_str *out;
	const char *prefix; /* of every name: "premis:" or "" */
	unsigned int depth; /* open elements */
	const char *bad; /* name of the first element with a bad text */
};

/* Start an element that holds others. @attrs: " a=\"b\"" or "". */
void mun_xmlw_open(struct mun_xmlw *w, const char *name, const char *attrs);
void mun_xmlw_close(struct mun_xmlw *w, const char *name);

/* An element that holds @text: XML characters (XML 1.0, 2.2) in UTF-8, at most
 * MUN_XMLW_TEXT_MAX bytes. */
void mun_xmlw_text(struct mun_xmlw *w, const char *name, const char *attrs,
		   const char *text);
void mun_xmlw_u64(struct mun_xmlw *w, const char *name, const char *attrs,
		  uint64_t value);

/* 0; MUN_EINVAL for a text that XML cannot carry (the element is named);
 * MUN_ENOMEM. */
MUN_CHECK int mun_xmlw_finish(const struct mun_xmlw *w, struct mun_err *e);

#endif
