/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/repair_file.h - the pieces of one damaged file; for this folder only
 *
 * Each piece has an origin: the damaged file itself, a store, parity, or
 * nothing yet.  A piece that has one was read and compared with the tree.
 */
#ifndef MUN_AUDIT_REPAIR_FILE_H
#define MUN_AUDIT_REPAIR_FILE_H

#include "audit/run.h"
#include "core/str.h"
#include "fixity/par2.h"
#include "store/mend.h"

enum mun_origin {
	MUN_ORIGIN_NONE, /* lost so far */
	MUN_ORIGIN_OLD, /* intact where it is */
	MUN_ORIGIN_PARITY,
	MUN_ORIGIN_STORE, /* + index in the holdings */
};

struct mun_repair_file {
	const struct mun_custodian *k;
	const struct mun_holding *h; /* where it is damaged */
	const struct mun_record *r;
	const struct mun_rec_file *f;
	char urn[MUN_URN_LEN];
	struct mun_mend *mend; /* NULL: a dry run */
	struct mun_source *old; /* NULL: missing */
	struct mun_source **from; /* beside the holdings; NULL: not open */
	uint64_t npieces;
	uint32_t *origin; /* of each piece */
	uint64_t left; /* pieces without one */
	uint8_t *buf; /* MUN_TREE_PIECE bytes */
	struct mun_err write_err; /* of the new file, while parity works */
	size_t nslices; /* what parity found damaged in the pieces left; 0: it
			 * was not asked */
	struct mun_par2_range *slices;
	struct mun_str parity_why; /* why parity did not help, or empty */
};

/* Bytes of piece @n. */
size_t mun_repair_piece_bytes(const struct mun_repair_file *x, uint64_t n);

/* Find each piece an origin and write it: the old file, then other stores.
 * 0, MUN_EIO of the new file, MUN_ECANCELLED, MUN_ENOMEM. */
MUN_CHECK int mun_repair_from_copies(struct mun_repair_file *x,
				     struct mun_err *e);

/* The same for what is left, with the parity files of this store or another;
 * that there are none, or too few, is no error but in @x->parity_why. */
MUN_CHECK int mun_repair_from_parity(struct mun_repair_file *x,
				     struct mun_err *e);

/* Read what can be read of piece @n of the damaged file into @x->buf, zeros
 * for what cannot. */
void mun_repair_read_old(struct mun_repair_file *x, uint64_t n);

/* Is what is in @x->buf piece @n? */
MUN_CHECK int mun_repair_is_piece(struct mun_repair_file *x, uint64_t n,
				  bool *yes, struct mun_err *e);

#endif
