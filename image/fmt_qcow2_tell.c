/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qcow2_tell.c - what a QCOW2 image says of itself besides the disk
 *
 * Header extensions, each u32 type, u32 length, the data padded to 8 bytes, end
 * with type 0.  Snapshot table, each entry padded to 8 bytes:
 *	 0  8  its L1 table, at		20  4  nanoseconds
 *	 8  4  entries			24  8  time that the guest ran, ns
 *	12  2  length of its id		32  4  state of the machine, bytes
 *	14  2  length of its name	36  4  length of what is extra
 *	16  4  date (Unix)		40     extra: u64 state of the machine,
 *					       u64 size of the disk; id; name
 */
#include "image/fmt_qcow2.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXT_END 0u
#define EXT_BACKING_FORMAT 0xe2792acau
#define EXT_FEATURE_NAMES 0x6803f857u
#define EXT_BITMAPS 0x23852875u
#define EXT_CRYPTO 0x0537be77u
#define EXT_DATA_FILE 0x44415441u
/* More than that is no header. */
#define EXTENSIONS_MAX 64u

#define SNAPSHOT_HEAD 40u
#define SNAPSHOT_EXTRA_MAX 1024u
/* Snapshots that are listed one by one. */
#define SNAPSHOTS_TOLD 500u

struct extension {
	uint32_t type;
	uint32_t len;
	uint64_t at; /* of the data */
};

/* @len bytes as text, which ends early at a NUL. */
static int read_text(struct mun_image *img, const struct extension *x,
		     char *out, size_t size, struct mun_err *e)
{
	if (x->len >= size)
		return mun_fail(e, MUN_ECORRUPT,
				"a name of %u bytes in a header extension",
				x->len);
	memset(out, 0, size);
	return mun_source_pread(img->src, out, x->len, x->at, e);
}

static int take_extension(struct mun_image *img, struct mun_qcow2 *q,
			  const struct extension *x, struct mun_err *e)
{
	uint8_t count[4];
	int rc;

	switch (x->type) {
	case EXT_BACKING_FORMAT:
		return read_text(img, x, q->backing_format,
				 sizeof(q->backing_format), e);
	case EXT_DATA_FILE:
		return read_text(img, x, q->data_file, sizeof(q->data_file), e);
	case EXT_FEATURE_NAMES: /* of features, which we know */
	case EXT_CRYPTO: /* nothing without the key */
		return 0;
	case EXT_BITMAPS:
		if (x->len < sizeof(count))
			return mun_fail(e, MUN_ECORRUPT,
					"bitmaps extension of %u bytes",
					x->len);
		rc = mun_source_pread(img->src, count, sizeof(count), x->at, e);
		return rc ? rc
			  : mun_image_fact(img, MUN_FACT_LIMIT, "dirty bitmaps",
					   e,
					   "%u, which say what backups have to "
					   "copy, are not decoded",
					   mun_be32(count));
	default:
		return mun_image_fact(img, MUN_FACT_LIMIT, "header extension",
				      e, "%u bytes of unknown type %#x", x->len,
				      x->type);
	}
}

int mun_qcow2_extensions(struct mun_image *img, struct mun_qcow2 *q,
			 struct mun_err *e)
{
	uint64_t end = UINT64_C(1) << q->cluster_bits;
	uint64_t at = q->header_bytes;
	struct extension x;
	uint8_t head[8];
	int rc;

	if (q->backing_at > q->header_bytes)
		end = MUN_MIN(end, q->backing_at);
	end = MUN_MIN(end, img->src->size);
	for (unsigned int i = 0; i < EXTENSIONS_MAX; i++) {
		if (at + sizeof(head) > end)
			return 0;
		rc = mun_source_pread(img->src, head, sizeof(head), at, e);
		if (rc)
			return rc;
		x.type = mun_be32(head);
		x.len = mun_be32(head + 4);
		x.at = at + sizeof(head);
		if (x.type == EXT_END)
			return 0;
		if (x.len > end - x.at)
			return mun_fail(e, MUN_ECORRUPT,
					"header extension %#x of %u bytes at "
					"byte %" PRIu64,
					x.type, x.len, at);
		rc = take_extension(img, q, &x, e);
		if (rc)
			return rc;
		at = x.at + ((uint64_t)x.len + 7) / 8 * 8;
	}
	return mun_fail(e, MUN_ECORRUPT, "more than %u header extensions",
			EXTENSIONS_MAX);
}

