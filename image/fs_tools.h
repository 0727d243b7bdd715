/* SPDX-License-Identifier: Apache-2.0 */
/* image/fs_tools.h - what finders of file systems share; for fs_*.c only */
#ifndef MUN_IMAGE_FS_TOOLS_H
#define MUN_IMAGE_FS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/contents.h"

/* How @v boots and why; a printf. */
void mun_fs_boots(struct mun_contents_volume *v, enum mun_boots boots,
		  const char *why, ...) MUN_PRINTF(3, 4);

/* A volume that is named: mun_contents_add_volume(), and its names.  NULL where
 * there is no room. */
struct mun_contents_volume *mun_fs_add(struct mun_contents *c,
				       const struct mun_fs_place *p,
				       const char *fs, const char *title,
				       uint32_t block_bytes);

/* A volume that says it is longer than its place is cut: damaged.  A size that
 * no disk has is none. */
void mun_fs_size(struct mun_contents_volume *v, const struct mun_fs_place *p,
		 uint64_t bytes);

/* Is every one of @len bytes @byte? */
bool mun_fs_all(const uint8_t *p, size_t len, uint8_t byte);

/* Is every one of @len bytes, less bit 7, a character from ' ' to '~'? */
bool mun_fs_printable(const uint8_t *p, size_t len);

#endif
