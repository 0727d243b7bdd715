/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_rate.c - how long to wait before reading more */
#include "fixity/audit_rate.h"

#include "core/check.h"

/* Beyond any disk, and a day of it is still far from 2^63. */
#define RATE_MAX (UINT64_C(1) << 46)
#define SECOND_MS 1000

void mun_audit_rate_begin(struct mun_audit_rate *r, uint64_t rate,
			  int64_t now_ms)
{
	*r = (struct mun_audit_rate){ .rate = MUN_MIN(rate, RATE_MAX),
				      .at_ms = now_ms };
}

/* What came in since then; a second fills the bucket from empty, and a debt may
 * take longer. */
static void refill(struct mun_audit_rate *r, int64_t now_ms)
{
	const int64_t rate = (int64_t)r->rate;
	const int64_t ms = now_ms - r->at_ms;

	if (ms <= 0)
		return;
	/* Whole seconds and the rest apart, so that nothing overflows. */
	for (int64_t s = ms / SECOND_MS; s > 0 && r->saved < rate; s--)
		r->saved += rate;
	r->saved += ms % SECOND_MS * rate / SECOND_MS;
	r->saved = MUN_MIN(r->saved, rate);
	r->at_ms = now_ms;
}

int64_t mun_audit_rate_take(struct mun_audit_rate *r, uint64_t bytes,
			    int64_t now_ms)
{
	const int64_t rate = (int64_t)r->rate;
	int64_t owed;

	if (!rate)
		return 0;
	refill(r, now_ms);
	r->saved -= (int64_t)MUN_MIN(bytes, RATE_MAX);
	if (r->saved >= 0)
		return 0;
	owed = -r->saved;
	return owed / rate * SECOND_MS +
	       (owed % rate * SECOND_MS + rate - 1) / rate;
}
