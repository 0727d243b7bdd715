/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_86box.c - 86Box: PCs of their time, chip by chip */
#include "emulate-export/target_86box.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

/* All that its raw reader (src/floppy/fdd_img.c) knows by size or by the boot
 * sector. */
static const uint32_t floppies[] = { 320,  360,  640,  720,  1280, 1440,
				     1600, 1640, 2400, 2880, 3200, 3280,
				     3360, 3444, 5760, 0 };

static const struct mun_pc_rules rules = {
	.target = &mun_target_86box,
	.floppy = { .formats = "raw imd td0 86f", .drives = 2, .swaps = true },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 2,
		  .swaps = true },
	.track_formats = "cue chd",
	.disk = { .formats = "raw", .suffix = "img", .drives = 2 },
	.floppies = floppies,
	.heads = 255,
	.cylinders = 65535,
};

/*
 * Machines by internal name (src/machine/machine_table.c), with a processor
 * that they take and graphics of the time.  An IDE controller is on the board
 * of all but the first.
 */
static const struct machine {
	const char *internal;
	const char *title;
	const char *cpu; /* lines of [Machine] */
	unsigned int memory_kib;
	const char *graphics;
	bool ide;
} machines[] = {
	{ "ibmxt86", "IBM XT of 1986",
	  "cpu_family = 8088\ncpu_speed = 4772728\ncpu_multi = 1\n", 640, "cga",
	  false },
	{ "486sp3c", "ASUS PVI-486SP3C (486)",
	  "cpu_family = i486dx2\ncpu_speed = 66666666\ncpu_multi = 2\n", 16384,
	  "et4000ax", true },
	{ "p55t2p4", "ASUS P/I-P55T2P4 (Pentium)",
	  "cpu_family = pentium_p54c\ncpu_speed = 166666666\n"
	  "cpu_multi = 2.5\n",
	  65536, "virge375_pci", true },
};

/* What needs 5.25-inch drives with 360 KB and nothing else is of the time of
 * the XT; DOS runs on a 486, what came later on a Pentium. */
static const struct machine *machine_of(const struct mun_target_set *s,
					const struct mun_plan *p)
{
	if (s->platform != MUN_PLATFORM_PC_DOS &&
	    s->platform != MUN_PLATFORM_PC)
		return &machines[2];
	for (size_t i = 0; i < p->n; i++) {
		uint64_t bytes = p->media[i].guest_bytes
					 ? p->media[i].guest_bytes
					 : s->items[i].facts->bytes;

		if (strcmp(p->media[i].device, "floppy") != 0 ||
		    bytes > UINT64_C(360) * 1024)
			return &machines[1];
	}
	return &machines[0];
}

/* Internal names of drives (src/floppy/fdd.c), by what they have to read. */
static const char *drive_type(uint64_t bytes)
{
	uint64_t kib = bytes / 1024;

	if (kib <= 360)
		return "525_2dd";
	if (kib == 1200)
		return "525_2hd";
	if (kib > 1722)
		return "35_2ed";
	return kib <= 820 ? "35_2dd" : "35_2hd";
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	const struct machine *m;
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	m = machine_of(s, out);
	(void)snprintf(out->needs, sizeof(out->needs),
		       "the ROMs of 86Box (its \"roms\" folder), with those "
		       "of the machine \"%s\"%s",
		       m->title,
		       out->boots ? ""
				  : "; an operating system, on a medium of its "
				    "own");
	mun_plan_note(out,
		      "The machine is an %s. Its setup (BIOS) may ask for the "
		      "date and the drives at the first start.",
		      m->title);
	if (mun_pc_waits(out, ""))
		mun_plan_note(out, "More media than drives: 86Box changes "
				   "them by its Media menu; they are in the "
				   "session's folder media, in the order of "
				   "their numbers, floppies as copies.");
	return 0;
}

static void add_floppies(const struct mun_target_set *s,
			 const struct mun_plan *p, struct mun_str *o)
{
	for (unsigned int n = 0; n < 2; n++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, n ? "b" : "a");
		size_t i = m ? (size_t)(m - p->media) : 0;

		if (!m) {
			mun_str_addf(o, "fdd_%02u_type = %s\n", n + 1,
				     n ? "none" : "35_2hd");
			continue;
		}
		mun_str_addf(o,
			     "fdd_%02u_type = %s\n"
			     "fdd_%02u_fn = media/%s\n"
			     "fdd_%02u_writeprot = 1\n",
			     n + 1,
			     drive_type(m->guest_bytes
						? m->guest_bytes
						: s->items[i].facts->bytes),
			     n + 1, m->name, n + 1);
	}
}

static void add_discs(const struct mun_plan *p, struct mun_str *o)
{
	for (unsigned int n = 0; n < 2; n++) {
		const struct mun_plan_medium *m =
			mun_pc_slot(p, n ? "cd1" : "cd0");

		if (m)
			mun_str_addf(o,
				     "cdrom_%02u_parameters = 1, atapi\n"
				     "cdrom_%02u_ide_channel = 1:%u\n"
				     "cdrom_%02u_image_path = media/%s\n",
				     n + 1, n + 1, n, n + 1, m->name);
	}
}

