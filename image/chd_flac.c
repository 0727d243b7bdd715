/* SPDX-License-Identifier: Apache-2.0 */
/* image/chd_flac.c - FLAC frames without a header, as CHD stores them */
#include "image/fmt_chd.h"

#include "core/check.h"

#include <FLAC/stream_decoder.h>
#include <string.h>

/* "fLaC", then STREAMINFO as the last block: RFC 9639, sections 8.1 and 8.2. */
#define HEAD 42u

struct flac {
	uint8_t head[HEAD];
	const uint8_t *in;
	size_t len;
	size_t at; /* of head and input together */
	uint8_t *out;
	size_t samples; /* still wanted, of both channels */
	bool big_endian;
	bool wrong;
};

/* The block size is a hint; no less than what any frame here has. */
static void make_head(uint8_t head[static HEAD])
{
	static const uint8_t fixed[] = {
		'f',  'L',  'a',  'C',  0x80, 0, 0, 34, /* STREAMINFO */
		0,    16, /* smallest block */
		0xff, 0xff, /* largest block */
		0,    0,    0,    0,    0,    0, /* sizes of frames: not known */
		0x0a, 0xc4, 0x42, 0xf0, /* 44100 Hz, 2 channels, 16 bits */
	};

	memset(head, 0, HEAD);
	memcpy(head, fixed, sizeof(fixed));
}

static FLAC__StreamDecoderReadStatus
give(const FLAC__StreamDecoder *d, FLAC__byte buf[], size_t *bytes, void *ctx)
{
	struct flac *f = ctx;
	size_t done = 0;

	(void)d;
	while (done < *bytes && f->at < HEAD + f->len) {
		buf[done++] =
			f->at < HEAD ? f->head[f->at] : f->in[f->at - HEAD];
		f->at++;
	}
	*bytes = done;
	return done ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
		    : FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
}

static FLAC__StreamDecoderTellStatus tell(const FLAC__StreamDecoder *d,
					  FLAC__uint64 *off, void *ctx)
{
	const struct flac *f = ctx;

	(void)d;
	*off = f->at;
	return FLAC__STREAM_DECODER_TELL_STATUS_OK;
}

static void put(struct flac *f, FLAC__int32 sample)
{
	uint32_t v = (uint32_t)sample;

	*f->out++ = (uint8_t)(f->big_endian ? v >> 8 : v);
	*f->out++ = (uint8_t)(f->big_endian ? v : v >> 8);
}

static FLAC__StreamDecoderWriteStatus take(const FLAC__StreamDecoder *d,
					   const FLAC__Frame *frame,
					   const FLAC__int32 *const channels[],
					   void *ctx)
{
	struct flac *f = ctx;
	size_t n = MUN_MIN((size_t)frame->header.blocksize, f->samples);

	(void)d;
	if (frame->header.channels != 2 ||
	    frame->header.bits_per_sample != 16) {
		f->wrong = true;
		return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
	}
	for (size_t i = 0; i < n; i++) {
		put(f, channels[0][i]);
		put(f, channels[1][i]);
	}
	f->samples -= n;
	return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

static void complain(const FLAC__StreamDecoder *d,
		     FLAC__StreamDecoderErrorStatus status, void *ctx)
{
	struct flac *f = ctx;

	(void)d;
	(void)status;
	f->wrong = true;
}

static bool decode(FLAC__StreamDecoder *d, struct flac *f, size_t *used)
{
	FLAC__uint64 end = 0;

	if (FLAC__stream_decoder_init_stream(d, give, NULL, tell, NULL, NULL,
					     take, NULL, complain, f) !=
	    FLAC__STREAM_DECODER_INIT_STATUS_OK)
		return false;
	while (f->samples && !f->wrong) {
		if (!FLAC__stream_decoder_process_single(d) ||
		    FLAC__stream_decoder_get_state(d) ==
			    FLAC__STREAM_DECODER_END_OF_STREAM)
			break;
	}
	if (f->samples || f->wrong ||
	    !FLAC__stream_decoder_get_decode_position(d, &end) || end < HEAD ||
	    end - HEAD > f->len)
		return false;
	*used = (size_t)(end - HEAD);
	return true;
}

int mun_chd_flac(const uint8_t *in, size_t len, size_t samples, bool big_endian,
		 uint8_t *out, size_t *used, struct mun_err *e)
{
	struct flac f = {
		.in = in,
		.len = len,
		.out = out,
		.samples = samples,
		.big_endian = big_endian,
	};
	FLAC__StreamDecoder *d = FLAC__stream_decoder_new();
	bool ok;

	if (!d)
		return mun_fail_nomem(e, "FLAC");
	make_head(f.head);
	ok = decode(d, &f, used);
	FLAC__stream_decoder_delete(d);
	return ok ? 0 : mun_fail(e, MUN_ECORRUPT, "FLAC that does not decode");
}
