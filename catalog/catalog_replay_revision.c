/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay_revision.c - versions of objects out of their entries */
#include "catalog/catalog_replay.h"

#include <stdlib.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_object.h"

/* The numbers of the files whose ids the entry has. */
static int superseded_in(struct mun_replay *r, const json_t *j,
			 struct mun_revision *v, int64_t **out,
			 struct mun_err *e)
{
	const json_t *list = json_object_get(j, "superseded");
	int rc = 0;

	if (!json_is_array(list))
		return mun_fail(e, MUN_ECORRUPT, "'superseded' is no list");
	*out = calloc(json_array_size(list) + 1, sizeof(**out));
	if (!*out)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (!id)
			return mun_fail(e, MUN_ECORRUPT, "a file has no id");
		rc = mun_catalog_events_file(r->c, v->object, id, &(*out)[i],
					     e);
		v->nsuperseded += !rc;
	}
	v->superseded = *out;
	return rc;
}

static int files_of(const struct mun_record *rec, struct mun_revision *v,
		    const struct mun_rec_file ***out, struct mun_err *e)
{
	*out = calloc(rec->nfiles + 1, sizeof(**out));
	if (!*out)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < rec->nfiles; i++)
		(*out)[i] = &rec->files[i];
	v->files = *out;
	v->nfiles = rec->nfiles;
	return 0;
}

static int head_in(struct mun_replay *r, const json_t *j,
		   struct mun_record *rec, struct mun_revision *v,
		   struct mun_err *e)
{
	int64_t version = 0;
	int rc = mun_replay_text(j, "object", false, &rec->id, e);

	if (!rc)
		rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO,
				    false, &v->object, e);
	if (!rc)
		rc = mun_replay_text(j, "at", false, &v->at, e);
	if (!rc)
		rc = mun_replay_number(j, "version", false, &version, e);
	if (rc)
		return rc;
	if (version < 2 || version > UINT32_MAX)
		return mun_fail(e, MUN_ECORRUPT, "version %lld",
				(long long)version);
	v->version = (unsigned int)version;
	return mun_replay_state(j, rec, e);
}

int mun_replay_revision(struct mun_replay *r, const json_t *j,
			struct mun_err *e)
{
	mun_autofree const struct mun_rec_file **files = NULL;
	mun_autofree int64_t *superseded = NULL;
	mun_auto(record) *rec = NULL;
	mun_auto(record) *stored = NULL;
	struct mun_revision v = { .nfiles = 0 };
	struct mun_err why;
	int lacks;
	int rc = mun_record_new(&rec, e);

	if (!rc)
		rc = head_in(r, j, rec, &v, e);
	if (!rc)
		rc = superseded_in(r, j, &v, &superseded, e);
	if (!rc)
		rc = files_of(rec, &v, &files, e);
	if (rc)
		return rc;
	v.r = rec;
	lacks = mun_replay_layers(r, rec, &stored, &why);
	rc = mun_object_revise(r->c, &v, e);
	if (!rc && lacks)
		mun_replay_lacks(r, rec->id, &why);
	return rc;
}
