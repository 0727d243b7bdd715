/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_paths.h - the rules for paths inside an inventory */
#ifndef MUN_STORE_VALIDATE_PATHS_H
#define MUN_STORE_VALIDATE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "store/validate_int.h"

/* The codes for one sort of path. */
struct mun_path_codes {
	const char *what; /* "content path" */
	const char *empty; /* not one element */
	const char *element; /* ".", "..", or empty */
	const char *slash; /* at the begin or the end */
	const char *unique; /* twice, or the begin of another */
};

extern const struct mun_path_codes mun_content_codes; /* E098 to E101 */
extern const struct mun_path_codes mun_logical_codes; /* E051 to E053, E095 */

/* Report what is wrong with @path.  Return: is it safe? */
bool mun_val_path(struct mun_val *v, const char *where, const char *path,
		  const struct mun_path_codes *codes);

/* Report paths that stand twice or are the begin of another.  @of is sorted by
 * path, with '/' before all other characters, afterwards. */
void mun_val_conflicts(struct mun_val *v, const char *where,
		       struct mun_val_path *of, size_t n,
		       const struct mun_path_codes *codes);

/* A list of paths that grows. */
struct mun_val_paths {
	struct mun_val_path *of; /* free() */
	size_t n;
	size_t room;
};

/* Append; both texts are borrowed.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_val_paths_add(struct mun_val_paths *p, const char *path,
				const char *digest, struct mun_err *e);

#endif
