/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/floppy_probe.c - which format is on the disk in a floppy drive
 *
 * Each failing read costs a second or two, and a head that is moved further
 * than the drive likes; so families are tried first by a few sectors, and what
 * was seen of a family is remembered: a track without a tenth sector has no
 * eleventh.  Cylinder 0 proves nothing, as it lies where it lies whatever the
 * step of the head is.
 */
#include "medium/floppy_drive.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FORMATS 64u
#define WITNESSES 5u /* tracks that have to agree on what is not there */
#define DEAD_TRACKS 5u /* tracks of one side without any readable sector */

enum seen { UNSEEN, READS, FAILS };

/* What the boot sector, or the media byte, says. */
struct said {
	bool any;
	unsigned int cylinders;
	unsigned int heads;
	unsigned int sectors;
};

struct look {
	struct mun_floppy_drive *d;
	const struct mun_floppy_geometry *selected;
	uint8_t *buf; /* one sector, aligned */
	char *note;
	/* Of the family that is looked at: */
	const struct mun_floppy_geometry *of[MAX_FORMATS]; /* usable ones */
	size_t n;
	uint8_t seen[MUN_FLOPPY_CYLINDERS_MAX][MUN_FLOPPY_HEADS_MAX]
		    [MUN_FLOPPY_SECTORS_MAX + 1];
	/* The smallest numbers that were found not to be there. */
	unsigned int no_sector[MUN_FLOPPY_HEADS_MAX];
	unsigned int no_cylinders;
	bool fits[MAX_FORMATS];
	const char *type; /* of the drive */
	bool any_selected; /* else @refused says why none can be */
	struct mun_err refused;
};

static void add_note(struct look *l, const char *text)
{
	size_t len = strlen(l->note);

	(void)snprintf(l->note + len, MUN_FLOPPY_NOTE - len, "%s%s",
		       len ? "; " : "", text);
}

static int select_format(struct look *l, const struct mun_floppy_geometry *g,
			 struct mun_err *e)
{
	int rc = 0;

	if (l->selected != g)
		rc = l->d->ops->select(l->d, g, e);
	l->selected = rc ? NULL : g;
	return rc;
}

/* One sector, into l->buf; a bad one is no error. */
static int read_sector(struct look *l, const struct mun_floppy_geometry *g,
		       unsigned int cylinder, unsigned int head,
		       unsigned int sector, bool *reads, struct mun_err *e)
{
	uint64_t track = (uint64_t)cylinder * g->heads + head;
	uint64_t lba = track * g->sectors + sector - 1;
	struct mun_read_reply reply = { .end = MUN_REPLY_FAILED };
	int rc = mun_cancel_check(e);

	*reads = false;
	if (!rc)
		rc = select_format(l, g, e);
	if (!rc)
		rc = l->d->ops->read(l->d, l->buf, MUN_FLOPPY_SECTOR,
				     lba * MUN_FLOPPY_SECTOR, &reply, e);
	if (rc)
		return rc;
	if (reply.end == MUN_REPLY_GONE)
		return mun_fail_sys(e, reply.sys ? reply.sys : ENXIO,
				    "the floppy was taken out or its drive "
				    "went away");
	*reads = reply.end == MUN_REPLY_ALL;
	return 0;
}

/* Can it be read?  Asked once. */
static int is_there(struct look *l, const struct mun_floppy_geometry *g,
		    unsigned int cylinder, unsigned int head,
		    unsigned int sector, bool *reads, struct mun_err *e)
{
	uint8_t *seen = &l->seen[cylinder][head][sector];
	int rc = 0;

	if (*seen == UNSEEN) {
		rc = read_sector(l, g, cylinder, head, sector, reads, e);
		if (!rc)
			*seen = *reads ? READS : FAILS;
	}
	*reads = *seen == READS;
	return rc;
}

/* Has the track any sector that can be read? */
static int is_track(struct look *l, const struct mun_floppy_geometry *g,
		    unsigned int cylinder, unsigned int head, bool *yes,
		    struct mun_err *e)
{
	const unsigned int try[] = { 1, g->sectors / 2 + 1, 2 };
	int rc = 0;

	*yes = false;
	for (size_t i = 0; !rc && !*yes && i < MUN_COUNT(try); i++)
		rc = is_there(l, g, cylinder, head, try[i], yes, e);
	return rc;
}

