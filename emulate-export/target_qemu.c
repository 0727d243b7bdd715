/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_qemu.c - the PC of QEMU: floppies, CD-ROMs, hard disks */
#include "emulate-export/target_qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/target_libvirt.h"
#include "emulate-export/target_pc.h"

/*
 * Sizes in sectors whose geometry QEMU's floppy drive knows (fd_formats[] in
 * its hw/block/fdc.c).  Any other size is taken by QEMU too, but as if it had
 * the geometry of the largest drive, and then every track is in a wrong place.
 */
static const uint32_t floppy_known[] = {
	320,  360,  640,  720,  820,  840,  1440, 1600, 1640, 1660,
	1760, 2080, 2240, 2400, 2880, 2952, 2988, 3200, 3360, 3444,
	3486, 3520, 3680, 3840, 5760, 6240, 6400, 7040, 7680, 0,
};

static const struct mun_pc_rules rules = {
	.target = &mun_target_qemu,
	.floppy = { .formats = "raw",
		    .suffix = "img",
		    .drives = 2,
		    .swaps = true },
	.disc = { .formats = "iso raw",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "raw", .suffix = "img", .drives = 3 },
	.floppies = floppy_known,
	.overlay = true,
	.layer_disks = true,
};

/*
 * The kind of a drive is settled by what is in it at the start, and what is put
 * in later has to be of that kind.  The same table of QEMU says which is which.
 */
enum kind { KIND_35, KIND_525, KIND_ED };

static const char *const kind_names[] = { "3.5-inch", "5.25-inch", "2.88 MB" };

static enum kind kind_of(uint64_t bytes)
{
	uint64_t sectors = bytes / MUN_PC_SECTOR;

	if (sectors >= 5760)
		return KIND_ED;
	if (sectors <= 840 || sectors == 2400 || sectors == 2952 ||
	    sectors == 2988)
		return KIND_525;
	return KIND_35;
}

static uint64_t guest_bytes(const struct mun_target_set *s,
			    const struct mun_plan *p, size_t i)
{
	return p->media[i].guest_bytes ? p->media[i].guest_bytes
				       : s->items[i].facts->bytes;
}

static bool is_device(const struct mun_plan_medium *m, const char *device)
{
	return !strcmp(m->device, device);
}

/*
 * Which floppies are in the two drives at the start: the first one, then the
 * first of another kind, else simply the second.
 */
static int seat_floppies(const struct mun_target_set *s, struct mun_plan *p,
			 struct mun_err *e)
{
	size_t first = p->n;
	size_t other = p->n;
	size_t second = p->n;

	for (size_t i = 0; i < p->n; i++) {
		if (!is_device(&p->media[i], "floppy"))
			continue;
		*p->media[i].slot = '\0';
		if (first == p->n) {
			first = i;
			continue;
		}
		if (second == p->n)
			second = i;
		if (kind_of(guest_bytes(s, p, i)) ==
		    kind_of(guest_bytes(s, p, first)))
			continue;
		if (other == p->n)
			other = i;
		if (kind_of(guest_bytes(s, p, i)) !=
		    kind_of(guest_bytes(s, p, other)))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"QEMU has two floppy drives, each of "
					"one kind; this set has floppies of "
					"three");
	}
	if (first < p->n)
		(void)snprintf(p->media[first].slot, sizeof(p->media[0].slot),
			       "a");
	if (other == p->n)
		other = second;
	if (other < p->n)
		(void)snprintf(p->media[other].slot, sizeof(p->media[0].slot),
			       "b");
	return 0;
}

static enum kind kind_in(const struct mun_target_set *s,
			 const struct mun_plan *p, const char *slot)
{
	const struct mun_plan_medium *m = mun_pc_slot(p, slot);

	return kind_of(guest_bytes(s, p, m ? (size_t)(m - p->media) : 0));
}

/* Into which drive one goes: "a" or "b". */
static const char *drive_for(const struct mun_target_set *s,
			     const struct mun_plan *p, size_t i)
{
	enum kind k = kind_of(guest_bytes(s, p, i));

	return k != kind_in(s, p, "a") && k == kind_in(s, p, "b") ? "b" : "a";
}

static void note_swaps(const struct mun_target_set *s, struct mun_plan *p)
{
	bool kinds = false;

	for (size_t i = 0; i < p->n; i++) {
		if (*p->media[i].slot || !is_device(&p->media[i], "floppy"))
			continue;
		kinds |= !strcmp(drive_for(s, p, i), "b");
		mun_plan_note(p,
			      "More floppies than drives: the commands that "
			      "change them, for QEMU's monitor (Ctrl+Alt+2), "
			      "are in config/swap.txt.");
		break;
	}
	if (kinds)
		mun_plan_note(p,
			      "The floppies are of two kinds (%s and %s): each "
			      "has its drive, A and B.",
			      kind_names[KIND_35], kind_names[KIND_525]);
	for (size_t i = 0; i < p->n; i++) {
		if (*p->media[i].slot || !is_device(&p->media[i], "cdrom"))
			continue;
		mun_plan_note(p,
			      "More discs than drives: the commands that "
			      "change them, for QEMU's monitor (Ctrl+Alt+2), "
			      "are in config/swap.txt.");
		break;
	}
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (!rc)
		rc = seat_floppies(s, out, e);
	if (!rc)
		note_swaps(s, out);
	return rc;
}

/* ---- kit ---- */

/* What each slot is to QEMU; the CD-ROM stays the master of the second cable,
 * where old systems look for it. */
