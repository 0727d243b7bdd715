/* SPDX-License-Identifier: Apache-2.0 */
/* core/err.c - errors by value: a code for the program, a chain for the person */
#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

static void put_line(struct mun_err_line *l, const char *file, int line,
		     const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void put_line(struct mun_err_line *l, const char *file, int line,
		     const char *fmt, va_list ap)
{
	int n = vsnprintf(l->text, sizeof(l->text), fmt, ap);

	l->file = file;
	l->line = line;
	if (n < 0)
		l->text[0] = '\0';
	if (n >= (int)sizeof(l->text)) {
		size_t len = sizeof(l->text) - 1;

		/* Half a character would be shown as bytes. */
		mun_utf8_trim(l->text, &len);
	}
}

int mun_err_set(struct mun_err *e, int code, int sys, const char *file,
		int line, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->sys = sys;
	e->depth = 1;
	va_start(ap, fmt);
	put_line(&e->lines[0], file, line, fmt, ap);
	va_end(ap);
	return code;
}

int mun_err_add(struct mun_err *e, const char *file, int line, const char *fmt,
		...)
{
	/* Of a full chain the newest line takes the place of the one before:
	 * what happened and what was asked for matter most. */
	unsigned int at =
		e->depth < MUN_ERR_LINES ? e->depth++ : MUN_ERR_LINES - 1;
	va_list ap;

	va_start(ap, fmt);
	put_line(&e->lines[at], file, line, fmt, ap);
	va_end(ap);
	return e->code;
}

int mun_code_of_errno(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return MUN_ENOENT;
	case EEXIST:
		return MUN_EEXIST;
	case ENOMEM:
		return MUN_ENOMEM;
	case EBUSY:
		return MUN_EBUSY;
	case ECANCELED:
		return MUN_ECANCELLED;
	default:
		return MUN_EIO;
	}
}

void mun_err_clear(struct mun_err *e)
{
	e->code = 0;
	e->sys = 0;
	e->depth = 0;
}

/* Append "@text" as one clean line to @buf that holds @n bytes. */
static size_t add(char *buf, size_t size, size_t n, const char *text)
{
	return n + mun_utf8_line(text, buf + n, size - n);
}

char *mun_err_text(const struct mun_err *e, char *buf, size_t size, int places)
{
	size_t n = 0;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	for (unsigned int i = e->depth; i-- > 0;) {
		const struct mun_err_line *l = &e->lines[i];
		char place[64];

		n = add(buf, size, n, l->text);
		if (places) {
			(void)snprintf(place, sizeof(place), " [%.40s:%d]",
				       l->file, l->line);
			n = add(buf, size, n, place);
		}
		if (i)
			n = add(buf, size, n, ": ");
	}
	if (e->sys) {
		/* Unlike strerror(3) these never change and need no lock. */
		const char *why = strerrordesc_np(e->sys);
		char number[32];

		if (!why) {
			(void)snprintf(number, sizeof(number), "error %d",
				       e->sys);
			why = number;
		}
		if (n)
			n = add(buf, size, n, ": ");
		(void)add(buf, size, n, why);
	}
	return buf;
}
