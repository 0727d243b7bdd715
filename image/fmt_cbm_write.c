/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cbm_write.c - D64: sectors of a 1541 disk, and how they were read
 *
 * The error bytes follow the sectors where any sector was not read well; their
 * meaning is told in fmt_cbm.c.
 */
#include "image/fmt_cbm.h"

#include "core/check.h"
#include "image/floppy.h"
#include "image/states.h"
#include "image/writer.h"

#include <stdlib.h>
#include <string.h>

#define LAST_CODE 0x0f

enum errors { ERRORS_AUTO, ERRORS_YES, ERRORS_NO };

static int which_errors(const struct mun_write_options *o, enum errors *out,
			struct mun_err *e)
{
	unsigned int n = 0;
	int rc = mun_write_choice(o, "errors", "auto|yes|no", &n, e);

	*out = (enum errors)n;
	return rc;
}

static const struct mun_cbm_layout *layout_of(const struct mun_image *img)
{
	for (size_t i = 0; i < MUN_COUNT(mun_cbm_1541); i++) {
		const struct mun_cbm_layout *l = &mun_cbm_1541[i];
		uint64_t n = mun_cbm_before(l, l->tracks + 1u);

		if (n * MUN_CBM_SECTOR == img->bytes)
			return l;
	}
	return NULL;
}

/* Does its table of sectors say nothing that the size of a D64 does not? */
static bool laid_out(const struct mun_image *img,
		     const struct mun_cbm_layout *l)
{
	const struct mun_floppy *f = img->floppy;

	if (!f || f->ntracks != l->tracks)
		return false;
	for (unsigned int t = 0; t < l->tracks; t++) {
		const struct mun_floppy_track *k = &f->tracks[t];

		if (k->cylinder != t || k->head ||
		    k->encoding != MUN_ENCODING_GCR ||
		    k->sectors != mun_cbm_sectors(l, t + 1))
			return false;
		for (uint32_t i = 0; i < k->sectors; i++)
			if (f->sectors[k->first + i].r != i ||
			    f->sectors[k->first + i].c != t)
				return false;
	}
	return true;
}

static int d64_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	const struct mun_cbm_layout *l = layout_of(img);
	unsigned int keeps = 0;
	enum errors errors;
	int rc = which_errors(o, &errors, e);

	if (!rc && !l)
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "a D64 has the sectors of 35, 40 or 42 tracks of "
			      "a 1541, this image %llu bytes",
			      (unsigned long long)img->bytes);
	if (rc)
		return rc;
	if (errors != ERRORS_NO)
		keeps |= MUN_KEEPS_UNREADABLE | MUN_KEEPS_DOUBTFUL;
	if (laid_out(img, l))
		keeps |= MUN_KEEPS_IDS;
	return mun_loss_usual(loss, img, keeps, e);
}

/* The codes of all sectors, and whether any is not MUN_CBM_OK. */
struct codes {
	uint8_t *code;
	uint64_t n;
	bool any;
};

static int note_state(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct codes *c = ctx;
	uint64_t last = (x->off + x->bytes - 1) / MUN_CBM_SECTOR;
	uint8_t code = x->kind == MUN_EXTENT_UNREADABLE ? MUN_CBM_NO_HEADER
							: MUN_CBM_DATA_SUM;

	(void)e;
	if (x->kind != MUN_EXTENT_UNREADABLE && x->kind != MUN_EXTENT_DOUBTFUL)
		return 0;
	for (uint64_t i = x->off / MUN_CBM_SECTOR; i <= last && i < c->n; i++)
		if (c->code[i] != MUN_CBM_NO_HEADER)
			c->code[i] = code;
	c->any = true;
	return 0;
}

/* What the table of sectors knows better: the code itself, where the disk is a
 * Commodore's, or what it was that failed. */
static uint8_t code_of(const struct mun_sector *s, uint8_t by_state)
{
	if (by_state == MUN_CBM_OK)
		return by_state;
	if (s->st1 > MUN_CBM_OK && s->st1 <= LAST_CODE && !s->st2)
		return s->st1;
	if (s->flags & MUN_SECTOR_NO_DATA)
		return MUN_CBM_NO_DATA;
	return s->flags & MUN_SECTOR_BAD_DATA ? MUN_CBM_DATA_SUM
	       : s->flags & MUN_SECTOR_BAD_ID ? MUN_CBM_HEADER_SUM
					      : by_state;
}

static void ask_table(const struct mun_floppy *f, struct codes *c)
{
	for (size_t t = 0; t < f->ntracks; t++) {
		const struct mun_floppy_track *k = &f->tracks[t];

		if (k->encoding != MUN_ENCODING_GCR)
			continue;
		for (uint32_t i = 0; i < k->sectors; i++) {
			const struct mun_sector *s = &f->sectors[k->first + i];
			uint64_t at = s->content / MUN_CBM_SECTOR;

			if (s->content != MUN_SECTOR_NOWHERE &&
			    s->bytes == MUN_CBM_SECTOR && at < c->n)
				c->code[at] = code_of(s, c->code[at]);
		}
	}
}

static int find_codes(const struct mun_write *w, struct codes *c,
		      struct mun_err *e)
{
	int rc;

	memset(c->code, MUN_CBM_OK, c->n);
	rc = mun_image_walk(w->img, MUN_VIEW_CONTENT, w->progress, note_state,
			    c, e);
	if (!rc && w->img->floppy)
		ask_table(w->img->floppy, c);
	return rc;
}

static int d64_write(const struct mun_write *w, struct mun_err *e)
{
	size_t bytes = (size_t)w->img->bytes;
	struct codes c = { .n = bytes / MUN_CBM_SECTOR };
	mun_autofree uint8_t *disk = malloc(bytes + c.n);
	struct mun_outfile *f = NULL;
	enum errors errors;
	int rc;

	if (!disk)
		return mun_fail_nomem(e, "disk");
	c.code = disk + bytes;
	rc = which_errors(w->options, &errors, e);
	if (!rc)
		rc = mun_image_pread(w->img, MUN_VIEW_CONTENT, disk, bytes, 0,
				     e);
	if (!rc)
		rc = find_codes(w, &c, e);
	if (!rc)
		rc = mun_output_file(w->out, NULL, &f, e);
	if (rc)
		return rc;
	if (errors == ERRORS_YES || (errors == ERRORS_AUTO && c.any))
		bytes += c.n;
	return mun_outfile_write(f, disk, bytes, 0, e);
}

const struct mun_writer mun_write_d64 = {
	.name = "d64",
	.title = "D64, sectors of a Commodore 1541 disk",
	.suffixes = "d64",
	.keys = "errors",
	.help = "errors=auto|yes|no",
	.plan = d64_plan,
	.write = d64_write,
};
