/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/merkle.c - the Merkle tree of an append-only log (RFC 6962, 2.1) */
#include "fixity/merkle.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "fixity/digest_evp.h"

/* One context for each thread: making one costs more than hashing a node. */
static pthread_key_t ctx_key;
static pthread_once_t ctx_once = PTHREAD_ONCE_INIT;
static int ctx_err;

static void free_ctx(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void make_key(void)
{
	ctx_err = pthread_key_create(&ctx_key, free_ctx);
}

/* This thread's context, ready to hash; NULL: @e says why. */
static EVP_MD_CTX *begin(struct mun_err *e)
{
	const EVP_MD *md;
	EVP_MD_CTX *ctx;

	if (mun_digest_evp(MUN_SHA256, &md, e))
		return NULL;
	(void)pthread_once(&ctx_once, make_key);
	if (ctx_err) {
		(void)mun_fail_sys(e, ctx_err, "keep a digest context");
		return NULL;
	}
	ctx = pthread_getspecific(ctx_key);
	if (!ctx) {
		ctx = EVP_MD_CTX_new();
		if (!ctx || pthread_setspecific(ctx_key, ctx)) {
			EVP_MD_CTX_free(ctx);
			(void)mun_fail_nomem(e, "digest context");
			return NULL;
		}
	}
	if (EVP_DigestInit_ex2(ctx, md, NULL) == 1)
		return ctx;
	(void)mun_fail(e, MUN_EUNSUPPORTED, "OpenSSL refuses SHA-256");
	return NULL;
}

/* H(prefix || a || b); without a prefix where it is NULL. */
static int hash(const uint8_t *prefix, const void *a, size_t a_len,
		const void *b, size_t b_len,
		uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	EVP_MD_CTX *ctx = begin(e);

	if (!ctx)
		return e->code;
	if ((prefix && EVP_DigestUpdate(ctx, prefix, 1) != 1) ||
	    EVP_DigestUpdate(ctx, a, a_len) != 1 ||
	    EVP_DigestUpdate(ctx, b, b_len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"OpenSSL failed in SHA-256");
	return 0;
}

int mun_merkle_leaf(const void *data, size_t len,
		    uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	static const uint8_t prefix = 0x00;

	return hash(&prefix, data, len, "", 0, out, e);
}

int mun_merkle_node(const uint8_t left[static MUN_MERKLE_HASH],
		    const uint8_t right[static MUN_MERKLE_HASH],
		    uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	static const uint8_t prefix = 0x01;

	return hash(&prefix, left, MUN_MERKLE_HASH, right, MUN_MERKLE_HASH, out,
		    e);
}

int mun_merkle_add_subtree(struct mun_merkle *t, unsigned int level,
			   const uint8_t root[static MUN_MERKLE_HASH],
			   struct mun_err *e)
{
	uint8_t h[MUN_MERKLE_HASH];
	unsigned int at = level;
	int rc;

	if (level >= MUN_MERKLE_DEPTH || t->size & ((UINT64_C(1) << level) - 1))
		return mun_fail(e, MUN_EINVAL,
				"a subtree of 2^%u leaves after %" PRIu64,
				level, t->size);
	if (t->size > UINT64_MAX - (UINT64_C(1) << level))
		return mun_fail(e, MUN_EINVAL, "the tree is full");
	memcpy(h, root, sizeof(h));
	/* Nodes below the first clear bit leave the frontier: until size says
	 * so, nobody sees that they have been used. */
	for (; t->size >> at & 1; at++) {
		rc = mun_merkle_node(t->node[at], h, h, e);
		if (rc)
			return rc;
	}
	memcpy(t->node[at], h, sizeof(h));
	t->size += UINT64_C(1) << level;
	return 0;
}

int mun_merkle_add(struct mun_merkle *t,
		   const uint8_t leaf[static MUN_MERKLE_HASH],
		   struct mun_err *e)
{
	return mun_merkle_add_subtree(t, 0, leaf, e);
}

int mun_merkle_root(const struct mun_merkle *t,
		    uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	bool first = true;

	if (!t->size)
		return hash(NULL, "", 0, "", 0, out, e);
	for (unsigned int i = 0; i < MUN_MERKLE_DEPTH; i++) {
		int rc = 0;

		if (!(t->size >> i & 1))
			continue;
		if (first)
			memcpy(out, t->node[i], MUN_MERKLE_HASH);
		else
			rc = mun_merkle_node(t->node[i], out, out, e);
		if (rc)
			return rc;
		first = false;
	}
	return 0;
}

static int differs(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_EFIXITY, "%s", what);
}

/* RFC 9162, 2.1.3.2: fn is the node's number on its level, sn the last one's. */
int mun_merkle_check_inclusion(const uint8_t leaf[static MUN_MERKLE_HASH],
			       uint64_t index, uint64_t size,
			       const struct mun_merkle_proof *p,
			       const uint8_t root[static MUN_MERKLE_HASH],
			       struct mun_err *e)
{
	uint8_t r[MUN_MERKLE_HASH];
	uint64_t fn = index;
	uint64_t sn = size - 1;

	if (index >= size)
		return mun_fail(e, MUN_EINVAL,
				"leaf %" PRIu64 " of a tree of %" PRIu64, index,
				size);
	memcpy(r, leaf, sizeof(r));
	for (size_t i = 0; i < p->n; i++) {
		bool from_left = fn & 1 || fn == sn;
		int rc;

		if (!sn)
			return differs("the inclusion proof is too long", e);
		rc = from_left ? mun_merkle_node(p->hash[i], r, r, e)
			       : mun_merkle_node(r, p->hash[i], r, e);
		if (rc)
			return rc;
		for (; from_left && fn && !(fn & 1); fn >>= 1)
			sn >>= 1;
		fn >>= 1;
		sn >>= 1;
	}
	if (sn)
		return differs("the inclusion proof is too short", e);
	if (memcmp(r, root, sizeof(r)) != 0)
		return differs("the inclusion proof leads to another root", e);
	return 0;
}

/* Both roots, as the proof leads to them; @first is the smaller tree's subtree
 * that the walk begins with (RFC 9162, 2.1.4.2, steps 3 to 7). */
static int walk(uint64_t fn, uint64_t sn, const uint8_t *first,
		const uint8_t (*next)[MUN_MERKLE_HASH], size_t n,
		uint8_t fr[static MUN_MERKLE_HASH],
		uint8_t sr[static MUN_MERKLE_HASH], struct mun_err *e)
{
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	memcpy(fr, first, MUN_MERKLE_HASH);
	memcpy(sr, first, MUN_MERKLE_HASH);
	for (size_t i = 0; i < n; i++) {
		bool from_left = fn & 1 || fn == sn;
		int rc = 0;

		if (!sn)
			return differs("the consistency proof is too long", e);
		if (from_left)
			rc = mun_merkle_node(next[i], fr, fr, e);
		if (!rc)
			rc = from_left ? mun_merkle_node(next[i], sr, sr, e)
				       : mun_merkle_node(sr, next[i], sr, e);
		if (rc)
			return rc;
		for (; from_left && fn && !(fn & 1); fn >>= 1)
			sn >>= 1;
		fn >>= 1;
		sn >>= 1;
	}
	return sn ? differs("the consistency proof is too short", e) : 0;
}

int mun_merkle_check_consistency(uint64_t size1, uint64_t size2,
				 const struct mun_merkle_proof *p,
				 const uint8_t root1[static MUN_MERKLE_HASH],
				 const uint8_t root2[static MUN_MERKLE_HASH],
				 struct mun_err *e)
{
	/* A perfect tree is a node of the larger one, and is not repeated. */
	bool perfect = !(size1 & (size1 - 1));
	size_t skip = perfect ? 0 : 1;
	uint8_t fr[MUN_MERKLE_HASH];
	uint8_t sr[MUN_MERKLE_HASH];
	int rc;

	if (!size1 || size1 > size2)
		return mun_fail(e, MUN_EINVAL,
				"a tree of %" PRIu64 " in one of %" PRIu64,
				size1, size2);
	if (size1 == size2) {
		if (p->n)
			return differs("the consistency proof is too long", e);
		return memcmp(root1, root2, MUN_MERKLE_HASH) != 0
			       ? differs("trees of one size, two roots", e)
			       : 0;
	}
	if (!p->n)
		return differs("the consistency proof is empty", e);
	rc = walk(size1 - 1, size2 - 1, perfect ? root1 : p->hash[0],
		  p->hash + skip, p->n - skip, fr, sr, e);
	if (rc)
		return rc;
	if (memcmp(fr, root1, sizeof(fr)) != 0)
		return differs("the consistency proof is of another old tree",
			       e);
	if (memcmp(sr, root2, sizeof(sr)) != 0)
		return differs("the consistency proof is of another new tree",
			       e);
	return 0;
}
