/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_told.c - a merge told again (ingest/merge_told.h) */
#include "ingest/merge_told.h"

#include "core/check.h"
#include "core/str.h"

#include <stdio.h>
#include <string.h>

static uint64_t number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* "1, 3" */
static void put_names(const json_t *list, struct mun_str *out)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		mun_str_addf(
			out, "%s%lld", i ? ", " : "",
			(long long)json_integer_value(json_array_get(list, i)));
	mun_str_add(out, "");
}

static int tell_extent(const json_t *x, uint32_t sector,
		       mun_disagreement_fn *seen, void *ctx, struct mun_err *e)
{
	const char *because = json_string_value(json_object_get(x, "because"));
	struct mun_disagreement d = { .off = number(x, "offset"),
				      .because = because ? because : "" };
	uint64_t end = d.off + number(x, "bytes");
	struct mun_str taken = { 0 };
	struct mun_str others = { 0 };
	int rc = 0;

	put_names(json_object_get(x, "from"), &taken);
	put_names(json_object_get(x, "others"), &others);
	d.taken = taken.text ? taken.text : "";
	d.others = others.text ? others.text : "";
	for (; !rc && d.off < end; d.off += d.bytes) {
		d.bytes = (uint32_t)MUN_MIN((uint64_t)sector - d.off % sector,
					    end - d.off);
		rc = seen(ctx, &d, e);
	}
	mun_str_free(&taken);
	mun_str_free(&others);
	return rc;
}

static int tell_all(const struct mun_store *s, const struct mun_record *r,
		    mun_disagreement_fn *seen, void *ctx, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	mun_autojson json_t *j = NULL;
	const json_t *list;
	uint64_t sector;
	size_t len;
	int rc = mun_merge_read(s, r, MUN_PATH_PROVENANCE, &text, &len, e);

	if (!rc)
		rc = mun_json_parse(text, len, &j, e);
	if (rc)
		return rc;
	sector = number(j, "sector_size");
	list = json_object_get(j, "extents");
	if (!sector || sector > MUN_VOTE_BLOCK || !json_is_array(list))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is not one of ours",
				MUN_PATH_PROVENANCE);
	for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
		const json_t *x = json_array_get(list, i);

		if (json_object_get(x, "others"))
			rc = tell_extent(x, (uint32_t)sector, seen, ctx, e);
	}
	return rc;
}

int mun_merge_told(const struct mun_store *s, const struct mun_record *r,
		   const json_t *last, mun_disagreement_fn *seen, void *ctx,
		   struct mun_merge_summary *out, struct mun_err *e)
{
	const json_t *m = json_object_get(last, "merge");
	const char *name = json_string_value(json_object_get(m, "liar_name"));

	*out = (struct mun_merge_summary){
		.readings = (unsigned int)number(last, "reading"),
		.version = (unsigned int)number(m, "version"),
		.versioned = true,
		.filled_bytes = number(m, "filled_bytes"),
		.lost_bytes = number(m, "lost_bytes"),
		.runout_bytes = number(m, "runout_bytes"),
		.doubtful_bytes = number(m, "doubtful_bytes"),
		.disagreements = number(m, "disagreements"),
		.outvoted = number(m, "outvoted"),
		.liar = (unsigned int)number(m, "liar"),
	};
	(void)snprintf(out->liar_name, sizeof(out->liar_name), "%s",
		       name ? name : "");
	return seen ? tell_all(s, r, seen, ctx, e) : 0;
}
