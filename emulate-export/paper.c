/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/paper.c - one document in two forms */
#include "emulate-export/paper.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

/* Embeddings, overrides, isolates, marks: what turns a line of text round. */
static bool turns(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

char *mun_paper_clean(struct mun_paper *p, const char *text, bool lines)
{
	struct mun_str s = { 0 };
	size_t left = strlen(text);

	while (left) {
		uint32_t cp = 0;
		size_t n = mun_utf8_next(text, left, &cp);

		if (n && lines && cp == '\n')
			mun_str_add_char(&s, '\n');
		else if (n && mun_utf8_printable(cp) && !turns(cp))
			mun_str_add_bytes(&s, text, n);
		else if (n && turns(cp))
			mun_str_addf(&s, "\\u%04X", (unsigned int)cp);
		else
			mun_str_addf(&s, "\\x%02X", (unsigned char)*text);
		text += n ? n : 1;
		left -= n ? n : 1;
	}
	mun_str_add(&s, "");
	if (s.failed || !s.text) {
		mun_str_free(&s);
		p->out->failed = true;
		return calloc(1, 1);
	}
	return s.text;
}

void mun_paper_begin(struct mun_paper *p, const char *title)
{
	p->ops->begin(p, title);
}

void mun_paper_heading(struct mun_paper *p, const char *text)
{
	p->ops->heading(p, text);
}

void mun_paper_paragraph(struct mun_paper *p, const char *text)
{
	char *clean;

	if (!text || !*text)
		return;
	clean = mun_paper_clean(p, text, true);
	if (clean)
		p->ops->paragraph(p, clean);
	free(clean);
}

static char *format(struct mun_paper *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static char *format(struct mun_paper *p, const char *fmt, va_list ap)
{
	char *text = NULL;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n >= 0)
		text = malloc((size_t)n + 1);
	if (text)
		(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	else
		p->out->failed = true;
	return text;
}

void mun_paper_paragraphf(struct mun_paper *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(p, fmt, ap);
	va_end(ap);
	mun_paper_paragraph(p, text);
	free(text);
}

void mun_paper_fact(struct mun_paper *p, const char *name, const char *value)
{
	char *clean;
	char *label;

	if (!value || !*value)
		return;
	clean = mun_paper_clean(p, value, false);
	label = mun_paper_clean(p, name, false);
	if (clean && label)
		p->ops->fact(p, label, clean);
	free(clean);
	free(label);
}

void mun_paper_factf(struct mun_paper *p, const char *name, const char *fmt,
		     ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(p, fmt, ap);
	va_end(ap);
	mun_paper_fact(p, name, text);
	free(text);
}

void mun_paper_code(struct mun_paper *p, const char *line)
{
	p->ops->code(p, line);
}

void mun_paper_picture(struct mun_paper *p, const char *path,
		       const char *caption)
{
	char *clean = mun_paper_clean(p, caption, false);

	if (clean)
		p->ops->picture(p, path, clean);
	free(clean);
}

void mun_paper_end(struct mun_paper *p)
{
	p->ops->end(p);
}
