/* SPDX-License-Identifier: Apache-2.0 */
/* audit/run_store.c - one store's turn in an audit */
#include "audit/run_store.h"

#include <stdio.h>
#include <string.h>

#include "audit/storelock.h"
#include "core/check.h"
#include "core/clock.h"

/* At most the last second is lost by a crash. */
#define BATCH_MS 1000
#define RULES_MAX 1024

int mun_run_rules_load(const struct mun_conf *c, const char *store,
		       struct mun_run_rules *out, struct mun_err *e)
{
	const char *names[RULES_MAX];
	size_t n = mun_policy_collections(c, names, MUN_COUNT(names));
	int rc = 0;

	out->n = 0;
	out->of = calloc(n + 1, sizeof(*out->of));
	if (!out->of)
		return mun_fail_nomem(e, "policies");
	for (size_t i = 0; i <= n && !rc; i++) {
		const char *name = i < n ? names[i] : "";
		struct mun_feed_rule *r = &out->of[out->n++];
		struct mun_policy p;

		rc = mun_policy_get(c, store, name, &p, e);
		r->collection = i < n ? name : NULL;
		r->every = p.every;
		r->full = p.full;
	}
	if (rc)
		mun_run_rules_clear(out);
	return rc;
}

void mun_run_rules_clear(struct mun_run_rules *r)
{
	free(r->of);
	r->of = NULL;
	r->n = 0;
}

static void end_as(struct mun_run_store *s, enum mun_run_state state,
		   const char *why)
{
	s->r.state = state;
	(void)snprintf(s->r.why, sizeof(s->r.why), "%s", why);
}

bool mun_run_must_stop(void *store)
{
	const struct mun_run_store *s = store;
	int64_t next;

	if (mun_clock_monotonic_ms() >= s->deadline)
		return true;
	if (s->breaker && mun_breaker_tripped(s->breaker))
		return true;
	if (atomic_load(&s->gone))
		return true;
	return s->q->due &&
	       !mun_window_is_open(&s->policy.window, mun_now_ms(), &next);
}

/* The seam: the catalog says what is due, the store gives the bytes. */
static int open_stored(void *ctx, const char *object, const char *path,
		       struct mun_source **out, struct mun_err *e)
{
	struct mun_run_store *s = ctx;
	char urn[MUN_URN_LEN];
	int rc;

	mun_object_urn(object, urn);
	rc = mun_holding_open_file(s->h, urn, path, s->q->mode, out, e);
	if (rc == MUN_EUNAVAILABLE && s->h->place) {
		atomic_store(&s->gone, true);
		return rc;
	}
	/* Object and path stand in the finding already. */
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_ENOENT, "no such file in the store");
	return rc;
}

static void how(struct mun_run_store *s, struct mun_audit_opts *out)
{
	*out = (struct mun_audit_opts){
		.threads = s->q->threads < 0 ? s->policy.threads
					     : (unsigned int)s->q->threads,
		.progress_dir = s->k->spool,
		.progress = s->k->progress,
		.rate = s->q->has_rate ? s->q->rate : s->policy.rate,
		.idle_io = s->q->due,
		.stop = mun_run_must_stop,
		.stop_ctx = s,
	};
}

/* After the run: why did it end where it did? */
static void judge(struct mun_run_store *s)
{
	char why[160];
	int64_t next;

	if (s->breaker && mun_breaker_tripped(s->breaker)) {
		mun_breaker_text(s->breaker, why, sizeof(why));
		end_as(s, MUN_RUN_FAULT, why);
	} else if (atomic_load(&s->gone)) {
		end_as(s, MUN_RUN_AWAY, "it went away during the audit");
	} else if (!s->h->place) {
		char text[sizeof(s->r.why)];

		end_as(s, MUN_RUN_AWAY,
		       mun_err_text(&s->h->away, text, sizeof(text), 0));
	} else if (s->r.sum.interrupted && !s->r.sum.stopped) {
		end_as(s, MUN_RUN_INTERRUPTED, "interrupted");
	} else if (s->r.sum.stopped) {
		bool open = mun_window_is_open(&s->policy.window, mun_now_ms(),
					       &next);

		end_as(s, MUN_RUN_STOPPED,
		       s->q->due && !open ? "the window closed"
					  : "the time limit was reached");
	}
}

/* The breaker tripped: that the store is at fault is an incident too. */
static int open_fault(struct mun_run_store *s, struct mun_err *e)
{
	struct mun_cat_incident what = {
		.object = "",
		.store = s->h->name,
		.path = "",
		.kind = "store_fault",
		.text = s->r.why,
	};
	char id[MUN_UUID_LEN];
	bool joined;
	int rc =
		mun_catalog_incident_open(s->k->catalog, &what, id, &joined, e);

	if (!rc && !joined)
		s->r.new_incidents++;
	return rc;
}

static int verify(struct mun_run_store *s, const struct mun_feed_opts *opts,
		  struct mun_err *e)
{
	mun_auto(catalog_feed) *feed = NULL;
	mun_auto(breaker) *b = NULL;
	struct mun_audit_opts opt;
	struct mun_err second;
	uint64_t objects;
	uint64_t files = 0;
	uint64_t judged = 0;
	int ended;
	int rc = mun_catalog_feed_open(s->k->catalog, opts, s->finding, s->ctx,
				       &feed, e);

