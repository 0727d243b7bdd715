/* SPDX-License-Identifier: Apache-2.0 */
/* core/log.c - messages to whoever listens, and the wish to stop */
#include "core/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/utf8.h"

#define TEXT_BYTES 2048

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static mun_log_sink *sink_fn;
static void *sink_ctx;

/* Set by a signal handler and read by every thread: hence lock-free. */
static atomic_int cancelled;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "mun_cancel() in a signal handler");

void mun_log_set_sink(mun_log_sink *sink, void *ctx)
{
	(void)pthread_mutex_lock(&lock);
	sink_fn = sink;
	sink_ctx = ctx;
	(void)pthread_mutex_unlock(&lock);
}

void mun_log(enum mun_log_level level, const char *fmt, ...)
{
	char text[TEXT_BYTES];
	char line[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A file name may hold a newline or an escape sequence. */
	(void)mun_utf8_line(text, line, sizeof(line));
	(void)pthread_mutex_lock(&lock);
	if (sink_fn)
		sink_fn(sink_ctx, level, line);
	(void)pthread_mutex_unlock(&lock);
}

void mun_cancel(void)
{
	atomic_store(&cancelled, 1);
}

bool mun_cancelled(void)
{
	return atomic_load_explicit(&cancelled, memory_order_relaxed);
}

void mun_cancel_reset(void)
{
	atomic_store(&cancelled, 0);
}

int mun_cancel_check(struct mun_err *e)
{
	return mun_cancelled() ? mun_fail(e, MUN_ECANCELLED, "stopped") : 0;
}
