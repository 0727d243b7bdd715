/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/unpacker.h - decompressors that wait to be used again
 *
 * For drivers whose pread() is called by several threads: each takes one out of
 * the pool for as long as it unpacks, and there are never more of them than
 * threads have been at work at once.
 */
#ifndef MUN_IMAGE_UNPACKER_H
#define MUN_IMAGE_UNPACKER_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"

enum mun_packing {
	MUN_PACKED_DEFLATE, /* RFC 1951, bare */
	MUN_PACKED_ZLIB, /* RFC 1950; the sum at its end is checked */
	MUN_PACKED_ZSTD, /* one frame */
};

struct mun_unpackers;

/* One decompressor; its owner may use @in as it likes. */
struct mun_unpacker {
	uint8_t *in; /* room for the packed bytes */
	size_t room;
	struct libdeflate_decompressor *deflate; /* NULL: not needed yet */
	void *zstd;
	struct mun_unpacker *next;
};

/* An empty pool; @room bytes for the packed form.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_unpackers_new(size_t room, struct mun_unpackers **out,
				struct mun_err *e);

/* One for this thread, until mun_unpackers_put().  0 or MUN_ENOMEM. */
MUN_CHECK int mun_unpackers_take(struct mun_unpackers *p,
				 struct mun_unpacker **out, struct mun_err *e);
void mun_unpackers_put(struct mun_unpackers *p, struct mun_unpacker *u);

/* None may be taken.  NULL is fine. */
void mun_unpackers_free(struct mun_unpackers *p);
MUN_DEFINE_FREEP(unpackers, mun_unpackers_free);

/**
 * mun_unpack() - what the first of @len packed bytes stand for
 * @out_len: they must give exactly so many; what follows their end is not
 *           looked at, and neither is what they would give beyond
 *
 * Return: 0; MUN_ECORRUPT for anything else (the caller says where);
 * MUN_ENOMEM.
 */
MUN_CHECK int mun_unpack(struct mun_unpacker *u, enum mun_packing how,
			 const uint8_t *in, size_t len, uint8_t *out,
			 size_t out_len, struct mun_err *e);

#endif
