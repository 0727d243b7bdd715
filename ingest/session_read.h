/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_read.h - the first step of a session: from source to record */
#ifndef MUN_INGEST_SESSION_READ_H
#define MUN_INGEST_SESSION_READ_H

#include <stdbool.h>

#include "catalog/record.h"
#include "core/err.h"
#include "fixity/readback.h"
#include "ingest/ingest.h"
#include "ingest/session_file.h"
#include "medium/device.h"

struct mun_session_read {
	/* Given */
	const struct mun_ingest_env *env;
	struct mun_session *s;
	struct mun_device *medium; /* open; or NULL: opened when needed */
	const char *source; /* where it is now; NULL: where it was */
	const char *urn;
	/* Made */
	struct mun_record *record; /* the caller's; NULL after a merge's */
	struct mun_proof master; /* of a read-back behind the writer */
	/* It is not to be taken in at all: nothing of the session is to stay.
	 */
	bool refused;
	bool mismatch; /* because a promise was not met */
};

/**
 * mun_session_read() - read the source, or what is left of it, and describe it
 *
 * A device is read first and recognised afterwards, in the image: looking at it
 * costs a failing drive nothing.  A file is looked at first, as others may
 * belong to it.  Where the session is a merge nothing is described, and
 * reading.json is all that is made (ingest/reading.h).
 * Return: as mun_ingest().
 */
MUN_CHECK int mun_session_read(struct mun_session_read *t, struct mun_err *e);

#endif