/* "id 1, 2024-01-31T12:00:00Z, disk of 4194304 bytes, machine state of 0" */
static int tell_snapshot(struct mun_image *img, const uint8_t *h,
			 const uint8_t *rest, uint64_t size, struct mun_err *e)
{
	uint32_t extra = mun_be32(h + 36);
	uint64_t state = mun_be32(h + 32);
	size_t id_len = mun_be16(h + 12);
	struct mun_str name = { 0 };
	struct mun_str id = { 0 };
	time_t t = (time_t)mun_be32(h + 16);
	char when[32] = "no date";
	struct tm tm;
	int rc;

	if (extra >= 8)
		state = mun_be64(rest);
	if (extra >= 16)
		size = mun_be64(rest + 8);
	if (gmtime_r(&t, &tm))
		(void)!strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	mun_escape(&id, rest + extra, id_len);
	mun_escape(&name, rest + extra + id_len, mun_be16(h + 14));
	if (id.failed || name.failed)
		rc = mun_fail_nomem(e, "snapshot");
	else
		rc = mun_image_fact(img, MUN_FACT_SNAPSHOT,
				    name.len ? name.text : "unnamed", e,
				    "%s, disk of %" PRIu64 " bytes, machine "
				    "state of %" PRIu64 ", id %s",
				    when, size, state,
				    id.text ? id.text : "none");
	mun_str_free(&id);
	mun_str_free(&name);
	return rc;
}

/* One entry at *@at, which moves behind it. */
static int read_snapshot(struct mun_image *img, const struct mun_qcow2 *q,
			 uint64_t *at, struct mun_err *e)
{
	mun_autofree uint8_t *rest = NULL;
	uint8_t h[SNAPSHOT_HEAD];
	size_t len;
	int rc;

	if (*at > img->src->size || img->src->size - *at < sizeof(h))
		return mun_fail(e, MUN_ECORRUPT,
				"the snapshot table leaves the file at byte "
				"%" PRIu64,
				*at);
	rc = mun_source_pread(img->src, h, sizeof(h), *at, e);
	if (rc)
		return rc;
	if (mun_be32(h + 36) > SNAPSHOT_EXTRA_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a snapshot at byte %" PRIu64 " has %u bytes "
				"of extra data",
				*at, mun_be32(h + 36));
	*at += sizeof(h);
	len = (size_t)mun_be32(h + 36) + mun_be16(h + 12) + mun_be16(h + 14);
	if (len > img->src->size - *at)
		return mun_fail(e, MUN_ECORRUPT,
				"the snapshot table leaves the file at byte "
				"%" PRIu64,
				*at);
	rest = malloc(len + 1);
	if (!rest)
		return mun_fail_nomem(e, "snapshot");
	rc = mun_source_pread(img->src, rest, len, *at, e);
	*at = (*at + len + 7) / 8 * 8;
	return rc ? rc : tell_snapshot(img, h, rest, q->size, e);
}

int mun_qcow2_snapshots(struct mun_image *img, const struct mun_qcow2 *q,
			struct mun_err *e)
{
	uint32_t told = MUN_MIN(q->snapshots, SNAPSHOTS_TOLD);
	uint64_t at = q->snapshots_at;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < told; i++)
		rc = read_snapshot(img, q, &at, e);
	if (!rc && q->snapshots > told)
		rc = mun_image_fact(img, MUN_FACT_SNAPSHOT, "further", e,
				    "%u more are not listed",
				    q->snapshots - told);
	if (!rc && q->snapshots)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "snapshots", e,
				    "the disk is decoded as it is now; %u "
				    "earlier state%s stay%s in the file",
				    q->snapshots, q->snapshots == 1 ? "" : "s",
				    q->snapshots == 1 ? "s" : "");
	return rc;
}
