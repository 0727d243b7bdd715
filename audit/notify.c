/* SPDX-License-Identifier: Apache-2.0 */
/* audit/notify.c - what is worth telling after a run, each thing once */
#include "audit/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/notify_send.h"
#include "audit/report_int.h"
#include "catalog/custody.h"
#include "core/check.h"
#include "core/jsonw.h"

#define MOST_INCIDENTS 100 /* described in one message; all are counted */
#define OVER "over" /* text of a notice: the condition has ended */

static const char *const names[MUN_NOTIFY_N] = {
	"incident", "store-away", "late", "problems", "success", "test",
};

const char *mun_notify_event_name(enum mun_notify_event n)
{
	return names[n];
}

/* The event of that name, or MUN_NOTIFY_N. */
static unsigned int find(const char *name, size_t len)
{
	unsigned int i = 0;

	while (i < MUN_NOTIFY_N &&
	       (strlen(names[i]) != len || memcmp(names[i], name, len) != 0))
		i++;
	return i;
}

int mun_notify_check_list(const char *text, struct mun_err *e)
{
	while (*text) {
		size_t len = strcspn(text, ",");

		if (find(text, len) >= MUN_NOTIFY_TEST)
			return mun_fail(e, MUN_EINVAL,
					"'%.*s' is none of incident, "
					"store-away, late, problems, success",
					(int)MUN_MIN(len, (size_t)64), text);
		text += len + (text[len] == ',');
	}
	return 0;
}

static bool is_wanted(const struct mun_conf *c, enum mun_notify_event n)
{
	const char *list = mun_conf_get(c, "notify-on");

	while (list && *list) {
		size_t len = strcspn(list, ", ");

		if (len && find(list, len) == (unsigned int)n)
			return true;
		list += len + strspn(list + len, ", ");
	}
	return false;
}

/* The part of a message that all have in common. */
static void begin(struct mun_jsonw *w, const struct mun_custodian *k,
		  enum mun_notify_event n, const char *store, const char *text)
{
	char repository[MUN_UUID_LEN] = "";
	char now[MUN_TIME_LEN];
	struct mun_err e;
	char key[17];

	mun_time_text(mun_now_ms(), now);
	/* A message without it is better than none. */
	if (mun_rep_identity(k->catalog, repository, key, &e))
		repository[0] = '\0';
	mun_jsonw_init(w, NULL, true);
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "event", names[n]);
	mun_jsonw_text(w, "time", now);
	mun_jsonw_text(w, "repository", repository);
	mun_jsonw_text(w, "name", mun_conf_get(k->conf, "name"));
	mun_jsonw_text(w, "program_version",
		       k->program_version ? k->program_version : "");
	mun_jsonw_text(w, "store", store);
	mun_jsonw_text(w, "text", text);
}

static int end(struct mun_jsonw *w, char **out, struct mun_err *e)
{
	int rc;

	mun_jsonw_end_object(w);
	rc = mun_jsonw_finish(w, e);
	if (rc) {
		mun_str_free(&w->out);
		return rc;
	}
	return mun_str_take(&w->out, out, e);
}

/* New incidents: their ids first, as the message begins with their number. */
struct found {
	struct mun_arena *arena;
	struct mun_jsonw w;
	const char **ids;
	size_t n;
	size_t described;
};

static int add_id(void *ctx, const struct mun_rep_incident *i,
		  struct mun_err *e)
{
	struct found *f = ctx;

	f->ids = mun_arena_grow(f->arena, f->ids, f->n, sizeof(*f->ids));
	if (!f->ids)
		return mun_fail_nomem(e, "incidents");
	f->ids[f->n++] = mun_arena_strdup(f->arena, i->id);
	return 0;
}

static int describe(void *ctx, const struct mun_rep_incident *i,
		    struct mun_err *e)
{
	struct found *f = ctx;

