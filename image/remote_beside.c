/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_beside.c - files beside the image, as the child reads them */
#include "image/remote_wire.h"

#include "core/check.h"
#include "image/blockcache.h"
#include "image/companion.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* To ask costs two changes of process, so more is asked for than is wanted. */
#define BLOCK_BYTES ((size_t)256 << 10)
#define BLOCKS 32u
#define BLOCK_BITS 48 /* of a key; above it the file's number */

struct beside {
	struct mun_source base;
	uint32_t number;
};

/* Each thread of the child has a socket of its own. */
static _Thread_local int own_fd = -1;
static _Thread_local struct mun_remote_shared *own;

static struct {
	pthread_once_t once;
	struct mun_blockcache *blocks; /* NULL: it could not be made */
} cache = { .once = PTHREAD_ONCE_INIT };

void mun_remote_beside_use(int fd, struct mun_remote_shared *shared)
{
	own_fd = fd;
	own = shared;
}

bool mun_remote_send(int fd, const struct mun_remote_msg *m)
{
	ssize_t n;

	do
		n = write(fd, m, sizeof(*m));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*m);
}

/* Ask the parent; *@m becomes its answer. */
static int ask(struct mun_remote_msg *m, struct mun_err *e)
{
	ssize_t n;

	if (!mun_remote_send(own_fd, m))
		return mun_fail(e, MUN_EIO, "the parent is gone");
	do
		n = read(own_fd, m, sizeof(*m));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*m))
		return mun_fail(e, MUN_EIO, "the parent is gone");
	return m->rc ? mun_sandbox_unpack(&own->error, e) : 0;
}

/* Up to @len bytes, as many as one message brings and the file has. */
static int ask_some(uint32_t number, uint8_t *buf, size_t *len, uint64_t off,
		    struct mun_err *e)
{
	const size_t want = MUN_MIN(*len, sizeof(own->beside));
	struct mun_remote_msg m = {
		.op = MUN_REMOTE_BESIDE_READ,
		.n = number,
		.off = off,
		.len = want,
	};
	int rc = ask(&m, e);

	if (rc)
		return rc;
	*len = (size_t)MUN_MIN(m.len, (uint64_t)want);
	memcpy(buf, own->beside, *len);
	return 0;
}

static int fill(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const uint64_t block = b->key & ((UINT64_C(1) << BLOCK_BITS) - 1);

	(void)ctx;
	b->len = BLOCK_BYTES;
	return ask_some((uint32_t)(b->key >> BLOCK_BITS), b->data, &b->len,
			block * BLOCK_BYTES, e);
}

static void make_cache(void)
{
	struct mun_err e;

	if (mun_blockcache_new(BLOCK_BYTES, BLOCKS, fill, NULL, &cache.blocks,
			       &e))
		cache.blocks = NULL;
}

static int ended_early(uint64_t off, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"a file beside the image ends before byte %ju",
			(uintmax_t)off);
}

/* What is long goes where it is wanted, without a stay in the cache. */
static int read_long(const struct beside *b, uint8_t *buf, size_t len,
		     uint64_t off, struct mun_err *e)
{
	int rc = 0;

	while (!rc && len) {
		size_t n = len;

		rc = ask_some(b->number, buf, &n, off, e);
		if (!rc && !n)
			rc = ended_early(off, e);
		buf += n;
		off += n;
		len -= n;
	}
	return rc;
}

static int read_cached(const struct beside *b, uint8_t *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	while (len) {
		const struct mun_cached *block;
		size_t skip = (size_t)(off % BLOCK_BYTES);
		size_t n;
		int rc = mun_blockcache_get(cache.blocks,
					    (uint64_t)b->number << BLOCK_BITS |
						    off / BLOCK_BYTES,
					    &block, e);

		if (rc)
			return rc;
		n = block->len > skip ? MUN_MIN(len, block->len - skip) : 0;
		memcpy(buf, block->data + skip, n);
		mun_blockcache_put(cache.blocks, block);
		if (!n)
			return ended_early(off, e);
		buf += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int beside_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	const struct beside *b = (struct beside *)s;

	(void)pthread_once(&cache.once, make_cache);
	if (len >= BLOCK_BYTES || !cache.blocks)
		return read_long(b, buf, len, off, e);
	return read_cached(b, buf, len, off, e);
}

static int beside_next_extent(struct mun_source *s, uint64_t off,
			      struct mun_extent *out, struct mun_err *e)
{
	struct mun_remote_msg m = {
		.op = MUN_REMOTE_BESIDE_EXTENT,
		.n = ((const struct beside *)s)->number,
		.off = off,
	};
	int rc = ask(&m, e);

	if (rc)
		return rc;
	out->off = off;
	out->bytes = m.len;
	out->kind = (enum mun_extent_kind)m.n;
	return 0;
}

static void beside_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops beside_ops = {
	.pread = beside_pread,
	.next_extent = beside_next_extent,
	.close = beside_close,
};

static void own_close(struct mun_source *s)
{
	(void)s;
}

struct mun_source *mun_remote_own(uint64_t size)
{
	static const struct mun_source_ops ops = {
		.pread = beside_pread,
		.next_extent = beside_next_extent,
		.close = own_close,
	};
	static struct beside image = {
		.base.ops = &ops,
		.number = MUN_REMOTE_OWN,
	};

	image.base.size = size;
	return &image.base;
}

struct folder {
	struct mun_companions base;
	unsigned int n;
};

static int folder_open(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	struct beside *b;
	struct mun_remote_msg m = {
		.op = MUN_REMOTE_BESIDE_OPEN,
		.n = ((const struct folder *)c)->n,
		.len = strlen(name),
	};
	int rc;

	if (m.len >= MUN_REMOTE_NAME)
		return mun_fail(e, MUN_EINVAL,
				"a name of %zu bytes for a file beside it",
				(size_t)m.len);
	memcpy(own->beside, name, (size_t)m.len);
	rc = ask(&m, e);
	if (rc)
		return rc;
	b = calloc(1, sizeof(*b));
	if (!b)
		return mun_fail_nomem(e, "file beside an image");
	b->base.ops = &beside_ops;
	b->base.size = m.len;
	b->number = m.n;
	*out = &b->base;
	return 0;
}

static void folder_close(struct mun_companions *c)
{
	(void)c;
}

struct mun_companions *mun_remote_beside(unsigned int n)
{
	static const struct mun_companions_ops ops = {
		.open = folder_open,
		.close = folder_close,
	};
	static struct folder folders[2] = { { { &ops }, 0 }, { { &ops }, 1 } };

	return &folders[n].base;
}
