/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/hashpass.c - digests and tree of a whole source in one pass */
#include "fixity/hashpass.h"

#include "core/check.h"

#define NBLOCKS 16u /* 16 MiB between the fastest stage and the slowest */

struct mun_hash_stages {
	struct mun_hasher *hasher[MUN_DIGEST_N]; /* one algorithm each */
	struct mun_tree_builder *tree;
};

static int take_digest(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	return mun_hasher_update(ctx, b->data, b->len, e);
}

static int take_tree(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	return mun_tree_builder_update(ctx, b->data, b->len, e);
}

int mun_hash_stages_new(unsigned int algs, bool tree, struct mun_stage *stages,
			size_t *n_out, struct mun_hash_stages **out,
			struct mun_err *e)
{
	mun_auto(hash_stages) *h = NULL;
	size_t n = 0;
	int rc = 0;

	if (algs & ~MUN_DIGEST_ALL)
		return mun_fail(e, MUN_EINVAL, "digest set %#x", algs);
	h = calloc(1, sizeof(*h));
	if (!h)
		return mun_fail_nomem(e, "hash stages");
	for (int i = 0; !rc && i < MUN_DIGEST_N; i++) {
		if (!(algs & MUN_DIGEST_BIT(i)))
			continue;
		rc = mun_hasher_new(MUN_DIGEST_BIT(i), &h->hasher[i], e);
		stages[n++] = (struct mun_stage){
			.name = mun_digest_name((enum mun_digest_alg)i),
			.take = take_digest,
			.ctx = h->hasher[i],
		};
	}
	if (!rc && tree) {
		rc = mun_tree_builder_new(&h->tree, e);
		stages[n++] = (struct mun_stage){ .name = "tree",
						  .take = take_tree,
						  .ctx = h->tree };
	}
	if (rc)
		return rc;
	*n_out = n;
	*out = mun_steal(&h);
	return 0;
}

int mun_hash_stages_final(struct mun_hash_stages *h,
			  struct mun_digests *digests, struct mun_tree *tree,
			  struct mun_err *e)
{
	int rc = 0;

	*digests = (struct mun_digests){ 0 };
	for (int i = 0; !rc && i < MUN_DIGEST_N; i++) {
		if (h->hasher[i])
			rc = mun_hasher_final(h->hasher[i], digests, e);
	}
	if (!rc && h->tree && tree)
		rc = mun_tree_builder_final(h->tree, tree, e);
	return rc;
}

void mun_hash_stages_free(struct mun_hash_stages *h)
{
	if (!h)
		return;
	for (int i = 0; i < MUN_DIGEST_N; i++)
		mun_hasher_free(h->hasher[i]);
	mun_tree_builder_free(h->tree);
	free(h);
}

struct whole {
	struct mun_source *src;
	const char *phase;
	const struct mun_progress_to *progress;
};

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	const struct whole *w = ctx;
	const uint64_t rest = w->src->size - b->off;
	int rc;

	b->len = (size_t)MUN_MIN(rest, (uint64_t)MUN_PIPE_BLOCK);
	if (!b->len)
		return 0;
	rc = mun_source_pread(w->src, b->data, b->len, b->off, e);
	if (!rc)
		mun_progress_tell(w->progress, w->phase, b->off + b->len,
				  w->src->size, 0);
	return rc;
}

int mun_hash_source(struct mun_source *src, unsigned int algs,
		    struct mun_digests *digests, struct mun_tree *tree,
		    const char *phase, const struct mun_progress_to *progress,
		    struct mun_err *e)
{
	struct whole w = { src, phase, progress };
	struct mun_stage stages[MUN_HASH_STAGES_MAX];
	mun_auto(hash_stages) *h = NULL;
	size_t n;
	int rc;

	rc = mun_hash_stages_new(algs, tree != NULL, stages, &n, &h, e);
	if (!rc)
		rc = mun_pipe_run(fill, &w, stages, n, MUN_PIPE_BLOCK, NBLOCKS,
				  e);
	return rc ? rc : mun_hash_stages_final(h, digests, tree, e);
}
