/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_fsuae.c - prove a start in FS-UAE
 *
 * An Amiga that finds nothing to start shows a picture that stands still, too.
 * So it is started without its media first, and that picture does not count.
 */
#include "emulate-export/prove_int.h"

#include <string.h>

#include "core/clock.h"
#include "core/file.h"

#define LOOK_MS 500
#define STILL_S 10 /* messages of its own stay for some seconds */
#define STILL_PERMILLE 4u
#define BLANK_BYTES (1u << 20)

struct amiga {
	int64_t due_ms; /* of the next look */
	bool control; /* without its media */
	struct mun_shot base; /* the screen of the control ... */
	int64_t since_ms; /* ... still since then */
	int64_t until_ms; /* how long it may take; monotonic */
};

#define WINDOW \
	"--automatic-input-grab=0", "--window-width=720", "--window-height=568"

/* ---- the control ---- */

/* One that never stands still is no measure for anything. */
static int look_at_control(struct mun_prove_run *r, struct amiga *a,
			   int64_t now, struct mun_err *e)
{
	struct mun_shot shot = { 0 };
	int rc = mun_screen_grab(r, &shot, e);
	bool still = mun_shot_differ(&a->base, &shot) <= STILL_PERMILLE;

	if (!rc && !still) {
		rc = mun_shot_copy(&shot, &a->base, e);
		a->since_ms = now;
	}
	if (!rc && still && !mun_shot_blank(&shot) &&
	    now - a->since_ms >= (int64_t)STILL_S * 1000) {
		rc = mun_shot_copy(&shot, &r->watch.idle, e);
		rc = rc ? rc : 1;
	}
	mun_shot_clear(&shot);
	return rc ? rc : now >= a->until_ms;
}

static int tick(struct mun_prove_run *r, struct mun_err *e)
{
	struct amiga *a = r->own;
	int64_t now = mun_clock_monotonic_ms();

	if (now < a->due_ms)
		return 0;
	a->due_ms = now + LOOK_MS;
	return a->control ? look_at_control(r, a, now, e)
			  : mun_screen_look(r, "", e);
}

/* Instead of its disks and discs, which no option takes out: empty ones. */
static int blank_drives(const struct mun_prove_run *r, const char *blank,
			struct mun_str *o, struct mun_err *e)
{
	const struct mun_plan *p = r->q->plan;

	for (size_t i = 0; i < p->n; i++) {
		const char *slot = p->media[i].slot;

		if (!strncmp(slot, "dh", 2))
			mun_str_addf(o, "--hard-drive-%s=%s", slot + 2, blank);
		else if (!strncmp(slot, "cd", 2))
			mun_str_addf(o, "--cdrom-drive-%s=%s", slot + 2, blank);
		else
			continue;
		mun_str_add_bytes(o, "", 1);
	}
	return o->failed ? mun_fail_nomem(e, "arguments") : 0;
}

static int run_control(struct mun_prove_run *r, const char *blank,
		       const char *session, struct mun_err *e)
{
	const char *args[MUN_PROVE_ARGS + 1] = { WINDOW,
						 "--floppy-drive-count=0" };
	const char *env[] = { session, NULL };
	const struct mun_prove_start s = { .args = args,
					   .env = env,
					   .tick = tick };
	struct mun_str drives = { 0 };
	size_t n = 4;
	int rc = blank_drives(r, blank, &drives, e);

	for (size_t at = 0; !rc && at < drives.len && n < MUN_PROVE_ARGS;
	     at += strlen(drives.text + at) + 1)
		args[n++] = drives.text + at;
	if (!rc)
		rc = mun_prove_start(r, &s, e);
	mun_str_free(&drives);
	return rc;
}

/* In a session of its own: what FS-UAE remembers is not for the other. */
static int start_control(struct mun_prove_run *r, struct amiga *a,
			 struct mun_err *e)
{
	static const char zeros[BLANK_BYTES];
	mun_autofree char *blank = NULL;
	mun_autofree char *session = NULL;
	int rc = mun_file_write_new(r->scratch, "blank.hdf", zeros,
				    sizeof(zeros), e);

	if (!rc)
		rc = mun_prove_path(r, "blank.hdf", &blank, e);
	if (!rc)
		rc = mun_fmt(&session, e, "MUNIMENT_SESSION=%s/tmp",
			     r->scratch);
	a->control = true;
	a->since_ms = mun_clock_monotonic_ms();
	a->until_ms = r->until_ms;
	if (!rc)
		rc = run_control(r, blank, session, e);
	a->control = false;
	mun_shot_clear(&a->base);
	return rc;
}

static int start(struct mun_prove_run *r, struct mun_err *e)
{
	static const char *const args[] = { WINDOW, NULL };
	const struct mun_prove_start s = { .args = args, .tick = tick };
	int64_t began = r->watch.begin_ms;
	int rc = 0;

	if (!r->q->expect_picture)
		rc = start_control(r, r->own, e);
	if (rc || r->watch.decided)
		return rc;
	r->watch.begin_ms = r->watch.since_ms = mun_clock_monotonic_ms();
	r->until_ms += r->watch.begin_ms - began;
	return mun_prove_start(r, &s, e);
}

static int run(struct mun_prove_run *r, struct mun_err *e)
{
	struct amiga a = { 0 };
	int rc;

	if (r->q->expect_text) {
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
				 "the screen of FS-UAE cannot be read as text; "
				 "a picture can be compared");
		return 0;
	}
	r->own = &a;
	rc = mun_screen_run(r, start, e);
	r->own = NULL;
	return rc;
}

const struct mun_prover mun_prover_fsuae = {
	.target = "fs-uae",
	.title = "FS-UAE",
	.variable = "FSUAE",
	.programs = "fs-uae",
	.version = "--version",
	.keeps = "KICKSTART KICKSTART_EXT",
	.still_s = STILL_S,
	.run = run,
};
