/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_fuse.c - the ZX Spectrum of Fuse and its disk drives */
#include "emulate-export/target_fuse.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

/*
 * The Spectrum had no disk system of its own: which interface reads a disk is
 * told by how it was formatted, and that in turn by the format of its image.
 */
static const struct interface {
	const char *formats; /* of images, image/drivers.c */
	const char *made; /* what is made of them, best first */
	const char *suffix;
	const char *option; /* inserts the first disk, and attaches itself */
	const char *machine;
	const char *what;
	const char *roms; /* besides those of the machine */
} interfaces[] = {
	{ "dsk edsk", "dsk edsk", "dsk", "--plus3disk", "plus3", "Spectrum +3",
	  "plus3-0.rom to plus3-3.rom" },
	{ "trd", "trd raw", "trd", "--betadisk", "pentagon",
	  "Pentagon with TR-DOS", "128p-0.rom, 128p-1.rom, and trdos.rom" },
	{ "scl", "scl", "scl", "--betadisk", "pentagon", "Pentagon with TR-DOS",
	  "128p-0.rom, 128p-1.rom, and trdos.rom" },
	{ "udi", "udi", "udi", "--betadisk", "pentagon", "Pentagon with TR-DOS",
	  "128p-0.rom, 128p-1.rom, and trdos.rom" },
	{ "mgt", "mgt raw", "mgt", "--plusddisk", "128",
	  "Spectrum 128 with a +D", "128-0.rom, 128-1.rom, and plusd.rom" },
};

static const struct interface *interface_of(const struct mun_target_item *i)
{
	for (size_t k = 0; k < MUN_COUNT(interfaces); k++) {
		if (mun_retro_is(i, interfaces[k].formats))
			return &interfaces[k];
	}
	/* In another container: by what is on it. */
	if (mun_retro_volume(i, "spectrum-trdos"))
		return &interfaces[1];
	return NULL;
}

static int plan_item(const struct mun_target_set *s, size_t i,
		     struct mun_plan *p, struct mun_err *e)
{
	const struct interface *k = interface_of(&s->items[i]);

	if (!k)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"Fuse has drives for disks of the Spectrum +3, "
				"TR-DOS, DISCiPLE and +D; this is %s",
				s->items[i].facts->title);
	if (strcmp(k->option, interface_of(&s->items[0])->option) != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disks are for different interfaces: %s, "
				"and %s",
				interface_of(&s->items[0])->what, k->what);
	mun_plan_attach(p, i, "floppy", i ? "" : "a", k->made);
	mun_retro_suffix(p, i, k->suffix);
	return 0;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_fuse, s, out, e);
	const struct interface *k;

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(s, i, out, e);
	if (rc)
		return rc;
	k = interface_of(&s->items[0]);
	mun_retro_needs(out, "the ROMs of a %s (%s)", k->what, k->roms);
	mun_retro_note_swap(out, "F1 opens the menu of Fuse, then Media, Disk");
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	const struct interface *f = interface_of(&s->items[0]);
	/* ROMs are looked for in the current folder: that of the session. */
	struct mun_retro_line l = {
		.sh_first = "if [ -n \"$SPECTRUM_ROMS\" ]; then\n"
			    "\tcp -- \"$SPECTRUM_ROMS\"/*.rom .\n"
			    "fi\n",
		.bat_first = "if defined SPECTRUM_ROMS "
			     "copy /b \"%SPECTRUM_ROMS%\\*.rom\" . >nul\n",
	};
	struct mun_script script = {
		.title = "Fuse",
		.variable = "FUSE",
		.programs = "fuse-gtk fuse-sdl fuse",
		.debian = "fuse-emulator-gtk",
		.homepage = "https://fuse-emulator.sourceforge.net/",
		.windows = "%ProgramFiles%\\Fuse\\fuse.exe;"
			   "%ProgramFiles(x86)%\\Fuse\\fuse.exe",
		.windows_program = "fuse.exe",
		.comment = "# SPECTRUM_ROMS=/folder ./run takes the ROMs there "
			   "(*.rom)\n",
		.needs = { { "SPECTRUM_ROMS", "firmware/spectrum",
			     "a folder with the ROMs of the machine (*.rom)",
			     true } },
	};

	mun_retro_add(&l,
		      " --no-autosave-settings --no-confirm-actions"
		      " --machine %s %s ",
		      f->machine, f->option);
	mun_retro_add_path(&l, p, 0);
	mun_retro_copy(&l, p, NULL);
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_fuse = {
	.name = "fuse",
	.title = "Fuse",
	.homepage = "https://fuse-emulator.sourceforge.net/",
	.program = "fuse (Debian: fuse-emulator-gtk or fuse-emulator-sdl)",
	.platforms = "spectrum",
	.media = "floppy",
	.formats = "dsk and edsk (+3), trd, scl, udi (TR-DOS), mgt (+D)",
	.kept = "scl udi",
	.limits = "One drive; all disks of a set for the same interface.",
	.needs = "The ROMs of the machine and of its disk interface.",
	.protection = "The disks are copies for each session.",
	.missing = "No ROMs are supplied.",
	.plan = plan,
	.kit = kit,
};
