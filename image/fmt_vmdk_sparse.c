/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vmdk_sparse.c - header and tables of a sparse VMDK extent
 *
 * "KDMV" (little-endian), by offset; sizes and places in sectors of 512:
 *	 0  4  magic			48  8  second grain directory, at
 *	 4  4  version 1 to 3		56  8  grain directory, at; all ones:
 *	 8  4  flags			       see the footer
 *	12  8  capacity			64  8  where the grains begin
 *	20  8  size of a grain		72  1  1: not closed properly
 *	28  8  descriptor, at		73  4  "\n \r\n"
 *	36  8  its size			77  2  compression: 1 zlib
 *	44  4  entries of a grain table
 * The footer is a second header, 1024 bytes before the end of the file, between
 * a marker of type 3 and one of zeros.
 *
 * "COWD", of ESX and old GSX; all u32:
 *	 0 magic  4 version 1  8 flags  12 capacity  16 size of a grain
 *	20 grain directory, at  24 entries of it  28 sectors in use
 * with 4096 entries in each grain table, and no descriptor.
 */
#include "image/fmt_vmdk.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_BYTES 512u
#define FOOTER_FROM_END 1536u
#define MARKER_FOOTER 3u
#define GD_AT_END UINT64_MAX
#define GT_ENTRIES_MAX 4096u
#define COWD_GT_ENTRIES 4096u
/* 1 GiB, as QEMU has it; and of grains that have to be unpacked into memory. */
#define GRAIN_MAX (UINT64_C(1) << 30)
#define GRAIN_PACKED_MAX (UINT64_C(1) << 22)
/* Entries of a directory that are looked at before anything is read: 2 TiB. */
#define CHECKED_ENTRIES 65536u

/* What both kinds of header give; the grain is still in sectors. */
static int check_numbers(struct mun_source *src, struct mun_vmdk_extent *x,
			 uint64_t grain, struct mun_err *e)
{
	uint64_t covers;
	uint64_t end;

	if (x->capacity > INT64_MAX / MUN_VMDK_SECTOR)
		return mun_fail(e, MUN_ECORRUPT,
				"capacity of %" PRIu64 " sectors", x->capacity);
	if (grain == 0 || grain & (grain - 1) ||
	    grain > GRAIN_MAX / MUN_VMDK_SECTOR)
		return mun_fail(e, MUN_ECORRUPT,
				"grains of %" PRIu64 " sectors", grain);
	if (x->gt_entries == 0 || x->gt_entries > GT_ENTRIES_MAX)
		return mun_fail(e, MUN_ECORRUPT, "grain tables of %u entries",
				x->gt_entries);
	x->grain = grain * MUN_VMDK_SECTOR;
	covers = grain * x->gt_entries;
	x->gd_entries = x->capacity / covers + (x->capacity % covers != 0);
	if (x->gd_at > INT64_MAX / MUN_VMDK_SECTOR ||
	    ckd_mul(&x->gd_at, x->gd_at, (uint64_t)MUN_VMDK_SECTOR) ||
	    ckd_add(&end, x->gd_at, x->gd_entries * 4) || end > src->size)
		x->gd_at = 0;
	if (x->second_at > INT64_MAX / MUN_VMDK_SECTOR ||
	    ckd_mul(&x->second_at, x->second_at, (uint64_t)MUN_VMDK_SECTOR) ||
	    ckd_add(&end, x->second_at, x->gd_entries * 4) || end > src->size)
		x->second_at = 0;
	if (!x->gd_at && !x->second_at && x->gd_entries)
		return mun_fail(e, MUN_ECORRUPT,
				"no grain directory of %" PRIu64 " entries in "
				"a file of %" PRIu64 " bytes",
				x->gd_entries, src->size);
	return 0;
}

static int read_cowd(struct mun_source *src, const uint8_t *h,
		     struct mun_vmdk_extent *x, struct mun_err *e)
{
	if (mun_le32(h + 4) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "COWD of version %u",
				mun_le32(h + 4));
	x->capacity = mun_le32(h + 12);
	x->gd_at = mun_le32(h + 20);
	x->second_at = 0;
	x->gt_entries = COWD_GT_ENTRIES;
	x->flags = 0;
	return check_numbers(src, x, mun_le32(h + 16), e);
}

static int read_footer(struct mun_source *src, uint8_t h[HEADER_BYTES],
		       struct mun_err *e)
{
	uint8_t marker[16];
	uint64_t at;
	int rc;

	if (src->size < FOOTER_FROM_END + HEADER_BYTES)
		return mun_fail(e, MUN_ECORRUPT, "no room for a footer");
	at = src->size - FOOTER_FROM_END;
	rc = mun_source_pread(src, marker, sizeof(marker), at, e);
	if (!rc)
		rc = mun_source_pread(src, h, HEADER_BYTES, at + HEADER_BYTES,
				      e);
	if (rc)
		return rc;
	if (mun_le32(marker + 12) != MARKER_FOOTER ||
	    mun_le32(marker + 8) != 0 || memcmp(h, "KDMV", 4) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no footer at byte %" PRIu64
				": the file has been cut short",
				at);
	return 0;
}

