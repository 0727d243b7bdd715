/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_dosbox.c - prove a start in DOSBox
 *
 * Its own DOS goes on with commands of ours behind those of the package, which
 * write to a folder that is drive Y.  Where a medium is mounted, its directory
 * is listed into a file there.  Where it is booted, they are never reached:
 * if they are, it did not boot.
 */
#include "emulate-export/prove_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/sys.h"

#define FOLDER "seen"
#define SETTLE_MS 1500 /* from the listing to what is on the screen */
#define LOOK_MS 500
#define LISTING_MAX ((size_t)1 << 20)

/* The current folder is that of the session, beside ours. */
static const char mount_ours[] = "mount y ../" FOLDER;

struct dos {
	int64_t due_ms; /* of the next look */
	int64_t done_ms; /* when the listing was there; 0: not yet */
	char *done, *listing; /* files that DOS writes */
};

/* ---- a medium that is mounted ---- */

/* "    5 File(s)           112,371 Bytes." at @p: how many; -1: it is not. */
static long count_at(const char *p, const char *what)
{
	long n = 0;

	p += strspn(p, " ");
	if (!isdigit((unsigned char)*p))
		return -1;
	for (; isdigit((unsigned char)*p) || *p == ','; p++)
		n = *p == ',' || n > 1000000 ? n : n * 10 + (*p - '0');
	return strncmp(p, what, strlen(what)) ? -1 : n;
}

static void count(const char *text, const char *what, long *n)
{
	*n = -1;
	while (*text && *n < 0) {
		*n = count_at(text, what);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static void judge(struct mun_prove_run *r, const char *text)
{
	static const char head[] = "Directory of ";
	const struct mun_proof_request *q = r->q;
	const char *at = strstr(text, head);
	char letter = at ? at[sizeof(head) - 1] : '\0';
	long files;
	long folders;

	count(text, " File(s)", &files);
	count(text, " Dir(s)", &folders);
	mun_text_cut(text, r->out->screen_text, sizeof(r->out->screen_text));
	/* Z is DOSBox itself, where it stays when nothing could be mounted. */
	if (letter < 'A' || letter >= 'Y')
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "DOSBox could not mount the medium");
	else if (files < 0 || (files == 0 && folders <= 0))
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "drive %c was mounted, and nothing is on it",
				 letter);
	else if (q->expect_text && !mun_text_has(text, q->expect_text))
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "\"%.100s\" is not in the directory of "
				 "drive %c",
				 q->expect_text, letter);
	else if (q->expect_picture &&
		 !mun_watch_is_like(&r->watch, &r->watch.shot))
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "the screen was not like the picture");
	else
		mun_watch_decide(&r->watch, MUN_PROOF_PROVED,
				 "the directory of drive %c was listed: %ld "
				 "files, %ld folders",
				 letter, files, folders < 0 ? 0 : folders);
}

/* What DOS has written, once it is done with it. */
static int read_listing(struct mun_prove_run *r, const struct dos *d,
			struct mun_err *e)
{
	mun_autofree char *data = NULL;
	struct mun_str s = { 0 };
	size_t len = 0;
	int rc = mun_file_read(d->listing, LISTING_MAX, &data, &len, e);

	if (rc == MUN_ENOENT || rc == MUN_ECORRUPT) {
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "DOSBox has written no directory");
		return 0;
	}
	if (rc)
		return rc;
	mun_text_dos(data, len, &s);
	if (s.failed)
		rc = mun_fail_nomem(e, "directory");
	else
		judge(r, s.text ? s.text : "");
	mun_str_free(&s);
	return rc;
}

static int tick_mounted(struct mun_prove_run *r, struct mun_err *e)
{
	struct dos *d = r->own;
	int64_t now = mun_clock_monotonic_ms();
	int rc;

	if (!d->done_ms && !access(d->done, F_OK))
		d->done_ms = now;
	if (!d->done_ms || !*r->display || now < d->done_ms + SETTLE_MS)
		return 0;
	rc = mun_screen_grab(r, &r->watch.shot, e);
	return rc ? rc : read_listing(r, d, e);
}

static int start_mounted(struct mun_prove_run *r, struct mun_err *e)
{
	/* Without a screen there is nothing to wait for. */
	const char *args[] = { "-c", mount_ours,
			       "-c", "dir",
			       "-c", "dir > y:\\DIR.TXT",
			       "-c", "echo done > y:\\DONE.TXT",
			       "-c", "exit",
			       NULL };
	const struct mun_prove_start s = { .args = args,
					   .tick = tick_mounted,
					   .ends = !*r->display };
	int rc;

	if (*r->display)
		args[8] = NULL;
	rc = mun_prove_start(r, &s, e);
	return rc || r->watch.decided ? rc : read_listing(r, r->own, e);
}

static int run_mounted(struct mun_prove_run *r, struct mun_err *e)
{
	(void)snprintf(r->out->criterion, sizeof(r->out->criterion),
		       "directory listed%s%s",
		       r->q->expect_text ? ", with the given text in it" : "",
		       r->q->expect_picture ? ", like the given picture" : "");
	if (mun_screen_is_there())
		return mun_screen_run(r, start_mounted, e);
	if (r->q->expect_picture) {
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
				 "without Xvfb (Debian: xvfb) there is no "
				 "screen that could be like the picture");
		return 0;
	}
	return start_mounted(r, e);
}

/* ---- a medium that is booted ---- */

static int tick_booted(struct mun_prove_run *r, struct mun_err *e)
{
	struct dos *d = r->own;
	int64_t now = mun_clock_monotonic_ms();

	if (!access(d->done, F_OK)) {
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "DOSBox did not boot from the medium");
		return 0;
	}
	if (now < d->due_ms)
		return 0;
	d->due_ms = now + LOOK_MS;
	return mun_screen_look(r, "", e);
}

static int start_booted(struct mun_prove_run *r, struct mun_err *e)
{
	static const char *const args[] = { "-c", mount_ours, "-c",
					    "echo no > y:\\DONE.TXT", NULL };
	const struct mun_prove_start s = { .args = args, .tick = tick_booted };

	return mun_prove_start(r, &s, e);
}

static int run_booted(struct mun_prove_run *r, struct mun_err *e)
{
	if (r->q->expect_text) {
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
				 "what a system that DOSBox boots says cannot "
				 "be read as text; a picture can be compared");
		return 0;
	}
	return mun_screen_run(r, start_booted, e);
}

static int run(struct mun_prove_run *r, struct mun_err *e)
{
	mun_autofree char *folder = NULL;
	struct dos d = { 0 };
	int rc = mun_prove_path(r, FOLDER, &folder, e);

	if (!rc && mun_sys.mkdir(folder, 0700))
		rc = mun_fail_sys(e, errno, "make '%s'", folder);
	if (!rc)
		rc = mun_path_join(folder, "DONE.TXT", &d.done, e);
	if (!rc)
		rc = mun_path_join(folder, "DIR.TXT", &d.listing, e);
	r->own = &d;
	if (!rc)
		rc = r->q->plan->boots ? run_booted(r, e) : run_mounted(r, e);
	r->own = NULL;
	free(d.done);
	free(d.listing);
	return rc;
}

const struct mun_prover mun_prover_dosbox = {
	.target = "dosbox",
	.title = "DOSBox",
	.variable = "DOSBOX",
	.programs = "dosbox",
	.version = "-version",
	.run = run,
};
