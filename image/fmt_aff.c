/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_aff.c - Advanced Forensic Format 1 to 3: named and described */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

/*
 * Big endian: "AFF10\r\n" and a zero, then segments:
 *	0 "AFF\0"  4 u32 bytes of name  8 u32 bytes of data  12 u32 argument
 *	name, data, "ATT\0", u32 bytes of the whole segment
 * The image is in segments "page0", "page1" ...; the others describe it.
 */
#define HEAD 8u
#define SEGMENT 16u
#define TAIL 8u
#define NAME_MAX_BYTES 64u
#define DATA_MAX 256u

/* What describes the image is written before the pages, and the digests behind
 * them: so many segments are looked at from either end. */
#define FROM_HEAD 128u
#define FROM_TAIL 16u

struct segment {
	uint64_t at;
	uint64_t end;
	uint64_t data_bytes;
	uint32_t argument;
	char name[NAME_MAX_BYTES + 1];
	size_t data_len; /* of what was read */
	uint8_t data[DATA_MAX];
};

struct seen {
	bool encrypted;
	bool afm;
	bool afd;
};

static const uint8_t magic[HEAD] = { 'A', 'F', 'F', '1', '0', '\r', '\n', 0 };

static int aff_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	if (!mun_peek_is(src, 0, magic, HEAD))
		return MUN_BID_NO;
	return mun_peek_is(src, HEAD, "AFF", 4) ? MUN_BID_CHECKED
						: MUN_BID_MAGIC;
}

