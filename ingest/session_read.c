/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_read.c - the source is read, recognised and described */
#include "ingest/session_read.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/sys.h"
#include "ingest/acquire.h"
#include "ingest/attempts.h"
#include "ingest/decode.h"
#include "ingest/describe.h"
#include "ingest/disc_master.h"
#include "ingest/expect.h"
#include "ingest/flux_source.h"
#include "ingest/medium_facts.h"
#include "ingest/reading.h"
#include "ingest/received_map.h"
#include "ingest/same_medium.h"
#include "medium/identity.h"
#include "store/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
	struct mun_session_read *t;
	struct mun_stage *st;
	struct mun_device *medium;
	struct mun_acquire a;
	struct mun_received_map given; /* --map */
	struct mun_flux_facts flux; /* image: NULL, or where gw put it */
	int64_t started_ms;
	int64_t ended_ms;
};

/* ---- the medium, wherever it is now ---- */

static const char *source_of(const struct mun_session_read *t)
{
	return t->source ? t->source : t->s->req.source;
}

/* The file that is received: of a floppy read as flux what gw made. */
static const char *file_of(const struct reading *r)
{
	return r->flux.image ? r->flux.image : source_of(r->t);
}

static int stage_path(const struct reading *r, const char *name, char **out,
		      struct mun_err *e)
{
	return mun_stage_path(r->st, name, out, e);
}

/* What a device's image is called until it is known what is on it. */
static const char *name_of(const struct mun_device *m)
{
	if (m->facts.kind != MUN_DEVICE_OPTICAL)
		return "image/disk.img";
	return mun_disc_has_sheet(m->optical) ? MUN_PATH_DISC_BIN
					      : MUN_PATH_DISC_ISO;
}

/* An earlier run may have given it its last name already. */
static int undo_name(const struct reading *r, const char *name,
		     struct mun_err *e)
{
	struct mun_reading done = { 0 };
	mun_autofree char *path = NULL;
	int rc = stage_path(r, name, &path, e);

	if (rc || !access(path, F_OK))
		return rc;
	if (!mun_reading_load(r->t->s->dir, &done, e) &&
	    !access(done.image, F_OK) && mun_sys.rename(done.image, path))
		rc = mun_fail_sys(e, errno, "rename '%s'", done.image);
	mun_reading_clear(&done);
	return rc;
}

static int reopen_medium(struct reading *r, struct mun_device *again,
			 struct mun_err *e)
{
	const char *source = source_of(r->t);
	mun_autofree char *image = NULL;
	int rc = mun_device_open(source, again, e);

	if (rc)
		return rc;
	if (again->facts.is_device)
		rc = undo_name(r, name_of(again), e);
	if (!rc)
		rc = stage_path(r, name_of(again), &image, e);
	if (!rc)
		rc = mun_same_medium(r->t->s, image, again, e);
	if (rc) {
		mun_device_close(again);
		return mun_ctx(e, "'%s'", source);
	}
	r->medium = again;
	return 0;
}

/*
 * Where an earlier run has read all that it will read, the device is not needed
 * any more: its facts are those of that run.
 */
static int do_without(struct reading *r, struct mun_device *m, bool *yes,
		      struct mun_err *e)
{
	struct mun_attempts all = { 0 };
	struct mun_reading done = { 0 };
	struct mun_err why;
	int rc = 0;

	*yes = r->t->s->medium.is_device &&
	       !mun_reading_load(r->t->s->dir, &done, &why) && done.is_device;
	if (*yes)
		rc = mun_attempts_load(r->t->s->dir, &all, e);
	/* A disc's table of contents is still in the drive only. */
	if (rc || !all.n || all.of[all.n - 1].drive.kind == MUN_DEVICE_OPTICAL)
		*yes = false;
	if (*yes) {
		m->facts = all.of[all.n - 1].drive;
		m->facts.bytes = done.bytes;
		r->medium = m;
		rc = undo_name(r, name_of(m), e);
	}
	mun_reading_clear(&done);
	mun_attempts_clear(&all);
	return rc;
}

