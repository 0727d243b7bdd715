/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_old.h - what an object has of its medium: readings made again */
#ifndef MUN_INGEST_MERGE_OLD_H
#define MUN_INGEST_MERGE_OLD_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/json.h"
#include "core/source.h"
#include "image/readmap.h"
#include "ingest/range_list.h"
#include "ingest/vote.h"
#include "store/store.h"

#define MUN_READS "metadata/reads/"
#define MUN_PATH_PROVENANCE "metadata/provenance.json"

/* One of the readings that went into the object. */
struct mun_old_reading {
	struct mun_source *source; /* as it was read */
	struct mun_source *bin; /* where it differs from the master; or NULL */
	struct mun_readmap map;
	struct mun_range_list mended; /* sectors, by their parity */
	char name[160]; /* its drive or file */
};

struct mun_merge_old {
	const struct mun_record *r; /* of today, with layers; borrowed */
	const struct mun_rec_file *file; /* the master */
	struct mun_source *master; /* each piece verified when it is read */
	struct mun_readmap map; /* of the master */
	struct mun_range_list runout; /* of it: bad, and no loss */
	size_t n; /* readings, 1 at least */
	struct mun_old_reading of[MUN_VOTE_READINGS];
};

/**
 * mun_merge_old_open() - the object's readings
 * @r: must outlive @out
 *
 * An object that was never merged has one: its master.
 * Return: 0; MUN_EINVAL (it is no image of sectors; it has as many readings as
 * there may be); MUN_EFIXITY (a stored file is damaged); MUN_ECORRUPT (what was
 * kept of a reading does not fit); MUN_EIO, MUN_ENOMEM.
 * @out: mun_merge_old_close() in every case.
 */
MUN_CHECK int mun_merge_old_open(const struct mun_store *s,
				 const struct mun_record *r,
				 struct mun_merge_old *out, struct mun_err *e);
void mun_merge_old_close(struct mun_merge_old *o);

/* Can readings be merged into the object at all?  0 or MUN_EINVAL. */
MUN_CHECK int mun_merge_is_possible(const struct mun_record *r,
				    struct mun_err *e);

/* A container is no image of sectors, whatever its size.  @name: of what was
 * read from @source, "image/NAME".  0 or MUN_EINVAL. */
MUN_CHECK int mun_merge_is_sectors(const char *name, const char *source,
				   struct mun_err *e);

/* All of a stored file, verified, with a NUL behind it; free(). */
MUN_CHECK int mun_merge_read(const struct mun_store *s,
			     const struct mun_record *r, const char *path,
			     char **out, size_t *len, struct mun_err *e);

/* How many readings @r has in metadata/reads/. */
size_t mun_merge_count(const struct mun_record *r);

/**
 * mun_overlay_new() - @base, but with the bytes of @bin where @differs has '-'
 * @bin: those bytes one after the other; its size must be theirs
 *
 * All are borrowed.  Return: 0; MUN_ECORRUPT (sizes); MUN_ENOMEM.
 */
MUN_CHECK int mun_overlay_new(struct mun_source *base, struct mun_source *bin,
			      const struct mun_readmap *differs,
			      struct mun_source **out, struct mun_err *e);

#endif
