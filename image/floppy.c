/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy.c - the table of sectors that a floppy image carries */
#include "image/floppy.h"

#include "core/check.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

int mun_floppy_new(struct mun_floppy **out, struct mun_err *e)
{
	struct mun_floppy *f = calloc(1, sizeof(*f));

	if (!f)
		return mun_fail_nomem(e, "floppy");
	f->tracks = calloc(MUN_FLOPPY_TRACKS, sizeof(*f->tracks));
	if (!f->tracks) {
		free(f);
		return mun_fail_nomem(e, "tracks of a floppy");
	}
	*out = f;
	return 0;
}

void mun_floppy_free(struct mun_floppy *f)
{
	if (!f)
		return;
	free(f->tracks);
	free(f->sectors);
	free(f->data);
	free(f->tags);
	free(f->comment);
	free(f->order);
	free(f);
}

enum mun_extent_kind mun_sector_state(const struct mun_sector *s)
{
	if (s->flags & MUN_SECTOR_NO_DATA)
		return MUN_EXTENT_UNREADABLE;
	if (s->flags &
	    (MUN_SECTOR_BAD_DATA | MUN_SECTOR_BAD_ID | MUN_SECTOR_WEAK))
		return MUN_EXTENT_DOUBTFUL;
	return MUN_EXTENT_DATA;
}

int mun_floppy_add_track(struct mun_floppy *f,
			 const struct mun_floppy_track *track,
			 struct mun_err *e)
{
	struct mun_floppy_track *t;

	for (size_t i = 0; i < f->ntracks; i++)
		if (f->tracks[i].cylinder == track->cylinder &&
		    f->tracks[i].head == track->head)
			return mun_fail(e, MUN_ECORRUPT,
					"cylinder %u, head %u is there twice",
					track->cylinder, track->head);
	if (f->ntracks >= MUN_FLOPPY_TRACKS)
		return mun_fail(e, MUN_ECORRUPT, "more than %u tracks",
				MUN_FLOPPY_TRACKS);
	t = &f->tracks[f->ntracks++];
	*t = *track;
	t->first = (uint32_t)f->nsectors;
	t->sectors = 0;
	return 0;
}

/* Room for @want things of @each bytes; what is there already moves along. */
static int make_room(void **array, size_t *room, size_t want, size_t each,
		     struct mun_err *e)
{
	size_t n = *room ? *room : 64;
	void *p;

	if (want <= *room)
		return 0;
	while (n < want)
		n *= 2;
	p = realloc(*array, n * each);
	if (!p)
		return mun_fail_nomem(e, "sectors of a floppy");
	*array = p;
	*room = n;
	return 0;
}

/* Room in all three tables, so that nothing fails when half is added. */
static int room_for(struct mun_floppy *f, const struct mun_sector *sector,
		    bool tag, struct mun_err *e)
{
	void *sectors = f->sectors;
	void *data = f->data;
	void *tags = f->tags;
	int rc;

	rc = make_room(&sectors, &f->sectors_room, f->nsectors + 1,
		       sizeof(*f->sectors), e);
	f->sectors = sectors;
	if (!rc)
		rc = make_room(&data, &f->data_room, f->bytes + sector->bytes,
			       1, e);
	f->data = data;
	if (!rc && tag)
		rc = make_room(&tags, &f->tags_room, f->ntags + 1,
			       MUN_FLOPPY_TAG, e);
	f->tags = tags;
	return rc;
}

int mun_floppy_add_sector(struct mun_floppy *f, const struct mun_sector *sector,
			  const uint8_t *data, const uint8_t *tag,
			  struct mun_err *e)
{
	struct mun_sector *s;
	int rc;

