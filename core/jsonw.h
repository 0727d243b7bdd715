/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/jsonw.h - JSON written as it comes, into memory or a stream
 *
 * For reading foreign JSON see core/json.h.  Errors stick and are told once by
 * mun_jsonw_finish().  Text that is not UTF-8 is written through mun_escape().
 */
#ifndef MUN_CORE_JSONW_H
#define MUN_CORE_JSONW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/err.h"
#include "core/str.h"

struct mun_jsonw {
	FILE *to; /* NULL: everything stays in out */
	struct mun_str out;
	unsigned int depth;
	bool first; /* nothing written yet at this depth */
	bool failed;
	bool pretty; /* one member a line, two blanks a level */
};

/* @to may be NULL: then take w->out with mun_str_take() after finish. */
void mun_jsonw_init(struct mun_jsonw *w, FILE *to, bool pretty);

/* @key is NULL inside an array and at the top. */
void mun_jsonw_object(struct mun_jsonw *w, const char *key);
void mun_jsonw_end_object(struct mun_jsonw *w);
void mun_jsonw_array(struct mun_jsonw *w, const char *key);
void mun_jsonw_end_array(struct mun_jsonw *w);
void mun_jsonw_text(struct mun_jsonw *w, const char *key, const char *value);
void mun_jsonw_u64(struct mun_jsonw *w, const char *key, uint64_t value);
void mun_jsonw_i64(struct mun_jsonw *w, const char *key, int64_t value);
void mun_jsonw_bool(struct mun_jsonw *w, const char *key, bool value);
void mun_jsonw_null(struct mun_jsonw *w, const char *key);

/* Final newline and flush.  0, MUN_ENOMEM, or MUN_EIO. */
MUN_CHECK int mun_jsonw_finish(struct mun_jsonw *w, struct mun_err *e);

#endif
