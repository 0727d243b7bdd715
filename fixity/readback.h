/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/readback.h - read an image back from the disk behind its writer
 *
 * While digests keep the processors busy the disk is idle, so each megabyte is
 * read back, past the page cache, soon after it was written, and hashed.  When
 * the object is in the store its file is shown to be the very one that was
 * read back: same inode, size and time of change (docs/adr/0012).
 */
#ifndef MUN_FIXITY_READBACK_H
#define MUN_FIXITY_READBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "fixity/tree.h"

struct mun_readback;

/* A file of which every byte was read back and found right. */
struct mun_proof {
	bool valid;
	uint64_t dev;
	uint64_t inode;
	uint64_t bytes;
	int64_t mtime_ns;
};

/**
 * mun_readback_start() - begin to follow the writer of @path
 * @bytes: size that the file will have
 * @out:   mun_readback_free(); NULL where the file system cannot read past the
 *         cache: then the file has to be read back after it is stored
 *
 * Return: 0, MUN_ENOMEM, or MUN_EIO when no thread can be started.
 */
MUN_CHECK int mun_readback_start(const char *path, uint64_t bytes,
				 struct mun_readback **out, struct mun_err *e);

/* All bytes before @end are written.  From the writer's thread. */
void mun_readback_written(struct mun_readback *rb, uint64_t end);

/**
 * mun_readback_finish() - the file is whole and synced: compare all of it
 * @tree: of the bytes as they were read from the source
 *
 * Return: 0 and a valid @proof; MUN_EFIXITY with the first offset that
 * differs; MUN_EIO; MUN_ECORRUPT (the file is shorter); MUN_ECANCELLED.
 */
MUN_CHECK int mun_readback_finish(struct mun_readback *rb,
				  const struct mun_tree *tree,
				  struct mun_proof *proof, struct mun_err *e);
void mun_readback_free(struct mun_readback *rb); /* NULL is fine */
MUN_DEFINE_FREEP(readback, mun_readback_free);

/* Is the file at @path the one that was proved? */
bool mun_proof_holds(const struct mun_proof *proof, const char *path);

#endif
