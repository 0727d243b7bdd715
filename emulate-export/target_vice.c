/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_vice.c - the Commodores of VICE */
#include "emulate-export/target_vice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define UNIT_FIRST 8u
#define UNITS 4u /* 8 to 11 */

enum bus { SERIAL, PARALLEL }; /* C64 and VIC-20; PET */

/*
 * What VICE makes of an image it sees by its size or head; the drive that
 * reads it has to be named.  Formats that only differ in tracks (35, 40, 42)
 * are one.
 */
static const struct kind {
	const char *format; /* image/drivers.c */
	const char *formats; /* best first */
	const char *suffix; /* "": the usual one */
	const char *drive; /* -driveNtype of a C64 */
	const char *pet_drive; /* of a PET; NULL: has none that reads it */
	enum bus bus; /* where it comes from */
} kinds[] = {
	{ "d64", "d64", "", "1541", "2031", SERIAL },
	{ "g64", "g64", "", "1541", NULL, SERIAL },
	{ "x64", "x64", "", "1541", "2031", SERIAL },
	{ "d71", "d71 raw", "d71", "1571", NULL, SERIAL },
	{ "d81", "d81 raw", "d81", "1581", NULL, SERIAL },
	{ "d67", "d67 raw", "d67", NULL, "2040", PARALLEL },
	{ "d80", "d80 raw", "d80", NULL, "8050", PARALLEL },
	{ "d82", "d82 raw", "d82", NULL, "8250", PARALLEL },
};

/* By its format; else, of an image in another one, by its file system. */
static const struct kind *kind_of(const struct mun_target_item *item)
{
	static const struct {
		const char *fs;
		const char *format;
	} systems[] = {
		{ "cbm-1541", "d64" },
		{ "cbm-1571", "d71" },
		{ "cbm-1581", "d81" },
	};
	const char *format = item->facts->format;

	for (size_t i = 0; i < MUN_COUNT(systems); i++) {
		if (!*item->facts->preserved_only &&
		    mun_retro_volume(item, systems[i].fs))
			format = systems[i].format;
	}
	/* Its own name goes first: a 1541's catalogue is on a D71, too. */
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		if (!strcmp(kinds[i].format, item->facts->format))
			return &kinds[i];
	}
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		if (!strcmp(kinds[i].format, format))
			return &kinds[i];
	}
	return NULL;
}

static const struct machine {
	const char *program;
	const char *what;
	bool pet;
} machines[] = {
	{ "x64sc", "Commodore 64", false },
	{ "x128", "Commodore 128", false },
	{ "xvic", "VIC-20", false },
	{ "xpet", "PET", true },
};

enum { C64, C128, VIC20, PET };

/* By the drive first, then by what a program needs to be loaded to. */
static const struct machine *machine_of(const struct mun_target_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct kind *k = kind_of(&s->items[i]);

		if (k && k->bus == PARALLEL)
			return &machines[PET];
	}
	if (s->platform == MUN_PLATFORM_CBM_PET)
		return &machines[PET];
	if (mun_retro_has_mark(s, "cbm-boot") ||
	    mun_retro_has_mark(s, "c128-basic"))
		return &machines[C128];
	if (mun_retro_has_mark(s, "vic20-basic"))
		return &machines[VIC20];
	return &machines[C64];
}

static const char *drive_of(const struct machine *m, const struct kind *k)
{
	return m->pet ? k->pet_drive : k->drive;
}

/* ---- plan ---- */

/* One drive for each sort of disk, in the order in which they come; of each
 * sort the first disk is in, the rest waits in the list of that drive. */
struct units {
	size_t n;
	const char *drive[UNITS];
	const struct kind *kind[UNITS];
};

static int unit_of(struct units *u, const char *drive, const struct kind *k)
{
	for (size_t i = 0; i < u->n; i++) {
		if (!strcmp(u->drive[i], drive))
			return (int)i;
	}
	if (u->n == UNITS)
		return -1;
	u->drive[u->n] = drive;
	u->kind[u->n] = k;
	return (int)u->n++;
}

static int plan_item(const struct mun_target_set *s, size_t i, struct units *u,
		     struct mun_plan *p, struct mun_err *e)
{
	const struct mun_target_item *item = &s->items[i];
	const struct machine *m = machine_of(s);
	const struct kind *k = kind_of(item);
	size_t known = u->n;
	char slot[24];
	int unit;

