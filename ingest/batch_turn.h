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

/* Work on one row. */
struct mun_turn_work {
	struct mun_batch *b;
	const struct mun_batch_row *row;
	struct mun_row_record *r;
	struct mun_look look;
	struct mun_ingest_request req;
	struct mun_expectation expect;
	char *manifest; /* freed by claimed() */
	int medium_lock; /* descriptor, or -1 */
	enum mun_answer answer; /* of a person to this row, or HOLD */
	/* What was said before the process was killed, of that kind only. */
	enum mun_answer before;
	enum mun_hold_kind before_kind;
	int64_t since_ms;
};

/* A text into a field, cut at a character. */
void mun_turn_put(char *out, size_t size, const char *text);

/* It has come to this state: into the journal.  As mun_batch_row_save(). */
MUN_CHECK int mun_turn_end(struct mun_turn_work *t, enum mun_row_state state,
			   struct mun_err *e);

/* It failed with @rc and what @e says; 0 where the journal has that, or @rc
 * where it would be the same for the next row. */
MUN_CHECK int mun_turn_failed(struct mun_turn_work *t, int rc,
			      struct mun_err *e);

/* Look at the medium; *@stop: it is held, left out or has failed, and the
 * journal says so.  As mun_batch_do(). */
MUN_CHECK int mun_turn_guard(struct mun_turn_work *t, bool *stop,
			     struct mun_err *e);

/* What was read is not what was promised (@e), and nothing of it is kept;
 * *@again: it is to be taken in all the same.  As mun_batch_do(). */
MUN_CHECK int mun_turn_broken_promise(struct mun_turn_work *t,
				      struct mun_err *e, bool *again);

#endif
