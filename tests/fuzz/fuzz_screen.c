/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_screen.c - pictures and texts of any guest, by their kind */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "emulate-export/prove_shot.h"
#include "emulate-export/prove_text.h"

/* A picture that was read can be written, and is the same when read again. */
static void picture(const uint8_t *data, size_t size)
{
	struct mun_shot a = { 0 };
	struct mun_shot b = { 0 };
	struct mun_str png = { 0 };
	struct mun_err e;
	int rc = size && *data == 'P'    ? mun_shot_ppm(data, size, &a, &e)
		 : size && *data == 0x89 ? mun_shot_png(data, size, &a, &e)
					 : mun_shot_xwd(data, size, &a, &e);

	if (!rc != (a.rgb != NULL))
		abort();
	if (!rc && (size_t)a.width * a.height < 1u << 20) {
		(void)mun_shot_blank(&a);
		if (mun_shot_write(&a, &png, &e) ||
		    mun_shot_png(png.text, png.len, &b, &e) ||
		    mun_shot_differ(&a, &b) != 0 ||
		    memcmp(a.rgb, b.rgb, (size_t)3 * a.width * a.height) != 0)
			abort();
	}
	mun_shot_clear(&a);
	mun_shot_clear(&b);
	mun_str_free(&png);
}

static void must_be_clean(const char *text, size_t size)
{
	if (strlen(text) >= size || !mun_text_is_clean(text, "\n"))
		abort();
}

/* Whatever it is, what is made of it is clean, and has room. */
static void text(const uint8_t *data, size_t size)
{
	char screen[MUN_TEXT_ROOM];
	char lines[200];
	char word[40];
	struct mun_str dos = { 0 };

	mun_text_screen(data, size, screen);
	must_be_clean(screen, sizeof(screen));
	(void)mun_text_only_bios(screen);
	if (mun_text_refuses(screen, word, sizeof(word)))
		must_be_clean(word, sizeof(word));
	if (!mun_text_has(screen, ""))
		abort();
	mun_text_lines((const char *)data, size, lines, sizeof(lines));
	must_be_clean(lines, sizeof(lines));
	mun_text_cut(lines, word, sizeof(word));
	must_be_clean(word, sizeof(word));
	mun_text_dos((const char *)data, size, &dos);
	if (dos.text && !mun_text_is_clean(dos.text, "\n"))
		abort();
	mun_str_free(&dos);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	picture(data, size);
	text(data, size);
	return 0;
}
