/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_fsuae.c - the Amiga of FS-UAE: floppies, disks, CDs */
#include "emulate-export/target_fsuae.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u
#define DD_BYTES ((uint64_t)80 * 2 * 11 * SECTOR)
#define HD_BYTES ((uint64_t)80 * 2 * 22 * SECTOR)
#define SWAP_MAX 20u /* floppy_image_0 to _19 */
#define DISKS_MAX 10u /* hard_drive_0 to _9 */

/*
 * A partition without a partition table gets the geometry of 32 sectors in one
 * head from FS-UAE, and what is no whole cylinder of that is cut off: then its
 * file system looks for its root in a wrong place.
 */
#define PARTITION_UNIT ((uint64_t)32 * SECTOR)

#define TABLE "rdb"

/* What FS-UAE reads as it is, and is not (wholly) decoded here. */
#define OWN "adf-ext ipf dms"

/* What boots only from Kickstart 2.0 on: all but the oldest file system. */
#define NEWER_FS \
	"amiga-ffs amiga-ffs-intl amiga-ofs-intl " \
	"amiga-ofs-dc amiga-ffs-dc amiga-pfs amiga-sfs"

static bool is_hd(const struct mun_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->media[i].device, "floppy") &&
		    p->media[i].guest_bytes == HD_BYTES)
			return true;
	}
	return false;
}

/* The models of FS-UAE that are used here, and their Kickstart. */
static const struct model {
	const char *name;
	const char *kickstart;
	bool extended; /* has a second ROM, which no free one stands for */
} models[] = {
	{ "A500", "a Kickstart ROM 1.3 of an Amiga 500", false },
	{ "A1200", "a Kickstart ROM 3.1 of an Amiga 1200", false },
	{ "A4000", "a Kickstart ROM 3.1 of an Amiga 4000", false },
	{ "CD32", "a Kickstart ROM 3.1 of an Amiga CD32", true },
};

enum { A500, A1200, A4000, CD32 };

/*
 * By what is on the media: a CD by itself is a console's; high density drives
 * are the A4000's; hard disks, CDs and the newer file systems ask for a newer
 * Kickstart; everything else was made for the machine that most people had.
 */
static const struct model *model_of(const struct mun_target_set *s,
				    const struct mun_plan *p)
{
	if (mun_retro_count(p, "cdrom") == p->n)
		return &models[CD32];
	if (is_hd(p))
		return &models[A4000];
	if (mun_retro_count(p, "floppy") < p->n)
		return &models[A1200];
	for (size_t i = 0; i < s->n; i++) {
		if (mun_retro_volume(&s->items[i], NEWER_FS))
			return &models[A1200];
	}
	return &models[A500];
}

/* ---- plan ---- */

static int plan_floppy(const struct mun_target_item *item, struct mun_plan *p,
		       size_t i, struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	static const char *const drives[] = { "df0", "df1" };
	size_t before = mun_retro_count(p, "floppy");
	const char *slot = before < 2 ? drives[before] : "";

	if (mun_retro_is(item, OWN)) {
		mun_plan_attach(p, i, "floppy", slot, f->format);
		return 0;
	}
	if (f->bytes != DD_BYTES && f->bytes != HD_BYTES)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an Amiga floppy has %" PRIu64 " or %" PRIu64
				" bytes, this one %" PRIu64,
				DD_BYTES, HD_BYTES, f->bytes);
	mun_plan_attach(p, i, "floppy", slot, "adf");
	p->media[i].guest_bytes = f->bytes;
	return mun_retro_sectors(item, SECTOR, "an Amiga floppy drive", e);
}

static int plan_disk(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	char slot[24];
	int rc = mun_retro_sectors(item, SECTOR, "a hard disk of FS-UAE", e);

	if (rc)
		return rc;
	if (strcmp(mun_retro_table(item), TABLE) &&
	    f->bytes % PARTITION_UNIT != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"FS-UAE takes a partition without a partition "
				"table in steps of %" PRIu64
				" bytes only, this one has %" PRIu64,
				PARTITION_UNIT, f->bytes);
	(void)snprintf(slot, sizeof(slot), "dh%zu", mun_retro_count(p, "disk"));
	mun_plan_attach(p, i, "disk", slot, "raw");
	mun_retro_suffix(p, i, "hdf");
	return 0;
}

