/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/report_premis.c - the events of a span as one PREMIS 3 document
 *
 * Objects, events and agents in the order that the schema wants, each read and
 * given on at once.  An object stands here only so that links lead somewhere;
 * what is known of it is in its own record.
 */
#include "catalog/report_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog_reading.h"
#include "catalog/premis_writer.h"
#include "catalog/query.h"
#include "core/log.h"

#define PIECE ((size_t)256 << 10) /* given on at once */

struct writing {
	struct mun_catalog *c;
	const struct mun_rep_span *span;
	struct mun_str out;
	struct mun_premis_writer w;
	mun_rep_put_fn *put;
	void *ctx;
	uint64_t events;
};

/* Give on what is there, once it is much. */
static int give(struct writing *d, size_t least, struct mun_err *e)
{
	int rc = mun_xmlw_finish(&d->w.x, e);

	if (rc || d->out.len < least || !d->out.len)
		return rc;
	rc = d->put(d->ctx, d->out.text, d->out.len, e);
	d->out.len = 0;
	return rc ? rc : mun_cancel_check(e);
}

static struct mun_query begin(const struct writing *d, enum mun_stmt id)
{
	struct mun_query q = mun_query_begin(d->c, id);

	mun_query_text(&q, d->span->to);
	mun_query_text(&q, d->span->from);
	return q;
}

static void put_representation(struct mun_premis_writer *w, const char *id,
			       const char *suffix)
{
	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:representation\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_URI, id, suffix);
	mun_xmlw_close(&w->x, "object");
}

static void put_entity(struct mun_premis_writer *w, const char *id,
		       const char *label, bool carrier)
{
	mun_xmlw_open(&w->x, "object",
		      " xsi:type=\"premis:intellectualEntity\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_UUID, id, "");
	if (*label)
		mun_xmlw_text(&w->x, "originalName", "", label);
	mun_premis_open_relation(w, "structural", "is Represented By");
	if (carrier)
		mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_URI,
				  id, MUN_PREMIS_CARRIER);
	mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_URI, id,
			  MUN_PREMIS_REPRESENTATION);
	mun_xmlw_close(&w->x, "relationship");
	mun_xmlw_close(&w->x, "object");
	if (carrier)
		put_representation(w, id, MUN_PREMIS_CARRIER);
	put_representation(w, id, MUN_PREMIS_REPRESENTATION);
}

static int put_entities(struct writing *d, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		begin(d, MUN_STMT_REP_PREMIS_OBJECTS);
	bool any = false;
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		any = true;
		put_entity(&d->w, mun_column_text(&q, 0),
			   mun_column_text(&q, 1), mun_column_int(&q, 2) != 0);
		rc = give(d, PIECE, e);
		if (rc)
			return rc;
	}
	if (!rc && !any)
		return mun_fail(e, MUN_ENOENT,
				"nothing happened in this period");
	return rc;
}

static void put_file(struct mun_premis_writer *w, struct mun_query *q)
{
	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:file\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_UUID,
			  mun_column_text(q, 0), "");
	mun_premis_put_prop(w, MUN_PROP_ROLE, mun_column_text(q, 1));
	mun_xmlw_open(&w->x, "objectCharacteristics", "");
	mun_xmlw_u64(&w->x, "size", "", (uint64_t)mun_column_int(q, 3));
	mun_xmlw_open(&w->x, "format", "");
	mun_xmlw_open(&w->x, "formatDesignation", "");
	mun_xmlw_text(&w->x, "formatName", "", mun_column_text(q, 4));
	mun_xmlw_close(&w->x, "formatDesignation");
	mun_xmlw_close(&w->x, "format");
	mun_xmlw_close(&w->x, "objectCharacteristics");
	mun_xmlw_open(&w->x, "storage", "");
	mun_xmlw_open(&w->x, "contentLocation", "");
	mun_xmlw_text(&w->x, "contentLocationType", "", MUN_LOCATION_TYPE);
	mun_xmlw_text(&w->x, "contentLocationValue", "", mun_column_text(q, 2));
	mun_xmlw_close(&w->x, "contentLocation");
	mun_xmlw_close(&w->x, "storage");
	mun_xmlw_close(&w->x, "object");
}

