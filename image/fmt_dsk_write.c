/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_dsk_write.c - CPCEMU's extended disk file (image/fmt_dsk.h) */
#include "image/fmt_dsk.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/floppy_write.h"

#include <string.h>

#define CREATOR "muniment"
#define GAP3 0x4e
#define FILLER 0xe5
/* The size of a track is told in units of 256 bytes, in one byte. */
#define TRACK_MAX 0xff00u

/* How long the gaps are that PCs format with. */
static unsigned int gap3_of(const struct mun_floppy_track *t)
{
	if (t->gap3)
		return t->gap3;
	switch (t->sectors) {
	case 9:
		return 0x50;
	case 15:
	case 36:
		return 0x54;
	case 18:
		return 0x6c;
	default:
		return GAP3;
	}
}

/* What was read from such a file has the controller's own words. */
static bool has_status(const struct mun_image *img)
{
	return strcmp(img->format->name, "edsk") == 0 ||
	       strcmp(img->format->name, "dsk") == 0;
}

static void status_of(const struct mun_image *img, const struct mun_sector *s,
		      uint8_t out[static 2])
{
	out[0] = s->st1;
	out[1] = s->st2;
	if (has_status(img))
		return;
	out[0] = 0;
	out[1] = 0;
	if (s->flags & MUN_SECTOR_DELETED)
		out[1] |= MUN_ST2_DELETED;
	if (s->flags & MUN_SECTOR_NO_DATA) {
		out[1] |= MUN_ST2_NO_DATA_MARK;
	} else if (s->flags & (MUN_SECTOR_BAD_DATA | MUN_SECTOR_WEAK)) {
		out[0] |= MUN_ST1_CRC;
		out[1] |= MUN_ST2_CRC;
	}
	if (s->flags & MUN_SECTOR_BAD_ID)
		out[0] |= MUN_ST1_CRC;
}

/* An entry of the list: a sector, with all readings of it. */
struct entry {
	const struct mun_sector *s;
	unsigned int readings;
	size_t stored;
};

/* Can several readings be told from a gap behind one? */
static bool may_repeat(const struct mun_image *img, const struct mun_sector *s)
{
	uint8_t status[2];

	status_of(img, s, status);
	return s->bytes == mun_sector_size(s->n) && status[1] & MUN_ST2_CRC;
}

/* The entry that begins with sector @i; @next: the sector after it.  False for
 * one without an ID, which has no place. */
static bool entry_at(const struct mun_image *img, const struct mun_floppy *f,
		     const struct mun_floppy_track *t, uint32_t i,
		     struct entry *out, uint32_t *next)
{
	const struct mun_sector *s = &f->sectors[t->first + i];

	*next = i + 1;
	while (*next < t->sectors && mun_floppy_rereads(f, t, *next))
		(*next)++;
	out->s = s;
	out->readings = may_repeat(img, s) ? *next - i : 1;
	out->stored = s->flags & MUN_SECTOR_NO_DATA
			      ? 0
			      : (size_t)s->bytes * out->readings;
	return !(s->flags & MUN_SECTOR_NO_ID);
}

struct sizes {
	unsigned int entries;
	size_t head; /* of the track */
	size_t bytes; /* of all of it, a multiple of 256 */
	size_t readings; /* that are not kept */
	size_t no_id;
};

static int measure(const struct mun_image *img, const struct mun_floppy *f,
		   const struct mun_floppy_track *t, struct sizes *out,
		   struct mun_err *e)
{
	struct entry n;
	uint32_t next;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < t->sectors; i = next) {
		if (!entry_at(img, f, t, i, &n, &next)) {
			out->no_id++;
			continue;
		}
		if (n.stored > 0xffff ||
		    (n.s->bytes > mun_sector_size(n.s->n) &&
		     !(n.s->flags & MUN_SECTOR_NO_DATA)))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"sector %u has %u bytes and the size "
					"code %u",
					n.s->r, n.s->bytes, n.s->n);
		out->readings += next - i - n.readings;
		out->readings +=
			n.readings == 1 && n.s->flags & MUN_SECTOR_WEAK;
		out->bytes += n.stored;
		out->entries++;
	}
	out->head = (MUN_DSK_SECTORS + MUN_DSK_SECTOR * out->entries + 255) &
		    ~(size_t)255;
	out->bytes = (out->head + out->bytes + 255) & ~(size_t)255;
	if (out->bytes > TRACK_MAX || out->entries > 255)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%u sectors and %zu bytes are more than EDSK "
				"has room for",
				out->entries, out->bytes);
	return 0;
}

struct shape {
	unsigned int cylinders;
	unsigned int heads;
	size_t readings;
	size_t no_id;
	size_t rates; /* tracks at 300 kbit/s */
};

static int shape_of(const struct mun_image *img, const struct mun_floppy *f,
		    struct shape *out, struct mun_err *e)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];
		struct sizes sizes;

		if (t->encoding == MUN_ENCODING_GCR)
			return mun_fail(e, MUN_EUNSUPPORTED, "EDSK has no GCR");
		if (measure(img, f, t, &sizes, e))
			return mun_ctx(e, "cylinder %u, head %u", t->cylinder,
				       t->head);
		if (!sizes.entries)
			continue;
		out->cylinders = MUN_MAX(out->cylinders, t->cylinder + 1u);
		out->heads = MUN_MAX(out->heads, t->head + 1u);
		out->readings += sizes.readings;
		out->no_id += sizes.no_id;
		out->rates += mun_floppy_kbps(f, t) == 300;
	}
	if (!out->cylinders || out->heads > 2 ||
	    out->cylinders * out->heads > MUN_DSK_TRACKS)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%u cylinders and %u heads: EDSK has room for "
				"%u tracks",
				out->cylinders, out->heads, MUN_DSK_TRACKS);
	return 0;
}

