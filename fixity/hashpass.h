/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/hashpass.h - digests and tree of a whole source in one pass
 *
 * Each algorithm, and the tree, is a stage of its own of core/pipeline.h, so
 * they run side by side.
 */
#ifndef MUN_FIXITY_HASHPASS_H
#define MUN_FIXITY_HASHPASS_H

#include "core/err.h"
#include "core/log.h"
#include "core/pipeline.h"
#include "core/source.h"
#include "fixity/digest.h"
#include "fixity/tree.h"

/* Most stages that mun_hash_stages_new() makes: every digest and the tree. */
#define MUN_HASH_STAGES_MAX (MUN_DIGEST_N + 1)

struct mun_hash_stages;

/**
 * mun_hash_stages_new() - stages for a pipeline of the caller's own
 * @algs:   digests wanted, may be 0
 * @tree:   also the hash tree
 * @stages: MUN_HASH_STAGES_MAX entries to fill; they live as long as @out
 * @n_out:  how many were filled
 */
MUN_CHECK int mun_hash_stages_new(unsigned int algs, bool tree,
				  struct mun_stage *stages, size_t *n_out,
				  struct mun_hash_stages **out,
				  struct mun_err *e);

/* After the pipeline ended well.  @tree may be NULL if none was asked for. */
MUN_CHECK int mun_hash_stages_final(struct mun_hash_stages *h,
				    struct mun_digests *digests,
				    struct mun_tree *tree, struct mun_err *e);
void mun_hash_stages_free(struct mun_hash_stages *h); /* NULL is fine */
MUN_DEFINE_FREEP(hash_stages, mun_hash_stages_free);

/**
 * mun_hash_source() - all of @src
 * @tree:     may be NULL; else the caller's, mun_tree_clear()
 * @progress: may be NULL; @phase is the word shown
 *
 * Return: 0, the source's error, MUN_ECANCELLED, MUN_ENOMEM.
 */
MUN_CHECK int mun_hash_source(struct mun_source *src, unsigned int algs,
			      struct mun_digests *digests,
			      struct mun_tree *tree, const char *phase,
			      const struct mun_progress_to *progress,
			      struct mun_err *e);

#endif
