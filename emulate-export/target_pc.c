/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_pc.c - drives and machines of PCs, by rules */
#include "emulate-export/target_pc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"

#define FLOPPY_MAX ((uint64_t)5760 * MUN_PC_SECTOR) /* 2.88 MB */

/* As they were sold, and the formats of Microsoft (DMF) and IBM (XDF is not
 * one: its tracks differ). */
const uint32_t mun_pc_floppies[] = { 320,  360,  640,  720,  1440,
				     2400, 2880, 3360, 5760, 0 };

/* What a disk that is cut off is most likely a part of. */
static const uint32_t common[] = {
	320, 360, 640, 720, 1440, 2400, 2880, 5760, 0
};

static bool knows(const uint32_t *sizes, uint64_t sectors)
{
	for (; *sizes; sizes++) {
		if (*sizes == sectors)
			return true;
	}
	return false;
}

/*
 * What the volume says of its geometry comes before the size of the image, as
 * long as both differ by no more than a cylinder or the image is cut off.  What
 * is as long as its own geometry is never taken for a larger one: every track
 * would be in a wrong place.
 */
uint64_t mun_pc_floppy_sectors(const struct mun_image_facts *f,
			       const uint32_t *known)
{
	uint64_t have =
		f->bytes / MUN_PC_SECTOR + (f->bytes % MUN_PC_SECTOR != 0);
	uint64_t said = (uint64_t)f->geometry.cylinders * f->geometry.heads *
			f->geometry.sectors;
	uint64_t slack = UINT64_C(2) * f->geometry.sectors;

	if (f->bytes % MUN_PC_SECTOR == 0 && knows(known, have))
		return have;
	if (said && have <= said + slack)
		return knows(known, said) ? said : 0;
	for (const uint32_t *c = common; *c; c++) {
		if (have <= *c)
			return knows(known, *c) ? *c : 0;
	}
	return 0;
}

bool mun_pc_is_iso(const struct mun_image_facts *f)
{
	return f->tracks <= 1 &&
	       (f->sector_bytes == 0 || f->sector_bytes == MUN_PC_SECTOR ||
		f->sector_bytes == MUN_PC_CD_SECTOR);
}

bool mun_pc_reads(const struct mun_target_item *item, const char *list)
{
	const struct mun_contents *c = item->contents;

	for (size_t i = 0; i < c->nvolumes; i++) {
		if (mun_target_list_has(list, c->volumes[i].fs))
			return true;
	}
	return false;
}

bool mun_pc_boots(const struct mun_target_item *item)
{
	enum mun_boots b = item->verdict->boots;

	return b == MUN_BOOTS_YES ||
	       (b == MUN_BOOTS_CODE && item->contents->nvolumes == 0);
}

const struct mun_plan_medium *mun_pc_slot(const struct mun_plan *p,
					  const char *slot)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->media[i].slot, slot))
			return &p->media[i];
	}
	return NULL;
}

bool mun_pc_waits(const struct mun_plan *p, const char *device)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!*p->media[i].slot &&
		    (!*device || !strcmp(p->media[i].device, device)))
			return true;
	}
	return false;
}

const char *mun_pc_copies_sh(const struct mun_plan *p)
{
	return mun_pc_waits(p, "floppy")
		       ? "printf 'run: the other floppies: %s\\n' "
			 "\"$session/media\" >&2\n"
		       : "";
}

/* "set session" prints the variable, whatever is in it. */
const char *mun_pc_copies_bat(const struct mun_plan *p)
{
	return mun_pc_waits(p, "floppy")
		       ? "echo run.bat: the other floppies are in the folder "
			 "media below this one:\n"
			 "set session\n"
		       : "";
}

const char *mun_pc_file(const struct mun_plan_medium *m)
{
	return *m->overlay_name ? m->overlay_name : m->name;
}

void mun_pc_files(const struct mun_plan *p, const char *device,
		  struct mun_str *out)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!*device || !strcmp(p->media[i].device, device))
			mun_str_addf(out, "%smedia/%s", out->len ? " " : "",
				     p->media[i].name);
	}
}

/* ---- planning ---- */

static uint64_t round_up(uint64_t bytes, uint32_t unit)
{
	return bytes + (unit - bytes % unit) % unit;
}

