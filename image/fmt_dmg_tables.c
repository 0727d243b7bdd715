/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg_tables.c - the tables of a UDIF image, big endian
 *
 *	0 "mish"	4 version 1	8 first sector	16 sectors
 *	24 to add to offsets	64 checksum	200 number of runs, 40 bytes each:
 *	0 type	8 sector (from the first)	16 sectors	24 offset	32 length
 * The checksum is CRC-32 of what the runs hold, without those of type 2; the
 * trailer's is that of all these checksums (seen in real images).
 */
#include "image/fmt_dmg.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/macfork.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_HEAD 204u
#define RUN 40u
#define TYPE_COMMENT 0x7ffffffeu
#define TYPE_END 0xffffffffu
#define TABLES_MAX 65536u

static int coding_of(uint32_t type, enum mun_dmg_coding *out, struct mun_err *e)
{
	static const struct {
		uint32_t type;
		enum mun_dmg_coding coding;
	} known[] = {
		{ 0, MUN_DMG_ZERO },           { 1, MUN_DMG_RAW },
		{ 2, MUN_DMG_FREE },           { 0x80000004, MUN_DMG_ADC },
		{ 0x80000005, MUN_DMG_ZLIB },  { 0x80000006, MUN_DMG_BZIP2 },
		{ 0x80000007, MUN_DMG_LZFSE }, { 0x80000008, MUN_DMG_XZ },
	};

	for (size_t i = 0; i < MUN_COUNT(known); i++) {
		if (known[i].type == type) {
			*out = known[i].coding;
			return 0;
		}
	}
	return mun_fail(e, MUN_EUNSUPPORTED, "run of unknown type %#010" PRIx32,
			type);
}

static int take_run(struct mun_udif *u, const struct mun_udif_table *t,
		    uint64_t base, const uint8_t *p, struct mun_err *e)
{
	struct mun_dmg_run run = {
		.sector = mun_be64(p + 8),
		.sectors = mun_be64(p + 16),
		.off = mun_be64(p + 24),
		.bytes = mun_be64(p + 32),
	};
	int rc = coding_of(mun_be32(p), &run.coding, e);

	if (rc)
		return rc;
	if (run.sector > t->sectors || run.sectors > t->sectors - run.sector)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu64 " sectors from %" PRIu64
				" on are not inside their table of %" PRIu64,
				run.sectors, run.sector, t->sectors);
	run.sector += t->first;
	if (ckd_add(&run.off, run.off, base))
		return mun_fail(e, MUN_ECORRUPT, "run that lies nowhere");
	return mun_dmgruns_add(u->runs, &run, e);
}

static int take_runs(struct mun_udif *u, const struct mun_udif_table *t,
		     const struct mun_blkx *b, struct mun_err *e)
{
	uint64_t base = mun_be64(b->table + 24);
	uint32_t n = mun_be32(b->table + 200);

	if (n > (b->table_bytes - TABLE_HEAD) / RUN)
		return mun_fail(e, MUN_ECORRUPT, "%u runs do not fit in it", n);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = b->table + TABLE_HEAD + (size_t)RUN * i;
		uint32_t type = mun_be32(p);
		int rc;

		if (type == TYPE_END)
			return 0;
		if (type == TYPE_COMMENT)
			continue;
		rc = take_run(u, t, base, p, e);
		if (rc)
			return mun_ctx(e, "run %u", i);
	}
	return 0;
}

static int parse_table(const struct mun_blkx *b, struct mun_udif_table *t,
		       struct mun_err *e)
{
	uint64_t end;

	if (b->table_bytes < TABLE_HEAD || memcmp(b->table, "mish", 4) != 0)
		return mun_fail(e, MUN_ECORRUPT, "it is no 'mish'");
	if (mun_be32(b->table + 4) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "it has version %u",
				mun_be32(b->table + 4));
	t->first = mun_be64(b->table + 8);
	t->sectors = mun_be64(b->table + 16);
	mun_koly_sum_read(b->table + 64, &t->sum);
	if (ckd_add(&end, t->first, t->sectors) ||
	    end > INT64_MAX / MUN_DMG_SECTOR)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu64 " sectors from %" PRIu64 " on",
				t->sectors, t->first);
	return 0;
}

