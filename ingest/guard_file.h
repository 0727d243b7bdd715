/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/guard_file.h - is it a file that an object has already? */
#ifndef MUN_INGEST_GUARD_FILE_H
#define MUN_INGEST_GUARD_FILE_H

#include "ingest/guard.h"

/**
 * mun_guard_known_file() - compare a file with those that are kept
 * @look: of a file, no device
 * @hold: set where it is *@found
 *
 * All of it is compared, and of what consists of several files (a sheet and its
 * tracks) every one.
 * Return: 0, MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_guard_known_file(const struct mun_guard *g,
				   const struct mun_look *look,
				   struct mun_hold *hold, bool *found,
				   struct mun_err *e);

#endif
