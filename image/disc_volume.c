/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_volume.c - the user data of a data track, and its volume */
#include "image/disc.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/iso9660.h"
#include "image/label.h"
#include "image/volume.h"

#include <stdlib.h>
#include <string.h>

struct track_source {
	struct mun_source source;
	struct mun_image *img; /* borrowed */
	size_t first_run; /* of index 1 */
};

/* The run that holds sector @sector of the track, and which of it. */
static const struct mun_disc_run *find(const struct track_source *t,
				       uint64_t sector, uint64_t *i)
{
	const struct mun_disc *d = t->img->disc;
	const struct mun_disc_run *run = &d->runs[t->first_run];

	*i = sector;
	while (*i >= run->sectors) {
		*i -= run->sectors;
		run++;
	}
	return run;
}

static int track_pread(struct mun_source *s, void *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	struct track_source *t = (struct track_source *)s;
	uint8_t sector[MUN_ISO_SECTOR];
	uint8_t *out = buf;

	while (len) {
		size_t within = (size_t)(off % MUN_ISO_SECTOR);
		size_t n = len / MUN_ISO_SECTOR;
		uint64_t i;
		const struct mun_disc_run *run =
			find(t, off / MUN_ISO_SECTOR, &i);
		bool whole = within == 0 && n > 0;
		size_t got = MUN_MIN(len, MUN_ISO_SECTOR - within);
		int rc;

		n = (size_t)MUN_MIN((uint64_t)n, run->sectors - i);
		rc = mun_disc_fetch(t->img, run, MUN_DISC_COOKED, i,
				    whole ? n : 1, whole ? out : sector, e);
		if (rc)
			return rc;
		if (whole)
			got = n * MUN_ISO_SECTOR;
		else
			memcpy(out, sector + within, got);
		out += got;
		off += got;
		len -= got;
	}
	return 0;
}

static void track_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops track_ops = {
	.pread = track_pread,
	.close = track_close,
};

int mun_disc_track_source(struct mun_image *img, size_t track,
			  struct mun_source **out, struct mun_err *e)
{
	const struct mun_disc *d = img->disc;
	struct track_source *t;
	size_t first = 0;
	size_t end;
	uint32_t off;

	while (first < d->nruns &&
	       (d->runs[first].track != track || d->runs[first].pregap))
		first++;
	end = first;
	while (end < d->nruns && d->runs[end].track == track) {
		if (!mun_disc_user_off(img, &d->runs[end], &off))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"track %u has no sectors of 2048 bytes",
					img->tracks[track].number);
		end++;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return mun_fail_nomem(e, "track");
	t->source.ops = &track_ops;
	t->source.size =
		end > first ? img->tracks[track].sectors * MUN_ISO_SECTOR : 0;
	t->img = img;
	t->first_run = first;
	*out = &t->source;
	return 0;
}

/* ---- what is told of it ---- */

static void tell_iso(struct mun_image *img, const struct mun_iso *iso,
		     uint64_t there)
{
	mun_image_variant(img, "ISO 9660");
	if (iso->joliet)
		mun_image_variant(img, "Joliet");
	if (iso->rock_ridge)
		mun_image_variant(img, "Rock Ridge");
	if (iso->el_torito)
		mun_image_variant(img, "El Torito");
	if (iso->udf)
		mun_image_variant(img, "UDF bridge");
	mun_label(iso->volume_id, sizeof(iso->volume_id), MUN_LABEL_UTF8,
		  img->volume_label, sizeof(img->volume_label));
	if (!img->volume_label[0] && iso->joliet)
		mun_label(iso->joliet_id, sizeof(iso->joliet_id),
			  MUN_LABEL_UCS2BE, img->volume_label,
			  sizeof(img->volume_label));
	if (iso->volume_bytes > there)
		mun_image_note(img,
			       "the first data track is %llu bytes shorter "
			       "than its volume",
			       (unsigned long long)(iso->volume_bytes - there));
}

static int tell_track(struct mun_image *img, struct mun_source *src,
		      struct mun_err *e)
{
	const struct mun_volume *v = NULL;
	struct mun_iso iso;
	int rc = mun_iso_read(src, &iso, e);

	if (rc)
		return rc;
	if (iso.primary) {
		tell_iso(img, &iso, src->size);
		return 0;
	}
	rc = mun_volume_probe(src, &v, e);
	if (!rc && v)
		mun_image_variant(img, "%s", v->name);
	return rc;
}

/* A track of other sectors, such as form 2 only, has no volume to be told. */
int mun_disc_tell_volume(struct mun_image *img, struct mun_err *e)
{
	for (size_t i = 0; i < img->ntracks; i++) {
		mun_auto(source) *src = NULL;
		int rc;

		if (img->tracks[i].mode == MUN_TRACK_AUDIO ||
		    img->tracks[i].sectors == 0)
			continue;
		rc = mun_disc_track_source(img, i, &src, e);
		if (rc == MUN_EUNSUPPORTED)
			continue;
		return rc ? rc : tell_track(img, src, e);
	}
	return 0;
}
