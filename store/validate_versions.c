/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_versions.c - the versions block of an inventory */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/inventory_json.h"
#include "store/validate_paths.h"

struct number {
	unsigned long n;
	const char *name;
};

static int by_number(const void *a, const void *b)
{
	const struct number *x = a;
	const struct number *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

/* The first version decides whether and how numbers are padded. */
static void check_padding(struct mun_val *v, const struct mun_val_inv *inv,
			  const char *name)
{
	bool padded = name[1] == '0';

	if (inv->width && !padded)
		mun_val_report(v, "E011", inv->where,
			       "version '%s' does not begin with 'v0' as the "
			       "first one does",
			       name);
	else if (!inv->width && padded)
		mun_val_report(v, "E012", inv->where,
			       "version '%s' is zero-padded, the first one is "
			       "not",
			       name);
	else if (inv->width && strlen(name) - 1 != inv->width)
		mun_val_report(v, "E012", inv->where,
			       "version '%s' has not %zu digits as the first "
			       "one has",
			       name, inv->width);
}

static void check_sequence(struct mun_val *v, struct mun_val_inv *inv,
			   const struct number *of, size_t n)
{
	if (!n)
		return;
	if (of[0].n != 1)
		mun_val_report(v, "E009", inv->where,
			       "the first version is '%s'", of[0].name);
	if (of[0].name[1] == '0')
		inv->width = strlen(of[0].name) - 1;
	if (inv->width)
		mun_val_report(v, "W001", inv->where,
			       "version numbers are zero-padded");
	inv->last = of[n - 1].n;
	for (size_t i = 1; i < n; i++) {
		check_padding(v, inv, of[i].name);
		if (of[i].n == of[i - 1].n)
			mun_val_report(v, "E012", inv->where,
				       "'%s' and '%s' are one version",
				       of[i - 1].name, of[i].name);
		else if (of[i].n != of[i - 1].n + 1)
			mun_val_report(v, "E010", inv->where,
				       "version '%s' follows '%s'", of[i].name,
				       of[i - 1].name);
	}
}

static int check_names(struct mun_val *v, struct mun_val_inv *inv,
		       struct mun_err *e)
{
	mun_autofree struct number *of = NULL;
	const char *name;
	json_t *version;
	size_t n = 0;

	of = calloc(json_object_size(inv->versions) + 1, sizeof(*of));
	if (!of)
		return mun_fail_nomem(e, "versions");
	json_object_foreach(inv->versions, name, version)
	{
		of[n] = (struct number){ mun_inventory_version(name), name };
		if (of[n].n)
			n++;
		else
			mun_val_report(v, "E046", inv->where,
				       "'%s' is not the name of a version",
				       name);
	}
	if (n)
		qsort(of, n, sizeof(*of), by_number);
	check_sequence(v, inv, of, n);
	return 0;
}

/* One version block, and its name for messages. */
struct block {
	struct mun_val *v;
	const struct mun_val_inv *inv;
	const char *name;
	const json_t *j;
};

static void check_user(const struct block *b)
{
	json_t *user = json_object_get(b->j, "user");
	const char *where = b->inv->where;
	const char *address;
	const char *name;
	const char *key;
	json_t *value;

	if (!user) {
		mun_val_report(b->v, "W007", where, "version '%s' has no user",
			       b->name);
		return;
	}
	name = json_string_value(json_object_get(user, "name"));
	if (!name || !*name)
		mun_val_report(b->v, "E054", where,
			       "version '%s': the user has no name", b->name);
	address = json_string_value(json_object_get(user, "address"));
	if (json_is_object(user) && !json_object_get(user, "address"))
		mun_val_report(b->v, "W008", where,
			       "version '%s': the user has no address",
			       b->name);
	else if (json_is_object(user) && (!address || !mun_val_is_uri(address)))
		mun_val_report(b->v, "W009", where,
			       "version '%s': the user's address is no URI",
			       b->name);
	json_object_foreach(user, key, value)
	{
		if (strcmp(key, "name") != 0 && strcmp(key, "address") != 0)
			mun_val_report(b->v, "E102", where,
				       "version '%s': unknown key '%s' of the "
				       "user",
				       b->name, key);
	}
}

static void check_facts(const struct block *b)
{
	const json_t *created = json_object_get(b->j, "created");
	const json_t *message = json_object_get(b->j, "message");
	const char *where = b->inv->where;

	if (!created)
		mun_val_report(b->v, "E048", where,
			       "version '%s' does not say when it was created",
			       b->name);
	else if (!json_is_string(created) ||
		 !mun_val_is_time(json_string_value(created)))
		mun_val_report(b->v, "E049", where,
			       "version '%s': 'created' is no RFC 3339 time "
			       "with seconds and zone",
			       b->name);
	if (!message)
		mun_val_report(b->v, "W007", where,
			       "version '%s' has no message", b->name);
	else if (!json_is_string(message))
		mun_val_report(b->v, "E094", where,
			       "version '%s': the message is no text", b->name);
}

static void check_keys(const struct block *b, json_t *j)
{
	static const char *const keys[] = { "created", "state", "message",
					    "user" };
	const char *key;
	json_t *value;

	json_object_foreach(j, key, value)
	{
		bool known = false;

		for (size_t i = 0; i < MUN_COUNT(keys); i++)
			known = known || !strcmp(key, keys[i]);
		if (!known)
			mun_val_report(b->v, "E102", b->inv->where,
				       "version '%s': unknown key '%s'",
				       b->name, key);
	}
}

static int state_entry(const struct block *b, const char *digest,
		       const json_t *list, struct mun_val_paths *paths,
		       struct mun_err *e)
{
	const char *where = b->inv->where;

	if (b->inv->manifest && !json_object_get(b->inv->manifest, digest))
		mun_val_report(b->v, "E050", where,
			       "version '%s': digest '%s' is not in the "
			       "manifest",
			       b->name, digest);
	if (!json_is_array(list)) {
		mun_val_report(b->v, "E051", where,
			       "version '%s': '%s' has no list of logical "
			       "paths",
			       b->name, digest);
		return 0;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(json_array_get(list, i));
		int rc;

		if (!path) {
			mun_val_report(b->v, "E051", where,
				       "version '%s': a logical path is no "
				       "text",
				       b->name);
			continue;
		}
		if (!mun_val_path(b->v, where, path, &mun_logical_codes))
			continue;
		rc = mun_val_paths_add(paths, path, digest, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* @used collects the digests that some state has. */
static int check_state(const struct block *b, json_t *used, struct mun_err *e)
{
	json_t *state = json_object_get(b->j, "state");
	struct mun_val_paths paths = { 0 };
	const char *digest;
	json_t *list;
	int rc = 0;

	if (!state)
		mun_val_report(b->v, "E048", b->inv->where,
			       "version '%s' has no state", b->name);
	else if (!json_is_object(state))
		mun_val_report(b->v, "E050", b->inv->where,
			       "version '%s': the state is not a JSON object",
			       b->name);
	json_object_foreach(state, digest, list)
	{
		rc = state_entry(b, digest, list, &paths, e);
		if (!rc &&
		    json_object_set_new_nocheck(used, digest, json_true()))
			rc = mun_fail_nomem(e, "digests");
		if (rc)
			break;
	}
	if (!rc)
		mun_val_conflicts(b->v, b->inv->where, paths.of, paths.n,
				  &mun_logical_codes);
	free(paths.of);
	return rc;
}

static void check_used(struct mun_val *v, const struct mun_val_inv *inv,
		       json_t *used)
{
	const char *digest;
	json_t *list;

	/* New in OCFL 1.1. */
	if (inv->spec < 11)
		return;
	json_object_foreach(inv->manifest, digest, list)
	{
		if (!json_object_get(used, digest))
			mun_val_report(v, "E107", inv->where,
				       "manifest: no version has the digest "
				       "'%s'",
				       digest);
	}
}

static int check_block(struct mun_val *v, const struct mun_val_inv *inv,
		       const char *name, json_t *j, json_t *used,
		       struct mun_err *e)
{
	struct block b = { v, inv, name, j };

	if (!json_is_object(j)) {
		mun_val_report(v, "E047", inv->where,
			       "version '%s' is not a JSON object", name);
		return 0;
	}
	check_keys(&b, j);
	check_facts(&b);
	check_user(&b);
	return check_state(&b, used, e);
}

int mun_val_versions(struct mun_val *v, struct mun_val_inv *inv,
		     struct mun_err *e)
{
	mun_autojson json_t *used = json_object();
	const char *name;
	json_t *j;
	int rc;

	if (!used)
		return mun_fail_nomem(e, "digests");
	if (!json_object_size(inv->versions))
		mun_val_report(v, "E008", inv->where, "there is no version");
	rc = check_names(v, inv, e);
	if (rc)
		return rc;
	json_object_foreach(inv->versions, name, j)
	{
		rc = check_block(v, inv, name, j, used, e);
		if (rc)
			return rc;
	}
	check_used(v, inv, used);
	return 0;
}
