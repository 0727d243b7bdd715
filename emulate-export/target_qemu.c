/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_qemu.c - the PC of QEMU: floppy, CD-ROM or hard disk */
#include "emulate-export/target_qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"

#define SECTOR 512u
#define CD_SECTOR 2048u
#define FLOPPY_MAX ((uint64_t)5760 * SECTOR) /* 2.88 MB, extra density */

/*
 * Sizes in sectors whose geometry QEMU's floppy drive knows (fd_formats[] in
 * its hw/block/fdc.c).  Any other size is taken by QEMU too, but as if it had
 * the geometry of the largest drive, and then every track is in a wrong place.
 */
static const uint32_t floppy_known[] = {
	320,  360,  640,  720,  820,  840,  1440, 1600, 1640, 1660,
	1760, 2080, 2240, 2400, 2880, 2952, 2988, 3200, 3360, 3444,
	3486, 3520, 3680, 3840, 5760, 6240, 6400, 7040, 7680,
};

/* What a disk that is cut off is most likely a part of. */
static const uint32_t floppy_common[] = { 320,  360,  640,  720,
					  1440, 2400, 2880, 5760 };

static bool floppy_is_known(uint64_t sectors)
{
	for (size_t i = 0; i < MUN_COUNT(floppy_known); i++) {
		if (floppy_known[i] == sectors)
			return true;
	}
	return false;
}

/*
 * The floppy that the guest is to see, in sectors; 0: there is none.  What the
 * volume says of its geometry comes before the size of the image, as long as
 * both differ by no more than a cylinder or the image is cut off.
 */
static uint64_t floppy_sectors(const struct mun_image_facts *f)
{
	uint64_t have = f->bytes / SECTOR + (f->bytes % SECTOR != 0);
	uint64_t said = (uint64_t)f->geometry.cylinders * f->geometry.heads *
			f->geometry.sectors;
	uint64_t slack = UINT64_C(2) * f->geometry.sectors;

	if (f->bytes % SECTOR == 0 && floppy_is_known(have))
		return have;
	if (floppy_is_known(said) && have <= said + slack)
		return said;
	for (size_t i = 0; i < MUN_COUNT(floppy_common); i++) {
		if (have <= floppy_common[i])
			return floppy_common[i];
	}
	return 0;
}

static bool says(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

static bool is_floppy(const struct mun_record *r)
{
	return says(r->media_type, "floppy") || says(r->media_type, "diskette");
}

/*
 * What the operator saw counts before what the image holds: a partition table
 * can be on anything, and so can ISO 9660, as on the floppies of rescue
 * systems.  Without a word of theirs, what has the size of a floppy is one, as
 * there were no hard disks that small.
 */
static enum mun_medium medium_of(const struct mun_record *r,
				 const struct mun_image_facts *f)
{
	static const char *const no_floppy[] = { "hard", "card", "flash",
						 "usb" };

	if (f->medium == MUN_MEDIUM_OPTICAL)
		return is_floppy(r) && f->bytes <= FLOPPY_MAX
			       ? MUN_MEDIUM_FLOPPY
			       : MUN_MEDIUM_OPTICAL;
	if (is_floppy(r))
		return MUN_MEDIUM_FLOPPY;
	for (size_t i = 0; i < MUN_COUNT(no_floppy); i++) {
		if (says(r->media_type, no_floppy[i]))
			return MUN_MEDIUM_DISK;
	}
	if (f->medium == MUN_MEDIUM_FLOPPY)
		return MUN_MEDIUM_FLOPPY;
	return f->bytes <= FLOPPY_MAX ? MUN_MEDIUM_FLOPPY : MUN_MEDIUM_DISK;
}

static void name_it(struct mun_target_plan *p, const char *device,
		    const char *image, const char *overlay)
{
	(void)snprintf(p->device, sizeof(p->device), "%s", device);
	(void)snprintf(p->image_name, sizeof(p->image_name), "%s", image);
	(void)snprintf(p->overlay_name, sizeof(p->overlay_name), "%s", overlay);
	p->form = *overlay ? MUN_FORM_QCOW2_OVERLAY : MUN_FORM_RAW;
}

/* Tell the researcher where the guest's medium is not the image's size. */
static void note_size(struct mun_target_plan *p, uint64_t bytes)
{
	if (p->guest_bytes > bytes)
		(void)snprintf(p->note, sizeof(p->note),
			       "The image has %" PRIu64
			       " bytes, which is no size that a %s can have. "
			       "The emulated one has %" PRIu64
			       "; what is behind the end reads as zeros.",
			       bytes, p->device, p->guest_bytes);
	if (p->guest_bytes < bytes)
		(void)snprintf(
			p->note, sizeof(p->note),
			"The image has %" PRIu64
			" bytes. By its own description the %s has %" PRIu64
			": the emulated machine does not see the rest, "
			"which is in the image.",
			bytes, p->device, p->guest_bytes);
}

static uint64_t round_up(uint64_t bytes, uint32_t unit)
{
	return bytes + (unit - bytes % unit) % unit;
}

static int want_sectors(const struct mun_image_facts *f, uint32_t bytes,
			const char *device, struct mun_err *e)
{
	if (f->sector_bytes == 0 || f->sector_bytes == SECTOR ||
	    f->sector_bytes == bytes)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED,
			"QEMU's %s has sectors of %" PRIu32
			" bytes, this medium of %" PRIu32,
			device, bytes, f->sector_bytes);
}

static int plan_cdrom(const struct mun_image_facts *f,
		      struct mun_target_plan *p, struct mun_err *e)
{
	int rc = want_sectors(f, CD_SECTOR, "CD-ROM drive", e);

