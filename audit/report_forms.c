/* SPDX-License-Identifier: Apache-2.0 */
/* audit/report_forms.c - the tables as CSV and as JSON */
#include "audit/report_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/jsonw.h"
#include "core/page.h"

#define PIECE ((size_t)64 << 10)

struct form {
	const struct mun_figures *f;
	struct mun_report_file *to;
	struct mun_str csv;
	struct mun_jsonw json;
};

static void csv_cell(struct mun_str *out, const struct mun_cell *c)
{
	switch (c->kind) {
	case MUN_CELL_NONE:
		break;
	case MUN_CELL_TEXT:
		mun_csv_text(out, c->text);
		break;
	case MUN_CELL_TIME:
		mun_str_add(out, c->text);
		break;
	case MUN_CELL_BOOL:
		mun_str_add(out, c->n ? "true" : "false");
		break;
	case MUN_CELL_COUNT:
	case MUN_CELL_BYTES:
	case MUN_CELL_SECONDS:
		mun_str_addf(out, "%" PRIu64, c->n);
		break;
	}
}

static int csv_begin(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct form *o = ctx;

	(void)e;
	for (size_t i = 0; i < mun_table_columns(t); i++) {
		if (i)
			mun_str_add_char(&o->csv, ',');
		mun_str_add(&o->csv, t->columns[i].key);
	}
	mun_str_add(&o->csv, "\r\n");
	return 0;
}

static int csv_row(void *ctx, const struct mun_table *t,
		   const struct mun_cell *cells, struct mun_err *e)
{
	struct form *o = ctx;

	for (size_t i = 0; i < mun_table_columns(t); i++) {
		if (i)
			mun_str_add_char(&o->csv, ',');
		csv_cell(&o->csv, &cells[i]);
	}
	mun_str_add(&o->csv, "\r\n");
	return mun_report_file_drain(o->to, &o->csv, PIECE, e);
}

static int csv_end(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct form *o = ctx;

	(void)t;
	return mun_report_file_drain(o->to, &o->csv, 0, e);
}

int mun_report_csv(const struct mun_figures *f, const struct mun_table *t,
		   struct mun_report_file *to, struct mun_err *e)
{
	struct form o = { .f = f, .to = to };
	const struct mun_sink sink = { &o, csv_begin, csv_row, csv_end };
	int rc = mun_table_put(f, t, &sink, e);

	mun_str_free(&o.csv);
	return rc;
}

static void json_cell(struct mun_jsonw *w, const char *key,
		      const struct mun_cell *c)
{
	switch (c->kind) {
	case MUN_CELL_NONE:
		mun_jsonw_null(w, key);
		break;
	case MUN_CELL_TEXT:
	case MUN_CELL_TIME:
		mun_jsonw_text(w, key, c->text);
		break;
	case MUN_CELL_BOOL:
		mun_jsonw_bool(w, key, c->n != 0);
		break;
	case MUN_CELL_COUNT:
	case MUN_CELL_BYTES:
	case MUN_CELL_SECONDS:
		mun_jsonw_u64(w, key, c->n);
		break;
	}
}

static int json_begin(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct form *o = ctx;

	(void)e;
	if (t->keyed)
		mun_jsonw_object(&o->json, t->name);
	else
		mun_jsonw_array(&o->json, t->name);
	return 0;
}

static int json_row(void *ctx, const struct mun_table *t,
		    const struct mun_cell *cells, struct mun_err *e)
{
	struct form *o = ctx;

	if (t->keyed) {
		json_cell(&o->json, cells[0].text, &cells[2]);
		return 0;
	}
	mun_jsonw_object(&o->json, NULL);
	for (size_t i = 0; i < mun_table_columns(t); i++)
		json_cell(&o->json, t->columns[i].key, &cells[i]);
	mun_jsonw_end_object(&o->json);
	return mun_report_file_drain(o->to, &o->json.out, PIECE, e);
}

static int json_end(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct form *o = ctx;

	(void)e;
	if (t->keyed)
		mun_jsonw_end_object(&o->json);
	else
		mun_jsonw_end_array(&o->json);
	return 0;
}

int mun_report_json(const struct mun_figures *f, struct mun_report_file *to,
		    struct mun_err *e)
{
	struct form o = { .f = f, .to = to };
	const struct mun_sink sink = { &o, json_begin, json_row, json_end };
	int rc = 0;

	mun_jsonw_init(&o.json, NULL, true);
	mun_jsonw_object(&o.json, NULL);
	for (const struct mun_table *t = mun_tables; t->name && !rc; t++)
		rc = mun_table_put(f, t, &sink, e);
	mun_jsonw_end_object(&o.json);
	if (!rc)
		rc = mun_jsonw_finish(&o.json, e);
	if (!rc)
		rc = mun_report_file_drain(to, &o.json.out, 0, e);
	mun_str_free(&o.json.out);
	return rc;
}
