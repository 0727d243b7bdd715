/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/floppy_drive.c - formats of floppies, and reading one of them
 *
 * The table follows floppy_type[] of the kernel (drivers/block/floppy.c) and
 * fd(4).  Of the rate byte there bits 0-1 are the data rate (0: 500 kbit/s, 1:
 * 300, 2: 250, 3: 1000), bits 3-5 the size of the sectors on the disk (0: 512
 * bytes; others hold 512-byte blocks inside larger ones), bit 6 perpendicular
 * recording; bit 0 of stretch is a double step.  Type 10 is 7 with another gap
 * and is left out.
 */
#include "medium/floppy_drive.h"

#include "core/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Rate byte, and the double step above it. */
enum family {
	F500 = 0x00,
	F300 = 0x01,
	F250 = 0x02,
	F1000 = 0x43,
	F300_DOUBLE = 0x101,
	/* Larger sectors on the disk. */
	F500_1024 = 0x08,
	F300_1024 = 0x09,
	F500_2048 = 0x10,
	F300_4096 = 0x19,
	F500_8192 = 0x20,
	F1000_4096 = 0x5b,
	F1000_8192 = 0x63,
};

#define WHOLE(heads, sectors) heads, sectors, heads, sectors
#define PART(heads, sectors, th, ts) heads, sectors, th, ts

const struct mun_floppy_geometry mun_floppy_geometries[] = {
	{ "1440K", 7, F500, 80, WHOLE(2, 18) },
	{ "1200K", 2, F500, 80, WHOLE(2, 15) },
	{ "1476K", 14, F500, 82, WHOLE(2, 18) },
	{ "1494K", 18, F500, 83, WHOLE(2, 18) },
	{ "1600K", 31, F500, 80, WHOLE(2, 20) },
	{ "1680K (DMF)", 11, F500, 80, WHOLE(2, 21) },
	{ "1722K", 15, F500, 82, WHOLE(2, 21) },
	{ "1743K", 19, F500, 83, WHOLE(2, 21) },

	{ "720K", 4, F250, 80, WHOLE(2, 9) },
	{ "360K", 1, F250, 40, WHOLE(2, 9) },
	{ "320K", 1, F250, 40, PART(2, 8, 2, 9) },
	{ "180K", 1, F250, 40, PART(1, 9, 2, 9) },
	{ "160K", 1, F250, 40, PART(1, 8, 2, 9) },
	{ "640K", 4, F250, 80, PART(2, 8, 2, 9) },
	{ "360K, one side", 3, F250, 80, WHOLE(1, 9) },
	{ "320K, one side", 3, F250, 80, PART(1, 8, 1, 9) },
	{ "800K", 30, F250, 80, WHOLE(2, 10) },
	{ "400K, one side", 30, F250, 80, PART(1, 10, 2, 10) },
	{ "820K", 13, F250, 82, WHOLE(2, 10) },
	{ "830K", 17, F250, 83, WHOLE(2, 10) },

	{ "360K, 48 tpi", 5, F300_DOUBLE, 40, WHOLE(2, 9) },
	{ "320K, 48 tpi", 5, F300_DOUBLE, 40, PART(2, 8, 2, 9) },
	{ "180K, 48 tpi", 5, F300_DOUBLE, 40, PART(1, 9, 2, 9) },
	{ "160K, 48 tpi", 5, F300_DOUBLE, 40, PART(1, 8, 2, 9) },
	{ "410K, 48 tpi", 12, F300_DOUBLE, 41, WHOLE(2, 10) },
	{ "420K, 48 tpi", 16, F300_DOUBLE, 42, WHOLE(2, 10) },

	{ "720K, 96 tpi", 6, F300, 80, WHOLE(2, 9) },
	{ "640K, 96 tpi", 6, F300, 80, PART(2, 8, 2, 9) },
	{ "360K, one side, 96 tpi", 6, F300, 80, PART(1, 9, 2, 9) },
	{ "1040K", 21, F300, 80, WHOLE(2, 13) },

	{ "2880K", 8, F1000, 80, WHOLE(2, 36) },
	{ "3120K", 9, F1000, 80, WHOLE(2, 39) },

	{ "1760K", 24, F500_1024, 80, WHOLE(2, 22) },
	{ "1840K", 29, F500_2048, 80, WHOLE(2, 23) },
	{ "1920K", 25, F500_8192, 80, WHOLE(2, 24) },
	{ "1600K, 5.25 inch", 23, F500_8192, 80, WHOLE(2, 20) },
	{ "880K, 5.25 inch", 20, F300_1024, 80, WHOLE(2, 11) },
	{ "1120K", 22, F300_4096, 80, WHOLE(2, 14) },
	{ "3200K", 26, F1000_4096, 80, WHOLE(2, 40) },
	{ "3520K", 27, F1000_4096, 80, WHOLE(2, 44) },
	{ "3840K", 28, F1000_8192, 80, WHOLE(2, 48) },
	{ .name = NULL },
};

