/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/content.c - reading stored files so that damage cannot pass as data */
#include "ingest/content.h"

#include "core/check.h"
#include "ingest/session.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

/* Threads that decode a container read in as many places of it. */
#define PIECES 8u

struct proved {
	uint8_t *bytes; /* a piece that was read and proved, or NULL */
	uint64_t number; /* its number, or UINT64_MAX */
	uint64_t used; /* when, in reads */
};

struct verified {
	struct mun_source source;
	struct mun_source *from;
	const struct mun_rec_file *file;
	pthread_mutex_t lock; /* of all that follows */
	struct proved piece[PIECES];
	uint64_t reads;
	mun_content_lost_fn *lost; /* NULL: what is damaged is not given */
	void *ctx;
	bool *told; /* of each piece: it is lost, and that was said */
};

static int read_piece(struct verified *v, uint8_t *to, size_t len, uint64_t off,
		      struct mun_err *e)
{
	if (off + len > v->from->size)
		return mun_fail(e, MUN_EFIXITY, "'%s' ends at byte %" PRIu64,
				v->file->path, v->from->size);
	return mun_source_pread(v->from, to, len, off, e);
}

static int prove(struct verified *v, uint8_t *to, uint64_t number,
		 struct mun_err *e)
{
	const struct mun_tree *t = &v->file->tree;
	uint64_t off = number * MUN_TREE_PIECE;
	size_t len = (size_t)MUN_MIN(t->bytes - off, (uint64_t)MUN_TREE_PIECE);
	const uint8_t *want = t->npieces > 1 ? t->pieces[number] : t->root;
	uint8_t hash[MUN_TREE_HASH];
	int rc = read_piece(v, to, len, off, e);

	if (!rc)
		rc = mun_tree_piece(to, len, t->bytes, hash, e);
	if (!rc && memcmp(hash, want, sizeof(hash)) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "'%s' is damaged in the %zu bytes at offset "
			      "%" PRIu64 "; run muniment audit",
			      v->file->path, len, off);
	/* Damage is given up piece by piece; a store that is away is not. */
	if (v->lost && (rc == MUN_EFIXITY || rc == MUN_EIO)) {
		if (!v->told[number])
			v->lost(v->ctx, off, len, e);
		v->told[number] = true;
		memset(to, 0, len);
		rc = 0;
	}
	return rc;
}

/* The one that has it; or the one that was not used for longest. */
static struct proved *place_for(struct verified *v, uint64_t number)
{
	struct proved *oldest = &v->piece[0];

	for (size_t i = 0; i < PIECES; i++) {
		struct proved *p = &v->piece[i];

		if (p->bytes && p->number == number)
			return p;
		if (!p->bytes || p->used < oldest->used)
			oldest = p;
		if (!p->bytes)
			break;
	}
	return oldest;
}

static int load(struct verified *v, uint64_t number, struct proved **out,
		struct mun_err *e)
{
	struct proved *p = place_for(v, number);
	int rc;

	*out = p;
	p->used = ++v->reads;
	if (p->bytes && p->number == number)
		return 0;
	if (!p->bytes &&
	    posix_memalign((void **)&p->bytes, MUN_IO_ALIGN, MUN_TREE_PIECE)) {
		p->bytes = NULL;
		return mun_fail_nomem(e, "piece");
	}
	p->number = UINT64_MAX;
	rc = prove(v, p->bytes, number, e);
	if (!rc)
		p->number = number;
	return rc;
}

/* What is copied is what was proved: nobody else has the piece meanwhile. */
static int copy_out(struct verified *v, uint8_t *to, size_t len, uint64_t off,
		    struct mun_err *e)
{
	struct proved *p;
	int rc;

	pthread_mutex_lock(&v->lock);
	rc = load(v, off / MUN_TREE_PIECE, &p, e);
	if (!rc)
		memcpy(to, p->bytes + off % MUN_TREE_PIECE, len);
	pthread_mutex_unlock(&v->lock);
	return rc;
}

static int pread_verified(struct mun_source *s, void *buf, size_t len,
			  uint64_t off, struct mun_err *e)
{
	struct verified *v = (struct verified *)s;
	uint8_t *to = buf;

	while (len) {
		size_t at = (size_t)(off % MUN_TREE_PIECE);
		size_t n = MUN_MIN(len, MUN_TREE_PIECE - at);
		int rc = copy_out(v, to, n, off, e);

		if (rc)
			return rc;
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

static void close_verified(struct mun_source *s)
{
	struct verified *v = (struct verified *)s;

	mun_source_close(v->from);
	for (size_t i = 0; i < PIECES; i++)
		free(v->piece[i].bytes);
	free(v->told);
	(void)pthread_mutex_destroy(&v->lock);
	free(v);
}

static const struct mun_source_ops verified_ops = {
	.pread = pread_verified,
	.close = close_verified,
};

static int open_file(const struct mun_store *s, const struct mun_record *r,
		     const struct mun_rec_file *f, bool any_size,
		     struct mun_source **out, struct mun_err *e)
{
	char urn[MUN_URN_LEN];
	mun_auto(source) *src = NULL;
	int rc;

	mun_object_urn(r->id, urn);
	rc = mun_store_open_file(s, urn, f->path, MUN_READ_CACHED, &src, e);
	if (rc)
		return rc;
	if ((src->size != f->bytes && !any_size) || f->tree.bytes != f->bytes)
		return mun_fail(e, MUN_EFIXITY,
				"'%s' has %" PRIu64 " bytes, not %" PRIu64
				"; run muniment audit",
				f->path, src->size, f->bytes);
	*out = mun_steal(&src);
	return 0;
}

int mun_content_rest(const struct mun_store *s, const struct mun_record *r,
		     const char *path, mun_content_lost_fn *lost, void *ctx,
		     struct mun_source **out, struct mun_err *e)
{
	const struct mun_rec_file *f = mun_record_file(r, path);
	mun_auto(source) *src = NULL;
	struct verified *v;
	int rc;

	if (!f)
		return mun_fail(e, MUN_ENOENT, "object '%s' has no file '%s'",
				r->id, path);
	rc = open_file(s, r, f, lost != NULL, &src, e);
	if (rc)
		return rc;
	if (f->tree.npieces > 1 && !f->tree.pieces)
		return mun_fail(e, MUN_ECORRUPT, "no piece layer of '%s'",
				path);
	v = calloc(1, sizeof(*v));
	if (v && lost)
		v->told =
			calloc(f->bytes / MUN_TREE_PIECE + 1, sizeof(*v->told));
	if (!v || (lost && !v->told)) {
		free(v);
		return mun_fail_nomem(e, "verified file");
	}
	(void)pthread_mutex_init(&v->lock, NULL);
	v->source.ops = &verified_ops;
	v->source.size = f->bytes;
	v->from = mun_steal(&src);
	v->file = f;
	v->lost = lost;
	v->ctx = ctx;
	*out = &v->source;
	return 0;
}

int mun_content_file(const struct mun_store *s, const struct mun_record *r,
		     const char *path, struct mun_source **out,
		     struct mun_err *e)
{
	return mun_content_rest(s, r, path, NULL, NULL, out, e);
}
