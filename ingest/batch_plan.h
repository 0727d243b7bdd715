/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_plan.h - what a CSV file asks for: one row, one medium
 *
 * The columns are explained in docs/batches.md.  A row is known by what is in
 * it, not by where it stands: its key is a digest of its cells by the names of
 * their columns, so rows and columns may change places.
 */
#ifndef MUN_INGEST_BATCH_PLAN_H
#define MUN_INGEST_BATCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "ingest/batch_csv.h"
#include "ingest/ingest.h"

#define MUN_BATCH_KEY 65 /* hex digits of SHA-256 and a NUL */

struct mun_batch_row {
	size_t line; /* of the file, from 1 */
	char key[MUN_BATCH_KEY];
	bool bad; /* it has a problem: it cannot be done */
	/* All but the id; source is NULL where the row names none.  Relative
	 * paths were taken from the folder of the file. */
	struct mun_ingest_request req;
	const char *source; /* as the row has it, or "" */
	const char *barcode; /* or "" */
	const char *volume; /* label that the medium should have, or "" */
	bool has_promise; /* digests: see promise */
	struct mun_digests promise;
	const char *text; /* the row alone, as a CSV file of two lines */
};

struct mun_batch_problem {
	size_t line;
	const char *text;
};

struct mun_batch_plan {
	struct mun_arena *arena; /* owns all of it */
	const char *path; /* of the file, absolute */
	const char *name; /* of the file, without folder and ".csv" */
	size_t nrows;
	struct mun_batch_row *rows; /* in the order of the file */
	size_t nproblems;
	struct mun_batch_problem *problems; /* by line */
	size_t nnotes;
	const char **notes; /* columns that we do not know: kept as notes */
	char delimiter;
};

/* What the command line says for all rows; texts may be NULL and are lent. */
struct mun_batch_defaults {
	const char *collection;
	const char *media_type;
	const char *operator_name;
	const char *write_blocker;
	const char *platform; /* name of image/platform.h */
	struct mun_rescue_policy rescue;
	bool need_source; /* false: the rows are of media in one drive */
};

/**
 * mun_batch_plan_load() - read the CSV file @path and understand every row
 * @catalog: to find the objects that rows want merged into; may be NULL
 * @out:     mun_batch_plan_free()
 *
 * What is wrong with rows is in @out->problems, all of it.
 * Return: 0; MUN_ENOENT, MUN_EIO; MUN_EINVAL for a file that is not read as a
 * table (mun_csv_parse()); MUN_ENOMEM.
 */
MUN_CHECK int mun_batch_plan_load(const char *path,
				  const struct mun_batch_defaults *defaults,
				  struct mun_catalog *catalog,
				  struct mun_batch_plan **out,
				  struct mun_err *e);
void mun_batch_plan_free(struct mun_batch_plan *p); /* NULL is fine */
MUN_DEFINE_FREEP(batch_plan, mun_batch_plan_free);

/* Row @row cannot be done: it is bad from now on.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_batch_plan_problem(struct mun_batch_plan *p,
				     struct mun_batch_row *row,
				     const char *text, struct mun_err *e);

#endif
