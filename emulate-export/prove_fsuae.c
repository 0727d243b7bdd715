/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_fsuae.c - prove a start in FS-UAE
 *
 * An Amiga that finds nothing to start shows a picture that stands still, too.
 * So it is started without its media first, and that picture does not count.
 */
#include "emulate-export/prove_int.h"

#include <stdio.h>

#include "core/clock.h"

#define LOOK_MS 500
#define STILL_S 10 /* messages of its own stay for some seconds */
#define STILL_PERMILLE 4u

struct amiga {
	int64_t due_ms; /* of the next look */
	bool control; /* without its media */
	struct mun_shot base; /* the screen of the control ... */
	int64_t since_ms; /* ... still since then */
	int64_t until_ms; /* how long it may take; monotonic */
};

static const char *const plain[] = { "--automatic-input-grab=0",
				     "--window-width=720",
				     "--window-height=568", NULL };

static const char *const empty[] = { "--automatic-input-grab=0",
				     "--window-width=720",
				     "--window-height=568",
				     "--floppy-drive-0=",
				     "--floppy-drive-1=",
				     "--hard-drive-0=",
				     "--hard-drive-1=",
				     "--hard-drive-2=",
				     "--hard-drive-3=",
				     "--cdrom-drive-0=",
				     NULL };

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
	    now - a->since_ms >= STILL_S * 1000) {
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

static int start_control(struct mun_prove_run *r, struct amiga *a,
			 struct mun_err *e)
{
	const struct mun_prove_start s = { .args = empty, .tick = tick };
	int rc;

	a->control = true;
	a->since_ms = mun_clock_monotonic_ms();
	a->until_ms = a->since_ms + (r->until_ms - a->since_ms) / 2;
	rc = mun_prove_start(r, &s, e);
	a->control = false;
	mun_shot_clear(&a->base);
	return rc;
}

static int start(struct mun_prove_run *r, struct mun_err *e)
{
	const struct mun_prove_start s = { .args = plain, .tick = tick };
	int rc = 0;

	if (!r->q->expect_picture)
		rc = start_control(r, r->own, e);
	if (rc || r->watch.decided)
		return rc;
	r->watch.begin_ms = r->watch.since_ms = mun_clock_monotonic_ms();
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
