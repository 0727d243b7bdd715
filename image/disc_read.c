/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_read.c - the views of a disc: content, raw sectors, sub-channel */
#include "image/disc.h"

#include "core/check.h"
#include "image/cdsector.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

/* What is read at once where it is not what is wanted, and how much of the
 * body one call of next_extent may read. */
#define STAGE_BYTES (64u * 1024)
#define SCAN_BYTES (1024u * 1024)
#define COOKED 2048u

/* ---- sectors as they are stored ---- */

/* @n sectors, @run->stride bytes each, main channel and what follows it. */
static int fetch_stored(const struct mun_disc_run *run, uint64_t i, size_t n,
			uint8_t *out, struct mun_err *e)
{
	if (run->read) {
		for (size_t k = 0; k < n; k++) {
			int rc = run->read(run->ctx, out + k * run->stride,
					   run->read_first + i + k, e);

			if (rc)
				return rc;
		}
		return 0;
	}
	/* The source may end in the last of them, behind what is asked for. */
	return mun_peek(run->src, out, n * run->stride,
			run->off + i * run->stride, e);
}

/* Pairs of bytes, as audio has them. */
static void swap_bytes(uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint8_t low = p[i];

		p[i] = p[i + 1];
		p[i + 1] = low;
	}
}

static bool must_swap(const struct mun_image *img,
		      const struct mun_disc_run *run)
{
	return run->swapped && img->tracks[run->track].mode == MUN_TRACK_AUDIO;
}

/* ---- sub-channel ---- */

/* Bit 7 of every byte is P, and so on down to W: twelve bytes of each. */
static void unpack_sub(const uint8_t *packed, uint8_t *plain)
{
	memset(plain, 0, MUN_CD_SUB);
	for (size_t i = 0; i < MUN_CD_SUB; i++) {
		for (size_t c = 0; c < 8; c++) {
			unsigned int bit = packed[i];

			bit = bit >> (7 - c) & 1;

			plain[c * 12 + i / 8] |= (uint8_t)(bit << (7 - i % 8));
		}
	}
}

static void plain_sub(enum mun_sub_form form, const uint8_t *stored,
		      uint8_t *plain)
{
	switch (form) {
	case MUN_SUB_PACKED:
		unpack_sub(stored, plain);
		break;
	case MUN_SUB_PLAIN:
		memcpy(plain, stored, MUN_CD_SUB);
		break;
	case MUN_SUB_Q16:
		memset(plain, 0, MUN_CD_SUB);
		memset(plain, stored[15] & 0x80 ? 0xff : 0, 12);
		memcpy(plain + 12, stored, 12);
		break;
	case MUN_SUB_NONE:
		memset(plain, 0, MUN_CD_SUB);
		break;
	}
}

/* A .sub file holds those of all sectors, in their order. */
static int fetch_separate_sub(const struct mun_disc *d, uint64_t sector,
			      size_t n, uint8_t *out, struct mun_err *e)
{
	return mun_peek(d->sub, out, n * MUN_CD_SUB, sector * MUN_CD_SUB, e);
}

/* ---- one form, many sectors ---- */

static uint32_t unit_of(const struct mun_disc_run *run, enum mun_disc_form form)
{
	switch (form) {
	case MUN_DISC_COOKED:
		return COOKED;
	case MUN_DISC_SUB:
		return MUN_CD_SUB;
	case MUN_DISC_RAW:
		break;
	}
	return run->main_bytes;
}

static void take(struct mun_image *img, const struct mun_disc_run *run,
		 enum mun_disc_form form, const uint8_t *stored, uint8_t *out)
{
	uint32_t off = 0;

	if (form == MUN_DISC_SUB) {
		plain_sub(run->sub, stored + run->main_bytes, out);
		return;
	}
	if (form == MUN_DISC_COOKED)
		(void)mun_disc_user_off(img, run, &off);
	memcpy(out, stored + off, unit_of(run, form));
}

