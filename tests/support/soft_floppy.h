/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/soft_floppy.h - a floppy drive in memory, with a disk in it
 *
 * What is on the disk is said track by track; the drive gives a sector where
 * the selected format is one of the disk's family and that sector is there.
 */
#ifndef MUN_TESTS_SOFT_FLOPPY_H
#define MUN_TESTS_SOFT_FLOPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "medium/floppy_drive.h"

struct soft_track {
	unsigned int sectors; /* 0: not formatted */
	bool bad[MUN_FLOPPY_SECTORS_MAX + 1]; /* by number, from 1 */
};

struct soft_floppy {
	struct mun_floppy_drive base; /* first: what the others see */
	char type[17]; /* of the drive */
	int protected_;
	bool empty; /* no disk in it */
	uint32_t refused; /* formats (1u << type) that cannot be selected */
	uint64_t gone_after; /* reads, then the disk is out; 0: never */
	unsigned int delay_us; /* that a read takes */
	bool owned; /* free it when it is closed */
	/* The disk */
	unsigned int family;
	struct soft_track tracks[MUN_FLOPPY_CYLINDERS_MAX]
				[MUN_FLOPPY_HEADS_MAX];
	uint8_t *data; /* sector by sector, room for the largest disk */
	/* What was asked of it. */
	const struct mun_floppy_geometry *selected;
	unsigned int selects;
	unsigned int reads;
	unsigned int failed;
	unsigned int spans; /* reads that do not lie in one track: a fault */
	unsigned int closed;
};

/* A drive without a disk; soft_floppy_free(), also after it was closed. */
struct soft_floppy *soft_floppy_new(const char *type);
void soft_floppy_free(struct soft_floppy *f);

/* The format of that name, or the test ends. */
const struct mun_floppy_geometry *soft_floppy_named(const char *name);

/* Format the disk; @seed: of the bytes in its sectors.  No boot sector. */
void soft_floppy_format(struct soft_floppy *f,
			const struct mun_floppy_geometry *g, uint64_t seed);

/* Where a sector's 512 bytes lie; @sector from 1. */
uint8_t *soft_floppy_at(struct soft_floppy *f, unsigned int cylinder,
			unsigned int head, unsigned int sector);

/* Put a BIOS parameter block with these numbers into the first sector. */
void soft_floppy_bpb(struct soft_floppy *f, unsigned int sectors,
		     unsigned int heads, unsigned int total);

void soft_floppy_bad(struct soft_floppy *f, unsigned int cylinder,
		     unsigned int head, unsigned int sector);

struct mun_device;

/**
 * soft_floppy_open() - the drive and the disk that the file @path describes
 *
 * Lines: "type H1440", "protected", "format 1440K", "image FILE" (all of its
 * bytes), "bad C H S" (S 0: the whole track), "delay_us N".
 * Return: as mun_floppy_device().
 */
MUN_CHECK int soft_floppy_open(const char *path, struct mun_device *m,
			       struct mun_err *e);

#endif
