/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_batch_csv.c - any bytes are a table of clean text, or none */
#include "ingest/batch_csv.h"

#include "core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void judge(const struct mun_csv *t)
{
	size_t last = 0;

	must(t->ncolumns > 0 && t->ncolumns <= MUN_CSV_COLUMNS_MAX);
	for (size_t i = 0; i < t->ncolumns; i++) {
		must(mun_text_is_clean(t->columns[i], "\n\t"));
		must(mun_csv_column(t, t->columns[i]) == i || !*t->columns[i]);
	}
	for (size_t r = 0; r < t->nrows; r++) {
		const struct mun_csv_row *row = &t->rows[r];

		must(row->line > last);
		last = row->line;
		for (size_t i = 0; !row->problem && i < t->ncolumns; i++)
			must(mun_text_is_clean(row->fields[i], "\n\t"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	mun_auto(csv) *t = NULL;
	struct mun_err e;

	if (!mun_csv_parse(data, size, &t, &e))
		judge(t);
	else
		must(e.code != 0 && e.depth > 0);
	return 0;
}
