/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_ufs.c - the fast file system of BSD (UFS1) and its successor (UFS2)
 *
 * FreeBSD, <ufs/ffs/fs.h>.  A superblock at 64 KiB (UFS2), 8 KiB (UFS1), 0 or
 * 256 KiB, in the byte order of its machine:
 *	36   u32 fragments (UFS1)	144  u32x2 id
 *	48   u32 bytes of a block	680  label[32] (UFS2)
 *	52   u32 bytes of a fragment	1080 u64 fragments (UFS2)
 *					1372 u32 magic
 */
#include "image/contents.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/bootcode.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define SUPER_BYTES 1376u
#define UFS1 0x00011954u
#define UFS2 0x19540119u

static uint32_t u32(const uint8_t *p, bool big)
{
	return big ? mun_be32(p) : mun_le32(p);
}

static bool is_power_of_2(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool is_super(const uint8_t *s, bool big)
{
	uint32_t magic = u32(s + 1372, big);
	uint32_t block = u32(s + 48, big);
	uint32_t fragment = u32(s + 52, big);

	return (magic == UFS1 || magic == UFS2) && is_power_of_2(block) &&
	       is_power_of_2(fragment) && block >= fragment && block <= 65536 &&
	       fragment >= 512 && block / fragment <= 8;
}

static void describe(const uint8_t *s, bool big, const struct mun_fs_place *p,
		     struct mun_contents_volume *v)
{
	bool second = u32(s + 1372, big) == UFS2;
	uint32_t fragment = u32(s + 52, big);
	uint64_t n = u32(s + 36, big);

	if (second)
		n = big ? mun_be64(s + 1080) : mun_le64(s + 1080);
	mun_contents_text(v->fs, sizeof(v->fs), "ufs");
	mun_contents_text(v->title, sizeof(v->title), "UFS%d%s", second ? 2 : 1,
			  big ? ", big-endian" : "");
	if (second)
		mun_label(s + 680, 32, MUN_LABEL_UTF8, v->label,
			  sizeof(v->label));
	if (u32(s + 144, big) || u32(s + 148, big))
		mun_contents_text(v->serial, sizeof(v->serial), "%08x%08x",
				  u32(s + 144, big), u32(s + 148, big));
	v->block_bytes = u32(s + 48, big);
	if (ckd_mul(&v->bytes, n, (uint64_t)fragment) || v->bytes > INT64_MAX)
		v->bytes = 0;
	v->damaged = !v->bytes || v->bytes > p->src->size;
}

static int look_for_boot(const struct mun_fs_place *p,
			 struct mun_contents_volume *v, struct mun_err *e)
{
	struct mun_bootcode code;
	uint8_t boot[512];
	int rc = mun_peek(p->src, boot, sizeof(boot), 0, e);

	if (rc)
		return rc;
	mun_bootcode_look(boot, sizeof(boot), 0, 510, &code);
	v->boots = code.boots;
	mun_contents_text(v->boot_text, sizeof(v->boot_text), "%s",
			  code.boots == MUN_BOOTS_NO
				  ? "no code in the boot sector"
				  : "code in the boot sector; whether there is "
				    "a kernel was not looked for");
	return 0;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	static const uint32_t at[] = { 65536, 8192, 0, 262144 };
	uint8_t s[SUPER_BYTES];

	for (size_t i = 0; i < MUN_COUNT(at); i++) {
		struct mun_contents_volume *v;
		int rc = mun_peek(p->src, s, sizeof(s), at[i], e);
		bool big;

		if (rc)
			return rc;
		big = is_super(s, true);
		if (!big && !is_super(s, false))
			continue;
		v = mun_contents_add_volume(out, p);
		if (!v)
			return 0;
		describe(s, big, p, v);
		return look_for_boot(p, v, e);
	}
	return 0;
}

const struct mun_fs_finder mun_fs_ufs = {
	.name = "ufs",
	.find = find,
};
