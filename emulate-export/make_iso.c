/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_iso.c - plan an ISO 9660 disc */
#include "emulate-export/make_iso.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/make_names.h"
#include "emulate-export/make_time.h"

#define SECTOR MUN_MAKE_ISO_SECTOR
#define FIRST_TABLE 19u /* 16: two descriptors and their end */
#define MOST_FOLDERS 65535u /* a path table counts with 16 bits */
#define MOST_LEVELS 8u /* ECMA-119, 6.8.2.1: the top is one of them */
#define JOLIET_UNITS 64u
#define JOLIET_LABEL 16u

static int by_short_name(const void *a, const void *b)
{
	const struct mun_make_node *const *x = a;
	const struct mun_make_node *const *y = b;

	/* 9.3: short names are filled with blanks, which a NUL sorts like. */
	return strcmp((*x)->short_name, (*y)->short_name);
}

static int by_wide_name(const void *a, const void *b)
{
	const struct mun_make_node *x = *(struct mun_make_node *const *)a;
	const struct mun_make_node *y = *(struct mun_make_node *const *)b;

	for (size_t i = 0; i < x->nwide && i < y->nwide; i++)
		if (x->wide[i] != y->wide[i])
			return x->wide[i] < y->wide[i] ? -1 : 1;
	return x->nwide < y->nwide ? -1 : x->nwide > y->nwide;
}

static int sort(struct mun_make_tree *t, struct mun_make_node *dir,
		struct mun_err *e)
{
	static int (*const by[])(const void *, const void *) = { by_short_name,
								 by_wide_name };

	for (int tree = 0; tree < MUN_MAKE_TREES; tree++) {
		size_t bytes = dir->nkids * sizeof(dir->kids[0]);

		dir->sorted[tree] = mun_arena_array(t->arena, dir->nkids + 1,
						    sizeof(dir->kids[0]));
		if (!dir->sorted[tree])
			return mun_fail_nomem(e, "order of names");
		if (!bytes)
			continue;
		memcpy(dir->sorted[tree], dir->kids, bytes);
		qsort(dir->sorted[tree], dir->nkids, sizeof(dir->kids[0]),
		      by[tree]);
	}
	return 0;
}

static int note_node(struct mun_make_plan *p, const struct mun_make_node *n,
		     struct mun_err *e)
{
	struct mun_str s = { 0 };
	uint8_t time[7];
	int rc = 0;

	if (!n->short_is_name) {
		mun_str_add(&s, n->short_name);
		rc = mun_make_note(p, n, MUN_MAKE_SHORT, &s, e);
	}
	if (!rc && !mun_make_wide_is_name(n)) {
		mun_make_wide_text(n->wide, n->nwide, &s);
		rc = mun_make_note(p, n, MUN_MAKE_JOLIET, &s, e);
	}
	if (!rc && !n->is_dir && !mun_make_iso_time(n->mtime, time))
		rc = mun_make_lost(&p->m->loss, n, "time",
				   "ISO 9660 has the years 1900 to 2155", e);
	if (!rc && n->is_dir && n->level == MOST_LEVELS)
		rc = mun_make_lost(&p->m->loss, n, "depth",
				   "ISO 9660 has eight levels of folders: DOS "
				   "and others may not get below",
				   e);
	return rc;
}

static int name_all(struct mun_make_plan *p, struct mun_err *e)
{
	struct mun_make_tree *t = p->t;
	int rc = 0;

	for (size_t i = 0; !rc && i < t->ndirs; i++) {
		struct mun_make_node *dir = t->dirs[i];

		rc = mun_make_wide_names(t, dir, JOLIET_UNITS, true, e);
		if (!rc)
			rc = mun_make_short_names(dir, MUN_MAKE_D_CHARACTERS,
						  e);
		if (!rc)
			rc = sort(t, dir, e);
		for (size_t k = 0; !rc && k < dir->nkids; k++)
			rc = note_node(p, dir->kids[k], e);
	}
	return rc;
}

/* By level, then by the parent's number, then by name (6.9.1): a folder's
 * number is known before those of what is in it. */
static int order_folders(struct mun_make_iso_plan *q, int tree,
			 struct mun_err *e)
{
	struct mun_make_tree *t = q->p->t;
	struct mun_make_node **order;
	size_t n = 0;

	order = mun_arena_array(t->arena, t->ndirs, sizeof(order[0]));
	if (!order)
		return mun_fail_nomem(e, "path table");
	q->order[tree] = order;
	order[n++] = t->top;
	for (size_t i = 0; i < n; i++) {
		uint8_t name[2 * MUN_MAKE_WIDE];
		size_t len = mun_make_iso_name(order[i], tree, name);

		order[i]->number[tree] = (uint32_t)i + 1;
		q->table_bytes[tree] += (uint32_t)(8 + len + len % 2);
		for (size_t k = 0; k < order[i]->nkids; k++)
			if (order[i]->sorted[tree][k]->is_dir)
				order[n++] = order[i]->sorted[tree][k];
	}
	return 0;
}

