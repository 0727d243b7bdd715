/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_cbm.c - disks of Commodore drives
 *
 * "The Anatomy of the 1541 Disk Drive" (Englisch, Szczepanowski), the users'
 * guides of the 1571, 1581 and 8050; sectors of 256 bytes, "T/S" track and
 * sector, texts padded with A0h:
 * 1541, 1571	18/0: 0 next (18/1), 2 'A', 3 bit 7: two sides, 4 per track how
 *		many sectors are free and their bits (3); 144 name, 162 ID
 * 1581		40/0: 0 next (40/3), 2 'D', 4 name, 22 ID
 * 8050, 8250	39/0: 0 next (38/0), 2 'C', 6 name, 24 ID; directory in 39/1
 * directory	8 entries of 32: 0 next, 2 type, 3 first T/S, 5 name (16)
 * GEOS disks say "GEOS format" in their header, 173 bytes from its start.
 * The C128 starts what is in 1/0 if that begins with "CBM".
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define SECTOR 256u
#define DIR_MOST 32u /* sectors of a directory that are looked at */
#define NAME_LEN 16u

struct zone {
	uint8_t last; /* track, from 1; 0 ends */
	uint8_t sectors;
};

struct drive {
	const char *fs;
	const char *title;
	struct zone zones[5];
	uint8_t side; /* the zones begin again after so many tracks */
	uint32_t bytes[3]; /* that its disks have */
	uint8_t head; /* track of the header */
	uint8_t next[2]; /* what the header leads to */
	uint8_t version;
	uint8_t name_at;
	uint8_t id_at;
	uint8_t dir[2]; /* where the directory begins */
};

#define ZONES_1541 \
	{ \
		{ 17, 21 }, { 24, 19 }, { 30, 18 }, \
		{ \
			42, 17 \
		} \
	}
#define ZONES_8050 \
	{ \
		{ 39, 29 }, { 53, 27 }, { 64, 25 }, \
		{ \
			77, 23 \
		} \
	}

static const struct drive drives[] = {
	{
		.fs = "cbm-1541",
		.title = "Commodore 1541",
		.zones = ZONES_1541,
		.side = 42,
		.bytes = { 683 * SECTOR, 768 * SECTOR, 802 * SECTOR },
		.head = 18,
		.next = { 18, 1 },
		.version = 'A',
		.name_at = 144,
		.id_at = 162,
		.dir = { 18, 1 },
	},
	{
		.fs = "cbm-1571",
		.title = "Commodore 1571, two sides",
		.zones = ZONES_1541,
		.side = 35,
		.bytes = { 1366 * SECTOR },
		.head = 18,
		.next = { 18, 1 },
		.version = 'A',
		.name_at = 144,
		.id_at = 162,
		.dir = { 18, 1 },
	},
	{
		.fs = "cbm-1581",
		.title = "Commodore 1581",
		.zones = { { 80, 40 } },
		.side = 80,
		.bytes = { 3200 * SECTOR },
		.head = 40,
		.next = { 40, 3 },
		.version = 'D',
		.name_at = 4,
		.id_at = 22,
		.dir = { 40, 3 },
	},
	{
		.fs = "cbm-8050",
		.title = "Commodore 8050",
		.zones = ZONES_8050,
		.side = 77,
		.bytes = { 2083 * SECTOR },
		.head = 39,
		.next = { 38, 0 },
		.version = 'C',
		.name_at = 6,
		.id_at = 24,
		.dir = { 39, 1 },
	},
	{
		.fs = "cbm-8250",
		.title = "Commodore 8250, two sides",
		.zones = ZONES_8050,
		.side = 77,
		.bytes = { 4166 * SECTOR },
		.head = 39,
		.next = { 38, 0 },
		.version = 'C',
		.name_at = 6,
		.id_at = 24,
		.dir = { 39, 1 },
	},
};

struct program {
	bool is;
	uint8_t name[NAME_LEN];
	uint16_t address; /* where it loads */
	bool basic; /* begins as a line of BASIC there */
};

