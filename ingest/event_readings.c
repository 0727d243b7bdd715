/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_readings.c - each run that read a device, as a PREMIS event */
#include "ingest/event_readings.h"

#include <inttypes.h>
#include <string.h>

#include "catalog/drives.h"
#include "core/check.h"
#include "core/str.h"
#include "ingest/event_add.h"
#include "ingest/event_notes.h"
#include "ingest/protection.h"

int mun_event_drive(struct mun_record *r, const struct mun_device_facts *f,
		    const char **id_out, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	mun_autofree char *version = NULL;
	mun_autofree char *note = NULL;
	struct mun_str s = { 0 };
	int rc;

	rc = mun_fmt(&name, e, "%s%s%s", f->vendor, f->vendor[0] ? " " : "",
		     f->model[0] ? f->model : f->name);
	if (!rc)
		rc = mun_fmt(&version, e, "%s%s",
			     f->revision[0] ? "firmware " : "", f->revision);
	/* catalog/drives.h takes the serial number out of it again. */
	if (f->serial[0])
		mun_str_addf(&s, "serial %s", f->serial);
	if (f->bus[0])
		mun_str_addf(&s, "%sbus %s", s.len ? "; " : "", f->bus);
	if (f->wwid[0])
		mun_str_addf(&s, "%s%s", s.len ? "; " : "", f->wwid);
	if (!rc && s.len)
		rc = mun_str_take(&s, &note, e);
	if (!rc)
		rc = mun_event_agent(r, "hardware", name, version,
				     note ? note : "", id_out, e);
	mun_str_free(&s);
	return rc;
}

static const char *stopped(const struct mun_attempt *a)
{
	static const char *const words[] = {
		[MUN_RESCUE_DONE] = "",
		[MUN_RESCUE_TIME] = MUN_STOPPED_TIME,
		[MUN_RESCUE_ERRORS] = MUN_STOPPED_ERRORS,
		[MUN_RESCUE_AWAY] = MUN_STOPPED_AWAY,
	};

	return a->interrupted ? MUN_STOPPED_INTERRUPTED : words[a->stop];
}

/* What the last run left is what the map says, whoever wrote it down. */
static void by_map(const struct mun_event_readings *x,
		   struct mun_rec_reading *to)
{
	uint64_t bad = mun_readmap_bytes(x->map, MUN_READ_BAD);

	to->bytes = x->map->size;
	to->good = mun_readmap_bytes(x->map, MUN_READ_GOOD);
	to->doubtful = mun_readmap_bytes(x->map, MUN_READ_DOUBTFUL);
	to->runout = MUN_MIN(x->runout, bad);
	to->unreadable = bad - to->runout;
	to->untried = to->bytes - to->good - to->doubtful - bad;
}

/* What an earlier one left; of what is run-out, as much as it can have tried.
 */
static void by_attempt(const struct mun_event_readings *x,
		       const struct mun_attempt *a, struct mun_rec_reading *to)
{
	to->bytes = x->map->size;
	to->good = a->good_after;
	to->doubtful = a->doubtful_after;
	to->untried = a->untried_after;
	to->runout = MUN_MIN(x->runout, a->bad_after);
	to->unreadable = a->bad_after - to->runout;
}

static struct mun_rec_reading numbers(const struct mun_event_readings *x,
				      size_t i, const char *drive)
{
	const struct mun_attempt *a = &x->attempts->of[i];
	struct mun_rec_reading to = {
		.drive = drive,
		.stopped = stopped(a),
		.sector_bytes = x->sector_bytes,
		.good_before = a->good_before,
		.read_bytes = a->stats.read_bytes,
		.reads = a->stats.reads,
		.failed_reads = a->stats.failed_reads,
		.slow_reads = a->stats.slow_reads,
		.corrected = a->stats.corrected,
		.reopened = a->stats.reopened,
		.elapsed_ms = a->stats.elapsed_ms,
	};

	if (i + 1 == x->attempts->n)
		by_map(x, &to);
	else
		by_attempt(x, a, &to);
	return to;
}

static int keep_numbers(const struct mun_rec_reading *n, struct mun_record *r,
			struct mun_rec_event *ev, struct mun_err *e)
{
	struct mun_rec_reading *to = mun_event_add_reading(r, ev);

	if (!to)
		return mun_fail_nomem(e, "reading");
	*to = *n;
	return 0;
}

static int add_texts(const struct mun_event_readings *x, size_t i,
		     const struct mun_rec_reading *n, struct mun_record *r,
		     struct mun_rec_event *ev, struct mun_err *e)
{
	const struct mun_device_facts *f = &x->attempts->of[i].drive;
	mun_autofree char *detail = NULL;
	mun_autofree char *note = NULL;
	struct mun_str s = { 0 };
	int rc;

	mun_reading_detail(x, i, &s);
	/* A drive is the same drive in another box: so it is told here. */
	if (f->bridge[0])
		mun_str_addf(&s, "; in or behind %s", f->bridge);
	mun_str_add(&s, "; ");
	mun_protection_text(f, x->write_blocker, &s);
	if (f->unasked[0])
		mun_str_addf(&s, "; could not be asked: %s", f->unasked);
	rc = mun_str_take(&s, &detail, e);
	if (!rc) {
		mun_reading_note(x, i, n, &s);
		rc = mun_str_take(&s, &note, e);
	}
	mun_str_free(&s);
	if (rc)
		return rc;
	ev->detail = mun_arena_strdup(r->arena, detail);
	ev->note = mun_arena_strdup(r->arena, note);
	return mun_arena_failed(r->arena, e);
}

static int add_one(const struct mun_event_readings *x, size_t i,
		   const char *blocker_id, struct mun_record *r,
		   struct mun_err *e)
{
	const struct mun_attempt *a = &x->attempts->of[i];
	struct mun_rec_reading n;
	struct mun_rec_event *ev;
	const char *drive;
	int rc = mun_event_drive(r, &a->drive, &drive, e);

	if (rc)
		return rc;
	ev = mun_event_at(r, "imaging", a->started,
			  a->ended[0] ? a->ended : a->started, e);
	if (!ev)
		return e->code;
	if (x->operator_id)
		mun_event_link_agent(r, ev, x->operator_id, MUN_BY_OPERATOR);
	mun_event_link_agent(r, ev, x->program_id, MUN_BY_PROGRAM);
	mun_event_link_agent(r, ev, drive, "");
	if (blocker_id)
		mun_event_link_agent(r, ev, blocker_id, "");
	mun_event_link_object(r, ev, MUN_LINK_CARRIER, "source");
	n = numbers(x, i, drive);
	if (!x->uncounted)
		rc = keep_numbers(&n, r, ev, e);
	if (!rc)
		rc = add_texts(x, i, &n, r, ev, e);
	if (rc)
		return rc;
	if (strcmp(mun_rec_reading_outcome(&n), "complete") != 0)
		ev->outcome = "warning";
	if (i + 1 == x->attempts->n && x->file_id)
		mun_event_link_object(r, ev, x->file_id, "outcome");
	return mun_arena_failed(r->arena, e);
}

int mun_event_readings(const struct mun_event_readings *x, struct mun_record *r,
		       struct mun_err *e)
{
	const char *blocker_id = NULL;
	int rc = 0;

	if (x->write_blocker[0])
		rc = mun_event_agent(r, "hardware", x->write_blocker, "",
				     MUN_BLOCKER_NOTE, &blocker_id, e);
	for (size_t i = 0; !rc && i < x->attempts->n; i++)
		rc = add_one(x, i, blocker_id, r, e);
	return rc;
}
