/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd_frames.c - a disc as a CHD holds it: frames of 2448 bytes
 *
 * Each frame has the main channel as it is stored, zeros up to byte 2352, and
 * 96 bytes of sub-channel; audio is big endian; a track is filled up with empty
 * frames to a multiple of four.
 */
#include "image/fmt_chd_write.h"

#include "core/check.h"
#include "image/cdsector.h"
#include "image/disc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_FRAMES 256u /* that are read at once */

struct track {
	uint64_t first; /* frame */
	uint64_t frames;
	uint64_t padded; /* frames */
	uint64_t raw; /* bytes into MUN_VIEW_RAW of the disc */
	uint64_t sub; /* bytes into MUN_VIEW_SUB */
	uint32_t bytes; /* of main channel */
	bool audio;
};

struct frames {
	struct mun_image *disc;
	bool with_sub;
	size_t n;
	struct track tracks[MUN_CD_TRACKS];
};

static uint64_t stored(const struct mun_track *t)
{
	return t->pregap_stored + t->sectors;
}

/* The sub-channel is kept where every stored sector has one. */
static bool has_sub(const struct mun_image *disc)
{
	uint64_t sectors = 0;

	for (size_t i = 0; i < disc->ntracks; i++)
		sectors += stored(&disc->tracks[i]);
	return disc->sub_bytes && disc->sub_bytes == sectors * MUN_CD_SUB;
}

static void swap_samples(uint8_t *p)
{
	for (size_t i = 0; i < MUN_CD_RAW; i += 2) {
		uint8_t low = p[i];

		p[i] = p[i + 1];
		p[i + 1] = low;
	}
}

static const struct track *track_of(const struct frames *f, uint64_t frame)
{
	const struct track *t = f->tracks;

	while (frame >= t->first + t->padded)
		t++;
	return t;
}

/*
 * Frames that follow each other, @count of them, all stored.  They are read at
 * once, to the end of their room, and moved to their places from there on: none
 * is overwritten that is not moved yet.
 */
static int make_run(struct frames *f, const struct track *t, uint64_t n,
		    size_t count, uint8_t *out, struct mun_err *e)
{
	const size_t rest = MUN_CHD_FRAME - t->bytes;
	const uint8_t *from = out + count * rest;
	uint8_t sub[RUN_FRAMES * MUN_CD_SUB];
	int rc;

	rc = mun_image_pread(f->disc, MUN_VIEW_RAW, out + count * rest,
			     count * t->bytes, t->raw + n * t->bytes, e);
	if (!rc && f->with_sub)
		rc = mun_image_pread(f->disc, MUN_VIEW_SUB, sub,
				     count * MUN_CD_SUB,
				     t->sub + n * MUN_CD_SUB, e);
	for (size_t i = 0; !rc && i < count; i++) {
		uint8_t *frame = out + i * MUN_CHD_FRAME;

		memmove(frame, from + i * t->bytes, t->bytes);
		memset(frame + t->bytes, 0, rest);
		if (t->audio)
			swap_samples(frame);
		if (f->with_sub)
			memcpy(frame + MUN_CD_RAW, sub + i * MUN_CD_SUB,
			       MUN_CD_SUB);
	}
	return rc;
}

/* Up to @most whole frames from @number on: *@made. */
static int make_frames(struct frames *f, uint64_t number, size_t most,
		       uint8_t *out, size_t *made, struct mun_err *e)
{
	const struct track *t = track_of(f, number);
	uint64_t n = number - t->first;

	*made = 1;
	if (n >= t->frames) {
		memset(out, 0, MUN_CHD_FRAME);
		return 0;
	}
	*made = (size_t)MUN_MIN((uint64_t)MUN_MIN(most, RUN_FRAMES),
				t->frames - n);
	return make_run(f, t, n, *made, out, e);
}

