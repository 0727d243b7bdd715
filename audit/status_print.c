/* SPDX-License-Identifier: Apache-2.0 */
/* audit/status_print.c - the state as one screen of text, and as JSON */
#include "audit/status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/report_int.h"
#include "core/check.h"
#include "core/parse.h"
#include "core/utf8.h"

#define LINES 24
#define COLUMNS 80
#define STORES 6 /* lines for them; what is more is said as a number */

/* One line of at most 80 columns: characters, as a terminal shows most. */
static void line(struct mun_str *out, const char *text)
{
	char clean[1024];
	size_t len = mun_utf8_line(text, clean, sizeof(clean));
	size_t columns = 0;
	size_t i = 0;

	while (i < len && columns < COLUMNS) {
		uint32_t cp;
		size_t n = mun_utf8_next(clean + i, len - i, &cp);

		i += n ? n : 1;
		columns++;
	}
	mun_str_add_bytes(out, clean, i);
	mun_str_add_char(out, '\n');
}

static void linef(struct mun_str *out, const char *fmt, ...) MUN_PRINTF(2, 3);

static void linef(struct mun_str *out, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line(out, text);
}

static void plural(char *out, size_t size, uint64_t n, const char *what)
{
	(void)snprintf(out, size, "%" PRIu64 " %s%s", n, what,
		       n == 1 ? "" : "s");
}

static void totals(const struct mun_status *s, struct mun_str *out)
{
	char objects[48];
	char copies[48];
	char bytes[16];
	char now[MUN_TIME_LEN];

	plural(objects, sizeof(objects), s->objects, "object");
	(void)snprintf(copies, sizeof(copies), "%" PRIu64 " cop%s", s->copies,
		       s->copies == 1 ? "y" : "ies");
	mun_human_bytes(s->bytes, bytes);
	mun_time_text(s->now, now);
	linef(out, "%.58s %s", s->name, now);
	linef(out, "%s, %s, %s in %zu store%s", objects, bytes, copies,
	      s->nstores, s->nstores == 1 ? "" : "s");
	if (s->partial)
		linef(out,
		      "  %" PRIu64 " could not be read whole from "
		      "the medium",
		      s->partial);
	if (s->short_of_copies)
		linef(out,
		      "  %" PRIu64 " have fewer copies than the policy "
		      "asks",
		      s->short_of_copies);
}

static void late_text(int64_t ms, char out[static 32])
{
	mun_duration_text(ms > 0 ? (uint64_t)ms / 1000 : 0, out);
}

/* "41 d" or "7 h": a column has no room for more. */
static void short_text(int64_t ms, char *out, size_t size)
{
	int64_t hours = ms / ((int64_t)60 * 60 * 1000);

	if (ms <= 0)
		(void)snprintf(out, size, "-");
	else if (hours >= 48)
		(void)snprintf(out, size, "%" PRId64 " d", hours / 24);
	else
		(void)snprintf(out, size, "%" PRId64 " h", hours);
}

static void store_line(const struct mun_status_part *p, struct mun_str *out)
{
	char bytes[16];
	char worst[16];

	mun_human_bytes(p->bytes, bytes);
	if (strcmp(p->state, "away") == 0) {
		linef(out, "%-12.12s away: %s", p->store, p->why);
		return;
	}
	short_text(p->worst_overdue_ms, worst, sizeof(worst));
	linef(out,
	      "%-12.12s %-6s %9" PRIu64 " %8s %9" PRIu64 " %8" PRIu64
	      " %9" PRIu64 " %7s",
	      p->store, p->state, p->objects, bytes, p->never, p->overdue,
	      p->in_policy, worst);
}

static void stores(const struct mun_status *s, struct mun_str *out)
{
	linef(out, "%s", "");
	linef(out, "%-12s %-6s %9s %8s %9s %8s %9s %7s", "STORE", "STATE",
	      "COPIES", "SIZE", "NEVER", "OVERDUE", "OF", "WORST");
	for (size_t i = 0; i < MUN_MIN(s->nstores, (size_t)STORES); i++)
		store_line(&s->stores[i], out);
	if (s->nstores > STORES)
		linef(out, "... and %zu more: muniment store list",
		      s->nstores - STORES);
}

