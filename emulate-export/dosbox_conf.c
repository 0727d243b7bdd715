/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/dosbox_conf.c - configuration files of DOSBox and its kin */
#include "emulate-export/dosbox_conf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emulate-export/target_pc.h"

/* DiskGeometryList[] of src/ints/bios_disk.cpp, for 0.74 and for DOSBox-X. */
const uint32_t mun_dosbox_floppies[] = { 320,  360,  400,  640,  720, 800,
					 1440, 2400, 2880, 5760, 0 };
const uint32_t mun_dosbox_x_floppies[] = { 320,  360,  400,  640,  720,  800,
					   1280, 1440, 2400, 2880, 5760, 0 };

static bool is_device(const struct mun_plan_medium *m, const char *device)
{
	return !strcmp(m->device, device);
}

/*
 * The letters that DOSBox gives: floppies A, B and then what is free, disks
 * from C on, all discs together the one after them.  0.74 mounts one floppy
 * for each letter; only a booted system can have them changed.
 */
static char letter_of(const struct mun_plan *p, size_t which)
{
	char disk = 'c';
	char floppy = 'a';
	char disc = 'c';

	for (size_t i = 0; i < p->n; i++)
		disc = (char)(disc + is_device(&p->media[i], "disk"));
	if (disc == 'c')
		disc = 'd'; /* where programs of the time look for it */
	for (size_t i = 0; i < p->n; i++) {
		if (is_device(&p->media[i], "disk")) {
			if (i == which)
				return disk;
			disk++;
		} else if (is_device(&p->media[i], "cdrom")) {
			if (i == which)
				return disc;
		} else {
			if (floppy == 'c')
				floppy = (char)(disc + 1);
			if (i == which)
				return floppy;
			floppy++;
		}
	}
	return '\0';
}

static char first_letter(const struct mun_plan *p, const char *device)
{
	for (size_t i = 0; i < p->n; i++) {
		if (is_device(&p->media[i], device))
			return letter_of(p, i);
	}
	return '\0';
}

/* " media/a.img media/b.img" of all media of that device. */
static size_t add_all(const struct mun_plan *p, const char *device,
		      struct mun_str *o)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (!is_device(&p->media[i], device))
			continue;
		mun_str_addf(o, " media/%s", p->media[i].name);
		n++;
	}
	return n;
}

static void mount_discs(const struct mun_plan *p, struct mun_str *o)
{
	if (!first_letter(p, "cdrom"))
		return;
	mun_str_addf(o, "imgmount %c", first_letter(p, "cdrom"));
	(void)add_all(p, "cdrom", o);
	mun_str_add(o, " -t iso\n");
}

static void mount_disks(const struct mun_target_set *s,
			const struct mun_plan *p, struct mun_str *o)
{
	unsigned int number = 2; /* as the BIOS counts: 2 is drive 80h */

	for (size_t i = 0; i < p->n; i++) {
		struct mun_geometry g = { 0 };

		if (!is_device(&p->media[i], "disk"))
			continue;
		mun_str_add(o, "imgmount ");
		if (p->boots)
			mun_str_addf(o, "%u", number++);
		else
			mun_str_addf(o, "%c", letter_of(p, i));
		mun_str_addf(o, " media/%s -t hdd -fs %s", p->media[i].name,
			     p->boots ? "none" : "fat");
		if (!strcmp(p->media[i].format, "raw") &&
		    mun_target_chs(&s->items[i], &g))
			mun_str_addf(o,
				     " -size 512,%" PRIu32 ",%" PRIu32
				     ",%" PRIu32,
				     g.sectors, g.heads, g.cylinders);
		mun_str_add(o, "\n");
	}
}

static void mount_floppies(const struct mun_plan *p,
			   const struct mun_dosbox_dialect *d,
			   struct mun_str *o)
{
	if (d->x && first_letter(p, "floppy")) {
		mun_str_add(o, "imgmount a");
		(void)add_all(p, "floppy", o);
		mun_str_add(o, " -t floppy -ro\n");
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (is_device(&p->media[i], "floppy"))
			mun_str_addf(o, "imgmount %c media/%s -t floppy\n",
				     letter_of(p, i), p->media[i].name);
	}
}

