/* SPDX-License-Identifier: Apache-2.0 */
/* audit/copies.c - give every object its copies in other stores */
#include "audit/copies.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/custody_event.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "store/replicate.h"

struct copying {
	const struct mun_custodian *k;
	const struct mun_copies_request *q;
	mun_copies_problem_fn *problem;
	void *ctx;
	struct mun_holding *to;
	struct mun_copies_result r;
	size_t n, room;
	char (*ids)[MUN_UUID_LEN]; /* to be copied */
};

static int want(void *ctx, const char *id, struct mun_err *e)
{
	struct copying *c = ctx;

	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 256;
		void *grown = reallocarray(c->ids, room, sizeof(*c->ids));

		if (!grown)
			return mun_fail_nomem(e, "objects");
		c->ids = grown;
		c->room = room;
	}
	(void)snprintf(c->ids[c->n++], MUN_UUID_LEN, "%s", id);
	return 0;
}

static int count_one(void *ctx, const char *id, struct mun_err *e)
{
	uint64_t *n = ctx;

	(void)id;
	(void)e;
	++*n;
	return 0;
}

int mun_copies_lacking(const struct mun_custodian *k, const char *store,
		       const char *collection, uint64_t *out, struct mun_err *e)
{
	*out = 0;
	return mun_catalog_lacking(k->catalog, store, collection, count_one,
				   out, e);
}

static bool was_named(const struct mun_copies_request *q, const char *id)
{
	for (size_t i = 0; i < q->nobjects; i++)
		if (!strcmp(q->objects[i], id))
			return true;
	return !q->objects;
}

static int want_named(void *ctx, const char *id, struct mun_err *e)
{
	struct copying *c = ctx;

	return was_named(c->q, id) ? want(ctx, id, e) : 0;
}

/* Is a copy that a killed run left there whole? */
static int verify_there(struct copying *c, const char *urn,
			const struct mun_record *r, struct mun_err *e)
{
	for (size_t i = 0; i < r->nfiles; i++) {
		mun_auto(source) *src = NULL;
		int rc = mun_holding_open_file(c->to, urn, r->files[i].path,
					       MUN_READ_DISK, &src, e);

		if (!rc)
			rc = mun_verify_tree(src, &r->files[i].tree, 0,
					     "verifying", c->k->progress, e);
		if (rc)
			return mun_ctx(e,
				       "'%s' in store '%s', which the "
				       "catalog does not know",
				       r->files[i].path, c->to->name);
	}
	return 0;
}

static int from_place(struct copying *c, const struct mun_holding *from,
		      const char *urn, const struct mun_record *r,
		      struct mun_replica_result *done, struct mun_err *e)
{
	mun_autofree struct mun_replica_file *files =
		calloc(r->nfiles + 1, sizeof(*files));
	int rc;

	if (!files)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < r->nfiles; i++)
		files[i] = (struct mun_replica_file){ r->files[i].path,
						      &r->files[i].tree };
	rc = mun_replicate(from->place, c->to->place, urn, files, r->nfiles,
			   c->k->progress, done, e);
	/* An older copy, or one that nobody recorded. */
	if (rc == MUN_EEXIST && r->version > 1)
		rc = mun_replicate_update(from->place, c->to->place, urn, files,
					  r->nfiles, c->k->progress, done, e);
	if (rc == MUN_EEXIST)
		rc = verify_there(c, urn, r, e);
	return rc ? mun_ctx(e, "from store '%s'", from->name) : 0;
}

/* May another store have it, where this one failed so? */
static bool may_go_on(const struct copying *c, int rc)
{
	struct mun_err e;

	if (mun_place_available(c->to->place, &e))
		return false;
	return rc == MUN_EFIXITY || rc == MUN_ENOENT || rc == MUN_ECORRUPT ||
	       rc == MUN_EIO || rc == MUN_EUNAVAILABLE;
}

static int from_anywhere(struct copying *c, const char *urn,
			 const struct mun_record *r,
			 const struct mun_holding **from,
			 struct mun_replica_result *done, struct mun_err *e)
{
	int rc = mun_fail(e, MUN_EUNAVAILABLE, "no store that has it is there");

	for (size_t i = 0; i < c->k->holdings->n; i++) {
		const struct mun_holding *h = &c->k->holdings->of[i];
		struct mun_err one;

		if (h == c->to || !h->place)
			continue;
		*from = h;
		if (!from_place(c, h, urn, r, done, &one))
			return 0;
		/* Main's own reason is the one that tells most. */
		if (rc == MUN_EUNAVAILABLE || one.code != MUN_ENOENT) {
			*e = one;
			rc = one.code;
		}
		if (!may_go_on(c, one.code))
			break;
	}
	return rc;
}

