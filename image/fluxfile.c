/* SPDX-License-Identifier: Apache-2.0 */
/* image/fluxfile.c - what drivers of flux and bit-cell containers share */
#include "image/fluxfile.h"

#include "core/check.h"
#include "image/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define CRC_BLOCK ((size_t)256 << 10)

void mun_fluxfile_begin(struct mun_image *img, const char *reason)
{
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	img->sector_bytes = 512;
	mun_image_preserve_only(img, "%s", reason);
}

bool mun_fluxfile_inside(const struct mun_image *img, uint64_t off,
			 uint64_t len)
{
	return off <= img->src->size && len <= img->src->size - off;
}

int mun_fluxfile_read(const struct mun_image *img, void *buf, size_t len,
		      uint64_t off, const char *what, struct mun_err *e)
{
	if (!mun_fluxfile_inside(img, off, len))
		return mun_fail(e, MUN_ECORRUPT,
				"%s: %zu bytes at byte %llu of a file of %llu",
				what, len, (unsigned long long)off,
				(unsigned long long)img->src->size);
	return mun_source_pread(img->src, buf, len, off, e);
}

void mun_fluxfile_track(struct mun_fluxfile *f, const struct mun_image *img,
			uint32_t cylinder, uint32_t head, uint64_t off,
			uint64_t len)
{
	f->tracks++;
	f->cylinders = MUN_MAX(f->cylinders, cylinder + 1);
	f->heads = MUN_MAX(f->heads, head + 1);
	if (mun_fluxfile_inside(img, off, len))
		return;
	if (!f->outside++)
		(void)snprintf(f->first_outside, sizeof(f->first_outside),
			       "cylinder %u, head %u", cylinder, head);
}

int mun_fluxfile_done(struct mun_image *img, const struct mun_fluxfile *f,
		      struct mun_err *e)
{
	int rc;

	img->geometry.cylinders = f->cylinders;
	img->geometry.heads = f->heads;
	rc = mun_image_fact(img, MUN_FACT_MADE, "tracks", e, "%u", f->tracks);
	if (!rc && f->outside)
		rc = mun_image_check_fact(
			img, "structure", MUN_FACT_BAD, e,
			"%u of %u tracks do not lie inside the file, the first "
			"is %s",
			f->outside, f->tracks, f->first_outside);
	else if (!rc && f->tracks)
		rc = mun_image_check_fact(img, "structure", MUN_FACT_GOOD, e,
					  "all tracks lie inside the file");
	if (f->outside)
		mun_image_note(img,
			       "%u of %u tracks do not lie inside the "
			       "file: it may have been cut",
			       f->outside, f->tracks);
	else if (!f->tracks)
		mun_image_note(img, "no track holds anything");
	return rc ? rc : mun_image_one_track(img, e);
}

int mun_fluxfile_crc32(const struct mun_image *img, uint64_t off, uint32_t *out,
		       struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(CRC_BLOCK);
	uLong crc = crc32(0, NULL, 0);

	if (!buf)
		return mun_fail_nomem(e, "checksum");
	while (off < img->src->size) {
		size_t n = (size_t)MUN_MIN((uint64_t)CRC_BLOCK,
					   img->src->size - off);
		int rc = mun_source_pread(img->src, buf, n, off, e);

		if (rc)
			return rc;
		crc = crc32(crc, buf, (uInt)n);
		off += n;
	}
	*out = (uint32_t)crc;
	return 0;
}
