/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg.c - UDIF, the disk images of Mac OS X (.dmg)
 *
 * Data, a property list (of older ones a resource fork) with a table for each
 * partition, and a trailer (fmt_dmg_koly.c).  A table, big endian:
 *	0 "mish"	4 version 1	8 first sector	16 sectors
 *	24 to add to offsets	64 checksum	200 number of runs, 40 bytes each:
 *	0 type	8 sector (from the first)	16 sectors	24 offset	32 length
 * The checksum is CRC-32 of what the runs hold, without those of type 2; the
 * trailer's is that of all these checksums (seen in real images).
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/dmgcodec.h"
#include "image/dmgruns.h"
#include "image/driver.h"
#include "image/fmt_dmg.h"
#include "image/macfork.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_HEAD 204u
#define RUN 40u
#define TYPE_COMMENT 0x7ffffffeu
#define TYPE_END 0xffffffffu
/* Of more tables the names and checksums are not told one by one. */
#define TABLES_TOLD 256u
#define TABLES_MAX 65536u

struct table {
	uint64_t first;
	uint64_t sectors;
	struct mun_koly_sum sum;
};

struct udif {
	struct mun_koly koly;
	struct mun_source *data; /* what offsets count in */
	struct mun_dmgruns *runs;
	struct table *tables;
	size_t ntables;
	uint64_t end; /* sector after the last table */
};

/* What cannot be decoded without the key. */
static const char *encryption_of(struct mun_source *src)
{
	if (mun_peek_is(src, 0, "encrcdsa\0\0\0\2", 12))
		return "encrypted, version 2";
	if (src->size >= 8 && mun_peek_is(src, src->size - 8, "cdsaencr", 8))
		return "encrypted, version 1";
	return NULL;
}

static int udif_bid(struct mun_source *src, const char *file_name)
{
	struct mun_koly koly;
	struct mun_err e;
	bool found;
	bool fits;

	(void)file_name;
	if (encryption_of(src))
		return MUN_BID_CHECKED;
	if (mun_koly_read(src, &koly, &found, &fits, &e) || !found)
		return MUN_BID_NO;
	/* Uncompressed, it begins like the disk that is in it. */
	return fits ? MUN_BID_CHECKED + 1 : MUN_BID_MAGIC;
}

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

static int take_run(struct udif *u, const struct table *t, uint64_t base,
		    const uint8_t *p, struct mun_err *e)
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