static int lose_odd(struct mun_loss *l, const struct shape *shape,
		    struct mun_err *e)
{
	const struct mun_floppy_odd rows[] = {
		{ shape->readings, "readings of weak sectors",
		  "EDSK has several, of a whole sector with a CRC error, or "
		  "none" },
		{ shape->no_id, "sectors without an ID",
		  "EDSK knows a sector by its ID" },
		{ shape->rates, "tracks of 300 kbit/s",
		  "EDSK has one code for 250 and 300 kbit/s" },
	};
	return mun_floppy_lose_odd(l, rows, MUN_COUNT(rows), e);
}

static int edsk_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	static const char *const made[] = { NULL };
	struct mun_floppy_form form;
	struct shape shape;
	int rc;

	rc = mun_floppy_form(img, o, &form, e);
	if (!rc)
		rc = shape_of(img, form.f, &shape, e);
	if (!rc)
		rc = mun_floppy_lose(loss, img,
				     MUN_KEEPS_UNREADABLE | MUN_KEEPS_DOUBTFUL |
					     MUN_KEEPS_COPIES |
					     MUN_KEEPS_DELETED | MUN_KEEPS_IDS,
				     made, e);
	if (!rc)
		rc = lose_odd(loss, &shape, e);
	mun_floppy_form_end(&form);
	return rc;
}

static void fill_to(struct mun_str *out, size_t begin, size_t bytes)
{
	while (!out->failed && out->len < begin + bytes)
		mun_str_add_char(out, 0);
}

static unsigned int rate_of(unsigned int kbps)
{
	return kbps == 1000 ? 3 : kbps == 500 ? 2 : 1;
}

static void put_head(struct mun_str *out, const struct mun_floppy *f,
		     const struct mun_floppy_track *t, unsigned int entries)
{
	const uint8_t p[] = {
		(uint8_t)t->cylinder,
		t->head,
		(uint8_t)rate_of(mun_floppy_kbps(f, t)),
		t->encoding == MUN_ENCODING_FM ? 1 : 2,
		f->sectors[t->first].n,
		(uint8_t)entries,
		(uint8_t)gap3_of(t),
		t->filler ? t->filler : FILLER,
	};

	mun_str_add(out, MUN_DSK_TRACK);
	mun_str_add_bytes(out, "\0\0\0", 4);
	mun_str_add_bytes(out, p, sizeof(p));
}

static void put_entry(struct mun_image *img, struct mun_str *out,
		      const struct entry *n)
{
	uint8_t p[MUN_DSK_SECTOR] = { n->s->c, n->s->h, n->s->r, n->s->n };

	status_of(img, n->s, p + 4);
	p[6] = n->stored & 0xff;
	p[7] = (uint8_t)(n->stored >> 8);
	mun_str_add_bytes(out, p, sizeof(p));
}

static int put_track(struct mun_image *img, const struct mun_floppy *f,
		     const struct mun_floppy_track *t, struct mun_str *out,
		     struct mun_err *e)
{
	size_t begin = out->len;
	struct sizes sizes;
	struct entry n;
	uint32_t next;
	int rc = measure(img, f, t, &sizes, e);

	if (rc || !sizes.entries)
		return rc;
	put_head(out, f, t, sizes.entries);
	for (uint32_t i = 0; i < t->sectors; i = next)
		if (entry_at(img, f, t, i, &n, &next))
			put_entry(img, out, &n);
	fill_to(out, begin, sizes.head);
	for (uint32_t i = 0; i < t->sectors && !rc; i = next) {
		if (!entry_at(img, f, t, i, &n, &next) || !n.stored)
			continue;
		for (unsigned int k = 0; k < n.readings && !rc; k++)
			rc = mun_floppy_append(img, n.s + k, out, e);
	}
	fill_to(out, begin, sizes.bytes);
	return rc;
}

/* The head of the file; the sizes of the tracks come in later. */
static void put_info(struct mun_str *out, const struct shape *shape)
{
	mun_str_addf(out, "%s%-14s", MUN_EDSK_MAGIC, CREATOR);
	mun_str_add_char(out, (char)shape->cylinders);
	mun_str_add_char(out, (char)shape->heads);
	fill_to(out, 0, MUN_DSK_HEAD);
}

static int put_all(struct mun_image *img, const struct mun_floppy *f,
		   struct mun_str *out, struct mun_err *e)
{
	struct shape shape;
	int rc = shape_of(img, f, &shape, e);

	if (rc)
		return rc;
	put_info(out, &shape);
	for (size_t i = 0; i < f->ntracks && !rc; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];
		size_t at = MUN_DSK_SIZES + t->cylinder * shape.heads + t->head;
		size_t begin = out->len;

		rc = put_track(img, f, t, out, e);
		if (!rc && !out->failed && out->len > begin)
			out->text[at] = (char)((out->len - begin) >> 8);
	}
	return rc;
}

static int edsk_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_floppy_form form;
	struct mun_str out = { 0 };
	int rc;

	rc = mun_floppy_form(w->img, w->options, &form, e);
	if (!rc)
		rc = put_all(w->img, form.f, &out, e);
	mun_floppy_form_end(&form);
	if (!rc)
		return mun_floppy_put(w, &out, e);
	mun_str_free(&out);
	return rc;
}

const struct mun_writer mun_write_edsk = {
	.name = "edsk",
	.title = "CPCEMU disk file, extended",
	.suffixes = "dsk edsk",
	.keys = MUN_FLOPPY_KEYS,
	.help = MUN_FLOPPY_HELP,
	.plan = edsk_plan,
	.write = edsk_write,
};
