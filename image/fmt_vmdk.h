/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vmdk.h - an open VMDK image; for fmt_vmdk*.c only */
#ifndef MUN_IMAGE_FMT_VMDK_H
#define MUN_IMAGE_FMT_VMDK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/clustered.h"
#include "image/image.h"

#define MUN_VMDK_SECTOR 512u
#define MUN_VMDK_NO_PARENT 0xffffffffu
#define MUN_VMDK_TEXT_MAX ((size_t)1 << 20)
#define MUN_VMDK_EXTENTS_MAX 4096u
#define MUN_VMDK_NAME_MAX 1023u

/* Flags of a sparse extent. */
enum {
	MUN_VMDK_NEWLINES = 1 << 0,
	MUN_VMDK_SECOND_GD = 1 << 1,
	MUN_VMDK_ZERO_GRAINS = 1 << 2,
	MUN_VMDK_COMPRESSED = 1 << 16,
	MUN_VMDK_MARKERS = 1 << 17,
};

enum mun_vmdk_kind { MUN_VMDK_ZERO, MUN_VMDK_FLAT, MUN_VMDK_SPARSE };

struct mun_vmdk_extent {
	enum mun_vmdk_kind kind;
	uint64_t start; /* sector of the disk */
	uint64_t sectors;
	uint64_t flat_at; /* FLAT: sector of the file */
	unsigned int file; /* number in mun_clustered.files */
	char *name; /* owned; NULL: none */
	/* SPARSE: */
	uint64_t capacity; /* sectors, as its header says */
	uint64_t gd_at; /* bytes: grain directory; */
	uint64_t second_at; /* ... its copy; 0: none */
	uint64_t gd_entries;
	uint32_t gt_entries; /* of one grain table */
	uint64_t grain; /* bytes */
	uint32_t flags;
};

/* A descriptor as it was read. */
struct mun_vmdk_text {
	uint32_t cid;
	uint32_t parent_cid;
	char create_type[32];
	char parent_hint[MUN_VMDK_NAME_MAX + 1];
	struct mun_vmdk_extent *extents; /* owned */
	size_t nextents;
};

struct mun_vmdk {
	struct mun_clustered disk;
	struct mun_vmdk_text text;
	struct mun_source **files; /* of each extent; owned but for @own */
	struct mun_source *own; /* the image's own source */
};

/**
 * mun_vmdk_parse() - a descriptor, with a fact for what it says
 * @text: of @len bytes; ends early at a NUL
 *
 * Return: 0; MUN_ECORRUPT (which line); MUN_EUNSUPPORTED for an extent that is
 * no file; MUN_ENOMEM.  @t is to be freed in every case.
 */
MUN_CHECK int mun_vmdk_parse(struct mun_image *img, const char *text,
			     size_t len, struct mun_vmdk_text *t,
			     struct mun_err *e);
void mun_vmdk_text_free(struct mun_vmdk_text *t);

/* Where a sparse extent keeps its descriptor. */
struct mun_vmdk_embedded {
	uint64_t at; /* bytes; 0: none */
	uint64_t len;
	bool unclean;
	bool footer; /* the tables stand at the end of the file */
};

/**
 * mun_vmdk_sparse() - read the header of a sparse extent (KDMV, COWD)
 *
 * Sets what @x has of a SPARSE extent.
 * Return: 0, MUN_ECORRUPT, MUN_EUNSUPPORTED, MUN_EIO.
 */
MUN_CHECK int mun_vmdk_sparse(struct mun_source *src, struct mun_vmdk_extent *x,
			      struct mun_vmdk_embedded *embedded,
			      struct mun_err *e);

/* Which of both directories is whole?  Takes the second where the first is not,
 * and says so.  Needs mun_clustered_ready(). */
MUN_CHECK int mun_vmdk_choose(struct mun_image *img, struct mun_vmdk *v,
			      struct mun_err *e);

/* mun_image_driver.verify */
MUN_CHECK int mun_vmdk_verify(struct mun_image *img, struct mun_err *e);

extern const struct mun_clustered_ops mun_vmdk_ops;

#endif
