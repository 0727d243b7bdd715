/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vmdk.c - VMware's disks: one file or many, sparse, flat, compressed
 *
 * The image is a descriptor (text) that names its extents, or one sparse extent
 * (fmt_vmdk_sparse.c) that has the descriptor inside, or a part of a disk that
 * has none.
 */
#include "image/fmt_vmdk.h"

#include "core/check.h"
#include "image/companion.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Files of a disk that are listed one by one. */
#define PARTS_TOLD 500u

static const char text_magic[] = "# Disk DescriptorFile";

static bool is_text(struct mun_source *src)
{
	char head[sizeof(text_magic)] = { 0 };
	struct mun_err e;

	return mun_peek(src, head, sizeof(head) - 1, 0, &e) == 0 &&
	       strcasecmp(head, text_magic) == 0;
}

static int vmdk_bid(struct mun_source *src, const char *file_name)
{
	struct mun_vmdk_embedded embedded;
	struct mun_vmdk_extent x = { .kind = MUN_VMDK_SPARSE };
	struct mun_err e;

	(void)file_name;
	if (is_text(src))
		return MUN_BID_CHECKED;
	if (!mun_peek_is(src, 0, "KDMV", 4) && !mun_peek_is(src, 0, "COWD", 4))
		return MUN_BID_NO;
	return mun_vmdk_sparse(src, &x, &embedded, &e) ? MUN_BID_MAGIC
						       : MUN_BID_CHECKED;
}

/* A descriptor of @len bytes at byte @at of the image itself. */
static int read_text(struct mun_image *img, struct mun_vmdk *v, uint64_t at,
		     uint64_t len, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc;

	if (len > MUN_VMDK_TEXT_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"descriptor of %" PRIu64 " bytes", len);
	text = calloc(1, (size_t)len + 1);
	if (!text)
		return mun_fail_nomem(e, "descriptor");
	rc = mun_source_pread(img->src, text, (size_t)len, at, e);
	return rc ? rc : mun_vmdk_parse(img, text, (size_t)len, &v->text, e);
}

/* Where each extent begins, and how large the disk is. */
static int lay_out(struct mun_image *img, struct mun_vmdk *v, struct mun_err *e)
{
	uint64_t sectors = 0;

	for (size_t i = 0; i < v->text.nextents; i++) {
		v->text.extents[i].start = sectors;
		if (ckd_add(&sectors, sectors, v->text.extents[i].sectors) ||
		    sectors > INT64_MAX / MUN_VMDK_SECTOR)
			return mun_fail(e, MUN_ECORRUPT,
					"the extents are too long together");
	}
	img->bytes = sectors * MUN_VMDK_SECTOR;
	return 0;
}

static void note_short(struct mun_image *img, const struct mun_vmdk_extent *x,
		       const struct mun_source *src)
{
	uint64_t end = (x->flat_at + x->sectors) * MUN_VMDK_SECTOR;

	if (src->size < end)
		mun_image_note(img,
			       "a file of it is %" PRIu64
			       " bytes shorter than its extent",
			       end - src->size);
}

/* A sparse file that a descriptor names. */
static int open_sparse(struct mun_image *img, struct mun_source *src,
		       struct mun_vmdk_extent *x, struct mun_err *e)
{
	struct mun_vmdk_embedded embedded;
	int rc = mun_vmdk_sparse(src, x, &embedded, e);

	if (rc)
		return rc;
	if (x->capacity < x->sectors)
		return mun_fail(e, MUN_ECORRUPT,
				"it has %" PRIu64 " sectors, the descriptor "
				"says %" PRIu64,
				x->capacity, x->sectors);
	if (x->capacity > x->sectors)
		mun_image_note(img, "an extent has more sectors than the "
				    "descriptor says");
	if (embedded.unclean)
		mun_image_note(img, "an extent was not closed properly");
	return 0;
}

/* A row for each of the first files, one for the rest. */
static int tell_part(struct mun_image *img, const struct mun_vmdk_extent *x,
		     size_t number, struct mun_err *e)
{
	char what[64];

	if (number > PARTS_TOLD)
		return 0;
	if (number == PARTS_TOLD)
		return mun_image_fact(img, MUN_FACT_PART, "further", e,
				      "as the descriptor names them");
	(void)snprintf(what, sizeof(what), "extent %zu, %" PRIu64 " sectors",
		       number + 1, x->sectors);
	return mun_image_part(img, x->name, what, e);
}

