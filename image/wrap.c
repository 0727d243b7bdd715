/* SPDX-License-Identifier: Apache-2.0 */
/* image/wrap.c - an image inside a file that compresses it */
#include "image/wrap.h"

#include "core/check.h"
#include "image/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Its input is const then. */
#define ZLIB_CONST
#include <zlib.h>

#define FIRST_ROOM ((size_t)2 << 20)

struct inner {
	uint8_t *data;
	struct mun_source *src; /* over data */
	struct mun_image *img;
	size_t first_fact; /* of the inner image's among the wrapper's */
	bool doubtful;
};

/* Twice the room, up to a byte more than what is taken. */
static int grow(uint8_t **data, size_t *room, struct mun_err *e)
{
	size_t more = *room ? *room * 2 : FIRST_ROOM;
	uint8_t *p;

	more = MUN_MIN(more, MUN_WRAP_BYTES + 1);
	p = realloc(*data, more);
	if (!p)
		return mun_fail_nomem(e, "decoded image");
	*data = p;
	*room = more;
	return 0;
}

static int inflate_all(z_stream *z, uint8_t **data, size_t *len,
		       enum mun_wrap_end *end, struct mun_err *e)
{
	size_t room = *len;
	int state = Z_OK;

	while (state != Z_STREAM_END) {
		size_t n;
		int rc = *len == room ? grow(data, &room, e) : 0;

		if (rc)
			return rc;
		n = room - *len;
		z->next_out = *data + *len;
		z->avail_out = (uInt)n;
		state = inflate(z, Z_NO_FLUSH);
		*len += n - z->avail_out;
		if (*len > MUN_WRAP_BYTES) {
			*end = MUN_WRAP_LONG;
			return 0;
		}
		if (state == Z_BUF_ERROR ||
		    (state == Z_OK && !z->avail_in && z->avail_out))
			return mun_fail(e, MUN_ECORRUPT,
					"the compressed data end after %zu "
					"decoded bytes",
					*len);
		if (state != Z_OK && state != Z_STREAM_END)
			return mun_fail(e, MUN_ECORRUPT,
					"compressed data broken after %zu "
					"decoded bytes: %s",
					*len, z->msg ? z->msg : "no reason");
	}
	*end = MUN_WRAP_DONE;
	return 0;
}

int mun_wrap_inflate(const uint8_t *in, size_t in_len, size_t *used_out,
		     uint8_t **data, size_t *len, enum mun_wrap_end *end_out,
		     struct mun_err *e)
{
	z_stream z = { 0 };
	int rc;

	*used_out = 0;
	if (in_len > MUN_WRAP_PACKED)
		return mun_fail(e, MUN_EINVAL, "%zu bytes at once", in_len);
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return mun_fail_nomem(e, "zlib");
	z.next_in = in;
	z.avail_in = (uInt)in_len;
	rc = inflate_all(&z, data, len, end_out, e);
	*used_out = in_len - z.avail_in;
	(void)inflateEnd(&z);
	return rc;
}

int mun_wrap_keep(struct mun_image *img, const char *why, struct mun_err *e)
{
	img->bytes = img->src->size;
	img->raw_bytes = 0;
	img->sub_bytes = 0;
	img->sector_bytes = 512;
	mun_image_preserve_only(img, "%s", why);
	return mun_image_one_track(img, e);
}

static int copy_facts(struct mun_image *img, struct inner *in,
		      struct mun_err *e)
{
	int rc = 0;

	in->first_fact = img->nfacts;
	for (size_t i = 0; !rc && i < in->img->nfacts; i++) {
		const struct mun_image_fact *f = &in->img->facts[i];

		rc = mun_image_fact(img, f->kind, f->name, e, "%s", f->value);
		if (!rc)
			img->facts[img->nfacts - 1].state = f->state;
	}
	return rc;
}

static int copy_tracks(struct mun_image *img, const struct mun_image *in,
		       struct mun_err *e)
{
	struct mun_track *t = calloc(in->ntracks, sizeof(*t));

	if (!t)
		return mun_fail_nomem(e, "tracks");
	memcpy(t, in->tracks, in->ntracks * sizeof(*t));
	free(img->tracks);
	img->tracks = t;
	img->ntracks = in->ntracks;
	return 0;
}

static int show_through(struct mun_image *img, struct inner *in,
			struct mun_err *e)
{
	const struct mun_image *i = in->img;
	int rc;

