/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_qcow2_tables.c - the tables of a QCOW2 image that is written */
#include "image/fmt_qcow2_tables.h"

#include "core/bytes.h"
#include "core/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Offsets as in fmt_qcow2.c. */
#define HEADER_BYTES 112u
#define VERSION 3u
#define REFCOUNT_ORDER 4u
#define COMPRESSION_BIT 8u
#define ONCE (UINT64_C(1) << 63)
#define PACKED (UINT64_C(1) << 62)
#define SECTOR 512u

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit != 0);
}

static uint64_t cluster_bytes(const struct mun_qcow2_tables *t)
{
	return UINT64_C(1) << t->cluster_bits;
}

/* @n clusters side by side, each used @count times so far. */
static int give(struct mun_qcow2_tables *t, uint64_t n, uint16_t count,
		uint64_t *first, struct mun_err *e)
{
	uint64_t room = MUN_MAX(t->room, (uint64_t)1024);
	uint16_t *counts;

	while (room < t->clusters + n)
		room *= 2;
	if (room > t->room) {
		counts = realloc(t->counts, (size_t)room * sizeof(*counts));
		if (!counts)
			return mun_fail_nomem(e, "reference counts");
		t->counts = counts;
		t->room = room;
	}
	*first = t->clusters;
	for (uint64_t i = 0; i < n; i++)
		t->counts[t->clusters++] = count;
	return 0;
}

int mun_qcow2_tables_begin(struct mun_qcow2_tables *t, struct mun_err *e)
{
	uint64_t cluster = cluster_bytes(t);
	uint64_t clusters = round_up(t->bytes, cluster);
	uint64_t first;
	size_t l1_bytes;

	if (clusters > MUN_QCOW2_CLUSTERS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu64 " clusters: choose larger ones",
				clusters);
	t->l1_entries = (size_t)round_up(clusters, cluster / 8);
	l1_bytes = MUN_MAX(t->l1_entries, (size_t)1) * 8;
	t->l1 = calloc(1, l1_bytes);
	t->l2 = calloc(1, (size_t)cluster);
	if (!t->l1 || !t->l2)
		return mun_fail_nomem(e, "tables of a QCOW2 image");
	/* The header's, and those of the L1 table. */
	return give(t, 1 + round_up(l1_bytes, cluster), 1, &first, e);
}

static int write_l2(struct mun_qcow2_tables *t, struct mun_err *e)
{
	size_t cluster = (size_t)cluster_bytes(t);
	uint64_t at;
	int rc;

	if (!t->l2_used)
		return 0;
	rc = give(t, 1, 1, &at, e);
	if (!rc)
		rc = mun_outfile_write(t->file, t->l2, cluster,
				       at << t->cluster_bits, e);
	if (rc)
		return rc;
	mun_put_be64(t->l1 + t->l2_number * 8, at << t->cluster_bits | ONCE);
	memset(t->l2, 0, cluster);
	t->l2_used = false;
	return 0;
}

static int set_entry(struct mun_qcow2_tables *t, uint64_t n, uint64_t entry,
		     struct mun_err *e)
{
	uint64_t per_table = cluster_bytes(t) / 8;
	int rc = 0;

	if (n / per_table != t->l2_number)
		rc = write_l2(t, e);
	t->l2_number = (size_t)(n / per_table);
	t->l2_used = true;
	mun_put_be64(t->l2 + n % per_table * 8, entry);
	return rc;
}

int mun_qcow2_tables_plain(struct mun_qcow2_tables *t, uint64_t n,
			   uint64_t *host, struct mun_err *e)
{
	uint64_t at;
	int rc = give(t, 1, 1, &at, e);

	if (rc)
		return rc;
	*host = at << t->cluster_bits;
	return set_entry(t, n, *host | ONCE, e);
}

/*
 * As QEMU packs them: at any byte, behind the one before it if they are not
 * torn apart by that.  The clusters of the file that it touches, counted in
 * whole sectors, have one reference each.
 */
int mun_qcow2_tables_packed(struct mun_qcow2_tables *t, uint64_t n, size_t len,
			    uint64_t *host, struct mun_err *e)
{
	uint64_t cluster = cluster_bytes(t);
	uint64_t left = t->tail ? cluster - t->tail % cluster : 0;
	unsigned int x = 62 - (t->cluster_bits - 8);
	uint64_t sectors;
	uint64_t first = t->clusters;
	uint64_t last;
	int rc = 0;

	if (t->tail % cluster == 0)
		left = 0;
	if (len <= left) {
		*host = t->tail;
	} else if (left && t->tail >> t->cluster_bits == t->clusters - 1) {
		*host = t->tail;
		rc = give(t, 1, 0, &first, e);
	} else {
		rc = give(t, 1, 0, &first, e);
		*host = first << t->cluster_bits;
	}
	if (rc)
		return rc;
	t->tail = *host + len;
	first = *host >> t->cluster_bits;
	last = (t->tail - 1) >> t->cluster_bits;
	for (uint64_t i = first; i <= last; i++)
		t->counts[i]++;
	sectors = (t->tail - 1) / SECTOR - *host / SECTOR;
	return set_entry(t, n, PACKED | sectors << x | *host, e);
}

