/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_fat.c - plan a FAT floppy or disk */
#include "emulate-export/make_fat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "emulate-export/make_names.h"
#include "emulate-export/make_time.h"

#define SECTOR MUN_MAKE_FAT_SECTOR
#define ENTRY MUN_MAKE_FAT_ENTRY
#define MOST_ENTRIES 65536u /* of a folder: Microsoft's limit */
#define MOST_UNITS 255u
#define MOST_DOS_PATH 63u /* "A:\" and 63 more, with the NUL 67 */
#define MOST_DOS_FOLDERS 8u

/* What the tree takes in clusters of some size. */
struct needs {
	uint64_t root; /* entries */
	uint64_t clusters;
};

static int note_name(struct mun_make_plan *p, const struct mun_make_node *n,
		     struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = 0;

	if (p->m->dos) {
		if (n->short_is_name)
			return 0;
		mun_make_short_text(n->short_name, &s);
		return mun_make_note(p, n, MUN_MAKE_NAME, &s, e);
	}
	if (!n->short_is_name) {
		mun_str_add(&s, n->short_name);
		rc = mun_make_note(p, n, MUN_MAKE_SHORT, &s, e);
	}
	if (rc || mun_make_wide_is_name(n))
		return rc;
	mun_make_wide_text(n->wide, n->nwide, &s);
	return mun_make_note(p, n, MUN_MAKE_NAME, &s, e);
}

static size_t dos_path(const struct mun_make_node *n)
{
	size_t len = strlen(n->short_name);

	for (n = n->parent; n && n->parent; n = n->parent)
		len += strlen(n->short_name) + 1;
	return len;
}

static int note_node(struct mun_make_plan *p, const struct mun_make_node *n,
		     struct mun_err *e)
{
	uint16_t date;
	uint16_t time;
	int rc = note_name(p, n, e);

	if (!rc && !n->is_dir && !mun_make_fat_time(n->mtime, &date, &time))
		rc = mun_make_lost(&p->m->loss, n, "time",
				   "FAT has the years 1980 to 2107", e);
	if (!rc && p->m->dos && dos_path(n) > MOST_DOS_PATH)
		rc = mun_make_lost(&p->m->loss, n, "depth",
				   "DOS cannot open a path of more than 63 "
				   "characters",
				   e);
	if (!rc && n->size > UINT32_MAX) {
		struct mun_str path = { 0 };

		mun_make_node_path(n, &path);
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "'%s' has %" PRIu64 " bytes, a file on FAT at "
			      "most %" PRIu32,
			      path.text ? path.text : "", n->size, UINT32_MAX);
		mun_str_free(&path);
	}
	return rc;
}

static int name_all(struct mun_make_plan *p, struct mun_err *e)
{
	enum mun_make_charset set =
		p->m->dos ? MUN_MAKE_DOS_437 : MUN_MAKE_DOS_ASCII;
	struct mun_make_tree *t = p->t;
	int rc = 0;

	for (size_t i = 0; !rc && i < t->ndirs; i++) {
		struct mun_make_node *dir = t->dirs[i];

		if (!p->m->dos)
			rc = mun_make_wide_names(t, dir, MOST_UNITS, false, e);
		if (!rc)
			rc = mun_make_short_names(dir, set, e);
		for (size_t k = 0; !rc && k < dir->nkids; k++)
			rc = note_node(p, dir->kids[k], e);
	}
	return rc;
}

/* DOS: letters, digits and what else its names may have, and blanks. */
static int take_label(struct mun_make_fat_plan *q, const char *label,
		      struct mun_err *e)
{
	size_t len = label ? strlen(label) : 0;

	memset(q->label, ' ', 11);
	q->has_label = len != 0;
	if (len > 11)
		return mun_fail(e, MUN_EINVAL,
				"label '%s': a FAT volume has at most 11 "
				"characters",
				label);
	for (size_t i = 0; i < len; i++) {
		char c = label[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c == ' ' && i) || strchr("!#$%&'()-@^_`{}~", c)))
			return mun_fail(e, MUN_EINVAL,
					"label '%s': a FAT volume has A to Z, "
					"0 to 9, blanks and !#$%%&'()-@^_`{}~ "
					"alone",
					label);
		q->label[i] = c;
	}
	return 0;
}

