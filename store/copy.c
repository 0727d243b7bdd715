/* SPDX-License-Identifier: Apache-2.0 */
/* store/copy.c - one file in pieces of its hash tree (store/copy.h) */
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/copy_int.h"

static int hash_zeros(struct mun_copy *c, struct mun_err *e)
{
	mun_autofree void *zeros = calloc(1, MUN_TREE_PIECE);

	if (!zeros)
		return mun_fail_nomem(e, "zeros");
	return mun_tree_piece(zeros, MUN_TREE_PIECE, c->tree->bytes, c->zero,
			      e);
}

static int make(struct mun_copy *c, const char *from, const char *to,
		struct mun_err *e)
{
	int rc;

	rc = mun_strdup(from, &c->from, e);
	if (!rc)
		rc = mun_strdup(to, &c->to, e);
	if (rc || !c->tree)
		return rc;
	c->state = calloc((size_t)c->tree->npieces + 1, sizeof(*c->state));
	if (!c->state)
		return mun_fail_nomem(e, "copy");
	/* Only a whole piece can be skipped as a hole. */
	return c->tree->npieces > 1 ? hash_zeros(c, e) : 0;
}

int mun_copy_new(const char *from, const char *to, const struct mun_tree *tree,
		 const struct mun_digest *sha512, struct mun_copy **out,
		 struct mun_err *e)
{
	mun_auto(copy) *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mun_fail_nomem(e, "copy");
	c->fd = -1;
	c->direct = -1;
	c->follow = -1;
	(void)pthread_mutex_init(&c->lock, NULL);
	if (tree && (tree->npieces <= 1 || tree->pieces))
		c->tree = tree;
	if (sha512)
		c->sha512 = *sha512;
	if (!c->tree && !c->sha512.len)
		return mun_fail(e, MUN_EINVAL,
				"nothing is known that '%s' could be compared "
				"with",
				from);
	rc = make(c, from, to, e);
	if (!rc)
		*out = mun_steal(&c);
	return rc;
}

static void close_all(struct mun_copy *c)
{
	mun_source_close(c->src);
	mun_source_close(c->back);
	c->src = NULL;
	c->back = NULL;
	mun_closep(&c->follow);
	c->follow = -1;
	if (c->direct >= 0)
		(void)mun_sys.close(c->direct);
	if (c->fd >= 0)
		(void)mun_sys.close(c->fd);
	c->direct = -1;
	c->fd = -1;
}

void mun_copy_free(struct mun_copy *c)
{
	if (!c)
		return;
	close_all(c);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->state);
	free(c->from);
	free(c->to);
	free(c);
}

