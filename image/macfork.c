/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/macfork.c - MacBinary, AppleSingle and AppleDouble
 *
 * MacBinary (128 bytes, big endian), then the data fork and the resource fork,
 * each filled up to 128 bytes:
 *	0 zero		1 name, a length and 63 characters
 *	65 type		69 creator	74 zero
 *	83 data fork	87 resource fork	91 created	95 modified
 *	99 comment (II)	102 "mBIN" (III)	120 second header (II)
 *	122 version 129 (II) or 130 (III)	123 version needed
 *	124 CRC-16 of the 124 bytes before (II)
 *
 * AppleSingle (0x00051600) and AppleDouble (0x00051607), RFC 1740:
 *	0 magic	4 version	24 number of entries, then of 12 bytes each
 *	{ id, offset, length }: 1 data, 2 resource fork, 3 name, 4 comment,
 *	8 dates (created, modified, ... seconds around 2000), 9 Finder's
 */
#include "image/macfork.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEAD 128u
/* From 1904 and from 2000 to 1970. */
#define MAC_EPOCH ((int64_t)2082844800)
#define DOUBLE_EPOCH ((int64_t)946684800)
#define DOUBLE_ENTRIES 64u

/* CRC-16 of XMODEM: 0x1021, from 0. */
static uint16_t crc16(const uint8_t *p, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021u : 0);
		crc &= 0xffff;
	}
	return (uint16_t)crc;
}

static uint64_t filled(uint64_t bytes)
{
	return (bytes + HEAD - 1) / HEAD * HEAD;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* The first version has no sum: everything that can be told must agree. */
static enum mun_mac_kind binary_kind(const uint8_t *h)
{
	if (crc16(h, 124) == mun_be16(h + 124) && !all_zero(h, 124)) {
		if (memcmp(h + 102, "mBIN", 4) == 0)
			return MUN_MACBINARY_3;
		if (h[122] >= 129 && h[123] >= 129)
			return MUN_MACBINARY_2;
	}
	return all_zero(h + 99, 29) ? MUN_MACBINARY_1 : MUN_MAC_NONE;
}

static bool name_is_one(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] < 0x20 || name[i] == 0x7f || name[i] == ':')
			return false;
	return true;
}

/* Do both forks, and what there may be before and after, fit the file? */
static bool place_forks(const uint8_t *h, uint64_t size,
			struct mun_mac_file *out)
{
	uint64_t second = out->summed ? filled(mun_be16(h + 120)) : 0;
	uint64_t comment = out->summed ? mun_be16(h + 99) : 0;
	uint64_t data = mun_be32(h + 83);
	uint64_t rsrc = mun_be32(h + 87);
	uint64_t rsrc_off = HEAD + second + filled(data);
	uint64_t end = rsrc_off + rsrc;

	if (data > INT32_MAX || rsrc > INT32_MAX || data + rsrc == 0 ||
	    end > size)
		return false;
	/* Nothing but filling and a comment follows. */
	if (!out->summed && size > rsrc_off + filled(rsrc))
		return false;
	out->data = (struct mun_mac_part){ HEAD + second, data };
	out->rsrc = (struct mun_mac_part){ rsrc_off, rsrc };
	end = rsrc_off + filled(rsrc);
	if (comment && end + comment <= size)
		out->comment = (struct mun_mac_part){ end, comment };
	return true;
}

static int64_t mac_seconds(const uint8_t p[static 4])
{
	return mun_be32(p) ? (int64_t)mun_be32(p) - MAC_EPOCH : 0;
}

static void read_binary(const uint8_t *h, uint64_t size,
			struct mun_mac_file *out)
{
	enum mun_mac_kind kind;

	if (size < HEAD || h[0] || h[74] || h[1] < 1 || h[1] > 63 ||
	    !name_is_one(h + 2, h[1]))
		return;
	kind = binary_kind(h);
	out->summed = kind == MUN_MACBINARY_2 || kind == MUN_MACBINARY_3;
	if (kind == MUN_MAC_NONE || (!out->summed && h[82]) ||
	    !place_forks(h, size, out))
		return;
	out->kind = kind;
	out->name_len = h[1];
	memcpy(out->name, h + 2, h[1]);
	out->has_type = true;
	memcpy(out->type, h + 65, 4);
	memcpy(out->creator, h + 69, 4);
	out->created = mac_seconds(h + 91);
	out->modified = mac_seconds(h + 95);
}

static int read_name(struct mun_source *src, struct mun_mac_part p,
		     struct mun_mac_file *out, struct mun_err *e)
{
	out->name_len = (size_t)MUN_MIN(p.bytes, sizeof(out->name));
	return mun_source_pread(src, out->name, out->name_len, p.off, e);
}

static int read_dates(struct mun_source *src, struct mun_mac_part p,
		      struct mun_mac_file *out, struct mun_err *e)
{
	uint8_t b[8];
	int rc;

	if (p.bytes < sizeof(b))
		return 0;
	rc = mun_source_pread(src, b, sizeof(b), p.off, e);
	if (rc)
		return rc;
	/* The lowest number means that it is not known. */
	if (mun_be32(b) != 0x80000000u)
		out->created = (int32_t)mun_be32(b) + DOUBLE_EPOCH;
	if (mun_be32(b + 4) != 0x80000000u)
		out->modified = (int32_t)mun_be32(b + 4) + DOUBLE_EPOCH;
	return 0;
}

