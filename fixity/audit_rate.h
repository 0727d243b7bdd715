/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit_rate.h - how long to wait before reading more; for this folder
 *
 * A bucket that fills at so many bytes a second, up to a second's worth, and
 * may be overdrawn: who takes more than there is waits until it is even again,
 * so that the average is kept with pieces of any size.
 */
#ifndef MUN_FIXITY_AUDIT_RATE_H
#define MUN_FIXITY_AUDIT_RATE_H

#include <stdint.h>

struct mun_audit_rate {
	uint64_t rate; /* bytes a second; 0: no limit */
	int64_t saved; /* bytes that may be read at once; negative: owed */
	int64_t at_ms; /* when saved was right; monotonic */
};

/* Begin at @now_ms with nothing saved. */
void mun_audit_rate_begin(struct mun_audit_rate *r, uint64_t rate,
			  int64_t now_ms);

/* Take @bytes at @now_ms, not before the last call; returns the milliseconds
 * to wait before they are read, 0 for none. */
int64_t mun_audit_rate_take(struct mun_audit_rate *r, uint64_t bytes,
			    int64_t now_ms);

#endif
