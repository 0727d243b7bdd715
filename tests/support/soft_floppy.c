/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_floppy.c - a floppy drive in memory */
#include "tests/support/soft_floppy.h"

#include "core/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACK (MUN_FLOPPY_SECTORS_MAX * (size_t)MUN_FLOPPY_SECTOR)

uint8_t *soft_floppy_at(struct soft_floppy *f, unsigned int cylinder,
			unsigned int head, unsigned int sector)
{
	return f->data + (cylinder * MUN_FLOPPY_HEADS_MAX + head) * TRACK +
	       (sector - 1) * (size_t)MUN_FLOPPY_SECTOR;
}

static int select_soft(struct mun_floppy_drive *d,
		       const struct mun_floppy_geometry *g, struct mun_err *e)
{
	struct soft_floppy *f = (struct soft_floppy *)d;

	f->selects++;
	if (f->empty)
		return mun_fail(e, MUN_EINVAL, "no floppy in the drive");
	if (f->refused & 1u << g->minor_type ||
	    !mun_floppy_drive_can(f->type, g))
		return mun_fail(e, MUN_EUNSUPPORTED, "not with this drive");
	f->selected = g;
	return 0;
}

/* Another step of the head finds cylinder 0 all the same. */
static bool is_family(const struct soft_floppy *f, unsigned int cylinder)
{
	unsigned int asked = f->selected->family;

	return asked == f->family ||
	       (!cylinder && (asked & 0xff) == (f->family & 0xff));
}

static bool give(struct soft_floppy *f, uint8_t *to, uint64_t off)
{
	struct mun_floppy_place p = mun_floppy_place(f->selected, off);
	const struct soft_track *t = &f->tracks[p.cylinder][p.head];

	if (!is_family(f, p.cylinder) || p.sector > t->sectors ||
	    t->bad[p.sector])
		return false;
	memcpy(to, soft_floppy_at(f, p.cylinder, p.head, p.sector),
	       MUN_FLOPPY_SECTOR);
	return true;
}

static int read_soft(struct mun_floppy_drive *d, void *buf, size_t len,
		     uint64_t off, struct mun_read_reply *reply,
		     struct mun_err *e)
{
	struct soft_floppy *f = (struct soft_floppy *)d;
	size_t track = (size_t)f->selected->sectors * MUN_FLOPPY_SECTOR;
	bool good = true;

	(void)e;
	f->reads++;
	if (f->delay_us)
		(void)usleep(f->delay_us);
	f->spans += off / track != (off + len - 1) / track;
	if (f->gone_after && f->reads > f->gone_after)
		f->empty = true;
	reply->sys = EIO;
	reply->end = MUN_REPLY_GONE;
	if (f->empty)
		return 0;
	for (size_t at = 0; good && at < len; at += MUN_FLOPPY_SECTOR)
		good = give(f, (uint8_t *)buf + at, off + at);
	f->failed += !good;
	reply->end = good ? MUN_REPLY_ALL : MUN_REPLY_FAILED;
	return 0;
}

static int fd_soft(struct mun_floppy_drive *d)
{
	(void)d;
	return -1;
}

static int protected_soft(struct mun_floppy_drive *d)
{
	return ((struct soft_floppy *)d)->protected_;
}

static void type_soft(struct mun_floppy_drive *d, char out[static 17])
{
	memcpy(out, ((struct soft_floppy *)d)->type, 17);
}

static void close_soft(struct mun_floppy_drive *d)
{
	struct soft_floppy *f = (struct soft_floppy *)d;

	f->closed++;
	if (f->owned)
		soft_floppy_free(f);
}

struct soft_floppy *soft_floppy_new(const char *type)
{
	static const struct mun_floppy_drive_ops ops = {
		.select = select_soft,
		.read = read_soft,
		.fd = fd_soft,
		.protected_ = protected_soft,
		.type = type_soft,
		.close = close_soft,
	};
	struct soft_floppy *f = calloc(1, sizeof(*f));

	if (f)
		f->data = calloc((size_t)MUN_FLOPPY_CYLINDERS_MAX *
					 MUN_FLOPPY_HEADS_MAX,
				 TRACK);
	if (!f || !f->data)
		abort();
	f->base.ops = &ops;
	f->empty = true;
	(void)snprintf(f->type, sizeof(f->type), "%s", type);
	return f;
}

void soft_floppy_free(struct soft_floppy *f)
{
	free(f->data);
	free(f);
}

const struct mun_floppy_geometry *soft_floppy_named(const char *name)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;

	while (g->name && strcmp(g->name, name) != 0)
		g++;
	if (!g->name) {
		(void)fprintf(stderr, "no floppy format '%s'\n", name);
		abort();
	}
	return g;
}

/* Each sector says where it is; the rest follows from the seed. */
static void fill(uint8_t *to, uint64_t seed, unsigned int cylinder,
		 unsigned int head, unsigned int sector)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + cylinder * 1000003u +
		     head * 10007u + sector;

	for (size_t i = 0; i < MUN_FLOPPY_SECTOR; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		to[i] = (uint8_t)(x >> 56);
	}
	(void)snprintf((char *)to, 32, "c%u h%u s%u", cylinder, head, sector);
}

void soft_floppy_format(struct soft_floppy *f,
			const struct mun_floppy_geometry *g, uint64_t seed)
{
	memset(f->tracks, 0, sizeof(f->tracks));
	f->empty = false;
	f->family = g->family;
	for (unsigned int c = 0; c < g->cylinders; c++)
		for (unsigned int h = 0; h < g->heads; h++) {
			f->tracks[c][h].sectors = g->sectors;
			for (unsigned int s = 1; s <= g->sectors; s++)
				fill(soft_floppy_at(f, c, h, s), seed, c, h, s);
		}
}

void soft_floppy_bpb(struct soft_floppy *f, unsigned int sectors,
		     unsigned int heads, unsigned int total)
{
	static const uint8_t start[] = { 0xeb, 0x3c, 0x90, 'M',  'S', 'D',
					 'O',  'S',  '5',  '.',  '0', 0,
					 2,    1,    1,    0,    2,   224,
					 0,    0,    0,    0xf0, 9,   0 };
	uint8_t *b = soft_floppy_at(f, 0, 0, 1);

	memset(b, 0, MUN_FLOPPY_SECTOR);
	memcpy(b, start, sizeof(start));
	b[19] = (uint8_t)total;
	b[20] = (uint8_t)(total >> 8);
	b[24] = (uint8_t)sectors;
	b[26] = (uint8_t)heads;
	b[510] = 0x55;
	b[511] = 0xaa;
}

void soft_floppy_bad(struct soft_floppy *f, unsigned int cylinder,
		     unsigned int head, unsigned int sector)
{
	f->tracks[cylinder][head].bad[sector] = true;
}
