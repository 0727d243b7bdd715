/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/inventory.h - inventory.json of an OCFL object (OCFL 1.1, section 3.5)
 *
 * For objects that we made or trust to be valid; what comes from elsewhere
 * goes through store/validate.h, which says exactly what is wrong with it.
 */
#ifndef MUN_STORE_INVENTORY_H
#define MUN_STORE_INVENTORY_H

#include <stddef.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "fixity/digest.h"

struct mun_inv_file {
	const char *path; /* logical path in the head version */
	const char *content; /* "v1/content/image/disk.img" */
	struct mun_digests digests; /* sha512, and what fixity holds for it */
};

struct mun_inv_version {
	const char *name; /* "v1" */
	const char *created; /* RFC 3339 */
	const char *message; /* or NULL */
	const char *user_name; /* or NULL */
	const char *user_address; /* or NULL */
};

struct mun_inventory {
	struct mun_arena *arena; /* owns everything below */
	const char *id;
	const char *head;
	size_t nfiles;
	struct mun_inv_file *files; /* state of the head version, by path */
	size_t nversions;
	struct mun_inv_version *versions;
};

/* Parse and check what is used.  MUN_ECORRUPT says what and where. */
MUN_CHECK int mun_inventory_parse(const char *text, size_t len,
				  struct mun_inventory **out,
				  struct mun_err *e);
void mun_inventory_free(struct mun_inventory *inv); /* NULL is fine */
MUN_DEFINE_FREEP(inventory, mun_inventory_free);

/* The version number that the name of a content path has ("v2/content/x": 2), 0
 * for what is no such path or not a safe one. */
unsigned long mun_inventory_content_version(const char *path);

/**
 * mun_inventory_content() - where a file lies below the object's folder
 * @path: logical path in the head version; or, for a file of any version, the
 *        content path itself
 *
 * Return: borrowed from @inv or @path; NULL where there is no such file, as far
 * as the inventory of the head tells.
 */
const char *mun_inventory_content(const struct mun_inventory *inv,
				  const char *path);

/* The JSON of a first version with these files.  Deterministic. */
MUN_CHECK int mun_inventory_write(const struct mun_inventory *inv,
				  struct mun_str *out, struct mun_err *e);

#endif
