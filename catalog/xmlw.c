/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/xmlw.c - XML written in one pass, into a string */
#include "catalog/xmlw.h"

#include "core/utf8.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static void indent(struct mun_xmlw *w)
{
	static const char blanks[] = "                                ";
	size_t want = (size_t)w->depth * 2;

	while (want) {
		size_t n =
			want < sizeof(blanks) - 1 ? want : sizeof(blanks) - 1;

		mun_str_add_bytes(w->out, blanks, n);
		want -= n;
	}
}

static void start_tag(struct mun_xmlw *w, const char *name, const char *attrs)
{
	indent(w);
	mun_str_add_char(w->out, '<');
	mun_str_add(w->out, w->prefix);
	mun_str_add(w->out, name);
	mun_str_add(w->out, attrs);
	mun_str_add_char(w->out, '>');
}

static void end_tag(struct mun_xmlw *w, const char *name)
{
	mun_str_add(w->out, "</");
	mun_str_add(w->out, w->prefix);
	mun_str_add(w->out, name);
	mun_str_add(w->out, ">\n");
}

void mun_xmlw_open(struct mun_xmlw *w, const char *name, const char *attrs)
{
	start_tag(w, name, attrs);
	mun_str_add_char(w->out, '\n');
	w->depth++;
}

void mun_xmlw_close(struct mun_xmlw *w, const char *name)
{
	w->depth--;
	indent(w);
	end_tag(w, name);
}

/* Markup, and what a parser would change or an eye would miss: a bare CR
 * becomes LF (XML 1.0, 2.11); DEL and C1 are controls. */
static bool needs_reference(uint32_t cp)
{
	return cp == '&' || cp == '<' || cp == '>' || cp == '\r' ||
	       (cp >= 0x7f && cp <= 0x9f) || cp == 0x2028;
}

/* Char of XML 1.0, 2.2; mun_utf8_next() has refused surrogates. */
static bool is_char(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' ||
	       (cp >= 0x20 && cp != 0xfffe && cp != 0xffff);
}

static void reference(struct mun_str *out, uint32_t cp)
{
	switch (cp) {
	case '&':
		mun_str_add(out, "&amp;");
		break;
	case '<':
		mun_str_add(out, "&lt;");
		break;
	case '>':
		mun_str_add(out, "&gt;");
		break;
	default:
		mun_str_addf(out, "&#%" PRIu32 ";", cp);
		break;
	}
}

/* False where @text holds something that is no XML character. */
static bool escape(struct mun_str *out, const char *text, size_t len)
{
	size_t done = 0; /* bytes that are in @out */

	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = mun_utf8_next(text + i, len - i, &cp);

		if (n == 0 || !is_char(cp))
			return false;
		if (needs_reference(cp)) {
			mun_str_add_bytes(out, text + done, i - done);
			reference(out, cp);
			done = i + n;
		}
		i += n;
	}
	mun_str_add_bytes(out, text + done, len - done);
	return true;
}

void mun_xmlw_text(struct mun_xmlw *w, const char *name, const char *attrs,
		   const char *text)
{
	size_t len = strlen(text);

	start_tag(w, name, attrs);
	if ((len > MUN_XMLW_TEXT_MAX || !escape(w->out, text, len)) && !w->bad)
		w->bad = name;
	end_tag(w, name);
}

void mun_xmlw_u64(struct mun_xmlw *w, const char *name, const char *attrs,
		  uint64_t value)
{
	start_tag(w, name, attrs);
	mun_str_addf(w->out, "%" PRIu64, value);
	end_tag(w, name);
}

int mun_xmlw_finish(const struct mun_xmlw *w, struct mun_err *e)
{
	if (w->out->failed)
		return mun_fail_nomem(e, "XML document");
	if (w->bad)
		return mun_fail(e, MUN_EINVAL,
				"the text of '%s' cannot be written in XML",
				w->bad);
	return 0;
}