/* The machine sees @bytes; tell the researcher where that is another size. */
static void see(const struct mun_pc_rules *r, struct mun_plan *p, size_t i,
		const struct mun_image_facts *f, uint64_t bytes)
{
	struct mun_plan_medium *m = &p->media[i];

	if (bytes == f->bytes)
		return;
	m->guest_bytes = bytes;
	m->overlay = r->overlay;
	m->pad = !r->overlay;
	if (bytes > f->bytes)
		mun_plan_note(
			p,
			"%s: the image has %" PRIu64
			" bytes, which is no size that a %s can have. The "
			"emulated one has %" PRIu64
			"; what is behind the end reads as zeros.",
			m->stem, f->bytes, m->device, bytes);
	else
		mun_plan_note(
			p,
			"%s: the image has %" PRIu64
			" bytes. By its own description the %s has %" PRIu64
			": the emulated machine does not see the rest, "
			"which is in the image.",
			m->stem, f->bytes, m->device, bytes);
}

static void attach(struct mun_plan *p, size_t i, const char *device,
		   const struct mun_pc_drive *d, const char *formats)
{
	struct mun_plan_medium *m = &p->media[i];

	mun_plan_attach(p, i, device, "", formats);
	(void)snprintf(m->options, sizeof(m->options), "%s",
		       d->options ? d->options : "");
	(void)snprintf(m->suffix, sizeof(m->suffix), "%s",
		       d->suffix ? d->suffix : "");
}

static int want_sectors(const struct mun_pc_rules *r,
			const struct mun_image_facts *f, uint32_t bytes,
			const char *device, struct mun_err *e)
{
	if (f->sector_bytes == 0 || f->sector_bytes == MUN_PC_SECTOR ||
	    f->sector_bytes == bytes)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED,
			"%s's %s has sectors of %" PRIu32
			" bytes, this medium of %" PRIu32,
			r->target->title, device, bytes, f->sector_bytes);
}

static int none_such(const struct mun_pc_rules *r, const char *device,
		     struct mun_err *e)
{
	return mun_fail(e, MUN_EUNSUPPORTED, "%s takes no %s", r->target->title,
			device);
}

/* Does the machine start from the first medium?  What no machine is known of is
 * worth a try.  An emulator that reads discs itself boots none. */
static bool starts(const struct mun_pc_rules *r, const struct mun_target_set *s,
		   const struct mun_plan *p)
{
	if (r->disc.reads && s->items[0].medium == MUN_MEDIUM_OPTICAL)
		return false;
	return (p->suit != MUN_SUIT_DATA ||
		s->platform == MUN_PLATFORM_UNKNOWN) &&
	       mun_pc_boots(&s->items[0]);
}

/* Can the emulator's own system read it, where no other is started?  That it
 * could start itself is of use only on a machine that does start. */
static int want_readable(const struct mun_pc_rules *r,
			 const struct mun_target_item *item,
			 const struct mun_pc_drive *d, const struct mun_plan *p,
			 const char *device, struct mun_err *e)
{
	const struct mun_contents *c = item->contents;

	if (!d->reads || (p->boots && mun_pc_boots(item)) ||
	    mun_pc_reads(item, d->reads))
		return 0;
	return mun_fail(
		e, MUN_EUNSUPPORTED,
		"%s itself reads %s, the %s has %s and starts nothing%s",
		r->target->title, d->reads, device,
		c->nvolumes ? c->volumes[0].title
			    : "no file system that is known",
		mun_pc_boots(item) ? " here" : "");
}

static int plan_disc(const struct mun_pc_rules *r,
		     const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	int rc;

	if (!r->disc.formats)
		return none_such(r, "CD-ROM", e);
	rc = want_readable(r, item, &r->disc, p, "disc", e);
	if (rc)
		return rc;
	if (!mun_pc_is_iso(f)) {
		if (!r->track_formats)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"%s's CD-ROM drive has one data track "
					"of 2048 bytes a sector; this disc has "
					"%u of %" PRIu32,
					r->target->title, f->tracks,
					f->sector_bytes);
		attach(p, i, "cdrom", &r->disc, r->track_formats);
		*p->media[i].suffix = '\0';
		return 0;
	}
	attach(p, i, "cdrom", &r->disc, r->disc.formats);
	/* Sectors that tell more than their data go whole, where they can. */
	if (r->track_formats && f->bytes % MUN_PC_CD_SECTOR == 0) {
		(void)snprintf(p->media[i].formats, sizeof(p->media[i].formats),
			       "%s %s", r->disc.formats, r->track_formats);
		*p->media[i].suffix = '\0';
	}
	see(r, p, i, f, round_up(f->bytes, MUN_PC_CD_SECTOR));
	return 0;
}

