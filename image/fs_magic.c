/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_magic.c - file systems that a superblock of fixed places tells
 *
 * Of these nothing but name, label, number and size is looked for: no machine
 * is started by what they hold in a way that could be seen from outside.
 */
#include "image/contents.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <string.h>

#define NONE 0xffffu

enum width { U16L = 2, U32L = 4, U64L = 8, U32B = 12, U64B = 16 };

struct number {
	uint16_t off; /* in the superblock; NONE */
	enum width width;
};

struct known {
	const char *fs;
	const char *title;
	uint32_t super; /* byte of the superblock */
	uint16_t magic_off; /* in it */
	uint8_t magic_len;
	const char *magic;
	struct number blocks; /* or bytes, where there is no block */
	struct number block; /* bytes of one */
	uint16_t uuid; /* NONE */
	uint16_t label;
	uint16_t label_len;
	enum mun_label_code code;
};

#define MAGIC(off, text) \
	.magic_off = (off), .magic_len = sizeof(text) - 1, .magic = (text)
#define NUMBER(off, width) \
	{ \
		(off), (width) \
	}
#define NO_NUMBER \
	{ \
		NONE, U32L \
	}

#define REISER(text, label_bytes) \
	{ \
		.fs = "reiserfs", .title = "ReiserFS", .super = 65536, \
		MAGIC(52, text), .blocks = NUMBER(0, U32L), \
		.block = NUMBER(44, U16L), .uuid = 84, .label = 100, \
		.label_len = (label_bytes), .code = MUN_LABEL_UTF8, \
	}

/* Signed at the end of the first page, whatever its size was. */
#define SWAP(page) \
	{ \
		.fs = "swap", .title = "Linux swap", .super = 0, \
		.magic_off = (page)-10, .magic_len = 10, \
		.magic = "SWAPSPACE2", .blocks = NO_NUMBER, \
		.block = NO_NUMBER, .uuid = 1036, .label = 1052, \
		.label_len = 16, .code = MUN_LABEL_UTF8, \
	}