static const struct slot {
	const char *slot;
	const char *drive;
} slots[] = {
	{ "a", "if=floppy,index=0,id=floppy0,snapshot=on" },
	{ "b", "if=floppy,index=1,id=floppy1,snapshot=on" },
	{ "hd0", "if=ide,index=0,media=disk,snapshot=on" },
	{ "hd1", "if=ide,index=1,media=disk,snapshot=on" },
	{ "hd2", "if=ide,index=3,media=disk,snapshot=on" },
	{ "cd0", "if=ide,index=2,id=cd0,media=cdrom,readonly=on" },
};

static const char *format_of(const struct mun_plan_medium *m)
{
	return *m->overlay_name ? "qcow2" : "raw";
}

static const char *boot_letter(const struct mun_plan *p)
{
	if (is_device(&p->media[0], "floppy"))
		return "a";
	return is_device(&p->media[0], "cdrom") ? "d" : "c";
}

/* All options, @eol between lines: " \\\n\t" or " ^\n  ". */
static void options(const struct mun_target_set *s, const struct mun_plan *p,
		    const char *eol, struct mun_str *o)
{
	const struct mun_pc_era *era = mun_pc_era(s);

	mun_str_addf(o, "-m %u -nic none -boot %s -vga %s -rtc base=%s",
		     era->memory, boot_letter(p),
		     era->cirrus ? "cirrus" : "std",
		     era->local_clock ? "localtime" : "utc");
	if (*era->cpu)
		mun_str_addf(o, " -cpu %s", era->cpu);
	for (size_t i = 0; i < MUN_COUNT(slots); i++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, slots[i].slot);

		if (m)
			mun_str_addf(o, "%s-drive %s,format=%s,file=media/%s",
				     eol, slots[i].drive, format_of(m),
				     mun_pc_file(m));
	}
}

/* Commands for the monitor, one a line, in the order of the set. */
static int swap_list(const struct mun_target_set *s, const struct mun_plan *p,
		     struct mun_kit *k, struct mun_err *e)
{
	struct mun_str *o = NULL;
	bool waits = false;
	int rc;

	for (size_t i = 0; i < p->n; i++)
		waits |= !*p->media[i].slot;
	if (!waits)
		return 0;
	rc = mun_kit_file(k, "config/swap.txt", 0444, &o, e);
	if (rc)
		return rc;
	mun_str_add(o, "Each line changes a medium while the machine runs: "
		       "press Ctrl+Alt+2 in QEMU's\n"
		       "window, type the line, press Ctrl+Alt+1.\n\n");
	for (size_t i = 0; i < p->n; i++) {
		const struct mun_plan_medium *m = &p->media[i];

		if (is_device(m, "disk"))
			continue;
		mun_str_addf(o, "change %s media/%s %s read-only\n",
			     is_device(m, "cdrom")              ? "cd0"
			     : !strcmp(drive_for(s, p, i), "b") ? "floppy1"
								: "floppy0",
			     mun_pc_file(m), format_of(m));
	}
	return 0;
}

static const char comment[] =
	"# The image is never written: what the emulated machine changes is\n"
	"# gone when it ends.\n"
	"#\n"
	"#   ./run                          in a window\n"
	"#   ./run -display curses          in this terminal (text only)\n"
	"#   QEMU=qemu-system-x86_64 ./run  another program of QEMU\n"
	"#   ./run -m 512                   any option of QEMU\n"
	"#\n"
	"# No network: old systems are not safe in one.  If one is needed, pass\n"
	"# \"-nic user\" (outwards only).\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_script script = {
		.title = "QEMU",
		.variable = "QEMU",
		.programs = "qemu-system-i386 qemu-system-x86_64",
		.debian = "qemu-system-x86",
		.homepage = "https://www.qemu.org/download/",
		.windows = "%ProgramFiles%\\qemu\\qemu-system-i386.exe",
		.windows_program = "qemu-system-i386.exe",
		.comment = comment,
	};
	int rc = 0;

	mun_str_add(&sh, "exec \"$program\" ");
	options(s, p, " \\\n\t", &sh);
	mun_str_add(&sh, " \\\n\t\"$@\"\n");
	mun_str_add(&bat, "\"%program%\" ");
	options(s, p, " ^\n  ", &bat);
	mun_str_add(&bat, " ^\n  %*\n");
	if (sh.failed || bat.failed)
		rc = mun_fail_nomem(e, "run script");
	script.sh = sh.text;
	script.bat = bat.text;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	if (!rc)
		rc = swap_list(s, p, k, e);
	if (!rc)
		rc = mun_libvirt_add(s, p, k, e);
	if (!rc)
		rc = mun_kit_done(k, e);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

const struct mun_target mun_target_qemu = {
	.name = "qemu",
	.title = "QEMU (PC)",
	.homepage = "https://www.qemu.org/",
	.program = "qemu-system-i386 or qemu-system-x86_64 "
		   "(Debian: qemu-system-x86)",
	.platforms = "pc-dos pc-windows9x pc-windows-nt pc-os2 pc-unix pc-beos "
		     "pc",
	.media = "floppy cdrom disk",
	.formats = "raw, iso, and a qcow2 layer above raw",
	.limits = "Two floppy drives, each for one kind of floppy (3.5-inch, "
		  "5.25-inch or 2.88 MB); three hard disks; one CD-ROM drive, "
		  "for discs with one data track; sectors of 512 bytes. Copy "
		  "protection that rests on a drive's timing does not work.",
	.needs = "",
	.protection = "Every drive is opened with snapshot=on or readonly=on: "
		      "what the machine writes goes to a temporary file that "
		      "is gone when it ends.",
	.missing = "No operating system or other software is supplied beyond "
		   "what is on the medium itself. A medium without a system "
		   "of its own does not start; it can be attached to an "
		   "emulated machine that has one. QEMU brings its own BIOS. "
		   "Licences, serial numbers, and manuals are not supplied.",
	.plan = plan,
	.kit = kit,
};
