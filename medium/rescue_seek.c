/* SPDX-License-Identifier: Apache-2.0 */
/* medium/rescue_seek.c - what of a map is to be read next */
#include "medium/rescue_int.h"

#include "core/check.h"

#include <string.h>

bool mun_rescue_seek(const struct mun_rescue_engine *en, uint64_t pos,
		     bool forward, const char *states,
		     struct mun_rescue_part *out)
{
	const struct mun_readmap *m = en->r->map;

	while (forward ? pos < m->size : pos > 0) {
		const struct mun_read_run *run =
			mun_readmap_run(m, forward ? pos : pos - 1);
		uint64_t end = run->off + run->bytes;

		if (strchr(states, (char)run->state)) {
			out->off = forward ? pos : run->off;
			out->end = forward ? end : pos;
			out->state = run->state;
			return true;
		}
		pos = forward ? end : run->off;
	}
	return false;
}

uint64_t mun_rescue_first_sector(const struct mun_rescue_engine *en,
				 uint64_t off, uint64_t end)
{
	return MUN_MIN(end, off - off % en->sector + en->sector);
}

uint64_t mun_rescue_last_sector(const struct mun_rescue_engine *en,
				uint64_t off, uint64_t end)
{
	return MUN_MAX(off, (end - 1) - (end - 1) % en->sector);
}

uint64_t mun_rescue_pos_after(const struct mun_rescue_outcome *out,
			      bool forward, uint64_t pos)
{
	if (!out->again)
		return pos;
	return forward ? MUN_MIN(pos, out->again_from)
		       : MUN_MAX(pos, out->again_to);
}