/* Cylinders to look at, spread over the disk: no one scratch meets all. */
static unsigned int spread(const struct mun_floppy_geometry *g, size_t i)
{
	const unsigned int c = g->cylinders;
	const unsigned int at[] = { 1, c / 2,     c - 3, c / 4, c / 2 + c / 4,
				    5, c - c / 3, c / 3 };

	return at[i];
}
#define SPREAD 8u

/* Is the last sector of @g there on side @head?  One that can be read says
 * yes; several tracks that have others, but not this one, say no. */
static int has_sector(struct look *l, const struct mun_floppy_geometry *g,
		      unsigned int head, bool *yes, struct mun_err *e)
{
	unsigned int witnesses = 0;
	unsigned int dead = 0;
	bool track = false;
	int rc = 0;

	*yes = false;
	if (g->sectors >= l->no_sector[head])
		return 0;
	for (size_t i = 0; !rc && !*yes && i < SPREAD &&
			   witnesses < WITNESSES && dead < DEAD_TRACKS;
	     i++) {
		unsigned int c = spread(g, i);

		rc = is_there(l, g, c, head, g->sectors, yes, e);
		if (!rc && !*yes)
			rc = is_track(l, g, c, head, &track, e);
		if (!rc && !*yes && track)
			witnesses++;
		else if (!rc && !*yes)
			dead++;
	}
	if (!rc && !*yes)
		l->no_sector[head] = g->sectors;
	return rc;
}

/* The next smaller number of cylinders that a format of the family has. */
static unsigned int fewer_cylinders(const struct look *l, unsigned int than)
{
	unsigned int most = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->of[i]->cylinders < than)
			most = MUN_MAX(most, l->of[i]->cylinders);
	return most;
}

/* Is anything there beyond what smaller formats have? */
static int has_cylinders(struct look *l, const struct mun_floppy_geometry *g,
			 bool *yes, struct mun_err *e)
{
	unsigned int below = fewer_cylinders(l, g->cylinders);
	unsigned int last = g->cylinders - 1;
	const unsigned int try[] = { last, below, below + (last - below) / 2,
				     last - (last - below) / 3 };
	int rc = 0;

	*yes = !below;
	if (g->cylinders >= l->no_cylinders)
		return 0;
	for (size_t i = 0; !rc && !*yes && i < MUN_COUNT(try); i++)
		for (unsigned int h = 0; !rc && !*yes && h < g->heads; h++)
			rc = is_track(l, g, try[i], h, yes, e);
	if (!rc && !*yes)
		l->no_cylinders = g->cylinders;
	return rc;
}

static int look_at(struct look *l, size_t i, struct mun_err *e)
{
	const struct mun_floppy_geometry *g = l->of[i];
	bool yes = false;
	int rc = has_sector(l, g, 0, &yes, e);

	if (!rc && yes && g->heads > 1)
		rc = has_sector(l, g, 1, &yes, e);
	if (!rc && yes)
		rc = has_cylinders(l, g, &yes, e);
	l->fits[i] = yes;
	return rc;
}

/* The formats of @family that drive and kernel can select. */
static int begin_family(struct look *l, unsigned int family, struct mun_err *e)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;
	int rc = 0;

	memset(l->seen, UNSEEN, sizeof(l->seen));
	memset(l->fits, 0, sizeof(l->fits));
	l->n = 0;
	l->no_cylinders = MUN_FLOPPY_CYLINDERS_MAX + 1;
	for (size_t i = 0; i < MUN_FLOPPY_HEADS_MAX; i++)
		l->no_sector[i] = MUN_FLOPPY_SECTORS_MAX + 1;
	for (; g->name; g++) {
		if (g->family != family || !mun_floppy_drive_can(l->type, g))
			continue;
		rc = select_format(l, g, e);
		if (rc && rc != MUN_EUNSUPPORTED)
			return rc;
		if (rc)
			l->refused = *e;
		else if (l->n < MAX_FORMATS)
			l->of[l->n++] = g;
	}
	l->any_selected |= l->n > 0;
	mun_err_clear(e);
	return 0;
}

/* Does anything on the disk read as this family?  @thorough: the disk may be
 * in a bad state. */
