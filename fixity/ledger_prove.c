/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/ledger_prove.c - inclusion and consistency proofs (RFC 6962, 2.1)
 *
 * Roots of whole segments and of their perfect subtrees come out of digest
 * files, so that a proof reads the lines of two segments at most, however long
 * the ledger is.
 */
#include "fixity/ledger_int.h"

#include <inttypes.h>
#include <string.h>

/* Leaves of one segment. */
struct leaves {
	bool known;
	uint64_t segment;
	uint64_t n;
	uint8_t (*hash)[MUN_MERKLE_HASH];
};

struct prover {
	const struct mun_ledger *l;
	struct leaves cache[2]; /* the leaf's segment, and the tree's last */
	unsigned int next; /* cache to fill */
};

static int fill_leaf(void *ctx, uint64_t seq, const char *entry, size_t len,
		     struct mun_err *e)
{
	struct leaves *c = ctx;

	(void)seq;
	return mun_merkle_leaf(entry, len, c->hash[c->n++], e);
}

/* Those of @segment, the prover's; NULL: @e says why. */
static struct leaves *leaves_of(struct prover *p, uint64_t segment,
				struct mun_err *e)
{
	uint64_t first = segment * MUN_LEDGER_SEGMENT;
	uint64_t end = first + MUN_LEDGER_SEGMENT;
	struct leaves *c;

	for (size_t i = 0; i < 2; i++) {
		if (p->cache[i].known && p->cache[i].segment == segment)
			return &p->cache[i];
	}
	c = &p->cache[p->next++ % 2];
	c->known = false;
	c->n = 0;
	if (!c->hash)
		c->hash = calloc(MUN_LEDGER_SEGMENT, MUN_MERKLE_HASH);
	if (!c->hash) {
		(void)mun_fail_nomem(e, "leaves");
		return NULL;
	}
	if (end > p->l->tree.size)
		end = p->l->tree.size;
	if (mun_ledger_read(p->l, first, end, fill_leaf, c, e))
		return NULL;
	c->segment = segment;
	c->known = true;
	return c;
}

/* @n leaves from @lo on, all in one segment. */
static int root_of_leaves(struct prover *p, uint64_t lo, uint64_t n,
			  uint8_t out[static MUN_MERKLE_HASH],
			  struct mun_err *e)
{
	uint64_t at = lo % MUN_LEDGER_SEGMENT;
	struct mun_merkle t = { 0 };
	struct leaves *c = leaves_of(p, lo / MUN_LEDGER_SEGMENT, e);
	int rc = 0;

	if (!c)
		return e->code;
	for (uint64_t i = at; !rc && i < at + n; i++)
		rc = mun_merkle_add(&t, c->hash[i], e);
	return rc ? rc : mun_merkle_root(&t, out, e);
}

/*
 * The root of the 2^@level segments from @first on.  The frontier behind them
 * has it where they are a left child; a right child is merged away there, and
 * is put together of its halves, of which the left one is a left child.
 */
static int root_of_segments(struct prover *p, uint64_t first,
			    unsigned int level,
			    uint8_t out[static MUN_MERKLE_HASH],
			    struct mun_err *e)
{
	uint64_t half = (UINT64_C(1) << level) / 2;
	bool left = !(first >> level & 1);
	uint8_t right[MUN_MERKLE_HASH];
	struct mun_ledger_segment s;
	int rc = MUN_ENOENT;

	if (left || !level) {
		rc = mun_ledger_segment_load(
			p->l->dir, first + (UINT64_C(1) << level) - 1, &s, e);
		if (!rc)
			memcpy(out,
			       level ? s.after.node[MUN_LEDGER_LEVEL + level]
				     : s.root,
			       MUN_MERKLE_HASH);
	}
	/* The newest segment can be full and not yet have its file. */
	if (rc != MUN_ENOENT)
		return rc;
	if (!level)
		return root_of_leaves(p, first * MUN_LEDGER_SEGMENT,
				      MUN_LEDGER_SEGMENT, out, e);
	rc = root_of_segments(p, first, level - 1, out, e);
	if (!rc)
		rc = root_of_segments(p, first + half, level - 1, right, e);
	return rc ? rc : mun_merkle_node(out, right, out, e);
}

/* The largest power of two below @n > 1, and its logarithm. */
static uint64_t split(uint64_t n, unsigned int *level)
{
	*level = 63 - (unsigned int)__builtin_clzll(n - 1);
	return UINT64_C(1) << *level;
}

