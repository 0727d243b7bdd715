/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_map.c - muniment map: how well each sector of an image was read */
#include "cli/image_open.h"

#include "cli/image_print.h"
#include "cli/picture_files.h"
#include "image/floppy.h"
#include "image/picture.h"
#include "image/states.h"

#include <inttypes.h>
#include <stdio.h>

struct listing {
	struct mun_jsonw *w; /* NULL: text */
	uint32_t sector_bytes;
	struct mun_states states;
};

static void add_state(struct mun_states *s, const struct mun_extent *x)
{
	uint64_t *const of[] = {
		[MUN_EXTENT_DATA] = &s->data_bytes,
		[MUN_EXTENT_HOLE] = &s->hole_bytes,
		[MUN_EXTENT_UNREADABLE] = &s->unreadable_bytes,
		[MUN_EXTENT_ZERO] = &s->zero_bytes,
		[MUN_EXTENT_DOUBTFUL] = &s->doubtful_bytes,
	};

	*of[x->kind] += x->bytes;
}

static int list_extent(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct listing *l = ctx;
	uint64_t lba = x->off / l->sector_bytes;
	uint64_t last = (x->off + x->bytes - 1) / l->sector_bytes;

	(void)e;
	add_state(&l->states, x);
	if (!l->w) {
		(void)printf("%-14" PRIu64 " %-14" PRIu64 " LBA %" PRIu64
			     "-%" PRIu64 " %s\n",
			     x->off, x->bytes, lba, last,
			     mun_extent_word(x->kind));
		return 0;
	}
	mun_jsonw_object(l->w, NULL);
	mun_jsonw_u64(l->w, "offset", x->off);
	mun_jsonw_u64(l->w, "bytes", x->bytes);
	mun_jsonw_u64(l->w, "first_lba", lba);
	mun_jsonw_u64(l->w, "last_lba", last);
	mun_jsonw_text(l->w, "state", mun_extent_word(x->kind));
	mun_jsonw_end_object(l->w);
	return 0;
}

/* What is not just a sector that was read well. */
static void list_sector(struct mun_jsonw *w, const struct mun_floppy_track *t,
			const struct mun_sector *s)
{
	enum mun_extent_kind kind = mun_sector_state(s);
	bool deleted = s->flags & MUN_SECTOR_DELETED;
	bool copy = s->content == MUN_SECTOR_NOWHERE;

	if (kind == MUN_EXTENT_DATA && !deleted && !copy)
		return;
	if (!w) {
		(void)printf("cylinder %u, head %u, sector %u: %s%s%s\n",
			     t->cylinder, t->head, s->r, mun_extent_word(kind),
			     deleted ? ", deleted mark" : "",
			     copy ? ", a further copy" : "");
		return;
	}
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "cylinder", t->cylinder);
	mun_jsonw_u64(w, "head", t->head);
	mun_jsonw_u64(w, "sector", s->r);
	mun_jsonw_u64(w, "bytes", s->bytes);
	mun_jsonw_text(w, "state", mun_extent_word(kind));
	mun_jsonw_bool(w, "deleted", deleted);
	mun_jsonw_bool(w, "copy", copy);
	mun_jsonw_end_object(w);
}

static void list_sectors(struct mun_jsonw *w, const struct mun_floppy *f)
{
	if (w)
		mun_jsonw_array(w, "sectors");
	for (size_t i = 0; f && i < f->ntracks; i++)
		for (uint32_t k = 0; k < f->tracks[i].sectors; k++)
			list_sector(w, &f->tracks[i],
				    &f->sectors[f->tracks[i].first + k]);
	if (w)
		mun_jsonw_end_array(w);
}

static int status_of(const struct mun_states *s)
{
	return s->unreadable_bytes || s->doubtful_bytes ? MUN_EXIT_DAMAGE
							: MUN_EXIT_DONE;
}

static int print_map(struct mun_cli *c, struct mun_image *img)
{
	struct mun_jsonw w;
	struct listing l = { .sector_bytes = img->sector_bytes };
	struct mun_err e;
	int rc;

	if (mun_cli_flag(c, "json")) {
		l.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_text(&w, "format", img->format->name);
		mun_jsonw_u64(&w, "bytes", img->bytes);
		mun_jsonw_u64(&w, "sector_size", img->sector_bytes);
		mun_jsonw_array(&w, "extents");
	}
	rc = mun_image_walk(img, MUN_VIEW_CONTENT, &c->progress, list_extent,
			    &l, &e);
	if (rc)
		return mun_cli_error(c, &e);
	if (l.w)
		mun_jsonw_end_array(&w);
	list_sectors(l.w, img->floppy);
	if (!l.w)
		return status_of(&l.states);
	mun_states_print_json(&w, &l.states);
	return mun_cli_json_end(c, &w, status_of(&l.states));
}

static int draw(struct mun_cli *c, struct mun_image *img, struct mun_err *e)
{
	struct mun_picture p = { 0 };
	int rc = mun_picture_make(img, &c->progress, &p, e);

	if (!rc)
		rc = mun_picture_files(c, &p, e);
	mun_picture_clear(&p);
	return rc;
}

int mun_cmd_map(struct mun_cli *c)
{
	bool picture = mun_picture_wanted(c);
	struct mun_opened o;
	struct mun_err e;
	int status;
	int rc;

	if (picture && mun_cli_flag(c, "json"))
		return mun_cli_usage(c, "--json or a picture, not both");
	rc = mun_opened_file(c, c->args[0], &o, &e);
	if (!rc && picture)
		rc = draw(c, o.img, &e);
	if (rc)
		status = mun_cli_error(c, &e);
	else
		status = picture ? MUN_EXIT_DONE : print_map(c, o.img);
	mun_opened_close(&o);
	return status;
}
