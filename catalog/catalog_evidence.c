/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_evidence.c - facts go to the ledger; identity and keys */
#include "catalog/evidence.h"

#include "catalog/catalog_evidence.h"
#include "catalog/catalog_head.h"
#include "catalog/catalog_leaf.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"

#include <stdlib.h>
#include <string.h>

/* Entries that are taken into memory before they are written. */
#define AT_ONCE 16384

/* A flush under way. */
struct flush {
	struct mun_ledger *l;
	uint64_t from;
	uint64_t n; /* taken */
};

static int take(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_ENTRIES);
	struct flush *f = ctx;
	int rc;

	f->n = 0;
	mun_query_u64(&q, f->from);
	mun_query_u64(&q, f->from + AT_ONCE);
	while ((rc = mun_query_row(&q, e)) > 0) {
		size_t len;
		const void *json = mun_column_blob(&q, 1, &len);

		if ((uint64_t)mun_column_int(&q, 0) != f->from + f->n || !json)
			return mun_fail(e, MUN_ECORRUPT,
					"the fact of entry %llu is not there",
					(unsigned long long)(f->from + f->n));
		rc = mun_ledger_append(f->l, json, len, e);
		if (rc)
			return rc;
		f->n++;
	}
	return rc;
}

static int older(uint64_t entries, uint64_t facts, struct mun_err *e)
{
	return mun_fail(
		e, MUN_ECORRUPT,
		"the ledger has %llu entries, the catalog %llu: an "
		"older catalog was put back; \"muniment rebuild\" makes "
		"the right one",
		(unsigned long long)entries, (unsigned long long)facts);
}

/* The ledger is locked now, so nobody else writes the same entries. */
static int flush_to(struct mun_catalog *c, struct mun_ledger *l,
		    struct mun_err *e)
{
	struct flush f = { .l = l };
	int64_t facts = 0;
	int rc = mun_catalog_next(c, MUN_STMT_LEAF_NEXT, &facts, e);

	if (!rc && mun_ledger_size(l) > (uint64_t)facts)
		return older(mun_ledger_size(l), (uint64_t)facts, e);
	do {
		f.from = mun_ledger_size(l);
		if (!rc)
			rc = mun_query_txn(c, false, take, &f, e);
		if (!rc && f.n)
			rc = mun_ledger_sync(l, e);
	} while (!rc && f.n == AT_ONCE);
	return rc;
}

int mun_catalog_flush(struct mun_catalog *c, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	int rc;

	if (!c->ledger)
		return 0;
	rc = mun_ledger_open(c->ledger, true, &l, e);
	if (!rc)
		rc = flush_to(c, l, e);
	return rc ? mun_ctx(e, "write the ledger '%s'", c->ledger) : 0;
}

/* The facts are safe: what is not in the ledger yet is written next time. */
static void written(struct mun_catalog *c)
{
	struct mun_err e;
	char text[1024];

	if (mun_catalog_flush(c, &e))
		mun_log(MUN_LOG_WARN, "%s (it is made good later)",
			mun_err_text(&e, text, sizeof(text), 0));
}

/* Entries that both must have. */
struct common {
	struct mun_catalog *c;
};

static int same_entry(void *ctx, uint64_t seq, const char *entry, size_t len,
		      struct mun_err *e)
{
	const struct common *x = ctx;
	mun_autoquery struct mun_query q =
		mun_query_begin(x->c, MUN_STMT_ENTRIES);
	const void *json;
	size_t n = 0;
	int rc;

	mun_query_u64(&q, seq);
	mun_query_u64(&q, seq + 1);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	json = rc ? mun_column_blob(&q, 1, &n) : NULL;
	if (!json || n != len || memcmp(json, entry, len) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"entry %llu of the ledger is not that of the "
				"catalog: one of the two belongs to another "
				"repository, or was changed",
				(unsigned long long)seq);
	return 0;
}

/* Were there more entries once, and signed ones?  Then these are not to be
 * gone on with. */
static int was_cut(struct mun_catalog *c, uint64_t size, struct mun_err *e)
{
	struct mun_ledger_head h;
	int rc = mun_catalog_head_get(c, &h, e);

	if (!rc && h.size > size)
		return mun_fail(e, MUN_ECORRUPT,
				"it has %llu entries and had %llu when it was "
				"signed at %s: an older ledger was put back, "
				"or it was cut; put the right one in its "
				"place",
				(unsigned long long)size,
				(unsigned long long)h.size, h.time);
	return rc;
}

