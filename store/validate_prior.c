/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_prior.c - inventories of versions against the object's */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/inventory_json.h"
#include "store/validate_paths.h"

struct pair {
	struct mun_val *v;
	const struct mun_val_inv *root;
	const struct mun_val_inv *prior;
	const struct mun_val_files *files;
};

static int by_path(const void *a, const void *b)
{
	const struct mun_val_path *x = a;
	const struct mun_val_path *y = b;

	return strcmp(x->path, y->path);
}

/* All logical paths of a state with their digests, sorted. */
static int flatten(json_t *state, struct mun_val_paths *out, struct mun_err *e)
{
	const char *digest;
	json_t *list;

	json_object_foreach(state, digest, list)
	{
		for (size_t i = 0; i < json_array_size(list); i++) {
			const char *path =
				json_string_value(json_array_get(list, i));
			int rc;

			if (!path)
				continue;
			rc = mun_val_paths_add(out, path, digest, e);
			if (rc)
				return rc;
		}
	}
	if (out->n)
		qsort(out->of, out->n, sizeof(*out->of), by_path);
	return 0;
}

/*
 * Do both digests stand for the same content?  Where the algorithms differ,
 * the way leads over a content path: the prior manifest says where its digest
 * lies, the object's manifest has its own digest for that.
 */
static bool same_content(const struct pair *p, const char *root_digest,
			 const char *prior_digest)
{
	const struct mun_val_file *f;
	const json_t *paths;
	const char *path;

	if (!p->root->has_alg || !p->prior->has_alg ||
	    p->root->alg == p->prior->alg)
		return !strcasecmp(root_digest, prior_digest);
	paths = json_object_get(p->prior->manifest, prior_digest);
	path = json_string_value(json_array_get(paths, 0));
	f = path ? mun_val_files_find(p->files, path) : NULL;
	return f && !strcasecmp(f->digest, root_digest);
}

static bool same_paths(const struct pair *p, const struct mun_val_paths *root,
		       const struct mun_val_paths *prior)
{
	if (root->n != prior->n)
		return false;
	for (size_t i = 0; i < root->n; i++) {
		if (strcmp(root->of[i].path, prior->of[i].path) != 0 ||
		    !same_content(p, root->of[i].digest, prior->of[i].digest))
			return false;
	}
	return true;
}

static int compare_state(const struct pair *p, const char *name,
			 const json_t *root, const json_t *prior,
			 struct mun_err *e)
{
	json_t *root_state = json_object_get(root, "state");
	json_t *prior_state = json_object_get(prior, "state");
	struct mun_val_paths a = { 0 };
	struct mun_val_paths b = { 0 };
	int rc;

	rc = flatten(root_state, &a, e);
	if (!rc)
		rc = flatten(prior_state, &b, e);
	if (!rc && !same_paths(p, &a, &b))
		mun_val_report(p->v, "E066", p->prior->where,
			       "version '%s' has another state than in the "
			       "object's inventory",
			       name);
	free(a.of);
	free(b.of);
	return rc;
}

static void compare_facts(const struct pair *p, const char *name,
			  const json_t *root, const json_t *prior)
{
	static const char *const keys[] = { "created", "message", "user" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *a = json_object_get(root, keys[i]);
		const json_t *b = json_object_get(prior, keys[i]);

		if ((a || b) && !json_equal(a, b))
			mun_val_report(p->v, "W011", p->prior->where,
				       "version '%s' has another '%s' than in "
				       "the object's inventory",
				       name, keys[i]);
	}
}

static int compare_versions(const struct pair *p, struct mun_err *e)
{
	const char *name;
	json_t *prior;

	json_object_foreach(p->prior->versions, name, prior)
	{
		const json_t *root = json_object_get(p->root->versions, name);
		int rc;

		if (!root) {
			mun_val_report(p->v, "E066", p->prior->where,
				       "version '%s' is not in the object's "
				       "inventory",
				       name);
			continue;
		}
		compare_facts(p, name, root, prior);
		rc = compare_state(p, name, root, prior, e);
		if (rc)
			return rc;
	}
	return 0;
}

static void compare_heads(const struct pair *p, const char *name)
{
	const struct mun_val_inv *root = p->root;
	const struct mun_val_inv *prior = p->prior;

	if (prior->head && strcmp(prior->head, name) != 0)
		mun_val_report(p->v, "E040", prior->where,
			       "'head' is '%s' in the folder of '%s'",
			       prior->head, name);
	if (root->id && prior->id && strcmp(root->id, prior->id) != 0) {
		mun_val_report(p->v, "E037", prior->where,
			       "'id' is '%s', that of the object '%s'",
			       prior->id, root->id);
		if (root->spec >= 11)
			mun_val_report(p->v, "E110", prior->where,
				       "'id' has changed between versions");
	}
	if (root->spec && prior->spec > root->spec)
		mun_val_report(p->v, "E103", prior->where,
			       "conforms to a later OCFL version than the "
			       "object");
	if (strcmp(root->content_dir, prior->content_dir) != 0)
		mun_val_report(
			p->v,
			mun_inventory_version(name) == 1 ? "E019" : "E020",
			prior->where,
			"'contentDirectory' is '%s', that of the object '%s'",
			prior->content_dir, root->content_dir);
}

/* Every file up to this version must be in its manifest as well. */
static void check_complete(const struct pair *p, unsigned long version)
{
	if (!p->prior->manifest)
		return;
	for (size_t i = 0; i < p->files->n; i++) {
		const struct mun_val_file *f = &p->files->of[i];

		if (f->on_disk && f->version <= version &&
		    !mun_val_inv_find(p->prior, f->path))
			mun_val_report(p->v, "E023", p->prior->where,
				       "its manifest lacks the file '%s'",
				       f->path);
	}
}

int mun_val_prior(struct mun_val *v, const char *name,
		  const struct mun_val_inv *root,
		  const struct mun_val_inv *prior, struct mun_val_files *files,
		  struct mun_err *e)
{
	const struct pair p = { v, root, prior, files };
	int rc = 0;

	/* Without an inventory of the object there is nothing to compare. */
	if (!root->json || !prior->json)
		return 0;
	compare_heads(&p, name);
	if (root->versions)
		rc = compare_versions(&p, e);
	if (rc)
		return rc;
	check_complete(&p, mun_inventory_version(name));
	return files->known ? mun_val_files_expect(v, files, prior, e) : 0;
}
