/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_toc_lex.c - the words, strings and numbers of a toc file */
#include "image/fmt_toc.h"

#include "core/check.h"

#include <string.h>

static void skip_blanks(struct mun_toc_lexer *l)
{
	for (;; l->at++) {
		if (l->at[0] == '/' && l->at[1] == '/')
			l->at += strcspn(l->at, "\n");
		if (*l->at == '\n')
			l->line++;
		else if (!*l->at || !strchr(" \t\r\v\f", *l->at))
			return;
	}
}

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' &&
	       p[2] >= '0' && p[2] <= '7';
}

/* Escapes are \" and \ooo; another backslash is one.  The string is put
 * together where it stands, as it only becomes shorter. */
static int take_string(struct mun_toc_lexer *l, struct mun_err *e)
{
	char *out = ++l->at;
	const char *p = out;

	l->now.kind = MUN_TOC_STRING;
	l->now.text = out;
	while (*p != '"') {
		if (!*p || *p == '\n')
			return mun_fail(e, MUN_ECORRUPT,
					"line %u: a string does not end",
					l->line);
		if (p[0] == '\\' && p[1] == '"') {
			*out++ = '"';
			p += 2;
		} else if (p[0] == '\\' && is_octal(p + 1)) {
			*out++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 |
					(p[3] - '0'));
			p += 4;
		} else {
			*out++ = *p++;
		}
	}
	l->now.len = (size_t)(out - l->now.text);
	l->at += (p + 1) - l->at;
	*out = '\0';
	return 0;
}

static int take_number(struct mun_toc_lexer *l, struct mun_err *e)
{
	uint64_t n = 0;

	l->now.kind = MUN_TOC_NUMBER;
	l->now.text = l->at;
	for (; *l->at >= '0' && *l->at <= '9'; l->at++)
		if (ckd_mul(&n, n, (uint64_t)10) ||
		    ckd_add(&n, n, (uint64_t)(*l->at - '0')) || n > INT64_MAX)
			return mun_fail(e, MUN_ECORRUPT,
					"line %u: a number too large", l->line);
	l->now.number = n;
	l->now.len = (size_t)(l->at - l->now.text);
	return 0;
}

static bool is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (c >= '0' && c <= '9');
}

int mun_toc_next(struct mun_toc_lexer *l, struct mun_err *e)
{
	skip_blanks(l);
	l->now = (struct mun_toc_token){ .line = l->line, .text = l->at };
	if (!*l->at)
		return 0;
	if (*l->at == '"')
		return take_string(l, e);
	if (*l->at >= '0' && *l->at <= '9')
		return take_number(l, e);
	l->now.len = 1;
	if (strchr("{}:,#", *l->at)) {
		l->now.kind = MUN_TOC_SIGN;
		l->at++;
		return 0;
	}
	if (!is_word(*l->at))
		return mun_fail(e, MUN_ECORRUPT,
				"line %u: byte 0x%02x is no part of a toc file",
				l->line, (unsigned int)(uint8_t)*l->at);
	l->now.kind = MUN_TOC_WORD;
	while (is_word(l->at[l->now.len]))
		l->now.len++;
	l->at += l->now.len;
	return 0;
}

bool mun_toc_is(const struct mun_toc_lexer *l, const char *word)
{
	return (l->now.kind == MUN_TOC_WORD || l->now.kind == MUN_TOC_SIGN) &&
	       strlen(word) == l->now.len &&
	       memcmp(l->now.text, word, l->now.len) == 0;
}
