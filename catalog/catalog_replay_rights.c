/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay_rights.c - rights statements out of their entries */
#include "catalog/catalog_replay.h"

#include <string.h>

#include "catalog/catalog_rights.h"
#include "core/check.h"

/* Texts of the entry, where they go in the statement. */
static int texts(const json_t *j, struct mun_rec_rights *x, struct mun_err *e)
{
	const struct {
		const char *key;
		const char **to;
	} members[] = {
		{ "act", &x->act },
		{ "at", &x->recorded },
		{ "basis", &x->basis },
		{ "begins", &x->from },
		{ "citation", &x->citation },
		{ "ends", &x->until },
		{ "id", &x->id },
		{ "jurisdiction", &x->jurisdiction },
		{ "note", &x->note },
		{ "text", &x->text },
	};
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(members) && !rc; i++)
		rc = mun_replay_text(j, members[i].key, false, members[i].to,
				     e);
	return rc;
}

int mun_replay_rights(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	struct mun_rec_rights x = {
		.ended = "",
		.ended_by = "",
		.why = "",
		.later = "",
	};
	const char *effect;
	int64_t object = 0;
	int64_t n = 0;
	int rc = texts(j, &x, e);

	if (!rc)
		rc = mun_replay_text(j, "agent", true, &x.agent, e);
	if (!rc)
		rc = mun_replay_text(j, "effect", false, &effect, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO,
				    false, &object, e);
	if (!rc)
		rc = mun_replay_number(j, "n", false, &n, e);
	if (rc)
		return rc;
	if (n < 1)
		return mun_fail(e, MUN_ECORRUPT, "statement number %lld",
				(long long)n);
	/* Any other word than these two is found when the entry is made again.
	 */
	x.restricted = strcmp(effect, "granted") != 0;
	return mun_catalog_rights_put(r->c, object, &x, n, e);
}

int mun_replay_rights_end(struct mun_replay *r, const json_t *j,
			  struct mun_err *e)
{
	struct mun_rights_end_row row = { 0 };
	int rc = mun_replay_text(j, "at", false, &row.at, e);

	if (!rc)
		rc = mun_replay_text(j, "why", false, &row.why, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "rights", MUN_STMT_RIGHTS_NO,
				    false, &row.rights, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "agent", MUN_STMT_AGENT_NO, true,
				    &row.agent, e);
	if (!rc)
		rc = mun_replay_ref(r->c, j, "later", MUN_STMT_RIGHTS_NO, true,
				    &row.later, e);
	return rc ? rc : mun_catalog_rights_end_put(r->c, &row, e);
}
