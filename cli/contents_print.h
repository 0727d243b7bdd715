/* SPDX-License-Identifier: Apache-2.0 */
/* cli/contents_print.h - what is on a medium, and the verdict, as text and JSON */
#ifndef MUN_CLI_CONTENTS_PRINT_H
#define MUN_CLI_CONTENTS_PRINT_H

#include "core/jsonw.h"
#include "image/contents.h"
#include "image/platform.h"

/* Lines of "muniment info": partitions, file systems, what boots. */
void mun_contents_print_text(const struct mun_contents *c);

/* The verdict, its reasons, and the other platforms. */
void mun_verdict_print_text(const struct mun_verdict *v);

/* Members of the object that is open. */
void mun_contents_print_json(struct mun_jsonw *w, const struct mun_contents *c);

/* The members "name" to "others" of the object that is open. */
void mun_verdict_print_json(struct mun_jsonw *w, const struct mun_verdict *v);

#endif
