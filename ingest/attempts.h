/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/attempts.h - who read the medium when, and how it went: each run
 *
 * One entry for each process that read (the first, and each resume, perhaps
 * with another drive).  Kept in the session's folder (attempts.json), from
 * there it goes into metadata/capture.json, PREMIS and the catalog.
 */
#ifndef MUN_INGEST_ATTEMPTS_H
#define MUN_INGEST_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "medium/device.h"
#include "medium/rescue.h"

struct mun_attempt {
	char started[MUN_TIME_LEN];
	char ended[MUN_TIME_LEN];
	struct mun_device_facts drive; /* as it was in that run */
	struct mun_rescue_policy policy;
	struct mun_rescue_stats stats;
	enum mun_rescue_stop stop;
	bool interrupted; /* killed or cancelled; then the rest is as of the
			   * last checkpoint */
	/* Of the map, bytes; before and after. */
	uint64_t good_before, good_after;
	uint64_t bad_after, doubtful_after, untried_after;
};

struct mun_attempts {
	size_t n;
	struct mun_attempt *of; /* oldest first; owned */
};
void mun_attempts_clear(struct mun_attempts *a);

/* Those that the session's folder has; none is no error.  MUN_ECORRUPT,
 * MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_attempts_load(const char *session_dir,
				struct mun_attempts *out, struct mun_err *e);

/* Write all, whole or not at all. */
MUN_CHECK int mun_attempts_save(const char *session_dir,
				const struct mun_attempts *a,
				struct mun_err *e);

/* "attempts": [...] of an open object; docs/on-disk-layout.md, capture.json. */
void mun_attempts_json(struct mun_jsonw *w, const struct mun_attempts *a);
/* The same, read.  MUN_ECORRUPT, MUN_ENOMEM. */
MUN_CHECK int mun_attempts_parse(const json_t *array, struct mun_attempts *out,
				 struct mun_err *e);

#endif
