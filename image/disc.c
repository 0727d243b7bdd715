/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc.c - a disc of sessions and tracks, whatever container it is in */
#include "image/disc.h"

#include <stdlib.h>

void mun_disc_free(struct mun_disc *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nsources; i++)
		mun_source_close(d->sources[i]);
	free(d->sources);
	free(d->runs);
	mun_source_close(d->sub);
	free(d->cdtext);
	free(d);
}
