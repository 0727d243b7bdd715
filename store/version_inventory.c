/* SPDX-License-Identifier: Apache-2.0 */
/* store/version_inventory.c - an inventory with one version more (version.h) */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "store/inventory_json.h"
#include "store/version_int.h"

/* A digest and a path; a block of an inventory is many of them. */
struct entry {
	const char *hex;
	const char *path;
};

struct block {
	struct entry *of;
	size_t n;
	size_t room;
};

static int add(struct block *b, const char *hex, const char *path,
	       struct mun_err *e)
{
	if (b->n == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct entry *of = reallocarray(b->of, room, sizeof(*of));

		if (!of)
			return mun_fail_nomem(e, "inventory");
		b->of = of;
		b->room = room;
	}
	b->of[b->n++] = (struct entry){ hex, path };
	return 0;
}

/* All that @j has: { DIGEST: [ PATH, ... ], ... }. */
static int add_json(struct block *b, json_t *j, struct mun_err *e)
{
	const char *hex;
	json_t *paths;

	json_object_foreach(j, hex, paths)
	{
		for (size_t i = 0; i < json_array_size(paths); i++) {
			const char *path =
				json_string_value(json_array_get(paths, i));
			int rc = path ? add(b, hex, path, e)
				      : mun_fail(e, MUN_ECORRUPT,
						 "a path is no text");

			if (rc)
				return rc;
		}
	}
	return 0;
}

static int by_digest(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = strcmp(x->hex, y->hex);

	return order ? order : strcmp(x->path, y->path);
}

/* The block as JSON, sorted, each digest once; NULL when memory is out. */
static json_t *to_json(struct block *b)
{
	json_t *out = json_object();
	json_t *paths = NULL;

	if (b->n)
		qsort(b->of, b->n, sizeof(*b->of), by_digest);
	for (size_t i = 0; out && i < b->n; i++) {
		if (i == 0 || strcmp(b->of[i - 1].hex, b->of[i].hex) != 0) {
			paths = json_array();
			if (json_object_set_new(out, b->of[i].hex, paths))
				paths = NULL;
		}
		if (!paths ||
		    json_array_append_new(paths, json_string(b->of[i].path))) {
			json_decref(out);
			out = NULL;
		}
	}
	return out;
}

/* @key of @to becomes the block, whose memory is given back. */
static int set_block(json_t *to, const char *key, struct block *b, int rc,
		     struct mun_err *e)
{
	json_t *j = rc ? NULL : to_json(b);

	free(b->of);
	if (rc)
		return rc;
	if (!j || json_object_set_new(to, key, j))
		return mun_fail_nomem(e, "inventory");
	return 0;
}

/* The name under which a file of the stage is stored. */
static const char *content_of(const struct mun_stage *st, const char *path)
{
	return mun_arena_fmt(st->arena, "%s/%s", st->content, path);
}

