/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_walk.h - what walking and reading a folder share */
#ifndef MUN_EMULATE_EXPORT_MAKE_WALK_H
#define MUN_EMULATE_EXPORT_MAKE_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "emulate-export/make_tree.h"

/* Is what @st tells of the very thing that was met as @n, with the same bytes
 * or names? */
bool mun_make_is_as_it_was(const struct mun_make_node *n,
			   const struct stat *st);

/* openat(2) of one name in the folder @dir; no link is followed.  As open(2). */
int mun_make_open_at(int dir, const char *name, int flags);

#endif
