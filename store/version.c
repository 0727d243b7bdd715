/* SPDX-License-Identifier: Apache-2.0 */
/* store/version.c - a further version of an object (store/version.h) */
#include "store/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/store_int.h"
#include "store/version_int.h"

void mun_stage_base_free(struct mun_stage_base *b)
{
	if (!b)
		return;
	mun_pair_clear(&b->pair);
	json_decref(b->json);
	mun_closep(&b->lock);
	free(b);
}

/* Objects of others may have what we would spoil: another name for "content",
 * v0001, capital digits. */
static int check_ours(const json_t *j, unsigned long head, struct mun_err *e)
{
	json_t *manifest = json_object_get(j, "manifest");
	const char *said = json_string_value(json_object_get(j, "head"));
	const char *type = json_string_value(json_object_get(j, "type"));
	const char *hex;
	json_t *paths;
	char name[24];

	(void)snprintf(name, sizeof(name), "v%lu", head);
	if (!said || strcmp(said, name) != 0 || !type ||
	    strcmp(type, "https://ocfl.io/1.1/spec/#inventory") != 0 ||
	    json_object_get(j, "contentDirectory"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the object is not of the kind that we make");
	json_object_foreach(manifest, hex, paths)
	{
		if (strpbrk(hex, "ABCDEF"))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"digests in capital letters");
	}
	return 0;
}

static int load(struct mun_stage_base *b, const struct mun_store *s,
		const char *id, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	struct mun_object o;
	int rc;

	rc = mun_object_load(s, id, &o, e);
	if (!rc) {
		b->pair = o.pair;
		o.pair = (struct mun_pair){ .text = NULL };
	}
	mun_object_clear(&o);
	/* Once through the strict parser, then as what can be changed. */
	if (!rc)
		rc = mun_inventory_parse(b->pair.text, b->pair.len, &inv, e);
	if (!rc && strcmp(inv->id, id) != 0)
		rc = mun_fail(e, MUN_ECORRUPT, "inventory.json is that of '%s'",
			      inv->id);
	if (!rc)
		rc = mun_inventory_json(b->pair.text, b->pair.len, &b->json, e);
	if (rc)
		return rc;
	b->head = mun_inventory_version(inv->head);
	return check_ours(b->json, b->head, e);
}

static int open_stage(const struct mun_store *s, const char *dir,
		      const char *id, struct mun_stage **out, struct mun_err *e)
{
	mun_auto(stage) *st = NULL;
	int rc;

	rc = mun_stage_open(dir, id, &st, e);
	if (rc)
		return rc;
	st->base = calloc(1, sizeof(*st->base));
	if (!st->base)
		return mun_fail_nomem(e, "stage");
	st->base->lock = -1;
	rc = mun_object_lock(dir, &st->base->lock, e);
	if (!rc)
		rc = mun_version_finish(s, id, dir, NULL, e);
	if (!rc)
		rc = load(st->base, s, id, e);
	if (rc)
		return rc;
	(void)snprintf(st->content, sizeof(st->content), "v%lu/content",
		       st->base->head + 1);
	*out = mun_steal(&st);
	return 0;
}

int mun_version_open(const struct mun_store *s, const char *dir, const char *id,
		     struct mun_stage **out, struct mun_err *e)
{
	int rc = open_stage(s, dir, id, out, e);

	return rc ? mun_ctx(e, "a version of object '%s'", id) : 0;
}

unsigned long mun_version_number(const struct mun_stage *st)
{
	return st->base ? st->base->head + 1 : 1;
}

/* Is @path in the newest version there is? */
static bool is_in_state(const struct mun_stage *st, const char *path)
{
	mun_auto(inventory) *inv = NULL;
	struct mun_err why;

	if (mun_inventory_parse(st->base->pair.text, st->base->pair.len, &inv,
				&why))
		return false;
	for (size_t i = 0; i < inv->nfiles; i++) {
		if (!strcmp(inv->files[i].path, path))
			return true;
	}
	return false;
}

int mun_version_remove(struct mun_stage *st, const char *path,
		       struct mun_err *e)
{
	struct mun_stage_base *b = st->base;
	const char **removed;

	if (!b)
		return mun_fail(e, MUN_EINVAL, "there is no older version");
	if (!is_in_state(st, path))
		return mun_fail(e, MUN_ENOENT, "object '%s' has no file '%s'",
				st->id, path);
	removed = mun_arena_grow(st->arena, b->removed, b->nremoved,
				 sizeof(*removed));
	if (!removed)
		return mun_fail_nomem(e, "stage");
	b->removed = removed;
	removed[b->nremoved] = mun_arena_strdup(st->arena, path);
	if (!removed[b->nremoved])
		return mun_fail_nomem(e, "stage");
	b->nremoved++;
	return 0;
}

/* A commit under way. */
struct commit {
	struct mun_stage *st;
	struct mun_store *s;
	struct mun_pair pair; /* the new inventory */
	char *dir; /* of the object */
	char *from; /* vN in the stage */
	char *to; /* vN in the object */
	int lock;
};

static void clear(struct commit *c)
{
	mun_pair_clear(&c->pair);
	mun_closep(&c->lock);
	free(c->dir);
	free(c->from);
	free(c->to);
}

static int make_paths(struct commit *c, struct mun_err *e)
{
	unsigned long n = mun_version_number(c->st);
	int rc;

	rc = mun_store_object_dir(c->s, c->st->id, &c->dir, e);
	if (!rc)
		rc = mun_fmt(&c->from, e, "%s/v%lu", c->st->dir, n);
	return rc ? rc : mun_fmt(&c->to, e, "%s/v%lu", c->dir, n);
}

static int make_pair(struct commit *c, const struct mun_version_info *info,
		     struct mun_err *e)
{
	struct mun_str text = { 0 };
	int rc;

	rc = mun_version_inventory(c->st, info, &text, e);
	if (!rc && text.len > MUN_INVENTORY_MAX)
		rc = mun_fail(e, MUN_EINVAL,
			      "the inventory would have %zu bytes", text.len);
	if (rc) {
		mun_str_free(&text);
		return rc;
	}
	c->pair.text = text.text;
	c->pair.len = text.len;
	rc = mun_pair_sidecar(text.text, text.len, &c->pair.sidecar, e);
	if (!rc)
		c->pair.sidecar_len = strlen(c->pair.sidecar);
	return rc;
}

/* Step 1. */
static int fill_stage(struct commit *c, const struct mun_version_info *info,
		      struct mun_err *e)
{
	int rc;

	rc = mun_stage_tidy(c->st, e);
	if (!rc)
		rc = make_pair(c, info, e);
	/* A version that only leaves files out has no content. */
	if (!rc && mun_sys.mkdir(c->from, 0777) && errno != EEXIST)
		rc = mun_fail_sys(e, errno, "make the folder '%s'", c->from);
	if (!rc)
		rc = mun_stage_write(c->from, "inventory.json", c->pair.text,
				     c->pair.len, e);
	if (!rc)
		rc = mun_stage_write(c->from, MUN_OBJECT_SIDECAR,
				     c->pair.sidecar, c->pair.sidecar_len, e);
	if (!rc)
		rc = mun_stage_write(c->st->dir, MUN_VERSION_NOTE, c->st->id,
				     strlen(c->st->id), e);
	return rc ? rc : mun_tree_sync(c->st->dir, e);
}

/* Nobody else may have changed the object since it was looked at. */
static int enter_object(struct commit *c, struct mun_err *e)
{
	struct mun_object o;
	bool same = false;
	int rc;

	rc = mun_object_lock(c->dir, &c->lock, e);
	if (rc)
		return rc;
	rc = mun_object_load(c->s, c->st->id, &o, e);
	if (!rc)
		same = o.pair.len == c->st->base->pair.len &&
		       !memcmp(o.pair.text, c->st->base->pair.text, o.pair.len);
	mun_object_clear(&o);
	if (rc)
		return rc;
	if (!same)
		return mun_fail(e, MUN_EBUSY,
				"the object has another version by now");
	return 0;
}

/* Step 2, or nothing. */
static int move_in(const struct commit *c, struct mun_err *e)
{
	int rc;

	if (mun_sys.rename_new(c->from, c->to)) {
		rc = mun_fail_sys(e, errno, "move '%s' to '%s'", c->from,
				  c->to);
		/* Of a commit that was killed: recover first. */
		if (rc == MUN_EEXIST)
			rc = e->code = MUN_EBUSY;
		return rc;
	}
	rc = mun_dir_sync(c->dir, e);
	if (rc && mun_sys.rename_new(c->to, c->from))
		return mun_ctx(e, "and '%s' could not be taken out again",
			       c->to);
	return rc;
}

/* Steps 3 and 4; what cannot be undone is tried once more. */
static int finish(struct commit *c, struct mun_err *e)
{
	bool entered = false;
	struct mun_err again;
	int rc;

	rc = mun_version_enter(c->dir, c->st->dir, &c->pair, &entered, e);
	if (!rc)
		return 0;
	if (entered) {
		if (!mun_version_enter(c->dir, c->st->dir, &c->pair, &entered,
				       &again))
			return 0;
		return mun_ctx(e, "the new version is there, but not yet to be "
				  "relied on");
	}
	if (mun_sys.rename_new(c->to, c->from))
		return mun_ctx(e, "and '%s' could not be taken out again",
			       c->to);
	return rc;
}

static int commit(struct commit *c, const struct mun_version_info *info,
		  struct mun_err *e)
{
	int rc;

	if (!c->st->base)
		return mun_fail(e, MUN_EINVAL, "it is a first version");
	if (!c->st->nfiles && !c->st->base->nremoved)
		return mun_fail(e, MUN_EINVAL, "nothing is new in it");
	rc = mun_stage_check_info(info, e);
	if (!rc)
		rc = mun_store_available(c->s, e);
	if (!rc)
		rc = make_paths(c, e);
	if (!rc)
		rc = fill_stage(c, info, e);
	if (!rc)
		rc = enter_object(c, e);
	if (!rc)
		rc = move_in(c, e);
	return rc ? rc : finish(c, e);
}

int mun_version_commit(struct mun_stage *st, struct mun_store *s,
		       const struct mun_version_info *info, struct mun_err *e)
{
	struct commit c = { .st = st, .s = s, .lock = -1 };
	struct mun_err why;
	int rc;

	rc = commit(&c, info, e);
	if (!rc && mun_tree_remove(st->dir, &why))
		mun_log(MUN_LOG_WARN, "'%s' could not be removed", st->dir);
	clear(&c);
	return rc ? mun_ctx(e, "a version of object '%s'", st->id) : 0;
}
