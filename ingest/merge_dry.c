/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_dry.c - what a merge would come to, and nothing stored */
#include "ingest/merge.h"

#include "core/str.h"
#include "ingest/decode.h"
#include "ingest/describe.h"
#include "ingest/flux_source.h"
#include "ingest/merge_pass.h"
#include "ingest/received_map.h"
#include "medium/device.h"

#include <stdlib.h>
#include <string.h>

struct dry {
	const struct mun_ingest_env *env;
	const struct mun_ingest_request *req;
	struct mun_device medium;
	struct mun_record *r;
	struct mun_merge_old old;
	struct mun_readmap map; /* of the image file */
};

static int check_kind(struct dry *d, struct mun_err *e)
{
	const struct mun_ingest_request *q = d->req;
	struct mun_received received = { 0 };
	mun_autofree char *name = NULL;
	int rc = mun_received_open(&d->medium, q->source, q->format, &received,
				   e);

	if (!rc)
		rc = mun_master_path(&received, q->source, &name, e);
	if (!rc)
		rc = mun_merge_is_sectors(name, q->source, e);
	mun_received_close(&received);
	return rc;
}

/* All of a file was read well, but for what its map says. */
static int make_map(struct dry *d, struct mun_err *e)
{
	const uint64_t bytes = d->medium.facts.bytes;
	struct mun_received_map given = { 0 };
	int rc = mun_readmap_init(&d->map, bytes, e);

	if (!rc)
		rc = mun_readmap_mark(&d->map, 0, bytes, MUN_READ_GOOD, e);
	if (!rc && d->req->map)
		rc = mun_received_map_load(d->req->map, bytes, &given, e);
	if (!rc && d->req->map)
		rc = mun_received_map_apply(&given, &d->map, e);
	mun_received_map_clear(&given);
	return rc;
}

static int vote(struct dry *d, mun_disagreement_fn *seen, void *ctx,
		struct mun_merge_summary *out, struct mun_err *e)
{
	const struct mun_range_list none = { 0 };
	const char *slash = strrchr(d->req->source, '/');
	struct mun_str name = { 0 };
	struct mun_merge_pass p = {
		.old = &d->old,
		.fresh = { d->medium.source, &d->map },
		.fresh_runout = &none,
		.fresh_mended = &none,
		.sector_bytes = mun_merge_sector(d->r->sector_bytes,
						 d->medium.facts.sector_bytes),
		.prefer = d->req->prefer,
		.seen = seen,
		.ctx = ctx,
		.progress = d->env->progress,
	};
	int rc;

	slash = slash && slash[1] ? slash + 1 : d->req->source;
	mun_escape(&name, slash, strlen(slash));
	p.fresh_name = name.text ? name.text : "";
	rc = mun_merge_pass(&p, e);
	*out = p.sum;
	out->versioned = p.news;
	out->version = d->r->version + p.news;
	mun_merge_pass_clear(&p);
	mun_str_free(&name);
	return rc;
}

static int open_old(struct dry *d, struct mun_err *e)
{
	int rc =
		mun_catalog_get(d->env->catalog, d->req->merge, true, &d->r, e);

	if (!rc)
		rc = mun_merge_old_open(d->env->store, d->r, &d->old, e);
	return rc;
}

int mun_merge_dry(const struct mun_ingest_env *env,
		  const struct mun_ingest_request *req, bool *voted,
		  mun_disagreement_fn *seen, void *ctx,
		  struct mun_merge_summary *out, struct mun_err *e)
{
	struct dry d = { .env = env, .req = req, .medium = { .fd = -1 } };
	const char *drive;
	int rc = 0;

	*out = (struct mun_merge_summary){ 0 };
	*voted = !mun_flux_is_source(req->source, &drive);
	if (*voted)
		rc = mun_device_open(req->source, &d.medium, e);
	*voted = *voted && !rc && !d.medium.facts.is_device;
	if (*voted)
		rc = check_kind(&d, e);
	if (*voted && !rc)
		rc = make_map(&d, e);
	if (*voted && !rc)
		rc = open_old(&d, e);
	if (*voted && !rc)
		rc = vote(&d, seen, ctx, out, e);
	mun_merge_old_close(&d.old);
	mun_readmap_clear(&d.map);
	mun_record_free(d.r);
	mun_device_close(&d.medium);
	return rc ? mun_ctx(e, "merge '%s' into object %s", req->source,
			    req->merge)
		  : 0;
}
