/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_print.h - what became of an export */
#ifndef MUN_CLI_EXPORT_PRINT_H
#define MUN_CLI_EXPORT_PRINT_H

#include "core/jsonw.h"
#include "emulate-export/export.h"

/* The keys of export.schema.json, into the object that is open. */
void mun_export_print_json(struct mun_jsonw *w,
			   const struct mun_export_result *r);
void mun_export_print_text(const struct mun_export_result *r);

#endif