	(void)e;
	if (f->described++ >= MOST_INCIDENTS)
		return 0;
	mun_jsonw_object(&f->w, NULL);
	mun_jsonw_text(&f->w, "id", i->id);
	mun_jsonw_text(&f->w, "kind", i->kind);
	mun_jsonw_text(&f->w, "state", i->state);
	mun_jsonw_text(&f->w, "opened", i->opened);
	mun_jsonw_text(&f->w, "store", i->store);
	mun_jsonw_text(&f->w, "object", i->object);
	mun_jsonw_text(&f->w, "label", i->label);
	mun_jsonw_text(&f->w, "path", i->path);
	mun_jsonw_text(&f->w, "text", i->text);
	mun_jsonw_end_object(&f->w);
	return 0;
}

static int send_incidents(const struct mun_custodian *k, struct found *f,
			  struct mun_err *e)
{
	mun_autofree char *json = NULL;
	char text[96];
	struct mun_message m = {
		.event = MUN_NOTIFY_INCIDENT,
		.store = "",
		.text = text,
		.what = names[MUN_NOTIFY_INCIDENT],
		.kept = text,
		.incidents = f->ids,
		.nincidents = f->n,
	};
	int rc;

	(void)snprintf(text, sizeof(text), "%zu new incident%s", f->n,
		       f->n == 1 ? "" : "s");
	begin(&f->w, k, MUN_NOTIFY_INCIDENT, "", text);
	mun_jsonw_u64(&f->w, "incidents_total", f->n);
	mun_jsonw_array(&f->w, "incidents");
	rc = mun_rep_untold(k->catalog, describe, f, e);
	mun_jsonw_end_array(&f->w);
	if (!rc)
		rc = end(&f->w, &json, e);
	m.json = json;
	return rc ? rc : mun_notify_send(k, &m, e);
}

static int tell_incidents(const struct mun_custodian *k, struct mun_err *e)
{
	struct found f = { 0 };
	int rc;

	if (!is_wanted(k->conf, MUN_NOTIFY_INCIDENT))
		return 0;
	rc = mun_arena_new(&f.arena, e);
	if (rc)
		return rc;
	rc = mun_rep_untold(k->catalog, add_id, &f, e);
	if (!rc)
		rc = mun_arena_failed(f.arena, e);
	if (!rc && f.n)
		rc = send_incidents(k, &f, e);
	mun_str_free(&f.w.out);
	mun_arena_free(f.arena);
	return rc;
}

/* A condition that lasts: what was last said of it, "" for nothing. */
static int last_said(const struct mun_custodian *k, const char *what,
		     bool *delivered, char **text, struct mun_err *e)
{
	int rc = mun_rep_last_notice(k->catalog, what, delivered, text, e);

	if (rc != MUN_ENOENT)
		return rc;
	*delivered = true;
	return mun_strdup("", text, e);
}

/* It has ended: from now on it is news again. */
static int end_of(const struct mun_custodian *k, const char *what,
		  struct mun_err *e)
{
	mun_autofree char *text = NULL;
	bool delivered;
	int rc = last_said(k, what, &delivered, &text, e);

	if (rc || !*text || strcmp(text, OVER) == 0)
		return rc;
	return mun_catalog_notice(k->catalog, NULL, what, "none", "", false,
				  OVER, e);
}

static bool is_away(const struct mun_run_result *r)
{
	return r->state == MUN_RUN_AWAY || r->state == MUN_RUN_FAULT;
}

/* Was the store there?  Some states say nothing of it. */
static bool was_there(const struct mun_run_result *r)
{
	return r->state == MUN_RUN_DONE || r->state == MUN_RUN_STOPPED;
}

static void run_object(struct mun_jsonw *w, const struct mun_run_result *r)
{
	mun_jsonw_object(w, "run");
	mun_jsonw_text(w, "state", mun_run_state_name(r->state));
	mun_jsonw_text(w, "why", r->why);
	mun_jsonw_u64(w, "objects", r->sum.objects);
	mun_jsonw_u64(w, "files", r->sum.files);
	mun_jsonw_u64(w, "bytes", r->sum.bytes);
	mun_jsonw_object(w, "outcomes");
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		mun_jsonw_u64(w, mun_outcome_name((enum mun_outcome)i),
			      r->sum.outcomes[i]);
	mun_jsonw_u64(w, "not_run", r->not_run);
	mun_jsonw_end_object(w);
	mun_jsonw_u64(w, "sweep_findings", r->sweep_found);
	mun_jsonw_u64(w, "new_incidents", r->new_incidents);
	mun_jsonw_end_object(w);
}