/* The target, made where it is missing, and as long as it has to be. */
static int open_target(struct mun_copy *c, struct mun_err *e)
{
	const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	struct stat st;

	c->fd = mun_sys.open(c->to, O_WRONLY | O_CREAT | flags, 0666);
	if (c->fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", c->to);
	if (mun_sys.fstat(c->fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", c->to);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is %s", c->to,
				mun_regular_kind(st.st_mode));
	c->fresh = st.st_size == 0;
	if ((uint64_t)st.st_size != c->tree->bytes &&
	    mun_sys.ftruncate(c->fd, (off_t)c->tree->bytes))
		return mun_fail_sys(e, errno, "size of '%s'", c->to);
	/* Small files gain nothing from going round the page cache. */
	if (c->tree->npieces <= 1)
		return 0;
	/* Where there is no O_DIRECT all goes the ordinary way. */
	c->direct = mun_sys.open(c->to, O_WRONLY | O_DIRECT | flags, 0);
	c->follow = mun_sys.open(c->to, O_RDONLY | O_DIRECT | flags, 0);
	return 0;
}

static int open_source(struct mun_copy *c, struct mun_err *e)
{
	int rc = mun_source_open_once(c->from, &c->src, e);

	if (!rc && c->src->size != c->tree->bytes)
		rc = mun_fail(e, MUN_EFIXITY,
			      "'%s' has %" PRIu64 " bytes, not %" PRIu64,
			      c->from, c->src->size, c->tree->bytes);
	if (rc)
		c->tally->source_fault = true;
	return rc;
}

/* A piece that an earlier run may have written. */
static int resume_piece(struct mun_copy *c, uint64_t i, void *buf,
			bool *source_fault, struct mun_err *e)
{
	uint8_t got[MUN_TREE_HASH];
	bool hole;
	int rc;

	(void)source_fault;
	rc = mun_copy_hash(c, c->back, i, buf, &hole, got, e);
	/* What cannot be read is written anew; if that does not help, the
	 * reading back says so. */
	if (rc == MUN_ENOMEM || rc == MUN_EUNSUPPORTED)
		return rc;
	if (rc ||
	    memcmp(got, mun_copy_piece_hash(c->tree, i), sizeof(got)) != 0)
		return 0;
	pthread_mutex_lock(&c->lock);
	c->state[i] = MUN_PIECE_PROVED;
	mun_copy_tell(c, mun_copy_piece_bytes(c->tree, i), true);
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static int resume(struct mun_copy *c, struct mun_err *e)
{
	int rc;

	if (c->fresh)
		return 0;
	rc = mun_source_open_direct(c->to, &c->back, e);
	if (!rc)
		rc = mun_copy_crew(c, MUN_PIECE_TODO, resume_piece, false, e);
	mun_source_close(c->back);
	c->back = NULL;
	return rc;
}

/* Aligned bytes past the page cache; EINVAL says that this disk cannot. */
static int write_bytes(struct mun_copy *c, const uint8_t *p, size_t len,
		       uint64_t off, struct mun_err *e)
{
	size_t direct = c->direct < 0 ? 0 : len - len % MUN_IO_ALIGN;
	int rc = 0;

	if (off % MUN_IO_ALIGN || (uintptr_t)p % MUN_IO_ALIGN)
		direct = 0;
	if (direct)
		rc = mun_pwrite_all(c->direct, p, direct, off, e);
	if (rc && e->sys == EINVAL) {
		mun_err_clear(e);
		direct = 0;
		rc = 0;
	}
	if (!rc && len > direct)
		rc = mun_pwrite_all(c->fd, p + direct, len - direct,
				    off + direct, e);
	return rc ? mun_ctx(e, "write '%s'", c->to) : 0;
}

/* Into a fresh file only what the source has blocks for. */
static int write_piece(struct mun_copy *c, uint64_t i, const uint8_t *buf,
		       struct mun_err *e)
{
	uint64_t off = i * MUN_TREE_PIECE;
	uint64_t end = off + mun_copy_piece_bytes(c->tree, i);
	uint64_t at = off;

	if (!c->fresh)
		return write_bytes(c, buf, (size_t)(end - off), off, e);
	while (at < end) {
		struct mun_extent x;
		size_t len;
		int rc;

		rc = mun_source_next_extent(c->src, at, &x, e);
		if (rc)
			return rc;
		len = (size_t)MUN_MIN(x.bytes, end - at);
		if (x.kind != MUN_EXTENT_HOLE)
			rc = write_bytes(c, buf + (at - off), len, at, e);
		if (rc)
			return rc;
		at += len;
	}
	return 0;
}

static int copy_piece(struct mun_copy *c, uint64_t i, void *buf,
		      bool *source_fault, struct mun_err *e)
{
	uint8_t got[MUN_TREE_HASH];
	bool hole = false;
	int rc;

	*source_fault = true;
	rc = mun_copy_hash(c, c->src, i, buf, &hole, got, e);
	if (rc)
		return rc;
	if (memcmp(got, mun_copy_piece_hash(c->tree, i), sizeof(got)) != 0)
		return mun_fail(e, MUN_EFIXITY,
				"'%s' is damaged: the megabyte at byte %" PRIu64
				" is not what was recorded",
				c->from, i * MUN_TREE_PIECE);
	*source_fault = false;
	if (hole && !c->fresh)
		memset(buf, 0, MUN_TREE_PIECE);
	if (!hole || !c->fresh)
		rc = write_piece(c, i, buf, e);
	if (rc)
		return rc;
	pthread_mutex_lock(&c->lock);
	c->state[i] = MUN_PIECE_WRITTEN;
	mun_copy_tell(c, mun_copy_piece_bytes(c->tree, i), false);
	pthread_mutex_unlock(&c->lock);
	return 0;
}

/* Share the blocks, where the file system can; else c->cloned stays false. */
static int clone_blocks(struct mun_copy *c, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	if (!c->fresh || c->tree->npieces <= 1)
		return 0;
	rc = mun_regular_open(c->from, O_NOFOLLOW, &fd, &st, e);
	if (rc)
		return rc;
	if ((uint64_t)st.st_size != c->tree->bytes ||
	    mun_sys.ficlone(c->fd, fd))
		return 0;
	memset(c->state, MUN_PIECE_WRITTEN, (size_t)c->tree->npieces);
	mun_copy_tell(c, c->tree->bytes, false);
	c->cloned = true;
	return 0;
}

static int run_pieces(struct mun_copy *c, struct mun_err *e)
{
	int rc;

	rc = open_source(c, e);
	if (!rc)
		rc = open_target(c, e);
	if (!rc && c->tree->npieces)
		rc = resume(c, e);
	if (!rc)
		rc = clone_blocks(c, e);
	if (!rc && !c->cloned && c->tree->npieces)
		rc = mun_copy_crew(c, MUN_PIECE_TODO, copy_piece, true, e);
	return rc;
}

/* A close error on a written file is a lost write. */
static int close_written(int *fd, const char *path, int rc, struct mun_err *e)
{
	int was = *fd;

	*fd = -1;
	if (was >= 0 && mun_sys.close(was) && !rc)
		return mun_fail_sys(e, errno, "close '%s'", path);
	return rc;
}

int mun_copy_run(struct mun_copy *c, struct mun_copy_tally *t,
		 struct mun_err *e)
{
	int rc;

	c->tally = t;
	if (!c->tree)
		return mun_copy_stream(c, e);
	rc = run_pieces(c, e);
	rc = close_written(&c->direct, c->to, rc, e);
	rc = close_written(&c->fd, c->to, rc, e);
	close_all(c);
	return rc;
}

static int verify_piece(struct mun_copy *c, uint64_t i, void *buf,
			bool *source_fault, struct mun_err *e)
{
	uint8_t got[MUN_TREE_HASH];
	bool hole;
	int rc;

	rc = mun_copy_hash(c, c->back, i, buf, &hole, got, e);
	if (rc)
		return rc;
	/* Shared blocks are read here for the first time. */
	*source_fault = c->cloned;
	if (memcmp(got, mun_copy_piece_hash(c->tree, i), sizeof(got)) != 0)
		return mun_fail(e, MUN_EFIXITY,
				"read back from '%s': the megabyte at byte "
				"%" PRIu64 " is not what was written",
				c->to, i * MUN_TREE_PIECE);
	pthread_mutex_lock(&c->lock);
	c->state[i] = MUN_PIECE_PROVED;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static int verify_pieces(struct mun_copy *c, struct mun_err *e)
{
	int rc;

	rc = mun_source_open_direct(c->to, &c->back, e);
	if (!rc && c->back->size != c->tree->bytes)
		rc = mun_fail(e, MUN_EFIXITY,
			      "read back from '%s': %" PRIu64
			      " bytes, not %" PRIu64,
			      c->to, c->back->size, c->tree->bytes);
	if (!rc && c->tree->npieces)
		rc = mun_copy_crew(c, MUN_PIECE_WRITTEN, verify_piece, false,
				   e);
	for (uint64_t i = 0; !rc && i < c->tree->npieces; i++) {
		if (c->state[i] != MUN_PIECE_PROVED)
			rc = mun_fail(e, MUN_EINVAL,
				      "'%s' was not copied before", c->to);
	}
	close_all(c);
	return rc;
}

int mun_copy_verify(struct mun_copy *c, struct mun_copy_tally *t,
		    struct mun_err *e)
{
	c->tally = t;
	return c->tree ? verify_pieces(c, e) : mun_copy_stream_verify(c, e);
}