static int put_files(struct writing *d, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(d, MUN_STMT_REP_PREMIS_FILES);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		put_file(&d->w, &q);
		rc = give(d, PIECE, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* The links of event @no; ids and roles go into the arena of @r. */
static int add_links(struct writing *d, struct mun_record *r,
		     struct mun_rec_event *ev, int64_t no, bool agents,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(d->c, agents ? MUN_STMT_EVENT_AGENTS_GET
					     : MUN_STMT_EVENT_OBJECTS_GET);
	int rc;

	mun_query_int(&q, no);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const char *id = mun_column_text(&q, 0);

		if (agents)
			mun_event_link_agent(r, ev, id, mun_column_text(&q, 1));
		else
			mun_event_link_object(r, ev,
					      *id ? id : MUN_LINK_CARRIER,
					      mun_column_text(&q, 1));
	}
	return rc;
}

static int put_event(struct writing *d, struct mun_query *q, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	struct mun_rec_event *ev;
	int rc = mun_record_new(&r, e);

	if (rc)
		return rc;
	ev = mun_record_add_event(r);
	if (!ev)
		return mun_fail_nomem(e, "event");
	r->id = mun_column_text(q, 1);
	ev->id = mun_column_text(q, 2);
	ev->type = mun_column_text(q, 3);
	ev->started = mun_column_text(q, 4);
	ev->ended = mun_column_text(q, 5);
	ev->detail = mun_column_text(q, 6);
	ev->outcome = mun_column_text(q, 7);
	ev->note = mun_column_text(q, 8);
	rc = add_links(d, r, ev, mun_column_int(q, 0), true, e);
	if (!rc)
		rc = add_links(d, r, ev, mun_column_int(q, 0), false, e);
	if (!rc)
		rc = mun_catalog_reading_get(d->c, mun_column_int(q, 0), r, ev,
					     e);
	if (!rc)
		rc = mun_arena_failed(r->arena, e);
	if (rc)
		return rc;
	d->w.r = r;
	mun_premis_put_event(&d->w, ev);
	d->w.r = NULL;
	d->events++;
	return give(d, PIECE, e);
}

static int put_events(struct writing *d, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(d, MUN_STMT_REP_PREMIS_EVENTS);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = put_event(d, &q, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* Agents are few.  @things: drives as what they are, which are objects. */
static int put_agents(struct writing *d, bool things, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(d, MUN_STMT_REP_PREMIS_AGENTS);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rec_agent a = {
			.id = mun_column_text(&q, 0),
			.type = mun_column_text(&q, 1),
			.name = mun_column_text(&q, 2),
			.version = mun_column_text(&q, 3),
			.note = mun_column_text(&q, 4),
		};

		if (!things)
			mun_premis_put_agent(&d->w, &a);
		else if (strcmp(a.type, "hardware") == 0)
			mun_premis_put_environment(&d->w, &a);
		rc = give(d, PIECE, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_premis(struct mun_catalog *c, const struct mun_rep_span *s,
		   mun_rep_put_fn *put, void *ctx, uint64_t *events,
		   struct mun_err *e)
{
	struct writing d = {
		.c = c,
		.span = s,
		.w = { .x = { .prefix = "premis:" } },
		.put = put,
		.ctx = ctx,
	};
	int rc;

	d.w.x.out = &d.out;
	mun_premis_put_head(&d.w);
	rc = put_entities(&d, e);
	if (!rc)
		rc = put_files(&d, e);
	if (!rc)
		rc = put_agents(&d, true, e);
	if (!rc)
		rc = put_events(&d, e);
	if (!rc)
		rc = put_agents(&d, false, e);
	mun_xmlw_close(&d.w.x, "premis");
	if (!rc)
		rc = give(&d, 0, e);
	mun_str_free(&d.out);
	*events = d.events;
	return rc ? mun_ctx(e, "PREMIS of the period") : 0;
}