	if (rc)
		return rc;
	how(s, &opt);
	mun_catalog_feed_size(feed, &objects, &files, &opt.total_bytes);
	rc = mun_breaker_new(mun_catalog_feed_table(feed), &s->policy, &b, e);
	if (rc)
		return rc;
	s->breaker = b;
	rc = mun_audit_run(mun_breaker_feed(b), &opt, &s->r.sum, e);
	ended = mun_breaker_finish(b, &s->r.sum, &second);
	if (!rc && ended) {
		*e = second;
		rc = ended;
	}
	if (!rc)
		judge(s);
	s->breaker = NULL;
	if (!rc)
		rc = mun_catalog_feed_finish(feed, &s->r.sum, e);
	if (!rc && s->r.state == MUN_RUN_FAULT)
		rc = open_fault(s, e);
	for (unsigned int i = 0; i < MUN_OUTCOME_NOT_RUN; i++)
		judged += s->r.sum.outcomes[i];
	s->r.not_run = files > judged ? files - judged : 0;
	s->r.new_incidents += mun_catalog_feed_opened(feed);
	return rc;
}

/* Is a sweep of existence and size due, or asked for? */
static int sweep_is_due(struct mun_run_store *s, bool *yes, struct mun_err *e)
{
	int64_t now = mun_now_ms();
	int64_t last;
	int rc;

	*yes = s->q->presence;
	if (!s->q->due || *yes)
		return 0;
	rc = mun_catalog_last_sweep(s->k->catalog, s->h->name, &last, e);
	*yes = !rc && mun_due_at(last, s->policy.presence_every, now) <= now;
	return rc;
}

/* Is there anything to verify?  Only asked where only what is due counts. */
static int anything_due(struct mun_run_store *s,
			const struct mun_feed_opts *opts, bool *yes,
			struct mun_err *e)
{
	struct mun_feed_due first;
	int64_t next;
	int rc;

	*yes = !s->q->presence;
	if (!s->q->due || !*yes)
		return 0;
	rc = mun_catalog_feed_peek(s->k->catalog, opts, &first, &next, e);
	*yes = !rc;
	return rc == MUN_ENOENT ? 0 : rc;
}

/* The lock is held and the rules are loaded. */
static int work(struct mun_run_store *s, struct mun_err *e)
{
	struct mun_feed_opts opts = {
		.objects = s->q->objects,
		.nobjects = s->q->nobjects,
		.store = s->h->name,
		.due = s->q->due,
		.rules = s->rules.of,
		.nrules = s->rules.n,
		.full = s->q->full,
		.batch_ms = BATCH_MS,
		.agent_operator = s->k->operator_id,
		.agent_program = s->k->program_id,
		.open = open_stored,
		.open_ctx = s,
	};
	bool sweep = false;
	bool due = false;
	int rc = sweep_is_due(s, &sweep, e);

	if (!rc)
		rc = anything_due(s, &opts, &due, e);
	if (rc)
		return rc;
	/* Of a store that is away nothing is asked but what was named. */
	if (s->q->due && !s->h->place && (sweep || due)) {
		judge(s);
		return 0;
	}
	if (sweep && s->h->place)
		rc = mun_run_sweep(s, &opts, e);
	if (!rc && due && s->r.state == MUN_RUN_DONE)
		rc = verify(s, &opts, e);
	if (!rc && !s->h->place)
		judge(s);
	if (!rc && !sweep && !due)
		end_as(s, MUN_RUN_NOTHING_DUE, "nothing is due");
	return rc;
}

static int locked(struct mun_run_store *s, struct mun_err *e)
{
	mun_auto(store_lock) *lock = NULL;
	char text[sizeof(s->r.why)];
	int rc = mun_store_lock_take(s->k->spool, s->h->name, &lock, e);

	if (rc == MUN_EBUSY) {
		end_as(s, MUN_RUN_BUSY, mun_err_text(e, text, sizeof(text), 0));
		return 0;
	}
	return rc ? rc : work(s, e);
}

int mun_run_store(struct mun_run_store *s, struct mun_err *e)
{
	int64_t next;
	int rc;

	atomic_init(&s->gone, false);
	s->r.state = MUN_RUN_DONE;
	rc = mun_policy_get(s->k->conf, s->h->name, "", &s->policy, e);
	if (rc)
		return rc;
	if (s->h->paused && !s->q->store) {
		end_as(s, MUN_RUN_PAUSED, "it is paused");
		return 0;
	}
	if (s->q->due &&
	    !mun_window_is_open(&s->policy.window, mun_now_ms(), &next)) {
		char when[MUN_TIME_LEN];

		mun_time_text(next, when);
		(void)snprintf(s->r.why, sizeof(s->r.why),
			       "its window opens at %s", when);
		s->r.state = MUN_RUN_WINDOW_CLOSED;
		return 0;
	}
	if (s->q->due && mun_clock_monotonic_ms() >= s->deadline) {
		end_as(s, MUN_RUN_STOPPED, "the time limit was reached");
		return 0;
	}
	rc = mun_run_rules_load(s->k->conf, s->h->name, &s->rules, e);
	if (!rc)
		rc = locked(s, e);
	mun_run_rules_clear(&s->rules);
	return rc ? mun_ctx(e, "audit of store '%s'", s->h->name) : 0;
}
