/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_screen.c - an X server that nobody sees (Xvfb) */
#include "emulate-export/prove_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/clock.h"
#include "core/file.h"

#define SIZE "800x600x24"
#define START_MS 30000 /* until it has told its number */
#define CONSOLE 65536u /* bytes that are looked at of what it said last */
#define COOKIE 16u /* bytes, by the X security extension's own rule */

struct server {
	struct mun_prove_run *r;
	int (*run)(struct mun_prove_run *r, struct mun_err *e);
	char number[16]; /* as it says it: "99\n" */
	size_t len;
	int64_t until_ms;
	bool ran;
};

/*
 * A file of the kind that Xauthority(7) describes: family "any", no address,
 * no number, so that it is right for whatever number the server will have.
 */
static int make_cookie(const struct mun_prove_run *r, struct mun_err *e)
{
	static const char name[] = "MIT-MAGIC-COOKIE-1";
	uint8_t file[8 + sizeof(name) - 1 + 2 + COOKIE] = { 0xff, 0xff };
	uint8_t *p = file + 7;

	*p++ = sizeof(name) - 1;
	memcpy(p, name, sizeof(name) - 1);
	p += sizeof(name);
	*p++ = COOKIE;
	if (getrandom(p, COOKIE, 0) != COOKIE)
		return mun_fail_sys(e, errno, "make a key for the screen");
	return mun_file_write_new(r->scratch, "cookie", file, sizeof(file), e);
}

static int heard(void *ctx, int from, const char *data, size_t len,
		 struct mun_err *e)
{
	struct server *s = ctx;

	(void)e;
	for (size_t i = 0; from == 1 && i < len; i++) {
		if (s->len < sizeof(s->number) - 1)
			s->number[s->len++] = data[i];
	}
	return 0;
}

static int tick(void *ctx, struct mun_err *e)
{
	struct server *s = ctx;
	size_t digits = strspn(s->number, "0123456789");
	int rc;

	if (!digits || s->number[digits] != '\n')
		return mun_clock_monotonic_ms() >= s->until_ms;
	(void)snprintf(s->r->display, sizeof(s->r->display), ":%.*s",
		       (int)digits, s->number);
	s->ran = true;
	rc = s->run(s->r, e);
	return rc ? rc : 1;
}

static void tell_missing(struct mun_prove_run *r, const struct mun_spawned *got)
{
	char why[120];

	mun_text_first(got->errors, why, sizeof(why));
	mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
			 "Xvfb, the screen that nobody sees, does not start%s"
			 "%s",
			 *why ? ": " : "", why);
}

static int serve(struct mun_prove_run *r, struct server *s,
		 const char *const *argv, struct mun_err *e)
{
	const struct mun_spawn q = { .argv = argv,
				     .max_output = 4096,
				     .heard = heard,
				     .tick = tick,
				     .ctx = s,
				     .whole_group = true };
	struct mun_spawned got;
	int rc = mun_spawn_run(&q, &got, e);

	if (!rc && !s->ran)
		tell_missing(r, &got);
	mun_spawned_clear(&got);
	return rc;
}

int mun_screen_run(struct mun_prove_run *r,
		   int (*run)(struct mun_prove_run *r, struct mun_err *e),
		   struct mun_err *e)
{
	struct server s = { .r = r,
			    .run = run,
			    .until_ms = mun_clock_monotonic_ms() + START_MS };
	mun_autofree char *cookie = NULL;
	/* A server that starts anew when its last client goes would lose the
	 * one that only came to look, and comes again at once. */
	static const char mortal[] = MUN_PROVE_MORTAL;
	const char *argv[] = { "/bin/sh", "-c",         mortal,     "sh",
			       "Xvfb",    "-displayfd", "1",        "-screen",
			       "0",       SIZE,         "-noreset", "-nolisten",
			       "tcp",     "-fbdir",     r->scratch, "-auth",
			       NULL,      NULL };
	int rc;

	if (!mun_screen_is_there()) {
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
				 "Xvfb, the screen that nobody sees, is not "
				 "installed (Debian: xvfb)");
		return 0;
	}
	rc = make_cookie(r, e);
	if (!rc)
		rc = mun_prove_path(r, "cookie", &cookie, e);
	if (!rc)
		rc = mun_prove_path(r, "Xvfb_screen0", &r->frame, e);
	argv[16] = cookie;
	if (!rc)
		rc = serve(r, &s, argv, e);
	*r->display = '\0';
	return rc;
}

bool mun_screen_is_there(void)
{
	return mun_prove_find("Xvfb");
}

int mun_screen_grab(const struct mun_prove_run *r, struct mun_shot *out,
		    struct mun_err *e)
{
	mun_autofree char *data = NULL;
	struct mun_err local;
	size_t len = 0;
	int rc;

	mun_shot_clear(out);
	/* There is none yet, or it is being made. */
	if (mun_file_read(r->frame, MUN_SHOT_FILE_MAX, &data, &len, &local))
		return 0;
	rc = mun_shot_xwd(data, len, out, &local);
	return rc == MUN_ENOMEM ? mun_fail_nomem(e, "picture") : 0;
}

int mun_screen_look(struct mun_prove_run *r, const char *said,
		    struct mun_err *e)
{
	mun_autofree char *console = malloc(CONSOLE);
	struct mun_shot shot = { 0 };
	struct mun_look look = { .shot = &shot };
	int rc;

	if (!console)
		return mun_fail_nomem(e, "console");
	rc = mun_screen_grab(r, &shot, e);
	look.console = said ? said : mun_prove_console(r, console, CONSOLE);
	if (!rc && shot.rgb)
		rc = mun_watch_look(&r->watch, &look, e);
	mun_shot_clear(&shot);
	return rc;
}
