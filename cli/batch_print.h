/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_print.h - what a batch says while it runs, and at its end */
#ifndef MUN_CLI_BATCH_PRINT_H
#define MUN_CLI_BATCH_PRINT_H

#include "cli/cli.h"

#include "ingest/batch.h"

/* --on-held and --answer as a batch wants them; 0, or MUN_EXIT_USAGE (told).
 * @b->answers is the caller's: free(). */
int mun_batch_options(const struct mun_cli *c, struct mun_batch *b);

/* Callbacks of a batch that print a line for each row, and ask on a terminal. */
void mun_batch_talk(const struct mun_cli *c, struct mun_batch *b);

/* A line that a person typed, without its end, as *@out (free()).  1, 0 at the
 * end of the input, or negative: MUN_ECANCELLED, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_read_line(char **out, struct mun_err *e);

/* Every problem, one a line, on stderr. */
void mun_batch_problems(const struct mun_batch_plan *p);

/* "31 of 400 complete, ..." on stdout. */
void mun_batch_summary(const struct mun_batch_counts *n);

/* Members "counts" and "rows" (or @key) of the open object. */
MUN_CHECK int mun_batch_json(struct mun_jsonw *w, const char *key,
			     const struct mun_batch *b, struct mun_err *e);

/* The exit status that these outcomes are. */
int mun_batch_status(const struct mun_batch_counts *n);

#endif
