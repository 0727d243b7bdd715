/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/objdir.h - an object's own files: inventory, sidecar, declaration
 *
 * For this folder only.  What they say is decided here once:
 *
 * The root inventory and its sidecar are replaced by two renames when a version
 * is added.  Killed between them, the inventory is the new one and the sidecar
 * the old one.  That is recognized (the inventory is, byte for byte, that of
 * the highest version's folder, whose own sidecar verifies) and taken for what
 * it is: the new version, whole.  mun_version_recover() writes the sidecar.
 */
#ifndef MUN_STORE_OBJDIR_H
#define MUN_STORE_OBJDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/json.h"
#include "fixity/digest.h"
#include "store/store.h"

/* An inventory that its sidecar verifies. */
struct mun_pair {
	char *text;
	size_t len;
	char *sidecar;
	size_t sidecar_len;
};

/* Frees both texts and zeroes @p. */
void mun_pair_clear(struct mun_pair *p);

/* The sidecar that mun_stage_commit() writes for an inventory; free(). */
MUN_CHECK int mun_pair_sidecar(const char *text, size_t len, char **out,
			       struct mun_err *e);

/**
 * mun_pair_read() - inventory.json and its sidecar in folder @dir
 *
 * Return: 0; MUN_ENOENT (no inventory); MUN_ECORRUPT (no sidecar, or another
 * digest); MUN_EINVAL (no regular file); MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_pair_read(const char *dir, struct mun_pair *out,
			    struct mun_err *e);

struct mun_object {
	char *dir; /* its folder */
	struct mun_pair pair; /* what holds (see above) */
	bool interrupted; /* not what lies in the object's root */
};

/**
 * mun_object_load() - find object @id, and its inventory that holds
 *
 * No link is followed below the storage root.
 * Return: as mun_store_inventory(); mun_object_clear() in every case.
 */
MUN_CHECK int mun_object_load(const struct mun_store *s, const char *id,
			      struct mun_object *out, struct mun_err *e);
void mun_object_clear(struct mun_object *o);

/* Highest number of a version folder in the object at @dir; 0 for none. */
MUN_CHECK int mun_object_newest(const char *dir, unsigned long *out,
				struct mun_err *e);

/* "Not there" means something else while the whole store is away: @rc, or
 * MUN_EUNAVAILABLE in @e. */
int mun_store_explain(const struct mun_store *s, int rc, struct mun_err *e);

/* Each content file of an inventory's manifest, and its SHA-512. */
struct mun_object_content {
	char *path; /* "v1/content/image/disk.img" */
	struct mun_digest sha512;
};
struct mun_object_contents {
	size_t n;
	struct mun_object_content *of; /* by path */
};

/* 0, MUN_ECORRUPT, MUN_ENOMEM; mun_object_contents_clear() in every case. */
MUN_CHECK int mun_object_contents(const char *text, size_t len,
				  struct mun_object_contents *out,
				  struct mun_err *e);
void mun_object_contents_clear(struct mun_object_contents *c);

/**
 * mun_object_lock() - nobody else changes the object at @dir meanwhile
 * @fd_out: close() gives it back; -1 where the file system knows no such lock
 *
 * Return: 0; MUN_EBUSY; MUN_ENOENT; MUN_EIO.
 */
MUN_CHECK int mun_object_lock(const char *dir, int *fd_out, struct mun_err *e);

#endif
