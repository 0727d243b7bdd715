/* SPDX-License-Identifier: Apache-2.0 */
/* store/sweep_int.h - what both sweeps share (store/sweep.h) */
#ifndef MUN_STORE_SWEEP_INT_H
#define MUN_STORE_SWEEP_INT_H

#include "store/sweep.h"

/* Tell @f, but not of a store that has gone: then MUN_EUNAVAILABLE. */
MUN_CHECK int mun_sweep_tell(const struct mun_place *p, mun_sweep_fn *fn,
			     void *ctx, const struct mun_sweep_found *f,
			     struct mun_err *e);

#endif
