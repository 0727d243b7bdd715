/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_promise.h - what was promised, kept in session.json */
#ifndef MUN_INGEST_SESSION_PROMISE_H
#define MUN_INGEST_SESSION_PROMISE_H

#include "core/arena.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "ingest/ingest.h"

/* The member "promise". */
void mun_promise_json(struct mun_jsonw *w, const struct mun_expectation *x);

/* A copy in @arena; NULL for NULL, and when memory is out. */
const struct mun_expectation *mun_promise_copy(struct mun_arena *arena,
					       const struct mun_expectation *x);

/**
 * mun_promise_read() - back from the member
 * @o:   the member, or NULL: nothing was promised, *@out is NULL
 *
 * Return: false where it is not whole: then nothing may be taken in by it.
 */
bool mun_promise_read(struct mun_arena *arena, const json_t *o,
		      const struct mun_expectation **out);

#endif
