/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_text.c - escaping, numbers, times and paths from any bytes */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"
#include "core/utf8.h"
#include "core/uuid.h"

/* Escaping is clean and leads back, whatever the bytes are. */
static void there_and_back(const uint8_t *data, size_t size)
{
	struct mun_str there = { 0 };
	struct mun_str back = { 0 };
	struct mun_err e;

	mun_str_add(&there, "");
	mun_escape(&there, data, size);
	if (!mun_text_is_clean(there.text, NULL) ||
	    mun_unescape(there.text, &back, &e) || back.len != size ||
	    (size && memcmp(back.text, data, size) != 0))
		abort();
	mun_str_free(&there);
	mun_str_free(&back);
}

/* A time that was understood is understood again as it is written. */
static void check_time(const char *text)
{
	char again[MUN_TIME_LEN];
	struct mun_err e;
	int64_t back;
	int64_t ms;

	if (mun_time_parse(text, &ms, &e))
		return;
	mun_time_text(ms, again);
	if (mun_time_parse(again, &back, &e))
		abort();
	/* But for the edge of the four digits, where it is clamped. */
	if (again[0] != '0' && again[0] != '9' &&
	    (back > ms || ms - back > 999))
		abort();
}

static void check_words(const char *text)
{
	struct mun_str raw = { 0 };
	struct mun_err e;
	char line[64];
	uint64_t n;
	bool yes;

	(void)!mun_parse_u64(text, 0, UINT64_MAX, &n, &e);
	(void)!mun_parse_size(text, &n, &e);
	(void)!mun_parse_duration(text, &n, &e);
	(void)!mun_parse_bool(text, &yes, &e);
	(void)!mun_unescape(text, &raw, &e);
	mun_str_free(&raw);
	(void)mun_uuid_is(text);
	if (mun_utf8_line(text, line, sizeof(line)) != strlen(line) ||
	    !mun_text_is_clean(line, NULL))
		abort();
	if (mun_path_is_safe(text) &&
	    (!*text || *text == '/' || strstr(text, "//") ||
	     strstr(text, "/../") || !strncmp(text, "../", 3)))
		abort();
	check_time(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	there_and_back(data, size);
	check_words(text);
	free(text);
	return 0;
}