	if (!k)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"VICE reads disks of Commodore's drives, this "
				"one of %" PRIu64 " bytes (%s) is of none",
				item->facts->bytes, item->facts->title);
	if (!drive_of(m, k))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a %s has no drive that reads a %s", m->what,
				k->format);
	unit = unit_of(u, drive_of(m, k), k);
	if (unit < 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"these disks are for more than %u sorts of "
				"drives",
				UNITS);
	(void)snprintf(slot, sizeof(slot), "%u", UNIT_FIRST + (unsigned)unit);
	mun_plan_attach(p, i, "floppy", u->n > known ? slot : "", k->formats);
	mun_retro_suffix(p, i, k->suffix);
	return 0;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	const struct machine *m = machine_of(s);
	struct units u = { 0 };
	int rc = mun_target_begin(&mun_target_vice, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(s, i, &u, out, e);
	if (rc)
		return rc;
	mun_retro_needs(out,
			"the ROMs of a %s: those who publish VICE add them, "
			"Debian's package does not",
			m->what);
	mun_retro_note_swap(out, "Alt-N attaches the next disk of the list");
	mun_plan_note(out,
		      "The machine is a %s. Another one is started by its "
		      "program: VICE=x128 ./run (x64sc, x128, xvic, xplus4, "
		      "xpet)",
		      m->what);
	return 0;
}

/* ---- kit ---- */

/*
 * Old versions take the names in a list as relative to the current folder,
 * newer ones as relative to the list.  So the program works in the folder of
 * the list.
 */
static const char list_path[] = "config/disks.vfl";

static int which_unit(const struct mun_target_set *s, size_t i, struct units *u)
{
	const struct kind *k = kind_of(&s->items[i]);
	const char *drive = k ? drive_of(machine_of(s), k) : NULL;

	return drive ? unit_of(u, drive, k) : -1;
}

static int add_list(const struct mun_target_set *s, const struct mun_plan *p,
		    struct mun_kit *k, struct mun_err *e)
{
	struct mun_str *o = NULL;
	struct units u = { 0 };
	int rc = mun_kit_file(k, list_path, 0444, &o, e);

	if (rc)
		return rc;
	mun_str_add(o, "# Vice fliplist file\n\n");
	for (unsigned int unit = 0; unit < UNITS; unit++) {
		bool begun = false;

		for (size_t i = 0; i < p->n; i++) {
			if (which_unit(s, i, &u) != (int)unit)
				continue;
			if (!begun)
				mun_str_addf(o, "UNIT %u\n", UNIT_FIRST + unit);
			begun = true;
			mun_str_addf(o, "../media/%s\n", p->media[i].name);
		}
	}
	return 0;
}

static void add_path(const struct mun_plan *p, size_t i,
		     struct mun_retro_line *l)
{
	mun_str_addf(&l->sh, "../media/%s", p->media[i].name);
	mun_str_addf(&l->bat, "..\\media\\%s", p->media[i].name);
}

static void add_drives(const struct mun_target_set *s, const struct mun_plan *p,
		       struct mun_retro_line *l)
{
	struct units u = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];
		int unit = which_unit(s, i, &u);

		if (!*m->slot || unit < 0)
			continue;
		mun_retro_add(l, " -drive%stype %s -attach%sro -%s ", m->slot,
			      u.drive[unit], m->slot, m->slot);
		add_path(p, i, l);
	}
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	const struct machine *m = machine_of(s);
	struct mun_retro_line l = { .sh_first = "cd config\n",
				    .bat_first = "cd config\n" };
	char windows[128];
	char windows_program[16];
	struct mun_script script = {
		.title = "VICE",
		.variable = "VICE",
		.programs = m->program,
		.debian = "vice",
		.homepage = "https://vice-emu.sourceforge.io/",
		.windows = windows,
		.windows_program = windows_program,
		.comment = "# VICE=x128 ./run starts another machine of VICE\n",
	};
	int rc = add_list(s, p, k, e);

	if (rc)
		return rc;
	(void)snprintf(windows_program, sizeof(windows_program), "%s.exe",
		       m->program);
	(void)snprintf(windows, sizeof(windows),
		       "%%ProgramFiles%%\\VICE\\bin\\%s.exe", m->program);
	mun_retro_add(&l, " -default +saveres");
	add_drives(s, p, &l);
	mun_retro_add(&l, " -flipname disks.vfl");
	if (p->boots) {
		mun_retro_add(&l, " -autostart ");
		add_path(p, 0, &l);
	}
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_vice = {
	.name = "vice",
	.title = "VICE",
	.homepage = "https://vice-emu.sourceforge.io/",
	.program = "x64sc, x128, xvic, or xpet (Debian: vice, in contrib)",
	.platforms = "c64 cbm-pet",
	.media = "floppy",
	.formats = "d64 (with error bytes), g64, x64, d71, d81, d80, d82, d67",
	.kept = "g64 x64",
	.limits = "Four drives, each of one sort; further disks of a sort are "
		  "in the list of its drive.",
	.needs = "The ROMs of the machine where the package of VICE has none.",
	.protection = "Each drive is attached read-only (-attach8ro).",
	.missing = "No ROMs are supplied; VICE as its authors publish it has "
		   "them.",
	.plan = plan,
	.kit = kit,
};