static void damage(const struct mun_status *s, struct mun_str *out)
{
	linef(out, "%s", "");
	linef(out,
	      "Incidents: %" PRIu64 " not closed, %" PRIu64
	      " acknowledged by nobody; copies found damaged: %" PRIu64,
	      s->incidents, s->unacknowledged, s->damaged);
	for (size_t i = 0; i < s->nnewest; i++) {
		const struct mun_status_incident *x = &s->newest[i];

		linef(out, "  %.10s  %-10s %-8s %s%s%s", x->opened, x->kind,
		      x->store,
		      *x->label    ? x->label
		      : *x->object ? x->object
				   : "the store",
		      *x->path ? ", " : "", x->path);
	}
	if (s->incidents > s->nnewest)
		linef(out, "  ... and %" PRIu64 " more: muniment incidents",
		      s->incidents - s->nnewest);
}

static void ledger(const struct mun_status *s, struct mun_str *out)
{
	char root[2 * MUN_MERKLE_HASH + 1];
	char token[MUN_TIME_LEN];

	if (!s->has_ledger) {
		line(out, "Ledger: none yet");
		return;
	}
	if (*s->ledger_problem) {
		linef(out, "Ledger: %s", s->ledger_problem);
		return;
	}
	linef(out,
	      "Ledger: %" PRIu64 " entries, %" PRIu64
	      " after the newest signed head",
	      s->entries, s->unsigned_entries);
	if (!s->head.size)
		return;
	mun_hex(s->head.root, sizeof(s->head.root), root);
	linef(out, "  head %.16s... signed %s by key %s", root, s->head.time,
	      s->head.key);
	if (s->token_ms) {
		char age[32];

		mun_time_text(s->token_ms, token);
		late_text(s->now - s->token_ms, age);
		linef(out, "  newest time stamp %s (%s ago)", token, age);
	} else {
		line(out, "  no time stamp");
	}
}

/* When the next thing is due, and whether the promise is kept. */
static void due(const struct mun_status *s, struct mun_str *out)
{
	const struct mun_status_part *first = NULL;
	const struct mun_status_part *last = NULL;
	char when[MUN_TIME_LEN];

	for (size_t i = 0; i < s->nstores; i++) {
		const struct mun_status_part *p = &s->stores[i];

		if (p->next_due != INT64_MAX &&
		    (!first || p->next_due < first->next_due))
			first = p;
		if (p->has_forecast &&
		    (!last || p->forecast.done > last->forecast.done))
			last = p;
	}
	if (first && first->next_due <= s->now) {
		linef(out, "Next due: now, in %s", first->store);
	} else if (first) {
		mun_time_text(first->next_due, when);
		linef(out, "Next due: %s, in %s", when, first->store);
	} else {
		line(out, "Next due: nothing");
	}
	if (!last)
		return;
	if (last->forecast.done == INT64_MAX) {
		linef(out,
		      "Forecast: when all is verified is not known "
		      "(nothing measured in %s)",
		      last->store);
		return;
	}
	mun_time_text(last->forecast.done, when);
	linef(out, "Forecast: all verified by %s, %" PRIu64 " late in %s", when,
	      last->forecast.late_items, last->store);
}

int mun_status_text(const struct mun_status *s, char **out, struct mun_err *e)
{
	struct mun_str t = { 0 };

	totals(s, &t);
	stores(s, &t);
	damage(s, &t);
	ledger(s, &t);
	due(s, &t);
	if (s->sessions || s->audits)
		linef(&t,
		      "At work: %" PRIu64 " audits, %" PRIu64
		      " sessions in the spool",
		      s->audits, s->sessions);
	return mun_str_take(&t, out, e);
}

static void seconds(struct mun_jsonw *w, const char *key, int64_t ms)
{
	if (ms > 0)
		mun_jsonw_u64(w, key, (uint64_t)ms / 1000);
	else
		mun_jsonw_null(w, key);
}

/* A time, or null for 0 and "never". */
static void moment(struct mun_jsonw *w, const char *key, int64_t ms)
{
	char text[MUN_TIME_LEN];

	if (!ms || ms == INT64_MAX) {
		mun_jsonw_null(w, key);
		return;
	}
	mun_time_text(ms, text);
	mun_jsonw_text(w, key, text);
}

static void rate(struct mun_jsonw *w, const char *key, double bytes)
{
	if (bytes >= 1 && bytes < 1e18)
		mun_jsonw_u64(w, key, (uint64_t)bytes);
	else
		mun_jsonw_null(w, key);
}

static void forecast(struct mun_jsonw *w, const struct mun_status_part *p)
{
	const struct mun_forecast *f = &p->forecast;

	if (!p->has_forecast) {
		mun_jsonw_null(w, "forecast");
		return;
	}
	mun_jsonw_object(w, "forecast");
	moment(w, "done", f->done);
	mun_jsonw_u64(w, "overdue", f->overdue_items);
	mun_jsonw_u64(w, "overdue_bytes", f->overdue_bytes);
	mun_jsonw_u64(w, "late", f->late_items);
	seconds(w, "worst_late_seconds", f->worst_late);
	rate(w, "rate_needed", f->rate_needed);
	mun_jsonw_end_object(w);
}

