/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_minivmac.c - the early Macintosh of Mini vMac */
#include "emulate-export/target_minivmac.h"

#include <stdio.h>

#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u
#define DRIVES 6u

static int plan_item(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	bool floppy = item->medium == MUN_MEDIUM_FLOPPY;

	/* Its disks are volumes: there is nothing that reads a table. */
	if (*mun_retro_table(item))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"Mini vMac takes a volume without a partition "
				"table, and this disk has one");
	mun_plan_attach(p, i, floppy ? "floppy" : "disk", "",
			floppy ? "raw dc42" : "raw");
	if (floppy)
		return mun_retro_mac_floppy(item, e);
	return mun_retro_sectors(item, SECTOR, "a disk of Mini vMac", e);
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_minivmac, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(&s->items[i], out, i, e);
	if (rc)
		return rc;
	/* They are there from the first on, as if put in one after another. */
	for (size_t i = 0; i < out->n && i < DRIVES; i++)
		(void)snprintf(out->media[i].slot, sizeof(out->media[i].slot),
			       "drive%zu", i + 1);
	mun_retro_needs(out, "a ROM image of a Macintosh Plus (128 KiB); and "
			     "a System, unless it is on the media");
	mun_retro_note_swap(out, "eject a disk, then drop the file of another "
				 "one onto the window of Mini vMac");
	mun_plan_note(out, "The disks are copied for the session; what is "
			   "written to them is gone afterwards.");
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_retro_line l = { 0 };
	struct mun_script script = {
		.title = "Mini vMac",
		.variable = "MINIVMAC",
		.programs = "minivmac MinivMac",
		.debian = "",
		.homepage = "https://www.gryphel.com/c/minivmac/",
		.windows = "",
		.windows_program = "Mini vMac.exe",
		.comment = "# MAC_ROM=/path/to/vMac.ROM ./run uses that ROM\n",
		.needs = { { "MAC_ROM", "firmware/vMac.ROM",
			     "a ROM image of a Macintosh Plus (128 KiB)",
			     false } },
	};

	(void)s;
	mun_retro_add(&l, " -r ");
	mun_retro_add_variable(&l, "MAC_ROM");
	for (size_t i = 0; i < p->n; i++) {
		if (!*p->media[i].slot)
			continue;
		mun_retro_add(&l, " ");
		mun_retro_add_path(&l, p, i);
	}
	mun_retro_copy(&l, p, NULL);
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_minivmac = {
	.name = "minivmac",
	.title = "Mini vMac",
	.homepage = "https://www.gryphel.com/c/minivmac/",
	.program = "minivmac",
	.platforms = "mac-68k",
	.media = "floppy disk",
	.formats = "raw, dc42 (floppies)",
	.limits = "Six disks at a time; hard disks as one volume without a "
		  "partition table; no CD-ROM drive; System 7.5.5 at the most.",
	.needs = "A ROM image of a Macintosh Plus, and a System.",
	.protection = "The disks are copies for each session.",
	.missing = "No ROM and no System are supplied.",
	.plan = plan,
	.kit = kit,
};
