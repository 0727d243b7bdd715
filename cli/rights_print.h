/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rights_print.h - rights statements as JSON and as text */
#ifndef MUN_CLI_RIGHTS_PRINT_H
#define MUN_CLI_RIGHTS_PRINT_H

#include "catalog/record.h"
#include "core/jsonw.h"

/* All statements of @r: an array, "rights". */
void mun_rights_json(struct mun_jsonw *w, const struct mun_record *r);

/* All of them for people, each line with @indent before it. */
void mun_rights_text(const struct mun_record *r, const char *indent);

#endif
