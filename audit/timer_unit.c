/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer_unit.c - the units of systemd, as text (systemd.exec(5)) */
#include <inttypes.h>
#include <string.h>

#include "audit/timer_int.h"
#include "core/check.h"

#define DAY_MIN 1440u
#define NAME_BYTES 32 /* of the folder's name in the unit's */

uint64_t mun_timer_hash(const char *repository)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *repository; repository++)
		h = (h ^ (unsigned char)*repository) * UINT64_C(0x100000001b3);
	return h;
}

unsigned int mun_timer_minutes(const struct mun_window *w)
{
	unsigned int n = (w->to + DAY_MIN - w->from) % DAY_MIN;

	return n ? n : DAY_MIN;
}

/* The folder's name is for people; the hash tells paths apart. */
int mun_timer_name(const char *repository, char **out, struct mun_err *e)
{
	const char *slash = strrchr(repository, '/');
	const char *name = slash ? slash + 1 : repository;
	char plain[NAME_BYTES + 1];
	size_t n = 0;

	for (; *name && n < NAME_BYTES; name++) {
		char c = *name;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			plain[n++] = c;
		else if (n && plain[n - 1] != '-')
			plain[n++] = '-';
	}
	while (n && plain[n - 1] == '-')
		n--;
	plain[n] = '\0';
	return mun_fmt(out, e, "muniment-audit-%s%s%016" PRIx64, plain,
		       n ? "-" : "", mun_timer_hash(repository));
}

int mun_timer_check_path(const char *path, struct mun_err *e)
{
	if (*path != '/')
		return mun_fail(e, MUN_EINVAL, "'%s' is no absolute path",
				path);
	if (!mun_text_is_clean(path, "") || strpbrk(path, "\"\\"))
		return mun_fail(
			e, MUN_EINVAL,
			"'%s' cannot be scheduled: double quotes, backslashes or control characters in its path",
			path);
	return 0;
}

/* In double quotes, with '%' doubled: it begins a specifier everywhere. */
static void add_path(struct mun_str *s, const char *before, const char *path,
		     const char *after)
{
	mun_str_addf(s, "\"%s", before);
	for (; *path; path++) {
		if (*path == '%')
			mun_str_add_char(s, '%');
		mun_str_add_char(s, *path);
	}
	mun_str_addf(s, "%s\"", after);
}

static void add_setting(struct mun_str *s, const char *key, const char *before,
			const char *path, const char *after)
{
	mun_str_addf(s, "%s=", key);
	add_path(s, before, path, after);
	mun_str_add_char(s, '\n');
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(path, folder, len) && (path[len] == '/' || !path[len]);
}

/* A private /tmp would hide what is kept there. */
static bool uses_tmp(const struct mun_timer *t)
{
	bool yes = is_below(t->repository, "/tmp") ||
		   is_below(t->repository, "/var/tmp") ||
		   is_below(t->program, "/tmp") ||
		   is_below(t->program, "/var/tmp");

	for (size_t i = 0; i < t->nstores; i++)
		yes |= is_below(t->stores[i], "/tmp") ||
		       is_below(t->stores[i], "/var/tmp");
	for (size_t i = 0; i < t->nwritable; i++)
		yes |= is_below(t->writable[i], "/tmp") ||
		       is_below(t->writable[i], "/var/tmp");
	return yes;
}

/* What the service may write: catalog, ledger and spool; the stores only where
 * it may repair.  A '-' forgives a store that is away. */
static void add_paths(struct mun_str *s, const struct mun_timer *t)
{
	const char *stores = t->repair ? "ReadWritePaths" : "ReadOnlyPaths";

	add_setting(s, "ReadWritePaths", "", t->repository, "");
	if (!t->repair)
		add_setting(s, "ReadOnlyPaths", "-", t->repository, "/ocfl");
	for (size_t i = 0; i < t->nstores; i++)
		add_setting(s, stores, "-", t->stores[i], "");
	for (size_t i = 0; i < t->nwritable; i++)
		add_setting(s, "ReadWritePaths", "-", t->writable[i], "");
}

