/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/merkle.h - the Merkle tree of an append-only log (RFC 6962, 2.1)
 *
 * SHA-256; a leaf is hashed behind the byte 00, a node behind 01.  A tree is
 * kept as its frontier: the roots of the perfect subtrees that it consists of,
 * largest first, one for each bit of its size.
 */
#ifndef MUN_FIXITY_MERKLE_H
#define MUN_FIXITY_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_MERKLE_HASH 32
#define MUN_MERKLE_DEPTH 64

struct mun_merkle {
	uint64_t size; /* leaves */
	/* [i] is the subtree of 2^i leaves where bit i of size is set. */
	uint8_t node[MUN_MERKLE_DEPTH][MUN_MERKLE_HASH];
};

/* Hashes from the leaf up, as RFC 6962 (2.1.1 inclusion, 2.1.2 consistency). */
struct mun_merkle_proof {
	size_t n;
	uint8_t hash[MUN_MERKLE_DEPTH + 1][MUN_MERKLE_HASH];
};

/* Each of these: 0, MUN_ENOMEM, or MUN_EUNSUPPORTED (OpenSSL gives no
 * SHA-256).  Any thread. */
MUN_CHECK int mun_merkle_leaf(const void *data, size_t len,
			      uint8_t out[static MUN_MERKLE_HASH],
			      struct mun_err *e);
MUN_CHECK int mun_merkle_node(const uint8_t left[static MUN_MERKLE_HASH],
			      const uint8_t right[static MUN_MERKLE_HASH],
			      uint8_t out[static MUN_MERKLE_HASH],
			      struct mun_err *e);
MUN_CHECK int mun_merkle_add(struct mun_merkle *t,
			     const uint8_t leaf[static MUN_MERKLE_HASH],
			     struct mun_err *e);

/* As if the 2^@level leaves of the perfect tree @root were added; size is a
 * multiple of 2^@level, else MUN_EINVAL. */
MUN_CHECK int mun_merkle_add_subtree(struct mun_merkle *t, unsigned int level,
				     const uint8_t root[static MUN_MERKLE_HASH],
				     struct mun_err *e);
MUN_CHECK int mun_merkle_root(const struct mun_merkle *t,
			      uint8_t out[static MUN_MERKLE_HASH],
			      struct mun_err *e);

/**
 * mun_merkle_check_inclusion() - is leaf @index in the tree of this root?
 *
 * RFC 9162, 2.1.3.2.  Return: 0; MUN_EFIXITY where the proof does not lead to
 * @root; MUN_EINVAL for an index that is not in a tree of @size.
 */
MUN_CHECK int mun_merkle_check_inclusion(
	const uint8_t leaf[static MUN_MERKLE_HASH], uint64_t index,
	uint64_t size, const struct mun_merkle_proof *p,
	const uint8_t root[static MUN_MERKLE_HASH], struct mun_err *e);

/* Is the tree of @size1 a prefix of that of @size2?  RFC 9162, 2.1.4.2;
 * return as above. */
MUN_CHECK int mun_merkle_check_consistency(
	uint64_t size1, uint64_t size2, const struct mun_merkle_proof *p,
	const uint8_t root1[static MUN_MERKLE_HASH],
	const uint8_t root2[static MUN_MERKLE_HASH], struct mun_err *e);

#endif
