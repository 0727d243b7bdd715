/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/version.h - a further version of an object that is in the store
 *
 * A stage (store/stage.h) that begins with the files of the object's newest
 * version: what is added or put comes on top or takes a file's place, the rest
 * is carried over in the inventory without being copied.
 *
 * Order of a commit, each step durable before the next:
 *  1. all of vN (content, inventory, sidecar) in the stage;
 *  2. vN is renamed into the object's folder;
 *  3. the object's inventory.json is replaced, by a rename;
 *  4. its sidecar is replaced, by a rename.
 *
 * Killed before 2: the object is as it was.  Killed after 2: readers see the
 * old version, which is whole; mun_version_recover(), the next version of that
 * object, and mun_version_recover_all() go on with 3 and 4, as nothing of vN
 * can be missing.  Killed between 3 and 4: readers see the new version
 * (store/objdir.h); the same functions do 4.  Nothing is ever taken back.
 * Until then a check reports what is not yet as OCFL wants it.
 *
 * An error that is no kill undoes 2, or does 3 and 4 again: after an error the
 * object has the old version unless the text says otherwise.
 */
#ifndef MUN_STORE_VERSION_H
#define MUN_STORE_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "store/place.h"
#include "store/stage.h"
#include "store/store.h"

/* Stages in a place's spool have names that begin so: then
 * mun_version_recover_all() finds them. */
#define MUN_VERSION_STAGE "version-"

/* The file in a stage that holds the object's identifier, from before the first
 * step of a commit on. */
#define MUN_VERSION_NOTE "object-id"

/**
 * mun_version_open() - begin the next version of object @id
 * @dir: the stage, on the same file system as the store; made where it is
 *       missing, and nobody else's until mun_stage_free()
 * @out: for mun_stage_path(), _add(), _put(), then mun_version_commit()
 *
 * Return: 0; MUN_ENOENT (no such object); MUN_ECORRUPT; MUN_EUNSUPPORTED (not an
 * object as we write them); MUN_EBUSY (the stage is in use); MUN_EUNAVAILABLE;
 * MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_version_open(const struct mun_store *s, const char *dir,
			       const char *id, struct mun_stage **out,
			       struct mun_err *e);

/* The number that the new version will have; 1 for a stage of a first one. */
unsigned long mun_version_number(const struct mun_stage *st);

/* Leave @path out of the new version; older ones keep it.  0, MUN_ENOENT where
 * the newest version has no such file, MUN_EINVAL for another kind of stage. */
MUN_CHECK int mun_version_remove(struct mun_stage *st, const char *path,
				 struct mun_err *e);

/**
 * mun_version_commit() - make it the newest version, see above
 *
 * The stage's folder is removed.
 * Return: 0; MUN_EINVAL (nothing added or removed; a path that is a folder of
 * another); MUN_EBUSY (the object has got another version meanwhile, or another
 * process is at work on it); MUN_EUNAVAILABLE; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_version_commit(struct mun_stage *st, struct mun_store *s,
				 const struct mun_version_info *info,
				 struct mun_err *e);

/**
 * mun_version_recover() - end what a killed commit began in object @id
 * @done: there was something to do, and it is done; may be NULL
 *
 * Return: 0; MUN_ENOENT; MUN_ECORRUPT (damage of another kind: untouched, see
 * mun_mend_object()); MUN_EBUSY; MUN_EUNAVAILABLE; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_version_recover(const struct mun_place *p, const char *id,
				  bool *done, struct mun_err *e);

/**
 * mun_version_recover_all() - as above for all stages in the place's spool
 * @n: how many objects there was something to do for
 *
 * Stages that no process uses are removed.  Cheap where there are none.
 * Return: 0, or the first error; the others were recovered.
 */
MUN_CHECK int mun_version_recover_all(const struct mun_place *p, uint64_t *n,
				      struct mun_err *e);

#endif
