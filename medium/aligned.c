/* SPDX-License-Identifier: Apache-2.0 */
/* medium/aligned.c - any range of a device that gives whole sectors only */
#include "medium/aligned.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

/* Of memory: enough for every device there is (a page, or less). */
#define BUFFER_ALIGN ((size_t)4096)
#define BOUNCE_BYTES ((size_t)128 << 10)

struct aligned {
	struct mun_source base;
	struct mun_source *inner;
	uint64_t mask; /* sector size less one */
};

/* The part of the range that one bounce holds. */
static int bounce_once(const struct aligned *a, uint8_t *bounce, uint8_t *to,
		       size_t len, uint64_t off, size_t *done,
		       struct mun_err *e)
{
	uint64_t start = off & ~a->mask;
	size_t skip = (size_t)(off - start);
	size_t n = MUN_MIN(len, BOUNCE_BYTES - skip);
	size_t whole = (size_t)((skip + n + a->mask) & ~a->mask);
	int rc = mun_source_pread(a->inner, bounce, whole, start, e);

	if (rc)
		return rc;
	memcpy(to, bounce + skip, n);
	*done = n;
	return 0;
}

static int aligned_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	const struct aligned *a = (struct aligned *)s;
	uint8_t *to = buf;
	uint8_t *bounce;
	int rc = 0;

	if (!((off | len) & a->mask) && !((uintptr_t)buf & (BUFFER_ALIGN - 1)))
		return mun_source_pread(a->inner, buf, len, off, e);
	bounce = aligned_alloc(BUFFER_ALIGN, BOUNCE_BYTES);
	if (!bounce)
		return mun_fail_nomem(e, "sectors");
	while (!rc && len) {
		size_t n = 0;

		rc = bounce_once(a, bounce, to, len, off, &n, e);
		to += n;
		off += n;
		len -= n;
	}
	free(bounce);
	return rc;
}

static void aligned_close(struct mun_source *s)
{
	struct aligned *a = (struct aligned *)s;

	mun_source_close(a->inner);
	free(a);
}

static const struct mun_source_ops aligned_ops = {
	.pread = aligned_pread,
	.close = aligned_close,
};

int mun_aligned_source(struct mun_source *inner, uint32_t sector_bytes,
		       struct mun_source **out, struct mun_err *e)
{
	struct aligned *a = calloc(1, sizeof(*a));

	if (!a) {
		mun_source_close(inner);
		return mun_fail_nomem(e, "source");
	}
	a->base.ops = &aligned_ops;
	a->base.size = inner->size;
	a->inner = inner;
	a->mask = sector_bytes - 1;
	*out = &a->base;
	return 0;
}