/* The first medium starts; what follows "boot" is never reached.  Floppies are
 * in their drive whichever it starts from. */
static void boot(const struct mun_plan *p, const struct mun_dosbox_dialect *d,
		 struct mun_str *o)
{
	bool disk = is_device(&p->media[0], "disk");

	if (d->x) {
		mount_floppies(p, d, o);
		mun_str_add(o, disk ? "boot -l c\n" : "boot a:\n");
		return;
	}
	mun_str_add(o, "boot");
	(void)add_all(p, "floppy", o);
	mun_str_add(o, disk ? " -l c\n" : " -l a\n");
}

static void autoexec(const struct mun_target_set *s, const struct mun_plan *p,
		     const struct mun_dosbox_dialect *d, struct mun_str *o)
{
	mun_str_add(o, "[autoexec]\n@echo off\n");
	mount_disks(s, p, o);
	if (!p->boots || d->x)
		mount_discs(p, o);
	if (p->boots) {
		boot(p, d, o);
		return;
	}
	mount_floppies(p, d, o);
	mun_str_addf(o, "%c:\n", letter_of(p, 0));
}

/* Cycles are left to "auto": as fast as a program of the time expects, and the
 * most there is for protected mode. */
void mun_dosbox_conf(const struct mun_target_set *s, const struct mun_plan *p,
		     const struct mun_dosbox_dialect *d, struct mun_str *o)
{
	bool win = s->platform == MUN_PLATFORM_PC_WIN9X;

	mun_str_addf(o,
		     "[dosbox]\n"
		     "machine=svga_s3\n"
		     "memsize=%u\n"
		     "\n"
		     "[cpu]\n"
		     "core=%s\n"
		     "cputype=%s\n"
		     "cycles=%s\n"
		     "\n",
		     win ? 64u : 16u, d->x && win ? "normal" : "auto",
		     d->x && win ? "pentium_mmx" : "auto",
		     d->x && win ? "max" : "auto");
	/* What Windows has to find so that it lets DOSBox-X read its disk. */
	if (d->x && win)
		mun_str_add(o, "[dos]\n"
			       "ver=7.1\n"
			       "\n"
			       "[fdc, primary]\n"
			       "int13fakev86io=true\n"
			       "\n"
			       "[ide, primary]\n"
			       "int13fakeio=true\n"
			       "int13fakev86io=true\n"
			       "\n"
			       "[ide, secondary]\n"
			       "int13fakeio=true\n"
			       "int13fakev86io=true\n"
			       "cd-rom insertion delay=4000\n"
			       "\n");
	mun_str_add(o, "[ipx]\n"
		       "ipx=false\n"
		       "\n");
	autoexec(s, p, d, o);
}

static size_t count(const struct mun_plan *p, const char *device)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += is_device(&p->media[i], device);
	return n;
}

void mun_dosbox_notes(const struct mun_target_set *s, struct mun_plan *p,
		      const struct mun_dosbox_dialect *d)
{
	size_t floppies = count(p, "floppy");

	if (s->platform == MUN_PLATFORM_PC_DOS)
		p->suit = MUN_SUIT_GOOD;
	if (floppies > 1 && (p->boots || d->x))
		mun_plan_note(p, "All floppies are for drive A, in the order "
				 "given: Ctrl+F4 puts the next one in.");
	else if (floppies > 2)
		mun_plan_note(p, "DOSBox changes floppies only of a system "
				 "that it boots: each of these has a drive "
				 "letter of its own.");
	if (count(p, "cdrom") > 1)
		mun_plan_note(p, "All discs are for one drive, in the order "
				 "given: Ctrl+F4 puts the next one in.");
	if (p->boots && !d->x && count(p, "cdrom"))
		mun_plan_note(p, "DOSBox has no CD-ROM drive that a booted "
				 "system could see: the disc is in the "
				 "package, and not attached.");
	if (!p->boots)
		mun_plan_note(p,
			      "Nothing is booted: DOSBox itself is the "
			      "DOS, and the medium is in drive %c.",
			      (char)(letter_of(p, 0) - 'a' + 'A'));
}