static int check_flags(const uint8_t *h, struct mun_err *e)
{
	uint32_t version = mun_le32(h + 4);
	uint32_t flags = mun_le32(h + 8);

	if (version < 1 || version > 3)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"sparse extent of version %u", version);
	if (flags & MUN_VMDK_NEWLINES && memcmp(h + 73, "\n \r\n", 4) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"line ends at byte 73 have been changed, as by "
				"a transfer as text");
	if (flags & MUN_VMDK_COMPRESSED && mun_le16(h + 77) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "compression method %u",
				mun_le16(h + 77));
	if (flags & MUN_VMDK_COMPRESSED && !(flags & MUN_VMDK_MARKERS))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"compressed grains without markers");
	return 0;
}

static int read_kdmv(struct mun_source *src, uint8_t h[HEADER_BYTES],
		     struct mun_vmdk_extent *x,
		     struct mun_vmdk_embedded *embedded, struct mun_err *e)
{
	int rc = check_flags(h, e);

	if (rc)
		return rc;
	embedded->unclean = h[72] != 0;
	if (mun_le64(h + 28) && mun_le64(h + 36)) {
		embedded->at = mun_le64(h + 28);
		embedded->len = mun_le64(h + 36);
		if (ckd_mul(&embedded->at, embedded->at,
			    (uint64_t)MUN_VMDK_SECTOR) ||
		    ckd_mul(&embedded->len, embedded->len,
			    (uint64_t)MUN_VMDK_SECTOR) ||
		    embedded->at > src->size ||
		    embedded->len > src->size - embedded->at)
			return mun_fail(e, MUN_ECORRUPT,
					"descriptor at sector %" PRIu64,
					mun_le64(h + 28));
	}
	embedded->footer = mun_le64(h + 56) == GD_AT_END;
	if (embedded->footer) {
		rc = read_footer(src, h, e);
		if (!rc)
			rc = check_flags(h, e);
		if (rc)
			return rc;
	}
	x->capacity = mun_le64(h + 12);
	x->gt_entries = mun_le32(h + 44);
	x->flags = mun_le32(h + 8);
	x->gd_at = mun_le64(h + 56);
	x->second_at = x->flags & MUN_VMDK_SECOND_GD ? mun_le64(h + 48) : 0;
	rc = check_numbers(src, x, mun_le64(h + 20), e);
	if (!rc && x->flags & MUN_VMDK_COMPRESSED &&
	    x->grain > GRAIN_PACKED_MAX)
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "compressed grains of %" PRIu64 " bytes",
			      x->grain);
	return rc;
}

int mun_vmdk_sparse(struct mun_source *src, struct mun_vmdk_extent *x,
		    struct mun_vmdk_embedded *embedded, struct mun_err *e)
{
	uint8_t h[HEADER_BYTES];
	int rc = mun_peek(src, h, sizeof(h), 0, e);

	memset(embedded, 0, sizeof(*embedded));
	if (rc)
		return rc;
	if (memcmp(h, "COWD", 4) == 0)
		return read_cowd(src, h, x, e);
	if (memcmp(h, "KDMV", 4) == 0)
		return read_kdmv(src, h, x, embedded, e);
	return mun_fail(e, MUN_ECORRUPT, "no header of a sparse extent");
}

/* Does every entry of the directory at @at lead into the file? */
static int directory_is_whole(struct mun_vmdk *v,
			      const struct mun_vmdk_extent *x, uint64_t at,
			      bool *out, struct mun_err *e)
{
	struct mun_table_cursor cur = { .tables = v->disk.tables,
					.files = v->files };
	uint64_t n = MUN_MIN(x->gd_entries, (uint64_t)CHECKED_ENTRIES);
	uint64_t size = v->files[x->file]->size;
	const uint8_t *p;
	int rc = 0;

	*out = at != 0;
	for (uint64_t i = 0; *out && i < n; i++) {
		rc = mun_table_entry(&cur, x->file, at + i * 4, 4, &p, e);
		if (rc)
			break;
		*out = (uint64_t)mun_le32(p) * MUN_VMDK_SECTOR +
			       x->gt_entries * UINT64_C(4) <=
		       size;
	}
	mun_table_cursor_drop(&cur);
	return rc;
}

int mun_vmdk_choose(struct mun_image *img, struct mun_vmdk *v,
		    struct mun_err *e)
{
	for (size_t i = 0; i < v->text.nextents; i++) {
		struct mun_vmdk_extent *x = &v->text.extents[i];
		bool second = false;
		bool first = false;
		int rc;

		if (x->kind != MUN_VMDK_SPARSE || !x->gd_entries)
			continue;
		rc = directory_is_whole(v, x, x->gd_at, &first, e);
		if (!rc)
			rc = directory_is_whole(v, x, x->second_at, &second, e);
		if (rc)
			return rc;
		if (first)
			continue;
		if (second || !x->gd_at) {
			x->gd_at = x->second_at;
			x->second_at = 0;
			mun_image_note(img, "the first grain directory is "
					    "damaged, this is the second");
		}
		if (!second)
			mun_image_note(img, "the grain directory is damaged");
	}
	return 0;
}
