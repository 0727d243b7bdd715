/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/verify.c - one source against its tree, in parallel */
#include "fixity/verify.h"

#include <pthread.h>
#include <sched.h>

#include "core/check.h"
#include "core/log.h"
#include "core/str.h"
#include "fixity/audit.h"

size_t mun_verify_piece_bytes(uint64_t file_bytes, uint64_t piece)
{
	const uint64_t rest = file_bytes - piece * MUN_TREE_PIECE;

	return (size_t)MUN_MIN(rest, (uint64_t)MUN_TREE_PIECE);
}

/* What the page cache has is hashed in parts of this, which stay in a core's
 * own cache between being read and being hashed. */
#define READY_PART (16 * MUN_TREE_LEAF)

/*
 * What is to come from a disk is asked for in one request, as large as the
 * piece is.
 */
int mun_verify_piece(struct mun_source *src, const struct mun_tree *tree,
		     uint64_t piece, void *buf,
		     uint8_t actual[static MUN_TREE_HASH], struct mun_err *e)
{
	const size_t len = mun_verify_piece_bytes(tree->bytes, piece);
	const uint64_t off = piece * MUN_TREE_PIECE;
	uint8_t nodes[MUN_TREE_LEAVES][MUN_TREE_HASH];
	size_t done = 0;
	int rc = 0;

	while (!rc && done < len) {
		size_t part = MUN_MIN(len - done, READY_PART);

		if (mun_source_pread_ready(src, buf, part, off + done) < part) {
			part = len - done;
			rc = mun_source_pread(src, buf, part, off + done, e);
		}
		if (!rc)
			rc = mun_tree_leaves(buf, part,
					     nodes + done / MUN_TREE_LEAF, e);
		done += part;
	}
	return rc ? rc : mun_tree_fold(nodes, len, tree->bytes, actual, e);
}

void *mun_verify_buffer(void)
{
	return aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
}

/* A disk answers many requests sooner than one after the other, and a thread
 * that waits for it costs nothing. */
#define THREADS_MIN 8u

unsigned int mun_verify_threads(unsigned int wanted)
{
	cpu_set_t set;
	int n = 1;

	if (wanted)
		return MUN_MIN(wanted, MUN_VERIFY_THREADS_MAX);
	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	n = MUN_MAX(n, (int)THREADS_MIN);
	return MUN_MIN((unsigned int)n, MUN_VERIFY_THREADS_MAX);
}

struct crew {
	void (*work)(void *ctx);
	void *ctx;
};

static void *join_in(void *arg)
{
	const struct crew *c = arg;

	c->work(c->ctx);
	return NULL;
}

void mun_verify_crew(unsigned int threads, void (*work)(void *ctx), void *ctx)
{
	struct crew c = { work, ctx };
	pthread_t others[MUN_VERIFY_THREADS_MAX];
	unsigned int n = 0;

	while (n + 1 < threads && n < MUN_VERIFY_THREADS_MAX &&
	       !pthread_create(&others[n], NULL, join_in, &c))
		n++;
	work(ctx);
	while (n)
		(void)pthread_join(others[--n], NULL);
}

/* One verification.  Under @lock: all that follows it. */
struct verify {
	struct mun_source *src;
	const struct mun_tree *tree;
	const char *phase;
	const struct mun_progress_to *progress;
	/* Without a usable layer the hashes are collected here instead of
	 * being compared one by one, and the root is compared at the end. */
	uint8_t (*found)[MUN_TREE_HASH];

	pthread_mutex_t lock;
	uint64_t next; /* piece to take */
	uint64_t done; /* bytes */
	struct mun_err err; /* of the lowest piece that failed */
	uint64_t err_piece;
};

static void fail(struct verify *v, uint64_t piece, const struct mun_err *err)
{
	pthread_mutex_lock(&v->lock);
	if (!v->err.code || piece < v->err_piece) {
		v->err = *err;
		v->err_piece = piece;
	}
	pthread_mutex_unlock(&v->lock);
}

/* Pieces are taken in ascending order and those at hand are ended, so the
 * difference that is told is the first of the source. */
static bool take(struct verify *v, uint64_t *piece)
{
	struct mun_err err;
	bool go;

	pthread_mutex_lock(&v->lock);
	go = !v->err.code && v->next < v->tree->npieces;
	if (go && mun_cancel_check(&err)) {
		v->err = err;
		v->err_piece = v->next;
		go = false;
	}
	if (go)
		*piece = v->next++;
	pthread_mutex_unlock(&v->lock);
	return go;
}

