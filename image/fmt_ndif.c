/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_ndif.c - NDIF, the disk images of Disk Copy 6
 *
 * The data fork has chunks; the resource "bcem" 128 says what they are (as two
 * independent readers, Aaru and libMirage, have it), big endian:
 *	0 version	2 driver	4 name, a length and 63 characters
 *	68 sectors	72 most sectors of a chunk	76 to add to offsets
 *	80 CRC	84 segmented	116 encrypted	124 chunks, 12 bytes each:
 *	u24 sector, u8 coding, u32 offset, u32 length
 * Without its resource fork such an image cannot be told from noise.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/companion.h"
#include "image/dmgruns.h"
#include "image/driver.h"
#include "image/macfork.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 128u
#define CHUNK 12u
/* Sectors have 24 bits, so chunks are not more than that. */
#define TABLE_MAX ((uint64_t)32 << 20)

enum {
	CODING_ZERO = 0,
	CODING_RAW = 2,
	CODING_KENCODE = 0x80,
	CODING_RLE = 0x81,
	CODING_LZH = 0x82,
	CODING_ADC = 0x83,
	CODING_STUFFIT = 0xf0,
	CODING_END = 0xff,
};

struct ndif {
	struct mun_mac_file mac;
	struct mun_source *fork_file; /* owned; NULL: the image's own */
	struct mun_source *data_file; /* owned; NULL: the image's own */
	struct mun_source *data; /* the data fork; owned */
	struct mun_rsrc bcem;
	uint8_t *table;
	struct mun_dmgruns *runs; /* NULL: kept as it is */
};

/* Is there a table in this fork?  What is no fork has none. */
static bool has_bcem(struct mun_source *src, struct mun_mac_part fork,
		     struct mun_rsrc *out)
{
	struct mun_err e;

	return mun_rsrc_find(src, fork, "bcem", 128, out, &e) == 0 &&
	       out->data.bytes >= HEAD;
}

/* The resource fork of @src: in a wrapper, or all of it. */
static bool find_table(struct mun_source *src, struct mun_mac_file *mac,
		       struct mun_rsrc *out)
{
	struct mun_mac_part all = { 0, src->size };
	struct mun_err e;

	if (mun_mac_read(src, mac, &e))
		return false;
	return has_bcem(src, mac->kind == MUN_MAC_NONE ? all : mac->rsrc, out);
}

static int ndif_bid(struct mun_source *src, const char *file_name)
{
	struct mun_mac_file mac;
	struct mun_rsrc bcem;

	(void)file_name;
	return find_table(src, &mac, &bcem) ? MUN_BID_CHECKED : MUN_BID_NO;
}

/* The data fork of "._x" and of "x.rsrc" is "x". */
static int open_data_beside(struct mun_image *img, struct ndif *n,
			    struct mun_err *e)
{
	mun_autofree char *name = NULL;
	int rc;

	if (strncmp(img->file_name, "._", 2) == 0)
		rc = mun_strdup(img->file_name + 2, &name, e);
	else if (mun_has_suffix(img->file_name, "rsrc"))
		rc = mun_fmt(&name, e, "%.*s",
			     (int)(strlen(img->file_name) - 5), img->file_name);
	else
		rc = mun_fail(e, MUN_ENOENT,
			      "this is a resource fork, and its name does not "
			      "say where the data fork is");
	if (!rc)
		rc = mun_companion_open(img->companions, name, &n->data_file,
					e);
	return rc ? mun_ctx(e, "data fork")
		  : mun_image_part(img, name, "data fork", e);
}

/* Is "@before NAME @after" its resource fork? */
static int try_fork(struct mun_image *img, struct ndif *n, const char *before,
		    const char *after, bool *found, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	int rc = mun_fmt(&name, e, "%s%s%s", before, img->file_name, after);

	if (rc)
		return rc;
	rc = mun_companion_open(img->companions, name, &n->fork_file, e);
	if (rc == MUN_ENOENT || rc == MUN_EINVAL)
		return 0;
	if (rc)
		return rc;
	*found = find_table(n->fork_file, &n->mac, &n->bcem);
	if (!*found) {
		mun_source_close(mun_steal(&n->fork_file));
		return 0;
	}
	return mun_image_part(img, name, "resource fork", e);
}

