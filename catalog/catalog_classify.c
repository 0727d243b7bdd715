/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_classify.c - changed, removed, inserted, moved: which is it? */
#include "catalog/catalog_compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_leaf.h"
#include "core/json.h"
#include "core/str.h"

#define TOLD_MAX 1000 /* by name; the rest is counted */

/* Hashes in order, to be looked up. */
struct hashes {
	size_t n;
	uint8_t (*hash)[MUN_MERKLE_HASH];
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, MUN_MERKLE_HASH);
}

static bool has(const struct hashes *h, const uint8_t *hash)
{
	return h->n && bsearch(hash, h->hash, h->n, MUN_MERKLE_HASH, by_hash);
}

static bool in_ledger(const struct mun_compare *x, uint64_t seq)
{
	return seq < x->entries && x->ledger[seq].there;
}

static int by_seq(const void *a, const void *b)
{
	const struct mun_compare_diff *x = a;
	const struct mun_compare_diff *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* By number; what was looked at twice, once. */
static void sort(struct mun_compare *x)
{
	size_t n = 1;

	qsort(x->diffs, x->ndiffs, sizeof(*x->diffs), by_seq);
	for (size_t i = 1; i < x->ndiffs; i++)
		if (x->diffs[i].seq != x->diffs[n - 1].seq)
			x->diffs[n++] = x->diffs[i];
	x->ndiffs = n;
}

/* Of all differences: what the catalog has, and what the ledger has. */
static int gather(const struct mun_compare *x, struct hashes *catalog,
		  struct hashes *ledger, struct mun_err *e)
{
	catalog->hash = calloc(x->ndiffs + 1, MUN_MERKLE_HASH);
	ledger->hash = calloc(x->ndiffs + 1, MUN_MERKLE_HASH);
	if (!catalog->hash || !ledger->hash)
		return mun_fail_nomem(e, "differences");
	for (size_t i = 0; i < x->ndiffs; i++) {
		const struct mun_compare_diff *d = &x->diffs[i];

		if (d->catalog)
			memcpy(catalog->hash[catalog->n++], d->hash,
			       MUN_MERKLE_HASH);
		if (in_ledger(x, d->seq))
			memcpy(ledger->hash[ledger->n++],
			       x->ledger[d->seq].hash, MUN_MERKLE_HASH);
	}
	qsort(catalog->hash, catalog->n, MUN_MERKLE_HASH, by_hash);
	qsort(ledger->hash, ledger->n, MUN_MERKLE_HASH, by_hash);
	return 0;
}

/* What an entry is about: "event 0192...". */
static int name_entry(void *ctx, uint64_t seq, const char *entry, size_t len,
		      struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	struct mun_str *out = ctx;
	struct mun_err ignored;
	const char *kind;
	const char *id;
	const char *object;

	(void)seq;
	(void)e;
	if (mun_json_parse(entry, len, &j, &ignored))
		return 0;
	kind = json_string_value(json_object_get(j, "kind"));
	id = json_string_value(json_object_get(j, "id"));
	object = json_string_value(json_object_get(j, "object"));
	if (kind)
		mun_str_addf(out, ", %s", kind);
	if (id)
		mun_str_addf(out, " %s", id);
	if (object)
		mun_str_addf(out, " of object %s", object);
	return 0;
}

/* By the ledger where it has it, else by the catalog. */
static void tell_one(struct mun_compare *x, struct mun_catalog *c,
		     struct mun_ledger *l, uint64_t seq, const char *code,
		     const char *text)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_ENTRIES);
	struct mun_str where = { 0 };
	struct mun_err ignored;

	mun_str_addf(&where, "entry %" PRIu64, seq);
	mun_query_u64(&q, seq);
	mun_query_u64(&q, seq + 1);
	if (strcmp(code, "row-inserted") != 0 && l && in_ledger(x, seq)) {
		if (mun_ledger_read(l, seq, seq + 1, name_entry, &where,
				    &ignored))
			mun_str_add(&where, "");
	} else if (mun_query_row(&q, &ignored) > 0) {
		size_t len;
		const void *json = mun_column_blob(&q, 1, &len);

		if (json && name_entry(&where, seq, json, len, &ignored))
			mun_str_add(&where, "");
	}
	mun_compare_tell(x, code, where.text ? where.text : "an entry", text);
	mun_str_free(&where);
}

static void tell_moved(struct mun_compare *x, uint64_t from, uint64_t to)
{
	char where[64];

	if (from == to)
		(void)snprintf(where, sizeof(where), "entry %" PRIu64, from);
	else
		(void)snprintf(where, sizeof(where),
			       "entries %" PRIu64 " to %" PRIu64, from, to);
	mun_compare_tell(x, "row-order", where,
			 "the catalog has them in another order than the "
			 "ledger");
}

