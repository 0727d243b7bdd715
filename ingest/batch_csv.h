/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_csv.h - a CSV file as people export it, read with bounds
 *
 * RFC 4180 in UTF-8, with or without a byte order mark; lines end with CR LF,
 * LF or CR.  Fields are separated by the comma, semicolon or tab that makes
 * the first line name a column called "source", "label" or "barcode".
 */
#ifndef MUN_INGEST_BATCH_CSV_H
#define MUN_INGEST_BATCH_CSV_H

#include <stddef.h>

#include "core/arena.h"
#include "core/err.h"

#define MUN_CSV_FILE_MAX ((size_t)16 << 20) /* bytes */
#define MUN_CSV_FIELD_MAX ((size_t)64 << 10) /* bytes */
#define MUN_CSV_COLUMNS_MAX 256
#define MUN_CSV_ROWS_MAX 100000

struct mun_csv_row {
	size_t line; /* where it begins, from 1 */
	const char *problem; /* why it cannot be used; or NULL */
	/* As many as there are columns, never NULL: what is missing at the
	 * end of a row is "".  Clean UTF-8 with LF and tab at most. */
	const char *const *fields;
};

struct mun_csv {
	struct mun_arena *arena; /* owns all of it */
	char delimiter;
	size_t ncolumns;
	/* In lower case, with '_' for blanks and '-'; what follows a ':' as it
	 * was written.  "" for a column without a name. */
	const char *const *columns;
	const char *const *titles; /* the same as they were written */
	size_t nrows;
	const struct mun_csv_row *rows; /* without those that are empty */
};

/**
 * mun_csv_parse() - @len bytes as a table
 * @out: mun_csv_free()
 *
 * A row whose text cannot be used has a problem, and the others are read all
 * the same; what makes the rows themselves uncertain refuses the file: NUL
 * bytes, UTF-16, quotes that do not fit, a field, row or file beyond the bounds
 * above, columns of the same name, no first line that names the columns.
 * Return: 0, MUN_EINVAL (with the line), MUN_ENOMEM.
 */
MUN_CHECK int mun_csv_parse(const void *data, size_t len, struct mun_csv **out,
			    struct mun_err *e);
void mun_csv_free(struct mun_csv *t); /* NULL is fine */
MUN_DEFINE_FREEP(csv, mun_csv_free);

/* Number of the column @name, or ncolumns. */
size_t mun_csv_column(const struct mun_csv *t, const char *name);

#endif
