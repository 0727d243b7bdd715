/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/store.h - an OCFL 1.1 storage root: objects whole or absent
 *
 * An object is built in a staging folder (store/stage.h) on the same file
 * system and comes into being by one rename.  Objects are found without any
 * index: layout 0004-hashed-n-tuple-storage-layout, its defaults.
 */
#ifndef MUN_STORE_STORE_H
#define MUN_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "store/inventory.h"

struct mun_store;

/**
 * mun_store_init() - make a storage root in the empty or missing folder @path
 *
 * Writes 0=ocfl_1.1, ocfl_layout.json and extensions/0004-.../config.json,
 * durably.  A root that is there already and whole is success.
 * Return: 0, MUN_EEXIST for a folder with something else in it, MUN_EIO.
 */
MUN_CHECK int mun_store_init(const char *path, struct mun_err *e);

/**
 * mun_store_open() - open a storage root
 *
 * Return: 0; MUN_EUNAVAILABLE where the folder or its 0=ocfl_1.1 is not there
 * (unmounted, moved): nothing is then known of the objects; MUN_EUNSUPPORTED
 * for another layout; MUN_ECORRUPT; MUN_ENOMEM.
 */
MUN_CHECK int mun_store_open(const char *path, struct mun_store **out,
			     struct mun_err *e);
void mun_store_close(struct mun_store *s); /* NULL is fine */
MUN_DEFINE_FREEP(store, mun_store_close);

/* As it was given to mun_store_open(); lives as long as @s. */
const char *mun_store_path(const struct mun_store *s);

/* Is the root still there, on the device that it was on when it was opened?
 * 0 or MUN_EUNAVAILABLE.  Cheap: one lstat. */
MUN_CHECK int mun_store_available(const struct mun_store *s, struct mun_err *e);

/* Folder of object @id ("urn:uuid:..."), relative to the root:
 * "3c0/ff4/240/3c0ff4...".  The caller's, free().  Whether it exists is not
 * looked at. */
MUN_CHECK int mun_store_object_path(const char *id, char **out,
				    struct mun_err *e);

/* The same, absolute or as the root was given. */
MUN_CHECK int mun_store_object_dir(const struct mun_store *s, const char *id,
				   char **out, struct mun_err *e);

/* Is there a folder for @id?  0 with *@yes, or MUN_EUNAVAILABLE, MUN_EIO. */
MUN_CHECK int mun_store_has(const struct mun_store *s, const char *id,
			    bool *yes, struct mun_err *e);

/**
 * mun_store_inventory() - the object's root inventory, its sidecar verified
 *
 * Return: 0; MUN_ENOENT; MUN_EUNAVAILABLE; MUN_ECORRUPT (sidecar, JSON or
 * fields); MUN_EIO; MUN_ENOMEM.  @out: mun_inventory_free().
 */
MUN_CHECK int mun_store_inventory(const struct mun_store *s, const char *id,
				  struct mun_inventory **out,
				  struct mun_err *e);

/**
 * mun_store_file_path() - where the bytes of a logical path lie on disk
 * @path: logical path in the head version: "image/disk.img"; or a content
 *        path, of any version: "v1/content/image/disk.img"
 * @out:  the caller's, free()
 *
 * Reads the inventory; return as mun_store_inventory(), MUN_ENOENT where the
 * head version has no such path.
 */
MUN_CHECK int mun_store_file_path(const struct mun_store *s, const char *id,
				  const char *path, char **out,
				  struct mun_err *e);

/* Open it.  MUN_ENOENT where the file is gone although the inventory names
 * it. */
MUN_CHECK int mun_store_open_file(const struct mun_store *s, const char *id,
				  const char *path, enum mun_read_mode mode,
				  struct mun_source **out, struct mun_err *e);

/* Called for each object root found; @dir is its folder relative to the root.
 * @id is NULL where the inventory could not be read (@why says so). */
typedef int mun_store_list_fn(void *ctx, const char *dir, const char *id,
			      const struct mun_err *why, struct mun_err *e);

/* Walk the whole root, in the order of the folder names. */
MUN_CHECK int mun_store_list(const struct mun_store *s, mun_store_list_fn *fn,
			     void *ctx, struct mun_err *e);

#endif