static int frames_pread(struct mun_image *img, enum mun_view view, void *buf,
			size_t len, uint64_t off, struct mun_err *e)
{
	struct frames *f = img->priv;
	uint8_t part[MUN_CHD_FRAME];
	uint8_t *to = buf;

	(void)view;
	while (len) {
		uint64_t number = off / MUN_CHD_FRAME;
		size_t at = (size_t)(off % MUN_CHD_FRAME);
		bool whole = !at && len >= MUN_CHD_FRAME;
		size_t made = 0;
		size_t n;
		int rc;

		rc = make_frames(f, number, whole ? len / MUN_CHD_FRAME : 1,
				 whole ? to : part, &made, e);
		if (rc)
			return rc;
		n = whole ? made * MUN_CHD_FRAME
			  : MUN_MIN(len, MUN_CHD_FRAME - at);
		if (!whole)
			memcpy(to, part + at, n);
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int frames_next_extent(struct mun_image *img, enum mun_view view,
			      uint64_t off, struct mun_extent *out,
			      struct mun_err *e)
{
	(void)view;
	(void)e;
	*out = (struct mun_extent){ off, img->bytes - off, MUN_EXTENT_DATA };
	return 0;
}

static void frames_close(struct mun_image *img)
{
	free(img->priv);
}

static const struct mun_image_driver frames_driver = {
	.name = "frames",
	.title = "frames of a CHD",
	.suffixes = "",
	.pread = frames_pread,
	.next_extent = frames_next_extent,
	.close = frames_close,
};

static uint64_t lay_out(struct frames *f)
{
	uint64_t frame = 0;
	uint64_t raw = 0;
	uint64_t sub = 0;

	for (size_t i = 0; i < f->disc->ntracks; i++) {
		const struct mun_track *from = &f->disc->tracks[i];
		struct track *t = &f->tracks[f->n];

		t->frames = stored(from);
		t->padded = (t->frames + 3) / 4 * 4;
		t->first = frame;
		t->raw = raw;
		t->sub = sub;
		t->bytes = from->sector_bytes;
		t->audio = from->mode == MUN_TRACK_AUDIO;
		frame += t->padded;
		raw += t->frames * t->bytes;
		sub += t->frames * MUN_CD_SUB;
		if (t->frames)
			f->n++;
	}
	return frame;
}

int mun_chd_frames(struct mun_image *disc, struct mun_image **out,
		   struct mun_err *e)
{
	mun_auto(image) *img = calloc(1, sizeof(*img));
	struct frames *f = calloc(1, sizeof(*f));

	if (!img || !f) {
		free(f);
		free(mun_steal(&img));
		return mun_fail_nomem(e, "frames");
	}
	img->driver = img->format = &frames_driver;
	img->priv = f;
	f->disc = disc;
	f->with_sub = has_sub(disc);
	if (disc->ntracks > MUN_CD_TRACKS)
		return mun_fail(e, MUN_EUNSUPPORTED, "%zu tracks",
				disc->ntracks);
	for (size_t i = 0; i < disc->ntracks; i++)
		if (disc->tracks[i].sector_bytes > MUN_CD_RAW)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"sectors of %" PRIu32 " bytes",
					disc->tracks[i].sector_bytes);
	img->bytes = lay_out(f) * MUN_CHD_FRAME;
	img->sector_bytes = MUN_CHD_FRAME;
	*out = mun_steal(&img);
	return 0;
}

static const char *type_of(const struct mun_track *t)
{
	if (t->mode == MUN_TRACK_AUDIO)
		return "AUDIO";
	if (t->mode == MUN_TRACK_DATA)
		return t->sector_bytes == MUN_CD_RAW ? "MODE1_RAW" : "MODE1";
	switch (t->sector_bytes) {
	case 2048:
		return "MODE2_FORM1";
	case 2324:
		return "MODE2_FORM2";
	case 2336:
		return "MODE2_FORM_MIX";
	default:
		return "MODE2_RAW";
	}
}

int mun_chd_track_meta(struct mun_chd_writing *w, const struct mun_image *disc,
		       struct mun_err *e)
{
	const char *sub = has_sub(disc) ? "RW" : "NONE";
	int rc = 0;

	for (size_t i = 0; !rc && i < disc->ntracks; i++) {
		const struct mun_track *t = &disc->tracks[i];
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "TRACK:%zu TYPE:%s SUBTYPE:%s FRAMES:%" PRIu64
			       " PREGAP:%" PRIu32 " PGTYPE:%s%s PGSUB:%s "
			       "POSTGAP:%" PRIu32,
			       i + 1, type_of(t), sub, stored(t), t->pregap,
			       t->pregap_stored ? "V" : "", type_of(t), sub,
			       t->postgap);
		rc = mun_chd_add_meta(w, MUN_CHD_TAG('C', 'H', 'T', '2'), text,
				      e);
	}
	return rc;
}

bool mun_chd_take_apart(const uint8_t *frame, uint8_t *apart, size_t i,
			size_t frames)
{
	uint8_t *main = apart + i * MUN_CD_RAW;

	memcpy(main, frame, MUN_CD_RAW);
	memcpy(apart + frames * MUN_CD_RAW + i * MUN_CD_SUB, frame + MUN_CD_RAW,
	       MUN_CD_SUB);
	if (!mun_cd_has_sync(main) || !mun_cd_ecc_good(main))
		return false;
	memset(main, 0, 12);
	memset(main + 2076, 0, 276);
	return true;
}
