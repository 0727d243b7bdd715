/* SPDX-License-Identifier: Apache-2.0 */
/* core/clock.h - UTC, RFC 3339, and a clock that a test can set */
#ifndef MUN_CORE_CLOCK_H
#define MUN_CORE_CLOCK_H

#include <stdint.h>

#include "core/err.h"

/* Milliseconds since 1970-01-01T00:00:00Z. */
extern int64_t (*mun_now_ms)(void);

/* The real clock; also honours $MUNIMENT_TEST_NOW (RFC 3339), for tests. */
int64_t mun_clock_real_ms(void);

/* Monotonic milliseconds, for rates and time-outs. */
int64_t mun_clock_monotonic_ms(void);

#define MUN_TIME_LEN 21 /* "2026-11-22T17:22:01Z" and its NUL */

/* RFC 3339 in UTC to the second, as every record of ours writes it. */
void mun_time_text(int64_t ms, char out[static MUN_TIME_LEN]);

/* RFC 3339 with any offset, to ms.  0 or MUN_EINVAL. */
MUN_CHECK int mun_time_parse(const char *text, int64_t *ms_out,
			     struct mun_err *e);

#endif
