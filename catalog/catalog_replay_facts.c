/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay_facts.c - stores, agents, runs, incidents, notices */
#include "catalog/catalog_replay.h"

#include <string.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_evidence.h"
#include "catalog/catalog_incidents.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_notices.h"
#include "catalog/catalog_stores.h"
#include "core/check.h"
#include "core/str.h"

/* Several texts of an entry; none may be null. */
static int texts(const json_t *j, const char *const *keys, size_t n,
		 const char **out, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = mun_replay_text(j, keys[i], false, &out[i], e);
	return rc;
}

static int numbers(const json_t *j, const char *const *keys, size_t n,
		   int64_t *out, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = mun_replay_number(j, keys[i], false, &out[i], e);
	return rc;
}

#define TEXTS(j, keys, out, e) texts(j, keys, MUN_COUNT(keys), out, e)
#define NUMBERS(j, keys, out, e) numbers(j, keys, MUN_COUNT(keys), out, e)

static int repository(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "id", "created" };
	const char *t[2];
	int rc = TEXTS(j, keys, t, e);

	return rc ? rc : mun_catalog_repository_put(r->c, t[0], t[1], e);
}

static int key(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "id", "public", "made",
					    "endorsement" };
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
	uint8_t signature[MUN_SIGNKEY_SIGNATURE];
	const char *t[4];
	int rc = TEXTS(j, keys, t, e);

	if (rc)
		return rc;
	if (strlen(t[1]) != 2 * sizeof(public_key) ||
	    !mun_unhex(t[1], public_key, sizeof(public_key)) ||
	    (*t[3] && (strlen(t[3]) != 2 * sizeof(signature) ||
		       !mun_unhex(t[3], signature, sizeof(signature)))))
		return mun_fail(e, MUN_ECORRUPT, "it is no key");
	return mun_catalog_key_put(r->c, t[0], public_key, t[2],
				   *t[3] ? signature : NULL, e);
}

static int store(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "id", "name", "url", "added" };
	const char *t[4];
	int64_t agent = 0;
	int rc = TEXTS(j, keys, t, e);

	if (!rc)
		rc = mun_replay_ref(r->c, j, "agent", MUN_STMT_AGENT_NO, true,
				    &agent, e);
	return rc ? rc
		  : mun_catalog_store_put(r->c, t[0], t[1], t[2], t[3], agent,
					  e);
}

static int store_change(struct mun_replay *r, const json_t *j,
			struct mun_err *e)
{
	static const char *const keys[] = { "at", "what", "why" };
	const char *t[3];
	int64_t store_no = 0;
	int64_t agent = 0;
	int rc = TEXTS(j, keys, t, e);

	if (!rc)
		rc = mun_replay_ref(r->c, j, "store", MUN_STMT_STORE_NO, false,
				    &store_no, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "agent", MUN_STMT_AGENT_NO, true,
				    &agent, e);
	return rc ? rc
		  : mun_catalog_store_change_put(r->c, store_no, t[0], t[1],
						 agent, t[2], e);
}

static int agent(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "id", "type", "name", "version",
					    "note" };
	const char *t[5];
	int rc = TEXTS(j, keys, t, e);
	const struct mun_rec_agent a = { t[0], t[1], t[2], t[3], t[4] };

	return rc ? rc : mun_catalog_agent_put(r->c, &a, e);
}

static int copy(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	const char *made;
	int64_t object = 0;
	int64_t store_no = 0;
	int64_t event = 0;
	int rc = mun_replay_text(j, "made", false, &made, e);

	if (!rc)
		rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO,
				    false, &object, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "store", MUN_STMT_STORE_NO, false,
				    &store_no, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "event", MUN_STMT_EVENT_NO, false,
				    &event, e);
	return rc ? rc
		  : mun_catalog_copy_put(r->c, object, store_no, made, event,
					 e);
}

static int copy_version(struct mun_replay *r, const json_t *j,
			struct mun_err *e)
{
	const char *made;
	int64_t n[4]; /* object, store, event, version */
	int rc = mun_replay_text(j, "made", false, &made, e);

	if (!rc)
		rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO,
				    false, &n[0], e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "store", MUN_STMT_STORE_NO, false,
				    &n[1], e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "event", MUN_STMT_EVENT_NO, false,
				    &n[2], e);
	if (!rc)
		rc = mun_replay_number(j, "version", false, &n[3], e);
	if (!rc && (n[3] < 2 || n[3] > UINT32_MAX))
		rc = mun_fail(e, MUN_ECORRUPT, "version %lld", (long long)n[3]);
	return rc ? rc
		  : mun_catalog_copy_version_put(r->c, n[0], n[1],
						 (unsigned int)n[3], made, n[2],
						 e);
}

static int audit(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const text_keys[] = { "started", "store" };
	static const char *const number_keys[] = { "run", "objects", "files",
						   "bytes" };
	mun_autoquery struct mun_query q =
		mun_query_begin(r->c, MUN_STMT_AUDIT_ADD);
	const char *t[2];
	const char *type = "";
	int64_t n[4];
	int64_t operator_no = 0;
	int64_t program = 0;
	int rc = TEXTS(j, text_keys, t, e);

	if (!rc)
		rc = NUMBERS(j, number_keys, n, e);
	if (!rc)
		rc = mun_replay_text(j, "type", true, &type, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "operator", MUN_STMT_AGENT_NO,
				    true, &operator_no, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "program", MUN_STMT_AGENT_NO, true,
				    &program, e);
	if (rc)
		return rc;
	mun_query_int(&q, n[0]);
	mun_query_text(&q, t[0]);
	mun_query_text(&q, t[1]);
	mun_query_ref(&q, operator_no);
	mun_query_ref(&q, program);
	for (int i = 1; i < 4; i++)
		mun_query_int(&q, n[i]);
	if (*type)
		mun_query_text(&q, type);
	else
		mun_query_null(&q);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(r->c, MUN_LEAF_AUDIT, n[0], 0, e);
}

