/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_text.c - what a machine says, as text for people */
#include "emulate-export/prove_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/str.h"
#include "core/utf8.h"
#include "image/label.h"

#define ESC '\x1b'

/* What boot sectors and firmware say that find nothing to start. */
static const char *const refusals[] = {
	"no bootable device",
	"no bootable medium",
	"not a bootable disk",
	"disk is not bootable",
	"not a system disk",
	"boot failed",
	"non-system disk",
	"invalid system disk",
	"disk boot failure",
	"missing operating system",
	"operating system not found",
	"no operating system",
	"error loading operating system",
	"invalid partition table",
	"invalid boot",
	"bootmgr is missing",
	"bootmgr is compressed",
	"ntldr is missing",
	"ntldr is compressed",
	"couldn't find ntldr",
	"insert a bootable",
	"insert bootable",
	"insert system disk",
	"remove disks or other media",
	"replace the disk, and then press any key",
	"replace and press any key when ready",
	"replace and strike any key when ready",
	"a disk read error occurred",
	"waiting for bootable media",
	"cannot load dos",
	"bad or missing command interpreter",
	"sys01475", /* OS/2 */
	"sys02027",
	"could not find kernel image",
	"grub hard disk error",
	"grub rescue>",
	"cdboot: cannot boot",
	"kernel panic",
	NULL,
};

/* What SeaBIOS says by itself before anything of the medium runs. */
static const char *const bios_lines[] = {
	"SeaBIOS (version ",  "Machine UUID ", "iPXE (http", "iPXE ",
	"Booting from ",      "Press ESC for", "Press F12",  "Boot failed",
	"No bootable device", "SeaVGABIOS",    NULL,
};

/* ---- the screen ---- */

/* One character as UTF-8: at most three bytes of @out.  Their number. */
static size_t put_character(uint8_t c, char *out)
{
	char text[8];

	if (!c || c == 0xff) {
		*out = ' ';
		return 1;
	}
	if (c < 0x20 || c == 0x7f) {
		*out = '.';
		return 1;
	}
	if (c < 0x7f) {
		*out = (char)c;
		return 1;
	}
	mun_label(&c, 1, MUN_LABEL_CP437, text, sizeof(text));
	memcpy(out, text, strlen(text));
	return strlen(text);
}

void mun_text_screen(const uint8_t *memory, size_t len,
		     char out[static MUN_TEXT_ROOM])
{
	size_t end = 0; /* behind the last line that is not empty */
	size_t at = 0;

	for (size_t row = 0; row < MUN_TEXT_ROWS; row++) {
		size_t begin = at;
		size_t used = at; /* behind the last character not blank */

		for (size_t column = 0; column < MUN_TEXT_COLUMNS; column++) {
			size_t i = 2 * (row * MUN_TEXT_COLUMNS + column);

			at += put_character(i < len ? memory[i] : 0, out + at);
			if (out[at - 1] != ' ')
				used = at;
		}
		at = used;
		out[at++] = '\n';
		if (used > begin)
			end = at;
	}
	out[end] = '\0';
}

void mun_text_dos(const char *data, size_t len, struct mun_str *out)
{
	char text[4];

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			mun_str_add_char(out, '\n');
		else if (data[i] != '\r')
			mun_str_add_bytes(
				out, text,
				put_character((uint8_t)data[i], text));
	}
}

/* ---- lines ---- */

/* An escape sequence: "ESC [ ... letter", or two bytes.  Its length. */
static size_t escape_len(const char *p, size_t left)
{
	size_t n = 2;

	if (left < 2)
		return left;
	if (p[1] != '[')
		return 2;
	while (n < left && (p[n] < 0x40 || p[n] > 0x7e))
		n++;
	return MUN_MIN(n + 1, left);
}

static void add_line(const char *p, size_t len, struct mun_str *o)
{
	while (len && (p[len - 1] == '\r' || p[len - 1] == ' '))
		len--;
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		uint32_t c = 0;

		if (p[i] == ESC) {
			i += escape_len(p + i, len - i);
			continue;
		}
		n = mun_utf8_next(p + i, len - i, &c);
		if (n && mun_utf8_printable(c))
			mun_str_add_bytes(o, p + i, n);
		else if (p[i] == '\t' || p[i] == '\r')
			mun_str_add_char(o, ' ');
		else
			mun_str_addf(o, "\\x%02x", (unsigned char)p[i]);
		i += n && mun_utf8_printable(c) ? n : 1;
	}
	mun_str_add_char(o, '\n');
}

/* The last lines that have room; of a longer one its end. */
static void keep_end(const char *text, size_t len, char *out, size_t size)
{
	const char *from = text;
	const char *line;

	if (len >= size) {
		from = text + (len - size + 1);
		line = memchr(from, '\n', len - (size_t)(from - text) - 1);
		if (line)
			from = line + 1;
		while ((*from & 0xc0) == 0x80)
			from++;
	}
	len -= (size_t)(from - text);
	memcpy(out, from, len);
	out[len] = '\0';
}

void mun_text_lines(const char *data, size_t len, char *out, size_t size)
{
	struct mun_str o = { 0 };

	*out = '\0';
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		add_line(data, n, &o);
		n += end != NULL;
		data += n;
		len -= n;
	}
	if (o.text && !o.failed)
		keep_end(o.text, o.len, out, size);
	mun_str_free(&o);
}

void mun_text_cut(const char *text, char *out, size_t size)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	if (text[len])
		mun_utf8_trim(out, &len);
	out[len] = '\0';
}

void mun_text_first(const char *text, char *out, size_t size)
{
	struct mun_str o = { 0 };

	add_line(text, strcspn(text, "\n"), &o);
	mun_text_cut(o.text && !o.failed ? o.text : "", out, size);
	out[strcspn(out, "\n")] = '\0';
	mun_str_free(&o);
}

/* ---- what it means ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool begins(const char *text, const char *want)
{
	for (; *want; want++, text++) {
		if (!is_space(*want) || !is_space(*text)) {
			if (*want != *text)
				return false;
			continue;
		}
		while (is_space(want[1]))
			want++;
		while (is_space(text[1]))
			text++;
	}
	return true;
}

bool mun_text_has(const char *text, const char *want)
{
	for (; *text; text++) {
		if (begins(text, want))
			return true;
	}
	return !*want;
}

bool mun_text_refuses(const char *text, char *line, size_t size)
{
	for (const char *const *r = refusals; *r; r++) {
		const char *at = strcasestr(text, *r);
		struct mun_str s = { 0 };

		if (!at)
			continue;
		while (at > text && at[-1] != '\n')
			at--;
		at += strspn(at, " ");
		mun_str_add_bytes(&s, at, strcspn(at, "\n"));
		mun_text_cut(s.text && !s.failed ? s.text : *r, line, size);
		mun_str_free(&s);
		return true;
	}
	return false;
}

bool mun_text_only_bios(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		bool known = len == 0;

		for (const char *const *b = bios_lines; *b && !known; b++)
			known = !strncmp(text, *b, strlen(*b));
		if (!known)
			return false;
		text += len + (text[len] == '\n');
	}
	return true;
}
