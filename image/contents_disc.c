/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/contents_disc.c - the data of a disc's sessions, as directories count
 *
 * A later session has its volume descriptors in its own sectors 16 and on, but
 * every address in them counts from the start of the disc, and may lead into
 * an earlier session.  So the data tracks are one source in which each sector
 * lies at its address; only the first ones are those of the session.
 */
#include "image/contents_int.h"

#include "core/check.h"
#include "image/disc.h"
#include "image/iso9660.h"

#include <stdlib.h>
#include <string.h>

/* Up to the end of the volume descriptors, of which nobody writes more. */
#define OVERLAY 32u

struct sessions {
	struct mun_source source;
	uint64_t base; /* sector where the session begins */
	size_t n;
	struct piece {
		struct mun_source *src;
		uint64_t start; /* sector of the disc */
		uint64_t sectors;
	} pieces[MUN_CD_TRACKS];
};

/* The piece that holds @sector, or NULL: then @left sectors are zeros. */
static const struct piece *find(const struct sessions *s, uint64_t sector,
				uint64_t *left)
{
	*left = UINT64_MAX;
	for (size_t i = 0; i < s->n; i++) {
		const struct piece *p = &s->pieces[i];

		if (sector >= p->start && sector - p->start < p->sectors) {
			*left = p->sectors - (sector - p->start);
			return p;
		}
		if (p->start > sector)
			*left = MUN_MIN(*left, p->start - sector);
	}
	return NULL;
}

static int sessions_pread(struct mun_source *source, void *buf, size_t len,
			  uint64_t off, struct mun_err *e)
{
	struct sessions *s = (struct sessions *)source;
	uint8_t *out = buf;
	int rc = 0;

	while (!rc && len) {
		uint64_t sector = off / MUN_ISO_SECTOR;
		uint64_t within = off % MUN_ISO_SECTOR;
		bool overlaid = sector < OVERLAY;
		uint64_t at = overlaid ? sector + s->base : sector;
		uint64_t left;
		const struct piece *p = find(s, at, &left);
		size_t n;

		if (overlaid)
			left = MUN_MIN(left, OVERLAY - sector);
		/* More than any buffer has, and no overflow. */
		left = MUN_MIN(left, (uint64_t)1 << 40) * MUN_ISO_SECTOR;
		n = (size_t)MUN_MIN((uint64_t)len, left - within);
		if (p)
			rc = mun_source_pread(
				p->src, out, n,
				(at - p->start) * MUN_ISO_SECTOR + within, e);
		else
			memset(out, 0, n);
		out += n;
		off += n;
		len -= n;
	}
	return rc;
}

static void sessions_close(struct mun_source *source)
{
	struct sessions *s = (struct sessions *)source;

	for (size_t i = 0; i < s->n; i++)
		mun_source_close(s->pieces[i].src);
	free(s);
}

static const struct mun_source_ops sessions_ops = {
	.pread = sessions_pread,
	.close = sessions_close,
};

/* The size of the source is that of the disc up to the last piece. */
static void add_piece(struct sessions *s, const struct mun_track *t,
		      struct mun_source *src)
{
	uint64_t sectors = src->size / MUN_ISO_SECTOR;
	uint64_t end;

	if (s->n == MUN_COUNT(s->pieces) || !sectors ||
	    ckd_add(&end, t->start, sectors) ||
	    end > (uint64_t)INT64_MAX / MUN_ISO_SECTOR) {
		mun_source_close(src);
		return;
	}
	s->pieces[s->n++] = (struct piece){ src, t->start, sectors };
	s->source.size = MUN_MAX(s->source.size, end * MUN_ISO_SECTOR);
}

/* Tracks that have no sectors of 2048 bytes (audio, form 2) are left out. */
static int add_tracks(struct mun_image *img, struct sessions *s,
		      struct mun_err *e)
{
	unsigned int session = 0;

	for (size_t i = 0; i < img->ntracks; i++) {
		const struct mun_track *t = &img->tracks[i];
		struct mun_source *src = NULL;
		int rc;

		if (t->mode == MUN_TRACK_AUDIO || !t->sectors)
			continue;
		rc = mun_disc_track_source(img, i, &src, e);
		if (rc == MUN_EUNSUPPORTED)
			continue;
		if (rc)
			return rc;
		/* The first of each session; the last one stays. */
		if (t->session != session)
			s->base = t->start;
		session = t->session;
		add_piece(s, t, src);
	}
	return 0;
}

static void tell_tracks(const struct mun_image *img, struct mun_contents *out)
{
	size_t audio = 0;
	size_t data;

	for (size_t i = 0; i < img->ntracks; i++)
		audio += img->tracks[i].mode == MUN_TRACK_AUDIO;
	data = img->ntracks - audio;
	if (audio && data)
		mun_contents_add_mark(out, NULL, "cd-mixed",
				      "%zu data track%s, %zu of audio", data,
				      data == 1 ? "" : "s", audio);
	else if (audio)
		mun_contents_add_mark(out, NULL, "cd-audio",
				      "%zu audio track%s", audio,
				      audio == 1 ? "" : "s");
}

int mun_contents_disc(struct mun_image *img, struct mun_contents *out,
		      struct mun_source **src_out, uint64_t *first_out,
		      struct mun_err *e)
{
	struct sessions *s = calloc(1, sizeof(*s));
	int rc;

	*src_out = NULL;
	*first_out = 0;
	if (!s)
		return mun_fail_nomem(e, "sessions of a disc");
	s->source.ops = &sessions_ops;
	tell_tracks(img, out);
	rc = add_tracks(img, s, e);
	if (rc || !s->n) {
		sessions_close(&s->source);
		return rc;
	}
	*src_out = &s->source;
	*first_out = s->base * MUN_ISO_SECTOR;
	return 0;
}
