/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_write.c - what writers of sheets have in common */
#include "image/disc_write.h"

#include "core/check.h"
#include "core/str.h"
#include "image/cdsector.h"
#include "image/chunks.h"
#include "image/disc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKED 2048u
#define CHUNK_SECTORS 512u

int mun_disc_option(const struct mun_write_options *o, bool *whole,
		    struct mun_err *e)
{
	unsigned int which = 0;
	int rc = mun_write_choice(o, "sectors", "stored|2352", &which, e);

	*whole = which == 1;
	return rc;
}

/* ---- the plan ---- */

/* The raw view holds the tracks one after the other. */
static void take_tracks(struct mun_image *img, struct mun_disc_piece *pieces,
			size_t n)
{
	uint64_t off = 0;

	for (size_t i = 0; i < n; i++) {
		const struct mun_track *t = &img->tracks[i];
		struct mun_disc_piece *piece = &pieces[i];
		uint64_t bytes =
			(t->pregap_stored + t->sectors) * t->sector_bytes;

		piece->track = t;
		piece->gap = t->pregap_stored;
		if (i == 0 && t->start < t->pregap_stored)
			piece->left_out = t->pregap_stored - t->start;
		piece->gap -= (uint32_t)piece->left_out;
		piece->off = off + piece->left_out * t->sector_bytes;
		piece->bytes = bytes - piece->left_out * t->sector_bytes;
		piece->stored = t->sector_bytes;
		off += bytes;
	}
}

static int take_content(struct mun_image *img, struct mun_disc_piece *piece,
			struct mun_err *e)
{
	if (img->medium != MUN_MEDIUM_OPTICAL || img->ntracks != 1 ||
	    img->sector_bytes != COOKED || img->preserved_only[0])
		return mun_fail(e, MUN_EUNSUPPORTED,
				"it is no disc with sectors of 2048 bytes");
	if (img->bytes % COOKED)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"its last sector has %llu bytes",
				(unsigned long long)(img->bytes % COOKED));
	piece->track = &img->tracks[0];
	piece->bytes = img->bytes;
	piece->stored = COOKED;
	return 0;
}

/* Whole sectors of Mode 1 follow from their data; of Mode 2 they would need
 * subheaders that nobody knows. */
static int make_whole(struct mun_disc_piece *pieces, size_t n,
		      struct mun_err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct mun_disc_piece *piece = &pieces[i];
		const struct mun_track *t = piece->track;

		if (t->sector_bytes == MUN_CD_RAW)
			continue;
		if (t->mode != MUN_TRACK_DATA || t->sector_bytes != COOKED)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"track %u: whole sectors cannot be "
					"made of %u bytes of Mode 2",
					t->number, t->sector_bytes);
		piece->stored = MUN_CD_RAW;
	}
	return 0;
}

int mun_disc_plan_make(struct mun_image *img, bool whole,
		       struct mun_disc_plan *out, struct mun_err *e)
{
	size_t n = img->disc ? img->ntracks : 1;
	int rc = 0;

	*out = (struct mun_disc_plan){
		.view = img->disc ? MUN_VIEW_RAW : MUN_VIEW_CONTENT,
		.n = n,
		.whole = whole,
	};
	out->pieces = calloc(n, sizeof(*out->pieces));
	if (!out->pieces)
		return mun_fail_nomem(e, "tracks");
	if (img->disc)
		take_tracks(img, out->pieces, n);
	else
		rc = take_content(img, out->pieces, e);
	return rc || !whole ? rc : make_whole(out->pieces, n, e);
}

void mun_disc_plan_clear(struct mun_disc_plan *p)
{
	free(p->pieces);
	p->pieces = NULL;
}

uint64_t mun_disc_piece_sectors(const struct mun_disc_piece *p)
{
	return p->bytes / p->track->sector_bytes;
}

uint64_t mun_disc_piece_bytes(const struct mun_disc_piece *p)
{
	return mun_disc_piece_sectors(p) * p->stored;
}

/* ---- losses ---- */

/* Sectors that do not prove themselves lose their state. */
static bool all_prove(const struct mun_image *img)
{
	for (size_t i = 0; img->disc && i < img->disc->nruns; i++)
		if (img->disc->runs[i].cut &&
		    img->disc->runs[i].edc == MUN_DISC_EDC_NONE)
			return false;
	return img->disc != NULL;
}

static int lose_limits(struct mun_image *img, struct mun_loss *loss,
		       struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < img->nfacts && !rc && img->disc; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		if (f->kind == MUN_FACT_LIMIT)
			rc = mun_loss_add(loss, e, f->name, "the image", "%s",
					  f->value);
	}
	return rc;
}

