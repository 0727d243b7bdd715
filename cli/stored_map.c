/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stored_map.c - how well each sector of a stored object was read */
#include "cli/stored_map.h"

#include "core/check.h"
#include "core/str.h"
#include "image/readmap.h"
#include "image/states.h"
#include "ingest/content_image.h"
#include "ingest/describe.h"

#include <stdlib.h>
#include <string.h>

#define MAP_MAX ((uint64_t)256 << 20) /* of a mapfile, to be kept in memory */

/* One reading that went into a merged object. */
struct reading {
	struct mun_readmap map;
	struct mun_readmap differs; /* '-': it has something else */
	bool has_differs;
};

const char *mun_range_word(enum mun_range_state state)
{
	static const char *const words[] = {
		[MUN_RANGE_EMPTY] = "empty",
		[MUN_RANGE_DATA] = "data",
		[MUN_RANGE_RUNOUT] = "run-out",
		[MUN_RANGE_DOUBTFUL] = "doubtful",
		[MUN_RANGE_UNREADABLE] = "unreadable",
	};

	return words[state];
}

static int add(struct mun_stored_map *m, const struct mun_stored_range *x,
	       struct mun_err *e)
{
	struct mun_stored_range *last = m->n ? &m->of[m->n - 1] : NULL;

	m->sums[x->state] += x->bytes;
	if (last && last->state == x->state && last->readings == x->readings) {
		last->bytes += x->bytes;
		return 0;
	}
	if (!m->of || m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		void *of = realloc(m->of, room * sizeof(*m->of));

		if (!of)
			return mun_fail_nomem(e, "map of an object");
		m->of = of;
		m->room = room;
	}
	m->of[m->n++] = *x;
	return 0;
}

static const struct mun_rec_file *file_of(const struct mun_record *r,
					  const char *path)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].path, path) &&
		    strcmp(r->files[i].role, MUN_ROLE_SUPERSEDED) != 0)
			return &r->files[i];
	return NULL;
}

/* A stored mapfile, verified; @found is false where the object has none. */
static int load_map(const struct mun_store *s, const struct mun_record *r,
		    const char *path, struct mun_readmap *out, bool *found,
		    struct mun_err *e)
{
	const struct mun_rec_file *f = file_of(r, path);
	mun_auto(source) *src = NULL;
	mun_autofree char *text = NULL;
	int rc;

	*found = f != NULL;
	if (!f)
		return 0;
	if (f->bytes > MAP_MAX)
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no map of this size",
				path);
	rc = mun_content_file(s, r, path, &src, e);
	if (rc)
		return rc;
	text = malloc((size_t)f->bytes + 1);
	if (!text)
		return mun_fail_nomem(e, "map of an object");
	rc = mun_source_pread(src, text, (size_t)f->bytes, 0, e);
	if (!rc)
		rc = mun_readmap_parse(text, (size_t)f->bytes, out, e);
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

static void clear_readings(struct reading *of, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		mun_readmap_clear(&of[i].map);
		mun_readmap_clear(&of[i].differs);
	}
	free(of);
}

/* metadata/reads/1, 2, ... as far as there are any. */
static int load_readings(const struct mun_store *s, const struct mun_record *r,
			 uint64_t bytes, struct reading *of, unsigned int *n,
			 struct mun_err *e)
{
	bool found = true;
	char path[64];
	int rc = 0;

	for (*n = 0; !rc && found && *n < MUN_READINGS_MAX; *n += found) {
		struct reading *x = &of[*n];

		(void)snprintf(path, sizeof(path), "metadata/reads/%u/disk.map",
			       *n + 1);
		rc = load_map(s, r, path, &x->map, &found, e);
		if (rc || !found)
			return rc;
		(void)snprintf(path, sizeof(path),
			       "metadata/reads/%u/differs.map", *n + 1);
		rc = load_map(s, r, path, &x->differs, &x->has_differs, e);
		if (!rc && (x->map.size != bytes ||
			    (x->has_differs && x->differs.size != bytes)))
			rc = mun_fail(e, MUN_ECORRUPT,
				      "reading %u is of another size", *n + 1);
	}
	return rc;
}