static int find_fork_beside(struct mun_image *img, struct ndif *n,
			    struct mun_err *e)
{
	bool found = false;
	int rc = try_fork(img, n, "._", "", &found, e);

	if (!rc && !found)
		rc = try_fork(img, n, "", ".rsrc", &found, e);
	if (!rc && !found)
		rc = mun_fail(e, MUN_ENOENT,
			      "NDIF keeps its table in the resource fork, and "
			      "neither '._%s' nor '%s.rsrc' has one",
			      img->file_name, img->file_name);
	return rc;
}

/* Where the table is, and the data fork. */
static int open_forks(struct mun_image *img, struct ndif *n, struct mun_err *e)
{
	struct mun_mac_part data = { 0, 0 };
	struct mun_source *file = img->src;
	int rc = 0;

	if (!find_table(img->src, &n->mac, &n->bcem))
		rc = find_fork_beside(img, n, e);
	else if (n->mac.kind == MUN_MAC_NONE || n->mac.kind == MUN_APPLEDOUBLE)
		rc = open_data_beside(img, n, e);
	else
		data = n->mac.data;
	if (rc)
		return rc;
	if (n->data_file)
		file = n->data_file;
	if (n->data_file || n->fork_file)
		data.bytes = file->size;
	return mun_source_slice(file, data.off, data.bytes, false, &n->data, e);
}

static int load_table(struct mun_image *img, struct ndif *n, struct mun_err *e)
{
	struct mun_source *src = n->fork_file ? n->fork_file : img->src;
	size_t bytes = (size_t)n->bcem.data.bytes;

	if (n->bcem.data.bytes > TABLE_MAX)
		return mun_fail(e, MUN_ECORRUPT, "table of %" PRIu64 " bytes",
				n->bcem.data.bytes);
	n->table = malloc(bytes);
	if (!n->table)
		return mun_fail_nomem(e, "table of an image");
	return mun_source_pread(src, n->table, bytes, n->bcem.data.off, e);
}

/* Why a coding cannot be decoded; NULL: it can. */
static const char *why_not(unsigned int coding)
{
	switch (coding) {
	case CODING_ZERO:
	case CODING_RAW:
	case CODING_ADC:
	case CODING_END:
		return NULL;
	case CODING_KENCODE:
		return "compressed by KenCode, which nobody has described";
	case CODING_RLE:
		return "compressed by RLE, which nobody has described";
	case CODING_LZH:
		return "compressed by LZH, which nobody has described";
	case CODING_STUFFIT:
		return "compressed by StuffIt, which nobody has described";
	default:
		return "compressed in an unknown way";
	}
}

/* Why the whole cannot be decoded; NULL: it can. */
static const char *why_kept(const struct ndif *n, uint32_t chunks)
{
	if (mun_be32(n->table + 84))
		return "one of several segments: they are not put together";
	if (mun_be32(n->table + 116))
		return "encrypted: without its key it cannot be decoded";
	for (uint32_t i = 0; i < chunks; i++) {
		unsigned int coding = n->table[HEAD + (size_t)CHUNK * i + 3];

		if (coding == CODING_END)
			break;
		if (why_not(coding))
			return why_not(coding);
	}
	return NULL;
}

static uint32_t sector_of(const uint8_t *chunk)
{
	return mun_be32(chunk) >> 8;
}

/* Chunk @i of @chunks; it reaches to where the next begins. */
static int take_chunk(struct ndif *n, uint32_t i, uint32_t chunks,
		      uint32_t sectors, struct mun_err *e)
{
	const uint8_t *p = n->table + HEAD + (size_t)CHUNK * i;
	uint32_t end = i + 1 < chunks ? sector_of(p + CHUNK) : sectors;
	struct mun_dmg_run run = {
		.sector = sector_of(p),
		.off = (uint64_t)mun_be32(n->table + 76) + mun_be32(p + 4),
		.bytes = mun_be32(p + 8),
	};

	if (end < run.sector || end > sectors)
		return mun_fail(e, MUN_ECORRUPT,
				"chunk %u goes from sector %" PRIu64
				" to %u of %u",
				i, run.sector, end, sectors);
	run.sectors = end - run.sector;
	if (p[3] == CODING_RAW)
		run.coding = MUN_DMG_RAW;
	else if (p[3] == CODING_ADC)
		run.coding = MUN_DMG_ADC;
	else
		run.coding = MUN_DMG_ZERO;
	/* Filled up, as data forks are. */
	if (run.coding == MUN_DMG_RAW)
		run.bytes = MUN_MIN(run.bytes, run.sectors * MUN_DMG_SECTOR);
	return mun_dmgruns_add(n->runs, &run, e);
}

