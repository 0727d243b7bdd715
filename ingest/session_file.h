/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/session_file.h - session.json: what was asked for, of which source
 *
 * Written once, whole, when a session begins; everything later is read off
 * the other files of the session (ingest/ingest.h).
 */
#ifndef MUN_INGEST_SESSION_FILE_H
#define MUN_INGEST_SESSION_FILE_H

#include "core/arena.h"
#include "core/err.h"
#include "ingest/ingest.h"
#include "medium/device.h"
#include "medium/identity.h"

struct mun_session {
	struct mun_arena *arena; /* owns all texts below */
	char id[MUN_UUID_LEN];
	const char *created; /* RFC 3339 */
	const char *dir; /* spool/UUID */
	const char *stage; /* spool/UUID/object */
	struct mun_ingest_request req; /* a copy; source is an absolute path */
	struct mun_device_facts medium; /* of files: to know them again */
	struct mun_identity identity; /* of devices, without head and volume:
				       * those are in the image */
	unsigned int algs; /* with what was promised, and MD5 for parity */
	unsigned int parity; /* percent; 0: none */
	int lock; /* descriptor, -1 while not held */
};

/**
 * mun_session_new() - a fresh session: its folder, its lock, its file
 *
 * Return: 0, MUN_EIO, MUN_ENOMEM; MUN_EEXIST for a session of @req->id.  On
 * error nothing of it is left.
 */
MUN_CHECK int mun_session_new(const struct mun_ingest_env *env,
			      const struct mun_ingest_request *req,
			      const struct mun_device *medium,
			      struct mun_session **out, struct mun_err *e);

/* Path of the copy of req.map that the session has; the caller's. */
MUN_CHECK int mun_session_map_path(const struct mun_session *s, char **out,
				   struct mun_err *e);

/**
 * mun_session_load() - take over a session that nobody works on
 *
 * Return: 0, MUN_ENOENT, MUN_EBUSY (whose), MUN_ECORRUPT (session.json).
 */
MUN_CHECK int mun_session_load(const struct mun_ingest_env *env, const char *id,
			       struct mun_session **out, struct mun_err *e);

void mun_session_free(struct mun_session *s); /* gives the lock back */
MUN_DEFINE_FREEP(session, mun_session_free);

/* Remove the folder: the session is over. */
MUN_CHECK int mun_session_remove(struct mun_session *s, struct mun_err *e);

#endif
