/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_content.c - content files: there, and what was promised */
#include "store/validate_int.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/regular.h"
#include "core/source.h"
#include "core/str.h"
#include "fixity/hashpass.h"
#include "store/inventory_json.h"
#include "store/layout.h"

/* Below this a file is digested where it was read, without threads. */
#define SMALL_FILE ((uint64_t)1 << 20)

/* The fixity value "size" beside the digests. */
#define ALG_SIZE MUN_DIGEST_N

/* At most one of each algorithm for a file. */
struct mun_val_expect {
	struct mun_val_expect *next;
	enum mun_digest_alg alg;
	struct mun_digest value;
	uint64_t size; /* for ALG_SIZE */
	const char *code; /* E092: from a manifest; E093: from fixity */
	const char *where;
};

int mun_val_files_new(const struct mun_val_inv *root, struct mun_val_files *out,
		      struct mun_err *e)
{
	int rc;

	*out = (struct mun_val_files){ .known = root->manifest != NULL };
	rc = mun_arena_new(&out->arena, e);
	if (rc)
		return rc;
	out->of =
		mun_arena_array(out->arena, root->npaths + 1, sizeof(*out->of));
	if (!out->of)
		return mun_fail_nomem(e, "content files");
	for (size_t i = 0; i < root->npaths; i++) {
		const char *path = root->paths[i].path;
		struct mun_val_file *f = &out->of[out->n];
		char *name;

		if (out->n && !strcmp(f[-1].path, path))
			continue;
		name = strndup(path, strcspn(path, "/"));
		if (!name)
			return mun_fail_nomem(e, "content files");
		f->path = path;
		f->digest = root->paths[i].digest;
		f->version = mun_inventory_version(name);
		free(name);
		out->n++;
	}
	return 0;
}

void mun_val_files_clear(struct mun_val_files *files)
{
	mun_arena_free(files->arena);
	*files = (struct mun_val_files){ 0 };
}

static int by_path(const void *a, const void *b)
{
	const struct mun_val_file *x = a;
	const struct mun_val_file *y = b;

	return strcmp(x->path, y->path);
}

struct mun_val_file *mun_val_files_find(const struct mun_val_files *files,
					const char *path)
{
	struct mun_val_file key = { .path = path };

	if (!files->n)
		return NULL;
	return bsearch(&key, files->of, files->n, sizeof(key), by_path);
}

static bool same_value(const struct mun_val_expect *a,
		       const struct mun_val_expect *b)
{
	if (a->alg == ALG_SIZE)
		return a->size == b->size;
	return mun_digest_equal(&a->value, &b->value);
}

static int expect(struct mun_val *v, struct mun_val_files *files,
		  struct mun_val_file *f, const struct mun_val_expect *want,
		  struct mun_err *e)
{
	struct mun_val_expect *x;

	for (x = f->expect; x; x = x->next) {
		if (x->alg != want->alg)
			continue;
		if (!same_value(x, want))
			mun_val_report(v, want->code, want->where,
				       "'%s' has another %s in %s", f->path,
				       want->alg == ALG_SIZE
					       ? "size"
					       : mun_digest_title(want->alg),
				       x->where);
		return 0;
	}
	x = mun_arena_alloc(files->arena, sizeof(*x));
	if (!x)
		return mun_fail_nomem(e, "digests");
	*x = *want;
	x->where = mun_arena_strdup(files->arena, want->where);
	x->next = f->expect;
	f->expect = x;
	return x->where ? 0 : mun_fail_nomem(e, "digests");
}