int mun_disc_plan_loss(const struct mun_disc_plan *p, struct mun_image *img,
		       unsigned int keeps, struct mun_loss *loss,
		       struct mun_err *e)
{
	int rc;

	keeps |= MUN_KEEPS_TRACKS | MUN_KEEPS_RAW_SECTORS;
	if (all_prove(img))
		keeps |= MUN_KEEPS_DOUBTFUL;
	rc = mun_loss_usual(loss, img, keeps, e);
	if (!rc && p->pieces[0].left_out)
		rc = mun_loss_add(loss, e, "sectors before LBA 0", "track 1",
				  "%llu sectors: the sheet begins at LBA 0",
				  (unsigned long long)p->pieces[0].left_out);
	return rc ? rc : lose_limits(img, loss, e);
}

/* ---- the sectors ---- */

struct stream {
	const struct mun_disc_piece *piece;
	uint64_t at; /* byte of the file where it begins */
	bool swap;
	uint64_t lba;
};

static bool is_made(const struct stream *s)
{
	return s->piece->stored != s->piece->track->sector_bytes;
}

static int encode(void *ctx, struct mun_chunk *c, struct mun_err *e)
{
	const struct stream *s = ctx;
	uint64_t first = (c->off - s->piece->off) / COOKED;

	(void)e;
	if (s->swap) {
		for (size_t i = 0; i + 1 < c->len; i += 2) {
			c->enc[i] = c->data[i + 1];
			c->enc[i + 1] = c->data[i];
		}
		c->enc_len = c->len;
		return 0;
	}
	for (size_t i = 0; i < c->len / COOKED; i++) {
		uint8_t *sector = c->enc + i * MUN_CD_RAW;

		memcpy(sector + 16, c->data + i * COOKED, COOKED);
		mun_cd_make_mode1(sector, s->lba + first + i);
	}
	c->enc_len = c->len / COOKED * MUN_CD_RAW;
	return 0;
}

static int place(void *ctx, struct mun_chunk *c, struct mun_err *e)
{
	const struct stream *s = ctx;
	uint64_t off = c->off - s->piece->off;

	(void)e;
	if (is_made(s))
		off = off / COOKED * MUN_CD_RAW;
	else if (c->zero)
		return 0;
	c->out = c->enc_len ? c->enc : c->data;
	c->out_len = c->enc_len ? c->enc_len : c->len;
	c->out_off = s->at + off;
	return 0;
}

static const struct mun_chunks_ops as_it_is = { .place = place };
static const struct mun_chunks_ops encoded = { .encode = encode,
					       .place = place };

int mun_disc_piece_put(const struct mun_write *w, const struct mun_disc_plan *p,
		       size_t i, struct mun_outfile *file, uint64_t at,
		       bool swap, struct mun_err *e)
{
	const struct mun_disc_piece *piece = &p->pieces[i];
	struct stream s = {
		.piece = piece,
		.at = at,
		.swap = swap && piece->track->mode == MUN_TRACK_AUDIO,
		.lba = piece->track->start - piece->gap,
	};
	struct mun_chunks c = {
		.img = w->img,
		.view = p->view,
		.off = piece->off,
		.bytes = piece->bytes,
		.chunk_bytes =
			(size_t)CHUNK_SECTORS * piece->track->sector_bytes,
		.threads = w->threads,
		.ops = &as_it_is,
		.ctx = &s,
		.file = file,
		.progress = w->progress,
		.phase = "writing",
	};

	if (piece->bytes == 0)
		return 0;
	if (s.swap || is_made(&s)) {
		c.ops = &encoded;
		c.enc_room = (size_t)CHUNK_SECTORS * MUN_CD_RAW;
		c.encode_zeros = is_made(&s);
	}
	return mun_chunks_run(&c, e);
}

/* ---- the text ---- */

void mun_disc_add_msf(struct mun_str *s, uint64_t sectors)
{
	struct mun_msf msf = mun_cd_msf(sectors);

	mun_str_addf(s, "%02llu:%02u:%02u", (unsigned long long)msf.minute,
		     msf.second, msf.frame);
}

int mun_disc_put_text(const struct mun_write *w, const char *name,
		      struct mun_str *text, struct mun_err *e)
{
	struct mun_outfile *file = NULL;
	int rc;

	if (text->failed)
		return mun_fail_nomem(e, "sheet");
	rc = mun_output_file(w->out, name, &file, e);
	return rc ? rc : mun_outfile_write(file, text->text, text->len, 0, e);
}