void mun_udif_sum_name(char *out, size_t size, size_t number)
{
	(void)snprintf(out, size, "CRC32 of table %zu", number);
}

/* Its name, and its checksum, which verify() will compare. */
static int tell_table(struct mun_image *img, size_t number,
		      const struct mun_udif_table *t, const struct mun_blkx *b,
		      struct mun_err *e)
{
	char name[64];
	int rc;

	if (number > MUN_UDIF_TOLD)
		return 0;
	(void)snprintf(name, sizeof(name), "table %zu", number);
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name, b->name,
				  b->name_bytes, e);
	if (rc || t->sum.type != MUN_DMG_CRC32)
		return rc;
	mun_udif_sum_name(name, sizeof(name), number);
	return mun_image_check_fact(img, name, MUN_FACT_NONE, e, "%08" PRIx32,
				    t->sum.crc);
}

static int take_table(void *ctx, const struct mun_blkx *b, struct mun_err *e)
{
	struct mun_image *img = ctx;
	struct mun_udif *u = img->priv;
	struct mun_udif_table t = { .first = 0 };
	size_t n = u->ntables;
	int rc;

	if (n >= TABLES_MAX)
		return mun_fail(e, MUN_ECORRUPT, "more than %u tables",
				TABLES_MAX);
	rc = parse_table(b, &t, e);
	if (!rc)
		rc = take_runs(u, &t, b, e);
	if (rc)
		return mun_ctx(e, "table %zu", n + 1);
	if (!(n & (n - 1))) {
		struct mun_udif_table *more =
			realloc(u->tables, (n ? 2 * n : 1) * sizeof(*more));

		if (!more)
			return mun_fail_nomem(e, "tables");
		u->tables = more;
	}
	u->tables[u->ntables++] = t;
	u->end = MUN_MAX(u->end, t.first + t.sectors);
	return tell_table(img, u->ntables, &t, b, e);
}

static int load_xml(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
	mun_autofree char *xml = NULL;
	int rc;

	if (u->koly.xml_bytes > MUN_DMG_XML_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"property list of %" PRIu64 " bytes",
				u->koly.xml_bytes);
	xml = malloc((size_t)u->koly.xml_bytes);
	if (!xml)
		return mun_fail_nomem(e, "property list");
	rc = mun_source_pread(img->src, xml, (size_t)u->koly.xml_bytes,
			      u->koly.xml_off, e);
	return rc ? rc
		  : mun_dmg_plist(xml, (size_t)u->koly.xml_bytes, take_table,
				  img, e);
}

static int take_resource(void *ctx, const struct mun_rsrc *r, struct mun_err *e)
{
	struct mun_image *img = ctx;
	mun_autofree uint8_t *table = NULL;
	struct mun_blkx b;
	int rc;

	if (r->data.bytes > MUN_DMG_XML_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"table of %" PRIu64 " bytes", r->data.bytes);
	table = malloc((size_t)r->data.bytes + 1);
	if (!table)
		return mun_fail_nomem(e, "table");
	rc = mun_source_pread(img->src, table, (size_t)r->data.bytes,
			      r->data.off, e);
	b = (struct mun_blkx){ table, (size_t)r->data.bytes,
			       (const char *)r->name, r->name_len };
	return rc ? rc : take_table(img, &b, e);
}

int mun_udif_load(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
	const struct mun_mac_part rsrc = { u->koly.rsrc_off,
					   u->koly.rsrc_bytes };
	int rc;

	if (u->koly.xml_bytes)
		rc = load_xml(img, e);
	else if (u->koly.rsrc_bytes)
		rc = mun_rsrc_each(img->src, rsrc, "blkx", take_resource, img,
				   e);
	else
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "neither a property list nor a resource fork "
			      "says what is where");
	if (!rc && !u->ntables)
		rc = mun_fail(e, MUN_ECORRUPT, "it has no tables");
	return rc ? rc : mun_dmgruns_done(u->runs, e);
}