const struct mun_floppy_geometry *mun_floppy_of_type(unsigned int type)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;

	for (; g->name; g++)
		if (g->minor_type == type && g->heads == g->type_heads &&
		    g->sectors == g->type_sectors)
			return g;
	return NULL;
}

const struct mun_floppy_geometry *mun_floppy_of_usb(uint64_t bytes)
{
	static const unsigned int types[] = { 7, 4, 2 };

	for (size_t i = 0; i < MUN_COUNT(types); i++) {
		const struct mun_floppy_geometry *g =
			mun_floppy_of_type(types[i]);

		if (g && mun_floppy_bytes(g) == bytes)
			return g;
	}
	return NULL;
}

static bool is_wide(const struct mun_floppy_geometry *g)
{
	return g->family == F300_DOUBLE;
}

bool mun_floppy_drive_can(const char *type, const struct mun_floppy_geometry *g)
{
	bool fast = (g->family & 3) == 3;
	bool high = (g->family & 3) == 0;

	if (!strcmp(type, "d360")) /* 40 cylinders, and the end of its rail */
		return g->family == F250 && g->cylinders <= 42;
	if (!strcmp(type, "h1200")) /* turns at 360: 250 kbit/s are 300 */
		return !fast && (g->family & 3) != F250;
	if (!strcmp(type, "D720"))
		return !fast && !high && !is_wide(g);
	if (!strcmp(type, "H1440"))
		return !fast && !is_wide(g);
	if (!strcmp(type, "E2880"))
		return !is_wide(g);
	return true;
}

uint64_t mun_floppy_bytes(const struct mun_floppy_geometry *g)
{
	return (uint64_t)g->cylinders * g->heads * g->sectors *
	       MUN_FLOPPY_SECTOR;
}

struct mun_floppy_place mun_floppy_place(const struct mun_floppy_geometry *g,
					 uint64_t off)
{
	uint64_t lba = off / MUN_FLOPPY_SECTOR;
	uint64_t track = lba / g->sectors;

	return (struct mun_floppy_place){
		.cylinder = (unsigned int)(track / g->heads),
		.head = (unsigned int)(track % g->heads),
		.sector = (unsigned int)(lba % g->sectors) + 1,
	};
}

uint64_t mun_floppy_node_off(const struct mun_floppy_geometry *g, uint64_t off)
{
	struct mun_floppy_place p = mun_floppy_place(g, off);
	uint64_t track = (uint64_t)p.cylinder * g->type_heads + p.head;

	return (track * g->type_sectors + p.sector - 1) * MUN_FLOPPY_SECTOR +
	       off % MUN_FLOPPY_SECTOR;
}

unsigned int mun_floppy_minor(unsigned int drive, unsigned int type)
{
	return (drive & 3) | type << 2 | (drive & 4) << 5;
}

void mun_floppy_of_minor(unsigned int minor, unsigned int *drive,
			 unsigned int *type)
{
	*drive = (minor & 3) | (minor >> 5 & 4);
	*type = minor >> 2 & (MUN_FLOPPY_TYPES - 1);
}

void mun_floppy_drive_close(struct mun_floppy_drive *d)
{
	if (d)
		d->ops->close(d);
}