static int begin(struct mun_catalog *c, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	struct common x = { .c = c };
	uint64_t size;
	int64_t facts = 0;
	int rc = mun_ledger_open(c->ledger, true, &l, e);

	if (!rc)
		rc = mun_catalog_next(c, MUN_STMT_LEAF_NEXT, &facts, e);
	if (rc)
		return rc;
	size = mun_ledger_size(l);
	rc = was_cut(c, size, e);
	if (rc)
		return rc;
	if (size > (uint64_t)facts)
		return older(size, (uint64_t)facts, e);
	/* The first says whose it is, the last how far it goes. */
	if (size)
		rc = mun_ledger_read(l, 0, 1, same_entry, &x, e);
	if (!rc && size)
		rc = mun_ledger_read(l, size - 1, size, same_entry, &x, e);
	if (rc || size == (uint64_t)facts)
		return rc;
	if (size)
		mun_log(MUN_LOG_INFO,
			"ledger: %llu entries that were not written yet are "
			"written now",
			(unsigned long long)((uint64_t)facts - size));
	return flush_to(c, l, e);
}

int mun_catalog_attach(struct mun_catalog *c, const char *dir,
		       struct mun_err *e)
{
	int rc;

	free(c->ledger);
	c->ledger = NULL;
	c->written = NULL;
	rc = mun_strdup(dir, &c->ledger, e);
	if (!rc)
		rc = begin(c, e);
	if (!rc) {
		c->written = written;
		return 0;
	}
	free(c->ledger);
	c->ledger = NULL;
	return mun_ctx(e, "ledger '%s'", dir);
}

int mun_catalog_sign(struct mun_catalog *c, const struct mun_signkey *key,
		     struct mun_ledger_head *out, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	int rc;

	*out = (struct mun_ledger_head){ 0 };
	if (!c->ledger)
		return 0;
	rc = mun_ledger_open(c->ledger, true, &l, e);
	if (!rc)
		rc = flush_to(c, l, e);
	if (!rc)
		rc = mun_ledger_sign(l, key, out, e);
	/* The next writes the catalog, which takes the ledger's lock. */
	mun_ledger_close(l);
	l = NULL;
	if (!rc)
		rc = mun_catalog_head_set(c, out, e);
	return rc ? mun_ctx(e, "sign the ledger '%s'", c->ledger) : 0;
}

static int identify(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REPOSITORY);
	char *out = ctx;
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ECORRUPT, "it has no identity");
	return mun_column_uuid(&q, 0, out, e);
}

int mun_catalog_repository(struct mun_catalog *c, char out[static MUN_UUID_LEN],
			   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REPOSITORY);
	int rc = mun_query_row(&q, e);

	if (rc > 0)
		return mun_column_uuid(&q, 0, out, e);
	return rc ? rc : mun_query_txn(c, true, identify, out, e);
}

/* A key that takes over. */
struct takeover {
	const struct mun_signkey *key;
	const struct mun_signkey *by; /* or NULL */
};

/* The newest key: is it the one that endorses? */
static int refuse_key(struct mun_catalog *c, const struct takeover *t,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_KEYS);
	const char *id = mun_signkey_id(t->key);
	char newest[MUN_SIGNKEY_ID] = "";
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		(void)snprintf(newest, sizeof(newest), "%s",
			       mun_column_text(&q, 0));
		if (!strcmp(newest, id))
			return mun_fail(e, MUN_EEXIST, "it is known already");
	}
	if (rc)
		return rc;
	if (!strcmp(t->by ? mun_signkey_id(t->by) : "", newest))
		return 0;
	if (!*newest)
		return mun_fail(e, MUN_EINVAL,
				"nobody can endorse the first key");
	return mun_fail(e, MUN_EINVAL, "key %s has to endorse it", newest);
}

