/* SPDX-License-Identifier: Apache-2.0 */
/* core/jsonw.c - JSON written as it comes (RFC 8259) */
#include "core/jsonw.h"

#include <string.h>

#include "core/utf8.h"

/* Much fewer calls of fwrite(3), and a long list needs no more memory. */
#define FLUSH_BYTES ((size_t)64 << 10)

void mun_jsonw_init(struct mun_jsonw *w, FILE *to, bool pretty)
{
	*w = (struct mun_jsonw){ .to = to, .first = true, .pretty = pretty };
}

static void flush(struct mun_jsonw *w)
{
	if (!w->to || w->out.failed || w->out.len == 0)
		return;
	if (fwrite(w->out.text, 1, w->out.len, w->to) != w->out.len)
		w->failed = true;
	w->out.len = 0;
}

static void new_line(struct mun_jsonw *w)
{
	static const char blanks[] = "\n                                ";
	size_t want = 1 + 2 * (size_t)w->depth;

	if (want < sizeof(blanks)) {
		mun_str_add_bytes(&w->out, blanks, want);
		return;
	}
	mun_str_add_bytes(&w->out, blanks, sizeof(blanks) - 1);
	for (want -= sizeof(blanks) - 1; want; want--)
		mun_str_add_char(&w->out, ' ');
}

