/* SPDX-License-Identifier: Apache-2.0 */
/* image/fsdir.h - one entry of a directory, and what finders make of several */
#ifndef MUN_IMAGE_FSDIR_H
#define MUN_IMAGE_FSDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "image/bootcode.h"
#include "image/contents.h"
#include "image/fsnames.h"

struct mun_fs_entry {
	char name[256]; /* clean UTF-8 */
	bool is_dir;
	uint64_t at; /* where its contents begin, as its file system counts */
	uint64_t bytes; /* of its contents; 0 where that is not told */
};

typedef void mun_fs_entry_fn(void *ctx, const struct mun_fs_entry *entry);

/* No directory is read further than this: entries, and bytes. */
#define MUN_FS_ENTRIES_MAX 65536u
#define MUN_FS_DIR_BYTES_MAX ((uint64_t)4 << 20)

/**
 * mun_fs_pc_boot() - does a volume of a PC start it
 * @code:  its boot sector
 * @names: of its root
 *
 * Sets boots and boot_text of @v, whose marks are there already.
 */
void mun_fs_pc_boot(const struct mun_contents *c, struct mun_contents_volume *v,
		    const struct mun_bootcode *code,
		    const struct mun_fs_names *names);

/* An EFI loader at /EFI/BOOT: the mark, and that it boots. */
void mun_fs_efi_boot(struct mun_contents *c, struct mun_contents_volume *v,
		     const char *loader);

/* Is it the name of a loader that a machine looks for: "BOOTX64.EFI"? */
bool mun_fs_is_efi_loader(const char *name);

#endif
