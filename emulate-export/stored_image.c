/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/stored_image.c - the master of an object, to be decoded */
#include "emulate-export/stored_image.h"

#include "core/file.h"
#include "core/str.h"
#include "image/remote.h"

#include <stdlib.h>
#include <string.h>

struct parts {
	struct mun_companions companions;
	const struct mun_store *store;
	char urn[MUN_URN_LEN];
};

static int open_part(struct mun_companions *c, const char *name,
		     struct mun_source **out, struct mun_err *e)
{
	const struct parts *p = (const struct parts *)c;
	mun_autofree char *path = NULL;
	int rc = mun_fmt(&path, e, "image/%s", mun_companion_last(name));

	return rc ? rc
		  : mun_store_open_file(p->store, p->urn, path, MUN_READ_DISK,
					out, e);
}

static void close_parts(struct mun_companions *c)
{
	free(c);
}

static const struct mun_companions_ops parts_ops = {
	.open = open_part,
	.close = close_parts,
};

static int decode(const struct mun_record *r, const char *path,
		  struct mun_stored_image *out, struct mun_err *e)
{
	const struct mun_remote_request q = {
		.src = out->master,
		.file_name = mun_path_last(path),
		.format = r->format,
		.companions = out->parts,
	};
	int rc = mun_remote_open(&q, &out->img, e);

	if (!rc && out->img->preserved_only[0])
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "it is kept as it is and not decoded: %s",
			      out->img->preserved_only);
	return rc;
}

int mun_stored_image_open(const struct mun_store *s, const struct mun_record *r,
			  struct mun_stored_image *out, struct mun_err *e)
{
	const struct mun_rec_file *master = mun_record_master(r);
	struct parts *p;
	int rc;

	*out = (struct mun_stored_image){ 0 };
	if (!master)
		return mun_fail(e, MUN_ECORRUPT, "it has no master image");
	p = calloc(1, sizeof(*p));
	if (!p)
		return mun_fail_nomem(e, "parts of an image");
	p->companions.ops = &parts_ops;
	p->store = s;
	mun_object_urn(r->id, p->urn);
	out->parts = &p->companions;
	rc = mun_store_open_file(s, p->urn, master->path, MUN_READ_DISK,
				 &out->master, e);
	return rc ? rc : decode(r, master->path, out, e);
}

void mun_stored_image_close(struct mun_stored_image *i)
{
	mun_image_free(i->img);
	mun_companions_close(i->parts);
	mun_source_close(i->master);
	*i = (struct mun_stored_image){ 0 };
}