static void add_disks(const struct mun_target_set *s, const struct mun_plan *p,
		      struct mun_str *o)
{
	for (unsigned int n = 0; n < 2; n++) {
		const struct mun_plan_medium *m =
			mun_pc_slot(p, n ? "hd1" : "hd0");
		struct mun_geometry g = { 0 };

		if (!m || !mun_target_chs(&s->items[m - p->media], &g))
			continue;
		mun_str_addf(o,
			     "hdd_%02u_parameters = %" PRIu32 ", %" PRIu32
			     ", %" PRIu32 ", 0, ide\n"
			     "hdd_%02u_ide_channel = 0:%u\n"
			     "hdd_%02u_fn = media/%s\n",
			     n + 1, g.sectors, g.heads, g.cylinders, n + 1, n,
			     n + 1, m->name);
	}
}

static void config(const struct mun_target_set *s, const struct mun_plan *p,
		   struct mun_str *o)
{
	const struct machine *m = machine_of(s, p);

	mun_str_addf(o,
		     "[Machine]\n"
		     "machine = %s\n"
		     "%s"
		     "mem_size = %u\n"
		     "time_sync = local\n"
		     "\n"
		     "[Video]\n"
		     "gfxcard = %s\n"
		     "\n",
		     m->internal, m->cpu, m->memory_kib, m->graphics);
	if (m->ide)
		mun_str_add(o, "[Storage controllers]\n"
			       "hdc = internal\n"
			       "\n"
			       "[Sound]\n"
			       "sndcard = sb16\n"
			       "\n");
	mun_str_add(o, "[Floppy and CD-ROM drives]\n");
	add_floppies(s, p, o);
	add_discs(p, o);
	if (!mun_pc_slot(p, "hd0"))
		return;
	mun_str_add(o, "\n[Hard disks]\n");
	add_disks(s, p, o);
}

static const char comment[] =
	"# Floppies are write-protected.  Hard disks are copies for the\n"
	"# session, and so is what 86Box writes of its own (its settings, the\n"
	"# machine's CMOS); all of it is removed when it ends.\n"
	"#\n"
	"#   ./run                                in a window\n"
	"#   BOX86=/opt/86Box.AppImage ./run      another program\n"
	"#   BOX86_ROMS=/opt/86box/roms ./run     where its ROMs are\n"
	"#   MUNIMENT_SESSION=~/mine ./run        keep what was changed\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str copies = { 0 };
	struct mun_str *conf = NULL;
	struct mun_script script = {
		.title = "86Box",
		.variable = "BOX86",
		.programs = "86Box 86box",
		.debian = "",
		.homepage = "https://86box.net/",
		.windows = "%ProgramFiles%\\86Box\\86Box.exe",
		.windows_program = "86Box.exe",
		.comment = comment,
		.needs = { { .variable = "BOX86_ROMS",
			     .file = "firmware/roms",
			     .what = "the folder of 86Box's ROMs",
			     .optional = true } },
		.links = "media/*",
		.sh = "cp -- config/86box.cfg 86box.cfg\n"
		      "if [ -n \"$BOX86_ROMS\" ]; then\n"
		      "\tset -- --rompath \"$BOX86_ROMS\" \"$@\"\n"
		      "fi\n"
		      "\"$program\" --vmpath \"$session\" \"$@\"\n",
		.bat = "copy /b /y \"config\\86box.cfg\" \"86box.cfg\" >nul\n"
		       "if defined BOX86_ROMS goto roms\n"
		       "\"%program%\" --vmpath \"%session%\" %*\n"
		       "goto ended\n"
		       ":roms\n"
		       "\"%program%\" --vmpath \"%session%\" --rompath "
		       "\"%BOX86_ROMS%\" %*\n"
		       ":ended\n",
	};
	int rc = mun_kit_file(k, "config/86box.cfg", 0444, &conf, e);

	if (rc)
		return rc;
	config(s, p, conf);
	mun_str_add(&copies, "config/86box.cfg");
	mun_pc_files(p, "disk", &copies);
	/* Those that its menu puts in are not write-protected. */
	for (size_t i = 0; i < p->n; i++) {
		if (!*p->media[i].slot && !strcmp(p->media[i].device, "floppy"))
			mun_str_addf(&copies, " media/%s", p->media[i].name);
	}
	if (copies.failed)
		rc = mun_fail_nomem(e, "run script");
	script.copies = copies.text;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&copies);
	return rc;
}

const struct mun_target mun_target_86box = {
	.name = "86box",
	.title = "86Box",
	.homepage = "https://86box.net/",
	.program = "86Box (not in Debian: see its home page)",
	.platforms = "pc-dos pc-windows9x pc-windows-nt pc-os2 pc-unix pc-beos "
		     "pc",
	.media = "floppy cdrom disk",
	.formats = "raw, imd, td0, 86f, iso, cue with its files, chd",
	.kept = "td0 86f",
	.limits =
		"Two floppies, two discs and two hard disks at a time, others "
		"by its menu; a hard disk needs its cylinders, heads and "
		"sectors.",
	.needs =
		"The ROMs of 86Box, which its project gives apart from it: of "
		"an IBM XT, an ASUS PVI-486SP3C or an ASUS P/I-P55T2P4, and of "
		"their graphics cards.",
	.protection = "Floppies in the drives are write-protected; of others "
		      "and of a hard disk the run script makes a copy for the "
		      "session.",
	.missing = "No operating system is supplied beyond what is on the "
		   "medium itself. The machine's BIOS and the ROMs of its "
		   "cards are needed and not supplied: they are copyrighted.",
	.plan = plan,
	.kit = kit,
};