struct floppy_reader {
	struct mun_reader base;
	struct mun_floppy_drive *drive;
	const struct mun_floppy_geometry *g;
	/* By which the disk is known again: the sector that was read first. */
	bool known;
	uint64_t mark_off;
	uint8_t mark[MUN_FLOPPY_SECTOR];
};

/* A read that spans tracks is one of each: what the controller is asked for
 * ends with the track. */
static int read_floppy(struct mun_reader *base, void *buf, size_t len,
		       uint64_t off, struct mun_read_reply *reply,
		       struct mun_err *e)
{
	struct floppy_reader *r = (struct floppy_reader *)base;
	size_t track = (size_t)r->g->sectors * MUN_FLOPPY_SECTOR;
	uint8_t *to = buf;
	int rc = 0;

	reply->end = MUN_REPLY_ALL;
	for (size_t at = 0; !rc && at < len && reply->end == MUN_REPLY_ALL;) {
		size_t left = track - (size_t)((off + at) % track);
		size_t part = MUN_MIN(len - at, left);

		reply->end = MUN_REPLY_FAILED;
		rc = r->drive->ops->read(r->drive, to + at, part, off + at,
					 reply, e);
		at += part;
	}
	if (!rc && reply->end == MUN_REPLY_ALL && !r->known) {
		memcpy(r->mark, buf, sizeof(r->mark));
		r->mark_off = off;
		r->known = true;
	}
	return rc;
}

static int check_mark(struct floppy_reader *r, uint8_t *buf, struct mun_err *e)
{
	struct mun_read_reply reply = { .end = MUN_REPLY_FAILED };
	int rc = r->drive->ops->read(r->drive, buf, MUN_FLOPPY_SECTOR,
				     r->mark_off, &reply, e);

	if (rc)
		return rc;
	if (reply.end == MUN_REPLY_GONE)
		return mun_fail_sys(e, reply.sys, "the floppy drive is away");
	if (reply.end != MUN_REPLY_ALL)
		return mun_fail_sys(e, EIO,
				    "the sector by which the floppy would be "
				    "known again cannot be read now");
	if (memcmp(buf, r->mark, sizeof(r->mark)) != 0)
		return mun_fail(e, MUN_EINVAL,
				"another floppy is in the drive now");
	return 0;
}

static int reopen_floppy(struct mun_reader *base, struct mun_err *e)
{
	struct floppy_reader *r = (struct floppy_reader *)base;
	void *buf = NULL;
	int rc = r->drive->ops->select(r->drive, r->g, e);

	/* No disk is not another disk: it may be put back. */
	if (rc == MUN_EINVAL || rc == MUN_EBUSY)
		return mun_fail_sys(e, ENOMEDIUM, "no floppy in the drive");
	if (rc || !r->known)
		return rc;
	if (posix_memalign(&buf, base->align, MUN_FLOPPY_SECTOR))
		return mun_fail_nomem(e, "sector");
	rc = check_mark(r, buf, e);
	free(buf);
	return rc;
}

static void close_floppy(struct mun_reader *base)
{
	struct floppy_reader *r = (struct floppy_reader *)base;

	mun_floppy_drive_close(r->drive);
	free(r);
}

int mun_floppy_reader(struct mun_floppy_drive *d,
		      const struct mun_floppy_geometry *g,
		      struct mun_reader **out, struct mun_err *e)
{
	static const struct mun_reader_ops ops = {
		.read = read_floppy,
		.reopen = reopen_floppy,
		.close = close_floppy,
	};
	struct floppy_reader *r = calloc(1, sizeof(*r));

	if (!r) {
		mun_floppy_drive_close(d);
		return mun_fail_nomem(e, "floppy reader");
	}
	r->base = (struct mun_reader){
		.ops = &ops,
		.bytes = mun_floppy_bytes(g),
		.sector_bytes = MUN_FLOPPY_SECTOR,
		.max_bytes = g->sectors * MUN_FLOPPY_SECTOR,
		.align = 4096,
	};
	r->drive = d;
	r->g = g;
	*out = &r->base;
	return 0;
}
