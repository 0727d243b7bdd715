/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/paper_text.c - a document as plain text */
#include "emulate-export/paper.h"

#include <string.h>

#define WIDTH 76u

static void end_facts(struct mun_paper *p)
{
	if (p->after_facts)
		mun_str_add_char(p->out, '\n');
	p->after_facts = false;
}

static void underlined(struct mun_paper *p, const char *text, char with)
{
	mun_str_add(p->out, text);
	mun_str_add_char(p->out, '\n');
	for (size_t i = strlen(text); i; i--)
		mun_str_add_char(p->out, with);
	mun_str_add(p->out, "\n\n");
}

static void text_begin(struct mun_paper *p, const char *title)
{
	underlined(p, title, '=');
}

static void text_heading(struct mun_paper *p, const char *text)
{
	end_facts(p);
	underlined(p, text, '-');
}

/* One word, on a new line where it no longer fits. */
static void add_word(struct mun_str *s, const char *word, size_t len,
		     size_t *column)
{
	if (*column && *column + 1 + len > WIDTH) {
		mun_str_add_char(s, '\n');
		*column = 0;
	} else if (*column) {
		mun_str_add_char(s, ' ');
		++*column;
	}
	mun_str_add_bytes(s, word, len);
	*column += len;
}

static void text_paragraph(struct mun_paper *p, const char *text)
{
	size_t column = 0;

	end_facts(p);
	while (*text) {
		size_t len = strcspn(text, " \n");

		if (len)
			add_word(p->out, text, len, &column);
		text += len;
		if (*text == '\n') {
			mun_str_add_char(p->out, '\n');
			column = 0;
		}
		if (*text)
			text++;
	}
	mun_str_add(p->out, "\n\n");
}

static void text_fact(struct mun_paper *p, const char *name, const char *value)
{
	mun_str_addf(p->out, "  %-18s %s\n", name, value);
	p->after_facts = true;
}

static void text_code(struct mun_paper *p, const char *line)
{
	end_facts(p);
	mun_str_addf(p->out, "    %s\n\n", line);
}

static void text_picture(struct mun_paper *p, const char *path,
			 const char *caption)
{
	mun_str_addf(p->out, "  %-18s %s\n", caption, path);
	p->after_facts = true;
}

static void text_end(struct mun_paper *p)
{
	end_facts(p);
}

const struct mun_paper_ops mun_paper_text = {
	.begin = text_begin,
	.heading = text_heading,
	.paragraph = text_paragraph,
	.fact = text_fact,
	.code = text_code,
	.picture = text_picture,
	.end = text_end,
};
