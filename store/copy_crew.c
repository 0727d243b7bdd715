/* SPDX-License-Identifier: Apache-2.0 */
/* store/copy_crew.c - several threads at the pieces of one file (copy_int.h) */
#include "store/copy_int.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"

#define THREADS_MAX 64u

/*
 * More threads than processors, as each waits for the disk between its hashes.
 */
#define THREADS_MORE 2u

/* How many pieces the reading back stays behind the writing: what is read
 * shall have left the drive's own buffers where that is possible. */
#define TRAIL 64u

size_t mun_copy_piece_bytes(const struct mun_tree *tree, uint64_t i)
{
	return (size_t)MUN_MIN(tree->bytes - i * MUN_TREE_PIECE,
			       (uint64_t)MUN_TREE_PIECE);
}

const uint8_t *mun_copy_piece_hash(const struct mun_tree *tree, uint64_t i)
{
	return tree->pieces ? tree->pieces[i] : tree->root;
}

int mun_copy_is_hole(const struct mun_copy *c, struct mun_source *src,
		     uint64_t i, bool *out, struct mun_err *e)
{
	struct mun_extent x;
	int rc;

	rc = mun_source_next_extent(src, i * MUN_TREE_PIECE, &x, e);
	if (!rc)
		*out = x.kind == MUN_EXTENT_HOLE &&
		       x.bytes >= mun_copy_piece_bytes(c->tree, i);
	return rc;
}

int mun_copy_hash(const struct mun_copy *c, struct mun_source *src, uint64_t i,
		  void *buf, bool *hole, uint8_t out[static MUN_TREE_HASH],
		  struct mun_err *e)
{
	size_t len = mun_copy_piece_bytes(c->tree, i);
	int rc;

	rc = mun_copy_is_hole(c, src, i, hole, e);
	if (!rc && *hole && len == MUN_TREE_PIECE) {
		memcpy(out, c->zero, MUN_TREE_HASH);
		return 0;
	}
	if (!rc)
		rc = mun_source_pread(src, buf, len, i * MUN_TREE_PIECE, e);
	return rc ? rc : mun_tree_piece(buf, len, c->tree->bytes, out, e);
}

void mun_copy_tell(struct mun_copy *c, uint64_t bytes, bool resumed)
{
	struct mun_copy_tally *t = c->tally;

	t->done += bytes;
	if (resumed)
		t->resumed += bytes;
	mun_progress_tell(t->progress, "replicating", t->done, t->total, 0);
}

struct crew {
	struct mun_copy *c;
	enum mun_copy_state from;
	mun_copy_work_fn *work;
	bool trail;
};

static void fail(struct mun_copy *c, uint64_t piece, bool source,
		 const struct mun_err *err)
{
	pthread_mutex_lock(&c->lock);
	if (!c->err.code || piece < c->err_piece) {
		c->err = *err;
		c->err_piece = piece;
		c->err_source = source;
	}
	pthread_mutex_unlock(&c->lock);
}

/* Pieces are begun in ascending order and those begun are ended, so the error
 * that is told is the first of the file. */
static bool take(const struct crew *crew, uint64_t *piece)
{
	struct mun_copy *c = crew->c;
	struct mun_err err;
	bool go;

	pthread_mutex_lock(&c->lock);
	while (c->next < c->tree->npieces && c->state[c->next] != crew->from)
		c->next++;
	go = !c->err.code && c->next < c->tree->npieces;
	if (go && mun_cancel_check(&err)) {
		c->err = err;
		c->err_piece = c->next;
		go = false;
	}
	if (go)
		*piece = c->next++;
	pthread_mutex_unlock(&c->lock);
	return go;
}

/* The next piece whose writing is long enough ago; @all: any that is written. */
static bool take_behind(struct mun_copy *c, bool all, uint64_t *piece)
{
	bool go = false;

	pthread_mutex_lock(&c->lock);
	while (!go && !c->err.code && c->behind < c->next &&
	       (all || c->behind + TRAIL < c->next)) {
		*piece = c->behind++;
		go = c->state[*piece] == MUN_PIECE_WRITTEN;
	}
	pthread_mutex_unlock(&c->lock);
	return go;
}

/*
 * What cannot be read or is not right now is looked at again in the end, which
 * then is the one place that judges.
 */
static void prove_behind(struct mun_copy *c, uint64_t i, void *buf)
{
	uint8_t got[MUN_TREE_HASH];
	struct mun_err ignored;

	if (mun_copy_piece_bytes(c->tree, i) != MUN_TREE_PIECE ||
	    mun_pread_full(c->follow, buf, MUN_TREE_PIECE, i * MUN_TREE_PIECE,
			   &ignored) ||
	    mun_tree_piece(buf, MUN_TREE_PIECE, c->tree->bytes, got, &ignored))
		return;
	if (!memcmp(got, mun_copy_piece_hash(c->tree, i), MUN_TREE_HASH)) {
		pthread_mutex_lock(&c->lock);
		c->state[i] = MUN_PIECE_PROVED;
		pthread_mutex_unlock(&c->lock);
	}
}

static void *work(void *arg)
{
	const struct crew *crew = arg;
	struct mun_copy *c = crew->c;
	mun_autofree void *buf = aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
	bool trail = crew->trail && c->follow >= 0;
	struct mun_err err;
	uint64_t i;

	if (!buf) {
		(void)mun_fail_nomem(&err, "buffer");
		fail(c, 0, false, &err);
		return NULL;
	}
	while (take(crew, &i)) {
		bool source = false;

		if (crew->work(c, i, buf, &source, &err))
			fail(c, i, source, &err);
		else if (trail && take_behind(c, false, &i))
			prove_behind(c, i, buf);
	}
	while (trail && !mun_cancelled() && take_behind(c, true, &i))
		prove_behind(c, i, buf);
	return NULL;
}

static unsigned int crew_size(const struct mun_copy *c)
{
	unsigned int n = 1;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = (unsigned int)CPU_COUNT(&set);
	n = MUN_MIN(n + THREADS_MORE, THREADS_MAX);
	return (unsigned int)MUN_MIN((uint64_t)n, c->tree->npieces);
}

int mun_copy_crew(struct mun_copy *c, enum mun_copy_state from,
		  mun_copy_work_fn *fn, bool trail, struct mun_err *e)
{
	struct crew crew = { c, from, fn, trail };
	unsigned int want = crew_size(c);
	pthread_t others[THREADS_MAX];
	unsigned int n = 0;

	c->next = 0;
	c->behind = 0;
	c->err.code = 0;
	c->err_source = false;
	/* With fewer threads than wanted the work is still done. */
	while (n + 1 < want && !pthread_create(&others[n], NULL, work, &crew))
		n++;
	(void)work(&crew);
	while (n)
		(void)pthread_join(others[--n], NULL);
	if (!c->err.code)
		return 0;
	*e = c->err;
	c->tally->source_fault = c->err_source;
	return e->code;
}
