/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session.h - the steps of an ingest (ingest/session.c reads as a list) */
#ifndef MUN_INGEST_SESSION_H
#define MUN_INGEST_SESSION_H

#include "ingest/session_file.h"

/**
 * mun_session_run() - from wherever @s stands to the end
 * @medium: opened by the caller, or NULL: opened again when it is needed
 * @source: where it is now; NULL: where it was when the session began
 *
 * Return: as mun_ingest().  On success the session's folder is gone.
 */
MUN_CHECK int mun_session_run(const struct mun_ingest_env *env,
			      struct mun_session *s, struct mun_device *medium,
			      const char *source, struct mun_ingest_result *out,
			      struct mun_err *e);

#endif