/* A message about one store's run. */
static int send_run(const struct mun_custodian *k, enum mun_notify_event n,
		    const struct mun_run_result *r, const char *what,
		    const char *text, struct mun_err *e)
{
	mun_autofree char *json = NULL;
	struct mun_message m = {
		.event = n,
		.store = r->store,
		.text = text,
		.what = what,
		.kept = text,
	};
	struct mun_jsonw w;
	int rc;

	begin(&w, k, n, r->store, text);
	run_object(&w, r);
	rc = end(&w, &json, e);
	m.json = json;
	return rc ? rc : mun_notify_send(k, &m, e);
}

static int tell_away(const struct mun_custodian *k,
		     const struct mun_run_result *r, struct mun_err *e)
{
	mun_autofree char *said = NULL;
	const char *kind = mun_run_state_name(r->state);
	char what[80];
	char text[400];
	bool delivered;
	int rc;

	(void)snprintf(what, sizeof(what), "%s/%s", names[MUN_NOTIFY_AWAY],
		       r->store);
	if (!is_away(r))
		return was_there(r) ? end_of(k, what, e) : 0;
	if (!is_wanted(k->conf, MUN_NOTIFY_AWAY))
		return 0;
	(void)snprintf(text, sizeof(text), "%s: %s", kind,
		       *r->why ? r->why : "nothing is known of its copies");
	rc = last_said(k, what, &delivered, &said, e);
	/* The same state is no news, whatever words the system has for it. */
	if (rc || (delivered && strncmp(said, kind, strlen(kind)) == 0))
		return rc;
	return send_run(k, MUN_NOTIFY_AWAY, r, what, text, e);
}

static uint64_t damage_of(const struct mun_run_result *r)
{
	return r->sum.outcomes[MUN_OUTCOME_MISMATCH] +
	       r->sum.outcomes[MUN_OUTCOME_MISSING] +
	       r->sum.outcomes[MUN_OUTCOME_UNREADABLE] + r->sweep_found;
}

static int tell_end(const struct mun_custodian *k,
		    const struct mun_run_result *r, struct mun_err *e)
{
	const uint64_t damage = damage_of(r);
	char text[200];

	if ((damage || r->state == MUN_RUN_INTERRUPTED) &&
	    is_wanted(k->conf, MUN_NOTIFY_PROBLEMS)) {
		(void)snprintf(text, sizeof(text),
			       "the audit of store '%s' (%s): %" PRIu64
			       " files not intact, %" PRIu64
			       " findings of existence and size",
			       r->store, mun_run_state_name(r->state),
			       damage - r->sweep_found, r->sweep_found);
		return send_run(k, MUN_NOTIFY_PROBLEMS, r,
				names[MUN_NOTIFY_PROBLEMS], text, e);
	}
	if (damage || r->state != MUN_RUN_DONE ||
	    !is_wanted(k->conf, MUN_NOTIFY_SUCCESS))
		return 0;
	(void)snprintf(text, sizeof(text),
		       "the audit of store '%s' is done: %" PRIu64
		       " objects intact",
		       r->store, r->sum.objects);
	return send_run(k, MUN_NOTIFY_SUCCESS, r, names[MUN_NOTIFY_SUCCESS],
			text, e);
}

