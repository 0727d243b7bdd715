/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_dosbox_x.c - DOSBox-X: more formats, more systems */
#include "emulate-export/target_dosbox_x.h"

#include <string.h>

#include "emulate-export/dosbox_conf.h"
#include "emulate-export/target_pc.h"

static const struct mun_dosbox_dialect dialect = { .x = true };

static const struct mun_pc_rules rules = {
	.target = &mun_target_dosbox_x,
	.floppy = { .formats = "raw",
		    .suffix = "img",
		    .drives = 1,
		    .swaps = true,
		    .reads = MUN_DOSBOX_X_FAT },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true,
		  .reads = MUN_DOSBOX_ISO },
	.track_formats = "cue chd",
	.disk = { .formats = "raw vhd",
		  .drives = 2,
		  .reads = MUN_DOSBOX_X_FAT },
	.floppies = mun_dosbox_x_floppies,
	.partitions = true,
	.heads = 255,
	.cylinders = 65535,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_dosbox_notes(s, out, &dialect);
	for (size_t i = 0; i < out->n; i++) {
		if (strcmp(out->media[i].device, "floppy") != 0)
			continue;
		mun_plan_note(out, "The floppies are write-protected: remove "
				   "\"-ro\" in a copy of "
				   "config/dosbox-x.conf where a program has "
				   "to write, and copy the image too.");
		break;
	}
	return 0;
}

static const char comment[] =
	"# Floppies are write-protected.  A hard disk is a copy for the\n"
	"# session, which is removed when DOSBox-X ends.\n"
	"#\n"
	"#   ./run                          in a window\n"
	"#   ./run -fullscreen              any option of DOSBox-X\n"
	"#   DOSBOX_X=/opt/dosbox-x ./run   another program\n"
	"#   MUNIMENT_SESSION=~/mine ./run  keep what was changed, and go on\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str copies = { 0 };
	struct mun_str *conf = NULL;
	struct mun_script script = {
		.title = "DOSBox-X",
		.variable = "DOSBOX_X",
		.programs = "dosbox-x",
		.debian = "",
		.homepage = "https://dosbox-x.com/",
		.windows = "%SystemDrive%\\DOSBox-X\\dosbox-x.exe",
		.windows_program = "dosbox-x.exe",
		.comment = comment,
		.links = "media/* config/dosbox-x.conf",
		.sh = "\"$program\" -conf config/dosbox-x.conf \"$@\"\n",
		.bat = "\"%program%\" -conf config\\dosbox-x.conf %*\n",
	};
	int rc = mun_kit_file(k, "config/dosbox-x.conf", 0444, &conf, e);

	if (rc)
		return rc;
	mun_dosbox_conf(s, p, &dialect, conf);
	mun_pc_files(p, "disk", &copies);
	if (copies.failed)
		rc = mun_fail_nomem(e, "run script");
	script.copies = copies.len ? copies.text : NULL;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&copies);
	return rc;
}

const struct mun_target mun_target_dosbox_x = {
	.name = "dosbox-x",
	.title = "DOSBox-X",
	.homepage = "https://dosbox-x.com/",
	.program = "dosbox-x (not in Debian: see its home page)",
	.platforms = "pc-dos pc-windows9x pc",
	.media = "floppy cdrom disk",
	.formats = "raw, vhd, iso, cue with its files, chd",
	.limits = "Floppies of the sizes that PCs had; disks with a partition "
		  "table, of which the first partition (FAT12, FAT16 or FAT32) "
		  "is mounted; two disks. Copy protection that rests on a "
		  "drive's timing does not work.",
	.needs = "",
	.protection = "Floppies and discs are mounted read-only; of a hard "
		      "disk the run script makes a copy for the session.",
	.missing = "DOSBox-X is a DOS itself: none has to be brought. "
		   "Windows has to be on the medium.",
	.plan = plan,
	.kit = kit,
};
