/* SPDX-License-Identifier: Apache-2.0 */
/* medium/view.c - a medium for one who only looks at it */
#include "medium/view.h"

#include "core/check.h"

#include <string.h>

/* A multiple of every sector size that mun_device_open() accepts. */
#define WINDOW ((size_t)65536)

struct view {
	struct mun_source source;
	const struct mun_device *m;
	uint8_t *window; /* what was read last */
	uint64_t off;
	size_t len; /* 0: nothing yet */
};

/* No ioctl(2) may be made here: the look is taken in a sandbox.  Whether the
 * drive is still there will be seen when the medium is read. */
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
	uint64_t start = off / WINDOW * WINDOW;
	size_t len = (size_t)MUN_MIN((uint64_t)WINDOW, v->source.size - start);
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

static int view_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	struct view *v = (struct view *)s;
	uint8_t *to = buf;

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

static void view_close(struct mun_source *s)
{
	struct view *v = (struct view *)s;

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

	if (!v || posix_memalign((void **)&v->window, MUN_IO_ALIGN, WINDOW)) {
		free(v);
		return mun_fail_nomem(e, "view of the medium");
	}
	v->source.ops = &view_ops;
	v->source.size = m->facts.bytes;
	v->m = m;
	*out = &v->source;
	return 0;
}
