/* SPDX-License-Identifier: Apache-2.0 */
/* medium/drive_text.c - what a drive calls itself, as clean text */
#include "medium/drive_text.h"

#include "core/str.h"

#include <stdint.h>
#include <string.h>

static bool is_padding(uint8_t c)
{
	return c == ' ' || c == '\0';
}

static bool fits(const uint8_t *p, size_t len, char *out, size_t size)
{
	struct mun_str clean = { 0 };
	bool ok;

	mun_escape(&clean, p, len);
	ok = !clean.failed && clean.text && clean.len < size;
	if (ok)
		memcpy(out, clean.text, clean.len + 1);
	mun_str_free(&clean);
	return ok;
}

void mun_drive_text(const void *raw, size_t len, char *out, size_t size)
{
	const uint8_t *p = raw;

	out[0] = '\0';
	while (len && is_padding(p[0])) {
		p++;
		len--;
	}
	while (len && is_padding(p[len - 1]))
		len--;
	while (len && !fits(p, len, out, size)) {
		len--;
		/* Not within a character of UTF-8. */
		while (len && (p[len] & 0xc0) == 0x80)
			len--;
	}
}
