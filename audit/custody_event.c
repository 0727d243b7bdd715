/* SPDX-License-Identifier: Apache-2.0 */
/* audit/custody_event.c - what custody does to an object, as a PREMIS event */
#include "audit/custody_event.h"

#include "core/clock.h"

static const char *time_in(struct mun_record *r, int64_t ms)
{
	char text[MUN_TIME_LEN];

	mun_time_text(ms, text);
	return mun_arena_strdup(r->arena, text);
}

static int fill(const struct mun_custodian *k,
		const struct mun_custody_event *what, struct mun_record *r,
		struct mun_err *e)
{
	struct mun_rec_event *ev = mun_record_add_event(r);
	char id[MUN_UUID_LEN];

	if (!ev)
		return mun_fail_nomem(e, "event");
	if (mun_uuid_new(id, e))
		return e->code;
	r->id = mun_arena_strdup(r->arena, what->object);
	ev->id = mun_arena_strdup(r->arena, id);
	ev->type = what->type;
	ev->started = time_in(r, what->started_ms);
	ev->ended = time_in(r, mun_now_ms());
	ev->detail = mun_arena_strdup(r->arena, what->detail);
	ev->note = mun_arena_strdup(r->arena, what->note);
	ev->outcome = what->outcome;
	if (k->operator_id)
		mun_event_link_agent(r, ev, k->operator_id, "implementer");
	if (k->program_id)
		mun_event_link_agent(r, ev, k->program_id, "executing program");
	if (what->file)
		mun_event_link_object(r, ev, what->file, "outcome");
	return mun_arena_failed(r->arena, e);
}

int mun_custody_event_new(const struct mun_custodian *k,
			  const struct mun_custody_event *what,
			  struct mun_record **out, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	int rc = mun_record_new(&r, e);

	if (!rc)
		rc = fill(k, what, r, e);
	if (!rc)
		*out = mun_steal(&r);
	return rc;
}
