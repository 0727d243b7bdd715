/* SPDX-License-Identifier: Apache-2.0 */
/* core/log.h - messages and progress; libraries print nothing themselves */
#ifndef MUN_CORE_LOG_H
#define MUN_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

enum mun_log_level { MUN_LOG_DEBUG, MUN_LOG_INFO, MUN_LOG_WARN, MUN_LOG_ERROR };

/* Where messages go: one line each, without a newline.  May be called from any
 * thread, one at a time (mun_log() holds a lock). */
typedef void mun_log_sink(void *ctx, enum mun_log_level level,
			  const char *text);

/* No sink (the start value): messages are dropped. */
void mun_log_set_sink(mun_log_sink *sink, void *ctx);

/* Give one line to the sink.  Cheap without one; never fails. */
void mun_log(enum mun_log_level level, const char *fmt, ...) MUN_PRINTF(2, 3);

/* What reading a medium has to tell besides how far it is. */
struct mun_progress_medium {
	const char *pass; /* "copying, pass 1", "scraping" */
	uint64_t pos; /* bytes: where it reads now */
	int64_t lba; /* of pos, as people count there */
	int cylinder, head; /* of a floppy; -1 elsewhere */
	uint64_t rate; /* bytes a second, of late */
	uint64_t doubtful; /* bytes that were read with a failed check */
	uint64_t failed_reads;
	uint64_t slow_reads;
	uint64_t corrected; /* sectors */
	/* The medium from its first to its last byte, one character for each
	 * equal part: '.' not tried, '+' good, 's' slow, '!' failed check, '-'
	 * bad or not yet read again, by the worst of it. */
	const char *strip;
};

/* How far a long command is.  @total is 0 where it is not known. */
struct mun_progress {
	const char *phase; /* "imaging", "verifying", ... */
	uint64_t done; /* bytes */
	uint64_t total; /* bytes */
	uint64_t bad; /* bytes unreadable or mismatched so far */
	const struct mun_progress_medium *medium; /* NULL: no medium */
	const char *unit; /* of done, total and bad; NULL: bytes */
};

/* May be called from any thread, one at a time, as often as wanted: the
 * receiver decides what to draw. */
typedef void mun_progress_fn(void *ctx, const struct mun_progress *p);

struct mun_progress_to {
	mun_progress_fn *fn; /* NULL: nobody watches */
	void *ctx;
};

static inline void mun_progress_tell(const struct mun_progress_to *to,
				     const char *phase, uint64_t done,
				     uint64_t total, uint64_t bad)
{
	struct mun_progress p = { phase, done, total, bad, NULL, NULL };

	if (to && to->fn)
		to->fn(to->ctx, &p);
}

/* Ask every long loop to stop; safe in a signal handler. */
void mun_cancel(void);
bool mun_cancelled(void);
void mun_cancel_reset(void); /* tests */

/* 0, or MUN_ECANCELLED recorded in @e. */
MUN_CHECK int mun_cancel_check(struct mun_err *e);

#endif
