/* SPDX-License-Identifier: Apache-2.0 */
/* image/driver.c - what every fmt_NAME.c needs */
#include "image/driver.h"

#include "core/check.h"
#include "core/str.h"
#include "core/utf8.h"
#include "image/companion.h"

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

/* Room for one row more: the table doubles. */
static int grow_facts(struct mun_image *img, struct mun_err *e)
{
	size_t n = img->nfacts;
	struct mun_image_fact *rows;

	if (n >= MUN_IMAGE_FACTS)
		return mun_fail(e, MUN_ECORRUPT,
				"the image says more than %u things of itself",
				MUN_IMAGE_FACTS);
	if (n & (n - 1))
		return 0;
	rows = realloc(img->facts, (n ? 2 * n : 1) * sizeof(*rows));
	if (!rows)
		return mun_fail_nomem(e, "facts of an image");
	img->facts = rows;
	return 0;
}

/* A value that is cut ends with a whole character. */
static void trim(char *text, size_t size)
{
	size_t len = strnlen(text, size - 1);

	mun_utf8_trim(text, &len);
	memset(text + len, 0, size - len);
}

static int add_fact(struct mun_image *img, enum mun_fact_kind kind,
		    enum mun_fact_state state, const char *name,
		    struct mun_err *e, const char *value, va_list args)
	__attribute__((format(printf, 6, 0)));

static int add_fact(struct mun_image *img, enum mun_fact_kind kind,
		    enum mun_fact_state state, const char *name,
		    struct mun_err *e, const char *value, va_list args)
{
	struct mun_image_fact *f;
	int rc = grow_facts(img, e);

	if (rc)
		return rc;
	f = &img->facts[img->nfacts++];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->state = state;
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	trim(f->name, sizeof(f->name));
	(void)vsnprintf(f->value, sizeof(f->value), value, args);
	trim(f->value, sizeof(f->value));
	return 0;
}

int mun_image_fact(struct mun_image *img, enum mun_fact_kind kind,
		   const char *name, struct mun_err *e, const char *value, ...)
{
	va_list args;
	int rc;

	va_start(args, value);
	rc = add_fact(img, kind, MUN_FACT_NONE, name, e, value, args);
	va_end(args);
	return rc;
}

/* Escaped bytes take as much room as the bytes or more: as many of them as fit
 * are told, and no escape is cut in two. */
static int escape_to_fit(char *bytes, size_t len, size_t room,
			 struct mun_str *out, struct mun_err *e)
{
	for (;;) {
		mun_escape(out, bytes, len);
		if (out->failed)
			return mun_fail_nomem(e, "text of an image");
		if (out->len <= room)
			return 0;
		mun_str_free(out);
		*out = (struct mun_str){ 0 };
		len--;
		mun_utf8_trim(bytes, &len);
	}
}

int mun_image_fact_bytes(struct mun_image *img, enum mun_fact_kind kind,
			 const char *name, const void *bytes, size_t len,
			 struct mun_err *e)
{
	const size_t room = sizeof(img->facts->value) - 1;
	char text[sizeof(img->facts->value)] = { 0 };
	const char *from = bytes;
	struct mun_str clean = { 0 };
	int rc;

	while (len && (from[len - 1] == ' ' || from[len - 1] == '\0'))
		len--;
	if (!len)
		return 0;
	memcpy(text, from, MUN_MIN(len, room));
	if (len > room) {
		len = room;
		mun_utf8_trim(text, &len);
	}
	rc = escape_to_fit(text, len, room, &clean, e);
	if (!rc)
		rc = mun_image_fact(img, kind, name, e, "%s", clean.text);
	mun_str_free(&clean);
	return rc;
}

int mun_image_part(struct mun_image *img, const char *name, const char *what,
		   struct mun_err *e)
{
	struct mun_str shown = { 0 };
	int rc;

	mun_escape(&shown, name, strlen(name));
	if (shown.failed)
		rc = mun_fail_nomem(e, "name of a file");
	else
		rc = mun_image_fact(img, MUN_FACT_PART,
				    shown.text ? shown.text : "", e, "%s",
				    what);
	mun_str_free(&shown);
	return rc;
}

int mun_image_check_fact(struct mun_image *img, const char *name,
			 enum mun_fact_state state, struct mun_err *e,
			 const char *value, ...)
{
	va_list args;
	int rc;

	va_start(args, value);
	rc = add_fact(img, MUN_FACT_CHECK, state, name, e, value, args);
	va_end(args);
	return rc;
}

void mun_image_settle(struct mun_image *img, const char *name,
		      enum mun_fact_state state)
{
	for (size_t i = 0; i < img->nfacts; i++) {
		struct mun_image_fact *f = &img->facts[i];

		if (f->kind == MUN_FACT_CHECK && strcmp(f->name, name) == 0)
			f->state = state;
	}
}

void mun_image_preserve_only(struct mun_image *img, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(img->preserved_only, sizeof(img->preserved_only), "; ", fmt,
		 args);
	va_end(args);
}

int mun_image_open_named(const struct mun_image *img, const char *name,
			 const char *format, struct mun_image **out,
			 struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_image_request q = {
		.format = format,
		.companions = img->companions,
		.depth = img->depth + 1,
	};
	int rc;

	/* A loop of parents is found here too: it is longer than any chain. */
	if (img->depth >= MUN_IMAGE_DEPTH)
		return mun_fail(e, MUN_ECORRUPT,
				"more than %u parents, one above the other",
				MUN_IMAGE_DEPTH);
	rc = mun_companion_open(img->companions, name, &src, e);
	if (rc)
		return rc;
	q.src = src;
	q.file_name = mun_companion_last(name);
	rc = mun_image_open_with(&q, out, e);
	if (rc)
		return mun_ctx(e, "the parent");
	(*out)->own_src = mun_steal(&src);
	return 0;
}