static int send_late(const struct mun_custodian *k,
		     const struct mun_figures_store *s, const char *what,
		     const char *kept, struct mun_err *e)
{
	mun_autofree char *json = NULL;
	const uint64_t worst = (uint64_t)s->sum.worst_overdue / 1000;
	char text[200];
	char since[32];
	struct mun_message m = {
		.event = MUN_NOTIFY_LATE,
		.store = s->name,
		.text = text,
		.what = what,
		.kept = kept,
	};
	struct mun_jsonw w;
	int rc;

	mun_duration_text(worst, since);
	(void)snprintf(text, sizeof(text),
		       "store '%s': %" PRIu64 " of %" PRIu64
		       " verifications are overdue, the worst by %s",
		       s->name, s->sum.overdue, s->in_policy, since);
	begin(&w, k, MUN_NOTIFY_LATE, s->name, text);
	mun_jsonw_object(&w, "late");
	mun_jsonw_u64(&w, "overdue", s->sum.overdue);
	mun_jsonw_u64(&w, "in_policy", s->in_policy);
	mun_jsonw_u64(&w, "never", s->sum.never);
	mun_jsonw_u64(&w, "worst_seconds", worst);
	mun_jsonw_end_object(&w);
	rc = end(&w, &json, e);
	m.json = json;
	return rc ? rc : mun_notify_send(k, &m, e);
}

/* The number that a notice of lateness begins with. */
static uint64_t seconds_said(const char *text)
{
	uint64_t n = 0;

	for (; *text >= '0' && *text <= '9' && n < UINT64_MAX / 16; text++)
		n = n * 10 + (uint64_t)(*text - '0');
	return n;
}

static int tell_late(const struct mun_custodian *k,
		     const struct mun_figures_store *s, struct mun_err *e)
{
	mun_autofree char *said = NULL;
	const uint64_t worst = s->sum.worst_overdue > 0
				       ? (uint64_t)s->sum.worst_overdue / 1000
				       : 0;
	char what[80];
	char kept[96];
	bool delivered;
	int rc;

	(void)snprintf(what, sizeof(what), "%s/%s", names[MUN_NOTIFY_LATE],
		       s->name);
	if (worst <= MUN_SCHEDULE_GRACE)
		return end_of(k, what, e);
	rc = last_said(k, what, &delivered, &said, e);
	if (rc || (delivered && *said && strcmp(said, OVER) != 0 &&
		   worst < 2 * seconds_said(said)))
		return rc;
	(void)snprintf(kept, sizeof(kept),
		       "%" PRIu64 " seconds; %" PRIu64 " copies overdue", worst,
		       s->sum.overdue);
	return send_late(k, s, what, kept, e);
}

static int read_holdings(void *ctx, struct mun_err *e)
{
	return mun_figures_holdings(ctx, e);
}

static int tell_all_late(const struct mun_custodian *k, struct mun_err *e)
{
	struct mun_figures f = { .c = k->catalog, .conf = k->conf };
	int rc;

	if (!is_wanted(k->conf, MUN_NOTIFY_LATE))
		return 0;
	f.as_of = f.from = mun_now_ms();
	mun_time_text(f.as_of, f.span.from);
	mun_time_text(f.as_of + 1000, f.span.to);
	rc = mun_arena_new(&f.arena, e);
	if (!rc)
		rc = mun_rep_read(k->catalog, read_holdings, &f, e);
	for (size_t i = 0; i < f.nstores && !rc; i++)
		if (strcmp(f.stores[i].state, "active") == 0)
			rc = tell_late(k, &f.stores[i], e);
	mun_figures_free(&f);
	return rc;
}

int mun_notify_runs(const struct mun_custodian *k,
		    const struct mun_run_result *runs, size_t n,
		    struct mun_err *e)
{
	int rc;

	/* Whoever stopped us knows; what is untold waits for the next run. */
	if (!mun_notify_is_configured(k->conf) || mun_cancelled())
		return 0;
	rc = tell_incidents(k, e);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = tell_away(k, &runs[i], e);
		if (!rc && !is_away(&runs[i]))
			rc = tell_end(k, &runs[i], e);
	}
	if (!rc)
		rc = tell_all_late(k, e);
	return rc ? mun_ctx(e, "tell what was found") : 0;
}
