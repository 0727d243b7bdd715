/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_notes.h - what a run of reading did and had, for people */
#ifndef MUN_INGEST_EVENT_NOTES_H
#define MUN_INGEST_EVENT_NOTES_H

#include "core/str.h"
#include "ingest/event_readings.h"

/* Most ranges that a note names; the map and the record have every one. */
#define MUN_NOTE_RANGES 20u

/* Append how attempt @i of @x was to read: which device, which policy. */
void mun_reading_detail(const struct mun_event_readings *x, size_t i,
			struct mun_str *out);

/* Append what it had in the end, as @n says: counts, of the last attempt the
 * ranges, kinds of errors, why it stopped. */
void mun_reading_note(const struct mun_event_readings *x, size_t i,
		      const struct mun_rec_reading *n, struct mun_str *out);

/* Append the ranges of @m in @state as LBA, at most @max of them: "120-122, 7
 * and 3 more ranges".  @disc: whose LBAs they are, or NULL: they count sectors.
 */
void mun_lba_ranges(const struct mun_readmap *m, enum mun_read_state state,
		    const struct mun_optical *disc, uint32_t sector_bytes,
		    size_t max, struct mun_str *out);

#endif