/* @fits: is there a whole segment at byte @at? */
static int read_segment(struct mun_source *src, uint64_t at, struct segment *s,
			bool *fits, struct mun_err *e)
{
	uint8_t h[SEGMENT];
	uint8_t tail[TAIL];
	uint64_t name, bytes;
	int rc = mun_peek(src, h, sizeof(h), at, e);

	*fits = false;
	if (rc)
		return rc;
	name = mun_be32(h + 4);
	*s = (struct segment){
		.at = at,
		.data_bytes = mun_be32(h + 8),
		.argument = mun_be32(h + 12),
	};
	bytes = SEGMENT + name + s->data_bytes + TAIL;
	if (memcmp(h, "AFF", 4) != 0 || name > NAME_MAX_BYTES ||
	    at > src->size || bytes > src->size - at)
		return 0;
	s->end = at + bytes;
	s->data_len = (size_t)MUN_MIN(s->data_bytes, DATA_MAX);
	rc = mun_source_pread(src, tail, TAIL, s->end - TAIL, e);
	if (!rc && name)
		rc = mun_source_pread(src, s->name, (size_t)name, at + SEGMENT,
				      e);
	if (!rc && s->data_len)
		rc = mun_source_pread(src, s->data, s->data_len,
				      at + SEGMENT + name, e);
	*fits = !rc && memcmp(tail, "ATT", 4) == 0 &&
		mun_be32(tail + 4) == bytes;
	return rc;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_text(const struct segment *s)
{
	for (size_t i = 0; i < s->data_len; i++)
		if ((s->data[i] < ' ' && s->data[i] != '\n') ||
		    s->data[i] > '~')
			return false;
	return s->data_len > 0;
}

static int tell_digest(struct mun_image *img, const char *name,
		       const struct segment *s, struct mun_err *e)
{
	char hex[2 * 32 + 1];

	mun_hex(s->data, MUN_MIN(s->data_len, 32), hex);
	return mun_image_check_fact(img, name, MUN_FACT_NONE, e, "%s", hex);
}

/* A number is in the argument, or, of 64 bits, the lower half first. */
static int tell_number(struct mun_image *img, const struct segment *s,
		       struct mun_err *e)
{
	uint64_t n = s->argument;

	if (s->data_bytes == 8)
		n = mun_be32(s->data) | (uint64_t)mun_be32(s->data + 4) << 32;
	return mun_image_fact(img, MUN_FACT_MADE, s->name, e, "%llu",
			      (unsigned long long)n);
}

static int tell(struct mun_image *img, const struct segment *s,
		struct seen *seen, struct mun_err *e)
{
	static const char *const numbers[] = { "imagesize", "pagesize",
					       "sectorsize", "badsectors",
					       "devicesectors" };

	seen->encrypted |= ends_with(s->name, "/aes256") ||
			   strncmp(s->name, "affkey_", 7) == 0;
	if (strncmp(s->name, "page", 4) == 0 && s->name[4] >= '0' &&
	    s->name[4] <= '9')
		return 0;
	if (strcmp(s->name, "aff_file_type") == 0 && s->data_len == 3) {
		seen->afm = memcmp(s->data, "AFM", 3) == 0;
		seen->afd = memcmp(s->data, "AFD", 3) == 0;
	}
	if (strcmp(s->name, "md5") == 0 && s->data_bytes == 16)
		return tell_digest(img, "MD5", s, e);
	if (strcmp(s->name, "sha1") == 0 && s->data_bytes == 20)
		return tell_digest(img, "SHA-1", s, e);
	for (size_t i = 0; i < MUN_COUNT(numbers); i++)
		if (strcmp(s->name, numbers[i]) == 0 && s->data_bytes <= 8)
			return tell_number(img, s, e);
	if (!mun_text_is_clean(s->name, "") || !is_text(s))
		return 0;
	return mun_image_fact_bytes(
		img, MUN_FACT_MADE, s->name, s->data,
		s->data_len - (s->data[s->data_len - 1] == '\n'), e);
}

/* Forward from the head; *@upto is where it ended. */
static int look_from_head(struct mun_image *img, struct seen *seen,
			  uint64_t *upto, struct mun_err *e)
{
	bool fits = true;
	int rc = 0;

	*upto = HEAD;
	for (unsigned int i = 0; !rc && i < FROM_HEAD; i++) {
		struct segment s;

		rc = read_segment(img->src, *upto, &s, &fits, e);
		if (rc || !fits)
			break;
		rc = tell(img, &s, seen, e);
		*upto = s.end;
	}
	return rc;
}

/* Back from the end, as far as nothing was told of it before. */
static int look_from_tail(struct mun_image *img, struct seen *seen,
			  uint64_t from, struct mun_err *e)
{
	uint64_t end = img->src->size;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < FROM_TAIL; i++) {
		struct segment s;
		uint8_t tail[TAIL];
		uint32_t bytes;
		bool fits;

		if (end < from + SEGMENT + TAIL)
			return 0;
		rc = mun_source_pread(img->src, tail, TAIL, end - TAIL, e);
		bytes = mun_be32(tail + 4);
		if (rc || memcmp(tail, "ATT", 4) != 0 || bytes > end - from)
			return rc;
		rc = read_segment(img->src, end - bytes, &s, &fits, e);
		if (rc || !fits)
			return rc;
		rc = tell(img, &s, seen, e);
		end = s.at;
	}
	return rc;
}

static int aff_open(struct mun_image *img, struct mun_err *e)
{
	struct seen seen = { 0 };
	uint64_t upto = HEAD;
	bool is;
	int rc = mun_peek_match(img->src, 0, magic, HEAD, &is, e);

	if (!rc && !is)
		rc = mun_fail(e, MUN_ECORRUPT, "no signature of AFF");
	if (!rc)
		rc = look_from_head(img, &seen, &upto, e);
	if (!rc)
		rc = look_from_tail(img, &seen, upto, e);
	if (rc)
		return rc;
	mun_image_variant(img, "%s",
			  seen.afm   ? "AFM, describes raw files beside it"
			  : seen.afd ? "AFD, one of several files"
				     : "AFF, one file");
	if (seen.encrypted)
		mun_image_variant(img, "encrypted");
	mun_image_preserve_only(img,
				"its libraries are no longer kept up; "
				"affconvert of afflib turns it into raw%s",
				seen.encrypted ? ", with its passphrase" : "");
	mun_image_set_puid(img, "fmt/844");
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_aff = {
	.name = "aff",
	.title = "Advanced Forensic Format (AFF, AFD, AFM)",
	.suffixes = "aff afd afm",
	.bid = aff_bid,
	.open = aff_open,
};