/* ---- reading it ---- */

static int acquire(struct reading *r, const char *name, struct mun_err *e)
{
	struct mun_session_read *t = r->t;
	mun_autofree char *image = NULL;
	int rc = stage_path(r, name, &image, e);

	if (rc)
		return rc;
	r->a.medium = r->medium;
	r->a.image_path = image;
	r->a.session_dir = t->s->dir;
	r->a.algs = t->s->algs;
	r->a.progress = t->env->progress;
	r->a.policy = t->s->req.rescue;
	r->started_ms = mun_now_ms();
	rc = mun_acquire_run(&r->a, e);
	r->ended_ms = mun_now_ms();
	r->a.image_path = NULL;
	return rc ? mun_ctx(e, "acquire '%s'", source_of(t)) : 0;
}

/* The source is not needed any more. */
static int note_complete(struct reading *r, const char *name, struct mun_err *e)
{
	struct mun_reading done = {
		.is_device = r->medium->facts.is_device,
		.bytes = r->a.tree.bytes,
		.sector_bytes = r->medium->reader
					? r->medium->reader->sector_bytes
					: r->medium->facts.sector_bytes,
		.digests = r->a.digests,
	};
	int rc = mun_strdup(name, &done.name, e);

	memcpy(done.root, r->a.tree.root, sizeof(done.root));
	if (!rc)
		rc = mun_readmap_copy(&r->a.map, &done.map, e);
	if (!rc)
		rc = mun_medium_list_runout(r->medium->optical, &done.map,
					    &done.runout, e);
	if (!rc)
		rc = mun_reading_save(r->t->s->dir, &done, e);
	mun_reading_clear(&done);
	return rc;
}

/* ---- what it is ---- */

/* Before anything else is made of it. */
static int keep_promise(struct mun_session_read *t, struct mun_described *d,
			struct mun_err *e)
{
	const struct mun_expectation *x = t->s->req.expect;
	char text[1200];
	int rc;

	if (!x)
		return 0;
	rc = mun_expectation_check(x, d->medium->bytes, &d->read->digests, e);
	d->promise_met = !rc;
	if (rc != MUN_EFIXITY)
		return rc;
	if (!x->accept_mismatch) {
		t->refused = t->mismatch = true;
		return mun_ctx(e, "'%s'", t->s->req.source);
	}
	mun_log(MUN_LOG_WARN, "'%s': %s; taken in all the same",
		t->s->req.source, mun_err_text(e, text, sizeof(text), 0));
	mun_err_clear(e);
	return 0;
}

/* The marks of what was read; a damaged head is none. */
static int take_identity(struct reading *r, const struct mun_received *received,
			 const char *master, struct mun_identity *out,
			 struct mun_err *e)
{
	size_t len =
		(size_t)MUN_MIN((uint64_t)MUN_IDENTITY_HEAD, r->a.tree.bytes);
	const struct mun_read_run *bad = mun_readmap_next_bad(&r->a.map, 0);
	mun_autofree uint8_t *head = malloc(MUN_IDENTITY_HEAD);
	mun_auto(source) *src = NULL;
	mun_autofree char *path = NULL;
	int rc = stage_path(r, master, &path, e);

	*out = r->t->s->identity;
	(void)snprintf(out->volume, sizeof(out->volume), "%s",
		       received->facts.volume_label);
	if (rc || (bad && bad->off < len))
		return rc;
	if (!head)
		return mun_fail_nomem(e, "head of a medium");
	rc = mun_source_open_file(path, &src, e);
	if (!rc)
		rc = mun_source_pread(src, head, len, 0, e);
	return rc ? rc
		  : mun_identity_of_head(head, len, r->a.tree.bytes, out, e);
}

