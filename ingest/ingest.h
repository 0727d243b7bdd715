/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/ingest.h - take a medium or a file in: the whole way to the catalog
 *
 * One session per object, in spool/UUID, that survives any interruption.  What
 * has been done is read off what lies on disk, so nothing can drift:
 *
 *   session.json                      asked for; bytes are being read
 *   object/v1/content/metadata/premis.xml   all read, identified, described
 *   the object is in the store        stored; to be read back
 *   the catalog has it                done; the session is removed
 */
#ifndef MUN_INGEST_INGEST_H
#define MUN_INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/log.h"
#include "core/uuid.h"
#include "fixity/digest.h"
#include "fixity/tree.h"
#include "medium/rescue.h"
#include "store/store.h"

struct mun_disagreement; /* ingest/merge.h */
struct mun_merge_summary;
typedef int mun_disagreement_fn(void *ctx, const struct mun_disagreement *d,
				struct mun_err *e);

struct mun_ingest_env {
	struct mun_store *store;
	struct mun_catalog *catalog;
	const char *spool; /* folder, on the store's file system */
	unsigned int algs; /* the repository's digests */
	const char *program_version;
	const struct mun_conf *conf; /* its policy; NULL: no parity */
	const struct mun_progress_to *progress; /* may be NULL */
	/* Of a merge (ingest/merge.h): who is told of each disagreement, and
	 * where the sum of it goes; may be NULL. */
	mun_disagreement_fn *disagreed;
	void *disagreed_ctx;
	struct mun_merge_summary *merged;
};

/* What a donor's manifest promised of one source (ingest/expect.h). */
struct mun_expectation {
	const char *manifest; /* path of the file; kept with the object */
	struct mun_digest manifest_sha512; /* of all of it */
	const char *donor; /* who computed it, or "" */
	const char *entry; /* path as the manifest has it */
	uint64_t line; /* of the manifest */
	bool has_bytes;
	uint64_t bytes;
	struct mun_digests digests;
	bool accept_mismatch; /* take it in all the same */
};

struct mun_ingest_identifier {
	const char *type;
	const char *value;
};

struct mun_ingest_request {
	/* UUID that the object is to have, so that a journal can name it
	 * before anything is begun; or NULL: a fresh one. */
	const char *id;
	const char *source; /* regular file or block device */
	const char *label; /* NULL: the source's name */
	const char *collection; /* or NULL */
	const char *media_type; /* or NULL */
	const char *operator_name;
	const char *write_blocker; /* or NULL */
	const char *note; /* or NULL */
	const char *format; /* image driver, or NULL: let them bid */
	/* On which machine the medium was used, as the operator says: a name of
	 * image/platform.h; or NULL. */
	const char *platform;
	size_t nidentifiers;
	const struct mun_ingest_identifier *identifiers;
	size_t nattachments;
	const char *const *attachments; /* files for documentation/ */
	const struct mun_expectation *expect; /* or NULL */
	struct mun_rescue_policy rescue; /* devices */
	/* The source is an image file that another program read: its ddrescue
	 * mapfile, or NULL. */
	const char *map;
	/* Not a new object: a further reading of this one (its UUID), to be
	 * merged into it (ingest/merge.h); or NULL. */
	const char *merge;
	const char *prefer; /* of a merge: "new", "old", or NULL */
};

struct mun_ingest_result {
	char id[MUN_UUID_LEN];
	char label[256];
	char outcome[16]; /* "complete" or "partial" */
	char format[32];
	uint64_t bytes; /* decoded */
	uint64_t unreadable_bytes;
	uint64_t doubtful_bytes; /* read, but a check failed */
	const char *stopped; /* "time", "errors": a budget was spent; or "" */
	unsigned int version; /* of the object: above 1 after a merge */
	struct mun_digests digests; /* of the master */
	uint8_t root[MUN_TREE_HASH];
	char path[4096]; /* folder of the object in the store */
	char same_as[MUN_UUID_LEN]; /* object with the same bytes, or "" */
	bool damaged; /* the image breaks its format, fails a check inside it,
		       * or has sectors that were read with a failed one */
	const char *expected; /* "match", "mismatch", or "": nothing was
			       * promised, or it was not read so far */
};

/**
 * mun_ingest_check() - is the request one that could be done? (--dry-run)
 *
 * Source there and readable, not mounted, enough space; texts clean.
 * Changes nothing.  Return: as mun_ingest().
 */
MUN_CHECK int mun_ingest_check(const struct mun_ingest_env *env,
			       const struct mun_ingest_request *req,
			       struct mun_err *e);

/**
 * mun_ingest() - one source, all steps
 *
 * Unreadable sectors are a result (outcome "partial"), not an error.
 * Return: 0; MUN_EINVAL (not a file or block device, empty, unclean text);
 * MUN_ENOENT; MUN_EBUSY (mounted or held device); MUN_EFIXITY (read-back
 * differs, or what was read is not what was promised, and @out->expected says
 * so: nothing is in the store); MUN_EEXIST (a session of @req->id is there);
 * MUN_EIO; MUN_ECANCELLED.  After any error
 * beyond the checks the session stays: @out->id names it; but not where a
 * promise was not met: then @out->id is "".
 */
MUN_CHECK int mun_ingest(const struct mun_ingest_env *env,
			 const struct mun_ingest_request *req,
			 struct mun_ingest_result *out, struct mun_err *e);

/* A session in the spool. */
struct mun_session_info {
	char id[MUN_UUID_LEN];
	char source[4096]; /* escaped */
	char label[256];
	const char *state; /* "reading", "described", "stored", "catalogued",
			    * "unreadable" (session.json is) */
	bool busy; /* a live process works on it */
	char owner[32]; /* its pid, where busy */
};
typedef int mun_session_fn(void *ctx, const struct mun_session_info *s,
			   struct mun_err *e);

/* Sessions by id, oldest first.  A result of @fn other than 0 ends it. */
MUN_CHECK int mun_session_list(const struct mun_ingest_env *env,
			       mun_session_fn *fn, void *ctx,
			       struct mun_err *e);

/**
 * mun_ingest_resume() - go on with session @id from where it stands
 *
 * Bytes already in the spool are not read from the medium again (they are
 * hashed again).  Return: as mun_ingest(); MUN_EBUSY when a live process has
 * it; MUN_EINVAL when the source is no longer the same.
 */
MUN_CHECK int mun_ingest_resume(const struct mun_ingest_env *env,
				const char *id, struct mun_ingest_result *out,
				struct mun_err *e);

/**
 * mun_ingest_resume_from() - the same, with the medium at another path
 * @source: where it is now (a device may be sdc after a reboot, or lie in
 *          another drive), or NULL: where it was
 *
 * It has to be the same medium as ever (medium/identity.h); of files, the same
 * file.  MUN_EINVAL says what differs, and nothing has changed then.
 */
MUN_CHECK int mun_ingest_resume_from(const struct mun_ingest_env *env,
				     const char *id, const char *source,
				     struct mun_ingest_result *out,
				     struct mun_err *e);

/* Remove session @id and its bytes.  MUN_EBUSY; MUN_EINVAL once the store has
 * the object: it must be resumed. */
MUN_CHECK int mun_session_discard(const struct mun_ingest_env *env,
				  const char *id, struct mun_err *e);

#endif
