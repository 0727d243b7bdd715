/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer.c - who starts "muniment audit --due": install, look, remove */
#include "audit/timer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/timer_int.h"
#include "core/check.h"
#include "core/file.h"
#include "core/spawn.h"
#include "core/sys.h"

#define UNIT_MAX ((size_t)64 << 10)
#define TIMEOUT_MS 60000

void mun_timer_units_clear(struct mun_timer_units *u)
{
	free(u->dir);
	free(u->service);
	free(u->timer);
}

const char *mun_timer_root(const struct mun_timer *t)
{
	return t->root ? t->root : "";
}

/* systemd.unit(5): $XDG_CONFIG_HOME/systemd/user, else in $HOME/.config. */
static int find_dir(const struct mun_timer *t, char **out, struct mun_err *e)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (!t->user)
		return mun_fmt(out, e, "%s/etc/systemd/system",
			       mun_timer_root(t));
	if (config && *config == '/')
		return mun_fmt(out, e, "%s%s/systemd/user", mun_timer_root(t),
			       config);
	if (!home || *home != '/')
		return mun_fail(e, MUN_EINVAL,
				"HOME does not say where units of a user go");
	return mun_fmt(out, e, "%s%s/.config/systemd/user", mun_timer_root(t),
		       home);
}

int mun_timer_units_of(const struct mun_timer *t, struct mun_timer_units *u,
		       struct mun_err *e)
{
	mun_autofree char *name = NULL;
	int rc;

	memset(u, 0, sizeof(*u));
	u->t = t;
	rc = find_dir(t, &u->dir, e);
	if (!rc)
		rc = mun_timer_name(t->repository, &name, e);
	if (!rc)
		rc = mun_fmt(&u->service, e, "%s.service", name);
	if (!rc)
		rc = mun_fmt(&u->timer, e, "%s.timer", name);
	return rc;
}

/* sd_booted(3) */
static int has_systemd(const struct mun_timer *t, bool *yes, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct stat st;
	int rc;

	rc = mun_fmt(&path, e, "%s/run/systemd/system", mun_timer_root(t));
	if (!rc)
		*yes = !lstat(path, &st) && S_ISDIR(st.st_mode);
	return rc;
}

/* systemctl [--user] A B C */
int mun_timer_systemctl(const struct mun_timer *t, const char *const *words,
			struct mun_spawned *r, struct mun_err *e)
{
	const char *argv[10] = { t->systemctl ? t->systemctl : "systemctl" };
	struct mun_spawn q = { .argv = argv,
			       .max_output = UNIT_MAX,
			       .timeout_ms = TIMEOUT_MS };
	size_t n = 1;
	int rc;

	if (t->user)
		argv[n++] = "--user";
	while (*words && n < MUN_COUNT(argv) - 1)
		argv[n++] = *words++;
	rc = mun_spawn_run(&q, r, e);
	return rc ? rc : mun_spawned_check(r, "systemctl", e);
}

static int tell(const struct mun_timer *t, const char *const *words,
		struct mun_err *e)
{
	struct mun_spawned r;
	int rc = mun_timer_systemctl(t, words, &r, e);

	mun_spawned_clear(&r);
	return rc;
}

static int reload(const struct mun_timer *t, struct mun_err *e)
{
	const char *words[] = { "daemon-reload", NULL };

	return tell(t, words, e);
}

/* The text of a unit's file; NULL where there is none. */
int mun_timer_read_unit(const struct mun_timer_units *u, const char *name,
			char **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	size_t len;
	int rc;

	*out = NULL;
	rc = mun_path_join(u->dir, name, &path, e);
	if (rc)
		return rc;
	rc = mun_file_read(path, UNIT_MAX, out, &len, e);
	return rc == MUN_ENOENT ? 0 : rc;
}

static int remove_unit(const struct mun_timer_units *u, const char *name,
		       bool *was, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(u->dir, name, &path, e);
	if (rc)
		return rc;
	if (!mun_sys.unlink(path)) {
		*was = true;
		return mun_dir_sync(u->dir, e);
	}
	return errno == ENOENT ? 0
			       : mun_fail_sys(e, errno, "remove '%s'", path);
}

static int remove_units(const struct mun_timer_units *u, bool *was,
			struct mun_err *e)
{
	struct mun_err second;
	int rc = remove_unit(u, u->timer, was, e);
	int rc2 = remove_unit(u, u->service, was, &second);

