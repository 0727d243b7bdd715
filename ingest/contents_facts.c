/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/contents_facts.c - what is on the medium (ingest/contents_facts.h) */
#include "ingest/contents_facts.h"

#include "catalog/record_contents.h"
#include "core/check.h"
#include "core/log.h"
#include "image/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LOST "the first sector could not be read"

/* What was found, on the heap: it is large. */
struct found {
	struct mun_contents c;
	struct mun_verdict v;
	bool looked; /* else @c is nothing */
};

/* A parser that gives up is a result: there is less to judge by. */
static int look(struct mun_image *img, struct found *f, struct mun_err *e)
{
	char text[256];
	int rc = mun_contents_of(img, &f->c, e);

	f->looked = !rc;
	if (rc != MUN_ECORRUPT && rc != MUN_EUNSUPPORTED)
		return rc;
	mun_log(MUN_LOG_WARN, "not looked into: %s",
		mun_err_text(e, text, sizeof(text), 0));
	mun_err_clear(e);
	return 0;
}

/* The copy that will be stored; of a container it is open already. */
static int look_at_stage(const struct mun_described *d,
			 const struct mun_decoded *decoded,
			 struct mun_stage *st, struct found *f,
			 struct mun_err *e)
{
	struct mun_remote_request q = { 0 };
	mun_autofree char *path = NULL;
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	int rc;

	if (d->received->img->preserved_only[0] || decoded->failure[0])
		return 0;
	if (decoded->made)
		return look(d->received->img, f, e);
	rc = mun_stage_path(st, d->master, &path, e);
	if (!rc)
		rc = mun_source_open_file(path, &src, e);
	if (rc)
		return rc;
	q.src = src;
	q.file_name = strrchr(d->master, '/') + 1;
	q.format = d->received->img->format->name;
	rc = mun_remote_open(&q, &img, e);
	return rc ? rc : look(img, f, e);
}

static bool first_is_lost(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nunreadable; i++) {
		if (!r->unreadable[i].off)
			return true;
	}
	return false;
}

/* Zeros where the boot sector should be say nothing of the medium. */
static void doubt_first(struct found *f)
{
	struct mun_verdict *v = &f->v;

	if (f->looked && f->c.boots == MUN_BOOTS_NO && !f->c.boot_text[0])
		(void)snprintf(f->c.boot_text, sizeof(f->c.boot_text), "%s",
			       FIRST_LOST);
	if (v->nreasons == MUN_VERDICT_REASONS)
		v->nreasons--;
	(void)snprintf(v->reasons[v->nreasons++], sizeof(v->reasons[0]), "%s",
		       "but: " FIRST_LOST);
	if (!f->c.nvolumes && v->confidence > MUN_CONFIDENCE_LOW)
		v->confidence = MUN_CONFIDENCE_LOW;
}

static int record(struct found *f, const struct mun_image_facts *facts,
		  struct mun_record *r, struct mun_err *e)
{
	int rc = 0;

	mun_platform_judge(facts, f->looked ? &f->c : NULL, &f->v);
	if (first_is_lost(r))
		doubt_first(f);
	if (f->looked)
		rc = mun_record_add_contents(r, &f->c, e);
	return rc ? rc : mun_record_add_verdict(r, &f->v, e);
}

int mun_contents_record(const struct mun_described *d,
			const struct mun_decoded *decoded, struct mun_stage *st,
			struct mun_record *r, struct mun_err *e)
{
	mun_autofree struct found *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return mun_fail_nomem(e, "contents of an image");
	rc = look_at_stage(d, decoded, st, f, e);
	if (!rc)
		rc = record(f, d->image, r, e);
	return rc ? mun_ctx(e, "look into the image") : 0;
}

int mun_contents_again(const char *path, struct mun_record *r,
		       struct mun_err *e)
{
	mun_autofree struct found *f = calloc(1, sizeof(*f));
	mun_auto(image) *img = NULL;
	struct mun_image_facts facts;
	char text[256];
	int rc;

	if (!f)
		return mun_fail_nomem(e, "contents of an image");
	rc = mun_remote_open_path(path, r->format, NULL, &img, e);
	if (rc == MUN_EIO || rc == MUN_ENOMEM)
		return mun_ctx(e, "look into '%s'", path);
	if (rc) {
		mun_log(MUN_LOG_WARN, "not looked into again: %s",
			mun_err_text(e, text, sizeof(text), 0));
		mun_err_clear(e);
		return 0;
	}
	if (img->bytes != r->bytes || img->preserved_only[0])
		return 0;
	mun_image_facts_of(img, &facts);
	rc = look(img, f, e);
	if (rc)
		return mun_ctx(e, "look into '%s'", path);
	mun_record_drop_contents(r);
	return record(f, &facts, r, e);
}

int mun_contents_said(const char *said, struct mun_record *r, struct mun_err *e)
{
	if (!said || !*said)
		return 0;
	return mun_record_set_platform(r, mun_platform_find(said), e);
}
