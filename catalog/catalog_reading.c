/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_reading.c - readings: rows, and entries of the ledger */
#include "catalog/catalog_reading.h"

#include <string.h>

#include "catalog/catalog_events.h"

static int drive_no(struct mun_catalog *c, const struct mun_rec_event *ev,
		    int64_t *out, struct mun_err *e)
{
	const char *id = ev->reading->drive;

	if (strcmp(ev->type, "imaging") != 0)
		return mun_fail(e, MUN_EINVAL, "a reading of an event '%s'",
				ev->type);
	for (size_t i = 0; i < ev->nagents; i++)
		if (!strcmp(ev->agents[i].id, id))
			return mun_catalog_events_agent_no(c, id, out, e);
	return mun_fail(e, MUN_EINVAL, "its drive '%s' is no agent of it", id);
}

int mun_catalog_reading_put(struct mun_catalog *c,
			    const struct mun_rec_event *ev, int64_t no,
			    struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_READING_ADD);
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	int64_t drive = 0;
	int rc;

	if (!ev->reading)
		return 0;
	rc = drive_no(c, ev, &drive, e);
	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, drive);
	mun_query_text(&q, ev->reading->stopped);
	for (; n->name; n++)
		mun_query_u64(&q, *mun_rec_reading_number(ev->reading, n));
	return mun_query_run(&q, e);
}

int mun_catalog_reading_get(struct mun_catalog *c, int64_t no,
			    struct mun_record *r, struct mun_rec_event *ev,
			    struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_READING_GET);
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	struct mun_rec_reading *x;
	int column = 2;
	int rc;

	/* Only these have one; of the others there are millions. */
	if (strcmp(ev->type, "imaging") != 0)
		return 0;
	mun_query_int(&q, no);
	rc = mun_query_row(&q, e);
	if (rc <= 0)
		return rc;
	x = mun_event_add_reading(r, ev);
	if (!x)
		return mun_fail_nomem(e, "record");
	x->drive = mun_arena_strdup(r->arena, mun_column_text(&q, 0));
	x->stopped = mun_arena_strdup(r->arena, mun_column_text(&q, 1));
	for (; n->name; n++)
		*mun_rec_reading_number(x, n) =
			(uint64_t)mun_column_int(&q, column++);
	return 0;
}

int mun_replay_reading(const json_t *event, struct mun_record *r,
		       struct mun_rec_event *ev, struct mun_err *e)
{
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	const json_t *j = json_object_get(event, "reading");
	struct mun_rec_reading *x;
	const char *drive;
	const char *stopped;
	int rc;

	if (!j)
		return 0;
	x = mun_event_add_reading(r, ev);
	if (!x)
		return mun_fail_nomem(e, "record");
	rc = mun_replay_text(j, "drive", false, &drive, e);
	if (!rc)
		rc = mun_replay_text(j, "stopped", false, &stopped, e);
	for (; n->name && !rc; n++) {
		int64_t value;

		rc = mun_replay_number(j, n->name, false, &value, e);
		if (!rc && value < 0)
			rc = mun_fail(e, MUN_ECORRUPT, "'%s' is negative",
				      n->name);
		*mun_rec_reading_number(x, n) = (uint64_t)value;
	}
	if (rc)
		return rc;
	x->drive = mun_arena_strdup(r->arena, drive);
	x->stopped = mun_arena_strdup(r->arena, stopped);
	return mun_arena_failed(r->arena, e);
}