static int take_runs(struct udif *u, const struct table *t,
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

static int parse_table(const struct mun_blkx *b, struct table *t,
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

static void sum_name(char *out, size_t size, size_t number)
{
	(void)snprintf(out, size, "CRC32 of table %zu", number);
}

/* Its name, and its checksum, which verify() will compare. */
static int tell_table(struct mun_image *img, size_t number,
		      const struct table *t, const struct mun_blkx *b,
		      struct mun_err *e)
{
	char name[64];
	int rc;

	if (number > TABLES_TOLD)
		return 0;
	(void)snprintf(name, sizeof(name), "table %zu", number);
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name, b->name,
				  b->name_bytes, e);
	if (rc || t->sum.type != MUN_DMG_CRC32)
		return rc;
	sum_name(name, sizeof(name), number);
	return mun_image_check_fact(img, name, MUN_FACT_NONE, e, "%08" PRIx32,
				    t->sum.crc);
}

static int take_table(void *ctx, const struct mun_blkx *b, struct mun_err *e)
{
	struct mun_image *img = ctx;
	struct udif *u = img->priv;
	struct table t = { .first = 0 };
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
		struct table *more =
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
	struct udif *u = img->priv;
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

static int load_tables(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
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

static int open_data(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
	const struct mun_koly *k = &u->koly;
	mun_autofree char *name = NULL;
	int rc = 0;

	if (k->segments <= 1)
		return mun_source_slice(img->src, k->data_off,
					img->src->size - k->data_off, false,
					&u->data, e);
	if (k->segment != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"segment %u of %u: the first one is to be "
				"opened",
				k->segment, k->segments);
	for (uint32_t i = 2; i <= MUN_MIN(k->segments, 64) && !rc; i++) {
		free(mun_steal(&name));
		rc = mun_dmg_segment_name(img->file_name, i, &name, e);
		if (!rc)
			rc = mun_image_fact_bytes(img, MUN_FACT_PART, "segment",
						  name, strlen(name), e);
	}
	return rc ? rc
		  : mun_dmg_segments(img->src, k, img->file_name,
				     img->companions, &u->data, e);
}

/* The trailer's own checksums: of the tables' sums now, of the data later. */
static int tell_sums(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
	const struct mun_koly *k = &u->koly;
	uint32_t crc = 0;
	int rc = 0;

	for (size_t i = 0; i < u->ntables; i++) {
		uint8_t p[4];

		mun_put_be32(p, u->tables[i].sum.crc);
		crc = libdeflate_crc32(crc, p, sizeof(p));
	}
	if (k->master.type == MUN_DMG_CRC32)
		rc = mun_image_check_fact(img, "master CRC32",
					  crc == k->master.crc ? MUN_FACT_GOOD
							       : MUN_FACT_BAD,
					  e, "%08" PRIx32, k->master.crc);
	if (!rc && k->data_sum.type == MUN_DMG_CRC32)
		rc = mun_image_check_fact(img, "data fork CRC32", MUN_FACT_NONE,
					  e, "%08" PRIx32, k->data_sum.crc);
	return rc;
}

static void tell_variant(struct mun_image *img)
{
	static const struct {
		enum mun_dmg_coding coding;
		const char *code;
	} kinds[] = {
		{ MUN_DMG_ADC, "UDCO" },   { MUN_DMG_ZLIB, "UDZO" },
		{ MUN_DMG_BZIP2, "UDBZ" }, { MUN_DMG_LZFSE, "ULFO" },
		{ MUN_DMG_XZ, "ULMO" },
	};
	const struct udif *u = img->priv;

	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (mun_dmgruns_has(u->runs, kinds[i].coding))
			mun_image_variant(img, "%s (%s)",
					  mun_dmg_coding_name(kinds[i].coding),
					  kinds[i].code);
	if (!img->variant[0])
		mun_image_variant(img, "uncompressed");
	if (u->koly.segments > 1)
		mun_image_variant(img, "%u segments", u->koly.segments);
	if (u->koly.front)
		mun_image_variant(img, "header at the start");
}

static int tell_id(struct mun_image *img, const struct mun_koly *k,
		   struct mun_err *e)
{
	static const uint8_t none[16];
	char hex[33];

	if (memcmp(k->id, none, sizeof(none)) == 0)
		return 0;
	mun_hex(k->id, sizeof(k->id), hex);
	return mun_image_fact(img, MUN_FACT_MADE, "segment id", e, "%s", hex);
}

static int tell(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
	uint64_t sectors = MUN_MAX(u->koly.sectors, u->end);
	int rc;

	if (sectors > INT64_MAX / MUN_DMG_SECTOR)
		return mun_fail(e, MUN_ECORRUPT, "%" PRIu64 " sectors",
				sectors);
	if (u->koly.sectors < u->end)
		mun_image_note(img,
			       "its tables reach %" PRIu64
			       " sectors beyond the size in the trailer",
			       u->end - u->koly.sectors);
	if (u->ntables > TABLES_TOLD)
		mun_image_note(img, "%zu tables, not all of them told",
			       u->ntables);
	img->bytes = sectors * MUN_DMG_SECTOR;
	tell_variant(img);
	rc = tell_id(img, &u->koly, e);
	return rc ? rc : tell_sums(img, e);
}

static int open_encrypted(struct mun_image *img, const char *how,
			  struct mun_err *e)
{
	mun_image_variant(img, "%s", how);
	mun_image_preserve_only(img, "encrypted: without its key it cannot be "
				     "decoded");
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

static int udif_open(struct mun_image *img, struct mun_err *e)
{
	const char *encryption = encryption_of(img->src);
	struct udif *u;
	bool found;
	bool fits;
	int rc;

	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = MUN_DMG_SECTOR;
	mun_image_set_mime(img, "application/x-apple-diskimage");
	if (encryption)
		return open_encrypted(img, encryption, e);
	u = calloc(1, sizeof(*u));
	if (!u)
		return mun_fail_nomem(e, "UDIF image");
	img->priv = u;
	rc = mun_koly_read(img->src, &u->koly, &found, &fits, e);
	if (rc)
		return rc;
	if (!found)
		return mun_fail(e, MUN_ECORRUPT, "no trailer 'koly'");
	if (!fits)
		return mun_fail(e, MUN_ECORRUPT,
				"the trailer points outside the file");
	mun_image_set_puid(img, "fmt/1071");
	rc = open_data(img, e);
	if (!rc)
		rc = mun_dmgruns_new(u->data, &u->runs, e);
	if (!rc)
		rc = load_tables(img, e);
	if (!rc)
		rc = tell(img, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int udif_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	struct udif *u = img->priv;

	(void)view;
	if (!u)
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_dmgruns_pread(u->runs, buf, len, off, e);
}

static int udif_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	const struct udif *u = img->priv;

	(void)view;
	if (!u)
		return mun_source_next_extent(img->src, off, out, e);
	mun_dmgruns_extent(u->runs, off, img->bytes, out);
	return 0;
}

static int verify_data(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
	size_t room = (size_t)1 << 20;
	mun_autofree uint8_t *buf = malloc(room);
	uint64_t bytes =
		u->koly.segments > 1 ? u->data->size : u->koly.data_bytes;
	uint32_t crc = 0;

	if (!buf)
		return mun_fail_nomem(e, "checksum");
	for (uint64_t off = 0; off < bytes; off += room) {
		size_t n = (size_t)MUN_MIN(bytes - off, (uint64_t)room);
		int rc = mun_source_pread(u->data, buf, n, off, e);

		if (rc)
			return rc;
		crc = libdeflate_crc32(crc, buf, n);
	}
	mun_image_settle(img, "data fork CRC32",
			 crc == u->koly.data_sum.crc ? MUN_FACT_GOOD
						     : MUN_FACT_BAD);
	return 0;
}

/* What cannot be decoded fits no checksum. */
static int verify_table(struct mun_image *img, size_t i, struct mun_err *e)
{
	struct udif *u = img->priv;
	const struct table *t = &u->tables[i];
	uint32_t crc = 0;
	char name[64];
	int rc;

	if (t->sum.type != MUN_DMG_CRC32 || i >= TABLES_TOLD)
		return 0;
	rc = mun_dmgruns_crc(u->runs, t->first, t->sectors, &crc, e);
	if (rc && rc != MUN_ECORRUPT)
		return rc;
	sum_name(name, sizeof(name), i + 1);
	mun_image_settle(img, name,
			 !rc && crc == t->sum.crc ? MUN_FACT_GOOD
						  : MUN_FACT_BAD);
	return 0;
}

static int udif_verify(struct mun_image *img, struct mun_err *e)
{
	struct udif *u = img->priv;
	int rc = 0;

	if (!u)
		return 0;
	if (u->koly.data_sum.type == MUN_DMG_CRC32)
		rc = verify_data(img, e);
	for (size_t i = 0; i < u->ntables && !rc; i++)
		rc = verify_table(img, i, e);
	return rc;
}

static void udif_close(struct mun_image *img)
{
	struct udif *u = img->priv;

	if (!u)
		return;
	mun_dmgruns_free(u->runs);
	mun_source_close(u->data);
	free(u->tables);
	free(u);
}

const struct mun_image_driver mun_image_udif = {
	.name = "udif",
	.title = "Apple Disk Image (UDIF)",
	.suffixes = "dmg dmgpart smi img",
	.bid = udif_bid,
	.open = udif_open,
	.pread = udif_pread,
	.next_extent = udif_next_extent,
	.verify = udif_verify,
	.close = udif_close,
};