/* All files that the descriptor names. */
static int open_extents(struct mun_image *img, struct mun_vmdk *v,
			struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < v->text.nextents; i++) {
		struct mun_vmdk_extent *x = &v->text.extents[i];

		x->file = (unsigned int)i;
		if (x->kind == MUN_VMDK_ZERO)
			continue;
		rc = tell_part(img, x, i, e);
		if (!rc)
			rc = mun_companion_open(img->companions, x->name,
						&v->files[i], e);
		if (!rc && x->kind == MUN_VMDK_SPARSE)
			rc = open_sparse(img, v->files[i], x, e);
		else if (!rc)
			note_short(img, x, v->files[i]);
		if (rc)
			return mun_ctx(e, "extent %zu", i + 1);
	}
	return 0;
}

static int make_files(struct mun_vmdk *v, struct mun_err *e)
{
	size_t n = MUN_MAX(v->text.nextents, (size_t)1);

	v->files = calloc(n, sizeof(*v->files));
	if (!v->files)
		return mun_fail_nomem(e, "files of a VMDK");
	v->disk.files = v->files;
	v->disk.nfiles = (unsigned int)n;
	return 0;
}

/* The image is itself the only extent. */
static int use_itself(struct mun_image *img, struct mun_vmdk *v,
		      const struct mun_vmdk_extent *own, struct mun_err *e)
{
	struct mun_vmdk_text *t = &v->text;
	uint64_t said =
		t->nextents == 1 ? t->extents[0].sectors : own->capacity;
	int rc;

	mun_vmdk_text_free(t);
	t->extents = malloc(sizeof(*t->extents));
	if (!t->extents)
		return mun_fail_nomem(e, "extents of a VMDK");
	t->extents[0] = *own;
	t->extents[0].sectors = own->capacity;
	t->nextents = 1;
	if (said != own->capacity)
		mun_image_note(img,
			       "the descriptor says %" PRIu64
			       " sectors, the header %" PRIu64,
			       said, own->capacity);
	rc = make_files(v, e);
	if (!rc)
		v->files[0] = img->src;
	return rc;
}

/* "KDMV" or "COWD" at its beginning. */
static int open_binary(struct mun_image *img, struct mun_vmdk *v,
		       struct mun_err *e)
{
	struct mun_vmdk_extent x = { .kind = MUN_VMDK_SPARSE };
	struct mun_vmdk_embedded embedded;
	bool described;
	int rc = mun_vmdk_sparse(img->src, &x, &embedded, e);

	v->text.parent_cid = MUN_VMDK_NO_PARENT;
	/* QEMU leaves room for one in the parts of a split disk too. */
	if (!rc && embedded.at && !mun_peek_is(img->src, embedded.at, "", 1))
		rc = read_text(img, v, embedded.at, embedded.len, e);
	if (rc)
		return rc;
	if (embedded.unclean)
		mun_image_note(img, "was not closed properly");
	/* A header of no capacity only keeps the descriptor. */
	if (v->text.nextents > 1 || (x.capacity == 0 && v->text.nextents)) {
		rc = make_files(v, e);
		return rc ? rc : open_extents(img, v, e);
	}
	described = v->text.create_type[0] || v->text.nextents;
	rc = use_itself(img, v, &x, e);
	if (rc || described)
		return rc;
	mun_image_note(img, "has no descriptor: by itself it is only one part "
			    "of a disk");
	return mun_image_fact(img, MUN_FACT_LIMIT, "part of a disk", e,
			      "the descriptor, a .vmdk file of text, names "
			      "the other parts and the parent");
}

/* The kinds that VMware names, for people; anything else is left out. */
static void tell_variant(struct mun_image *img, const struct mun_vmdk *v)
{
	static const char *const known[] = {
		"monolithicSparse",   "monolithicFlat",  "twoGbMaxExtentSparse",
		"twoGbMaxExtentFlat", "streamOptimized", "vmfs",
		"vmfsSparse",         "vmfsThin",        "fullDevice",
		"partitionedDevice",  "custom",
	};
	const char *type = v->text.create_type;

	for (size_t i = 0; i < MUN_COUNT(known); i++)
		if (strcasecmp(known[i], type) == 0)
			mun_image_variant(img, "%s", known[i]);
	if (!type[0] && mun_peek_is(img->src, 0, "COWD", 4))
		mun_image_variant(img, "COWD");
	else if (!type[0])
		mun_image_variant(img, "sparse extent");
	if (v->text.nextents > 1)
		mun_image_variant(img, "%zu extents", v->text.nextents);
	for (size_t i = 0; i < v->text.nextents; i++) {
		const struct mun_vmdk_extent *x = &v->text.extents[i];

		if (x->kind != MUN_VMDK_SPARSE)
			continue;
		if (x->grain % 1024)
			mun_image_variant(img, "grains of %" PRIu64 " bytes",
					  x->grain);
		else
			mun_image_variant(img, "grains of %" PRIu64 " KiB",
					  x->grain / 1024);
		break;
	}
}

