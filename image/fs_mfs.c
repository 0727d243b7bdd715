/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_mfs.c - volumes of MFS, of the first Macintosh
 *
 * Inside Macintosh II, "The File Manager"; big endian, at byte 1024:
 *	0 D2D7, 12 files, 14 first sector of the directory, 16 its sectors, 18
 *	allocation blocks, 20 bytes of one, 28 sector of the first, 36 name (a
 *	length and 27)
 * entry of the directory, at an even place, not across sectors: 0 bit 7: in
 *	use, 2 type, 6 creator, 50 name, a length and its characters
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_mac.h"
#include "image/fs_tools.h"

#include <string.h>

#define SECTOR 512u
#define DIR_MOST 64u /* sectors */
#define ENTRY_HEAD 51u

static bool is_mfs(const uint8_t *h)
{
	uint32_t block = mun_be32(h + 20);

	return h[0] == 0xd2 && h[1] == 0xd7 && mun_be16(h + 18) != 0 && block &&
	       block % SECTOR == 0 && h[36] >= 1 && h[36] <= 27 &&
	       mun_be16(h + 14) >= 3;
}

/* Is a system file in this sector of the directory? */
static bool has_system(const uint8_t *s)
{
	size_t at = 0;

	while (at + ENTRY_HEAD <= SECTOR && s[at] & 0x80) {
		size_t len = ENTRY_HEAD + s[at + 50];

		if (at + len > SECTOR)
			return false;
		if (memcmp(s + at + 2, "ZSYS", 4) == 0 ||
		    memcmp(s + at + 2, "zsys", 4) == 0)
			return true;
		at += len + (len & 1);
	}
	return false;
}

static int find_system(struct mun_source *src, const uint8_t *h, bool *out,
		       struct mun_err *e)
{
	uint64_t first = mun_be16(h + 14);
	unsigned int n = mun_be16(h + 16);

	*out = false;
	for (unsigned int i = 0; i < n && i < DIR_MOST && !*out; i++) {
		uint8_t s[SECTOR];
		int rc = mun_peek(src, s, sizeof(s), (first + i) * SECTOR, e);

		if (rc)
			return rc;
		*out = has_system(s);
	}
	return 0;
}

static void tell(struct mun_contents *c, struct mun_contents_volume *v,
		 bool blocks, bool file)
{
	if (blocks)
		mun_contents_add_mark(c, v, "mac-boot-blocks",
				      "boot blocks \"LK\"");
	if (file)
		mun_contents_add_mark(c, v, "mac-system-folder",
				      "system file, of a time without folders");
	if (blocks && file)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot blocks \"LK\", a system file");
	else if (blocks)
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "boot blocks \"LK\", no system file");
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot blocks%s",
			     file ? ", a system file" : "");
}

static int find_mfs(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	struct mun_contents_volume *v;
	uint8_t boot[1024];
	uint8_t h[64];
	bool file = false;
	int rc = mun_peek(p->src, h, sizeof(h), 1024, e);

	if (rc || !is_mfs(h))
		return rc;
	v = mun_fs_add(c, p, "mfs", "MFS", mun_be32(h + 20));
	if (!v)
		return 0;
	mun_contents_text(v->puid, sizeof(v->puid), "fmt/2068");
	mun_charset_label(h + 37, h[36], MUN_CHARSET_MACROMAN, v->label,
			  sizeof(v->label));
	mun_fs_size(v, p,
		    (uint64_t)mun_be16(h + 28) * SECTOR +
			    (uint64_t)mun_be16(h + 18) * mun_be32(h + 20));
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = find_system(p->src, h, &file, e);
	if (!rc)
		tell(c, v, mun_mac_boot_blocks(boot), file);
	return rc;
}

const struct mun_fs_finder mun_fs_mfs = {
	.name = "mfs",
	.find = find_mfs,
};

/*
 * APFS, which is named: 32 "NXSB", 36 bytes of a block, 40 blocks, 72 UUID;
 * little endian (Apple File System Reference, nx_superblock_t).
 */
static int find_apfs(const struct mun_fs_place *p, struct mun_contents *c,
		     struct mun_err *e)
{
	struct mun_contents_volume *v;
	uint8_t h[88];
	const uint8_t *u = h + 72;
	uint32_t block;
	uint64_t bytes;
	int rc = mun_peek(p->src, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	block = mun_le32(h + 36);
	if (memcmp(h + 32, "NXSB", 4) != 0 || block < 4096 || block > 65536 ||
	    block & (block - 1) ||
	    ckd_mul(&bytes, mun_le64(h + 40), (uint64_t)block))
		return 0;
	v = mun_fs_add(c, p, "apfs", "APFS container", block);
	if (!v)
		return 0;
	mun_fs_size(v, p, bytes);
	mun_contents_text(v->serial, sizeof(v->serial),
			  "%08X-%04X-%04X-%04X-%02X%02X%02X%02X%02X%02X",
			  mun_be32(u), mun_be16(u + 4), mun_be16(u + 6),
			  mun_be16(u + 8), u[10], u[11], u[12], u[13], u[14],
			  u[15]);
	return 0;
}

const struct mun_fs_finder mun_fs_apfs = {
	.name = "apfs",
	.find = find_apfs,
};
