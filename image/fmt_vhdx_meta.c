/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhdx_meta.c - the metadata of a VHDX, and its parent */
#include "image/fmt_vhdx.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 2047u
#define ENTRY 32u
#define REQUIRED 4u
#define LOCATOR_MAX ((size_t)64 << 10)
#define TEXT_MAX 1024u /* bytes of a key or a value that are looked at */

const uint8_t mun_vhdx_file_parameters[16] = { 0x37, 0x67, 0xa1, 0xca,
					       0x36, 0xfa, 0x43, 0x4d,
					       0xb3, 0xb6, 0x33, 0xf0,
					       0xaa, 0x44, 0xe7, 0x6b };
const uint8_t mun_vhdx_disk_size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd,
					 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe,
					 0xd8, 0x3b, 0xf4, 0xb8 };
const uint8_t mun_vhdx_disk_id[16] = { 0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2,
				       0x23, 0x45, 0x93, 0xef, 0xc3, 0x09,
				       0xe0, 0x00, 0xc7, 0x46 };
const uint8_t mun_vhdx_logical_sector[16] = { 0x1d, 0xbf, 0x41, 0x81,
					      0x6f, 0xa9, 0x09, 0x47,
					      0xba, 0x47, 0xf2, 0x33,
					      0xa8, 0xfa, 0xab, 0x5f };
const uint8_t mun_vhdx_physical_sector[16] = { 0xc7, 0x48, 0xa3, 0xcd,
					       0x5d, 0x44, 0x71, 0x44,
					       0x9c, 0xc9, 0xe9, 0x88,
					       0x52, 0x51, 0xc5, 0x56 };
const uint8_t mun_vhdx_parent_locator[16] = { 0x2d, 0x5f, 0xd3, 0xa8,
					      0x0b, 0xb3, 0x4d, 0x45,
					      0xab, 0xf7, 0xd3, 0xd8,
					      0x48, 0x34, 0xab, 0x0c };

/* B04AEFB7-D19E-4A81-B789-25B8E9445913: the parent is a VHDX. */
static const uint8_t locator_type[16] = { 0xb7, 0xef, 0x4a, 0xb0, 0x9e, 0xd1,
					  0x81, 0x4a, 0xb7, 0x89, 0x25, 0xb8,
					  0xe9, 0x44, 0x59, 0x13 };

struct metadata {
	struct mun_image *img;
	struct mun_vhdx *v;
	uint64_t off; /* of the region */
	uint64_t bytes;
	uint32_t physical; /* sector size */
	uint64_t locator; /* byte in the file; 0: none */
	size_t locator_bytes;
};

static int take_parameters(struct metadata *m, const uint8_t *p,
			   struct mun_err *e)
{
	m->v->block_bytes = mun_le32(p);
	m->v->has_parent = mun_le32(p + 4) & 2;
	if (m->v->block_bytes < 1u << 20 || m->v->block_bytes > 256u << 20 ||
	    m->v->block_bytes & (m->v->block_bytes - 1))
		return mun_fail(e, MUN_ECORRUPT, "blocks of %" PRIu32 " bytes",
				m->v->block_bytes);
	mun_image_variant(m->img, "%s",
			  m->v->has_parent      ? "differencing"
			  : mun_le32(p + 4) & 1 ? "fixed"
						: "dynamic");
	return 0;
}

static int take_size(struct metadata *m, const uint8_t *p, struct mun_err *e)
{
	m->v->bytes = mun_le64(p);
	if (m->v->bytes > MUN_VHDX_DISK_MAX)
		return mun_fail(e, MUN_ECORRUPT, "a disk of %" PRIu64 " bytes",
				m->v->bytes);
	return 0;
}

static int take_logical(struct metadata *m, const uint8_t *p, struct mun_err *e)
{
	m->v->sector_bytes = mun_le32(p);
	if (m->v->sector_bytes != 512 && m->v->sector_bytes != 4096)
		return mun_fail(e, MUN_ECORRUPT, "sectors of %" PRIu32 " bytes",
				m->v->sector_bytes);
	return 0;
}

static int take_physical(struct metadata *m, const uint8_t *p,
			 struct mun_err *e)
{
	(void)e;
	m->physical = mun_le32(p);
	return 0;
}

