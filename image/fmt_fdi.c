/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_fdi.c - three formats called FDI
 *
 * Anex86 (PC-98), all numbers u32 LE, read:
 *	0 0	4 kind	8 bytes of this head	c bytes of data
 *	10 bytes per sector	14 sectors	18 sides	1c cylinders
 * "FDI", cylinders and sides at 4 and 6: of the ZX Spectrum; and
 * "Formatted Disk Image file": flux and bits, of the Amiga and others: kept.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 32u
#define HEAD_BYTES_MAX 65536u
#define FLUX_MAGIC "Formatted Disk Image file\r\n"

struct form {
	uint32_t head;
	uint32_t bytes;
	uint32_t sectors;
	uint32_t sides;
	uint32_t cylinders;
};

static bool parse(const uint8_t head[static HEAD], uint64_t size,
		  struct form *out)
{
	uint32_t data = mun_le32(head + 0xc);
	uint8_t code;

	out->head = mun_le32(head + 8);
	out->bytes = mun_le32(head + 0x10);
	out->sectors = mun_le32(head + 0x14);
	out->sides = mun_le32(head + 0x18);
	out->cylinders = mun_le32(head + 0x1c);
	return mun_le32(head) == 0 && out->head >= HEAD &&
	       out->head <= HEAD_BYTES_MAX &&
	       mun_sector_code(out->bytes, &code) && out->sectors >= 1 &&
	       out->sectors <= 64 && out->sides >= 1 && out->sides <= 2 &&
	       out->cylinders >= 1 && out->cylinders <= 86 &&
	       (uint64_t)out->bytes * out->sectors * out->sides *
			       out->cylinders ==
		       data &&
	       (uint64_t)out->head + data <= size;
}

static bool is_spectrum(const uint8_t *head, uint64_t size)
{
	unsigned int cylinders = mun_le16(head + 4);
	unsigned int sides = mun_le16(head + 6);

	return memcmp(head, "FDI", 3) == 0 && head[3] <= 1 && cylinders >= 1 &&
	       cylinders <= 100 && sides >= 1 && sides <= 2 &&
	       mun_le16(head + 10) < size;
}

static int fdi_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct form form;
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e))
		return MUN_BID_NO;
	if (memcmp(head, FLUX_MAGIC, strlen(FLUX_MAGIC)) == 0 ||
	    is_spectrum(head, src->size))
		return MUN_BID_MAGIC;
	return parse(head, src->size, &form) ? MUN_BID_CHECKED : MUN_BID_NO;
}

static int read_anex86(struct mun_image *img, const struct form *form,
		       struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	uint8_t *file = NULL;
	size_t track = (size_t)form->sectors * form->bytes;
	int rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);

	if (!rc)
		rc = mun_floppy_new(&f, e);
	for (uint32_t i = 0; i < form->cylinders * form->sides && !rc; i++) {
		struct mun_floppy_track t = {
			.cylinder = (uint16_t)(i / form->sides),
			.head = (uint8_t)(i % form->sides),
		};

		rc = mun_floppy_plain_track(f, &t, form->sectors, form->bytes,
					    1, file + form->head + i * track,
					    e);
	}
	free(file);
	mun_image_variant(img, "Anex86");
	return rc ? rc : mun_floppy_done(img, mun_steal(&f), e);
}

static int fdi_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t head[HEAD];
	struct form form;
	int rc = mun_peek(img->src, head, sizeof(head), 0, e);

	if (rc)
		return rc;
	mun_image_set_mime(img, "application/octet-stream");
	if (memcmp(head, FLUX_MAGIC, strlen(FLUX_MAGIC)) == 0) {
		mun_image_variant(img, "Formatted Disk Image");
		return mun_floppy_keep(img,
				       "bits and flux of tracks are not "
				       "decoded",
				       e);
	}
	if (is_spectrum(head, img->src->size)) {
		mun_image_variant(img, "ZX Spectrum");
		return mun_floppy_keep(
			img, "its table of sectors is not decoded", e);
	}
	if (!parse(head, img->src->size, &form))
		return mun_fail(e, MUN_ECORRUPT,
				"its head is none of those called FDI");
	return read_anex86(img, &form, e);
}

const struct mun_image_driver mun_image_fdi = {
	.name = "fdi",
	.title = "FDI: Anex86, and others by that name",
	.suffixes = "fdi",
	.bid = fdi_bid,
	.open = fdi_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
