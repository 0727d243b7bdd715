/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_rows.c - the rows of an audit's outcomes; inside transactions */
#include "catalog/feed_report.h"

#include <inttypes.h>
#include <string.h>

#include "catalog/catalog_incidents.h"
#include "catalog/catalog_leaf.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/uuid.h"

/* Does the outcome say something about the object?  An object that was not
 * read to its end, or whose store is away, stays as old as it was. */
bool mun_feed_is_verdict(enum mun_outcome o)
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
	bool full = item->nfiles && item->files[0].full;

	mun_str_addf(out,
		     "%zu file%s, %" PRIu64 " bytes in store '%s'; "
		     "BEP 52 tree, 1 MiB pieces%s",
		     item->nfiles, item->nfiles == 1 ? "" : "s", bytes_of(item),
		     f->store, full ? ", and every whole-file digest" : "");
	if (item->bytes_resumed)
		mun_str_addf(out,
			     "; %" PRIu64 " bytes of them verified before an "
			     "interruption",
			     item->bytes_resumed);
}

/* What was found, for its outcome note: the bad files only. */
static void list_damage(const struct mun_audit_item *item, struct mun_str *out)
{
	mun_str_add(out, "");
	for (size_t i = 0; i < item->nfiles; i++) {
		const struct mun_audit_file *file = &item->files[i];

		if (file->outcome != MUN_OUTCOME_INTACT)
			mun_str_addf(out, "%s%s: %s", out->len ? "\n" : "",
				     file->path,
				     mun_outcome_name(file->outcome));
	}
}

/* One item of it. */
struct reporting {
	struct mun_feed_batch *b;
	const struct mun_audit_item *item;
	const struct mun_feed_item *own;
	char started[MUN_TIME_LEN];
	char ended[MUN_TIME_LEN];
	int64_t event; /* 0: none */
};

static uint64_t bad_files(const struct mun_audit_item *item)
{
	uint64_t n = 0;

	for (size_t i = 0; i < item->nfiles; i++)
		n += item->files[i].outcome != MUN_OUTCOME_INTACT;
	return n;
}

static int event_n(struct mun_catalog *c, int64_t object, int64_t *out,
		   struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_EVENT_N);
	int rc;

	mun_query_int(&q, object);
	rc = mun_query_number(&q, out, e);
	++*out;
	return rc;
}

/* Its agents are those of the run, which says them once for all. */
static int add_event_row(struct mun_catalog *c, struct reporting *p,
			 const char *detail, const char *note,
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_ADD);
	bool intact = p->item->outcome == MUN_OUTCOME_INTACT;
	char id[MUN_UUID_LEN];
	int64_t n = 0;
	int rc = mun_uuid_new(id, e);

	if (!rc)
		rc = mun_catalog_next(c, MUN_STMT_EVENT_NEXT, &p->event, e);
	if (!rc)
		rc = event_n(c, p->own->object, &n, e);
	if (rc)
		return rc;
	mun_query_int(&q, p->event);
	mun_query_int(&q, p->own->object);
	mun_query_int(&q, n);
	mun_query_text(&q, id);
	mun_query_text(&q, "fixity check");
	mun_query_text(&q, p->started);
	mun_query_text(&q, p->ended);
	mun_query_text(&q, detail);
	mun_query_text(&q, intact ? "success" : "fail");
	mun_query_text(&q, note);
	mun_query_u64(&q, bad_files(p->item));
	return mun_query_run(&q, e);
}

/* Bad files are linked one by one; none means the whole representation. */
static int link_files(struct mun_catalog *c, const struct reporting *p,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_OBJECT_ADD);
	uint64_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < p->item->nfiles && !rc; i++) {
		if (p->item->files[i].outcome == MUN_OUTCOME_INTACT)
			continue;
		mun_query_int(&q, p->event);
		mun_query_u64(&q, ++n);
		mun_query_int(&q, p->own->files[i]);
		mun_query_text(&q, "source");
		rc = mun_query_run(&q, e);
	}
	return rc;
}

static int add_event(struct mun_catalog *c, struct reporting *p,
		     struct mun_err *e)
{
	struct mun_str detail = { 0 };
	struct mun_str note = { 0 };
	int rc;

	describe(p->b->f, p->item, &detail);
	list_damage(p->item, &note);
	rc = detail.failed || note.failed
		     ? mun_fail_nomem(e, "event")
		     : add_event_row(c, p, detail.text, note.text, e);
	mun_str_free(&detail);
	mun_str_free(&note);
	if (!rc)
		rc = link_files(c, p, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_EVENT, p->event, 0, e);
}

static int add_verdict(struct mun_catalog *c, const struct reporting *p,
		       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_VERDICT_ADD);

	mun_query_int(&q, p->event);
	mun_query_int(&q, p->own->object);
	mun_query_int(&q, p->b->f->audit);
	mun_query_text(&q, p->ended);
	mun_query_text(&q, mun_outcome_name(p->item->outcome));
	mun_query_u64(&q, p->item->nfiles);
	mun_query_u64(&q, bytes_of(p->item));
	p->b->verdicts++;
	return mun_query_run(&q, e);
}

/* Derived: when the copy was checked, how it was, how the object is listed. */
static int set_state(struct mun_catalog *c, const struct reporting *p,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_STATE_SET);
	mun_autoquery struct mun_query listing =
		mun_query_begin(c, MUN_STMT_LISTING_CHECKED);
	int rc;

	mun_query_int(&q, p->own->object);
	mun_query_int(&q, p->b->f->store_no);
	mun_query_text(&q, p->ended);
	mun_query_text(&q, mun_outcome_name(p->item->outcome));
	rc = mun_query_run(&q, e);
	if (rc)
		return rc;
	mun_query_int(&listing, p->own->object);
	return mun_query_run(&listing, e);
}