static int take_id(struct metadata *m, const uint8_t *p, struct mun_err *e)
{
	char text[MUN_GUID_LEN];

	mun_guid_text(p, MUN_GUID_MIXED, text);
	return mun_image_fact(m->img, MUN_FACT_MADE, "UUID", e, "%s", text);
}

static const struct item {
	const uint8_t *guid;
	uint32_t bytes;
	int (*take)(struct metadata *m, const uint8_t *p, struct mun_err *e);
} items[] = {
	{ mun_vhdx_file_parameters, 8, take_parameters },
	{ mun_vhdx_disk_size, 8, take_size },
	{ mun_vhdx_logical_sector, 4, take_logical },
	{ mun_vhdx_physical_sector, 4, take_physical },
	{ mun_vhdx_disk_id, 16, take_id },
};

static int take_item(struct metadata *m, const uint8_t *row, struct mun_err *e)
{
	uint32_t off = mun_le32(row + 16);
	uint32_t len = mun_le32(row + 20);
	char text[MUN_GUID_LEN];
	uint8_t value[16];
	int rc;

	mun_guid_text(row, MUN_GUID_MIXED, text);
	if (len &&
	    (off < MUN_VHDX_ITEMS || off > m->bytes || len > m->bytes - off))
		return mun_fail(e, MUN_ECORRUPT,
				"metadata item %s: %" PRIu32 " bytes at byte "
				"%" PRIu32 " of its region",
				text, len, off);
	if (memcmp(row, mun_vhdx_parent_locator, 16) == 0) {
		m->locator = m->off + off;
		m->locator_bytes = len;
		return 0;
	}
	for (size_t i = 0; i < MUN_COUNT(items); i++) {
		if (memcmp(row, items[i].guid, 16) != 0)
			continue;
		if (len < items[i].bytes)
			return mun_fail(e, MUN_ECORRUPT,
					"metadata item %s has %" PRIu32
					" bytes",
					text, len);
		rc = mun_source_pread(m->v->src, value, items[i].bytes,
				      m->off + off, e);
		return rc ? rc : items[i].take(m, value, e);
	}
	if (mun_le32(row + 24) & REQUIRED)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"metadata item %s is required and not known",
				text);
	return 0;
}

static int read_items(struct metadata *m, const uint8_t *table,
		      struct mun_err *e)
{
	unsigned int n = mun_le16(table + 10);
	int rc = 0;

	if (memcmp(table, "metadata", 8) != 0 || n > ITEMS_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"no metadata table at byte %" PRIu64, m->off);
	for (unsigned int i = 0; !rc && i < n; i++)
		rc = take_item(m, table + ENTRY + (size_t)i * ENTRY, e);
	if (!rc && (!m->v->block_bytes || !m->v->sector_bytes))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the metadata do not tell the size of blocks "
			      "and sectors");
	return rc;
}

/* A string of the locator, UTF-16LE, as text. */
static bool locator_text(uint8_t *raw, size_t bytes, uint32_t off, uint16_t len,
			 char *out, size_t size)
{
	uint8_t swapped[TEXT_MAX];
	size_t n = MUN_MIN((size_t)len & ~(size_t)1, sizeof(swapped));

	if (off > bytes || len > bytes - off)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		swapped[i] = raw[off + i + 1];
		swapped[i + 1] = raw[off + i];
	}
	mun_label(swapped, n, MUN_LABEL_UCS2BE, out, size);
	return true;
}

struct locator {
	char linkage[64]; /* "{GUID}" of the parent's data, lower case */
	char linkage2[64]; /* another that will do as well */
	char path[256]; /* the best there is */
};

static void to_lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static int take_pair(struct mun_image *img, const char *key, const char *value,
		     struct locator *out, struct mun_err *e)
{
	if (strcmp(key, "parent_linkage") == 0) {
		(void)snprintf(out->linkage, sizeof(out->linkage), "%.63s",
			       value);
		to_lower(out->linkage);
	} else if (strcmp(key, "parent_linkage2") == 0) {
		(void)snprintf(out->linkage2, sizeof(out->linkage2), "%.63s",
			       value);
		to_lower(out->linkage2);
	} else if (strcmp(key, "relative_path") == 0 || !out->path[0]) {
		(void)snprintf(out->path, sizeof(out->path), "%s", value);
	}
	return mun_image_fact(img, MUN_FACT_PARENT, key, e, "%s", value);
}

