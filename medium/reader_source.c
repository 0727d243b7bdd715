/* SPDX-License-Identifier: Apache-2.0 */
/* medium/reader_source.c - any range of what a reader reads */
#include "medium/reader_source.h"

#include "core/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct reader_source {
	struct mun_source base;
	struct mun_reader *r;
	pthread_mutex_t lock;
	uint8_t *buf; /* of the largest request, aligned as the reader wants */
};

static int failed(const struct mun_read_reply *reply, uint64_t off,
		  struct mun_err *e)
{
	int sys = reply->sys ? reply->sys : EIO;

	if (reply->end == MUN_REPLY_GONE)
		sys = ENXIO;
	return mun_fail_sys(e, sys, "read the medium at byte %llu",
			    (unsigned long long)off);
}

/* One request: the sectors around [@off, @off + @len), at most max_bytes. */
static int read_around(struct reader_source *s, uint8_t *to, size_t len,
		       uint64_t off, size_t *done, struct mun_err *e)
{
	uint64_t first = off - off % s->r->sector_bytes;
	size_t skip = (size_t)(off - first);
	size_t want = MUN_MIN(len + skip, (size_t)s->r->max_bytes);
	size_t whole = want + s->r->sector_bytes - 1;
	struct mun_read_reply reply = { .end = MUN_REPLY_FAILED };
	int rc;

	whole -= whole % s->r->sector_bytes;
	rc = s->r->ops->read(s->r, s->buf, whole, first, &reply, e);
	if (rc)
		return rc;
	if (reply.end != MUN_REPLY_ALL)
		return failed(&reply, off, e);
	*done = MUN_MIN(whole - skip, len);
	memcpy(to, s->buf + skip, *done);
	return 0;
}

static int pread_reader(struct mun_source *base, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct reader_source *s = (struct reader_source *)base;
	uint8_t *to = buf;
	size_t at = 0;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	while (!rc && at < len) {
		size_t done = 0;

		rc = read_around(s, to + at, len - at, off + at, &done, e);
		at += done;
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static void close_reader_source(struct mun_source *base)
{
	struct reader_source *s = (struct reader_source *)base;

	(void)pthread_mutex_destroy(&s->lock);
	free(s->buf);
	free(s);
}

int mun_reader_source(struct mun_reader *r, struct mun_source **out,
		      struct mun_err *e)
{
	static const struct mun_source_ops ops = {
		.pread = pread_reader,
		.close = close_reader_source,
	};
	struct reader_source *s = calloc(1, sizeof(*s));
	size_t align = MUN_MAX((size_t)r->align, sizeof(void *));
	void *buf = NULL;

	if (s && posix_memalign(&buf, align,
				(size_t)r->max_bytes + r->sector_bytes)) {
		free(s);
		s = NULL;
	}
	if (!s)
		return mun_fail_nomem(e, "source of a medium");
	s->base.ops = &ops;
	s->base.size = r->bytes;
	s->r = r;
	s->buf = buf;
	(void)pthread_mutex_init(&s->lock, NULL);
	*out = &s->base;
	return 0;
}