/* MTH(D[lo:lo+n]); lo is a multiple of a power of two that is not below n. */
static int root_of(struct prover *p, uint64_t lo, uint64_t n,
		   uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	uint8_t right[MUN_MERKLE_HASH];
	unsigned int level;
	uint64_t k;
	int rc;

	if (n < MUN_LEDGER_SEGMENT)
		return root_of_leaves(p, lo, n, out, e);
	if (!(n & (n - 1)))
		return root_of_segments(p, lo / MUN_LEDGER_SEGMENT,
					(unsigned int)__builtin_ctzll(n) -
						MUN_LEDGER_LEVEL,
					out, e);
	k = split(n, &level);
	rc = root_of(p, lo, k, out, e);
	if (!rc)
		rc = root_of(p, lo + k, n - k, right, e);
	return rc ? rc : mun_merkle_node(out, right, out, e);
}

/* PATH(m, D[lo:lo+n]), 2.1.1, from the root down: turned round at the end. */
static int path(struct prover *p, uint64_t m, uint64_t n,
		struct mun_merkle_proof *out, struct mun_err *e)
{
	uint64_t lo = 0;
	int rc = 0;

	while (!rc && n > 1) {
		unsigned int level;
		uint64_t k = split(n, &level);

		if (m < k) {
			rc = root_of(p, lo + k, n - k, out->hash[out->n++], e);
			n = k;
		} else {
			rc = root_of(p, lo, k, out->hash[out->n++], e);
			m -= k;
			lo += k;
			n -= k;
		}
	}
	return rc;
}

/* PROOF(m, D[lo:lo+n]), 2.1.2, likewise. */
static int subproof(struct prover *p, uint64_t m, uint64_t n,
		    struct mun_merkle_proof *out, struct mun_err *e)
{
	bool known = true; /* the subtree is the old tree itself */
	uint64_t lo = 0;
	int rc = 0;

	while (!rc && m != n) {
		unsigned int level;
		uint64_t k = split(n, &level);

		if (m <= k) {
			rc = root_of(p, lo + k, n - k, out->hash[out->n++], e);
			n = k;
		} else {
			rc = root_of(p, lo, k, out->hash[out->n++], e);
			known = false;
			m -= k;
			lo += k;
			n -= k;
		}
	}
	if (!rc && !known)
		rc = root_of(p, lo, n, out->hash[out->n++], e);
	return rc;
}

static void reverse(struct mun_merkle_proof *p)
{
	for (size_t i = 0; i < p->n / 2; i++) {
		uint8_t t[MUN_MERKLE_HASH];

		memcpy(t, p->hash[i], sizeof(t));
		memcpy(p->hash[i], p->hash[p->n - 1 - i], sizeof(t));
		memcpy(p->hash[p->n - 1 - i], t, sizeof(t));
	}
}

static void prover_free(struct prover *p)
{
	free(p->cache[0].hash);
	free(p->cache[1].hash);
}

int mun_ledger_prove(const struct mun_ledger *l, uint64_t seq, uint64_t size,
		     struct mun_merkle_proof *out, struct mun_err *e)
{
	struct prover p = { .l = l };
	int rc;

	if (seq >= size || size > l->tree.size)
		return mun_fail(e, MUN_EINVAL,
				"entry %" PRIu64 " of %" PRIu64
				" in a ledger of %" PRIu64,
				seq, size, l->tree.size);
	out->n = 0;
	rc = path(&p, seq, size, out, e);
	prover_free(&p);
	reverse(out);
	return rc ? mun_ctx(e, "prove entry %" PRIu64, seq) : 0;
}

int mun_ledger_prove_consistency(const struct mun_ledger *l, uint64_t size1,
				 uint64_t size2, struct mun_merkle_proof *out,
				 struct mun_err *e)
{
	struct prover p = { .l = l };
	int rc;

	if (!size1 || size1 > size2 || size2 > l->tree.size)
		return mun_fail(e, MUN_EINVAL,
				"%" PRIu64 " and %" PRIu64
				" entries in a ledger of %" PRIu64,
				size1, size2, l->tree.size);
	out->n = 0;
	rc = subproof(&p, size1, size2, out, e);
	prover_free(&p);
	reverse(out);
	return rc ? mun_ctx(e, "prove the entries up to %" PRIu64, size1) : 0;
}
