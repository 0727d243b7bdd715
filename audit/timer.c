/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer.c - who starts "muniment audit --due": install, look, remove */
#include "audit/timer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/timer_int.h"
#include "core/check.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/spawn.h"
#include "core/sys.h"

#define UNIT_MAX ((size_t)64 << 10)
#define TIMEOUT_MS 60000

/* Where the units of a repository are. */
struct units {
	const struct mun_timer *t;
	char *dir;
	char *service; /* names of files in it */
	char *timer;
};

static void units_clear(struct units *u)
{
	free(u->dir);
	free(u->service);
	free(u->timer);
}

static const char *root_of(const struct mun_timer *t)
{
	return t->root ? t->root : "";
}

/* systemd.unit(5): $XDG_CONFIG_HOME/systemd/user, else in $HOME/.config. */
static int find_dir(const struct mun_timer *t, char **out, struct mun_err *e)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (!t->user)
		return mun_fmt(out, e, "%s/etc/systemd/system", root_of(t));
	if (config && *config == '/')
		return mun_fmt(out, e, "%s%s/systemd/user", root_of(t), config);
	if (!home || *home != '/')
		return mun_fail(e, MUN_EINVAL,
				"HOME does not say where units of a user go");
	return mun_fmt(out, e, "%s%s/.config/systemd/user", root_of(t), home);
}

static int units_of(const struct mun_timer *t, struct units *u,
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

	rc = mun_fmt(&path, e, "%s/run/systemd/system", root_of(t));
	if (!rc)
		*yes = !lstat(path, &st) && S_ISDIR(st.st_mode);
	return rc;
}

/* systemctl [--user] A B C */
static int systemctl(const struct mun_timer *t, const char *const *words,
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
	int rc = systemctl(t, words, &r, e);

	mun_spawned_clear(&r);
	return rc;
}

static int reload(const struct mun_timer *t, struct mun_err *e)
{
	const char *words[] = { "daemon-reload", NULL };

	return tell(t, words, e);
}

/* The text of a unit's file; NULL where there is none. */
static int read_unit(const struct units *u, const char *name, char **out,
		     struct mun_err *e)
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

static int remove_unit(const struct units *u, const char *name, bool *was,
		       struct mun_err *e)
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

static int remove_units(const struct units *u, bool *was, struct mun_err *e)
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
static int write_units(const struct units *u, const char *service,
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
static void put_back(const struct units *u, const char *service,
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

static int install_units(const struct units *u, struct mun_err *e)
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
		rc = read_unit(u, u->service, &old_service, e);
	if (!rc)
		rc = read_unit(u, u->timer, &old_timer, e);
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
	struct units u;
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
	rc = units_of(t, &u, e);
	if (!rc)
		rc = install_units(&u, e);
	if (!rc)
		*kind = MUN_TIMER_SYSTEMD;
	units_clear(&u);
	return rc ? mun_ctx(e, "install the schedule") : 0;
}

/* The value in "KEY=value" lines, up to its end; "" where there is none. */
static const char *property(const char *text, const char *key, int *len)
{
	size_t n = strlen(key);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (strncmp(text, key, n) != 0 || text[n] != '=')
			continue;
		*len = (int)strcspn(text + n + 1, "\n");
		return text + n + 1;
	}
	*len = 0;
	return "";
}

/* "@1700000000", as --timestamp=unix writes it; 0 for anything else. */
static int64_t time_property(const char *text, const char *key)
{
	struct mun_err ignored;
	char digits[24];
	uint64_t s;
	int len;
	const char *value = property(text, key, &len);

	if (len < 2 || len >= (int)sizeof(digits) || *value != '@')
		return 0;
	memcpy(digits, value + 1, (size_t)len - 1);
	digits[len - 1] = '\0';
	if (mun_parse_u64(digits, 0, UINT64_C(253402300799), &s, &ignored))
		return 0;
	return (int64_t)s * 1000;
}

/* What systemd knows of the runs.  It may be too old to tell. */
static int ask_systemd(const struct units *u, struct mun_timer_status *out,
		       struct mun_err *e)
{
	const char *timer[] = { "show", "--timestamp=unix",
				"--property=ActiveState,LastTriggerUSec,"
				"NextElapseUSecRealtime",
				u->timer, NULL };
	const char *service[] = { "show", "--property=Result", u->service,
				  NULL };
	struct mun_err ignored;
	struct mun_spawned r;
	const char *value;
	int len;
	int rc = 0;

