/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/cdtext.h - CD-TEXT: packs of 18 bytes, and the texts in them
 *
 * MMC-3 annex J.  A pack:
 *	0 u8 type		3 u8 bit 7: two bytes a character, bits 4 to 6:
 *	1 u8 track		  block (language), bits 0 to 3: where in its text
 *	2 u8 sequence		4 text[12]	16 u16 BE CRC, inverted
 * Texts end with a NUL and go on in the next pack of their type; a text that is
 * one tabulator is that of the track before.
 */
#ifndef MUN_IMAGE_CDTEXT_H
#define MUN_IMAGE_CDTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/disc.h"
#include "image/image.h"

#define MUN_CDTEXT_PACK 18u
/* What the names of its facts begin with: "CD-TEXT title of track 2". */
#define MUN_CDTEXT_FACT "CD-TEXT "
/* Eight blocks of 256 packs. */
#define MUN_CDTEXT_MAX ((size_t)8 * 256 * MUN_CDTEXT_PACK)

enum mun_cdtext_type {
	MUN_CDTEXT_TITLE = 0x80,
	MUN_CDTEXT_PERFORMER,
	MUN_CDTEXT_SONGWRITER,
	MUN_CDTEXT_COMPOSER,
	MUN_CDTEXT_ARRANGER,
	MUN_CDTEXT_MESSAGE,
	MUN_CDTEXT_DISC_ID,
	MUN_CDTEXT_GENRE,
	MUN_CDTEXT_TOC,
	MUN_CDTEXT_TOC2,
	MUN_CDTEXT_CLOSED = 0x8d,
	MUN_CDTEXT_CODES, /* of the disc UPC or EAN, of a track ISRC */
	MUN_CDTEXT_SIZES,
};

/* One text, as bytes of the disc's own coding. */
struct mun_cdtext_text {
	unsigned int block; /* 0 to 7 */
	enum mun_cdtext_type type;
	unsigned int track; /* 0: of the disc */
	bool wide; /* two bytes a character */
	const char *text;
	size_t len; /* without the NUL */
};

typedef int mun_cdtext_fn(void *ctx, const struct mun_cdtext_text *t,
			  struct mun_err *e);

/* Every text of the types that are texts, in order; what @fn returns other than
 * 0 ends it.  Broken packs give broken texts, never more. */
MUN_CHECK int mun_cdtext_each(const uint8_t *packs, size_t bytes,
			      mun_cdtext_fn *fn, void *ctx, struct mun_err *e);

/* The CRC of one pack, as it should stand at byte 16. */
uint16_t mun_cdtext_crc(const uint8_t pack[static 16]);

/* Put it there. */
void mun_cdtext_seal(uint8_t pack[static 18]);

/**
 * mun_cdtext_take() - give a disc its packs, and tell the texts as facts
 * @data: packs; before them 4 bytes of length, or after them a NUL, as some
 *        programs write, are left out
 *
 * Return: 0; MUN_ECORRUPT for what is no whole number of packs; MUN_ENOMEM.
 */
MUN_CHECK int mun_cdtext_take(struct mun_image *img, struct mun_disc *d,
			      const uint8_t *data, size_t len,
			      struct mun_err *e);

/* The name of a type for people, "title"; NULL where it is no text. */
const char *mun_cdtext_name(enum mun_cdtext_type type);

#endif
