/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dc42.c - Apple Disk Copy 4.2: a header, sectors, tags
 *
 * The tags are 12 bytes a sector that the drives of Lisa and Macintosh keep
 * beside the data; the Lisa's systems cannot start without theirs.
 */
#include "image/fmt_dc42.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fat.h"
#include "image/floppy.h"
#include "image/image.h"
#include "image/label.h"
#include "image/volume.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512u
#define CYLINDERS 80u
#define TWIGGY 871424u
/* Larger ones are of hard disks: their sums are not made by open(). */
#define FLOPPY_MAX 1700000u
/* Drives with tags had 20 MB, and 24 bytes of them a sector. */
#define DISK_MAX ((uint64_t)64 << 20)
#define TAG_MAX 32u

struct dc42 {
	uint8_t name[MUN_DC42_NAME];
	size_t name_len;
	uint64_t data;
	uint64_t tags;
	uint32_t data_sum;
	uint32_t tags_sum;
	uint8_t encoding;
	uint8_t format;
};

static const struct mun_dc42_kind kinds[] = {
	{ 409600, 0, 0x02, 1, "400K 3.5-inch GCR" },
	{ 819200, 1, 0x22, 2, "800K 3.5-inch GCR" },
	{ 737280, 2, 0x22, 0, "720K 3.5-inch MFM" },
	{ 1474560, 3, 0x22, 0, "1440K 3.5-inch MFM" },
};

const struct mun_dc42_kind *mun_dc42_kind_of(uint64_t bytes)
{
	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (kinds[i].bytes == bytes)
			return &kinds[i];
	return NULL;
}

static uint32_t add_word(uint32_t sum, uint64_t word)
{
	sum += (uint32_t)(word & 0xffff);
	return sum >> 1 | sum << 31;
}

/* Each sum needs the one before, so there is nothing to be had but to look for
 * the end less often. */
uint32_t mun_dc42_sum(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t i = 0;

	for (; len - i >= 8; i += 8) {
		uint64_t v = mun_be64(data + i);

		sum = add_word(sum, v >> 48);
		sum = add_word(sum, v >> 32);
		sum = add_word(sum, v >> 16);
		sum = add_word(sum, v);
	}
	for (; len - i >= 2; i += 2)
		sum = add_word(sum, mun_be16(data + i));
	return sum;
}

unsigned int mun_dc42_zone(unsigned int cylinder)
{
	return 12 - cylinder / 16;
}

static bool parse(const uint8_t *p, struct dc42 *out)
{
	out->name_len = p[0];
	if (p[0] > MUN_DC42_NAME || p[82] != 1 || p[83] != 0)
		return false;
	memcpy(out->name, p + 1, p[0]);
	out->data = mun_be32(p + 64);
	out->tags = mun_be32(p + 68);
	out->data_sum = mun_be32(p + 72);
	out->tags_sum = mun_be32(p + 76);
	out->encoding = p[80];
	out->format = p[81];
	return out->data && out->data <= DISK_MAX && out->data % SECTOR == 0 &&
	       out->tags <= out->data / SECTOR * TAG_MAX && out->tags % 2 == 0;
}

static int dc42_bid(struct mun_source *src, const char *file_name)
{
	uint8_t p[MUN_DC42_HEAD];
	struct dc42 h;
	struct mun_err e;
	uint64_t bytes;

	(void)file_name;
	if (src->size < sizeof(p) || mun_source_pread(src, p, sizeof(p), 0, &e))
		return MUN_BID_NO;
	if (!parse(p, &h))
		return MUN_BID_NO;
	bytes = sizeof(p) + h.data + h.tags;
	if (src->size == bytes)
		return MUN_BID_CHECKED;
	/* Two bytes are a weak magic: the rest must be Disk Copy's own too. */
	return mun_dc42_kind_of(h.data) && h.encoding <= 3 ? MUN_BID_MAGIC
							   : MUN_BID_NO;
}

static int add_track(struct mun_floppy *f, unsigned int cylinder,
		     unsigned int head, struct mun_err *e)
{
	const struct mun_floppy_track track = {
		.cylinder = (uint16_t)cylinder,
		.head = (uint8_t)head,
		.encoding = MUN_ENCODING_GCR,
	};

	return mun_floppy_add_track(f, &track, e);
}

/* Tracks in the order of the file; @at: which sector is the first. */
static int add_sectors(struct mun_floppy *f, unsigned int cylinder,
		       unsigned int head, const uint8_t *data,
		       const uint8_t *tags, size_t *at, struct mun_err *e)
{
	int rc = add_track(f, cylinder, head, e);

	for (unsigned int r = 0; r < mun_dc42_zone(cylinder) && !rc; r++) {
		const struct mun_sector s = {
			.c = (uint8_t)cylinder,
			.h = (uint8_t)head,
			.r = (uint8_t)r,
			.n = 2,
			.bytes = SECTOR,
		};

		rc = mun_floppy_add_sector(
			f, &s, data + *at * SECTOR,
			tags ? tags + *at * MUN_FLOPPY_TAG : NULL, e);
		(*at)++;
	}
	return rc;
}

