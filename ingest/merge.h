/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/merge.h - several readings of the same medium made one image
 *
 * A reading is an image and its map.  The object keeps, for each reading that
 * went into it, metadata/reads/N/: its map (disk.map), where it differs from
 * the master of today (differs.map: '-' is what it has otherwise) with those
 * sectors' bytes (differs.bin, in the order of that map), and reading.json
 * (who, when, with which drive, or which file).  So every reading can be made
 * again from the master, and a vote can be held again.
 *
 * The rules, sector by sector:
 *   read by none            unreadable
 *   read well by some       what they have; where they differ: what --prefer
 *                           names ("new": the new reading; "old": the
 *                           master), else the majority of three or more, else
 *                           the master keeps what it has; each is told
 *   read with a failed      only where none read it well; where all such agree
 *   check only              on it, it stays doubtful
 * Nothing that was read well is replaced by what one other reading says, unless
 * a person has asked for it; and where the new reading has nothing, nothing is
 * decided anew.
 */
#ifndef MUN_INGEST_MERGE_H
#define MUN_INGEST_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/jsonw.h"
#include "ingest/ingest.h"
#include "ingest/session_file.h"

/* One sector about which readings that had it do not agree. */
struct mun_disagreement {
	uint64_t off; /* bytes */
	uint32_t bytes;
	/* "majority", "preferred", "kept": why it is as it is now. */
	const char *because;
	const char *taken; /* readings with what the master has now: "1, 3" */
	const char *others; /* and those with something else: "2" */
};
/* mun_disagreement_fn is ingest.h's: it is told each of them. */

struct mun_merge_summary {
	unsigned int readings; /* with the new one */
	unsigned int version; /* of the object now; unchanged where nothing was
			       * gained, and the new reading has no say on
			       * what others do not agree ... */
	bool versioned; /* ... else this merge made it */
	uint64_t filled_bytes; /* unreadable or doubtful before, good now */
	uint64_t lost_bytes; /* still unreadable ... */
	uint64_t runout_bytes; /* ... but for these, which hold no data */
	uint64_t doubtful_bytes;
	uint64_t disagreements; /* sectors */
	uint64_t outvoted; /* sectors in which one reading stood alone against
			    * two or more */
	unsigned int liar; /* the reading that was outvoted most, from 1; 0 */
	char liar_name[160]; /* its drive or file */
};

/**
 * mun_merge_session() - from the session's finished reading to a new version
 * @s:    session with req.merge; its reading is complete in its stage
 * @seen: called for each disagreement, by offset; may be NULL
 *
 * New OCFL version: master, maps, provenance, PREMIS with the events of the
 * merge; read back; then the catalog, one transaction.  Killed anywhere, the
 * session goes on or the object is as it was.
 * Return: 0; MUN_EINVAL (sizes differ; the object is no image of sectors; it
 * is a container); MUN_EFIXITY (the stored master is damaged: repair it
 * first); MUN_EIO; MUN_ENOENT; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_merge_session(const struct mun_ingest_env *env,
				struct mun_session *s,
				mun_disagreement_fn *seen, void *ctx,
				struct mun_merge_summary *out,
				struct mun_err *e);

/**
 * mun_merge_give_up() - a session that is a merge will not go on
 *
 * What a killed commit began is ended first, as it cannot be undone.
 * Return: 0; MUN_EINVAL where the store has its version already and the
 * catalog has not: it must be resumed; MUN_EBUSY; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_merge_give_up(const struct mun_ingest_env *env,
				const struct mun_session *s, struct mun_err *e);

/* Could a source of @bytes (0: not known yet) be merged into @object?  Before
 * it is read.  0; MUN_ENOENT; MUN_EINVAL. */
MUN_CHECK int mun_merge_check(const struct mun_ingest_env *env,
			      const char *object, uint64_t bytes,
			      struct mun_err *e);

/**
 * mun_merge_dry() - what a merge of an image file would come to
 * @req:   with merge; its source and its map are read, nothing is written
 * @voted: no: it is a device, which is not read for this, and @out is empty
 * @seen:  as of mun_merge_session()
 * @out:   versioned: it would make that version
 *
 * Return: as mun_merge_session(); MUN_ECORRUPT (the map).
 */
MUN_CHECK int mun_merge_dry(const struct mun_ingest_env *env,
			    const struct mun_ingest_request *req, bool *voted,
			    mun_disagreement_fn *seen, void *ctx,
			    struct mun_merge_summary *out, struct mun_err *e);

#endif
