/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_hatari.c - the Atari ST of Hatari */
#include "emulate-export/target_hatari.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u
#define FLOPPY_MAX ((uint64_t)86 * 2 * 42 * SECTOR) /* ED, a bit over */
#define DD_SECTORS 11u /* on a track, at the very most */
#define ACSI_MAX 8u

/* What Hatari reads as it is, and is not (wholly) decoded here. */
#define OWN "stx ipf ctraw"

static int plan_floppy(const struct mun_target_item *item, struct mun_plan *p,
		       size_t i, struct mun_err *e)
{
	static const char *const drives[] = { "a", "b" };
	size_t before = mun_retro_count(p, "floppy");
	const char *slot = before < 2 ? drives[before] : "";
	int rc;

	/* Its own bytes say more than the sectors: times, fuzzy bits. */
	if (mun_retro_is(item, OWN)) {
		mun_plan_attach(p, i, "floppy", slot, item->facts->format);
		return 0;
	}
	rc = mun_retro_sectors(item, SECTOR, "Hatari's floppy drive", e);
	if (rc)
		return rc;
	if (item->facts->bytes > FLOPPY_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu64 " bytes are no floppy of an Atari",
				item->facts->bytes);
	mun_plan_attach(p, i, "floppy", slot, "raw");
	mun_retro_suffix(p, i, "st");
	return 0;
}

static int plan_disk(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	char slot[24];

	(void)snprintf(slot, sizeof(slot), "acsi%zu",
		       mun_retro_count(p, "disk"));
	mun_plan_attach(p, i, "disk", slot, "raw");
	mun_retro_suffix(p, i, "img");
	return mun_retro_sectors(item, SECTOR, "an ACSI disk", e);
}

static int plan_item(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	return item->medium == MUN_MEDIUM_DISK ? plan_disk(item, p, i, e)
					       : plan_floppy(item, p, i, e);
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_hatari, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(&s->items[i], out, i, e);
	if (!rc)
		rc = mun_retro_at_most(out, "disk", ACSI_MAX,
				       "ACSI disks on an Atari", e);
	if (rc)
		return rc;
	mun_retro_needs(out, "a TOS image of an Atari ST, or EmuTOS, which is "
			     "free (https://emutos.sourceforge.io/)");
	mun_retro_note_swap(out, "F12 opens the menu of Hatari");
	if (mun_retro_count(out, "disk"))
		mun_plan_note(out, "Hard disks are copied for the session; "
				   "what is written to them is gone "
				   "afterwards. TOS needs a driver for them "
				   "on the disk itself; EmuTOS has one.");
	return 0;
}

/* A floppy of high density is nothing that an ST could read. */
static const char *machine_of(const struct mun_target_set *s,
			      const struct mun_plan *p)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(p->media[i].device, "floppy") &&
		    s->items[i].facts->geometry.sectors > DD_SECTORS)
			return "megaste";
	}
	return "st";
}

static void add_media(const struct mun_plan *p, struct mun_retro_line *l)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];

		if (!*m->slot)
			continue;
		if (!strcmp(m->device, "floppy"))
			mun_retro_add(l, " --disk-%s ", m->slot);
		else
			mun_retro_add(l,
				      " --acsi %s=", m->slot + strlen("acsi"));
		mun_retro_add_path(l, p, i);
	}
}

/*
 * What the user has configured otherwise, as folders of theirs for the machine
 * to write to, is switched off: it is no part of the object.
 */
static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_retro_line l = { 0 };
	struct mun_script script = {
		.title = "Hatari",
		.variable = "HATARI",
		.programs = "hatari",
		.debian = "hatari",
		.homepage = "https://www.hatari-emu.org/",
		.windows = "%ProgramFiles%\\Hatari\\hatari.exe",
		.windows_program = "hatari.exe",
		.comment = "# TOS=/path/to/tos.img ./run uses that ROM\n",
		.needs = { { "TOS", "firmware/tos.img",
			     "a TOS image of an Atari ST, or the free EmuTOS",
			     false } },
	};

	mun_retro_add(&l, " --tos ");
	mun_retro_add_variable(&l, "TOS");
	mun_retro_add(&l,
		      " --machine %s --window --confirm-quit off"
		      " --harddrive none --protect-hd on --protect-floppy on",
		      machine_of(s, p));
	add_media(p, &l);
	mun_retro_copy(&l, p, "disk");
	if (l.copies.len)
		mun_retro_link(&l, p, "floppy");
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_hatari = {
	.name = "hatari",
	.title = "Hatari",
	.homepage = "https://www.hatari-emu.org/",
	.program = "hatari (Debian: hatari)",
	.platforms = "atari-st",
	.media = "floppy disk",
	.formats = "floppies raw (st), stx, ipf, ctraw; hard disks raw",
	.kept = OWN,
	.limits = "Two floppy drives, the rest is put in by hand; at most 8 "
		  "hard disks (ACSI). IPF and CTRaw need the library capsimg.",
	.needs = "A TOS image of the machine, or the free EmuTOS.",
	.protection = "Floppies: --protect-floppy on. Hard disks: a copy for "
		      "each session.",
	.missing = "No TOS is supplied. EmuTOS is a free one and runs much of "
		   "what ran on an Atari ST, not all.",
	.plan = plan,
	.kit = kit,
};
