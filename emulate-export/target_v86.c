/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_v86.c - v86: a PC in a browser */
#include "emulate-export/target_v86.h"

#include "emulate-export/target_pc.h"
#include "emulate-export/web_kit.h"

/* Sizes that its floppy drive knows, in sectors. */
static const uint32_t floppies[] = { 320,  360,  400,  640,  720, 800,
				     1440, 2400, 2880, 5760, 0 };

static const struct mun_pc_rules rules = {
	.target = &mun_target_v86,
	.floppy = { .formats = "raw",
		    .suffix = "img",
		    .drives = 2,
		    .swaps = true },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "raw", .suffix = "img", .drives = 2 },
	.floppies = floppies,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < out->n; i++) {
		if (*out->media[i].slot)
			continue;
		mun_plan_note(out, "More media than drives: the page has a "
				   "button for each, which puts it in.");
		break;
	}
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	static const struct mun_web_page page = {
		.title = "v86",
		.variable = "V86",
		.package = "v86",
		.npm = "v86",
		.head = "<script src=\"emulator/build/libv86.js\"></script>\n",
		.body = "<div id=\"media\"></div>\n"
			"<div id=\"screen_container\">\n"
			"<div style=\"white-space: pre; font: 14px monospace; "
			"line-height: 14px\"></div>\n"
			"<canvas style=\"display: none\"></canvas>\n"
			"</div>\n",
		.script = "start_v86.js",
		.bios = true,
	};
	int rc = mun_web_config(k, s, p, e);

	return rc ? rc : mun_web_add(k, &page, e);
}

const struct mun_target mun_target_v86 = {
	.name = "v86",
	.title = "v86 (browser)",
	.homepage = "https://github.com/copy/v86",
	.program = "a browser; the npm package v86; python3 for its server",
	.platforms = "pc-dos pc-windows9x pc-windows-nt pc-unix pc",
	.media = "floppy cdrom disk",
	.formats = "raw, iso",
	.limits = "Two floppy drives, one CD-ROM drive for discs with one data "
		  "track, two hard disks. Floppies, and images of at most "
		  "32 MiB, are loaded whole; larger ones need a server that "
		  "gives parts of files. 32-bit systems; OS/2 does not run.",
	.needs = "SeaBIOS and its VGA BIOS (Debian: seabios), which the npm "
		 "package does not have.",
	.protection = "The browser only reads the images: what the machine "
		      "writes is in the page, and gone with it.",
	.missing = "The emulator is not in the package: it is the npm package "
		   "v86. No operating system is supplied beyond what is on "
		   "the medium itself.",
	.plan = plan,
	.kit = kit,
};
