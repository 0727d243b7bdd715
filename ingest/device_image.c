/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/device_image.c - the image of a device: proved before, digested after */
#include "ingest/device_run.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 6
#define PIECE ((uint64_t)MUN_TREE_PIECE)

/* ---- prove ---- */

struct proving {
	struct mun_device_run *r;
	uint64_t piece; /* the next */
	bool whole; /* all before it */
};

static int prove_next(struct proving *p, uint8_t *buf, struct mun_err *e)
{
	struct mun_device_run *r = p->r;
	int rc = mun_cancel_check(e);

	if (!rc)
		rc = mun_spool_prove(r->spool, p->piece, buf, &r->a->map,
				     &p->whole, e);
	if (rc)
		return rc;
	if (r->ckpt.known[p->piece])
		memcpy(r->a->tree.pieces[p->piece], r->ckpt.hash[p->piece],
		       MUN_TREE_HASH);
	p->piece++;
	mun_progress_tell(r->a->progress, "proving",
			  MUN_MIN(p->piece * PIECE, r->size), r->size, 0);
	return 0;
}

/* As long as all of it is good the digests go along. */
static int fill_proved(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct proving *p = ctx;
	uint64_t left = p->r->size - b->off;
	int rc;

	b->len = 0;
	if (!left || !p->whole)
		return 0;
	rc = prove_next(p, b->data, e);
	if (!rc && p->whole)
		b->len = (size_t)MUN_MIN(left, PIECE);
	return rc;
}

int mun_device_prove(struct mun_device_run *r, struct mun_err *e)
{
	struct proving p = { .r = r, .whole = true };
	mun_autofree uint8_t *buf = NULL;
	int rc;

	r->a->map.status = r->ckpt.had.status;
	rc = mun_pipe_run(fill_proved, &p, r->stages, r->nhashes,
			  MUN_PIPE_BLOCK, BLOCKS, e);
	if (rc)
		return mun_ctx(e, "prove '%s'", r->a->image_path);
	r->hashed = MUN_MIN((p.whole ? p.piece : p.piece - 1) * PIECE, r->size);
	buf = aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
	if (!buf)
		return mun_fail_nomem(e, "megabyte");
	while (!rc && p.piece < mun_tree_npieces(r->size))
		rc = prove_next(&p, buf, e);
	r->a->resumed_bytes = mun_readmap_bytes(&r->a->map, MUN_READ_GOOD);
	return rc;
}

/* ---- complete ---- */

struct completing {
	struct mun_device_run *r;
	struct mun_source *image;
};

static int fill_rest(void *ctx, struct mun_block *b, struct mun_err *e)
{
	const struct completing *c = ctx;
	struct mun_device_run *r = c->r;
	uint64_t off = r->base + b->off;
	int rc;

	b->len = (size_t)MUN_MIN(r->size - off, PIECE);
	if (!b->len)
		return 0;
	rc = mun_source_pread(c->image, b->data, b->len, off, e);
	if (!rc)
		rc = mun_spool_finish(r->spool, off / PIECE, b->data,
				      &r->a->map, e);
	mun_progress_tell(r->a->progress, "digesting", off + b->len, r->size,
			  0);
	return rc;
}

/* The image has to hold what the medium gave, to the last bit. */
static int check_tree(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct mun_device_run *r = ctx;
	uint64_t piece = (r->base + b->off) / PIECE;
	uint8_t *hash = r->a->tree.pieces[piece];
	int rc = mun_tree_piece(b->data, b->len, r->size, hash, e);

	if (!rc && r->ckpt.known[piece] &&
	    memcmp(hash, r->ckpt.hash[piece], MUN_TREE_HASH) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "'%s' has other bytes at byte %" PRIu64
			      " than were written to it",
			      r->a->image_path, piece * PIECE);
	return rc;
}

static int complete(struct mun_device_run *r, struct mun_err *e)
{
	struct completing c = { .r = r };
	int rc = 0;

	if (r->hashed == r->size)
		return 0;
	rc = mun_spool_extend(r->spool, e);
	if (!rc)
		rc = mun_source_open_direct(r->a->image_path, &c.image, e);
	if (rc)
		return rc;
	r->base = r->hashed;
	r->stages[r->nhashes] = (struct mun_stage){ "tree", check_tree, r };
	rc = mun_pipe_run(fill_rest, &c, r->stages, r->nhashes + 1,
			  MUN_PIPE_BLOCK, BLOCKS, e);
	mun_source_close(c.image);
	return rc ? mun_ctx(e, "complete the digests") : 0;
}

int mun_device_complete(struct mun_device_run *r, struct mun_err *e)
{
	struct mun_acquire *a = r->a;
	bool streamed = r->hashed == r->size;
	int rc = complete(r, e);

	if (!rc)
		rc = mun_spool_close(r->spool, e);
	if (!rc && streamed && r->follower)
		rc = mun_readback_finish(r->follower, &a->tree, &a->proof, e);
	if (!rc)
		rc = mun_hash_stages_final(r->hashes, &a->digests, NULL, e);
	return rc ? rc : mun_tree_root(&a->tree, a->tree.root, e);
}
