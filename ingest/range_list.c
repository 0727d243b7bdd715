/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/range_list.c - ranges of a medium (ingest/range_list.h) */
#include "ingest/range_list.h"

#include "core/check.h"

#include <stdlib.h>

void mun_range_list_clear(struct mun_range_list *l)
{
	free(l->of);
	*l = (struct mun_range_list){ 0 };
}

int mun_range_list_add(struct mun_range_list *l, uint64_t off, uint64_t bytes,
		       struct mun_err *e)
{
	struct mun_rec_range *last = l->n ? &l->of[l->n - 1] : NULL;

	if (!bytes || (last && off < last->off + last->bytes))
		return mun_fail(e, MUN_EINVAL, "ranges are not in order");
	if (last && off == last->off + last->bytes) {
		last->bytes += bytes;
		return 0;
	}
	if (!l->of || l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		void *grown = reallocarray(l->of, room, sizeof(*l->of));

		if (!grown)
			return mun_fail_nomem(e, "ranges");
		l->of = grown;
		l->room = room;
	}
	l->of[l->n++] = (struct mun_rec_range){ off, bytes };
	return 0;
}

/* The first range that ends behind @at. */
static size_t find(const struct mun_range_list *l, uint64_t at)
{
	size_t low = 0;
	size_t high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->of[mid].off + l->of[mid].bytes > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

bool mun_range_list_has(const struct mun_range_list *l, uint64_t at,
			uint64_t *stop)
{
	size_t i = find(l, at);
	bool has = i < l->n && l->of[i].off <= at;

	if (has)
		*stop = MUN_MIN(*stop, l->of[i].off + l->of[i].bytes);
	else if (i < l->n)
		*stop = MUN_MIN(*stop, l->of[i].off);
	return has;
}

uint64_t mun_range_list_bytes(const struct mun_range_list *l)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < l->n; i++)
		bytes += l->of[i].bytes;
	return bytes;
}

void mun_range_list_json(struct mun_jsonw *w, const char *key,
			 const struct mun_range_list *l)
{
	mun_jsonw_array(w, key);
	for (size_t i = 0; i < l->n; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "offset", l->of[i].off);
		mun_jsonw_u64(w, "length", l->of[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static bool get(const json_t *o, const char *key, uint64_t max, uint64_t *out)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return *out <= max;
}

int mun_range_list_parse(const json_t *list, uint64_t size,
			 struct mun_range_list *out, struct mun_err *e)
{
	int rc = 0;

	*out = (struct mun_range_list){ 0 };
	if (list && !json_is_array(list))
		return mun_fail(e, MUN_ECORRUPT, "no list of ranges");
	for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
		const json_t *o = json_array_get(list, i);
		uint64_t off = 0;
		uint64_t bytes = 0;

		if (!get(o, "offset", size, &off) ||
		    !get(o, "length", size - off, &bytes))
			rc = mun_fail(e, MUN_ECORRUPT, "range %zu is none", i);
		else
			rc = mun_range_list_add(out, off, bytes, e);
		if (rc == MUN_EINVAL)
			rc = mun_fail(e, MUN_ECORRUPT,
				      "range %zu is not in order", i);
	}
	return rc;
}
