/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/apple2.h - disks of the Apple II, by what is on them
 *
 * A track of 16 sectors is stored in the order in which DOS 3.3 numbers them or
 * in that of the blocks of ProDOS; nothing but the content says which.
 */
#ifndef MUN_IMAGE_APPLE2_H
#define MUN_IMAGE_APPLE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

#define MUN_APPLE2_140K 143360u /* 35 tracks of 16 sectors */
#define MUN_APPLE2_D13 116480u /* 35 tracks of 13 sectors */
#define MUN_APPLE2_800K 819200u

enum mun_apple2_order {
	MUN_APPLE2_UNKNOWN,
	MUN_APPLE2_DOS,
	MUN_APPLE2_PRODOS,
};

struct mun_apple2 {
	enum mun_apple2_order order;
	const char *os; /* "DOS 3.3", "ProDOS"; NULL: not known */
	unsigned int volume; /* number of a DOS disk */
	char label[16]; /* name of a ProDOS volume */
};

/**
 * mun_apple2_look() - what a disk of 16 sectors a track, or of blocks, holds
 *
 * Return: 0, MUN_EIO, MUN_ECORRUPT as mun_source_pread().
 */
MUN_CHECK int mun_apple2_look(struct mun_source *src, struct mun_apple2 *out,
			      struct mun_err *e);

/* Is there a table of contents of DOS for @sectors a track?  @volume: of it.
 * 0, MUN_EIO, MUN_ECORRUPT. */
MUN_CHECK int mun_apple2_vtoc(struct mun_source *src, unsigned int sectors,
			      bool *out, unsigned int *volume,
			      struct mun_err *e);

#define MUN_APPLE2_BLOCK 512u

/* A disk as blocks, in whichever order its sectors are. */
struct mun_apple2_disk {
	struct mun_source *src;
	enum mun_apple2_order order;
	uint32_t first; /* bytes before block 0, of blocks in order */
};

/* Block @block; zeros behind the end.  0, MUN_EIO, MUN_ECORRUPT. */
MUN_CHECK int mun_apple2_block(const struct mun_apple2_disk *d, uint32_t block,
			       uint8_t buf[static MUN_APPLE2_BLOCK],
			       struct mun_err *e);

#endif
