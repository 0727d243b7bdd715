/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/media_set.h - the objects of a package: their records, their
 * images, what is in them, and what they became
 */
#ifndef MUN_EXPORT_MEDIA_SET_H
#define MUN_EXPORT_MEDIA_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "core/err.h"
#include "core/log.h"
#include "emulate-export/stored_image.h"
#include "emulate-export/target.h"
#include "image/loss.h"
#include "store/store.h"

/* What an object became in the package (media.c). */
struct mun_packaged {
	char path[112]; /* "data/media/disk.img", the main file */
	char format[16]; /* "raw", "d64" */
	bool verbatim; /* the very file that is kept */
	/* Its decoded bytes, found by decoding it again, are those of the
	 * master; else @digests are of what it now decodes to. */
	bool identical;
	bool undecoded; /* it is the file that is kept, as nothing decodes it */
	uint64_t padding; /* zeros behind the end of the master's bytes */
	uint64_t bytes; /* decoded */
	struct mun_digests digests; /* decoded */
	size_t first, n; /* of its files in the package's list */
	struct mun_loss losses; /* what the format has no place for */
	/* Of them the first so many are in the metadata of the package. */
	size_t carried;
};

struct mun_set_object {
	char id[MUN_UUID_LEN];
	char urn[MUN_URN_LEN];
	struct mun_record *record;
	const struct mun_rec_file *master;
	/* Open between _open() and _clear(); without an image where it cannot
	 * be decoded: facts.preserved_only says why. */
	struct mun_stored_image image;
	struct mun_image_facts facts;
	struct mun_contents *contents;
	struct mun_verdict verdict;
	/* The master's fixity is to be checked where it is copied. */
	bool unverified;
	size_t open_incidents; /* findings about it that nobody has settled */
	struct mun_packaged packaged;
};

struct mun_media_set {
	size_t n;
	struct mun_set_object *objects;
	struct mun_target_item *items; /* the same, as targets see them */
	struct mun_target_set facts; /* items, n, platform */
	enum mun_platform said; /* by the operator, or UNKNOWN */
};

/**
 * mun_media_set_load() - the records of @n objects, in that order
 * @ids: UUIDs, 1 to MUN_SET_MAX
 * @out: mun_media_set_clear() either way
 *
 * Return: 0; MUN_EINVAL for too many, or one twice; MUN_ENOENT; MUN_ECORRUPT
 * where one has no master; MUN_EIO.
 */
MUN_CHECK int mun_media_set_load(struct mun_catalog *c, const char *const *ids,
				 size_t n, struct mun_media_set *out,
				 struct mun_err *e);

/**
 * mun_media_set_verify() - every file of every object through its hash tree
 * @later: leave out large masters whose bytes are those of the medium, and set
 *         @unverified: they are compared while they are copied, read once
 *
 * Return: 0; MUN_EFIXITY where one is not intact now; MUN_EUNAVAILABLE.
 */
MUN_CHECK int mun_media_set_verify(struct mun_media_set *s,
				   const struct mun_store *store, bool later,
				   const struct mun_progress_to *progress,
				   struct mun_err *e);

/* The same of the master of @o, if that is to be done yet. */
MUN_CHECK int mun_media_set_verify_master(
	struct mun_set_object *o, const struct mun_store *store,
	const struct mun_progress_to *progress, struct mun_err *e);

/* Adds "it is not intact now ..." to a failure. */
int mun_media_set_not_intact(int rc, struct mun_err *e);

/**
 * mun_media_set_open() - decode the images, look into them, judge
 * @said: platform by the operator, or MUN_PLATFORM_UNKNOWN
 *
 * Call while no other thread of ours runs: each image has a child.  An image
 * that is kept and not decoded has facts and a verdict, and no image.
 * Return: 0, or as mun_stored_image_open(), mun_contents_of().
 */
MUN_CHECK int mun_media_set_open(struct mun_media_set *s,
				 const struct mun_store *store,
				 enum mun_platform said, struct mun_err *e);

/* End the children, free all; a zeroed one is fine. */
void mun_media_set_clear(struct mun_media_set *s);

#endif
