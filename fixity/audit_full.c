/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_full.c - a file of an audit with its digests, in one reading */
#include "fixity/audit_full.h"

#include "core/check.h"
#include "core/pipeline.h"
#include "core/str.h"
#include "fixity/hashpass.h"
#include "fixity/verify.h"

#define NBLOCKS 4u /* MiB between the reader and the slowest digest */

struct full {
	struct mun_audit_queue *q;
	struct mun_audit_check *c;
	uint64_t bytes; /* that were read for the digests */
};

static int pace(struct mun_audit_queue *q, uint64_t bytes, struct mun_err *e)
{
	if (mun_audit_queue_pace(q, bytes) && !mun_audit_queue_stopping(q))
		return 0;
	return mun_fail(e, MUN_ECANCELLED, "the audit is to end");
}

/* The pieces that are left, one by one; what pieces() did not come to. */
static int verify_rest(struct full *f, struct mun_err *e)
{
	mun_autofree void *buf = mun_verify_buffer();
	struct mun_audit_check *c = f->c;
	int rc = buf ? 0 : mun_fail_nomem(e, "buffer");

	while (!rc && c->next_piece < c->end_piece) {
		const uint64_t piece = c->next_piece;
		const size_t n = mun_verify_piece_bytes(c->tree.bytes, piece);
		struct mun_audit_bad bad;

		rc = pace(f->q, n, e);
		if (!rc)
			rc = mun_audit_check_piece(c, piece, buf, &bad, e);
		if (!rc) {
			c->next_piece++;
			mun_audit_queue_told(f->q, c, bad.was_read ? n : 0, n);
			if (bad.outcome != MUN_OUTCOME_INTACT)
				rc = mun_audit_check_keep(c, &bad, e);
		}
	}
	return rc;
}

/* What cannot be read ends the stream: the pieces from there on are judged one
 * by one. */
static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct full *f = ctx;
	struct mun_audit_check *c = f->c;
	struct mun_err why;
	int rc;

	b->len = 0;
	if (b->off == c->tree.bytes)
		return 0;
	b->len = mun_verify_piece_bytes(c->tree.bytes, b->off / MUN_TREE_PIECE);
	rc = pace(f->q, b->len, e);
	if (rc)
		return rc;
	if (mun_source_pread(c->src, b->data, b->len, b->off, &why))
		b->len = 0;
	f->bytes += b->len;
	return 0;
}

static int pieces(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct full *f = ctx;
	struct mun_audit_check *c = f->c;
	struct mun_audit_bad bad;
	int rc;

	rc = mun_audit_check_bytes(c, b->off / MUN_TREE_PIECE, b->data, &bad,
				   e);
	if (rc)
		return rc;
	c->next_piece++;
	mun_audit_queue_told(f->q, c, b->len, b->len);
	if (bad.outcome != MUN_OUTCOME_INTACT)
		rc = mun_audit_check_keep(c, &bad, e);
	return rc;
}

static unsigned int algs_of(const struct mun_digests *d)
{
	unsigned int algs = 0;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (d->of[i].len)
			algs |= MUN_DIGEST_BIT(i);
	}
	return algs;
}

static int compare(struct mun_audit_check *c, const struct mun_digests *want,
		   const struct mun_digests *got, struct mun_err *e)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < MUN_DIGEST_N; i++) {
		if (want->of[i].len &&
		    !mun_digest_equal(&want->of[i], &got->of[i]))
			rc = mun_audit_check_digest(c, (enum mun_digest_alg)i,
						    &want->of[i], &got->of[i],
						    e);
	}
	return rc;
}

int mun_audit_full(struct mun_audit_queue *q, struct mun_audit_check *c,
		   struct mun_err *e)
{
	const struct mun_digests *want = &c->item->files[c->file].digests;
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 1];
	struct full f = { .q = q, .c = c };
	mun_auto(hash_stages) *h = NULL;
	struct mun_digests got;
	size_t n = 0;
	int rc;

	if (c->src->size != c->tree.bytes || !algs_of(want))
		return verify_rest(&f, e);
	rc = mun_hash_stages_new(algs_of(want), false, stages, &n, &h, e);
	if (rc)
		return rc;
	stages[n++] = (struct mun_stage){ .name = "pieces",
					  .take = pieces,
					  .ctx = &f };
	rc = mun_pipe_run(fill, &f, stages, n, MUN_TREE_PIECE, NBLOCKS, e);
	if (rc)
		return rc;
	if (f.bytes < c->tree.bytes)
		return verify_rest(&f, e);
	rc = mun_hash_stages_final(h, &got, NULL, e);
	return rc ? rc : compare(c, want, &got, e);
}
