/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_shot.h - pictures of screens: read, compared, kept
 *
 * What an emulator writes is foreign data: sizes are checked before anything
 * is believed of it.
 */
#ifndef MUN_EXPORT_PROVE_SHOT_H
#define MUN_EXPORT_PROVE_SHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define MUN_SHOT_SIDE 4096u /* pixels; no screen of these machines is larger */
#define MUN_SHOT_FILE_MAX ((size_t)80 << 20) /* bytes: of such a one */

/* Zero it first; rgb holds 3 * width * height bytes. */
struct mun_shot {
	uint32_t width, height;
	uint8_t *rgb;
};

void mun_shot_clear(struct mun_shot *s); /* frees what it holds, not @s */

/**
 * mun_shot_ppm() - a binary PPM (netpbm "P6", 255 levels), as QEMU writes it
 * @out: what it held is freed; empty where it fails
 *
 * Return: 0, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_shot_ppm(const void *data, size_t len, struct mun_shot *out,
			   struct mun_err *e);

/* A frame buffer as Xvfb keeps it in a file: X window dump, version 7, 24 or
 * 32 bits a pixel.  As mun_shot_ppm(). */
MUN_CHECK int mun_shot_xwd(const void *data, size_t len, struct mun_shot *out,
			   struct mun_err *e);

/* A PNG of any kind, on black where it is transparent.  As mun_shot_ppm(). */
MUN_CHECK int mun_shot_png(const void *data, size_t len, struct mun_shot *out,
			   struct mun_err *e);

/* Append @s as PNG.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_shot_write(const struct mun_shot *s, struct mun_str *out,
			     struct mun_err *e);

/* How many of a thousand pixels are visibly another colour; 1000 where the
 * sizes differ or one is empty. */
unsigned int mun_shot_differ(const struct mun_shot *a,
			     const struct mun_shot *b);

/* Is nothing on it: of one colour, or with one rectangle of one colour, as an
 * empty window or a cursor is? */
bool mun_shot_blank(const struct mun_shot *s);

/* @to becomes what @from is; what it held is freed.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_shot_copy(const struct mun_shot *from, struct mun_shot *to,
			    struct mun_err *e);

#endif
