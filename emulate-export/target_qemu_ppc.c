/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_qemu_ppc.c - QEMU's Power Macintosh */
#include "emulate-export/target_qemu_ppc.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

static const uint32_t no_floppies[] = { 0 };

static const struct mun_pc_rules rules = {
	.target = &mun_target_qemu_ppc,
	.disc = { .formats = "iso raw",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "raw", .suffix = "img", .drives = 3 },
	.floppies = no_floppies,
	.overlay = true,
	.layer_disks = true,
	.partitions = true,
};

/* OpenBIOS finds the loader by Apple's partition map: a bare volume, as other
 * emulators have it, cannot be started, and Mac OS 9 does not show it. */
static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < out->n; i++) {
		if (!strcmp(out->media[i].device, "disk") &&
		    strcmp(s->items[i].contents->table, "apm") != 0)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"a Power Macintosh takes disks with "
					"Apple's partition map, and this one "
					"has another table");
	}
	mun_plan_note(out, "The machine is a PowerMac G4 (mac99) for Mac OS "
			   "9.0 to Mac OS X 10.4; \"./run -M g3beige\" is an "
			   "older one. Mac OS 8 and earlier do not start on "
			   "either.");
	for (size_t i = 0; i < out->n; i++) {
		if (*out->media[i].slot)
			continue;
		mun_plan_note(out, "More discs than drives: in QEMU's monitor "
				   "(Ctrl+Alt+2), \"change cd0 "
				   "media/disc2.iso raw read-only\" puts the "
				   "second in.");
		break;
	}
	return 0;
}

static const struct slot {
	const char *slot;
	const char *drive;
} slots[] = {
	{ "hd0", "if=ide,index=0,media=disk,snapshot=on" },
	{ "hd1", "if=ide,index=1,media=disk,snapshot=on" },
	{ "hd2", "if=ide,index=3,media=disk,snapshot=on" },
	{ "cd0", "if=ide,index=2,id=cd0,media=cdrom,readonly=on" },
};

static void options(const struct mun_plan *p, const char *eol,
		    struct mun_str *o)
{
	mun_str_addf(o,
		     "-M mac99,via=pmu -m 512 -nic none -boot %s "
		     "-g 1024x768x32",
		     strcmp(p->media[0].device, "cdrom") != 0 ? "c" : "d");
	for (size_t i = 0; i < MUN_COUNT(slots); i++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, slots[i].slot);

		if (m)
			mun_str_addf(o, "%s-drive %s,format=%s,file=media/%s",
				     eol, slots[i].drive,
				     *m->overlay_name ? "qcow2" : "raw",
				     mun_pc_file(m));
	}
}

static const char comment[] =
	"# The image is never written: what the emulated machine changes is\n"
	"# gone when it ends.\n"
	"#\n"
	"#   ./run                    in a window\n"
	"#   ./run -M g3beige -m 256  any option of QEMU\n"
	"#\n"
	"# No network: old systems are not safe in one.  If one is needed, pass\n"
	"# \"-nic user\" (outwards only).\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_script script = {
		.title = "QEMU (PowerPC)",
		.variable = "QEMU",
		.programs = "qemu-system-ppc",
		.debian = "qemu-system-ppc",
		.homepage = "https://www.qemu.org/download/",
		.windows = "%ProgramFiles%\\qemu\\qemu-system-ppc.exe",
		.windows_program = "qemu-system-ppc.exe",
		.comment = comment,
	};
	int rc = 0;

	(void)s;
	mun_str_add(&sh, "exec \"$program\" ");
	options(p, " \\\n\t", &sh);
	mun_str_add(&sh, " \\\n\t\"$@\"\n");
	mun_str_add(&bat, "\"%program%\" ");
	options(p, " ^\n  ", &bat);
	mun_str_add(&bat, " ^\n  %*\n");
	if (sh.failed || bat.failed)
		rc = mun_fail_nomem(e, "run script");
	script.sh = sh.text;
	script.bat = bat.text;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

const struct mun_target mun_target_qemu_ppc = {
	.name = "qemu-ppc",
	.title = "QEMU (Power Macintosh)",
	.homepage = "https://www.qemu.org/",
	.program = "qemu-system-ppc (Debian: qemu-system-ppc)",
	.platforms = "mac-ppc",
	.media = "cdrom disk",
	.formats = "raw, iso, and a qcow2 layer above raw",
	.limits = "No floppy drive; three hard disks with Apple's partition "
		  "map; one CD-ROM drive, for discs with one data track. Mac "
		  "OS 9.0 to Mac OS X 10.4.",
	.needs = "",
	.protection = "Every drive is opened with snapshot=on or readonly=on: "
		      "what the machine writes goes to a temporary file that "
		      "is gone when it ends.",
	.missing = "No operating system or other software is supplied beyond "
		   "what is on the medium itself. QEMU brings OpenBIOS, which "
		   "is free, in place of Apple's ROM.",
	.plan = plan,
	.kit = kit,
};