static int take_chunks(struct ndif *n, uint32_t chunks, uint32_t sectors,
		       struct mun_err *e)
{
	int rc = mun_dmgruns_new(n->data, &n->runs, e);

	for (uint32_t i = 0; i < chunks && !rc; i++) {
		if (n->table[HEAD + (size_t)CHUNK * i + 3] == CODING_END)
			break;
		rc = take_chunk(n, i, chunks, sectors, e);
	}
	if (!rc)
		rc = mun_dmgruns_done(n->runs, e);
	if (rc)
		return rc;
	return mun_dmgruns_end(n->runs) == sectors
		       ? 0
		       : mun_fail(e, MUN_ECORRUPT,
				  "its chunks end at sector %" PRIu64 " of %u",
				  mun_dmgruns_end(n->runs), sectors);
}

static int tell(struct mun_image *img, struct ndif *n, struct mun_err *e)
{
	int rc = 0;

	if (n->mac.kind != MUN_MAC_NONE && !n->fork_file)
		rc = mun_mac_facts(img, &n->mac, e);
	if (!rc)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "name",
					  n->table + 5,
					  MUN_MIN(n->table[4], (uint8_t)63), e);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "checksum", e,
				    "%08" PRIx32 " inside; how it is made is "
				    "not published, so it is not verified",
				    mun_be32(n->table + 80));
	return rc;
}

/* By its sectors, or the file as it is. */
static int decode_or_keep(struct mun_image *img, struct ndif *n,
			  struct mun_err *e)
{
	uint32_t chunks = mun_be32(n->table + 124);
	uint32_t sectors = mun_be32(n->table + 68);
	const char *why;
	int rc = 0;

	if (chunks > (n->bcem.data.bytes - HEAD) / CHUNK)
		return mun_fail(e, MUN_ECORRUPT,
				"%u chunks do not fit in the table", chunks);
	why = why_kept(n, chunks);
	if (why) {
		mun_image_preserve_only(img, "%s", why);
		img->bytes = img->src->size;
		return mun_image_one_track(img, e);
	}
	rc = take_chunks(n, chunks, sectors, e);
	img->bytes = (uint64_t)sectors * MUN_DMG_SECTOR;
	if (!rc && mun_dmgruns_has(n->runs, MUN_DMG_ADC))
		mun_image_variant(img, "ADC");
	else if (!rc)
		mun_image_variant(img, "uncompressed");
	return rc ? rc : mun_image_one_track(img, e);
}

static int ndif_open(struct mun_image *img, struct mun_err *e)
{
	struct ndif *n = calloc(1, sizeof(*n));
	int rc;

	if (!n)
		return mun_fail_nomem(e, "NDIF image");
	img->priv = n;
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = MUN_DMG_SECTOR;
	rc = open_forks(img, n, e);
	if (!rc)
		rc = load_table(img, n, e);
	if (!rc)
		rc = tell(img, n, e);
	return rc ? rc : decode_or_keep(img, n, e);
}

static int ndif_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	struct ndif *n = img->priv;

	(void)view;
	if (!n->runs)
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_dmgruns_pread(n->runs, buf, len, off, e);
}

static int ndif_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	const struct ndif *n = img->priv;

	(void)view;
	if (!n->runs)
		return mun_source_next_extent(img->src, off, out, e);
	mun_dmgruns_extent(n->runs, off, img->bytes, out);
	return 0;
}

static void ndif_close(struct mun_image *img)
{
	struct ndif *n = img->priv;

	if (!n)
		return;
	mun_dmgruns_free(n->runs);
	mun_source_close(n->data);
	mun_source_close(n->data_file);
	mun_source_close(n->fork_file);
	free(n->table);
	free(n);
}

const struct mun_image_driver mun_image_ndif = {
	.name = "ndif",
	.title = "Apple Disk Copy 6 (NDIF)",
	.suffixes = "img smi",
	.bid = ndif_bid,
	.open = ndif_open,
	.pread = ndif_pread,
	.next_extent = ndif_next_extent,
	.close = ndif_close,
};
