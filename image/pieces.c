/* SPDX-License-Identifier: Apache-2.0 */
/* image/pieces.c - a disk that lies in pieces */
#include "image/pieces.h"

#include "core/check.h"

#include <inttypes.h>
#include <string.h>

/* Pieces that are joined to one extent, at most. */
#define JOINED_MAX 256u

static int read_file(const struct mun_pieces *p, uint8_t *buf, size_t len,
		     uint64_t off, uint64_t at, struct mun_err *e)
{
	if (off > p->src->size || len > p->src->size - off)
		return mun_fail(e, MUN_ECORRUPT,
				"byte %" PRIu64 " of the disk lies at byte "
				"%" PRIu64 ", and the file ends at %" PRIu64,
				at, off, p->src->size);
	return mun_source_pread(p->src, buf, len, off, e);
}

/* A parent that is smaller goes on with zeros. */
static int read_parent(const struct mun_pieces *p, uint8_t *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	uint64_t size = p->parent ? p->parent->bytes : 0;
	size_t there = 0;
	int rc = 0;

	if (off < size)
		there = (size_t)MUN_MIN((uint64_t)len, size - off);
	if (there)
		rc = mun_image_pread(p->parent, MUN_VIEW_CONTENT, buf, there,
				     off, e);
	memset(buf + there, 0, len - there);
	return rc ? mun_ctx(e, "read the parent") : 0;
}

int mun_pieces_pread(const struct mun_pieces *p, void *buf, size_t len,
		     uint64_t off, struct mun_err *e)
{
	uint8_t *to = buf;

	while (len) {
		struct mun_piece x = { .kind = MUN_PIECE_HOLE };
		size_t n;
		int rc = p->find(p->ctx, off, &x, e);

		if (rc)
			return rc;
		n = (size_t)MUN_MIN((uint64_t)len, x.bytes);
		if (x.kind == MUN_PIECE_FILE)
			rc = read_file(p, to, n, x.off, off, e);
		else if (x.kind == MUN_PIECE_PARENT)
			rc = read_parent(p, to, n, off, e);
		else
			memset(to, 0, n);
		if (rc)
			return rc;
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* What the parent says of byte @off, if it reaches as far. */
static int parent_extent(const struct mun_pieces *p, uint64_t off,
			 struct mun_extent *out, struct mun_err *e)
{
	struct mun_extent x = { .kind = MUN_EXTENT_HOLE };
	int rc;

	if (!p->parent || off >= p->parent->bytes) {
		out->kind = MUN_EXTENT_HOLE;
		return 0;
	}
	rc = mun_image_next_extent(p->parent, MUN_VIEW_CONTENT, off, &x, e);
	if (rc)
		return mun_ctx(e, "extents of the parent");
	out->kind = x.kind;
	out->bytes = MUN_MIN(out->bytes, x.bytes);
	return 0;
}

/* What was lost of the file is lost of the disk. */
static int file_extent(const struct mun_pieces *p, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	struct mun_extent x = { .kind = MUN_EXTENT_DATA };
	int rc;

	out->kind = MUN_EXTENT_DATA;
	if (off >= p->src->size) /* reading it tells */
		return 0;
	rc = mun_source_next_extent(p->src, off, &x, e);
	if (rc)
		return rc;
	out->kind = x.kind;
	out->bytes = MUN_MIN(out->bytes, x.bytes);
	return 0;
}

static int one_extent(const struct mun_pieces *p, uint64_t off, uint64_t size,
		      struct mun_extent *out, struct mun_err *e)
{
	struct mun_piece x = { .kind = MUN_PIECE_HOLE };
	int rc = p->find(p->ctx, off, &x, e);

	if (rc)
		return rc;
	out->off = off;
	out->bytes = MUN_MIN(x.bytes, size - off);
	switch (x.kind) {
	case MUN_PIECE_FILE:
		return file_extent(p, x.off, out, e);
	case MUN_PIECE_PARENT:
		return parent_extent(p, off, out, e);
	case MUN_PIECE_ZERO:
		out->kind = MUN_EXTENT_ZERO;
		return 0;
	case MUN_PIECE_HOLE:
	default:
		out->kind = MUN_EXTENT_HOLE;
		return 0;
	}
}

int mun_pieces_extent(const struct mun_pieces *p, uint64_t off, uint64_t size,
		      struct mun_extent *out, struct mun_err *e)
{
	int rc = one_extent(p, off, size, out, e);

	if (rc)
		return rc;
	for (unsigned int i = 0; i < JOINED_MAX; i++) {
		struct mun_extent next = { .kind = MUN_EXTENT_DATA };
		uint64_t at = out->off + out->bytes;

		if (at >= size)
			break;
		rc = one_extent(p, at, size, &next, e);
		if (rc)
			return rc;
		if (next.kind != out->kind)
			break;
		out->bytes += next.bytes;
	}
	return 0;
}
