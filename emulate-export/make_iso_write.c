/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_iso_write.c - write an ISO 9660 disc as planned */
#include "emulate-export/make_iso.h"

#include <string.h>

#include "core/bytes.h"
#include "emulate-export/make_time.h"

#define SECTOR MUN_MAKE_ISO_SECTOR
#define FIRST_DESCRIPTOR 16u

/* Names of who made it and what with: what changes from one version of a
 * program to the next would change the disc. */
static const char application[] = "MUNIMENT";

/* ASCII, or UCS-2 of it; filled with blanks. */
static void put_text(uint8_t *p, size_t len, const char *text, int tree)
{
	size_t n = strlen(text);

	if (tree == MUN_MAKE_PRIMARY) {
		memset(p, ' ', len);
		memcpy(p, text, n < len ? n : len);
		return;
	}
	for (size_t i = 0; i + 1 < len; i += 2)
		mun_put_be16(p + i, i / 2 < n ? (uint8_t)text[i / 2] : ' ');
}

/*
 * ECMA-119, 8.4: type 0, "CD001" 1, version 6, system 8, volume 40, sectors
 * 80, escape sequences 88 (Joliet), set 120, number in it 124, bytes of a
 * block 128, of a path table 132, path tables 140 and 148, top folder 156,
 * texts 190 to 812, times 813 to 880, version of the structure 881.
 */
static void descriptor(const struct mun_make_iso_plan *q, int tree,
		       uint8_t d[static SECTOR])
{
	memset(d, 0, SECTOR);
	d[0] = tree == MUN_MAKE_PRIMARY ? 1 : 2;
	memcpy(d + 1, "CD001\x01", 6);
	put_text(d + 8, 32, "", tree);
	put_text(d + 40, 32, q->label[0] ? q->label : "CDROM", tree);
	mun_make_both32(d + 80, q->sectors);
	/* UCS-2 level 3 */
	if (tree == MUN_MAKE_JOLIET_TREE)
		memcpy(d + 88, "%/E", 3);
	mun_make_both16(d + 120, 1);
	mun_make_both16(d + 124, 1);
	mun_make_both16(d + 128, SECTOR);
	mun_make_both32(d + 132, q->table_bytes[tree]);
	mun_put_le32(d + 140, q->table_lba[tree][0]);
	mun_put_be32(d + 148, q->table_lba[tree][1]);
	mun_make_iso_top(q, tree, d + 156);
	for (size_t at = 190; at < 574; at += 128)
		put_text(d + at, 128, "", tree);
	put_text(d + 574, 128, application, tree);
	for (size_t at = 702; at < 813; at += 37)
		put_text(d + at, 37, "", tree);
	mun_make_iso_long_time(q->p->date, d + 813);
	mun_make_iso_long_time(q->p->date, d + 830);
	/* No end of its use, and none to begin with. */
	memset(d + 847, '0', 16);
	memset(d + 864, '0', 16);
	d[881] = 1;
}

static int put_descriptors(const struct mun_make_iso_plan *q,
			   struct mun_make_out *o, struct mun_err *e)
{
	uint8_t d[SECTOR];
	int rc = mun_make_out_zeros(o, (uint64_t)FIRST_DESCRIPTOR * SECTOR, e);

	for (int tree = 0; !rc && tree < MUN_MAKE_TREES; tree++) {
		descriptor(q, tree, d);
		rc = mun_make_out_put(o, d, sizeof(d), e);
	}
	if (rc)
		return rc;
	memset(d, 0, sizeof(d));
	memcpy(d,
	       "\xFF"
	       "CD001\x01",
	       7);
	return mun_make_out_put(o, d, sizeof(d), e);
}

/* ECMA-119, 9.4: length of the name 0, extent 2, parent 6, name 8. */
static int put_table(const struct mun_make_iso_plan *q, int tree, int way,
		     struct mun_make_out *o, struct mun_err *e)
{
	uint64_t end = (uint64_t)q->table_lba[tree][way] * SECTOR;
	int rc = mun_make_out_zeros(o, end, e);

	for (size_t i = 0; !rc && i < q->p->t->ndirs; i++) {
		const struct mun_make_node *n = q->order[tree][i];
		const struct mun_make_node *up = n->parent ? n->parent : n;
		uint8_t r[8 + 2 * MUN_MAKE_WIDE + 1] = { 0 };
		size_t len = mun_make_iso_name(n, tree, r + 8);

		r[0] = (uint8_t)len;
		if (way == 0) {
			mun_put_le32(r + 2, n->at[tree]);
			mun_put_le16(r + 6, (uint16_t)up->number[tree]);
		} else {
			mun_put_be32(r + 2, n->at[tree]);
			mun_put_be16(r + 6, (uint16_t)up->number[tree]);
		}
		rc = mun_make_out_put(o, r, 8 + len + len % 2, e);
	}
	return rc;
}

static int put_folders(const struct mun_make_iso_plan *q, int tree,
		       struct mun_make_out *o, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < q->p->t->ndirs; i++) {
		const struct mun_make_node *dir = q->order[tree][i];
		struct mun_make_iso_sink s = {
			.out = o,
			.ce_lba = dir->at[tree] + dir->bytes[tree] / SECTOR,
		};

		rc = mun_make_out_zeros(o, (uint64_t)dir->at[tree] * SECTOR, e);
		if (!rc)
			rc = mun_make_iso_folder(q, tree, dir, &s, e);
		if (!rc && s.ce.len)
			rc = mun_make_out_put(o, s.ce.text, s.ce.len, e);
		mun_str_free(&s.ce);
	}
	return rc;
}

static int put_files(const struct mun_make_iso_plan *q, struct mun_make_out *o,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < q->p->t->ndirs; i++) {
		const struct mun_make_node *dir = q->order[MUN_MAKE_PRIMARY][i];

		for (size_t k = 0; !rc && k < dir->nkids; k++) {
			const struct mun_make_node *n =
				dir->sorted[MUN_MAKE_PRIMARY][k];

			if (n->is_dir)
				continue;
			if (n->size)
				rc = mun_make_out_zeros(
					o, (uint64_t)n->at[0] * SECTOR, e);
			if (!rc)
				rc = mun_make_out_file(o, n, e);
		}
	}
	return rc;
}

int mun_make_iso_write(struct mun_make_plan *p, struct mun_make_out *o,
		       struct mun_err *e)
{
	const struct mun_make_iso_plan *q = p->priv;
	int rc = put_descriptors(q, o, e);

	for (int tree = 0; !rc && tree < MUN_MAKE_TREES; tree++)
		for (int way = 0; !rc && way < 2; way++)
			rc = put_table(q, tree, way, o, e);
	for (int tree = 0; !rc && tree < MUN_MAKE_TREES; tree++)
		rc = put_folders(q, tree, o, e);
	if (!rc)
		rc = put_files(q, o, e);
	if (!rc)
		rc = mun_make_out_zeros(o, (uint64_t)q->sectors * SECTOR, e);
	return rc;
}
