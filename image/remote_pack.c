/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_pack.c - the tables of an image, for the way to the parent */
#include "image/remote_wire.h"

#include "image/disc.h"
#include "image/floppy.h"

#include <string.h>

#define COPY(to, from) \
	do { \
		_Static_assert(sizeof(to) == sizeof(from), "not the same"); \
		memcpy(&(to), &(from), sizeof(from)); \
	} while (0)

/* The parent may answer for the views itself where it has all of them. */
static bool has_floppy_views(const struct mun_image *img)
{
	const struct mun_floppy *f = img->floppy;

	return img->driver->pread == mun_floppy_pread &&
	       img->driver->next_extent == mun_floppy_next_extent &&
	       img->bytes == f->content_bytes && img->raw_bytes == f->bytes &&
	       img->sub_bytes ==
		       (f->ntags ? (uint64_t)f->norder * MUN_FLOPPY_TAG : 0);
}

static void pack_floppy_head(const struct mun_image *img,
			     struct mun_remote_tables *t)
{
	const struct mun_floppy *f = img->floppy;

	t->floppy = true;
	t->floppy_views = has_floppy_views(img);
	t->floppy_tracks = f->ntracks;
	t->floppy_sectors = f->nsectors;
	t->floppy_bytes = f->bytes;
	t->floppy_tags = f->ntags;
	t->comment_bytes = f->comment_bytes;
}

static void pack_disc_head(const struct mun_image *img,
			   struct mun_remote_tables *t)
{
	const struct mun_disc *d = img->disc;

	t->disc = true;
	t->cooked = d->cooked;
	t->disc_sectors = d->sectors;
	t->cdtext_bytes = d->cdtext_bytes;
	COPY(t->mcn, d->mcn);
}

static void pack_head(const struct mun_image *img, struct mun_str *out)
{
	const struct mun_image_driver *d = img->driver;
	struct mun_remote_tables t;

	/* Also what lies between the fields. */
	memset(&t, 0, sizeof(t));
	memcpy(t.format, d->name, strnlen(d->name, sizeof(t.format) - 1));
	COPY(t.variant, img->variant);
	COPY(t.volume_label, img->volume_label);
	COPY(t.puid, img->puid);
	COPY(t.mime, img->mime);
	COPY(t.note, img->note);
	COPY(t.preserved_only, img->preserved_only);
	COPY(t.geometry, img->geometry);
	t.medium = (uint32_t)img->medium;
	t.sector_bytes = img->sector_bytes;
	t.bytes = img->bytes;
	t.raw_bytes = img->raw_bytes;
	t.sub_bytes = img->sub_bytes;
	t.own_bytes = !d->pread;
	t.own_extents = !d->next_extent;
	t.verifies = d->verify != NULL;
	t.tracks = img->ntracks;
	t.facts = img->nfacts;
	if (img->floppy)
		pack_floppy_head(img, &t);
	if (img->disc)
		pack_disc_head(img, &t);
	mun_str_add_bytes(out, &t, sizeof(t));
}

static void pack_array(struct mun_str *out, const void *array, size_t n,
		       size_t each)
{
	if (n)
		mun_str_add_bytes(out, array, n * each);
}

void mun_remote_pack_facts(const struct mun_image *img, struct mun_str *out)
{
	pack_array(out, img->facts, img->nfacts, sizeof(*img->facts));
}

void mun_remote_pack(const struct mun_image *img, struct mun_str *out)
{
	const struct mun_floppy *f = img->floppy;

	pack_head(img, out);
	pack_array(out, img->tracks, img->ntracks, sizeof(*img->tracks));
	mun_remote_pack_facts(img, out);
	if (f) {
		pack_array(out, f->tracks, f->ntracks, sizeof(*f->tracks));
		pack_array(out, f->sectors, f->nsectors, sizeof(*f->sectors));
		pack_array(out, f->tags, f->ntags, MUN_FLOPPY_TAG);
		pack_array(out, f->comment, f->comment_bytes, 1);
	}
	if (img->disc)
		pack_array(out, img->disc->cdtext, img->disc->cdtext_bytes, 1);
}
