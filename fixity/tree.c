/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/tree.c - the hash tree of BitTorrent v2 (BEP 52) */
#include "fixity/tree.h"

#include "core/check.h"
#include "fixity/digest_evp.h"
#include "fixity/sha256_lanes.h"

int mun_tree_leaves(const void *data, size_t len,
		    uint8_t (*nodes)[MUN_TREE_HASH], struct mun_err *e)
{
	const uint8_t *p = data;
	const size_t whole = len / MUN_TREE_LEAF;
	const size_t rest = len % MUN_TREE_LEAF;
	int rc;

	rc = mun_sha256_lanes(p, MUN_TREE_LEAF, MUN_TREE_LEAF, whole, nodes, e);
	if (!rc && rest)
		rc = mun_sha256_lanes(p + (len - rest), 0, rest, 1,
				      nodes + whole, e);
	return rc;
}

/* @n nodes (even) become n/2, in place: a parent never lies behind its
 * children. */
static int hash_level(uint8_t (*nodes)[MUN_TREE_HASH], size_t n,
		      struct mun_err *e)
{
	const size_t pair = (size_t)2 * MUN_TREE_HASH;

	return mun_sha256_lanes(nodes, pair, pair, n / 2, nodes, e);
}

/* @n (a power of two) nodes become one, nodes[0]. */
static int hash_up(uint8_t (*nodes)[MUN_TREE_HASH], size_t n, struct mun_err *e)
{
	int rc = 0;

	for (; !rc && n > 1; n /= 2)
		rc = hash_level(nodes, n, e);
	return rc;
}

uint64_t mun_tree_npieces(uint64_t bytes)
{
	return bytes / MUN_TREE_PIECE + (bytes % MUN_TREE_PIECE != 0);
}

void mun_tree_clear(struct mun_tree *t)
{
	free(t->pieces);
	*t = (struct mun_tree){ 0 };
}

/* BEP 52: a file of at most a piece has a tree just wide enough for it; in
 * larger ones every piece is a subtree of full width. */
static size_t piece_width(size_t len, uint64_t file_bytes)
{
	size_t width = 1;

	if (file_bytes > MUN_TREE_PIECE)
		return MUN_TREE_LEAVES;
	while (width * MUN_TREE_LEAF < len)
		width *= 2;
	return width;
}

static int check_piece(size_t len, uint64_t file_bytes, struct mun_err *e)
{
	if (len && len <= MUN_TREE_PIECE && len <= file_bytes &&
	    (len == MUN_TREE_PIECE || len == file_bytes % MUN_TREE_PIECE))
		return 0;
	return mun_fail(e, MUN_EINVAL, "a piece of %zu bytes in a file of %llu",
			len, (unsigned long long)file_bytes);
}

int mun_tree_fold(uint8_t (*nodes)[MUN_TREE_HASH], size_t len,
		  uint64_t file_bytes, uint8_t out[static MUN_TREE_HASH],
		  struct mun_err *e)
{
	size_t have, width;
	int rc;

	rc = check_piece(len, file_bytes, e);
	if (rc)
		return rc;
	have = (len + MUN_TREE_LEAF - 1) / MUN_TREE_LEAF;
	width = piece_width(len, file_bytes);
	memset(nodes + have, 0, (width - have) * MUN_TREE_HASH);
	rc = hash_up(nodes, width, e);
	if (!rc)
		memcpy(out, nodes[0], MUN_TREE_HASH);
	return rc;
}

int mun_tree_piece(const void *data, size_t len, uint64_t file_bytes,
		   uint8_t out[static MUN_TREE_HASH], struct mun_err *e)
{
	uint8_t nodes[MUN_TREE_LEAVES][MUN_TREE_HASH];
	int rc;

	rc = check_piece(len, file_bytes, e);
	if (!rc)
		rc = mun_tree_leaves(data, len, nodes, e);
	return rc ? rc : mun_tree_fold(nodes, len, file_bytes, out, e);
}

/*
 * To pad the layer to a power of two is, seen level by level, to give a last
 * node without a sister one: @pad[0], the subtree of nothing but zeros of that
 * height.  @nodes has room for one more than @n.
 */
static int root_above(uint8_t (*nodes)[MUN_TREE_HASH], size_t n,
		      struct mun_err *e)
{
	uint8_t pad[MUN_TREE_LEAVES][MUN_TREE_HASH] = { { 0 } };
	int rc;

	rc = hash_up(pad, MUN_TREE_LEAVES, e);
	while (!rc && n > 1) {
		if (n % 2) {
			memcpy(nodes[n], pad[0], MUN_TREE_HASH);
			n++;
		}
		rc = hash_level(nodes, n, e);
		n /= 2;
		memcpy(pad[1], pad[0], MUN_TREE_HASH);
		if (!rc)
			rc = hash_level(pad, 2, e);
	}
	return rc;
}