	if (!rc && rc2) {
		*e = second;
		rc = rc2;
	}
	return rc;
}

/* The service first: a timer without one would fail. */
static int write_units(const struct mun_timer_units *u, const char *service,
		       const char *timer, struct mun_err *e)
{
	int rc = mun_mkdirs(u->dir, e);

	if (!rc)
		rc = mun_file_replace(u->dir, u->service, service,
				      strlen(service), e);
	if (!rc)
		rc = mun_file_replace(u->dir, u->timer, timer, strlen(timer),
				      e);
	return rc;
}

/* As it was before: the old text, or no file. */
static void put_back(const struct mun_timer_units *u, const char *service,
		     const char *timer)
{
	struct mun_err ignored;
	bool was;

	if (service && timer)
		(void)!write_units(u, service, timer, &ignored);
	else
		(void)!remove_units(u, &was, &ignored);
	(void)!reload(u->t, &ignored);
}

static int install_units(const struct mun_timer_units *u, struct mun_err *e)
{
	const char *enable[] = { "enable", "--now", u->timer, NULL };
	mun_autofree char *old_service = NULL;
	mun_autofree char *old_timer = NULL;
	mun_autofree char *service = NULL;
	mun_autofree char *timer = NULL;
	int rc;

	rc = mun_timer_service(u->t, &service, e);
	if (!rc)
		rc = mun_timer_timer(u->t, &timer, e);
	if (!rc)
		rc = mun_timer_read_unit(u, u->service, &old_service, e);
	if (!rc)
		rc = mun_timer_read_unit(u, u->timer, &old_timer, e);
	if (rc)
		return rc;
	rc = write_units(u, service, timer, e);
	if (!rc)
		rc = reload(u->t, e);
	if (!rc)
		rc = tell(u->t, enable, e);
	if (rc)
		put_back(u, old_service, old_timer);
	return rc;
}

int mun_timer_install(const struct mun_timer *t, enum mun_timer_kind *kind,
		      struct mun_err *e)
{
	struct mun_timer_units u;
	bool systemd;
	bool was;
	int rc;

	*kind = MUN_TIMER_NONE;
	rc = has_systemd(t, &systemd, e);
	if (rc)
		return rc;
	if (!systemd) {
		rc = mun_timer_cron_set(t, false, &was, e);
		if (!rc)
			*kind = MUN_TIMER_CRON;
		return rc ? mun_ctx(e, "no systemd here; by crontab") : 0;
	}
	rc = mun_timer_units_of(t, &u, e);
	if (!rc)
		rc = install_units(&u, e);
	if (!rc)
		*kind = MUN_TIMER_SYSTEMD;
	mun_timer_units_clear(&u);
	return rc ? mun_ctx(e, "install the schedule") : 0;
}

/* Files that are there without a systemd that knows them go all the same. */
static int remove_from_systemd(const struct mun_timer_units *u, bool *was,
			       struct mun_err *e)
{
	const char *disable[] = { "disable", "--now", u->timer, NULL };
	mun_autofree char *timer = NULL;
	bool systemd;
	int rc;

	rc = has_systemd(u->t, &systemd, e);
	if (!rc)
		rc = mun_timer_read_unit(u, u->timer, &timer, e);
	if (!rc && systemd && timer)
		rc = tell(u->t, disable, e);
	if (!rc)
		rc = remove_units(u, was, e);
	if (!rc && systemd && *was)
		rc = reload(u->t, e);
	return rc;
}

int mun_timer_remove(const struct mun_timer *t, enum mun_timer_kind *kind,
		     struct mun_err *e)
{
	struct mun_timer_units u;
	bool was = false;
	int rc;

	*kind = MUN_TIMER_NONE;
	rc = mun_timer_units_of(t, &u, e);
	if (!rc)
		rc = remove_from_systemd(&u, &was, e);
	mun_timer_units_clear(&u);
	if (rc)
		return mun_ctx(e, "remove the schedule");
	if (was) {
		*kind = MUN_TIMER_SYSTEMD;
		return 0;
	}
	rc = mun_timer_cron_set(t, true, &was, e);
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc && was)
		*kind = MUN_TIMER_CRON;
	return rc ? mun_ctx(e, "remove the schedule") : 0;
}
