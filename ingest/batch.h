/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch.h - the rows of a CSV file, taken in one after the other
 *
 * Each row is claimed, guarded, named in the journal together with the object
 * that it is to become, and ingested; so whatever ends the process, the next
 * run goes on with it and does nothing twice.  What a row comes to is data; an
 * error is what ends the batch.
 */
#ifndef MUN_INGEST_BATCH_H
#define MUN_INGEST_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "ingest/batch_journal.h"
#include "ingest/batch_plan.h"
#include "ingest/guard.h"
#include "ingest/ingest.h"

/* What is to be done with a medium that is held. */
enum mun_answer {
	MUN_ANSWER_HOLD, /* leave it for later */
	MUN_ANSWER_STORE, /* take it in all the same */
	MUN_ANSWER_MERGE, /* into the object that it seems to be */
	MUN_ANSWER_SKIP, /* leave it out for good */
	MUN_ANSWER_ASK, /* as a policy: a person */
	MUN_ANSWERS
};
const char *mun_answer_name(enum mun_answer a); /* "store" */
/* MUN_ANSWERS for a word that is none. */
enum mun_answer mun_answer_of_name(const char *name);

struct mun_batch_answer {
	size_t line;
	enum mun_answer answer;
	bool used; /* there was such a row */
};

/* What happened to a row in this run. */
enum mun_turn {
	MUN_TURN_DID, /* it was worked on; its record is what it is now */
	MUN_TURN_WAS, /* nothing was to do: done before, held, failed */
	MUN_TURN_BUSY, /* another process works on it */
};

struct mun_batch {
	const struct mun_ingest_env *env;
	struct mun_batch_plan *plan;
	struct mun_batch_journal *journal; /* NULL: rows are known by this run
					    * only; then kept[] has them */
	enum mun_answer on_held[MUN_HOLD_KINDS]; /* HOLD, STORE, SKIP, ASK */
	size_t nanswers;
	struct mun_batch_answer *answers; /* of rows, by a person */
	bool retry_failed; /* what is held or failed, once more */
	/* File whose bytes stand for media that are being taken in, by any
	 * process; NULL: nobody else is there. */
	const char *media_lock;
	bool one_drive; /* the rows are of media in the same drive */
	/* A person, where on_held says so; NULL: nobody is there. */
	int (*ask)(void *ctx, const struct mun_batch_row *row,
		   const struct mun_hold *hold, enum mun_answer *out,
		   struct mun_err *e);
	/* Before and after the work on a row; may be NULL. */
	void (*begins)(void *ctx, const struct mun_batch_row *row);
	void (*ends)(void *ctx, const struct mun_batch_row *row,
		     const struct mun_row_record *r, enum mun_turn turn);
	void *ctx;
	/* Made */
	struct mun_row_record *kept; /* beside plan->rows, without a journal */
	size_t ngone; /* rows of the journal that the file has no more */
	struct mun_batch_gone *gone;
	struct mun_look last; /* the medium that was looked at last */
	bool cancelled;
};

struct mun_batch_gone {
	struct mun_row_record record;
};

/**
 * mun_batch_begin() - compare plan and journal
 *
 * Return: 0, MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.  @b: mun_batch_clear().
 */
MUN_CHECK int mun_batch_begin(struct mun_batch *b, struct mun_err *e);
void mun_batch_clear(struct mun_batch *b); /* not plan and journal */

/**
 * mun_batch_check() - could each row that is still to be done be done?
 *
 * Sources there and readable, texts clean, formats known, room for each.  What
 * cannot becomes a problem of the plan.
 * Return: 0, MUN_ECANCELLED, MUN_ECORRUPT, MUN_EIO (the journal), MUN_ENOMEM.
 */
MUN_CHECK int mun_batch_check(struct mun_batch *b, struct mun_err *e);

/**
 * mun_batch_do() - one row, from wherever it stands
 * @r: what it is now
 *
 * Return: 0 (look at @r); what makes it senseless to go on: MUN_ECANCELLED,
 * MUN_EUNAVAILABLE (the store), MUN_ENOMEM, or an error of the journal.
 */
MUN_CHECK int mun_batch_do(struct mun_batch *b, struct mun_batch_row *row,
			   struct mun_row_record *r, enum mun_turn *turn,
			   struct mun_err *e);

/* All rows without a problem, in the order of the file.  As mun_batch_do(). */
MUN_CHECK int mun_batch_run(struct mun_batch *b, struct mun_err *e);

struct mun_batch_counts {
	size_t rows; /* of the file; the rest add up to it */
	size_t complete;
	size_t partial; /* some bytes could not be read */
	size_t held;
	size_t skipped;
	size_t failed; /* rows with problems too */
	size_t begun; /* at work in another process, or interrupted */
	size_t none; /* not begun */
	size_t damaged; /* of complete and partial: the image is */
	uint64_t bytes;
	uint64_t unreadable_bytes;
};

/* Each row with what became of it; a row with a problem has FAILED and that
 * problem as its reason.  A result other than 0 ends it and is returned. */
typedef int mun_batch_row_fn(void *ctx, const struct mun_batch_row *row,
			     const struct mun_row_record *r, struct mun_err *e);
MUN_CHECK int mun_batch_each(const struct mun_batch *b, mun_batch_row_fn *fn,
			     void *ctx, struct mun_err *e);

/* As mun_batch_each(). */
MUN_CHECK int mun_batch_count(const struct mun_batch *b,
			      struct mun_batch_counts *out, struct mun_err *e);

/* "complete", "partial", "held", "skipped", "failed", "begun", "not begun". */
const char *mun_batch_word(const struct mun_row_record *r);

#endif
