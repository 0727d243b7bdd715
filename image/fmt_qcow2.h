/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_qcow2.h - an open QCOW2 image; for fmt_qcow2*.c only */
#ifndef MUN_IMAGE_FMT_QCOW2_H
#define MUN_IMAGE_FMT_QCOW2_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "image/clustered.h"
#include "image/image.h"

#define MUN_QCOW2_HEADER_MAX 112u
#define MUN_QCOW2_NAME_MAX 1023u

/* Incompatible features. */
enum {
	MUN_QCOW2_DIRTY = 1 << 0,
	MUN_QCOW2_CORRUPT = 1 << 1,
	MUN_QCOW2_DATA_FILE = 1 << 2,
	MUN_QCOW2_COMPRESSION = 1 << 3,
	MUN_QCOW2_EXTENDED_L2 = 1 << 4,
};

struct mun_qcow2 {
	struct mun_clustered disk;
	struct mun_source *files[2]; /* the image, its data file or NULL */
	bool owns_data_file;
	unsigned int version;
	unsigned int cluster_bits;
	uint64_t size; /* of the disk, in bytes */
	uint64_t backing_at; /* 0: none */
	uint32_t backing_len;
	uint32_t crypt;
	uint32_t l1_entries;
	uint64_t l1_at;
	uint32_t snapshots;
	uint64_t snapshots_at;
	uint64_t incompatible;
	uint64_t autoclear;
	uint32_t refcount_order;
	uint32_t header_bytes;
	enum mun_packing packing;
	char backing_format[32]; /* "" if not said */
	char data_file[MUN_QCOW2_NAME_MAX + 1]; /* "" if not said */
};

/* Read and check the header of @src into @q.  0, MUN_ECORRUPT,
 * MUN_EUNSUPPORTED, MUN_EIO. */
MUN_CHECK int mun_qcow2_header(struct mun_source *src, struct mun_qcow2 *q,
			       struct mun_err *e);

/* What stands between header and tables: formats, names; and a fact for each
 * that we do not decode. */
MUN_CHECK int mun_qcow2_extensions(struct mun_image *img, struct mun_qcow2 *q,
				   struct mun_err *e);

/* A fact for each snapshot. */
MUN_CHECK int mun_qcow2_snapshots(struct mun_image *img,
				  const struct mun_qcow2 *q, struct mun_err *e);

extern const struct mun_clustered_ops mun_qcow2_ops;

#endif
