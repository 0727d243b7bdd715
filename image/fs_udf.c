/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_udf.c - UDF
 *
 * ECMA-167 and OSTA UDF 2.60.  Little-endian.  A descriptor begins with a tag:
 * 0 u16 kind, 12 u32 its own block.  The anchor (2), in block 256 or near the
 * end: 16 u32 bytes, 20 u32 block of the volume descriptors:
 *	1 primary: 24 name[32], 72 name of the set[128]
 *	5 partition: 22 u16 number, 188 u32 first block, 192 u32 blocks
 *	6 logical volume: 84 name[128], 212 u32 bytes of a block, 240 u16 version,
 *	  248 where its file set is, 268 u32 maps, 440 the maps
 * A map of 6 bytes: 4 u16 number of its partition; of 64 bytes: 38 likewise.
 * An address: 0 u32 bytes, 4 u32 block, 8 u16 map.  File set (256): 400 address
 * of the root.  File entry (261, 266): 34 u16 flags, 168 (208) u32 bytes of
 * attributes, 172 (212) u32 bytes of addresses, 176 (216) both.  Entry of a
 * directory (257): 18 u8 flags (2 folder, 4 deleted, 8 parent), 19 u8 length
 * of the name, 20 address, 36 u16 other bytes, 38 these, then the name.
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define VRS ((uint64_t)16 * 2048)
#define VRS_MOST 16u
#define SEQUENCE_MOST 64u
#define DESCRIPTOR 512u
#define MAPS_MOST 4u
#define DIR_MOST 65536u

struct udf {
	struct mun_source *src;
	uint32_t block; /* bytes */
	bool primary;
	bool logical;
	char name[129];
	uint8_t set_name[128];
	unsigned int version; /* BCD */
	uint64_t file_set; /* block */
	unsigned int file_set_map;
	unsigned int maps[MAPS_MOST]; /* number of a partition */
	size_t nmaps;
	struct {
		unsigned int number;
		uint64_t start;
		uint64_t blocks;
	} parts[MAPS_MOST];
	size_t nparts;
	struct mun_fs_names names;
};

/* Compressed Unicode: 16, or 8 bits of each character, as the first byte says. */
static void put_chars(const uint8_t *p, size_t len, char *out, size_t size)
{
	if (p[0] == 16)
		mun_label(p + 1, len - 1, MUN_LABEL_UCS2BE, out, size);
	else
		mun_charset_label(p + 1, len - 1, MUN_CHARSET_LATIN1, out,
				  size);
}

/* "d-string": its length is its last byte; the first says how wide it is. */
static void put_dstring(const uint8_t *p, size_t field, char *out, size_t size)
{
	size_t len = MUN_MIN((size_t)p[field - 1], field - 1);

	out[0] = '\0';
	if (len < 2)
		return;
	put_chars(p, len, out, size);
}

/* Whether ECMA-167 says that it is here, wherever its anchor is. */
static int is_announced(struct mun_source *src, bool *out, struct mun_err *e)
{
	uint8_t id[6];

	*out = false;
	for (uint64_t i = 0; i < VRS_MOST && !*out; i++) {
		int rc = mun_peek(src, id, sizeof(id), VRS + i * 2048, e);

		if (rc)
			return mun_ctx(e, "volume recognition area");
		*out = memcmp(id + 1, "NSR02", 5) == 0 ||
		       memcmp(id + 1, "NSR03", 5) == 0;
	}
	return 0;
}

/* ---- volume descriptors ---- */

static void read_partition(struct udf *u, const uint8_t *d)
{
	if (u->nparts == MAPS_MOST)
		return;
	u->parts[u->nparts].number = mun_le16(d + 22);
	u->parts[u->nparts].start = mun_le32(d + 188);
	u->parts[u->nparts].blocks = mun_le32(d + 192);
	u->nparts++;
}

static void read_logical(struct udf *u, const uint8_t *d)
{
	size_t at = 440;
	size_t n = mun_le32(d + 268);

	if (mun_le32(d + 212) != u->block)
		return;
	u->logical = true;
	put_dstring(d + 84, 128, u->name, sizeof(u->name));
	u->version = mun_le16(d + 240);
	u->file_set = mun_le32(d + 252);
	u->file_set_map = mun_le16(d + 256);
	for (u->nmaps = 0; u->nmaps < MUN_MIN(n, (size_t)MAPS_MOST);) {
		size_t len;

		if (at + 6 > DESCRIPTOR)
			return;
		len = d[at + 1];
		if (len < 6 || len > DESCRIPTOR - at)
			return;
		u->maps[u->nmaps++] =
			mun_le16(d + at + (d[at] == 2 && len >= 40 ? 38 : 4));
		at += len;
	}
}