	img->medium = i->medium;
	if (i->note[0])
		mun_image_note(img, "%s", i->note);
	(void)snprintf(img->volume_label, sizeof(img->volume_label), "%s",
		       i->volume_label);
	if (i->variant[0])
		mun_image_variant(img, "%s", i->variant);
	rc = copy_facts(img, in, e);
	if (rc)
		return rc;
	if (i->preserved_only[0])
		return mun_wrap_keep(img, i->preserved_only, e);
	img->sector_bytes = i->sector_bytes;
	img->bytes = i->bytes;
	img->raw_bytes = i->raw_bytes;
	img->sub_bytes = i->sub_bytes;
	img->geometry = i->geometry;
	/* Lent: taken away again in mun_wrap_close(). */
	img->floppy = i->floppy;
	img->disc = i->disc;
	return copy_tracks(img, i, e);
}

/* A name without the folder, as drivers want it; the wrapper's own without its
 * last suffix where the file inside has none. */
static void name_inner(const struct mun_image *img, const char *name, char *out,
		       size_t size)
{
	const char *last = strrchr(name, '/');
	char *dot;

	if (*name) {
		(void)snprintf(out, size, "%s", last ? last + 1 : name);
		return;
	}
	(void)snprintf(out, size, "%s", img->file_name);
	dot = strrchr(out, '.');
	if (dot)
		*dot = '\0';
}

int mun_wrap_open(struct mun_image *img, const struct mun_wrap *w,
		  struct mun_err *e)
{
	struct inner *in = calloc(1, sizeof(*in));
	struct mun_image_request q = { 0 };
	char name[sizeof(img->file_name)];
	int rc;

	if (!in) {
		free(w->data);
		mun_source_close(w->src);
		return mun_fail_nomem(e, "inner image");
	}
	img->priv = in;
	in->data = w->data;
	in->src = w->src;
	in->doubtful = w->doubtful;
	if (img->depth >= MUN_WRAP_DEPTH)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a compressed image in a compressed image in a "
				"compressed image");
	rc = in->src ? 0
		     : mun_source_from_memory(in->data, w->len, &in->src, e);
	if (rc)
		return rc;
	name_inner(img, w->name, name, sizeof(name));
	q.src = in->src;
	q.file_name = name;
	/* Alone: files beside the wrapper do not belong to what is in it. */
	q.depth = img->depth + 1;
	rc = mun_image_open_inside(img, &q, &in->img, e);
	if (rc)
		return mun_ctx(e, "in %s", w->how);
	mun_image_variant(img, "%s of %s", w->how, in->img->format->name);
	return show_through(img, in, e);
}

/* Bytes of the inner image, or the file's own where it is kept as it is. */
static struct mun_image *shown(struct mun_image *img)
{
	struct inner *in = img->priv;

	return in && !img->preserved_only[0] ? in->img : NULL;
}

int mun_wrap_pread(struct mun_image *img, enum mun_view view, void *buf,
		   size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_image *in = shown(img);

	return in ? mun_image_pread(in, view, buf, len, off, e)
		  : mun_source_pread(img->src, buf, len, off, e);
}

int mun_wrap_next_extent(struct mun_image *img, enum mun_view view,
			 uint64_t off, struct mun_extent *out,
			 struct mun_err *e)
{
	struct mun_image *in = shown(img);
	int rc;

	if (!in)
		return mun_source_next_extent(img->src, off, out, e);
	rc = mun_image_next_extent(in, view, off, out, e);
	/* Which of the bytes the checksum doubts is not known: all. */
	if (!rc && ((struct inner *)img->priv)->doubtful &&
	    out->kind != MUN_EXTENT_UNREADABLE)
		out->kind = MUN_EXTENT_DOUBTFUL;
	return rc;
}

int mun_wrap_verify(struct mun_image *img, struct mun_err *e)
{
	struct inner *in = img->priv;
	int rc;

	if (!in || !in->img)
		return 0;
	rc = mun_image_verify(in->img, e);
	for (size_t i = 0; !rc && i < in->img->nfacts; i++)
		if (in->first_fact + i < img->nfacts)
			img->facts[in->first_fact + i].state =
				in->img->facts[i].state;
	return rc;
}

void mun_wrap_close(struct mun_image *img)
{
	struct inner *in = img->priv;

	img->floppy = NULL;
	img->disc = NULL;
	if (!in)
		return;
	mun_image_free(in->img);
	mun_source_close(in->src);
	free(in->data);
	free(in);
}
