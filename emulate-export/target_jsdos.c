/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_jsdos.c - js-dos: DOSBox in a browser */
#include "emulate-export/target_jsdos.h"

#include <stdint.h>

#include "emulate-export/dosbox_conf.h"
#include "emulate-export/target_pc.h"
#include "emulate-export/web_kit.h"

static const struct mun_dosbox_dialect dialect = { .x = false };

/* All of it is in the page's memory. */
#define LARGEST (UINT64_C(512) * 1024 * 1024)

static const struct mun_pc_rules rules = {
	.target = &mun_target_jsdos,
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
	.disk_max = LARGEST,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_dosbox_notes(s, out, &dialect);
	mun_plan_note(out, "config/bundle.py OUT.jsdos makes one file of it, "
			   "for players that take bundles of js-dos.");
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	static const struct mun_web_page page = {
		.title = "js-dos",
		.variable = "JSDOS",
		.package = "js-dos",
		.npm = "js-dos",
		.head = "<link rel=\"stylesheet\" "
			"href=\"emulator/dist/js-dos.css\">\n"
			"<script src=\"emulator/dist/js-dos.js\"></script>\n",
		.body = "<div id=\"dos\" style=\"width: 100%; "
			"height: 90vh\"></div>\n",
		.script = "start_jsdos.js",
	};
	struct mun_str *conf = NULL;
	int rc = mun_kit_file(k, "web/dosbox.conf", 0444, &conf, e);

	if (rc)
		return rc;
	mun_dosbox_conf(s, p, &dialect, conf);
	rc = mun_web_embedded(k, "config/bundle.py", 0555, "bundle.py", e);
	if (!rc)
		rc = mun_web_config(k, s, p, e);
	return rc ? rc : mun_web_add(k, &page, e);
}

const struct mun_target mun_target_jsdos = {
	.name = "js-dos",
	.title = "js-dos (browser)",
	.homepage = "https://js-dos.com/",
	.program = "a browser; the npm package js-dos; python3 for its server",
	.platforms = "pc-dos pc",
	.media = "floppy cdrom disk",
	.formats = "raw, iso, cue with its files",
	.limits = "As DOSBox, and all images are loaded whole: disks of at "
		  "most 512 MiB.",
	.needs = "",
	.protection = "The browser only reads the images: what is written "
		      "stays in the browser.",
	.missing = "The emulator is not in the package: it is the npm package "
		   "js-dos. It is a DOS itself: none has to be brought.",
	.plan = plan,
	.kit = kit,
};