	if (!f->ntracks)
		return mun_fail(e, MUN_EINVAL, "a sector outside any track");
	if (!sector->bytes)
		return mun_fail(e, MUN_ECORRUPT, "a sector of no bytes");
	if (f->nsectors >= MUN_FLOPPY_SECTORS ||
	    sector->bytes > MUN_FLOPPY_BYTES - f->bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"more than %u sectors or %zu bytes",
				MUN_FLOPPY_SECTORS, MUN_FLOPPY_BYTES);
	rc = room_for(f, sector, tag != NULL, e);
	if (rc)
		return rc;
	s = &f->sectors[f->nsectors++];
	*s = *sector;
	s->content = MUN_SECTOR_NOWHERE;
	s->raw = f->bytes;
	s->tag = 0;
	if (data)
		memcpy(f->data + f->bytes, data, s->bytes);
	else
		memset(f->data + f->bytes, 0, s->bytes);
	f->bytes += s->bytes;
	if (tag) {
		memcpy(f->tags + f->ntags * MUN_FLOPPY_TAG, tag,
		       MUN_FLOPPY_TAG);
		s->tag = (uint32_t)++f->ntags;
	}
	f->tracks[f->ntracks - 1].sectors++;
	return 0;
}

/* The last position whose sector begins at or before byte @off. */
static size_t position_of(const struct mun_floppy *f, uint64_t off)
{
	size_t low = 0;
	size_t high = f->norder;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (f->order[middle]->content <= off)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void read_content(const struct mun_floppy *f, uint8_t *buf, size_t len,
			 uint64_t off)
{
	size_t i = position_of(f, off);

	while (len) {
		const struct mun_sector *s = f->order[i++];
		uint64_t skip = off - s->content;
		size_t n = (size_t)MUN_MIN((uint64_t)len, s->bytes - skip);

		memcpy(buf, f->data + s->raw + skip, n);
		buf += n;
		off += n;
		len -= n;
	}
}

static void read_tags(const struct mun_floppy *f, uint8_t *buf, size_t len,
		      uint64_t off)
{
	while (len) {
		const struct mun_sector *s = f->order[off / MUN_FLOPPY_TAG];
		size_t skip = (size_t)(off % MUN_FLOPPY_TAG);
		size_t n = MUN_MIN(len, MUN_FLOPPY_TAG - skip);

		if (s->tag)
			memcpy(buf,
			       f->tags + (size_t)(s->tag - 1) * MUN_FLOPPY_TAG +
				       skip,
			       n);
		else
			memset(buf, 0, n);
		buf += n;
		off += n;
		len -= n;
	}
}

int mun_floppy_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct mun_floppy *f = img->floppy;
	uint64_t size = mun_image_size(img, view);

	if (!f)
		return mun_source_pread(img->src, buf, len, off, e);
	if (off > size || len > size - off)
		return mun_fail(e, MUN_EINVAL, "read behind the last sector");
	if (view == MUN_VIEW_RAW)
		memcpy(buf, f->data + off, len);
	else if (view == MUN_VIEW_SUB)
		read_tags(f, buf, len, off);
	else
		read_content(f, buf, len, off);
	return 0;
}

/* Neighbours of one state are one extent. */
static void content_extent(const struct mun_floppy *f, uint64_t off,
			   struct mun_extent *out)
{
	size_t i = position_of(f, off);
	uint64_t end = off;

	out->kind = mun_sector_state(f->order[i]);
	for (; i < f->norder; i++) {
		if (mun_sector_state(f->order[i]) != out->kind)
			break;
		end = f->order[i]->content + f->order[i]->bytes;
	}
	out->off = off;
	out->bytes = end - off;
}

/* The table is in the order of this view: the sector that holds byte @off. */
static size_t raw_position(const struct mun_floppy *f, uint64_t off)
{
	size_t low = 0;
	size_t high = f->nsectors;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (f->sectors[middle].raw <= off)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void raw_extent(const struct mun_floppy *f, uint64_t off,
		       struct mun_extent *out)
{
	const struct mun_sector *s = f->sectors + raw_position(f, off);
	const struct mun_sector *past = f->sectors + f->nsectors;
	uint64_t end = off;

	out->kind = mun_sector_state(s);
	for (; s < past && mun_sector_state(s) == out->kind; s++)
		end = s->raw + s->bytes;
	out->off = off;
	out->bytes = end - off;
}

/* A sector without a tag leaves a hole among those that have one. */
static void tag_extent(const struct mun_floppy *f, uint64_t off,
		       struct mun_extent *out)
{
	size_t i = (size_t)(off / MUN_FLOPPY_TAG);
	bool there = f->order[i]->tag != 0;

	while (i < f->norder && (f->order[i]->tag != 0) == there)
		i++;
	out->kind = there ? MUN_EXTENT_DATA : MUN_EXTENT_HOLE;
	out->off = off;
	out->bytes = (uint64_t)i * MUN_FLOPPY_TAG - off;
}

int mun_floppy_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	if (!img->floppy)
		return mun_source_next_extent(img->src, off, out, e);
	if (off >= mun_image_size(img, view))
		return mun_fail(e, MUN_EINVAL, "extent behind the last sector");
	if (view == MUN_VIEW_RAW)
		raw_extent(img->floppy, off, out);
	else if (view == MUN_VIEW_SUB)
		tag_extent(img->floppy, off, out);
	else
		content_extent(img->floppy, off, out);
	return 0;
}

