/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/stage.h - building an OCFL object beside the store, then all at once
 *
 * The folder is shaped like the object from the start: content lies in
 * v1/content/.  Nothing of it is in the store until mun_stage_commit() renames
 * it there.  A stage can be opened again after a crash: files that are
 * complete are added again by the caller, who knows their digests.
 */
#ifndef MUN_STORE_STAGE_H
#define MUN_STORE_STAGE_H

#include "core/err.h"
#include "fixity/digest.h"
#include "store/store.h"

struct mun_stage;

/**
 * mun_stage_open() - begin or go on with the object @id in folder @dir
 * @dir: on the same file system as the store; made where it is missing
 *
 * Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_stage_open(const char *dir, const char *id,
			     struct mun_stage **out, struct mun_err *e);
void mun_stage_free(struct mun_stage *st); /* the folder stays; NULL is fine */
MUN_DEFINE_FREEP(stage, mun_stage_free);

/* Where to write the content of logical @path ("image/disk.img"); its parents
 * are made.  The caller's, free().  MUN_EINVAL for an unsafe path. */
MUN_CHECK int mun_stage_path(struct mun_stage *st, const char *path, char **out,
			     struct mun_err *e);

/**
 * mun_stage_add() - put a file that has been written into the inventory
 * @digests: of exactly its bytes; sha512 is required, the others go into the
 *           fixity block where OCFL knows them
 *
 * Return: 0, MUN_EINVAL (no sha512, unsafe or repeated path, no such regular
 * file in the stage), MUN_ENOMEM.
 */
MUN_CHECK int mun_stage_add(struct mun_stage *st, const char *path,
			    const struct mun_digests *digests,
			    struct mun_err *e);

/* Write @len bytes as content file @path, digest them with @algs (and sha512),
 * add it.  @digests_out may be NULL.  An old file there is replaced. */
MUN_CHECK int mun_stage_put(struct mun_stage *st, const char *path,
			    const void *data, size_t len, unsigned int algs,
			    struct mun_digests *digests_out, struct mun_err *e);

struct mun_version_info {
	const char *created; /* RFC 3339; also decides the bytes written */
	const char *message;
	const char *user_name;
	const char *user_address; /* URI, or NULL */
};

/**
 * mun_stage_commit() - make the object exist
 *
 * Writes declaration, inventories and sidecars, removes files in the stage
 * that were not added, syncs everything to disk, and renames the folder to its
 * place.  When 0 is returned the object is whole and durable; otherwise the
 * store has nothing of it and the stage is still there to try again.
 * Return: 0, MUN_EEXIST when the store has that object, MUN_EINVAL for a stage
 * without files, MUN_EUNAVAILABLE, MUN_EIO (the sys EXDEV says that stage and
 * store are on different file systems).
 */
MUN_CHECK int mun_stage_commit(struct mun_stage *st, struct mun_store *s,
			       const struct mun_version_info *info,
			       struct mun_err *e);

/**
 * mun_store_withdraw() - take an object that was just committed out again
 * @to: folder that must not exist, same file system
 *
 * For an object whose read-back failed before the catalog knew of it.  One
 * rename; empty parents are removed.
 */
MUN_CHECK int mun_store_withdraw(struct mun_store *s, const char *id,
				 const char *to, struct mun_err *e);

/**
 * mun_store_tidy() - remove the empty folders that a killed commit left
 * @id: of an object that is given up
 *
 * Best effort: what stays is told by mun_store_check_root() (E073).
 */
void mun_store_tidy(struct mun_store *s, const char *id);

#endif
