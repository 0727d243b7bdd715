/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_add.c - an event or an agent more */
#include "ingest/event_add.h"

#include <string.h>

#include "core/clock.h"
#include "core/str.h"
#include "ingest/describe.h"

static bool is_there(const struct mun_record *r, const char *id,
		     const char **id_out)
{
	for (size_t i = 0; i < r->nagents; i++) {
		if (!strcmp(r->agents[i].id, id)) {
			*id_out = r->agents[i].id;
			return true;
		}
	}
	return false;
}

int mun_event_agent(struct mun_record *r, const char *type, const char *name,
		    const char *version, const char *note, const char **id_out,
		    struct mun_err *e)
{
	mun_autofree char *key = NULL;
	struct mun_rec_agent *a;
	char id[MUN_UUID_LEN];
	int rc;

	rc = mun_fmt(&key, e, "agent\n%s\n%s\n%s\n%s", type, name, version,
		     note);
	if (!rc)
		rc = mun_derived_id(key, id, e);
	if (rc || is_there(r, id, id_out))
		return rc;
	a = mun_record_add_agent(r);
	if (!a)
		return mun_fail_nomem(e, "agent");
	a->id = mun_arena_strdup(r->arena, id);
	a->type = type;
	a->name = mun_arena_strdup(r->arena, name);
	a->version = mun_arena_strdup(r->arena, version);
	a->note = mun_arena_strdup(r->arena, note);
	*id_out = a->id;
	return mun_arena_failed(r->arena, e);
}

struct mun_rec_event *mun_event_at(struct mun_record *r, const char *type,
				   const char *started, const char *ended,
				   struct mun_err *e)
{
	struct mun_rec_event *ev = mun_record_add_event(r);
	char id[MUN_UUID_LEN];

	if (!ev) {
		(void)mun_fail_nomem(e, "event");
		return NULL;
	}
	if (mun_uuid_new(id, e))
		return NULL;
	ev->id = mun_arena_strdup(r->arena, id);
	ev->type = type;
	ev->started = mun_arena_strdup(r->arena, started);
	ev->ended = strcmp(started, ended) != 0
			    ? mun_arena_strdup(r->arena, ended)
			    : "";
	ev->outcome = "success";
	return mun_arena_failed(r->arena, e) ? NULL : ev;
}

struct mun_rec_event *mun_event_at_ms(struct mun_record *r, const char *type,
				      int64_t started_ms, int64_t ended_ms,
				      struct mun_err *e)
{
	char started[MUN_TIME_LEN];
	char ended[MUN_TIME_LEN];

	mun_time_text(started_ms, started);
	mun_time_text(ended_ms < started_ms ? started_ms : ended_ms, ended);
	return mun_event_at(r, type, started, ended, e);
}