static enum mun_range_state state_of(enum mun_read_state state)
{
	switch (state) {
	case MUN_READ_GOOD:
		return MUN_RANGE_DATA;
	case MUN_READ_DOUBTFUL:
		return MUN_RANGE_DOUBTFUL;
	case MUN_READ_NOT_TRIED:
	case MUN_READ_NOT_TRIMMED:
	case MUN_READ_NOT_SCRAPED:
	case MUN_READ_BAD:
		break;
	}
	return MUN_RANGE_UNREADABLE;
}

/* Does the record count this range as lost?  What the map has as bad and the
 * record does not is what no drive can read of such a disc. */
static bool is_lost(const struct mun_record *r, uint64_t off, uint64_t *end)
{
	for (size_t i = 0; i < r->nunreadable; i++) {
		const struct mun_rec_range *x = &r->unreadable[i];

		if (off >= x->off && off < x->off + x->bytes) {
			*end = MUN_MIN(*end, x->off + x->bytes);
			return true;
		}
		if (x->off > off)
			*end = MUN_MIN(*end, x->off);
	}
	return false;
}

/* Which readings have what the master has at @off, and how far that holds. */
static uint64_t who_has(const struct reading *of, unsigned int n, uint64_t off,
			enum mun_range_state state, uint64_t *end)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct mun_read_run *run =
			mun_readmap_run(&of[i].map, off);
		const struct mun_read_run *differs =
			of[i].has_differs ? mun_readmap_run(&of[i].differs, off)
					  : NULL;

		if (!run)
			continue;
		*end = MUN_MIN(*end, run->off + run->bytes);
		if (differs)
			*end = MUN_MIN(*end, differs->off + differs->bytes);
		if (state_of(run->state) == state &&
		    (!differs || differs->state != MUN_READ_BAD) &&
		    state != MUN_RANGE_UNREADABLE)
			set |= (uint64_t)1 << i;
	}
	return set;
}

static int add_run(struct mun_stored_map *m, const struct mun_record *r,
		   const struct reading *of, const struct mun_read_run *run,
		   struct mun_err *e)
{
	bool runouts = mun_record_property(r, MUN_PROPERTY_RUNOUT) != NULL;
	uint64_t end = run->off + run->bytes;
	uint64_t stop;
	int rc = 0;

	for (uint64_t at = run->off; !rc && at < end; at = stop) {
		struct mun_stored_range x = { .off = at,
					      .state = state_of(run->state) };

		stop = end;
		x.readings = who_has(of, m->readings, at, x.state, &stop);
		if (x.state == MUN_RANGE_UNREADABLE && runouts &&
		    !is_lost(r, at, &stop))
			x.state = MUN_RANGE_RUNOUT;
		x.bytes = stop - at;
		rc = add(m, &x, e);
	}
	return rc;
}

/* The bytes of a disc with several tracks are its raw sectors. */
static uint32_t sector_of(const struct mun_record *r, uint64_t bytes)
{
	if (bytes != r->bytes && !(bytes % 2352))
		return 2352;
	return r->sector_bytes ? r->sector_bytes : 512;
}

static int by_readmap(struct mun_stored_map *m, const struct mun_store *s,
		      const struct mun_record *r, const struct mun_readmap *map,
		      struct mun_err *e)
{
	struct reading *of = calloc(MUN_READINGS_MAX, sizeof(*of));
	int rc;

	if (!of)
		return mun_fail_nomem(e, "readings");
	m->bytes = map->size;
	m->sector_bytes = sector_of(r, map->size);
	rc = load_readings(s, r, map->size, of, &m->readings, e);
	MUN_READMAP_EACH(run, map)
	{
		if (!rc)
			rc = add_run(m, r, of, run, e);
	}
	clear_readings(of, MUN_READINGS_MAX);
	return rc;
}

