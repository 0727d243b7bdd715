/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/place.h - where a copy of the objects is kept: a storage root and what
 * belongs to it on the same file system
 *
 *   PATH/muniment-store.json   marker: which store of which repository it is
 *   PATH/ocfl/                 the OCFL storage root
 *   PATH/spool/                copies and repairs under way
 *   PATH/quarantine/           damaged bytes that were replaced, by incident
 *
 * The repository itself is the place of its store "main"; muniment.conf is its
 * marker.  A place that is not there, or that is another one than it should
 * be, is unavailable: nothing is then known of the objects.
 */
#ifndef MUN_STORE_PLACE_H
#define MUN_STORE_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/uuid.h"
#include "store/store.h"

#define MUN_PLACE_MARKER "muniment-store.json"

struct mun_place {
	char *name; /* of the store: "main", "tape" */
	char *path;
	char *spool;
	char *quarantine;
	char id[MUN_UUID_LEN]; /* "" for main */
	char repository[MUN_UUID_LEN]; /* "" for main */
	dev_t device; /* of the storage root when it was opened */
	struct mun_store *store;
};

/* "file:///srv/copy" or an absolute path: the folder, without a '/' at its end.
 * MUN_EINVAL for another scheme, a host, a relative path, escapes that are
 * none, a '?' or '#' that is not escaped; *@out is the caller's. */
MUN_CHECK int mun_place_path(const char *url, char **out, struct mun_err *e);

/**
 * mun_place_init() - make @path a place for copies, durably
 * @id: UUID of the store; @repository: UUID of the repository
 *
 * The folder is empty (but for the lost+found of a fresh disk) or missing; or
 * it is the same place already (success), also one whose making was
 * interrupted.  The marker is written first: what follows belongs to it.
 * Return: 0; MUN_EEXIST for a folder with something else in it or the place of
 * another store (said which); MUN_EIO.
 */
MUN_CHECK int mun_place_init(const char *path, const char *id,
			     const char *repository, const char *name,
			     struct mun_err *e);

/* May a new place be made there?  The folder is missing, or empty as above:
 * looks, and changes nothing.  MUN_EEXIST, MUN_EIO. */
MUN_CHECK int mun_place_is_free(const char *path, struct mun_err *e);

/**
 * mun_place_open() - open a place for copies
 *
 * Return: 0; MUN_EUNAVAILABLE (path, marker or root not there; the marker is
 * that of another store or repository: the text says which); MUN_ECORRUPT (the
 * marker cannot be read as one); MUN_EUNSUPPORTED; MUN_ENOMEM.
 */
MUN_CHECK int mun_place_open(const char *path, const char *id,
			     const char *repository, const char *name,
			     struct mun_place **out, struct mun_err *e);

/* The place of store "main": @path is the repository. */
MUN_CHECK int mun_place_open_main(const char *path, struct mun_place **out,
				  struct mun_err *e);
void mun_place_close(struct mun_place *p); /* NULL is fine */
MUN_DEFINE_FREEP(place, mun_place_close);

/**
 * mun_place_available() - is it still there, on the device that it was on?
 *
 * Noticed: path, marker or declaration of the root gone; the marker of another
 * store; another device below the path (unmounted, or something mounted over
 * it).  Any thread; seven system calls.
 * Return: 0 or MUN_EUNAVAILABLE, which says what.
 */
MUN_CHECK int mun_place_available(const struct mun_place *p, struct mun_err *e);

#endif
