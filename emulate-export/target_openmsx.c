/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_openmsx.c - the MSX of openMSX */
#include "emulate-export/target_openmsx.h"

#include <inttypes.h>

#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u
#define FLOPPY_MAX ((uint64_t)80 * 2 * 9 * SECTOR) /* of an MSX, and no more */

/* One of the usual ones, with a drive of its own. */
#define MACHINE "Philips_NMS_8250"

static int plan_item(const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	mun_plan_attach(p, i, "floppy", i ? "" : "a", "raw");
	mun_retro_suffix(p, i, "dsk");
	if (item->facts->bytes > FLOPPY_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a floppy of an MSX has at most %" PRIu64
				" bytes, this one %" PRIu64,
				FLOPPY_MAX, item->facts->bytes);
	return mun_retro_sectors(item, SECTOR, "a floppy drive of an MSX", e);
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_openmsx, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(&s->items[i], out, i, e);
	if (rc)
		return rc;
	mun_retro_needs(out, "the ROMs of an MSX with a floppy drive, usually "
			     "a Philips NMS 8250 (nms8250_basic-bios2.rom, "
			     "nms8250_msx2sub.rom, nms8250_disk.rom); the "
			     "free C-BIOS has no disk system");
	mun_retro_note_swap(out, "F10 opens the console of openMSX: diska "
				 "media/FILE");
	mun_plan_note(out, "MSX_MACHINE=NAME ./run starts another machine.");
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_script script = {
		.title = "openMSX",
		.variable = "OPENMSX",
		.programs = "openmsx",
		.debian = "openmsx",
		.homepage = "https://openmsx.org/",
		.windows = "%ProgramFiles%\\openMSX\\openmsx.exe",
		.windows_program = "openmsx.exe",
		.comment = "# MSX_MACHINE=NAME ./run starts another machine\n"
			   "# MSX_SHARE=/folder ./run looks for its ROMs in "
			   "/folder/systemroms\n",
		.needs = { { "MSX_SHARE", "firmware/openmsx",
			     "a folder with the folder systemroms of openMSX",
			     true } },
	};
	struct mun_retro_line l = {
		.sh_first = "if [ -n \"$MSX_SHARE\" ]; then\n"
			    "\texport OPENMSX_USER_DATA=\"$MSX_SHARE\"\n"
			    "fi\n"
			    "machine=${MSX_MACHINE:-" MACHINE "}\n",
		.bat_first = "if defined MSX_SHARE "
			     "set \"OPENMSX_USER_DATA=%MSX_SHARE%\"\n"
			     "set \"machine=" MACHINE "\"\n"
			     "if defined MSX_MACHINE "
			     "set \"machine=%MSX_MACHINE%\"\n",
	};

	(void)s;
	mun_retro_add(&l, " -machine ");
	mun_retro_add_variable(&l, "machine");
	mun_retro_add(&l, " -diska ");
	mun_retro_add_path(&l, p, 0);
	mun_retro_copy(&l, p, NULL);
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_openmsx = {
	.name = "openmsx",
	.title = "openMSX",
	.homepage = "https://openmsx.org/",
	.program = "openmsx (Debian: openmsx)",
	.platforms = "msx",
	.media = "floppy",
	.formats = "raw (dsk)",
	.limits = "One drive, for floppies of at most 720K with sectors of "
		  "512 bytes; hard disks need the ROM of an interface and "
		  "are not supported here.",
	.needs = "The ROMs of an MSX that has a floppy drive: the free C-BIOS "
		 "has no disk system.",
	.protection = "The floppies are copies for each session.",
	.missing = "No ROMs are supplied. The free C-BIOS of openMSX starts "
		   "cartridges, not floppies.",
	.plan = plan,
	.kit = kit,
};
