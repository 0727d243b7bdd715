/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/disc_wave.c - where the samples of a WAVE file lie
 *
 * RIFF: "RIFF", u32 size, "WAVE", then chunks: 0 id[4], 4 u32 size, data, and a
 * byte more where the size is odd.  Little-endian.  "fmt " begins with: 0 u16
 * coding (1: PCM, 0xfffe: told by the GUID at 24), 2 u16 channels, 4 u32
 * samples a second, 14 u16 bits a sample.
 */
#include "image/disc_sheet.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <string.h>

/* Nobody writes more before the samples; a hostile file must not keep us. */
#define CHUNKS_MAX 256u

static int check_format(const uint8_t *fmt, uint32_t len, struct mun_err *e)
{
	unsigned int coding = mun_le16(fmt);

	if (coding == 0xfffe && len >= 40)
		coding = mun_le16(fmt + 24);
	if (coding != 1 || mun_le16(fmt + 2) != 2 ||
	    mun_le32(fmt + 4) != 44100 || mun_le16(fmt + 14) != 16)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a WAVE file of coding %u, %u channels, %u Hz, "
				"%u bits; a disc has PCM, 2 channels, 44100 "
				"Hz, 16 bits",
				coding, mun_le16(fmt + 2), mun_le32(fmt + 4),
				mun_le16(fmt + 14));
	return 0;
}

static int read_format(struct mun_source *src, uint64_t at, uint32_t len,
		       struct mun_err *e)
{
	uint8_t fmt[40];
	int rc;

	if (len < 16)
		return mun_fail(e, MUN_ECORRUPT,
				"the format of a WAVE file has %u bytes", len);
	rc = mun_peek(src, fmt, sizeof(fmt), at, e);
	return rc ? rc : check_format(fmt, len, e);
}

static int must_be_wave(struct mun_source *src, struct mun_err *e)
{
	uint8_t head[12];
	int rc = mun_peek(src, head, sizeof(head), 0, e);

	if (rc)
		return rc;
	if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
		return mun_fail(e, MUN_EUNSUPPORTED, "it is no WAVE file");
	return 0;
}

/* A recorder that was stopped leaves a size of 0, one that writes to a pipe one
 * near 2 or 4 GiB: then the samples go to the end of the file. */
#define UNFINISHED 0x7ffff000u

int mun_wave_find(struct mun_source *src, uint64_t *off, uint64_t *bytes,
		  struct mun_err *e)
{
	uint64_t at = 12;
	bool told = false;
	int rc = must_be_wave(src, e);

	for (unsigned int i = 0; i < CHUNKS_MAX && !rc; i++) {
		uint8_t head[8];
		uint32_t len;

		if (at >= src->size)
			break;
		rc = mun_peek(src, head, sizeof(head), at, e);
		if (rc)
			return rc;
		len = mun_le32(head + 4);
		at += sizeof(head);
		if (memcmp(head, "fmt ", 4) == 0) {
			rc = read_format(src, at, len, e);
			told = true;
		} else if (memcmp(head, "data", 4) == 0 && told) {
			*off = MUN_MIN(at, src->size);
			*bytes = len;
			if (len == 0 || len >= UNFINISHED)
				*bytes = src->size - *off;
			return 0;
		}
		at += (uint64_t)len + (len & 1);
	}
	return rc ? rc
		  : mun_fail(e, MUN_ECORRUPT, "a WAVE file without samples");
}