/* How many clusters the refcounts take, which count themselves too. */
static void size_refcounts(const struct mun_qcow2_tables *t, uint64_t *blocks,
			   uint64_t *table)
{
	uint64_t cluster = cluster_bytes(t);
	uint64_t total;

	*blocks = 0;
	*table = 0;
	do {
		total = t->clusters + *blocks + *table;
		*blocks = round_up(total, cluster / 2);
		*table = round_up(*blocks, cluster / 8);
	} while (t->clusters + *blocks + *table != total);
}

static int write_block(const struct mun_qcow2_tables *t, uint8_t *buf,
		       uint64_t from, uint64_t at, struct mun_err *e)
{
	uint64_t per_block = cluster_bytes(t) / 2;
	uint64_t n = MUN_MIN(per_block, t->clusters - from);

	memset(buf, 0, (size_t)cluster_bytes(t));
	for (uint64_t i = 0; i < n; i++) {
		buf[2 * i] = (uint8_t)(t->counts[from + i] >> 8);
		buf[2 * i + 1] = (uint8_t)t->counts[from + i];
	}
	return mun_outfile_write(t->file, buf, (size_t)cluster_bytes(t),
				 at << t->cluster_bits, e);
}

/* Blocks, then the table; *@at is where the table is. */
static int write_refcounts(struct mun_qcow2_tables *t, uint64_t *at,
			   uint64_t *table, struct mun_err *e)
{
	uint64_t per_block = cluster_bytes(t) / 2;
	mun_autofree uint8_t *index = NULL;
	mun_autofree uint8_t *buf = malloc((size_t)cluster_bytes(t));
	uint64_t first = 0;
	uint64_t blocks;
	size_t len;
	int rc;

	size_refcounts(t, &blocks, table);
	len = (size_t)(*table << t->cluster_bits);
	index = calloc(1, len);
	if (!buf || !index)
		return mun_fail_nomem(e, "reference counts");
	rc = give(t, blocks + *table, 1, &first, e);
	for (uint64_t i = 0; !rc && i < blocks; i++) {
		mun_put_be64(index + i * 8, (first + i) << t->cluster_bits);
		rc = write_block(t, buf, i * per_block, first + i, e);
	}
	*at = (first + blocks) << t->cluster_bits;
	return rc ? rc : mun_outfile_write(t->file, index, len, *at, e);
}

static int write_header(const struct mun_qcow2_tables *t, uint64_t counts_at,
			uint64_t counts_clusters, struct mun_err *e)
{
	uint8_t h[HEADER_BYTES + 8] = "QFI\xfb"; /* ends with no extension */

	mun_put_be32(h + 4, VERSION);
	mun_put_be32(h + 20, t->cluster_bits);
	mun_put_be64(h + 24, t->bytes);
	mun_put_be32(h + 36, (uint32_t)t->l1_entries);
	mun_put_be64(h + 40, cluster_bytes(t));
	mun_put_be64(h + 48, counts_at);
	mun_put_be32(h + 56, (uint32_t)counts_clusters);
	mun_put_be64(h + 72, t->zstd ? COMPRESSION_BIT : 0);
	mun_put_be32(h + 96, REFCOUNT_ORDER);
	mun_put_be32(h + 100, HEADER_BYTES);
	h[104] = t->zstd;
	return mun_outfile_write(t->file, h, sizeof(h), 0, e);
}

int mun_qcow2_tables_end(struct mun_qcow2_tables *t, struct mun_err *e)
{
	uint64_t at = 0;
	uint64_t table = 0;
	int rc = write_l2(t, e);

	if (!rc)
		rc = write_refcounts(t, &at, &table, e);
	if (!rc && t->l1_entries)
		rc = mun_outfile_write(t->file, t->l1, t->l1_entries * 8,
				       cluster_bytes(t), e);
	if (!rc)
		rc = write_header(t, at, table, e);
	return rc ? rc
		  : mun_outfile_set_size(t->file,
					 t->clusters << t->cluster_bits, e);
}

void mun_qcow2_tables_free(struct mun_qcow2_tables *t)
{
	free(t->l1);
	free(t->l2);
	free(t->counts);
}