/* Entries of each folder, in bytes. */
static int count_entries(struct mun_make_fat_plan *q, struct mun_err *e)
{
	const struct mun_make_tree *t = q->p->t;

	for (size_t i = 0; i < t->ndirs; i++) {
		struct mun_make_node *dir = t->dirs[i];
		uint64_t n = dir->parent ? 2 : q->has_label;

		for (size_t k = 0; k < dir->nkids; k++)
			n += mun_make_fat_entries(dir->kids[k], q->p->m->dos);
		if (n > MOST_ENTRIES) {
			struct mun_str path = { 0 };
			int rc;

			mun_make_node_path(dir, &path);
			rc = mun_fail(e, MUN_EUNSUPPORTED,
				      "folder '%s' needs %" PRIu64 " entries "
				      "for its %zu names, a FAT folder has at "
				      "most %u",
				      path.text ? path.text : "", n, dir->nkids,
				      MOST_ENTRIES);
			mun_str_free(&path);
			return rc;
		}
		dir->bytes[0] = (uint32_t)n * ENTRY;
	}
	return 0;
}

static uint64_t clusters_of(const struct mun_make_fat_plan *q, uint64_t bytes)
{
	uint64_t cluster = (uint64_t)q->cluster * SECTOR;

	return bytes / cluster + (bytes % cluster != 0);
}

/* A chain has one cluster at least; the root of FAT12 and 16 is none. */
static uint64_t clusters_of_dir(const struct mun_make_fat_plan *q,
				const struct mun_make_node *dir)
{
	uint64_t n = clusters_of(q, dir->bytes[0]);

	if (!dir->parent && q->root)
		return 0;
	return n ? n : 1;
}

static struct needs measure(const struct mun_make_fat_plan *q)
{
	const struct mun_make_tree *t = q->p->t;
	struct needs n = { .root = t->top->bytes[0] / ENTRY };

	for (size_t i = 0; i < t->ndirs; i++)
		n.clusters += clusters_of_dir(q, t->dirs[i]);
	for (size_t i = 0; i < t->nfiles; i++)
		n.clusters += clusters_of(q, t->files[i]->size);
	return n;
}

static bool fits(const struct mun_make_fat_plan *q, const struct needs *n)
{
	return n->clusters <= q->clusters && (!q->root || n->root <= q->root);
}

static int fail_to_fit(const struct mun_make_fat_plan *q, const struct needs *n,
		       struct mun_err *e)
{
	const uint64_t cluster = (uint64_t)q->cluster * SECTOR;
	const char *what = q->floppy ? q->floppy : "disk";

	if (q->root && n->root > q->root)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the top folder needs %" PRIu64 " entries for "
				"its names, that of a FAT%u %s has %" PRIu32
				": put the files into a folder",
				n->root, q->bits, what, q->root);
	return mun_fail(e, MUN_EUNSUPPORTED,
			"it does not fit: needs %" PRIu64 " bytes in clusters "
			"of %" PRIu64 ", the %s has %" PRIu64,
			n->clusters * cluster, cluster, what,
			q->clusters * cluster);
}

static int set_size(struct mun_make_fat_plan *q, uint64_t bytes,
		    struct mun_err *e)
{
	if (mun_make_fat_floppy(q, bytes))
		return 0;
	return mun_make_fat_disk(q, bytes, !q->p->m->no_partition, e);
}

/* The size that was asked for, or the smallest. */
static int choose_size(struct mun_make_fat_plan *q, struct mun_err *e)
{
	const uint64_t *size = mun_make_fat_sizes;
	struct needs n = { 0 };
	int rc;

	if (q->p->m->size) {
		rc = set_size(q, q->p->m->size, e);
		if (rc)
			return rc;
		n = measure(q);
		q->used = (uint32_t)n.clusters;
		return fits(q, &n) ? 0 : fail_to_fit(q, &n, e);
	}
	for (; *size; size++) {
		rc = set_size(q, *size, e);
		if (rc)
			return rc;
		n = measure(q);
		q->used = (uint32_t)n.clusters;
		if (fits(q, &n))
			return 0;
		/* No disk has a larger root, but those of FAT32, and gigabytes
		 * for some hundred names are not what anybody wants. */
		if (!q->floppy && q->root && n.root > q->root)
			break;
	}
	return fail_to_fit(q, &n, e);
}