/* Each new file's digest @alg, to its content path or its logical one. */
static int add_files(struct block *b, const struct mun_stage *st,
		     enum mun_digest_alg alg, bool logical, struct mun_err *e)
{
	for (size_t i = 0; i < st->nfiles; i++) {
		const struct mun_stage_file *f = st->files[i];
		char hex[MUN_DIGEST_HEX];
		const char *path;
		const char *text;
		int rc;

		if (!f->digests.of[alg].len)
			continue;
		mun_digest_hex(&f->digests.of[alg], hex);
		text = mun_arena_strdup(st->arena, hex);
		path = logical ? f->path : content_of(st, f->path);
		if (!text || !path)
			return mun_fail_nomem(e, "inventory");
		rc = add(b, text, path, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int extend(json_t *inventory, const char *key,
		  const struct mun_stage *st, enum mun_digest_alg alg,
		  struct mun_err *e)
{
	struct block b = { .n = 0 };
	int rc;

	rc = add_json(&b, json_object_get(inventory, key), e);
	if (!rc)
		rc = add_files(&b, st, alg, false, e);
	return set_block(inventory, key, &b, rc, e);
}

static int extend_fixity(json_t *inventory, const struct mun_stage *st,
			 struct mun_err *e)
{
	json_t *fixity = json_object_get(inventory, "fixity");

	if (!fixity) {
		fixity = json_object();
		if (json_object_set_new(inventory, "fixity", fixity))
			return mun_fail_nomem(e, "inventory");
	}
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		enum mun_digest_alg alg = (enum mun_digest_alg)i;
		const char *name = mun_digest_ocfl_name(alg);
		bool any = false;
		int rc;

		for (size_t k = 0; k < st->nfiles; k++)
			any |= st->files[k]->digests.of[alg].len != 0;
		if (!name || alg == MUN_SHA512 || !any)
			continue;
		rc = extend(fixity, name, st, alg, e);
		if (rc)
			return rc;
	}
	if (!json_object_size(fixity))
		json_object_del(inventory, "fixity");
	return 0;
}

/* Is the old file at @path not in the new version under this name? */
static bool is_dropped(const struct mun_stage *st, const char *path)
{
	for (size_t i = 0; i < st->base->nremoved; i++) {
		if (!strcmp(st->base->removed[i], path))
			return true;
	}
	return mun_stage_find(st, path) != NULL;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(path, folder, len) && path[len] == '/';
}

/* OCFL forbids a path that is also a folder of another (E095). */
static int check_conflicts(const struct mun_stage *st, const struct block *b,
			   struct mun_err *e)
{
	for (size_t i = 0; i < st->nfiles; i++) {
		const char *path = st->files[i]->path;

		for (size_t k = 0; k < b->n; k++) {
			if (is_below(b->of[k].path, path) ||
			    is_below(path, b->of[k].path))
				return mun_fail(e, MUN_EINVAL,
						"'%s' and '%s' cannot both be "
						"files",
						path, b->of[k].path);
		}
	}
	return 0;
}

/* The old files that stay, and the new ones. */
static int set_state(json_t *version, const struct mun_stage *st, json_t *old,
		     struct mun_err *e)
{
	struct block all = { .n = 0 };
	struct block b = { .n = 0 };
	int rc;

	rc = add_json(&all, old, e);
	for (size_t i = 0; !rc && i < all.n; i++) {
		if (!is_dropped(st, all.of[i].path))
			rc = add(&b, all.of[i].hex, all.of[i].path, e);
	}
	free(all.of);
	if (!rc)
		rc = add_files(&b, st, MUN_SHA512, true, e);
	if (!rc)
		rc = check_conflicts(st, &b, e);
	return set_block(version, "state", &b, rc, e);
}

static int set_info(json_t *version, const struct mun_version_info *info,
		    struct mun_err *e)
{
	json_t *user;

	if (info->message &&
	    json_object_set_new(version, "message", json_string(info->message)))
		return mun_fail(e, MUN_EINVAL, "the message is no UTF-8");
	if (!info->user_name)
		return 0;
	user = json_object();
	if (json_object_set_new(version, "user", user) ||
	    json_object_set_new(user, "name", json_string(info->user_name)) ||
	    (info->user_address &&
	     json_object_set_new(user, "address",
				 json_string(info->user_address))))
		return mun_fail(e, MUN_EINVAL, "the user is no UTF-8");
	return 0;
}

static json_t *state_of(const json_t *inventory)
{
	const char *head =
		json_string_value(json_object_get(inventory, "head"));
	const json_t *versions = json_object_get(inventory, "versions");

	return json_object_get(json_object_get(versions, head), "state");
}

static int set_version(json_t *inventory, const struct mun_stage *st,
		       const struct mun_version_info *info, struct mun_err *e)
{
	json_t *old = state_of(inventory);
	json_t *version = json_object();
	char name[24];
	int rc;

	(void)snprintf(name, sizeof(name), "v%lu", st->base->head + 1);
	if (json_object_set_new(json_object_get(inventory, "versions"), name,
				version) ||
	    json_object_set_new(version, "created", json_string(info->created)))
		return mun_fail_nomem(e, "inventory");
	rc = set_state(version, st, old, e);
	if (!rc)
		rc = set_info(version, info, e);
	if (rc)
		return rc;
	if (json_object_set_new(inventory, "head", json_string(name)))
		return mun_fail_nomem(e, "inventory");
	return 0;
}

static int dump(const char *bytes, size_t len, void *text)
{
	mun_str_add_bytes(text, bytes, len);
	return 0;
}

int mun_version_inventory(const struct mun_stage *st,
			  const struct mun_version_info *info,
			  struct mun_str *out, struct mun_err *e)
{
	mun_autojson json_t *j = json_deep_copy(st->base->json);
	struct mun_str text = { 0 };
	int rc;

	if (!j)
		return mun_fail_nomem(e, "inventory");
	rc = extend(j, "manifest", st, MUN_SHA512, e);
	if (!rc)
		rc = set_version(j, st, info, e);
	if (!rc)
		rc = extend_fixity(j, st, e);
	if (rc)
		return rc;
	if (json_dump_callback(j, dump, &text, JSON_INDENT(2))) {
		mun_str_free(&text);
		return mun_fail_nomem(e, "inventory");
	}
	mun_str_add_char(&text, '\n');
	if (text.failed) {
		mun_str_free(&text);
		return mun_fail_nomem(e, "inventory");
	}
	*out = text;
	return 0;
}

bool mun_version_extends(const json_t *newer, const json_t *older)
{
	json_t *versions = json_object_get(older, "versions");
	const json_t *now = json_object_get(newer, "versions");
	const char *name;
	json_t *was;

	if (!json_equal(json_object_get(newer, "id"),
			json_object_get(older, "id")))
		return false;
	json_object_foreach(versions, name, was)
	{
		if (!json_equal(json_object_get(now, name), was))
			return false;
	}
	return true;
}
