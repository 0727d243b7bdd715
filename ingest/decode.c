/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/decode.c - what a received image file holds, proved from the stage */
#include "ingest/decode.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "fixity/hashpass.h"
#include "image/remote.h"
#include "image/states.h"
#include "medium/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_as(struct mun_source *src, bool served, const char *name,
		   const char *format, struct mun_companions *companions,
		   struct mun_image **out, struct mun_err *e)
{
	const struct mun_remote_request q = {
		.src = src,
		.served = served,
		.file_name = name,
		.format = format,
		.companions = companions,
	};

	return mun_remote_open(&q, out, e);
}

/* Kept as it was received, whatever it is: a batch does not end here. */
static int open_broken(struct mun_received *r, struct mun_source *src,
		       bool served, const char *name, struct mun_err *e)
{
	char text[sizeof(r->broken)];

	(void)snprintf(r->broken, sizeof(r->broken), "%s",
		       mun_err_text(e, text, sizeof(text), 0));
	mun_log(MUN_LOG_WARN, "'%s': %s; kept as it is", name, r->broken);
	mun_err_clear(e);
	return open_as(src, served, name, "raw", NULL, &r->img, e);
}

int mun_received_open(struct mun_device *medium, const char *path,
		      const char *format, struct mun_received *out,
		      struct mun_err *e)
{
	bool served = mun_device_is_served(medium);
	struct mun_source *src = medium->source;
	int rc = 0;

	*out = (struct mun_received){ 0 };
	if (medium->facts.is_device)
		rc = mun_device_view(medium, &out->view, e);
	else
		rc = mun_companions_folder(path, &out->companions, e);
	if (rc)
		return rc;
	if (out->view)
		src = out->view;
	rc = open_as(src, served, mun_path_last(path), format, out->companions,
		     &out->img, e);
	if (!format && (rc == MUN_ECORRUPT || rc == MUN_EUNSUPPORTED))
		rc = open_broken(out, src, served, mun_path_last(path), e);
	if (!rc)
		mun_image_facts_of(out->img, &out->facts);
	return rc;
}

void mun_received_close(struct mun_received *r)
{
	mun_image_free(r->img);
	mun_companions_close(r->companions);
	mun_source_close(r->view);
	mun_source_close(r->copy);
	*r = (struct mun_received){ 0 };
}

static bool has_parts(const struct mun_image *img)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_PART)
			return true;
	return false;
}

bool mun_received_keeps_name(const struct mun_received *r)
{
	return r->broken[0] || r->img->preserved_only[0] ||
	       r->img->format->pread || has_parts(r->img);
}

static int add_range(struct mun_rec_range **list, size_t *n,
		     const struct mun_extent *x, struct mun_err *e)
{
	size_t have = *n;

	if ((have & (have - 1)) == 0) {
		struct mun_rec_range *more =
			realloc(*list, (have ? 2 * have : 1) * sizeof(**list));

		if (!more)
			return mun_fail_nomem(e, "ranges of sectors");
		*list = more;
	}
	(*list)[(*n)++] = (struct mun_rec_range){ x->off, x->bytes };
	return 0;
}

static int take_state(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct mun_decoded *d = ctx;

	if (x->kind == MUN_EXTENT_UNREADABLE)
		return add_range(&d->unreadable, &d->nunreadable, x, e);
	if (x->kind == MUN_EXTENT_DOUBTFUL)
		return add_range(&d->doubtful, &d->ndoubtful, x, e);
	return 0;
}

static int decode(struct mun_image *img, unsigned int algs,
		  const struct mun_progress_to *progress,
		  struct mun_decoded *out, struct mun_err *e)
{
	mun_auto(source) *decoded = NULL;
	int rc = mun_image_source(img, &decoded, e);

	if (!rc)
		rc = mun_hash_source(decoded, algs, &out->digests, &out->tree,
				     "decoding", progress, e);
	if (!rc)
		rc = mun_image_walk(img, MUN_VIEW_CONTENT, NULL, take_state,
				    out, e);
	return rc ? rc : mun_image_verify(img, e);
}

/* The copy, and what lies beside it in the stage: not the source again. */
static int open_copy(struct mun_received *r, const char *path,
		     struct mun_err *e)
{
	const char *format = r->img->format->name;
	struct mun_companions *beside = NULL;
	struct mun_image *img = NULL;
	int rc = mun_source_open_file(path, &r->copy, e);

	if (!rc)
		rc = mun_companions_folder(path, &beside, e);
	if (!rc)
		rc = open_as(r->copy, false, mun_path_last(path), format,
			     beside, &img, e);
	if (rc) {
		mun_companions_close(beside);
		return rc;
	}
	mun_image_free(r->img);
	mun_companions_close(r->companions);
	r->img = img;
	r->companions = beside;
	return 0;
}

/* What the format does not carry to its end is told, not refused. */
static int settle(struct mun_decoded *out, int rc, struct mun_err *e)
{
	char text[sizeof(out->failure)];

	if (rc != MUN_ECORRUPT && rc != MUN_EUNSUPPORTED && rc != MUN_ENOENT)
		return rc;
	(void)snprintf(out->failure, sizeof(out->failure), "%s",
		       mun_err_text(e, text, sizeof(text), 0));
	mun_log(MUN_LOG_WARN, "not decoded: %s", out->failure);
	mun_err_clear(e);
	out->digests = (struct mun_digests){ 0 };
	mun_tree_clear(&out->tree);
	return 0;
}

static bool any_check_failed(const struct mun_image *img)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_CHECK &&
		    img->facts[i].state == MUN_FACT_BAD)
			return true;
	return false;
}

int mun_decode_stage(struct mun_received *r, const char *path,
		     unsigned int algs, const struct mun_progress_to *progress,
		     struct mun_decoded *out, struct mun_err *e)
{
	int rc;

	*out = (struct mun_decoded){ 0 };
	/* A difference without its parent, too, is kept and not decoded. */
	if (r->broken[0] || r->img->preserved_only[0] ||
	    !(r->img->format->pread || has_parts(r->img)))
		return 0;
	out->made = true;
	out->started_ms = mun_now_ms();
	rc = open_copy(r, path, e);
	if (!rc)
		rc = decode(r->img, algs, progress, out, e);
	rc = settle(out, rc, e);
	out->check_failed = any_check_failed(r->img);
	out->ended_ms = mun_now_ms();
	return rc;
}

void mun_decoded_clear(struct mun_decoded *d)
{
	mun_tree_clear(&d->tree);
	free(d->unreadable);
	free(d->doubtful);
	*d = (struct mun_decoded){ 0 };
}
