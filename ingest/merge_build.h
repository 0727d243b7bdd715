/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_build.h - from a vote to the files and the record of a version */
#ifndef MUN_INGEST_MERGE_BUILD_H
#define MUN_INGEST_MERGE_BUILD_H

#include "ingest/attempts.h"
#include "ingest/merge_pass.h"
#include "ingest/reading.h"
#include "store/version.h"

struct mun_merge_build {
	/* Given */
	const struct mun_ingest_env *env;
	const struct mun_session *s;
	const struct mun_reading *fresh; /* the new reading ... */
	const struct mun_attempts
		*attempts; /* ... and who read it, of devices */
	const char *fresh_name;
	const struct mun_range_list *fresh_mended;
	const struct mun_merge_old *old;
	struct mun_merge_pass *pass; /* done */
	struct mun_stage *st; /* of mun_version_open() */
	unsigned int algs;
	int64_t started_ms; /* of the pass */
	int64_t ended_ms;
	/* Made */
	struct mun_record *r; /* of the new version; the caller's */
	/* Ids of entries, for events. */
	const char *old_master;
	const char *new_master; /* the same, where no byte has changed */
	const char *reading; /* of the new reading's reading.json */
	const char *provenance;
};

/**
 * mun_merge_build() - everything of the new version into the stage
 *
 * Nothing is left to be done but to commit it.
 * Return: 0; MUN_EFIXITY, MUN_ECORRUPT (what the store has does not fit);
 * MUN_EIO; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_merge_build(struct mun_merge_build *b, struct mun_err *e);

/* ingest/merge_texts.c: the caller's, free(). */
MUN_CHECK int mun_merge_provenance_text(const struct mun_merge_build *b,
					char **out, struct mun_err *e);
MUN_CHECK int mun_merge_reading_text(const struct mun_merge_build *b,
				     char **out, struct mun_err *e);
/* Of the reading that an object has from its first day. */
MUN_CHECK int mun_merge_first_text(const struct mun_merge_build *b, char **out,
				   struct mun_err *e);

/* ingest/merge_events.c: what happened, into @b->r. */
MUN_CHECK int mun_merge_events(struct mun_merge_build *b, struct mun_err *e);

#endif