static int audit_end(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = {
		"interrupted", "objects",    "files",
		"bytes",       "intact",     "mismatch",
		"missing",     "unreadable", "store_unavailable",
		"not_run",     "verdicts",   "findings",
	};
	mun_autoquery struct mun_query q =
		mun_query_begin(r->c, MUN_STMT_AUDIT_END_ADD);
	bool reached_null = json_is_null(json_object_get(j, "reached"));
	const char *ended;
	const char *reached;
	int64_t n[MUN_COUNT(keys)];
	int64_t run;
	int rc = mun_replay_number(j, "run", false, &run, e);

	if (!rc)
		rc = mun_replay_text(j, "ended", false, &ended, e);
	if (!rc)
		rc = mun_replay_text(j, "reached", true, &reached, e);
	if (!rc)
		rc = NUMBERS(j, keys, n, e);
	if (rc)
		return rc;
	mun_query_int(&q, run);
	mun_query_text(&q, ended);
	for (size_t i = 0; i < MUN_COUNT(keys); i++)
		mun_query_int(&q, n[i]);
	if (reached_null)
		mun_query_null(&q);
	else
		mun_query_text(&q, reached);
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(r->c, MUN_LEAF_AUDIT_END, run, 0, e);
}

static int incident(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const text_keys[] = { "id", "path", "damage",
						 "opened", "text" };
	static const char *const number_keys[] = { "off", "bytes", "sys" };
	struct mun_incident_row row = { 0 };
	const char *t[5];
	int64_t n[3];
	int rc = TEXTS(j, text_keys, t, e);

	if (!rc)
		rc = NUMBERS(j, number_keys, n, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO, true,
				    &row.object, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "store", MUN_STMT_STORE_NO, false,
				    &row.store, e);
	if (!rc)
		rc = mun_replay_number(j, "run", true, &row.audit, e);
	if (rc)
		return rc;
	row.id = t[0];
	row.path = t[1];
	row.kind = t[2];
	row.opened = t[3];
	row.text = t[4];
	row.off = (uint64_t)n[0];
	row.bytes = (uint64_t)n[1];
	row.sys = (int)n[2];
	return mun_incident_put(r->c, &row, e);
}

static int incident_step(struct mun_replay *r, const json_t *j,
			 struct mun_err *e)
{
	static const char *const text_keys[] = { "at", "state", "text" };
	static const char *const number_keys[] = { "off", "bytes", "n" };
	struct mun_step_row row = { 0 };
	const char *t[3];
	int64_t n[3];
	int rc = TEXTS(j, text_keys, t, e);

	if (!rc)
		rc = NUMBERS(j, number_keys, n, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "incident",
				    MUN_STMT_INCIDENT_BY_ID, false,
				    &row.incident, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "agent", MUN_STMT_AGENT_NO, true,
				    &row.agent, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "event", MUN_STMT_EVENT_NO, true,
				    &row.event, e);
	if (!rc)
		rc = mun_replay_number(j, "run", true, &row.audit, e);
	if (rc)
		return rc;
	row.at = t[0];
	row.state = t[1];
	row.text = t[2];
	row.off = (uint64_t)n[0];
	row.bytes = (uint64_t)n[1];
	row.n = n[2];
	return mun_incident_step_put(r->c, &row, e);
}

static int policy(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "at", "text" };
	const char *t[2];
	int rc = TEXTS(j, keys, t, e);

	return rc ? rc : mun_catalog_policy_put(r->c, t[0], t[1], e);
}

static int notice(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	static const char *const keys[] = { "at", "what", "channel", "target",
					    "text" };
	const char *t[5];
	int64_t incident_no = 0;
	int64_t delivered = 0;
	int rc = TEXTS(j, keys, t, e);

	if (!rc)
		rc = mun_replay_number(j, "delivered", false, &delivered, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "incident",
				    MUN_STMT_INCIDENT_BY_ID, true, &incident_no,
				    e);
	if (!rc) {
		const struct mun_notice_row row = {
			t[0], incident_no,    t[1], t[2],
			t[3], delivered != 0, t[4],
		};

		rc = mun_catalog_notice_put(r->c, &row, e);
	}
	return rc;
}

int mun_replay_fact(struct mun_replay *r, const char *kind, const json_t *j,
		    struct mun_err *e)
{
	static const struct {
		const char *kind;
		int (*fn)(struct mun_replay *r, const json_t *j,
			  struct mun_err *e);
	} kinds[] = {
		{ MUN_LEAF_REPOSITORY, repository },
		{ MUN_LEAF_KEY, key },
		{ MUN_LEAF_STORE, store },
		{ MUN_LEAF_STORE_CHANGE, store_change },
		{ MUN_LEAF_AGENT, agent },
		{ MUN_LEAF_COPY, copy },
		{ MUN_LEAF_COPY_VERSION, copy_version },
		{ MUN_LEAF_AUDIT, audit },
		{ MUN_LEAF_AUDIT_END, audit_end },
		{ MUN_LEAF_INCIDENT, incident },
		{ MUN_LEAF_STEP, incident_step },
		{ MUN_LEAF_POLICY, policy },
		{ MUN_LEAF_NOTICE, notice },
		{ MUN_LEAF_RIGHTS, mun_replay_rights },
		{ MUN_LEAF_RIGHTS_END, mun_replay_rights_end },
	};

	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].fn(r, j, e);
	return mun_fail(e, MUN_ECORRUPT, "nothing of kind '%s' is known", kind);
}
