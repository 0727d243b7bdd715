/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd_codec.c - what the hunks of a CHD are compressed with
 *
 * zlib (raw deflate), lzma (LZMA1 without a header), huff, flac, zstd; and for
 * CDs cdzl, cdlz, cdfl, cdzs, which take main channel and sub-channel apart:
 *	bits, one a frame: sync and ECC were left out	u16 or u24 length of
 *	what follows	main channel	sub-channel
 */
#include "image/fmt_chd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"

#include <libdeflate.h>
#include <lzma.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define MAIN 2352u
#define SUB 96u

/* crc_table[n] is of a byte with @n bytes of zeros behind it: so eight bytes go
 * in one step. */
#define CRC_STEP 8u

static uint16_t crc_table[CRC_STEP][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void make_crc(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		uint32_t v = i << 8;

		for (int bit = 0; bit < 8; bit++)
			v = v & 0x8000 ? v << 1 ^ 0x1021 : v << 1;
		crc_table[0][i] = (uint16_t)v;
	}
	for (unsigned int n = 1; n < CRC_STEP; n++) {
		for (unsigned int i = 0; i < 256; i++) {
			uint16_t v = crc_table[n - 1][i];

			crc_table[n][i] =
				(uint16_t)(v << 8 ^ crc_table[0][v >> 8]);
		}
	}
}

uint16_t mun_chd_crc16(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	(void)pthread_once(&crc_once, make_crc);
	for (; len >= CRC_STEP; p += CRC_STEP, len -= CRC_STEP)
		crc = (uint16_t)(crc_table[7][p[0] ^ crc >> 8] ^
				 crc_table[6][p[1] ^ (crc & 0xff)] ^
				 crc_table[5][p[2]] ^ crc_table[4][p[3]] ^
				 crc_table[3][p[4]] ^ crc_table[2][p[5]] ^
				 crc_table[1][p[6]] ^ crc_table[0][p[7]]);
	for (; len; p++, len--)
		crc = (uint16_t)(crc << 8 ^
				 crc_table[0][(crc >> 8 ^ *p) & 0xff]);
	return crc;
}

static int wrong(struct mun_err *e, const char *codec)
{
	return mun_fail(e, MUN_ECORRUPT, "%s data that does not decode", codec);
}

static int inflate_raw(const uint8_t *in, size_t len, uint8_t *out,
		       size_t bytes, struct mun_err *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result r;

	if (!d)
		return mun_fail_nomem(e, "inflate");
	r = libdeflate_deflate_decompress(d, in, len, out, bytes, NULL);
	libdeflate_free_decompressor(d);
	return r == LIBDEFLATE_SUCCESS ? 0 : wrong(e, "deflate");
}

/* There is no end mark: it ends when all is there. */
static int decode_lzma(const uint8_t *in, size_t len, uint8_t *out,
		       size_t bytes, struct mun_err *e)
{
	lzma_options_lzma options = {
		.dict_size = MUN_CHD_HUNK_MAX,
		.lc = 3,
		.lp = 0,
		.pb = 2,
	};
	const lzma_filter filters[] = {
		{ LZMA_FILTER_LZMA1, &options },
		{ LZMA_VLI_UNKNOWN, NULL },
	};
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_raw_decoder(&s, filters);
	bool whole;

	if (ret != LZMA_OK)
		return mun_fail_nomem(e, "LZMA");
	s.next_in = in;
	s.avail_in = len;
	s.next_out = out;
	s.avail_out = bytes;
	while (s.avail_out && ret == LZMA_OK)
		ret = lzma_code(&s, LZMA_RUN);
	whole = !s.avail_out;
	lzma_end(&s);
	return whole ? 0 : wrong(e, "LZMA");
}

static int decode_zstd(const uint8_t *in, size_t len, uint8_t *out,
		       size_t bytes, struct mun_err *e)
{
	return ZSTD_decompress(out, bytes, in, len) == bytes ? 0
							     : wrong(e, "zstd");
}

static int decode_huff(const uint8_t *in, size_t len, uint8_t *out,
		       size_t bytes, struct mun_err *e)
{
	struct mun_chd_huffman h = { .bits = 16, .symbols = 256 };
	struct mun_chd_bits b = { .data = in, .len = len };
	int rc = mun_chd_huffman_tree(&h, &b, e);

	for (size_t i = 0; !rc && i < bytes; i++)
		out[i] = (uint8_t)mun_chd_huffman_next(&h, &b);
	mun_chd_huffman_clear(&h);
	if (!rc && mun_chd_bits_past(&b))
		rc = wrong(e, "Huffman");
	return rc;
}

/* The first byte tells the byte order of the samples. */
static int decode_flac(const uint8_t *in, size_t len, uint8_t *out,
		       size_t bytes, struct mun_err *e)
{
	size_t used;

	if (len < 1 || (in[0] != 'L' && in[0] != 'B'))
		return wrong(e, "FLAC");
	return mun_chd_flac(in + 1, len - 1, bytes / 4, in[0] == 'B', out,
			    &used, e);
}

