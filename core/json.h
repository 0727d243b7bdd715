/* SPDX-License-Identifier: Apache-2.0 */
/* core/json.h - foreign JSON read with bounds (jansson) */
#ifndef MUN_CORE_JSON_H
#define MUN_CORE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "core/err.h"

/* 64 levels is deeper than any document of ours or of OCFL is. */
#define MUN_JSON_DEPTH 64

/**
 * mun_json_parse() - one JSON document, duplicates of a key refused
 *
 * Deeper than MUN_JSON_DEPTH is refused before anything is allocated.
 * @out: a reference of the caller's: json_decref()
 *
 * Return: 0, MUN_ECORRUPT (the error has line and column), MUN_ENOMEM.
 */
MUN_CHECK int mun_json_parse(const char *text, size_t len, json_t **out,
			     struct mun_err *e);

static inline void mun_json_decrefp(json_t **j)
{
	json_decref(*j);
}

#define mun_autojson __attribute__((cleanup(mun_json_decrefp)))

#endif
