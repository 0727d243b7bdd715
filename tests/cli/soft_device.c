/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/cli/soft_device.c - the whole program, with drives in memory
 *
 * Linked to all that muniment is made of; a source whose name ends in ".drive"
 * is then a drive of discs that the file describes (tests/support/soft_drive.h,
 * mun_soft_drive_open()), one in ".floppy" a floppy drive (soft_floppy_open()).  The program that is installed has nothing of this.
 */
#include "medium/device.h"
#include "medium/optical.h"
#include "medium/reader_source.h"
#include "tests/support/soft_drive.h"
#include "tests/support/soft_floppy.h"

#include <stdio.h>
#include <string.h>

static void facts_of(struct mun_device *m)
{
	struct mun_device_facts *f = &m->facts;

	f->is_device = true;
	f->kind = MUN_DEVICE_OPTICAL;
	f->bytes = m->reader->bytes;
	f->sector_bytes = m->reader->sector_bytes;
	f->removable = true;
	f->was_readonly = true;
	f->is_readonly = true;
	(void)snprintf(f->name, sizeof(f->name), "sr0");
	(void)snprintf(f->vendor, sizeof(f->vendor), "MUNIMENT");
	(void)snprintf(f->model, sizeof(f->model), "SOFT DRIVE");
	(void)snprintf(f->revision, sizeof(f->revision), "1.00");
	(void)snprintf(f->serial, sizeof(f->serial), "0001");
}

static bool ends_in(const char *path, const char *with)
{
	size_t len = strlen(path);
	size_t n = strlen(with);

	return len > n && !strcmp(path + len - n, with);
}

static int open_drive(const char *path, struct mun_device *m, struct mun_err *e)
{
	struct mun_soft_drive *d;
	int rc;

	if (ends_in(path, ".floppy"))
		return soft_floppy_open(path, m, e);
	if (!ends_in(path, ".drive"))
		return MUN_ENOENT;
	d = mun_soft_drive_open(path);
	m->transport = &d->transport;
	rc = mun_optical_open(m->transport, &m->optical, e);
	if (!rc)
		rc = mun_optical_reader(m->transport, m->optical, &m->reader,
					e);
	if (!rc)
		rc = mun_reader_source(m->reader, &m->source, e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	facts_of(m);
	return 0;
}

__attribute__((constructor)) static void provide(void)
{
	mun_device_provide(open_drive);
}
