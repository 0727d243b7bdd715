/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_contents.c - what is in an image, looked at by its child */
#include "image/remote_int.h"

#include "image/contents_int.h"

static int ask_child(struct mun_remote *r, struct mun_contents *out,
		     struct mun_err *e)
{
	unsigned int worker = mun_remote_take(r);
	mun_autofree uint8_t *blob = NULL;
	size_t len = 0;
	int rc;

	rc = mun_remote_ask_tables(r, worker, MUN_REMOTE_CONTENTS,
				   mun_remote_most_ms, &blob, &len, e);
	mun_remote_give(r, worker);
	return rc ? rc : mun_contents_unpack(blob, len, out, e);
}

/* As @img was opened; its child stays this time. */
static int ask_another(struct mun_image *img, const struct mun_remote *r,
		       struct mun_contents *out, struct mun_err *e)
{
	const struct mun_remote_request q = {
		.src = r->served,
		.served = true,
		.file_name = img->file_name[0] ? img->file_name : NULL,
		.format = img->format->name,
		.companions = r->folders[0],
		.threads = 1,
		.stays = true,
	};
	mun_auto(image) *other = NULL;
	int rc = mun_remote_open(&q, &other, e);

	if (rc)
		return rc;
	return ask_child(mun_remote_of(other), out, e);
}

int mun_remote_contents(struct mun_image *img, struct mun_contents *out,
			bool *asked_out, struct mun_err *e)
{
	struct mun_remote *r = mun_remote_of(img);

	*asked_out = r && (r->child || r->served);
	if (!*asked_out)
		return 0;
	return r->child ? ask_child(r, out, e) : ask_another(img, r, out, e);
}
