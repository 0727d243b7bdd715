/* SPDX-License-Identifier: Apache-2.0 */
/* image/unpacker.c - decompressors that wait to be used again */
#include "image/unpacker.h"

#include <libdeflate.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct mun_unpackers {
	pthread_mutex_t lock;
	struct mun_unpacker *idle;
	size_t room;
};

int mun_unpackers_new(size_t room, struct mun_unpackers **out,
		      struct mun_err *e)
{
	struct mun_unpackers *p = calloc(1, sizeof(*p));

	if (!p)
		return mun_fail_nomem(e, "decompressors");
	pthread_mutex_init(&p->lock, NULL);
	p->room = room;
	*out = p;
	return 0;
}

static void unpacker_free(struct mun_unpacker *u)
{
	libdeflate_free_decompressor(u->deflate);
	(void)ZSTD_freeDCtx(u->zstd);
	free(u->in);
	free(u);
}

void mun_unpackers_free(struct mun_unpackers *p)
{
	if (!p)
		return;
	while (p->idle) {
		struct mun_unpacker *u = p->idle;

		p->idle = u->next;
		unpacker_free(u);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static int unpacker_new(size_t room, struct mun_unpacker **out,
			struct mun_err *e)
{
	struct mun_unpacker *u = calloc(1, sizeof(*u));

	if (!u)
		return mun_fail_nomem(e, "decompressor");
	u->room = room;
	u->in = malloc(room);
	if (!u->in) {
		free(u);
		return mun_fail_nomem(e, "decompressor");
	}
	*out = u;
	return 0;
}

int mun_unpackers_take(struct mun_unpackers *p, struct mun_unpacker **out,
		       struct mun_err *e)
{
	struct mun_unpacker *u;

	pthread_mutex_lock(&p->lock);
	u = p->idle;
	if (u)
		p->idle = u->next;
	pthread_mutex_unlock(&p->lock);
	if (!u)
		return unpacker_new(p->room, out, e);
	*out = u;
	return 0;
}

void mun_unpackers_put(struct mun_unpackers *p, struct mun_unpacker *u)
{
	pthread_mutex_lock(&p->lock);
	u->next = p->idle;
	p->idle = u;
	pthread_mutex_unlock(&p->lock);
}

/*
 * The slow way, for what libdeflate does not take: a stream that has not ended
 * when all bytes wanted are there.  QEMU reads such clusters, so we must.
 */
static int inflate_open_end(const uint8_t *in, size_t len, int window,
			    uint8_t *out, size_t out_len, struct mun_err *e)
{
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)in,
		       .avail_in = (uInt)len,
		       .next_out = out,
		       .avail_out = (uInt)out_len };
	int rc;

	if (len > INT_MAX || out_len > INT_MAX)
		return mun_fail(e, MUN_ECORRUPT, "compressed data too long");
	if (inflateInit2(&z, window) != Z_OK)
		return mun_fail_nomem(e, "inflate");
	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (z.avail_out || (rc != Z_STREAM_END && rc != Z_BUF_ERROR))
		return mun_fail(e, MUN_ECORRUPT,
				"the compressed data is broken");
	return 0;
}

static int unpack_deflate(struct mun_unpacker *u, bool zlib, const uint8_t *in,
			  size_t len, uint8_t *out, size_t out_len,
			  struct mun_err *e)
{
	enum libdeflate_result r;
	size_t used;

	if (!u->deflate)
		u->deflate = libdeflate_alloc_decompressor();
	if (!u->deflate)
		return mun_fail_nomem(e, "decompressor");
	/* With no room for it to say how many came out, fewer are an error. */
	r = zlib ? libdeflate_zlib_decompress_ex(u->deflate, in, len, out,
						 out_len, &used, NULL)
		 : libdeflate_deflate_decompress_ex(u->deflate, in, len, out,
						    out_len, &used, NULL);
	if (r == LIBDEFLATE_SUCCESS)
		return 0;
	if (r == LIBDEFLATE_SHORT_OUTPUT)
		return mun_fail(e, MUN_ECORRUPT,
				"the compressed data ends too soon");
	/* A zlib stream without its sum cannot be trusted. */
	if (zlib)
		return mun_fail(e, MUN_ECORRUPT,
				"the compressed data is broken");
	return inflate_open_end(in, len, -15, out, out_len, e);
}

static int unpack_zstd(struct mun_unpacker *u, const uint8_t *in, size_t len,
		       uint8_t *out, size_t out_len, struct mun_err *e)
{
	ZSTD_inBuffer from = { in, len, 0 };
	ZSTD_outBuffer to = { out, out_len, 0 };
	size_t frame = ZSTD_findFrameCompressedSize(in, len);
	size_t n;

	if (!u->zstd)
		u->zstd = ZSTD_createDCtx();
	if (!u->zstd)
		return mun_fail_nomem(e, "decompressor");
	if (!ZSTD_isError(frame)) {
		n = ZSTD_decompressDCtx(u->zstd, out, out_len, in, frame);
		if (!ZSTD_isError(n) && n == out_len)
			return 0;
		return mun_fail(e, MUN_ECORRUPT,
				"the compressed data is broken");
	}
	/* As above: one that has not ended when all is there. */
	(void)ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
	while (to.pos < to.size) {
		size_t before = from.pos + to.pos;

		n = ZSTD_decompressStream(u->zstd, &to, &from);
		if (ZSTD_isError(n) || from.pos + to.pos == before)
			return mun_fail(e, MUN_ECORRUPT,
					"the compressed data is broken");
	}
	return 0;
}

int mun_unpack(struct mun_unpacker *u, enum mun_packing how, const uint8_t *in,
	       size_t len, uint8_t *out, size_t out_len, struct mun_err *e)
{
	if (how == MUN_PACKED_ZSTD)
		return unpack_zstd(u, in, len, out, out_len, e);
	return unpack_deflate(u, how == MUN_PACKED_ZLIB, in, len, out, out_len,
			      e);
}
