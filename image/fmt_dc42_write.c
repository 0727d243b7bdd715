/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_dc42_write.c - Disk Copy 4.2 of the four sizes that it knows */
#include "image/fmt_dc42.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/floppy.h"
#include "image/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512u
/* What Disk Copy calls a disk that has no name of a Macintosh. */
#define NO_NAME "-not a Macintosh disk-"

static int find_kind(const struct mun_image *img,
		     const struct mun_dc42_kind **out, struct mun_err *e)
{
	*out = mun_dc42_kind_of(img->bytes);
	if (*out)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED,
			"Disk Copy 4.2 has images of 400K, 800K, 720K and "
			"1440K, not of %" PRIu64 " bytes",
			img->bytes);
}

static uint64_t tags_of(const struct mun_dc42_kind *kind)
{
	return (uint64_t)kind->bytes / SECTOR * MUN_FLOPPY_TAG;
}

static bool has_tags(const struct mun_image *img,
		     const struct mun_dc42_kind *kind)
{
	return img->sub_bytes && img->sub_bytes == tags_of(kind);
}

static bool is_zone(const struct mun_floppy *f,
		    const struct mun_floppy_track *t)
{
	if (t->cylinder >= 80 || t->sectors != mun_dc42_zone(t->cylinder))
		return false;
	for (uint32_t i = 0; i < t->sectors; i++) {
		const struct mun_sector *s = &f->sectors[t->first + i];

		if (s->c != t->cylinder || s->h != t->head ||
		    s->r >= t->sectors || s->bytes != SECTOR)
			return false;
	}
	return true;
}

/* Are the tracks what the size says of them? */
static bool has_zones(const struct mun_image *img,
		      const struct mun_dc42_kind *kind)
{
	const struct mun_floppy *f = img->floppy;

	if (!f || f->ntracks != (size_t)80 * kind->heads)
		return false;
	for (size_t i = 0; i < f->ntracks; i++)
		if (!is_zone(f, &f->tracks[i]))
			return false;
	return true;
}

/* Nothing but a name is said of the making. */
static bool only_named(const struct mun_image *img)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    strcmp(img->facts[i].name, "name") != 0)
			return false;
	return true;
}

static const char *fact(const struct mun_image *img, const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    strcmp(img->facts[i].name, name) == 0)
			return img->facts[i].value;
	return NULL;
}

/* The option, the name that it had, the volume's; @kept: the name is its. */
static int make_name(const struct mun_image *img,
		     const struct mun_write_options *o, uint8_t *header,
		     bool *kept, struct mun_err *e)
{
	const char *given = mun_write_option(o, "name", NULL);
	const char *had = fact(img, "name");
	struct mun_str s = { 0 };
	int rc;

	*kept = !given;
	if (given && (!*given || strlen(given) > MUN_DC42_NAME ||
		      !mun_text_is_clean(given, "")))
		return mun_fail(e, MUN_EINVAL,
				"option 'name': 1 to %u characters",
				MUN_DC42_NAME);
	for (const char *p = given; p && *p; p++)
		if ((unsigned char)*p > 0x7e)
			return mun_fail(e, MUN_EINVAL,
					"option 'name': ASCII only");
	if (!given)
		given = had ? had : img->volume_label;
	if (!*given)
		given = NO_NAME;
	/* Bytes of a Macintosh's own script are escaped in our texts. */
	rc = mun_unescape(given, &s, e);
	if (!rc) {
		header[0] = (uint8_t)MUN_MIN(s.len, (size_t)MUN_DC42_NAME);
		memcpy(header + 1, s.text, header[0]);
	}
	mun_str_free(&s);
	return rc;
}

static int dc42_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	const struct mun_dc42_kind *kind = NULL;
	uint8_t header[MUN_DC42_HEAD];
	unsigned int keeps = 0;
	bool kept = false;
	int rc = make_name(img, o, header, &kept, e);

	if (!rc)
		rc = find_kind(img, &kind, e);
	if (rc)
		return rc;
	if (has_tags(img, kind))
		keeps |= MUN_KEEPS_TAGS;
	if (kind->heads && has_zones(img, kind))
		keeps |= MUN_KEEPS_IDS;
	if (kept && only_named(img))
		keeps |= MUN_KEEPS_MADE;
	if (kept && fact(img, "name"))
		keeps |= MUN_KEEPS_COMMENT;
	return mun_loss_usual(loss, img, keeps, e);
}

static void fill_header(const struct mun_dc42_kind *kind, const uint8_t *body,
			size_t tags, uint8_t *h)
{
	const uint8_t *t = body + kind->bytes;
	size_t skip = MUN_MIN(tags, (size_t)MUN_DC42_TAGS_SKIP);

	mun_put_be32(h + 64, kind->bytes);
	mun_put_be32(h + 68, (uint32_t)tags);
	mun_put_be32(h + 72, mun_dc42_sum(0, body, kind->bytes));
	mun_put_be32(h + 76, mun_dc42_sum(0, t + skip, tags - skip));
	h[80] = kind->encoding;
	h[81] = kind->format;
	h[82] = 1;
	h[83] = 0;
}

static int read_body(struct mun_image *img, const struct mun_dc42_kind *kind,
		     size_t tags, uint8_t *body, struct mun_err *e)
{
	int rc =
		mun_image_pread(img, MUN_VIEW_CONTENT, body, kind->bytes, 0, e);

	if (!rc && has_tags(img, kind))
		rc = mun_image_pread(img, MUN_VIEW_SUB, body + kind->bytes,
				     tags, 0, e);
	return rc;
}

static int dc42_write(const struct mun_write *w, struct mun_err *e)
{
	const struct mun_dc42_kind *kind = NULL;
	mun_autofree uint8_t *body = NULL;
	struct mun_outfile *file = NULL;
	uint8_t header[MUN_DC42_HEAD] = { 0 };
	size_t tags;
	bool kept;
	int rc = find_kind(w->img, &kind, e);

	if (!rc)
		rc = make_name(w->img, w->options, header, &kept, e);
	if (!rc)
		rc = mun_output_file(w->out, NULL, &file, e);
	if (rc)
		return rc;
	/* Disks of these drives have tags, if only of zeros. */
	tags = kind->heads || has_tags(w->img, kind) ? (size_t)tags_of(kind)
						     : 0;
	body = calloc(1, kind->bytes + tags);
	if (!body)
		return mun_fail_nomem(e, "floppy image");
	rc = read_body(w->img, kind, tags, body, e);
	if (rc)
		return rc;
	fill_header(kind, body, tags, header);
	mun_progress_tell(w->progress, "writing", kind->bytes, kind->bytes, 0);
	rc = mun_outfile_write(file, header, sizeof(header), 0, e);
	return rc ? rc
		  : mun_outfile_write(file, body, kind->bytes + tags,
				      sizeof(header), e);
}

const struct mun_writer mun_write_dc42 = {
	.name = "dc42",
	.title = "Apple Disk Copy 4.2",
	.suffixes = "dc42 image",
	.keys = "name",
	.help = "name=TEXT",
	.plan = dc42_plan,
	.write = dc42_write,
};
