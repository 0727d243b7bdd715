/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_ntfs.c - NTFS
 *
 * Linux-NTFS project, "NTFS documentation".  Little-endian boot sector:
 *	3  "NTFS    "			48 u64 first cluster of the MFT
 *	11 u16 bytes of a sector	64 s8 clusters of a record, or -log2
 *	13 u8 sectors of a cluster	68 s8 ... of an index block
 *	40 u64 sectors			72 u64 serial number
 * Record 3 has the label (attribute 60h) and the version (70h), 5 is the root:
 * 90h the root of its index, a0h the blocks of it.  Of records "FILE" and
 * blocks "INDX" the last two bytes of every 512 stand elsewhere: 4 u16 where,
 * 6 u16 how many and one.
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define RECORD_MOST 4096u
#define INDEX_MOST 65536u
#define BLOCKS_MOST 256u /* of the root's index */
#define FIX 512u

enum { LABEL = 0x60, VERSION = 0x70, INDEX_ROOT = 0x90, INDEX_BLOCKS = 0xa0 };

struct ntfs {
	struct mun_source *src;
	uint64_t cluster; /* bytes */
	uint64_t mft; /* byte */
	uint32_t record; /* bytes */
	uint32_t index; /* bytes of a block */
	struct mun_fs_names names;
	uint8_t buf[INDEX_MOST];
};

/* Clusters, or where it is negative a power of 2 of bytes. */
static uint64_t size_of(uint8_t coded, uint64_t cluster)
{
	if (coded < 0x80)
		return coded * cluster;
	return 256u - coded < 32 ? (uint64_t)1 << (256u - coded) : 0;
}

static bool is_power_of_2(uint64_t n)
{
	return n && !(n & (n - 1));
}

static bool parse(const uint8_t *s, struct ntfs *n)
{
	uint32_t sector = mun_le16(s + 11);
	uint32_t sectors = s[13] < 0x80 ? s[13] : 1u << (256u - s[13]) % 32;
	uint64_t record;
	uint64_t index;

	n->cluster = (uint64_t)sector * sectors;
	if (memcmp(s + 3, "NTFS    ", 8) != 0 || sector < 256 ||
	    sector > 4096 || !is_power_of_2(n->cluster) ||
	    n->cluster > (2u << 20))
		return false;
	record = size_of(s[64], n->cluster);
	index = size_of(s[68], n->cluster);
	if (!is_power_of_2(record) || record < 512 || record > RECORD_MOST ||
	    !is_power_of_2(index) || index < 512 || index > INDEX_MOST)
		return false;
	n->record = (uint32_t)record;
	n->index = (uint32_t)index;
	return !ckd_mul(&n->mft, mun_le64(s + 48), n->cluster) &&
	       n->mft <= INT64_MAX;
}

/* Put the bytes that stand elsewhere back; false where they do not fit. */
static bool mend(uint8_t *p, size_t len, const char *magic)
{
	size_t at = mun_le16(p + 4);
	size_t n = mun_le16(p + 6);

	if (memcmp(p, magic, 4) != 0 || n != len / FIX + 1 || at < 40 ||
	    at + 2 * n > FIX)
		return false;
	for (size_t i = 1; i < n; i++) {
		uint8_t *end = p + i * FIX - 2;

		if (memcmp(end, p + at, 2) != 0)
			return false;
		memcpy(end, p + at + 2 * i, 2);
	}
	return true;
}

/* A record into n->buf; false in @ok where it is none. */
static int read_record(struct ntfs *n, uint32_t number, bool *ok,
		       struct mun_err *e)
{
	uint64_t off = n->mft + (uint64_t)number * n->record;
	int rc = mun_peek(n->src, n->buf, n->record, off, e);

	*ok = !rc && mend(n->buf, n->record, "FILE");
	return rc ? mun_ctx(e, "record %u of the MFT", number) : 0;
}

