/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_report.h - what became of a batch, for people: CSV and a page
 *
 * Every number has its denominator: complete, partial, held, left out, failed
 * and not begun add up to the rows of the file.
 */
#ifndef MUN_INGEST_BATCH_REPORT_H
#define MUN_INGEST_BATCH_REPORT_H

#include <stdbool.h>

#include "core/err.h"
#include "ingest/batch.h"

struct mun_batch_report {
	const char *dir; /* folder that it is written into */
	const char *name; /* of the files: NAME.report.csv, NAME.report.html */
	const char *title; /* "Batch box-12" */
	const char *operator_name; /* or "" */
	const char *program_version;
	bool interrupted;
};

/**
 * mun_batch_report_write() - both files, each whole; older ones are replaced
 *
 * The rows are as the journal has them now, also those that another process
 * did.  Return: 0, MUN_EIO, MUN_ECORRUPT (the journal), MUN_ENOMEM.
 */
MUN_CHECK int mun_batch_report_write(const struct mun_batch *b,
				     const struct mun_batch_report *q,
				     struct mun_err *e);

#endif