static void part(struct mun_jsonw *w, const struct mun_status_part *p)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "store", p->store);
	if (p->collection)
		mun_jsonw_text(w, "collection", p->collection);
	if (*p->state) {
		mun_jsonw_text(w, "state", p->state);
		mun_jsonw_text(w, "why", p->why);
	}
	mun_jsonw_u64(w, "copies", p->objects);
	mun_jsonw_u64(w, "bytes", p->bytes);
	mun_jsonw_u64(w, "in_policy", p->in_policy);
	mun_jsonw_u64(w, "never", p->never);
	mun_jsonw_u64(w, "overdue", p->overdue);
	seconds(w, "worst_overdue_seconds", p->worst_overdue_ms);
	seconds(w, "oldest_seconds", p->oldest_check_ms);
	mun_jsonw_object(w, "outcomes");
	for (size_t i = 0; i < MUN_VERDICTS; i++)
		mun_jsonw_u64(w, mun_verdict_names[i], p->outcomes[i]);
	mun_jsonw_end_object(w);
	if (!p->collection) {
		mun_jsonw_u64(w, "without_copy", p->lacking);
		moment(w, "next_due", p->next_due);
		rate(w, "rate", p->rate);
		forecast(w, p);
	}
	mun_jsonw_end_object(w);
}

static void incidents(struct mun_jsonw *w, const struct mun_status *s)
{
	mun_jsonw_object(w, "incidents");
	mun_jsonw_u64(w, "not_closed", s->incidents);
	mun_jsonw_u64(w, "unacknowledged", s->unacknowledged);
	mun_jsonw_array(w, "newest");
	for (size_t i = 0; i < s->nnewest; i++) {
		const struct mun_status_incident *x = &s->newest[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", x->id);
		mun_jsonw_text(w, "state", x->state);
		mun_jsonw_text(w, "kind", x->kind);
		mun_jsonw_text(w, "opened", x->opened);
		mun_jsonw_text(w, "store", x->store);
		mun_jsonw_text(w, "object", x->object);
		mun_jsonw_text(w, "label", x->label);
		mun_jsonw_text(w, "path", x->path);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void ledger_json(struct mun_jsonw *w, const struct mun_status *s)
{
	char root[2 * MUN_MERKLE_HASH + 1];

	if (!s->has_ledger) {
		mun_jsonw_null(w, "ledger");
		return;
	}
	mun_jsonw_object(w, "ledger");
	mun_jsonw_text(w, "problem", s->ledger_problem);
	mun_jsonw_u64(w, "entries", s->entries);
	mun_jsonw_u64(w, "unsigned_entries", s->unsigned_entries);
	if (s->head.size) {
		mun_hex(s->head.root, sizeof(s->head.root), root);
		mun_jsonw_object(w, "head");
		mun_jsonw_u64(w, "size", s->head.size);
		mun_jsonw_text(w, "root", root);
		mun_jsonw_text(w, "time", s->head.time);
		mun_jsonw_text(w, "key", s->head.key);
		mun_jsonw_end_object(w);
	} else {
		mun_jsonw_null(w, "head");
	}
	moment(w, "time_stamp", s->token_ms);
	mun_jsonw_end_object(w);
}

void mun_status_json(const struct mun_status *s, struct mun_jsonw *w)
{
	mun_jsonw_text(w, "repository", s->repository);
	mun_jsonw_text(w, "name", s->name);
	moment(w, "time", s->now);
	mun_jsonw_bool(w, "bad", mun_status_is_bad(s));
	mun_jsonw_u64(w, "objects", s->objects);
	mun_jsonw_u64(w, "bytes", s->bytes);
	mun_jsonw_u64(w, "copies", s->copies);
	mun_jsonw_u64(w, "partial", s->partial);
	mun_jsonw_u64(w, "short_of_copies", s->short_of_copies);
	mun_jsonw_u64(w, "damaged_copies", s->damaged);
	mun_jsonw_array(w, "stores");
	for (size_t i = 0; i < s->nstores; i++)
		part(w, &s->stores[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "collections");
	for (size_t i = 0; i < s->ncollections; i++)
		part(w, &s->collections[i]);
	mun_jsonw_end_array(w);
	incidents(w, s);
	ledger_json(w, s);
	mun_jsonw_u64(w, "sessions", s->sessions);
	mun_jsonw_u64(w, "audits", s->audits);
}
