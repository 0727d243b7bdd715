/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/copy.h - one stored file into another place, every byte proved twice
 *
 * A file is copied in two steps.  mun_copy_run() reads the source, compares
 * each piece with what it must be, and only then writes it; and reads back,
 * past the page cache, what was written a while ago.  After the caller has
 * synced everything, mun_copy_verify() reads back what is still unproved.
 */
#ifndef MUN_STORE_COPY_H
#define MUN_STORE_COPY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "fixity/tree.h"

/* What all files of one object share. */
struct mun_copy_tally {
	const struct mun_progress_to *progress; /* may be NULL */
	uint64_t total; /* bytes of all files */
	uint64_t done;
	uint64_t resumed; /* of done: found in the target, and right */
	bool source_fault; /* the failure that was returned is the source's */
};

struct mun_copy;

/**
 * mun_copy_new() - a file to be copied
 * @from, @to: paths; the folder of @to exists
 * @tree:      what it must be; borrowed; NULL: @sha512 decides
 * @sha512:    for files without a tree, and those whose tree has no pieces
 */
MUN_CHECK int mun_copy_new(const char *from, const char *to,
			   const struct mun_tree *tree,
			   const struct mun_digest *sha512,
			   struct mun_copy **out, struct mun_err *e);
void mun_copy_free(struct mun_copy *c); /* NULL is fine; the file stays */
MUN_DEFINE_FREEP(copy, mun_copy_free);

/**
 * mun_copy_run() - copy what @to does not have yet
 *
 * What is in @to already is read back and kept where it is right.  Holes stay
 * holes.  On the same file system the blocks are shared where it can do so
 * (FICLONE); reading back then reads them all.
 * Return: 0; MUN_EFIXITY (the source is damaged; the text has the offset);
 * MUN_ENOENT (the source is gone); MUN_EINVAL (either is no regular file);
 * MUN_EIO; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_copy_run(struct mun_copy *c, struct mun_copy_tally *t,
			   struct mun_err *e);

/**
 * mun_copy_verify() - read back what mun_copy_run() did not
 *
 * Return: 0; MUN_EFIXITY (what is on the disk is not what was written);
 * MUN_EIO; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_copy_verify(struct mun_copy *c, struct mun_copy_tally *t,
			      struct mun_err *e);

#endif