/* @name: of what was read; @master: what stands for it, a disc's sheet. */
static int describe(struct reading *r, struct mun_received *received,
		    const char *name, const char *master, struct mun_err *e)
{
	struct mun_session_read *t = r->t;
	struct mun_device_facts facts = r->medium->facts;
	struct mun_identity identity;
	struct mun_described d = {
		.session = t->s,
		.medium = &facts,
		.optical = r->medium->optical,
		.read = &r->a,
		.image = &received->facts,
		.received = received,
		.program_version = t->env->program_version,
		.master = master,
		.read_started_ms = r->started_ms,
		.read_ended_ms = r->ended_ms,
		.progress = t->env->progress,
		.given = r->given.text ? &r->given : NULL,
		.flux = r->flux.image ? &r->flux : NULL,
	};
	int rc;

	facts.bytes = r->a.tree.bytes;
	rc = keep_promise(t, &d, e);
	/* A container is not the medium. */
	if (!rc && (facts.is_device || !mun_received_keeps_name(received))) {
		rc = take_identity(r, received, name, &identity, e);
		d.identity = &identity;
	}
	return rc ? rc : mun_describe(&d, r->st, &t->record, e);
}

/* The image gets the name that what is on it asks for. */
static int rename_master(struct reading *r, const struct mun_received *received,
			 const char *from, char **out, struct mun_err *e)
{
	mun_autofree char *old = NULL;
	mun_autofree char *new = NULL;
	int rc;

	if (r->medium->facts.kind == MUN_DEVICE_OPTICAL)
		return mun_strdup(from, out, e);
	rc = mun_master_path(received, r->t->s->req.source, out, e);
	if (rc || !strcmp(*out, from))
		return rc;
	rc = stage_path(r, from, &old, e);
	if (!rc)
		rc = stage_path(r, *out, &new, e);
	/* First told, then done: undo_name() finds it under either. */
	if (!rc)
		rc = note_complete(r, *out, e);
	if (!rc && mun_sys.rename(old, new))
		rc = mun_fail_sys(e, errno, "rename '%s'", old);
	return rc;
}

/* ---- devices: read, then looked at ---- */

static int recognise_device(struct reading *r, const char *name,
			    struct mun_err *e)
{
	struct mun_device spooled = { .facts = r->medium->facts, .fd = -1 };
	const struct mun_ingest_request *q = &r->t->s->req;
	struct mun_received received = { 0 };
	mun_autofree char *master = NULL;
	mun_autofree char *image = NULL;
	int rc = stage_path(r, name, &image, e);

	if (!rc)
		rc = mun_source_open_file(image, &spooled.source, e);
	if (rc)
		return rc;
	spooled.facts.bytes = r->a.tree.bytes;
	rc = mun_received_open(&spooled, q->source, q->format, &received, e);
	if (rc)
		rc = mun_ctx(e, "identify '%s'", q->source);
	if (!rc)
		rc = rename_master(r, &received, name, &master, e);
	if (!rc)
		rc = describe(r, &received, master, master, e);
	mun_received_close(&received);
	mun_device_close(&spooled);
	return rc;
}

/* A disc of several tracks: its sheet is what is opened, beside the sectors. */
static int recognise_disc(struct reading *r, const char *name,
			  struct mun_err *e)
{
	struct mun_device sheet = { .fd = -1 };
	struct mun_received received = { 0 };
	mun_autofree char *path = NULL;
	int rc = mun_disc_sheet_lay(r->medium->optical, r->st, &path, e);

	if (!rc)
		rc = mun_source_open_file(path, &sheet.source, e);
	if (rc)
		return rc;
	sheet.facts.bytes = sheet.source->size;
	rc = mun_received_open(&sheet, path, "cue", &received, e);
	if (rc)
		rc = mun_ctx(e, "open the sheet of '%s'", r->t->s->req.source);
	else
		rc = describe(r, &received, name, MUN_PATH_DISC_CUE, e);
	mun_received_close(&received);
	mun_device_close(&sheet);
	return rc;
}