/* What systemd can do for the machine's services only: those of a user have
 * no right to mount or to drop capabilities. */
static void add_walls(struct mun_str *s, const struct mun_timer *t)
{
	if (t->uid)
		mun_str_addf(s, "User=%u\nGroup=%u\n", (unsigned int)t->uid,
			     (unsigned int)t->gid);
	mun_str_add(s, "ProtectSystem=strict\n"
		       "ProtectHome=read-only\n");
	add_paths(s, t);
	if (!uses_tmp(t))
		mun_str_add(s, "PrivateTmp=yes\n");
	if (!t->network)
		mun_str_add(s, "PrivateNetwork=yes\n");
	mun_str_add(s, "PrivateDevices=yes\n"
		       "ProtectKernelTunables=yes\n"
		       "ProtectKernelModules=yes\n"
		       "ProtectKernelLogs=yes\n"
		       "ProtectControlGroups=yes\n"
		       "ProtectClock=yes\n"
		       "ProtectHostname=yes\n"
		       "ProtectProc=invisible\n"
		       "CapabilityBoundingSet=\n"
		       "AmbientCapabilities=\n");
}

static int check_paths(const struct mun_timer *t, struct mun_err *e)
{
	int rc = mun_timer_check_path(t->program, e);

	if (!rc)
		rc = mun_timer_check_path(t->repository, e);
	for (size_t i = 0; i < t->nstores && !rc; i++)
		rc = mun_timer_check_path(t->stores[i], e);
	for (size_t i = 0; i < t->nwritable && !rc; i++)
		rc = mun_timer_check_path(t->writable[i], e);
	return rc;
}

int mun_timer_service(const struct mun_timer *t, char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = check_paths(t, e);

	if (rc)
		return rc;
	mun_str_add(&s, "# Made by muniment schedule install; it is made anew "
			"by the next.\n"
			"[Unit]\n"
			"Description=Audit of a muniment repository\n");
	add_setting(&s, "RequiresMountsFor", "", t->repository, "");
	/* ':' leaves a '$' in a path alone. */
	mun_str_add(&s, "\n[Service]\nType=oneshot\nExecStart=:");
	add_path(&s, "", t->program, "");
	mun_str_add(&s, " -C ");
	add_path(&s, "", t->repository, "");
	mun_str_add(&s, " audit --due\n"
			"Nice=10\n"
			"IOSchedulingClass=idle\n"
			"MemoryMax=2G\n"
			"TimeoutStopSec=5min\n");
	if (!t->user)
		add_walls(&s, t);
	mun_str_addf(&s,
		     "NoNewPrivileges=yes\n"
		     "LockPersonality=yes\n"
		     "MemoryDenyWriteExecute=yes\n"
		     "RestrictRealtime=yes\n"
		     "RestrictSUIDSGID=yes\n"
		     "RestrictNamespaces=yes\n"
		     "RestrictAddressFamilies=AF_UNIX%s\n"
		     "SystemCallArchitectures=native\n"
		     "SystemCallFilter=@system-service\n"
		     "SystemCallErrorNumber=EPERM\n",
		     t->network ? " AF_INET AF_INET6" : "");
	return mun_str_take(&s, out, e);
}

static bool is_always_open(const struct mun_timer *t)
{
	for (size_t i = 0; i < t->nwindows; i++)
		if (mun_timer_minutes(&t->windows[i]) == DAY_MIN)
			return true;
	return t->nwindows == 0;
}

/* Every hour while it is open: a run that was missed or cut short goes on; one
 * that is still at it is left alone. */
