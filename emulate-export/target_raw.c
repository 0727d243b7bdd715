/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_raw.c - the image and its record, for any use */
#include "emulate-export/target_raw.h"

#include <stdio.h>

#include "emulate-export/target_pc.h"

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_raw, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		const struct mun_target_item *item = &s->items[i];
		const struct mun_image_facts *f = item->facts;

		if (f->preserved_only[0])
			mun_plan_attach(out, i, "files", "", f->format);
		else if (item->medium == MUN_MEDIUM_OPTICAL)
			mun_plan_attach(out, i, "cdrom", "",
					mun_pc_is_iso(f) ? "iso raw"
							 : "cue toc");
		else if (item->medium == MUN_MEDIUM_FLOPPY)
			mun_plan_attach(out, i, "floppy", "", "raw imd edsk");
		else
			mun_plan_attach(out, i, "disk", "", "raw");
		if (mun_pc_is_iso(f) && item->medium == MUN_MEDIUM_OPTICAL &&
		    !f->preserved_only[0])
			(void)snprintf(out->media[i].suffix,
				       sizeof(out->media[i].suffix), "iso");
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
	.formats = "raw, imd, edsk, iso, cue with its files, and what is kept "
		   "and not decoded as it is",
	.kept = "any",
	.limits = "",
	.needs = "",
	.protection = "Nothing is started.",
	.missing = "An emulator, or whatever reads the image.",
	.plan = plan,
};