/* A row of table finding; @object and @file may be 0.  With a leaf where no
 * event of the object tells of it. */
int mun_feed_write_finding(struct mun_catalog *c, struct mun_feed_batch *b,
			   int64_t object, int64_t file,
			   const struct mun_finding *x, bool leaf,
			   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FINDING_ADD);
	uint64_t n = b->f->findings + ++b->findings;
	int rc;

	mun_query_int(&q, b->f->audit);
	mun_query_u64(&q, n);
	mun_query_ref(&q, object);
	mun_query_ref(&q, file);
	mun_query_text(&q, mun_outcome_name(x->outcome));
	mun_query_u64(&q, x->off);
	mun_query_u64(&q, x->bytes);
	mun_query_text(&q, x->expected);
	mun_query_text(&q, x->actual);
	mun_query_text(&q, x->text);
	mun_query_int(&q, x->sys);
	mun_query_null(&q);
	rc = mun_query_run(&q, e);
	if (rc || !leaf)
		return rc;
	return mun_catalog_leaf_add(c, MUN_LEAF_FINDING, b->f->audit,
				    (int64_t)n, e);
}

static int open_incident(struct mun_catalog *c, const struct reporting *p,
			 const struct mun_finding *x, struct mun_err *e)
{
	const struct mun_incident_row row = {
		.object = p->own->object,
		.store = p->b->f->store_no,
		.path = p->item->files[x->file].path,
		.kind = mun_outcome_name(x->outcome),
		.opened = p->ended,
		.audit = p->b->f->audit,
		.off = x->off,
		.bytes = x->bytes,
		.sys = x->sys,
		.text = x->text,
	};
	char id[MUN_UUID_LEN];
	bool joined;
	int rc = mun_incident_found(c, &row, id, &joined, e);

	p->b->opened += !rc && !joined;
	return rc;
}

/* That the store is away is said once in a run, not for each file. */
static int store_away(struct mun_catalog *c, struct mun_feed_batch *b,
		      const struct mun_finding *x, struct mun_err *e)
{
	struct mun_finding of_store = { .outcome = MUN_OUTCOME_UNAVAILABLE };

	if (b->f->away || b->away)
		return 0;
	b->away = true;
	memcpy(of_store.text, x->text, sizeof(of_store.text));
	return mun_feed_write_finding(c, b, 0, 0, &of_store, true, e);
}

static int add_findings(struct mun_catalog *c, const struct reporting *p,
			struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < p->item->nfindings && !rc; i++) {
		const struct mun_finding *x = &p->item->findings[i];

		if (x->outcome == MUN_OUTCOME_UNAVAILABLE) {
			rc = store_away(c, p->b, x, e);
			continue;
		}
		rc = mun_feed_write_finding(c, p->b, p->own->object,
					    p->own->files[x->file], x,
					    !p->event, e);
		if (!rc && mun_feed_is_verdict(x->outcome))
			rc = open_incident(c, p, x, e);
	}
	return rc;
}

/* Was this file read to its end, and intact? */
static bool was_intact(void *ctx, const char *path)
{
	const struct mun_audit_item *item = ctx;

	for (size_t i = 0; *path && i < item->nfiles; i++)
		if (!strcmp(item->files[i].path, path))
			return item->files[i].outcome == MUN_OUTCOME_INTACT;
	return !*path && item->outcome == MUN_OUTCOME_INTACT;
}

int mun_feed_write_item(struct mun_catalog *c, struct mun_feed_batch *b,
			struct mun_audit_item *item, struct mun_err *e)
{
	struct reporting p = { .b = b, .item = item, .own = item->feed_data };
	int rc = 0;

	mun_time_text(item->started_ms, p.started);
	mun_time_text(item->ended_ms ? item->ended_ms : mun_now_ms(), p.ended);
	if (mun_feed_is_verdict(item->outcome)) {
		rc = add_event(c, &p, e);
		if (!rc)
			rc = add_verdict(c, &p, e);
	}
	if (!rc)
		rc = add_findings(c, &p, e);
	if (!rc && p.event)
		rc = mun_incidents_intact(c, p.own->object, b->f->store_no,
					  b->f->audit, p.ended, was_intact,
					  item, e);
	if (!rc && p.event)
		rc = set_state(c, &p, e);
	return rc ? mun_ctx(e, "write down the audit of object %s",
			    item->object)
		  : 0;
}

int mun_feed_write_end(struct mun_catalog *c, const struct mun_feed_batch *b,
		       struct mun_err *e)
{
	static const enum mun_outcome order[] = {
		MUN_OUTCOME_INTACT,      MUN_OUTCOME_MISMATCH,
		MUN_OUTCOME_MISSING,     MUN_OUTCOME_UNREADABLE,
		MUN_OUTCOME_UNAVAILABLE, MUN_OUTCOME_NOT_RUN,
	};
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_END_ADD);
	const struct mun_catalog_feed *f = b->f;
	char now[MUN_TIME_LEN];
	int rc;

	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, f->audit);
	mun_query_text(&q, now);
	mun_query_int(&q, b->sum->interrupted);
	mun_query_u64(&q, b->sum->objects);
	mun_query_u64(&q, b->sum->files);
	mun_query_u64(&q, b->sum->bytes);
	for (size_t i = 0; i < MUN_OUTCOME_N; i++)
		mun_query_u64(&q, b->sum->outcomes[order[i]] +
					  (order[i] == MUN_OUTCOME_NOT_RUN
						   ? f->skipped
						   : 0));
	mun_query_u64(&q, f->verdicts + b->verdicts);
	mun_query_u64(&q, f->findings + b->findings);
	mun_query_null(&q);
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_AUDIT_END, f->audit, 0, e);
}
