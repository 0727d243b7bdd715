/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/describe_own.h - files of an object that describe its other files */
#ifndef MUN_INGEST_DESCRIBE_OWN_H
#define MUN_INGEST_DESCRIBE_OWN_H

#include "catalog/record.h"
#include "core/err.h"
#include "store/stage.h"

/* Files by path, as every record has them. */
void mun_own_sort(struct mun_record *r);

/* metadata/object.torrent: the hash trees of all files that @r has so far; and
 * its entry.  0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_own_trees(struct mun_stage *st, struct mun_record *r,
			    unsigned int algs, struct mun_err *e);

/* metadata/premis.xml: @r as it is now, and its entry.  0; MUN_ECORRUPT (a
 * record that does not lint: a fault of ours); MUN_EIO; MUN_ENOMEM. */
MUN_CHECK int mun_own_premis(struct mun_stage *st, struct mun_record *r,
			     unsigned int algs, struct mun_err *e);

#endif