static int reads_as(struct look *l, bool thorough, bool *yes, struct mun_err *e)
{
	size_t tracks = thorough ? SPREAD : 3;
	int rc = 0;

	*yes = false;
	for (size_t i = 0; l->n && !rc && !*yes && i < tracks; i++) {
		const struct mun_floppy_geometry *g = l->of[0];

		if (!thorough)
			rc = is_there(l, g, spread(g, i), 0, 1, yes, e);
		for (unsigned int h = 0;
		     thorough && !rc && !*yes && h < g->heads; h++)
			rc = is_track(l, g, spread(g, i), h, yes, e);
	}
	return rc;
}

/* The offsets of the BIOS parameter block: fatgen103, "Boot Sector". */
static struct said boot_sector(const uint8_t *b)
{
	uint32_t total = mun_le16(b + 19);
	uint32_t sectors = mun_le16(b + 24);
	uint32_t heads = mun_le16(b + 26);
	uint32_t cylinder = sectors * heads;
	uint8_t cluster = b[13];

	if (!total)
		total = mun_le32(b + 32);
	if (mun_le16(b + 11) != MUN_FLOPPY_SECTOR || !cluster ||
	    (cluster & (cluster - 1)) || !mun_le16(b + 14) || !b[16] ||
	    b[16] > 2 || b[21] < 0xf0 || sectors < 8 ||
	    sectors > MUN_FLOPPY_SECTORS_MAX || !heads ||
	    heads > MUN_FLOPPY_HEADS_MAX ||
	    total > cylinder * MUN_FLOPPY_CYLINDERS_MAX || total < cylinder)
		return (struct said){ .any = false };
	return (struct said){ true, (total + cylinder - 1) / cylinder, heads,
			      sectors };
}

/* Disks of DOS 1.x have no such block, but a media byte in front of the FAT. */
static struct said media_byte(const uint8_t *fat)
{
	static const struct {
		uint8_t byte;
		struct said is;
	} known[] = {
		{ 0xfe, { true, 40, 1, 8 } },
		{ 0xfc, { true, 40, 1, 9 } },
		{ 0xff, { true, 40, 2, 8 } },
		{ 0xfd, { true, 40, 2, 9 } },
	};

	for (size_t i = 0; i < MUN_COUNT(known); i++)
		if (fat[0] == known[i].byte && fat[1] == 0xff && fat[2] == 0xff)
			return known[i].is;
	return (struct said){ .any = false };
}

static int ask_disk(struct look *l, struct said *out, struct mun_err *e)
{
	const struct mun_floppy_geometry *g = l->of[0];
	bool reads = false;
	int rc = read_sector(l, g, 0, 0, 1, &reads, e);

	*out = (struct said){ .any = false };
	if (rc)
		return rc;
	if (!reads)
		add_note(l, "boot sector unreadable");
	else
		*out = boot_sector(l->buf);
	if (out->any)
		return 0;
	rc = read_sector(l, g, 0, 0, 2, &reads, e);
	if (!rc && reads)
		*out = media_byte(l->buf);
	return rc;
}

static bool is_as_said(const struct mun_floppy_geometry *g,
		       const struct said *s)
{
	return s->any && g->cylinders == s->cylinders && g->heads == s->heads &&
	       g->sectors == s->sectors;
}

static bool is_larger(const struct mun_floppy_geometry *a,
		      const struct mun_floppy_geometry *b)
{
	if (!b || a->sectors != b->sectors)
		return !b || a->sectors > b->sectors;
	if (a->heads != b->heads)
		return a->heads > b->heads;
	return a->cylinders > b->cylinders;
}

static const struct mun_floppy_geometry *largest(const struct look *l)
{
	const struct mun_floppy_geometry *best = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->fits[i] && is_larger(l->of[i], best))
			best = l->of[i];
	return best;
}

/* What a disk of this family nearly always is: the table's first, but in a
 * drive of 5.25 inches the format that the drive was made for. */
static const struct mun_floppy_geometry *usual(const struct look *l)
{
	bool wide = !strcmp(l->type, "h1200");

	for (size_t i = 0; wide && i < l->n; i++) {
		const struct mun_floppy_geometry *g = l->of[i];

		if (g && g->minor_type == 2)
			return g;
	}
	return l->of[0];
}

static const struct mun_floppy_geometry *as_said(const struct look *l,
						 const struct said *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_as_said(l->of[i], s))
			return l->of[i];
	return NULL;
}

/* Is there any sector of @g with a number above @most?  Asked where the boot
 * sector says so against what was seen: bad sectors may have hidden it. */
