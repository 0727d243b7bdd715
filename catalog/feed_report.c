/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_report.c - how the outcome of an audit is written down */
#include "catalog/feed_report.h"

#include <inttypes.h>

#include "core/clock.h"
#include "core/str.h"
#include "core/uuid.h"

/* Does the outcome say something about the object?  An object that was not
 * read to its end, or whose store is away, stays as old as it was. */
static bool is_verdict(enum mun_outcome o)
{
	return o == MUN_OUTCOME_INTACT || o == MUN_OUTCOME_MISMATCH ||
	       o == MUN_OUTCOME_MISSING || o == MUN_OUTCOME_UNREADABLE;
}

static uint64_t bytes_of(const struct mun_audit_item *item)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < item->nfiles; i++)
		bytes += item->files[i].tree.bytes;
	return bytes;
}

/* What was done, for the event's detail. */
static void describe(const struct mun_catalog_feed *f,
		     const struct mun_audit_item *item, struct mun_str *out)
{
	mun_str_addf(out,
		     "%zu file%s, %" PRIu64 " bytes in store '%s'; "
		     "BEP 52 tree, 1 MiB pieces",
		     item->nfiles, item->nfiles == 1 ? "" : "s", bytes_of(item),
		     f->store);
	if (item->bytes_resumed)
		mun_str_addf(out,
			     "; %" PRIu64 " bytes of them verified before an "
			     "interruption",
			     item->bytes_resumed);
}

/* What was found, for its outcome note: the bad files only. */
static void list_damage(const struct mun_audit_item *item, struct mun_str *out)
{
	for (size_t i = 0; i < item->nfiles; i++) {
		const struct mun_audit_file *file = &item->files[i];

		if (file->outcome != MUN_OUTCOME_INTACT)
			mun_str_addf(out, "%s%s: %s", out->len ? "\n" : "",
				     file->path,
				     mun_outcome_name(file->outcome));
	}
}

/* A report under way.  The texts of the event live in the record's arena. */
struct reporting {
	struct mun_catalog_feed *f;
	const struct mun_audit_item *item;
	const struct mun_feed_item *own;
	struct mun_record *r; /* holds the one event; NULL: none */
	uint64_t findings; /* written by this try */
};

static int take(struct mun_str *s, struct mun_record *r, const char **out,
		struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc;

	mun_str_add(s, "");
	rc = mun_str_take(s, &text, e);
	if (!rc)
		*out = mun_arena_strdup(r->arena, text);
	return rc;
}

static const char *time_in(struct mun_record *r, int64_t ms)
{
	char text[MUN_TIME_LEN];

	mun_time_text(ms, text);
	return mun_arena_strdup(r->arena, text);
}

static int fill_texts(const struct reporting *p, struct mun_rec_event *ev,
		      struct mun_err *e)
{
	struct mun_str detail = { 0 };
	struct mun_str note = { 0 };
	char id[MUN_UUID_LEN];
	int rc = mun_uuid_new(id, e);

	if (rc)
		return rc;
	ev->id = mun_arena_strdup(p->r->arena, id);
	describe(p->f, p->item, &detail);
	list_damage(p->item, &note);
	rc = take(&detail, p->r, &ev->detail, e);
	if (!rc)
		rc = take(&note, p->r, &ev->note, e);
	mun_str_free(&detail);
	mun_str_free(&note);
	return rc;
}

/* The id of a file is not in the item: it is not needed but for damage. */
static int link_file(const struct reporting *p, struct mun_rec_event *ev,
		     int64_t no, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(p->f->c, MUN_STMT_FILE_ID);
	int rc;

	mun_query_int(&q, no);
	rc = mun_query_row(&q, e);
	if (rc <= 0)
		return rc;
	mun_event_link_object(p->r, ev, mun_column_text(&q, 0), "source");
	return 0;
}

/* Bad files are linked one by one; none means the whole representation. */
static int link_all(const struct reporting *p, struct mun_rec_event *ev,
		    struct mun_err *e)
{
	int rc = 0;

	if (p->f->agent_operator)
		mun_event_link_agent(p->r, ev, p->f->agent_operator,
				     "implementer");
	if (p->f->agent_program)
		mun_event_link_agent(p->r, ev, p->f->agent_program,
				     "executing program");
	for (size_t i = 0; i < p->item->nfiles && !rc; i++)
		if (p->item->files[i].outcome != MUN_OUTCOME_INTACT)
			rc = link_file(p, ev, p->own->files[i], e);
	return rc;
}

/* The event as it will stand in the catalog and in PREMIS. */
static int compose(struct reporting *p, struct mun_err *e)
{
	struct mun_rec_event *ev;
	int rc = mun_record_new(&p->r, e);

	if (rc)
		return rc;
	ev = mun_record_add_event(p->r);
	if (!ev)
		return mun_fail_nomem(e, "event");
	ev->type = "fixity check";
	ev->outcome =
		p->item->outcome == MUN_OUTCOME_INTACT ? "success" : "fail";
	ev->started = time_in(p->r, p->item->started_ms);
	ev->ended = time_in(p->r, p->item->ended_ms);
	rc = fill_texts(p, ev, e);
	if (!rc)
		rc = link_all(p, ev, e);
	return rc ? rc : mun_arena_failed(p->r->arena, e);
}

