/* SPDX-License-Identifier: Apache-2.0 */
/* medium/floppy_device.c - a floppy drive with a disk in it as a medium */
#include "medium/floppy_device.h"

#include "core/str.h"
#include "medium/protect.h"
#include "medium/reader_source.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define FLOPPY_MAJOR 2

static int find_format(struct mun_floppy_drive *d, unsigned int type,
		       const struct mun_floppy_geometry **g,
		       char note[static MUN_FLOPPY_NOTE], struct mun_err *e)
{
	if (!type)
		return mun_floppy_probe(d, g, note, e);
	*g = mun_floppy_of_type(type);
	if (!*g)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"format %u of the kernel is not known here; "
				"use the drive's first device node",
				type);
	(void)snprintf(note, MUN_FLOPPY_NOTE, "format chosen by device node");
	return d->ops->select(d, *g, e);
}

static void floppy_facts(struct mun_floppy_drive *d, unsigned int drive,
			 const struct mun_floppy_geometry *g, const char *note,
			 struct mun_device_facts *f)
{
	int tab = d->ops->protected_(d);
	struct mun_str model = { 0 };
	char type[17] = "";

	d->ops->type(d, type);
	f->is_device = true;
	f->kind = MUN_DEVICE_FLOPPY;
	f->bytes = mun_floppy_bytes(g);
	f->sector_bytes = MUN_FLOPPY_SECTOR;
	f->dev = makedev(FLOPPY_MAJOR, mun_floppy_minor(drive, 0));
	f->removable = true;
	(void)snprintf(f->name, sizeof(f->name), "fd%u", drive);
	(void)snprintf(f->bus, sizeof(f->bus), "fdc");
	mun_str_add(&model, "floppy drive");
	if (type[0])
		mun_str_add(&model, " ");
	mun_escape(&model, type, strlen(type));
	(void)snprintf(f->model, sizeof(f->model), "%s",
		       model.text ? model.text : "");
	mun_str_free(&model);
	f->tab = tab < 0 ? MUN_TAB_UNKNOWN
			 : (tab ? MUN_TAB_PROTECTED : MUN_TAB_WRITABLE);
	if (d->ops->fd(d) >= 0)
		mun_protect(d->ops->fd(d), f);
	(void)snprintf(f->unasked, sizeof(f->unasked), "%.*s",
		       (int)sizeof(f->unasked) - 1, note);
}

int mun_floppy_device(struct mun_floppy_drive *d, unsigned int drive,
		      unsigned int type, struct mun_device *out,
		      struct mun_err *e)
{
	const struct mun_floppy_geometry *g = NULL;
	char note[MUN_FLOPPY_NOTE] = "";
	int rc = find_format(d, type, &g, note, e);

	if (rc) {
		mun_floppy_drive_close(d);
		return rc;
	}
	floppy_facts(d, drive, g, note, &out->facts);
	out->floppy = g;
	rc = mun_floppy_reader(d, g, &out->reader, e);
	if (!rc)
		rc = mun_reader_source(out->reader, &out->source, e);
	if (rc)
		mun_device_close(out);
	return rc;
}

int mun_floppy_device_open(unsigned int minor, struct mun_device *out,
			   struct mun_err *e)
{
	struct mun_floppy_drive *d = NULL;
	unsigned int drive;
	unsigned int type;
	int rc;

	mun_floppy_of_minor(minor, &drive, &type);
	rc = mun_floppy_drive_open(drive, &d, e);
	return rc ? rc : mun_floppy_device(d, drive, type, out, e);
}
