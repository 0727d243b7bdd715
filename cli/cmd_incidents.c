/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_incidents.c - muniment incidents: list, show, ack, repaired */
#include "audit/repair.h"
#include "catalog/custody.h"
#include "cli/cli.h"
#include "cli/custodian.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct listing {
	struct mun_jsonw *w; /* or NULL: text */
	uint64_t n;
	uint64_t open;
	char id[MUN_UUID_LEN]; /* of the last one */
};

static void members(struct mun_jsonw *w, const struct mun_cat_incident *i)
{
	mun_jsonw_text(w, "id", i->id);
	mun_jsonw_text(w, "state", i->state);
	mun_jsonw_bool(w, "acknowledged", i->acknowledged);
	mun_jsonw_bool(w, "closed", i->closed);
	mun_jsonw_text(w, "kind", i->kind);
	mun_jsonw_text(w, "store", i->store);
	mun_jsonw_text(w, "object", i->object);
	mun_jsonw_text(w, "path", i->path);
	mun_jsonw_u64(w, "offset", i->off);
	mun_jsonw_u64(w, "length", i->bytes);
	mun_jsonw_i64(w, "errno", i->sys);
	mun_jsonw_text(w, "opened", i->opened);
	mun_jsonw_text(w, "changed", i->changed);
	mun_jsonw_u64(w, "findings", i->findings);
	mun_jsonw_text(w, "text", i->text);
}

static void line(const struct mun_cat_incident *i)
{
	(void)printf("%s  %s%s  %s  store %s  %s  %s\n", i->id, i->state,
		     i->closed         ? " (closed)"
		     : i->acknowledged ? ""
				       : " (nobody has acknowledged it)",
		     i->kind, i->store, i->object[0] ? i->object : "-",
		     i->path);
	(void)printf("    since %s, last %s, %" PRIu64 " finding%s: %s\n",
		     i->opened, i->changed, i->findings,
		     i->findings == 1 ? "" : "s", i->text);
}

static int list_one(void *ctx, const struct mun_cat_incident *i,
		    struct mun_err *e)
{
	struct listing *l = ctx;

	(void)e;
	l->n++;
	l->open += !i->closed;
	(void)snprintf(l->id, sizeof(l->id), "%s", i->id);
	if (!l->w) {
		line(i);
		return 0;
	}
	mun_jsonw_object(l->w, NULL);
	members(l->w, i);
	mun_jsonw_end_object(l->w);
	return 0;
}

static int step(void *ctx, const struct mun_cat_step *s, struct mun_err *e)
{
	struct mun_jsonw *w = ctx;

	(void)e;
	if (!w) {
		(void)printf("    %s  %s%s%s%s%s\n", s->at, s->state,
			     s->agent[0] ? " by " : "", s->agent,
			     s->text[0] ? ": " : "", s->text);
		return 0;
	}
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "at", s->at);
	mun_jsonw_text(w, "state", s->state);
	mun_jsonw_text(w, "agent", s->agent);
	mun_jsonw_text(w, "text", s->text);
	mun_jsonw_u64(w, "offset", s->off);
	mun_jsonw_u64(w, "length", s->bytes);
	mun_jsonw_end_object(w);
	return 0;
}

static int list(struct mun_cli *c, struct mun_cli_custody *y, uint64_t *open,
		struct mun_err *e)
{
	const struct mun_cat_incident_query q = {
		.closed = mun_cli_flag(c, "all"),
		.store = mun_cli_text(c, "store"),
		.object = y->nobjects ? y->objects[0] : NULL,
	};
	struct listing l = { 0 };
	struct mun_jsonw w;
	int rc;

	if (mun_cli_flag(c, "json")) {
		l.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "incidents");
	}
	rc = mun_catalog_incidents(y->repo->catalog, &q, list_one, &l, e);
	*open = l.open;
	if (l.w) {
		mun_jsonw_end_array(&w);
		if (mun_cli_json_end(c, &w, 0) && !rc)
			rc = mun_fail(e, MUN_EIO, "output");
	} else if (!rc && !l.n) {
		(void)printf("no incidents\n");
	}
	return rc;
}

static int keep_id(void *ctx, const struct mun_cat_incident *i,
		   struct mun_err *e)
{
	struct listing *l = ctx;

	(void)e;
	l->n++;
	(void)snprintf(l->id, sizeof(l->id), "%s", i->id);
	return 0;
}