static unsigned int sectors_of(const struct drive *d, unsigned int track)
{
	unsigned int on_side = (track - 1) % d->side + 1;

	for (size_t i = 0; i < MUN_COUNT(d->zones) && d->zones[i].last; i++)
		if (on_side <= d->zones[i].last)
			return d->zones[i].sectors;
	return 0;
}

/* Read sector @s of track @t; @ok: is there one? */
static int read_ts(const struct drive *d, struct mun_source *src,
		   unsigned int t, unsigned int s, uint8_t *buf, bool *ok,
		   struct mun_err *e)
{
	uint64_t before = 0;

	*ok = t >= 1 && s < sectors_of(d, t);
	if (!*ok)
		return 0;
	for (unsigned int i = 1; i < t; i++)
		before += sectors_of(d, i);
	*ok = (before + s + 1) * SECTOR <= src->size;
	if (!*ok)
		return 0;
	return mun_source_pread(src, buf, SECTOR, (before + s) * SECTOR, e);
}

static const struct drive *drive_of(uint64_t size, size_t *at)
{
	for (; *at < MUN_COUNT(drives); (*at)++)
		for (size_t i = 0; i < MUN_COUNT(drives[*at].bytes); i++)
			if (drives[*at].bytes[i] == size)
				return &drives[(*at)++];
	return NULL;
}

/*
 * The BAM says twice how many sectors of a track are free.  A count above what
 * the track has is no BAM; one that its bits contradict is a damaged one.
 */
static bool check_bam(const struct drive *d, const uint8_t *h, bool *agrees)
{
	*agrees = true;
	if (d->version != 'A')
		return true;
	for (unsigned int t = 1; t <= 35; t++) {
		const uint8_t *entry = h + (size_t)4 * t;
		unsigned int bits = (unsigned int)__builtin_popcount(
			entry[1] | (unsigned int)entry[2] << 8 |
			(unsigned int)entry[3] << 16);

		if (entry[0] > sectors_of(d, t))
			return false;
		if (entry[0] != bits && t != d->head)
			*agrees = false;
	}
	return true;
}

static bool is_header(const struct drive *d, const uint8_t *h, bool *agrees)
{
	*agrees = true;
	return h[0] == d->next[0] && h[1] == d->next[1] && h[2] == d->version &&
	       check_bam(d, h, agrees);
}

/* ---- the first program, which LOAD "*",8 loads ---- */

/*
 * A line: where the next one is, number, text up to a NUL.  The next one comes
 * after at least one byte of text, and not 256 bytes later.
 */
static bool is_basic(const uint8_t *data, uint16_t address)
{
	uint16_t next = mun_le16(data + 2);

	return (address & 0xff) == 1 && next > address + 5u &&
	       next < address + 256u;
}

static int load_program(const struct drive *d, struct mun_source *src,
			const uint8_t *entry, struct program *out,
			struct mun_err *e)
{
	uint8_t s[SECTOR];
	bool ok;
	int rc = read_ts(d, src, entry[3], entry[4], s, &ok, e);

	if (rc || !ok)
		return rc;
	out->is = true;
	memcpy(out->name, entry + 5, NAME_LEN);
	out->address = mun_le16(s + 2);
	out->basic = is_basic(s + 2, out->address);
	return 0;
}

static int first_program(const struct drive *d, struct mun_source *src,
			 struct program *out, struct mun_err *e)
{
	uint8_t s[SECTOR];
	unsigned int t = d->dir[0];
	unsigned int n = d->dir[1];

	for (unsigned int i = 0; i < DIR_MOST && t; i++) {
		bool ok;
		int rc = read_ts(d, src, t, n, s, &ok, e);

		if (rc || !ok)
			return rc;
		for (size_t k = 0; k < 8; k++)
			if ((s[32 * k + 2] & 0x8f) == 0x82)
				return load_program(d, src, s + 32 * k, out, e);
		t = s[0];
		n = s[1];
	}
	return 0;
}