/* Each as its own system documents it; the longer magic first. */
static const struct known table[] = {
	{ .fs = "btrfs",
	  .title = "Btrfs",
	  .super = 65536,
	  MAGIC(64, "_BHRfS_M"),
	  .blocks = NUMBER(112, U64L),
	  .block = NO_NUMBER,
	  .uuid = 32,
	  .label = 299,
	  .label_len = 255,
	  .code = MUN_LABEL_UTF8 },
	REISER("ReIsErFs", 0),
	REISER("ReIsEr2Fs", 16),
	REISER("ReIsEr3Fs", 16),
	{ .fs = "reiser4",
	  .title = "Reiser4",
	  .super = 65536,
	  MAGIC(0, "ReIsEr4"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = 20,
	  .label = 36,
	  .label_len = 16,
	  .code = MUN_LABEL_UTF8 },
	{ .fs = "jfs",
	  .title = "JFS",
	  .super = 32768,
	  MAGIC(0, "JFS1"),
	  .blocks = NUMBER(8, U64L),
	  .block = NUMBER(24, U32L),
	  .uuid = 136,
	  .label = 152,
	  .label_len = 16,
	  .code = MUN_LABEL_UTF8 },
	{ .fs = "xfs",
	  .title = "XFS",
	  .super = 0,
	  MAGIC(0, "XFSB"),
	  .blocks = NUMBER(8, U64B),
	  .block = NUMBER(4, U32B),
	  .uuid = 32,
	  .label = 108,
	  .label_len = 12,
	  .code = MUN_LABEL_UTF8 },
	SWAP(4096),
	SWAP(8192),
	SWAP(16384),
	SWAP(65536),
	{ .fs = "f2fs",
	  .title = "F2FS",
	  .super = 1024,
	  MAGIC(0, "\x10\x20\xf5\xf2"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = 108,
	  .label = 124,
	  .label_len = 512,
	  .code = MUN_LABEL_UCS2LE },
	{ .fs = "erofs",
	  .title = "EROFS",
	  .super = 1024,
	  MAGIC(0, "\xe2\xe1\xf5\xe0"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = 48,
	  .label = 64,
	  .label_len = 16,
	  .code = MUN_LABEL_UTF8 },
	{ .fs = "romfs",
	  .title = "romfs",
	  .super = 0,
	  MAGIC(0, "-rom1fs-"),
	  .blocks = NUMBER(8, U32B),
	  .block = NO_NUMBER,
	  .uuid = NONE,
	  .label = 16,
	  .label_len = 16,
	  .code = MUN_LABEL_UTF8 },
	{ .fs = "cramfs",
	  .title = "cramfs",
	  .super = 0,
	  MAGIC(16, "Compressed ROMFS"),
	  .blocks = NUMBER(4, U32L),
	  .block = NO_NUMBER,
	  .uuid = NONE,
	  .label = 48,
	  .label_len = 16,
	  .code = MUN_LABEL_UTF8 },
	{ .fs = "squashfs",
	  .title = "SquashFS",
	  .super = 0,
	  MAGIC(0, "hsqs"),
	  .blocks = NUMBER(40, U64L),
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "squashfs3",
	  .title = "SquashFS, big-endian",
	  .super = 0,
	  MAGIC(0, "sqsh"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "crypto_LUKS",
	  .title = "encrypted (LUKS)",
	  .super = 0,
	  MAGIC(0, "LUKS\xba\xbe"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "BitLocker",
	  .title = "encrypted (BitLocker)",
	  .super = 0,
	  MAGIC(3, "-FVE-FS-"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "LVM2_member",
	  .title = "physical volume (LVM2)",
	  .super = 512,
	  MAGIC(24, "LVM2 001"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "vxfs",
	  .title = "VERITAS file system",
	  .super = 1024,
	  MAGIC(0, "\xf5\xfc\x01\xa5"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "sysv",
	  .title = "System V file system",
	  .super = 512,
	  MAGIC(504, "\x20\x7e\x18\xfd"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "xenix",
	  .title = "Xenix file system",
	  .super = 1024,
	  MAGIC(1016, "\x44\x55\x2b\x00"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
	{ .fs = "bfs",
	  .title = "SCO boot file system",
	  .super = 0,
	  MAGIC(0, "\xce\xfa\xad\x1b"),
	  .blocks = NO_NUMBER,
	  .block = NO_NUMBER,
	  .uuid = NONE },
};

static bool number_of(const uint8_t *super, struct number n, uint64_t *out)
{
	const uint8_t *p = super + n.off;

	if (n.off == NONE)
		return false;
	switch (n.width) {
	case U16L:
		*out = mun_le16(p);
		break;
	case U32L:
		*out = mun_le32(p);
		break;
	case U64L:
		*out = mun_le64(p);
		break;
	case U32B:
		*out = mun_be32(p);
		break;
	case U64B:
		*out = mun_be64(p);
		break;
	}
	return true;
}

static void put_size(const struct known *k, const uint8_t *super,
		     const struct mun_fs_place *p,
		     struct mun_contents_volume *v)
{
	uint64_t blocks = 0;
	uint64_t block = 1;

	if (!number_of(super, k->blocks, &blocks))
		return;
	if (number_of(super, k->block, &block))
		v->block_bytes = block <= UINT32_MAX ? (uint32_t)block : 0;
	if (!block || ckd_mul(&v->bytes, blocks, block) ||
	    v->bytes > INT64_MAX) {
		v->bytes = 0;
		v->damaged = true;
	}
	v->damaged |= v->bytes > p->src->size;
}

static int describe(const struct known *k, const struct mun_fs_place *p,
		    struct mun_contents_volume *v, struct mun_err *e)
{
	uint8_t super[2048];
	char uuid[MUN_GUID_LEN];
	int rc = mun_peek(p->src, super, sizeof(super), k->super, e);

	if (rc)
		return rc;
	mun_contents_text(v->fs, sizeof(v->fs), "%s", k->fs);
	mun_contents_text(v->title, sizeof(v->title), "%s", k->title);
	put_size(k, super, p, v);
	if (k->label_len)
		mun_label(super + k->label, k->label_len, k->code, v->label,
			  sizeof(v->label));
	if (k->uuid == NONE || mun_guid_is_null(super + k->uuid))
		return 0;
	mun_guid_text(super + k->uuid, MUN_GUID_BE, uuid);
	mun_contents_text(v->serial, sizeof(v->serial), "%s", uuid);
	return 0;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		const struct known *k = &table[i];
		struct mun_contents_volume *v;
		bool is = false;
		int rc = mun_peek_match(p->src,
					(uint64_t)k->super + k->magic_off,
					k->magic, k->magic_len, &is, e);

		if (rc)
			return rc;
		if (!is)
			continue;
		v = mun_contents_add_volume(out, p);
		return v ? describe(k, p, v, e) : 0;
	}
	return 0;
}

const struct mun_fs_finder mun_fs_magic = {
	.name = "magic",
	.find = find,
};