static int open_zoned(struct mun_image *img, const struct dc42 *h,
		      unsigned int heads, const uint8_t *body,
		      struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	const uint8_t *tags = h->tags ? body + h->data : NULL;
	size_t at = 0;
	int rc = mun_floppy_new(&f, e);

	for (unsigned int c = 0; c < CYLINDERS && !rc; c++)
		for (unsigned int d = 0; d < heads && !rc; d++)
			rc = add_sectors(f, c, d, body, tags, &at, e);
	if (rc)
		return rc;
	if (h->name_len) {
		f->comment = malloc(h->name_len);
		if (!f->comment)
			return mun_fail_nomem(e, "name of an image");
		memcpy(f->comment, h->name, h->name_len);
		f->comment_bytes = h->name_len;
	}
	return mun_floppy_done(img, mun_steal(&f), e);
}

/* Of other disks the data is what it is, and so are the tags. */
static int open_plain(struct mun_image *img, const struct dc42 *h,
		      struct mun_err *e)
{
	img->bytes = h->data;
	img->sub_bytes = h->tags;
	img->sector_bytes = SECTOR;
	if (h->tags && h->tags != h->data / SECTOR * MUN_FLOPPY_TAG)
		mun_image_note(img,
			       "%" PRIu64 " bytes of tags, not 12 a sector",
			       h->tags);
	return mun_image_one_track(img, e);
}

static enum mun_fact_state state_of(bool good)
{
	return good ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

/* Disk Copy leaves the first tag out, other programs do not. */
static bool tags_agree(const struct dc42 *h, const uint8_t *tags)
{
	size_t skip = (size_t)MUN_MIN(h->tags, MUN_DC42_TAGS_SKIP);

	return mun_dc42_sum(0, tags + skip, (size_t)h->tags - skip) ==
		       h->tags_sum ||
	       mun_dc42_sum(0, tags, (size_t)h->tags) == h->tags_sum;
}

static int tell_sums(struct mun_image *img, const struct dc42 *h,
		     enum mun_fact_state data, enum mun_fact_state tags,
		     struct mun_err *e)
{
	int rc = mun_image_check_fact(img, "data checksum", data, e,
				      "%08" PRIx32, h->data_sum);

	if (rc || !h->tags)
		return rc;
	return mun_image_check_fact(img, "tag checksum", tags, e, "%08" PRIx32,
				    h->tags_sum);
}

/* A floppy is small enough to be read now; then its sums are settled too. */
static int open_floppy(struct mun_image *img, const struct dc42 *h,
		       struct mun_err *e)
{
	const struct mun_dc42_kind *kind = mun_dc42_kind_of(h->data);
	size_t bytes = (size_t)(h->data + h->tags);
	mun_autofree uint8_t *body = malloc(bytes);
	int rc;

	if (!body)
		return mun_fail_nomem(e, "floppy image");
	rc = mun_source_pread(img->src, body, bytes, MUN_DC42_HEAD, e);
	if (rc)
		return rc;
	rc = tell_sums(
		img, h,
		state_of(mun_dc42_sum(0, body, (size_t)h->data) == h->data_sum),
		state_of(tags_agree(h, body + h->data)), e);
	if (rc)
		return rc;
	if (kind && kind->heads &&
	    (!h->tags || h->tags == h->data / SECTOR * MUN_FLOPPY_TAG))
		return open_zoned(img, h, kind->heads, body, e);
	return open_plain(img, h, e);
}

/* "HFS volume", and its name: at the same place in MFS and HFS. */
static int tell_content(struct mun_image *img, const struct dc42 *h,
			struct mun_err *e)
{
	mun_auto(source) *data = NULL;
	const struct mun_volume *v = NULL;
	struct mun_fat fat;
	uint8_t name[28];
	int rc = mun_source_slice(img->src, MUN_DC42_HEAD, h->data, false,
				  &data, e);

