/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_json.c - any bytes as JSON, and strings out again */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/jsonw.h"

/* The bytes as a text of ours: what is written must always be JSON. */
static void write_and_read(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct mun_jsonw w;
	struct mun_err e;
	json_t *utf8;
	json_t *j;

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	mun_jsonw_init(&w, NULL, size & 1);
	mun_jsonw_array(&w, NULL);
	mun_jsonw_text(&w, NULL, text);
	mun_jsonw_end_array(&w);
	if (mun_jsonw_finish(&w, &e) ||
	    mun_json_parse(w.out.text, w.out.len, &j, &e))
		abort();
	/* UTF-8 comes back as it was; all else was escaped. */
	utf8 = json_string(text);
	if (utf8 && !json_equal(json_array_get(j, 0), utf8))
		abort();
	json_decref(utf8);
	json_decref(j);
	mun_str_free(&w.out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_err e;
	json_t *j;

	if (!mun_json_parse((const char *)data, size, &j, &e))
		json_decref(j);
	else if (e.code != MUN_ECORRUPT)
		abort();
	write_and_read(data, size);
	return 0;
}
