/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_unpack.c - tables of a decoder, with nothing in them believed */
#include "image/remote_wire.h"

#include "core/check.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TRACKS 10000u
#define MOST_COMMENT ((uint64_t)1 << 20)
#define MOST_CDTEXT ((uint64_t)1 << 20)

/* What is left of the tables. */
struct rest {
	const uint8_t *p;
	size_t len;
};

static int nonsense(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"the parser gave an answer that makes no sense (%s)",
			what);
}

/* A text that ends inside its field and can be shown on one line; nothing is
 * hidden behind its end. */
static bool is_text(char *field, size_t size)
{
	size_t len = strnlen(field, size);

	if (len == size || !mun_text_is_clean(field, ""))
		return false;
	memset(field + len, 0, size - len);
	return true;
}

#define IS_TEXT(field) is_text((field), sizeof(field))

/* Copies of @n things of @each bytes, or NULL where there are none. */
static int take(struct rest *r, uint64_t n, size_t each, uint64_t most,
		const char *what, void **out, struct mun_err *e)
{
	size_t bytes;

	*out = NULL;
	if (n > most || ckd_mul(&bytes, n, each) || bytes > r->len)
		return nonsense(what, e);
	if (!n)
		return 0;
	*out = malloc(bytes);
	if (!*out)
		return mun_fail_nomem(e, what);
	memcpy(*out, r->p, bytes);
	r->p += bytes;
	r->len -= bytes;
	return 0;
}

int mun_remote_head(const void *blob, size_t len, struct mun_remote_tables *out,
		    struct mun_err *e)
{
	if (len < sizeof(*out))
		return nonsense("tables", e);
	memcpy(out, blob, sizeof(*out));
	if (out->floppy_bytes > MUN_FLOPPY_BYTES)
		return nonsense("floppy", e);
	return 0;
}

/* A driver of ours, and the one that was asked for. */
static const struct mun_image_driver *known(const char *name,
					    const char *format)
{
	if (format && strcmp(format, name) != 0)
		return NULL;
	for (size_t i = 0; mun_image_drivers[i]; i++)
		if (strcmp(mun_image_drivers[i]->name, name) == 0)
			return mun_image_drivers[i];
	return NULL;
}

static int unpack_head(struct mun_image *img, struct mun_remote_tables *t,
		       const char *format, struct mun_err *e)
{
	if (!IS_TEXT(t->format) || !IS_TEXT(t->variant) ||
	    !IS_TEXT(t->volume_label) || !IS_TEXT(t->puid) ||
	    !IS_TEXT(t->mime) || !IS_TEXT(t->note) ||
	    !IS_TEXT(t->preserved_only) || !IS_TEXT(t->mcn))
		return nonsense("text", e);
	img->format = known(t->format, format);
	if (!img->format)
		return nonsense("format", e);
	if (t->medium > MUN_MEDIUM_DISK || !t->sector_bytes ||
	    t->sector_bytes > 65536 || t->bytes > INT64_MAX ||
	    t->raw_bytes > INT64_MAX || t->sub_bytes > INT64_MAX ||
	    t->disc_sectors > INT64_MAX || !t->tracks)
		return nonsense("sizes", e);
	memcpy(img->variant, t->variant, sizeof(t->variant));
	memcpy(img->volume_label, t->volume_label, sizeof(t->volume_label));
	memcpy(img->puid, t->puid, sizeof(t->puid));
	memcpy(img->mime, t->mime, sizeof(t->mime));
	memcpy(img->note, t->note, sizeof(t->note));
	memcpy(img->preserved_only, t->preserved_only,
	       sizeof(t->preserved_only));
	img->medium = (enum mun_medium)t->medium;
	img->sector_bytes = t->sector_bytes;
	img->bytes = t->bytes;
	img->raw_bytes = t->raw_bytes;
	img->sub_bytes = t->sub_bytes;
	img->geometry = t->geometry;
	return 0;
}

static int unpack_tracks(struct mun_image *img, struct rest *r, uint64_t n,
			 struct mun_err *e)
{
	void *array;
	int rc = take(r, n, sizeof(*img->tracks), MOST_TRACKS, "tracks", &array,
		      e);

	if (rc)
		return rc;
	img->tracks = array;
	img->ntracks = (size_t)n;
	for (size_t i = 0; i < img->ntracks; i++) {
		struct mun_track *t = &img->tracks[i];

		if ((unsigned int)t->mode > MUN_TRACK_MODE2 ||
		    t->sector_bytes > 65536 || t->sub_bytes > 65536 ||
		    t->start > INT64_MAX || t->sectors > INT64_MAX ||
		    !IS_TEXT(t->isrc))
			return nonsense("tracks", e);
	}
	return 0;
}

static int unpack_facts(struct mun_image *img, struct rest *r, uint64_t n,
			struct mun_err *e)
{
	struct mun_image_fact *facts;
	void *array;
	int rc =
		take(r, n, sizeof(*facts), MUN_IMAGE_FACTS, "facts", &array, e);

	if (rc)
		return rc;
	facts = array;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned int)facts[i].kind > MUN_FACT_LIMIT ||
		    (unsigned int)facts[i].state > MUN_FACT_BAD ||
		    !IS_TEXT(facts[i].name) || !IS_TEXT(facts[i].value)) {
			free(facts);
			return nonsense("facts", e);
		}
	}
	free(img->facts);
	img->facts = facts;
	img->nfacts = (size_t)n;
	return 0;
}

int mun_remote_unpack_facts(struct mun_image *img, const void *blob, size_t len,
			    struct mun_err *e)
{
	struct rest r = { blob, len };

	if (len % sizeof(*img->facts))
		return nonsense("facts", e);
	return unpack_facts(img, &r, len / sizeof(*img->facts), e);
}