struct verdict {
	const char *code; /* NULL: nothing to tell */
	const char *text;
};

static struct verdict judge(const struct mun_compare *x,
			    const struct mun_compare_diff *d,
			    const struct hashes *catalog,
			    const struct hashes *ledger)
{
	static const struct verdict moved = { "row-order", "" };
	static const struct verdict changed = {
		"row-changed", "the catalog's row is not what was written down"
	};
	static const struct verdict removed = { "row-removed",
						"the catalog has it no more" };
	static const struct verdict inserted = {
		"row-inserted", "the catalog has it, the ledger never had"
	};
	static const struct verdict none = { NULL, NULL };
	bool known = d->catalog && has(ledger, d->hash);
	bool kept =
		in_ledger(x, d->seq) && has(catalog, x->ledger[d->seq].hash);

	if (!in_ledger(x, d->seq))
		return known ? moved : none;
	if (!d->catalog)
		return kept ? moved : removed;
	if (known)
		return kept ? moved : removed;
	return kept ? inserted : changed;
}

/* Differences in order; runs of moved ones are told as one. */
static void tell_all(struct mun_compare *x, struct mun_catalog *c,
		     struct mun_ledger *l, const struct hashes *catalog,
		     const struct hashes *ledger)
{
	uint64_t told = 0;

	for (size_t i = 0; i < x->ndiffs; i++) {
		const struct mun_compare_diff *d = &x->diffs[i];
		struct verdict v = judge(x, d, catalog, ledger);
		size_t end = i;

		if (!v.code)
			continue;
		if (told++ == TOLD_MAX)
			mun_compare_tell(x, "more", "", "more differences");
		if (told > TOLD_MAX) {
			x->out->problems++;
			continue;
		}
		if (strcmp(v.code, "row-order") != 0) {
			tell_one(x, c, l, d->seq, v.code, v.text);
			continue;
		}
		while (end + 1 < x->ndiffs &&
		       x->diffs[end + 1].seq == x->diffs[end].seq + 1) {
			v = judge(x, &x->diffs[end + 1], catalog, ledger);
			if (!v.code || strcmp(v.code, "row-order") != 0)
				break;
			end++;
		}
		tell_moved(x, d->seq, x->diffs[end].seq);
		i = end;
	}
}

/* Facts that wait for the ledger: no problem, and said. */
static void tell_behind(struct mun_compare *x)
{
	struct mun_ledger_problem p = { .code = "ledger-behind" };
	char text[128];

	if (x->facts <= x->entries)
		return;
	(void)snprintf(text, sizeof(text),
		       "%" PRIu64 " facts are not in the ledger yet; the next "
		       "command that writes makes it good",
		       x->facts - x->entries);
	p.where = x->path;
	p.text = text;
	if (x->fn)
		x->fn(x->ctx, &p);
}

/* The catalog is the beginning of what the ledger has. */
static bool is_older(const struct mun_compare *x)
{
	return x->ndiffs && x->facts < x->entries &&
	       x->ndiffs == x->entries - x->facts &&
	       x->diffs[0].seq == x->facts;
}

/* The first two facts say whose catalog it is. */
static bool is_foreign(const struct mun_compare *x)
{
	if (!x->facts || !x->entries || !x->ndiffs || x->diffs[0].seq)
		return false;
	return x->facts == 1 || x->entries == 1 ||
	       (x->ndiffs > 1 && x->diffs[1].seq == 1);
}

static void tell_older(struct mun_compare *x)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "it has %" PRIu64 " of the ledger's %" PRIu64
		       " entries: an older catalog was put back, or its last "
		       "facts were removed",
		       x->facts, x->entries);
	mun_compare_tell(x, "catalog-behind", x->path, text);
}

int mun_compare_classify(struct mun_compare *x, struct mun_catalog *c,
			 struct mun_ledger *l, struct mun_err *e)
{
	struct hashes catalog = { 0 };
	struct hashes ledger = { 0 };
	int rc = 0;

	if (x->ndiffs)
		sort(x);
	if (is_older(x)) {
		tell_older(x);
		return 0;
	}
	if (is_foreign(x)) {
		mun_compare_tell(x, "repository", x->path,
				 "the catalog and the ledger are of different "
				 "repositories");
		return 0;
	}
	if (x->ndiffs)
		rc = gather(x, &catalog, &ledger, e);
	if (!rc)
		tell_all(x, c, l, &catalog, &ledger);
	free(catalog.hash);
	free(ledger.hash);
	if (!rc)
		tell_behind(x);
	return rc;
}
