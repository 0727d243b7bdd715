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
	char code[5]; /* "E092", "W004" */
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
 * Return: 0 when the judgement was made, good or bad; MUN_ENOENT, MUN_EINVAL
 * (not a folder), MUN_EIO (sys) when it could not be made; MUN_ECANCELLED.
 */
MUN_CHECK int mun_ocfl_validate(const char *path,
				const struct mun_ocfl_opts *opts,
				mun_ocfl_report_fn *fn, void *ctx,
				struct mun_ocfl_verdict *out,
				struct mun_err *e);

#endif