static void plan_cdrom(const struct mun_target_item *item, struct mun_plan *p,
		       size_t i)
{
	bool first = mun_retro_count(p, "cdrom") == 0;

	mun_plan_attach(p, i, "cdrom", first ? "cd0" : "",
			item->facts->tracks > 1 ? "cue" : "iso cue");
}

static int plan_item(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	if (item->medium == MUN_MEDIUM_OPTICAL) {
		plan_cdrom(item, p, i);
		return 0;
	}
	if (item->medium == MUN_MEDIUM_DISK)
		return plan_disk(item, p, i, e);
	return plan_floppy(item, p, i, e);
}

static void tell(const struct mun_target_set *s, struct mun_plan *p)
{
	const struct model *m = model_of(s, p);

	mun_retro_note_swap(p, "F12 opens the menu of FS-UAE");
	if (m->extended) {
		mun_retro_needs(p,
				"%s and the extended ROM that belongs to it "
				"(for a CDTV: those of a CDTV)",
				m->kickstart);
		mun_plan_note(p, "The machine is a CD32. For a CDTV title: "
				 "./run --amiga-model=CDTV");
	} else {
		mun_retro_needs(p,
				"%s, or the free ROM of AROS, which is built "
				"into FS-UAE and starts where there is none "
				"(it runs many programs, not all)",
				m->kickstart);
	}
	if (mun_retro_count(p, "disk"))
		mun_plan_note(p, "Hard disks are attached read-only. A system "
				 "that wants to write says so.");
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_fsuae, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(&s->items[i], out, i, e);
	if (!rc)
		rc = mun_retro_at_most(out, "floppy", SWAP_MAX,
				       "floppies in FS-UAE's swap list", e);
	if (!rc)
		rc = mun_retro_at_most(out, "disk", DISKS_MAX,
				       "hard disks in FS-UAE", e);
	if (!rc)
		rc = mun_retro_at_most(out, "cdrom", SWAP_MAX,
				       "discs in FS-UAE's swap list", e);
	if (!rc)
		tell(s, out);
	return rc;
}

/* ---- kit ---- */

/* "$CONFIG" is the folder of the configuration, wherever that lies. */
#define MEDIA "$CONFIG/../media/"

static void add_media(const struct mun_plan *p, const char *device,
		      const char *drive, const char *list, struct mun_str *o)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];

		if (strcmp(m->device, device))
			continue;
		if (*m->slot)
			mun_str_addf(o, "%s%zu = " MEDIA "%s\n", drive, n,
				     m->name);
		n++;
	}
	n = 0;
	for (size_t i = 0; list && i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];

		if (!strcmp(m->device, device))
			mun_str_addf(o, "%s%zu = " MEDIA "%s\n", list, n++,
				     m->name);
	}
}

static void add_disks(const struct mun_target_set *s, const struct mun_plan *p,
		      struct mun_str *o)
{
	size_t n = 0;

	add_media(p, "disk", "hard_drive_", NULL, o);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->media[i].device, "disk"))
			continue;
		mun_str_addf(o, "hard_drive_%zu_read_only = 1\n", n);
		if (!strcmp(mun_retro_table(&s->items[i]), TABLE))
			mun_str_addf(o, "hard_drive_%zu_type = rdb\n", n);
		n++;
	}
}

static void configure(const struct mun_target_set *s, const struct mun_plan *p,
		      struct mun_str *o)
{
	mun_str_addf(o,
		     "# Paths are relative to this file.  Nothing is written "
		     "to the images.\n"
		     "[fs-uae]\n"
		     "amiga_model = %s\n"
		     "fullscreen = 0\n"
		     "writable_floppy_images = 0\n",
		     model_of(s, p)->name);
	add_media(p, "floppy", "floppy_drive_", "floppy_image_", o);
	add_disks(s, p, o);
	add_media(p, "cdrom", "cdrom_drive_", "cdrom_image_", o);
}