/* Main channel and sub-channel lie apart: put each frame together. */
static void weave(const uint8_t *main, const uint8_t *sub, size_t frames,
		  const uint8_t *ecc, uint8_t *out)
{
	static const uint8_t sync[12] = { 0,    0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0 };

	for (size_t i = 0; i < frames; i++) {
		uint8_t *frame = out + i * MUN_CHD_FRAME;

		memcpy(frame, main + i * MAIN, MAIN);
		memcpy(frame + MAIN, sub + i * SUB, SUB);
		if (ecc && ((uint32_t)ecc[i / 8] >> i % 8 & 1u)) {
			memcpy(frame, sync, sizeof(sync));
			mun_cd_make_ecc(frame);
		}
	}
}

typedef int decode_fn(const uint8_t *in, size_t len, uint8_t *out, size_t bytes,
		      struct mun_err *e);

static int decode_cd(const uint8_t *in, size_t len, size_t frames,
		     decode_fn *main, decode_fn *sub, uint8_t *out,
		     struct mun_err *e)
{
	size_t flags = (frames + 7) / 8;
	size_t field = frames * MUN_CHD_FRAME < 65536 ? 2 : 3;
	mun_autofree uint8_t *apart = malloc(frames * MUN_CHD_FRAME);
	size_t first = 0;
	int rc;

	if (!apart)
		return mun_fail_nomem(e, "hunk");
	if (len < flags + field)
		return wrong(e, "CD");
	for (size_t i = 0; i < field; i++)
		first = first << 8 | in[flags + i];
	if (first > len - flags - field)
		return wrong(e, "CD");
	rc = main(in + flags + field, first, apart, frames * MAIN, e);
	if (!rc)
		rc = sub(in + flags + field + first,
			 len - flags - field - first, apart + frames * MAIN,
			 frames * SUB, e);
	if (!rc)
		weave(apart, apart + frames * MAIN, frames, in, out);
	return rc;
}

/* Audio as FLAC, then the sub-channel; nothing is left out. */
static int decode_cdfl(const uint8_t *in, size_t len, size_t frames,
		       uint8_t *out, struct mun_err *e)
{
	mun_autofree uint8_t *apart = malloc(frames * MUN_CHD_FRAME);
	size_t used = 0;
	int rc;

	if (!apart)
		return mun_fail_nomem(e, "hunk");
	rc = mun_chd_flac(in, len, frames * MAIN / 4, true, apart, &used, e);
	if (!rc)
		rc = inflate_raw(in + used, len - used, apart + frames * MAIN,
				 frames * SUB, e);
	if (!rc)
		weave(apart, apart + frames * MAIN, frames, NULL, out);
	return rc;
}

static const struct {
	uint32_t tag;
	decode_fn *main;
	decode_fn *sub; /* NULL: not of a CD */
} codecs[] = {
	{ MUN_CHD_TAG('z', 'l', 'i', 'b'), inflate_raw, NULL },
	{ MUN_CHD_TAG('l', 'z', 'm', 'a'), decode_lzma, NULL },
	{ MUN_CHD_TAG('h', 'u', 'f', 'f'), decode_huff, NULL },
	{ MUN_CHD_TAG('f', 'l', 'a', 'c'), decode_flac, NULL },
	{ MUN_CHD_TAG('z', 's', 't', 'd'), decode_zstd, NULL },
	{ MUN_CHD_TAG('c', 'd', 'z', 'l'), inflate_raw, inflate_raw },
	{ MUN_CHD_TAG('c', 'd', 'l', 'z'), decode_lzma, inflate_raw },
	{ MUN_CHD_TAG('c', 'd', 'z', 's'), decode_zstd, decode_zstd },
};

#define CDFL MUN_CHD_TAG('c', 'd', 'f', 'l')

bool mun_chd_knows(uint32_t codec)
{
	for (size_t i = 0; i < MUN_COUNT(codecs); i++)
		if (codecs[i].tag == codec)
			return true;
	return codec == CDFL;
}

int mun_chd_decode(const struct mun_chd *c, uint32_t codec, const uint8_t *in,
		   size_t len, uint8_t *out, struct mun_err *e)
{
	size_t frames = c->hunk_bytes / MUN_CHD_FRAME;
	bool of_cd = c->hunk_bytes % MUN_CHD_FRAME == 0;

	if (codec == CDFL && of_cd)
		return decode_cdfl(in, len, frames, out, e);
	for (size_t i = 0; i < MUN_COUNT(codecs); i++) {
		if (codecs[i].tag != codec)
			continue;
		if (!codecs[i].sub)
			return codecs[i].main(in, len, out, c->hunk_bytes, e);
		if (of_cd)
			return decode_cd(in, len, frames, codecs[i].main,
					 codecs[i].sub, out, e);
	}
	return mun_fail(e, MUN_EUNSUPPORTED, "codec %08x", codec);
}
