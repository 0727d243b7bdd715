/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/paper.h - one document in two forms: plain text, and HTML
 *
 * Who writes says what a thing is (a heading, a fact, a command); how it looks,
 * and that no text of a medium or a person becomes more than text, is the
 * form's.  Control characters and those that turn the direction of writing
 * round are shown escaped.
 */
#ifndef MUN_EXPORT_PAPER_H
#define MUN_EXPORT_PAPER_H

#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct mun_paper;

struct mun_paper_ops {
	void (*begin)(struct mun_paper *p, const char *title);
	void (*heading)(struct mun_paper *p, const char *text);
	/* A line end in @text is one in the output. */
	void (*paragraph)(struct mun_paper *p, const char *text);
	void (*fact)(struct mun_paper *p, const char *name, const char *value);
	void (*code)(struct mun_paper *p, const char *line);
	void (*picture)(struct mun_paper *p, const char *path,
			const char *caption);
	void (*end)(struct mun_paper *p);
};

struct mun_paper {
	const struct mun_paper_ops *ops;
	struct mun_str *out;
	const char *open; /* element that is open in HTML, or NULL */
	bool after_facts; /* of the text form */
};

extern const struct mun_paper_ops mun_paper_text;
extern const struct mun_paper_ops mun_paper_html;

/* The title; then the others in any order; mun_paper_end() at last. */
void mun_paper_begin(struct mun_paper *p, const char *title);
/* A heading of a section. */
void mun_paper_heading(struct mun_paper *p, const char *text);
/* A paragraph; nothing for an empty one or NULL. */
void mun_paper_paragraph(struct mun_paper *p, const char *text);
/* The same by a format. */
void mun_paper_paragraphf(struct mun_paper *p, const char *fmt, ...)
	MUN_PRINTF(2, 3);
/* Nothing for an empty value or NULL. */
void mun_paper_fact(struct mun_paper *p, const char *name, const char *value);
void mun_paper_factf(struct mun_paper *p, const char *name, const char *fmt,
		     ...) MUN_PRINTF(3, 4);
void mun_paper_code(struct mun_paper *p, const char *line);
/* @path: relative to the document; a plain name of ours. */
void mun_paper_picture(struct mun_paper *p, const char *path,
		       const char *caption);
void mun_paper_end(struct mun_paper *p);

/* @text as one line, all escaped that could be taken otherwise; line ends stay
 * where @lines.  Sets @p->out->failed where memory is out.  To be freed. */
char *mun_paper_clean(struct mun_paper *p, const char *text, bool lines);

#endif
