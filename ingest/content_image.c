/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/content_image.c - the master of a stored object, decoded */
#include "ingest/content_image.h"

#include "image/remote.h"

#include <stdlib.h>
#include <string.h>

/* The parts of one object, as companions of its master. */
struct parts {
	struct mun_companions companions;
	const struct mun_store *store;
	const struct mun_record *record;
};

static int open_part(struct mun_companions *c, const char *name,
		     struct mun_source **out, struct mun_err *e)
{
	const struct parts *p = (const struct parts *)c;
	mun_autofree char *path = NULL;
	int rc = mun_fmt(&path, e, "image/%s", mun_companion_last(name));

	return rc ? rc : mun_content_file(p->store, p->record, path, out, e);
}

static void close_parts(struct mun_companions *c)
{
	free(c);
}

static const struct mun_companions_ops parts_ops = {
	.open = open_part,
	.close = close_parts,
};

static int new_parts(const struct mun_store *s, const struct mun_record *r,
		     struct mun_companions **out, struct mun_err *e)
{
	struct parts *p = calloc(1, sizeof(*p));

	if (!p)
		return mun_fail_nomem(e, "parts of an image");
	p->companions.ops = &parts_ops;
	p->store = s;
	p->record = r;
	*out = &p->companions;
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int mun_content_image_open(const struct mun_store *s,
			   const struct mun_record *r,
			   mun_content_lost_fn *lost, void *ctx,
			   struct mun_content_image *out, struct mun_err *e)
{
	const struct mun_rec_file *master = mun_record_master(r);
	struct mun_remote_request q = { .format = r->format };
	int rc;

	*out = (struct mun_content_image){ 0 };
	if (!master)
		return mun_fail(e, MUN_ECORRUPT, "object '%s' has no master",
				r->id);
	rc = mun_content_rest(s, r, master->path, lost, ctx, &out->master, e);
	if (!rc)
		rc = new_parts(s, r, &out->parts, e);
	if (rc)
		return rc;
	q.src = out->master;
	/* What is lost must be told here: a child that read for itself would
	 * tell only itself. */
	q.served = lost != NULL;
	q.file_name = base_name(master->path);
	q.companions = out->parts;
	rc = mun_remote_open(&q, &out->img, e);
	if (!rc && out->img->preserved_only[0])
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "'%s' is kept as it is and not decoded: %s",
			      master->path, out->img->preserved_only);
	return rc;
}

void mun_content_image_close(struct mun_content_image *c)
{
	mun_image_free(c->img);
	mun_companions_close(c->parts);
	mun_source_close(c->master);
	*c = (struct mun_content_image){ 0 };
}