	if (rc)
		return rc;
	if (f->tracks > 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"QEMU's CD-ROM drive has one data track, this "
				"disc %u tracks",
				f->tracks);
	p->guest_bytes = round_up(f->bytes, CD_SECTOR);
	name_it(p, "cdrom", "disc.iso",
		p->guest_bytes == f->bytes ? "" : "disc.qcow2");
	return 0;
}

static int plan_disk(const struct mun_image_facts *f, struct mun_target_plan *p,
		     struct mun_err *e)
{
	int rc = want_sectors(f, SECTOR, "hard disk", e);

	if (rc)
		return rc;
	p->guest_bytes = round_up(f->bytes, SECTOR);
	name_it(p, "disk", "disk.img", "disk.qcow2");
	return 0;
}

static int plan_floppy(const struct mun_image_facts *f,
		       struct mun_target_plan *p, struct mun_err *e)
{
	uint64_t sectors = floppy_sectors(f);
	int rc = 0;

	/* ISO 9660 counts in 2048 bytes, whatever it lies on. */
	if (f->medium != MUN_MEDIUM_OPTICAL)
		rc = want_sectors(f, SECTOR, "floppy drive", e);
	if (rc)
		return rc;
	/* A "super floppy" (LS-120, ZIP) is a hard disk to a PC. */
	if (!sectors)
		return plan_disk(f, p, e);
	p->guest_bytes = sectors * SECTOR;
	name_it(p, "floppy", "floppy.img",
		p->guest_bytes == f->bytes ? "" : "floppy.qcow2");
	return 0;
}

static int plan(const struct mun_record *r, const struct mun_image_facts *f,
		struct mun_target_plan *out, struct mun_err *e)
{
	enum mun_medium m = medium_of(r, f);
	int rc;

	memset(out, 0, sizeof(*out));
	if (f->bytes == 0 || f->bytes > INT64_MAX - CD_SECTOR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an image of %" PRIu64
				" bytes is no medium for QEMU",
				f->bytes);
	if (m == MUN_MEDIUM_OPTICAL)
		rc = plan_cdrom(f, out, e);
	else if (m == MUN_MEDIUM_FLOPPY)
		rc = plan_floppy(f, out, e);
	else
		rc = plan_disk(f, out, e);
	if (!rc)
		note_size(out, f->bytes);
	return rc;
}

/* What differs between the three devices in the script. */
static const struct qemu_device {
	const char *device;
	const char *drive;
	const char *boot;
	const char *memory; /* MiB */
} devices[] = {
	{ "floppy", "if=floppy,index=0,snapshot=on", "a", "64" },
	{ "cdrom", "if=ide,index=2,media=cdrom,readonly=on", "d", "128" },
	{ "disk", "if=ide,index=0,media=disk,snapshot=on", "c", "128" },
};

static const char script_head[] =
	"#!/bin/sh\n"
	"# Starts this package in QEMU.  The image is never written: what the\n"
	"# emulated machine changes is gone when it ends.\n"
	"#\n"
	"#   ./run                          in a window\n"
	"#   ./run -display curses          in this terminal (text only)\n"
	"#   QEMU=qemu-system-x86_64 ./run  another program of QEMU\n"
	"#   ./run -m 512                   any option of QEMU\n"
	"#\n"
	"# No network: old systems are not safe in one.  If one is needed, pass\n"
	"# \"-nic user\" (outwards only).\n"
	"set -eu\n"
	"here=$(CDPATH='' cd -- \"$(dirname -- \"$0\")\" && pwd -P)\n"
	"cd -- \"$here\"\n"
	"\n"
	"qemu=${QEMU:-}\n"
	"for program in qemu-system-i386 qemu-system-x86_64; do\n"
	"\tif [ -z \"$qemu\" ] && command -v \"$program\" >/dev/null 2>&1; then\n"
	"\t\tqemu=$program\n"
	"\tfi\n"
	"done\n"
	"if [ -z \"$qemu\" ]; then\n"
	"\techo \"run: QEMU is not installed (no qemu-system-i386 and no\" \\\n"
	"\t\t\"qemu-system-x86_64 found).  On Debian and Ubuntu:\" \\\n"
	"\t\t\"sudo apt install qemu-system-x86\" >&2\n"
	"\texit 127\n"
	"fi\n"
	"\n";

static int script(const struct mun_record *r, const struct mun_target_plan *p,
		  struct mun_str *out, struct mun_err *e)
{
	bool overlay = p->form == MUN_FORM_QCOW2_OVERLAY;
	const struct qemu_device *d = NULL;

	(void)r;
	for (size_t i = 0; i < MUN_COUNT(devices); i++) {
		if (!strcmp(devices[i].device, p->device))
			d = &devices[i];
	}
	if (!d)
		return mun_fail(e, MUN_EINVAL, "device '%s'", p->device);
	mun_str_add(out, script_head);
	mun_str_addf(out,
		     "exec \"$qemu\" -m %s -nic none -boot %s \\\n"
		     "\t-drive %s,format=%s,file=media/%s \\\n"
		     "\t\"$@\"\n",
		     d->memory, d->boot, d->drive, overlay ? "qcow2" : "raw",
		     overlay ? p->overlay_name : p->image_name);
	return out->failed ? mun_fail_nomem(e, "run script") : 0;
}

const struct mun_target mun_target_qemu = {
	.name = "qemu",
	.title = "QEMU (PC)",
	.program = "qemu-system-i386 or qemu-system-x86_64 "
		   "(Debian: qemu-system-x86)",
	.missing = "No operating system or other software is supplied beyond "
		   "what is on the medium itself. A medium without a system "
		   "of its own does not start; it can be attached to an "
		   "emulated machine that has one. QEMU brings its own BIOS. "
		   "Licences, serial numbers, and manuals are not supplied.",
	.plan = plan,
	.script = script,
};
