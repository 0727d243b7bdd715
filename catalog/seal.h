/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/seal.h - a digest of every column of a row, kept in the row
 *
 * The first 16 bytes of the SHA-256 over: the table's name; then for each
 * column that is not NULL, in the table's order and without the seal itself,
 * its position (from 0), its type, its length and its bytes.  A column that a
 * later migration adds (after the seal, NULL in old rows) leaves old seals
 * valid.  docs/catalog.md has the exact form.
 */
#ifndef MUN_CATALOG_SEAL_H
#define MUN_CATALOG_SEAL_H

#include <sqlite3.h>
#include <stdbool.h>

#include "core/err.h"

#define MUN_SEAL_BYTES 16

/* Make the SQL function mun_seal(TABLE, COLUMN, ...) known; an SQLite code. */
MUN_CHECK int mun_seal_register(sqlite3 *db);

/**
 * mun_seal_holds() - is the seal of this row the one of its columns?
 * @row: a "SELECT * FROM @table" that stands on a row
 *
 * *@out is false also where there is no seal.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_seal_holds(sqlite3_stmt *row, const char *table, bool *out,
			     struct mun_err *e);

#endif
