/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/dmgruns.h - a disk in runs of sectors, each stored in its own way
 *
 * What NDIF and UDIF images have in common.  After mun_dmgruns_done() any
 * number of threads may read.
 */
#ifndef MUN_IMAGE_DMGRUNS_H
#define MUN_IMAGE_DMGRUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

#define MUN_DMG_SECTOR 512u
/* Of one compressed run, decoded: Apple's tools make them of 1 MiB at most. */
#define MUN_DMG_RUN_MAX ((uint64_t)32 << 20)

enum mun_dmg_coding {
	MUN_DMG_ZERO, /* zeros that are part of the content */
	MUN_DMG_FREE, /* not in use; reads as zeros */
	MUN_DMG_RAW,
	MUN_DMG_ADC,
	MUN_DMG_ZLIB,
	MUN_DMG_BZIP2,
	MUN_DMG_LZFSE,
	MUN_DMG_XZ,
	MUN_DMG_CODINGS,
};

struct mun_dmg_run {
	uint64_t sector;
	uint64_t sectors;
	uint64_t off; /* bytes into the source */
	uint64_t bytes; /* there */
	enum mun_dmg_coding coding;
};

struct mun_dmgruns;

/* @src is borrowed and must outlive it. */
MUN_CHECK int mun_dmgruns_new(struct mun_source *src, struct mun_dmgruns **out,
			      struct mun_err *e);
void mun_dmgruns_free(struct mun_dmgruns *r); /* NULL is fine */
MUN_DEFINE_FREEP(dmgruns, mun_dmgruns_free);

/**
 * mun_dmgruns_add() - one run more, in any order
 *
 * Return: 0; MUN_ECORRUPT where it is not inside the source, is larger than its
 * sectors can need, or ends beyond 2^63; MUN_EUNSUPPORTED for a compressed run
 * above MUN_DMG_RUN_MAX; MUN_ENOMEM.
 */
MUN_CHECK int mun_dmgruns_add(struct mun_dmgruns *r,
			      const struct mun_dmg_run *run, struct mun_err *e);

/* Sort them.  0; MUN_ECORRUPT where two overlap; MUN_ENOMEM. */
MUN_CHECK int mun_dmgruns_done(struct mun_dmgruns *r, struct mun_err *e);

/* The sector after the last run. */
uint64_t mun_dmgruns_end(const struct mun_dmgruns *r);

/* Is there a run of this coding? */
bool mun_dmgruns_has(const struct mun_dmgruns *r, enum mun_dmg_coding coding);

/**
 * mun_dmgruns_pread() - decoded bytes; zeros where there is no run
 *
 * Return: 0; MUN_ECORRUPT (which run, and what of it); MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_dmgruns_pread(struct mun_dmgruns *r, void *buf, size_t len,
				uint64_t off, struct mun_err *e);

/* DATA, ZERO, or HOLE (free, or no run at all) at byte @off; neighbours of the
 * same kind are one. */
void mun_dmgruns_extent(const struct mun_dmgruns *r, uint64_t off,
			uint64_t size, struct mun_extent *out);

/**
 * mun_dmgruns_crc() - CRC-32 of sectors as Apple counts it
 *
 * Of what the runs hold, zeros too; not of free ones, nor of gaps.
 */
MUN_CHECK int mun_dmgruns_crc(struct mun_dmgruns *r, uint64_t sector,
			      uint64_t sectors, uint32_t *out,
			      struct mun_err *e);

#endif
