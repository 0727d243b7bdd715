/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_marker.c - muniment-store.json, as found on a disk */
#include <stdlib.h>
#include <string.h>

#include "store/marker.h"

/* What was accepted is written and read again as the same. */
static void check(const struct mun_marker *m)
{
	struct mun_str text = { 0 };
	struct mun_marker again;
	struct mun_err e;

	if (!mun_uuid_is(m->id) || !mun_uuid_is(m->repository) ||
	    !mun_text_is_clean(m->name, ""))
		abort();
	if (mun_marker_write(m, &text, &e) ||
	    mun_marker_parse(text.text, text.len, &again, &e))
		abort();
	if (strcmp(m->id, again.id) != 0 ||
	    strcmp(m->repository, again.repository) != 0 ||
	    strcmp(m->name, again.name) != 0)
		abort();
	mun_str_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_marker m;
	struct mun_err e;

	if (!mun_marker_parse((const char *)data, size, &m, &e))
		check(&m);
	return 0;
}