/* One after the other, folders first: nothing is in pieces. */
static void place_all(struct mun_make_fat_plan *q)
{
	const struct mun_make_tree *t = q->p->t;
	uint32_t next = 2;

	for (size_t i = 0; i < t->ndirs; i++) {
		uint32_t n = (uint32_t)clusters_of_dir(q, t->dirs[i]);

		t->dirs[i]->at[0] = n ? next : 0;
		next += n;
	}
	for (size_t i = 0; i < t->nfiles; i++) {
		uint32_t n = (uint32_t)clusters_of(q, t->files[i]->size);

		t->files[i]->at[0] = n ? next : 0;
		next += n;
	}
}

static int hash_node(struct mun_hasher *h, const struct mun_make_node *n,
		     struct mun_err *e)
{
	struct mun_str path = { 0 };
	uint8_t numbers[16];
	int rc;

	mun_make_node_path(n, &path);
	if (path.failed || !path.text)
		return mun_fail_nomem(e, "path of a file");
	mun_put_le64(numbers, n->size);
	mun_put_le64(numbers + 8, n->is_dir ? 0 : (uint64_t)n->mtime);
	rc = mun_hasher_update(h, path.text, path.len + 1, e);
	if (!rc)
		rc = mun_hasher_update(h, numbers, sizeof(numbers), e);
	mun_str_free(&path);
	return rc;
}

/* DOS notices by it that a disk was changed: derived of what is on it, as all
 * here, so that the same files give the same. */
static int make_serial(struct mun_make_fat_plan *q, struct mun_err *e)
{
	const struct mun_make_tree *t = q->p->t;
	mun_auto(hasher) *h = NULL;
	struct mun_digests d = { 0 };
	int rc;

	rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &h, e);
	if (!rc)
		rc = mun_hasher_update(h, q->label, sizeof(q->label), e);
	for (size_t i = 0; !rc && i < t->ndirs; i++)
		rc = hash_node(h, t->dirs[i], e);
	for (size_t i = 0; !rc && i < t->nfiles; i++)
		rc = hash_node(h, t->files[i], e);
	if (!rc)
		rc = mun_hasher_final(h, &d, e);
	q->serial = mun_le32(d.of[MUN_SHA256].bytes);
	return rc;
}

static void tell(struct mun_make_fat_plan *q)
{
	const uint64_t cluster = (uint64_t)q->cluster * SECTOR;
	struct mun_make *m = q->p->m;
	const char *where = q->start ? ", one partition" : "";

	m->image_bytes = q->medium * SECTOR;
	m->free_bytes = (q->clusters - q->used) * cluster;
	if (q->floppy)
		(void)snprintf(m->layout, sizeof(m->layout),
			       "FAT%u, %s floppy, clusters of %" PRIu64
			       " bytes",
			       q->bits, q->floppy, cluster);
	else
		(void)snprintf(m->layout, sizeof(m->layout),
			       "FAT%u, disk of %" PRIu32 " cylinders, %" PRIu32
			       " heads, %" PRIu32 " sectors%s, clusters of "
			       "%" PRIu64 " bytes",
			       q->bits, q->cylinders, q->heads, q->track, where,
			       cluster);
}

static int plan(struct mun_make_plan *p, struct mun_err *e)
{
	struct mun_make_fat_plan *q;
	int rc;

	q = mun_arena_alloc(p->t->arena, sizeof(*q));
	if (!q)
		return mun_fail_nomem(e, "plan of a disk");
	q->p = p;
	p->priv = q;
	rc = take_label(q, p->m->label, e);
	if (!rc)
		rc = name_all(p, e);
	if (!rc)
		rc = count_entries(q, e);
	if (!rc)
		rc = choose_size(q, e);
	if (!rc)
		rc = make_serial(q, e);
	if (rc)
		return rc;
	place_all(q);
	tell(q);
	return 0;
}

const struct mun_make_maker mun_make_fat = {
	.plan = plan,
	.write = mun_make_fat_write,
};
