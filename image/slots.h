/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/slots.h - tables of numbers and of bits in a file, read as they are
 * wanted
 *
 * A bounded amount of memory, whatever the table's size; any number of threads.
 */
#ifndef MUN_IMAGE_SLOTS_H
#define MUN_IMAGE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

enum mun_slot_kind {
	MUN_SLOT_LE32,
	MUN_SLOT_BE32,
	MUN_SLOT_LE64,
	MUN_SLOT_BE64
};

struct mun_slots;

/* So many blocks a disk may have: tables of gigabytes, which may be nothing but
 * holes, would take for ever to walk through. */
#define MUN_SLOTS_MAX ((uint64_t)1 << 24)

/**
 * mun_slots_new() - @n numbers from byte @off of @src on
 * @src: must outlive the table
 *
 * Return: 0; MUN_ECORRUPT for a table that is not inside the file; MUN_ENOMEM.
 */
MUN_CHECK int mun_slots_new(struct mun_source *src, uint64_t off, uint64_t n,
			    enum mun_slot_kind kind, struct mun_slots **out,
			    struct mun_err *e);

/* Number @i.  0; MUN_ECORRUPT for one that the table does not have; MUN_EIO. */
MUN_CHECK int mun_slots_get(struct mun_slots *s, uint64_t i, uint64_t *value,
			    struct mun_err *e);

/**
 * mun_slots_run() - how many numbers from @i on are the same
 * @run: at least 1; perhaps fewer than there are
 *
 * For values that stand for nothing, of which there may be very many.
 */
MUN_CHECK int mun_slots_run(struct mun_slots *s, uint64_t i, uint64_t *run,
			    struct mun_err *e);
void mun_slots_free(struct mun_slots *s); /* NULL is fine */

struct mun_bitmaps;

/* Bitmaps anywhere in @src; @msb_first: bit 0 is the highest of its byte. */
MUN_CHECK int mun_bitmaps_new(struct mun_source *src, bool msb_first,
			      struct mun_bitmaps **out, struct mun_err *e);

/**
 * mun_bitmaps_get() - bit @i of the bitmap that begins at byte @off
 * @n:   how many bits may be looked at, from @i on; not 0
 * @run: how many from @i on are the same: 1 to @n, perhaps fewer than there are
 *
 * Return: 0; MUN_ECORRUPT outside the file; MUN_EIO.
 */
MUN_CHECK int mun_bitmaps_get(struct mun_bitmaps *b, uint64_t off, uint64_t i,
			      uint64_t n, bool *set, uint64_t *run,
			      struct mun_err *e);
void mun_bitmaps_free(struct mun_bitmaps *b); /* NULL is fine */

#endif
