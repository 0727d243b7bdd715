/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove.c - start a package headless and see whether it runs */
#include "emulate-export/prove_int.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/sys.h"

static const struct mun_prover *const provers[] = {
	&mun_prover_qemu,
	&mun_prover_dosbox,
	&mun_prover_hatari,
	&mun_prover_fsuae,
};

const char *mun_proof_name(enum mun_proof_result r)
{
	static const char *const names[] = {
		[MUN_PROOF_NOT_ASKED] = "not asked",
		[MUN_PROOF_NOT_PROVED] = "not proved",
		[MUN_PROOF_FAILED] = "failed",
		[MUN_PROOF_PROVED] = "proved",
	};

	return names[r];
}

static const struct mun_prover *prover_of(const struct mun_target *t)
{
	for (size_t i = 0; i < MUN_COUNT(provers); i++) {
		if (!strcmp(provers[i]->target, t->name))
			return provers[i];
	}
	return NULL;
}

/* Folders of the session, of which nothing stays. */
static const char *const folders[] = { "home", "tmp", "session" };

static int make_folders(const struct mun_prove_run *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(folders) && !rc; i++) {
		mun_autofree char *path = NULL;

		rc = mun_prove_path(r, folders[i], &path, e);
		if (!rc && mun_sys.mkdir(path, 0700))
			rc = mun_fail_sys(e, errno, "make '%s'", path);
	}
	return rc;
}

/* They may hold copies of large media. */
static int remove_folders(const struct mun_prove_run *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(folders) && !rc; i++) {
		mun_autofree char *path = NULL;

		rc = mun_prove_path(r, folders[i], &path, e);
		if (!rc)
			rc = mun_tree_remove(path, e);
	}
	return rc;
}

/* An emulator may change to another folder, and we give it names of ours. */
static int real(const char *path, char **out, struct mun_err *e)
{
	*out = realpath(path, NULL);
	return *out ? 0 : mun_fail_sys(e, errno, "find '%s'", path);
}

/* Between two looks at the package. */
static int try_it(struct mun_prove_run *r, struct mun_err *e)
{
	mun_autofree char *before = NULL;
	mun_autofree char *after = NULL;
	int rc = mun_guard_list(r->data, &before, e);

	if (!rc)
		rc = r->prover->run(r, e);
	if (!rc)
		rc = mun_guard_list(r->data, &after, e);
	if (!rc && strcmp(before, after) != 0)
		rc = mun_fail(e, MUN_EIO,
			      "%s has written to the package: it is not what "
			      "it was",
			      r->prover->title);
	return rc;
}

static int keep_screen(const struct mun_prove_run *r, struct mun_err *e)
{
	static const char name[] = "screen.png";
	struct mun_str s = { 0 };
	int rc = 0;

	if (!r->watch.shot.rgb)
		return 0;
	rc = mun_shot_write(&r->watch.shot, &s, e);
	if (!rc)
		rc = mun_file_write_new(r->scratch, name, s.text, s.len, e);
	if (!rc)
		(void)snprintf(r->out->screenshot, sizeof(r->out->screenshot),
			       "%s", name);
	mun_str_free(&s);
	return rc;
}

static int prove(struct mun_prove_run *r, struct mun_err *e)
{
	unsigned int seconds =
		r->q->seconds ? r->q->seconds : MUN_PROVE_SECONDS;
	int rc = real(r->q->data, &r->data, e);

	if (!rc)
		rc = real(r->q->scratch, &r->scratch, e);
	if (!rc)
		rc = mun_watch_begin(&r->watch, r->q, r->prover->still_s,
				     r->out, e);
	if (!rc)
		rc = make_folders(r, e);
	if (!rc)
		rc = mun_prove_version(r, e);
	r->watch.begin_ms = mun_clock_monotonic_ms();
	r->until_ms = r->watch.begin_ms + (int64_t)seconds * 1000;
	if (!rc)
		rc = try_it(r, e);
	if (!rc && !r->watch.decided)
		mun_watch_over(&r->watch);
	if (!rc)
		rc = keep_screen(r, e);
	return rc ? rc : remove_folders(r, e);
}

int mun_prove(const struct mun_proof_request *q, struct mun_proof *out,
	      struct mun_err *e)
{
	mun_autofree struct mun_prove_run *r = calloc(1, sizeof(*r));
	int rc;

	memset(out, 0, sizeof(*out));
	if (!r)
		return mun_fail_nomem(e, "proof");
	out->started_ms = out->ended_ms = mun_now_ms();
	out->result = MUN_PROOF_NOT_PROVED;
	*r = (struct mun_prove_run){ .q = q,
				     .out = out,
				     .prover = prover_of(q->target) };
	if (!r->prover) {
		(void)snprintf(out->text, sizeof(out->text),
			       "%s cannot be started here without a person",
			       q->target->title);
		return 0;
	}
	(void)snprintf(out->program, sizeof(out->program), "%s",
		       r->prover->title);
	rc = prove(r, e);
	out->ended_ms = mun_now_ms();
	mun_watch_clear(&r->watch);
	mun_str_free(&r->console);
	free(r->frame);
	free(r->scratch);
	free(r->data);
	return rc;
}
