/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_json.h - session.json: what was asked for, of which source */
#ifndef MUN_INGEST_SESSION_JSON_H
#define MUN_INGEST_SESSION_JSON_H

#include "core/err.h"
#include "ingest/session_file.h"

#define MUN_SESSION_JSON "session.json"

/* Write it, once, into the session's folder.  0, MUN_EEXIST, MUN_EIO,
 * MUN_ENOMEM; after an error it is not there. */
MUN_CHECK int mun_session_json_write(const struct mun_session *s,
				     struct mun_err *e);

/* Fill @s, whose id and folder are known, from it.  Return: 0; MUN_ECORRUPT
 * (lost, broken, or of a later version); MUN_EIO; MUN_ENOMEM. */
MUN_CHECK int mun_session_json_read(struct mun_session *s, struct mun_err *e);

#endif