static int read_finder(struct mun_source *src, struct mun_mac_part p,
		       struct mun_mac_file *out, struct mun_err *e)
{
	uint8_t b[8];
	int rc;

	if (p.bytes < sizeof(b))
		return 0;
	rc = mun_source_pread(src, b, sizeof(b), p.off, e);
	if (rc)
		return rc;
	out->has_type = true;
	memcpy(out->type, b, 4);
	memcpy(out->creator, b + 4, 4);
	return 0;
}

static int take_entry(struct mun_source *src, uint32_t id,
		      struct mun_mac_part p, struct mun_mac_file *out,
		      struct mun_err *e)
{
	switch (id) {
	case 1:
		out->data = p;
		return 0;
	case 2:
		out->rsrc = p;
		return 0;
	case 3:
		return read_name(src, p, out, e);
	case 4:
		out->comment = p;
		return 0;
	case 8:
		return read_dates(src, p, out, e);
	case 9:
		return read_finder(src, p, out, e);
	default:
		return 0;
	}
}

static int read_entries(struct mun_source *src, uint32_t n,
			struct mun_mac_file *out, struct mun_err *e)
{
	uint8_t b[12];

	for (uint32_t i = 0; i < n; i++) {
		struct mun_mac_part p;
		int rc = mun_source_pread(src, b, 12, 26 + (uint64_t)12 * i, e);

		if (rc)
			return rc;
		p.off = mun_be32(b + 4);
		p.bytes = mun_be32(b + 8);
		if (p.off > src->size || p.bytes > src->size - p.off) {
			out->kind = MUN_MAC_NONE;
			return 0;
		}
		rc = take_entry(src, mun_be32(b), p, out, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_double(struct mun_source *src, const uint8_t *h,
		       struct mun_mac_file *out, struct mun_err *e)
{
	uint32_t magic = mun_be32(h);
	uint32_t version = mun_be32(h + 4);
	uint32_t n = mun_be16(h + 24);

	if ((magic != 0x00051600 && magic != 0x00051607) ||
	    (version != 0x00010000 && version != 0x00020000) || n == 0 ||
	    n > DOUBLE_ENTRIES || src->size < 26 + (uint64_t)12 * n)
		return 0;
	out->kind = magic == 0x00051600 ? MUN_APPLESINGLE : MUN_APPLEDOUBLE;
	return read_entries(src, n, out, e);
}

int mun_mac_read(struct mun_source *src, struct mun_mac_file *out,
		 struct mun_err *e)
{
	uint8_t h[HEAD];
	int rc;

	memset(out, 0, sizeof(*out));
	rc = mun_peek(src, h, sizeof(h), 0, e);
	if (rc)
		return rc;
	rc = read_double(src, h, out, e);
	if (!rc && out->kind == MUN_MAC_NONE) {
		memset(out, 0, sizeof(*out));
		read_binary(h, src->size, out);
	}
	return rc;
}

const char *mun_mac_kind_name(enum mun_mac_kind kind)
{
	static const char *const names[] = {
		[MUN_MAC_NONE] = "none",
		[MUN_MACBINARY_1] = "MacBinary",
		[MUN_MACBINARY_2] = "MacBinary II",
		[MUN_MACBINARY_3] = "MacBinary III",
		[MUN_APPLESINGLE] = "AppleSingle",
		[MUN_APPLEDOUBLE] = "AppleDouble",
	};

	return names[kind];
}

void mun_mac_time(int64_t seconds, bool utc, char out[static 32])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&t, &tm))
		(void)strftime(out, 32,
			       utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S",
			       &tm);
}

static int tell_time(struct mun_image *img, const char *name, int64_t seconds,
		     bool utc, struct mun_err *e)
{
	char text[32];

	if (!seconds)
		return 0;
	mun_mac_time(seconds, utc, text);
	return mun_image_fact(img, MUN_FACT_MADE, name, e, "%s", text);
}

static int tell_comment(struct mun_image *img, const struct mun_mac_part *p,
			struct mun_err *e)
{
	uint8_t text[256];
	size_t len = (size_t)MUN_MIN(p->bytes, sizeof(text));
	int rc = mun_source_pread(img->src, text, len, p->off, e);

	return rc ? rc
		  : mun_image_fact_bytes(img, MUN_FACT_MADE, "file comment",
					 text, len, e);
}

int mun_mac_facts(struct mun_image *img, const struct mun_mac_file *f,
		  struct mun_err *e)
{
	/* MacBinary keeps the clock of the Macintosh, which has no zone. */
	bool utc = f->kind == MUN_APPLESINGLE || f->kind == MUN_APPLEDOUBLE;
	int rc = mun_image_fact(img, MUN_FACT_MADE, "wrapped in", e, "%s",
				mun_mac_kind_name(f->kind));

	if (!rc)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "file name",
					  f->name, f->name_len, e);
	if (!rc && f->has_type)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "file type",
					  f->type, sizeof(f->type), e);
	if (!rc && f->has_type)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "file creator",
					  f->creator, sizeof(f->creator), e);
	if (!rc)
		rc = tell_time(img, "file created", f->created, utc, e);
	if (!rc)
		rc = tell_time(img, "file modified", f->modified, utc, e);
	return rc ? rc : tell_comment(img, &f->comment, e);
}
