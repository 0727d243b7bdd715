/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_fat_write.c - write a FAT floppy or disk as planned */
#include "emulate-export/make_fat.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"

#define SECTOR MUN_MAKE_FAT_SECTOR
#define FAT32_COPY 6u /* sector of the second boot sector */

/* Entries of 12, 16 or 32 bits, the low bits first. */
struct entries {
	struct mun_make_out *o;
	unsigned int bits;
	uint64_t held; /* bits that are no byte yet */
	unsigned int nheld;
	uint8_t buf[4096];
	size_t fill;
};

/* Byte 0 of sector @n of the volume. */
static uint64_t at_sector(const struct mun_make_fat_plan *q, uint64_t n)
{
	return (q->start + n) * SECTOR;
}

static int put_entry(struct entries *x, uint32_t value, struct mun_err *e)
{
	int rc = 0;

	x->held |= (uint64_t)value << x->nheld;
	x->nheld += x->bits;
	while (x->nheld >= 8) {
		x->buf[x->fill++] = (uint8_t)x->held;
		x->held >>= 8;
		x->nheld -= 8;
	}
	if (x->fill + 8 > sizeof(x->buf)) {
		rc = mun_make_out_put(x->o, x->buf, x->fill, e);
		x->fill = 0;
	}
	return rc;
}

static int end_entries(struct entries *x, struct mun_err *e)
{
	if (x->nheld)
		x->buf[x->fill++] = (uint8_t)x->held;
	return mun_make_out_put(x->o, x->buf, x->fill, e);
}

/* Clusters @first to @first + @n - 1, each leading to the next. */
static int put_chain(struct entries *x, uint32_t first, uint32_t n,
		     struct mun_err *e)
{
	const uint32_t end = x->bits == 12   ? 0xFFF
			     : x->bits == 16 ? 0xFFFF
					     : 0x0FFFFFFF;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < n; i++)
		rc = put_entry(x, i + 1 < n ? first + i + 1 : end, e);
	return rc;
}

static uint32_t clusters_of(const struct mun_make_fat_plan *q, uint64_t bytes)
{
	uint64_t cluster = (uint64_t)q->cluster * SECTOR;

	return (uint32_t)((bytes + cluster - 1) / cluster);
}

static int put_fat(const struct mun_make_fat_plan *q, unsigned int copy,
		   struct mun_make_out *o, struct mun_err *e)
{
	const struct mun_make_tree *t = q->p->t;
	struct entries x = { .o = o, .bits = q->bits };
	const uint32_t ones = q->bits == 12   ? 0xFFF
			      : q->bits == 16 ? 0xFFFF
					      : 0x0FFFFFFF;
	int rc;

	rc = mun_make_out_zeros(
		o, at_sector(q, q->reserved + (uint64_t)copy * q->fat), e);
	/* The first two are no clusters: the media byte; shut down well. */
	if (!rc)
		rc = put_entry(&x, (ones & ~0xFFu) | q->media, e);
	if (!rc)
		rc = put_entry(&x, ones, e);
	for (size_t i = 0; !rc && i < t->ndirs; i++) {
		const struct mun_make_node *n = t->dirs[i];

		if (n->at[0])
			rc = put_chain(&x, n->at[0],
				       MUN_MAX(clusters_of(q, n->bytes[0]), 1u),
				       e);
	}
	for (size_t i = 0; !rc && i < t->nfiles; i++)
		if (t->files[i]->at[0])
			rc = put_chain(&x, t->files[i]->at[0],
				       clusters_of(q, t->files[i]->size), e);
	return rc ? rc : end_entries(&x, e);
}

static int put_heads(const struct mun_make_fat_plan *q, struct mun_make_out *o,
		     struct mun_err *e)
{
	uint8_t s[SECTOR];
	int rc = 0;

	if (q->start) {
		mun_make_fat_table(q, s);
		rc = mun_make_out_put(o, s, sizeof(s), e);
	}
	for (uint64_t at = 0; !rc && at <= FAT32_COPY; at += FAT32_COPY) {
		if (at && q->bits != 32)
			break;
		rc = mun_make_out_zeros(o, at_sector(q, at), e);
		mun_make_fat_boot(q, s);
		if (!rc)
			rc = mun_make_out_put(o, s, sizeof(s), e);
		mun_make_fat_info(q, s);
		if (!rc && q->bits == 32)
			rc = mun_make_out_put(o, s, sizeof(s), e);
		/* Its third sector is marked, too, though nothing is in it. */
		memset(s, 0, sizeof(s));
		mun_put_le32(s + 508, 0xAA550000);
		if (!rc && q->bits == 32)
			rc = mun_make_out_put(o, s, sizeof(s), e);
	}
	return rc;
}

static uint64_t at_cluster(const struct mun_make_fat_plan *q, uint32_t n)
{
	return at_sector(q, q->data + (uint64_t)(n - 2) * q->cluster);
}

int mun_make_fat_write(struct mun_make_plan *p, struct mun_make_out *o,
		       struct mun_err *e)
{
	const struct mun_make_fat_plan *q = p->priv;
	const struct mun_make_tree *t = p->t;
	int rc = put_heads(q, o, e);

	for (unsigned int copy = 0; !rc && copy < 2; copy++)
		rc = put_fat(q, copy, o, e);
	if (!rc)
		rc = mun_make_out_zeros(
			o, at_sector(q, q->reserved + 2 * (uint64_t)q->fat), e);
	for (size_t i = 0; !rc && i < t->ndirs; i++) {
		if (t->dirs[i]->at[0])
			rc = mun_make_out_zeros(
				o, at_cluster(q, t->dirs[i]->at[0]), e);
		if (!rc)
			rc = mun_make_fat_folder(q, t->dirs[i], o, e);
	}
	for (size_t i = 0; !rc && i < t->nfiles; i++) {
		const struct mun_make_node *n = t->files[i];

		if (n->at[0])
			rc = mun_make_out_zeros(o, at_cluster(q, n->at[0]), e);
		if (!rc)
			rc = mun_make_out_file(o, n, e);
	}
	return rc ? rc : mun_make_out_zeros(o, q->medium * SECTOR, e);
}
