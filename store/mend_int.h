/* SPDX-License-Identifier: Apache-2.0 */
/* store/mend_int.h - the last steps of a mend, shared (store/mend.h) */
#ifndef MUN_STORE_MEND_INT_H
#define MUN_STORE_MEND_INT_H

#include "core/err.h"
#include "store/place.h"

/**
 * mun_mend_install() - make the file at @fresh the stored one
 * @object: folder of the object, below the storage root
 * @rel:    path of the file below that
 * @fresh:  the new file, synced and proved, on the same file system
 *
 * The damaged file gets a second name in quarantine/@incident/@rel, durably;
 * then @fresh is renamed over it, durably.  What is no regular file (a folder,
 * a link) is moved to the quarantine instead, as it cannot be linked.
 * Return: 0; MUN_EUNAVAILABLE; MUN_EINVAL (@incident is no name); MUN_ECORRUPT
 * (a link on the way); MUN_EIO; MUN_ENOMEM.  After an error the store and the
 * quarantine are as they were, unless only the last sync failed.
 */
MUN_CHECK int mun_mend_install(const struct mun_place *p, const char *object,
			       const char *rel, const char *fresh,
			       const char *incident, struct mun_err *e);

/* The folder spool/mend-XXXX for @what of object @id, empty and locked.
 * @lock: close() it; @dir: free().  Return: 0; MUN_EBUSY; MUN_EIO. */
MUN_CHECK int mun_mend_workshop(const struct mun_place *p, const char *id,
				const char *what, char **dir, int *lock,
				struct mun_err *e);

#endif
