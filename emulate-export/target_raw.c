/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_raw.c - the image and its record, for any use */
#include "emulate-export/target_raw.h"

#include <stdio.h>

#include "emulate-export/target_pc.h"

/* Plain bytes where they hold all of it; else the form that it is kept in,
 * which always does. */
static void attach(struct mun_plan *out, size_t i,
		   const struct mun_target_item *item)
{
	const struct mun_image_facts *f = item->facts;
	bool disc = item->medium == MUN_MEDIUM_OPTICAL;
	const char *plain = "raw";
	const char *device = "disk";
	char formats[sizeof(out->media[i].formats)];

	if (disc) {
		plain = mun_pc_is_iso(f) ? "iso raw" : "cue toc";
		device = "cdrom";
	} else if (item->medium == MUN_MEDIUM_FLOPPY) {
		plain = "raw imd edsk";
		device = "floppy";
	}
	(void)snprintf(formats, sizeof(formats), "%s %s", plain, f->format);
	mun_plan_attach(out, i, device, "", formats);
	if (mun_pc_is_iso(f) && disc)
		(void)snprintf(out->media[i].suffix,
			       sizeof(out->media[i].suffix), "iso");
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_raw, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		const struct mun_target_item *item = &s->items[i];

		if (item->facts->preserved_only[0])
			mun_plan_attach(out, i, "files", "",
					item->facts->format);
		else
			attach(out, i, item);
	}
	out->suit = MUN_SUIT_DATA;
	out->boots = false;
	(void)snprintf(out->reason, sizeof(out->reason),
		       "the image and its record, for any use");
	return 0;
}

const struct mun_target mun_target_raw = {
	.name = "raw",
	.title = "Image and record alone",
	.homepage = "",
	.program = "none",
	.platforms = "any",
	.media = "floppy cdrom disk",
	.formats = "raw, imd, edsk, iso, cue with its files, or the form that "
		   "it is kept in",
	.kept = "any",
	.limits = "",
	.needs = "",
	.protection = "Nothing is started.",
	.missing = "An emulator, or whatever reads the image.",
	.plan = plan,
};
