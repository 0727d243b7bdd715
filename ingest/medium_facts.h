/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/medium_facts.h - what is known of the medium itself, into its record */
#ifndef MUN_INGEST_MEDIUM_FACTS_H
#define MUN_INGEST_MEDIUM_FACTS_H

#include "ingest/describe.h"
#include "ingest/range_list.h"

/**
 * mun_medium_ranges() - what of the medium is missing or doubtful, by its map
 *
 * For an image that is its own decoded bytes.  Unreadable ranges are those
 * that are zeros in the image though they may hold data; ranges whose data
 * failed a check, and run-out, become properties.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_medium_ranges(const struct mun_described *d,
				struct mun_record *r, struct mun_err *e);

/* Properties of the medium: of a device protection, hidden sectors, what could
 * not be asked, and what is on the disc; and the marks by which it is known
 * again, of files that are images of one too.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_medium_properties(const struct mun_described *d,
				    struct mun_record *r, struct mun_err *e);

/* How many bytes of the map are run-out: unreadable, and no loss. */
uint64_t mun_medium_runout(const struct mun_described *d);

/* Each range of them, by offset. */
typedef void mun_medium_range_fn(void *ctx, uint64_t off, uint64_t bytes);
void mun_medium_each_runout(const struct mun_described *d,
			    mun_medium_range_fn *fn, void *ctx);

/* The same of the map of any disc @o (NULL: of none), appended to @out.  0 or
 * MUN_ENOMEM. */
MUN_CHECK int mun_medium_list_runout(const struct mun_optical *o,
				     const struct mun_readmap *map,
				     struct mun_range_list *out,
				     struct mun_err *e);

/* A property of @r; nothing for an empty value. */
MUN_CHECK int mun_property_add(struct mun_record *r, const char *name,
			       const char *value, struct mun_err *e);

/* MUN_PROPERTY_DOUBTFUL, with every range; nothing where there is none. */
MUN_CHECK int mun_property_doubtful(struct mun_record *r,
				    const struct mun_rec_range *ranges,
				    size_t n, struct mun_err *e);
/* MUN_PROPERTY_RUNOUT, likewise. */
MUN_CHECK int mun_property_runout(struct mun_record *r,
				  const struct mun_rec_range *ranges, size_t n,
				  struct mun_err *e);

#endif
