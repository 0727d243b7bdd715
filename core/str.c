/* SPDX-License-Identifier: Apache-2.0 */
/* core/str.c - a growing string, escaping of foreign bytes, hex */
#include "core/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"

/* Room for @more bytes and the NUL; false (and failed) where there is none. */
static bool reserve(struct mun_str *s, size_t more)
{
	size_t need;
	size_t room;
	char *text;

	if (s->failed)
		return false;
	if (s->room > s->len && more < s->room - s->len)
		return true;
	if (ckd_add(&need, s->len, more) || need > SIZE_MAX / 4) {
		s->failed = true;
		return false;
	}
	room = MUN_MAX(s->room * 2, (size_t)64);
	room = MUN_MAX(room, need + 1);
	text = realloc(s->text, room);
	if (!text) {
		s->failed = true;
		return false;
	}
	s->text = text;
	s->room = room;
	return true;
}

void mun_str_add_bytes(struct mun_str *s, const void *data, size_t len)
{
	if (!reserve(s, len))
		return;
	if (len)
		memcpy(s->text + s->len, data, len);
	s->len += len;
	s->text[s->len] = '\0';
}

void mun_str_add(struct mun_str *s, const char *text)
{
	mun_str_add_bytes(s, text, strlen(text));
}

void mun_str_add_char(struct mun_str *s, char c)
{
	mun_str_add_bytes(s, &c, 1);
}

static void add_v(struct mun_str *s, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void add_v(struct mun_str *s, const char *fmt, va_list ap)
{
	va_list again;
	size_t left;
	int n;

	if (!reserve(s, 0))
		return;
	left = s->room - s->len;
	va_copy(again, ap);
	n = vsnprintf(s->text + s->len, left, fmt, ap);
	if (n < 0) {
		s->failed = true;
		s->text[s->len] = '\0';
	} else if ((size_t)n < left) {
		s->len += (size_t)n;
	} else if (reserve(s, (size_t)n)) {
		(void)vsnprintf(s->text + s->len, (size_t)n + 1, fmt, again);
		s->len += (size_t)n;
	} else {
		s->text[s->len] = '\0';
	}
	va_end(again);
}

void mun_str_addf(struct mun_str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(s, fmt, ap);
	va_end(ap);
}

void mun_str_free(struct mun_str *s)
{
	free(s->text);
	*s = (struct mun_str){ 0 };
}

int mun_str_take(struct mun_str *s, char **out, struct mun_err *e)
{
	mun_str_add_bytes(s, "", 0);
	if (s->failed) {
		mun_str_free(s);
		return mun_fail_nomem(e, "text");
	}
	*out = s->text;
	*s = (struct mun_str){ 0 };
	return 0;
}

int mun_fmt(char **out, struct mun_err *e, const char *fmt, ...)
{
	struct mun_str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	add_v(&s, fmt, ap);
	va_end(ap);
	return mun_str_take(&s, out, e);
}

int mun_strdup(const char *text, char **out, struct mun_err *e)
{
	char *copy = strdup(text);

	if (!copy)
		return mun_fail_nomem(e, "text");
	*out = copy;
	return 0;
}

static const char hex_digits[] = "0123456789abcdef";

static void add_hex(struct mun_str *s, uint8_t byte)
{
	char text[4] = { '\\', 'x', hex_digits[byte >> 4],
			 hex_digits[byte & 15] };

	mun_str_add_bytes(s, text, sizeof(text));
}

void mun_escape(struct mun_str *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		uint32_t cp;
		size_t n = mun_utf8_next(p, len, &cp);

		if (n == 0) {
			add_hex(out, *p);
			n = 1;
		} else if (cp == '\\') {
			mun_str_add(out, "\\\\");
		} else if (mun_utf8_printable(cp)) {
			mun_str_add_bytes(out, p, n);
		} else {
			for (size_t i = 0; i < n; i++)
				add_hex(out, p[i]);
		}
		p += n;
		len -= n;
	}
}

/* The value of a hex digit, or -1. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int mun_unescape(const char *text, struct mun_str *out, struct mun_err *e)
{
	while (*text) {
		size_t plain = strcspn(text, "\\");
		uint8_t byte;

		mun_str_add_bytes(out, text, plain);
		text += plain;
		if (!*text)
			break;
		if (text[1] == '\\') {
			mun_str_add_char(out, '\\');
			text += 2;
		} else if (text[1] == 'x' && text[2] && text[3] &&
			   mun_unhex((char[]){ text[2], text[3], 0 }, &byte,
				     1)) {
			mun_str_add_bytes(out, &byte, 1);
			text += 4;
		} else {
			return mun_fail(e, MUN_EINVAL,
					"'%.4s' is no escape: \\\\ or \\xNN",
					text);
		}
	}
	return out->failed ? mun_fail_nomem(e, "text") : 0;
}

bool mun_text_is_clean(const char *text, const char *allowed)
{
	size_t left = strlen(text);

	while (left) {
		uint32_t cp;
		size_t n = mun_utf8_next(text, left, &cp);

		if (n == 0)
			return false;
		if (!mun_utf8_printable(cp) &&
		    !(n == 1 && allowed && strchr(allowed, *text)))
			return false;
		text += n;
		left -= n;
	}
	return true;
}

void mun_hex(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = '\0';
}

bool mun_unhex(const char *hex, void *out, size_t len)
{
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++) {
		int high = hex_value(hex[2 * i]);
		int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		p[i] = (uint8_t)(high << 4 | low);
	}
	return hex[2 * len] == '\0';
}