/* Stands for itself in a string?  All else is looked at closely. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is a byte of @x zero?  (A borrow can set more bits, never when none is.) */
static uint64_t zero_bytes(uint64_t x)
{
	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* How many bytes at @text stand for themselves: eight at a time, as nearly all
 * text of ours does. */
static size_t plain_run(const char *text, size_t len)
{
	size_t n = 0;

	for (; len - n >= 8; n += 8) {
		uint64_t x;

		memcpy(&x, text + n, 8);
		if ((x & EACH(0x80)) | ((x - EACH(0x20)) & ~x & EACH(0x80)) |
		    zero_bytes(x ^ EACH('"')) | zero_bytes(x ^ EACH('\\')) |
		    zero_bytes(x ^ EACH(0x7f)))
			break;
	}
	while (n < len && is_plain(text[n]))
		n++;
	return n;
}

static void add_escaped(struct mun_str *out, uint32_t c)
{
	switch (c) {
	case '"':
		mun_str_add_bytes(out, "\\\"", 2);
		break;
	case '\\':
		mun_str_add_bytes(out, "\\\\", 2);
		break;
	case '\n':
		mun_str_add_bytes(out, "\\n", 2);
		break;
	case '\t':
		mun_str_add_bytes(out, "\\t", 2);
		break;
	default:
		/* Controls, also those that JSON would allow: it may be
		 * shown on a terminal. */
		mun_str_addf(out, "\\u%04x", (unsigned int)c);
		break;
	}
}

static bool is_utf8(const char *text, size_t len)
{
	while (len) {
		uint32_t cp;
		size_t n = mun_utf8_next(text, len, &cp);

		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

/* The body of a string; @text is UTF-8. */
static void add_utf8(struct mun_str *out, const char *text, size_t len)
{
	size_t run = 0; /* bytes seen that stand for themselves */

	while (run < len) {
		const char *p = text + run;
		uint32_t cp;
		size_t n;

		if (is_plain(*p)) {
			run++;
			continue;
		}
		n = mun_utf8_next(p, len - run, &cp);
		if (cp != '"' && cp != '\\' && mun_utf8_printable(cp)) {
			run += n;
			continue;
		}
		mun_str_add_bytes(out, text, run);
		add_escaped(out, cp);
		text += run + n;
		len -= run + n;
		run = 0;
	}
	mun_str_add_bytes(out, text, run);
}

/* Text that needs no escape, between quotes, in one piece. */
static void add_plain(struct mun_str *out, const char *text, size_t len)
{
	if (out->room - out->len <= len + 2) {
		mun_str_add_char(out, '"');
		mun_str_add_bytes(out, text, len);
		mun_str_add_char(out, '"');
		return;
	}
	out->text[out->len] = '"';
	memcpy(out->text + out->len + 1, text, len);
	out->text[out->len + len + 1] = '"';
	out->len += len + 2;
	out->text[out->len] = '\0';
}

static void add_string(struct mun_jsonw *w, const char *text)
{
	size_t len = strlen(text);
	struct mun_str clean = { 0 };

	if (plain_run(text, len) == len) {
		add_plain(&w->out, text, len);
		return;
	}
	mun_str_add_char(&w->out, '"');
	if (is_utf8(text, len)) {
		add_utf8(&w->out, text, len);
	} else {
		mun_escape(&clean, text, len);
		if (clean.failed)
			w->out.failed = true;
		else
			add_utf8(&w->out, clean.text, clean.len);
	}
	mun_str_free(&clean);
	mun_str_add_char(&w->out, '"');
}

/* What comes before every value: comma, line, key. */
static void begin(struct mun_jsonw *w, const char *key)
{
	if (w->out.len >= FLUSH_BYTES)
		flush(w);
	if (w->depth) {
		if (!w->first)
			mun_str_add_char(&w->out, ',');
		if (w->pretty)
			new_line(w);
	}
	w->first = false;
	if (!key)
		return;
	add_string(w, key);
	mun_str_add_bytes(&w->out, ": ", w->pretty ? 2 : 1);
}

static void open_level(struct mun_jsonw *w, const char *key, char c)
{
	begin(w, key);
	mun_str_add_char(&w->out, c);
	w->depth++;
	w->first = true;
}

static void close_level(struct mun_jsonw *w, char c)
{
	w->depth--;
	if (w->pretty && !w->first)
		new_line(w);
	mun_str_add_char(&w->out, c);
	w->first = false;
}

void mun_jsonw_object(struct mun_jsonw *w, const char *key)
{
	open_level(w, key, '{');
}

void mun_jsonw_end_object(struct mun_jsonw *w)
{
	close_level(w, '}');
}

void mun_jsonw_array(struct mun_jsonw *w, const char *key)
{
	open_level(w, key, '[');
}

void mun_jsonw_end_array(struct mun_jsonw *w)
{
	close_level(w, ']');
}

void mun_jsonw_text(struct mun_jsonw *w, const char *key, const char *value)
{
	if (!value) {
		mun_jsonw_null(w, key);
		return;
	}
	begin(w, key);
	add_string(w, value);
}

static void add_number(struct mun_jsonw *w, uint64_t value, bool minus)
{
	char digits[21];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	if (minus)
		digits[--at] = '-';
	mun_str_add_bytes(&w->out, digits + at, sizeof(digits) - at);
}

void mun_jsonw_u64(struct mun_jsonw *w, const char *key, uint64_t value)
{
	begin(w, key);
	add_number(w, value, false);
}

void mun_jsonw_i64(struct mun_jsonw *w, const char *key, int64_t value)
{
	begin(w, key);
	/* 0 - v in unsigned arithmetic: right for INT64_MIN too. */
	add_number(w, value < 0 ? 0 - (uint64_t)value : (uint64_t)value,
		   value < 0);
}

void mun_jsonw_bool(struct mun_jsonw *w, const char *key, bool value)
{
	begin(w, key);
	mun_str_add(&w->out, value ? "true" : "false");
}

void mun_jsonw_null(struct mun_jsonw *w, const char *key)
{
	begin(w, key);
	mun_str_add(&w->out, "null");
}

int mun_jsonw_finish(struct mun_jsonw *w, struct mun_err *e)
{
	bool nomem;

	mun_str_add_char(&w->out, '\n');
	flush(w);
	nomem = w->out.failed;
	if (w->to) {
		if (fflush(w->to) || ferror(w->to))
			w->failed = true;
		mun_str_free(&w->out);
	}
	if (nomem) {
		mun_str_free(&w->out);
		return mun_fail_nomem(e, "JSON");
	}
	return w->failed ? mun_fail(e, MUN_EIO, "write JSON") : 0;
}