static int read_sequence(struct udf *u, uint64_t first, uint64_t bytes,
			 struct mun_err *e)
{
	uint64_t n = MUN_MIN(bytes / u->block, (uint64_t)SEQUENCE_MOST);
	uint8_t d[DESCRIPTOR];

	for (uint64_t i = 0; i < n; i++) {
		int rc = mun_peek(u->src, d, sizeof(d), (first + i) * u->block,
				  e);

		if (rc)
			return mun_ctx(e, "volume descriptors");
		if (mun_le16(d) == 1 && !u->primary) {
			u->primary = true;
			memcpy(u->set_name, d + 72, sizeof(u->set_name));
		} else if (mun_le16(d) == 5) {
			read_partition(u, d);
		} else if (mun_le16(d) == 6 && !u->logical) {
			read_logical(u, d);
		} else if (mun_le16(d) == 8) {
			break;
		}
	}
	return 0;
}

static int read_anchor(struct udf *u, uint64_t block, struct mun_err *e)
{
	uint8_t d[DESCRIPTOR];
	int rc = mun_peek(u->src, d, sizeof(d), block * u->block, e);

	if (rc || mun_le16(d) != 2 || mun_le32(d + 12) != block)
		return rc;
	u->nparts = 0;
	rc = read_sequence(u, mun_le32(d + 20), mun_le32(d + 16), e);
	/* The reserve. */
	if (!rc && !u->logical) {
		u->nparts = 0;
		rc = read_sequence(u, mun_le32(d + 28), mun_le32(d + 24), e);
	}
	return rc;
}

/* Every size of block, and every place where an anchor may be. */
static int find_logical(struct udf *u, struct mun_err *e)
{
	static const uint32_t sizes[] = { 2048, 512, 4096, 1024 };

	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint64_t blocks = u->src->size / sizes[i];
		const uint64_t at[] = { 256, 512, blocks - 1, blocks - 257 };

		u->block = sizes[i];
		for (size_t k = 0; k < MUN_COUNT(at); k++) {
			int rc;

			if (at[k] >= blocks)
				continue;
			rc = read_anchor(u, at[k], e);
			if (rc || u->logical)
				return rc;
		}
	}
	return 0;
}

/* ---- the root ---- */

/* The byte of @block of map @map; false: nowhere that could be told. */
static bool place_of(const struct udf *u, uint64_t block, unsigned int map,
		     uint64_t *off)
{
	for (size_t i = 0; map < u->nmaps && i < u->nparts; i++) {
		if (u->parts[i].number != u->maps[map])
			continue;
		*off = (u->parts[i].start + block) * u->block;
		return block < u->parts[i].blocks && *off < u->src->size;
	}
	return false;
}

static void read_entries(struct udf *u, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 38 <= len;) {
		size_t name = p[i + 19];
		size_t other = mun_le16(p + i + 36);
		size_t bytes = (38 + name + other + 3) / 4 * 4;
		const uint8_t *text = p + i + 38 + other;
		char shown[256];

		if (mun_le16(p + i) != 257 || bytes > len - i)
			return;
		if (name >= 2 && !(p[i + 18] & 12)) {
			put_chars(text, name, shown, sizeof(shown));
			mun_fs_names_add(&u->names, shown,
					 (p[i + 18] & 2) != 0);
		}
		i += bytes;
	}
}

/* The extents of the directory, into @buf as far as it goes. */
static int read_extents(struct udf *u, const uint8_t *p, size_t len, bool wide,
			unsigned int map, uint8_t *buf, size_t *used,
			struct mun_err *e)
{
	size_t each = wide ? 16 : 8;

	for (size_t i = 0; i + each <= len && *used < DIR_MOST; i += each) {
		size_t bytes = mun_le32(p + i) & 0x3fffffff;
		unsigned int m = wide ? mun_le16(p + i + 8) : map;
		uint64_t off;
		int rc;

		if (!bytes || !place_of(u, mun_le32(p + i + 4), m, &off))
			return 0;
		bytes = MUN_MIN(bytes, DIR_MOST - *used);
		rc = mun_peek(u->src, buf + *used, bytes, off, e);
		if (rc)
			return rc;
		*used += bytes;
	}
	return 0;
}

