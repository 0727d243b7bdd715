/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/seal.c - seals of rows: made by an SQL function, checked from C */
#include "catalog/seal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "fixity/digest.h"

static void add_number(struct mun_str *s, uint64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	mun_str_add_bytes(s, be, sizeof(be));
}

static void add_bytes(struct mun_str *s, char type, const void *data, int len)
{
	mun_str_add_char(s, type);
	add_number(s, (uint64_t)len);
	if (len > 0)
		mun_str_add_bytes(s, data, (size_t)len);
}

/* One value: a number, or bytes. */
struct cell {
	int type; /* SQLITE_INTEGER, ... */
	int64_t number;
	const void *data;
	int len;
};

/* One column.  A NULL adds nothing: the positions of the others tell. */
static void add_cell(struct mun_str *s, uint64_t position, const struct cell *v)
{
	if (v->type == SQLITE_NULL)
		return;
	add_number(s, position);
	if (v->type == SQLITE_INTEGER) {
		mun_str_add_char(s, 'i');
		add_number(s, (uint64_t)v->number);
	} else if (v->type == SQLITE_BLOB) {
		add_bytes(s, 'b', v->data, v->len);
	} else {
		/* No table has real numbers: one is damage, and only has to
		 * differ from what was sealed. */
		add_bytes(s, v->type == SQLITE_TEXT ? 't' : 'r', v->data,
			  v->len);
	}
}

static struct cell cell_of_value(sqlite3_value *v)
{
	struct cell c = { .type = sqlite3_value_type(v) };

	if (c.type == SQLITE_INTEGER)
		c.number = sqlite3_value_int64(v);
	else if (c.type == SQLITE_BLOB)
		c.data = sqlite3_value_blob(v);
	else
		c.data = sqlite3_value_text(v);
	if (c.data)
		c.len = sqlite3_value_bytes(v);
	return c;
}

static struct cell cell_of_column(sqlite3_stmt *row, int i)
{
	struct cell c = { .type = sqlite3_column_type(row, i) };

	if (c.type == SQLITE_INTEGER)
		c.number = sqlite3_column_int64(row, i);
	else if (c.type == SQLITE_BLOB)
		c.data = sqlite3_column_blob(row, i);
	else
		c.data = sqlite3_column_text(row, i);
	if (c.data)
		c.len = sqlite3_column_bytes(row, i);
	return c;
}

static int finish(const struct mun_str *s, uint8_t out[static MUN_SEAL_BYTES],
		  struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc;

	if (s->failed)
		return mun_fail_nomem(e, "seal");
	rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), s->text, s->len, &d,
			       e);
	if (!rc)
		memcpy(out, d.of[MUN_SHA256].bytes, MUN_SEAL_BYTES);
	return rc;
}

/* Of a connection: the buffer of all its seals. */
static void free_row(void *p)
{
	struct mun_str *row = p;

	if (row)
		mun_str_free(row);
	free(row);
}

static void seal_function(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct mun_str *row = sqlite3_user_data(ctx);
	uint8_t seal[MUN_SEAL_BYTES];
	struct mun_err e;

	if (argc < 1) {
		sqlite3_result_error(ctx, "mun_seal() needs a table", -1);
		return;
	}
	row->len = 0;
	add_bytes(row, 't', sqlite3_value_text(argv[0]),
		  sqlite3_value_bytes(argv[0]));
	for (int i = 1; i < argc; i++) {
		struct cell v = cell_of_value(argv[i]);

		add_cell(row, (uint64_t)i - 1, &v);
	}
	if (finish(row, seal, &e))
		sqlite3_result_error_nomem(ctx);
	else
		sqlite3_result_blob(ctx, seal, sizeof(seal), SQLITE_TRANSIENT);
}

int mun_seal_register(sqlite3 *db)
{
	struct mun_str *row = calloc(1, sizeof(*row));

	/* SQLite frees it, also where this fails. */
	return !row ? SQLITE_NOMEM
		    : sqlite3_create_function_v2(
			      db, "mun_seal", -1,
			      SQLITE_UTF8 | SQLITE_DETERMINISTIC |
				      SQLITE_INNOCUOUS,
			      row, seal_function, NULL, NULL, free_row);
}

int mun_seal_holds(sqlite3_stmt *row, const char *table, bool *out,
		   struct mun_err *e)
{
	int at = -1;
	uint64_t position = 0;
	uint8_t seal[MUN_SEAL_BYTES];
	struct mun_str s = { 0 };
	const void *kept;
	int rc;

	add_bytes(&s, 't', table, (int)strlen(table));
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);
		struct cell v;

		if (name && !strcmp(name, "seal")) {
			at = i;
			continue;
		}
		v = cell_of_column(row, i);
		add_cell(&s, position++, &v);
	}
	rc = finish(&s, seal, e);
	mun_str_free(&s);
	if (rc)
		return rc;
	kept = at < 0 ? NULL : sqlite3_column_blob(row, at);
	*out = kept && sqlite3_column_type(row, at) == SQLITE_BLOB &&
	       sqlite3_column_bytes(row, at) == MUN_SEAL_BYTES &&
	       !memcmp(kept, seal, MUN_SEAL_BYTES);
	return 0;
}
