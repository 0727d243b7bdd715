/* SPDX-License-Identifier: Apache-2.0 */
/* image/chunk_read.c - the bytes of a chunk, and whether there are any */
#include "image/chunk_read.h"

#include "core/bytes.h"
#include "core/check.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* The compiler makes vectors of a block, and the first that is not all zeros
 * ends it: of most data that is the first at all. */
bool mun_all_zeros(const uint8_t *p, size_t len)
{
	while (len >= 256) {
		uint64_t all = 0;

		for (size_t i = 0; i < 256; i += 8) {
			uint64_t word;

			memcpy(&word, p + i, 8);
			all |= word;
		}
		if (all)
			return false;
		p += 256;
		len -= 256;
	}
	while (len)
		if (p[--len])
			return false;
	return true;
}

static void sum(const uint8_t *data, size_t len, struct mun_chunk_sums *out)
{
	mun_put_be64(out->bytes, len);
	mun_put_be32(out->bytes + 8, libdeflate_crc32(0, data, len));
	mun_put_be32(out->bytes + 12, libdeflate_adler32(1, data, len));
}

int mun_chunk_reader_init(struct mun_chunk_reader *r,
			  const struct mun_chunks *c, struct mun_err *e)
{
	uint8_t *zeros = calloc(1, c->chunk_bytes);

	if (!zeros)
		return mun_fail_nomem(e, "chunk of an image");
	*r = (struct mun_chunk_reader){ .c = c, .zeros = zeros };
	(void)pthread_mutex_init(&r->lock, NULL);
	sum(zeros, c->chunk_bytes, &r->zero_sums);
	return 0;
}

void mun_chunk_reader_end(struct mun_chunk_reader *r)
{
	if (!r->zeros)
		return;
	free(r->zeros);
	(void)pthread_mutex_destroy(&r->lock);
}

static bool holds(const struct mun_extent *x, uint64_t off)
{
	return off >= x->off && off - x->off < x->bytes;
}

/* What lies at byte @off.  Extents are longer than chunks as a rule, so the
 * last one often is the answer already. */
static int look(struct mun_chunk_reader *r, uint64_t off,
		struct mun_extent *out, struct mun_err *e)
{
	int rc;

	(void)pthread_mutex_lock(&r->lock);
	*out = r->known;
	(void)pthread_mutex_unlock(&r->lock);
	if (holds(out, off)) {
		out->bytes -= off - out->off;
		out->off = off;
		return 0;
	}
	rc = mun_image_next_extent(r->c->img, r->c->view, off, out, e);
	if (rc)
		return rc;
	(void)pthread_mutex_lock(&r->lock);
	r->known = *out;
	(void)pthread_mutex_unlock(&r->lock);
	return 0;
}

static bool is_nothing(const struct mun_extent *x)
{
	return x->kind == MUN_EXTENT_HOLE || x->kind == MUN_EXTENT_ZERO;
}

/* Up to @end: all that is nothing, or all that must be read, in one. */
static int next_piece(struct mun_chunk_reader *r, uint64_t off, uint64_t end,
		      struct mun_extent *out, uint64_t *unreadable,
		      struct mun_err *e)
{
	struct mun_extent x = { 0 };
	int rc = look(r, off, &x, e);

	*out = x;
	while (!rc) {
		uint64_t upto = MUN_MIN(x.off + x.bytes, end);

		if (x.kind == MUN_EXTENT_UNREADABLE)
			*unreadable += upto - x.off;
		out->bytes = upto - off;
		if (upto == end)
			break;
		rc = look(r, upto, &x, e);
		if (!rc && is_nothing(&x) != is_nothing(out))
			break;
	}
	return rc;
}

int mun_chunk_read(struct mun_chunk_reader *r, struct mun_chunk *k,
		   uint8_t *buf, uint64_t *unreadable, struct mun_err *e)
{
	const struct mun_chunks *c = r->c;
	const uint64_t end = k->off + k->len;
	uint64_t off = k->off;
	int rc = 0;

	*unreadable = 0;
	k->zero = false;
	while (!rc && off < end) {
		uint8_t *to = buf + (off - k->off);
		struct mun_extent x;

		rc = next_piece(r, off, end, &x, unreadable, e);
		if (rc)
			return rc;
		if (is_nothing(&x) && x.bytes == k->len) {
			k->zero = true;
			break;
		}
		if (is_nothing(&x))
			memset(to, 0, (size_t)x.bytes);
		else
			rc = mun_image_pread(c->img, c->view, to,
					     (size_t)x.bytes, off, e);
		off += x.bytes;
	}
	if (!rc && !k->zero)
		k->zero = mun_all_zeros(buf, k->len);
	/* Zeros are the same for all, so that nobody need write them. */
	k->data = k->zero ? r->zeros : buf;
	k->unreadable = *unreadable > 0;
	return rc;
}

void mun_chunk_sum(const struct mun_chunk_reader *r, const struct mun_chunk *k,
		   struct mun_chunk_sums *out)
{
	if (k->zero && k->len == r->c->chunk_bytes)
		*out = r->zero_sums;
	else
		sum(k->data, k->len, out);
}