static int add_verdict(struct mun_catalog *c, const struct reporting *p,
		       int64_t event, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_VERDICT_ADD);

	mun_query_int(&q, event);
	mun_query_int(&q, p->own->object);
	mun_query_int(&q, p->f->audit);
	mun_query_text(&q, p->r->events[0].ended);
	mun_query_text(&q, mun_outcome_name(p->item->outcome));
	mun_query_u64(&q, p->item->nfiles);
	mun_query_u64(&q, bytes_of(p->item));
	return mun_query_run(&q, e);
}

/* Derived: when the object was checked, how it was, how it is listed. */
static int set_state(struct mun_catalog *c, const struct reporting *p,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_STATE_SET);
	mun_autoquery struct mun_query listing =
		mun_query_begin(c, MUN_STMT_LISTING_UPDATE);
	int rc;

	mun_query_int(&q, p->own->object);
	mun_query_text(&q, p->r->events[0].ended);
	mun_query_text(&q, mun_outcome_name(p->item->outcome));
	rc = mun_query_run(&q, e);
	if (rc)
		return rc;
	mun_query_int(&listing, p->own->object);
	return mun_query_run(&listing, e);
}

static int add_finding(struct mun_query *q, const struct reporting *p,
		       uint64_t n, const struct mun_finding *x,
		       struct mun_err *e)
{
	mun_query_int(q, p->f->audit);
	mun_query_u64(q, n);
	mun_query_int(q, p->own->object);
	mun_query_int(q, p->own->files[x->file]);
	mun_query_text(q, mun_outcome_name(x->outcome));
	mun_query_u64(q, x->off);
	mun_query_u64(q, x->bytes);
	mun_query_text(q, x->expected);
	mun_query_text(q, x->actual);
	mun_query_text(q, x->text);
	return mun_query_run(q, e);
}

static int add_findings(struct mun_catalog *c, struct reporting *p,
			struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FINDING_ADD);
	int rc = 0;

	for (size_t i = 0; i < p->item->nfindings && !rc; i++)
		rc = add_finding(&q, p, p->f->findings + i + 1,
				 &p->item->findings[i], e);
	return rc;
}

static int write_all(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct reporting *p = ctx;
	int64_t event;
	int rc = add_findings(c, p, e);

	if (rc || !p->r)
		return rc;
	rc = mun_catalog_events_put_one(c, &p->r->events[0], p->own->object,
					&event, e);
	if (!rc)
		rc = add_verdict(c, p, event, e);
	return rc ? rc : set_state(c, p, e);
}

static void tell(const struct mun_catalog_feed *f,
		 const struct mun_audit_item *item)
{
	for (size_t i = 0; i < item->nfindings && f->fn; i++) {
		const struct mun_finding *x = &item->findings[i];
		const struct mun_feed_finding out = {
			.object = item->object,
			.store = f->store,
			.path = item->files[x->file].path,
			.outcome = mun_outcome_name(x->outcome),
			.off = x->off,
			.bytes = x->bytes,
			.expected = x->expected,
			.actual = x->actual,
			.text = x->text,
		};

		f->fn(f->fn_ctx, &out);
	}
}

int mun_feed_report(struct mun_catalog_feed *f,
		    const struct mun_audit_item *item, struct mun_err *e)
{
	struct reporting p = {
		.f = f,
		.item = item,
		.own = item->feed_data,
	};
	int rc = 0;

	if (is_verdict(item->outcome))
		rc = compose(&p, e);
	else if (!item->nfindings)
		return 0;
	if (!rc)
		rc = mun_query_txn(f->c, true, write_all, &p, e);
	if (!rc) {
		f->verdicts += p.r != NULL;
		f->findings += item->nfindings;
		tell(f, item);
	}
	mun_record_free(p.r);
	return rc ? mun_ctx(e, "write down the audit of object %s",
			    item->object)
		  : 0;
}

/* The end of a run, with what it counted. */
struct ending {
	struct mun_catalog_feed *f;
	const struct mun_audit_summary *sum;
};

static int write_end(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	static const enum mun_outcome order[] = {
		MUN_OUTCOME_INTACT,      MUN_OUTCOME_MISMATCH,
		MUN_OUTCOME_MISSING,     MUN_OUTCOME_UNREADABLE,
		MUN_OUTCOME_UNAVAILABLE, MUN_OUTCOME_NOT_RUN,
	};
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_END_ADD);
	const struct ending *end = ctx;
	char now[MUN_TIME_LEN];

	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, end->f->audit);
	mun_query_text(&q, now);
	mun_query_int(&q, end->sum->interrupted);
	mun_query_u64(&q, end->sum->objects);
	mun_query_u64(&q, end->sum->files);
	mun_query_u64(&q, end->sum->bytes);
	for (size_t i = 0; i < MUN_OUTCOME_N; i++)
		mun_query_u64(&q, end->sum->outcomes[order[i]]);
	mun_query_u64(&q, end->f->verdicts);
	mun_query_u64(&q, end->f->findings);
	return mun_query_run(&q, e);
}

int mun_catalog_feed_finish(struct mun_catalog_feed *f,
			    const struct mun_audit_summary *sum,
			    struct mun_err *e)
{
	struct ending end = { f, sum };
	int rc = mun_query_txn(f->c, true, write_end, &end, e);

	return rc ? mun_ctx(e, "write down the end of the audit") : 0;
}