static int expect_manifest(struct mun_val *v, struct mun_val_files *files,
			   const struct mun_val_inv *inv, struct mun_err *e)
{
	struct mun_val_expect want = {
		.alg = inv->alg,
		.code = "E092",
		.where = inv->where,
	};

	for (size_t i = 0; i < inv->npaths; i++) {
		const struct mun_val_path *p = &inv->paths[i];
		struct mun_val_file *f = mun_val_files_find(files, p->path);
		struct mun_err ignored;
		int rc;

		if (!f) {
			mun_val_report(v, "E092", inv->where,
				       "content path '%s' is not in the "
				       "object's manifest",
				       p->path);
			continue;
		}
		/* What is no digest was told before (E031, E039). */
		if (!inv->has_alg || mun_digest_parse(inv->alg, p->digest,
						      &want.value, &ignored))
			continue;
		rc = expect(v, files, f, &want, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* Fill @want with the value @text of @name; false for what we cannot check. */
static bool fixity_value(const char *name, const char *text,
			 struct mun_val_expect *want)
{
	struct mun_err ignored;

	if (!strcmp(name, "size")) {
		/* Longer numbers are sizes that no file has. */
		want->alg = ALG_SIZE;
		want->size = strlen(text) > 19 ? UINT64_MAX
					       : strtoull(text, NULL, 10);
		return text[strspn(text, "0123456789")] == '\0';
	}
	return mun_layout_alg(name, &want->alg) &&
	       !mun_digest_parse(want->alg, text, &want->value, &ignored);
}

static int expect_block(struct mun_val *v, struct mun_val_files *files,
			const struct mun_val_inv *inv, const char *name,
			json_t *block, struct mun_err *e)
{
	struct mun_val_expect want = { .code = "E093", .where = inv->where };
	const char *text;
	json_t *list;

	json_object_foreach(block, text, list)
	{
		if (!fixity_value(name, text, &want))
			continue;
		for (size_t i = 0; i < json_array_size(list); i++) {
			const char *path =
				json_string_value(json_array_get(list, i));
			struct mun_val_file *f = NULL;
			int rc = 0;

			if (path)
				f = mun_val_files_find(files, path);
			if (f)
				rc = expect(v, files, f, &want, e);
			if (rc)
				return rc;
		}
	}
	return 0;
}

int mun_val_files_expect(struct mun_val *v, struct mun_val_files *files,
			 const struct mun_val_inv *inv, struct mun_err *e)
{
	const char *name;
	json_t *block;
	int rc;

	rc = expect_manifest(v, files, inv, e);
	if (rc)
		return rc;
	json_object_foreach(inv->fixity, name, block)
	{
		rc = expect_block(v, files, inv, name, block, e);
		if (rc)
			return rc;
	}
	return 0;
}

struct content_walk {
	struct mun_val *v;
	struct mun_val_files *files;
	bool any;
};

static int met_file(void *ctx, const char *rel, const struct stat *st,
		    struct mun_err *e)
{
	struct content_walk *w = ctx;
	struct mun_val_file *f = mun_val_files_find(w->files, rel);

	(void)e;
	w->any = true;
	if (f) {
		f->on_disk = true;
		f->bytes = (uint64_t)st->st_size;
		w->files->bytes += f->bytes;
	} else if (w->files->known) {
		mun_val_report(w->v, "E023", rel, "is not in the manifest");
	}
	return 0;
}

static void met_empty(void *ctx, const char *rel)
{
	struct content_walk *w = ctx;

	mun_val_report(w->v, "E024", rel, "is an empty folder");
}

int mun_val_files_walk(struct mun_val *v, const char *path, const char *rel,
		       struct mun_val_files *files, bool *any_out,
		       struct mun_err *e)
{
	struct content_walk w = { v, files, false };
	const struct mun_val_visitor visitor = { met_file, met_empty, &w };
	int rc = mun_val_walk(v, path, rel, &visitor, e);

	*any_out = w.any;
	return rc;
}

static void tell(void *ctx, const struct mun_progress *p)
{
	const struct mun_val *v = ctx;

	mun_progress_tell(v->opts.progress, p->phase, v->bytes_done + p->done,
			  v->bytes_total, 0);
}

static int hash_small(struct mun_source *src, unsigned int algs,
		      struct mun_digests *out, struct mun_err *e)
{
	size_t len = (size_t)src->size;
	mun_autofree char *buf = malloc(len + 1);
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "file contents");
	rc = len ? mun_source_pread(src, buf, len, 0, e) : 0;
	return rc ? rc : mun_digest_memory(algs, buf, len, out, e);
}

static int hash_file(struct mun_val *v, const char *path, unsigned int algs,
		     struct mun_digests *out, struct mun_err *e)
{
	const struct mun_progress_to progress = { tell, v };
	mun_auto(source) *src = NULL;
	struct stat st;
	int fd = -1;
	int rc;

	rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_regular_open(path, O_NOFOLLOW, &fd, &st, e);
	if (!rc)
		rc = mun_source_from_fd(fd, (uint64_t)st.st_size, path, &src,
					e);
	if (rc)
		return rc;
	if (src->size <= SMALL_FILE)
		rc = hash_small(src, algs, out, e);
	else
		rc = mun_hash_source(src, algs, out, NULL, "verifying",
				     &progress, e);
	v->bytes_done += src->size;
	mun_progress_tell(v->opts.progress, "verifying", v->bytes_done,
			  v->bytes_total, 0);
	return rc;
}

static unsigned int algs_of(const struct mun_val_file *f)
{
	unsigned int algs = 0;

	for (const struct mun_val_expect *x = f->expect; x; x = x->next) {
		if (x->alg != ALG_SIZE)
			algs |= MUN_DIGEST_BIT(x->alg);
	}
	return algs;
}

static void compare(struct mun_val *v, const struct mun_val_file *f,
		    const struct mun_digests *digests)
{
	char said[MUN_DIGEST_HEX];
	char is[MUN_DIGEST_HEX];

	for (const struct mun_val_expect *x = f->expect; x; x = x->next) {
		if (x->alg == ALG_SIZE ||
		    mun_digest_equal(&x->value, &digests->of[x->alg]))
			continue;
		mun_digest_hex(&x->value, said);
		mun_digest_hex(&digests->of[x->alg], is);
		mun_val_report(v, x->code, f->path,
			       "its %s is %s, but %s in %s",
			       mun_digest_title(x->alg), is, said, x->where);
	}
}

static void check_size(struct mun_val *v, const struct mun_val_file *f)
{
	for (const struct mun_val_expect *x = f->expect; x; x = x->next) {
		if (x->alg == ALG_SIZE && x->size != f->bytes)
			mun_val_report(v, x->code, f->path,
				       "has %" PRIu64 " bytes, but %" PRIu64
				       " in %s",
				       f->bytes, x->size, x->where);
	}
}

static int verify(struct mun_val *v, const char *path, struct mun_val_file *f,
		  struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	mun_autofree char *where = NULL;
	unsigned int algs = algs_of(f);
	int rc;

	if (!f->on_disk) {
		mun_val_report(v, "E092", f->path,
			       "is in the manifest but not there");
		return 0;
	}
	check_size(v, f);
	if (!v->opts.content || !algs)
		return 0;
	rc = mun_path_join(path, f->path, &where, e);
	if (!rc)
		rc = hash_file(v, where, algs, &digests, e);
	if (rc && !mun_val_is_fatal(rc)) {
		/* Unreadable is not the same as altered. */
		mun_val_unreadable(v, f->path, e);
		mun_err_clear(e);
		return 0;
	}
	if (!rc)
		compare(v, f, &digests);
	return rc;
}

int mun_val_files_verify(struct mun_val *v, const char *path,
			 struct mun_val_files *files, struct mun_err *e)
{
	for (size_t i = 0; i < files->n; i++) {
		int rc = verify(v, path, &files->of[i], e);

		if (rc)
			return rc;
	}
	return 0;
}
