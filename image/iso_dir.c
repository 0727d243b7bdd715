/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/iso_dir.c - directories of ISO 9660 and High Sierra
 *
 * ECMA-119, 9.1.  A record: 0 u8 its length, 2 u32x2 block, 10 u32x2 bytes, 25
 * u8 flags (2: a directory; High Sierra: at 24), 32 u8 length of the name, 33
 * name.  No record lies across sectors of 2048 bytes: 0 leads to the next.
 */
#include "image/iso_dir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/iso9660.h"
#include "image/label.h"

#include <string.h>

#define RECORD_LEAST 34u
#define FLAG_DIR 2

struct mun_iso_dir mun_iso_dir_of(const uint8_t *record, uint32_t block_bytes,
				  bool high_sierra)
{
	return (struct mun_iso_dir){
		.at = (uint64_t)mun_le32(record + 2) * block_bytes,
		.bytes = mun_le32(record + 10),
		.block_bytes = block_bytes,
		.high_sierra = high_sierra,
	};
}

/* "KERNEL.SYS;1", "README.;1" */
static void put_name(const uint8_t *raw, size_t len, char *out, size_t size)
{
	const uint8_t *version = memchr(raw, ';', len);

	if (version)
		len = (size_t)(version - raw);
	while (len && raw[len - 1] == '.')
		len--;
	mun_label(raw, len, MUN_LABEL_UTF8, out, size);
}

static void give(const struct mun_iso_dir *dir, const uint8_t *p,
		 mun_fs_entry_fn *fn, void *ctx)
{
	size_t len = p[32];
	struct mun_fs_entry entry = {
		.is_dir = (p[dir->high_sierra ? 24 : 25] & FLAG_DIR) != 0,
		.at = (uint64_t)mun_le32(p + 2) * dir->block_bytes,
		.bytes = mun_le32(p + 10),
	};

	/* The directory itself, and the one above. */
	if (len == 0 || 33 + len > p[0] || (len == 1 && p[33] <= 1))
		return;
	put_name(p + 33, len, entry.name, sizeof(entry.name));
	fn(ctx, &entry);
}

int mun_iso_list(struct mun_source *src, const struct mun_iso_dir *dir,
		 mun_fs_entry_fn *fn, void *ctx, struct mun_err *e)
{
	uint64_t bytes = MUN_MIN(dir->bytes, MUN_FS_DIR_BYTES_MAX);
	uint8_t buf[MUN_ISO_SECTOR];

	for (uint64_t done = 0; done < bytes; done += sizeof(buf)) {
		size_t len = (size_t)MUN_MIN(bytes - done, sizeof(buf));
		uint64_t off;
		int rc;

		if (ckd_add(&off, dir->at, done) || off >= src->size)
			return 0;
		rc = mun_peek(src, buf, sizeof(buf), off, e);
		if (rc)
			return mun_ctx(e, "directory");
		for (size_t i = 0; i + RECORD_LEAST <= len; i += buf[i]) {
			if (buf[i] < RECORD_LEAST || buf[i] > len - i)
				break;
			give(dir, buf + i, fn, ctx);
		}
	}
	return 0;
}