static int open_parent(struct mun_image *img, struct mun_vmdk *v,
		       struct mun_err *e)
{
	const struct mun_vmdk *below;
	int rc;

	if (v->text.parent_cid == MUN_VMDK_NO_PARENT)
		return 0;
	if (!v->text.parent_hint[0] && !img->parent)
		return mun_fail(e, MUN_ECORRUPT,
				"a difference to an image that is not named");
	rc = mun_clustered_below(&v->disk, img, v->text.parent_hint, NULL, e);
	if (rc)
		return rc;
	if (v->disk.below->driver != img->driver) {
		mun_image_note(img, "whether it is the right parent cannot be "
				    "checked: it is no VMDK");
		return 0;
	}
	below = v->disk.below->priv;
	if (below->text.cid != v->text.parent_cid)
		return mun_fail(e, MUN_ECORRUPT,
				"the parent has been changed since: its "
				"content id is %08x, not %08x",
				below->text.cid, v->text.parent_cid);
	return 0;
}

static int make_ready(struct mun_image *img, struct mun_vmdk *v,
		      struct mun_err *e)
{
	bool second = false;
	int rc = lay_out(img, v, e);

	if (rc)
		return rc;
	v->disk.ops = &mun_vmdk_ops;
	v->disk.ctx = v;
	for (size_t i = 0; i < v->text.nextents; i++) {
		const struct mun_vmdk_extent *x = &v->text.extents[i];

		if (x->kind != MUN_VMDK_SPARSE ||
		    !(x->flags & MUN_VMDK_COMPRESSED))
			continue;
		v->disk.unpacked_max =
			MUN_MAX(v->disk.unpacked_max, (size_t)x->grain);
		/* As QEMU has it: what does not shrink grows a little. */
		v->disk.packed_max = 2 * v->disk.unpacked_max;
	}
	rc = mun_clustered_ready(&v->disk, e);
	if (!rc)
		rc = mun_vmdk_choose(img, v, e);
	for (size_t i = 0; i < v->text.nextents; i++)
		second |= v->text.extents[i].second_at != 0;
	if (!rc && second)
		rc = mun_image_check_fact(img, "second grain directory",
					  MUN_FACT_NONE, e,
					  "says the same as the first");
	return rc ? rc : mun_image_one_track(img, e);
}

static int vmdk_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_vmdk *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return mun_fail_nomem(e, "VMDK image");
	img->priv = v;
	v->own = img->src;
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = MUN_VMDK_SECTOR;
	mun_image_set_mime(img, "application/x-vmdk");
	if (is_text(img->src)) {
		rc = read_text(img, v, 0, img->src->size, e);
		if (!rc && v->text.nextents == 0)
			rc = mun_fail(e, MUN_ECORRUPT,
				      "the descriptor names no extents");
		if (!rc)
			rc = make_files(v, e);
		if (!rc)
			rc = open_extents(img, v, e);
	} else {
		rc = open_binary(img, v, e);
	}
	if (!rc)
		rc = open_parent(img, v, e);
	if (rc)
		return rc;
	if (!img->geometry.cylinders || !img->geometry.heads ||
	    !img->geometry.sectors)
		memset(&img->geometry, 0, sizeof(img->geometry));
	tell_variant(img, v);
	return make_ready(img, v, e);
}

static int vmdk_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_vmdk *v = img->priv;

	(void)view;
	return mun_clustered_pread(&v->disk, buf, len, off, e);
}

static int vmdk_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	struct mun_vmdk *v = img->priv;

	(void)view;
	return mun_clustered_extent(&v->disk, img->bytes, off, out, e);
}

static void vmdk_close(struct mun_image *img)
{
	struct mun_vmdk *v = img->priv;

	if (!v)
		return;
	mun_clustered_close(&v->disk);
	for (unsigned int i = 0; v->files && i < v->disk.nfiles; i++)
		if (v->files[i] != v->own)
			mun_source_close(v->files[i]);
	free(v->files);
	mun_vmdk_text_free(&v->text);
	free(v);
}

const struct mun_image_driver mun_image_vmdk = {
	.name = "vmdk",
	.title = "VMware virtual disk",
	.suffixes = "vmdk",
	.bid = vmdk_bid,
	.open = vmdk_open,
	.pread = vmdk_pread,
	.next_extent = vmdk_next_extent,
	.verify = mun_vmdk_verify,
	.close = vmdk_close,
};
