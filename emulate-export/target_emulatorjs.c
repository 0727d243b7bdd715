/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_emulatorjs.c - EmulatorJS: many machines in a browser */
#include "emulate-export/target_emulatorjs.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"
#include "emulate-export/web_kit.h"

/* Its names of systems, the npm package of the core, what that reads.  */
static const struct core {
	enum mun_platform platform;
	const char *machine;
	const char *package;
	const char *floppy; /* NULL: none */
	const char *disc;
	const char *tracks;
	const char *needs;
} cores[] = {
	{ MUN_PLATFORM_PC_DOS, "dos", "dosbox_pure", "raw", "iso", "chd", "" },
	{ MUN_PLATFORM_AMIGA, "amiga", "puae", "adf", NULL, NULL,
	  "a Kickstart ROM (without one the core has the AROS ROM, which "
	  "starts some disks only)" },
	{ MUN_PLATFORM_C64, "c64", "vice_x64sc", "d64 d71 d81 g64", NULL, NULL,
	  "" },
	{ MUN_PLATFORM_CBM_PET, "pet", "vice_xpet", "d64 d80 d82", NULL, NULL,
	  "" },
};

static const struct core *core_of(const struct mun_target_set *s)
{
	for (size_t i = 0; i < MUN_COUNT(cores); i++) {
		if (cores[i].platform == s->platform)
			return &cores[i];
	}
	return NULL;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	const struct core *c = core_of(s);
	const struct mun_target_item *item = &s->items[0];
	int rc = mun_target_begin(&mun_target_emulatorjs, s, out, e);

	if (rc)
		return rc;
	if (!c)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"EmulatorJS has no core for %s",
				mun_platform_title(s->platform));
	if (s->n > 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"EmulatorJS loads one medium, and this set has "
				"%zu",
				s->n);
	if (item->medium == MUN_MEDIUM_FLOPPY)
		mun_plan_attach(out, 0, "floppy", "a", c->floppy);
	else if (item->medium == MUN_MEDIUM_OPTICAL && c->disc)
		mun_plan_attach(out, 0, "cdrom", "cd0",
				mun_pc_is_iso(item->facts) ? c->disc
							   : c->tracks);
	else
		return mun_fail(e, MUN_EUNSUPPORTED,
				"its core %s takes no such medium", c->package);
	if (!strcmp(out->media[0].formats, "raw"))
		(void)snprintf(out->media[0].suffix,
			       sizeof(out->media[0].suffix), "img");
	/* One medium, and its core asks what to start. */
	if (out->suit == MUN_SUIT_GOOD)
		out->suit = MUN_SUIT_FAIR;
	(void)snprintf(out->needs, sizeof(out->needs), "%s", c->needs);
	return 0;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	const struct core *c = core_of(s);
	struct mun_str body = { 0 };
	struct mun_str npm = { 0 };
	struct mun_web_page page = {
		.title = "EmulatorJS",
		.variable = "EMULATORJS",
		.package = "@emulatorjs/emulatorjs",
		.head = "",
		.script = "start_emulatorjs.js",
	};
	int rc = 0;

	if (!c)
		return mun_fail(e, MUN_EINVAL, "no core");
	mun_str_addf(&body,
		     "<div style=\"width: 100%%; height: 90vh\">"
		     "<div id=\"game\" data-core=\"%s\"></div></div>\n",
		     c->machine);
	mun_str_addf(&npm, "@emulatorjs/emulatorjs @emulatorjs/core-%s",
		     c->package);
	if (body.failed || npm.failed)
		rc = mun_fail_nomem(e, "page");
	page.body = body.text;
	page.npm = npm.text;
	if (!rc)
		rc = mun_web_config(k, s, p, e);
	if (!rc)
		rc = mun_web_add(k, &page, e);
	mun_str_free(&body);
	mun_str_free(&npm);
	return rc;
}

const struct mun_target mun_target_emulatorjs = {
	.name = "emulatorjs",
	.title = "EmulatorJS (browser)",
	.homepage = "https://emulatorjs.org/",
	.program = "a browser; the npm packages @emulatorjs/emulatorjs and of "
		   "one core; python3 for its server",
	.platforms = "pc-dos amiga c64 cbm-pet",
	.media = "floppy cdrom",
	.formats = "raw, iso, chd (PC); adf; d64, d71, d81, d80, d82, g64",
	.kept = "g64",
	.limits = "One medium. The core for DOS needs a server that sends the "
		  "headers COOP and COEP, as that of the package does.",
	.needs = "A Kickstart ROM for an Amiga.",
	.protection = "The browser only reads the image: what is written "
		      "stays in the browser.",
	.missing = "The emulator is not in the package: it is the npm package "
		   "@emulatorjs/emulatorjs, with a package for each core.",
	.plan = plan,
	.kit = kit,
};