static int record_copy(struct copying *c, const struct mun_record *r,
		       const struct mun_holding *from,
		       const struct mun_replica_result *done, int64_t started,
		       struct mun_err *e)
{
	mun_auto(record) *event = NULL;
	mun_autofree char *detail = NULL;
	struct mun_custody_event what = {
		.object = r->id,
		.type = "replication",
		.note = "read back from the copy and equal",
		.outcome = "success",
		.started_ms = started,
	};
	int rc = mun_fmt(&detail, e,
			 "%zu files and their OCFL object, %" PRIu64
			 " bytes, copied from store '%s' to store '%s'",
			 r->nfiles, done->bytes, from->name, c->to->name);

	what.detail = detail;
	if (!rc)
		rc = mun_custody_event_new(c->k, &what, &event, e);
	if (!rc)
		rc = mun_catalog_copy_add(c->k->catalog, c->to->name, event, e);
	return rc;
}

/* 0 also for an object that could not be copied and was told. */
static int copy_one(struct copying *c, const char *id, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	struct mun_replica_result done = { 0 };
	const struct mun_holding *from = NULL;
	int64_t started = mun_now_ms();
	char urn[MUN_URN_LEN];
	int rc = mun_catalog_get(c->k->catalog, id, true, &r, e);

	if (rc)
		return rc;
	mun_object_urn(id, urn);
	rc = from_anywhere(c, urn, r, &from, &done, e);
	if (!rc) {
		rc = record_copy(c, r, from, &done, started, e);
		c->r.copied += !rc;
		c->r.bytes += done.bytes;
		c->r.resumed += done.resumed;
		return rc;
	}
	if (rc == MUN_ECANCELLED) {
		c->r.interrupted = true;
		return 0;
	}
	c->r.damaged++;
	if (c->problem)
		c->problem(c->ctx, id, c->to->name, e);
	return 0;
}

static void is_away(struct copying *c, const struct mun_err *why)
{
	c->r.away = true;
	(void)mun_err_text(why, c->r.why, sizeof(c->r.why), 0);
}

static int fill_store(struct copying *c, struct mun_err *e)
{
	struct mun_err gone;
	int rc;

	if (!c->to->place) {
		is_away(c, &c->to->away);
		return mun_copies_lacking(c->k, c->to->name, c->q->collection,
					  &c->r.wanted, e);
	}
	rc = mun_catalog_lacking(c->k->catalog, c->to->name, c->q->collection,
				 want_named, c, e);
	c->r.wanted = c->n;
	for (size_t i = 0; i < c->n && !rc && !c->r.interrupted; i++) {
		if (mun_cancelled()) {
			c->r.interrupted = true;
		} else if (mun_place_available(c->to->place, &gone)) {
			is_away(c, &gone);
			break;
		} else {
			rc = copy_one(c, c->ids[i], e);
		}
	}
	return rc;
}

static bool is_target(const struct mun_copies_request *q,
		      const struct mun_holding *h)
{
	if (q->to)
		return !strcmp(q->to, h->name);
	return strcmp(h->name, MUN_STORE_MAIN) != 0 && !h->paused;
}

int mun_copies_make(const struct mun_custodian *k,
		    const struct mun_copies_request *q,
		    mun_copies_result_fn *result,
		    mun_copies_problem_fn *problem, void *ctx,
		    struct mun_err *e)
{
	int rc = 0;

	if (q->to && !strcmp(q->to, MUN_STORE_MAIN))
		return mun_fail(e, MUN_EINVAL,
				"'main' is the repository itself; copies go "
				"to stores that were added");
	if (q->to && !mun_holdings_find(k->holdings, q->to))
		return mun_fail(e, MUN_ENOENT,
				"there is no store '%s' (see muniment store "
				"list)",
				q->to);
	for (size_t i = 0; i < k->holdings->n && !rc; i++) {
		struct copying c = {
			.k = k,
			.q = q,
			.problem = problem,
			.ctx = ctx,
			.to = &k->holdings->of[i],
			.r = { .store = k->holdings->of[i].name },
		};

		if (!is_target(q, c.to))
			continue;
		rc = fill_store(&c, e);
		free(c.ids);
		if (!rc)
			result(ctx, &c.r);
		if (c.r.interrupted)
			break;
	}
	return rc ? mun_ctx(e, "make copies") : 0;
}
