/* SPDX-License-Identifier: Apache-2.0 */
/* store/version_int.h - what makes and ends versions (store/version.h) */
#ifndef MUN_STORE_VERSION_INT_H
#define MUN_STORE_VERSION_INT_H

#include "core/json.h"
#include "store/objdir.h"
#include "store/stage_int.h"
#include "store/version.h"

struct mun_stage_base {
	unsigned long head; /* the version that it goes on from */
	struct mun_pair pair; /* its inventory */
	json_t *json; /* the same */
	int lock; /* the stage's folder */
	size_t nremoved;
	const char **removed; /* logical paths, in the stage's arena */
};

#define MUN_NOTE_MAX ((size_t)4096)

/* The inventory with the new version of @st.  Deterministic.  0, MUN_EINVAL,
 * MUN_ENOMEM. */
MUN_CHECK int mun_version_inventory(const struct mun_stage *st,
				    const struct mun_version_info *info,
				    struct mun_str *out, struct mun_err *e);

/**
 * mun_version_enter() - steps 3 and 4: @pair becomes the object's inventory
 * @dir:     of the object, locked by the caller
 * @scratch: folder on the same file system, for the new files
 * @entered: inventory.json was replaced: there is no way back
 *
 * Return: 0 when durable; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_version_enter(const char *dir, const char *scratch,
				const struct mun_pair *pair, bool *entered,
				struct mun_err *e);

/**
 * mun_version_finish() - end what a killed commit began in object @id
 * @scratch: as above; made where it is needed and missing
 * @done:    may be NULL
 *
 * Return: as mun_version_recover().
 */
MUN_CHECK int mun_version_finish(const struct mun_store *s, const char *id,
				 const char *scratch, bool *done,
				 struct mun_err *e);

/* Does @newer have all versions of @older, as they were?  A JSON inventory
 * each. */
bool mun_version_extends(const json_t *newer, const json_t *older);

#endif