/* Through a stage of some sectors as stored. */
static int fetch_staged(struct mun_image *img, const struct mun_disc_run *run,
			enum mun_disc_form form, uint64_t i, size_t n,
			uint8_t *out, struct mun_err *e)
{
	size_t unit = unit_of(run, form);
	size_t step = MUN_MIN(n, MUN_MAX(1, STAGE_BYTES / run->stride));
	mun_autofree uint8_t *stage = malloc(step * run->stride);

	if (!stage)
		return mun_fail_nomem(e, "sectors");
	for (size_t at = 0; at < n; at += step) {
		size_t k = MUN_MIN(step, n - at);
		int rc = fetch_stored(run, i + at, k, stage, e);

		if (rc)
			return rc;
		for (size_t j = 0; j < k; j++)
			take(img, run, form, stage + j * run->stride,
			     out + (at + j) * unit);
	}
	return 0;
}

int mun_disc_fetch(struct mun_image *img, const struct mun_disc_run *run,
		   enum mun_disc_form form, uint64_t i, size_t n, uint8_t *out,
		   struct mun_err *e)
{
	size_t bytes = n * unit_of(run, form);
	bool direct = run->stride == run->main_bytes && form != MUN_DISC_SUB &&
		      unit_of(run, form) == run->main_bytes;
	int rc;

	if (form == MUN_DISC_SUB && img->disc->sub)
		return fetch_separate_sub(img->disc, run->first + i, n, out, e);
	if ((!run->src && !run->read) ||
	    (form == MUN_DISC_SUB && run->sub == MUN_SUB_NONE)) {
		memset(out, 0, bytes);
		return 0;
	}
	if (direct)
		rc = fetch_stored(run, i, n, out, e);
	else
		rc = fetch_staged(img, run, form, i, n, out, e);
	if (!rc && form == MUN_DISC_RAW && must_swap(img, run))
		swap_bytes(out, bytes);
	return rc;
}

/* ---- a place in a view ---- */

struct place {
	const struct mun_disc_run *run;
	uint64_t i; /* sector of the run */
	uint32_t within; /* bytes into it */
	uint32_t unit; /* bytes a sector has in this form */
};

static enum mun_disc_form form_of(const struct mun_disc *d, enum mun_view view)
{
	if (view == MUN_VIEW_SUB)
		return MUN_DISC_SUB;
	return view == MUN_VIEW_CONTENT && d->cooked ? MUN_DISC_COOKED
						     : MUN_DISC_RAW;
}

/* The last run that begins at or before sector or byte @at. */
static const struct mun_disc_run *find_run(const struct mun_disc *d,
					   uint64_t at, bool by_raw)
{
	size_t low = 0;
	size_t high = d->nruns;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		uint64_t begin = by_raw ? d->runs[mid].raw : d->runs[mid].first;

		if (begin <= at)
			low = mid;
		else
			high = mid;
	}
	return &d->runs[low];
}

static struct place find_place(const struct mun_disc *d,
			       enum mun_disc_form form, uint64_t off)
{
	struct place p = { .run = NULL };
	uint64_t in_run;

	if (form == MUN_DISC_RAW) {
		p.run = find_run(d, off, true);
		in_run = off - p.run->raw;
		p.unit = p.run->main_bytes;
		p.i = in_run / p.unit;
	} else {
		uint64_t sector;

		p.unit = form == MUN_DISC_SUB ? MUN_CD_SUB : COOKED;
		sector = off / p.unit;
		if (form == MUN_DISC_COOKED)
			sector += d->cooked_first;
		p.run = find_run(d, sector, false);
		p.i = sector - p.run->first;
		in_run = off;
	}
	p.within = (uint32_t)(in_run % p.unit);
	return p;
}