/* What the floppy is put together from. */
struct parts {
	void *tracks;
	void *sectors;
	void *tags;
	void *comment;
	const uint8_t *data;
};

static int add_sector(struct mun_floppy *f, const struct mun_remote_tables *t,
		      const struct parts *p, const struct mun_sector *s,
		      struct mun_err *e)
{
	const uint8_t *tag = NULL;

	if (s->raw > t->floppy_bytes || s->bytes > t->floppy_bytes - s->raw ||
	    s->tag > t->floppy_tags)
		return nonsense("sectors", e);
	if (s->tag)
		tag = (const uint8_t *)p->tags +
		      (size_t)(s->tag - 1) * MUN_FLOPPY_TAG;
	return mun_floppy_add_sector(f, s, p->data + s->raw, tag, e);
}

static int build_floppy(struct mun_floppy *f, const struct mun_remote_tables *t,
			struct parts *p, struct mun_err *e)
{
	const struct mun_floppy_track *tracks = p->tracks;
	const struct mun_sector *sectors = p->sectors;
	int rc = 0;

	for (size_t i = 0; !rc && i < t->floppy_tracks; i++) {
		const struct mun_floppy_track *track = &tracks[i];

		if (track->encoding > MUN_ENCODING_GCR ||
		    track->first > t->floppy_sectors ||
		    track->sectors > t->floppy_sectors - track->first)
			return nonsense("tracks of a floppy", e);
		rc = mun_floppy_add_track(f, track, e);
		for (uint32_t k = 0; !rc && k < track->sectors; k++)
			rc = add_sector(f, t, p, &sectors[track->first + k], e);
	}
	if (rc)
		return rc;
	f->comment = mun_steal(&p->comment);
	f->comment_bytes = f->comment ? (size_t)t->comment_bytes : 0;
	return 0;
}

/*
 * Which sector is where is found out anew.  What that says about the image is
 * dropped: the child said it already.  Its driver is not that of a floppy, so
 * that no file system is looked for here.
 */
static int order_floppy(struct mun_image *img, struct mun_floppy *f,
			const struct mun_remote_tables *t, struct mun_err *e)
{
	static const struct mun_image_driver none = { .name = "" };
	mun_auto(image) *scratch = calloc(1, sizeof(*scratch));
	int rc;

	if (!scratch) {
		mun_floppy_free(f);
		return mun_fail_nomem(e, "floppy");
	}
	scratch->driver = scratch->format = &none;
	rc = mun_floppy_done(scratch, f, e);
	if (rc)
		return rc;
	if (t->floppy_views && (scratch->bytes != img->bytes ||
				scratch->raw_bytes != img->raw_bytes ||
				scratch->sub_bytes != img->sub_bytes))
		return nonsense("floppy", e);
	img->floppy = mun_steal(&scratch->floppy);
	return 0;
}

static int unpack_floppy(struct mun_image *img,
			 const struct mun_remote_tables *t, struct rest *r,
			 const uint8_t *data, struct mun_err *e)
{
	struct mun_floppy *f = NULL;
	struct parts p = { .data = data };
	int rc;

	rc = take(r, t->floppy_tracks, sizeof(struct mun_floppy_track),
		  MUN_FLOPPY_TRACKS, "tracks of a floppy", &p.tracks, e);
	if (!rc)
		rc = take(r, t->floppy_sectors, sizeof(struct mun_sector),
			  MUN_FLOPPY_SECTORS, "sectors", &p.sectors, e);
	if (!rc)
		rc = take(r, t->floppy_tags, MUN_FLOPPY_TAG, MUN_FLOPPY_SECTORS,
			  "tags", &p.tags, e);
	if (!rc)
		rc = take(r, t->comment_bytes, 1, MOST_COMMENT, "comment",
			  &p.comment, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	if (!rc) {
		rc = build_floppy(f, t, &p, e);
		if (rc)
			mun_floppy_free(f);
		else
			rc = order_floppy(img, f, t, e);
	}
	free(p.tracks);
	free(p.sectors);
	free(p.tags);
	free(p.comment);
	return rc;
}

static int unpack_disc(struct mun_image *img, const struct mun_remote_tables *t,
		       struct rest *r, struct mun_err *e)
{
	void *cdtext;
	int rc =
		take(r, t->cdtext_bytes, 1, MOST_CDTEXT, "CD-TEXT", &cdtext, e);

	if (!rc)
		rc = mun_disc_new(&img->disc, e);
	if (rc) {
		free(cdtext);
		return rc;
	}
	img->disc->cdtext = cdtext;
	img->disc->cdtext_bytes = (size_t)t->cdtext_bytes;
	img->disc->cooked = t->cooked != 0;
	img->disc->sectors = t->disc_sectors;
	memcpy(img->disc->mcn, t->mcn, sizeof(t->mcn));
	return 0;
}

int mun_remote_unpack(struct mun_image *img, const char *format,
		      const void *blob, size_t len, const uint8_t *sectors,
		      struct mun_err *e)
{
	struct mun_remote_tables t;
	struct rest r;
	int rc = mun_remote_head(blob, len, &t, e);

	if (rc)
		return rc;
	r = (struct rest){ (const uint8_t *)blob + sizeof(t), len - sizeof(t) };
	rc = unpack_head(img, &t, format, e);
	if (!rc)
		rc = unpack_tracks(img, &r, t.tracks, e);
	if (!rc)
		rc = unpack_facts(img, &r, t.facts, e);
	if (!rc && t.floppy)
		rc = unpack_floppy(img, &t, &r, sectors, e);
	if (!rc && t.disc)
		rc = unpack_disc(img, &t, &r, e);
	if (!rc && r.len)
		rc = nonsense("more than tables", e);
	return rc;
}
