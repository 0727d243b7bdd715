/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/readback.c - one thread that reads what another has just written */
#include "fixity/readback.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/log.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"

/*
 * written and stop belong to the lock; hash and known to the thread until it
 * has been joined.
 */
struct mun_readback {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	pthread_t thread;
	bool running;
	uint64_t written; /* bytes */
	bool stop;

	char *path;
	int fd; /* O_DIRECT */
	uint64_t bytes;
	uint8_t *buf; /* one piece */
	uint8_t (*hash)[MUN_TREE_HASH];
	bool *known;
};

/* Wait until the piece that ends at @end is written. */
static bool wait_for(struct mun_readback *rb, uint64_t end)
{
	bool go;

	pthread_mutex_lock(&rb->lock);
	while (rb->written < end && !rb->stop)
		pthread_cond_wait(&rb->moved, &rb->lock);
	go = rb->written >= end;
	pthread_mutex_unlock(&rb->lock);
	return go;
}

/* What cannot be read now (a hole at the end, say) is looked at in the end. */
static void *follow(void *arg)
{
	struct mun_readback *rb = arg;
	struct mun_err ignored;

	for (uint64_t i = 0; i < rb->bytes / MUN_TREE_PIECE; i++) {
		uint64_t off = i * MUN_TREE_PIECE;

		if (!wait_for(rb, off + MUN_TREE_PIECE))
			break;
		rb->known[i] =
			!mun_pread_full(rb->fd, rb->buf, MUN_TREE_PIECE, off,
					&ignored) &&
			!mun_tree_piece(rb->buf, MUN_TREE_PIECE, rb->bytes,
					rb->hash[i], &ignored);
	}
	return NULL;
}

static int make(const char *path, int fd, uint64_t bytes,
		struct mun_readback **out, struct mun_err *e)
{
	struct mun_readback *rb = calloc(1, sizeof(*rb));
	size_t n = (size_t)mun_tree_npieces(bytes);

	if (!rb) {
		(void)close(fd);
		return mun_fail_nomem(e, "read-back");
	}
	rb->fd = fd;
	rb->bytes = bytes;
	(void)pthread_mutex_init(&rb->lock, NULL);
	(void)pthread_cond_init(&rb->moved, NULL);
	rb->hash = calloc(n + 1, sizeof(*rb->hash));
	rb->known = calloc(n + 1, sizeof(*rb->known));
	if (!rb->hash || !rb->known || mun_strdup(path, &rb->path, e) ||
	    posix_memalign((void **)&rb->buf, MUN_IO_ALIGN, MUN_TREE_PIECE)) {
		rb->buf = NULL;
		mun_readback_free(rb);
		return mun_fail_nomem(e, "read-back");
	}
	*out = rb;
	return 0;
}

int mun_readback_start(const char *path, uint64_t bytes,
		       struct mun_readback **out, struct mun_err *e)
{
	int fd = mun_sys.open(path,
			      O_RDONLY | O_DIRECT | O_NOFOLLOW | O_CLOEXEC, 0);
	int rc;

	*out = NULL;
	if (fd < 0)
		return 0;
	rc = make(path, fd, bytes, out, e);
	if (rc)
		return rc;
	rc = pthread_create(&(*out)->thread, NULL, follow, *out);
	if (rc) {
		mun_readback_free(*out);
		*out = NULL;
		return mun_fail_sys(e, rc, "start a thread for the read-back");
	}
	(*out)->running = true;
	return 0;
}

void mun_readback_written(struct mun_readback *rb, uint64_t end)
{
	pthread_mutex_lock(&rb->lock);
	rb->written = end;
	pthread_cond_signal(&rb->moved);
	pthread_mutex_unlock(&rb->lock);
}

static void join(struct mun_readback *rb)
{
	if (!rb->running)
		return;
	pthread_mutex_lock(&rb->lock);
	rb->stop = true;
	pthread_cond_signal(&rb->moved);
	pthread_mutex_unlock(&rb->lock);
	(void)pthread_join(rb->thread, NULL);
	rb->running = false;
}

/* A piece that the thread did not have: holes, the end of the file. */
static int read_now(struct mun_readback *rb, struct mun_source *src, uint64_t i,
		    struct mun_err *e)
{
	uint64_t off = i * MUN_TREE_PIECE;
	size_t len = (size_t)MUN_MIN(rb->bytes - off, (uint64_t)MUN_TREE_PIECE);
	int rc = mun_cancel_check(e);

	if (!rc)
		rc = mun_source_pread(src, rb->buf, len, off, e);
	if (!rc)
		rc = mun_tree_piece(rb->buf, len, rb->bytes, rb->hash[i], e);
	return rc;
}

static int compare(struct mun_readback *rb, const struct mun_tree *tree,
		   struct mun_source *src, struct mun_err *e)
{
	for (uint64_t i = 0; i < tree->npieces; i++) {
		int rc = rb->known[i] ? 0 : read_now(rb, src, i, e);

		if (rc)
			return rc;
		if (memcmp(rb->hash[i], tree->pieces[i], MUN_TREE_HASH) != 0)
			return mun_fail(e, MUN_EFIXITY,
					"the megabyte at byte %" PRIu64
					" is not what was written",
					i * MUN_TREE_PIECE);
	}
	return 0;
}

static int prove(struct mun_readback *rb, struct mun_proof *proof,
		 struct mun_err *e)
{
	struct stat st;

	if (mun_sys.fstat(rb->fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", rb->path);
	*proof = (struct mun_proof){
		.valid = true,
		.dev = st.st_dev,
		.inode = st.st_ino,
		.bytes = rb->bytes,
		.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
			    st.st_mtim.tv_nsec,
	};
	return 0;
}

int mun_readback_finish(struct mun_readback *rb, const struct mun_tree *tree,
			struct mun_proof *proof, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;

	mun_readback_written(rb, rb->bytes);
	join(rb);
	if (tree->bytes != rb->bytes || (tree->npieces && !tree->pieces))
		return mun_fail(e, MUN_EINVAL, "hash tree of another file");
	rc = mun_source_open_direct(rb->path, &src, e);
	if (!rc && src->size != rb->bytes)
		rc = mun_fail(e, MUN_EFIXITY,
			      "%" PRIu64 " bytes on the disk, not %" PRIu64,
			      src->size, rb->bytes);
	if (!rc)
		rc = compare(rb, tree, src, e);
	if (!rc)
		rc = prove(rb, proof, e);
	return rc ? mun_ctx(e, "read '%s' back", rb->path) : 0;
}

void mun_readback_free(struct mun_readback *rb)
{
	if (!rb)
		return;
	join(rb);
	(void)close(rb->fd);
	(void)pthread_mutex_destroy(&rb->lock);
	(void)pthread_cond_destroy(&rb->moved);
	free(rb->path);
	free(rb->buf);
	free(rb->hash);
	free(rb->known);
	free(rb);
}

bool mun_proof_holds(const struct mun_proof *proof, const char *path)
{
	struct stat st;

	return proof->valid && !lstat(path, &st) && S_ISREG(st.st_mode) &&
	       st.st_dev == proof->dev && st.st_ino == proof->inode &&
	       (uint64_t)st.st_size == proof->bytes &&
	       (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec ==
		       proof->mtime_ns;
}