/* What it saves (states, what floppies were changed to) goes to the folder of
 * the session, and with it. */
#define SH_RUN \
	"\"$program\" \"$here/config/package.fs-uae\" " \
	"--base-dir=\"$session/fs-uae\" " \
	"--state-dir=\"$session/fs-uae/state\" \\\n" \
	"\t${KICKSTART:+\"--kickstart-file=$KICKSTART\"} \\\n" \
	"\t${KICKSTART_EXT:+\"--kickstart-ext-file=$KICKSTART_EXT\"} " \
	"\"$@\"\n"
#define BAT_RUN \
	"\"%program%\" \"%here%\\config\\package.fs-uae\" " \
	"--base-dir=\"%session%\\fs-uae\" " \
	"--state-dir=\"%session%\\fs-uae\\state\""

static const char bat[] =
	"if defined KICKSTART_EXT " BAT_RUN " --kickstart-file=\"%KICKSTART%\""
	" --kickstart-ext-file=\"%KICKSTART_EXT%\" %*\n"
	"if not defined KICKSTART_EXT if defined KICKSTART " BAT_RUN
	" --kickstart-file=\"%KICKSTART%\" %*\n"
	"if not defined KICKSTART_EXT if not defined KICKSTART " BAT_RUN
	" %*\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	const struct model *m = model_of(s, p);
	struct mun_str *config = NULL;
	struct mun_script script = {
		.title = "FS-UAE",
		.variable = "FSUAE",
		.programs = "fs-uae",
		.debian = "fs-uae",
		.homepage = "https://fs-uae.net/",
		.windows = "%ProgramFiles%\\FS-UAE\\fs-uae.exe;"
			   "%LOCALAPPDATA%\\Programs\\FS-UAE\\fs-uae.exe",
		.windows_program = "fs-uae.exe",
		.comment =
			"# KICKSTART=/path/to/kick.rom ./run uses your ROM\n",
		.needs = { { "KICKSTART", "firmware/kick.rom", m->kickstart,
			     !m->extended },
			   { "KICKSTART_EXT", "firmware/kick-ext.rom",
			     "the extended ROM of that machine", true } },
		.links = "config/package.fs-uae",
		.sh = SH_RUN,
		.bat = bat,
	};
	int rc = mun_kit_file(k, "config/package.fs-uae", 0444, &config, e);

	if (rc)
		return rc;
	script.needs[1].optional = !m->extended;
	configure(s, p, config);
	return mun_script_add(k, &script, e);
}

const struct mun_target mun_target_fsuae = {
	.name = "fs-uae",
	.title = "FS-UAE",
	.homepage = "https://fs-uae.net/",
	.program = "fs-uae (Debian: fs-uae)",
	.platforms = "amiga",
	.media = "floppy disk cdrom",
	.formats = "floppies adf, adf-ext, ipf, dms; hard disks raw (hdf), "
		   "whole with an RDB or one partition; discs iso, cue",
	.kept = OWN,
	.limits = "At most 20 floppies, in one swap list; floppies of 880K "
		  "and 1760K only; a partition without a table in steps of "
		  "16 KiB; one CD-ROM drive. IPF needs the library capsimg.",
	.needs = "A Kickstart ROM of the machine, or the AROS one that is "
		 "built in; for a CD32 or CDTV their Kickstart and extended "
		 "ROM.",
	.protection = "Floppies: FS-UAE keeps changes in overlay files of the "
		      "session (writable_floppy_images = 0), which are gone "
		      "at its end. Hard disks: hard_drive_N_read_only = 1.",
	.missing = "Kickstart ROMs and Workbench are not supplied. Without a "
		   "Kickstart the free AROS ROM of FS-UAE starts, which runs "
		   "many programs and not all.",
	.plan = plan,
	.kit = kit,
};
