/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_cpm.c - disks of CP/M, by their geometry and their directory
 *
 * Disks of Amstrad's PCW and of the Spectrum +3 say how they are laid out, in
 * the first bytes of their first sector (Spectrum +3 manual, chapter 8 part 27,
 * "disk specification"): 0 format (0 to 3), 1 sides (0: one, 1: in turn, 2: one
 * after the other), 2 tracks a side, 3 sectors, 4 log2 of the sector less 7, 5
 * reserved tracks, 6 log2 of the block less 7, 7 blocks of the directory, 8 and
 * 9 gaps, 10 to 14 zeros.  The sum of a sector that boots is 3 (+3), 1 or 255
 * (PCW).
 */
#include "image/fs_cpm.h"

#include "image/charset.h"
#include "image/fs_retro.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/fs_tools.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY 32u
#define SYSTEM_MOST 16384u /* bytes of reserved tracks that are looked at */

enum { SUM_NONE, SUM_PLUS3 = 3, SUM_PCW9512 = 1, SUM_PCW8256 = 255 };

/* ---- where the directory is ---- */

/* Sector @i of a file that begins with the track: where it is in the track. */
static uint32_t place_of(const struct mun_cpm_format *f, uint32_t i)
{
	uint8_t taken[256] = { 0 };
	uint32_t at = 0;

	if (f->order)
		return f->order[i];
	if (f->skew < 2 || f->sectors > sizeof(taken))
		return i;
	for (uint32_t k = 0;; k++) {
		while (taken[at])
			at = (at + 1) % f->sectors;
		if (k == i)
			return at;
		taken[at] = 1;
		at = (at + f->skew) % f->sectors;
	}
}

static uint64_t track_at(const struct mun_cpm_format *f, uint32_t track)
{
	uint32_t step = f->step ? f->step : 1;

	return (uint64_t)track * step * f->sectors * f->sector;
}

static int read_dir(const struct mun_cpm_format *f, struct mun_source *src,
		    uint8_t *dir, struct mun_err *e)
{
	uint32_t n = (f->entries * ENTRY + f->sector - 1u) / f->sector;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = track_at(f, f->reserved + i / f->sectors) +
			      (uint64_t)place_of(f, i % f->sectors) * f->sector;
		uint32_t left = f->entries * ENTRY - i * f->sector;
		uint32_t len = left < f->sector ? left : f->sector;
		int rc = mun_peek(src, dir + (size_t)i * f->sector, len, at, e);

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- what a table of sectors says ---- */

/* R of the first sector of the first track, and whether the track is one of 9
 * sectors of 512 numbered from there on. */
static uint8_t first_id(const struct mun_fs_place *p)
{
	const struct mun_floppy *f = p->img ? p->img->floppy : NULL;
	const struct mun_floppy_track *t;
	uint8_t least = 0xff;

	if (!f || !f->ntracks || f->tracks[0].sectors != 9 ||
	    f->nsectors < f->tracks[0].first + 9u)
		return 0;
	t = &f->tracks[0];
	for (uint32_t i = 0; i < 9; i++) {
		const struct mun_sector *s = &f->sectors[t->first + i];

		if (s->bytes != 512)
			return 0;
		if (s->r < least)
			least = s->r;
	}
	return least;
}

static uint8_t heads_of(const struct mun_fs_place *p)
{
	const struct mun_floppy *f = p->img ? p->img->floppy : NULL;

	for (size_t i = 0; f && i < f->ntracks; i++)
		if (f->tracks[i].head)
			return 2;
	return 1;
}

/* May @f be the format of the disk?  As IDs tell it, or by its size; @as: with
 * what the disk itself tells. */
static bool fits(const struct mun_cpm_format *f, const struct mun_fs_place *p,
		 struct mun_cpm_format *as)
{
	uint8_t id = first_id(p);
	uint64_t bytes = (uint64_t)f->tracks * f->sectors * f->sector;

	*as = *f;
	if (f->id) {
		as->step = heads_of(p);
		return id == f->id;
	}
	/* IDs that are another format's. */
	if ((id == 0x41 || id == 0xc1) && f->sectors == 9)
		return false;
	if (f->mark && strcmp(f->mark, "cpm-amstrad-cpc") == 0 && id)
		return false;
	return bytes == p->src->size;
}

/* ---- what is found ---- */

/* Is the system itself there, and not only something? */
static int look_system(const struct mun_cpm_format *f, struct mun_source *src,
		       bool *any, bool *cpm, struct mun_err *e)
{
	uint64_t bytes = track_at(f, f->reserved);
	size_t len = bytes < SYSTEM_MOST ? (size_t)bytes : SYSTEM_MOST;
	mun_autofree uint8_t *buf = calloc(1, len + 1);
	int rc;

	*any = false;
	*cpm = false;
	if (!buf)
		return mun_fail_nomem(e, "tracks of a system");
	rc = mun_peek(src, buf, len, 0, e);
	if (rc || !len)
		return rc;
	/* By sectors: one that was lost among those that were never written is
	 * no system. */
	for (size_t i = 0; i + 128 <= len; i += 128)
		if (!mun_fs_all(buf + i, 128, buf[i]))
			*any = true;
	*cpm = memmem(buf, len, "CP/M", 4) ||
	       memmem(buf, len, "DIGITAL RES", 11) ||
	       memmem(buf, len, "Digital Res", 11);
	return 0;
}

static void tell_sum(struct mun_contents *c, struct mun_contents_volume *v,
		     const struct mun_cpm_dir *d, unsigned int sum)
{
	if (sum == SUM_PLUS3)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot sector of a Spectrum +3, its sum is 3");
	else if ((sum == SUM_PCW9512 || sum == SUM_PCW8256) && d->ems)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot sector of a PCW, its sum is %u, an EMS or "
			     "EMT file",
			     sum);
	else if (sum == SUM_PCW9512 || sum == SUM_PCW8256)
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "boot sector of a PCW, its sum is %u, no EMS or "
			     "EMT file",
			     sum);
	else if (d->disk)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "the loader of a Spectrum +3 runs DISK");
	else
		mun_fs_boots(v, MUN_BOOTS_NO,
			     "the sum of the first sector "
			     "is none that boots");
	if (sum == SUM_PLUS3 || (d->disk && sum != SUM_PCW8256))
		mun_contents_add_mark(c, v, "cpm-spectrum-plus3", "%s",
				      v->boot_text);
	else
		mun_contents_add_mark(c, v, "cpm-amstrad-pcw",
				      "disk specification in the first sector");
}

