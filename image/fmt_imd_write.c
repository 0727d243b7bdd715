/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_imd_write.c - ImageDisk, written (image/fmt_imd.c has the layout) */
#include "image/floppy_write.h"

#include "core/check.h"
#include "core/str.h"

#include <stdio.h>
#include <string.h>

#define SIZES_FOLLOW 0xffu
#define END_OF_TEXT 0x1a

/* A date that is the same for ever, for images that have none. */
#define NO_DATE "1980-01-01T00:00:00"

static int mode_of(const struct mun_floppy *f, const struct mun_floppy_track *t,
		   unsigned int *out, struct mun_err *e)
{
	unsigned int kbps = mun_floppy_kbps(f, t);
	unsigned int base = t->encoding == MUN_ENCODING_FM ? 0 : 3;

	if (t->encoding == MUN_ENCODING_GCR)
		return mun_fail(e, MUN_EUNSUPPORTED, "IMD has no GCR");
	if (kbps != 500 && kbps != 300 && kbps != 250)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"IMD has no mode of %u kbit/s", kbps);
	*out = base + (kbps == 500 ? 0 : kbps == 300 ? 1 : 2);
	return 0;
}

/* Is the sector written?  What has no ID has no place, nor a further reading
 * of a weak one. */
static bool is_written(const struct mun_floppy *f,
		       const struct mun_floppy_track *t, uint32_t i)
{
	return !(f->sectors[t->first + i].flags & MUN_SECTOR_NO_ID) &&
	       !mun_floppy_rereads(f, t, i);
}

static unsigned int count_written(const struct mun_floppy *f,
				  const struct mun_floppy_track *t)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < t->sectors; i++)
		n += is_written(f, t, i);
	return n;
}

struct track_form {
	unsigned int mode;
	unsigned int head; /* with its flags */
	unsigned int size; /* code, or SIZES_FOLLOW */
	unsigned int sectors;
};

/* What the track needs, or why IMD cannot hold it. */
static int form_of(const struct mun_floppy *f, const struct mun_floppy_track *t,
		   struct track_form *out, struct mun_err *e)
{
	uint32_t bytes = 0;
	bool mixed = false;
	int rc;

	out->sectors = count_written(f, t);
	out->head = t->head;
	out->size = 0;
	rc = mode_of(f, t, &out->mode, e);
	if (rc)
		return rc;
	if (t->cylinder > 255 || t->head > 1 || out->sectors > 255)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%u sectors there: IMD does not go so far",
				out->sectors);
	for (uint32_t i = 0; i < t->sectors; i++) {
		const struct mun_sector *s = &f->sectors[t->first + i];
		uint8_t code;

		if (!is_written(f, t, i))
			continue;
		if (!mun_sector_code(s->bytes, &code) || code > 6)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"sector %u has %u bytes, which IMD "
					"has no code for",
					s->r, s->bytes);
		mixed = mixed || (bytes && bytes != s->bytes);
		bytes = s->bytes;
		out->size = mixed ? SIZES_FOLLOW : code;
		out->head |= s->c != t->cylinder ? 0x80 : 0;
		out->head |= s->h != t->head ? 0x40 : 0;
	}
	return 0;
}

/* The comment, without what would end it before its time. */
static bool comment_fits(const struct mun_floppy *f)
{
	return !f->comment_bytes ||
	       !memchr(f->comment, END_OF_TEXT, f->comment_bytes);
}

struct odd {
	size_t weak;
	size_t no_id;
	size_t bad_id;
	size_t codes;
};

static int check_tracks(const struct mun_floppy *f, struct odd *odd,
			struct mun_err *e)
{
	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];
		struct track_form form;

		if (form_of(f, t, &form, e))
			return mun_ctx(e, "cylinder %u, head %u", t->cylinder,
				       t->head);
		for (uint32_t k = 0; k < t->sectors; k++) {
			const struct mun_sector *s = &f->sectors[t->first + k];

			odd->weak += (s->flags & MUN_SECTOR_WEAK) != 0;
			odd->no_id += (s->flags & MUN_SECTOR_NO_ID) != 0;
			odd->bad_id += (s->flags & MUN_SECTOR_BAD_ID) != 0;
			odd->codes +=
				mun_sector_size(s->n) != s->bytes || s->n > 7;
		}
	}
	return 0;
}

static int lose_odd(struct mun_loss *l, const struct mun_floppy *f,
		    const struct odd *odd, struct mun_err *e)
{
	const struct mun_floppy_odd rows[] = {
		{ odd->weak, "weak sectors",
		  "of each one reading is kept, as a read error" },
		{ odd->no_id, "sectors without an ID",
		  "IMD knows a sector by its ID" },
		{ odd->bad_id, "failed checks of ID fields",
		  "IMD only marks errors of the data" },
		{ odd->codes, "size codes of ID fields",
		  "IMD has the size of the data alone" },
		{ !comment_fits(f), "comment",
		  "it holds the byte that ends a comment" },
	};
	return mun_floppy_lose_odd(l, rows, MUN_COUNT(rows), e);
}

