/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/timer.h - who starts "muniment audit --due": systemd, or cron
 *
 * Each repository has units of its own, named after its path, so that several
 * live side by side.  Where systemd is not the init of the machine, a line
 * between two comments of ours in the crontab of whoever asks.
 */
#ifndef MUN_AUDIT_TIMER_H
#define MUN_AUDIT_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/str.h"
#include "fixity/schedule.h"

struct mun_timer {
	const char *program; /* absolute path of muniment */
	const char *repository; /* absolute path */
	const struct mun_window *windows; /* of its stores; none: always open */
	size_t nwindows;
	const char *const *stores; /* absolute paths of the others than main */
	size_t nstores;
	const char *const *writable; /* folders that an audit writes besides */
	size_t nwritable; /* the repository, such as that of metrics-file */
	bool repair; /* scheduled audits may write in the stores */
	bool network; /* tsa or webhook is configured */
	bool user; /* units of the user, not of the machine */
	uid_t uid; /* whose the repository is: the service runs as that */
	gid_t gid;
	/* For tests: before all paths of systemd; and what is run.  NULL: "",
	 * "systemctl", "crontab". */
	const char *root;
	const char *systemctl;
	const char *crontab;
};

enum mun_timer_kind { MUN_TIMER_NONE, MUN_TIMER_SYSTEMD, MUN_TIMER_CRON };

struct mun_timer_status {
	enum mun_timer_kind kind; /* what is installed */
	bool differs; /* from what would be installed now */
	bool enabled; /* its timer is active; cron: always */
	bool linger; /* user units: they run also without a login */
	char *where; /* files, or "crontab"; NULL where there is none */
	char *result; /* of the last run as systemd calls it; or NULL */
	int64_t last; /* ms; 0: never, or not known */
	int64_t next; /* ms; 0: not known */
};

/* "muniment-audit-NAME-HASH": stable for a path, different for each; *@out is
 * the caller's.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_timer_name(const char *repository, char **out,
			     struct mun_err *e);

/**
 * mun_timer_service() - the text of the service; _timer(): of the timer;
 * _cron(): lines of a crontab, with the comments around them
 *
 * Return: 0; MUN_EINVAL: a path that such a file cannot hold (control
 * characters, double quotes, backslashes, not UTF-8); MUN_ENOMEM.
 */
MUN_CHECK int mun_timer_service(const struct mun_timer *t, char **out,
				struct mun_err *e);
MUN_CHECK int mun_timer_timer(const struct mun_timer *t, char **out,
			      struct mun_err *e);
MUN_CHECK int mun_timer_cron(const struct mun_timer *t, char **out,
			     struct mun_err *e);

/**
 * mun_timer_install() - write, enable and start it; what was there is replaced
 * @kind: what it has become
 *
 * The files are whole or not there at all, other people's lines of the crontab
 * stay byte for byte.  Where systemctl(1) fails, what was written is removed
 * again.
 * Return: 0; MUN_EINVAL (as above); MUN_ENOENT (neither systemd nor crontab(1)
 * here); MUN_EIO (a file, or a program: the text has its words); MUN_ENOMEM.
 */
MUN_CHECK int mun_timer_install(const struct mun_timer *t,
				enum mun_timer_kind *kind, struct mun_err *e);

/* What is there?  @out: mun_timer_status_clear() it.  Errors as above. */
MUN_CHECK int mun_timer_look(const struct mun_timer *t,
			     struct mun_timer_status *out, struct mun_err *e);
void mun_timer_status_clear(struct mun_timer_status *s);

/* Stop and remove it.  @kind: what it was; MUN_TIMER_NONE is no error. */
MUN_CHECK int mun_timer_remove(const struct mun_timer *t,
			       enum mun_timer_kind *kind, struct mun_err *e);

#endif
