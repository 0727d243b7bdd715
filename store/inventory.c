/* SPDX-License-Identifier: Apache-2.0 */
/* store/inventory.c - inventory.json read (store/inventory.h) */
#include "store/inventory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "store/inventory_json.h"
#include "store/layout.h"

#define SPEC_1_0 "https://ocfl.io/1.0/spec/#inventory"
#define SPEC_1_1 "https://ocfl.io/1.1/spec/#inventory"

struct content;

struct parser {
	struct mun_inventory *inv;
	const json_t *manifest;
	size_t ncontents;
	struct content *contents; /* of the digest at hand, by tail */
};

/* The string @key of @j; NULL is a failure that names it. */
static const char *text_of(const json_t *j, const char *key, struct mun_err *e)
{
	const char *text = json_string_value(json_object_get(j, key));

	if (!text)
		(void)mun_fail(e, MUN_ECORRUPT, "'%s' is not there as text",
			       key);
	return text;
}

/* The object @key of @j; NULL is a failure that names it. */
static json_t *object_of(const json_t *j, const char *key, struct mun_err *e)
{
	json_t *v = json_object_get(j, key);

	if (!json_is_object(v)) {
		(void)mun_fail(e, MUN_ECORRUPT,
			       "'%s' is not there as a JSON object", key);
		return NULL;
	}
	return v;
}

static int check_kind(const json_t *j, struct mun_err *e)
{
	const char *type = text_of(j, "type", e);
	const char *alg = type ? text_of(j, "digestAlgorithm", e) : NULL;

	if (!alg)
		return e->code;
	if (strcmp(type, SPEC_1_0) != 0 && strcmp(type, SPEC_1_1) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"'type' is none of OCFL 1.0 or 1.1: '%s'",
				type);
	/* Every object of ours has it; our records rely on it. */
	if (strcmp(alg, "sha512") != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"'digestAlgorithm' is not sha512 but '%s'",
				alg);
	return 0;
}

static int read_version(struct parser *p, const char *name, const json_t *j,
			struct mun_err *e)
{
	struct mun_arena *a = p->inv->arena;
	const json_t *user = json_object_get(j, "user");
	struct mun_inv_version *v;
	const char *created;

	if (!mun_inventory_version(name))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no version name",
				name);
	created = text_of(j, "created", e);
	if (!created)
		return e->code;
	v = mun_arena_grow(a, p->inv->versions, p->inv->nversions, sizeof(*v));
	if (!v)
		return mun_fail_nomem(e, "versions");
	p->inv->versions = v;
	v += p->inv->nversions++;
	v->name = mun_arena_strdup(a, name);
	v->created = mun_arena_strdup(a, created);
	v->message = mun_arena_strdup(
		a, json_string_value(json_object_get(j, "message")));
	v->user_name = mun_arena_strdup(
		a, json_string_value(json_object_get(user, "name")));
	v->user_address = mun_arena_strdup(
		a, json_string_value(json_object_get(user, "address")));
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct mun_inv_version *x = a;
	const struct mun_inv_version *y = b;
	unsigned long nx = mun_inventory_version(x->name);
	unsigned long ny = mun_inventory_version(y->name);

	return (nx > ny) - (nx < ny);
}

static int read_versions(struct parser *p, json_t *versions, struct mun_err *e)
{
	const char *name;
	json_t *j;

	json_object_foreach(versions, name, j)
	{
		int rc = read_version(p, name, j, e);

		if (rc)
			return mun_ctx(e, "version '%s'", name);
	}
	if (mun_arena_failed(p->inv->arena, e))
		return e->code;
	if (p->inv->nversions)
		qsort(p->inv->versions, p->inv->nversions,
		      sizeof(*p->inv->versions), by_number);
	return 0;
}

/* A content path, and what follows "v1/content/" in it. */
struct content {
	const char *path;
	const char *tail;
};

static int by_tail(const void *a, const void *b)
{
	const struct content *x = a;
	const struct content *y = b;

	return strcmp(x->tail, y->tail);
}

/* Of one name in several versions, the newest first. */
static int by_age(const void *a, const void *b)
{
	const struct content *x = a;
	const struct content *y = b;
	int order = by_tail(a, b);
	unsigned long v = mun_inventory_content_version(x->path);
	unsigned long w = mun_inventory_content_version(y->path);

	return order ? order : (v < w) - (v > w);
}

