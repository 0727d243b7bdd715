/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_store.c - muniment store add, list, pause, resume, remove */
#include "catalog/evidence.h"
#include "cli/cli.h"
#include "cli/custodian.h"
#include "core/parse.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct listing {
	struct mun_jsonw *w; /* or NULL: text */
	const struct mun_holdings *h;
};

static int list_one(void *ctx, const struct mun_cat_store *s, struct mun_err *e)
{
	const struct listing *l = ctx;
	const struct mun_holding *h = mun_holdings_find(l->h, s->name);
	const char *state = s->state;
	char why[256] = "";
	char bytes[16];

	(void)e;
	if (h && !h->place && strcmp(state, "removed") != 0) {
		state = "away";
		(void)mun_err_text(&h->away, why, sizeof(why), 0);
	}
	if (l->w) {
		mun_jsonw_object(l->w, NULL);
		mun_jsonw_text(l->w, "name", s->name);
		mun_jsonw_text(l->w, "id", s->id);
		mun_jsonw_text(l->w, "url", s->url);
		mun_jsonw_text(l->w, "state", state);
		mun_jsonw_text(l->w, "why", why[0] ? why : s->why);
		mun_jsonw_text(l->w, "added", s->added);
		mun_jsonw_u64(l->w, "objects", s->objects);
		mun_jsonw_u64(l->w, "bytes", s->bytes);
		mun_jsonw_end_object(l->w);
		return 0;
	}
	mun_human_bytes(s->bytes, bytes);
	(void)printf("%-16s  %-8s  %8" PRIu64 " objects  %8s  %s%s%s\n",
		     s->name, state, s->objects, bytes, s->url,
		     why[0] ? "  " : "", why);
	return 0;
}

static int list(struct mun_cli *c, struct mun_err *e)
{
	struct mun_cli_custody y;
	struct listing l = { 0 };
	struct mun_jsonw w;
	int rc = mun_cli_custody_open(c, SIZE_MAX, false, &y, e);

	if (rc)
		return rc;
	l.h = y.holdings;
	if (mun_cli_flag(c, "json")) {
		l.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "stores");
	}
	rc = mun_catalog_stores(y.repo->catalog, mun_cli_flag(c, "all"),
				list_one, &l, e);
	if (l.w) {
		mun_jsonw_end_array(&w);
		if (mun_cli_json_end(c, &w, 0) && !rc)
			rc = mun_fail(e, MUN_EIO, "output");
	}
	mun_cli_custody_close(&y);
	return rc;
}

/* The store that a second "add" of the same finds. */
struct known {
	const char *name;
	char id[MUN_UUID_LEN];
	char *url;
};

static int find(void *ctx, const struct mun_cat_store *s, struct mun_err *e)
{
	struct known *k = ctx;

	if (strcmp(s->name, k->name) != 0)
		return 0;
	(void)snprintf(k->id, sizeof(k->id), "%s", s->id);
	return mun_strdup(s->url, &k->url, e);
}

static int make_place(struct mun_cli *c, const char *id, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_auto(repo) *r = NULL;
	char repository[MUN_UUID_LEN];
	int rc = mun_place_path(c->args[2], &path, e);

	if (!rc)
		rc = mun_repo_open(c, MUN_REPO_EVIDENCE, &r, e);
	if (!rc)
		rc = mun_catalog_repository(r->catalog, repository, e);
	if (!rc)
		rc = mun_place_init(path, id, repository, c->args[1], e);
	return rc;
}

/*
 * The fact comes first: killed between fact and folder, the store is known and
 * away, and the same command again makes it.
 */
static int add(struct mun_cli *c, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct known k = { .name = c->args[1] };
	struct mun_cli_custody y;
	int rc = mun_place_path(c->args[2], &path, e);

	if (rc)
		return rc;
	rc = mun_cli_custody_open(c, SIZE_MAX, !mun_cli_flag(c, "dry-run"), &y,
				  e);
	if (rc)
		return rc;
	rc = mun_catalog_stores(y.repo->catalog, false, find, &k, e);
	if (!rc && k.url && !*k.url)
		rc = mun_fail(e, MUN_EEXIST, "'%s' is the repository itself",
			      k.name);
	else if (!rc && k.url && strcmp(k.url, c->args[2]) != 0)
		rc = mun_fail(e, MUN_EEXIST, "store '%s' is at '%s'", k.name,
			      k.url);
	/* A slip of the pen must not leave a store that is never there. */
	if (!rc && !k.url)
		rc = mun_place_is_free(path, e);
	if (!rc && mun_cli_flag(c, "dry-run")) {
		free(k.url);
		mun_cli_custody_close(&y);
		return 0;
	}
	if (!rc && !k.url) {
		rc = mun_uuid_new(k.id, e);
		if (!rc)
			rc = mun_catalog_store_add(
				y.repo->catalog, k.id, c->args[1], c->args[2],
				y.operator_id[0] ? y.operator_id : NULL, e);
	}
	free(k.url);
	mun_cli_custody_close(&y);
	return rc ? rc : make_place(c, k.id, e);
}

static int change(struct mun_cli *c, const char *what, struct mun_err *e)
{
	const char *why = mun_cli_text(c, "reason");
	struct known k = { .name = c->args[1] };
	struct mun_cli_custody y;
	int rc = mun_cli_custody_open(c, SIZE_MAX, true, &y, e);

	if (rc)
		return rc;
	rc = mun_catalog_stores(y.repo->catalog, false, find, &k, e);
	if (!rc && !k.url)
		rc = mun_fail(e, MUN_ENOENT,
			      "there is no store '%s' (see muniment store "
			      "list)",
			      k.name);
	if (!rc && !mun_cli_flag(c, "dry-run"))
		rc = mun_catalog_store_change(y.repo->catalog, k.name, what,
					      y.operator_id[0] ? y.operator_id
							       : NULL,
					      why ? why : "", e);
	free(k.url);
	mun_cli_custody_close(&y);
	return rc;
}

static const struct {
	const char *verb;
	const char *becomes;
} changes[] = {
	{ "pause", "paused" },
	{ "resume", "active" },
	{ "remove", "removed" },
};

static const char *becomes(const char *verb)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (!strcmp(changes[i].verb, verb))
			return changes[i].becomes;
	return NULL;
}

int mun_cmd_store(struct mun_cli *c)
{
	const char *verb = c->args[0];
	struct mun_err e;
	int rc;

	if (!strcmp(verb, "list") && c->nargs == 1) {
		rc = list(c, &e);
	} else if (!strcmp(verb, "add") && c->nargs == 3) {
		rc = add(c, &e);
	} else if (becomes(verb) && c->nargs == 2) {
		if (!strcmp(verb, "remove") && !mun_cli_flag(c, "yes") &&
		    !mun_cli_flag(c, "dry-run"))
			return mun_cli_usage(c,
					     "its copies no longer count; "
					     "add --yes to remove '%s' (no "
					     "file of it is touched)",
					     c->args[1]);
		rc = change(c, becomes(verb), &e);
	} else {
		return mun_cli_usage(c, "store add NAME URL, store list, or "
					"store pause|resume|remove NAME");
	}
	return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}
