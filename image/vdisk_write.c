/* SPDX-License-Identifier: Apache-2.0 */
/* image/vdisk_write.c - what the writers of virtual disks have in common */
#include "image/vdisk_write.h"

#include "core/check.h"
#include "image/chunk_read.h"

#include <inttypes.h>

/* Zeros of this many bytes, at a multiple of it, become a hole. */
#define HOLE_BYTES ((size_t)64 << 10)

uint64_t mun_vdisk_bytes(const struct mun_image *img, uint32_t sector_bytes)
{
	uint64_t rest = img->bytes % sector_bytes;

	return rest ? img->bytes - rest + sector_bytes : img->bytes;
}

int mun_vdisk_plan(struct mun_image *img, uint32_t sector_bytes, uint64_t max,
		   const char *title, struct mun_loss *loss, struct mun_err *e)
{
	uint64_t added = mun_vdisk_bytes(img, sector_bytes) - img->bytes;
	int rc;

	if (img->bytes > max)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s holds no more than %" PRIu64
				" bytes, and the image has %" PRIu64,
				title, max, img->bytes);
	rc = mun_loss_usual(loss, img, 0, e);
	if (!rc && added)
		rc = mun_loss_add(loss, e, "size", "end",
				  "%s counts in sectors of %" PRIu32
				  " bytes: %" PRIu64 " zero byte%s added",
				  title, sector_bytes, added,
				  added == 1 ? " is" : "s are");
	return rc;
}

int mun_vdisk_put(struct mun_outfile *file, const uint8_t *data, size_t len,
		  uint64_t off, struct mun_err *e)
{
	size_t from = 0; /* of what is not written yet, and not zeros */
	int rc = 0;

	for (size_t at = 0; !rc && at < len;) {
		size_t n = MUN_MIN(HOLE_BYTES, len - at);

		if (mun_all_zeros(data + at, n)) {
			rc = mun_outfile_write(file, data + from, at - from,
					       off + from, e);
			from = at + n;
		}
		at += n;
	}
	return rc ? rc
		  : mun_outfile_write(file, data + from, len - from, off + from,
				      e);
}

struct mun_chunks mun_vdisk_chunks(const struct mun_write *w,
				   struct mun_outfile *file, size_t chunk_bytes,
				   const struct mun_chunks_ops *ops, void *ctx)
{
	return (struct mun_chunks){
		.img = w->img,
		.view = MUN_VIEW_CONTENT,
		.chunk_bytes = chunk_bytes,
		.threads = w->threads,
		.ops = ops,
		.ctx = ctx,
		.file = file,
		.progress = w->progress,
		.phase = "writing",
	};
}
