/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_msa_write.c - Magic Shadow Archiver (image/fmt_msa.c), written */
#include "image/floppy_write.h"

#include "core/str.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR 512u
#define SECTORS_MAX 48u
#define RUN 0xe5u
/* A run takes four bytes, so shorter ones do not pay. */
#define RUN_MIN 5u

static int form_of(struct mun_image *img, const struct mun_write_options *o,
		   struct mun_geometry *out, struct mun_err *e)
{
	int rc;

	if (img->sector_bytes != SECTOR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"MSA has sectors of %u bytes, this image of %u",
				SECTOR, img->sector_bytes);
	if (img->floppy && !img->geometry.sectors)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"its tracks are not alike: MSA has one "
				"geometry for all");
	rc = mun_floppy_geometry(img, o, out, e);
	if (!rc && out->sectors > SECTORS_MAX)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "%u sectors on a track",
			      out->sectors);
	return rc;
}

static int msa_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	static const char *const made[] = { NULL };
	struct mun_geometry g = { 0 };
	int rc = form_of(img, o, &g, e);

	return rc ? rc : mun_floppy_lose(loss, img, 0, made, e);
}

static void add_be16(struct mun_str *out, size_t v)
{
	mun_str_add_char(out, (char)(v >> 8));
	mun_str_add_char(out, (char)(v & 0xff));
}

/* The byte that marks a run is always one, however short. */
static void pack(const uint8_t *track, size_t len, struct mun_str *out)
{
	for (size_t at = 0; at < len;) {
		size_t n = 1;

		while (at + n < len && track[at + n] == track[at])
			n++;
		if (n >= RUN_MIN || track[at] == RUN) {
			mun_str_add_char(out, (char)RUN);
			mun_str_add_char(out, (char)track[at]);
			add_be16(out, n);
		} else {
			mun_str_add_bytes(out, track + at, n);
		}
		at += n;
	}
}

static int put_track(struct mun_image *img, uint64_t off, size_t len,
		     uint8_t *track, struct mun_str *out, struct mun_err *e)
{
	struct mun_str packed = { 0 };
	int rc;

	rc = mun_image_pread(img, MUN_VIEW_CONTENT, track, len, off, e);
	if (rc)
		return rc;
	pack(track, len, &packed);
	if (packed.failed)
		return mun_fail_nomem(e, "track");
	if (packed.len < len) {
		add_be16(out, packed.len);
		mun_str_add_bytes(out, packed.text, packed.len);
	} else {
		add_be16(out, len);
		mun_str_add_bytes(out, track, len);
	}
	mun_str_free(&packed);
	return 0;
}

static int msa_write(const struct mun_write *w, struct mun_err *e)
{
	uint8_t track[SECTORS_MAX * SECTOR];
	struct mun_geometry g = { 0 };
	struct mun_str out = { 0 };
	size_t len;
	int rc = form_of(w->img, w->options, &g, e);

	if (rc)
		return rc;
	len = (size_t)g.sectors * SECTOR;
	mun_str_add_bytes(&out, "\x0e\x0f", 2);
	add_be16(&out, g.sectors);
	add_be16(&out, g.heads - 1);
	add_be16(&out, 0);
	add_be16(&out, g.cylinders - 1);
	for (uint32_t i = 0; i < g.cylinders * g.heads && !rc; i++)
		rc = put_track(w->img, (uint64_t)i * len, len, track, &out, e);
	if (!rc)
		return mun_floppy_put(w, &out, e);
	mun_str_free(&out);
	return rc;
}

const struct mun_writer mun_write_msa = {
	.name = "msa",
	.title = "Magic Shadow Archiver (Atari ST)",
	.suffixes = "msa",
	.keys = MUN_FLOPPY_KEYS,
	.help = MUN_FLOPPY_HELP,
	.plan = msa_plan,
	.write = msa_write,
};