static int read_device(struct reading *r, struct mun_err *e)
{
	const char *name = name_of(r->medium);
	int rc = acquire(r, name, e);

	if (!rc)
		rc = note_complete(r, name, e);
	if (rc || r->t->s->req.merge)
		return rc;
	return mun_disc_has_sheet(r->medium->optical)
		       ? recognise_disc(r, name, e)
		       : recognise_device(r, name, e);
}

/* ---- files: looked at, then read ---- */

/* The map that another program made says what is missing in the image. */
static int use_map(struct reading *r, const struct mun_received *received,
		   struct mun_err *e)
{
	struct mun_session_read *t = r->t;
	mun_autofree char *path = NULL;
	int rc;

	if (!t->s->req.map)
		return 0;
	if (mun_received_keeps_name(received)) {
		t->refused = true;
		return mun_fail(e, MUN_EINVAL,
				"'%s' is not plain sectors (%s): a map cannot "
				"speak of it",
				t->s->req.source, received->facts.title);
	}
	rc = mun_session_map_path(t->s, &path, e);
	if (!rc)
		rc = mun_received_map_load(path, r->medium->facts.bytes,
					   &r->given, e);
	return rc;
}

static int read_recognised(struct reading *r, struct mun_received *received,
			   struct mun_err *e)
{
	mun_autofree char *master = NULL;
	int rc = use_map(r, received, e);

	if (!rc && r->flux.image)
		rc = mun_strdup(MUN_PATH_FLUX, &master, e);
	else if (!rc)
		rc = mun_master_path(received, r->t->s->req.source, &master, e);
	if (!rc)
		rc = acquire(r, master, e);
	if (!rc && r->given.text)
		rc = mun_received_map_apply(&r->given, &r->a.map, e);
	if (rc)
		return rc;
	if (r->t->s->req.merge)
		return note_complete(r, master, e);
	return describe(r, received, master, master, e);
}

static int read_file(struct reading *r, struct mun_err *e)
{
	const struct mun_ingest_request *q = &r->t->s->req;
	struct mun_received received = { 0 };
	int rc;

	/* It is the same bytes that are then kept. */
	rc = mun_received_open(r->medium, file_of(r), q->format, &received, e);
	if (rc)
		rc = mun_ctx(e, "identify '%s'", q->source);
	else
		rc = read_recognised(r, &received, e);
	mun_received_close(&received);
	return rc;
}

static int open_flux(struct reading *r, struct mun_device *m, struct mun_err *e)
{
	const char *drive;
	int rc;

	if (!mun_flux_is_source(r->t->s->req.source, &drive))
		return 0;
	r->medium = NULL;
	rc = mun_flux_fetch(r->t->s, r->t->env->progress, &r->flux, e);
	/* What is stopped goes on; of what fails there is nothing to keep. */
	r->t->refused = rc && rc != MUN_ECANCELLED;
	if (!rc)
		rc = mun_device_open(r->flux.image, m, e);
	if (!rc)
		r->medium = m;
	return rc;
}

int mun_session_read(struct mun_session_read *t, struct mun_err *e)
{
	struct reading r = { .t = t, .medium = t->medium };
	struct mun_device again = { .fd = -1 };
	mun_auto(stage) *st = NULL;
	bool without = false;
	int rc = mun_stage_open(t->s->stage, t->urn, &st, e);

	r.st = st;
	if (!rc)
		rc = open_flux(&r, &again, e);
	if (!rc && !r.medium)
		rc = do_without(&r, &again, &without, e);
	if (!rc && !r.medium)
		rc = reopen_medium(&r, &again, e);
	if (!rc)
		rc = r.medium->facts.is_device ? read_device(&r, e)
					       : read_file(&r, e);
	t->master = r.a.proof;
	mun_acquire_clear(&r.a);
	mun_received_map_clear(&r.given);
	mun_flux_facts_clear(&r.flux);
	if (r.medium == &again)
		mun_device_close(&again);
	return rc;
}
