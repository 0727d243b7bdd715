/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_files.h - where the journals and reports of batches lie */
#ifndef MUN_CLI_BATCH_FILES_H
#define MUN_CLI_BATCH_FILES_H

#include "cli/cli.h"

#include "ingest/batch.h"

/* The repository's folder of journals; *@out is the caller's. */
MUN_CHECK int mun_repo_batches(const struct mun_repo *r, char **out,
			       struct mun_err *e);

/* Its lock of media (ingest/batch.h); makes the folder. */
MUN_CHECK int mun_repo_media_lock(const struct mun_repo *r, char **out,
				  struct mun_err *e);

struct mun_report_names {
	char csv[4096]; /* paths, or "" where nothing was written */
	char html[4096];
};

/**
 * mun_report_batch() - write the report into --report, or beside the CSV file
 *
 * Where the latter cannot be written to, it goes to the journal, and that is
 * said.  Without a file of rows and without --report there is none.
 * Return: as mun_batch_report_write().
 */
MUN_CHECK int mun_report_batch(const struct mun_cli *c,
			       const struct mun_batch *b,
			       const struct mun_repo *r, bool interrupted,
			       struct mun_report_names *out, struct mun_err *e);

#endif
