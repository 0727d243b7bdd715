/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg.c - UDIF, the disk images of Mac OS X (.dmg)
 *
 * Data, a property list (of older ones a resource fork) with a table for each
 * partition (fmt_dmg_tables.c), and a trailer (fmt_dmg_koly.c).
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/dmgcodec.h"
#include "image/dmgruns.h"
#include "image/driver.h"
#include "image/fmt_dmg.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

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

static int open_data(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
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
			rc = mun_image_part(img, name, "segment", e);
	}
	return rc ? rc
		  : mun_dmg_segments(img->src, k, img->file_name,
				     img->companions, &u->data, e);
}

/* The trailer's own checksums: of the tables' sums now, of the data later. */
static int tell_sums(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
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
	const struct mun_udif *u = img->priv;

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
	struct mun_udif *u = img->priv;
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
	if (u->ntables > MUN_UDIF_TOLD)
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
	struct mun_udif *u;
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
		rc = mun_udif_load(img, e);
	if (!rc)
		rc = tell(img, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int udif_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_udif *u = img->priv;

	(void)view;
	if (!u)
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_dmgruns_pread(u->runs, buf, len, off, e);
}

static int udif_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	const struct mun_udif *u = img->priv;

	(void)view;
	if (!u)
		return mun_source_next_extent(img->src, off, out, e);
	mun_dmgruns_extent(u->runs, off, img->bytes, out);
	return 0;
}

/* @crc, and @bytes more of the data from byte @off on. */
static int sum_data(struct mun_udif *u, uint64_t off, uint64_t bytes,
		    uint32_t *crc, struct mun_err *e)
{
	size_t room = (size_t)1 << 20;
	mun_autofree uint8_t *buf = malloc(room);

	if (!buf)
		return mun_fail_nomem(e, "checksum");
	for (uint64_t done = 0; done < bytes; done += room) {
		size_t n = (size_t)MUN_MIN(bytes - done, (uint64_t)room);
		int rc = mun_source_pread(u->data, buf, n, off + done, e);

		if (rc)
			return rc;
		*crc = libdeflate_crc32(*crc, buf, n);
	}
	return 0;
}

/* Of the segment's own data, or of that of all segments. */
static int verify_data(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
	const struct mun_koly *k = &u->koly;
	uint32_t crc = 0;
	bool good;
	int rc = sum_data(u, 0, k->data_bytes, &crc, e);

	good = crc == k->data_sum.crc;
	if (!rc && !good && k->segments > 1) {
		rc = sum_data(u, k->data_bytes, u->data->size - k->data_bytes,
			      &crc, e);
		good = crc == k->data_sum.crc;
	}
	if (rc)
		return rc;
	mun_image_settle(img, "data fork CRC32",
			 good ? MUN_FACT_GOOD : MUN_FACT_BAD);
	return 0;
}

/* What is broken fits no checksum; of what is not decoded nothing is known. */
static int verify_table(struct mun_image *img, size_t i, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
	const struct mun_udif_table *t = &u->tables[i];
	uint32_t crc = 0;
	char name[64];
	int rc;

	if (t->sum.type != MUN_DMG_CRC32 || i >= MUN_UDIF_TOLD)
		return 0;
	rc = mun_dmgruns_crc(u->runs, t->first, t->sectors, &crc, e);
	if (rc == MUN_EUNSUPPORTED)
		return 0;
	if (rc && rc != MUN_ECORRUPT)
		return rc;
	mun_udif_sum_name(name, sizeof(name), i + 1);
	mun_image_settle(img, name,
			 !rc && crc == t->sum.crc ? MUN_FACT_GOOD
						  : MUN_FACT_BAD);
	return 0;
}

static int udif_verify(struct mun_image *img, struct mun_err *e)
{
	struct mun_udif *u = img->priv;
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
	struct mun_udif *u = img->priv;

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