/* The one incident that a person means by a prefix of its id. */
static int resolve(struct mun_cli_custody *y, const char *text,
		   char out[static MUN_UUID_LEN], struct mun_err *e)
{
	const struct mun_cat_incident_query q = { .closed = true, .id = text };
	struct listing l = { 0 };
	int rc = mun_catalog_incidents(y->repo->catalog, &q, keep_id, &l, e);

	if (rc)
		return rc;
	if (!l.n)
		return mun_fail(e, MUN_ENOENT, "no incident is '%s'", text);
	if (l.n > 1)
		return mun_fail(e, MUN_EINVAL,
				"%" PRIu64 " incidents begin with '%s'", l.n,
				text);
	memcpy(out, l.id, MUN_UUID_LEN);
	return 0;
}

static int show_members(void *ctx, const struct mun_cat_incident *i,
			struct mun_err *e)
{
	(void)e;
	if (ctx)
		members(ctx, i);
	else
		line(i);
	return 0;
}

static int show(struct mun_cli *c, struct mun_cli_custody *y, struct mun_err *e)
{
	struct mun_cat_incident_query q = { .closed = true };
	struct mun_jsonw *w = NULL;
	struct mun_jsonw json;
	char id[MUN_UUID_LEN];
	int rc = resolve(y, c->args[1], id, e);

	if (rc)
		return rc;
	q.id = id;
	if (mun_cli_flag(c, "json")) {
		w = &json;
		mun_cli_json_begin(w);
	}
	rc = mun_catalog_incidents(y->repo->catalog, &q, show_members, w, e);
	if (w)
		mun_jsonw_array(w, "life");
	if (!rc)
		rc = mun_catalog_incident_steps(y->repo->catalog, id, step, w,
						e);
	if (w) {
		mun_jsonw_end_array(w);
		if (mun_cli_json_end(c, w, 0) && !rc)
			rc = mun_fail(e, MUN_EIO, "output");
	}
	return rc;
}

static int advance(struct mun_cli *c, struct mun_cli_custody *y,
		   const char *state, struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	int rc = 0;

	if (!y->operator_id[0])
		return mun_fail(e, MUN_EINVAL,
				"who says so? give --operator NAME");
	for (size_t i = 1; i < c->nargs && !rc; i++) {
		rc = resolve(y, c->args[i], id, e);
		if (!rc && !mun_cli_flag(c, "dry-run"))
			rc = mun_catalog_incident_step(
				y->repo->catalog, id, state, y->operator_id,
				mun_cli_text(c, "reason"), NULL, e);
	}
	/* What is closed now need not be kept in quarantine any longer. */
	if (!rc && !mun_cli_flag(c, "dry-run"))
		rc = mun_quarantine_tidy(&y->k, e);
	return rc;
}

static const char *state_of(const char *verb)
{
	if (!strcmp(verb, "ack"))
		return "acknowledged";
	return !strcmp(verb, "repaired") ? "repaired" : NULL;
}

static int opened(struct mun_cli *c, size_t first, bool write,
		  struct mun_cli_custody *y)
{
	struct mun_err e;

	if (mun_cli_custody_open(c, first, write, y, &e))
		return mun_cli_error(c, &e);
	return 0;
}

static int run(struct mun_cli *c, const char *verb)
{
	bool is_list = !strcmp(verb, "list");
	const char *state = state_of(verb);
	struct mun_cli_custody y;
	struct mun_err e;
	uint64_t open = 0;
	int rc = opened(c, is_list && c->nargs > 1 ? 1 : SIZE_MAX,
			state != NULL, &y);

	if (rc)
		return rc;
	if (is_list)
		rc = list(c, &y, &open, &e);
	else
		rc = state ? advance(c, &y, state, &e) : show(c, &y, &e);
	mun_cli_custody_close(&y);
	if (rc)
		return mun_cli_error(c, &e);
	return open ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
}

int mun_cmd_incidents(struct mun_cli *c)
{
	const char *verb = c->nargs ? c->args[0] : "list";

	if (!strcmp(verb, "list") && c->nargs <= 2)
		return run(c, verb);
	if (!strcmp(verb, "show") && c->nargs == 2)
		return run(c, verb);
	if (state_of(verb) && c->nargs >= 2) {
		if (!mun_cli_text(c, "reason"))
			return mun_cli_usage(c,
					     "incidents %s needs --reason "
					     "TEXT, for the record",
					     verb);
		return run(c, verb);
	}
	return mun_cli_usage(c, "incidents [list [OBJECT]], incidents show ID, "
				"or incidents ack|repaired ID... --reason "
				"TEXT");
}
