/* SPDX-License-Identifier: Apache-2.0 */
/* image/identify.c - the facts of an image, found in a sandboxed child */
#include "image/identify.h"

#include "image/remote.h"

#include <string.h>

#define COPY(to, from) \
	do { \
		_Static_assert(sizeof(to) >= sizeof(from), "facts too " \
							   "short"); \
		memcpy((to), (from), sizeof(from)); \
	} while (0)

static void copy_name(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
}

/* The structs are not laid over each other: all else is zeros. */
void mun_image_facts_of(const struct mun_image *img,
			struct mun_image_facts *out)
{
	memset(out, 0, sizeof(*out));
	copy_name(out->format, sizeof(out->format), img->format->name);
	copy_name(out->title, sizeof(out->title), img->format->title);
	COPY(out->variant, img->variant);
	COPY(out->volume_label, img->volume_label);
	COPY(out->puid, img->puid);
	COPY(out->mime, img->mime);
	COPY(out->note, img->note);
	COPY(out->preserved_only, img->preserved_only);
	out->medium = img->medium;
	out->sector_bytes = img->sector_bytes;
	out->bytes = img->bytes;
	out->geometry = img->geometry;
	out->tracks = (unsigned int)img->ntracks;
}

int mun_identify(struct mun_source *src, const char *file_name,
		 const char *format, struct mun_image_facts *out,
		 struct mun_err *e)
{
	const struct mun_remote_request q = {
		.src = src,
		.file_name = file_name,
		.format = format,
		.threads = 1,
	};
	mun_auto(image) *img = NULL;
	int rc = mun_remote_open(&q, &img, e);

	if (!rc)
		mun_image_facts_of(img, out);
	return rc;
}