	if (!rc)
		rc = mun_volume_probe(data, &v, e);
	if (rc)
		return rc;
	if (!v) {
		rc = mun_fat_probe(data, &fat, e);
		if (rc || fat.type == MUN_FAT_NONE)
			return rc;
		mun_image_variant(img, "FAT volume");
		return mun_fat_label(data, &fat, img->volume_label,
				     sizeof(img->volume_label), e);
	}
	mun_image_variant(img, "%s", v->name);
	if (strcmp(v->name, "HFS volume") != 0 &&
	    strcmp(v->name, "MFS volume") != 0)
		return 0;
	rc = mun_peek(data, name, sizeof(name), 1024 + 36, e);
	if (!rc)
		mun_label(name + 1, MUN_MIN(name[0], sizeof(name) - 1),
			  MUN_LABEL_BYTES, img->volume_label,
			  sizeof(img->volume_label));
	return rc;
}

static void tell_kind(struct mun_image *img, const struct dc42 *h)
{
	const struct mun_dc42_kind *kind = mun_dc42_kind_of(h->data);

	img->medium =
		h->data <= FLOPPY_MAX ? MUN_MEDIUM_FLOPPY : MUN_MEDIUM_DISK;
	mun_image_set_puid(img, "fmt/625");
	if (kind)
		mun_image_variant(img, "%s", kind->name);
	else if (h->data == TWIGGY)
		mun_image_variant(img, "851K 5.25-inch FileWare (Twiggy)");
	else
		mun_image_variant(img, "%" PRIu64 "K", h->data / 1024);
	if (kind && kind->encoding != h->encoding)
		mun_image_note(img, "encoding %u is not that of its size",
			       h->encoding);
	if (h->data == TWIGGY)
		mun_image_note(img, "which side comes first is the writing "
				    "program's choice");
}

static int dc42_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t p[MUN_DC42_HEAD];
	struct dc42 *h = calloc(1, sizeof(*h));
	uint64_t size = img->src->size;
	int rc;

	if (!h)
		return mun_fail_nomem(e, "Disk Copy image");
	img->priv = h;
	rc = mun_peek(img->src, p, sizeof(p), 0, e);
	if (rc)
		return rc;
	if (!parse(p, h))
		return mun_fail(e, MUN_ECORRUPT, "no header of Disk Copy 4.2");
	if (sizeof(p) + h->data + h->tags > size)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends at %" PRIu64 ", its data at "
				"%" PRIu64,
				size, sizeof(p) + h->data + h->tags);
	tell_kind(img, h);
	if (sizeof(p) + h->data + h->tags < size)
		mun_image_note(img, "%" PRIu64 " bytes follow the image",
			       size - sizeof(p) - h->data - h->tags);
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "name", h->name,
				  h->name_len, e);
	if (!rc && h->data + h->tags <= FLOPPY_MAX)
		rc = open_floppy(img, h, e);
	else if (!rc)
		rc = tell_sums(img, h, MUN_FACT_NONE, MUN_FACT_NONE, e);
	if (!rc && h->data + h->tags > FLOPPY_MAX)
		rc = open_plain(img, h, e);
	return rc ? rc : tell_content(img, h, e);
}

static int dc42_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	const struct dc42 *h = img->priv;

	if (img->floppy)
		return mun_floppy_pread(img, view, buf, len, off, e);
	if (view == MUN_VIEW_SUB)
		off += h->data;
	return mun_source_pread(img->src, buf, len, MUN_DC42_HEAD + off, e);
}

static int dc42_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	if (img->floppy)
		return mun_floppy_next_extent(img, view, off, out, e);
	*out = (struct mun_extent){ off, mun_image_size(img, view) - off,
				    MUN_EXTENT_DATA };
	return 0;
}

static int sum_part(struct mun_image *img, uint64_t off, uint64_t bytes,
		    uint32_t *sum, struct mun_err *e)
{
	size_t room = (size_t)1 << 20;
	mun_autofree uint8_t *buf = malloc(room);

	*sum = 0;
	if (!buf)
		return mun_fail_nomem(e, "checksum");
	for (uint64_t done = 0; done < bytes; done += room) {
		size_t n = (size_t)MUN_MIN(bytes - done, (uint64_t)room);
		int rc = mun_source_pread(img->src, buf, n, off + done, e);

		if (rc)
			return rc;
		*sum = mun_dc42_sum(*sum, buf, n);
	}
	return 0;
}

static int dc42_verify(struct mun_image *img, struct mun_err *e)
{
	const struct dc42 *h = img->priv;
	uint64_t tags = MUN_DC42_HEAD + h->data;
	uint64_t skip = MUN_MIN(h->tags, MUN_DC42_TAGS_SKIP);
	uint32_t sum = 0;
	uint32_t whole = 0;
	int rc;

	if (h->data + h->tags <= FLOPPY_MAX)
		return 0;
	rc = sum_part(img, MUN_DC42_HEAD, h->data, &sum, e);
	if (rc)
		return rc;
	mun_image_settle(img, "data checksum", state_of(sum == h->data_sum));
	rc = sum_part(img, tags + skip, h->tags - skip, &sum, e);
	if (!rc)
		rc = sum_part(img, tags, h->tags, &whole, e);
	if (!rc)
		mun_image_settle(
			img, "tag checksum",
			state_of(sum == h->tags_sum || whole == h->tags_sum));
	return rc;
}

static void dc42_close(struct mun_image *img)
{
	free(img->priv);
}

const struct mun_image_driver mun_image_dc42 = {
	.name = "dc42",
	.title = "Apple Disk Copy 4.2",
	.suffixes = "image dc42 dc img dsk",
	.bid = dc42_bid,
	.open = dc42_open,
	.pread = dc42_pread,
	.next_extent = dc42_next_extent,
	.verify = dc42_verify,
	.close = dc42_close,
};