static int read_directory(struct udf *u, const uint8_t *entry, size_t size,
			  unsigned int map, struct mun_err *e)
{
	bool extended = mun_le16(entry) == 266;
	size_t at = extended ? 216 : 176;
	size_t attributes = mun_le32(entry + (extended ? 208 : 168));
	size_t len = mun_le32(entry + (extended ? 212 : 172));
	unsigned int kind = mun_le16(entry + 34) & 7;
	mun_autofree uint8_t *buf = NULL;
	size_t used = 0;
	int rc;

	if (attributes > size - at || len > size - at - attributes)
		return 0;
	at += attributes;
	if (kind == 3) {
		read_entries(u, entry + at, len);
		return 0;
	}
	if (kind > 1)
		return 0;
	buf = malloc(DIR_MOST);
	if (!buf)
		return mun_fail_nomem(e, "directory");
	rc = read_extents(u, entry + at, len, kind == 1, map, buf, &used, e);
	if (!rc)
		read_entries(u, buf, used);
	return rc;
}

static int read_root(struct udf *u, struct mun_err *e)
{
	uint8_t set[DESCRIPTOR];
	uint8_t entry[4096] = { 0 };
	unsigned int map;
	uint64_t off;
	int rc;

	if (!place_of(u, u->file_set, u->file_set_map, &off))
		return 0;
	rc = mun_peek(u->src, set, sizeof(set), off, e);
	map = mun_le16(set + 408);
	if (rc || mun_le16(set) != 256 ||
	    !place_of(u, mun_le32(set + 404), map, &off))
		return rc;
	rc = mun_peek(u->src, entry, u->block, off, e);
	if (rc || (mun_le16(entry) != 261 && mun_le16(entry) != 266))
		return rc;
	return read_directory(u, entry, u->block, map, e);
}

/* ---- the volume ---- */

/* What Linux makes its UUID of: the first 16 characters of the set's name,
 * which UDF asks to be a number of the moment when it was made. */
static void put_serial(const struct udf *u, struct mun_contents_volume *v)
{
	char text[256];

	put_dstring(u->set_name, sizeof(u->set_name), text, sizeof(text));
	for (size_t i = 0; i < 16; i++)
		if (!strchr("0123456789abcdefABCDEF", text[i]) || !text[i])
			return;
	for (size_t i = 0; i < 16; i++)
		if (text[i] >= 'A' && text[i] <= 'F')
			text[i] = (char)(text[i] - 'A' + 'a');
	mun_contents_text(v->serial, sizeof(v->serial), "%.16s", text);
}

static void describe(const struct mun_fs_place *p, const struct udf *u,
		     struct mun_contents *c, struct mun_contents_volume *v)
{
	uint64_t end = 0;

	mun_contents_text(v->fs, sizeof(v->fs), "udf");
	mun_contents_text(v->title, sizeof(v->title), "UDF");
	if (u->logical && u->version)
		mun_contents_text(v->title, sizeof(v->title), "UDF %x.%02x",
				  u->version >> 8, u->version & 0xffu);
	mun_contents_text(v->puid, sizeof(v->puid), "fmt/1738");
	mun_contents_text(v->label, sizeof(v->label), "%s", u->name);
	v->damaged = !u->logical;
	if (!u->logical)
		return;
	put_serial(u, v);
	v->block_bytes = u->block;
	for (size_t i = 0; i < u->nparts; i++)
		end = MUN_MAX(end, u->parts[i].start + u->parts[i].blocks);
	v->bytes = end * u->block;
	v->damaged = v->bytes > p->src->size;
	mun_fs_names_mark(&u->names, c, v);
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct udf *u = calloc(1, sizeof(*u));
	struct mun_contents_volume *v;
	bool announced = false;
	int rc;

	if (!u)
		return mun_fail_nomem(e, "UDF volume");
	u->src = p->src;
	mun_fs_names_start(&u->names, MUN_NAMES_DISC);
	rc = is_announced(p->src, &announced, e);
	if (rc || !announced)
		return rc;
	rc = find_logical(u, e);
	if (!rc && u->logical)
		rc = read_root(u, e);
	if (rc)
		return mun_ctx(e, "UDF volume");
	v = mun_contents_add_volume(out, p);
	if (v)
		describe(p, u, out, v);
	return 0;
}

const struct mun_fs_finder mun_fs_udf = {
	.name = "udf",
	.find = find,
};
