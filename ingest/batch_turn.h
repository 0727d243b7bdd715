/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_turn.h - one row of a batch (ingest/batch.c, batch_turn.c) */
#ifndef MUN_INGEST_BATCH_TURN_H
#define MUN_INGEST_BATCH_TURN_H

#include "ingest/batch.h"

/* Is there anything to do for a row in this state? */
bool mun_turn_is_wanted(const struct mun_batch *b,
			const struct mun_batch_row *row,
			const struct mun_row_record *r);

/* Line, source and label of the row. */
void mun_turn_describe(const struct mun_batch_row *row,
		       struct mun_row_record *r);

/* Why it is as it is; cut where it is too long. */
void mun_turn_reason(struct mun_row_record *r, const char *fmt, ...)
	MUN_PRINTF(2, 3);

#endif
