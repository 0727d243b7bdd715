/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_qcow2_overlay.c - an empty QCOW2 image above a raw one */
#include "image/fmt_qcow2_overlay.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"

/*
 * Clusters of 64 KiB:
 *
 *	0	header, extension "backing format", name of the backing file
 *	1	refcount table: one entry, for the block in cluster 2
 *	2	refcount block: 16 bits for each cluster of this file
 *	3 ...	L1 table, all zeros: no cluster is allocated in the overlay
 *
 * Header (big-endian), by offset:
 *	  0  4  magic "QFI\xfb"		 56  4  refcount table clusters
 *	  4  4  version 3		 60  4  snapshots
 *	  8  8  backing name offset	 64  8  snapshots offset
 *	 16  4  backing name length	 72  8  incompatible features
 *	 20  4  cluster bits		 80  8  compatible features
 *	 24  8  virtual size		 88  8  autoclear features
 *	 32  4  encryption		 96  4  refcount order (2^n bits)
 *	 36  4  L1 entries		100  4  header length
 *	 40  8  L1 offset
 *	 48  8  refcount table offset
 */
#define CLUSTER_BITS 16
#define CLUSTER ((size_t)1 << CLUSTER_BITS)
#define HEADER_BYTES 104u
#define L1_CLUSTER 3u
/* One L1 entry stands for one L2 table of 8192 clusters. */
#define L1_COVERS ((uint64_t)CLUSTER / 8 * CLUSTER)
#define BYTES_MAX ((uint64_t)64 << 40)
#define EXT_BACKING_FORMAT 0xe2792acau

static void put_header(uint8_t *h, uint64_t bytes, uint32_t l1_entries)
{
	memcpy(h, "QFI\xfb", 4);
	mun_put_be32(h + 4, 3);
	mun_put_be32(h + 20, CLUSTER_BITS);
	mun_put_be64(h + 24, bytes);
	mun_put_be32(h + 36, l1_entries);
	mun_put_be64(h + 40, L1_CLUSTER * CLUSTER);
	mun_put_be64(h + 48, CLUSTER);
	mun_put_be32(h + 56, 1);
	mun_put_be32(h + 96, 4);
	mun_put_be32(h + 100, HEADER_BYTES);
}

static void put_backing(uint8_t *h, const char *name, size_t len)
{
	uint8_t *p = h + HEADER_BYTES;

	/* Type and length, the text padded to 8 bytes; then the end mark, which
	 * is zeros. */
	mun_put_be32(p, EXT_BACKING_FORMAT);
	mun_put_be32(p + 4, 3);
	memcpy(p + 8, "raw", 3);
	p += 8 + 8 + 8;
	memcpy(p, name, len);
	mun_put_be64(h + 8, (uint64_t)(p - h));
	mun_put_be32(h + 16, (uint32_t)len);
}

int mun_qcow2_empty_overlay(uint64_t bytes, const char *backing,
			    struct mun_str *out, struct mun_err *e)
{
	mun_autofree uint8_t *img = NULL;
	size_t len = strlen(backing);
	size_t clusters;
	uint64_t l1;

	if (bytes % 512 || len == 0 || len > 1023 || strchr(backing, ':'))
		return mun_fail(e, MUN_EINVAL,
				"overlay of %" PRIu64 " bytes above '%s'",
				bytes, backing);
	if (bytes > BYTES_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"overlay of %" PRIu64 " bytes: the most is "
				"64 TiB",
				bytes);
	l1 = bytes / L1_COVERS + (bytes % L1_COVERS != 0);
	clusters = L1_CLUSTER + (size_t)(l1 * 8 + CLUSTER - 1) / CLUSTER;
	img = calloc(clusters, CLUSTER);
	if (!img)
		return mun_fail_nomem(e, "qcow2 overlay");
	put_header(img, bytes, (uint32_t)l1);
	put_backing(img, backing, len);
	mun_put_be64(img + CLUSTER, 2 * CLUSTER);
	for (size_t i = 0; i < clusters; i++)
		img[2 * CLUSTER + 2 * i + 1] = 1; /* used once, be16 */
	mun_str_add_bytes(out, img, clusters * CLUSTER);
	return out->failed ? mun_fail_nomem(e, "qcow2 overlay") : 0;
}
