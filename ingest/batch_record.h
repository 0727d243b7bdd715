/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_record.h - what became of a row, as JSON and back */
#ifndef MUN_INGEST_BATCH_RECORD_H
#define MUN_INGEST_BATCH_RECORD_H

#include <stdbool.h>

#include "core/json.h"
#include "core/jsonw.h"
#include "ingest/batch_journal.h"

/* An object of its own, at the top of @w (docs/on-disk-layout.md). */
void mun_row_record_json(struct mun_jsonw *w, const struct mun_row_record *r);

/* The same, read into @out, which is zeroed; texts are cut to their fields.
 * False where it is none of this version. */
bool mun_row_record_parse(const json_t *o, struct mun_row_record *out);

#endif