static int read_locator(struct metadata *m, uint8_t *raw, struct locator *out,
			struct mun_err *e)
{
	unsigned int n = mun_le16(raw + 18);
	int rc = 0;

	if (memcmp(raw, locator_type, 16) != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a parent that is not a VHDX");
	for (unsigned int i = 0; !rc && i < n; i++) {
		const uint8_t *row = raw + 20 + (size_t)12 * i;
		char key[64];
		char value[256];

		if (20 + (size_t)12 * (i + 1) > m->locator_bytes ||
		    !locator_text(raw, m->locator_bytes, mun_le32(row),
				  mun_le16(row + 8), key, sizeof(key)) ||
		    !locator_text(raw, m->locator_bytes, mun_le32(row + 4),
				  mun_le16(row + 10), value, sizeof(value)))
			return mun_fail(e, MUN_ECORRUPT,
					"row %u of the parent locator", i);
		rc = take_pair(m->img, key, value, out, e);
	}
	return rc;
}

static int check_parent(struct mun_image *img, const struct locator *l,
			struct mun_err *e)
{
	const struct mun_vhdx *p;
	char has[MUN_GUID_LEN + 2] = "{";

	if (img->parent->driver != &mun_image_vhdx) {
		mun_image_note(img, "the parent given is not a VHDX: whether "
				    "it is the right one cannot be checked");
		return 0;
	}
	p = img->parent->priv;
	mun_guid_text(p->data_write_guid, MUN_GUID_MIXED, has + 1);
	memcpy(has + MUN_GUID_LEN, "}", 2);
	if (strcmp(has, l->linkage) == 0 || strcmp(has, l->linkage2) == 0)
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"it is a difference to the data %s, and the parent "
			"given holds %s",
			l->linkage, has);
}

static const char *last_part(const char *path)
{
	const char *last = path;

	for (const char *p = path; *p; p++)
		if ((*p == '/' || *p == '\\') && p[1])
			last = p + 1;
	return last;
}

static int take_parent(struct metadata *m, struct mun_err *e)
{
	struct locator l = { .path = "" };
	uint8_t *raw;
	int rc;

	if (!m->locator || m->locator_bytes < 20 ||
	    m->locator_bytes > LOCATOR_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a difference without a parent locator");
	raw = malloc(m->locator_bytes);
	if (!raw)
		return mun_fail_nomem(e, "parent locator");
	rc = mun_source_pread(m->v->src, raw, m->locator_bytes, m->locator, e);
	if (!rc)
		rc = read_locator(m, raw, &l, e);
	free(raw);
	if (rc)
		return rc;
	if (!m->img->parent)
		return mun_fail(e, MUN_ENOENT,
				"it is a difference to '%.150s': give that "
				"image with --parent",
				last_part(l.path));
	m->v->pieces.parent = m->img->parent;
	return check_parent(m->img, &l, e);
}

int mun_vhdx_metadata(struct mun_image *img, struct mun_vhdx *v, uint64_t off,
		      uint64_t bytes, struct mun_err *e)
{
	struct metadata m = { .img = img, .v = v, .off = off, .bytes = bytes };
	uint8_t *table;
	int rc;

	if (bytes < MUN_VHDX_ITEMS || off > v->src->size ||
	    bytes > v->src->size - off)
		return mun_fail(e, MUN_ECORRUPT,
				"metadata of %" PRIu64 " bytes at byte "
				"%" PRIu64 ", and the file ends at %" PRIu64,
				bytes, off, v->src->size);
	table = malloc(MUN_VHDX_ITEMS);
	if (!table)
		return mun_fail_nomem(e, "metadata");
	rc = mun_source_pread(v->src, table, MUN_VHDX_ITEMS, off, e);
	if (!rc)
		rc = read_items(&m, table, e);
	free(table);
	if (!rc && m.physical && m.physical != v->sector_bytes)
		mun_image_variant(img, "physical sectors of %" PRIu32 " bytes",
				  m.physical);
	if (!rc && v->has_parent)
		rc = take_parent(&m, e);
	return rc;
}
