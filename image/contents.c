/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/contents.c - what is in a medium: tables, then what lies in each place
 *
 * A disk may be several things at once (a hybrid disc has two tables and three
 * file systems), so nothing that is found keeps the rest from being looked for.
 */
#include "image/contents.h"

#include "core/check.h"
#include "image/contents_int.h"
#include "image/fat.h"
#include "image/partition.h"

#include <stdlib.h>
#include <string.h>

#define TABLES_MOST 3u

/* What is known of the medium while it is looked at. */
struct look {
	struct mun_source *src;
	enum mun_medium medium;
	uint32_t sector_bytes;
	struct mun_geometry geometry;
	const struct mun_image *img;
	struct mun_contents *out;
	struct mun_table *tables; /* TABLES_MOST, and one for nested ones */
};

/* ---- tables ---- */

static void add_part(struct look *l, const struct mun_table *t,
		     const struct mun_partition *from)
{
	struct mun_contents *c = l->out;
	struct mun_contents_part *p;
	uint64_t off;
	uint64_t bytes;

	/* Of sizes that no disk has nothing can be said. */
	if (ckd_mul(&off, from->start, (uint64_t)t->sector_bytes) ||
	    ckd_mul(&bytes, from->sectors, (uint64_t)t->sector_bytes) ||
	    off > INT64_MAX || bytes > (uint64_t)INT64_MAX - off) {
		c->table_damaged = true;
		return;
	}
	if (c->nparts == MUN_CONTENTS_PARTS) {
		c->more = true;
		return;
	}
	p = &c->parts[c->nparts++];
	p->number = from->number;
	p->off = off;
	p->bytes = bytes;
	p->active = from->active;
	mun_contents_text(p->type, sizeof(p->type), "%s", from->type);
	mun_contents_text(p->name, sizeof(p->name), "%s", from->name);
}

static void add_table(struct look *l, const struct mun_table *t)
{
	if (t->backup || t->more || t->outside || t->damaged)
		l->out->table_damaged = true;
	for (size_t i = 0; i < t->n; i++)
		add_part(l, t, &t->part[i]);
}

/* The tables inside partitions of an MBR come after it. */
static int add_nested(struct look *l, const struct mun_table *t,
		      struct mun_err *e)
{
	struct mun_table *inner = &l->tables[TABLES_MOST];

	for (size_t i = 0; i < t->n; i++) {
		int rc = mun_table_read_nested(l->src, &t->part[i], inner, e);

		if (rc == MUN_ECORRUPT) {
			l->out->table_damaged = true;
			continue;
		}
		if (rc)
			return rc;
		if (inner->kind != MUN_TABLE_NONE)
			add_table(l, inner);
	}
	return 0;
}

/*
 * The code of some boot sectors happens to look like an MBR: a FAT that begins
 * as it should outweighs it (and an MBR a boot sector whose FAT is not there).
 */
static int is_fat_alone(struct look *l, const struct mun_table *t, bool *out,
			struct mun_err *e)
{
	struct mun_fat fat;
	int rc;

	*out = false;
	if (t->kind != MUN_TABLE_MBR)
		return 0;
	rc = mun_fat_probe(l->src, &fat, e);
	*out = !rc && fat.type != MUN_FAT_NONE && fat.fat_follows;
	return rc;
}

static int read_tables(struct look *l, struct mun_err *e)
{
	size_t n = 0;
	int rc = mun_table_read_all(l->src, l->tables, TABLES_MOST, &n, e);

	for (size_t i = 0; !rc && i < n; i++) {
		const struct mun_table *t = &l->tables[i];
		bool fat = false;

		rc = is_fat_alone(l, t, &fat, e);
		if (rc || fat)
			continue;
		if (!l->out->table[0])
			mun_contents_text(l->out->table, sizeof(l->out->table),
					  "%s", mun_table_name(t->kind));
		add_table(l, t);
		if (t->kind == MUN_TABLE_MBR)
			rc = add_nested(l, t, e);
	}
	/* A decoder that finds its image broken there: no table, then. */
	if (rc != MUN_ECORRUPT)
		return rc;
	l->out->table_damaged = true;
	return 0;
}

/* ---- places ---- */

static int ask(const struct mun_fs_finder *f, const struct mun_fs_place *p,
	       struct mun_contents *out, bool *broken, struct mun_err *e)
{
	size_t before = out->nvolumes;
	int rc = f->find(p, out, e);

	if (rc != MUN_ECORRUPT)
		return rc;
	*broken = true;
	for (size_t i = before; i < out->nvolumes; i++)
		out->volumes[i].damaged = true;
	return 0;
}

/* Those that know what they see; then, where they saw nothing, the others. */
static int look_at(const struct mun_fs_place *p, bool has_table,
		   struct mun_contents *out, struct mun_err *e)
{
	size_t before = out->nvolumes;
	bool broken = false;
	int rc = 0;

