/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_gw.c - what gw prints, whatever it prints */
#include "medium/flux_text.h"

#include "core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is kept of it is clean, and in numbers that fit. */
static void judge(const struct mun_flux_text *t)
{
	if (!mun_text_is_clean(t->version, "") ||
	    !mun_text_is_clean(t->model, "") ||
	    !mun_text_is_clean(t->firmware, "") ||
	    !mun_text_is_clean(t->serial, "") ||
	    !mun_text_is_clean(t->why, "") ||
	    t->tracks > MUN_FLUX_CYLINDERS_MAX * MUN_FLUX_HEADS ||
	    t->total > MUN_FLUX_CYLINDERS_MAX * MUN_FLUX_HEADS ||
	    t->cylinders > MUN_FLUX_CYLINDERS_MAX || t->heads > MUN_FLUX_HEADS)
		abort();
}

static bool is_same(const struct mun_flux_text *a,
		    const struct mun_flux_text *b)
{
	return !strcmp(a->version, b->version) && !strcmp(a->model, b->model) &&
	       !strcmp(a->firmware, b->firmware) &&
	       !strcmp(a->serial, b->serial) && !strcmp(a->why, b->why) &&
	       a->no_device == b->no_device && a->failed == b->failed &&
	       a->tracks == b->tracks && a->total == b->total &&
	       a->cylinders == b->cylinders && a->heads == b->heads &&
	       a->cylinder == b->cylinder && a->head == b->head &&
	       !memcmp(a->seen, b->seen, sizeof(a->seen));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct mun_flux_text whole;
	struct mun_flux_text parts;

	mun_flux_text_begin(&whole);
	mun_flux_text_feed(&whole, text, size);
	mun_flux_text_end(&whole);
	judge(&whole);
	/* A byte at a time it says the same. */
	mun_flux_text_begin(&parts);
	for (size_t i = 0; i < size; i++)
		mun_flux_text_feed(&parts, text + i, 1);
	mun_flux_text_end(&parts);
	if (!is_same(&whole, &parts))
		abort();
	return 0;
}