int mun_tree_root(const struct mun_tree *t, uint8_t out[static MUN_TREE_HASH],
		  struct mun_err *e)
{
	uint8_t(*nodes)[MUN_TREE_HASH];
	size_t n = (size_t)t->npieces;
	int rc;

	if (t->npieces != mun_tree_npieces(t->bytes) || (n > 1 && !t->pieces))
		return mun_fail(e, MUN_EINVAL,
				"a piece layer of %llu for %llu bytes",
				(unsigned long long)t->npieces,
				(unsigned long long)t->bytes);
	if (!n)
		memset(out, 0, MUN_TREE_HASH);
	if (n == 1)
		memmove(out, t->pieces ? t->pieces[0] : t->root, MUN_TREE_HASH);
	if (n <= 1)
		return 0;
	nodes = reallocarray(NULL, n + 1, MUN_TREE_HASH);
	if (!nodes)
		return mun_fail_nomem(e, "piece layer");
	memcpy(nodes, t->pieces, n * MUN_TREE_HASH);
	rc = root_above(nodes, n, e);
	if (!rc)
		memcpy(out, nodes[0], MUN_TREE_HASH);
	free(nodes);
	return rc;
}

/* A whole piece hashes the same in a file of any size, so only the last one
 * has to wait for the end of the stream. */
struct mun_tree_builder {
	struct mun_tree tree;
	uint64_t room; /* in tree.pieces */
	uint8_t *part; /* an unfinished piece; NULL until one came in parts */
	size_t part_len;
};

int mun_tree_builder_new(struct mun_tree_builder **out, struct mun_err *e)
{
	const EVP_MD *md;
	int rc;

	rc = mun_digest_evp(MUN_SHA256, &md, e);
	if (rc)
		return rc;
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : mun_fail_nomem(e, "tree builder");
}

static int add_piece(struct mun_tree_builder *b, const void *data, size_t len,
		     struct mun_err *e)
{
	struct mun_tree *t = &b->tree;

	if (t->npieces == b->room) {
		uint64_t room = b->room ? 2 * b->room : 1;
		void *p = reallocarray(t->pieces, (size_t)room, MUN_TREE_HASH);

		if (!p)
			return mun_fail_nomem(e, "piece layer");
		t->pieces = p;
		b->room = room;
	}
	return mun_tree_piece(data, len, t->bytes, t->pieces[t->npieces++], e);
}

/* Collect until a piece is whole; *@used is how much of @data was taken. */
static int add_part(struct mun_tree_builder *b, const uint8_t *data, size_t len,
		    size_t *used, struct mun_err *e)
{
	*used = MUN_MIN(len, MUN_TREE_PIECE - b->part_len);
	if (!b->part)
		b->part = malloc(MUN_TREE_PIECE);
	if (!b->part)
		return mun_fail_nomem(e, "piece");
	memcpy(b->part + b->part_len, data, *used);
	b->part_len += *used;
	if (b->part_len < MUN_TREE_PIECE)
		return 0;
	b->part_len = 0;
	return add_piece(b, b->part, MUN_TREE_PIECE, e);
}

int mun_tree_builder_update(struct mun_tree_builder *b, const void *data,
			    size_t len, struct mun_err *e)
{
	const uint8_t *p = data;
	size_t used;
	int rc = 0;

	if (ckd_add(&b->tree.bytes, b->tree.bytes, len))
		return mun_fail(e, MUN_EINVAL, "more than 2^64 bytes");
	for (; !rc && len; p += used, len -= used) {
		used = MUN_TREE_PIECE;
		if (!b->part_len && len >= MUN_TREE_PIECE)
			rc = add_piece(b, p, MUN_TREE_PIECE, e);
		else
			rc = add_part(b, p, len, &used, e);
	}
	return rc;
}

int mun_tree_builder_final(struct mun_tree_builder *b, struct mun_tree *out,
			   struct mun_err *e)
{
	int rc = 0;

	if (b->part_len)
		rc = add_piece(b, b->part, b->part_len, e);
	b->part_len = 0;
	if (!rc)
		rc = mun_tree_root(&b->tree, b->tree.root, e);
	if (rc)
		return rc;
	*out = b->tree;
	b->tree = (struct mun_tree){ 0 };
	return 0;
}

void mun_tree_builder_free(struct mun_tree_builder *b)
{
	if (!b)
		return;
	free(b->tree.pieces);
	free(b->part);
	free(b);
}