int mun_disc_pread(struct mun_image *img, enum mun_view view, void *buf,
		   size_t len, uint64_t off, struct mun_err *e)
{
	enum mun_disc_form form;
	uint8_t sector[MUN_CD_RAW];
	uint8_t *out = buf;

	if (!img->disc) /* preserved only */
		return mun_source_pread(img->src, buf, len, off, e);
	form = form_of(img->disc, view);
	while (len) {
		struct place p = find_place(img->disc, form, off);
		size_t n = len / p.unit;
		size_t got;
		int rc;

		if (p.within || n == 0) {
			got = MUN_MIN(len, (size_t)(p.unit - p.within));
			rc = mun_disc_fetch(img, p.run, form, p.i, 1, sector,
					    e);
			if (!rc)
				memcpy(out, sector + p.within, got);
		} else {
			n = (size_t)MUN_MIN((uint64_t)n, p.run->sectors - p.i);
			got = n * p.unit;
			rc = mun_disc_fetch(img, p.run, form, p.i, n, out, e);
		}
		if (rc)
			return rc;
		out += got;
		off += got;
		len -= got;
	}
	return 0;
}

/* ---- states ---- */

struct stretch {
	uint64_t sectors;
	enum mun_extent_kind kind;
};

/* The gap before a track may be silence that was read as data. */
static bool is_good(const struct mun_disc_run *run, const uint8_t *sector)
{
	enum mun_cd_check check = MUN_CD_UNCHECKED;

	switch (run->edc) {
	case MUN_DISC_EDC_MODE1:
		check = mun_cd_check_mode1(sector);
		break;
	case MUN_DISC_EDC_MODE2:
		check = mun_cd_check_mode2(sector, run->xa);
		break;
	case MUN_DISC_EDC_FORMS:
		check = mun_cd_check_forms(sector, run->xa);
		break;
	case MUN_DISC_EDC_NONE:
		break;
	}
	if (check == MUN_CD_BAD && run->pregap && !sector[0] &&
	    memcmp(sector, sector + 1, run->main_bytes - 1) == 0)
		return true;
	return check != MUN_CD_BAD;
}

/* From sector @i of @run on, at most @s->sectors: how many are of the first
 * one's state? */
static int scan(struct mun_image *img, const struct mun_disc_run *run,
		uint64_t i, struct stretch *s, struct mun_err *e)
{
	size_t step = STAGE_BYTES / run->main_bytes;
	uint64_t max = MUN_MIN(s->sectors, SCAN_BYTES / run->main_bytes);
	mun_autofree uint8_t *stage = malloc(step * run->main_bytes);
	bool first = true;

	if (!stage)
		return mun_fail_nomem(e, "sectors");
	for (uint64_t at = 0; at < max; at++) {
		size_t k = (size_t)(at % step);
		bool good;
		int rc = 0;

		if (k == 0)
			rc = mun_disc_fetch(img, run, MUN_DISC_RAW, i + at,
					    (size_t)MUN_MIN(step, max - at),
					    stage, e);
		if (rc)
			return rc;
		good = is_good(run, stage + k * run->main_bytes);
		if (at == 0)
			first = good;
		if (good != first) {
			max = at;
			break;
		}
	}
	s->sectors = max;
	s->kind = first ? MUN_EXTENT_DATA : MUN_EXTENT_DOUBTFUL;
	return 0;
}

static bool is_worse(enum mun_extent_kind a, enum mun_extent_kind b)
{
	return a == MUN_EXTENT_UNREADABLE ||
	       (a == MUN_EXTENT_DOUBTFUL && b != MUN_EXTENT_UNREADABLE);
}

/*
 * What the file says of itself: holes, and lost parts of it.  Whole sectors
 * that lie in one extent are of its kind; one that lies in several has lost
 * something if any has, and else is data.
 */
static int of_source(const struct mun_disc_run *run, uint64_t i,
		     uint64_t off_in_sector, uint32_t bytes, struct stretch *s,
		     struct mun_err *e)
{
	uint64_t off = run->off + i * run->stride + off_in_sector;
	uint64_t end = off + bytes;
	struct mun_extent x;
	int rc = mun_source_next_extent(run->src, off, &x, e);

