/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target_macos.c - the Macintoshes of Basilisk II and SheepShaver
 *
 * Both are of one source and have one kind of preferences: lines of a keyword
 * and a value, of which the command line can set each ("--rom FILE").
 */
#include "emulate-export/target_macos.h"

#include <inttypes.h>
#include <string.h>

#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u

/* What differs between the two. */
struct flavour {
	const struct mun_target *target;
	const char *title;
	const char *program;
	const char *debian;
	const char *windows_program;
	const char *variable;
	const char *config; /* path of the preferences */
	const char *rom; /* what has to be brought */
	const char *software; /* that it runs */
	const char *machine; /* lines of the preferences */
};

/* A Quadra 900: Gestalt's number less 6, and a 68040. */
static const struct flavour basilisk = {
	.target = &mun_target_basilisk,
	.title = "Basilisk II",
	.program = "BasiliskII",
	.debian = "",
	.windows_program = "BasiliskII.exe",
	.variable = "BASILISK",
	.config = "config/basilisk.prefs",
	.rom = "a ROM image of a Macintosh II, Performa or Quadra (512 KiB "
	       "or 1 MiB)",
	.software = "Mac OS 7.1 to 8.1",
	.machine = "ramsize 33554432\n"
		   "modelid 14\n"
		   "cpu 4\n"
		   "fpu true\n",
};

static const struct flavour sheepshaver = {
	.target = &mun_target_sheepshaver,
	.title = "SheepShaver",
	.program = "SheepShaver",
	.debian = "",
	.windows_program = "SheepShaver.exe",
	.variable = "SHEEPSHAVER",
	.config = "config/sheepshaver.prefs",
	.rom = "a ROM image of a Power Macintosh (4 MiB), or the file \"Mac "
	       "OS ROM\" of a Mac OS 8.5 to 9.0",
	.software = "Mac OS 7.5.2 to 9.0.4",
	.machine = "ramsize 134217728\n"
		   "nonet true\n",
};

/* ---- plan ---- */

/*
 * Images are told apart by their size alone: what is left over of 512 bytes is
 * taken for a header, and two sizes mean Disk Copy 4.2 with tags.  So a raw
 * image has to be of whole sectors, and of neither of these.
 */
static int plan_disk(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	bool floppy = item->medium == MUN_MEDIUM_FLOPPY;

	mun_plan_attach(p, i, floppy ? "floppy" : "disk", "disk",
			floppy ? "raw dc42" : "raw");
	if (floppy)
		return mun_retro_mac_floppy(item, e);
	return mun_retro_sectors(item, SECTOR, "a disk of these emulators", e);
}

static int plan_cdrom(const struct flavour *f,
		      const struct mun_target_item *item, struct mun_plan *p,
		      size_t i, struct mun_err *e)
{
	if (item->facts->tracks > 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s's CD-ROM drive has one data track, this "
				"disc %u tracks",
				f->title, item->facts->tracks);
	mun_plan_attach(p, i, "cdrom", "cdrom", "iso raw");
	mun_retro_suffix(p, i, "iso");
	return 0;
}

static size_t hfs_volumes(const struct mun_target_item *item)
{
	size_t n = 0;

	for (size_t v = 0; item->contents && v < item->contents->nvolumes; v++)
		n += mun_target_list_has("hfs hfsplus mfs",
					 item->contents->volumes[v].fs);
	return n;
}

static void tell(const struct flavour *f, const struct mun_target_set *s,
		 struct mun_plan *p)
{
	mun_retro_needs(p, "%s; and %s, unless it is on the media", f->rom,
			f->software);
	for (size_t i = 0; i < s->n; i++) {
		if (!*mun_retro_table(&s->items[i]) ||
		    hfs_volumes(&s->items[i]) < 2)
			continue;
		mun_plan_note(p,
			      "Of a disk with several partitions %s shows "
			      "the first one of HFS only.",
			      f->title);
		break;
	}
	mun_plan_note(p, "All disks are locked. A system that wants to write "
			 "to the disk it starts from says so.");
}

static int plan(const struct flavour *f, const struct mun_target_set *s,
		struct mun_plan *out, struct mun_err *e)
{
	int rc = mun_target_begin(f->target, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++) {
		if (s->items[i].medium == MUN_MEDIUM_OPTICAL)
			rc = plan_cdrom(f, &s->items[i], out, i, e);
		else
			rc = plan_disk(&s->items[i], out, i, e);
	}
	if (!rc)
		tell(f, s, out);
	return rc;
}

