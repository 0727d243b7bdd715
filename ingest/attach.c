/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/attach.c - files that go into the object beside the master */
#include "ingest/attach.h"

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/pipeline.h"
#include "core/source.h"
#include "core/str.h"
#include "core/utf8.h"
#include "fixity/hashpass.h"
#include "ingest/describe.h"

#include <string.h>

struct mun_rec_file *mun_attach_entry(struct mun_record *r, const char *path,
				      const char *role,
				      const struct mun_digests *digests,
				      const struct mun_tree *tree,
				      struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	struct mun_rec_file *f;

	if (mun_describe_file_id(r->id, r->version, path, id, e))
		return NULL;
	f = mun_record_add_file(r);
	if (!f) {
		(void)mun_fail_nomem(e, "file entry");
		return NULL;
	}
	f->id = mun_arena_strdup(r->arena, id);
	f->path = mun_arena_strdup(r->arena, path);
	f->role = role;
	f->bytes = tree->bytes;
	f->digests = *digests;
	f->tree = *tree;
	f->tree.pieces = NULL;
	if (tree->pieces) {
		f->tree.pieces = mun_arena_array(
			r->arena, (size_t)tree->npieces, MUN_TREE_HASH);
		if (f->tree.pieces)
			memcpy(f->tree.pieces, tree->pieces,
			       (size_t)tree->npieces * MUN_TREE_HASH);
	}
	return mun_arena_failed(r->arena, e) ? NULL : f;
}

/* What is put, and what is said of it.
 * NOLINTNEXTLINE(readability-function-size) */
int mun_attach_bytes(struct mun_stage *st, struct mun_record *r,
		     const char *path, const char *role, const void *data,
		     size_t len, unsigned int algs, struct mun_rec_file **out,
		     struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	struct mun_digests none = { 0 };
	struct mun_tree tree = { 0 };
	mun_auto(source) *src = NULL;
	int rc;

	rc = mun_stage_put(st, path, data, len, algs, &digests, e);
	if (!rc)
		rc = mun_source_from_memory(data, len, &src, e);
	if (!rc)
		rc = mun_hash_source(src, 0, &none, &tree, "", NULL, e);
	if (rc)
		return mun_ctx(e, "put '%s' into the object", path);
	*out = mun_attach_entry(r, path, role, &digests, &tree, e);
	mun_tree_clear(&tree);
	return *out ? 0 : e->code;
}

struct copy {
	struct mun_source *from;
	struct mun_imgwriter *to;
};

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct copy *c = ctx;

	b->len = (size_t)MUN_MIN(c->from->size - b->off,
				 (uint64_t)MUN_PIPE_BLOCK);
	if (!b->len)
		return 0;
	return mun_source_pread(c->from, b->data, b->len, b->off, e);
}

static int take(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct copy *c = ctx;

	return mun_imgwriter_write(c->to, b->data, b->len, b->off, e);
}

static int copy_hashed(struct copy *c, unsigned int algs,
		       struct mun_digests *digests, struct mun_tree *tree,
		       struct mun_err *e)
{
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 1];
	mun_auto(hash_stages) *hashes = NULL;
	size_t n;
	int rc;

	rc = mun_hash_stages_new(algs, true, stages, &n, &hashes, e);
	if (rc)
		return rc;
	stages[n++] = (struct mun_stage){ "write", take, c };
	rc = mun_pipe_run(fill, c, stages, n, MUN_PIPE_BLOCK, 4, e);
	if (!rc)
		rc = mun_hash_stages_final(hashes, digests, tree, e);
	if (!rc)
		rc = mun_imgwriter_finish(c->to, c->from->size, e);
	return rc;
}

int mun_attach_name(const char *from, char **out, struct mun_err *e)
{
	const char *slash = strrchr(from, '/');
	const char *name = slash ? slash + 1 : from;
	bool clean = mun_text_is_clean(name, "");
	struct mun_str s = { 0 };

	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f || c == '%' || c == '\\' ||
		    (c >= 0x80 && !clean))
			mun_str_addf(&s, "%%%02X", c);
		else
			mun_str_add_char(&s, *p);
	}
	return mun_str_take(&s, out, e);
}

/* Room for a number before it; the longest name that file systems take is 255
 * bytes, and not each carries all of them to the next. */
#define STEM_MAX ((size_t)190)

static int free_path(const struct mun_record *r, char *name, char **out,
		     struct mun_err *e)
{
	size_t len = strlen(name);
	int rc;

	if (len > STEM_MAX) {
		len = STEM_MAX;
		mun_utf8_trim(name, &len);
		name[len] = '\0';
	}
	rc = mun_fmt(out, e, "documentation/%s", name);
	for (unsigned int n = 2; !rc && mun_record_file(r, *out); n++) {
		free(*out);
		*out = NULL;
		rc = mun_fmt(out, e, "documentation/%u-%s", n, name);
	}
	return rc;
}

static int copy_to(struct mun_stage *st, const char *path, struct copy *c,
		   unsigned int algs, struct mun_digests *digests,
		   struct mun_tree *tree, struct mun_err *e)
{
	mun_auto(imgwriter) *to = NULL;
	mun_autofree char *disk = NULL;
	int rc = mun_stage_path(st, path, &disk, e);

	if (!rc)
		rc = mun_imgwriter_open(disk, false, &to, e);
	c->to = to;
	if (!rc)
		rc = copy_hashed(c, algs, digests, tree, e);
	if (!rc)
		rc = mun_stage_add(st, path, digests, e);
	return rc;
}

int mun_attach_source(struct mun_stage *st, struct mun_record *r,
		      struct mun_source *src, const char *path,
		      const char *role, unsigned int algs,
		      struct mun_rec_file **out, struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	struct mun_tree tree = { 0 };
	struct copy c = { .from = src };
	int rc = copy_to(st, path, &c, algs, &digests, &tree, e);

	*out = NULL;
	if (!rc) {
		*out = mun_attach_entry(r, path, role, &digests, &tree, e);
		rc = *out ? 0 : e->code;
	}
	mun_tree_clear(&tree);
	return rc;
}

int mun_attach_file(struct mun_stage *st, struct mun_record *r,
		    const char *from, unsigned int algs, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *name = NULL;
	mun_autofree char *stem = NULL;
	mun_autofree char *path = NULL;
	struct mun_rec_file *f = NULL;
	int rc;

	rc = mun_source_open_file(from, &src, e);
	if (!rc)
		rc = mun_attach_name(from, &name, e);
	if (!rc)
		rc = mun_strdup(name, &stem, e);
	if (!rc)
		rc = free_path(r, stem, &path, e);
	if (!rc)
		rc = mun_attach_source(st, r, src, path, MUN_ROLE_DOCUMENTATION,
				       algs, &f, e);
	if (rc)
		return mun_ctx(e, "attach '%s'", from);
	f->original_name = mun_arena_strdup(r->arena, name);
	f->format = "Attached document";
	return mun_arena_failed(r->arena, e);
}