/* The first attribute of @type; its bytes in @len, or NULL. */
static const uint8_t *attribute(const struct ntfs *n, uint32_t type,
				size_t *len)
{
	size_t at = mun_le16(n->buf + 20);

	while (at + 24 <= n->record) {
		const uint8_t *p = n->buf + at;
		uint32_t bytes = mun_le32(p + 4);

		if (mun_le32(p) == UINT32_MAX || bytes < 24 ||
		    bytes > n->record - at)
			return NULL;
		*len = bytes;
		if (mun_le32(p) == type)
			return p;
		at += bytes;
	}
	return NULL;
}

/* The value that is in the record itself, or NULL. */
static const uint8_t *value(const struct ntfs *n, uint32_t type, size_t *len)
{
	size_t bytes = 0;
	const uint8_t *p = attribute(n, type, &bytes);
	size_t at;

	if (!p || p[8])
		return NULL;
	*len = mun_le32(p + 16);
	at = mun_le16(p + 20);
	return at > bytes || *len > bytes - at ? NULL : p + at;
}

static int read_volume(struct ntfs *n, struct mun_contents_volume *v,
		       struct mun_err *e)
{
	const uint8_t *p;
	size_t len = 0;
	bool ok;
	int rc = read_record(n, 3, &ok, e);

	if (rc)
		return rc;
	v->damaged |= !ok;
	p = ok ? value(n, LABEL, &len) : NULL;
	if (p)
		mun_label(p, len, MUN_LABEL_UCS2LE, v->label, sizeof(v->label));
	p = ok ? value(n, VERSION, &len) : NULL;
	if (p && len >= 10)
		mun_contents_text(v->title, sizeof(v->title), "NTFS %u.%u",
				  p[8], p[9]);
	return 0;
}

/* ---- the root ---- */

/* Entries of an index from @p, whose header is at its beginning: 0 u32 first
 * entry, 4 u32 their end. */
static void read_entries(struct ntfs *n, const uint8_t *p, size_t len)
{
	size_t at = len >= 16 ? mun_le32(p) : len;
	size_t end = len >= 16 ? MUN_MIN((size_t)mun_le32(p + 4), len) : 0;

	while (at + 16 <= end) {
		size_t bytes = mun_le16(p + at + 8);
		size_t name = mun_le16(p + at + 10);
		const uint8_t *key = p + at + 16;
		char text[256];

		if ((mun_le16(p + at + 12) & 2) || bytes < 16 ||
		    bytes > end - at || name > bytes - 16)
			return;
		/* A name of its system begins with '$'; 2: for DOS. */
		if (name >= 66 && (size_t)key[64] * 2 <= name - 66) {
			mun_label(key + 66, (size_t)key[64] * 2,
				  MUN_LABEL_UCS2LE, text, sizeof(text));
			if (text[0] != '$' && key[65] != 2)
				mun_fs_names_add(
					&n->names, text,
					(mun_le32(key + 56) & 0x10000000) != 0);
		}
		at += bytes;
	}
}

static int read_block(struct ntfs *n, uint64_t off, struct mun_err *e)
{
	int rc = mun_peek(n->src, n->buf, n->index, off, e);

	if (!rc && mend(n->buf, n->index, "INDX"))
		read_entries(n, n->buf + 24, n->index - 24);
	return rc;
}

/* The next run of a list: lengths and steps of 1 to 8 bytes each. */
static bool next_run(const uint8_t **p, const uint8_t *end, uint64_t *lcn,
		     uint64_t *clusters)
{
	unsigned int nlen;
	unsigned int nstep;
	uint64_t step = 0;

	if (*p >= end || **p == 0)
		return false;
	nlen = **p & 15;
	nstep = **p >> 4;
	(*p)++;
	if (!nlen || nlen > 8 || !nstep || nstep > 8 ||
	    (size_t)(end - *p) < nlen + nstep)
		return false;
	*clusters = 0;
	for (unsigned int i = 0; i < nlen; i++)
		*clusters |= (uint64_t)(*p)[i] << 8 * i;
	for (unsigned int i = 0; i < nstep; i++)
		step |= (uint64_t)(*p)[nlen + i] << 8 * i;
	/* It is signed. */
	if (nstep < 8 && (step >> (8 * nstep - 1) & 1))
		step |= UINT64_MAX << 8 * nstep;
	*lcn += step;
	*p += nlen + nstep;
	return true;
}

