/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/package_copy.c - bytes into a package, proved as they pass */
#include "emulate-export/package_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "fixity/audit.h"
#include "fixity/hashpass.h"

/* What the reader and the writer of a copy share.  A block is a piece of the
 * hash tree. */
struct copy {
	struct mun_package *p;
	struct mun_source *src;
	const char *phase;
	const struct mun_tree *tree; /* that the bytes have to have, or NULL */
	bool digested; /* the digests are known: none is computed */
	bool zeros_known;
	uint8_t zeros[MUN_TREE_HASH]; /* of a whole piece of zeros */
};

static int copy_fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct copy *c = ctx;
	uint64_t left = c->src->size - b->off;
	struct mun_extent x;
	int rc;

	b->len = (size_t)MUN_MIN(left, (uint64_t)MUN_TREE_PIECE);
	b->hole = false;
	if (!b->len)
		return 0;
	rc = mun_source_next_extent(c->src, b->off, &x, e);
	if (rc)
		return rc;
	b->hole = x.kind == MUN_EXTENT_HOLE && x.bytes >= b->len;
	if (b->hole)
		memset(b->data, 0, b->len);
	else
		rc = mun_source_pread(c->src, b->data, b->len, b->off, e);
	if (!rc)
		mun_progress_tell(c->p->progress, c->phase, b->off + b->len,
				  c->src->size, 0);
	return rc;
}

static int copy_take(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct copy *c = ctx;

	return c->p->ops->write(c->p, b, e);
}

/* Holes are many and all alike. */
static int hash_piece(struct copy *c, const struct mun_block *b,
		      uint8_t hash[static MUN_TREE_HASH], struct mun_err *e)
{
	bool whole = b->hole && b->len == MUN_TREE_PIECE;
	int rc;

	if (whole && c->zeros_known) {
		memcpy(hash, c->zeros, MUN_TREE_HASH);
		return 0;
	}
	rc = mun_tree_piece(b->data, b->len, c->src->size, hash, e);
	if (!rc && whole && c->src->size > MUN_TREE_PIECE) {
		memcpy(c->zeros, hash, MUN_TREE_HASH);
		c->zeros_known = true;
	}
	return rc;
}

static int compare_piece(void *ctx, const struct mun_block *b,
			 struct mun_err *e)
{
	struct copy *c = ctx;
	const struct mun_tree *t = c->tree;
	const uint8_t *want =
		t->npieces > 1 ? t->pieces[b->off / MUN_TREE_PIECE] : t->root;
	uint8_t hash[MUN_TREE_HASH];
	int rc = hash_piece(c, b, hash, e);

	if (!rc && memcmp(hash, want, MUN_TREE_HASH) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "the %zu bytes at byte %" PRIu64
			      " are not those that were recorded",
			      b->len, b->off);
	return rc;
}

/* Read once; every digest, the tree and the writer have a thread of their own.
 */
static int copy_bytes(struct copy *c, struct mun_digests *d, struct mun_err *e)
{
	mun_auto(hash_stages) *h = NULL;
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 2];
	size_t n = 0;
	int rc = 0;

	if (!c->digested)
		rc = mun_hash_stages_new(c->p->algs, false, stages, &n, &h, e);
	if (rc)
		return rc;
	if (c->tree)
		stages[n++] = (struct mun_stage){ "tree", compare_piece, c };
	stages[n++] = (struct mun_stage){ "write", copy_take, c };
	rc = mun_pipe_run(copy_fill, c, stages, n, MUN_TREE_PIECE, 8, e);
	return rc || c->digested ? rc : mun_hash_stages_final(h, d, NULL, e);
}

static int prove_clone(struct copy *c, struct mun_package_file *f,
		       struct mun_err *e)
{
	int rc = 0;

	if (c->tree)
		rc = mun_verify_tree(c->src, c->tree, 0, c->phase,
				     c->p->progress, e);
	if (rc || c->digested)
		return rc;
	return mun_hash_source(c->src, c->p->algs, &f->digests, NULL, c->phase,
			       c->p->progress, e);
}

static int copy_file(struct copy *c, struct mun_package_file *f,
		     const char *same_as, struct mun_err *e)
{
	struct mun_package *p = c->p;
	bool cloned = false;
	int rc = 0;

	if (same_as && p->ops->clone)
		rc = p->ops->clone(p, f, same_as, &cloned, e);
	/* What it holds is still found out by reading. */
	if (!rc && cloned)
		return prove_clone(c, f, e);
	if (!rc)
		rc = p->ops->begin(p, f, e);
	if (!rc)
		rc = copy_bytes(c, &f->digests, e);
	return rc ? rc : p->ops->end(p, f, e);
}

int mun_package_copy(struct mun_package *p, const char *path,
		     struct mun_source *src, const char *same_as,
		     const char *phase, struct mun_digests *out,
		     struct mun_err *e)
{
	struct copy c = { .p = p, .src = src, .phase = phase };
	struct mun_package_file *f;
	int rc;

	rc = mun_package_add(p, path, 0444, src->size, &f, e);
	if (!rc)
		rc = copy_file(&c, f, same_as, e);
	if (rc)
		return mun_ctx(e, "write '%s'", path);
	if (out)
		*out = f->digests;
	return 0;
}

static bool has_all(unsigned int algs, const struct mun_digests *d)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
		if ((algs & MUN_DIGEST_BIT(i)) && !d->of[i].len)
			return false;
	return true;
}

/* What was computed has to be what is known. */
static int compare_known(const struct mun_package_file *f,
			 const struct mun_digests *known, struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
		if (f->digests.of[i].len && known->of[i].len &&
		    !mun_digest_equal(&f->digests.of[i], &known->of[i]))
			return mun_fail(
				e, MUN_EFIXITY,
				"it has another %s than is recorded",
				mun_digest_title((enum mun_digest_alg)i));
	return 0;
}

static int copy_known(struct copy *c, const struct mun_package_known *known,
		      struct mun_package_file *f, const char *same_as,
		      struct mun_err *e)
{
	int rc;

	f->tree = known->tree;
	if (c->digested)
		f->digests = *known->digests;
	rc = copy_file(c, f, same_as, e);
	return rc ? rc : compare_known(f, known->digests, e);
}

int mun_package_copy_known(struct mun_package *p, const char *path,
			   struct mun_source *src, const char *same_as,
			   const char *phase,
			   const struct mun_package_known *known,
			   struct mun_digests *out, struct mun_err *e)
{
	const struct mun_tree *t = known->tree;
	struct copy c = { .p = p, .src = src, .phase = phase, .tree = t };
	struct mun_package_file *f;
	int rc;

	if (t->npieces > 1 && !t->pieces)
		return mun_fail(e, MUN_EINVAL, "no piece layer of '%s'", path);
	if (t->bytes != src->size)
		return mun_fail(e, MUN_EFIXITY,
				"'%s' has %" PRIu64 " bytes, not %" PRIu64,
				path, src->size, t->bytes);
	c.digested = has_all(p->algs, known->digests);
	rc = mun_package_add(p, path, 0444, src->size, &f, e);
	if (!rc)
		rc = copy_known(&c, known, f, same_as, e);
	if (rc)
		return mun_ctx(e, "write '%s'", path);
	if (out)
		*out = f->digests;
	return 0;
}
