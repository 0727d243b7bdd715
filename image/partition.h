/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/partition.h - partition tables: MBR with its extended chain, GPT,
 * Apple's map, Amiga's rigid disk block, Atari's AHDI, disklabels of BSD and Sun
 *
 * GPT: UEFI Specification 2.10, section 5.  Where each of the others is
 * described stands on top of its part_NAME.c.
 */
#ifndef MUN_IMAGE_PARTITION_H
#define MUN_IMAGE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

enum mun_table_kind {
	MUN_TABLE_NONE,
	MUN_TABLE_MBR,
	MUN_TABLE_GPT,
	MUN_TABLE_APM,
	MUN_TABLE_RDB,
	MUN_TABLE_AHDI,
	MUN_TABLE_BSD,
	MUN_TABLE_SUN,
};

struct mun_partition {
	unsigned int number; /* as Linux counts; logical ones from 5 */
	uint64_t start; /* sectors of the table's sector_bytes */
	uint64_t sectors;
	uint8_t mbr_type; /* 0 with all but MBR */
	bool active; /* to be booted from */
	uint8_t type_guid[16]; /* GPT, as on disk; zeros with all others */
	char type[40]; /* clean text: "0x06", a GUID, "Apple_HFS", "DOS\3" */
	char name[64]; /* clean text; "" where the table has none */
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
	bool damaged; /* a checksum of the table does not fit, or not all of it
		       * could be decoded */
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

/* One kind each; @out is zeroed by the caller. */
MUN_CHECK int mun_mbr_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);
MUN_CHECK int mun_gpt_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);

/* Apple's map. */
MUN_CHECK int mun_apm_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);
/* The Amiga's rigid disk block. */
MUN_CHECK int mun_rdb_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);
/* The Atari's root sector. */
MUN_CHECK int mun_ahdi_read(struct mun_source *src, struct mun_table *out,
			    struct mun_err *e);
/* A disklabel of BSD on a disk without another table. */
MUN_CHECK int mun_bsd_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);
/* A disklabel of SPARC. */
MUN_CHECK int mun_sun_read(struct mun_source *src, struct mun_table *out,
			   struct mun_err *e);

/**
 * mun_table_read_all() - tables of every kind that lie side by side in @src
 * @out:   room for @most, each set as by mun_table_read()
 * @n_out: how many there are: 0 to @most
 *
 * The disk's own table first.  A hybrid disc has two: an MBR or GPT, and an
 * Apple map.  What a decoder finds broken keeps no other table from being read,
 * and what was read before it broke off stays.
 * Return: 0, MUN_EIO; MUN_ECORRUPT where something was broken and there is no
 * table.
 */
MUN_CHECK int mun_table_read_all(struct mun_source *src, struct mun_table *out,
				 size_t most, size_t *n_out, struct mun_err *e);

/**
 * mun_table_read_nested() - the table inside a partition of an MBR
 * @disk:  the whole medium
 * @outer: the partition
 * @out:   its sectors count from the start of @disk
 *
 * Disklabels of BSD (types a5, a6, a9) and of Solaris (82, bf), and the
 * sub-partitions of Minix (81).
 * Return: as mun_table_read().
 */
MUN_CHECK int mun_table_read_nested(struct mun_source *disk,
				    const struct mun_partition *outer,
				    struct mun_table *out, struct mun_err *e);

/* "mbr", "gpt", "apm", "rdb", "ahdi", "bsd", "sun"; "" for NONE.  Static. */
const char *mun_table_name(enum mun_table_kind kind);

/* Room for one more, or NULL and @t->more. */
struct mun_partition *mun_table_add(struct mun_table *t);

#endif
