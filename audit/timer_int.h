/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer_int.h - what the files of timer share */
#ifndef MUN_AUDIT_TIMER_INT_H
#define MUN_AUDIT_TIMER_INT_H

#include "audit/timer.h"
#include "core/spawn.h"

/* Seconds by which the start is put off at random, at most. */
#define MUN_TIMER_DELAY 600

/* Where the units of a repository are. */
struct mun_timer_units {
	const struct mun_timer *t;
	char *dir;
	char *service; /* names of files in it */
	char *timer;
};

/* @u: mun_timer_units_clear() it, also after an error.  MUN_EINVAL (HOME is not
 * set), MUN_ENOMEM. */
MUN_CHECK int mun_timer_units_of(const struct mun_timer *t,
				 struct mun_timer_units *u, struct mun_err *e);

/* Frees its texts. */
void mun_timer_units_clear(struct mun_timer_units *u);

/* The text of the unit's file @name; NULL and 0 where there is none. */
MUN_CHECK int mun_timer_read_unit(const struct mun_timer_units *u,
				  const char *name, char **out,
				  struct mun_err *e);

/* systemctl [--user] A B C; @r is to be cleared, also after an error.
 * MUN_ENOENT, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_timer_systemctl(const struct mun_timer *t,
				  const char *const *words,
				  struct mun_spawned *r, struct mun_err *e);

/* What stands before all paths of systemd; "". */
const char *mun_timer_root(const struct mun_timer *t);

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
