/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/drives.c - all imaging events, object by object, added up by drive */
#include "catalog/drives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/drives_walk.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/log.h"

/* An agent of one of the drives. */
struct known_agent {
	int64_t no;
	size_t drive;
};

struct walk {
	struct mun_catalog *c;
	struct mun_drives *d;
	size_t nagents;
	struct known_agent *agents; /* in the arena of @d */
	size_t hint; /* of @agents: the last one */
	/* Of the object at hand; freed. */
	struct mun_drive_object o;
	size_t room;
	mun_drive_object_fn *fn;
	void *ctx;
};

void mun_drives_free(struct mun_drives *d)
{
	if (!d)
		return;
	mun_arena_free(d->arena);
	free(d);
}

const char *mun_drive_outcome_name(enum mun_drive_outcome o)
{
	static const char *const names[] = {
		[MUN_DRIVE_COMPLETE] = "complete",
		[MUN_DRIVE_DOUBTFUL] = "doubtful",
		[MUN_DRIVE_PARTIAL] = "partial",
	};

	return o < MUN_COUNT(names) ? names[o] : "";
}

const char *mun_drive_serial(struct mun_arena *a, const char *note)
{
	static const char head[] = "serial ";
	const char *end;

	if (strncmp(note, head, sizeof(head) - 1) != 0)
		return "";
	note += sizeof(head) - 1;
	end = strstr(note, "; bus ");
	return mun_arena_strndup(a, note,
				 end ? (size_t)(end - note) : strlen(note));
}

static struct mun_drive *new_drive(struct mun_drives *d)
{
	struct mun_drive *list =
		mun_arena_grow(d->arena, d->of, d->n, sizeof(*list));

	if (!list)
		return NULL;
	d->of = list;
	return &list[d->n++];
}

/* The drive that this agent is: the same name and serial, or a new one. */
static struct mun_drive *drive_like(struct mun_drives *d, const char *name,
				    const char *serial)
{
	struct mun_drive *x;

	for (size_t i = 0; *serial && i < d->n; i++)
		if (!strcmp(d->of[i].name, name) &&
		    !strcmp(d->of[i].serial, serial))
			return &d->of[i];
	x = new_drive(d);
	if (x) {
		x->name = mun_arena_strdup(d->arena, name);
		x->serial = serial;
		x->id = x->firmware = x->note = "";
	}
	return x;
}

static int add_agent(struct walk *w, struct mun_query *q, struct mun_err *e)
{
	struct mun_drives *d = w->d;
	const char *serial = mun_drive_serial(d->arena, mun_column_text(q, 5));
	struct known_agent *list =
		mun_arena_grow(d->arena, w->agents, w->nagents, sizeof(*list));
	struct mun_drive *x =
		serial ? drive_like(d, mun_column_text(q, 3), serial) : NULL;
	const char **ids;

	if (!list || !x)
		return mun_fail_nomem(e, "drives");
	ids = mun_arena_grow(d->arena, x->agents, x->nagents, sizeof(*ids));
	if (!ids)
		return mun_fail_nomem(e, "drives");
	w->agents = list;
	w->hint = w->nagents++;
	list[w->hint] = (struct known_agent){ mun_column_int(q, 1),
					      (size_t)(x - d->of) };
	x->agents = ids;
	ids[x->nagents++] = mun_arena_strdup(d->arena, mun_column_text(q, 2));
	return mun_arena_failed(d->arena, e);
}

/* The drive of a row's agent.  Most rows are by the agent of the row before. */
static int drive_of(struct walk *w, struct mun_query *q, size_t *out,
		    struct mun_err *e)
{
	int64_t no = mun_column_int(q, 1);

	for (size_t i = 0; i < w->nagents; i++) {
		size_t k = (w->hint + i) % w->nagents;

		if (w->agents[k].no == no) {
			w->hint = k;
			*out = w->agents[k].drive;
			return 0;
		}
	}
	if (add_agent(w, q, e))
		return e->code;
	*out = w->agents[w->hint].drive;
	return 0;
}

/* The agent of a drive has its firmware for a version. */
static const char *firmware_of(const char *version)
{
	static const char head[] = "firmware ";

	return strncmp(version, head, sizeof(head) - 1) != 0
		       ? version
		       : version + sizeof(head) - 1;
}

/* Of the newest reading: which agent the drive is today. */
static int use(struct mun_drives *d, struct mun_drive *x, struct mun_query *q,
	       struct mun_err *e)
{
	const char *started = mun_column_text(q, 6);

