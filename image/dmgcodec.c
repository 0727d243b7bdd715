/* SPDX-License-Identifier: Apache-2.0 */
/* image/dmgcodec.c - one compressed run of a UDIF or NDIF image */
#include "image/dmgcodec.h"

#include "image/adc.h"
#include "image/lzfse.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>
#include <string.h>

/* Dictionaries are at most as large as a run; the decoder needs a little. */
#define XZ_MEMORY ((uint64_t)80 << 20)

static int broken(const char *coding, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"%s data does not give the bytes that it should",
			coding);
}

static int decode_zlib(const uint8_t *in, size_t in_len, uint8_t *out,
		       size_t out_len, struct mun_err *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result result;

	if (!d)
		return mun_fail_nomem(e, "zlib decoder");
	/* What follows the stream is nobody's. */
	result = libdeflate_zlib_decompress_ex(d, in, in_len, out, out_len,
					       NULL, NULL);
	libdeflate_free_decompressor(d);
	return result == LIBDEFLATE_SUCCESS ? 0 : broken("zlib", e);
}

static int decode_bzip2(uint8_t *in, size_t in_len, uint8_t *out,
			size_t out_len, struct mun_err *e)
{
	bz_stream s = {
		.next_in = (char *)in,
		.avail_in = (unsigned int)in_len,
		.next_out = (char *)out,
		.avail_out = (unsigned int)out_len,
	};
	int rc = BZ2_bzDecompressInit(&s, 0, 0);

	if (rc == BZ_MEM_ERROR)
		return mun_fail_nomem(e, "bzip2 decoder");
	if (rc != BZ_OK)
		return broken("bzip2", e);
	rc = BZ2_bzDecompress(&s);
	(void)BZ2_bzDecompressEnd(&s);
	if (rc == BZ_MEM_ERROR)
		return mun_fail_nomem(e, "bzip2 decoder");
	return rc == BZ_STREAM_END && s.avail_out == 0 ? 0 : broken("bzip2", e);
}

static int decode_xz(const uint8_t *in, size_t in_len, uint8_t *out,
		     size_t out_len, struct mun_err *e)
{
	uint64_t memory = XZ_MEMORY;
	size_t in_pos = 0;
	size_t out_pos = 0;
	lzma_ret rc = lzma_stream_buffer_decode(&memory, 0, NULL, in, &in_pos,
						in_len, out, &out_pos, out_len);

	if (rc == LZMA_MEM_ERROR)
		return mun_fail_nomem(e, "xz decoder");
	if (rc == LZMA_MEMLIMIT_ERROR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"xz data wants %llu bytes to be decoded",
				(unsigned long long)memory);
	return rc == LZMA_OK && out_pos == out_len ? 0 : broken("xz", e);
}

int mun_dmg_decode(enum mun_dmg_coding coding, uint8_t *in, size_t in_len,
		   uint8_t *out, size_t out_len, struct mun_err *e)
{
	switch (coding) {
	case MUN_DMG_ADC:
		return mun_adc_decode(in, in_len, out, out_len, e);
	case MUN_DMG_ZLIB:
		return decode_zlib(in, in_len, out, out_len, e);
	case MUN_DMG_BZIP2:
		return decode_bzip2(in, in_len, out, out_len, e);
	case MUN_DMG_LZFSE:
		return mun_lzfse_decode(in, in_len, out, out_len, e);
	case MUN_DMG_XZ:
		return decode_xz(in, in_len, out, out_len, e);
	case MUN_DMG_RAW:
		if (in_len != out_len)
			return broken("plain", e);
		memcpy(out, in, out_len);
		return 0;
	case MUN_DMG_ZERO:
	case MUN_DMG_FREE:
	case MUN_DMG_CODINGS:
	default:
		memset(out, 0, out_len);
		return 0;
	}
}

const char *mun_dmg_coding_name(enum mun_dmg_coding coding)
{
	static const char *const names[] = {
		[MUN_DMG_ZERO] = "zeros",   [MUN_DMG_FREE] = "free",
		[MUN_DMG_RAW] = "plain",    [MUN_DMG_ADC] = "ADC",
		[MUN_DMG_ZLIB] = "zlib",    [MUN_DMG_BZIP2] = "bzip2",
		[MUN_DMG_LZFSE] = "LZFSE",  [MUN_DMG_XZ] = "LZMA",
		[MUN_DMG_CODINGS] = "none",
	};

	return names[coding];
}