static int has_more(struct look *l, const struct mun_floppy_geometry *g,
		    unsigned int most, bool *yes, struct mun_err *e)
{
	int rc = 0;

	*yes = false;
	for (size_t i = 0; !rc && !*yes && i < (size_t)SPREAD * g->heads; i++)
		for (unsigned int n = most + 1; !rc && !*yes && n <= g->sectors;
		     n++)
			rc = is_there(l, g, spread(g, i / g->heads),
				      (unsigned int)i % g->heads, n, yes, e);
	return rc;
}

static void note_said(struct look *l, const struct said *s)
{
	char text[120];

	(void)snprintf(text, sizeof(text),
		       "boot sector says %u cylinders, %u head%s, %u sectors, "
		       "which does not fit",
		       s->cylinders, s->heads, s->heads == 1 ? "" : "s",
		       s->sectors);
	add_note(l, text);
}

/* The boot sector's format, with what was seen of the disk in the note. */
static void take_said(struct look *l, const struct mun_floppy_geometry *said,
		      const struct mun_floppy_geometry *best)
{
	bool more = best && is_larger(best, said);
	char text[120];

	(void)snprintf(text, sizeof(text), "%s by its boot sector, %s",
		       said->name,
		       more ? "more can be read"
			    : "not all was found where it was looked for");
	add_note(l, text);
}

/*
 * How many sectors a track has is seen, not believed.  Sides and cylinders may
 * be left from an earlier life of the disk, or lost with a head: there the boot
 * sector knows better, whether it says less than can be read, or more.
 */
static int choose(struct look *l, const struct said *s,
		  const struct mun_floppy_geometry **out, struct mun_err *e)
{
	const struct mun_floppy_geometry *best = largest(l);
	const struct mun_floppy_geometry *said = as_said(l, s);
	bool believe = said && (!best || said->sectors == best->sectors);
	int rc = 0;

	*out = best ? best : usual(l);
	if (said && best && said->sectors > best->sectors)
		rc = has_more(l, said, best->sectors, &believe, e);
	if (rc || (best && said == best))
		return rc;
	if (believe) {
		take_said(l, said, best);
		*out = said;
		return 0;
	}
	if (s->any)
		note_said(l, s);
	if (!best)
		add_note(l, "taken for the usual format of its kind: last "
			    "sectors or cylinders not found");
	return 0;
}

static int find_in_family(struct look *l,
			  const struct mun_floppy_geometry **out,
			  struct mun_err *e)
{
	struct said said = { .any = false };
	int rc = 0;

	for (size_t i = 0; !rc && i < l->n; i++)
		rc = look_at(l, i, e);
	if (!rc)
		rc = ask_disk(l, &said, e);
	if (!rc)
		rc = choose(l, &said, out, e);
	return rc ? rc : select_format(l, *out, e);
}

/* Each family once; the first that reads has it. */
static int find(struct look *l, bool thorough,
		const struct mun_floppy_geometry **out, struct mun_err *e)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;
	bool yes = false;
	int rc = 0;

	for (; !rc && !yes && g->name; g++) {
		if (g != mun_floppy_geometries && g[-1].family == g->family)
			continue;
		rc = begin_family(l, g->family, e);
		if (!rc)
			rc = reads_as(l, thorough, &yes, e);
		if (!rc && yes)
			rc = find_in_family(l, out, e);
	}
	return rc;
}

int mun_floppy_probe(struct mun_floppy_drive *d,
		     const struct mun_floppy_geometry **out,
		     char note[static MUN_FLOPPY_NOTE], struct mun_err *e)
{
	struct look *l = calloc(1, sizeof(*l));
	char type[17] = "";
	void *buf = NULL;
	int rc = 0;

	*out = NULL;
	if (!l || posix_memalign(&buf, 4096, MUN_FLOPPY_SECTOR)) {
		free(l);
		return mun_fail_nomem(e, "look at a floppy");
	}
	l->d = d;
	l->buf = buf;
	l->note = note;
	l->type = type;
	d->ops->type(d, type);
	rc = find(l, false, out, e);
	if (!rc && !*out)
		rc = find(l, true, out, e);
	if (!rc && !*out && !l->any_selected) {
		*e = l->refused;
		rc = e->code;
	}
	if (!rc && !*out)
		rc = mun_fail(e, MUN_EINVAL,
			      "no format that this drive can read is on the "
			      "floppy: it is not formatted, or was made on "
			      "another kind of computer and can be read as "
			      "flux");
	free(l->buf);
	free(l);
	return rc;
}
