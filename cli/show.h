/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show.h - a record as JSON and as text */
#ifndef MUN_CLI_SHOW_H
#define MUN_CLI_SHOW_H

#include "catalog/record.h"
#include "core/jsonw.h"

/* The members of one object (docs/cli.md, "show"). */
void mun_show_json(struct mun_jsonw *w, const struct mun_record *r);
void mun_show_text(const struct mun_record *r);

/* The name of the agent of that id, or "". */
const char *mun_show_drive(const struct mun_record *r, const char *id);

#endif