static uint64_t sectors(uint64_t bytes)
{
	return bytes / SECTOR + (bytes % SECTOR != 0);
}

/* Each folder of a tree from sector @next on, its continuation area behind. */
static int place_folders(struct mun_make_iso_plan *q, int tree, uint64_t *next,
			 struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < q->p->t->ndirs; i++) {
		struct mun_make_node *dir = q->order[tree][i];
		struct mun_make_iso_sink s = { 0 };

		rc = mun_make_iso_folder(q, tree, dir, &s, e);
		if (!rc && s.bytes > UINT32_MAX)
			rc = mun_fail(e, MUN_EUNSUPPORTED,
				      "a folder needs %" PRIu64
				      " bytes for its names",
				      s.bytes);
		dir->at[tree] = (uint32_t)*next;
		dir->bytes[tree] = (uint32_t)s.bytes;
		*next += sectors(s.bytes) + sectors(s.ce.len);
		mun_str_free(&s.ce);
		if (!rc)
			rc = mun_cancel_check(e);
	}
	return rc;
}

/* In the order of the primary tree: who copies it all reads it in one go. */
static void place_files(struct mun_make_iso_plan *q, uint64_t *next)
{
	for (size_t i = 0; i < q->p->t->ndirs; i++) {
		struct mun_make_node *dir = q->order[MUN_MAKE_PRIMARY][i];

		for (size_t k = 0; k < dir->nkids; k++) {
			struct mun_make_node *n =
				dir->sorted[MUN_MAKE_PRIMARY][k];

			if (n->is_dir)
				continue;
			/* An empty file lies nowhere. */
			n->at[0] = n->size ? (uint32_t)*next : 0;
			*next += sectors(n->size);
		}
	}
}

static int place_all(struct mun_make_iso_plan *q, struct mun_err *e)
{
	uint64_t next = FIRST_TABLE;
	int rc = 0;

	for (int tree = 0; !rc && tree < MUN_MAKE_TREES; tree++) {
		rc = order_folders(q, tree, e);
		for (int way = 0; !rc && way < 2; way++) {
			q->table_lba[tree][way] = (uint32_t)next;
			next += sectors(q->table_bytes[tree]);
		}
	}
	for (int tree = 0; !rc && tree < MUN_MAKE_TREES; tree++)
		rc = place_folders(q, tree, &next, e);
	if (rc)
		return rc;
	place_files(q, &next);
	if (next > UINT32_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"needs %" PRIu64 " sectors, an ISO 9660 disc "
				"has at most %" PRIu32,
				next, UINT32_MAX);
	q->sectors = (uint32_t)next;
	return 0;
}

/* ECMA-119, 8.4.7: d-characters. */
static int take_label(const char *label, char out[static 33], struct mun_err *e)
{
	size_t len = label ? strlen(label) : 0;

	if (len > 32)
		return mun_fail(e, MUN_EINVAL,
				"label '%s': an ISO 9660 disc has at most 32 "
				"characters",
				label);
	for (size_t i = 0; i < len; i++) {
		char c = label[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return mun_fail(e, MUN_EINVAL,
					"label '%s': an ISO 9660 disc has A to "
					"Z, 0 to 9 and _ alone",
					label);
		out[i] = c;
	}
	out[len] = '\0';
	return 0;
}

static void tell(struct mun_make_iso_plan *q)
{
	struct mun_make *m = q->p->m;
	bool large = false;

	for (size_t i = 0; i < q->p->t->nfiles; i++)
		large |= q->p->t->files[i]->size > MUN_MAKE_ISO_SECTION;
	m->image_bytes = (uint64_t)q->sectors * SECTOR;
	(void)snprintf(m->layout, sizeof(m->layout),
		       "ISO 9660 level %d with Joliet and Rock Ridge",
		       large ? 3 : 1);
}

static int plan(struct mun_make_plan *p, struct mun_err *e)
{
	struct mun_make_iso_plan *q;
	int rc;

	q = mun_arena_alloc(p->t->arena, sizeof(*q));
	if (!q)
		return mun_fail_nomem(e, "plan of a disc");
	q->p = p;
	p->priv = q;
	if (p->m->size || p->m->no_partition || p->m->dos)
		return mun_fail(e, MUN_EINVAL,
				"size, no-partition and dos are of FAT");
	if (p->t->ndirs > MOST_FOLDERS)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%zu folders, an ISO 9660 disc has at most %u",
				p->t->ndirs, MOST_FOLDERS);
	rc = take_label(p->m->label, q->label, e);
	if (!rc && strlen(q->label) > JOLIET_LABEL)
		rc = mun_loss_add(&p->m->loss, e, "label", "Joliet",
				  "it has 16 characters: Windows sees '%.16s'",
				  q->label);
	if (!rc)
		rc = name_all(p, e);
	if (!rc)
		rc = place_all(q, e);
	if (!rc)
		tell(q);
	return rc;
}

const struct mun_make_maker mun_make_iso = {
	.plan = plan,
	.write = mun_make_iso_write,
};