/* A geometry that gives every sector a place. */
static int want_geometry(const struct mun_pc_rules *r,
			 const struct mun_target_item *item, struct mun_err *e)
{
	struct mun_geometry g = { 0 };

	if (!r->heads)
		return 0;
	if (!mun_target_chs(item, &g))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s needs the disk's cylinders, heads and "
				"sectors, which nothing tells",
				r->target->title);
	if (g.heads > r->heads || g.cylinders > r->cylinders)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disk has %" PRIu32
				" cylinders and %" PRIu32
				" heads; %s takes %u and %u",
				g.cylinders, g.heads, r->target->title,
				r->cylinders, r->heads);
	return 0;
}

static int plan_disk(const struct mun_pc_rules *r,
		     const struct mun_target_item *item, struct mun_plan *p,
		     size_t i, struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	bool raw = mun_target_list_has(r->disk.formats ? r->disk.formats : "",
				       "raw");
	int rc;

	if (!r->disk.formats)
		return none_such(r, "hard disk", e);
	rc = want_sectors(r, f, MUN_PC_SECTOR, "hard disk", e);
	if (!rc)
		rc = want_readable(r, item, &r->disk, p, "disk", e);
	if (!rc)
		rc = want_geometry(r, item, e);
	if (rc)
		return rc;
	if (r->partitions && !*item->contents->table)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s takes disks with a partition table, and "
				"this one has none",
				r->target->title);
	if (r->disk_max && f->bytes > r->disk_max)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disk has %" PRIu64
				" bytes, %s takes %" PRIu64,
				f->bytes, r->target->title, r->disk_max);
	if (!raw && f->bytes % MUN_PC_SECTOR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disk has %" PRIu64
				" bytes, which is no whole number of sectors",
				f->bytes);
	attach(p, i, "disk", &r->disk, r->disk.formats);
	see(r, p, i, f, round_up(f->bytes, MUN_PC_SECTOR));
	if (r->layer_disks)
		p->media[i].overlay = true;
	return 0;
}

static int plan_floppy(const struct mun_pc_rules *r,
		       const struct mun_target_item *item, struct mun_plan *p,
		       size_t i, struct mun_err *e)
{
	const struct mun_image_facts *f = item->facts;
	uint64_t sectors = mun_pc_floppy_sectors(f, r->floppies);
	int rc = 0;

	/* Its size is that of the container, and says nothing. */
	if (f->preserved_only[0]) {
		attach(p, i, "floppy", &r->floppy, f->format);
		*p->media[i].suffix = '\0';
		return 0;
	}
	/* ISO 9660 counts in 2048 bytes, whatever it lies on. */
	if (f->medium != MUN_MEDIUM_OPTICAL)
		rc = want_sectors(r, f, MUN_PC_SECTOR, "floppy drive", e);
	if (rc)
		return rc;
	/* A "super floppy" (LS-120, ZIP) is a hard disk to a PC. */
	if (!sectors && f->bytes > FLOPPY_MAX) {
		if (p->n == 1)
			(void)snprintf(p->media[i].stem,
				       sizeof(p->media[i].stem), "disk");
		return plan_disk(r, item, p, i, e);
	}
	if (!r->floppy.formats)
		return none_such(r, "floppy disk", e);
	if (!sectors)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s has no drive for a floppy disk of %" PRIu64
				" bytes",
				r->target->title, f->bytes);
	rc = want_readable(r, item, &r->floppy, p, "floppy disk", e);
	if (rc)
		return rc;
	if (!r->overlay && sectors * MUN_PC_SECTOR < f->bytes)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the image has %" PRIu64
				" bytes and its floppy disk %" PRIu64
				": %s takes exact sizes only",
				f->bytes, sectors * MUN_PC_SECTOR,
				r->target->title);
	attach(p, i, "floppy", &r->floppy, r->floppy.formats);
	see(r, p, i, f, sectors * MUN_PC_SECTOR);
	return 0;
}