static void tell(struct verify *v, size_t bytes)
{
	pthread_mutex_lock(&v->lock);
	v->done += bytes;
	mun_progress_tell(v->progress, v->phase, v->done, v->tree->bytes, 0);
	pthread_mutex_unlock(&v->lock);
}

static int differs(uint64_t off, uint64_t bytes, const uint8_t *expected,
		   const uint8_t *actual, struct mun_err *e)
{
	char want[2 * MUN_TREE_HASH + 1];
	char got[2 * MUN_TREE_HASH + 1];

	mun_hex(expected, MUN_TREE_HASH, want);
	mun_hex(actual, MUN_TREE_HASH, got);
	return mun_fail(e, MUN_EFIXITY,
			"%llu bytes at byte %llu: expected %s, found %s",
			(unsigned long long)bytes, (unsigned long long)off,
			want, got);
}

static int compare(struct verify *v, uint64_t piece, void *buf,
		   struct mun_err *e)
{
	const struct mun_tree *t = v->tree;
	const uint8_t *want = t->pieces ? t->pieces[piece] : t->root;
	uint8_t got[MUN_TREE_HASH];
	int rc;

	rc = mun_verify_piece(v->src, t, piece, buf, got, e);
	if (rc)
		return rc;
	if (v->found)
		memcpy(v->found[piece], got, MUN_TREE_HASH);
	else if (memcmp(got, want, MUN_TREE_HASH) != 0)
		return differs(piece * MUN_TREE_PIECE,
			       mun_verify_piece_bytes(t->bytes, piece), want,
			       got, e);
	return 0;
}

static void work(void *ctx)
{
	struct verify *v = ctx;
	mun_autofree void *buf = mun_verify_buffer();
	struct mun_err err;
	uint64_t piece;

	if (!buf) {
		(void)mun_fail_nomem(&err, "buffer");
		fail(v, 0, &err);
		return;
	}
	while (take(v, &piece)) {
		if (compare(v, piece, buf, &err))
			fail(v, piece, &err);
		else
			tell(v, mun_verify_piece_bytes(v->tree->bytes, piece));
	}
}

static int compare_root(const struct mun_tree *tree, const uint8_t *root,
			const char *what, struct mun_err *e)
{
	int rc;

	if (!memcmp(root, tree->root, MUN_TREE_HASH))
		return 0;
	rc = differs(0, tree->bytes, tree->root, root, e);
	return what ? mun_ctx(e, "%s", what) : rc;
}

static int check_tree(const struct mun_source *src, const struct mun_tree *tree,
		      struct mun_err *e)
{
	uint8_t root[MUN_TREE_HASH];
	int rc;

	if (src->size != tree->bytes)
		return mun_fail(e, MUN_EFIXITY,
				"%llu bytes expected, %llu found",
				(unsigned long long)tree->bytes,
				(unsigned long long)src->size);
	if (!tree->pieces)
		return 0;
	rc = mun_tree_root(tree, root, e);
	return rc ? rc
		  : compare_root(tree, root,
				 "the piece layer does not give its root", e);
}

int mun_verify_tree(struct mun_source *src, const struct mun_tree *tree,
		    unsigned int threads, const char *phase,
		    const struct mun_progress_to *progress, struct mun_err *e)
{
	mun_autofree uint8_t(*found)[MUN_TREE_HASH] = NULL;
	struct verify v = { .src = src,
			    .tree = tree,
			    .phase = phase,
			    .progress = progress,
			    .lock = PTHREAD_MUTEX_INITIALIZER };
	struct mun_tree collected = *tree;
	uint8_t root[MUN_TREE_HASH];
	uint64_t n = mun_verify_threads(threads);
	int rc;

	rc = check_tree(src, tree, e);
	if (rc || !tree->npieces)
		return rc;
	if (!tree->pieces && tree->npieces > 1) {
		found = calloc((size_t)tree->npieces, MUN_TREE_HASH);
		if (!found)
			return mun_fail_nomem(e, "piece layer");
		v.found = found;
	}
	mun_verify_crew((unsigned int)MUN_MIN(n, tree->npieces), work, &v);
	pthread_mutex_destroy(&v.lock);
	if (v.err.code) {
		*e = v.err;
		return e->code;
	}
	if (!found)
		return 0;
	collected.pieces = found;
	rc = mun_tree_root(&collected, root, e);
	return rc ? rc : compare_root(tree, root, NULL, e);
}