static int tell_system(const struct mun_cpm_format *f,
		       const struct mun_fs_place *p, struct mun_contents *c,
		       struct mun_contents_volume *v, struct mun_err *e)
{
	bool any;
	bool cpm;
	int rc = look_system(f, p->src, &any, &cpm, e);

	if (rc)
		return rc;
	if (any)
		mun_contents_add_mark(c, v, "cpm-system",
				      "%u tracks of a system%s", f->reserved,
				      cpm ? ", which names itself" : "");
	if (cpm)
		mun_fs_boots(v, MUN_BOOTS_YES, "CP/M in the first %u tracks",
			     f->reserved);
	else if (any)
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "the first %u tracks are not empty", f->reserved);
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no tracks of a system");
	return 0;
}

/* @sum: of the sector with a specification; SUM_NONE without one */
static int add_volume(const struct mun_cpm_format *f,
		      const struct mun_cpm_dir *d, bool specified,
		      unsigned int sum, const struct mun_fs_place *p,
		      struct mun_contents *c, struct mun_err *e)
{
	struct mun_contents_volume *v =
		mun_fs_add(c, p, "cpm", f->title, f->block);

	if (!v)
		return 0;
	v->bytes = (uint64_t)f->tracks * f->sectors * f->sector;
	v->damaged = d->shared;
	mun_charset_label(d->label, sizeof(d->label), MUN_CHARSET_ASCII,
			  v->label, sizeof(v->label));
	if (specified) {
		tell_sum(c, v, d, sum);
		return 0;
	}
	if (f->mark)
		mun_contents_add_mark(c, v, f->mark, "%s", f->title);
	return tell_system(f, p, c, v, e);
}

/* ---- the disk specification of Amstrad ---- */

static bool parse_spec(const uint8_t *s, uint64_t size,
		       struct mun_cpm_format *f)
{
	uint32_t sides = s[1] & 3 ? 2 : 1;

	if (s[0] > 3 || (s[1] & 3) > 2 || s[2] < 35 || s[2] > 85 || s[3] < 8 ||
	    s[3] > 10 || s[4] != 2 || s[5] > 8 || s[6] < 3 || s[6] > 5 ||
	    s[7] < 1 || s[7] > 8 || !mun_fs_all(s + 10, 5, 0))
		return false;
	*f = (struct mun_cpm_format){
		.title = "CP/M Plus (Amstrad PCW, Spectrum +3)",
		.sector = 512,
		.sectors = s[3],
		.tracks = (uint16_t)(s[2] * sides),
		.reserved = s[5],
		.block = (uint16_t)(128u << s[6]),
		.entries = (uint16_t)((128u << s[6]) * s[7] / ENTRY),
		.step = (s[1] & 3) == 2 ? 2 : 1,
	};
	return f->entries <= MUN_CPM_DIR_MOST &&
	       size >= track_at(f, f->reserved + 1u) &&
	       size <= (uint64_t)(f->tracks + 8u) * f->sectors * f->sector &&
	       mun_cpm_blocks(f) > s[7];
}

static int find_specified(const struct mun_fs_place *p, struct mun_contents *c,
			  bool *found, struct mun_err *e)
{
	uint8_t dir[MUN_CPM_DIR_MOST * ENTRY];
	struct mun_cpm_format f;
	struct mun_cpm_dir d;
	unsigned int sum = 0;
	uint8_t s[512];
	int rc = mun_peek(p->src, s, sizeof(s), 0, e);

	if (rc || !parse_spec(s, p->src->size, &f))
		return rc;
	rc = read_dir(&f, p->src, dir, e);
	if (rc || !mun_cpm_look(&f, dir, &d))
		return rc;
	*found = true;
	for (size_t i = 0; i < sizeof(s); i++)
		sum += s[i];
	return add_volume(&f, &d, true, sum & 0xff, p, c, e);
}

static int find_known(const struct mun_fs_place *p, struct mun_contents *c,
		      struct mun_err *e)
{
	uint8_t dir[MUN_CPM_DIR_MOST * ENTRY];

	for (const struct mun_cpm_format *f = mun_cpm_formats; f->title; f++) {
		struct mun_cpm_format as;
		struct mun_cpm_dir d;
		int rc;

		if (!fits(f, p, &as))
			continue;
		rc = read_dir(&as, p->src, dir, e);
		if (rc)
			return rc;
		/* Only free entries are no sign of it, but with its IDs. */
		if (mun_cpm_look(&as, dir, &d) &&
		    (d.files || (as.id && !d.entries)))
			return add_volume(&as, &d, false, SUM_NONE, p, c, e);
	}
	return 0;
}

static int find_cpm(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	bool found = false;
	int rc;

	if (p->part || p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = find_specified(p, c, &found, e);
	return rc || found ? rc : find_known(p, c, e);
}

const struct mun_fs_finder mun_fs_cpm = {
	.name = "cpm",
	.weak = true,
	.find = find_cpm,
};
