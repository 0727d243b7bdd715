/* SPDX-License-Identifier: Apache-2.0 */
/* store/store_int.h - what the files of this folder know of a store */
#ifndef MUN_STORE_STORE_INT_H
#define MUN_STORE_STORE_INT_H

#include <stddef.h>
#include <sys/types.h>

/* An inventory longer than this is refused: 150,000 files fit. */
#define MUN_INVENTORY_MAX ((size_t)64 << 20)

/* "DIGEST inventory.json" and some blanks. */
#define MUN_SIDECAR_MAX ((size_t)4096)

struct mun_store {
	char *path; /* as it was given */
	char *declaration; /* path of 0=ocfl_1.1: there while the store is */
	dev_t device; /* of the declaration when it was opened */
};

#endif
