/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/marker.h - muniment-store.json: whose copies are kept in this folder
 *
 * A disk that is mounted somewhere else, or the wrong disk, must never pass for
 * a store that has lost its objects.
 */
#ifndef MUN_STORE_MARKER_H
#define MUN_STORE_MARKER_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/uuid.h"

#define MUN_MARKER_MAX ((size_t)4096) /* bytes of the file */
#define MUN_MARKER_NAME 256 /* bytes of a store's name, with its NUL */

struct mun_marker {
	char id[MUN_UUID_LEN]; /* of the store */
	char repository[MUN_UUID_LEN];
	char name[MUN_MARKER_NAME]; /* when it was made; for people */
};

/**
 * mun_marker_parse() - the text of a marker, which may be hostile
 *
 * Return: 0; MUN_ECORRUPT (says what is wrong: not JSON, longer than
 * MUN_MARKER_MAX, another type, ids that are no UUID); MUN_EUNSUPPORTED for a
 * newer version of the format; MUN_ENOMEM.
 */
MUN_CHECK int mun_marker_parse(const char *text, size_t len,
			       struct mun_marker *out, struct mun_err *e);

/* The text of @m; mun_str_free().  0 or MUN_ENOMEM. */
MUN_CHECK int mun_marker_write(const struct mun_marker *m, struct mun_str *out,
			       struct mun_err *e);

/* The marker in folder @dir; no link is followed.  As mun_marker_parse(), and
 * MUN_ENOENT, MUN_EINVAL (not a regular file), MUN_EIO. */
MUN_CHECK int mun_marker_read(const char *dir, struct mun_marker *out,
			      struct mun_err *e);

#endif
