/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/padded.c - bytes, and zeros behind their end */
#include "emulate-export/padded.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"

struct padded {
	struct mun_source base;
	struct mun_source *src;
};

static int padded_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct mun_source *src = ((struct padded *)s)->src;
	size_t real = 0;

	if (off < src->size)
		real = (size_t)MUN_MIN((uint64_t)len, src->size - off);
	memset((uint8_t *)buf + real, 0, len - real);
	return real ? mun_source_pread(src, buf, real, off, e) : 0;
}

static int padded_next_extent(struct mun_source *s, uint64_t off,
			      struct mun_extent *out, struct mun_err *e)
{
	struct mun_source *src = ((struct padded *)s)->src;

	if (off < src->size)
		return mun_source_next_extent(src, off, out, e);
	*out = (struct mun_extent){ off, s->size - off, MUN_EXTENT_ZERO };
	return 0;
}

static void padded_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops padded_ops = {
	.pread = padded_pread,
	.next_extent = padded_next_extent,
	.close = padded_close,
};

int mun_source_padded(struct mun_source *src, uint64_t bytes,
		      struct mun_source **out, struct mun_err *e)
{
	struct padded *p;

	if (bytes < src->size)
		return mun_fail(e, MUN_EINVAL, "padding to fewer bytes");
	p = calloc(1, sizeof(*p));
	if (!p)
		return mun_fail_nomem(e, "padded source");
	p->base = (struct mun_source){ &padded_ops, bytes };
	p->src = src;
	*out = &p->base;
	return 0;
}
