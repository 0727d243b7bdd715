/* SPDX-License-Identifier: Apache-2.0 */
/* audit/metrics.c - the state as a Prometheus text file (format 0.0.4) */
#include "audit/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "audit/report_int.h"
#include "core/check.h"
#include "core/file.h"

static void head(struct mun_str *out, const char *name, const char *help)
{
	mun_str_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Backslash, quote and line feed are all that the format escapes. */
static void label(struct mun_str *out, const char *name, const char *value,
		  bool first)
{
	mun_str_addf(out, "%s%s=\"", first ? "" : ",", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			mun_str_add_char(out, '\\');
		if (*value == '\n')
			mun_str_add(out, "\\n");
		else
			mun_str_add_char(out, *value);
	}
	mun_str_add_char(out, '"');
}

static void simple(struct mun_str *out, const char *name, const char *help,
		   uint64_t value)
{
	head(out, name, help);
	mun_str_addf(out, "%s %" PRIu64 "\n", name, value);
}

static void seconds(struct mun_str *out, const char *name, const char *help,
		    int64_t ms)
{
	head(out, name, help);
	mun_str_addf(out, "%s %" PRId64 "\n", name, ms / 1000);
}

/* What is known of each store, and each collection in it. */
enum value {
	COPIES,
	BYTES,
	IN_POLICY,
	NEVER,
	OVERDUE,
	WORST,
	OLDEST,
};

static uint64_t value_of(const struct mun_status_part *p, enum value v)
{
	switch (v) {
	case COPIES:
		return p->objects;
	case BYTES:
		return p->bytes;
	case IN_POLICY:
		return p->in_policy;
	case NEVER:
		return p->never;
	case OVERDUE:
		return p->overdue;
	case WORST:
		return p->worst_overdue_ms > 0
			       ? (uint64_t)p->worst_overdue_ms / 1000
			       : 0;
	case OLDEST:
		return p->oldest_check_ms > 0
			       ? (uint64_t)p->oldest_check_ms / 1000
			       : 0;
	}
	return 0;
}

static void labels(struct mun_str *out, const char *name,
		   const struct mun_status_part *p)
{
	mun_str_addf(out, "%s{", name);
	label(out, "store", p->store, true);
	label(out, "collection", p->collection, false);
}

/* By store and collection: sums over stores are the reader's. */
static void parts(struct mun_str *out, const struct mun_status *s)
{
	static const struct {
		const char *name;
		const char *help;
		enum value value;
	} all[] = {
		{ "muniment_copies", "Copies of objects.", COPIES },
		{ "muniment_copy_bytes", "Stored bytes of the copies.", BYTES },
		{ "muniment_copies_in_policy",
		  "Copies that the policy wants verified.", IN_POLICY },
		{ "muniment_copies_never_verified",
		  "Copies that were never verified.", NEVER },
		{ "muniment_copies_overdue",
		  "Copies whose verification is overdue.", OVERDUE },
		{ "muniment_worst_overdue_seconds",
		  "How long the worst of them is overdue.", WORST },
		{ "muniment_oldest_verification_age_seconds",
		  "Age of the oldest last verification.", OLDEST },
	};

	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		head(out, all[i].name, all[i].help);
		for (size_t k = 0; k < s->ncollections; k++) {
			labels(out, all[i].name, &s->collections[k]);
			mun_str_addf(
				out, "} %" PRIu64 "\n",
				value_of(&s->collections[k], all[i].value));
		}
	}
}

static void outcomes(struct mun_str *out, const struct mun_status *s)
{
	static const char name[] = "muniment_copies_by_outcome";

	head(out, name, "Copies by the outcome of their last verification.");
	for (size_t k = 0; k < s->ncollections; k++) {
		for (size_t i = 0; i < MUN_VERDICTS; i++) {
			labels(out, name, &s->collections[k]);
			label(out, "outcome", mun_verdict_names[i], false);
			mun_str_addf(out, "} %" PRIu64 "\n",
				     s->collections[k].outcomes[i]);
		}
	}
}

static void store_value(struct mun_str *out, const char *name,
			const struct mun_status_part *p, uint64_t value)
{
	mun_str_addf(out, "%s{", name);
	label(out, "store", p->store, true);
	mun_str_addf(out, "} %" PRIu64 "\n", value);
}

