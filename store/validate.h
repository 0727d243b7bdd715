/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/validate.h - is this a valid OCFL 1.0 or 1.1 object or storage root?
 *
 * Reports the specification's own codes (OCFL 1.1, "Validation Codes"): E001
 * and so on for errors, W001 for warnings.  Anything may be thrown at it.
 */
#ifndef MUN_STORE_VALIDATE_H
#define MUN_STORE_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"

struct mun_ocfl_problem {
	/* "E092", "W004"; "E000" for what could not be read, so that no code of
	 * the specification can be decided */
	char code[5];
	const char *where; /* path below the object or root, escaped */
	const char *text;
};

typedef void mun_ocfl_report_fn(void *ctx, const struct mun_ocfl_problem *p);

struct mun_ocfl_opts {
	bool content; /* also read every content file and compare its digests
		       * (E092, E093); else only that it is there */
	const struct mun_progress_to *progress; /* may be NULL */
};

struct mun_ocfl_verdict {
	uint64_t objects;
	uint64_t errors;
	uint64_t warnings;
};

/**
 * mun_ocfl_validate() - an object root or a storage root, by its declaration
 * @path: folder; without any declaration it is taken for an object (E003)
 *
 * Problems are in @out and told to @fn as they are found.
 * @opts may be lent; a link given as @path is followed, none below it.
 * Inventories of more than 64 MiB are refused (E033).  Memory is bounded by the
 * two largest inventories of one object and the largest folder.
 * Return: 0 when the judgement was made, good or bad, also when single files
 * could not be read (E000); MUN_ENOENT, MUN_EINVAL (not a folder), MUN_EIO
 * (sys) when @path itself cannot be; MUN_ECANCELLED; MUN_ENOMEM;
 * MUN_EUNSUPPORTED where OpenSSL's policy forbids a digest that is needed.
 */
MUN_CHECK int mun_ocfl_validate(const char *path,
				const struct mun_ocfl_opts *opts,
				mun_ocfl_report_fn *fn, void *ctx,
				struct mun_ocfl_verdict *out,
				struct mun_err *e);

struct mun_store;

/**
 * mun_store_check_root() - is a store of ours still, byte for byte, as made?
 *
 * What mun_ocfl_validate() must let pass because OCFL allows it, but we never
 * write: other bytes in the declaration (E069, E080), ocfl_layout.json (E070)
 * or the layout's configuration (E071); foreign files (E072) and empty folders
 * (E073) on the way to objects, folders that the layout does not have (E083),
 * links (E090); declarations (E007) and sidecars (E061) of objects in another
 * form than commit writes them.  Contents are not read: together with
 * mun_ocfl_validate() with content, every flipped bit is noticed.
 * Return: 0 when judged; MUN_EIO; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_store_check_root(const struct mun_store *s,
				   mun_ocfl_report_fn *fn, void *ctx,
				   struct mun_err *e);

#endif