/* Drives in the order given; what has none is swapped in, or too many. */
static int seat(const struct mun_pc_rules *r, struct mun_plan *p,
		const char *device, const struct mun_pc_drive *d,
		const char *slot, struct mun_err *e)
{
	unsigned int n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct mun_plan_medium *m = &p->media[i];

		if (strcmp(m->device, device) != 0)
			continue;
		if (n >= d->drives && !d->swaps)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"%s has %u %s drive%s, and does not "
					"change what is in them: this set has "
					"more",
					r->target->title, d->drives, device,
					d->drives == 1 ? "" : "s");
		if (n < d->drives && !strcmp(slot, "a"))
			(void)snprintf(m->slot, sizeof(m->slot), "%c",
				       (char)('a' + (int)n));
		else if (n < d->drives)
			(void)snprintf(m->slot, sizeof(m->slot), "%s%u", slot,
				       n);
		n++;
	}
	return 0;
}

int mun_pc_plan(const struct mun_pc_rules *r, const struct mun_target_set *s,
		struct mun_plan *out, struct mun_err *e)
{
	int rc = mun_target_begin(r->target, s, out, e);

	if (!rc)
		out->boots = starts(r, s, out);
	for (size_t i = 0; !rc && i < s->n; i++) {
		const struct mun_target_item *item = &s->items[i];

		if (item->facts->bytes > INT64_MAX - MUN_PC_CD_SECTOR)
			rc = mun_fail(e, MUN_EUNSUPPORTED,
				      "an image of %" PRIu64
				      " bytes is no medium for %s",
				      item->facts->bytes, r->target->title);
		else if (item->medium == MUN_MEDIUM_OPTICAL)
			rc = plan_disc(r, item, out, i, e);
		else if (item->medium == MUN_MEDIUM_FLOPPY)
			rc = plan_floppy(r, item, out, i, e);
		else
			rc = plan_disk(r, item, out, i, e);
	}
	if (!rc)
		rc = seat(r, out, "floppy", &r->floppy, "a", e);
	if (!rc)
		rc = seat(r, out, "cdrom", &r->disc, "cd", e);
	if (!rc)
		rc = seat(r, out, "disk", &r->disk, "hd", e);
	if (!rc && !out->boots && !r->floppy.reads && !r->disc.reads)
		(void)snprintf(out->needs, sizeof(out->needs),
			       "an operating system that reads it, on a medium "
			       "of its own");
	return rc;
}

void mun_pc_too_fast(const struct mun_target_set *s, struct mun_plan *p)
{
	if (p->suit == MUN_SUIT_GOOD && s->platform != MUN_PLATFORM_PC_NT &&
	    s->platform != MUN_PLATFORM_PC_UNIX)
		p->suit = MUN_SUIT_FAIR;
}

/* ---- machines ---- */

/* Memory as was usual when the system was sold, and as its last version can
 * still count. */
static const struct mun_pc_era eras[] = {
	{ MUN_PLATFORM_PC_DOS, 16, "486", true, true, "DOS", "dos", "DOS" },
	{ MUN_PLATFORM_PC_WIN9X, 64, "pentium", true, true, "Windows98",
	  "win98", "Windows 9x" },
	{ MUN_PLATFORM_PC_NT, 512, "pentium3", false, true, "WindowsNT",
	  "winxppro", "Windows NT" },
	{ MUN_PLATFORM_PC_OS2, 64, "pentium", true, true, "OS2Warp4", "os2",
	  "OS/2" },
	{ MUN_PLATFORM_PC_UNIX, 128, "pentium3", false, false, "Linux",
	  "otherlinux", "Unix" },
	{ MUN_PLATFORM_PC_BEOS, 128, "pentium3", false, false, "Other", "other",
	  "BeOS" },
};

static const struct mun_pc_era any_era = { MUN_PLATFORM_PC, 128,   "",
					   false,           false, "Other",
					   "other",         "a PC" };

const struct mun_pc_era *mun_pc_era(const struct mun_target_set *s)
{
	for (size_t i = 0; i < MUN_COUNT(eras); i++) {
		if (eras[i].platform == s->platform)
			return &eras[i];
	}
	return &any_era;
}
