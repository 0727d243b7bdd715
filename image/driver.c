/* SPDX-License-Identifier: Apache-2.0 */
/* image/driver.c - what every fmt_NAME.c needs */
#include "image/driver.h"

#include "core/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int mun_peek(struct mun_source *src, void *buf, size_t len, uint64_t off,
	     struct mun_err *e)
{
	size_t there = 0;

	if (off < src->size)
		there = (size_t)MUN_MIN((uint64_t)len, src->size - off);
	memset((uint8_t *)buf + there, 0, len - there);
	return there ? mun_source_pread(src, buf, there, off, e) : 0;
}

int mun_peek_match(struct mun_source *src, uint64_t off, const void *bytes,
		   size_t len, bool *out, struct mun_err *e)
{
	uint8_t buf[64];
	int rc;

	*out = false;
	if (len > sizeof(buf) || off > src->size || len > src->size - off)
		return 0;
	rc = mun_source_pread(src, buf, len, off, e);
	if (!rc)
		*out = memcmp(buf, bytes, len) == 0;
	return rc;
}

bool mun_peek_is(struct mun_source *src, uint64_t off, const void *bytes,
		 size_t len)
{
	struct mun_err e;
	bool is;

	return mun_peek_match(src, off, bytes, len, &is, &e) == 0 && is;
}

bool mun_has_suffix(const char *file_name, const char *suffix)
{
	const char *dot = file_name ? strrchr(file_name, '.') : NULL;

	return dot && strcasecmp(dot + 1, suffix) == 0;
}

/*
 * Text that is cut must not end inside an escape or a character: a remark that
 * does not fit is left out whole, unless it is the first.
 */
static void add_text(char *field, size_t size, const char *separator,
		     const char *fmt, va_list args)
	__attribute__((format(printf, 4, 0)));

static void add_text(char *field, size_t size, const char *separator,
		     const char *fmt, va_list args)
{
	size_t used = strlen(field);
	size_t gap = used ? strlen(separator) : 0;
	int len;

	if (used + gap >= size)
		return;
	memcpy(field + used, separator, gap);
	len = vsnprintf(field + used + gap, size - used - gap, fmt, args);
	if (len < 0 || (used && (size_t)len >= size - used - gap))
		field[used] = '\0';
}

void mun_image_note(struct mun_image *img, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(img->note, sizeof(img->note), "; ", fmt, args);
	va_end(args);
}

void mun_image_variant(struct mun_image *img, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(img->variant, sizeof(img->variant), ", ", fmt, args);
	va_end(args);
}

void mun_image_set_puid(struct mun_image *img, const char *puid)
{
	snprintf(img->puid, sizeof(img->puid), "%s", puid);
}

void mun_image_set_mime(struct mun_image *img, const char *mime)
{
	snprintf(img->mime, sizeof(img->mime), "%s", mime);
}

int mun_image_one_track(struct mun_image *img, struct mun_err *e)
{
	struct mun_track *track = calloc(1, sizeof(*track));

	if (!track)
		return mun_fail_nomem(e, "track");
	track->session = 1;
	track->number = 1;
	track->mode = MUN_TRACK_DATA;
	track->sector_bytes = img->sector_bytes;
	track->sectors = img->bytes / img->sector_bytes +
			 (img->bytes % img->sector_bytes != 0);
	free(img->tracks);
	img->tracks = track;
	img->ntracks = 1;
	return 0;
}
