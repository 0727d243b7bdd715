/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/partition.h - partition tables: MBR with its extended chain, and GPT
 *
 * GPT: UEFI Specification 2.10, section 5.
 */
#ifndef MUN_IMAGE_PARTITION_H
#define MUN_IMAGE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

enum mun_table_kind { MUN_TABLE_NONE, MUN_TABLE_MBR, MUN_TABLE_GPT };

struct mun_partition {
	unsigned int number; /* as Linux counts; logical ones from 5 */
	uint64_t start; /* sectors of the table's sector_bytes */
	uint64_t sectors;
	uint8_t mbr_type; /* 0 with GPT */
	bool active; /* MBR: to be booted from */
	uint8_t type_guid[16]; /* GPT, as on disk; zeros with MBR */
};

#define MUN_PARTITIONS_MAX 128

struct mun_table {
	enum mun_table_kind kind;
	uint32_t sector_bytes;
	size_t n; /* partitions; containers (extended) are not counted */
	struct mun_partition part[MUN_PARTITIONS_MAX];
	bool more; /* than are kept, or a chain that is broken or a loop */
	bool backup; /* GPT: the first header is damaged, this is the last */
	bool outside; /* one ends beyond the source */
};

/**
 * mun_table_read() - the partition table of @src
 *
 * A GPT that checks is taken before the MBR that protects it.  An MBR is one
 * when its entries make sense, not for its 55 AA, which boot sectors have too.
 * @out->kind tells what was found; NONE is no error.
 * Return: 0, MUN_EIO, MUN_ECORRUPT (as mun_source_pread()).
 */
MUN_CHECK int mun_table_read(struct mun_source *src, struct mun_table *out,
			     struct mun_err *e);

/* The halves of it; @out is zeroed by the caller. */
MUN_CHECK int mun_mbr_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);
MUN_CHECK int mun_gpt_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);

/* Room for one more, or NULL and @t->more. */
struct mun_partition *mun_table_add(struct mun_table *t);

#endif