/* "2007-10-23T12:34:56" as "23/10/2007 12:34:56". */
static bool turn_date(const char *text, char out[static 32])
{
	unsigned int year, month, day, hour, minute, second;

	/* The widths keep the numbers in range. NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2u", &year, &month, &day, &hour,
		   &minute, &second) != 6)
		return false;
	(void)snprintf(out, 32, "%02u/%02u/%04u %02u:%02u:%02u", day, month,
		       year, hour, minute, second);
	return true;
}

/* As given, or the image's own, or one that is the same for ever. */
static int date_of(const struct mun_image *img,
		   const struct mun_write_options *o, char out[static 32],
		   struct mun_err *e)
{
	const char *given = mun_write_option(o, "date", NULL);

	if (given && !turn_date(given, out))
		return mun_fail(e, MUN_EINVAL,
				"date is YYYY-MM-DDThh:mm:ss, not '%s'", given);
	if (given)
		return 0;
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    strcmp(img->facts[i].name, "created") == 0 &&
		    turn_date(img->facts[i].value, out))
			return 0;
	(void)turn_date(NO_DATE, out);
	return 0;
}

static int imd_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	static const char *const made[] = { "created", NULL };
	struct mun_floppy_form form;
	struct odd odd = { 0 };
	char date[32];
	int rc;

	rc = date_of(img, o, date, e);
	if (rc)
		return rc;
	rc = mun_floppy_form(img, o, &form, e);
	if (!rc)
		rc = check_tracks(form.f, &odd, e);
	if (!rc)
		rc = mun_floppy_lose(loss, img,
				     MUN_KEEPS_UNREADABLE | MUN_KEEPS_DOUBTFUL |
					     MUN_KEEPS_COPIES |
					     MUN_KEEPS_DELETED |
					     MUN_KEEPS_COMMENT | MUN_KEEPS_IDS,
				     made, e);
	if (!rc)
		rc = lose_odd(loss, form.f, &odd, e);
	mun_floppy_form_end(&form);
	return rc;
}

static void put_maps(struct mun_str *out, const struct mun_floppy *f,
		     const struct mun_floppy_track *t,
		     const struct track_form *form)
{
	const struct mun_sector *s = f->sectors + t->first;

	for (uint32_t i = 0; i < t->sectors; i++)
		if (is_written(f, t, i))
			mun_str_add_char(out, (char)s[i].r);
	for (uint32_t i = 0; i < t->sectors && form->head & 0x80; i++)
		if (is_written(f, t, i))
			mun_str_add_char(out, (char)s[i].c);
	for (uint32_t i = 0; i < t->sectors && form->head & 0x40; i++)
		if (is_written(f, t, i))
			mun_str_add_char(out, (char)s[i].h);
	for (uint32_t i = 0; i < t->sectors && form->size == SIZES_FOLLOW;
	     i++) {
		if (!is_written(f, t, i))
			continue;
		mun_str_add_char(out, (char)(s[i].bytes & 0xff));
		mun_str_add_char(out, (char)(s[i].bytes >> 8));
	}
}

/* One byte stands for a sector that is filled with it. */
static int put_sector(struct mun_image *img, const struct mun_sector *s,
		      struct mun_str *out, struct mun_err *e)
{
	struct mun_str data = { 0 };
	unsigned int type = 1;
	bool fill;
	int rc;

	if (s->flags & MUN_SECTOR_NO_DATA) {
		mun_str_add_char(out, 0);
		return 0;
	}
	rc = mun_floppy_append(img, s, &data, e);
	if (!rc && data.failed)
		rc = mun_fail_nomem(e, "sector");
	if (rc) {
		mun_str_free(&data);
		return rc;
	}
	fill = memcmp(data.text, data.text + 1, data.len - 1) == 0;
	type += fill;
	type += s->flags & MUN_SECTOR_DELETED ? 2 : 0;
	type += mun_sector_state(s) == MUN_EXTENT_DOUBTFUL ? 4 : 0;
	mun_str_add_char(out, (char)type);
	mun_str_add_bytes(out, data.text, fill ? 1 : data.len);
	mun_str_free(&data);
	return 0;
}

static int put_track(struct mun_image *img, const struct mun_floppy *f,
		     const struct mun_floppy_track *t, struct mun_str *out,
		     struct mun_err *e)
{
	struct track_form form;
	int rc = form_of(f, t, &form, e);

	if (rc)
		return rc;
	mun_str_add_char(out, (char)form.mode);
	mun_str_add_char(out, (char)t->cylinder);
	mun_str_add_char(out, (char)form.head);
	mun_str_add_char(out, (char)form.sectors);
	mun_str_add_char(out, (char)form.size);
	put_maps(out, f, t, &form);
	for (uint32_t i = 0; i < t->sectors && !rc; i++)
		if (is_written(f, t, i))
			rc = put_sector(img, &f->sectors[t->first + i], out, e);
	return rc;
}

static int imd_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_floppy_form form;
	struct mun_str out = { 0 };
	char date[32];
	int rc;

	rc = date_of(w->img, w->options, date, e);
	if (rc)
		return rc;
	rc = mun_floppy_form(w->img, w->options, &form, e);
	mun_str_addf(&out, "IMD 1.18: %s\r\n", date);
	if (!rc && form.f->comment && comment_fits(form.f))
		mun_str_add_bytes(&out, form.f->comment, form.f->comment_bytes);
	mun_str_add_char(&out, END_OF_TEXT);
	for (size_t i = 0; !rc && i < form.f->ntracks; i++)
		rc = put_track(w->img, form.f, &form.f->tracks[i], &out, e);
	mun_floppy_form_end(&form);
	if (!rc)
		return mun_floppy_put(w, &out, e);
	mun_str_free(&out);
	return rc;
}

const struct mun_writer mun_write_imd = {
	.name = "imd",
	.title = "ImageDisk",
	.suffixes = "imd",
	.keys = "date " MUN_FLOPPY_KEYS,
	.help = "date=YYYY-MM-DDThh:mm:ss, " MUN_FLOPPY_HELP,
	.plan = imd_plan,
	.write = imd_write,
};
