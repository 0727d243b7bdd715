/* SPDX-License-Identifier: Apache-2.0 */
/* medium/view.c - a medium for one who only looks at it */
#include "medium/view.h"

#include "core/check.h"

#include <pthread.h>
#include <string.h>

#define WINDOW_MAX ((size_t)65536)

struct view {
	struct mun_source source;
	const struct mun_device *m;
	pthread_mutex_t lock; /* of what follows */
	size_t window_bytes; /* whole sectors, also those of 2352 bytes */
	uint8_t *window; /* what was read last */
	uint64_t off;
	size_t len; /* 0: nothing yet */
};

/* Whether the drive is still there will be seen when the medium is read: here
 * no ioctl(2) may be made, as the look at a disk is taken in a sandbox. */
static int read_sector(const struct view *v, uint8_t *to, size_t len,
		       uint64_t off, struct mun_err *e)
{
	int rc = mun_source_pread(v->m->source, to, len, off, e);

	if (!rc || !mun_device_is_medium_errno(e->sys))
		return rc;
	mun_err_clear(e);
	memset(to, 0, len);
	return 0;
}

static int read_sectors(const struct view *v, size_t len, uint64_t off,
			struct mun_err *e)
{
	size_t step = v->m->facts.sector_bytes;
	int rc = 0;

	for (size_t at = 0; !rc && at < len; at += step)
		rc = read_sector(v, v->window + at, MUN_MIN(step, len - at),
				 off + at, e);
	return rc;
}

/* Have the window that holds byte @off. */
static int load(struct view *v, uint64_t off, struct mun_err *e)
{
	uint64_t start = off / v->window_bytes * v->window_bytes;
	size_t len = (size_t)MUN_MIN((uint64_t)v->window_bytes,
				     v->source.size - start);
	int rc;

	if (v->len && v->off == start)
		return 0;
	v->len = 0;
	rc = mun_source_pread(v->m->source, v->window, len, start, e);
	if (rc && mun_device_is_medium_errno(e->sys)) {
		mun_err_clear(e);
		rc = read_sectors(v, len, start, e);
	}
	if (rc)
		return rc;
	v->off = start;
	v->len = len;
	return 0;
}

static int read_windows(struct view *v, uint8_t *to, size_t len, uint64_t off,
			struct mun_err *e)
{
	while (len) {
		int rc = load(v, off, e);
		size_t at;
		size_t n;

		if (rc)
			return rc;
		at = (size_t)(off - v->off);
		n = MUN_MIN(len, v->len - at);
		memcpy(to, v->window + at, n);
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int view_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	struct view *v = (struct view *)s;
	int rc;

	(void)pthread_mutex_lock(&v->lock);
	rc = read_windows(v, buf, len, off, e);
	(void)pthread_mutex_unlock(&v->lock);
	return rc;
}

static void view_close(struct mun_source *s)
{
	struct view *v = (struct view *)s;

	(void)pthread_mutex_destroy(&v->lock);
	free(v->window);
	free(v);
}

static const struct mun_source_ops view_ops = {
	.pread = view_pread,
	.close = view_close,
};

int mun_device_view(const struct mun_device *m, struct mun_source **out,
		    struct mun_err *e)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v ||
	    posix_memalign((void **)&v->window, MUN_IO_ALIGN, WINDOW_MAX)) {
		free(v);
		return mun_fail_nomem(e, "view of the medium");
	}
	v->source.ops = &view_ops;
	v->source.size = m->facts.bytes;
	v->window_bytes =
		WINDOW_MAX / m->facts.sector_bytes * m->facts.sector_bytes;
	(void)pthread_mutex_init(&v->lock, NULL);
	v->m = m;
	*out = &v->source;
	return 0;
}

bool mun_device_is_served(const struct mun_device *m)
{
	/* A descriptor is all that reading a disk takes. */
	return m->facts.is_device &&
	       (m->fd < 0 || m->facts.kind != MUN_DEVICE_DISK);
}
