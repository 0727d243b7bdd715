/* SPDX-License-Identifier: Apache-2.0 */
/* image/vdisk_write.h - what the writers of virtual disks have in common */
#ifndef MUN_IMAGE_VDISK_WRITE_H
#define MUN_IMAGE_VDISK_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/chunks.h"
#include "image/writer.h"

/* The size of the disk that holds @img: whole sectors. */
uint64_t mun_vdisk_bytes(const struct mun_image *img, uint32_t sector_bytes);

/* As mun_writer.plan(): what only the bytes are kept of, and the bytes that
 * are added to the last sector.  MUN_EUNSUPPORTED beyond @max bytes. */
MUN_CHECK int mun_vdisk_plan(struct mun_image *img, uint32_t sector_bytes,
			     uint64_t max, const char *title,
			     struct mun_loss *loss, struct mun_err *e);

/* @len bytes at byte @off of a file that has nothing there yet: long runs of
 * zeros stay holes. 0 or MUN_EIO. */
MUN_CHECK int mun_vdisk_put(struct mun_outfile *file, const uint8_t *data,
			    size_t len, uint64_t off, struct mun_err *e);

/* A run over the content of @w->img into @file. */
struct mun_chunks mun_vdisk_chunks(const struct mun_write *w,
				   struct mun_outfile *file, size_t chunk_bytes,
				   const struct mun_chunks_ops *ops, void *ctx);

#endif
