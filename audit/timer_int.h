/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer_int.h - what the files of timer share */
#ifndef MUN_AUDIT_TIMER_INT_H
#define MUN_AUDIT_TIMER_INT_H

#include "audit/timer.h"

/* Seconds by which the start is put off at random, at most. */
#define MUN_TIMER_DELAY 600

/* Of the path: FNV-1a, 64 bits. */
uint64_t mun_timer_hash(const char *repository);

/* Of a window, in minutes; a day where it is always open. */
unsigned int mun_timer_minutes(const struct mun_window *w);

/* 0, or MUN_EINVAL where a unit or crontab cannot hold @path. */
MUN_CHECK int mun_timer_check_path(const char *path, struct mun_err *e);

/* In the crontab: is our block there, and is it @want?  MUN_ENOENT: there is no
 * crontab(1). */
MUN_CHECK int mun_timer_cron_look(const struct mun_timer *t, bool *there,
				  bool *differs, struct mun_err *e);

/* Our block replaced by what it is to be now, or removed. */
MUN_CHECK int mun_timer_cron_set(const struct mun_timer *t, bool remove,
				 bool *was_there, struct mun_err *e);

#endif
