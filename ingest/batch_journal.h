/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_journal.h - what has become of the rows of a batch
 *
 * A folder batches/NAME of the repository: batch.json says of which CSV file
 * it is; rows/KEY.json what became of one row, written whole at each step;
 * "lock" has one byte for each row, which is locked by the process that works
 * on it and given back by the system when it ends, however it does
 * (docs/on-disk-layout.md).  So several processes may do one batch, and a
 * killed one leaves nothing half known.
 */
#ifndef MUN_INGEST_BATCH_JOURNAL_H
#define MUN_INGEST_BATCH_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/uuid.h"
#include "ingest/batch_plan.h"

enum mun_row_state {
	MUN_ROW_NONE, /* not begun */
	MUN_ROW_BEGUN, /* it has a session, or its object is there already */
	MUN_ROW_DONE,
	MUN_ROW_HELD, /* a question is open: see kind, reason */
	MUN_ROW_SKIPPED, /* a person said: leave it out */
	MUN_ROW_FAILED, /* see reason; perhaps it has a session */
	MUN_ROW_STATES
};
const char *mun_row_state_name(enum mun_row_state s); /* "done" */

struct mun_row_record {
	enum mun_row_state state;
	size_t line; /* of the file, when that was written */
	char source[1024]; /* escaped */
	char label[256];
	char object[MUN_UUID_LEN]; /* that it becomes, or has become; or "" */
	char other[MUN_UUID_LEN]; /* of a hold: which it may be; or "" */
	char kind[16]; /* of a hold: its word (ingest/guard.h); or "" */
	char answer[16]; /* what a person said to it: "store", ...; or "" */
	char reason[512]; /* held, failed, partial: why; or "" */
	char outcome[16]; /* done: "complete" or "partial" */
	bool damaged; /* done: as of mun_ingest_result */
	char format[32];
	uint64_t bytes;
	uint64_t unreadable_bytes;
	uint64_t doubtful_bytes;
	char drive[280]; /* vendor, model and serial; "" for files */
	char started[MUN_TIME_LEN];
	char ended[MUN_TIME_LEN]; /* or "" */
	uint64_t elapsed_ms; /* of all attempts */
};

struct mun_batch_journal;

/**
 * mun_batch_journal_open() - the journal of a CSV file, made where it is new
 * @dir:  the repository's batches/
 * @name: of the batch, or NULL: from the file's name and place
 * @make: false: only look; a journal that is not there is an empty one
 *
 * Return: 0; MUN_EINVAL (a name that is none; one that is of another file,
 * which is still there); MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_batch_journal_open(const char *dir, const char *name,
				     const struct mun_batch_plan *plan,
				     bool make, struct mun_batch_journal **out,
				     struct mun_err *e);
void mun_batch_journal_close(struct mun_batch_journal *j); /* NULL is fine */
MUN_DEFINE_FREEP(batch_journal, mun_batch_journal_close);

/* Its name, and its folder; lent. */
const char *mun_batch_journal_name(const struct mun_batch_journal *j);
/* As above. */
const char *mun_batch_journal_dir(const struct mun_batch_journal *j);

/* Work on the row: @ours is false where another process does.  Held by this
 * process until mun_batch_row_release(), or its end.  0 or MUN_EIO. */
MUN_CHECK int mun_batch_row_claim(struct mun_batch_journal *j, const char *key,
				  bool *ours, struct mun_err *e);
void mun_batch_row_release(struct mun_batch_journal *j, const char *key);

/**
 * mun_batch_medium_lock() - nobody else takes in a medium that begins like this
 * @path: the lock file, made where it is missing
 * @head: hex digest of the medium's first sectors
 * @fd_out: the lock is given back when it is closed
 *
 * Waits for the process that has it.  0, MUN_EIO, MUN_ECANCELLED.
 */
MUN_CHECK int mun_batch_medium_lock(const char *path, const char *head,
				    int *fd_out, struct mun_err *e);

/* What became of it; MUN_ROW_NONE where nothing is known.  MUN_ECORRUPT,
 * MUN_EIO. */
MUN_CHECK int mun_batch_row_load(const struct mun_batch_journal *j,
				 const char *key, struct mun_row_record *out,
				 struct mun_err *e);

/* Write it, whole or not at all; durable. */
MUN_CHECK int mun_batch_row_save(struct mun_batch_journal *j, const char *key,
				 const struct mun_row_record *r,
				 struct mun_err *e);

/* The row's own text as rows/KEY/STEM-lineN.csv, a manifest of what it promises;
 * @path is the caller's. */
MUN_CHECK int mun_batch_row_text(struct mun_batch_journal *j, const char *stem,
				 const struct mun_batch_row *row, char **path,
				 struct mun_err *e);

/* Each row that the journal knows, in no order; a result other than 0 ends it.
 */
typedef int mun_batch_known_fn(void *ctx, const char *key,
			       const struct mun_row_record *r,
			       struct mun_err *e);
MUN_CHECK int mun_batch_journal_each(const struct mun_batch_journal *j,
				     mun_batch_known_fn *fn, void *ctx,
				     struct mun_err *e);

#endif
