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

static bool floppy_is_known(uint64_t sectors)
{
	for (size_t i = 0; i < MUN_COUNT(floppy_known); i++) {
		if (floppy_known[i] == sectors)
			return true;
	}
	return false;
}

/* The floppy that the guest is to see, in sectors; 0: there is none. */
static uint64_t floppy_sectors(const struct mun_target_item *item)
{
	uint64_t bytes = item->facts->bytes;

	if (bytes % SECTOR == 0 && floppy_is_known(bytes / SECTOR))
		return bytes / SECTOR;
	return mun_target_floppy_bytes(item) / SECTOR;
}

/* Any size that differs from the image's is made by a layer above it. */
static void attach(struct mun_plan *p, const char *device, const char *slot,
		   bool overlay)
{
	struct mun_plan_medium *m = &p->media[0];

	mun_plan_attach(p, 0, device, slot, "raw");
	(void)snprintf(m->suffix, sizeof(m->suffix), "%s",
		       strcmp(device, "cdrom") ? "img" : "iso");
	m->overlay = overlay;
}

/* Tell the researcher where the guest's medium is not the image's size. */
static void note_size(struct mun_plan *p, uint64_t bytes)
{
	const struct mun_plan_medium *m = &p->media[0];

	if (m->guest_bytes > bytes)
		mun_plan_note(p,
			      "The image has %" PRIu64
			      " bytes, which is no size that a %s can have. "
			      "The emulated one has %" PRIu64
			      "; what is behind the end reads as zeros.",
			      bytes, m->device, m->guest_bytes);
	if (m->guest_bytes < bytes)
		mun_plan_note(
			p,
			"The image has %" PRIu64
			" bytes. By its own description the %s has %" PRIu64
			": the emulated machine does not see the rest, "
			"which is in the image.",
			bytes, m->device, m->guest_bytes);
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

static int plan_cdrom(const struct mun_target_item *item, struct mun_plan *p,
		      struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	int rc = want_sectors(f, CD_SECTOR, "CD-ROM drive", e);

	if (rc)
		return rc;
	if (f->tracks > 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"QEMU's CD-ROM drive has one data track, this "
				"disc %u tracks",
				f->tracks);
	p->media[0].guest_bytes = round_up(f->bytes, CD_SECTOR);
	attach(p, "cdrom", "d", p->media[0].guest_bytes != f->bytes);
	return 0;
}

static int plan_disk(const struct mun_target_item *item, struct mun_plan *p,
		     struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	int rc = want_sectors(f, SECTOR, "hard disk", e);

	if (rc)
		return rc;
	p->media[0].guest_bytes = round_up(f->bytes, SECTOR);
	(void)snprintf(p->media[0].stem, sizeof(p->media[0].stem), "disk");
	attach(p, "disk", "c", true);
	return 0;
}

static int plan_floppy(const struct mun_target_item *item, struct mun_plan *p,
		       struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	uint64_t sectors = floppy_sectors(item);
	int rc = 0;

	/* ISO 9660 counts in 2048 bytes, whatever it lies on. */
	if (f->medium != MUN_MEDIUM_OPTICAL)
		rc = want_sectors(f, SECTOR, "floppy drive", e);
	if (rc)
		return rc;
	/* A "super floppy" (LS-120, ZIP) is a hard disk to a PC. */
	if (!sectors)
		return plan_disk(item, p, e);
	p->media[0].guest_bytes = sectors * SECTOR;
	attach(p, "floppy", "a", p->media[0].guest_bytes != f->bytes);
	return 0;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	const struct mun_target_item *item = &s->items[0];
	uint64_t bytes = item->facts->bytes;
	int rc = mun_target_begin(&mun_target_qemu, s, out, e);

	if (rc)
		return rc;
	if (s->n > 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"one medium makes a package for QEMU");
	if (bytes > INT64_MAX - CD_SECTOR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an image of %" PRIu64
				" bytes is no medium for QEMU",
				bytes);
	if (item->medium == MUN_MEDIUM_OPTICAL)
		rc = plan_cdrom(item, out, e);
	else if (item->medium == MUN_MEDIUM_FLOPPY)
		rc = plan_floppy(item, out, e);
	else
		rc = plan_disk(item, out, e);
	if (!rc)
		note_size(out, bytes);
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

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	const struct mun_plan_medium *m = &p->media[0];
	const struct qemu_device *d = NULL;
	struct mun_str *out = NULL;
	int rc = mun_kit_file(k, "run", 0555, &out, e);

	(void)s;
	if (rc)
		return rc;
	for (size_t i = 0; i < MUN_COUNT(devices); i++) {
		if (!strcmp(devices[i].device, m->device))
			d = &devices[i];
	}
	if (!d)
		return mun_fail(e, MUN_EINVAL, "device '%s'", m->device);
	mun_str_add(out, script_head);
	mun_str_addf(out,
		     "exec \"$qemu\" -m %s -nic none -boot %s \\\n"
		     "\t-drive %s,format=%s,file=media/%s \\\n"
		     "\t\"$@\"\n",
		     d->memory, d->boot, d->drive, m->overlay ? "qcow2" : "raw",
		     m->overlay ? m->overlay_name : m->name);
	return mun_kit_done(k, e);
}

const struct mun_target mun_target_qemu = {
	.name = "qemu",
	.title = "QEMU (PC)",
	.homepage = "https://www.qemu.org/",
	.platforms = "pc pc-dos pc-windows9x pc-windows-nt pc-os2 pc-unix "
		     "pc-beos",
	.media = "floppy cdrom disk",
	.formats = "raw",
	.limits = "",
	.needs = "",
	.protection = "the image is only ever read: what the machine writes "
		      "goes to a temporary layer",
	.program = "qemu-system-i386 or qemu-system-x86_64 "
		   "(Debian: qemu-system-x86)",
	.missing = "No operating system or other software is supplied beyond "
		   "what is on the medium itself. A medium without a system "
		   "of its own does not start; it can be attached to an "
		   "emulated machine that has one. QEMU brings its own BIOS. "
		   "Licences, serial numbers, and manuals are not supplied.",
	.plan = plan,
	.kit = kit,
};
