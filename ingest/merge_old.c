/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_old.c - the readings that an object has (ingest/merge_old.h) */
#include "ingest/merge_old.h"

#include "core/check.h"
#include "core/str.h"
#include "ingest/content.h"
#include "ingest/describe.h"
#include "ingest/mended.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((uint64_t)1 << 30)

/* What the master of sectors is called: containers keep their names. */
static bool is_sectors(const char *path)
{
	return !strcmp(path, "image/disk.img") ||
	       !strcmp(path, "image/disc.iso");
}

int mun_merge_is_sectors(const char *name, const char *source,
			 struct mun_err *e)
{
	if (is_sectors(name))
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"'%s' is not plain sectors: what is in it has to be "
			"converted to a raw image first",
			source);
}

int mun_merge_is_possible(const struct mun_record *r, struct mun_err *e)
{
	const struct mun_rec_file *f = mun_record_master(r);

	if (!f)
		return mun_fail(e, MUN_ECORRUPT, "object %s has no master",
				r->id);
	if (!is_sectors(f->path))
		return mun_fail(e, MUN_EINVAL,
				"the master of object %s, '%s', is not plain "
				"sectors: readings cannot be merged into it",
				r->id, f->path);
	return 0;
}

int mun_merge_read(const struct mun_store *s, const struct mun_record *r,
		   const char *path, char **out, size_t *len, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *text = NULL;
	int rc = mun_content_file(s, r, path, &src, e);

	if (rc)
		return rc;
	if (src->size > FILE_MAX)
		return mun_fail(e, MUN_ECORRUPT, "'%s' has %" PRIu64 " bytes",
				path, src->size);
	text = malloc((size_t)src->size + 1);
	if (!text)
		return mun_fail_nomem(e, "file");
	rc = mun_source_pread(src, text, (size_t)src->size, 0, e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	text[src->size] = '\0';
	*len = (size_t)src->size;
	*out = mun_steal(&text);
	return 0;
}

static int read_map(const struct mun_store *s, const struct mun_record *r,
		    const char *path, uint64_t size, struct mun_readmap *out,
		    struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len;
	int rc = mun_merge_read(s, r, path, &text, &len, e);

	if (!rc)
		rc = mun_readmap_parse(text, len, out, e);
	if (!rc && out->size != size)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it is of %" PRIu64 " bytes, not %" PRIu64,
			      out->size, size);
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

/* A file that was read without a fault has no map. */
static int master_map(const struct mun_store *s, const struct mun_record *r,
		      uint64_t size, struct mun_readmap *out, struct mun_err *e)
{
	int rc;

	if (mun_record_file(r, MUN_PATH_MAP))
		return read_map(s, r, MUN_PATH_MAP, size, out, e);
	rc = mun_readmap_init(out, size, e);
	return rc ? rc : mun_readmap_mark(out, 0, size, MUN_READ_GOOD, e);
}

size_t mun_merge_count(const struct mun_record *r)
{
	char path[64];
	size_t n = 0;

	do
		(void)snprintf(path, sizeof(path), MUN_READS "%zu/reading.json",
			       ++n);
	while (n <= MUN_VOTE_READINGS && mun_record_file(r, path));
	return n - 1;
}

/* What the record has as mended is of the master: of the first reading as long
 * as there was no other. */
static int mended_first(const struct mun_merge_old *o,
			struct mun_range_list *out, struct mun_err *e)
{
	return mun_mended_parse(mun_record_property(o->r, MUN_PROPERTY_MENDED),
				MUN_MENDED_SECTOR, o->master->size, out, e);
}

/* What reading.json tells: its name, and what it mended. */
static int read_told(const struct mun_store *s, const struct mun_merge_old *o,
		     const char *path, struct mun_old_reading *x,
		     struct mun_err *e)
{
	mun_autofree char *text = NULL;
	mun_autojson json_t *j = NULL;
	const char *name;
	size_t len;
	int rc = mun_merge_read(s, o->r, path, &text, &len, e);

	if (!rc)
		rc = mun_json_parse(text, len, &j, e);
	if (!rc)
		rc = mun_range_list_parse(json_object_get(j, "mended"),
					  o->master->size, &x->mended, e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	name = json_string_value(json_object_get(j, "name"));
	(void)snprintf(x->name, sizeof(x->name), "%s", name ? name : "");
	return 0;
}

/* Reading @i, from 0, as metadata/reads/ has it. */
static int open_kept(const struct mun_store *s, struct mun_merge_old *o,
		     size_t i, struct mun_err *e)
{
	struct mun_old_reading *x = &o->of[i];
	struct mun_readmap differs = { 0 };
	char path[4][64];
	static const char *const names[] = { "disk.map", "differs.map",
					     "differs.bin", "reading.json" };
	int rc;

	for (size_t k = 0; k < MUN_COUNT(names); k++)
		(void)snprintf(path[k], sizeof(path[k]), MUN_READS "%zu/%s",
			       i + 1, names[k]);
	rc = read_map(s, o->r, path[0], o->master->size, &x->map, e);
	if (!rc)
		rc = read_map(s, o->r, path[1], o->master->size, &differs, e);
	if (!rc)
		rc = mun_content_file(s, o->r, path[2], &x->bin, e);
	if (!rc)
		rc = mun_overlay_new(o->master, x->bin, &differs, &x->source,
				     e);
	mun_readmap_clear(&differs);
	if (!rc)
		rc = read_told(s, o, path[3], x, e);
	return rc ? mun_ctx(e, "reading %zu", i + 1) : 0;
}

/* Whose drive it was, or which file. */
static void first_name(const struct mun_record *r, char *out, size_t size)
{
	const char *slash = strrchr(r->source, '/');
	const char *name = slash && slash[1] ? slash + 1 : r->source;
	const char *drive = NULL;

	for (size_t i = 0; i < r->nevents; i++)
		if (r->events[i].reading)
			drive = r->events[i].reading->drive;
	for (size_t i = 0; drive && i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, drive))
			name = r->agents[i].name;
	(void)snprintf(out, size, "%s", name);
}

/* The only one so far is the master itself. */
static int open_first(struct mun_merge_old *o, struct mun_err *e)
{
	struct mun_old_reading *x = &o->of[0];
	int rc = mun_readmap_copy(&o->map, &x->map, e);

	if (!rc)
		rc = mun_source_slice(o->master, 0, o->master->size, false,
				      &x->source, e);
	if (!rc)
		rc = mended_first(o, &x->mended, e);
	first_name(o->r, x->name, sizeof(x->name));
	return rc;
}

/* Bytes @at to @end of the map nobody could read: what the record does not have
 * as lost is none. */
static int add_runout(struct mun_merge_old *o, uint64_t at, uint64_t end,
		      struct mun_err *e)
{
	for (size_t i = 0; i < o->r->nunreadable && at < end; i++) {
		const struct mun_rec_range *x = &o->r->unreadable[i];
		int rc = 0;

		if (x->off + x->bytes <= at || x->off >= end)
			continue;
		if (x->off > at)
			rc = mun_range_list_add(&o->runout, at, x->off - at, e);
		if (rc)
			return rc;
		at = x->off + x->bytes;
	}
	return at < end ? mun_range_list_add(&o->runout, at, end - at, e) : 0;
}

static int find_runout(struct mun_merge_old *o, struct mun_err *e)
{
	int rc = 0;

	if (!mun_record_property(o->r, MUN_PROPERTY_RUNOUT))
		return 0;
	MUN_READMAP_EACH(run, &o->map)
	{
		if (!rc && run->state == MUN_READ_BAD)
			rc = add_runout(o, run->off, run->off + run->bytes, e);
	}
	return rc;
}

int mun_merge_old_open(const struct mun_store *s, const struct mun_record *r,
		       struct mun_merge_old *out, struct mun_err *e)
{
	size_t kept = mun_merge_count(r);
	int rc = mun_merge_is_possible(r, e);

	*out = (struct mun_merge_old){ .r = r };
	if (rc)
		return rc;
	if (kept >= MUN_VOTE_READINGS)
		return mun_fail(e, MUN_EINVAL,
				"object %s has %zu readings: more cannot be "
				"merged",
				r->id, kept);
	out->file = mun_record_master(r);
	rc = mun_content_file(s, r, out->file->path, &out->master, e);
	if (!rc)
		rc = master_map(s, r, out->master->size, &out->map, e);
	if (!rc)
		rc = find_runout(out, e);
	if (rc)
		return rc;
	if (!kept) {
		out->n = 1;
		return open_first(out, e);
	}
	while (!rc && out->n < kept)
		rc = open_kept(s, out, out->n++, e);
	return rc;
}

void mun_merge_old_close(struct mun_merge_old *o)
{
	for (size_t i = 0; i < o->n; i++) {
		mun_source_close(o->of[i].source);
		mun_source_close(o->of[i].bin);
		mun_readmap_clear(&o->of[i].map);
		mun_range_list_clear(&o->of[i].mended);
	}
	mun_range_list_clear(&o->runout);
	mun_source_close(o->master);
	mun_readmap_clear(&o->map);
	*o = (struct mun_merge_old){ 0 };
}