static void stores(struct mun_str *out, const struct mun_status *s)
{
	head(out, "muniment_store_available",
	     "1 where the store is there, 0 where it is away.");
	for (size_t i = 0; i < s->nstores; i++)
		store_value(out, "muniment_store_available", &s->stores[i],
			    strcmp(s->stores[i].state, "away") != 0);
	head(out, "muniment_store_paused", "1 where the store is paused.");
	for (size_t i = 0; i < s->nstores; i++)
		store_value(out, "muniment_store_paused", &s->stores[i],
			    strcmp(s->stores[i].state, "paused") == 0);
	head(out, "muniment_objects_without_copy",
	     "Objects that have no copy in the store.");
	for (size_t i = 0; i < s->nstores; i++)
		store_value(out, "muniment_objects_without_copy", &s->stores[i],
			    s->stores[i].lacking);
	head(out, "muniment_forecast_late_copies",
	     "Copies that will be verified late at the measured rate.");
	for (size_t i = 0; i < s->nstores; i++)
		if (s->stores[i].has_forecast)
			store_value(out, "muniment_forecast_late_copies",
				    &s->stores[i],
				    s->stores[i].forecast.late_items);
}

static void ledger(struct mun_str *out, const struct mun_status *s)
{
	int64_t signed_ms = 0;
	struct mun_err e;

	if (!s->has_ledger)
		return;
	simple(out, "muniment_ledger_problem",
	       "1 where the ledger cannot be opened.", *s->ledger_problem != 0);
	simple(out, "muniment_ledger_entries", "Entries of the ledger.",
	       s->entries);
	simple(out, "muniment_ledger_unsigned_entries",
	       "Entries after the newest signed head.", s->unsigned_entries);
	if (s->head.size && mun_time_parse(s->head.time, &signed_ms, &e) == 0)
		seconds(out, "muniment_ledger_head_timestamp_seconds",
			"When the newest head was signed.", signed_ms);
	if (s->token_ms)
		seconds(out, "muniment_ledger_token_timestamp_seconds",
			"When the newest time stamp was received.",
			s->token_ms);
}

void mun_metrics_text(const struct mun_status *s, struct mun_str *out)
{
	seconds(out, "muniment_status_timestamp_seconds",
		"When these figures were taken.", s->now);
	simple(out, "muniment_objects", "Objects of the repository.",
	       s->objects);
	simple(out, "muniment_object_bytes",
	       "Stored bytes of the objects, once.", s->bytes);
	simple(out, "muniment_partial_objects",
	       "Objects whose medium could not be read whole.", s->partial);
	simple(out, "muniment_objects_short_of_copies",
	       "Objects with fewer copies than the policy asks.",
	       s->short_of_copies);
	simple(out, "muniment_incidents", "Incidents that are not closed.",
	       s->incidents);
	simple(out, "muniment_incidents_unacknowledged",
	       "Of them, acknowledged by nobody.", s->unacknowledged);
	simple(out, "muniment_audits_running", "Audits at work.", s->audits);
	simple(out, "muniment_sessions", "Ingests under way or interrupted.",
	       s->sessions);
	parts(out, s);
	outcomes(out, s);
	stores(out, s);
	ledger(out, s);
}

static int split(const char *path, char **dir, const char **name,
		 struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	struct mun_str s = { 0 };

	*name = slash ? slash + 1 : path;
	if (!**name)
		return mun_fail(e, MUN_EINVAL, "'%s' is no file", path);
	if (!slash)
		return mun_strdup(".", dir, e);
	mun_str_add_bytes(&s, path, slash == path ? 1 : (size_t)(slash - path));
	return mun_str_take(&s, dir, e);
}

int mun_metrics_write(const struct mun_status *s, const char *path,
		      struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autofree char *text = NULL;
	struct mun_str out = { 0 };
	const char *name;
	int rc;

	mun_metrics_text(s, &out);
	rc = mun_str_take(&out, &text, e);
	if (!rc)
		rc = split(path, &dir, &name, e);
	if (!rc)
		rc = mun_file_replace(dir, name, text, strlen(text), e);
	return rc ? mun_ctx(e, "metrics '%s'", path) : 0;
}
