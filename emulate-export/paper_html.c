/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/paper_html.c - a document as one HTML page */
#include "emulate-export/paper.h"

#include <string.h>

#include "core/page.h"

/* Pictures lie beside the page; nothing is fetched. */
#define POLICY \
	"default-src 'none';style-src 'unsafe-inline';img-src 'self' file:"

static void close_open(struct mun_paper *p)
{
	if (p->open)
		mun_str_addf(p->out, "</%s>\n", p->open);
	p->open = NULL;
}

static void open_as(struct mun_paper *p, const char *element)
{
	if (p->open && !strcmp(p->open, element))
		return;
	close_open(p);
	mun_str_addf(p->out, "<%s>\n", element);
	p->open = element;
}

/* A text of another direction does not reach out of its element. */
static void add_isolated(struct mun_paper *p, const char *text)
{
	mun_str_add(p->out, "<bdi>");
	mun_html_text(p->out, text);
	mun_str_add(p->out, "</bdi>");
}

static void html_begin(struct mun_paper *p, const char *title)
{
	mun_page_begin_with(p->out, title, POLICY);
	mun_str_add(p->out, "<h1>");
	mun_html_text(p->out, title);
	mun_str_add(p->out, "</h1>\n");
}

static void html_heading(struct mun_paper *p, const char *text)
{
	close_open(p);
	mun_str_add(p->out, "<h2>");
	add_isolated(p, text);
	mun_str_add(p->out, "</h2>\n");
}

static void html_paragraph(struct mun_paper *p, const char *text)
{
	close_open(p);
	mun_str_add(p->out, "<p>");
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (!line) {
			p->out->failed = true;
			return;
		}
		add_isolated(p, line);
		free(line);
		text += len;
		if (*text) {
			mun_str_add(p->out, "<br>\n");
			text++;
		}
	}
	mun_str_add(p->out, "</p>\n");
}

static void html_fact(struct mun_paper *p, const char *name, const char *value)
{
	open_as(p, "dl");
	mun_str_add(p->out, "<dt>");
	mun_html_text(p->out, name);
	mun_str_add(p->out, "</dt><dd>");
	add_isolated(p, value);
	mun_str_add(p->out, "</dd>\n");
}

static void html_code(struct mun_paper *p, const char *line)
{
	close_open(p);
	mun_str_add(p->out, "<p><code>");
	mun_html_text(p->out, line);
	mun_str_add(p->out, "</code></p>\n");
}

static void html_picture(struct mun_paper *p, const char *path,
			 const char *caption)
{
	close_open(p);
	mun_str_add(p->out, "<figure><a href=\"");
	mun_html_text(p->out, path);
	mun_str_add(p->out, "\"><img style=\"max-width:100%;height:auto\" "
			    "src=\"");
	mun_html_text(p->out, path);
	mun_str_add(p->out, "\" alt=\"");
	mun_html_text(p->out, caption);
	mun_str_add(p->out, "\"></a><figcaption>");
	add_isolated(p, caption);
	mun_str_add(p->out, "</figcaption></figure>\n");
}

static void html_end(struct mun_paper *p)
{
	close_open(p);
	mun_str_add(p->out, "</body>\n</html>\n");
}

const struct mun_paper_ops mun_paper_html = {
	.begin = html_begin,
	.heading = html_heading,
	.paragraph = html_paragraph,
	.fact = html_fact,
	.code = html_code,
	.picture = html_picture,
	.end = html_end,
};
