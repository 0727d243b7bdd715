/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_dosbox.c - DOSBox 0.74: a DOS that mounts images */
#include "emulate-export/target_dosbox.h"

#include <stdint.h>

#include "emulate-export/dosbox_conf.h"
#include "emulate-export/target_pc.h"

static const struct mun_dosbox_dialect dialect = { .x = false };

/* 0.74 mounts the first partition of a disk, and two disks at most. */
static const struct mun_pc_rules rules = {
	.target = &mun_target_dosbox,
	.floppy = { .formats = "raw",
		    .suffix = "img",
		    .drives = 16,
		    .reads = MUN_DOSBOX_FAT },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true,
		  .reads = MUN_DOSBOX_ISO },
	.track_formats = "cue",
	.disk = { .formats = "raw",
		  .suffix = "img",
		  .drives = 2,
		  .reads = MUN_DOSBOX_FAT },
	.floppies = mun_dosbox_floppies,
	.partitions = true,
	.heads = 255,
	.cylinders = 1024,
	.disk_max = INT32_MAX,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_dosbox_notes(s, out, &dialect);
	return 0;
}

static const char comment[] =
	"# DOSBox writes to what it mounts: it works with copies that are\n"
	"# removed when it ends, and the images stay as they are.\n"
	"#\n"
	"#   ./run                        in a window\n"
	"#   ./run -fullscreen            any option of DOSBox\n"
	"#   DOSBOX=/opt/dosbox ./run     another program\n"
	"#   MUNIMENT_SESSION=~/mine ./run  keep what was changed, and go on\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str copies = { 0 };
	struct mun_str *conf = NULL;
	struct mun_script script = {
		.title = "DOSBox",
		.variable = "DOSBOX",
		.programs = "dosbox",
		.debian = "dosbox",
		.homepage = "https://www.dosbox.com/",
		.windows = "%ProgramFiles(x86)%\\DOSBox-0.74-3\\DOSBox.exe;"
			   "%ProgramFiles%\\DOSBox-0.74-3\\DOSBox.exe",
		.windows_program = "dosbox.exe",
		.comment = comment,
		.links = "media/* config/dosbox.conf",
		.sh = "\"$program\" -conf config/dosbox.conf \"$@\"\n",
		.bat = "\"%program%\" -conf config\\dosbox.conf %*\n",
	};
	int rc = mun_kit_file(k, "config/dosbox.conf", 0444, &conf, e);

	if (rc)
		return rc;
	mun_dosbox_conf(s, p, &dialect, conf);
	mun_pc_files(p, "floppy", &copies);
	mun_pc_files(p, "disk", &copies);
	if (copies.failed)
		rc = mun_fail_nomem(e, "run script");
	script.copies = copies.len ? copies.text : NULL;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&copies);
	return rc;
}

const struct mun_target mun_target_dosbox = {
	.name = "dosbox",
	.title = "DOSBox",
	.homepage = "https://www.dosbox.com/",
	.program = "dosbox (Debian: dosbox)",
	.platforms = "pc-dos pc",
	.media = "floppy cdrom disk",
	.formats = "raw, iso, cue with its files",
	.limits = "Floppies of the sizes that IBM's PCs had; disks of at most "
		  "2 GiB and 1024 cylinders with a partition table, of which "
		  "the first partition (FAT12 or FAT16) is mounted; two disks; "
		  "no CD-ROM for a system that is booted; floppies are changed "
		  "(Ctrl+F4) only where one is booted. No FAT32, no long file "
		  "names, no copy protection.",
	.needs = "",
	.protection = "DOSBox works with copies that the run script makes for "
		      "the session, and removes.",
	.missing = "DOSBox is a DOS itself: none has to be brought. Programs "
		   "that need a mouse driver, a sound driver or Windows find "
		   "only what is on the medium.",
	.plan = plan,
	.kit = kit,
};
