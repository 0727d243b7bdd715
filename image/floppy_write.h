/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/floppy_write.h - what the writers of floppy formats share
 *
 * A table of sectors (image/floppy.h): the image's own, or one made for plain
 * sectors, whose geometry is the image's or given by the options heads and
 * sectors.  The data of a sector are always read from the image, as a proxy
 * (image/remote.h) has none in its table.
 */
#ifndef MUN_IMAGE_FLOPPY_WRITE_H
#define MUN_IMAGE_FLOPPY_WRITE_H

#include "core/err.h"
#include "core/str.h"
#include "image/floppy.h"
#include "image/image.h"
#include "image/writer.h"

#define MUN_FLOPPY_KEYS "heads sectors"
#define MUN_FLOPPY_HELP "heads=1|2, sectors=N of plain sectors"

struct mun_floppy_form {
	const struct mun_floppy *f;
	struct mun_floppy *made; /* f, where it is not the image's; or NULL */
};

/**
 * mun_floppy_form() - the table of sectors of @img
 * @out: mun_floppy_form_end() it, also when this fails
 *
 * Return: 0; MUN_EUNSUPPORTED where there is neither a table nor a geometry
 * that a floppy can have; MUN_EINVAL for options; MUN_ENOMEM; MUN_EIO.
 */
MUN_CHECK int mun_floppy_form(struct mun_image *img,
			      const struct mun_write_options *o,
			      struct mun_floppy_form *out, struct mun_err *e);
void mun_floppy_form_end(struct mun_floppy_form *form);

/* The geometry that makes all of the content, of at most 2 heads; the options
 * first.  0, MUN_EUNSUPPORTED, MUN_EINVAL. */
MUN_CHECK int mun_floppy_geometry(const struct mun_image *img,
				  const struct mun_write_options *o,
				  struct mun_geometry *out, struct mun_err *e);

/* The data of @s, behind what is in @out. */
MUN_CHECK int mun_floppy_append(struct mun_image *img,
				const struct mun_sector *s, struct mun_str *out,
				struct mun_err *e);

/* Is sector @i of the table one more reading of the weak one before it? */
bool mun_floppy_rereads(const struct mun_floppy *f,
			const struct mun_floppy_track *t, uint32_t i);

/* kbit/s that a track is recorded with, by what is on it where not told. */
unsigned int mun_floppy_kbps(const struct mun_floppy *f,
			     const struct mun_floppy_track *t);

/**
 * mun_floppy_lose() - what the target loses; as mun_loss_usual()
 * @made: names of MUN_FACT_MADE rows that it keeps, ended by NULL
 */
MUN_CHECK int mun_floppy_lose(struct mun_loss *l, struct mun_image *img,
			      unsigned int keeps, const char *const *made,
			      struct mun_err *e);

/* Oddities that the target has no place for. */
struct mun_floppy_odd {
	size_t n; /* 0: there are none */
	const char *what;
	const char *why;
};

/* A row of @l for each of them that there is; 0 or MUN_ENOMEM. */
MUN_CHECK int mun_floppy_lose_odd(struct mun_loss *l,
				  const struct mun_floppy_odd *rows, size_t n,
				  struct mun_err *e);

/* Make @text the main file of @w; it is freed in every case. */
MUN_CHECK int mun_floppy_put(const struct mun_write *w, struct mun_str *text,
			     struct mun_err *e);

#endif
