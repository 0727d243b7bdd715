/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/loop.c - one drive, many media: wait, name, take in, put out, again
 *
 * Each round: which medium is next (a row is claimed for as long as it is
 * waited for), load, wait until the drive has another one than before, take it
 * in, unload.
 */
#include "ingest/loop.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/spawn.h"
#include "core/str.h"
#include "ingest/batch_turn.h"
#include "medium/device.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOAD_EMPTY 1 /* what a load command says where it has no more */
#define COMMAND_OUTPUT ((size_t)4096)

struct round {
	struct mun_loop *l;
	struct mun_batch_row *row;
	char *barcode;
	char *label;
	bool claimed;
	bool end; /* there is no medium any more */
};

static void tell(const struct mun_loop *l, enum mun_loop_word word, size_t line,
		 const char *text)
{
	if (l->tell)
		l->tell(l->ctx, word, line, text);
}

static void finish(struct round *r, const char *why)
{
	r->end = true;
	r->l->ended = why;
}

/* A row that names another drive is for another process. */
static bool is_ours(const struct mun_loop *l, const struct mun_batch_row *row)
{
	struct stat a;
	struct stat b;

	if (!row->source[0] || !strcmp(row->source, l->device))
		return true;
	return !stat(row->req.source, &a) && !stat(l->device, &b) &&
	       a.st_rdev == b.st_rdev &&
	       (a.st_rdev || (a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

/* Take it where nobody has it and something is to be done; else r->row stays
 * NULL.  *@record is what it was. */
static int try_row(struct round *r, struct mun_batch_row *row,
		   struct mun_row_record *record, struct mun_err *e)
{
	struct mun_batch *b = r->l->batch;
	bool ours = false;
	int rc;

	if (row->bad || !is_ours(r->l, row))
		return 0;
	rc = mun_batch_row_claim(b->journal, row->key, &ours, e);
	if (rc || !ours)
		return rc;
	rc = mun_batch_row_load(b->journal, row->key, record, e);
	if (!rc && mun_turn_is_wanted(b, row, record)) {
		r->row = row;
		r->claimed = true;
		return 0;
	}
	mun_batch_row_release(b->journal, row->key);
	return rc;
}

static int next_row(struct round *r, struct mun_err *e)
{
	struct mun_batch_plan *p = r->l->batch->plan;
	int rc = 0;

	for (size_t i = 0; !rc && !r->row && i < p->nrows; i++) {
		struct mun_row_record record = { 0 };

		rc = try_row(r, &p->rows[i], &record, e);
	}
	if (!rc && !r->row)
		finish(r, "rows");
	return rc;
}

/* The row of a barcode; what cannot be used is told, and asked for again. */
static int row_of_barcode(struct round *r, struct mun_err *e)
{
	struct mun_batch_plan *p = r->l->batch->plan;
	struct mun_row_record record = { 0 };
	size_t line = 0;
	int rc = 0;

	for (size_t i = 0; !rc && !r->row && i < p->nrows; i++) {
		if (strcmp(p->rows[i].barcode, r->barcode) != 0)
			continue;
		line = p->rows[i].line;
		rc = try_row(r, &p->rows[i], &record, e);
	}
	if (!rc && !r->row)
		tell(r->l, MUN_LOOP_BARCODE, line, r->barcode);
	return rc;
}

static int ask_barcode(struct round *r, struct mun_err *e)
{
	int rc;

	free(mun_steal(&r->barcode));
	rc = r->l->read_barcode(r->l->ctx, &r->barcode, e);
	if (rc < 0)
		return rc;
	if (!rc)
		finish(r, "barcodes");
	return 0;
}

/* A row of our own making, at the end of the plan. */
static int make_row(struct round *r, struct mun_err *e)
{
	struct mun_batch *b = r->l->batch;
	struct mun_batch_plan *p = b->plan;
	struct mun_row_record *kept;
	struct mun_batch_row *rows;

	rows = mun_arena_grow(p->arena, p->rows, p->nrows, sizeof(*rows));
	kept = realloc(b->kept, (p->nrows + 1) * sizeof(*kept));
	if (kept)
		b->kept = kept;
	if (!rows || !kept)
		return mun_fail_nomem(e, "row of a medium");
	p->rows = rows;
	memset(&kept[p->nrows], 0, sizeof(*kept));
	r->row = &rows[p->nrows++];
	*r->row = (struct mun_batch_row){
		.line = p->nrows,
		.req = *r->l->base,
		.source = "",
		.barcode = "",
		.volume = "",
	};
	if (r->label)
		r->row->req.label = mun_arena_strdup(p->arena, r->label);
	return mun_arena_failed(p->arena, e);
}

static int add_barcode(struct round *r, struct mun_err *e)
{
	struct mun_arena *a = r->l->batch->plan->arena;
	struct mun_ingest_request *q = &r->row->req;
	struct mun_ingest_identifier *ids =
		mun_arena_array(a, q->nidentifiers + 1, sizeof(*ids));

	if (!ids)
		return mun_fail_nomem(e, "barcode");
	for (size_t i = 0; i < q->nidentifiers; i++)
		ids[i] = q->identifiers[i];
	ids[q->nidentifiers++] = (struct mun_ingest_identifier){
		"barcode", mun_arena_strdup(a, r->barcode)
	};
	q->identifiers = ids;
	if (!q->label)
		q->label = ids[q->nidentifiers - 1].value;
	return mun_arena_failed(a, e);
}

static int made(struct round *r, struct mun_err *e)
{
	const struct mun_loop *l = r->l;
	int rc = 0;

	if (l->pattern)
		rc = mun_loop_label(l->batch->env->catalog, l->numbers,
				    l->pattern, &r->label, e);
	if (!rc)
		rc = make_row(r, e);
	if (!rc && r->barcode)
		rc = add_barcode(r, e);
	return rc;
}

/* Which medium is next?  r->row, or r->end. */
static int next(struct round *r, struct mun_err *e)
{
	const struct mun_loop *l = r->l;
	int rc = 0;

	if (!l->barcode)
		return l->rows ? next_row(r, e) : made(r, e);
	while (!rc && !r->end && !r->row) {
		rc = ask_barcode(r, e);
		if (rc || r->end)
			break;
		rc = l->rows ? row_of_barcode(r, e) : made(r, e);
	}
	return rc;
}

static int run_command(const struct mun_loop *l, const char *const *argv,
		       bool may_be_empty, bool *empty, struct mun_err *e)
{
	const struct mun_spawn q = {
		.argv = argv,
		.max_output = COMMAND_OUTPUT,
		.timeout_ms = l->command_ms,
	};
	struct mun_spawned out = { 0 };
	int rc = mun_spawn_run(&q, &out, e);

	*empty = !rc && may_be_empty && out.status == LOAD_EMPTY;
	if (!rc && !*empty)
		rc = mun_spawned_check(&out, argv[0], e);
	mun_spawned_clear(&out);
	return rc;
}

static const char *label_of(const struct mun_batch_row *row)
{
	return row->req.label ? row->req.label : "";
}

static int load(struct round *r, struct mun_err *e)
{
	const struct mun_loop *l = r->l;
	const char *const argv[] = { l->load_command, l->device,
				     label_of(r->row), NULL };
	bool empty = false;
	int rc;

	if (!l->load_command) {
		tell(l, MUN_LOOP_INSERT, l->rows ? r->row->line : 0,
		     label_of(r->row));
		return 0;
	}
	rc = run_command(l, argv, true, &empty, e);
	if (rc)
		return mun_ctx(e, "load the next medium");
	if (empty)
		finish(r, "empty");
	return 0;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
				    .tv_nsec = (long)(ms % 1000) * 1000000L };

	(void)nanosleep(&t, NULL);
}

/* Is what is ready another medium than the one before?  Asked where the drive
 * was never seen empty in between. */
static bool is_other(const struct mun_loop *l)
{
	const struct mun_device_facts *then = &l->batch->last.device;
	struct mun_device m = { .fd = -1 };
	struct mun_err why;
	bool other;

	if (mun_device_open(l->device, &m, &why))
		return false;
	other = mun_device_same(&m, then, &why) == MUN_EINVAL;
	mun_device_close(&m);
	return other;
}

/* Until the drive has a medium: another one than the last. */
static int wait_ready(const struct mun_loop *l, bool *gone, struct mun_err *e)
{
	int64_t since = mun_clock_monotonic_ms();
	enum mun_drive_state state = MUN_DRIVE_EMPTY;

	for (;;) {
		int rc = mun_cancel_check(e);

		if (!rc)
			rc = mun_device_poll(l->device, &state, e);
		if (rc)
			return rc;
		*gone = *gone || state == MUN_DRIVE_EMPTY;
		if (state == MUN_DRIVE_READY && (*gone || is_other(l)))
			return 0;
		if (l->load_command && l->ready_ms &&
		    mun_clock_monotonic_ms() - since > l->ready_ms)
			return mun_fail(
				e, MUN_EIO,
				"'%s' has no medium, or the one of "
				"before, %u seconds after it was loaded",
				l->device, l->ready_ms / 1000);
		pause_ms(l->poll_ms);
	}
}

static void eject(const struct mun_loop *l)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err why;
	int rc = mun_device_open(l->device, &m, &why);

	if (!rc) {
		rc = mun_device_eject(&m, &why);
		mun_device_close(&m);
	}
	if (rc)
		tell(l, MUN_LOOP_REMOVE, 0, l->device);
}

static int unload(const struct mun_loop *l, const char *label,
		  const char *outcome, struct mun_err *e)
{
	const char *const argv[] = { l->unload_command, l->device, label,
				     outcome, NULL };
	bool empty;
	int rc;

	if (!l->unload_command) {
		if (!l->keep_in && !l->load_command)
			eject(l);
		return 0;
	}
	rc = run_command(l, argv, false, &empty, e);
	return rc ? mun_ctx(e, "unload the medium") : 0;
}

/* The medium of before was put in once more: its row is not of this one. */
static int put_back(struct round *r, struct mun_row_record *record,
		    struct mun_err *e)
{
	struct mun_batch *b = r->l->batch;

	tell(r->l, MUN_LOOP_AGAIN, r->l->rows ? r->row->line : 0,
	     label_of(r->row));
	memset(record, 0, sizeof(*record));
	mun_turn_describe(r->row, record);
	if (b->journal)
		return mun_batch_row_save(b->journal, r->row->key, record, e);
	return 0;
}

static int take_in(struct round *r, struct mun_err *e)
{
	struct mun_loop *l = r->l;
	struct mun_batch *b = l->batch;
	struct mun_row_record record;
	enum mun_turn turn;
	int rc;

	r->row->req.source = l->device;
	rc = mun_batch_do(b, r->row, &record, &turn, e);
	r->claimed = false;
	if (rc)
		return rc;
	if (record.state == MUN_ROW_HELD &&
	    !strcmp(record.kind, mun_hold_name(MUN_HOLD_AGAIN))) {
		rc = put_back(r, &record, e);
		if (!rc && !b->journal)
			b->plan->nrows--;
		return rc ? rc : unload(l, label_of(r->row), "again", e);
	}
	l->media++;
	return unload(l, record.label, mun_batch_word(&record), e);
}

static int one_round(struct round *r, bool *gone, struct mun_err *e)
{
	int rc = next(r, e);

	r->end = r->end || !r->row;
	if (!rc && !r->end)
		rc = load(r, e);
	if (!rc && !r->end)
		rc = wait_ready(r->l, gone, e);
	if (rc == MUN_ECANCELLED) {
		/* Nothing was begun: this is how such a loop ends. */
		mun_err_clear(e);
		finish(r, "interrupted");
		return 0;
	}
	if (rc || r->end)
		return rc;
	rc = take_in(r, e);
	*gone = false;
	return rc;
}

int mun_loop_run(struct mun_loop *l, struct mun_err *e)
{
	/* What is in the drive at the start is the first medium. */
	bool gone = true;
	bool end = false;
	int rc = 0;

	l->batch->one_drive = true;
	while (!rc && !end) {
		struct round r = { .l = l };

		if (l->count && l->media >= l->count) {
			l->ended = "count";
			break;
		}
		rc = one_round(&r, &gone, e);
		end = r.end;
		if (r.claimed)
			mun_batch_row_release(l->batch->journal, r.row->key);
		/* A row that nobody came for is none. */
		if (end && r.row && !l->rows)
			l->batch->plan->nrows--;
		free(r.barcode);
		free(r.label);
	}
	if (rc == MUN_ECANCELLED)
		l->ended = "interrupted";
	return rc;
}
