/* SPDX-License-Identifier: Apache-2.0 */
/* core/uuid.h - UUID version 7 (RFC 9562, section 5.7) */
#ifndef MUN_CORE_UUID_H
#define MUN_CORE_UUID_H

#include <stdbool.h>

#include "core/err.h"

#define MUN_UUID_LEN 37 /* 36 characters and the NUL */

/**
 * mun_uuid_new() - a fresh UUIDv7 in lower case
 *
 * Ordered by time, and within one process strictly increasing.  With
 * $MUNIMENT_TEST_UUID set to a number the random part counts up from there.
 * Return: 0 or MUN_EIO where the system gives no randomness.
 */
MUN_CHECK int mun_uuid_new(char out[static MUN_UUID_LEN], struct mun_err *e);

#define MUN_URN_LEN (9 + MUN_UUID_LEN)

/* "urn:uuid:" and @id: the OCFL id of an object. */
void mun_object_urn(const char *id, char out[static MUN_URN_LEN]);

/* Is it 8-4-4-4-12 hex digits? */
bool mun_uuid_is(const char *text);

#endif
