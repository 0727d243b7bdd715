/* SPDX-License-Identifier: Apache-2.0 */
/* image/chunk_read.h - the bytes of a chunk, for image/chunks.c only */
#ifndef MUN_IMAGE_CHUNK_READ_H
#define MUN_IMAGE_CHUNK_READ_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/chunks.h"

/* Two sums of a chunk's bytes, as they go into the identity. */
struct mun_chunk_sums {
	uint8_t bytes[16];
};

/* Any number of threads may read with it. */
struct mun_chunk_reader {
	const struct mun_chunks *c;
	pthread_mutex_t lock;
	struct mun_extent known; /* the last that was told; locked */
	uint8_t *zeros; /* chunk_bytes of them, only read */
	struct mun_chunk_sums zero_sums; /* of a whole chunk of zeros */
};

/* For the chunks of @c, which must outlive it.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_chunk_reader_init(struct mun_chunk_reader *r,
				    const struct mun_chunks *c,
				    struct mun_err *e);
void mun_chunk_reader_end(struct mun_chunk_reader *r); /* zeroed is fine */

/**
 * mun_chunk_read() - set data, zero and unreadable of @k, whose off and len are
 * @buf:        chunk_bytes of room
 * @unreadable: how many bytes of it are
 *
 * Where the format says that there are only zeros nothing is read.
 */
MUN_CHECK int mun_chunk_read(struct mun_chunk_reader *r, struct mun_chunk *k,
			     uint8_t *buf, uint64_t *unreadable,
			     struct mun_err *e);

/* The sums of what was read; of a whole chunk of zeros they are known. */
void mun_chunk_sum(const struct mun_chunk_reader *r, const struct mun_chunk *k,
		   struct mun_chunk_sums *out);

/* Are these @len bytes all zeros? */
bool mun_all_zeros(const uint8_t *p, size_t len);

#endif