static int read_runs(struct ntfs *n, const uint8_t *p, const uint8_t *end,
		     struct mun_err *e)
{
	unsigned int left = BLOCKS_MOST;
	uint64_t lcn = 0;
	uint64_t clusters;

	while (left && next_run(&p, end, &lcn, &clusters)) {
		uint64_t off;
		uint64_t bytes;

		if (ckd_mul(&off, lcn, n->cluster) ||
		    ckd_mul(&bytes, clusters, n->cluster))
			return 0;
		for (uint64_t i = 0; left && i < bytes; i += n->index) {
			uint64_t at;
			int rc;

			if (ckd_add(&at, off, i) || at >= n->src->size)
				return 0;
			rc = read_block(n, at, e);
			if (rc)
				return rc;
			left--;
		}
	}
	return 0;
}

static int read_root(struct ntfs *n, struct mun_err *e)
{
	uint8_t runs[RECORD_MOST];
	const uint8_t *p;
	size_t len = 0;
	size_t at;
	bool ok;
	int rc = read_record(n, 5, &ok, e);

	if (rc || !ok)
		return rc;
	p = value(n, INDEX_ROOT, &len);
	if (p && len > 16)
		read_entries(n, p + 16, len - 16);
	p = attribute(n, INDEX_BLOCKS, &len);
	if (!p || !p[8] || len < 64)
		return 0;
	at = mun_le16(p + 32);
	if (at >= len)
		return 0;
	/* The record's room is used for the blocks. */
	memcpy(runs, p + at, len - at);
	rc = read_runs(n, runs, runs + (len - at), e);
	return rc ? mun_ctx(e, "root directory") : 0;
}

static void describe(const struct mun_fs_place *p, const struct ntfs *n,
		     const uint8_t *s, struct mun_contents_volume *v)
{
	mun_contents_text(v->fs, sizeof(v->fs), "ntfs");
	mun_contents_text(v->title, sizeof(v->title), "NTFS");
	mun_contents_text(v->oem, sizeof(v->oem), "NTFS");
	mun_contents_text(v->serial, sizeof(v->serial), "%016llX",
			  (unsigned long long)mun_le64(s + 72));
	v->block_bytes = (uint32_t)n->cluster;
	if (ckd_mul(&v->bytes, mun_le64(s + 40), (uint64_t)mun_le16(s + 11)) ||
	    v->bytes > INT64_MAX)
		v->bytes = 0;
	v->damaged = !v->bytes || v->bytes > p->src->size;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct ntfs *n = calloc(1, sizeof(*n));
	struct mun_contents_volume *v;
	struct mun_bootcode code;
	uint8_t s[2048];
	int rc;

	if (!n)
		return mun_fail_nomem(e, "NTFS volume");
	/* The name of its loader stands in the second sector. */
	rc = mun_peek(p->src, s, sizeof(s), 0, e);
	if (rc || !parse(s, n))
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	n->src = p->src;
	describe(p, n, s, v);
	mun_fs_names_start(&n->names, MUN_NAMES_DOS);
	rc = read_volume(n, v, e);
	if (!rc)
		rc = read_root(n, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&n->names, out, v);
	mun_bootcode_look(s, sizeof(s), 84, 510, &code);
	mun_fs_pc_boot(out, v, &code, &n->names);
	return 0;
}

const struct mun_fs_finder mun_fs_ntfs = {
	.name = "ntfs",
	.find = find,
};
