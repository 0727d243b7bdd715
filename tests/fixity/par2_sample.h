/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/par2_sample.h - a file, its parity files, and what befalls them
 *
 * Everything here ends the test through cmocka where it cannot do its work.
 */
#ifndef MUN_TESTS_FIXITY_PAR2_SAMPLE_H
#define MUN_TESTS_FIXITY_PAR2_SAMPLE_H

#include "fixity/par2.h"
#include "tests/support/support.h"

struct sample {
	char *dir; /* holds the parity files */
	struct mun_par2_plan plan;
	struct mun_par2_options opts;
	uint8_t *good; /* the file as it was */
	size_t len;
	uint8_t *bad; /* as it is; a copy of good at first */
	size_t bad_len;
	struct mun_par2_created made;
	uint8_t *parity[2]; /* index and volume, in memory */
	size_t parity_len[2];
	struct mun_source *sources[2]; /* of those, as they are when loaded */
	struct mun_par2_set *set;
};

/* @len pseudo-random bytes, with parity of @percent; @slice_bytes and
 * @recovery are the plan's unless 0. */
void sample_new(struct sample *s, size_t len, unsigned int percent,
		uint64_t slice_bytes, uint32_t recovery, size_t memory);

/* Read parity[] again, as it is now. */
int sample_load(struct sample *s, struct mun_err *e);

/* Repair bad by the ranges (NULL: look for damage), with an unreadable range
 * of @eio_bytes at @eio_off.  What was written is in bad afterwards. */
int sample_repair(struct sample *s, const struct mun_par2_range *where,
		  size_t nwhere, uint64_t eio_off, uint64_t eio_bytes,
		  struct mun_par2_damage *damage, struct mun_err *e);

/* Flip bits of @n bytes, in slices that are @step apart. */
void sample_damage(struct sample *s, uint32_t first, uint32_t step, uint32_t n);

/* Is bad good again, in all that the file had? */
bool sample_is_whole(const struct sample *s);

void sample_free(struct sample *s);

#endif
