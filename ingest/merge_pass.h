/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_pass.h - one pass over all readings: the new image and its story */
#ifndef MUN_INGEST_MERGE_PASS_H
#define MUN_INGEST_MERGE_PASS_H

#include "core/imgwrite.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "fixity/tree.h"
#include "ingest/merge.h"
#include "ingest/merge_old.h"

/* Where a reading differs from the new master. */
struct mun_merge_differs {
	struct mun_readmap map; /* '-' where it does, '+' else */
	char *path; /* of those bytes, on disk */
	struct mun_imgwriter *to;
	uint64_t bytes;
};

struct mun_merge_pass {
	/* Given */
	const struct mun_merge_old *old;
	struct mun_voice fresh; /* the new reading */
	const char *fresh_name;
	const struct mun_range_list *fresh_runout; /* of its map */
	const struct mun_range_list *fresh_mended;
	const char *image_path; /* the new master, on disk; NULL: nothing is
				 * written, only what would be is told */
	const char *dir; /* for files of differences, on disk */
	unsigned int algs;
	uint32_t sector_bytes;
	const char *prefer; /* "new", "old" or NULL */
	mun_disagreement_fn *seen;
	void *ctx;
	const struct mun_progress_to *progress;
	/* Made: mun_merge_pass_clear() */
	struct mun_digests digests;
	struct mun_tree tree;
	struct mun_readmap map; /* of the new master */
	struct mun_range_list lost; /* what it has as bad ... */
	struct mun_range_list runout; /* ... that is a loss, and that is none */
	struct mun_range_list mended; /* nobody has it without mending */
	struct mun_merge_differs differs[MUN_VOTE_READINGS];
	struct mun_str extents; /* of metadata/provenance.json: a JSON object */
	struct mun_merge_summary sum; /* but for the version */
	bool changed; /* the image has other bytes than the master */
	bool mapped; /* and its map says something else */
	bool news; /* that, or the new one has a say where some do not agree */
};

/**
 * mun_merge_pass() - vote on everything
 *
 * When 0 is returned the image and the files of differences are durable.
 * Return: 0; MUN_EINVAL (what was read is another medium; sizes differ);
 * MUN_EFIXITY (the master is damaged); MUN_ECORRUPT; MUN_EIO; MUN_ENOMEM;
 * MUN_ECANCELLED.
 */
MUN_CHECK int mun_merge_pass(struct mun_merge_pass *p, struct mun_err *e);
void mun_merge_pass_clear(struct mun_merge_pass *p);

/* What is compared as a whole: of two kinds of sectors (0: not known), the
 * smaller. */
uint32_t mun_merge_sector(uint32_t a, uint32_t b);

/* "majority", "preferred", ...: stable words of the record. */
const char *mun_merge_why(enum mun_vote_why why);

/* Append the readings of @set: "1, 3". */
void mun_merge_names(uint32_t set, struct mun_str *out);

#endif