static void tell_program(struct mun_contents *c, struct mun_contents_volume *v,
			 const struct program *prg)
{
	char name[3 * NAME_LEN + 1];
	size_t len = NAME_LEN;

	while (len && prg->name[len - 1] == 0xa0)
		len--;
	mun_charset_label(prg->name, len, MUN_CHARSET_PETSCII, name,
			  sizeof(name));
	if (prg->address == 0x0801 || prg->basic)
		mun_contents_add_mark(c, v, "cbm-basic",
				      "first program \"%s\" loads at %04Xh%s",
				      name, prg->address,
				      prg->basic ? ", BASIC" : "");
	/* 1001h is the VIC-20's and the Plus/4's, 0401h the PET's. */
	if (prg->address == 0x1c01)
		mun_contents_add_mark(c, v, "c128-basic",
				      "\"%s\" loads at 1C01h", name);
	if (prg->address == 0x1001 || prg->address == 0x1201)
		mun_contents_add_mark(c, v, "vic20-basic",
				      "\"%s\" loads at %04Xh", name,
				      prg->address);
	if (prg->address == 0x0401)
		mun_contents_add_mark(c, v, "pet-basic",
				      "\"%s\" loads at 0401h", name);
	if (prg->basic)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "LOAD \"*\",8 loads \"%s\" at %04Xh, BASIC to RUN",
			     name, prg->address);
	else
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "LOAD \"*\",8,1 loads \"%s\" at %04Xh", name,
			     prg->address);
}

static int tell_boots(const struct drive *d, const struct mun_fs_place *p,
		      struct mun_contents *c, struct mun_contents_volume *v,
		      struct mun_err *e)
{
	struct program prg = { .is = false };
	uint8_t boot[SECTOR];
	bool ok = false;
	int rc = first_program(d, p->src, &prg, e);

	if (!rc)
		rc = read_ts(d, p->src, 1, 0, boot, &ok, e);
	if (rc)
		return rc;
	if (prg.is)
		tell_program(c, v, &prg);
	if (!ok || memcmp(boot, "CBM", 3) != 0)
		return 0;
	mun_contents_add_mark(c, v, "cbm-boot",
			      "boot sector of a C128, \"CBM\" in 1/0");
	mun_fs_boots(v, MUN_BOOTS_YES, "boot sector of a C128 in 1/0");
	return 0;
}

/* ---- volumes ---- */

static int add_volume(const struct drive *d, const uint8_t *h, bool agrees,
		      const struct mun_fs_place *p, struct mun_contents *c,
		      struct mun_err *e)
{
	struct mun_contents_volume *v =
		mun_fs_add(c, p, d->fs, d->title, SECTOR);
	size_t len = NAME_LEN;

	if (!v)
		return 0;
	while (len && h[d->name_at + len - 1] == 0xa0)
		len--;
	mun_charset_label(h + d->name_at, len, MUN_CHARSET_PETSCII, v->label,
			  sizeof(v->label));
	mun_charset_label(h + d->id_at, 2, MUN_CHARSET_PETSCII, v->serial,
			  sizeof(v->serial));
	mun_fs_size(v, p, p->src->size);
	v->damaged = !agrees;
	if (memcmp(h + 173, "GEOS format", 11) == 0)
		mun_contents_add_mark(c, v, "cbm-geos", "GEOS format");
	return tell_boots(d, p, c, v, e);
}

static int find_cbm(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	const struct drive *d;
	size_t at = 0;

	while (!p->part && (d = drive_of(p->src->size, &at)) != NULL) {
		uint8_t h[SECTOR];
		bool ok;
		bool agrees;
		int rc = read_ts(d, p->src, d->head, 0, h, &ok, e);

		if (rc)
			return rc;
		if (ok && is_header(d, h, &agrees))
			return add_volume(d, h, agrees, p, c, e);
	}
	return 0;
}

const struct mun_fs_finder mun_fs_cbm = {
	.name = "cbm",
	.find = find_cbm,
};