int mun_catalog_key_put(struct mun_catalog *c, const char *id,
			const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
			const char *made, const uint8_t *endorsement,
			struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_KEY_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_KEY_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, id);
	mun_query_blob(&q, public_key, MUN_SIGNKEY_PUBLIC);
	mun_query_text(&q, made);
	mun_query_blob(&q, endorsement,
		       endorsement ? MUN_SIGNKEY_SIGNATURE : 0);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_KEY, no, 0, e);
}

static int take_over(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct takeover *t = ctx;
	uint8_t endorsement[MUN_SIGNKEY_SIGNATURE];
	char now[MUN_TIME_LEN];
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = refuse_key(c, t, e);
	if (!rc && t->by)
		rc = mun_signkey_sign(t->by, mun_signkey_public(t->key),
				      MUN_SIGNKEY_PUBLIC, endorsement, e);
	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	return mun_catalog_key_put(c, mun_signkey_id(t->key),
				   mun_signkey_public(t->key), now,
				   t->by ? endorsement : NULL, e);
}

int mun_catalog_key_add(struct mun_catalog *c, const struct mun_signkey *key,
			const struct mun_signkey *endorsed_by,
			struct mun_err *e)
{
	struct takeover t = { key, endorsed_by };
	int rc = mun_query_txn(c, true, take_over, &t, e);

	return rc ? mun_ctx(e, "signing key %s", mun_signkey_id(key)) : 0;
}

/* Does the key before vouch for @k?  The first needs none. */
static int judge_key(struct mun_query *q, const struct mun_ledger_key *before,
		     const struct mun_ledger_key *k, struct mun_err *e)
{
	char id[MUN_SIGNKEY_ID];
	size_t len;
	const uint8_t *endorsement = mun_column_blob(q, 2, &len);

	mun_signkey_id_of(k->public_key, id);
	if (strcmp(id, k->id) != 0)
		return mun_fail(e, MUN_EFIXITY, "signing key %s is another: %s",
				k->id, id);
	if (!before && !len)
		return 0;
	if (!before || len != MUN_SIGNKEY_SIGNATURE)
		return mun_fail(e, MUN_EFIXITY,
				"signing key %s is endorsed by nobody", k->id);
	if (mun_signkey_verify(before->public_key, k->public_key,
			       sizeof(k->public_key), endorsement, e))
		return mun_ctx(e, "endorsement of signing key %s by %s", k->id,
			       before->id);
	return 0;
}

static int read_key(struct mun_query *q, struct mun_ledger_key *out,
		    struct mun_err *e)
{
	size_t len;
	const void *public_key = mun_column_blob(q, 1, &len);

	if (len != sizeof(out->public_key))
		return mun_fail(e, MUN_ECORRUPT, "a signing key is damaged");
	memcpy(out->public_key, public_key, len);
	(void)snprintf(out->id, sizeof(out->id), "%s", mun_column_text(q, 0));
	return 0;
}

int mun_catalog_keys(struct mun_catalog *c, struct mun_ledger_key **out,
		     size_t *n, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_KEYS);
	mun_autofree struct mun_ledger_key *list = NULL;
	size_t count = 0;
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		void *grown = reallocarray(list, count + 1, sizeof(*list));

		if (!grown)
			return mun_fail_nomem(e, "signing keys");
		list = grown;
		rc = read_key(&q, &list[count], e);
		if (!rc)
			rc = judge_key(&q, count ? &list[count - 1] : NULL,
				       &list[count], e);
		if (rc)
			return rc;
		count++;
	}
	if (rc)
		return rc;
	*out = mun_steal(&list);
	*n = count;
	return 0;
}

int mun_catalog_leaf(struct mun_catalog *c, const char *id, uint64_t *seq,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_LEAF_OF);
	const char *kind = MUN_LEAF_EVENT;
	int64_t no;
	int rc = mun_catalog_number_of(c, MUN_STMT_EVENT_NO, id, &no, e);

	if (!rc && !no) {
		kind = MUN_LEAF_OBJECT;
		rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, id, &no, e);
	}
	if (!rc && !no)
		return mun_fail(e, MUN_ENOENT,
				"no event and no object has the id %s", id);
	if (rc)
		return rc;
	mun_query_text(&q, kind);
	mun_query_int(&q, no);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ECORRUPT,
				"%s %s has no number in the ledger", kind, id);
	*seq = (uint64_t)mun_column_int(&q, 0);
	return 0;
}