int mun_floppy_text(struct mun_image *img, struct mun_floppy *f,
		    const char *name, const void *text, size_t len,
		    struct mun_err *e)
{
	char *shown;
	int rc;

	if (!len)
		return 0;
	free(f->comment);
	f->comment_bytes = 0;
	f->comment = malloc(len);
	shown = malloc(len);
	if (!f->comment || !shown) {
		free(shown);
		return mun_fail_nomem(e, "comment of an image");
	}
	memcpy(f->comment, text, len);
	f->comment_bytes = len;
	for (size_t i = 0; i < len; i++) {
		char c = f->comment[i];

		shown[i] = c == '\0' || c == '\r' || c == '\n' ? ' ' : c;
	}
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name, shown, len, e);
	free(shown);
	return rc;
}

int mun_floppy_load(struct mun_image *img, size_t max, uint8_t **out,
		    struct mun_err *e)
{
	uint64_t size = img->src->size;
	uint8_t *data;
	int rc;

	if (size > max)
		return mun_fail(e, MUN_ECORRUPT,
				"%llu bytes are too many for a floppy",
				(unsigned long long)size);
	data = malloc(size ? (size_t)size : 1);
	if (!data)
		return mun_fail_nomem(e, "floppy image");
	rc = mun_source_pread(img->src, data, (size_t)size, 0, e);
	if (rc) {
		free(data);
		return rc;
	}
	*out = data;
	return 0;
}

bool mun_sector_code(uint32_t bytes, uint8_t *n_out)
{
	for (uint8_t n = 0; n <= 7; n++) {
		if (mun_sector_size(n) == bytes) {
			*n_out = n;
			return true;
		}
	}
	return false;
}

int mun_floppy_plain_track(struct mun_floppy *f,
			   const struct mun_floppy_track *track, uint32_t n,
			   uint32_t bytes, uint8_t base, const uint8_t *data,
			   struct mun_err *e)
{
	struct mun_sector s = {
		.c = (uint8_t)track->cylinder,
		.h = track->head,
		.flags = data ? 0 : MUN_SECTOR_NO_DATA,
		.bytes = bytes,
	};
	int rc;

	if (!mun_sector_code(bytes, &s.n))
		return mun_fail(e, MUN_ECORRUPT, "sectors of %u bytes", bytes);
	if (n + base > 256)
		return mun_fail(e, MUN_ECORRUPT, "%u sectors on a track", n);
	rc = mun_floppy_add_track(f, track, e);
	for (uint32_t i = 0; i < n && !rc; i++) {
		s.r = (uint8_t)(base + i);
		rc = mun_floppy_add_sector(
			f, &s, data ? data + (size_t)i * bytes : NULL, NULL, e);
	}
	return rc;
}

int mun_floppy_keep(struct mun_image *img, const char *reason,
		    struct mun_err *e)
{
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	img->sector_bytes = 512;
	mun_image_preserve_only(img, "%s", reason);
	return mun_image_one_track(img, e);
}

int mun_span_take(struct mun_span *s, size_t n, const uint8_t **out,
		  const char *what, struct mun_err *e)
{
	if (s->at > s->len || n > s->len - s->at)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends within %s, at byte %zu", what,
				s->at);
	*out = s->data + s->at;
	s->at += n;
	return 0;
}
