/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_fat_folder.c - the entries of a FAT folder
 *
 * An entry: name 0, attributes 11, creation 14, cluster (high) 20, time 22,
 * date 24, cluster 26, bytes 28.  Those of a long name stand before it, the
 * last part first: number 0, five units 1, attributes 11, checksum of the short
 * name 13, six units 14, two units 28.  The creation is that of the bytes, the
 * last change: DOSBox shows it alone.  The day of the last access stays 0.
 */
#include "emulate-export/make_fat.h"

#include <string.h>

#include "core/bytes.h"
#include "emulate-export/make_time.h"

#define ENTRY MUN_MAKE_FAT_ENTRY
#define UNITS 13u
#define READ_ONLY 0x01u
#define LABEL 0x08u
#define FOLDER 0x10u
#define ARCHIVE 0x20u
#define LONG_NAME 0x0Fu

static bool needs_long_name(const struct mun_make_node *n)
{
	if (n->nwide != strlen(n->short_name))
		return true;
	for (size_t i = 0; i < n->nwide; i++)
		if (n->wide[i] != (uint8_t)n->short_name[i])
			return true;
	return false;
}

uint32_t mun_make_fat_entries(const struct mun_make_node *n, bool dos)
{
	if (dos || !needs_long_name(n))
		return 1;
	return 1 + (uint32_t)((n->nwide + UNITS - 1) / UNITS);
}

/* "README.TXT" as eleven characters. */
static void spread(const char *name, uint8_t out[static 11])
{
	const char *dot = strrchr(name, '.');
	size_t base = dot ? (size_t)(dot - name) : strlen(name);

	memset(out, ' ', 11);
	memcpy(out, name, base);
	if (dot)
		memcpy(out + 8, dot + 1, strlen(dot + 1));
}

static void fill(uint8_t *p, uint8_t attributes, int64_t s, uint32_t cluster)
{
	uint16_t date;
	uint16_t time;

	(void)mun_make_fat_time(s, &date, &time);
	p[11] = attributes;
	mun_put_le16(p + 14, time);
	mun_put_le16(p + 16, date);
	mun_put_le16(p + 20, (uint16_t)(cluster >> 16));
	mun_put_le16(p + 22, time);
	mun_put_le16(p + 24, date);
	mun_put_le16(p + 26, (uint16_t)cluster);
}

static uint8_t checksum(const uint8_t name[static 11])
{
	uint8_t sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
	return sum;
}

/* Part @k, counted from 0, of a long name: a 0 ends it, ones fill it up. */
static void long_part(const struct mun_make_node *n, uint32_t k, bool last,
		      uint8_t sum, uint8_t p[static ENTRY])
{
	static const uint8_t at[UNITS] = { 1,  3,  5,  7,  9,  14, 16,
					   18, 20, 22, 24, 28, 30 };

	memset(p, 0, ENTRY);
	p[0] = (uint8_t)((k + 1) | (last ? 0x40u : 0));
	p[11] = LONG_NAME;
	p[13] = sum;
	for (size_t i = 0; i < UNITS; i++) {
		size_t from = (size_t)k * UNITS + i;
		uint16_t u = from < n->nwide    ? n->wide[from]
			     : from == n->nwide ? 0
						: 0xFFFF;

		mun_put_le16(p + at[i], u);
	}
}

static int put_node(const struct mun_make_fat_plan *q,
		    const struct mun_make_node *n, struct mun_make_out *o,
		    struct mun_err *e)
{
	uint32_t parts = mun_make_fat_entries(n, q->p->m->dos) - 1;
	uint8_t entry[ENTRY] = { 0 };
	uint8_t part[ENTRY];
	uint8_t attributes = n->is_dir ? FOLDER : ARCHIVE;
	int rc = 0;

	spread(n->short_name, entry);
	for (uint32_t k = parts; !rc && k--;) {
		long_part(n, k, k + 1 == parts, checksum(entry), part);
		rc = mun_make_out_put(o, part, sizeof(part), e);
	}
	if (!n->is_dir && n->read_only)
		attributes |= READ_ONLY;
	fill(entry, attributes, n->is_dir ? q->p->date : n->mtime, n->at[0]);
	if (!n->is_dir)
		mun_put_le32(entry + 28, (uint32_t)n->size);
	return rc ? rc : mun_make_out_put(o, entry, sizeof(entry), e);
}

static int put_dots(const struct mun_make_fat_plan *q,
		    const struct mun_make_node *dir, struct mun_make_out *o,
		    struct mun_err *e)
{
	/* The root is 0 here even where it has a cluster. */
	uint32_t up = dir->parent->parent ? dir->parent->at[0] : 0;
	uint8_t dots[2 * ENTRY] = { 0 };

	memcpy(dots, ".          ", 11);
	memcpy(dots + ENTRY, "..         ", 11);
	fill(dots, FOLDER, q->p->date, dir->at[0]);
	fill(dots + ENTRY, FOLDER, q->p->date, up);
	return mun_make_out_put(o, dots, sizeof(dots), e);
}

static int put_label(const struct mun_make_fat_plan *q, struct mun_make_out *o,
		     struct mun_err *e)
{
	uint8_t entry[ENTRY] = { 0 };

	if (!q->has_label)
		return 0;
	memcpy(entry, q->label, 11);
	fill(entry, LABEL, q->p->date, 0);
	return mun_make_out_put(o, entry, sizeof(entry), e);
}

int mun_make_fat_folder(const struct mun_make_fat_plan *q,
			const struct mun_make_node *dir, struct mun_make_out *o,
			struct mun_err *e)
{
	int rc = dir->parent ? put_dots(q, dir, o, e) : put_label(q, o, e);

	for (size_t i = 0; !rc && i < dir->nkids; i++)
		rc = put_node(q, dir->kids[i], o, e);
	return rc;
}
