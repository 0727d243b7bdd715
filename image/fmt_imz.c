/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_imz.c - IMZ of WinImage: a ZIP that holds one image
 *
 * Little endian, from PKWARE's "APPNOTE":
 *	end	"PK\5\6", 4 u16 this disk, 8 u16 entries here, 10 u16 all, 12
 *		u32 bytes and 16 u32 offset of the directory, 20 u16 comment
 *	entry	"PK\1\2", 8 u16 flags (0 encrypted), 10 u16 method (0, 8), 12
 *		u32 DOS time, 16 u32 CRC-32, 20 u32 packed, 24 u32 unpacked, 28
 *		u16 name, 30 u16 extra, 32 u16 comment, 42 u32 local header
 *	local	"PK\3\4", 26 u16 name, 28 u16 extra, then the data
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define END 22u
#define ENTRY 46u
#define LOCAL 30u
#define TAIL_MAX (END + 65535u)
#define NAME_MAX_BYTES 255u

/* Below this and with another unit no floppy was ever imaged. */
#define IMAGE_MIN 4096u
#define IMAGE_UNIT 128u

struct zip {
	bool found; /* an end, and an entry where it says */
	unsigned int entries;
	unsigned int flags;
	unsigned int method;
	uint32_t crc;
	uint32_t packed;
	uint32_t unpacked;
	uint32_t local;
	char name[NAME_MAX_BYTES + 1];
	uint8_t comment[256]; /* of the archive, the first bytes */
	size_t comment_len;
};

/* The last end of a directory whose comment reaches the end of the file. */
static const uint8_t *find_end(const uint8_t *tail, size_t len)
{
	for (size_t i = len - END + 1; i-- > 0;)
		if (memcmp(tail + i, "PK\5\6", 4) == 0 &&
		    mun_le16(tail + i + 20) == len - i - END)
			return tail + i;
	return NULL;
}

static int read_entry(struct mun_source *src, uint32_t off, struct zip *z,
		      struct mun_err *e)
{
	uint8_t entry[ENTRY];
	size_t name;
	int rc;

	rc = mun_peek(src, entry, sizeof(entry), off, e);
	if (rc || memcmp(entry, "PK\1\2", 4) != 0)
		return rc;
	z->flags = mun_le16(entry + 8);
	z->method = mun_le16(entry + 10);
	z->crc = mun_le32(entry + 16);
	z->packed = mun_le32(entry + 20);
	z->unpacked = mun_le32(entry + 24);
	z->local = mun_le32(entry + 42);
	name = MUN_MIN((size_t)mun_le16(entry + 28), (size_t)NAME_MAX_BYTES);
	rc = mun_peek(src, z->name, name, (uint64_t)off + ENTRY, e);
	z->found = !rc;
	return rc;
}

static int look(struct mun_source *src, struct zip *z, struct mun_err *e)
{
	size_t len = (size_t)MUN_MIN(src->size, (uint64_t)TAIL_MAX);
	mun_autofree uint8_t *tail = NULL;
	const uint8_t *end;
	bool zip;
	int rc;

	memset(z, 0, sizeof(*z));
	rc = mun_peek_match(src, 0, "PK\3\4", 4, &zip, e);
	if (rc || !zip || len < END)
		return rc;
	tail = malloc(len);
	if (!tail)
		return mun_fail_nomem(e, "end of a ZIP");
	rc = mun_source_pread(src, tail, len, src->size - len, e);
	if (rc)
		return rc;
	end = find_end(tail, len);
	if (!end || mun_le16(end + 4) || mun_le16(end + 8) == 0)
		return 0;
	z->entries = mun_le16(end + 10);
	z->comment_len =
		MUN_MIN((size_t)mun_le16(end + 20), sizeof(z->comment));
	memcpy(z->comment, end + END, z->comment_len);
	return read_entry(src, mun_le32(end + 16), z, e);
}

/* Of all ZIPs only those that can be meant as an image: one file in it, as
 * large as floppies are. */
static int imz_bid(struct mun_source *src, const char *file_name)
{
	struct zip z;
	struct mun_err e;

	(void)file_name;
	if (look(src, &z, &e) || !z.found || z.entries != 1 ||
	    z.unpacked < IMAGE_MIN || z.unpacked % IMAGE_UNIT ||
	    z.unpacked > MUN_WRAP_BYTES)
		return MUN_BID_NO;
	return MUN_BID_CHECKED;
}