	for (size_t i = 0; !rc && mun_fs_finders[i]; i++)
		if (!mun_fs_finders[i]->weak)
			rc = ask(mun_fs_finders[i], p, out, &broken, e);
	if (has_table)
		return rc;
	for (size_t i = 0; !rc && mun_fs_finders[i]; i++)
		if (mun_fs_finders[i]->weak && out->nvolumes == before)
			rc = ask(mun_fs_finders[i], p, out, &broken, e);
	/* That there is none cannot be said, then. */
	if (!rc && broken && out->nvolumes == before)
		mun_contents_add_mark(out, NULL, "undecodable",
				      "where a file system would be cannot be "
				      "decoded");
	return rc;
}

static int look_at_whole(struct look *l, struct mun_err *e)
{
	const struct mun_fs_place p = {
		.src = l->src,
		.medium = l->medium,
		.sector_bytes = l->sector_bytes,
		.geometry = &l->geometry,
		.img = l->img,
	};

	return look_at(&p, l->out->nparts > 0, l->out, e);
}

static int look_at_part(struct look *l, const struct mun_contents_part *part,
			struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_fs_place p = {
		.medium = l->medium,
		.sector_bytes = l->sector_bytes,
		.geometry = &l->geometry,
		.part = part,
	};
	uint64_t there = l->src->size;
	int rc;

	if (part->off >= there || part->bytes == 0)
		return 0;
	there = MUN_MIN(there - part->off, part->bytes);
	rc = mun_source_slice(l->src, part->off, there, false, &src, e);
	if (rc)
		return rc;
	p.src = src;
	return look_at(&p, false, l->out, e);
}

/* ---- what was found twice ---- */

/*
 * The first partition of some disks begins at byte 0, and so does one of a
 * hybrid disc that has the whole disc in it.  Of a disk the partition tells
 * more than the whole; of a disc it is the other way round.
 */
static bool is_repeated(const struct look *l, size_t i, size_t other)
{
	const struct mun_contents_volume *v = &l->out->volumes[i];
	const struct mun_contents_volume *w = &l->out->volumes[other];

	if (v->off != w->off || strcmp(v->fs, w->fs) != 0 || v->part == w->part)
		return false;
	if (v->part && w->part)
		return other < i;
	return (v->part != 0) == (l->medium == MUN_MEDIUM_OPTICAL);
}

static void drop_repeated(struct look *l)
{
	struct mun_contents *c = l->out;

	for (size_t i = 0; i < c->nvolumes;) {
		bool repeated = false;

		for (size_t k = 0; !repeated && k < c->nvolumes; k++)
			repeated = k != i && is_repeated(l, i, k);
		if (!repeated) {
			i++;
			continue;
		}
		memmove(&c->volumes[i], &c->volumes[i + 1],
			(c->nvolumes - i - 1) * sizeof(c->volumes[0]));
		c->nvolumes--;
		memset(&c->volumes[c->nvolumes], 0, sizeof(c->volumes[0]));
	}
}

/* ---- all of it ---- */

static int look_into(struct look *l, struct mun_err *e)
{
	int rc = read_tables(l, e);

	if (!rc)
		rc = look_at_whole(l, e);
	for (size_t i = 0; !rc && i < l->out->nparts; i++)
		rc = look_at_part(l, &l->out->parts[i], e);
	if (rc)
		return mun_ctx(e, "look for file systems");
	drop_repeated(l);
	return 0;
}

/* @out is zeroed; adds what plain bytes say. */
static int look_with(struct look *l, struct mun_err *e)
{
	mun_autofree struct mun_table *tables =
		calloc(TABLES_MOST + 1, sizeof(*tables));
	int rc;

	if (!tables)
		return mun_fail_nomem(e, "partition tables");
	l->tables = tables;
	rc = look_into(l, e);
	if (!rc)
		rc = mun_contents_sum_up(l->src, l->out, e);
	return rc;
}

int mun_contents_of_bytes(struct mun_source *src, enum mun_medium medium,
			  struct mun_contents *out, struct mun_err *e)
{
	struct look l = {
		.src = src,
		.medium = medium,
		.sector_bytes = medium == MUN_MEDIUM_OPTICAL ? 2048 : 0,
		.out = out,
	};

	memset(out, 0, sizeof(*out));
	return look_with(&l, e);
}

static int read_disc(struct mun_image *img, struct mun_contents *out,
		     struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	uint64_t first = 0;
	struct look l = {
		.medium = img->medium,
		.sector_bytes = 2048,
		.img = img,
		.out = out,
	};
	int rc = mun_contents_disc(img, out, &src, &first, e);

	if (rc || !src)
		return rc;
	l.src = src;
	rc = look_with(&l, e);
	/* It was looked at as if its session were the first. */
	for (size_t i = 0; i < out->nvolumes; i++)
		if (!out->volumes[i].part)
			out->volumes[i].off += first;
	return rc;
}

int mun_contents_read(struct mun_image *img, struct mun_contents *out,
		      struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct look l = {
		.medium = img->medium,
		.sector_bytes = img->sector_bytes,
		.geometry = img->geometry,
		.img = img,
		.out = out,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	if (img->preserved_only[0])
		return 0;
	if (img->disc)
		return read_disc(img, out, e);
	rc = mun_image_source(img, &src, e);
	if (rc)
		return rc;
	l.src = src;
	return look_with(&l, e);
}