	if (rc)
		return rc;
	s->kind = x.kind;
	if (x.bytes >= bytes) {
		s->sectors = MUN_MIN(s->sectors,
				     (x.bytes - bytes) / run->stride + 1);
		return 0;
	}
	s->sectors = 1;
	while (x.off + x.bytes < end) {
		rc = mun_source_next_extent(run->src, x.off + x.bytes, &x, e);
		if (rc)
			return rc;
		if (is_worse(x.kind, s->kind))
			s->kind = x.kind;
	}
	if (!is_worse(s->kind, MUN_EXTENT_DATA))
		s->kind = MUN_EXTENT_DATA;
	return 0;
}

static int main_state(struct mun_image *img, const struct mun_disc_run *run,
		      uint64_t i, struct stretch *s, struct mun_err *e)
{
	int rc = 0;

	if (!run->read)
		rc = of_source(run, i, 0, run->main_bytes, s, e);
	if (rc || s->kind == MUN_EXTENT_UNREADABLE ||
	    s->kind == MUN_EXTENT_DOUBTFUL || run->edc == MUN_DISC_EDC_NONE)
		return rc;
	return scan(img, run, i, s, e);
}

/* A .sub file that ends early has lost the rest. */
static int separate_state(const struct mun_disc *d, uint64_t sector,
			  struct stretch *s, struct mun_err *e)
{
	const struct mun_disc_run all = {
		.src = d->sub,
		.stride = MUN_CD_SUB,
		.sectors = d->sectors,
	};
	uint64_t there = d->sub->size / MUN_CD_SUB;

	if (sector >= there) {
		s->kind = MUN_EXTENT_UNREADABLE;
		return 0;
	}
	s->sectors = MUN_MIN(s->sectors, there - sector);
	return of_source(&all, sector, 0, MUN_CD_SUB, s, e);
}

static int sub_state(const struct mun_disc *d, const struct mun_disc_run *run,
		     uint64_t i, struct stretch *s, struct mun_err *e)
{
	if (d->sub)
		return separate_state(d, run->first + i, s, e);
	if (run->sub == MUN_SUB_NONE) {
		s->kind = MUN_EXTENT_HOLE;
		return 0;
	}
	if (run->read)
		return 0;
	return of_source(run, i, run->main_bytes, mun_sub_stored(run->sub), s,
			 e);
}

static int state_of(struct mun_image *img, enum mun_disc_form form,
		    const struct place *p, struct stretch *s, struct mun_err *e)
{
	const struct mun_disc_run *run = p->run;

	s->sectors = run->sectors - p->i;
	s->kind = MUN_EXTENT_DATA;
	if (form == MUN_DISC_SUB && img->disc->sub)
		return sub_state(img->disc, run, p->i, s, e);
	if (run->lost) {
		s->kind = MUN_EXTENT_UNREADABLE;
		return 0;
	}
	if (run->cut) {
		s->kind = MUN_EXTENT_DOUBTFUL;
		return 0;
	}
	if (form == MUN_DISC_SUB)
		return sub_state(img->disc, run, p->i, s, e);
	if (!run->src && !run->read) {
		s->kind = MUN_EXTENT_ZERO;
		return 0;
	}
	return main_state(img, run, p->i, s, e);
}

int mun_disc_next_extent(struct mun_image *img, enum mun_view view,
			 uint64_t off, struct mun_extent *out,
			 struct mun_err *e)
{
	struct stretch s = { .sectors = 0 };
	enum mun_disc_form form;
	struct place p;
	int rc;

	if (!img->disc)
		return mun_source_next_extent(img->src, off, out, e);
	form = form_of(img->disc, view);
	p = find_place(img->disc, form, off);
	rc = state_of(img, form, &p, &s, e);
	if (rc)
		return rc;
	out->off = off;
	out->bytes = s.sectors * p.unit - p.within;
	out->kind = s.kind;
	return 0;
}