static const char *tail_of(const char *path)
{
	const char *slash = strchr(path, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	return slash ? slash + 1 : path;
}

/* All content paths that the manifest has for @digest, in p->contents. */
static int read_contents(struct parser *p, const char *digest,
			 struct mun_err *e)
{
	const json_t *paths = json_object_get(p->manifest, digest);
	size_t n = json_array_size(paths);

	p->ncontents = 0;
	p->contents =
		mun_arena_array(p->inv->arena, n + 1, sizeof(*p->contents));
	if (!p->contents)
		return mun_fail_nomem(e, "content paths");
	for (size_t i = 0; i < n; i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (!path || !mun_path_is_safe(path))
			return mun_fail(e, MUN_ECORRUPT,
					"unsafe content path '%s'",
					path ? path : "");
		p->contents[p->ncontents++] =
			(struct content){ path, tail_of(path) };
	}
	if (n)
		qsort(p->contents, n, sizeof(*p->contents), by_age);
	return 0;
}

/*
 * Several files may have the same bytes.  Each of ours is stored under its own
 * name, in the version with which it came; of another tool's, which may store
 * them once, any will do.
 */
static const char *content_for(const struct parser *p, const char *logical)
{
	const struct content key = { .tail = logical };
	const struct content *found;

	if (!p->ncontents)
		return NULL;
	found = bsearch(&key, p->contents, p->ncontents, sizeof(key), by_tail);
	while (found && found > p->contents && !by_tail(found - 1, &key))
		found--;
	return found ? found->path : p->contents[0].path;
}

static int add_file(struct parser *p, const char *digest, const char *path,
		    struct mun_err *e)
{
	struct mun_inventory *inv = p->inv;
	const char *content;
	struct mun_inv_file *f;
	int rc;

	if (!path || !mun_path_is_safe(path))
		return mun_fail(e, MUN_ECORRUPT, "unsafe path '%s'",
				path ? path : "");
	content = content_for(p, path);
	if (!content)
		return mun_fail(e, MUN_ECORRUPT,
				"the manifest has no content for '%s'", path);
	f = mun_arena_grow(inv->arena, inv->files, inv->nfiles, sizeof(*f));
	if (!f)
		return mun_fail_nomem(e, "files");
	inv->files = f;
	f += inv->nfiles++;
	f->path = mun_arena_strdup(inv->arena, path);
	f->content = mun_arena_strdup(inv->arena, content);
	if (!f->path || !f->content)
		return mun_fail_nomem(e, "files");
	rc = mun_digest_parse(MUN_SHA512, digest, &f->digests.of[MUN_SHA512],
			      e);
	if (rc)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' of '%s' is no SHA-512 digest", digest,
				path);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct mun_inv_file *x = a;
	const struct mun_inv_file *y = b;

	return strcmp(x->path, y->path);
}

/* The logical paths of one digest. */
static int read_paths(struct parser *p, const char *digest, const json_t *paths,
		      struct mun_err *e)
{
	int rc;

	if (!json_is_array(paths))
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' of the state has no list of paths",
				digest);
	rc = read_contents(p, digest, e);
	for (size_t i = 0; !rc && i < json_array_size(paths); i++)
		rc = add_file(p, digest,
			      json_string_value(json_array_get(paths, i)), e);
	return rc;
}

static int read_state(struct parser *p, json_t *state, struct mun_err *e)
{
	struct mun_inventory *inv = p->inv;
	const char *digest;
	json_t *paths;

	json_object_foreach(state, digest, paths)
	{
		int rc = read_paths(p, digest, paths, e);

		if (rc)
			return rc;
	}
	if (inv->nfiles)
		qsort(inv->files, inv->nfiles, sizeof(*inv->files), by_path);
	for (size_t i = 1; i < inv->nfiles; i++) {
		if (!strcmp(inv->files[i - 1].path, inv->files[i].path))
			return mun_fail(e, MUN_ECORRUPT,
					"the path '%s' stands twice",
					inv->files[i].path);
	}
	return 0;
}

static int read_head(struct parser *p, const json_t *j, json_t *versions,
		     struct mun_err *e)
{
	const char *head = text_of(j, "head", e);
	const json_t *version;
	json_t *state;

	if (!head)
		return e->code;
	p->inv->head = mun_arena_strdup(p->inv->arena, head);
	if (!p->inv->head)
		return mun_fail_nomem(e, "head");
	version = object_of(versions, head, e);
	if (!version)
		return e->code;
	state = object_of(version, "state", e);
	return state ? read_state(p, state, e) : e->code;
}

static int read_all(struct parser *p, const json_t *j, struct mun_err *e)
{
	const char *id = text_of(j, "id", e);
	json_t *versions;
	int rc;

	if (!id)
		return e->code;
	p->inv->id = mun_arena_strdup(p->inv->arena, id);
	if (!p->inv->id)
		return mun_fail_nomem(e, "id");
	p->manifest = object_of(j, "manifest", e);
	if (!p->manifest)
		return e->code;
	versions = object_of(j, "versions", e);
	if (!versions)
		return e->code;
	rc = read_versions(p, versions, e);
	if (!rc)
		rc = read_head(p, j, versions, e);
	return rc ? rc
		  : mun_inventory_fixity(p->inv, json_object_get(j, "fixity"),
					 e);
}

int mun_inventory_parse(const char *text, size_t len,
			struct mun_inventory **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = calloc(1, sizeof(*inv));
	mun_autojson json_t *j = NULL;
	struct parser p = { .inv = inv };
	int rc;

	if (!inv)
		return mun_fail_nomem(e, "inventory");
	rc = mun_arena_new(&inv->arena, e);
	if (!rc)
		rc = mun_inventory_json(text, len, &j, e);
	if (!rc)
		rc = check_kind(j, e);
	if (!rc)
		rc = read_all(&p, j, e);
	if (rc)
		return rc;
	*out = mun_steal(&inv);
	return 0;
}

void mun_inventory_free(struct mun_inventory *inv)
{
	if (!inv)
		return;
	mun_arena_free(inv->arena);
	free(inv);
}

unsigned long mun_inventory_content_version(const char *path)
{
	const char *slash = strchr(path, '/');
	char name[24];

	if (!slash || (size_t)(slash - path) >= sizeof(name) ||
	    strncmp(slash, "/content/", 9) != 0 || !mun_path_is_safe(path))
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
	return mun_inventory_version(name);
}

static int by_logical(const void *key, const void *item)
{
	return strcmp(key, ((const struct mun_inv_file *)item)->path);
}

const char *mun_inventory_content(const struct mun_inventory *inv,
				  const char *path)
{
	const struct mun_inv_file *f = NULL;
	unsigned long version;

	if (inv->nfiles)
		f = bsearch(path, inv->files, inv->nfiles, sizeof(*f),
			    by_logical);
	if (f)
		return f->content;
	version = mun_inventory_content_version(path);
	return version && version <= mun_inventory_version(inv->head) ? path
								      : NULL;
}
