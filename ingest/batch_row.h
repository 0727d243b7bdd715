/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_row.h - one row of a CSV file as a request (ingest/batch_plan.c) */
#ifndef MUN_INGEST_BATCH_ROW_H
#define MUN_INGEST_BATCH_ROW_H

#include "ingest/batch_plan.h"

/* What all rows of a plan are made with. */
struct mun_row_maker {
	struct mun_batch_plan *p;
	struct mun_arena *arena;
	const struct mun_csv *t;
	const struct mun_batch_defaults *defaults;
	struct mun_catalog *catalog;
	const char *folder; /* of the file */
};

/* Is it a column that means something?  Others are kept as notes. */
bool mun_row_is_known(const char *column);

/* Understand @from, whose fields live as long as the plan.  What is wrong with
 * it is a problem of the plan.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_row_make(struct mun_row_maker *m,
			   const struct mun_csv_row *from,
			   struct mun_batch_row *row, struct mun_err *e);

#endif