/* ---- kit ---- */

/*
 * Without "extfs" the whole file system of the user's computer is a volume of
 * the emulated one; a folder that is not there switches that off.  What the
 * emulator saves lies beside its preferences: those are a copy.
 */
static void configure(const struct flavour *f, const struct mun_plan *p,
		      struct mun_str *o)
{
	for (size_t i = 0; i < p->n; i++)
		mun_str_addf(o, "%s *media/%s\n", p->media[i].slot,
			     p->media[i].name);
	mun_str_addf(o,
		     "%s"
		     "screen win/800/600\n"
		     "extfs no-folder-of-this-computer\n"
		     "nogui true\n",
		     f->machine);
}

static int kit(const struct flavour *f, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_retro_line l = { 0 };
	struct mun_str *config = NULL;
	struct mun_script script = {
		.title = f->title,
		.variable = f->variable,
		.programs = f->program,
		.debian = f->debian,
		.homepage = "https://github.com/cebix/macemu",
		.windows = "",
		.windows_program = f->windows_program,
		.comment = "# MAC_ROM=/path/to/rom ./run uses that ROM\n",
		.needs = { { "MAC_ROM", "firmware/mac.rom", f->rom, false } },
	};
	int rc = mun_kit_file(k, f->config, 0444, &config, e);

	if (rc)
		return rc;
	configure(f, p, config);
	mun_retro_add(&l, " --config %s --rom ", f->config);
	mun_retro_add_variable(&l, "MAC_ROM");
	mun_str_add(&l.copies, f->config);
	mun_retro_link(&l, p, NULL);
	return mun_retro_script(&l, &script, k, e);
}

static int plan_basilisk(const struct mun_target_set *s, struct mun_plan *out,
			 struct mun_err *e)
{
	return plan(&basilisk, s, out, e);
}

static int kit_basilisk(const struct mun_target_set *s,
			const struct mun_plan *p, struct mun_kit *k,
			struct mun_err *e)
{
	(void)s;
	return kit(&basilisk, p, k, e);
}

static int plan_sheepshaver(const struct mun_target_set *s,
			    struct mun_plan *out, struct mun_err *e)
{
	int rc = plan(&sheepshaver, s, out, e);

	/* What was made for a 68000 runs, in an emulator inside of this one. */
	if (!rc && s->platform == MUN_PLATFORM_MAC_68K &&
	    out->suit == MUN_SUIT_GOOD)
		out->suit = MUN_SUIT_FAIR;
	return rc;
}

static int kit_sheepshaver(const struct mun_target_set *s,
			   const struct mun_plan *p, struct mun_kit *k,
			   struct mun_err *e)
{
	(void)s;
	return kit(&sheepshaver, p, k, e);
}

#define MEDIA_LIMITS \
	"Of a partitioned disk the first HFS partition only; discs with " \
	"one data track; no floppy is changed while it runs."

const struct mun_target mun_target_basilisk = {
	.name = "basilisk",
	.title = "Basilisk II",
	.homepage = "https://basilisk.cebix.net/",
	.program = "BasiliskII",
	.platforms = "mac-68k",
	.media = "floppy disk cdrom",
	.formats = "raw, dc42 (floppies), iso",
	.limits = MEDIA_LIMITS,
	.needs = "A ROM image of a 68000 Macintosh, and Mac OS.",
	.protection = "Every disk has the mark \"*\" of a locked one in the "
		      "preferences.",
	.missing = "No ROM and no Mac OS are supplied.",
	.plan = plan_basilisk,
	.kit = kit_basilisk,
};

const struct mun_target mun_target_sheepshaver = {
	.name = "sheepshaver",
	.title = "SheepShaver",
	.homepage = "https://sheepshaver.cebix.net/",
	.program = "SheepShaver",
	.platforms = "mac-ppc mac-68k",
	.media = "floppy disk cdrom",
	.formats = "raw, dc42 (floppies), iso",
	.limits = MEDIA_LIMITS,
	.needs = "A ROM image of a Power Macintosh, and Mac OS.",
	.protection = "Every disk has the mark \"*\" of a locked one in the "
		      "preferences.",
	.missing = "No ROM and no Mac OS are supplied.",
	.plan = plan_sheepshaver,
	.kit = kit_sheepshaver,
};