	if (!x->first_used[0] || strcmp(started, x->first_used) < 0)
		(void)snprintf(x->first_used, sizeof(x->first_used), "%s",
			       started);
	if (strcmp(started, x->last_used) < 0)
		return 0;
	(void)snprintf(x->last_used, sizeof(x->last_used), "%s", started);
	if (!strcmp(x->id, mun_column_text(q, 2)))
		return 0;
	x->id = mun_arena_strdup(d->arena, mun_column_text(q, 2));
	x->firmware =
		mun_arena_strdup(d->arena, firmware_of(mun_column_text(q, 4)));
	x->note = mun_arena_strdup(d->arena, mun_column_text(q, 5));
	return mun_arena_failed(d->arena, e);
}

static struct mun_drive_reading *add_reading(struct walk *w)
{
	struct mun_drive_reading *list = w->o.readings;

	if (w->o.n == w->room) {
		size_t room = w->room ? 2 * w->room : 16;

		list = reallocarray(list, room, sizeof(*list));
		if (!list)
			return NULL;
		w->o.readings = list;
		w->room = room;
	}
	return &list[w->o.n++];
}

static int take_row(struct walk *w, struct mun_query *q, struct mun_err *e)
{
	struct mun_drive_reading *x = add_reading(w);
	int rc;

	if (!x)
		return mun_fail_nomem(e, "drives");
	*x = (struct mun_drive_reading){
		.known = mun_column_int(q, 7) != 0,
		.bytes = (uint64_t)mun_column_int(q, 13),
		.unreadable = (uint64_t)mun_column_int(q, 14),
		.doubtful = (uint64_t)mun_column_int(q, 15),
		.untried = (uint64_t)mun_column_int(q, 16),
		.read_bytes = (uint64_t)mun_column_int(q, 17),
		.reads = (uint64_t)mun_column_int(q, 18),
		.failed_reads = (uint64_t)mun_column_int(q, 19),
		.slow_reads = (uint64_t)mun_column_int(q, 20),
		.corrected = (uint64_t)mun_column_int(q, 21),
		.reopened = (uint64_t)mun_column_int(q, 22),
	};
	(void)snprintf(x->started, sizeof(x->started), "%s",
		       mun_column_text(q, 6));
	(void)snprintf(x->stopped, sizeof(x->stopped), "%s",
		       mun_column_text(q, 12));
	rc = drive_of(w, q, &x->drive, e);
	return rc ? rc : use(w->d, &w->d->of[x->drive], q, e);
}

static int end_object(struct walk *w, struct mun_err *e)
{
	int rc = w->o.n ? w->fn(w->ctx, &w->o, e) : 0;

	w->o.n = 0;
	return rc ? rc : mun_cancel_check(e);
}

static int begin_object(struct walk *w, struct mun_query *q, struct mun_err *e)
{
	int rc = end_object(w, e);

	if (rc)
		return rc;
	w->o.no = mun_column_int(q, 0);
	(void)snprintf(w->o.id, sizeof(w->o.id), "%s", mun_column_text(q, 8));
	(void)snprintf(w->o.label, sizeof(w->o.label), "%s",
		       mun_column_text(q, 9));
	w->o.partial = !strcmp(mun_column_text(q, 10), "partial");
	w->o.unreadable = (uint64_t)mun_column_int(q, 11);
	return 0;
}

static int walk(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DRIVE_READINGS);
	struct walk *w = ctx;
	int rc;

	/* SQLite may have it begin again. */
	w->d->n = 0;
	w->d->of = NULL;
	w->nagents = 0;
	w->agents = NULL;
	w->o.n = 0;
	rc = w->fn(w->ctx, NULL, e);
	if (rc)
		return rc;
	mun_query_text(&q, MUN_BLOCKER_NOTE);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = 0;
		if (!w->o.n || w->o.no != mun_column_int(&q, 0))
			rc = begin_object(w, &q, e);
		if (!rc)
			rc = take_row(w, &q, e);
		if (rc)
			return rc;
	}
	return rc ? rc : end_object(w, e);
}

int mun_drives_walk(struct mun_catalog *c, struct mun_drives *d,
		    mun_drive_object_fn *fn, void *ctx, struct mun_err *e)
{
	struct walk w = { .c = c, .d = d, .fn = fn, .ctx = ctx };
	int rc = mun_query_txn(c, false, walk, &w, e);

	free(w.o.readings);
	return rc ? mun_ctx(e, "what drives read") : 0;
}

int mun_drives_new(struct mun_drives **out, struct mun_err *e)
{
	mun_auto(drives) *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return mun_fail_nomem(e, "drives");
	rc = mun_arena_new(&d->arena, e);
	if (!rc)
		*out = mun_steal(&d);
	return rc;
}