static int add_extent(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	static const enum mun_range_state states[] = {
		[MUN_EXTENT_DATA] = MUN_RANGE_DATA,
		[MUN_EXTENT_HOLE] = MUN_RANGE_EMPTY,
		[MUN_EXTENT_UNREADABLE] = MUN_RANGE_UNREADABLE,
		[MUN_EXTENT_ZERO] = MUN_RANGE_EMPTY,
		[MUN_EXTENT_DOUBTFUL] = MUN_RANGE_DOUBTFUL,
	};
	const struct mun_stored_range range = { .off = x->off,
						.bytes = x->bytes,
						.state = states[x->kind] };

	return add(ctx, &range, e);
}

static int by_image(struct mun_stored_map *m, struct mun_image *img,
		    const struct mun_progress_to *progress, struct mun_err *e)
{
	int rc;

	m->bytes = img->bytes;
	m->sector_bytes = img->sector_bytes;
	rc = mun_image_walk(img, MUN_VIEW_CONTENT, progress, add_extent, m, e);
	m->has_picture = !rc && img->floppy;
	if (m->has_picture)
		rc = mun_picture_make(img, progress, &m->picture, e);
	return rc;
}

/* Sides and tracks say more of a floppy than numbers of sectors do. */
static void take_geometry(struct mun_stored_map *m, const struct mun_image *img)
{
	const struct mun_geometry *g = &img->geometry;

	if (img->medium == MUN_MEDIUM_FLOPPY && mun_picture_is_floppy(g) &&
	    (uint64_t)g->cylinders * g->heads * g->sectors * m->sector_bytes ==
		    m->bytes)
		m->geometry = *g;
}

int mun_stored_map_load(const struct mun_store *s, const struct mun_record *r,
			const struct mun_progress_to *progress,
			struct mun_stored_map *out, struct mun_err *e)
{
	struct mun_content_image image = { 0 };
	struct mun_readmap map = { 0 };
	struct mun_err why;
	bool found = false;
	int rc;

	*out = (struct mun_stored_map){ 0 };
	rc = load_map(s, r, MUN_PATH_MAP, &map, &found, e);
	if (!rc) {
		/* Where there is a map, the image only tells its geometry. */
		rc = mun_content_image_open(s, r, NULL, NULL, &image, &why);
		if (rc && !found)
			*e = why;
		rc = found ? 0 : rc;
	}
	if (!rc && found)
		rc = by_readmap(out, s, r, &map, e);
	else if (!rc)
		rc = by_image(out, image.img, progress, e);
	if (!rc && image.img)
		take_geometry(out, image.img);
	mun_content_image_close(&image);
	mun_readmap_clear(&map);
	return rc;
}

void mun_stored_map_clear(struct mun_stored_map *m)
{
	mun_picture_clear(&m->picture);
	free(m->of);
	m->of = NULL;
}

int mun_stored_map_picture(struct mun_stored_map *m, struct mun_picture *out,
			   struct mun_err *e)
{
	static const enum mun_extent_kind kinds[] = {
		[MUN_RANGE_EMPTY] = MUN_EXTENT_HOLE,
		[MUN_RANGE_DATA] = MUN_EXTENT_DATA,
		[MUN_RANGE_RUNOUT] = MUN_EXTENT_HOLE,
		[MUN_RANGE_DOUBTFUL] = MUN_EXTENT_DOUBTFUL,
		[MUN_RANGE_UNREADABLE] = MUN_EXTENT_UNREADABLE,
	};
	int rc;

	if (m->has_picture) {
		*out = m->picture;
		m->picture = (struct mun_picture){ 0 };
		m->has_picture = false;
		return 0;
	}
	rc = mun_picture_begin(&m->geometry, m->bytes, m->sector_bytes, out, e);
	for (size_t i = 0; !rc && i < m->n; i++) {
		const struct mun_extent x = { m->of[i].off, m->of[i].bytes,
					      kinds[m->of[i].state] };

		mun_picture_add(out, &x);
	}
	return rc;
}