/* Where the data of the entry are; its local header says. */
static int find_data(struct mun_image *img, const struct zip *z, uint64_t *off,
		     struct mun_err *e)
{
	uint64_t size = img->src->size;
	uint8_t local[LOCAL];
	int rc;

	rc = mun_peek(img->src, local, sizeof(local), z->local, e);
	if (rc)
		return rc;
	*off = (uint64_t)z->local + LOCAL + mun_le16(local + 26) +
	       mun_le16(local + 28);
	if (memcmp(local, "PK\3\4", 4) != 0 || *off > size ||
	    z->packed > size - *off)
		return mun_fail(e, MUN_ECORRUPT,
				"no %u bytes of a file at byte %u of the ZIP",
				z->packed, z->local);
	return 0;
}

static int unpack(const struct zip *z, uint8_t **packed, uint8_t **data,
		  size_t *len, struct mun_err *e)
{
	enum mun_wrap_end end = MUN_WRAP_DONE;
	size_t used = 0;
	int rc;

	if (z->method == 0) {
		*data = mun_steal(packed);
		*len = z->packed;
	} else {
		rc = mun_wrap_inflate(*packed, z->packed, &used, data, len,
				      &end, e);
		if (rc)
			return rc;
	}
	if (*len != z->unpacked || end != MUN_WRAP_DONE)
		return mun_fail(e, MUN_ECORRUPT,
				"the ZIP tells %u bytes, but more or less "
				"(%zu) are in it",
				z->unpacked, *len);
	return 0;
}

static int open_inner(struct mun_image *img, const struct zip *z,
		      uint8_t **data, size_t len, struct mun_err *e)
{
	bool good = (uint32_t)crc32_z(0, *data, len) == z->crc;
	struct mun_wrap w = {
		.how = "ZIP",
		.name = z->name,
		.len = len,
		.doubtful = !good,
	};
	int rc;

	rc = mun_image_check_fact(img, "ZIP CRC-32",
				  good ? MUN_FACT_GOOD : MUN_FACT_BAD, e,
				  "%08x", z->crc);
	if (rc)
		return rc;
	w.data = mun_steal(data);
	return mun_wrap_open(img, &w, e);
}

static int decode(struct mun_image *img, const struct zip *z, struct mun_err *e)
{
	mun_autofree uint8_t *packed = NULL;
	mun_autofree uint8_t *data = NULL;
	uint64_t off;
	size_t len = 0;
	int rc;

	rc = find_data(img, z, &off, e);
	if (rc)
		return rc;
	packed = malloc((size_t)z->packed + 1);
	if (!packed)
		return mun_fail_nomem(e, "file in a ZIP");
	rc = mun_source_pread(img->src, packed, z->packed, off, e);
	if (!rc)
		rc = unpack(z, &packed, &data, &len, e);
	return rc ? rc : open_inner(img, z, &data, len, e);
}

static int tell(struct mun_image *img, const struct zip *z, struct mun_err *e)
{
	int rc;

	mun_image_set_puid(img, "x-fmt/263");
	mun_image_set_mime(img, "application/zip");
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "name inside", z->name,
				  strlen(z->name), e);
	if (!rc)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "comment",
					  z->comment, z->comment_len, e);
	if (!rc && z->entries > 1)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "further files", e,
				    "%u more in the ZIP are not shown",
				    z->entries - 1);
	return rc;
}

static int imz_open(struct mun_image *img, struct mun_err *e)
{
	struct zip z;
	int rc;

	rc = look(img->src, &z, e);
	if (rc)
		return rc;
	if (!z.found)
		return mun_fail(e, MUN_ECORRUPT,
				"no directory of a ZIP that holds a file");
	rc = tell(img, &z, e);
	if (rc)
		return rc;
	if (z.flags & 1)
		return mun_wrap_keep(img, "encrypted with a password", e);
	if (z.method != 0 && z.method != 8)
		return mun_wrap_keep(img,
				     "compressed by another method than "
				     "deflate",
				     e);
	if (z.unpacked > MUN_WRAP_BYTES || z.packed > MUN_WRAP_PACKED)
		return mun_wrap_keep(
			img, "more than 64 MiB: to be unpacked first", e);
	return decode(img, &z, e);
}

const struct mun_image_driver mun_image_imz = {
	.name = "imz",
	.title = "IMZ of WinImage, an image in a ZIP",
	.suffixes = "imz",
	.bid = imz_bid,
	.open = imz_open,
	.pread = mun_wrap_pread,
	.next_extent = mun_wrap_next_extent,
	.verify = mun_wrap_verify,
	.close = mun_wrap_close,
};
