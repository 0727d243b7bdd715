/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qcow2_tables.h - the tables of a QCOW2 image that is written
 *
 * Clusters are given out in order, and the tables follow the data, so only one
 * L2 table is in memory at a time:
 *
 *	header, L1 table, { data ..., L2 table } ..., refcount blocks and table
 */
#ifndef MUN_IMAGE_FMT_QCOW2_TABLES_H
#define MUN_IMAGE_FMT_QCOW2_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/output.h"

/* Reference counts are kept in memory: 2 bytes for each cluster. */
#define MUN_QCOW2_CLUSTERS_MAX (UINT64_C(1) << 26)

struct mun_qcow2_tables {
	struct mun_outfile *file; /* borrowed */
	unsigned int cluster_bits;
	bool zstd;
	uint64_t bytes; /* of the disk, a multiple of 512 */
	uint8_t *l1; /* as it is written; owned */
	size_t l1_entries;
	uint8_t *l2; /* the table that is being filled; owned */
	size_t l2_number;
	bool l2_used;
	uint16_t *counts; /* of each cluster given out; owned */
	uint64_t clusters; /* given out */
	uint64_t room; /* of counts */
	uint64_t tail; /* where the next packed cluster may begin; 0: anew */
};

/* Begin an image; the fields above the tables are set.  0, MUN_ENOMEM,
 * MUN_EUNSUPPORTED for too many clusters. */
MUN_CHECK int mun_qcow2_tables_begin(struct mun_qcow2_tables *t,
				     struct mun_err *e);

/* Cluster number @n of the disk is stored as it is: where. */
MUN_CHECK int mun_qcow2_tables_plain(struct mun_qcow2_tables *t, uint64_t n,
				     uint64_t *host, struct mun_err *e);

/* ... or packed, in @len bytes. */
MUN_CHECK int mun_qcow2_tables_packed(struct mun_qcow2_tables *t, uint64_t n,
				      size_t len, uint64_t *host,
				      struct mun_err *e);

/* Write what is left: the last L2 table, refcounts, L1, header. */
MUN_CHECK int mun_qcow2_tables_end(struct mun_qcow2_tables *t,
				   struct mun_err *e);

/* After an error too; NULL is fine. */
void mun_qcow2_tables_free(struct mun_qcow2_tables *t);

#endif
