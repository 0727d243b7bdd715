/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_readings.h - each run that read a device, as a PREMIS event */
#ifndef MUN_INGEST_EVENT_READINGS_H
#define MUN_INGEST_EVENT_READINGS_H

#include "catalog/record.h"
#include "image/readmap.h"
#include "ingest/attempts.h"
#include "medium/optical.h"

struct mun_event_readings {
	const struct mun_attempts *attempts; /* one at least */
	bool uncounted; /* their statistics are not known, and not 0 */
	const struct mun_readmap *map; /* after the last of them */
	uint32_t sector_bytes; /* of the map's offsets */
	uint64_t runout; /* bytes of the map that hold no data */
	const struct mun_optical *optical; /* a disc, for its LBAs; or NULL */
	const char *write_blocker; /* or "" */
	const char *operator_id; /* agents in the record; or NULL */
	const char *program_id;
	const char *file_id; /* that came of it; or NULL */
};

/**
 * mun_event_readings() - an imaging event for each attempt, with its drive
 *
 * Detail: what was read how, and which protection there was; note: what was
 * had, ranges that were not, kinds of errors, budgets that were spent; and the
 * same as numbers (struct mun_rec_reading).  The last one has the outcome, the
 * ranges, and the file.  Drives and the write blocker become hardware agents.
 * Return: 0, MUN_ENOMEM, MUN_EIO.
 */
MUN_CHECK int mun_event_readings(const struct mun_event_readings *x,
				 struct mun_record *r, struct mun_err *e);

/* The hardware agent that a drive is. */
MUN_CHECK int mun_event_drive(struct mun_record *r,
			      const struct mun_device_facts *f,
			      const char **id_out, struct mun_err *e);

#endif
