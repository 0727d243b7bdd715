/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/range_list.h - ranges of a medium, by offset, of which one thing holds */
#ifndef MUN_INGEST_RANGE_LIST_H
#define MUN_INGEST_RANGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/json.h"
#include "core/jsonw.h"

/* All zeros is an empty one. */
struct mun_range_list {
	size_t n, room;
	struct mun_rec_range *of; /* ascending, apart; bytes */
};
void mun_range_list_clear(struct mun_range_list *l);

/* Append a range that begins where the last one ends or later: neighbours
 * become one.  0; MUN_EINVAL (it does not); MUN_ENOMEM. */
MUN_CHECK int mun_range_list_add(struct mun_range_list *l, uint64_t off,
				 uint64_t bytes, struct mun_err *e);

/* Is byte @at in it?  @stop is made smaller where that changes before. */
bool mun_range_list_has(const struct mun_range_list *l, uint64_t at,
			uint64_t *stop);

/* Their sum. */
uint64_t mun_range_list_bytes(const struct mun_range_list *l);

/* Member @key: [{"offset": ..., "length": ...}, ...]. */
void mun_range_list_json(struct mun_jsonw *w, const char *key,
			 const struct mun_range_list *l);

/**
 * mun_range_list_parse() - and back
 * @list: NULL: none
 * @size: none of them ends behind it
 *
 * Return: 0, MUN_ECORRUPT, MUN_ENOMEM.  @out is the caller's to clear.
 */
MUN_CHECK int mun_range_list_parse(const json_t *list, uint64_t size,
				   struct mun_range_list *out,
				   struct mun_err *e);

#endif
