/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_readmap.c - any text as a mapfile */
#include "image/readmap.h"

#include <stdint.h>
#include <stdlib.h>

static void check(int ok)
{
	if (!ok)
		abort();
}

/* What is taken can be written, and is then taken for the same. */
static void check_round_trip(const struct mun_readmap *m)
{
	struct mun_str text = { 0 };
	struct mun_readmap again;
	struct mun_err e;

	check(mun_readmap_write(m, NULL, &text, &e) == 0);
	check(mun_readmap_parse(text.text, text.len, &again, &e) == 0);
	check(again.size == m->size && again.nruns == m->nruns);
	MUN_READMAP_EACH(run, m)
	{
		const struct mun_read_run *same =
			mun_readmap_run(&again, run->off);

		check(same->off == run->off && same->bytes == run->bytes &&
		      same->state == run->state);
	}
	mun_readmap_clear(&again);
	mun_str_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_readmap m;
	struct mun_err e;
	uint64_t at = 0;
	int last = 0;

	if (mun_readmap_parse((const char *)data, size, &m, &e)) {
		check(e.code == MUN_ECORRUPT || e.code == MUN_ENOMEM);
		return 0;
	}
	MUN_READMAP_EACH(run, &m)
	{
		check(run->off == at && run->bytes > 0 &&
		      (int)run->state != last);
		check(mun_readmap_at(&m, at) == run->state);
		at += run->bytes;
		last = (int)run->state;
	}
	check(at == m.size);
	check_round_trip(&m);
	if (m.size) {
		check(mun_readmap_mark(&m, m.size / 3, m.size / 2, MUN_READ_BAD,
				       &e) == 0);
		check_round_trip(&m);
		check(mun_readmap_mark(&m, m.size / 2, m.size / 4,
				       MUN_READ_DOUBTFUL, &e) == 0);
		check_round_trip(&m);
	}
	mun_readmap_clear(&m);
	return 0;
}
