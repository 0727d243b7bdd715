/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_names.h - names that other systems take for the same
 *
 * Unicode lets "e with acute" be one character or two, and some file systems
 * do not tell them apart, nor upper from lower case (RFC 8493, 5.1 and 6).
 */
#ifndef MUN_EXPORT_VERIFY_NAMES_H
#define MUN_EXPORT_VERIFY_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

/**
 * mun_name_key() - append the canonical decomposition of @name (UAX #15, NFD)
 * @fold: in lower case, too
 *
 * Bytes that are not UTF-8 stay as they are.  0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_name_key(const char *name, bool fold, struct mun_str *out,
			   struct mun_err *e);

/* ".DS_Store", "Thumbs.db": what systems drop into folders. */
bool mun_name_is_dropping(const char *path);

#endif