static void add_starts(struct mun_str *s, const struct mun_window *w)
{
	unsigned int minutes = mun_timer_minutes(w);
	const char *comma = "";

	mun_str_add(s, "OnCalendar=*-*-* ");
	for (unsigned int m = 0; m < minutes; m += 60) {
		mun_str_addf(s, "%s%02u", comma, (w->from + m) / 60 % 24);
		comma = ",";
	}
	mun_str_addf(s, ":%02u:00\n", w->from % 60u);
}

static bool is_first(const struct mun_timer *t, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (t->windows[k].from == t->windows[i].from &&
		    t->windows[k].to == t->windows[i].to)
			return false;
	return true;
}

/* Not past a quarter of the shortest window. */
static unsigned int delay_of(const struct mun_timer *t)
{
	unsigned int delay = MUN_TIMER_DELAY;

	for (size_t i = 0; i < t->nwindows; i++)
		delay = MUN_MIN(delay,
				mun_timer_minutes(&t->windows[i]) * 60 / 4);
	return delay;
}

int mun_timer_timer(const struct mun_timer *t, char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "# Made by muniment schedule install; it is made anew "
			"by the next.\n"
			"[Unit]\n"
			"Description=When a muniment repository is audited\n"
			"\n[Timer]\n");
	if (is_always_open(t))
		mun_str_add(&s, "OnCalendar=hourly\n");
	for (size_t i = 0; !is_always_open(t) && i < t->nwindows; i++)
		if (is_first(t, i))
			add_starts(&s, &t->windows[i]);
	mun_str_addf(&s,
		     "RandomizedDelaySec=%u\n"
		     "AccuracySec=1min\n"
		     "Persistent=true\n"
		     "\n[Install]\nWantedBy=timers.target\n",
		     delay_of(t));
	return mun_str_take(&s, out, e);
}

/* For sh(1) in a crontab: in quotes, and '%' would end the command. */
static void add_shell_path(struct mun_str *s, const char *path)
{
	mun_str_add_char(s, '\'');
	for (; *path; path++) {
		if (*path == '%')
			mun_str_add_char(s, '\\');
		if (*path == '\'')
			mun_str_add(s, "'\\'");
		mun_str_add_char(s, *path);
	}
	mun_str_add_char(s, '\'');
}

/* "17 22,23,0" */
static void add_cron_times(struct mun_str *s, const struct mun_window *w,
			   unsigned int put_off)
{
	unsigned int minutes = mun_timer_minutes(w);
	unsigned int start = w->from + put_off;
	const char *comma = "";

	mun_str_addf(s, "%u ", start % 60);
	for (unsigned int m = 0; m + put_off < minutes; m += 60) {
		mun_str_addf(s, "%s%u", comma, (start + m) / 60 % 24);
		comma = ",";
	}
}

static void add_cron_line(struct mun_str *s, const struct mun_timer *t,
			  const struct mun_window *w)
{
	/* cron has no delay at random; each repository has one of its own. */
	unsigned int put_off = (unsigned int)(mun_timer_hash(t->repository) %
					      (delay_of(t) / 60 + 1));

	if (w)
		add_cron_times(s, w, put_off);
	else
		mun_str_addf(
			s, "%u *",
			(unsigned int)(mun_timer_hash(t->repository) % 60));
	mun_str_add(s, " * * * ");
	add_shell_path(s, t->program);
	mun_str_add(s, " -C ");
	add_shell_path(s, t->repository);
	mun_str_add(s, " audit --due\n");
}

int mun_timer_cron(const struct mun_timer *t, char **out, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	struct mun_str s = { 0 };
	int rc = check_paths(t, e);

	if (!rc)
		rc = mun_timer_name(t->repository, &name, e);
	if (rc)
		return rc;
	mun_str_addf(&s, "# %s begin\n", name);
	if (is_always_open(t))
		add_cron_line(&s, t, NULL);
	for (size_t i = 0; !is_always_open(t) && i < t->nwindows; i++)
		if (is_first(t, i))
			add_cron_line(&s, t, &t->windows[i]);
	mun_str_addf(&s, "# %s end\n", name);
	return mun_str_take(&s, out, e);
}