	if (!systemctl(u->t, timer, &r, &ignored)) {
		value = property(r.output, "ActiveState", &len);
		out->enabled = len == 6 && !strncmp(value, "active", 6);
		out->last = time_property(r.output, "LastTriggerUSec");
		out->next = time_property(r.output, "NextElapseUSecRealtime");
	}
	mun_spawned_clear(&r);
	if (out->last && !systemctl(u->t, service, &r, &ignored)) {
		value = property(r.output, "Result", &len);
		if (len)
			rc = mun_fmt(&out->result, e, "%.*s", len, value);
		mun_spawned_clear(&r);
	} else if (out->last) {
		mun_spawned_clear(&r);
	}
	return rc;
}

/* loginctl enable-linger: units of a user run without a login. */
static bool lingers(const struct mun_timer *t)
{
	const char *name = getenv("USER");
	mun_autofree char *path = NULL;
	struct mun_err ignored;
	struct stat st;

	return name && !strchr(name, '/') &&
	       !mun_fmt(&path, &ignored, "%s/var/lib/systemd/linger/%s",
			root_of(t), name) &&
	       !lstat(path, &st);
}

static int look_at_units(const struct units *u, struct mun_timer_status *out,
			 struct mun_err *e)
{
	mun_autofree char *service = NULL;
	mun_autofree char *timer = NULL;
	mun_autofree char *want_service = NULL;
	mun_autofree char *want_timer = NULL;
	int rc;

	rc = read_unit(u, u->service, &service, e);
	if (!rc)
		rc = read_unit(u, u->timer, &timer, e);
	if (rc || (!service && !timer))
		return rc;
	out->kind = MUN_TIMER_SYSTEMD;
	rc = mun_timer_service(u->t, &want_service, e);
	if (!rc)
		rc = mun_timer_timer(u->t, &want_timer, e);
	if (!rc)
		rc = mun_fmt(&out->where, e, "%s/%s", u->dir, u->timer);
	if (rc)
		return rc;
	out->differs = !service || !timer || strcmp(service, want_service) ||
		       strcmp(timer, want_timer);
	out->linger = !u->t->user || lingers(u->t);
	return ask_systemd(u, out, e);
}

static int look(const struct mun_timer *t, struct mun_timer_status *out,
		struct mun_err *e)
{
	struct units u;
	bool there;
	int rc;

	rc = units_of(t, &u, e);
	if (!rc)
		rc = look_at_units(&u, out, e);
	units_clear(&u);
	if (rc || out->kind != MUN_TIMER_NONE)
		return rc;
	rc = mun_timer_cron_look(t, &there, &out->differs, e);
	/* No crontab(1): nothing is in it. */
	if (rc == MUN_ENOENT)
		return 0;
	if (rc || !there)
		return rc;
	out->kind = MUN_TIMER_CRON;
	out->enabled = true;
	out->linger = true;
	return mun_strdup("crontab", &out->where, e);
}

int mun_timer_look(const struct mun_timer *t, struct mun_timer_status *out,
		   struct mun_err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = look(t, out, e);
	return rc ? mun_ctx(e, "look at the schedule") : 0;
}

void mun_timer_status_clear(struct mun_timer_status *s)
{
	free(s->where);
	free(s->result);
	memset(s, 0, sizeof(*s));
}

/* Files that are there without a systemd that knows them go all the same. */
static int remove_from_systemd(const struct units *u, bool *was,
			       struct mun_err *e)
{
	const char *disable[] = { "disable", "--now", u->timer, NULL };
	mun_autofree char *timer = NULL;
	bool systemd;
	int rc;

	rc = has_systemd(u->t, &systemd, e);
	if (!rc)
		rc = read_unit(u, u->timer, &timer, e);
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
	struct units u;
	bool was = false;
	int rc;

	*kind = MUN_TIMER_NONE;
	rc = units_of(t, &u, e);
	if (!rc)
		rc = remove_from_systemd(&u, &was, e);
	units_clear(&u);
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
