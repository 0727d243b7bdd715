/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_told.h - a merge told again, out of what the object keeps of it */
#ifndef MUN_INGEST_MERGE_TOLD_H
#define MUN_INGEST_MERGE_TOLD_H

#include "ingest/merge.h"
#include "ingest/merge_old.h"

/**
 * mun_merge_told() - what came of the newest merge of the object
 * @r:    with layers
 * @last: reading.json of its newest reading
 *
 * For a session that was interrupted after its version was there.
 * Return: 0; MUN_ECORRUPT; MUN_EFIXITY; MUN_EIO; MUN_ENOMEM; what @seen says.
 */
MUN_CHECK int mun_merge_told(const struct mun_store *s,
			     const struct mun_record *r, const json_t *last,
			     mun_disagreement_fn *seen, void *ctx,
			     struct mun_merge_summary *out, struct mun_err *e);

#endif
