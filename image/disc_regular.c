/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_regular.c - do the sectors of a disc hold more than their data? */
#include "image/disc_regular.h"

#include "core/check.h"
#include "core/log.h"
#include "core/source.h"
#include "image/cdsector.h"
#include "image/disc.h"

#include <stdlib.h>
#include <string.h>

#define RAW 2352u
#define DATA 16u /* of Mode 1, in the sector */
#define SECTORS 448u /* at once: about a megabyte */

static bool is_as_made(const uint8_t *sector, uint64_t lba)
{
	uint8_t made[RAW];

	memcpy(made + DATA, sector + DATA, 2048);
	mun_cd_make_mode1(made, lba);
	return memcmp(made, sector, RAW) == 0;
}

static bool are_as_made(const uint8_t *sectors, uint64_t n, uint64_t lba)
{
	for (uint64_t i = 0; i < n; i++)
		if (!is_as_made(sectors + i * RAW, lba + i))
			return false;
	return true;
}

static int look(struct mun_image *img, bool *regular, struct mun_err *e)
{
	const struct mun_track *t = &img->tracks[0];
	mun_auto(source) *raw = NULL;
	mun_autofree uint8_t *buf = malloc((size_t)SECTORS * RAW);
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "sectors of a disc");
	rc = mun_image_view_source(img, MUN_VIEW_RAW, &raw, e);
	*regular = true;
	for (uint64_t at = 0; !rc && *regular && at < t->sectors;) {
		uint64_t n = MUN_MIN(t->sectors - at, (uint64_t)SECTORS);

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_source_pread(raw, buf, (size_t)n * RAW,
					      (t->pregap_stored + at) * RAW, e);
		*regular = !rc && are_as_made(buf, n, t->start + at);
		at += n;
	}
	return rc;
}

/* One track, every sector of it whole, and the raw view is no other thing. */
static bool may_be_regular(const struct mun_image *img)
{
	const struct mun_track *t = &img->tracks[0];

	return img->disc->cooked && img->ntracks == 1 &&
	       t->mode == MUN_TRACK_DATA && t->sector_bytes == RAW &&
	       t->sectors < UINT64_MAX / RAW - t->pregap_stored &&
	       img->raw_bytes == (t->pregap_stored + t->sectors) * RAW;
}

int mun_disc_is_regular(struct mun_image *img, bool *out, struct mun_err *e)
{
	struct mun_disc *d = img->disc;
	int rc = 0;

	*out = false;
	if (!d || !may_be_regular(img))
		return 0;
	if (d->regular == MUN_DISC_NOT_LOOKED)
		rc = look(img, out, e);
	else
		*out = d->regular == MUN_DISC_REGULAR;
	if (!rc)
		d->regular = *out ? MUN_DISC_REGULAR : MUN_DISC_IRREGULAR;
	return rc;
}
