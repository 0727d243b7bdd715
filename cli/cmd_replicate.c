/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_replicate.c - muniment replicate */
#include "audit/copies.h"
#include "cli/cli.h"
#include "cli/custodian.h"
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>

struct replicate {
	struct mun_cli *c;
	struct mun_jsonw *w; /* or NULL: text */
	bool failed; /* a store is away, or the run was interrupted */
	bool damaged; /* objects that nobody has intact */
	size_t stores;
};

static void result(void *ctx, const struct mun_copies_result *r)
{
	struct replicate *x = ctx;
	char bytes[16];

	x->stores++;
	x->failed |= r->away || r->interrupted;
	x->damaged |= r->damaged > 0;
	if (r->away)
		mun_cli_store_error(r->store, r->why);
	if (x->w) {
		mun_jsonw_object(x->w, NULL);
		mun_jsonw_text(x->w, "store", r->store);
		mun_jsonw_bool(x->w, "unavailable", r->away);
		mun_jsonw_text(x->w, "why", r->why);
		mun_jsonw_u64(x->w, "wanted", r->wanted);
		mun_jsonw_u64(x->w, "copied", r->copied);
		mun_jsonw_u64(x->w, "bytes", r->bytes);
		mun_jsonw_u64(x->w, "resumed_bytes", r->resumed);
		mun_jsonw_u64(x->w, "not_copied", r->damaged);
		mun_jsonw_bool(x->w, "interrupted", r->interrupted);
		mun_jsonw_end_object(x->w);
		return;
	}
	mun_human_bytes(r->bytes, bytes);
	(void)printf(
		"store %s: %" PRIu64 " of %" PRIu64 " objects copied, %s%s%s\n",
		r->store, r->copied, r->wanted, bytes,
		r->away ? "; it is away" : "",
		r->interrupted ? "; interrupted, the next run goes on" : "");
}

static void problem(void *ctx, const char *object, const char *store,
		    const struct mun_err *why)
{
	char text[1024];

	(void)ctx;
	mun_log(MUN_LOG_ERROR, "object %s could not be copied to '%s': %s",
		object, store, mun_err_text(why, text, sizeof(text), 0));
}

static int plan(const struct mun_cli_custody *y,
		const struct mun_copies_request *q, struct replicate *x,
		struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 1; i < y->holdings->n && !rc; i++) {
		struct mun_copies_result r = {
			.store = y->holdings->of[i].name,
			.away = !y->holdings->of[i].place,
		};

		rc = mun_copies_lacking(&y->k, r.store, q->collection,
					&r.wanted, e);
		if (!rc)
			result(x, &r);
	}
	return rc;
}

static int replicate(struct replicate *x, struct mun_err *e)
{
	bool dry_run = mun_cli_flag(x->c, "dry-run");
	struct mun_copies_request q = {
		.to = mun_cli_text(x->c, "to"),
		.collection = mun_cli_text(x->c, "collection"),
	};
	struct mun_cli_custody y;
	int rc = mun_cli_custody_open(x->c, 0, !dry_run, &y, e);

	if (rc)
		return rc;
	y.repo->stamp = true;
	q.objects = y.nobjects ? y.objects : NULL;
	q.nobjects = y.nobjects;
	rc = dry_run ? plan(&y, &q, x, e)
		     : mun_copies_make(&y.k, &q, result, problem, x, e);
	if (!rc && !x->stores)
		rc = mun_fail(e, MUN_EINVAL,
			      "there is no store to copy to; add one with "
			      "muniment store add NAME file:///...");
	mun_cli_custody_close(&y);
	return rc;
}

int mun_cmd_replicate(struct mun_cli *c)
{
	struct replicate x = { .c = c };
	struct mun_jsonw w;
	struct mun_err e;
	int status;

	if (mun_cli_flag(c, "json")) {
		x.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "stores");
	}
	if (replicate(&x, &e))
		status = mun_cli_error(c, &e);
	else
		status = x.failed    ? MUN_EXIT_FAILED
			 : x.damaged ? MUN_EXIT_DAMAGE
				     : MUN_EXIT_DONE;
	if (!x.w)
		return status;
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, status);
}
