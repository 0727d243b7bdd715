/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer_look.c - what is installed, and what systemd knows of its runs */
#include "audit/timer.h"

#include <string.h>
#include <sys/stat.h>

#include "audit/timer_int.h"
#include "core/parse.h"
#include "core/spawn.h"

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
static int ask_systemd(const struct mun_timer_units *u,
		       struct mun_timer_status *out, struct mun_err *e)
{
	static const char wanted[] = "--property=ActiveState,LastTriggerUSec,"
				     "NextElapseUSecRealtime";
	const char *timer[] = { "show", "--timestamp=unix", wanted, u->timer,
				NULL };
	const char *service[] = { "show", "--property=Result", u->service,
				  NULL };
	struct mun_err ignored;
	struct mun_spawned r;
	const char *value;
	int len;
	int rc = 0;

	if (!mun_timer_systemctl(u->t, timer, &r, &ignored)) {
		value = property(r.output, "ActiveState", &len);
		out->enabled = len == 6 && !strncmp(value, "active", 6);
		out->last = time_property(r.output, "LastTriggerUSec");
		out->next = time_property(r.output, "NextElapseUSecRealtime");
	}
	mun_spawned_clear(&r);
	if (out->last && !mun_timer_systemctl(u->t, service, &r, &ignored)) {
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
			mun_timer_root(t), name) &&
	       !lstat(path, &st);
}

static int look_at_units(const struct mun_timer_units *u,
			 struct mun_timer_status *out, struct mun_err *e)
{
	mun_autofree char *service = NULL;
	mun_autofree char *timer = NULL;
	mun_autofree char *want_service = NULL;
	mun_autofree char *want_timer = NULL;
	int rc;

	rc = mun_timer_read_unit(u, u->service, &service, e);
	if (!rc)
		rc = mun_timer_read_unit(u, u->timer, &timer, e);
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
	struct mun_timer_units u;
	bool there;
	int rc;

	rc = mun_timer_units_of(t, &u, e);
	if (!rc)
		rc = look_at_units(&u, out, e);
	mun_timer_units_clear(&u);
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
