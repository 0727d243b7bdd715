/* SPDX-License-Identifier: Apache-2.0 */
/* audit/repair_file.c - pieces of a damaged file, from itself and from copies */
#include "audit/repair_file.h"

#include <string.h>

#include "core/check.h"

/* What a disk reads at once: so much is lost around a bad place at most. */
#define READ_STEP ((size_t)4096)

size_t mun_repair_piece_bytes(const struct mun_repair_file *x, uint64_t n)
{
	uint64_t off = n * MUN_TREE_PIECE;

	return (size_t)MUN_MIN(x->f->tree.bytes - off,
			       (uint64_t)MUN_TREE_PIECE);
}

int mun_repair_is_piece(struct mun_repair_file *x, uint64_t n, bool *yes,
			struct mun_err *e)
{
	const struct mun_tree *t = &x->f->tree;
	const uint8_t *want = t->npieces > 1 ? t->pieces[n] : t->root;
	uint8_t hash[MUN_TREE_HASH];
	int rc = mun_tree_piece(x->buf, mun_repair_piece_bytes(x, n), t->bytes,
				hash, e);

	*yes = !rc && !memcmp(hash, want, sizeof(hash));
	return rc;
}

void mun_repair_read_old(struct mun_repair_file *x, uint64_t n)
{
	const size_t len = mun_repair_piece_bytes(x, n);
	const uint64_t off = n * MUN_TREE_PIECE;

	memset(x->buf, 0, len);
	for (size_t at = 0; x->old && at < len; at += READ_STEP) {
		size_t part = MUN_MIN(len - at, READ_STEP);
		struct mun_err why;

		if (off + at >= x->old->size)
			return;
		part = (size_t)MUN_MIN((uint64_t)part, x->old->size - off - at);
		if (mun_source_pread(x->old, x->buf + at, part, off + at, &why))
			memset(x->buf + at, 0, part);
	}
}

/* Piece @n as @src has it; *@yes: it is the right one and in @x->buf. */
static int try_source(struct mun_repair_file *x, struct mun_source *src,
		      uint64_t n, bool *yes, struct mun_err *e)
{
	const size_t len = mun_repair_piece_bytes(x, n);
	const uint64_t off = n * MUN_TREE_PIECE;
	struct mun_err why;

	*yes = false;
	if (!src || off > src->size || len > src->size - off)
		return 0;
	if (mun_source_pread(src, x->buf, len, off, &why)) {
		if (why.code == MUN_ECANCELLED || why.code == MUN_ENOMEM) {
			*e = why;
			return why.code;
		}
		return 0;
	}
	return mun_repair_is_piece(x, n, yes, e);
}

/* Opened when first needed; what cannot be opened is not asked again. */
static struct mun_source *source_of(struct mun_repair_file *x, size_t i)
{
	const struct mun_holding *h = &x->k->holdings->of[i];
	struct mun_err why;

	if (x->from[i] || h == x->h || !h->place)
		return x->from[i];
	if (mun_holding_open_file(h, x->urn, x->f->path, MUN_READ_ONCE,
				  &x->from[i], &why))
		x->from[i] = NULL;
	return x->from[i];
}

static int keep(struct mun_repair_file *x, uint64_t n, uint32_t origin,
		struct mun_err *e)
{
	int rc = 0;

	if (x->mend)
		rc = mun_mend_write(x->mend, x->buf,
				    mun_repair_piece_bytes(x, n),
				    n * MUN_TREE_PIECE, e);
	if (!rc) {
		x->origin[n] = origin;
		x->left--;
	}
	return rc;
}

static int find_piece(struct mun_repair_file *x, uint64_t n, struct mun_err *e)
{
	bool yes;
	int rc = try_source(x, x->old, n, &yes, e);

	if (rc || yes)
		return rc ? rc : keep(x, n, MUN_ORIGIN_OLD, e);
	for (size_t i = 0; i < x->k->holdings->n; i++) {
		rc = try_source(x, source_of(x, i), n, &yes, e);
		if (rc || yes)
			return rc ? rc
				  : keep(x, n, MUN_ORIGIN_STORE + (uint32_t)i,
					 e);
	}
	return 0;
}

int mun_repair_from_copies(struct mun_repair_file *x, struct mun_err *e)
{
	int rc = 0;

	for (uint64_t n = 0; n < x->npieces && !rc; n++) {
		rc = mun_cancel_check(e);
		if (!rc)
			rc = find_piece(x, n, e);
		mun_progress_tell(x->k->progress, "repairing",
				  n * MUN_TREE_PIECE, x->f->tree.bytes, 0);
	}
	return rc;
}
