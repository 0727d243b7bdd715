/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_mame.c - one of the many machines of MAME */
#include "emulate-export/target_mame.h"

#include <string.h>

#include "emulate-export/kit.h"
#include "emulate-export/mame_machines.h"
#include "emulate-export/target_retro.h"

/* The platform that decides: that of the set, else of an item's others. */
static int choose(const struct mun_target_set *s, size_t i,
		  struct mun_mame_choice *out, struct mun_err *e)
{
	const struct mun_target_item *item = &s->items[i];
	struct mun_err first;
	int rc = mun_mame_choose(s->platform, item, out, e);

	if (rc != MUN_EUNSUPPORTED)
		return rc;
	first = *e;
	for (size_t k = 0; item->verdict && k < item->verdict->nothers; k++) {
		rc = mun_mame_choose(item->verdict->others[k], item, out, e);
		if (!rc)
			return 0;
	}
	*e = first;
	return first.code;
}

static bool is_same_machine(const struct mun_mame_machine *a,
			    const struct mun_mame_machine *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->options, b->options);
}

static int plan_item(const struct mun_target_set *s, size_t i,
		     struct mun_plan *p, struct mun_err *e)
{
	struct mun_mame_choice first;
	struct mun_mame_choice c;
	const char *slot = NULL;
	size_t before;
	int rc = choose(s, 0, &first, e);

	if (!rc)
		rc = choose(s, i, &c, e);
	if (rc)
		return rc;
	if (!is_same_machine(first.machine, c.machine))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the media are for different machines: %s, "
				"and %s",
				first.machine->title, c.machine->title);
	before = mun_retro_count(p, c.machine->device);
	if (before < MUN_MAME_DRIVES)
		slot = c.machine->drives[before];
	mun_plan_attach(p, i, c.machine->device, slot ? slot : "", c.formats);
	mun_retro_suffix(p, i, c.suffix);
	p->media[i].guest_bytes = c.padded;
	p->media[i].pad = c.padded != 0;
	/* A floppy or a disc can be changed, a hard disk cannot. */
	if (!slot && !strcmp(c.machine->device, "disk"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a %s has no drive for one more hard disk",
				c.machine->title);
	return 0;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	struct mun_mame_choice c;
	int rc = mun_target_begin(&mun_target_mame, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(s, i, out, e);
	if (!rc)
		rc = choose(s, 0, &c, e);
	if (rc)
		return rc;
	mun_retro_needs(out,
			"the ROMs of a %s as MAME has them (\"%s\" and what "
			"\"mame -listroms %s %s\" names)",
			c.machine->title, c.machine->name, c.machine->name,
			c.machine->options);
	mun_retro_note_swap(out, "the Scroll Lock key, then Tab, opens MAME's "
				 "menu: File Manager");
	mun_plan_note(out, "Floppies are copied for the session; what is "
			   "written to them, or to a hard disk, is gone "
			   "afterwards.");
	/* MAME is made to document machines; the others are made to use them.
	 */
	if (out->suit == MUN_SUIT_GOOD)
		out->suit = MUN_SUIT_FAIR;
	return 0;
}

/*
 * Everything that MAME writes has a folder of its own in the session.  A hard
 * disk is a compressed CHD, which MAME cannot write to: it makes a file with
 * the differences.
 */
static const char *const folders[] = {
	"-cfg_directory",      "-nvram_directory", "-diff_directory",
	"-comment_directory",  "-input_directory", "-state_directory",
	"-snapshot_directory", "-share_directory",
};

/* A CHD that is given as it is kept may be one that is not compressed, or of an
 * old version: to that MAME does write. */
static bool has_kept_disk(const struct mun_target_set *s,
			  const struct mun_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->media[i].device, "disk") &&
		    mun_retro_is(&s->items[i], "chd"))
			return true;
	}
	return false;
}

static void add_drives(const struct mun_plan *p, struct mun_retro_line *l)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!*p->media[i].slot)
			continue;
		mun_retro_add(l, " -%s ", p->media[i].slot);
		mun_retro_add_path(l, p, i);
	}
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_retro_line l = { .variable = "MAME_ROMS",
				    .option = "-rompath " };
	struct mun_mame_choice c;
	struct mun_script script = {
		.title = "MAME",
		.variable = "MAME",
		.programs = "mame /usr/games/mame",
		.debian = "mame",
		.homepage = "https://www.mamedev.org/",
		.windows = "%SystemDrive%\\mame\\mame.exe",
		.windows_program = "mame.exe",
		.comment = "# MAME_ROMS=/folder ./run looks for the ROMs there "
			   "only\n",
		.needs = { { "MAME_ROMS", "firmware/roms",
			     "a folder with the ROMs of the machine as MAME "
			     "has them",
			     true } },
	};
	int rc = choose(s, 0, &c, e);

	if (rc)
		return rc;
	mun_retro_add(&l, " %s%s%s -window -skip_gameinfo", c.machine->name,
		      *c.machine->options ? " " : "", c.machine->options);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		mun_retro_add(&l, " %s .", folders[i]);
	add_drives(p, &l);
	mun_retro_copy(&l, p, "floppy");
	if (has_kept_disk(s, p))
		mun_retro_copy(&l, p, "disk");
	else
		mun_retro_link(&l, p, "disk");
	mun_retro_link(&l, p, "cdrom");
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_mame = {
	.name = "mame",
	.title = "MAME",
	.homepage = "https://www.mamedev.org/",
	.program = "mame (Debian: mame)",
	.platforms = "apple2 mac-68k amiga atari-st atari-8bit c64 cbm-pet "
		     "msx spectrum amstrad-cpc cpm acorn-bbc "
		     "acorn-archimedes pc98 x68000 sun console",
	.media = "floppy disk cdrom",
	.formats = "by machine: raw, dc42, 2mg, woz, nib, moof, adf, ipf, stx, "
		   "atr, d64, g64, d71, d81, d80, d82, edsk, trd, mgt, imd, "
		   "d88; hard disks and discs chd",
	.kept = "woz nib moof ipf g64 nfd",
	.limits = "One machine for a whole set, with as many drives as it "
		  "has; the sizes and formats of floppies that it had.",
	.needs = "The ROMs of the machine, as MAME has them.",
	.protection = "Floppies: a copy for each session. Hard disks: a "
		      "compressed CHD, whose changes go to another file; one "
		      "that was kept as CHD: a copy. Discs are only read.",
	.missing = "No ROMs are supplied.",
	.plan = plan,
	.kit = kit,
};
