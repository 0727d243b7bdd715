/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export_event.c - that a package was given out, in the catalog */
#include "emulate-export/export_event.h"

#include "core/clock.h"

static int link_agent(struct mun_catalog *c, struct mun_record *r,
		      struct mun_rec_event *ev, const char *type,
		      const char *name, const char *version, const char *role,
		      struct mun_err *e)
{
	struct mun_rec_agent *a;
	char id[MUN_UUID_LEN];
	int rc;

	rc = mun_catalog_agent_id(c, type, name, version, "", id, e);
	if (rc)
		return rc;
	a = mun_record_add_agent(r);
	if (!a)
		return mun_arena_failed(r->arena, e);
	a->id = mun_arena_strdup(r->arena, id);
	a->type = type;
	a->name = name;
	a->version = version;
	mun_event_link_agent(r, ev, a->id, role);
	return 0;
}

static int link_agents(struct mun_catalog *c, const struct mun_dissemination *d,
		       struct mun_record *r, struct mun_rec_event *ev,
		       struct mun_err *e)
{
	int rc = 0;

	if (d->operator_name && *d->operator_name)
		rc = link_agent(c, r, ev, "person", d->operator_name, "",
				"implementer", e);
	if (!rc)
		rc = link_agent(c, r, ev, "software", "muniment",
				d->program_version, "executing program", e);
	return rc;
}

int mun_export_event(struct mun_catalog *c, const struct mun_dissemination *d,
		     struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	struct mun_rec_event *ev;
	char started[MUN_TIME_LEN];
	char ended[MUN_TIME_LEN];
	int rc;

	rc = mun_record_new(&r, e);
	if (rc)
		return rc;
	ev = mun_record_add_event(r);
	if (!ev)
		return mun_arena_failed(r->arena, e);
	mun_time_text(d->started_ms, started);
	mun_time_text(mun_now_ms(), ended);
	r->id = d->object;
	ev->id = d->event;
	ev->type = "dissemination";
	ev->started = started;
	ev->ended = ended;
	ev->detail = mun_arena_fmt(r->arena, "exported for %s as %s", d->target,
				   d->package);
	ev->outcome = "success";
	ev->note = "fixity checked before; package read back, its image's "
		   "digest is that of the master's content";
	rc = link_agents(c, d, r, ev, e);
	mun_event_link_object(r, ev, d->master, "source");
	if (!rc)
		rc = mun_arena_failed(r->arena, e);
	if (!rc)
		rc = mun_catalog_add_events(c, r, e);
	return rc ? mun_ctx(e, "record the export") : 0;
}
