/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy_write.c - what the writers of floppy formats share */
#include "image/floppy_write.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No drive steps further, no track holds more: ED has 36. */
#define CYLINDERS_MAX 86u
#define SECTORS_MAX 64u
#define DD_TRACK_BYTES 6656u
#define HD_TRACK_BYTES 13312u

int mun_floppy_geometry(const struct mun_image *img,
			const struct mun_write_options *o,
			struct mun_geometry *out, struct mun_err *e)
{
	const struct mun_geometry *g = &img->geometry;
	uint64_t heads = 0;
	uint64_t sectors = 0;
	uint64_t cylinder;
	int rc;

	rc = mun_write_number(o, "heads", g->heads, 1, 2, &heads, e);
	if (!rc)
		rc = mun_write_number(o, "sectors", g->sectors, 1, SECTORS_MAX,
				      &sectors, e);
	if (rc)
		return rc;
	cylinder = heads * sectors * img->sector_bytes;
	if (!cylinder)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"its geometry is not known: tell it by the "
				"options heads and sectors");
	if (heads > 2 || sectors > SECTORS_MAX || img->bytes % cylinder ||
	    !img->bytes || img->bytes / cylinder > CYLINDERS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu64 " bytes are no floppy of %" PRIu64
				" heads and %" PRIu64 " sectors of %u bytes",
				img->bytes, heads, sectors, img->sector_bytes);
	out->heads = (uint32_t)heads;
	out->sectors = (uint32_t)sectors;
	out->cylinders = (uint32_t)(img->bytes / cylinder);
	return 0;
}

/* The states of plain sectors, by the extents. */
static int note_states(struct mun_image *img, struct mun_floppy *f,
		       struct mun_err *e)
{
	struct mun_extent x = { .bytes = 0 };

	for (size_t i = 0; i < f->nsectors; i++) {
		struct mun_sector *s = &f->sectors[i];
		uint64_t end = s->raw + s->bytes;

		s->flags = 0;
		for (uint64_t at = s->raw; at < end; at = x.off + x.bytes) {
			int rc = mun_image_next_extent(img, MUN_VIEW_CONTENT,
						       at, &x, e);

			if (rc)
				return rc;
			if (x.kind == MUN_EXTENT_UNREADABLE)
				s->flags |= MUN_SECTOR_NO_DATA;
			else if (x.kind == MUN_EXTENT_DOUBTFUL)
				s->flags |= MUN_SECTOR_BAD_DATA;
		}
	}
	return 0;
}

/* 8-inch disks of 128 bytes are FM, as all else with such sectors. */
static int make_form(struct mun_image *img, const struct mun_geometry *g,
		     struct mun_floppy *f, struct mun_err *e)
{
	bool fm = img->sector_bytes == 128;

	for (uint32_t i = 0; i < g->cylinders * g->heads; i++) {
		const struct mun_floppy_track t = {
			.cylinder = (uint16_t)(i / g->heads),
			.head = (uint8_t)(i % g->heads),
			.encoding = fm ? MUN_ENCODING_FM : MUN_ENCODING_MFM,
			.kbps = fm ? 500 : 0,
		};
		int rc = mun_floppy_plain_track(f, &t, g->sectors,
						img->sector_bytes, 1, NULL, e);

		if (rc)
			return rc;
	}
	return note_states(img, f, e);
}

int mun_floppy_form(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_floppy_form *out, struct mun_err *e)
{
	struct mun_geometry g = { 0 };
	int rc;

	out->made = NULL;
	out->f = img->floppy;
	if (img->floppy)
		return 0;
	rc = mun_floppy_geometry(img, o, &g, e);
	if (!rc)
		rc = mun_floppy_new(&out->made, e);
	out->f = out->made;
	return rc ? rc : make_form(img, &g, out->made, e);
}

void mun_floppy_form_end(struct mun_floppy_form *form)
{
	mun_floppy_free(form->made);
	form->made = NULL;
	form->f = NULL;
}

int mun_floppy_append(struct mun_image *img, const struct mun_sector *s,
		      struct mun_str *out, struct mun_err *e)
{
	uint8_t *data = malloc(s->bytes);
	int rc;

	if (!data)
		return mun_fail_nomem(e, "sector");
	rc = mun_image_pread(img, MUN_VIEW_RAW, data, s->bytes, s->raw, e);
	if (!rc)
		mun_str_add_bytes(out, data, s->bytes);
	free(data);
	return rc;
}

bool mun_floppy_rereads(const struct mun_floppy *f,
			const struct mun_floppy_track *t, uint32_t i)
{
	const struct mun_sector *s = &f->sectors[t->first + i];
	const struct mun_sector *before = s - 1;

	return i > 0 && s->flags & MUN_SECTOR_WEAK &&
	       before->flags & MUN_SECTOR_WEAK && s->c == before->c &&
	       s->h == before->h && s->r == before->r && s->n == before->n &&
	       s->bytes == before->bytes;
}

unsigned int mun_floppy_kbps(const struct mun_floppy *f,
			     const struct mun_floppy_track *t)
{
	uint64_t bytes = 0;

	if (t->kbps)
		return t->kbps;
	for (uint32_t i = 0; i < t->sectors; i++)
		if (!mun_floppy_rereads(f, t, i))
			bytes += f->sectors[t->first + i].bytes;
	if (bytes <= DD_TRACK_BYTES)
		return 250;
	return bytes <= HD_TRACK_BYTES ? 500 : 1000;
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

int mun_floppy_lose(struct mun_loss *l, struct mun_image *img,
		    unsigned int keeps, const char *const *made,
		    struct mun_err *e)
{
	int rc = mun_loss_usual(l, img, keeps | MUN_KEEPS_MADE, e);

	for (size_t i = 0; i < img->nfacts && !rc; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		/* The comment is mun_loss_usual()'s already. */
		if (f->kind == MUN_FACT_MADE && !is_among(f->name, made) &&
		    strcmp(f->name, "comment") != 0 &&
		    strcmp(f->name, "name") != 0)
			rc = mun_loss_add(l, e, f->name, "the image",
					  "the target format has no place for "
					  "it");
	}
	return rc;
}

int mun_floppy_lose_odd(struct mun_loss *l, const struct mun_floppy_odd *rows,
			size_t n, struct mun_err *e)
{
	char where[32];
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		if (!rows[i].n)
			continue;
		(void)snprintf(where, sizeof(where), "%zu of them", rows[i].n);
		rc = mun_loss_add(l, e, rows[i].what, where, "%s", rows[i].why);
	}
	return rc;
}

int mun_floppy_put(const struct mun_write *w, struct mun_str *text,
		   struct mun_err *e)
{
	struct mun_outfile *file = NULL;
	int rc = 0;

	if (text->failed)
		rc = mun_fail_nomem(e, "floppy image");
	if (!rc)
		rc = mun_output_file(w->out, NULL, &file, e);
	if (!rc)
		rc = mun_outfile_write(file, text->text, text->len, 0, e);
	if (!rc)
		mun_progress_tell(w->progress, "writing", text->len, text->len,
				  0);
	mun_str_free(text);
	return rc;
}
